"""Tax of a sale by the asset's class and the account's type, and the year's gains budget.

An estimate from the cost of the units sold (``basis``); where the cost is not known, neither is the tax.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action, GainsBudget
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.engine.basis import cost_of

if TYPE_CHECKING:
    from collections.abc import Sequence
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


def netted_taxes(drafts: Sequence[Draft], policy: Policy) -> list[Draft]:
    """Return the drafts with the tax of the netted classes: each sale bears what it adds to the year's tax."""
    rules, gains, taxed = policy.tax, policy.realized_gains, []
    for draft in drafts:
        tax_class = class_of(draft.terms, rules)
        if rules is None or tax_class is None or not _is_netted(draft, tax_class, rules):
            taxed.append(draft)
            continue
        gain = gain_of(draft)
        if gain is None:
            taxed.append(replace(draft, tax=None))
            continue
        more = year_tax(gains + gain, tax_class, rules) - year_tax(gains, tax_class, rules)
        taxed.append(replace(draft, tax=round_money(more, draft.terms.base)))
        gains += gain
    return taxed


def year_tax(gains: Decimal, tax_class: TaxClass, rules: TaxRules) -> Decimal:
    """Return the tax on a year's netted gains: the rate on what exceeds the deduction, never below 0."""
    return max(gains - (rules.deduction or ZERO), ZERO) * tax_class.rate


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
