"""Number formats of existing cells, read only when they are needed, in as few calls as possible."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from xlrebal.workbook.live_book import UNKNOWN, block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlrebal.workbook.live_book import LiveBook

# A column whose formats differ is read by halves, with no more calls than this.
_MOST_CALLS = 64


class ColumnFormats:
    """How the whole numbers of one column are shown.

    Args:
        book: The open workbook.
        sheet: Name of its sheet.
        top: Row of its first value.
        column: Its column on the sheet.
        values: Its values.

    """

    def __init__(self, book: LiveBook, sheet: str, top: int, column: int, values: Sequence[Any]) -> None:
        self._book, self._sheet, self._top, self._column = book, sheet, top, column
        self._values = values
        self._found: dict[int, str] | None = None

    def of(self, row: int) -> str:
        """Return the number format of a row, counted from 0; ``UNKNOWN`` where the engine does not report it."""
        if self._found is None:
            rows = [
                n for n, value in enumerate(self._values) if isinstance(value, (int, float)) and value == int(value)
            ]
            cells = block(
                self._book.sheets[self._sheet], self._top + rows[0], self._column, self._top + rows[-1], self._column
            )
            count = rows[-1] - rows[0] + 1
            self._found = dict(enumerate(formats_of(self._book, self._sheet, cells, count), rows[0]))
        return self._found[row]


def formats_of(book: LiveBook, sheet: str, cells: Any, count: int) -> list[str]:
    """Return the number format of each cell of a column; ``UNKNOWN`` after the most calls or if not reported."""
    calls = itertools.count(1)

    def formats(part: Any, count: int) -> list[str]:
        if next(calls) > _MOST_CALLS:
            return [UNKNOWN] * count
        shown = book.number_format(sheet, part)
        if shown is not None or count == 1:
            return [UNKNOWN if shown is None else shown] * count
        half = count // 2
        return formats(part[:half, 0], half) + formats(part[half:, 0], count - half)

    return formats(cells, count)
