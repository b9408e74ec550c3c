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
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.engine.terms import Terms


def sale_order(lots: Sequence[Lot], method: LotMethod, units: Decimal | None) -> tuple[Lot, ...]:
    """Return the lots of a holding in the order in which a sale takes them.

    Empty when they do not add up to the units held: then nobody can say which units they are.
    """
    if not lots or sum((lot.quantity for lot in lots), ZERO) != units:
        return ()
    oldest_first = sorted(lots, key=lambda lot: (lot.acquired, lot.unit_cost))
    if method is LotMethod.HIGHEST_COST:
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
    return lot.quantity * lot.unit_cost * (terms.rate if lot.fx_rate is None else lot.fx_rate)


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


def held_longer(lot: Lot, years: int, day: dt.date) -> bool:
    """Return whether a lot sold on a day was held for more than some calendar years.

    The holding period begins on the day after the purchase, so that a sale on the anniversary is not longer.
    Source: Internal Revenue Code section 1222; IRS Publication 544, chapter 4, "Holding period".
    """
    try:
        anniversary = lot.acquired.replace(year=lot.acquired.year + years)
    except ValueError:  # bought on 29 February
        anniversary = lot.acquired.replace(year=lot.acquired.year + years, day=28)
    return day > anniversary


def _in_order(terms: Terms, units: Decimal) -> Decimal:
    parts = units_by_lot(terms, units)
    return sum((lot_cost(terms, lot) * part / lot.quantity for lot, part in parts if lot.quantity), ZERO)
