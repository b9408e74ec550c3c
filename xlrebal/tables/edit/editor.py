"""Change an input table: cells of its rows, new rows, new columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import Finding, InputError
from xlrebal.workbook.cells import (
    Cell,
    CellEdit,
    Formula,
    TableResize,
    Widening,
    address,
    column_number,
    widened,
    with_edits,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlrebal.domain.message import Name
    from xlrebal.tables.contract.schema import Table
    from xlrebal.tables.read.records import Record, TableRecords
    from xlrebal.workbook.cells import RawGrid

_PLACE = re.compile(r"(.*)!([A-Z]+)(\d+)")


def located(place: str) -> tuple[str, int, int]:
    """Return sheet, row and column of an address such as ``Holdings!D5``."""
    match = _PLACE.fullmatch(place)
    if match is None:
        raise ValueError(place)
    return match[1], int(match[3]), column_number(match[2])


def edit(place: str, cell: Cell, formula: Formula = Formula.REFUSE) -> CellEdit:
    """Return the edit of a cell by its address."""
    return CellEdit(*located(place), cell, formula)


class TableEditor:
    """Collects the changes of one input table.

    Args:
        grid: The table as it was read.
        records: Its rows and columns.

    """

    def __init__(self, grid: RawGrid, records: TableRecords) -> None:
        self._grid, self._records = grid, records
        self._columns = {key: located(place)[2] for key, place in records.columns.items()}
        self._next = self._first_free()
        self._added: dict[str, str] = {}
        self.edits: list[CellEdit] = []

    @property
    def title(self) -> Name:
        """What the table is called."""
        return self._records.table.title

    @property
    def grid(self) -> RawGrid:
        """The table as it was read, with the columns that were added."""
        return self._grid

    @property
    def columns(self) -> frozenset[str]:
        """Keys of the columns that the table has."""
        return frozenset(self._columns)

    def _first_free(self) -> int:
        """The row after the last one that says something; waiting formulas that show 0 say nothing."""
        header = located(self._records.place)[1]
        rows = [located(record.place(""))[1] for record in self._records.records if _says_something(record)]
        return max(rows, default=header) + 1

    def set(self, record: Record, key: str, cell: Cell, formula: Formula = Formula.REFUSE) -> None:
        """Give a cell of a row a new value; a column that the table lacks is left out."""
        if key in self._columns:
            place = address(self._grid.sheet, located(record.place(key))[1], self._columns[key])
            self.edits.append(edit(place, cell, formula))

    def add_column(self, key: str) -> None:
        """Add one of the table's known columns, unless it is there: to the right of everything beside the headers."""
        if key in self._columns:
            return
        header = self._header(key)
        row = located(self._records.place)[1]
        column = self._grid.left + max(len(cells) for cells in self._grid.rows[row - self._grid.top :])
        self._grid = widened(self._grid, row, column, header)
        self._columns[key] = column
        self._added[key] = header

    def _header(self, key: str) -> str:
        """In the language of the headers that are there."""
        table, row = self._records.table, located(self._records.place)[1] - self._grid.top
        shown = {known: str(self._grid.rows[row][c - self._grid.left].value) for known, c in self._columns.items()}
        korean = sum(text.strip() == table.field(known).korean for known, text in shown.items())
        field = table.field(key)
        return field.korean if field.korean and korean > len(shown) / 2 else field.header

    def widening(self) -> tuple[Widening, ...]:
        """Return the columns that were added."""
        if not self._added:
            return ()
        grid, row = self._grid, located(self._records.place)[1]
        first = min(self._columns[key] for key in self._added)
        like = max((c for key, c in self._columns.items() if key not in self._added), default=grid.left)
        bottom = max([grid.top + len(grid.rows) - 1, *(one.row for one in self.edits)])
        headers = tuple(self._added.values())
        return (Widening(grid.sheet, row, grid.left, first, bottom, like, headers, grid.is_table),)

    def append(self, values: Mapping[str, Cell]) -> None:
        """Add a row below the last one; columns that the table lacks are left out."""
        for key, cell in values.items():
            if key in self._columns and cell.value is not None:
                self.edits.append(
                    CellEdit(self._grid.sheet, self._next, self._columns[key], cell, Formula.UPDATE_CACHED_VALUE)
                )
        self._next += 1

    def resize(self) -> tuple[TableResize, ...]:
        """Return how far the Excel table has to grow for its new rows."""
        grid = self._grid
        bottom = max((one.row for one in self.edits), default=0)
        if not grid.is_table or bottom <= grid.bottom:
            return ()
        return (TableResize(grid.sheet, grid.top, grid.left, bottom),)


class InputsEditor:
    """Collects the changes of several input tables; what enters them is a matter of each kind of change.

    Args:
        tables: The rows and columns of the input tables, by key.
        grids: The same as read.

    """

    def __init__(self, tables: Mapping[str, TableRecords], grids: Mapping[str, RawGrid]) -> None:
        self._grids = grids
        self._editors = {key: TableEditor(grids[key], tables[key]) for key in tables if key in grids}

    @property
    def edits(self) -> tuple[CellEdit, ...]:
        """Every changed cell."""
        return tuple(edit for editor in self._editors.values() for edit in editor.edits)

    @property
    def grids(self) -> dict[str, RawGrid]:
        """The tables as read, with the columns that were added."""
        return {key: editor.grid for key, editor in self._editors.items()}

    @property
    def widenings(self) -> tuple[Widening, ...]:
        """Every input that takes up more columns."""
        return tuple(one for editor in self._editors.values() for one in editor.widening())

    def top_of(self, table: Table) -> str:
        """Return the first cell of the sheet that a table is on; of one of its name where there is no such table."""
        editor = self._editors.get(table.key)
        return f"{table.name if editor is None else editor.grid.sheet}!A1"

    @property
    def resizes(self) -> tuple[TableResize, ...]:
        """Every table that takes up more rows."""
        return tuple(resize for editor in self._editors.values() for resize in editor.resize())

    def after(self) -> dict[str, RawGrid]:
        """Return the tables as they will read with every change.

        Raises ``InputError`` when a table would grow into another one on its sheet.
        """
        resizes, grids = self.resizes, self.grids
        grown = {(one.sheet, one.top, one.left): one for one in resizes}
        findings: list[Finding] = []
        for editor in self._editors.values():
            grid = editor.grid
            if resize := grown.get((grid.sheet, grid.top, grid.left)):
                others = [one for one in grids.values() if one is not grid]
                findings += _in_the_way(editor.title, grid, resize, others)
        if findings:
            raise InputError(findings)
        return with_edits({**self._grids, **grids}, self.edits, resizes)


def _in_the_way(table: Name, grid: RawGrid, resize: TableResize, others: Iterable[RawGrid]) -> Iterable[Finding]:
    """Say which tables begin in the rows that a table would take up."""
    for other in others:
        beside = other.left > grid.right or other.right < grid.left
        if other.sheet == grid.sheet and other.is_table and not beside and grid.top < other.top <= resize.bottom:
            place = address(other.sheet, other.top, other.left)
            message = Message("record.table_needs_rows", table=table, row=resize.bottom)
            yield Finding(place, message, Message("record.insert_rows", rows=resize.bottom - other.top + 2))


def _says_something(record: Record) -> bool:
    return any(not cell.is_blank and cell.value != 0 for cell in record.raw.values())
