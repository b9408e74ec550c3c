"""Buys: spread an account's money over what is short, in units that the broker takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.plan import Action
from xlrebal.domain.policy import CashMethod
from xlrebal.domain.quantities import ONE, ZERO, ceil_units, floor_money
from xlrebal.engine import fill, reasons
from xlrebal.engine.terms import Draft, Terms, draft_amount, draft_units

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account
    from xlrebal.engine.goals import Goals
    from xlrebal.engine.problem import Answer, Problem


@dataclass
class Basket:
    """One account's purchases while they are put together.

    Attributes:
        problem: The household.
        money: Cash that may be spent, base currency.
        gaps: What each asset still lacks over the household, by code.
        terms: The assets that may be bought here, by code.
        drafts: The purchases so far, by code.

    """

    problem: Problem
    money: Decimal
    gaps: dict[str, Decimal]
    terms: dict[str, Terms]
    drafts: dict[str, Draft] = field(default_factory=dict)

    @property
    def left(self) -> Decimal:
        """Cash not spent yet."""
        return self.money + sum((draft.cash for draft in self.drafts.values()), ZERO)

    def gap(self, code: str) -> Decimal:
        """What the asset lacks after the purchases so far."""
        draft = self.drafts.get(code)
        return self.gaps[code] - (draft.amount_base if draft else ZERO)

    def put(self, code: str, draft: Draft) -> None:
        """Set the purchase of an asset; a purchase of nothing is none."""
        if draft.amount_base > 0:
            self.drafts[code] = draft
        else:
            self.drafts.pop(code, None)


def plan_buys(problem: Problem, goals: Goals, answer: Answer) -> None:
    """Add the buys to the answer, account by account, those with the fewest choices first."""
    gaps = dict(goals.gaps)
    _skip_forbidden(problem, gaps, answer)
    choices = {account.name: _eligible(problem, account, gaps) for account in problem.household.accounts}
    cash = _spendable(problem, answer)
    for account in sorted(problem.household.accounts, key=lambda a: len(choices[a.name])):
        terms = {code: t for code, t in choices[account.name].items() if gaps[code] > 0}
        if cash[account.name] <= 0 or not terms:
            continue
        basket = _fill_basket(problem, cash[account.name], gaps, terms, goals.first, answer)
        for code, draft in basket.drafts.items():
            gaps[code] -= draft.amount_base
            answer.drafts.append(draft.because(reasons.buy(problem, draft.terms.target)))


def _skip_forbidden(problem: Problem, gaps: dict[str, Decimal], answer: Answer) -> None:
    for target in problem.assets:
        if target.code not in gaps:
            continue
        reason = reasons.locked(target.lock) if target.lock.forbids_buying else problem.blocked.get(target.code, "")
        if reason:
            answer.skip("", target.code, gaps.pop(target.code), reason)


def _eligible(problem: Problem, account: Account, gaps: Mapping[str, Decimal]) -> dict[str, Terms]:
    open_codes = (t for t in problem.assets if t.code in gaps and account.allows(t))
    terms = {t.code: problem.terms[account.name, t.code] for t in open_codes}
    # Without a price nobody can say how many units an amount buys, unless the asset is held by value alone.
    return {code: t for code, t in terms.items() if t.price is not None or t.held or t.target.fractional}


def _spendable(problem: Problem, answer: Answer) -> dict[str, Decimal]:
    """Cash of each account after the sells, less its part of the cash that is itself a target."""
    cash = dict(problem.valuation.cash)
    for draft in answer.drafts:
        cash[draft.terms.account.name] += draft.cash
    aim = next((t.weight for t in problem.household.targets if t.code == CASH), ZERO) * problem.valuation.total
    whole = sum((amount for amount in cash.values() if amount > 0), ZERO)
    if not aim or not whole:
        return cash
    return {
        name: floor_money(amount - aim * max(amount, ZERO) / whole, problem.household.base_currency)
        for name, amount in cash.items()
    }


def _fill_basket(
    problem: Problem,
    money: Decimal,
    gaps: Mapping[str, Decimal],
    terms: dict[str, Terms],
    first: Mapping[str, Decimal],
    answer: Answer,
) -> Basket:
    worth = _drop_small_gaps(problem, terms, gaps, answer)
    basket = Basket(problem, money, {code: gaps[code] for code in worth}, worth)
    urgent = {code: min(first[code], gaps[code]) for code in worth if code in first}
    wishes = _spread(basket, urgent, money) if urgent else {}
    rest = money - sum(wishes.values(), ZERO)
    more = _spread(basket, {code: gaps[code] - wishes.get(code, ZERO) for code in worth}, rest, wishes)
    wishes = {code: wishes.get(code, ZERO) + more.get(code, ZERO) for code in worth}
    _place(basket, _drop_small_wishes(basket, wishes))
    _trim(basket)
    _top_up_amounts(basket)
    _sweep(basket)
    return basket


def _drop_small_gaps(
    problem: Problem, terms: dict[str, Terms], gaps: Mapping[str, Decimal], answer: Answer
) -> dict[str, Terms]:
    minimum = problem.policy.min_trade_amount
    for code, t in terms.items():
        if gaps[code] < minimum:
            answer.skip(*t.key, gaps[code], reasons.below_minimum(minimum, t.base))
    return {code: t for code, t in terms.items() if gaps[code] >= minimum}


def _spread(
    basket: Basket,
    gaps: Mapping[str, Decimal],
    money: Decimal,
    wishes: Mapping[str, Decimal] | None = None,
) -> dict[str, Decimal]:
    """Spread money, costs set aside, over gaps by the household's cash method."""
    gaps = {code: gap for code, gap in gaps.items() if gap > 0}
    cost = max((basket.terms[code].cost_rate for code in gaps), default=ZERO)
    base = basket.problem.household.base_currency
    budget = max(floor_money(money / (ONE + cost), base), ZERO)
    if not gaps:
        return {}
    if basket.problem.policy.cash_method is CashMethod.PROPORTIONAL:
        return fill.proportional(gaps, budget, base)
    values = {code: basket.problem.valuation.values[code] + (wishes or {}).get(code, ZERO) for code in gaps}
    weights = {code: basket.terms[code].target.weight for code in gaps}
    return fill.level_up(values, weights, gaps, budget, base)


