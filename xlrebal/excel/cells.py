"""Functions for cells, for Excel on Windows and for xlwings Lite.

Each takes the tables it needs as ranges, such as ``Holdings[#All]``: so Excel calculates it again when a cell of them
changes, and only then, and it needs nothing that is not in its arguments. Arguments with the same content are planned
once, whichever cells ask. What cannot be answered is an error value of Excel, and ``xlrebal_reason`` tells why.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import xlwings as xw

from xlrebal import app
from xlrebal.domain.message import Message
from xlrebal.errors import Finding, InputError, XlrebalError
from xlrebal.excel.faults import keep_log
from xlrebal.excel.ranges import EXAMPLE, ArgumentError, ArgumentTables, Block, day_of
from xlrebal.language import ENGLISH, render
from xlrebal.tables.contract.schema import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.app import Outcome
    from xlrebal.errors import Text

_TITLE = "xlrebal"
# A family's cells ask for few different plans: the one as it is, and some with new cash.
_PLANS = 16
_WRONG, _NOT_THERE = "#VALUE!", "#N/A"
_HEADERS = ("Account", "Code", "Quantity", "Amount")


@dataclass(frozen=True)
class _Failure:
    """What a cell shows in place of an answer: an error value of Excel, and the reason for whoever asks."""

    value: str
    reason: Finding | Text


@xw.func(category=_TITLE)
@xw.arg("tables", ndim=2, err_to_str=True)
def xlrebal_drift(code: Any, *tables: Any) -> Any:
    """Return the drift of an asset now: weight minus target, a fraction; 0.05 is 5 points over."""
    return _shown(_drift(code, tables))


@xw.func(category=_TITLE)
@xw.arg("tables", ndim=2, err_to_str=True)
def xlrebal_next_date(*tables: Any) -> Any:
    """Return the next scheduled day; hand over TODAY() as well to follow the calendar."""
    return _shown(_next_date(None, tables))


@xw.func(category=_TITLE)
@xw.arg("tables", ndim=2, err_to_str=True)
def xlrebal_new_cash(amount: Any, *tables: Any) -> Any:
    """Return what new cash, with the cash that lies ready, would buy without a sale.

    A table of Account, Code, Quantity and Amount (base currency). INDEX takes one figure out of it.
    """
    return _shown(_new_cash(amount, tables))


@xw.func(category=_TITLE)
@xw.arg("tables", ndim=2, err_to_str=True)
def xlrebal_reason(function: Any, argument: Any, *tables: Any) -> Any:
    """Return why a function of xlrebal shows an error value: its name, its first argument and its tables.

    The name is drift, next_date or new_cash; an empty text says that it can answer.
    """
    name = str(function).strip().casefold().removeprefix("xlrebal_")
    if name not in _FUNCTIONS:
        unknown = Message("excel.no_function", function=str(function), functions=", ".join(_FUNCTIONS))
        return render(unknown, _language(tables))
    found = _FUNCTIONS[name](argument, tables)
    if not isinstance(found, _Failure):
        return ""
    reason, language = found.reason, _language(tables)
    return reason.in_language(language) if isinstance(reason, Finding) else render(reason, language)


def _language(tables: tuple[Any, ...]) -> str:
    """The language of the tables that were handed over; English where they are none."""
    with contextlib.suppress(XlrebalError):
        return ArgumentTables(_parts(tables)[0]).language()
    return ENGLISH


def _shown(found: Any) -> Any:
    return found.value if isinstance(found, _Failure) else found


def _answers(work: Callable[[Any, tuple[Any, ...]], Any]) -> Callable[[Any, tuple[Any, ...]], Any]:
    """Turn what goes wrong into a failure with its reason."""

    @functools.wraps(work)
    def answer(argument: Any, tables: tuple[Any, ...]) -> Any:
        try:
            return work(argument, tables)
        except InputError as error:
            return _Failure(_WRONG, error.findings[0])
        except XlrebalError as error:
            return _Failure(_WRONG, error.message)
        except Exception as error:  # a cell has no place for a traceback
            log = keep_log(error, work.__name__.strip("_"))
            kind = "excel.fault_of_function_in_log" if log else "excel.fault_of_function"
            return _Failure(_WRONG, Message(kind, error=type(error).__name__, log=log))

    return answer


@_answers
def _drift(code: Any, tables: tuple[Any, ...]) -> float | _Failure:
    wanted = _code(code)
    lines = _plan(tables).plan.drift
    line = next((line for line in lines if line.target.code == wanted), None)
    # A number has lost its zeros; text of another asset must not pass for it.
    line = line or next((line for line in lines if line.target.code.lstrip("0") == wanted.lstrip("0")), None)
    if line is None:
        return _Failure(_NOT_THERE, Message("excel.not_in_targets", code=wanted, table=TARGETS.title))
    return float(line.drift)


@_answers
def _next_date(_argument: Any, tables: tuple[Any, ...]) -> dt.datetime | _Failure:
    day = _plan(tables).plan.trigger.next_scheduled
    if day is None:
        return _Failure(_NOT_THERE, Message("excel.nothing_scheduled"))
    return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a cell has no zone


@_answers
def _new_cash(amount: Any, tables: tuple[Any, ...]) -> list[list[Any]]:
    rows: list[list[Any]] = [list(_HEADERS)]
    for order in _plan(tables, _amount(amount)).plan.orders:
        quantity = None if order.quantity is None else float(order.quantity)
        rows.append([order.account, order.target.code, quantity, float(order.amount_base)])
    return rows


_FUNCTIONS: dict[str, Callable[[Any, tuple[Any, ...]], Any]] = {
    "drift": _drift,
    "next_date": _next_date,
    "new_cash": _new_cash,
}


def _code(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not text:
        raise ArgumentError(Message("excel.not_a_code", example="069500"))
    return text


def _amount(value: Any) -> Decimal:
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else str(value).replace(",", "").strip())
    except InvalidOperation:
        amount = Decimal("nan")
    if isinstance(value, bool) or not amount.is_finite():
        raise ArgumentError(Message("excel.not_an_amount", text=str(value), example="1000000"))
    return amount


def _plan(tables: tuple[Any, ...], new_cash: Decimal | None = None) -> Outcome:
    """The plan of some ranges; a single date among them is its day, today when there is none."""
    blocks, days = _parts(tables)
    day = dt.datetime.now().astimezone().date()
    for value in days:
        day = _day(value)
    return _planned(blocks, day, new_cash)


def _parts(tables: tuple[Any, ...]) -> tuple[tuple[Block, ...], list[Any]]:
    """The ranges among some arguments, and the single values."""
    rows = [argument if isinstance(argument, (list, tuple)) else [[argument]] for argument in tables]
    blocks = [tuple(map(tuple, block)) for block in rows]
    single = [len(block) == 1 and len(block[0]) == 1 for block in blocks]
    ranges = tuple(block for block, alone in zip(blocks, single, strict=True) if not alone)
    return ranges, [block[0][0] for block, alone in zip(blocks, single, strict=True) if alone]


def _day(value: Any) -> dt.date:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return day_of(value).date()
        except (OverflowError, ValueError):
            value = repr(value)
    if not isinstance(value, dt.date):
        raise ArgumentError(Message("excel.neither_table_nor_day", text=str(value), example=EXAMPLE))
    return value.date() if isinstance(value, dt.datetime) else value


@functools.lru_cache(maxsize=_PLANS)
def _planned(blocks: tuple[Block, ...], day: dt.date, new_cash: Decimal | None) -> Outcome:
    """The plan of these contents; what is remembered never ages, for the contents are its key."""
    request = app.Request(as_of=day, new_cash=new_cash, cash_only=new_cash is not None)
    return app.calculate(ArgumentTables(blocks), request)
