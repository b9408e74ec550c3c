"""Wash sales: a loss does not count as far as the same security is bought around the sale, in any account.

Source: Internal Revenue Code section 1091; IRS Publication 550, "Wash Sales" (share for share, in order of purchase);
Revenue Ruling 2008-5 (purchases in an IRA count as well). Which other securities are substantially identical is not
decided here: only the same code counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from xlrebal.domain.household import Household


@dataclass(frozen=True)
class Purchase:
    """Units of a security bought on a day."""

    date: dt.date
    units: Decimal


def purchases_before(
    household: Household, account: str, code: str, lot: dt.date | None, since: dt.date
) -> list[Purchase]:
    """Return the purchases of a security since a day that a sale does not sell itself.

    Args:
        household: Lots and trades of every account and owner.
        account: Account that sells.
        code: The security.
        lot: Day of the lot that is sold, or None when the whole holding of the account is.
        since: First day of the window.

    An account counts by its lots where it has any of the security, otherwise by its trades.

    """
    with_lots = {one.account for one in household.lots if one.code == code}
    found = [
        Purchase(one.acquired, one.quantity)
        for one in household.lots
        if one.code == code and one.acquired >= since and not (one.account == account and lot in (None, one.acquired))
    ]
    found += [
        Purchase(trade.date, trade.quantity)
        for trade in household.trades
        if trade.action == "BUY"
        and trade.code == code
        and trade.date >= since
        and trade.account not in with_lots
        and not (trade.account == account and lot is None)
    ]
    return sorted(found, key=lambda purchase: purchase.date)


def washed_units(bought: list[Purchase], sold: Decimal) -> Decimal:
    """Return how many of the units sold at a loss do not count: never more than are sold."""
    return min(sum((purchase.units for purchase in bought), ZERO), sold)


def verdict(bought: list[Purchase], sold: Decimal) -> str:
    """Return in words what purchases do to a loss."""
    washed = washed_units(bought, sold)
    if not washed:
        return "clear"
    text = f"bought on {bought[-1].date.isoformat()}"
    return text if washed == sold else f"{text}: {washed.normalize():,f} of {sold.normalize():,f} units washed"
