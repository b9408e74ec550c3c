"""The live host: a workbook that is open in a spreadsheet program, through the ordinary xlwings API.

Every call into the program is slow, so blocks are read and written whole: the number of calls depends on the number
of tables, not on their columns and rows. Nothing here imports xlwings; the caller brings the open book.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, one_line
from xlrebal.workbook.cells import RawCell, RawGrid, error_shown
from xlrebal.workbook.formats_there import ColumnFormats
from xlrebal.workbook.frozen_ui import frozen_ui
from xlrebal.workbook.live_book import LiveBook, NeededError, corners
from xlrebal.workbook.live_tables import LiveWriter
from xlrebal.workbook.values import values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xlrebal.workbook.cells import CellValue, Changeset
    from xlrebal.workbook.live_book import LiveTable
    from xlrebal.workbook.values import Values

RESULTS_NOT_WRITTEN = "file.results_not_written"
"""Kind of the error for a call that failed while results were written; its cause is the error of that call."""


class LiveWorkbook:
    """A workbook open in a spreadsheet program.

    Args:
        book: An ``xlwings.Book``.

    """

    def __init__(self, book: Any) -> None:
        self._book = LiveBook(book)

    def read(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
        """Return the wanted tables that exist; see the port."""
        tables = self._book.tables
        sheets = {name.strip().casefold(): name for name in reversed(self._book.sheets)}
        grids = {}
        for key, names in wanted.items():
            folded = [name.casefold() for name in names]
            table = next((tables[name] for name in folded if name in tables), None)
            sheet = next((sheets[name] for name in folded if name in sheets), None)
            if table is not None:
                grids[key] = self._table(table)
            elif sheet is not None:
                grids[key] = self._sheet(sheet)
        return grids

    def apply(self, changes: Changeset) -> None:
        """Write all result tables, or put back everything as it was."""
        writer = LiveWriter(self._book, changes)
        with frozen_ui(self._book.book):
            writer.check()
            try:
                writer.write()
            except (FileError, NeededError):
                writer.undo()
                raise
            except Exception as error:
                writer.undo()
                raise FileError(Message(RESULTS_NOT_WRITTEN, reason=one_line(error))) from error
            finally:
                self._book.forget()

    def fingerprint(self) -> str:
        """Return a hash of every sheet's values."""
        values = [(name, values_of(sheet.used_range)) for name, sheet in self._book.sheets.items()]
        return hashlib.sha256(repr(values).encode()).hexdigest()

    def _table(self, table: LiveTable) -> RawGrid:
        top, left, _, _ = table.bounds
        return self._grid(table.values, table.sheet_name, top, left, is_table=True)

    def _sheet(self, name: str) -> RawGrid:
        used = self._book.sheets[name].used_range
        top, left, _, _ = corners(used.address)
        return self._grid(values_of(used), name, top, left, is_table=False)

    def _grid(self, values: Values, sheet: str, top: int, left: int, *, is_table: bool) -> RawGrid:
        width = len(values[0]) if values else 0
        formats = [ColumnFormats(self._book, sheet, top, left + n, [row[n] for row in values]) for n in range(width)]
        rows = tuple(
            tuple(_cell(value, partial(column.of, row)) for value, column in zip(cells, formats, strict=True))
            for row, cells in enumerate(values)
        )
        return RawGrid(sheet, top, left, rows, is_table)


def _cell(value: Any, ask: Callable[[], str]) -> RawCell:
    """A cell; the number format matters only for a whole number, which may be a code such as 005930."""
    if error := error_shown(value):
        return RawCell(error, is_error=True)
    plain = _plain(value)
    return RawCell(plain, ask=ask) if isinstance(plain, int) else RawCell(plain)


def _plain(value: Any) -> CellValue:
    """A spreadsheet program hands over every number as a float."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, (str, int, float, bool, Decimal, dt.date, dt.time)) or value is None:
        return value
    return str(value)
