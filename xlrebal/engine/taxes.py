"""Tax of a sale by the asset's class and the account's type, and the year's gains budget.

An estimate from the cost of the units sold (``basis``); where the cost is not known, neither is the tax.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action, GainsBudget
from xlrebal.domain.quantities import ZERO, apportion, round_money
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.basis import base_rise, cost_of
from xlrebal.engine.gains import pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Account
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.tax_rules import Brackets, Steps, TaxClass, TaxRules
    from xlrebal.engine.terms import Draft, Terms


def gain_of(draft: Draft) -> Decimal | None:
    """Return the gain of a sale in base currency, costs deducted; None when the cost is not known."""
    cost = None if draft.units is None else cost_of(draft.terms, draft.units)
    return None if cost is None else draft.amount_base - draft.cost_base - cost


def taxed_gain(draft: Draft, tax_class: TaxClass) -> Decimal | None:
    """Return what a sale is taxed on when it stands for itself, never below 0; None when the cost is not known.

    Where the law takes the smaller of gain and rise of the taxable base price, and base prices are given, it is that.
    """
    gain = gain_of(draft)
    if gain is None or draft.units is None:
        return None
    rise = base_rise(draft.terms, draft.units) if tax_class.upper_bound else None
    return max(gain if rise is None else min(gain, round_money(rise, draft.terms.base)), ZERO)


def with_tax(draft: Draft, rules: TaxRules | None) -> Draft:
    """Return a sale with the tax that depends on nothing but itself.

    Netted classes are taxed over the whole year, in ``netted_taxes``; until then their tax is 0.
    """
    tax_class = class_of(draft.terms, rules)
    if rules is None or draft.action is Action.BUY or is_deferred(draft.terms, rules):
        return replace(draft, tax=ZERO)
    if tax_class is None:
        return replace(draft, tax=None)
    if tax_class.netted or not tax_class.rate:
        return replace(draft, tax=ZERO)
    gain = taxed_gain(draft, tax_class)
    if gain is None:
        return replace(draft, tax=None)
    tax = round_money(gain * tax_class.rate, draft.terms.base)
    return replace(draft, tax=tax, withheld=tax if tax_class.withheld else ZERO)


def class_of(terms: Terms, rules: TaxRules | None) -> TaxClass | None:
    """Return the tax class of an asset, or None where there are no rules for it."""
    return rules.classes.get(terms.target.tax_class) if rules else None


def taxpayer(account: Account, rules: TaxRules) -> str:
    """Return who is taxed for an account: its owner, or where the household is taxed as one the empty name."""
    return account.owner if rules.per_owner else ""


def taxpayers(accounts: Iterable[Account], rules: TaxRules) -> tuple[str, ...]:
    """Return the taxpayers of the accounts whose sales are taxed, in the order of the accounts."""
    taxed = [account for account in accounts if account.type not in rules.deferred_accounts]
    return tuple(dict.fromkeys(taxpayer(account, rules) for account in taxed))


def realized(policy: Policy, tax_class: TaxClass, payer: str) -> Gains:
    """Return what a taxpayer has realised this year, in the terms of a tax class."""
    gains = policy.realized.get(payer, Gains())
    return Gains(gains.total) if tax_class.long_rate is None else gains


def counted_gain(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> Gains | None:
    """Return the gain of a sale as it counts for the year, short and long; None when the cost is not known."""
    pieces = pieces_of(draft, tax_class, rules)
    if pieces is None:
        return None
    base = draft.terms.base
    long = sum((piece.counted(base) for piece in pieces if piece.long), ZERO)
    return Gains(sum((piece.counted(base) for piece in pieces if not piece.long), ZERO), long)


def planned_gains(drafts: Iterable[Draft], rules: TaxRules, tax_class: TaxClass, payer: str) -> Gains:
    """Return what the sales of a plan add to a taxpayer's gains of one netted class, as far as it is known."""
    gains = Gains()
    for draft in drafts:
        mine = class_of(draft.terms, rules) == tax_class and taxpayer(draft.terms.account, rules) == payer
        if mine and is_netted(draft, tax_class, rules):
            gains += counted_gain(draft, tax_class, rules) or Gains()
    return gains


def netted_taxes(drafts: Sequence[Draft], policy: Policy) -> list[Draft]:
    """Return the drafts with the tax of the netted classes: each sale bears what it adds to the year's tax.

    Losses of the plan lower the tax of its gains, never below 0; what they save on gains realised before is not a
    negative tax of a sale.
    """
    rules, taxed = policy.tax, list(drafts)
    sold: dict[str, Gains] = {}
    added: dict[str, dict[int, Decimal]] = {}
    for number, draft in enumerate(drafts):
        tax_class = class_of(draft.terms, rules)
        if rules is None or tax_class is None or not is_netted(draft, tax_class, rules):
            continue
        gain = counted_gain(draft, tax_class, rules)
        if gain is None:
            taxed[number] = replace(draft, tax=None)
            continue
        payer = taxpayer(draft.terms.account, rules)
        before = realized(policy, tax_class, payer) + sold.get(payer, Gains())
        more = year_tax(before + gain, tax_class, rules) - year_tax(before, tax_class, rules)
        added.setdefault(payer, {})[number] = more
        sold[payer] = sold.get(payer, Gains()) + gain
    for parts in added.values():
        for number, tax in _shared(parts, drafts[0].terms.base).items():
            taxed[number] = replace(taxed[number], tax=tax)
    return taxed


