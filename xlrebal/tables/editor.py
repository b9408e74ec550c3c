"""Change an input table: cells of its rows, and new rows where it has room."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xlrebal.errors import Finding, InputError
from xlrebal.tables.grid import Cell, CellEdit, Formula, Growth, address, column_number, with_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlrebal.tables.grid import RawGrid
    from xlrebal.tables.records import Record, TableRecords

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
        self.edits: list[CellEdit] = []

    @property
    def name(self) -> str:
        """Name of the table."""
        return self._records.table.name

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
        if key in self._columns and key in record.places:
            self.edits.append(edit(record.places[key], cell, formula))

    def append(self, values: Mapping[str, Cell]) -> None:
        """Add a row below the last one; columns that the table lacks are left out."""
        for key, cell in values.items():
            if key in self._columns and cell.value is not None:
                self.edits.append(CellEdit(self._grid.sheet, self._next, self._columns[key], cell, Formula.SHOW))
        self._next += 1

    def growth(self) -> tuple[Growth, ...]:
        """Return how far the Excel table has to grow for its new rows."""
        grid = self._grid
        bottom = max((one.row for one in self.edits), default=0)
        if not grid.is_table or bottom <= grid.bottom:
            return ()
        return (Growth(grid.sheet, grid.top, grid.left, bottom),)


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
    def growths(self) -> tuple[Growth, ...]:
        """Every table that takes up more rows."""
        return tuple(growth for editor in self._editors.values() for growth in editor.growth())

    def after(self) -> dict[str, RawGrid]:
        """Return the tables as they will read with every change.

        Raises ``InputError`` when a table would grow into another one on its sheet.
        """
        growths = self.growths
        grown = {(growth.sheet, growth.top, growth.left): growth for growth in growths}
        findings: list[Finding] = []
        for key, editor in self._editors.items():
            grid = self._grids[key]
            if growth := grown.get((grid.sheet, grid.top, grid.left)):
                others = [one for one in self._grids.values() if one is not grid]
                findings += _in_the_way(editor.name, grid, growth, others)
        if findings:
            raise InputError(findings)
        return with_edits(self._grids, self.edits, growths)


def _in_the_way(name: str, grid: RawGrid, growth: Growth, others: Iterable[RawGrid]) -> Iterable[Finding]:
    """Say which tables begin in the rows that a table would take up."""
    for other in others:
        beside = other.left > grid.right or other.right < grid.left
        if other.sheet == grid.sheet and other.is_table and not beside and grid.top < other.top <= growth.bottom:
            place = address(other.sheet, other.top, other.left)
            message = f"the table {name} needs the rows down to {growth.bottom}, where another table begins"
            yield Finding(place, message, f"insert {growth.bottom - other.top + 2} rows above it")


def _says_something(record: Record) -> bool:
    return any(not cell.is_blank and cell.value != 0 for cell in record.raw.values())
