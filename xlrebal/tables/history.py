"""The History table: one row for each day, kept over the years."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action, Plan
from xlrebal.domain.quantities import ZERO
from xlrebal.tables import formats as f
from xlrebal.tables.convert import exact_number
from xlrebal.tables.grid import Cell

if TYPE_CHECKING:
    from xlrebal.tables.grid import RawCell, RawGrid

Row = tuple[Cell, ...]


def history_rows(plan: Plan, history: RawGrid | None, announced: Decimal = ZERO) -> list[Row]:
    """Return the rows kept so far with today's added; a second run of the same day replaces its row.

    ``announced`` is what of the value is not there yet, base currency: it counts once it has been paid in.
    """
    today = _today(plan, announced)
    amount = f.money(plan.base_currency)
    patterns = (f.DATE, amount, amount, f.WEIGHT, "@", f.COUNT, amount, "@")
    kept = [row for row in kept_rows(history, patterns) if row[0].value != plan.as_of]
    later = next((i for i, row in enumerate(kept) if _is_later(row, plan.as_of)), len(kept))
    return [*kept[:later], today, *kept[later:]]


def _is_later(row: Row, day: dt.date) -> bool:
    value = row[0].value
    return isinstance(value, dt.date) and value > day


def _today(plan: Plan, announced: Decimal) -> Row:
    buys = sum((o.amount_base for o in plan.orders if o.action is Action.BUY), ZERO)
    sells = sum((o.amount_base for o in plan.orders if o.action is Action.SELL), ZERO)
    amount = f.money(plan.base_currency)
    return (
        f.date(plan.as_of),
        f.number(plan.total_value - announced, amount),
        f.number(max(buys - sells, ZERO), amount),
        f.number(plan.summary.worst_drift_before, f.WEIGHT),
        f.text(plan.trigger.kind),
        Cell(len(plan.orders), f.COUNT),
        f.number(plan.summary.cost, amount),
        f.text(plan.rules),
    )


def kept_rows(table: RawGrid | None, patterns: tuple[str, ...]) -> list[Row]:
    """Return the rows of a table that is kept over the years, user's corrections included; one format a column."""
    if table is None or not table.is_table:
        return []
    width = len(patterns)
    rows = [row[:width] for row in table.rows[1:] if any(not cell.is_blank for cell in row[:width])]
    return [_keep(row, patterns) for row in rows]


def _keep(row: tuple[RawCell, ...], patterns: tuple[str, ...]) -> Row:
    cells = [_keep_cell(cell, pattern) for cell, pattern in zip(row, patterns, strict=False)]
    return tuple(cells + [Cell(None)] * (len(patterns) - len(cells)))


def _keep_cell(cell: RawCell, pattern: str) -> Cell:
    value = cell.value
    if isinstance(value, dt.datetime):
        return Cell(value.date(), pattern)
    if isinstance(value, float) or (isinstance(value, (int, Decimal)) and not isinstance(value, bool)):
        return Cell(exact_number(value), pattern)
    if isinstance(value, (str, bool, dt.date)):
        return Cell(value, "@" if isinstance(value, str) else pattern)
    return Cell(None)