def _shared(added: Mapping[int, Decimal], base: str) -> dict[int, Decimal]:
    """What the plan adds to the year's tax, borne by the sales that add to it."""
    total = max(round_money(sum(added.values(), ZERO), base), ZERO)
    bearing = {number: more for number, more in added.items() if more > 0}
    return dict.fromkeys(added, ZERO) | (apportion(total, bearing, base) if bearing else {})


def year_tax(gains: Gains, tax_class: TaxClass, rules: TaxRules) -> Decimal:
    """Return the tax on a year's netted gains: the rate on what exceeds the deduction, never below 0.

    Where long gains have a rate of their own, a loss of one kind first takes up gains of the other
    (source: IRS, Schedule D, parts I to III).
    """
    if tax_class.long_rate is None:
        return max(gains.total - (rules.deduction or ZERO), ZERO) * tax_class.rate
    short, long = gains.short, gains.long
    if min(short, long) < 0 < max(short, long):
        short, long = (max(short + long, ZERO), ZERO) if short > 0 else (ZERO, max(short + long, ZERO))
    short, long = max(short, ZERO), max(long, ZERO)
    if rules.brackets is not None:
        return _progressive(short, long, rules.brackets)
    return short * tax_class.rate + long * tax_class.long_rate


def _progressive(short: Decimal, long: Decimal, brackets: Brackets) -> Decimal:
    """Short gains lie on top of other income, long gains on top of both; then the surtax on investment income.

    Source: IRS, Schedule D Tax Worksheet; Form 8960, whose income is taken as taxable income and standard deduction.
    """
    income, whole = brackets.income, brackets.income + short
    tax = _by_steps(whole, brackets.ordinary) - _by_steps(income, brackets.ordinary)
    tax += _by_steps(whole + long, brackets.long) - _by_steps(whole, brackets.long)
    over = whole + long + brackets.standard_deduction - brackets.surtax_over
    return tax + max(min(short + long, over), ZERO) * brackets.surtax_rate


def _by_steps(amount: Decimal, steps: Steps) -> Decimal:
    tax, lower = ZERO, ZERO
    for upper, rate in steps:
        top = amount if upper is None else min(amount, upper)
        tax += max(top - lower, ZERO) * rate
        lower = amount if upper is None else upper
    return tax


def income_tax(rules: TaxRules) -> Decimal:
    """Return the ordinary tax on the income of the brackets, gains left out, in the rules' currency."""
    return _by_steps(rules.brackets.income, rules.brackets.ordinary) if rules.brackets else ZERO


def loss_relief(gains: Gains, tax_class: TaxClass, rules: TaxRules) -> Decimal:
    """Return what a net loss of the year takes off the tax on other income, up to the yearly limit.

    Source: Internal Revenue Code section 1211(b). What is left of the loss may count in later years.
    """
    loss = min(max(-gains.total, ZERO), rules.loss_limit)
    if rules.brackets is None:
        return loss * tax_class.rate
    income, steps = rules.brackets.income, rules.brackets.ordinary
    return _by_steps(income, steps) - _by_steps(max(income - loss, ZERO), steps)


def is_netted(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> bool:
    """Return whether an order is a sale whose gain counts among those of the year."""
    return draft.action is Action.SELL and tax_class.netted and not is_deferred(draft.terms, rules)


def is_deferred(terms: Terms, rules: TaxRules) -> bool:
    """Return whether sales in the account are not taxed."""
    return terms.account.type in rules.deferred_accounts


def gains_budget(
    drafts: Sequence[Draft], policy: Policy, accounts: Iterable[Account], payer: str | None = None
) -> GainsBudget | None:
    """Return how much of the yearly deduction is used, planned and left; None without a deduction.

    Args:
        drafts: The orders of the plan.
        policy: Rules, and what was realised.
        accounts: The household's accounts.
        payer: Only this taxpayer's; None adds up all of them.

    """
    rules = policy.tax
    if rules is None or rules.deduction is None:
        return None
    netted = [tax_class for tax_class in rules.classes.values() if tax_class.netted]
    limit = used = planned = left = ZERO
    for name in taxpayers(accounts, rules) if payer is None else (payer,):
        mine = policy.realized.get(name, Gains()).total
        more = sum((planned_gains(drafts, rules, tax_class, name).total for tax_class in netted), ZERO)
        limit, used, planned = limit + rules.deduction, used + mine, planned + more
        left += max(rules.deduction - mine - more, ZERO)
    return GainsBudget(limit, used, planned, left)
