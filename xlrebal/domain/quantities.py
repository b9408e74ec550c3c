"""Exact arithmetic for money, shares and weights: the one place that rounds."""

from __future__ import annotations

import decimal
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

Key = TypeVar("Key")

ZERO = Decimal(0)
ONE = Decimal(1)

# Enough digits that a product of amount, price, rate and weight never rounds.
_EXACT = decimal.Context(prec=60, rounding=ROUND_HALF_EVEN)

# Commas stand between thousands only: 12,5 and 1.234,56 are refused, for either reading would be a guess.
# Powers of ten need their sign, as programs write them (3.64e-05): 0026E0 is the code of a fund.
_WRITTEN_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+|[+-]?\d+(\.\d*)?[eE][+-]\d{1,2}")

# Digits after the point where they are not 2. Source: ISO 4217, list one.
_MINOR_DIGITS = {"KRW": 0, "JPY": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}

# Units of a fractional order are quoted to this many digits; its amount is what counts.
FRACTIONAL_DIGITS = 6


def exact() -> AbstractContextManager[decimal.Context]:
    """Return a context in which sums and products of a household's figures do not round."""
    return decimal.localcontext(_EXACT)


def written_number(text: str) -> Decimal | None:
    """Return the number that a text such as "1,234.50" or "-12" writes, or None if it writes none."""
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    return Decimal(text.replace(",", "")) if _WRITTEN_NUMBER.fullmatch(text) else None


def minor_digits(currency: str) -> int:
    """Return how many digits after the point the currency has (KRW 0, USD 2)."""
    return _MINOR_DIGITS.get(currency, 2)


def currencies_of(digits: int) -> tuple[str, ...]:
    """Return the currencies with so many digits after the point, other than 2."""
    return tuple(currency for currency, own in _MINOR_DIGITS.items() if own == digits)


def minor_unit(currency: str) -> Decimal:
    """Return the currency's smallest amount: 1 for KRW, 0.01 for USD."""
    return ONE.scaleb(-minor_digits(currency))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round an amount to the currency's minor unit, halves to even."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_EVEN)


def floor_money(amount: Decimal, currency: str) -> Decimal:
    """Round an amount down to the currency's minor unit."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_FLOOR)


def ceil_money(amount: Decimal, currency: str) -> Decimal:
    """Round an amount up to the currency's minor unit."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_CEILING)


def floor_units(quantity: Decimal) -> Decimal:
    """Return the whole units in a quantity."""
    return quantity.to_integral_value(rounding=ROUND_FLOOR)


def ceil_units(quantity: Decimal) -> Decimal:
    """Return the fewest whole units that reach a quantity."""
    return quantity.to_integral_value(rounding=ROUND_CEILING)


def nearest_units(quantity: Decimal) -> Decimal:
    """Return the nearest whole number of units, halves to even."""
    return quantity.to_integral_value(rounding=ROUND_HALF_EVEN)


def fractional_units(quantity: Decimal) -> Decimal:
    """Round a fractional quantity to the digits that are quoted on an order."""
    return quantity.quantize(ONE.scaleb(-FRACTIONAL_DIGITS), rounding=ROUND_HALF_EVEN).normalize()


def apportion(amount: Decimal, shares: Mapping[Key, Decimal], currency: str) -> dict[Key, Decimal]:
    """Split an amount in proportion to ``shares``, to the last minor unit.

    Args:
        amount: Money to split, whole in the currency's minor unit.
        shares: Non-negative weights by key; at least one is positive.
        currency: Currency of the amount.

    Returns:
        Amounts by key, in the order of ``shares``; they add up to ``amount`` exactly. The units left
        over by rounding down go to the largest remainders; of equal ones to the first of ``shares``, so that whoever
        gives them decides by an order of figures.

    """
    whole = sum(shares.values(), ZERO)
    exact_parts = {key: amount * share / whole for key, share in shares.items()}
    parts = {key: floor_money(part, currency) for key, part in exact_parts.items()}
    for key in _by_remainder(exact_parts, parts, amount, minor_unit(currency)):
        parts[key] += minor_unit(currency)
    return parts


def _by_remainder(
    exact_parts: Mapping[Key, Decimal], parts: Mapping[Key, Decimal], amount: Decimal, unit: Decimal
) -> Iterator[Key]:
    missing = int((amount - sum(parts.values(), ZERO)) / unit)
    ranked = sorted(exact_parts, key=lambda key: parts[key] - exact_parts[key])
    return iter(ranked[:missing])


def as_points(weight: Decimal) -> str:
    """Return a weight difference in percentage points as text: 0.0318 is ``3.18``."""
    return f"{(weight * 100).quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):f}"


def as_percent(weight: Decimal) -> str:
    """Return a weight as a percentage: 0.3818 is ``38.18%``."""
    return as_points(weight) + "%"


def as_amount(amount: Decimal, currency: str) -> str:
    """Return an amount with thousands separators, without the currency's name: ``1,234,500``."""
    return f"{round_money(amount, currency):,f}"


def exact_number(value: float | int | Decimal) -> Decimal:
    """Return a stored number exactly; binary floats at the 15 digits that Excel works with."""
    return Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
