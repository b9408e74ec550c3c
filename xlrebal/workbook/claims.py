"""What every host must not touch, and what a new sheet is called: the same rules, in the same words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from xlrebal.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlrebal.tables.grid import TableWrite

# Excel's own limit.
_LONGEST_NAME = 31


def check_ours(table: str, sheet: str, headers: Sequence[str], write: TableWrite, *, totals: bool) -> None:
    """Raise ``FileError`` for a table of our name that is not ours to fill; ``headers`` may go on with the user's."""
    found = [" ".join(header.split()).casefold() for header in headers[: len(write.columns)]]
    where = f"the table {table} on the sheet {sheet}"
    wanted = [{column.header.casefold(), column.also.casefold()} for column in write.columns]
    if len(found) < len(wanted) or any(name not in names for name, names in zip(found, wanted, strict=True)):
        raise FileError(f"{where} has other columns than xlrebal's; rename that table")
    check_room_below(table, sheet, totals=totals)


def check_room_below(table: str, sheet: str, *, totals: bool) -> None:
    """Raise ``FileError`` for a table whose totals row stands where new rows belong."""
    if totals:
        raise FileError(
            f"the table {table} on the sheet {sheet} has a totals row; switch it off (Table Design, Total Row)"
        )


def in_the_way(place: str, table: str, last: int) -> FileError:
    """Return the error for a cell that a table would have to run over to reach its last row."""
    return FileError(f"{place} is in the way: the table {table} needs rows down to {last}; move it aside")


def in_the_way_of_columns(place: str, headers: Sequence[str]) -> FileError:
    """Return the error for a cell that stands where an input needs new columns."""
    names = ", ".join(headers)
    return FileError(f"{place} is in the way of new columns ({names}); move it aside, or add the columns yourself")


def formula_in_the_way(place: str) -> FileError:
    """Return the error for a cell whose formula would be lost."""
    return FileError(
        f"{place} holds a formula, which is never overwritten; change it by hand, or put a plain value there"
    )


def no_table(sheet: str) -> FileError:
    """Return the error for a table that is no longer where it was read."""
    return FileError(f"the table on the sheet {sheet} has moved; try again")


def free_sheet_name(wanted: str, used: Iterable[str]) -> str:
    """Return a name for a new sheet that none of the user's has."""
    taken = {name.strip().casefold() for name in used}
    numbered = (f"xlrebal {wanted} {number}" for number in itertools.count(2))
    tries = itertools.chain([wanted, f"xlrebal {wanted}"], numbered)
    return next(name[:_LONGEST_NAME] for name in tries if name.casefold() not in taken)


def name_in_the_way(table: str) -> FileError:
    """Return the error for a defined name that a new table needs."""
    return FileError(f"the name {table} is defined in the workbook; rename it (Formulas, Name Manager)")


def formulas_unknown(place: str) -> FileError:
    """Return the error for a cell to be changed where nobody can tell whether it holds a formula."""
    return FileError(
        f"{place} has to change, and this engine does not say whether it holds a formula, which is never overwritten; "
        "in xlwings Lite use act of xlrebal.lite, which waits for the answer; elsewhere desktop Excel or xlrebal record"
    )
