"""The parts of a macro workbook on disk that belong to its buttons: macro project, modules, xlwings' settings."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, one_line
from xlrebal.workbook.cells import Cell
from xlrebal.workbook.ooxml import guards
from xlrebal.workbook.ooxml.book import Book

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from xlrebal.workbook.ooxml.sheet import Sheet

_PROJECT = "xl/vbaProject.bin"
_CODE_NAME = re.compile(rb'<sheetPr[^>]*codeName="([^"]+)"')
_NAME, _VALUE = 1, 2


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
    """Return the settings of a sheet with names in column A and values in column B; None without the sheet.

    Raises ``FileError`` when the workbook cannot be read.
    """
    rows = _rows(path, sheet_name)
    return None if rows is None else {name: value for name, value in rows if name}


def replace_configuration(path: Path, sheet_name: str, settings: Mapping[str, str]) -> None:
    """Replace the existing settings, and change nothing else.

    Rows below the settings stay: the settings end at the first row without a name. Raises ``FileError`` when the sheet
    is not there.
    """
    guards.check_writable(path)
    rows = _rows(path, sheet_name)
    if rows is None:
        raise FileError(Message("file.no_settings_sheet", file=path.name, sheet=sheet_name))
    end = next((number for number, (name, _) in enumerate(rows) if not name), len(rows))
    new = list(settings.items())
    below = [row for row in rows[end:] if any(row)]
    wanted = [*new, ("", ""), *below] if below else new
    wanted += [("", "")] * (len(rows) - len(wanted))
    book = Book(path)
    with closing(book.package):
        entry = book.entry(_name_there(book, sheet_name) or sheet_name)
        sheet = book.open_sheet(entry)
        _put(sheet, wanted)
        if sheet.dirty:
            book.package.put(entry.part, sheet.root)
            book.flush()
            book.package.save(path)


def _put(sheet: Sheet, new: Sequence[tuple[str, str]]) -> None:
    """Write every cell: a formula may show the same text for now, or nothing and yet not end the settings."""
    for row, wanted in enumerate(new, 1):
        for column, value in enumerate(wanted, _NAME):
            sheet.set(row, column, Cell(value or None, "@"), None)
    sheet.widen_dimension(1, _NAME, max(len(new), 1), _VALUE)


def code_sheets(path: Path) -> list[str]:
    """Return the names of the sheets that xlwings would run as Python, when it has a licence for that."""
    book = Book(path)
    with closing(book.package):
        return [entry.name for entry in book.sheets() if entry.name.casefold().endswith(".py")]


def _name_there(book: Book, name: str) -> str | None:
    """How a sheet's name is written in the workbook: macros find it whatever the case of its letters."""
    names = (entry.name for entry in book.sheets() if entry.kind == "worksheet")
    return next((there for there in names if there.casefold() == name.casefold()), None)


def _rows(path: Path, sheet_name: str) -> list[tuple[str, str]] | None:
    """The first two columns of a sheet as text, down to the last row that holds any; None without the sheet."""
    book = Book(path)
    with closing(book.package):
        name = _name_there(book, sheet_name)
    rows = [] if name is None else _read(path, name)
    while rows and not any(rows[-1]):
        rows.pop()
    return None if name is None else rows


def _read(path: Path, name: str) -> list[tuple[str, str]]:
    import openpyxl  # buttons only

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise FileError(Message("file.not_read", reason=one_line(error))) from error
    with closing(book):
        pairs = ((*row, None, None)[:_VALUE] for row in book[name].iter_rows(max_col=_VALUE, values_only=True))
        return [(str(name or ""), str(value or "")) for name, value in pairs]
