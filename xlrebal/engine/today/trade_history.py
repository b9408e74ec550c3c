"""What the record of trades says about rebalances and dividends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.quantities import ZERO
from xlrebal.domain.recording import is_rebalance

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from xlrebal.domain.household import Account, Household
    from xlrebal.domain.policy import Policy


def last_rebalance(household: Household, policy: Policy) -> dt.date | None:
    """Return the day of the last rebalance: the setting, else the latest one in Trades.

    Where trades name a rebalance, the latest of these counts; cash-flow trades (trigger ``none``) and harvests
    never do. Trades of a family that names no rebalance count where they say nothing.
    """
    if policy.last_rebalanced is not None:
        return policy.last_rebalanced
    orders = [trade for trade in household.trades if trade.action.is_order]
    named = [trade.date for trade in orders if is_rebalance(trade.trigger)]
    return max(named or [trade.date for trade in orders if not trade.trigger.strip()], default=None)


def dividends_since(household: Household, account: Account, day: dt.date | None) -> Decimal:
    """Return the dividends paid into an account after a day (None: all of them), in the account's currency."""
    total = ZERO
    for trade in household.trades:
        mine = household.account_name(trade.account) == account.name
        if trade.action is Action.DIVIDEND and mine and (day is None or trade.date > day):
            rate = household.rate(trade.currency or account.currency) / household.rate(account.currency)
            total += (trade.quantity * trade.price - trade.tax) * rate
    return total
