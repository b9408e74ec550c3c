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

KOREAN_CAPTIONS = {
    "Update": "갱신",
    "Rebalance now": "지금 리밸런싱",
    "Check": "점검",
    "Record executed": "체결 기록",
    "Clear results": "결과 지우기",
}
"""Caption of each button in a Korean workbook, by its English one."""

MESSAGE = "xlrebal_message"
"""Defined name of the cell that shows what a button did: when, the result, and the next step."""

CONFIGURATION = "xlwings.conf"
"""Sheet from which xlwings takes its settings."""

WORKBOOK_MODULE = "ThisWorkbook"
RUNNERS = ("xlwings.bas", "addin/Dictionary.cls")
"""Files of the package xlwings that let a workbook run Python without an add-in (licences: BSD 3-Clause, MIT)."""


OWN = ("xlrebal", "xlrebal_system", "xlrebal_cells")
"""Our modules: the buttons, what they ask of the computer, the functions for cells."""

_RUN = "터미널에서 다음을 실행한 뒤 단추를 다시 누르세요: "
KOREAN_TEXTS = {
    "XLREBAL_TEXT_NO_PYTHON": f"이 컴퓨터에 Python이 없습니다. {_RUN}winget install -e --id Python.Python.3.13",
    "XLREBAL_TEXT_NO_PACKAGES": f"이 Python에 xlrebal이나 xlwings가 없습니다. {_RUN}"
    "{python} -m pip install xlrebal xlwings",
    "XLREBAL_TEXT_NOT_BOUND": "이 파일에 쓸 Python이 정해지지 않았습니다. 파일을 닫고 터미널에서 다음을 실행하세요: "
    "python3 -m xlrebal excel install {file}",
}
"""Messages of the macros in a Korean workbook: VBA source holds no Korean letters, so they are kept in the settings."""


def own_source(name: str = "xlrebal") -> str:
    """Return the text of one of our modules."""
    return (resources.files("xlrebal.macros") / "source" / f"{name}.bas").read_text(encoding="ascii")


def macro_modules(sheet_modules: Sequence[str], *, with_runner: bool = True) -> list[Module]:
    """Return the modules of a workbook whose sheets have these code names.

    ``with_runner`` adds the modules of the installed xlwings; ModuleNotFoundError when it is not installed.
    """
    modules = [Module(WORKBOOK_MODULE, Kind.WORKBOOK), *(Module(name, Kind.SHEET) for name in sheet_modules)]
    modules += [Module(name, Kind.STANDARD, own_source(name)) for name in OWN]
    if with_runner:
        runner, dictionary = (resources.files("xlwings").joinpath(name).read_text(encoding="utf-8") for name in RUNNERS)
        modules += [Module("xlwings", Kind.STANDARD, runner), Module("Dictionary", Kind.CLASS, dictionary)]
    return modules


def macro_project(sheet_modules: Sequence[str]) -> bytes:
    """Return the ``vbaProject.bin`` of a workbook whose sheets have these code names."""
    return build_project(macro_modules(sheet_modules))
