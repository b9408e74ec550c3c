"""Pairs of orders that realise a loss to save tax, or a gain while it is free of tax, and keep the money invested.

They stand beside the plan, and are carried out after it on the same day, one after the other:

- Nothing is sold that the plan trades or that another pair buys, and nothing is bought that the plan or another pair
  sells. Where no wash-sale rule forbids it, a pair may buy back what it sells itself.
- Of a holding in lots, those are sold that a sale takes first by the account's lot method, for the order names no lot.
- Of an asset that was bought within the window of a wash sale, units bought then are not sold beside other units: they
  stand for the others' loss.
- A pair is offered only when it saves more than its two orders cost, and, where a replacement is named, only with the
  purchase that keeps the money invested.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.plan import HarvestOrder
from xlrebal.domain.quantities import ONE, ZERO, floor_money, floor_units, round_money
from xlrebal.engine.orders import reasons
from xlrebal.engine.orders.model_builder import may_buy
from xlrebal.engine.position import draft_amount, draft_units
from xlrebal.engine.problem import held_back
from xlrebal.engine.tax import year_tax
from xlrebal.engine.tax.loss_candidates import burden, is_lot_of, year_before
from xlrebal.engine.tax.same_day import DayOfSales

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from xlrebal.domain.household import Target
    from xlrebal.domain.plan import Order, TaxLoss
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.engine.position import Draft, Position
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.tax.year_tax import Sales

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
    found = _Pairs(problem, drafts, rules, dict(cash), DayOfSales(rules))
    pairs = [*_loss_pairs(found, losses), *_gain_pairs(found)]
    orders = []
    for number, (sale, purchase, gain, saved) in enumerate(pairs, 1):
        orders.append(HarvestOrder(number, as_order(sale), gain, saved))
        if purchase is not None:
            orders.append(HarvestOrder(number, as_order(purchase)))
    return tuple(orders)


@dataclass
class _Pairs:
    """The pairs found so far, beside the plan; ``codes`` are what each sells and what it buys."""

    problem: Problem
    drafts: Sequence[Draft]
    rules: TaxRules
    purse: dict[str, Decimal]
    day: DayOfSales
    sales: dict[str, Sales] = field(default_factory=dict)
    codes: list[tuple[str, str]] = field(default_factory=list)
    sold_recent: set[str] = field(default_factory=set)
    lots_sold: dict[tuple[str, str], int] = field(default_factory=dict)

    def is_next(self, loss: TaxLoss) -> bool:
        """Whether a candidate is the whole holding, or the lot that a sale takes now by the account's lot method."""
        position = self.problem.positions[loss.account, loss.target.code]
        number = self.lots_sold.get(position.key, 0)
        return loss.lot is None or is_lot_of(loss, position, position.lots[number])

    def may_sell(self, target: Target) -> bool:
        """Whether neither the plan nor a pair stands against a sale."""
        traded = {draft.position.target.code for draft in self.drafts}
        instead = {bought for sold, bought in self.codes if bought != sold}
        return target.code not in traded | instead and not held_back(self.problem, target, Action.SELL)

    def washes_itself(self, loss: TaxLoss, sale: Draft) -> bool:
        """Whether units bought within the window would be sold beside others, whose loss they undo."""
        code = loss.target.code
        sold = {sold for sold, _ in self.codes}
        return code in self.sold_recent or (code in sold and _is_recent(loss, sale))

    def may_replace(self, sale: Draft, position: Position) -> bool:
        """Whether an asset can be bought in place of another one today."""
        code, old = position.target.code, sale.position.target.code
        sold = {draft.position.target.code for draft in self.drafts if draft.action is Action.SELL}
        if code in sold | {sold for sold, _ in self.codes} or (old, old) in self.codes:
            return False
        return self._open(position)

    def may_buy_back(self, position: Position) -> bool:
        """Whether what is sold can be bought again: not where a rule forbids it, nor where another pair replaces it."""
        code = position.target.code
        replaced = any(sold == code != bought for sold, bought in self.codes)
        return self.rules.wash_sale_days is None and not replaced and self._open(position)

    def _open(self, position: Position) -> bool:
        why = held_back(self.problem, position.target, Action.BUY)
        # What stands for one asset alone counts as that asset: it is kept by the plan, but may replace it.
        if why == reasons.mixed_fund() and not self._is_mixed(position.target.code):
            why = self.problem.no_buy.get(position.target.code) or self.problem.blocked.get(position.target.code)
        return not why and may_buy(position.account, position)

    def _is_mixed(self, code: str) -> bool:
        return sum(part.code == code for part in self.problem.household.fund_parts) > 1

    def enter(self, sale: Draft, purchase: Draft | None) -> None:
        """Note a pair."""
        code = sale.position.target.code
        self.codes.append((code, purchase.position.target.code if purchase else ""))
        self.purse[sale.position.account.name] += sale.cash + (purchase.cash if purchase else ZERO)


