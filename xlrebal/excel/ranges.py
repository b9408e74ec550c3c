"""Tables that are handed to a function in a cell: known by their headers, since a range brings no name along."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

from xlrebal.app.reading import language_in
from xlrebal.domain.message import Message, Name
from xlrebal.errors import XlrebalError
from xlrebal.language import ENGLISH, KOREAN, render
from xlrebal.tables.contract.schema import HOLDINGS, INPUTS, SETTINGS, Kind, Table
from xlrebal.workbook.cells import CellValue, RawCell, RawGrid, error_shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlrebal.workbook.cells import Changeset

Block = tuple[tuple[CellValue, ...], ...]
"""Values of a range, row by row."""

# The day before Excel's day 1, as its calendar counts from March 1900 on.
_DAY_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001  # a cell has no zone
_DATED_SETTINGS = frozenset({"last_rebalanced", "extra_holidays"})


EXAMPLE = Name(*(f"{name}[#All]" for name in HOLDINGS.names))
"""A range as it is handed over."""


class ArgumentError(XlrebalError):
    """What was handed to a function in a cell is neither a table nor what the function asks for."""


class ArgumentTables:
    """Ranges with a header row each, read as the tables of a workbook; they cannot be written.

    Addresses in findings count from the first cell of the range: ``Holdings (range)!D2`` is in its second row.

    Args:
        blocks: The ranges, headers included.

    Raises ``ArgumentError`` for a range whose headers belong to no table, and for two ranges of one table.

    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._grids: dict[str, RawGrid] = {}
        for number, block in enumerate(blocks, 1):
            table = _table_of(block)
            if table is None:
                raise ArgumentError(Message("excel.unknown_headers", number=number, example=EXAMPLE))
            if table.key in self._grids:
                raise ArgumentError(Message("excel.handed_over_twice", number=number, table=table.title))
            self._grids[table.key] = _grid(table, block)

    def language(self) -> str:
        """Return the language of the tables."""
        return language_in(self._grids)

    def read(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
        """Return the wanted tables that were handed over."""
        return {key: self._grids[key] for key in wanted if key in self._grids}

    def apply(self, changes: Changeset) -> None:
        """Refuse: a function in a cell writes nothing."""
        raise NotImplementedError(f"a function in a cell cannot write {len(changes.tables)} tables")

    def fingerprint(self) -> str:
        """Return the tables as a text."""
        return repr(self._grids)


def _table_of(block: Block) -> Table | None:
    """The table most of whose headers the first row has; every required one must be there."""
    headers = {" ".join(cell.split()).casefold() for cell in block[0] if isinstance(cell, str)} if block else set()
    found = [(score, table) for table in INPUTS if (score := _matches(table, headers)) > 0]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _matches(table: Table, headers: set[str]) -> float:
    """How many columns of a table are among some headers, 0 when a required one is missing.

    Of two tables with as many, the one with fewer columns of its own fits better.
    """
    there = {f.key for f in table.fields if any(h.casefold() in headers for h in f.headers)}
    if any(f.required and f.key not in there and not there.intersection(f.unless) for f in table.fields):
        return 0
    return len(there) + len(there) / (len(table.fields) + 1)


def _grid(table: Table, block: Block) -> RawGrid:
    dated = {
        column
        for column, header in enumerate(block[0])
        for f in table.fields
        if f.kind is Kind.DATE and str(header).casefold() in [h.casefold() for h in f.headers]
    }
    rows = tuple(
        tuple(
            _cell(value, is_date=number > 0 and (column in dated or _is_dated(table, row))) for column, value in cells
        )
        for number, row in enumerate(block)
        if (cells := list(enumerate(row)))
    )
    return RawGrid(_label(table, block), 1, 1, rows, is_table=True)


def _label(table: Table, block: Block) -> str:
    """What stands for the sheet in an address, in the language of the headers."""
    korean = sum(header in [f.korean for f in table.fields] for header in block[0])
    return render(Message("excel.range_of", table=table.title), KOREAN if 2 * korean > len(block[0]) else ENGLISH)


def _is_dated(table: Table, row: tuple[CellValue, ...]) -> bool:
    return table is SETTINGS and any(isinstance(cell, str) and cell.strip() in _DATED_SETTINGS for cell in row)


def _cell(value: CellValue, *, is_date: bool) -> RawCell:
    if error := error_shown(value):
        return RawCell(error, is_error=True)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # A web program hands over a date as its number.
        if is_date:
            with contextlib.suppress(OverflowError, ValueError):  # no day of a calendar: told with the cell
                return RawCell(day_of(value))
        return RawCell(int(value) if float(value).is_integer() else value)
    return RawCell(value)


def day_of(serial: float) -> dt.datetime:
    """Return the day of Excel's number for it: 46086 is 2026-03-05.

    Raises OverflowError or ValueError for a number that is no day of a calendar.
    """
    return _DAY_ZERO + dt.timedelta(days=serial)
