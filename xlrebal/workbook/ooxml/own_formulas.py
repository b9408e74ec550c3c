"""Formulas of the templates, and the values that they show until a program calculates them.

Protected View, mail and phones show a formula's stored value and calculate nothing. So each formula of ours gets, when
tables are written, the value that a spreadsheet program would give it. A formula is known by its whole text, which the
functions below write; any other is the user's, and so is its value. A value that is not certain (a cell that is
looked up holds a formula itself) is not changed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.errors import FileError
from xlrebal.workbook.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.workbook.ooxml.book import Book
    from xlrebal.workbook.ooxml.sheet import Sheet
    from xlrebal.workbook.ooxml.table import TablePart

NOTHING = "–"
"""What a tile shows where there is no value."""

_SUMMARY, _TARGETS = "Summary", "Targets"
_MARKS = (b"Summary[", b"Targets[")
_LOOKUP = r'INDEX\(Summary\[([^]]+)\],MATCH\("((?:[^"]|"")*)",Summary\[([^]]+)\],0\)\)'
_TILE = re.compile(rf'IFERROR\(IF\((?P<found>{_LOOKUP})="","–",(?P=found)\),"–"\)')
_DAY = re.compile(rf'IFERROR\("((?:[^"]|"")*)"&TEXT\({_LOOKUP},"yyyy-mm-dd"\),"–"\)')
_SUM = re.compile(r"SUM\(Targets\[(Target|목표)\]\)")
# MATCH reads these as patterns.
_WILD = re.compile(r"[*?~]")
_FIRST_DAY, _LAST_DAY = 61, 2958465


def tile(item: str, value_header: str, item_header: str) -> str:
    """Return the formula that shows the value of a line of Summary."""
    found = _lookup(item, value_header, item_header)
    return f'IFERROR(IF({found}="","{NOTHING}",{found}),"{NOTHING}")'


def day(prefix: str, item: str, value_header: str, item_header: str) -> str:
    """Return the formula that shows a date of Summary after some words."""
    return f'IFERROR("{prefix}"&TEXT({_lookup(item, value_header, item_header)},"yyyy-mm-dd"),"{NOTHING}")'


def sum_of_targets(header: str) -> str:
    """Return the formula that adds up the weights of Targets."""
    return f"SUM(Targets[{header}])"


def _lookup(item: str, value_header: str, item_header: str) -> str:
    return f'INDEX(Summary[{value_header}],MATCH("{item}",Summary[{item_header}],0))'


def show_values(book: Book, open_sheet: Callable[[str], Sheet]) -> None:
    """Give every formula of ours its value, from the tables of an open workbook as they are now.

    ``open_sheet`` returns a sheet by its name, with what was written into it.
    """
    tables = {table.name: table for table in book.tables()}
    values = _Values(book, open_sheet, tables)
    for entry in book.sheets():
        # A sheet of the user's that cannot be read does not concern us.
        with contextlib.suppress(FileError):
            if entry.kind == "worksheet" and book.package.holds(entry.part, *_MARKS):
                _show_on(open_sheet(entry.name), values)


def _show_on(sheet: Sheet, values: _Values) -> None:
    for row, column, formula in sheet.formulas():
        if (value := values.of(formula)) is not None:
            sheet.show(row, column, value)


class _Values:
    """The values of formulas of ours."""

    def __init__(self, book: Book, open_sheet: Callable[[str], Sheet], tables: dict[str, TablePart]) -> None:
        self._book, self._open_sheet, self._tables = book, open_sheet, tables

    def of(self, formula: str) -> Cell | None:
        """Return the value of a formula; None for one that is not ours, or whose value is not certain."""
        if found := _TILE.fullmatch(formula):
            _, value, item, items = found.groups()
            return self._tile(value, item, items)
        if found := _DAY.fullmatch(formula):
            prefix, value, item, items = found.groups()
            return self._day(prefix.replace('""', '"'), value, item, items)
        if found := _SUM.fullmatch(formula):
            return self._sum(found[1])
        return None

    def _tile(self, value: str, item: str, items: str) -> Cell | None:
        found = self._find(value, item, items)
        return Cell(NOTHING) if found is not None and found.value in (None, "") else found

    def _day(self, prefix: str, value: str, item: str, items: str) -> Cell | None:
        found = self._find(value, item, items)
        if found is None or found.value == NOTHING:
            return found
        if isinstance(found.value, str):
            return Cell(prefix + found.value)
        if isinstance(found.value, Decimal) and _FIRST_DAY <= found.value < _LAST_DAY:
            first = dt.date(1904, 1, 1) if self._book.date1904 else dt.date(1899, 12, 30)
            return Cell(f"{prefix}{(first + dt.timedelta(days=int(found.value))).isoformat()}")
        return None

    def _find(self, value: str, item: str, items: str) -> Cell | None:
        """The value beside the first line of an item; the dash of an empty tile where no line has it."""
        labels, values = self._column(_SUMMARY, items), self._column(_SUMMARY, value)
        if _WILD.search(item) or labels is None or values is None:
            return None
        wanted = item.replace('""', '"').casefold()
        for label, found in zip(labels, values, strict=True):
            if label is None:
                return None
            if isinstance(label.value, str) and label.value.casefold() == wanted:
                return found
        return Cell(NOTHING)

    def _sum(self, header: str) -> Cell | None:
        cells = self._column(_TARGETS, header)
        if cells is None or any(cell is None for cell in cells):
            return None
        # Added up as a spreadsheet program does, to the digits that it shows.
        total = sum(float(cell.value) for cell in cells if cell and isinstance(cell.value, Decimal))
        return Cell(Decimal(f"{total:.15g}"))

    def _column(self, name: str, header: str) -> list[Cell | None] | None:
        """The cells of a column of a table; None where there is no such column."""
        table = self._tables.get(name)
        if table is None or not table.has_header or header not in table.headers:
            return None
        top, left, bottom, _ = table.bounds
        sheet, column = self._open_sheet(table.sheet), left + table.headers.index(header)
        rows = range(top + 1, bottom + 1 - table.totals)
        return [sheet.content(row, column, self._book.shared_strings) for row in rows]
