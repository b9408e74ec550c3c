"""Values of cells as a spreadsheet program takes and gives them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlrebal.workbook.cells import error_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlrebal.workbook.cells import Cell

Values = list[list[Any]]


def values_of(cells: Any) -> Values:
    """Return the values of a range, row by row; errors as their text, or as Excel's number for them."""
    if type(cells.impl).__module__ == "xlwings._xlmac":
        return _on_macos(cells)
    values: Values = cells.options(ndim=2, err_to_str=True).value
    if any(isinstance(value, Decimal) for row in values for value in row):
        return _uncut(cells, values)
    return values


def _on_macos(cells: Any) -> Values:
    """Values and errors there: xlwings hands over errors as blank cells, and fails when it is asked for their texts."""
    values: Values = cells.options(ndim=2).value
    if not any(value is None for row in values for value in row):
        return values
    texts = _rows(cells.api.string_value.get())
    return [
        [_text_of_error(text) if value is None else value for value, text in zip(row, shown, strict=True)]
        for row, shown in zip(values, texts, strict=True)
    ]


def _text_of_error(text: Any) -> str | None:
    if not isinstance(text, str) or not text.startswith("#"):
        return None
    return error_shown(text) or "#UNKNOWN!"


def _uncut(cells: Any, values: Values) -> Values:
    """Whole numbers where Excel for Windows cuts them: an amount shown as currency comes with four decimals at most."""
    whole = _rows(cells.api.Value2)
    return [
        [number if isinstance(value, Decimal) else value for value, number in zip(row, numbers, strict=True)]
        for row, numbers in zip(values, whole, strict=True)
    ]


def _rows(found: Any) -> Any:
    """One cell comes as its value, several as rows of values, some as a single row."""
    if not isinstance(found, (list, tuple)):
        return [[found]]
    return found if isinstance(found[0], (list, tuple)) else [found]


def taken(rows: Values) -> list[tuple[int, int]]:
    """Return row and column, counted from 0, of the cells that hold something."""
    return [(r, c) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None]


def stored_rows(rows: Sequence[Sequence[Cell]]) -> Values:
    """Return rows of values as spreadsheet programs take them: floats and date-times."""
    return [[stored(cell) for cell in row] for row in rows]


def stored(cell: Cell) -> Any:
    """Return a value as spreadsheet programs take it."""
    value = cell.value
    if isinstance(value, bool):
        return value
    if isinstance(value, (Decimal, int)):
        return float(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001  # a spreadsheet's dates have no zone
    return value


def kind_of(value: Any) -> str:
    """Return what a spreadsheet program takes a value for; empty for a blank cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, (int, float, Decimal)) else "date"


def same(old: Any, new: Any) -> bool:
    """Return whether two values are the same to a spreadsheet program."""
    return kind_of(old) == kind_of(new) and bool(old == new)


def same_row(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Return whether two rows of equal length hold the same."""
    return all(map(same, old, new))


def has_part(value: Any) -> bool:
    """Return whether a number is not whole."""
    return isinstance(value, float) and not value.is_integer()
