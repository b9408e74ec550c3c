"""From a block of cells to records: find the header row, match the columns, convert every cell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message, Name
from xlrebal.errors import Finding
from xlrebal.tables.read.convert import BadCellError, Value, convert
from xlrebal.workbook.cells import RawCell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xlrebal.tables.contract.schema import Field, Table
    from xlrebal.workbook.cells import RawGrid

_BLANK = RawCell()
_HEADERS_NEEDED = 2


@dataclass(frozen=True)
class Record:
    """One row of an input table.

    Attributes:
        table: The contract of its table.
        values: Converted values by column key; missing columns and blank or wrong cells are None.
        places: Address of each cell by column key.
        wrong: Keys of the cells that could not be converted (their findings are reported already).
        raw: The cells as they were read, by column key.

    """

    table: Table
    values: Mapping[str, Value]
    places: Mapping[str, str]
    wrong: frozenset[str] = frozenset()
    raw: Mapping[str, RawCell] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a text cell, empty when blank."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> Decimal | None:
        """Return a number cell, or None when blank or wrong."""
        value = self.values.get(key)
        return value if isinstance(value, Decimal) else None

    def date(self, key: str) -> dt.date | None:
        """Return a date cell, or None when blank or wrong."""
        value = self.values.get(key)
        return value if isinstance(value, dt.date) else None

    def flag(self, key: str) -> bool | None:
        """Return a yes/no cell, or None when blank or wrong."""
        value = self.values.get(key)
        return value if isinstance(value, bool) else None

    def place(self, key: str) -> str:
        """Return the address of a cell, or of the row's first known cell when the column is missing."""
        return self.places.get(key) or next(iter(self.places.values()))

    def noun(self, key: str) -> Name:
        """Return what a column is called within a sentence."""
        return Name(key.replace("_", " "), self.table.field(key).title.korean)


@dataclass(frozen=True)
class TableRecords:
    """All rows of one input table.

    Attributes:
        table: The contract of the table.
        place: Address of its header row's first cell.
        records: One for each row that is not blank.
        columns: Address of the header of each column that is there.

    """

    table: Table
    place: str
    records: tuple[Record, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


def read_records(grid: RawGrid, table: Table, findings: list[Finding]) -> TableRecords:
    """Return the records of a table; problems are appended to ``findings`` with their cells."""
    header = _header_row(grid, table)
    if header is None:
        message = Message("input.no_header_row", headers=table.required_titles)
        findings.append(Finding(f"{grid.sheet}!A1", message, Message("input.add_headers")))
        return TableRecords(table, grid.address(0, 0))
    columns = _match_columns(grid, table, header, findings)
    _report_missing(grid, table, header, columns, findings)
    places = {key: grid.address(header, column) for key, column in columns.items()}
    rows = range(header + 1, len(grid.rows))
    records = tuple(r for row in rows if (r := _record(grid, table, row, columns, findings)) is not None)
    return TableRecords(table, grid.address(header, 0), records, places)


def has_header(grid: RawGrid, table: Table) -> bool:
    """Return whether the block is an Excel table, or has a row with at least two of the table's headers."""
    return _header_row(grid, table) is not None


def _normal(cell: RawCell) -> str:
    return " ".join(str(cell.value).split()).casefold() if isinstance(cell.value, str) else ""


def _header_row(grid: RawGrid, table: Table) -> int | None:
    if grid.is_table:
        return 0
    known = {h.casefold() for f in table.fields for h in f.headers}
    for index, row in enumerate(grid.rows):
        if len({_normal(cell) for cell in row} & known) >= _HEADERS_NEEDED:
            return index
    return None


def _match_columns(grid: RawGrid, table: Table, header: int, findings: list[Finding]) -> dict[str, int]:
    columns: dict[str, int] = {}
    names = [_normal(cell) for cell in grid.rows[header]]
    for spec in table.fields:
        hits = [i for i, name in enumerate(names) if name in {h.casefold() for h in spec.headers}]
        if len(hits) > 1:
            message = Message("input.column_twice", column=spec.title)
            findings.append(Finding(grid.address(header, hits[1]), message, Message("input.rename_one")))
        if hits:
            columns[spec.key] = hits[0]
    return columns


def _report_missing(
    grid: RawGrid, table: Table, header: int, columns: Mapping[str, int], findings: list[Finding]
) -> None:
    for spec in table.fields:
        replaced = any(other in columns for other in spec.unless)
        if spec.required and spec.key not in columns and not replaced:
            message = Message("input.column_missing", column=spec.title)
            findings.append(Finding(grid.address(header, 0), message, Message("input.add_it")))


def _record(
    grid: RawGrid, table: Table, row: int, columns: Mapping[str, int], findings: list[Finding]
) -> Record | None:
    cells = {key: _cell(grid, row, column) for key, column in columns.items()}
    if all(cell.is_blank for cell in cells.values()):
        return None
    places = {key: grid.address(row, column) for key, column in columns.items()}
    return make_record(table, cells, places, findings)


def make_record(
    table: Table, cells: Mapping[str, RawCell], places: Mapping[str, str], findings: list[Finding]
) -> Record:
    """Return the record of some cells; those that cannot be converted are reported and left None."""
    values: dict[str, Value] = {}
    wrong = set()
    for spec in _present(table, cells):
        try:
            values[spec.key] = convert(cells[spec.key], spec)
        except BadCellError as error:
            wrong.add(spec.key)
            findings.append(Finding(places[spec.key], error.message, error.hint))
    return Record(table, values, places, frozenset(wrong), cells)


def _present(table: Table, cells: Mapping[str, RawCell]) -> Iterator[Field]:
    return (spec for spec in table.fields if spec.key in cells)


def _cell(grid: RawGrid, row: int, column: int) -> RawCell:
    cells = grid.rows[row]
    return cells[column] if column < len(cells) else _BLANK
