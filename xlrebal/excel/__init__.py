"""The door for Excel: functions behind the buttons of a workbook, and functions for its cells.

A button runs ``RunPython "import xlrebal.excel; xlrebal.excel.update()"``; nothing depends on where the workbook lies.
In xlwings Lite a script calls ``act(book, "update")``, and a line of ``main.py`` imports the functions for cells.
"""

from __future__ import annotations

import xlwings as xw

from xlrebal.excel.actions import act
from xlrebal.excel.cells import xlrebal_drift, xlrebal_new_cash, xlrebal_next_date, xlrebal_reason

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
    act(xw.Book.caller(), "update")


def rebalance_now() -> None:
    """Button *Rebalance now*: the same, for a rebalance that is not due."""
    act(xw.Book.caller(), "rebalance_now")


def check() -> None:
    """Button *Check*: tells whether a rebalance is due; writes nothing but that."""
    act(xw.Book.caller(), "check")


def record_executed() -> None:
    """Button *Record executed*: orders marked as executed go to Trades, holdings roll forward."""
    act(xw.Book.caller(), "record_executed")


def clear_results() -> None:
    """Button *Clear results*: empties the result tables."""
    act(xw.Book.caller(), "clear_results")
