"""Pairs of orders that realise a loss to save tax, or a gain while it is free of tax, and keep the money invested.

They stand beside the plan: no asset that the plan trades is in them. A pair is offered only when it saves more than its
two orders cost.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action, HarvestOrder
from xlrebal.domain.quantities import ONE, ZERO, floor_money, floor_units, round_money
from xlrebal.engine import reasons, taxes
from xlrebal.engine.problem import held_back
from xlrebal.engine.programme import may_buy
from xlrebal.engine.taxloss import year_before
from xlrebal.engine.terms import draft_amount, draft_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from xlrebal.domain.household import Target
    from xlrebal.domain.plan import Order, TaxLoss
    from xlrebal.domain.tax_rules import Gains, TaxClass, TaxRules
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.terms import Draft, Terms

Pair = tuple["Draft", "Draft | None", "Decimal", "Decimal"]
"""Sale, purchase, gain of the sale and tax saved, the last two in base currency."""

_HALVINGS = 60
# A pair that realises a gain must leave the holding nearly as it is: at least this part is bought back.
_KEPT = Decimal("0.9")


def harvest_orders(
    problem: Problem,
    drafts: Sequence[Draft],
    losses: Sequence[TaxLoss],
    cash: Mapping[str, Decimal],
    as_order: Callable[[Draft], Order],
) -> tuple[HarvestOrder, ...]:
    """Return the pairs, losses first, each sale before its purchase.

    Args:
        problem: The household.
        drafts: The orders of the plan.
        losses: The candidates.
        cash: What the plan leaves in each account, base currency; it pays for the costs of a pair.
        as_order: What makes an order of a draft.

    """
    rules = problem.policy.tax
    if rules is None:
        return ()
    purse = dict(cash)
    pairs = [*_loss_pairs(problem, drafts, losses, rules, purse), *_gain_pairs(problem, drafts, rules, purse)]
    orders = []
    for number, (sale, purchase, gain, saved) in enumerate(pairs, 1):
        orders.append(HarvestOrder(number, as_order(sale), gain, saved))
        if purchase is not None:
            orders.append(HarvestOrder(number, as_order(purchase)))
    return tuple(orders)


def _loss_pairs(
    problem: Problem, drafts: Sequence[Draft], losses: Sequence[TaxLoss], rules: TaxRules, purse: dict[str, Decimal]
) -> Iterator[Pair]:
    """Candidates one after the other, for together they save no more than the tax there is."""
    traded = {draft.terms.target.code for draft in drafts}
    sold: dict[str, Gains] = {}
    for loss in losses:
        terms = problem.terms[loss.account, loss.target.code]
        tax_class = taxes.class_of(terms, rules)
        if tax_class is None or loss.target.code in traded or held_back(problem, loss.target, Action.SELL):
            continue
        sale = _sale_of(terms, loss)
        gains = taxes.counted_gain(sale, tax_class, rules) if taxes.is_netted(sale, tax_class, rules) else None
        if gains is None or gains.total >= 0:
            continue
        payer = taxes.taxpayer(terms.account, rules)
        before = sold.get(payer) or year_before(problem, drafts, tax_class, payer)
        if before is None:
            continue
        saved = _relief(before + gains, tax_class, rules) - _relief(before, tax_class, rules)
        saved = terms.in_base(round_money(saved, terms.tax_currency))
        purchase = _instead(problem, sale, rules, purse[loss.account])
        if saved > sale.cost_base + (purchase.cost_base if purchase else ZERO):
            sold[payer] = before + gains
            purse[loss.account] += sale.cash + (purchase.cash if purchase else ZERO)
            reason = reasons.harvest_loss(loss, rules.wash_sale_days)
            yield sale.because(reason), purchase, terms.in_base(gains.total), saved


def _relief(gains: Gains, tax_class: TaxClass, rules: TaxRules) -> Decimal:
    return taxes.loss_relief(gains, tax_class, rules) - taxes.year_tax(gains, tax_class, rules)


def _sale_of(terms: Terms, loss: TaxLoss) -> Draft:
    """The sale of a candidate: the whole holding, or just its lot."""
    if loss.lot is None:
        return draft_units(terms, Action.SELL, loss.quantity)
    lots = tuple(lot for lot in terms.lots if lot.acquired == loss.lot and lot.quantity == loss.quantity)[:1]
    rest = tuple(lot for lot in terms.lots if lot not in lots)
    return draft_units(replace(terms, lots=lots + rest), Action.SELL, loss.quantity)


def _instead(problem: Problem, sale: Draft, rules: TaxRules, spare: Decimal) -> Draft | None:
    """The purchase that keeps the money invested: the replacement, or the same again where no rule forbids it."""
    account, target = sale.terms.account, sale.terms.target
    other = _named(problem, target.replacement)
    if other is None and rules.wash_sale_days is not None:
        return None
    terms = problem.terms[account.name, (other or target).code]
    if not may_buy(account, terms) or terms.target.lock.forbids_buying or terms.target.code in problem.no_buy:
        return None
    bought = _spend(terms, sale, spare)
    return bought and bought.because(reasons.harvest_instead(target))


def _named(problem: Problem, name: str) -> Target | None:
    return next((t for t in problem.assets if name and name in (t.code, t.name)), None)


def _spend(terms: Terms, sale: Draft, spare: Decimal) -> Draft | None:
    """Buy for what a sale brings; idle cash of the account pays the costs. Never more units than are sold."""
    amount = min(sale.amount_base, floor_money((sale.cash + max(spare, ZERO)) / (ONE + terms.cost_rate), terms.base))
    if terms.by_amount:
        return draft_amount(terms, Action.BUY, amount) if amount > 0 else None
    units = floor_units(amount / terms.unit_value) if terms.unit_value else ZERO
    while units > 0 and -draft_units(terms, Action.BUY, units).cash > sale.cash + max(spare, ZERO):
        units -= 1
    return draft_units(terms, Action.BUY, units) if units > 0 else None


def _gain_pairs(
    problem: Problem, drafts: Sequence[Draft], rules: TaxRules, purse: dict[str, Decimal]
) -> Iterator[Pair]:
    """Gains up to what is left of the deduction, from the holdings that cost least to turn over."""
    if rules.deduction is None or rules.wash_sale_days is not None or not problem.policy.gain_harvesting:
        return
    traded = {draft.terms.target.code for draft in drafts}
    for payer in taxes.taxpayers(problem.household.accounts, rules):
        left = taxes.gains_left(drafts, problem.policy, payer) or ZERO
        for terms in _with_gains(problem, rules, payer):
            if terms.target.code in traded or held_back(problem, terms.target, Action.SELL):
                continue
            found = _gain_pair(terms, left, rules, purse[terms.account.name])
            if found is not None:
                left -= taxes.gain_of(found[0]) or ZERO
                purse[terms.account.name] += found[0].cash + (found[1].cash if found[1] else ZERO)
                yield found


def _with_gains(problem: Problem, rules: TaxRules, payer: str) -> list[Terms]:
    """Holdings of a taxpayer in netted classes, those with the largest gain for their value first."""
    found = []
    for terms in problem.terms.values():
        tax_class = taxes.class_of(terms, rules)
        mine = taxes.taxpayer(terms.account, rules) == payer and not taxes.is_deferred(terms, rules)
        if tax_class is None or not tax_class.netted or not mine or not terms.units or not terms.price:
            continue
        gain = taxes.gain_of(draft_units(terms, Action.SELL, terms.units))
        if gain is not None and gain > 0:
            found.append((-gain * terms.tax_to_base / terms.held, terms.key, terms))
    return [terms for _, _, terms in sorted(found, key=lambda item: item[:2])]


def _gain_pair(terms: Terms, left: Decimal, rules: TaxRules, spare: Decimal) -> Pair | None:
    """Sell as many units as gain no more than what is left, and buy them back; not where most would stay sold."""
    tax_class = taxes.class_of(terms, rules)
    units = _units_within(terms, left)
    if tax_class is None or not units:
        return None
    sale = draft_units(terms, Action.SELL, units)
    purchase, gain = _spend(terms, sale, spare), taxes.gain_of(sale)
    if purchase is None or gain is None or not may_buy(terms.account, terms):
        return None
    if purchase.amount_base < _KEPT * sale.amount_base:
        return None
    saved, shown = terms.in_base(round_money(gain * tax_class.rate, terms.tax_currency)), terms.in_base(gain)
    if saved <= sale.cost_base + purchase.cost_base or terms.target.lock.forbids_buying:
        return None
    reason = reasons.harvest_gain(shown, terms.base)
    return sale.because(reason), purchase.because(reasons.bought_back()), shown, saved


def _units_within(terms: Terms, left: Decimal) -> Decimal:
    """The most units whose gain, costs deducted, is not above what is left."""

    def fits(units: Decimal) -> bool:
        gain = taxes.gain_of(draft_units(terms, Action.SELL, units))
        return gain is not None and ZERO < gain <= left

    step = ONE if not terms.by_amount else ONE.scaleb(-6)
    high = (terms.units or ZERO) // step
    if fits(high * step):
        return high * step
    low = ZERO
    for _ in range(_HALVINGS):
        middle = (low + high) // 2
        if middle in (low, high):
            break
        gain = taxes.gain_of(draft_units(terms, Action.SELL, middle * step))
        low, high = (middle, high) if gain is not None and gain <= left else (low, middle)
    # Lots sold in order may lose before they gain: what was found is checked once more.
    return low * step if low and fits(low * step) else ZERO
