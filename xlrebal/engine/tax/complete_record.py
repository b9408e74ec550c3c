"""Whether the record of trades holds every purchase that its sales in an account may have taken.

Otherwise nobody knows from it what a sale cost. Where its units, purchases minus sales over all of it, are those that
Holdings says are held, it does. Where it has less, units came from elsewhere: they have a part in every average cost,
and may have been sold; only where Lots hold all of them still, and units are sold lot by lot, were none of them sold.
Source for Korea: Income Tax Act Enforcement Decree art. 162(5) and Income Tax Act art. 39(5) (first in, first out, or
the average of all units held); for the United States: Regulation 1.1012-1(c) (first in, first out).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import Action, LotMethod
from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from xlrebal.domain.household import Household


def explains_sales(household: Household, key: tuple[str, str], method: LotMethod) -> bool:
    """Return whether the record explains what the sales of an account's code took (``key``: account and code)."""
    held = _held(household, key)
    if held is None:
        return False
    mine = [t for t in household.trades if (household.account_name(t.account), t.code) == key]
    bought: dict[dt.date, Decimal] = {}
    for trade in mine:
        if trade.action is Action.BUY:
            bought[trade.date] = bought.get(trade.date, ZERO) + trade.quantity
    sales = [t for t in mine if t.action is Action.SELL]
    if sum(bought.values(), ZERO) - sum((t.quantity for t in sales), ZERO) == held:
        return True
    if method is LotMethod.AVERAGE:
        return False
    # A sale that names a purchase which the record does not have took nothing of what it has.
    sold = sum((t.quantity for t in sales if t.acquired is None or t.acquired in bought), ZERO)
    return sum(bought.values(), ZERO) - sold + _in_lots_only(household, key, bought, held) == held


def _held(household: Household, key: tuple[str, str]) -> Decimal | None:
    """Units of a holding; None where some of it is held by value alone."""
    rows = [h.quantity for h in household.holdings if (h.account, h.code) == key and (h.value or h.quantity)]
    known = [units for units in rows if units is not None]
    return sum(known, ZERO) if len(known) == len(rows) else None


def _in_lots_only(household: Household, key: tuple[str, str], bought: dict[dt.date, Decimal], held: Decimal) -> Decimal:
    """Units still held of purchases that the record does not have; 0 where Lots do not add up to the holding."""
    lots: dict[dt.date, Decimal] = {}
    for lot in household.lots:
        if (lot.account, lot.code) == key:
            lots[lot.acquired] = lots.get(lot.acquired, ZERO) + lot.quantity
    if sum(lots.values(), ZERO) != held:
        return ZERO
    return sum((max(units - bought.get(day, ZERO), ZERO) for day, units in lots.items()), ZERO)
