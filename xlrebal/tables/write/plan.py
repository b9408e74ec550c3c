"""The plan as result tables: one changeset, the same for every host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.domain.quantities import ZERO
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.logs import REBALANCE_LOG, RULE_CHANGES
from xlrebal.tables.contract.result_table import by_name, cell_of
from xlrebal.tables.contract.results import (
    DRIFT,
    GAINS,
    HARVEST,
    HISTORY,
    ORDERS,
    RESULTS,
    SKIPPED,
    SUMMARY,
    TAX_LOSS,
    TRANSFERS,
    OrderLine,
)
from xlrebal.tables.contract.words import both
from xlrebal.tables.write.history import history_rows
from xlrebal.tables.write.wording import distance, no_orders, status, summary_label, verdict
from xlrebal.version import __version__
from xlrebal.workbook.cells import Cell, Changeset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from xlrebal.domain.plan import Plan, TaxItem
    from xlrebal.tables.contract.result_table import Value
    from xlrebal.workbook.cells import RawGrid, TableWrite

_Row = tuple[Message, "Value", str]
"""A row of Summary: its label, its value, and the value's number format."""


def report(
    plan: Plan,
    language: str,
    history: RawGrid | None = None,
    *,
    present: frozenset[str] = frozenset(),
    given: Decimal | None = None,
    announced: Decimal = ZERO,
) -> Changeset:
    """Return everything a plan writes.

    Args:
        plan: The plan.
        language: Language of headers and texts.
        history: The History table as it stands; its rows are kept, today's is replaced.
        present: Result tables that the workbook has. Some are made only where they have something to say (transfers
            between several accounts, gains and harvests under tax rules), but kept up to date once they are there.
        given: New cash that was given for this plan alone and stands in no setting, base currency.
        announced: What of the plan's value is announced and not there yet, base currency; History leaves it out.

    """
    base, several, taxed = plan.base_currency, len(plan.accounts) > 1, plan.tax is not None
    gains = plan.tax.gains if plan.tax else ()
    optional = [
        *([GAINS.write(gains, language, base)] if taxed or "Gains" in present else []),
        *([HARVEST.write(harvest_lines(plan), language, base)] if taxed or "Harvest" in present else []),
        *([TRANSFERS.write(plan.transfers, language, base)] if several or "Transfers" in present else []),
    ]
    return Changeset(
        (
            DRIFT.write(plan.drift, language, base),
            ORDERS.write(order_lines(plan), language, base, no_orders(plan)),
            SKIPPED.write(plan.skipped, language, base),
            TAX_LOSS.write(plan.tax_loss, language, base),
            *optional,
            SUMMARY.write_cells(_summary_rows(plan, given, language), language, base),
            _history(plan, language, history, announced),
        ),
        f.own_formats([base, *(order.currency for order in plan.orders), "KRW", "USD"]),
    )


def order_lines(plan: Plan) -> list[OrderLine]:
    """Return the rows of the order sheet."""
    return [OrderLine(number, order, status(plan)) for number, order in enumerate(plan.orders, 1)]


def harvest_lines(plan: Plan) -> list[OrderLine]:
    """Return the rows of the sheet of harvests."""
    return [OrderLine(one.pair, one.order, status(plan), one) for one in plan.harvest]


def _history(plan: Plan, language: str, history: RawGrid | None, announced: Decimal) -> TableWrite:
    """A table that was made before rules had a fingerprint goes on without that column."""
    rows = history_rows(plan, language, history, announced)
    write = HISTORY.write_cells(rows, language, plan.base_currency)
    headers = [cell.value for cell in history.rows[0]] if history and history.is_table and history.rows else []
    if not headers or set(both(HISTORY.columns[-1].header)) & set(headers):
        return write
    return replace(write, columns=write.columns[:-1], rows=tuple(row[:-1] for row in write.rows))


