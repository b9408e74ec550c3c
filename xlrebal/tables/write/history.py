"""The History table: one row for each day, kept over the years."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.quantities import ZERO, exact_number
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.result_table import cell_of
from xlrebal.tables.contract.words import TRIGGERS, translated
from xlrebal.workbook.cells import Cell

if TYPE_CHECKING:
    from xlrebal.domain.plan import Plan
    from xlrebal.workbook.cells import RawCell, RawGrid

Row = tuple[Cell, ...]


def history_rows(plan: Plan, language: str, history: RawGrid | None, announced: Decimal = ZERO) -> list[Row]:
    """Return the rows kept so far with today's added; a second run of the same day replaces its row.

    ``announced`` is what of the value is not there yet, base currency: it counts once it has been paid in.
    """
    today = _today(plan, language, announced)
    kept = [with_trigger_in(language, row, 4) for row in kept_rows(history, len(today)) if row[0].value != plan.as_of]
    later = next((i for i, row in enumerate(kept) if _is_later(row, plan.as_of)), len(kept))
    return [*kept[:later], today, *kept[later:]]


def _is_later(row: Row, day: dt.date) -> bool:
    value = row[0].value
    return isinstance(value, dt.date) and value > day


def with_trigger_in(language: str, row: Row, at: int) -> Row:
    """Return a row with the word of its trigger, the cell ``at``, in a language, whichever it was written in."""
    word = row[at].value
    if not isinstance(word, str):
        return row
    return (*row[:at], f.text(translated(word, TRIGGERS, language)), *row[at + 1 :])


def _today(plan: Plan, language: str, announced: Decimal) -> Row:
    buys = sum((o.amount_base for o in plan.orders if o.action is Action.BUY), ZERO)
    sells = sum((o.amount_base for o in plan.orders if o.action is Action.SELL), ZERO)
    return (
        f.date(plan.as_of),
        f.number(plan.total_value - announced),
        f.number(max(buys - sells, ZERO)),
        f.number(plan.summary.worst_drift_before),
        cell_of(TRIGGERS[plan.trigger.kind], language),
        Cell(len(plan.orders)),
        f.number(plan.summary.cost),
        f.text(plan.rules),
    )


def kept_rows(table: RawGrid | None, width: int) -> list[Row]:
    """Return the rows of a table that is kept over the years, so many columns of it, user's corrections included."""
    if table is None or not table.is_table:
        return []
    rows = [row[:width] for row in table.rows[1:] if any(not cell.is_blank for cell in row[:width])]
    return [(*map(_keep, row), *[Cell(None)] * (width - len(row))) for row in rows]


def _keep(cell: RawCell) -> Cell:
    value = cell.value
    if isinstance(value, dt.datetime):
        return Cell(value.date())
    if isinstance(value, float) or (isinstance(value, (int, Decimal)) and not isinstance(value, bool)):
        return Cell(exact_number(value))
    if isinstance(value, (str, bool, dt.date)):
        return Cell(value, f.TEXT if isinstance(value, str) else "General")
    return Cell(None)
