"""What the household is worth, asset by asset and account by account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Account
from xlrebal.domain.policy import CashPolicy
from xlrebal.domain.quantities import ZERO, apportion, floor_money, minor_unit, round_money
from xlrebal.engine.record import dividends_since, last_rebalance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Household, Target
    from xlrebal.domain.policy import Policy


@dataclass(frozen=True)
class Valuation:
    """Values in base currency, each whole in its minor unit.

    Attributes:
        values: Value of each target over all accounts, by code, what mixed funds hold of it included; CASH is the
            investable cash.
        held: Value by account and code.
        cash: Investable cash of each account after contributions and reserve; negative where cash is
            to be taken out that is not there.
        total: Holdings plus investable cash: the value that weights refer to.

    """

    values: Mapping[str, Decimal]
    held: Mapping[tuple[str, str], Decimal]
    cash: Mapping[str, Decimal]
    total: Decimal

    def weight(self, code: str) -> Decimal:
        """Return an asset's weight, a fraction of the total; 0 when there is nothing."""
        return self.values.get(code, ZERO) / self.total if self.total else ZERO

    def drift(self, target: Target) -> Decimal:
        """Return weight minus target, a fraction; positive is overweight."""
        return self.weight(target.code) - target.weight

    def gap(self, target: Target) -> Decimal:
        """Return the money by which an asset is over (positive) or under its target, unrounded."""
        return self.values.get(target.code, ZERO) - target.weight * self.total


def worst_drift(valuation: Valuation, household: Household) -> Decimal:
    """Return the largest absolute drift of any target, a fraction."""
    return max((abs(valuation.drift(target)) for target in household.targets), default=ZERO)


def value_household(household: Household, policy: Policy) -> Valuation:
    """Return the value of a household, with new cash and withdrawals counted in."""
    held: dict[tuple[str, str], Decimal] = {}
    values = {target.code: ZERO for target in household.targets}
    for holding in household.holdings:
        worth = round_money(holding.value * household.rate(holding.currency), household.base_currency)
        key = (holding.account, holding.code)
        held[key] = held.get(key, ZERO) + worth
        for code, part in _looked_through(household, holding.code, worth).items():
            values[code] += part
    cash = _investable_cash(household, policy)
    values[CASH] = sum(cash.values(), ZERO)
    return Valuation(values, held, cash, sum(values.values(), ZERO))


def _looked_through(household: Household, code: str, worth: Decimal) -> dict[str, Decimal]:
    """What a holding counts as: itself, or what a mixed fund holds, to the last minor unit."""
    parts = {part.holds: part.share for part in household.fund_parts if part.code == code}
    return apportion(worth, parts, household.base_currency) if parts else {code: worth}


def _investable_cash(household: Household, policy: Policy) -> dict[str, Decimal]:
    cash = {account.name: _account_cash(account, household, policy) for account in household.accounts}
    if policy.new_cash >= 0:
        cash[household.accounts[0].name] += policy.new_cash
        return cash
    return _withdraw(cash, household, policy)


def _account_cash(account: Account, household: Household, policy: Policy) -> Decimal:
    """What may be invested. The reserve stays: money paid in fills it up, money taken out spares it."""
    own, paid_in = account.cash - account.reserve, account.contribution
    if policy.dividend_policy is CashPolicy.EXCLUDE:
        own -= dividends_since(household, account, last_rebalance(household, policy))
    excluded = policy.cash_policy is CashPolicy.EXCLUDE
    if paid_in < 0:
        free = max(own, ZERO) + paid_in
        free = min(free, ZERO) if excluded else free
    else:
        free = paid_in if excluded else max(own + paid_in, ZERO)
    # Rounded down: what is spent must be there, and what is taken out must be raised.
    return floor_money(free * household.rate(account.currency), household.base_currency)


def _withdraw(cash: dict[str, Decimal], household: Household, policy: Policy) -> dict[str, Decimal]:
    """Take money out: idle cash first, then what the accounts can sell; taxable accounts before others."""
    amount = -policy.new_cash
    ranked = sorted(household.accounts, key=lambda account: account.type != "taxable")
    for account in ranked:
        part = min(amount, max(cash[account.name], ZERO))
        cash[account.name] -= part
        amount -= part
    for account in ranked:
        part = min(amount, _sellable(account, household, policy))
        cash[account.name] -= part
        amount -= part
    # What nobody can raise stays with the first account, where the plan says that it is missing.
    cash[ranked[0].name] -= amount
    return cash


def _sellable(account: Account, household: Household, policy: Policy) -> Decimal:
    """What the unlocked holdings of an account bring after costs, base currency, rounded down."""
    base, worth = household.base_currency, ZERO
    locked = household.mixed_funds | {target.code for target in household.targets if target.lock.forbids_selling}
    commission = policy.commission_rate if account.commission_rate is None else account.commission_rate
    classes = policy.tax.classes if policy.tax else {}
    transaction = {t.code: classes[t.tax_class].transaction_rate for t in household.targets if t.tax_class in classes}
    for holding in household.holdings:
        if holding.account != account.name or holding.code in locked:
            continue
        spread = policy.fx_spread if holding.currency != account.currency else ZERO
        kept = 1 - commission - policy.slippage_rate - spread - transaction.get(holding.code, ZERO)
        value = round_money(holding.value * household.rate(holding.currency), base)
        worth += max(floor_money(value * kept, base) - minor_unit(base), ZERO)
    return worth
