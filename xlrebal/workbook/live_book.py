"""An open workbook: its sheets and tables, each read once, and what its engine reports about them.

Every question to a spreadsheet program is slow, and some engines (xlwings Lite and Server) answer none that their
payload does not hold: number formats and formulas have to be awaited there, or stay unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xlrebal.workbook.cells import column_letters, column_number
from xlrebal.workbook.values import values_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xlrebal.workbook.values import Values

UNKNOWN = ""
"""The number format of a cell whose engine does not report it."""

# Characters to points, in the font that a new workbook has: 7 pixels a character, 5 around them, 96 to 72.
_PIXELS, _PADDING, _POINTS = 7, 5, 0.75
_SPARE, _LAST_ROW = 64, 1_048_576
_CORNERS = re.compile(r"\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?")


class NeededError(BaseException):
    """Something has to be awaited before work can go on; ``needs`` are pairs of what and where (sheet, range).

    No ``Exception``: it must not be caught where failures are shown to the user.
    """

    def __init__(self, needs: Mapping[Need, Any]) -> None:
        super().__init__(*needs)
        self.needs = needs


# What, sheet and address.
Need = tuple[str, str, str]
FORMULAS, FORMAT = "formulas", "number format"
KNOWN: ContextVar[Mapping[Need, Any] | None] = ContextVar("KNOWN", default=None)
"""Answers that were awaited, where the engine does not give them at once; None where waiting is impossible."""


def is_remote(book: Any) -> bool:
    """Return whether the engine only queues what is written, and answers from a payload (xlwings Lite and Server)."""
    return getattr(getattr(book.app, "engine", None), "type", "desktop") == "remote"


class LiveTable:
    """An Excel table as it was when it was first asked for."""

    def __init__(self, native: Any, sheet: Any, sheet_name: str) -> None:
        self._native, self.sheet, self.sheet_name = native, sheet, sheet_name
        self.name: str = native.name

    @cached_property
    def totals(self) -> bool:
        """Whether it has a totals row."""
        return bool(self._native.show_totals)

    @cached_property
    def bounds(self) -> tuple[int, int, int, int]:
        """First row, first column, last row, last column; without the totals row."""
        top, left, bottom, right = corners(self._native.range.address)
        return top, left, bottom - self.totals, right

    @cached_property
    def values(self) -> Values:
        """Its values, header first."""
        top, _, bottom, _ = self.bounds
        return self._read[: bottom - top + 1]

    def rows_below(self, count: int) -> Values:
        """Return the values of as many rows below it."""
        top, left, bottom, right = self.bounds
        if count > _SPARE:
            return values_of(block(self.sheet, bottom + 1, left, bottom + count, right))
        return self._read[bottom - top + 1 :][:count]

    @cached_property
    def _read(self) -> Values:
        """Its values, and those of some rows below it, so that checking whether it may grow takes no other call."""
        top, left, bottom, right = self.bounds
        return values_of(block(self.sheet, top, left, min(bottom + _SPARE, _LAST_ROW), right))

    def rows(self, first: int, last: int, width: int | None = None) -> Any:
        """Return the range of some rows, counted from its header, 0."""
        top, left, _, right = self.bounds
        return block(self.sheet, top + first, left, top + last, right if width is None else left + width - 1)

    def resize(self, last: int) -> None:
        """Set its last row, counted from its header; a totals row is not moved."""
        self._native.resize(self.rows(0, last))

    def widen(self, right: int) -> None:
        """Extend it to a column of its sheet."""
        top, left, bottom, _ = self.bounds
        self._native.resize(block(self.sheet, top, left, bottom + self.totals, right))


class LiveBook:
    """A workbook open in a spreadsheet program.

    Args:
        book: An ``xlwings.Book``.

    """

    def __init__(self, book: Any) -> None:
        self.book, self._known = book, KNOWN.get()
        self.is_remote = is_remote(book)

    @cached_property
    def sheets(self) -> dict[str, Any]:
        """Its sheets by name, in their order."""
        return {sheet.name: sheet for sheet in self.book.sheets}

    @cached_property
    def tables(self) -> dict[str, LiveTable]:
        """Its tables by their names in lower case."""
        found = [LiveTable(native, sheet, name) for name, sheet in self.sheets.items() for native in sheet.tables]
        return {table.name.casefold(): table for table in reversed(found)}

    def forget(self) -> None:
        """Read everything again: the workbook was changed."""
        self.__dict__.pop("sheets", None)
        self.__dict__.pop("tables", None)

    def has_name(self, name: str) -> bool:
        """Return whether a name is defined in the workbook."""
        if not self.is_remote:
            return name in self.book.names
        return any(one.name.casefold() == name.casefold() for one in self.book.names)

    def width(self, characters: float) -> float:
        """Return a column's width as the engine counts it: points where it queues, characters elsewhere."""
        if not self.is_remote:
            return characters
        return (characters * _PIXELS + _PADDING) * _POINTS

    def formulas(self, sheet: str, top: int, left: int, bottom: int, right: int) -> list[list[str]] | None:
        """Return the contents of a block of cells, formulas as such; None where the engine does not report them."""
        cells = block(self.sheets[sheet], top, left, bottom, right)
        if not self.is_remote:
            return _two_dimensional(cells.formula)
        known = self._awaited(FORMULAS, sheet, cells)
        return None if known is None else _two_dimensional(known)

    def number_format(self, sheet: str, cells: Any) -> str | None:
        """Return the number format of some cells; None where they differ, ``UNKNOWN`` where it is not reported."""
        if not self.is_remote:
            shown: str | None = cells.number_format
            return shown
        if self._known is None:
            return UNKNOWN
        known: str | None = self._awaited(FORMAT, sheet, cells)
        return known

    def _awaited(self, what: str, sheet: str, cells: Any) -> Any:
        if self._known is None:
            return None
        need = (what, sheet, str(cells.address))
        if need not in self._known:
            raise NeededError({need: cells})
        return self._known[need]


