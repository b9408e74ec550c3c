"""What was recorded, on the terminal and as JSON."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from xlrebal.cli.views.table import TextTable
from xlrebal.domain.message import Message, Points
from xlrebal.language import in_english
from xlrebal.tables.contract.logs import REBALANCE_LOG
from xlrebal.tables.contract.schema import TRADES
from xlrebal.tables.contract.words import ACTIONS
from xlrebal.workbook.cells import RawGrid

if TYPE_CHECKING:
    from pathlib import Path

    from xlrebal.app.recording import Recorded
    from xlrebal.cli.terminal import Terminal
    from xlrebal.domain.household import Trade

_SCHEMA = "xlrebal-log/1"


_HEADERS = tuple(TRADES.field(key).title for key in ("action", "account", "code", "quantity", "price", "gain"))
_NUMBERS = frozenset(TRADES.field(key).title for key in ("quantity", "price"))


def show(terminal: Terminal, done: Recorded, file: Path) -> None:
    """Print what was recorded."""
    if done.line is None:
        terminal.say(Message("terminal.nothing_to_record"))
        return
    table = TextTable(Message("terminal.recorded_trades"), _HEADERS, _NUMBERS, language=terminal.language)
    for trade in done.trades:
        table.add(*_cells(trade, terminal))
    table.show()
    line = done.line
    drift = {"before": Points(line.drift_before), "after": Points(line.drift_after)}
    terminal.say("")
    terminal.say(Message("terminal.recorded", count=line.orders, amount=line.amount, **drift))
    terminal.say(Message("terminal.written", file=str(file)))


def _cells(trade: Trade, terminal: Terminal) -> tuple[str, ...]:
    action = terminal.words(ACTIONS[trade.action])
    gain = "" if trade.gain is None else f"{trade.gain:,f}"
    return action, trade.account, trade.code, f"{trade.quantity.normalize():,f}", f"{trade.price:,f}", gain


def as_json(workbook: str, done: Recorded) -> dict[str, Any]:
    """Return the recorded trades and the whole log (schema ``xlrebal-log/1``)."""
    return {
        "schema": _SCHEMA,
        "workbook": workbook,
        "recorded": [_trade(trade) for trade in done.trades],
        "log": _log(done),
        "warnings": [{"cell": warning.cell, "message": in_english(warning.message)} for warning in done.warnings],
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
    """Return the rows of the log by the names of its columns, whatever the language of the workbook."""
    if done.log is None:
        return []
    rows = done.log.rows[1:] if isinstance(done.log, RawGrid) else done.log.rows
    keys = [column.header.english.casefold().replace(" ", "_") for column in REBALANCE_LOG.columns]
    values = ([_plain(cell.value) for cell in row] for row in rows)
    return [dict(zip_longest(keys, row[: len(keys)])) for row in values if any(value is not None for value in row)]


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value
