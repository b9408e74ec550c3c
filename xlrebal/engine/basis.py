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


def _in_order(terms: Terms, units: Decimal) -> Decimal:
    cost, left = ZERO, units
    for lot in terms.lots:
        part = min(left, lot.quantity)
        cost += lot_cost(terms, lot) * part / lot.quantity if lot.quantity else ZERO
        left -= part
    return cost