def _drop_small_wishes(basket: Basket, wishes: dict[str, Decimal]) -> dict[str, Decimal]:
    """Give up the smallest wish below the minimum trade, spread again, until all stand."""
    minimum = basket.problem.policy.min_trade_amount
    while small := [code for code, wish in wishes.items() if 0 < wish < minimum]:
        dropped = min(small, key=lambda code: wishes[code])
        kept = {code: basket.gaps[code] for code, wish in wishes.items() if code != dropped and wish > 0}
        wishes = _spread(basket, kept, basket.money)
    return wishes


def _place(basket: Basket, wishes: Mapping[str, Decimal]) -> None:
    for code, wish in wishes.items():
        terms = basket.terms[code]
        if terms.by_amount:
            basket.put(code, draft_amount(terms, Action.BUY, wish))
        else:
            basket.put(code, draft_units(terms, Action.BUY, wish // terms.unit_value))
        draft = basket.drafts.get(code)
        if draft and draft.amount_base < basket.problem.policy.min_trade_amount:
            del basket.drafts[code]


def _trim(basket: Basket) -> None:
    """Rounded costs may take the last unit of money too much: give back the least that mends it."""
    while basket.left < 0 and basket.drafts:
        code = max(basket.drafts, key=lambda c: basket.drafts[c].amount_base)
        draft, terms = basket.drafts[code], basket.terms[code]
        if terms.by_amount:
            basket.put(code, draft_amount(terms, Action.BUY, max(draft.amount_base + basket.left - 1, ZERO)))
        else:
            basket.put(code, draft_units(terms, Action.BUY, (draft.units or ZERO) - 1))


def _top_up_amounts(basket: Basket) -> None:
    """What whole units left over goes to assets that take any amount."""
    open_gaps = {code: basket.gap(code) for code in basket.drafts if basket.terms[code].by_amount}
    if not any(not terms.by_amount for terms in basket.terms.values()):
        return
    wishes = {code: draft.amount_base for code, draft in basket.drafts.items()}
    for code, more in _spread(basket, open_gaps, basket.left, wishes).items():
        basket.put(code, draft_amount(basket.terms[code], Action.BUY, wishes[code] + more))
    _trim(basket)


def _sweep(basket: Basket) -> None:
    """Buy one more unit at a time where it lowers sum((w - t)^2 / t) most, while the money lasts."""
    while best := _best_step(basket):
        code, units = best
        draft = basket.drafts.get(code)
        basket.put(
            code, draft_units(basket.terms[code], Action.BUY, units + ((draft.units or ZERO) if draft else ZERO))
        )


def _best_step(basket: Basket) -> tuple[str, Decimal] | None:
    steps = [(gain, code, units) for code in basket.terms if (step := _step(basket, code)) for gain, units in [step]]
    gain, code, units = max(steps, key=lambda step: step[0], default=(ZERO, "", ZERO))
    return (code, units) if gain > 0 else None


def _step(basket: Basket, code: str) -> tuple[Decimal, Decimal] | None:
    """The gain of the next purchase of an asset and its units, if the money suffices."""
    terms = basket.terms[code]
    if terms.by_amount or not terms.unit_value:
        return None
    draft = basket.drafts.get(code)
    units = ONE if draft else max(ceil_units(basket.problem.policy.min_trade_amount / terms.unit_value), ONE)
    before = draft_units(terms, Action.BUY, (draft.units or ZERO) if draft else ZERO)
    after = draft_units(terms, Action.BUY, (before.units or ZERO) + units)
    if basket.left + after.cash - before.cash < 0:
        return None
    gap, step = basket.gap(code), after.amount_base - before.amount_base
    return (gap * gap - (gap - step) ** 2) / terms.target.weight, units
