"""What the household is worth, asset by asset and account by account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Account
from xlrebal.domain.policy import CashPolicy
from xlrebal.domain.quantities import ZERO, apportion, ceil_money, floor_money, minor_unit, round_money
from xlrebal.engine.today.trade_history import dividends_since, last_rebalance

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
    return Valuation(values, held, cash, _total(values))


def with_cash(valuation: Valuation, cash: Mapping[str, Decimal]) -> Valuation:
    """Return the valuation with other investable cash in the accounts, by name."""
    values = {**valuation.values, CASH: sum(cash.values(), ZERO)}
    return replace(valuation, values=values, cash=cash, total=_total(values))


def _total(values: Mapping[str, Decimal]) -> Decimal:
    """Everything there is; a withdrawal of more than that leaves nothing, not less."""
    return max(sum(values.values(), ZERO), ZERO)


def _looked_through(household: Household, code: str, worth: Decimal) -> dict[str, Decimal]:
    """What a holding counts as: itself, or what a mixed fund holds, to the last minor unit."""
    weights = {target.code: (target.weight, target.price or ZERO) for target in household.targets}
    rows = [part for part in household.fund_parts if part.code == code]
    rows.sort(key=lambda part: (-part.share, weights.get(part.holds, ()), part.holds))
    parts = {part.holds: part.share for part in rows}
    return apportion(worth, parts, household.base_currency) if parts else {code: worth}


@dataclass(frozen=True)
class Purse:
    """Cash of an account in base currency, rounded down, its reserve left out.

    Attributes:
        free: What may be invested; negative where the account's own withdrawal has to be raised.
        aside: What lies idle because the policy does not invest it; it pays a withdrawal all the same.

    """

    free: Decimal
    aside: Decimal = ZERO


def purses(household: Household, policy: Policy) -> dict[str, Purse]:
    """Return the cash of each account after what is paid in and its own withdrawal, by account name.

    New cash of the household goes to the first account. A withdrawal from the household is not taken off yet.
    """
    first = household.accounts[0]
    paid_in = max(policy.new_cash, ZERO)
    return {a.name: _purse(a, household, policy, paid_in if a is first else ZERO) for a in household.accounts}


def _purse(account: Account, household: Household, policy: Policy, new_cash: Decimal) -> Purse:
    """The reserve stays: money paid in fills it up, money taken out spares it."""
    rate, base = household.rate(account.currency), household.base_currency
    spare = max(account.cash - account.reserve, ZERO) * rate
    lacking = max(account.reserve - account.cash, ZERO) * rate
    kept = spare - idle_cash(account, household, policy) * rate
    moved = account.contribution * rate + new_cash
    if moved >= 0:
        free, aside = max(moved - lacking, ZERO) + spare - kept, kept
    else:
        idle = spare + moved
        free = idle if idle < 0 else max(idle - kept, ZERO)
        aside = min(kept, max(idle, ZERO))
    # Rounded down: what is spent must be there, and what is taken out must be raised.
    return Purse(floor_money(free, base), floor_money(aside, base))


def idle_cash(account: Account, household: Household, policy: Policy) -> Decimal:
    """Return what of the cash in an account may be invested, without what is announced, in its currency."""
    spare = max(account.cash - account.reserve, ZERO)
    return spare - min(_uninvested(account, household, policy), spare)


def _uninvested(account: Account, household: Household, policy: Policy) -> Decimal:
    """Cash of an account that the policy does not invest, in its currency."""
    if policy.cash_policy is CashPolicy.EXCLUDE:
        return max(account.cash, ZERO)
    if policy.dividend_policy is CashPolicy.EXCLUDE:
        return max(dividends_since(household, account, last_rebalance(household, policy)), ZERO)
    return ZERO


def taken_out(household: Household, policy: Policy) -> Decimal:
    """Return the withdrawal from the household, base currency, rounded up; 0 where there is none."""
    return ceil_money(max(-policy.new_cash, ZERO), household.base_currency)


def withdrawal_turns(household: Household, policy: Policy) -> list[list[Account]]:
    """Return the accounts in the order in which a withdrawal from the household is taken from them.

    Those of one turn stand together, in the order of the workbook; taxable accounts are first.
    """
    rules = policy.account_rules.withdrawals

    def turn(account: Account) -> int:
        rule = rules.get(account.type)
        return int(account.type != "taxable") if rule is None else rule.turn

    turns = sorted({turn(account) for account in household.accounts})
    return [[a for a in household.accounts if turn(a) == number] for number in turns]


def _investable_cash(household: Household, policy: Policy) -> dict[str, Decimal]:
    """What each account may invest or has to raise; how a withdrawal is raised is an estimate here."""
    own = purses(household, policy)
    cash = {name: purse.free for name, purse in own.items()}
    amount = taken_out(household, policy)
    ranked = withdrawal_turns(household, policy)
    for accounts in ranked:
        for account in accounts:
            amount = take_idle(cash, own, account.name, amount)
        for account in accounts:
            part = min(amount, _sellable(account, household, policy))
            cash[account.name] -= part
            amount -= part
    # What nobody can raise stays with the first account, where the plan says that it is missing.
    cash[ranked[0][0].name] -= amount
    return cash


def take_idle(cash: dict[str, Decimal], own: Mapping[str, Purse], name: str, amount: Decimal) -> Decimal:
    """Take money for a withdrawal out of an account's idle cash; return how much of the amount is still open."""
    amount -= min(amount, own[name].aside)
    part = min(amount, max(cash[name], ZERO))
    cash[name] -= part
    return amount - part


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
