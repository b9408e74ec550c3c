"""Wash sales: a loss does not count as far as the same security is bought around the sale, in any account.

Source: Internal Revenue Code section 1091; IRS Publication 550, "Wash Sales" (share for share, in order of purchase);
Revenue Ruling 2008-5 (purchases in an IRA count as well); Revenue Ruling 56-602 (what is left of the lot that is sold
does not count). Which other securities are substantially identical is not decided here: only the same code counts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.message import Message
from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Household


@dataclass(frozen=True)
class Purchase:
    """Units of a security bought on a day in an account."""

    date: dt.date
    units: Decimal
    account: str = ""


def purchases(household: Household, code: str) -> tuple[Purchase, ...]:
    """Return every known purchase of a security in any account, oldest first.

    Lots and Trades may both know of one: of what an account bought on a day, the larger figure counts. A row of Trades
    without an account is of the only one; where there are several, it is what Lots of that day hold beyond other rows.
    """
    by_lots = _sums(((lot.account, lot.acquired), lot.quantity) for lot in household.lots if lot.code == code)
    bought = [trade for trade in household.trades if trade.action is Action.BUY and trade.code == code]
    named = [(household.account_name(trade.account), trade) for trade in bought]
    by_trades = _sums(((name, trade.date), trade.quantity) for name, trade in named if name)
    units = {k: max(by_lots.get(k, ZERO), by_trades.get(k, ZERO)) for k in by_lots.keys() | by_trades.keys()}
    for (_, day), unnamed in _sums((("", trade.date), trade.quantity) for name, trade in named if not name).items():
        in_lots_only = sum((units[k] - by_trades.get(k, ZERO) for k in units if k[1] == day), ZERO)
        if unnamed > in_lots_only:
            units["", day] = unnamed - in_lots_only
    return tuple(Purchase(k[1], units[k], k[0]) for k in sorted(units, key=lambda key: (key[1], key[0])))


def _sums(parts: Iterable[tuple[tuple[str, dt.date], Decimal]]) -> dict[tuple[str, dt.date], Decimal]:
    sums: dict[tuple[str, dt.date], Decimal] = {}
    for key, units in parts:
        sums[key] = sums.get(key, ZERO) + units
    return sums


def others(bought: Iterable[Purchase], account: str, acquired: dt.date | None) -> list[Purchase]:
    """Return the purchases other than the units that are sold: their lot, or the whole holding of the account."""
    return [one for one in bought if one.account != account or (acquired is not None and one.date != acquired)]


def matched(
    recent: Sequence[Purchase], account: str, kept: Decimal, pieces: Sequence[tuple[Decimal, dt.date | None, bool]]
) -> list[list[tuple[Purchase, Decimal]]]:
    """Match the units of one sale with purchases within the window, share for share.

    Args:
        recent: The purchases, oldest first.
        account: Where the sale is made.
        kept: Units that the account holds after it.
        pieces: What is sold: units, day of their purchase (None where it is not known), and whether at a loss.

    Returns:
        For each piece the purchases that stand for its loss, with their units. What is sold together replaces nothing.

    """
    sold = _sums(((account, day), units) for units, day, _ in pieces if day is not None)
    unknown = any(day is None for _, day, _ in pieces)
    free = []
    for one in recent:
        own = one.account == account
        left = min(one.units, max(kept, ZERO)) if own and unknown else one.units
        free.append(max(left - sold.get((one.account, one.date), ZERO), ZERO))
    return [_match(recent, free, account, piece) for piece in pieces]


def _match(
    recent: Sequence[Purchase], free: list[Decimal], account: str, piece: tuple[Decimal, dt.date | None, bool]
) -> list[tuple[Purchase, Decimal]]:
    units, day, lost = piece
    left, found = units if lost else ZERO, []
    for number, one in enumerate(recent):
        taken = ZERO if one.account == account and one.date == day else min(left, free[number])
        if taken:
            free[number] -= taken
            left -= taken
            found.append((one, taken))
    return found


def washed_units(bought: Sequence[Purchase], sold: Decimal) -> Decimal:
    """Return how many of the units sold at a loss do not count: never more than are sold."""
    return min(sum((purchase.units for purchase in bought), ZERO), sold)


def verdict(bought: Sequence[Purchase], sold: Decimal) -> Message:
    """Return what purchases do to a loss."""
    disallowed = washed_units(bought, sold)
    if not disallowed:
        return Message("plan.not_washed")
    day = bought[-1].date
    if disallowed == sold:
        return Message("plan.washed", date=day)
    return Message("plan.washed_in_part", date=day, units=disallowed.normalize(), of=sold.normalize())


def free_again(day: dt.date, days: int) -> dt.date:
    """Return the first day outside the window after a sale."""
    return day + dt.timedelta(days=days + 1)
