"""A template workbook: front sheets, inputs, optional inputs; the results come from the real update."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import TYPE_CHECKING, Any

import xlsxwriter

from template_source.buttons import add_buttons, draw_configuration
from template_source.front import draw_dashboard, draw_start
from template_source.inputs import draw_settings, draw_table
from template_source.look import Look
from template_source.words import Words
from xlrebal.tables.contract import schema
from xlrebal.workbook.ooxml.own_formulas import sum_of_targets

if TYPE_CHECKING:
    from pathlib import Path

# Fixed, so that the same source gives the same bytes.
_CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001  # a document property without a zone

_OPTIONAL = (
    (schema.FX, "Optional: exchange rates, base currency for one unit of the currency, with their date."),
    (schema.LOOK_THROUGH, "Optional: what a mixed fund holds, so that it counts as those assets; its own target is 0."),
    (schema.EVENTS, "Optional: ex-dividend dates, near which orders are held back if the setting says so."),
    (schema.LOTS, "Optional: each purchase with its date and cost."),
    (schema.TRADES, "Optional: the record of executed orders."),
    (schema.BENCHMARKS, "Optional: closing prices of indices, such as KOSPI, for the review of each quarter."),
    (
        schema.TAX_RULES,
        "Optional: your own tax rules in place of the built-in ones, such as deduction or overseas_listed.rate.",
    ),
)


def draw(path: Path, figures: dict[str, Any], language: str = "en", macros: Path | None = None) -> None:
    """Write a template without its result sheets; with a macro project it gets buttons and xlwings' own sheet."""
    # The charts plot the sheet Drift, which the update makes afterwards.
    with warnings.catch_warnings(), xlsxwriter.Workbook(str(path)) as book:
        warnings.simplefilter("ignore")
        book.set_properties({"title": say_title(figures, language), "author": "xlrebal", "created": _CREATED})
        look, say = Look(book), Words(language, figures.get("korean"))
        draw_start(book, look, say, say.name(figures["title"]), buttons=macros is not None)
        dashboard = draw_dashboard(book, look, say, figures)
        _draw_inputs(book, look, say, figures)
        if macros is not None:
            draw_configuration(book, look, say)
            add_buttons(book, dashboard, macros, korean=say.korean)


def say_title(figures: dict[str, Any], language: str) -> str:
    """Return the title of a template in its language."""
    return str(Words(language, figures.get("korean")).name(figures["title"]))


def _draw_inputs(book: xlsxwriter.Workbook, look: Look, say: Words, figures: dict[str, Any]) -> None:
    holdings_hint = "What the family owns today: one row for each asset in each account. Prices are yours to update."
    draw_table(book, look, say, schema.HOLDINGS, figures["holdings"], 8, holdings_hint)
    targets = draw_table(
        book, look, say, schema.TARGETS, figures["targets"], 6, "What the family wants: all targets add up to 100%."
    )
    targets.write(1, 5, say("Sum of targets:"), look("hint"))
    total = sum_of_targets(say.header(schema.TARGETS.field("weight")))
    targets.write_formula(1, 7, f"={total}", look("heading", "0.0%"))
    rule = {"type": "cell", "criteria": "not between", "minimum": 0.999999, "maximum": 1.000001, "format": look("warn")}
    targets.conditional_format(1, 7, 1, 7, rule)
    groups = [{"name": name, "weight": weight} for name, weight in figures["groups"].items()]
    draw_table(book, look, say, schema.GROUPS, groups, 3, "The targets of a group add up to its weight.")
    accounts_hint = (
        "Cash is what lies in the account now; Contribution comes in (negative: goes out); Reserve is never invested."
    )
    draw_table(book, look, say, schema.ACCOUNTS, figures["accounts"], 5, accounts_hint)
    draw_settings(book, look, say, figures["settings"])
    for table, hint in _OPTIONAL:
        draw_table(book, look, say, table, figures.get(table.key, []), 8, hint)