def blank(names: Iterable[str], language: str) -> Changeset:
    """Return the changes that leave some result tables with one empty row."""
    kept = by_name((RULE_CHANGES, REBALANCE_LOG))
    tables = [RESULTS[name] if name in RESULTS else kept[name] for name in names]
    return Changeset(tuple(t.write_cells([(Cell(None),) * len(t.columns)], language) for t in tables))


def _summary_rows(plan: Plan, given: Decimal | None, language: str) -> list[tuple[Cell, Cell]]:
    rows = [*_figures(plan, given), *_groups(plan), *_withdrawals(plan), *_tax(plan)]
    return [(cell_of(label, language), cell_of(value, language, shown_as)) for label, value, shown_as in rows]


def _figures(plan: Plan, given: Decimal | None) -> Iterator[_Row]:
    summary, budget = plan.summary, plan.summary.gains_budget
    amount = f.money(plan.base_currency, symbol=True)
    figures: tuple[tuple[str, Value, str], ...] = (
        ("total_value", plan.total_value, amount),
        ("trigger", verdict(plan), f.TEXT),
        ("reason", plan.trigger.reason, f.TEXT),
        ("next_scheduled", plan.trigger.next_scheduled, f.DATE),
        ("next_check", plan.trigger.next_check, f.DATE),
        ("worst_drift_before", summary.worst_drift_before, f.WEIGHT),
        ("worst_drift_after", summary.worst_drift_after, f.WEIGHT),
        ("worst_shortfall_after", summary.worst_shortfall_after, f.WEIGHT),
        ("distance", distance(plan), f.TEXT),
        ("turnover", summary.turnover, amount),
        ("cost", summary.cost, amount),
        ("tax", summary.tax, amount),
        ("gains_used", budget.used if budget else None, amount),
        ("gains_planned", budget.planned if budget else None, amount),
        ("gains_left", budget.left if budget else None, amount),
        ("balancing_contribution", summary.balancing_contribution, amount),
        ("cash_left", summary.cash_left, amount),
        ("orders_wait_until", plan.waiting_until, f.DATE),
        ("as_of", plan.as_of, f.DATE),
        ("version", __version__, f.TEXT),
    )
    yield from ((summary_label(name), value, shown_as) for name, value, shown_as in figures)
    if given is not None:
        yield summary_label("new_cash_given"), given, amount


def _groups(plan: Plan) -> Iterator[_Row]:
    for line in plan.groups:
        yield Message("sheet.drift_of_group", group=line.group), line.drift, f.DRIFT


def _withdrawals(plan: Plan) -> Iterator[_Row]:
    """What is taken out of accounts that do not let money go for nothing, and the tax on it."""
    amount = f.money(plan.base_currency, symbol=True)
    for one in plan.withdrawals:
        kind = "sheet.withdrawal_tax_at_most" if one.upper_bound else "sheet.withdrawal_tax"
        yield Message("sheet.withdrawal", account=one.account), one.amount, amount
        unknown = Message("sheet.not_known")
        yield Message(kind, account=one.account), unknown if one.tax is None else one.tax, amount
        yield Message("sheet.withdrawal_rule", account=one.account), one.source, f.TEXT


def _tax(plan: Plan) -> Iterator[_Row]:
    """The tax section: from the gains to the tax of the year, step by step."""
    tax = plan.tax
    if tax is None:
        return
    yield summary_label("tax_year"), tax.year, f.COUNT
    yield summary_label("tax_last_day"), tax.last_day, f.DATE
    for item in tax.items:
        yield _tax_label(item), *_tax_value(item, f.money(plan.base_currency, symbol=True))
    yield summary_label("tax_about"), Message("sheet.estimates"), f.TEXT


def _tax_label(item: TaxItem) -> Message:
    if item.owner:
        return Message("sheet.tax_of", owner=item.owner, item=item.item)
    return Message("sheet.tax_item", item=item.item)


def _tax_value(item: TaxItem, amount: str) -> tuple[Value, str]:
    if item.text:
        return item.text, f.TEXT
    return (item.rate, f.WEIGHT) if item.rate is not None else (item.amount, amount)