def block(sheet: Any, top: int, left: int, bottom: int, right: int) -> Any:
    """Return a range of a sheet by its corners; the address is one call where two cells would be several."""
    return sheet.range(f"{column_letters(left)}{top}:{column_letters(right)}{bottom}")


def corners(address: str) -> tuple[int, int, int, int]:
    """Return first row, first column, last row and last column of an address such as ``$B$3:$D$9``."""
    match = _CORNERS.fullmatch(address)
    if match is None:
        raise ValueError(address)
    left, top, right, bottom = match.groups()
    return int(top), column_number(left), int(bottom or top), column_number(right or left)


def runs(wanted: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    """Return first row, last row and text of the neighbouring rows that want the same."""
    start = end = None
    for row in sorted(wanted):
        if end is not None and start is not None and (row != end + 1 or wanted[row] != wanted[start]):
            yield start, end, wanted[start]
            start = row
        start, end = row if start is None else start, row
    if start is not None and end is not None:
        yield start, end, wanted[start]


def fewest_runs(wanted: Mapping[int, str], count: int) -> list[tuple[int, int, str]]:
    """Return the same; where all of so many rows want something, the most frequent text for all of them first."""
    single = list(runs(wanted))
    if len(wanted) < count:
        return single
    most, _ = Counter(wanted.values()).most_common(1)[0]
    rest = runs({row: text for row, text in wanted.items() if text != most})
    return min(single, [(0, count - 1, most), *rest], key=len)


def _two_dimensional(found: Any) -> list[list[str]]:
    """One cell is a text, a row or a column of cells may come flat or as rows of rows."""
    if not isinstance(found, (list, tuple)):
        return [[str(found or "")]]
    return [[str(c or "") for c in (row if isinstance(row, (list, tuple)) else (row,))] for row in found]
