"""The door for Excel: functions behind the buttons of a workbook, and functions for its cells.

A button runs ``RunPython "import xlrebal.excel; xlrebal.excel.update()"``; nothing depends on where the workbook lies.
In xlwings Lite a script calls ``act(book, "update")``, and a line of ``main.py`` imports the functions for cells.
"""

from __future__ import annotations

import locale
import sys

import xlwings as xw

from xlrebal.domain.message import Message
from xlrebal.excel.actions import act
from xlrebal.excel.cells import xlrebal_drift, xlrebal_new_cash, xlrebal_next_date, xlrebal_reason
from xlrebal.excel.messages import one_line
from xlrebal.language import ENGLISH, KOREAN, render

__all__ = [
    "act",
    "check",
    "clear_results",
    "rebalance_now",
    "record_executed",
    "update",
    "xlrebal_drift",
    "xlrebal_new_cash",
    "xlrebal_next_date",
    "xlrebal_reason",
]


def update() -> None:
    """Button *Update*: drift, orders, tax losses and summary, written into the workbook."""
    _press("update")


def rebalance_now() -> None:
    """Button *Rebalance now*: the same, for a rebalance that is not due."""
    _press("rebalance_now")


def check() -> None:
    """Button *Check*: tells whether a rebalance is due; writes nothing but that."""
    _press("check")


def record_executed() -> None:
    """Button *Record executed*: orders marked as executed go to Trades, holdings roll forward."""
    _press("record_executed")


def clear_results() -> None:
    """Button *Clear results*: empties the result tables."""
    _press("clear_results")


def _press(action: str) -> None:
    """Do what a button stands for on the workbook that holds it; xlwings shows what the program says when it ends."""
    try:
        book = xw.Book.caller()
    except Exception as error:  # nothing is open to tell it in
        sys.exit(render(Message("excel.no_workbook", cause=one_line(error)), _of_this_computer()))
    act(book, action)


def _of_this_computer() -> str:
    """Return the language of the computer: there is no workbook that could say it."""
    name = locale.getlocale()[0] or ""
    return KOREAN if name.casefold().startswith("ko") else ENGLISH