def _is_recent(loss: TaxLoss, sale: Draft) -> bool:
    """Whether some of the units were bought within the window."""
    mine = [one.date for one in sale.position.recent if one.account == loss.account]
    return bool(mine) if loss.lot is None else loss.lot in mine


def _loss_pairs(found: _Pairs, losses: Sequence[TaxLoss]) -> Iterator[Pair]:
    """Candidates one after the other, for together they save no more than the tax there is."""
    left, more = list(losses), True
    while more:
        more = False
        for loss in list(left):
            if not found.is_next(loss):
                continue
            left.remove(loss)
            pair = _loss_pair(found, loss)
            if pair is not None:
                more = True
                yield pair


def _loss_pair(found: _Pairs, loss: TaxLoss) -> Pair | None:
    """The pair of a candidate, noted; None where there is none or it does not save what it costs."""
    problem, rules = found.problem, found.rules
    position = problem.positions[loss.account, loss.target.code]
    tax_class = year_tax.class_of(position, rules)
    whole = _sale_of(position, loss)
    if tax_class is None or not found.may_sell(loss.target) or found.washes_itself(loss, whole):
        return None
    sale = found.day.seen(whole)
    gains = year_tax.counted_gain(sale, tax_class, rules) if year_tax.is_netted(sale, tax_class, rules) else None
    if gains is None or gains.total >= 0:
        return None
    payer = year_tax.taxpayer(position.account, rules)
    before = found.sales.get(payer) or year_before(problem, found.drafts, payer)
    if before is None:
        return None
    after = [*before, (tax_class, gains)]
    saved = burden(before, tax_class, rules) - burden(after, tax_class, rules)
    saved = position.in_base(round_money(saved, position.tax_currency))
    purchase = _instead(found, sale)
    if purchase is None and (loss.replacement or rules.wash_sale_days is None):
        return None
    if saved <= sale.cost_base + (purchase.cost_base if purchase else ZERO):
        return None
    found.enter(found.day.enter(whole), purchase)
    found.sales[payer] = after
    found.lots_sold[position.key] = found.lots_sold.get(position.key, 0) + 1
    if _is_recent(loss, whole):
        found.sold_recent.add(loss.target.code)
    shown = position.in_base(gains.total)
    return sale.because(reasons.harvest_loss(loss, rules.wash_sale_days)), purchase, shown, saved


def _sale_of(position: Position, loss: TaxLoss) -> Draft:
    """The sale of a candidate: the whole holding, or just its lot."""
    if loss.lot is None:
        return draft_units(position, Action.SELL, loss.quantity)
    number = next(n for n, lot in enumerate(position.lots) if is_lot_of(loss, position, lot))
    lots, rest = position.lots[number : number + 1], position.lots[:number] + position.lots[number + 1 :]
    return draft_units(replace(position, lots=lots + rest), Action.SELL, loss.quantity)


def _instead(found: _Pairs, sale: Draft) -> Draft | None:
    """The purchase that keeps the money invested: the replacement, or the same again where no rule forbids it."""
    account, target = sale.position.account, sale.position.target
    other, spare = _named(found.problem, target), found.purse[sale.position.account.name]
    position = None if other is None else found.problem.positions[account.name, other.code]
    bought = _spend(position, sale, spare) if position is not None and found.may_replace(sale, position) else None
    if bought is None and found.may_buy_back(sale.position):
        bought = _spend(sale.position, sale, spare)
    return bought and bought.because(reasons.harvest_instead(target))


