"""The live host: a workbook that is open in a spreadsheet program, through the ordinary xlwings API.

Every call into the program is slow, so blocks are read and written whole: the number of calls depends on the number
of tables and columns, not on the number of rows. Nothing here imports xlwings; the caller brings the open book.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlrebal.errors import FileError
from xlrebal.tables.grid import RawCell, RawGrid
from xlrebal.workbook.live_tables import LiveTable, LiveWriter, column_formats
from xlrebal.workbook.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlrebal.tables.grid import CellValue, Changeset

# What Excel shows for a value that it cannot work out.
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})


class LiveWorkbook:
    """A workbook open in a spreadsheet program.

    Args:
        book: An ``xlwings.Book``.

    """

    def __init__(self, book: Any) -> None:
        self._book = book

    def read(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
        """Return the wanted tables that exist; see the port."""
        tables = {table.name.casefold(): table for table in reversed(self._tables())}
        sheets = {name.strip().casefold(): name for name in reversed(self._book.sheet_names)}
        grids = {}
        for key, names in wanted.items():
            folded = [name.casefold() for name in names]
            table = next((tables[name] for name in folded if name in tables), None)
            sheet = next((sheets[name] for name in folded if name in sheets), None)
            if table is not None:
                grids[key] = _grid(table.range, table.sheet, is_table=True)
            elif sheet is not None:
                grids[key] = _grid(self._book.sheets[sheet].used_range, sheet, is_table=False)
        return grids

    def apply(self, changes: Changeset) -> None:
        """Write all result tables, or put back everything as it was."""
        with quiet(self._book):
            writer = LiveWriter(self._book, self._tables(), changes)
            writer.check()
            try:
                writer.write()
            except Exception as error:
                writer.undo()
                raise FileError(f"the results could not be written ({_one_line(error)})") from error

    def fingerprint(self) -> str:
        """Return a hash of every sheet's values."""
        values = [(sheet.name, sheet.used_range.options(ndim=2).value) for sheet in self._book.sheets]
        return hashlib.sha256(repr(values).encode()).hexdigest()

    def _tables(self) -> list[LiveTable]:
        return [_table(table, sheet.name) for sheet in self._book.sheets for table in sheet.tables]


def _table(table: Any, sheet: str) -> LiveTable:
    whole, totals = table.range, bool(table.show_totals)
    return LiveTable(table.name, sheet, whole.resize(row_size=whole.shape[0] - totals), totals)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _grid(block: Any, sheet: str, *, is_table: bool) -> RawGrid:
    values = block.options(ndim=2, err_to_str=True).value
    formats = [["General"] * len(row) for row in values]
    for column in range(len(values[0]) if values else 0):
        cells = [row[column] for row in values[1:]]
        # Whole numbers may be codes that only their format shows in full, such as 005930. A column of numbers alone
        # has one format then; one with text between them is looked into.
        if any(isinstance(value, float) and value.is_integer() for value in cells):
            mixed = any(isinstance(value, str) for value in cells)
            for row, shown in enumerate(column_formats(block[1:, column], deep=mixed), 1):
                formats[row][column] = shown
    rows = tuple(
        tuple(_cell(value, shown) for value, shown in zip(row, shown_row, strict=True))
        for row, shown_row in zip(values, formats, strict=True)
    )
    return RawGrid(sheet, block.row, block.column, rows, is_table)


def _cell(value: Any, number_format: str) -> RawCell:
    if isinstance(value, str) and value in _ERRORS:
        return RawCell(value, number_format, is_error=True)
    return RawCell(_plain(value), number_format)


def _plain(value: Any) -> CellValue:
    """A spreadsheet program hands over every number as a float."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, (str, int, float, bool, Decimal, dt.date, dt.time)) or value is None:
        return value
    return str(value)
