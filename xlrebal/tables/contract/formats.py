"""Number formats of the result tables, and exact numbers as a spreadsheet stores them."""

from __future__ import annotations

import decimal
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import currencies_of, minor_digits, round_money
from xlrebal.language import in_english
from xlrebal.workbook.cells import Cell, Refinement

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from xlrebal.domain.message import Message
    from xlrebal.workbook.cells import Column

WEIGHT = "0.00%"
DRIFT = "+0.00%;-0.00%;0.00%"
DATE = "yyyy-mm-dd"
COUNT = "0"
UNITS = "#,##0"
FRACTIONAL_UNITS = "#,##0.######"

FINE_PRICE = "#,##0.00"

# What a column of a result table has for every row and every run: a button writes values, and need not ask for formats.
TEXT = "@"
# 40 and 0.4 alike: no format of digits shows both without a point behind the 40 or a 0 for the 0.4.
QUANTITY = "General"
# Prices and amounts in the currency that each row names.
TRADED = FINE_PRICE
# Amounts in base currency, whose digits are known when a table is filled.
BASE = "base currency"
# A table of labels and values: each value has a format of its own.
EACH_ROW = ""

_SYMBOLS = {"KRW": "₩", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
# A spreadsheet keeps 15 significant digits.
_STORED = decimal.Context(prec=15)
# Whole numbers are the rule; a static format for both would leave a point behind them or hide what is after it.
WHOLE = (Refinement(UNITS, whole=True),)
# Amounts in the currency that the row names.
BY_CURRENCY = (
    Refinement(UNITS, whole=True, beside="Currency", texts=currencies_of(0)),
    Refinement("#,##0.000", beside="Currency", texts=currencies_of(3)),
)


def money(currency: str, *, symbol: bool = False) -> str:
    """Return the number format of an amount, with the currency's digits and on request its symbol."""
    digits = minor_digits(currency)
    plain = "#,##0" + ("." + "0" * digits if digits else "")
    if not symbol:
        return plain
    sign = _SYMBOLS.get(currency, currency + " ")
    return f'"{sign}"{plain};-"{sign}"{plain}'


def in_columns(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], base: str = ""
) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    """Return columns and rows with the number format of its column for every cell, blank ones included.

    Text that stands in a column of another kind stays text. ``base`` is the base currency, where a column asks for it.
    """
    money_format = money(base)
    columns = tuple(replace(c, number_format=money_format) if c.number_format == BASE else c for c in columns)
    shown = [column.number_format for column in columns]
    return columns, tuple(tuple(map(_in_column, row, shown)) for row in rows)


def _in_column(cell: Cell, shown: str) -> Cell:
    return cell if shown == EACH_ROW or isinstance(cell.value, str) else Cell(cell.value, shown)


def own_formats(currencies: Iterable[str]) -> frozenset[str]:
    """Return every number format that a report in these currencies may use."""
    plain = {money(currency) for currency in currencies} | {money(currency, symbol=True) for currency in currencies}
    return frozenset(plain | {WEIGHT, DRIFT, DATE, COUNT, UNITS, FRACTIONAL_UNITS, FINE_PRICE, TEXT, "General"})


def whole(value: Decimal, currency: str) -> Decimal:
    """Round an amount that was worked out finer to the currency's minor unit."""
    return round_money(value, currency)


def text(value: Message | str | None) -> Cell:
    """Return a text cell; empty text is a blank cell."""
    return Cell(in_english(value), "@") if value else Cell(None)


def number(value: Decimal | None, number_format: str = "General") -> Cell:
    """Return a number cell at the digits a spreadsheet stores; None is a blank cell."""
    return Cell(None if value is None else _stored(value), number_format)


def units(value: Decimal | None) -> Cell:
    """Return a quantity: whole units without decimals."""
    whole = value is None or value == value.to_integral_value()
    return number(value, UNITS if whole else FRACTIONAL_UNITS)


def price(value: Decimal | None, currency: str) -> Cell:
    """Return a price: in the currency's digits, two where it has a fraction."""
    whole = value is None or value == value.to_integral_value()
    return number(value, money(currency) if whole else FINE_PRICE)


def date(value: dt.date | None) -> Cell:
    """Return a date cell; None is a blank cell."""
    return Cell(value, DATE)


def _stored(value: Decimal) -> Decimal:
    rounded = _STORED.plus(value)
    return rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded.normalize()
