"""Sell as well as a limit on the plan's tax allows (``max_tax``).

What each asset sells less is worked out in fractions first, from the optimality conditions of the programme with one
more budget: with a price m of tax, a price p of cash and t tax for each unit of value sold, an asset of weight w keeps
(m * t - p) * w / 2 more than it should. The price of tax is found with the exact tax of the reduced sales, whose
netting and deductions are not in proportion. Then the plan is searched with these sales as the most, and its exact tax
is checked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.quantities import ONE, ZERO, floor_money, floor_units
from xlrebal.engine.orders import reasons
from xlrebal.engine.orders.tax_location import total_tax
from xlrebal.engine.position import draft_amount, draft_units
from xlrebal.engine.tax.year_tax import netted_taxes, with_tax

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xlrebal.engine.position import Draft
    from xlrebal.engine.problem import Answer, Problem

    Amounts = dict[str, Decimal]

# Searches for a plan, and halvings of the price of tax and of cash.
_MOST_SEARCHES = 6
_HALVINGS = 24
_CASH_HALVINGS = 40
# With more accounts times assets than this, fewer plans are searched.
_MANY_TERMS = 60
# A plan that uses this part of the limit is not searched again.
_USED = Decimal("0.98")
_STRETCH = Decimal("1.5")
# Parts of the sales that are tried until the tax is within the limit: a plan may sell elsewhere what it sells less.
_SHRINKS = (ONE, Decimal("0.97"), Decimal("0.9"), Decimal("0.75"), Decimal("0.5"), Decimal("0.2"))
# An asset with target 0 is kept as unwillingly as one whose target is a tenth of what is held.
_UNWANTED = 0.1
# What a float may be off when it stands for an exact figure: a bound is rather too low.
_ROUNDING = 1e-12


def within_tax(
    problem: Problem,
    first: Answer,
    limit: Decimal,
    replan: Callable[[Mapping[str, Decimal]], Answer],
    missed: Callable[[Answer], Decimal],
) -> Answer:
    """Return the best plan found whose tax is within the limit.

    Args:
        problem: The household.
        first: The plan without a limit.
        limit: Most tax of the plan, base currency.
        replan: Makes the plan with the most that may be sold of some assets.
        missed: The objective of a plan.

    """
    if total_tax(problem, first.drafts) <= limit:
        return first
    search = _Search(problem, first, limit, replan, missed)
    few = len(problem.positions) > _MANY_TERMS
    search.run(even=True, most=2 if few else _MOST_SEARCHES)
    search.run(even=False, most=1 if few else _MOST_SEARCHES // 2)
    best = search.best or replan(dict.fromkeys(search.wanted, ZERO))
    return _explained(problem, first, best, search.wanted, limit, missed)


class _Search:
    """Plans with less and less sold, until the tax of one is just within the limit; the best of them."""

    def __init__(
        self,
        problem: Problem,
        first: Answer,
        limit: Decimal,
        replan: Callable[[Mapping[str, Decimal]], Answer],
        missed: Callable[[Answer], Decimal],
    ) -> None:
        self._problem, self._first, self._limit, self._replan, self._missed = problem, first, limit, replan, missed
        self.wanted = _sold(first.drafts)
        self.best: Answer | None = None

    def run(self, *, even: bool, most: int) -> None:
        """Try plans; ``even`` sells less of everything, otherwise of what is taxed most."""
        base, limit = self._problem.household.base_currency, self._limit
        sales = _Sales(self._problem, self._first.drafts, even=even)
        aim, low, high = limit, ZERO, None
        shrinks, fits = iter(_SHRINKS), False
        for _ in range(most):
            part = ONE if fits else next(shrinks, ZERO)
            caps = {code: floor_money(cap * part, base) for code, cap in sales.caps(aim).items()}
            answer = self._replan(caps)
            tax = total_tax(self._problem, answer.drafts)
            if tax > limit:
                if fits:
                    high, aim = aim, (low + aim) / 2
                self.wanted = _larger(self.wanted, _sold(answer.drafts))
                if set(_sold(answer.drafts)) - set(sales.sold):
                    sales = _Sales(self._problem, answer.drafts, even=even)
                continue
            fits = True
            if self.best is None or self._missed(answer) < self._missed(self.best):
                self.best = answer
            if tax >= limit * _USED or not caps:
                break
            low, most_next = aim, aim * _STRETCH
            aim = (aim + high) / 2 if high is not None else min(aim * limit / tax, most_next) if tax else most_next


def _explained(
    problem: Problem,
    first: Answer,
    best: Answer,
    wanted: Mapping[str, Decimal],
    limit: Decimal,
    missed: Callable[[Answer], Decimal],
) -> Answer:
    """Say what is not sold; the bound is that of the plan without a limit, which no limit can improve."""
    sold = _sold(best.drafts)
    for code, amount in wanted.items():
        if (rest := amount - sold.get(code, ZERO)) > 0:
            best.skip("", code, rest, reasons.over_max_tax(limit, problem.household.base_currency))
    if first.gap_to_bound is None:
        return best
    gap = float(missed(best) - missed(first)) + first.gap_to_bound
    return replace(best, gap_to_bound=max(gap * (1 + _ROUNDING), 0.0))


def _sold(drafts: Sequence[Draft]) -> Amounts:
    sold: Amounts = {}
    for draft in drafts:
        if draft.action is Action.SELL:
            sold[draft.position.target.code] = sold.get(draft.position.target.code, ZERO) + draft.amount_base
    return sold


def _larger(one: Amounts, other: Amounts) -> Amounts:
    return {code: max(one.get(code, ZERO), other.get(code, ZERO)) for code in {**one, **other}}


@dataclass(frozen=True)
class _Sale:
    """An asset's sale: amount, tax for each unit of it, and the weight with which it is missed."""

    amount: float
    rate: float
    weight: float


