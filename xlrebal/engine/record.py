"""What the record of trades says about rebalances and dividends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.plan import TriggerKind
from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from xlrebal.domain.household import Account, Household
    from xlrebal.domain.policy import Policy

ORDERS = ("BUY", "SELL")


def last_rebalance(household: Household, policy: Policy) -> dt.date | None:
    """Return the day of the last rebalance: the setting, else the latest one in Trades.

    Where trades name their trigger, cash-flow trades (trigger ``none`` or blank) do not count.
    """
    if policy.last_rebalanced is not None:
        return policy.last_rebalanced
    orders = [trade for trade in household.trades if trade.action in ORDERS]
    named = [t.date for t in orders if t.trigger and t.trigger.casefold() != TriggerKind.NONE]
    if named or any(t.trigger for t in orders):
        return max(named, default=None)
    return max((t.date for t in orders), default=None)


def dividends_since(household: Household, account: Account, day: dt.date | None) -> Decimal:
    """Return the dividends paid into an account after a day (None: all of them), in the account's currency."""
    total = ZERO
    for trade in household.trades:
        mine = household.account_name(trade.account) == account.name
        if trade.action == "DIVIDEND" and mine and (day is None or trade.date > day):
            rate = household.rate(trade.currency or account.currency) / household.rate(account.currency)
            total += (trade.quantity * trade.price - trade.tax) * rate
    return total
