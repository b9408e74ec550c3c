"""Checks before anything is written, and the names of new sheets: the same for every host."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import FileError
from xlrebal.workbook.cells import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlrebal.workbook.cells import TableWrite

# Excel's own limit.
_LONGEST_NAME = 31


def check_ours(
    table: str, sheet: str, headers: Sequence[str], write: TableWrite, corner: tuple[int, int], *, totals: bool
) -> None:
    """Raise ``FileError`` for a table with the name of a result that has other columns or a totals row.

    Args:
        table: Its name.
        sheet: Name of its sheet.
        headers: Its headers, none when its header row is switched off; they may go on with the user's.
        write: What is to be written into it.
        corner: Row and column of its first cell.
        totals: Whether it has a totals row.

    """
    if not headers:
        raise FileError(Message("file.no_header_row", table=table))
    found = [_plain(header) for header in headers[: len(write.columns)]]
    found += [""] * (len(write.columns) - len(found))
    in_other = sum(
        bool(c.translated_header) and name == _plain(c.translated_header)
        for name, c in zip(found, write.columns, strict=True)
    )
    other = in_other > sum(name == _plain(c.header) for name, c in zip(found, write.columns, strict=True))
    for number, (name, column) in enumerate(zip(found, write.columns, strict=True)):
        if name in (_plain(column.header), _plain(column.translated_header)) and name:
            continue
        wanted = column.translated_header if other and column.translated_header else column.header
        place = address(sheet, corner[0], corner[1] + number)
        if number >= len(headers):
            raise FileError(Message("file.column_missing", table=table, sheet=sheet, header=wanted, cell=place))
        found_there = {"cell": place, "found": headers[number].strip(), "wanted": wanted}
        raise FileError(Message("file.other_header", table=table, sheet=sheet, **found_there))
    check_no_totals_row(table, sheet, totals=totals)


def _plain(header: str) -> str:
    return " ".join(header.split()).casefold()


def check_no_totals_row(table: str, sheet: str, *, totals: bool) -> None:
    """Raise ``FileError`` for a table with a totals row, which new rows would overwrite."""
    if totals:
        raise FileError(Message("file.totals_row", table=table, sheet=sheet))


def in_the_way(place: str, table: str, last: int) -> FileError:
    """Return the error for a cell in the place of new rows of a table."""
    return FileError(Message("file.cell_in_the_way", cell=place, table=table, last=last))


def in_the_way_of_columns(place: str, headers: Sequence[str]) -> FileError:
    """Return the error for a cell in the place of new columns of an input."""
    return FileError(Message("file.cell_in_the_way_of_columns", cell=place, headers=", ".join(headers)))


def formula_in_the_way(place: str) -> FileError:
    """Return the error for a cell whose formula would be lost."""
    return FileError(Message("file.formula_in_the_way", cell=place))


def no_table(sheet: str) -> FileError:
    """Return the error for a table that is no longer where it was read."""
    return FileError(Message("file.table_moved", sheet=sheet))


def free_sheet_name(wanted: str, used: Iterable[str]) -> str:
    """Return a name for a new sheet that none of the user's has."""
    taken = {name.strip().casefold() for name in used}
    numbered = (f"xlrebal {wanted} {number}" for number in itertools.count(2))
    tries = itertools.chain([wanted, f"xlrebal {wanted}"], numbered)
    return next(name[:_LONGEST_NAME] for name in tries if name.casefold() not in taken)


def name_in_the_way(table: str) -> FileError:
    """Return the error for a defined name that a new table needs."""
    return FileError(Message("file.name_taken", name=table))


def formulas_unknown(place: str) -> FileError:
    """Return the error for a cell to be changed where the host does not report formulas."""
    return FileError(Message("file.formula_unknown", cell=place))
