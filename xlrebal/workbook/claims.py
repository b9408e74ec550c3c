"""What every host must not touch, and what a new sheet is called: the same rules, in the same words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from xlrebal.errors import FileError
from xlrebal.tables.grid import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlrebal.tables.grid import TableWrite

# Excel's own limit.
_LONGEST_NAME = 31
# How much of a text a message shows.
_LONGEST_SHOWN = 60


def check_ours(
    table: str, sheet: str, headers: Sequence[str], write: TableWrite, corner: tuple[int, int], *, totals: bool
) -> None:
    """Raise ``FileError`` for a table of our name that is not ours to fill.

    Args:
        table: Its name.
        sheet: The sheet it lies on.
        headers: Its headers, none when its header row is switched off; they may go on with the user's.
        write: What is to be written into it.
        corner: Row and column of its first cell.
        totals: Whether it has a totals row.

    """
    where = f"the table {table} on the sheet {sheet}"
    if not headers:
        raise FileError(f"the table {table} has no header row; switch it on (Table Design, Header Row)")
    found = [_plain(header) for header in headers[: len(write.columns)]]
    found += [""] * (len(write.columns) - len(found))
    in_other = sum(bool(c.also) and name == _plain(c.also) for name, c in zip(found, write.columns, strict=True))
    other = in_other > sum(name == _plain(c.header) for name, c in zip(found, write.columns, strict=True))
    for number, (name, column) in enumerate(zip(found, write.columns, strict=True)):
        if name in (_plain(column.header), _plain(column.also)) and name:
            continue
        wanted = column.also if other and column.also else column.header
        place = address(sheet, corner[0], corner[1] + number)
        if number >= len(headers):
            raise FileError(f'{where} has no column "{wanted}" at {place}; put it back, or rename that table')
        there = f'{place} is "{headers[number].strip()}", not "{wanted}"'
        raise FileError(f"{there}: {where} has other columns than xlrebal's; put the header back, or rename that table")
    check_room_below(table, sheet, totals=totals)


def _plain(header: str) -> str:
    return " ".join(header.split()).casefold()


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


def private_text_left(text: str, source: str, place: str) -> FileError:
    """Return the error for a shared copy that would still hold a text that is private somewhere else."""
    shown = " ".join(text.split())
    shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}..."
    # In a cell the user can change it; what stands anywhere else came along with the design of the workbook.
    fix = "write something else there" if "!" in place else "start from a template and import its rules"
    return FileError(f'"{shown}" is private in {source}, but {place} would bring it into the copy; {fix}')


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
