"""Tax of a sale by the asset's class and the account's type, and the year's gains budget.

An estimate from the cost of the units sold (``basis``); where the cost is not known, neither is the tax.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action, GainsBudget
from xlrebal.domain.quantities import ZERO, apportion, round_money
from xlrebal.engine.basis import cost_of, held_longer, lot_cost, units_by_lot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from xlrebal.domain.policy import Policy, TaxClass, TaxRules
    from xlrebal.engine.terms import Draft, Terms


def gain_of(draft: Draft) -> Decimal | None:
    """Return the gain of a sale in base currency, costs deducted; None when the cost is not known."""
    cost = None if draft.units is None else cost_of(draft.terms, draft.units)
    return None if cost is None else draft.amount_base - draft.cost_base - cost


def with_tax(draft: Draft, rules: TaxRules | None) -> Draft:
    """Return a sale with the tax that depends on nothing but itself.

    Netted classes are taxed over the whole year, in ``netted_taxes``; until then their tax is 0.
    """
    tax_class = class_of(draft.terms, rules)
    if rules is None or draft.action is Action.BUY or _is_deferred(draft.terms, rules):
        return replace(draft, tax=ZERO)
    if tax_class is None:
        return replace(draft, tax=None)
    if tax_class.netted or not tax_class.rate:
        return replace(draft, tax=ZERO)
    gain = gain_of(draft)
    if gain is None:
        return replace(draft, tax=None)
    tax = round_money(max(gain, ZERO) * tax_class.rate, draft.terms.base)
    return replace(draft, tax=tax, withheld=tax if tax_class.withheld else ZERO)


def class_of(terms: Terms, rules: TaxRules | None) -> TaxClass | None:
    """Return the tax class of an asset, or None where there are no rules for it."""
    return rules.classes.get(terms.target.tax_class) if rules else None


@dataclass(frozen=True)
class Gains:
    """Gains of a year in base currency, losses negative; everything is short where the country does not tell."""

    short: Decimal = ZERO
    long: Decimal = ZERO

    def __add__(self, other: Gains) -> Gains:
        """Add two years' gains."""
        return Gains(self.short + other.short, self.long + other.long)


def realized(policy: Policy, tax_class: TaxClass) -> Gains:
    """Return what the settings say was realised this year, in the terms of a tax class."""
    if tax_class.long_rate is None:
        return Gains(policy.realized_gains + policy.realized_short_gains)
    return Gains(policy.realized_short_gains, policy.realized_gains)


def split_gain(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> Gains | None:
    """Return the gain of a sale as short and long; None when the cost is not known.

    Units without lots count as short: the higher tax, for nobody knows how long they were held.
    """
    gain, terms = gain_of(draft), draft.terms
    if gain is None or tax_class.long_rate is None or rules.day is None or not terms.lots or not draft.units:
        return None if gain is None else Gains(gain)
    proceeds = (draft.amount_base - draft.cost_base) / draft.units
    parts = units_by_lot(terms, draft.units)
    long_parts = [(lot, part) for lot, part in parts if held_longer(lot, tax_class.long_after_years, rules.day)]
    long = sum((proceeds * part - lot_cost(terms, lot) * part / lot.quantity for lot, part in long_parts), ZERO)
    long = round_money(long, terms.base)
    return Gains(gain - long, long)


def netted_taxes(drafts: Sequence[Draft], policy: Policy) -> list[Draft]:
    """Return the drafts with the tax of the netted classes: each sale bears what it adds to the year's tax.

    Losses of the plan lower the tax of its gains, never below 0; what they save on gains realised before is not a
    negative tax of a sale.
    """
    rules, sold, taxed = policy.tax, Gains(), list(drafts)
    added: dict[int, Decimal] = {}
    for number, draft in enumerate(drafts):
        tax_class = class_of(draft.terms, rules)
        if rules is None or tax_class is None or not _is_netted(draft, tax_class, rules):
            continue
        gain = split_gain(draft, tax_class, rules)
        if gain is None:
            taxed[number] = replace(draft, tax=None)
            continue
        before = realized(policy, tax_class) + sold
        added[number] = year_tax(before + gain, tax_class, rules) - year_tax(before, tax_class, rules)
        sold += gain
    for number, tax in (_shared(added, drafts[0].terms.base) if added else {}).items():
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
    (source: IRS, Schedule D, parts I to III). What a loss saves on other income is not counted.
    """
    if tax_class.long_rate is None:
        return max(gains.short + gains.long - (rules.deduction or ZERO), ZERO) * tax_class.rate
    short, long = gains.short, gains.long
    if min(short, long) < 0 < max(short, long):
        short, long = (max(short + long, ZERO), ZERO) if short > 0 else (ZERO, max(short + long, ZERO))
    return max(short, ZERO) * tax_class.rate + max(long, ZERO) * tax_class.long_rate


def _is_netted(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> bool:
    return draft.action is Action.SELL and tax_class.netted and not _is_deferred(draft.terms, rules)


def _is_deferred(terms: Terms, rules: TaxRules) -> bool:
    return terms.account.type in rules.deferred_accounts


def gains_budget(drafts: Sequence[Draft], policy: Policy) -> GainsBudget | None:
    """Return how much of the yearly deduction is used, planned and left; None without a deduction."""
    rules = policy.tax
    if rules is None or rules.deduction is None:
        return None
    planned = ZERO
    for draft in drafts:
        tax_class = class_of(draft.terms, rules)
        if tax_class and _is_netted(draft, tax_class, rules):
            planned += gain_of(draft) or ZERO
    left = max(rules.deduction - policy.realized_gains - planned, ZERO)
    return GainsBudget(rules.deduction, policy.realized_gains, planned, left)
