"""Announced money: when it counts as paid in, and what it adds to the record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.domain.recording import PaidIn
from xlrebal.engine.today.valuation import idle_cash, value_household

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Household
    from xlrebal.domain.policy import Policy


def announced(household: Household, policy: Policy) -> Decimal:
    """Return what of the household's value is announced and not there yet, base currency.

    Negative: what is announced to be taken out and is there still.
    """
    accounts = tuple(replace(account, contribution=ZERO) for account in household.accounts)
    there = value_household(replace(household, accounts=accounts), replace(policy, new_cash=ZERO))
    return value_household(household, policy).total - there.total


def money_paid_in(household: Household, policy: Policy, change: Mapping[str, Decimal]) -> Iterator[PaidIn]:
    """Return the announced money that orders have spent, whole.

    Orders that take more out of an account than its own investable cash have spent its contribution; those of the
    first account that take more than both have spent ``new_cash``. Money that is announced to be taken out is never
    counted: only the family knows when it has gone.

    Args:
        household: As it was before the orders.
        policy: Its rules.
        change: What the orders do to each account's cash, in its currency.

    """
    for account in household.accounts:
        spent = -change.get(account.name, ZERO) - idle_cash(account, household, policy)
        contribution = account.contribution if spent > 0 and account.contribution > 0 else ZERO
        first = account.name == household.accounts[0].name
        new = spent > contribution and first and policy.new_cash > 0
        more = round_money(policy.new_cash / household.rate(account.currency), account.currency) if new else ZERO
        if contribution or more:
            yield PaidIn(account.name, contribution + more, contribution, new_cash=new)
