"""Lots: in which order a sale takes them, since when they count as held, and at which exchange rate they cost.

Source for Korea: Income Tax Act Enforcement Decree art. 162(5) (first in, first out where lots cannot be told apart).
Source for the United States: Regulation 1.1012-1(c) (first in, first out, or the units that are identified).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from xlrebal.domain.household import LotMethod
from xlrebal.domain.quantities import ONE, ZERO
from xlrebal.domain.tax_rules import Averaging

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Account, Lot
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.tax_rules import TaxClass

_ONE_DAY = dt.timedelta(days=1)


def lot_method(account: Account, policy: Policy, tax_class: TaxClass | None) -> LotMethod:
    """Return which units a sale takes: as the account or the household says, within what the law allows."""
    method = account.lot_method or policy.lot_method
    if method is LotMethod.AUTO:
        method = LotMethod(policy.tax.lot_method) if policy.tax else LotMethod.AVERAGE
    barred = tax_class is not None and tax_class.averaging is Averaging.NO
    return LotMethod.FIFO if method is LotMethod.AVERAGE and barred else method


def sale_order(
    lots: Sequence[Lot],
    method: LotMethod,
    units: Decimal | None,
    cost_of_unit: Callable[[Lot], Decimal | None],
    tax_of: Callable[[Lot], Decimal | None] | None = None,
) -> tuple[Lot, ...]:
    """Return the lots of a holding in the order in which a sale takes them.

    Args:
        lots: The lots.
        method: The method.
        units: Units held. When the lots do not add up to them nobody can say which they are, and none are returned.
        cost_of_unit: What one unit of a lot cost, for the method of the highest cost.
        tax_of: Tax of one unit, for the method of least tax. For both, lots of unknown cost go last, oldest first.

    """
    if not lots or sum((lot.quantity for lot in lots), ZERO) != units:
        return ()
    # No law says which of one day's purchases goes first: the dearest, for the least tax.
    oldest_first = sorted(lots, key=lambda lot: (lot.acquired, -lot.unit_cost))
    if method is LotMethod.LIFO:
        return tuple(sorted(oldest_first, key=lambda lot: lot.acquired, reverse=True))
    if method is LotMethod.SPECIFIC:
        return tuple(sorted(oldest_first, key=lambda lot: (lot.sell_order is None, lot.sell_order or ZERO)))
    if method is LotMethod.MIN_TAX and tax_of is not None:
        taxes = {id(lot): tax_of(lot) for lot in oldest_first}
        return tuple(sorted(oldest_first, key=lambda lot: (taxes[id(lot)] is None, taxes[id(lot)] or ZERO)))
    if method in (LotMethod.HIGHEST_COST, LotMethod.MIN_TAX):
        costs = {id(lot): cost_of_unit(lot) for lot in oldest_first}
        return tuple(sorted(oldest_first, key=lambda lot: (costs[id(lot)] is None, -(costs[id(lot)] or ZERO))))
    return tuple(oldest_first)


def purchase_rate(currency: str, tax_currency: str, given: Decimal | None) -> Decimal | None:
    """Return the tax currency for one unit of a currency at a purchase: 1 for itself, otherwise what is given."""
    return ONE if currency == tax_currency else given


def held_from(lot: Lot) -> dt.date:
    """Return the day from which the units of a lot count as held: their purchase, or what they replace."""
    return lot.held_since or lot.acquired


def held_longer(acquired: dt.date, years: int, day: dt.date) -> bool:
    """Return whether units sold on a day were held for more than some calendar years.

    The holding period begins on the day after the purchase, and a year of it ends on the day before the same date of
    the next year: what is bought on the last day of February is long from 1 March. Source: Internal Revenue Code
    section 1222; Revenue Ruling 66-7; IRS Publication 544, chapter 4, "Holding period".
    """
    start = acquired + _ONE_DAY
    try:
        longer = start.replace(year=start.year + years)
    except ValueError:  # begun on 29 February
        longer = start.replace(year=start.year + years, month=3, day=1)
    return day >= longer