class _Sales:
    """The sales of a plan, and how much of each is left under a limit on their tax."""

    def __init__(self, problem: Problem, drafts: Sequence[Draft], *, even: bool) -> None:
        self._problem, self._even = problem, even
        sells = [d for d in netted_taxes(drafts, problem.policy) if d.action is Action.SELL and d.amount_base]
        # Where it is taxed most, less is sold first.
        self._drafts = sorted(sells, key=lambda d: (d.tax or ZERO) / d.amount_base, reverse=True)
        self.sold = _sold(self._drafts)
        taxes = dict.fromkeys(self.sold, ZERO)
        for draft in self._drafts:
            taxes[draft.position.target.code] += draft.tax or ZERO
        total = float(problem.valuation.total) or 1.0
        weights = {t.code: float(t.weight) for t in problem.assets}
        self._sales = {
            code: _Sale(
                float(amount),
                float(taxes[code] / amount),
                weights[code] or _UNWANTED * float(amount) / total,
            )
            for code, amount in self.sold.items()
            if amount
        }
        bought = {d.position.target.code for d in drafts if d.action is Action.BUY}
        self._buying = math.fsum(weights[code] for code in bought) or 1.0

    def caps(self, limit: Decimal) -> Amounts:
        """Most to sell of each asset that is to be sold less, so that the tax is within the limit."""
        low, high = 0.0, 1.0
        while self._tax(high) > limit and high < 1e30:
            low, high = high, high * 8
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._tax(middle) <= limit else (middle, high)
        left = _sold(self._left(high))
        return {code: left.get(code, ZERO) for code, kept in self._kept(high).items() if kept > 0}

    def _kept(self, price: float) -> dict[str, float]:
        """What is kept of each asset at a price of tax; the price of cash follows from what is then not bought."""
        if not self._even:
            return self._most_taxed(price)
        low, high = 0.0, max((price * sale.rate for sale in self._sales.values()), default=0.0)
        for _ in range(_CASH_HALVINGS):
            cash = (low + high) / 2
            lacking = 2 * math.fsum(self._at(price, cash).values()) / self._buying
            low, high = (cash, high) if lacking > cash else (low, cash)
        return self._at(price, high)

    def _most_taxed(self, amount: float) -> dict[str, float]:
        """Keep an amount of what is taxed most."""
        kept = {}
        for code, sale in sorted(self._sales.items(), key=lambda item: -item[1].rate):
            kept[code] = min(amount, sale.amount) if sale.rate > 0 else 0.0
            amount -= kept[code]
        return kept

    def _at(self, price: float, cash: float) -> dict[str, float]:
        return {
            code: min(max(price * sale.rate - cash, 0.0) * sale.weight / 2, sale.amount)
            for code, sale in self._sales.items()
        }

    def _tax(self, price: float) -> Decimal:
        """The exact tax of the sales that are left at a price of tax."""
        return total_tax(self._problem, self._left(price))

    def _left(self, price: float) -> list[Draft]:
        """The sales that are left at a price of tax, in whole units."""
        kept = {code: Decimal(amount) for code, amount in self._kept(price).items()}
        left: list[Draft] = []
        for draft in self._drafts:
            code = draft.position.target.code
            less = min(kept.get(code, ZERO), draft.amount_base)
            kept[code] = kept.get(code, ZERO) - less
            part = self._part(draft, 1 - less / draft.amount_base) if less else draft
            if part is not None:
                left.append(part)
        return left

    def _part(self, draft: Draft, part: Decimal) -> Draft | None:
        if draft.position.by_amount or draft.units is None:
            amount = floor_money(draft.amount_base * part, draft.position.base)
            less = draft_amount(draft.position, Action.SELL, amount) if amount > 0 else None
        else:
            units = floor_units(draft.units * part)
            less = draft_units(draft.position, Action.SELL, units) if units else None
        return None if less is None else with_tax(less, self._problem.policy.tax)
