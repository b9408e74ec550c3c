"""Tax of a sale by the asset's class and the account's type, and the year's gains budget.

An estimate from the cost of the units sold (``basis``); where the cost is not known, neither is the tax. Gains and the
tax of a year are worked out in tax currency and rounded to its minor unit; what orders bear, and the gains budget, are
converted to base currency at today's rate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.plan import GainsBudget
from xlrebal.domain.quantities import ZERO, apportion, round_money
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.tax.cost_basis import base_rise, cost_of
from xlrebal.engine.tax.flat_rates import tax_at_rates
from xlrebal.engine.tax.gains import net_proceeds, pieces_of, transaction_tax

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Account, Household
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.tax_rules import Brackets, Steps, TaxClass, TaxRules
    from xlrebal.engine.position import Draft, Position


def tax_currency(household: Household, rules: TaxRules | None) -> str:
    """Return the currency in which gains are counted; without tax rules the base currency."""
    return (rules.currency if rules else "") or household.base_currency


def in_base(household: Household, rules: TaxRules, amount: Decimal) -> Decimal:
    """Return an amount in tax currency in base currency, at today's rate."""
    rate = household.rate(tax_currency(household, rules))
    return round_money(amount * rate, household.base_currency)


def gain_of(draft: Draft) -> Decimal | None:
    """Return the gain of a sale in tax currency, costs deducted; None when the cost is not known."""
    cost = None if draft.units is None else cost_of(draft.position, draft.units)
    return None if cost is None else net_proceeds(draft) - cost


def taxed_gain(draft: Draft, tax_class: TaxClass) -> Decimal | None:
    """Return what a sale is taxed on when it stands for itself, tax currency, at least 0; None if the cost is unknown.

    Where the law takes the smaller of gain and rise of the taxable base price, and base prices are given, it is that.
    """
    gain = gain_of(draft)
    if gain is None or draft.units is None:
        return None
    rise = base_rise(draft.position, draft.units) if tax_class.upper_bound else None
    return max(gain if rise is None else min(gain, round_money(rise, draft.position.tax_currency)), ZERO)


def with_tax(draft: Draft, rules: TaxRules | None) -> Draft:
    """Return a sale with the tax that depends on nothing but itself: what is withheld, and what is due on its amount.

    Netted classes are taxed over the whole year, in ``netted_taxes``; until then only the tax on the amount counts.
    """
    position, tax_class = draft.position, class_of(draft.position, rules)
    if rules is None or draft.action is Action.BUY:
        return replace(draft, tax=ZERO)
    on_amount = position.in_base(transaction_tax(draft))
    draft = replace(draft, tax=on_amount, withheld=on_amount, transaction_tax=on_amount)
    if is_deferred(position, rules):
        return draft
    if tax_class is None:
        return replace(draft, tax=None)
    if tax_class.netted or not tax_class.rate:
        return draft
    gain = taxed_gain(draft, tax_class)
    if gain is None:
        return replace(draft, tax=None)
    tax = position.in_base(round_money(gain * tax_class.rate, position.tax_currency))
    return replace(draft, tax=on_amount + tax, withheld=on_amount + tax if tax_class.withheld else on_amount)


def class_of(position: Position, rules: TaxRules | None) -> TaxClass | None:
    """Return the tax class of an asset, or None where there are no rules for it."""
    return rules.classes.get(position.target.tax_class) if rules else None


def taxpayer(account: Account, rules: TaxRules) -> str:
    """Return who is taxed for an account: its owner, or where the household is taxed as one the empty name."""
    return account.owner if rules.per_owner else ""


def taxpayers(accounts: Iterable[Account], rules: TaxRules) -> tuple[str, ...]:
    """Return the taxpayers of the accounts whose sales are taxed, in the order of the accounts."""
    taxed = [account for account in accounts if account.type not in rules.deferred_accounts]
    return tuple(dict.fromkeys(taxpayer(account, rules) for account in taxed))


Sales = list[tuple["TaxClass", Gains]]
"""Gains of a taxpayer by tax class, in the order of the sales."""


def realized_sales(policy: Policy, payer: str) -> Sales:
    """Return what a taxpayer has realised this year in netted classes."""
    rules, gains = policy.tax, policy.realized.get(payer, Gains())
    if rules is None:
        return []
    if payer in policy.realized_in:
        return [(rules.classes[name], part) for name, part in policy.realized_in[payer]]
    return [(one, gains) for one in rules.classes.values() if one.netted][:1]