def _named(problem: Problem, target: Target) -> Target | None:
    """The replacement of an asset, by its code or its name; an asset does not replace itself."""
    name = target.replacement
    others = [t for t in problem.assets if name and t.code != target.code]
    by_code = next((t for t in others if t.code == name), None)
    return by_code if by_code or name == target.code else next((t for t in others if t.name == name), None)


def _spend(position: Position, sale: Draft, spare: Decimal) -> Draft | None:
    """Buy for what a sale brings; idle cash of the account pays the costs. Never more units than are sold."""
    amount = min(
        sale.amount_base, floor_money((sale.cash + max(spare, ZERO)) / (ONE + position.cost_rate), position.base)
    )
    if position.by_amount:
        return draft_amount(position, Action.BUY, amount) if amount > 0 else None
    units = floor_units(amount / position.unit_value) if position.unit_value else ZERO
    while units > 0 and -draft_units(position, Action.BUY, units).cash > sale.cash + max(spare, ZERO):
        units -= 1
    return draft_units(position, Action.BUY, units) if units > 0 else None


def _gain_pairs(found: _Pairs) -> Iterator[Pair]:
    """Gains up to what is left of the deduction, from the holdings that cost least to turn over."""
    problem, rules = found.problem, found.rules
    if rules.deduction is None or rules.wash_sale_days is not None or not problem.policy.gain_harvesting:
        return
    for payer in year_tax.taxpayers(problem.household.accounts, rules):
        left = year_tax.gains_left(found.drafts, problem.policy, payer) or ZERO
        for position in _with_gains(problem, rules, payer):
            if not found.may_sell(position.target) or not found.may_buy_back(position):
                continue
            pair = _gain_pair(position, left, rules, found.purse[position.account.name])
            if pair is not None:
                left -= year_tax.gain_of(pair[0]) or ZERO
                found.enter(*pair[:2])
                yield pair


def _with_gains(problem: Problem, rules: TaxRules, payer: str) -> list[Position]:
    """Holdings of a taxpayer in netted classes, those with the largest gain for their value first."""
    found = []
    for position in problem.positions.values():
        tax_class = year_tax.class_of(position, rules)
        mine = year_tax.taxpayer(position.account, rules) == payer and not year_tax.is_deferred(position, rules)
        if tax_class is None or not tax_class.netted or not mine or not position.units or not position.price:
            continue
        gain = year_tax.gain_of(draft_units(position, Action.SELL, position.units))
        if gain is not None and gain > 0:
            found.append((-gain * position.tax_to_base / position.held, position.key, position))
    return [position for _, _, position in sorted(found, key=lambda item: item[:2])]


def _gain_pair(position: Position, left: Decimal, rules: TaxRules, spare: Decimal) -> Pair | None:
    """Sell as many units as gain no more than what is left, and buy them back; not where most would stay sold."""
    tax_class = year_tax.class_of(position, rules)
    units = _units_within(position, left)
    if tax_class is None or not units:
        return None
    sale = draft_units(position, Action.SELL, units)
    purchase, gain = _spend(position, sale, spare), year_tax.gain_of(sale)
    if purchase is None or gain is None:
        return None
    if purchase.amount_base < _KEPT * sale.amount_base:
        return None
    saved, shown = position.in_base(round_money(gain * tax_class.rate, position.tax_currency)), position.in_base(gain)
    if saved <= sale.cost_base + purchase.cost_base:
        return None
    reason = reasons.harvest_gain(shown, position.base)
    return sale.because(reason), purchase.because(reasons.bought_back()), shown, saved


def _units_within(position: Position, left: Decimal) -> Decimal:
    """The most units whose gain, costs deducted, is not above what is left."""

    def fits(units: Decimal) -> bool:
        gain = year_tax.gain_of(draft_units(position, Action.SELL, units))
        return gain is not None and ZERO < gain <= left

    step = ONE if not position.by_amount else ONE.scaleb(-6)
    high = (position.units or ZERO) // step
    if fits(high * step):
        return high * step
    low = ZERO
    for _ in range(_HALVINGS):
        middle = (low + high) // 2
        if middle in (low, high):
            break
        gain = year_tax.gain_of(draft_units(position, Action.SELL, middle * step))
        low, high = (middle, high) if gain is not None and gain <= left else (low, middle)
    # Lots sold in order may lose before they gain: what was found is checked once more.
    return low * step if low and fits(low * step) else ZERO
