"""The macro project of a workbook: a module for each sheet, our macros, and the ones of xlwings."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from xlrebal.macros.project import Kind, Module, build_project

if TYPE_CHECKING:
    from collections.abc import Sequence

BUTTONS = {
    "Update": "XlrebalUpdate",
    "Rebalance now": "XlrebalRebalanceNow",
    "Check": "XlrebalCheck",
    "Record executed": "XlrebalRecordExecuted",
    "Clear results": "XlrebalClearResults",
}
"""Macro of each button by its caption."""

MESSAGE = "xlrebal_message"
"""Defined name of the cell that shows what went wrong; without it the message box alone tells."""

CONFIGURATION = "xlwings.conf"
"""Sheet from which xlwings takes its settings."""

WORKBOOK_MODULE = "ThisWorkbook"
RUNNERS = ("xlwings.bas", "addin/Dictionary.cls")
"""Files of the package xlwings that let a workbook run Python without an add-in (licences: BSD 3-Clause, MIT)."""


def own_source() -> str:
    """Return the text of our module."""
    return (resources.files("xlrebal.macros") / "source" / "xlrebal.bas").read_text(encoding="ascii")


def macro_modules(sheet_modules: Sequence[str], *, with_runner: bool = True) -> list[Module]:
    """Return the modules of a workbook whose sheets have these code names.

    ``with_runner`` adds the modules of the installed xlwings; ModuleNotFoundError when it is not installed.
    """
    modules = [Module(WORKBOOK_MODULE, Kind.WORKBOOK), *(Module(name, Kind.SHEET) for name in sheet_modules)]
    modules.append(Module("xlrebal", Kind.STANDARD, own_source()))
    if with_runner:
        runner, dictionary = (resources.files("xlwings").joinpath(name).read_text(encoding="utf-8") for name in RUNNERS)
        modules += [Module("xlwings", Kind.STANDARD, runner), Module("Dictionary", Kind.CLASS, dictionary)]
    return modules


def macro_project(sheet_modules: Sequence[str]) -> bytes:
    """Return the ``vbaProject.bin`` of a workbook whose sheets have these code names."""
    return build_project(macro_modules(sheet_modules))