def realized(policy: Policy, tax_class: TaxClass, payer: str) -> Gains:
    """Return what a taxpayer has realised this year in a tax class and those netted with it, in their terms."""
    together = netted_with(tax_class, policy.tax) if policy.tax else ()
    gains = sum((part for one, part in realized_sales(policy, payer) if one in together), Gains())
    return Gains(gains.total) if tax_class.long_rate is None else gains


def planned_sales(drafts: Iterable[Draft], rules: TaxRules, payer: str) -> Sales | None:
    """Return the gains of a taxpayer's planned sales in netted classes; None when one of them is not known."""
    sales: Sales = []
    for draft in drafts:
        own = class_of(draft.position, rules)
        if own is None or not is_netted(draft, own, rules) or taxpayer(draft.position.account, rules) != payer:
            continue
        gain = counted_gain(draft, own, rules)
        if gain is None:
            return None
        sales.append((own, gain))
    return sales


def added_to(sales: Sales, tax_class: TaxClass, gains: Gains, rules: TaxRules) -> Sales:
    """Return the sales of a year and one more; what is netted with the last one is added to it."""
    if sales and sales[-1][0] in netted_with(tax_class, rules):
        return [*sales[:-1], (sales[-1][0], sales[-1][1] + gains)]
    return [*sales, (tax_class, gains)]


def tax_of_year(sales: Sales, rules: TaxRules) -> Decimal:
    """Return the tax on a year's gains over all netted classes, tax currency: the deduction counts once."""
    groups: dict[TaxClass, Gains] = {}
    for tax_class, gains in sales:
        first = netted_with(tax_class, rules)[0]
        groups[first] = groups.get(first, Gains()) + gains
    if len(groups) == 1:
        return sum((year_tax(gains, one, rules) for one, gains in groups.items()), ZERO)
    flat = [(one.rate, gains.total) for one, gains in sales if one.long_rate is None]
    others = (year_tax(gains, one, rules) for one, gains in groups.items() if one.long_rate is not None)
    return tax_at_rates(flat, rules.deduction or ZERO) + sum(others, ZERO)


