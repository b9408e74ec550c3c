"""Turn one cell into a typed value, or say what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.domain.quantities import exact_number, written_number
from xlrebal.tables.contract.schema import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.domain.message import Name
    from xlrebal.workbook.cells import RawCell

Value = str | Decimal | bool | dt.date | None

_DATE_TEXT = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})\.?")
_CODE_FORMAT = re.compile(r"0+")
# Codes of digits have no more; one that has them all shows no zeros before them.
_CODE_DIGITS = 6
_YES = {"yes", "y", "true", "o", "예", "1"}
_NO = {"no", "n", "false", "x", "아니오", "아니요", "0"}


class BadCellError(ValueError):
    """A cell that cannot be read as its column asks; carries the message and how to fix it."""

    def __init__(self, message: Message, hint: Message | str = "") -> None:
        super().__init__(message.kind)
        self.message = message
        self.hint = hint


def convert(cell: RawCell, field: Field) -> Value:
    """Return the cell's value as the column's kind; blank cells are None.

    Numbers, weights and rates come back as exact ``Decimal`` (a binary number counts with the 15
    digits that Excel shows), weights and rates as fractions, codes as text with their leading zeros.
    Raises ``BadCellError`` with a message that starts with the column's name.
    """
    if cell.is_blank:
        return None
    if cell.uncomputed:
        raise BadCellError(Message("input.formula_without_value", column=field.noun), Message("input.save_once"))
    if cell.is_error:
        message = Message("input.shows_error", column=field.noun, error=str(cell.value))
        raise BadCellError(message, Message("input.fix_formula"))
    return _READERS[field.kind](cell, field)


def _shown(cell: RawCell) -> str:
    text = str(cell.value).strip()
    return text if len(text) <= 40 else text[:39] + "…"


def _text(cell: RawCell, _field: Field) -> str:
    value = cell.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{exact_number(value):f}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(value).strip()


def _code(cell: RawCell, field: Field) -> str:
    value = cell.value
    if isinstance(value, (bool, dt.date, dt.time, dt.timedelta)):
        message = Message("input.not_a_code", column=field.noun, text=_shown(cell))
        raise BadCellError(message, Message("input.type_as_text"))
    if isinstance(value, (int, float, Decimal)):
        number = exact_number(value)
        if number != number.to_integral_value() or number < 0:
            message = Message("input.number_not_a_code", column=field.noun, number=number)
            raise BadCellError(message, Message("input.type_as_text"))
        return _with_zeros(f"{int(number)}", cell, field)
    text = str(value).strip()
    return "CASH" if text.upper() == "CASH" else text


def _with_zeros(digits: str, cell: RawCell, field: Field) -> str:
    """The digits of a code that is stored as a number, with the zeros that its number format shows."""
    shown = cell.shown_as
    if not shown and len(digits) < _CODE_DIGITS:
        message = Message("input.zeros_unknown", column=field.noun, digits=digits)
        raise BadCellError(message, Message("input.type_code_as_text"))
    return digits.zfill(len(shown)) if _CODE_FORMAT.fullmatch(shown) else digits


def _parse_number(cell: RawCell, field: Field, *, percent: bool) -> Decimal:
    value = cell.value
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return exact_number(value)
    text = str(value).strip()
    scale = Decimal(1)
    if percent and text.endswith("%"):
        text, scale = text[:-1].rstrip(), Decimal("0.01")
    if isinstance(value, str) and (number := written_number(text)) is not None:
        return number * scale
    raise BadCellError(Message("input.not_a_number", column=field.noun, text=_shown(cell)))


def _number(cell: RawCell, field: Field) -> Decimal:
    return _not_below(_parse_number(cell, field, percent=False), field)


def _not_below(number: Decimal, field: Field) -> Decimal:
    if field.minimum is not None and number < field.minimum:
        raise BadCellError(below_minimum(field.noun, number, field.minimum))
    return number


def below_minimum(column: Name, number: Decimal, minimum: int = 0) -> Message:
    """Return that a number is smaller than its column allows."""
    return Message("input.below_minimum", column=column, number=number, minimum=minimum)


def _fraction(cell: RawCell, field: Field) -> Decimal:
    number = _not_below(_parse_number(cell, field, percent=True), field)
    if number > 1:
        message = Message("input.more_than_1", column=field.noun, number=number)
        raise BadCellError(message, Message("input.write_percent", number=number))
    return number


def _date(cell: RawCell, field: Field) -> dt.date:
    value = cell.value
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    match = _DATE_TEXT.fullmatch(str(value).strip())
    try:
        if match:
            return dt.date(*map(int, match.groups()))
    except ValueError:
        pass
    message = Message("input.not_a_date", column=field.noun, text=_shown(cell))
    raise BadCellError(message, Message("input.write_date"))


def _yes_no(cell: RawCell, field: Field) -> bool:
    text = _text(cell, field).lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise BadCellError(Message("input.neither_yes_nor_no", column=field.noun, text=_shown(cell)))


_READERS: dict[Kind, Callable[[RawCell, Field], Value]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.NUMBER: _number,
    Kind.WEIGHT: _fraction,
    Kind.RATE: _fraction,
    Kind.DATE: _date,
    Kind.YES_NO: _yes_no,
}
