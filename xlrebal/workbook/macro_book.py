"""What a macro workbook on disk says about its buttons: macro project, modules, and xlwings' settings."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

from xlrebal.errors import FileError
from xlrebal.tables.grid import Cell
from xlrebal.workbook.ooxml import guards
from xlrebal.workbook.ooxml.book import Book

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from xlrebal.workbook.ooxml.sheet import Sheet

_PROJECT = "xl/vbaProject.bin"
_CODE_NAME = re.compile(rb'<sheetPr[^>]*codeName="([^"]+)"')
_NAME, _VALUE = 1, 2
_MOST_SETTINGS = 50


def has_macros(path: Path) -> bool:
    """Return whether a workbook carries a macro project. Raises ``FileError`` when it cannot be read."""
    with closing(Book(path).package) as package:
        return package.has(_PROJECT)


def put_project(path: Path, make: Callable[[Sequence[str]], bytes]) -> None:
    """Replace the macro project; ``make`` gets the code names of the sheets, in their order."""
    book = Book(path)
    with closing(book.package) as package:
        found = [_CODE_NAME.search(package.read(entry.part)) for entry in book.sheets()]
        package.put_bytes(_PROJECT, make([name.group(1).decode() for name in found if name]))
        package.save(path)


def read_configuration(path: Path, sheet_name: str) -> dict[str, str] | None:
    """Return the settings of a sheet with names in column A and values in column B; None without the sheet."""
    rows = _rows(path, sheet_name)
    return None if rows is None else {name: value for name, value in rows if name}


def replace_configuration(path: Path, sheet_name: str, settings: Mapping[str, str]) -> None:
    """Put these settings in place of those that are there, and change nothing else.

    What stands below the settings stays: they end at the first row without a name. Raises ``FileError`` when the sheet
    is not there.
    """
    guards.check_writable(path)
    rows = _rows(path, sheet_name)
    if rows is None:
        raise FileError(f"{path.name} has no sheet {sheet_name}; make a macro workbook with: xlrebal new NAME.xlsm")
    end = next((number for number, (name, _) in enumerate(rows) if not name), len(rows))
    new = list(settings.items())
    below = [row for row in rows[end:] if any(row)]
    wanted = [*new, ("", ""), *below] if below else new
    wanted += [("", "")] * (len(rows) - len(wanted))
    book = Book(path)
    with closing(book.package):
        entry = book.entry(sheet_name)
        sheet = book.open_sheet(entry)
        _put(sheet, rows, wanted)
        if sheet.dirty:
            book.package.put(entry.part, sheet.root)
            book.flush()
            book.package.save(path)


def _put(sheet: Sheet, old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> None:
    """Write what differs, and what is not blank in any case: a formula may show the same text for now."""
    for row, wanted in enumerate(new, 1):
        there = old[row - 1] if row <= len(old) else ("", "")
        for column, (before, value) in enumerate(zip(there, wanted, strict=True), _NAME):
            if before or value:
                sheet.set(row, column, Cell(value or None, "@"), None)
    sheet.widen_dimension(1, _NAME, max(len(new), 1), _VALUE)


def code_sheets(path: Path) -> list[str]:
    """Return the names of the sheets that xlwings would run as Python, when it has a licence for that."""
    book = Book(path)
    with closing(book.package):
        return [entry.name for entry in book.sheets() if entry.name.casefold().endswith(".py")]


def _rows(path: Path, sheet_name: str) -> list[tuple[str, str]] | None:
    """The first two columns of a sheet as text, from its first row; None without the sheet."""
    import openpyxl  # buttons only

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        if sheet_name not in book.sheetnames:
            return None
        rows = book[sheet_name].iter_rows(max_row=_MOST_SETTINGS, max_col=_VALUE, values_only=True)
        return [(str(name or ""), str(value or "")) for name, value in (row[:_VALUE] for row in rows)]
    finally:
        book.close()
