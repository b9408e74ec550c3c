"""The door for Excel: functions behind the buttons of a workbook, and functions for its cells.

A button runs ``RunPython "import xlrebal.excel; xlrebal.excel.update()"``; nothing depends on where the workbook lies.
In xlwings Lite a script calls ``act(book, "update")``.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any

import xlwings as xw

from xlrebal import app
from xlrebal.errors import InputError, XlrebalError
from xlrebal.macros.workbook_macros import MESSAGE
from xlrebal.tables.report import no_orders, verdict
from xlrebal.workbook.live import LiveWorkbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.app import Outcome

_TITLE = "xlrebal"
# More lines than this do not fit a message box.
_MOST_LINES = 15


def update() -> None:
    """Button *Update*: drift, orders, tax losses and summary, written into the workbook."""
    act(xw.Book.caller(), "update")


def rebalance_now() -> None:
    """Button *Rebalance now*: the same, for a rebalance that is not due."""
    act(xw.Book.caller(), "rebalance_now")


def check() -> None:
    """Button *Check*: says whether a rebalance is due; writes nothing."""
    act(xw.Book.caller(), "check")


def record_executed() -> None:
    """Button *Record executed*: orders marked as executed go to Trades, holdings roll forward."""
    act(xw.Book.caller(), "record_executed")


def clear_results() -> None:
    """Button *Clear results*: empties the result tables."""
    act(xw.Book.caller(), "clear_results")


def act(book: Any, action: str, as_of: dt.date | None = None) -> str:
    """Do what a button stands for and return the message that the user sees.

    Args:
        book: An open ``xlwings.Book``.
        action: ``update``, ``rebalance_now``, ``check``, ``record_executed`` or ``clear_results``.
        as_of: Day of the plan; today when left out.

    Whatever goes wrong is said in one message; then the workbook is as it was.

    """
    try:
        text = _ACTIONS[action](LiveWorkbook(book), as_of or _today())
    except InputError as error:
        return _trouble(book, _problems(error))
    except XlrebalError as error:
        return _trouble(book, f"{error}. Nothing was written.")
    except Exception as error:  # Excel rejects calls while a cell is edited; no traceback for a user
        return _trouble(book, _unexpected(error))
    _say(book, "")
    if action == "check":
        _alert(book, text)
    else:
        _status(book, text)
    return text


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


def _update(book: LiveWorkbook, day: dt.date) -> str:
    return _done(app.update(book, app.Request(as_of=day)))


def _rebalance_now(book: LiveWorkbook, day: dt.date) -> str:
    return _done(app.update(book, app.Request(as_of=day, plan_now=True)))


def _check(book: LiveWorkbook, day: dt.date) -> str:
    plan = app.calculate(book, app.Request(as_of=day)).plan
    then = plan.trigger.next_scheduled
    return f"{verdict(plan)}: {plan.trigger.reason}." + (f" Next scheduled: {then.isoformat()}." if then else "")


def _record(book: LiveWorkbook, day: dt.date) -> str:
    from xlrebal.app.record import record  # this button only

    done = record(book, day)
    if done.line is None:
        return "Nothing to record: no order has the Status executed."
    doubts = "".join(f" {warning}." for warning in done.warnings)
    return f"{done.line.orders} orders recorded.{doubts}"


def _clear(book: LiveWorkbook, _day: dt.date) -> str:
    app.clear(book)
    return "The results are cleared."


_ACTIONS: dict[str, Callable[[LiveWorkbook, dt.date], str]] = {
    "update": _update,
    "rebalance_now": _rebalance_now,
    "check": _check,
    "record_executed": _record,
    "clear_results": _clear,
}


def _done(outcome: Outcome) -> str:
    plan, count = outcome.plan, len(outcome.plan.orders)
    what = f"{count} order{'s' * (count > 1)}; {verdict(plan)}" if count else no_orders(plan).rstrip(".")
    doubts = "".join(f" {warning}." for warning in outcome.warnings)
    return f"xlrebal {plan.as_of.isoformat()}: {what}.{doubts}"


def _problems(error: InputError) -> str:
    lines = [str(finding) for finding in error.findings]
    more = [f"... and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    count = f"{len(lines)} problem{'s' * (len(lines) > 1)}. Nothing was written."
    return "\n".join([*lines[:_MOST_LINES], *more, count])


def _unexpected(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return f"The spreadsheet program did not answer ({text}). Finish editing the cell, close open dialogs, try again."


def _trouble(book: Any, text: str) -> str:
    _say(book, text)
    _alert(book, text)
    return text


def _say(book: Any, text: str) -> None:
    """Show a message in the workbook's cell for it, when it has one and shows another."""
    with contextlib.suppress(Exception):  # a message must never be the next failure
        if MESSAGE in book.names:
            cell = book.names[MESSAGE].refers_to_range
            if (cell.value or "") != text:
                cell.value = text or None


def _alert(book: Any, text: str) -> None:
    with contextlib.suppress(Exception):
        book.app.alert(text, _TITLE)


def _status(book: Any, text: str) -> None:
    with contextlib.suppress(Exception):
        book.app.status_bar = text


@xw.func(category=_TITLE)
def xlrebal_drift(code: str) -> float | str:
    """Return the drift of an asset now: weight minus target, a fraction; 0.05 is 5 points over."""
    plan = _plan_of_caller()
    if isinstance(plan, str):
        return plan
    wanted = str(int(code)) if isinstance(code, float) else str(code)
    line = next((line for line in plan.plan.drift if line.target.code.lstrip("0") == wanted.lstrip("0")), None)
    return float(line.drift) if line else f"{wanted} is not in Targets"


@xw.func(category=_TITLE)
def xlrebal_next_date() -> dt.datetime | str:
    """Return the next scheduled day; a text where there is no schedule."""
    plan = _plan_of_caller()
    if isinstance(plan, str):
        return plan
    day = plan.plan.trigger.next_scheduled
    return dt.datetime(day.year, day.month, day.day) if day else "no schedule"  # noqa: DTZ001  # a cell has no zone


@xw.func(category=_TITLE)
@xw.ret(expand="table")
def xlrebal_new_cash(amount: float) -> list[list[Any]]:
    """Return what new cash, with the cash that lies ready, would buy without a sale.

    A table of Account, Code, Quantity and Amount (base currency).
    """
    from decimal import Decimal

    plan = _plan_of_caller(Decimal(repr(amount)), cash_only=True)
    if isinstance(plan, str):
        return [[plan]]
    rows: list[list[Any]] = [["Account", "Code", "Quantity", "Amount"]]
    for order in plan.plan.orders:
        quantity = None if order.quantity is None else float(order.quantity)
        rows.append([order.account, order.target.code, quantity, float(order.amount_base)])
    return rows


def _plan_of_caller(new_cash: Any = None, *, cash_only: bool = False) -> Outcome | str:
    """The plan of the calling workbook today, or its first problem as a text for the cell."""
    request = app.Request(as_of=_today(), new_cash=new_cash, cash_only=cash_only)
    try:
        return app.calculate(LiveWorkbook(xw.Book.caller()), request)
    except InputError as error:
        return str(error.findings[0])
    except XlrebalError as error:
        return str(error)
