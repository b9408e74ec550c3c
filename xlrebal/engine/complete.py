"""Whether the record of trades holds every purchase that its sales in an account may have taken.

Otherwise nobody knows from it what a sale cost. Where its units, purchases minus sales over all of it, are those that
Holdings says are held, it does. Where it has less, units came from elsewhere: they have a part in every average cost,
and may have been sold; only where Lots hold all of them still, and units are sold lot by lot, were none of them sold.
Source for Korea: Income Tax Act Enforcement Decree art. 162(5) and Income Tax Act art. 39(5) (first in, first out, or
the average of all units held); for the United States: Regulation 1.1012-1(c) (first in, first out).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.policy import LotMethod
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
    bought: dict[dt.date, Decimal] = {}
    sold = ZERO
    for trade in household.trades:
        if (household.account_name(trade.account), trade.code) != key:
            continue
        if trade.action == "BUY":
            bought[trade.date] = bought.get(trade.date, ZERO) + trade.quantity
        elif trade.action == "SELL":
            sold += trade.quantity
    units = sum(bought.values(), ZERO) - sold
    if units == held:
        return True
    return method is not LotMethod.AVERAGE and units + _in_lots_only(household, key, bought, held) == held


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
