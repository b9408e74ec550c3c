"""What the units of a sale cost: by average, or lot by lot in the order that the household has chosen.

Gains are counted in base currency, cost at the exchange rate of the purchase and proceeds at today's. Source for Korea:
Income Tax Act Enforcement Decree art. 178-5 (each side at its own date's rate); art. 162(5) (first in, first out where
lots cannot be told apart) and Income Tax Act art. 39(5) (moving average where the broker keeps it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ZERO, round_money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.engine.terms import Terms


def sale_order(
    lots: Sequence[Lot], method: LotMethod, units: Decimal | None, tax_of: Callable[[Lot], Decimal] | None = None
) -> tuple[Lot, ...]:
    """Return the lots of a holding in the order in which a sale takes them.

    ``tax_of`` is the tax of a lot as a fraction of its value, for the method of least tax. Empty when the lots do not
    add up to the units held: then nobody can say which units they are.
    """
    if not lots or sum((lot.quantity for lot in lots), ZERO) != units:
        return ()
    oldest_first = sorted(lots, key=lambda lot: (lot.acquired, lot.unit_cost))
    if method is LotMethod.LIFO:
        return tuple(reversed(oldest_first))
    if method is LotMethod.SPECIFIC:
        return tuple(sorted(oldest_first, key=lambda lot: (lot.turn is None, lot.turn or ZERO)))
    if method is LotMethod.MIN_TAX and tax_of is not None:
        return tuple(sorted(oldest_first, key=tax_of))
    if method in (LotMethod.HIGHEST_COST, LotMethod.MIN_TAX):
        return tuple(sorted(oldest_first, key=lambda lot: -lot.unit_cost * (lot.fx_rate or 1)))
    return tuple(oldest_first)


def cost_of(terms: Terms, units: Decimal) -> Decimal | None:
    """Return what the units that a sale takes cost, base currency; None when it is not known."""
    if terms.lots and terms.lot_method is not LotMethod.AVERAGE:
        return round_money(_in_order(terms, units), terms.base)
    if terms.lots and terms.units:
        return round_money(_in_order(terms, terms.units) * units / terms.units, terms.base)
    if terms.average_cost is None:
        return None
    return round_money(terms.average_cost * units * terms.rate, terms.base)


def lot_cost(terms: Terms, lot: Lot) -> Decimal:
    """Return what one lot cost, base currency, unrounded; without a rate of its own, at today's."""
    return lot.quantity * lot.unit_cost * (terms.rate if lot.fx_rate is None else lot.fx_rate) + lot.carried


def held_from(lot: Lot) -> dt.date:
    """Return the day from which the units of a lot count as held: their purchase, or what they replace."""
    return lot.held_since or lot.acquired


def units_by_lot(terms: Terms, units: Decimal) -> list[tuple[Lot, Decimal]]:
    """Return how many units of each lot a sale takes: in order, or by average the same part of each."""
    if terms.lot_method is LotMethod.AVERAGE:
        return [(lot, lot.quantity * units / terms.units) for lot in terms.lots] if terms.units else []
    taken, left = [], units
    for lot in terms.lots:
        part = min(left, lot.quantity)
        left -= part
        if part:
            taken.append((lot, part))
    return taken


def held_longer(acquired: dt.date, years: int, day: dt.date) -> bool:
    """Return whether units sold on a day were held for more than some calendar years.

    The holding period begins on the day after the purchase, so that a sale on the anniversary is not longer.
    Source: Internal Revenue Code section 1222; IRS Publication 544, chapter 4, "Holding period".
    """
    try:
        anniversary = acquired.replace(year=acquired.year + years)
    except ValueError:  # bought on 29 February
        anniversary = acquired.replace(year=acquired.year + years, day=28)
    return day > anniversary


def base_rise(terms: Terms, units: Decimal) -> Decimal | None:
    """Return by how much the taxable base price of the units rose since their purchase, base currency, unrounded.

    None where a base price is not given. Source for Korea: Income Tax Act Enforcement Decree art. 26-2.
    """
    now = terms.target.tax_base
    if now is None:
        return None
    if terms.lots:
        parts = [(lot.tax_base, part) for lot, part in units_by_lot(terms, units)]
        if any(then is None for then, _ in parts):
            return None
        return sum(((now - then) * part for then, part in parts if then is not None), ZERO) * terms.rate
    return None if terms.tax_base is None else (now - terms.tax_base) * units * terms.rate


def _in_order(terms: Terms, units: Decimal) -> Decimal:
    parts = units_by_lot(terms, units)
    return sum((lot_cost(terms, lot) * part / lot.quantity for lot, part in parts if lot.quantity), ZERO)
