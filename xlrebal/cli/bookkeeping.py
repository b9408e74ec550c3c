"""What was recorded, on the terminal and as JSON."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlrebal.cli.table import TextTable, say
from xlrebal.domain.quantities import as_points
from xlrebal.tables.grid import RawGrid

if TYPE_CHECKING:
    from pathlib import Path

    from xlrebal.app.record import Recorded
    from xlrebal.domain.household import Trade

_SCHEMA = "xlrebal-log/1"


def show(done: Recorded, file: Path) -> None:
    """Print what was recorded."""
    if done.line is None:
        say("Nothing to record: no order has the Status executed.")
        return
    table = TextTable(
        "Recorded", ("Action", "Account", "Code", "Quantity", "Price", "Gain"), frozenset({"Quantity", "Price"})
    )
    for trade in done.trades:
        gain = "" if trade.gain is None else f"{trade.gain:,f}"
        table.add(
            trade.action, trade.account, trade.code, f"{trade.quantity.normalize():,f}", f"{trade.price:,f}", gain
        )
    table.show()
    line = done.line
    say(
        f"\n{line.orders} orders, {line.amount:,f}; "
        f"worst drift {as_points(line.drift_before)} -> {as_points(line.drift_after)} points"
    )
    print(f"Written to {file}.")


def as_json(workbook: str, done: Recorded) -> dict[str, Any]:
    """Return the recorded trades and the whole log (schema ``xlrebal-log/1``)."""
    return {
        "schema": _SCHEMA,
        "workbook": workbook,
        "recorded": [_trade(trade) for trade in done.trades],
        "log": _log(done),
        "warnings": [{"cell": warning.cell, "message": warning.message} for warning in done.warnings],
    }


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "date": trade.date.isoformat(),
        "account": trade.account,
        "action": trade.action,
        "code": trade.code,
        "quantity": _plain(trade.quantity),
        "price": _plain(trade.price),
        "commission": _plain(trade.commission),
        "tax": _plain(trade.tax),
        "currency": trade.currency,
        "fx_rate": _plain(trade.fx_rate),
        "trigger": trade.trigger or None,
        "note": trade.note or None,
        "gain": _plain(trade.gain),
        "acquired": _plain(trade.acquired),
    }


def _log(done: Recorded) -> list[dict[str, Any]]:
    """The rows of the log, by the names of its columns."""
    if done.log is None:
        return []
    if isinstance(done.log, RawGrid):
        headers = [str(cell.value or "") for cell in done.log.rows[0]]
        rows = [[cell.value for cell in row] for row in done.log.rows[1:]]
    else:
        headers = [column.header for column in done.log.columns]
        rows = [[cell.value for cell in row] for row in done.log.rows]
    keys = [header.casefold().replace(" ", "_") for header in headers]
    return [dict(zip(keys, map(_plain, row), strict=False)) for row in rows]


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value