def counted_gain(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> Gains | None:
    """Return the gain of a sale as it counts for the year, short and long; None when the cost is not known."""
    pieces = pieces_of(draft, tax_class, rules)
    if pieces is None:
        return None
    currency = draft.position.tax_currency
    parts = (tax_class.gains(piece.counted(currency), long=piece.long) for piece in pieces)
    return sum(parts, Gains())


def netted_with(tax_class: TaxClass, rules: TaxRules) -> tuple[TaxClass, ...]:
    """Return the classes whose gains and losses are netted with those of a class: the netted ones of the same rates."""

    def rates(one: TaxClass) -> tuple[Decimal, Decimal | None]:
        return one.rate, one.long_rate

    return tuple(one for one in rules.classes.values() if one.netted and rates(one) == rates(tax_class))


def planned_gains(drafts: Iterable[Draft], rules: TaxRules, tax_class: TaxClass, payer: str) -> Gains | None:
    """Return what the sales of a plan add to a taxpayer's gains of one netted class and those netted with it.

    None when the gain of one of the sales is not known.
    """
    gains, together = Gains(), netted_with(tax_class, rules)
    for draft in drafts:
        own = class_of(draft.position, rules)
        if own is None or own not in together or taxpayer(draft.position.account, rules) != payer:
            continue
        if is_netted(draft, own, rules):
            gain = counted_gain(draft, own, rules)
            if gain is None:
                return None
            gains += gain
    return gains


def netted_taxes(drafts: Sequence[Draft], policy: Policy) -> list[Draft]:
    """Return the drafts with the tax of the netted classes: each sale bears what it adds to the year's tax.

    Losses of the plan lower the tax of its gains, never below 0; what they save on gains realised before is not a
    negative tax of a sale. Where a gain that was realised is not known, what a gain adds is not known either.
    """
    rules, taxed = policy.tax, list(drafts)
    sold: dict[str, Sales] = {}
    added: dict[str, dict[int, Decimal]] = {}
    for number, draft in enumerate(drafts):
        tax_class = class_of(draft.position, rules)
        if rules is None or tax_class is None or not is_netted(draft, tax_class, rules):
            continue
        gain, payer = counted_gain(draft, tax_class, rules), taxpayer(draft.position.account, rules)
        if gain is None or (payer in policy.unknown_gains and gain.total > 0):
            taxed[number] = replace(draft, tax=None)
            continue
        before = sold[payer] if payer in sold else realized_sales(policy, payer)
        sold[payer] = added_to(before, tax_class, gain, rules)
        added.setdefault(payer, {})[number] = tax_of_year(sold[payer], rules) - tax_of_year(before, rules)
    for parts in added.values():
        for number, tax in _shared(parts, drafts[0].position).items():
            taxed[number] = replace(taxed[number], tax=tax + taxed[number].transaction_tax)
    return taxed


def blank_beside_unknown(drafts: Sequence[Draft], rules: TaxRules | None) -> list[Draft]:
    """Return the drafts without a tax where nobody knows what of the deduction, or of the losses, is left for it.

    That is so for a sale at a gain in a netted class, beside another netted sale of its taxpayer at an unknown gain.
    """
    if rules is None:
        return list(drafts)
    gains: dict[int, Gains | None] = {}
    for number, draft in enumerate(drafts):
        tax_class = class_of(draft.position, rules)
        if tax_class is not None and is_netted(draft, tax_class, rules):
            gains[number] = counted_gain(draft, tax_class, rules)
    unknown = {taxpayer(drafts[number].position.account, rules) for number, gain in gains.items() if gain is None}
    return [
        replace(draft, tax=None)
        if (gain := gains.get(number)) and gain.total > 0 and taxpayer(draft.position.account, rules) in unknown
        else draft
        for number, draft in enumerate(drafts)
    ]


def _shared(added: Mapping[int, Decimal], position: Position) -> dict[int, Decimal]:
    """What the plan adds to the year's tax, in base currency, borne by the sales that add to it."""
    total = position.in_base(max(round_money(sum(added.values(), ZERO), position.tax_currency), ZERO))
    most_first = sorted(added.items(), key=lambda item: -item[1])
    bearing = {number: more for number, more in most_first if more > 0}
    return dict.fromkeys(added, ZERO) | (apportion(total, bearing, position.base) if bearing else {})


def year_tax(gains: Gains, tax_class: TaxClass, rules: TaxRules) -> Decimal:
    """Return the tax on a year's netted gains, tax currency: the rate on what exceeds the deduction, never below 0.

    Where long gains have a rate of their own, all are netted first (``netted``); long gains with a cap bear the
    ordinary rate, at most the cap.
    """
    if tax_class.long_rate is None:
        return max(gains.total - (rules.deduction or ZERO), ZERO) * tax_class.rate
    left, cap = netted(gains), _cap(rules)
    if rules.brackets is not None:
        return _progressive(left, rules.brackets, cap)
    capped_rate = tax_class.rate if cap is None else min(tax_class.rate, cap)
    return left.short * tax_class.rate + left.capped * capped_rate + left.long * tax_class.long_rate


def netted(gains: Gains) -> Gains:
    """Return what of a year's gains is taxed, kind by kind, once every loss has taken up gains.

    Long gains and losses are netted first, those with a cap and those without; then a net short loss takes up long
    gains, those with a cap first. Source: Internal Revenue Code section 1(h)(4) and (5); IRS, Schedule D, parts I to
    III, and its 28% Rate Gain Worksheet.
    """
    long, capped = _offset(gains.long, gains.capped)
    short, capped = _offset(gains.short, capped)
    short, long = _offset(short, long)
    return Gains(max(short, ZERO), max(long, ZERO), max(capped, ZERO))


def _offset(one: Decimal, other: Decimal) -> tuple[Decimal, Decimal]:
    """Set a loss on one side against a gain on the other."""
    if min(one, other) < 0 < max(one, other):
        both = one + other
        return (both, ZERO) if (one > 0) == (both > 0) else (ZERO, both)
    return one, other


def _cap(rules: TaxRules) -> Decimal | None:
    return next((one.long_at_most for one in rules.classes.values() if one.long_at_most is not None), None)


def _progressive(gains: Gains, brackets: Brackets, cap: Decimal | None) -> Decimal:
    """Short gains lie on top of other income, long gains with a cap on those, other long gains on top of all.

    Of the gains with a cap, what reaches into brackets at the cap or above bears the cap, and takes no room from the
    others in the upper brackets of long gains. Then the surtax on investment income. Source: Internal Revenue Code
    section 1(h)(1); IRS, Schedule D Tax Worksheet, lines 10 to 47; Form 8960, whose income is taken as taxable income
    and standard deduction.
    """
    first = brackets.income + gains.short
    second = first + gains.capped
    below = max((upper or second for upper, rate in brackets.ordinary if cap is None or rate < cap), default=ZERO)
    ordinary = max(first, min(second, below))
    whole, before = second + gains.long, _by_steps(brackets.income, brackets.ordinary)
    tax = _by_steps(ordinary, brackets.ordinary) - before
    tax += (second - ordinary) * (cap or ZERO)
    tax += _long_tax(gains.long, second, ordinary, brackets.long)
    # Line 47: never more than if all of it were ordinary income.
    tax = min(tax, _by_steps(whole, brackets.ordinary) - before)
    over = whole + brackets.standard_deduction - brackets.surtax_over
    return tax + max(min(gains.total, over), ZERO) * brackets.surtax_rate


def _long_tax(long: Decimal, second: Decimal, ordinary: Decimal, steps: Steps) -> Decimal:
    """The lowest bracket of long gains begins above all other income, the next ones above what bears ordinary rates."""
    tax = taken = ZERO
    for number, (upper, rate) in enumerate(steps):
        start = ordinary + taken if number else second
        part = long - taken if upper is None else min(long - taken, max(upper - start, ZERO))
        tax += part * rate
        taken += part
    return tax


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
    """Return what a net loss of the year takes off the tax on other income, tax currency, up to the yearly limit.

    Source: Internal Revenue Code section 1211(b). What is left of the loss may count in later years.
    """
    loss = min(max(-gains.total, ZERO), rules.loss_limit)
    if rules.brackets is None:
        return loss * tax_class.rate
    income, steps = rules.brackets.income, rules.brackets.ordinary
    return _by_steps(income, steps) - _by_steps(max(income - loss, ZERO), steps)


def is_netted(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> bool:
    """Return whether an order is a sale whose gain counts among those of the year."""
    return draft.action is Action.SELL and tax_class.netted and not is_deferred(draft.position, rules)


def is_deferred(position: Position, rules: TaxRules) -> bool:
    """Return whether sales in the account are not taxed."""
    return position.account.type in rules.deferred_accounts


def gains_left(drafts: Sequence[Draft], policy: Policy, payer: str) -> Decimal | None:
    """Return what is left of a taxpayer's yearly deduction after the plan, tax currency; None when it is not known."""
    rules = policy.tax
    if rules is None or rules.deduction is None or payer in policy.unknown_gains:
        return None
    planned = _planned(drafts, rules, payer)
    if planned is None:
        return None
    return max(rules.deduction - policy.realized.get(payer, Gains()).total - planned, ZERO)


def _planned(drafts: Sequence[Draft], rules: TaxRules, payer: str) -> Decimal | None:
    """Gains that a plan adds to a taxpayer's, over all netted classes."""
    total = ZERO
    for together in {netted_with(one, rules) for one in rules.classes.values() if one.netted}:
        gains = planned_gains(drafts, rules, together[0], payer)
        if gains is None:
            return None
        total += gains.total
    return total


def gains_budget(drafts: Sequence[Draft], policy: Policy, household: Household) -> GainsBudget | None:
    """Return how much of the yearly deductions is used, planned and left, base currency; None without a deduction.

    What depends on a gain that is not known is None.
    """
    rules = policy.tax
    if rules is None or rules.deduction is None:
        return None
    payers = taxpayers(household.accounts, rules)
    used = [None if name in policy.unknown_gains else policy.realized.get(name, Gains()).total for name in payers]
    planned = [_planned(drafts, rules, name) for name in payers]
    left = [gains_left(drafts, policy, name) for name in payers]

    def summed(figures: Sequence[Decimal | None]) -> Decimal | None:
        known = [figure for figure in figures if figure is not None]
        return in_base(household, rules, sum(known, ZERO)) if len(known) == len(figures) else None

    limit = in_base(household, rules, rules.deduction * len(payers))
    return GainsBudget(limit, summed(used), summed(planned), summed(left))
