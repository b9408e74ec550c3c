"""From the verdict to drafts of orders: what must be sold, then the best plan for the rest.

``answer_problem`` is the seam: another planner takes a ``Problem`` and returns an ``Answer``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action, TriggerKind
from xlrebal.domain.policy import Method
from xlrebal.domain.quantities import ZERO, minor_unit, round_money
from xlrebal.engine import reasons
from xlrebal.engine.goals import Goals, cash_goals, full_goals, stages
from xlrebal.engine.least_tax import total_tax, with_least_tax
from xlrebal.engine.problem import Answer, held_back
from xlrebal.engine.programme import Programme, may_buy
from xlrebal.engine.sells import raise_cash, sell_unwanted
from xlrebal.engine.taxes import netted_taxes
from xlrebal.engine.triggers import drift_is_due
from xlrebal.engine.valuation import with_cash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from xlrebal.domain.plan import Trigger
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.terms import Draft
    from xlrebal.engine.valuation import Valuation

# Halvings of an amount until the tax fits: enough to come within a thousandth of it.
_CAP_TRIALS = 11


def answer_problem(problem: Problem, trigger: Trigger) -> Answer:
    """Return the drafts of orders for a verdict."""
    method = problem.policy.method
    if not trigger.due or method is Method.CASH_ONLY:
        return _with_cash_alone(problem)
    if method is Method.AUTO and trigger.kind in (TriggerKind.DRIFT, TriggerKind.BAND):
        answer = _with_cash_alone(problem)
        after = value_after(problem, answer.drafts)
        if answer.drafts and not drift_is_due(after, problem.household, problem.policy):
            return answer
    return _with_sells(problem)


def _with_cash_alone(problem: Problem) -> Answer:
    """Nothing is sold but for a withdrawal, and a withdrawal buys nothing."""
    answer = Answer()
    raise_cash(problem, answer)
    return _best(problem, cash_goals(problem), answer, _paying_out(problem))


def _paying_out(problem: Problem) -> frozenset[str]:
    """Names of the accounts that money is taken from: all of them when it is taken from the household."""
    household = problem.household
    everywhere = problem.policy.new_cash < 0
    return frozenset(
        a.name for a in household.accounts if everywhere or a.contribution < 0 or problem.valuation.cash[a.name] < 0
    )


def _with_sells(problem: Problem) -> Answer:
    goals, limit = full_goals(problem), problem.policy.max_tax
    answer = _sell_and_buy(problem, goals, {})
    return answer if limit is None else _within_tax(problem, goals, answer, limit)


def _sell_and_buy(problem: Problem, goals: Goals, caps: Mapping[str, Decimal]) -> Answer:
    answer = Answer()
    sells = {code: min(amount, caps.get(code, amount)) for code, amount in goals.sells.items()}
    sell_unwanted(problem, answer, caps)
    raise_cash(problem, answer)
    return _best(problem, replace(goals, sells={c: a for c, a in sells.items() if a > 0}), answer, frozenset())


def _within_tax(problem: Problem, goals: Goals, answer: Answer, limit: Decimal) -> Answer:
    """Sell less of what is taxed most for its amount, asset after asset, until the tax stays within the limit."""
    caps: dict[str, Decimal] = {}
    wanted = _sold(answer)
    while total_tax(problem, answer.drafts) > limit:
        code = _most_taxed(problem, answer, caps)
        if code is None:
            break
        # Selling less of one asset may let the plan sell another, which the first plan left alone.
        low, high = ZERO, wanted.setdefault(code, _sold(answer)[code])
        for _ in range(_CAP_TRIALS):
            middle = round_money((low + high) / 2, problem.household.base_currency)
            fits = total_tax(problem, _sell_and_buy(problem, goals, caps | {code: middle}).drafts) <= limit
            low, high = (middle, high) if fits else (low, middle)
        caps[code] = low
        answer = _sell_and_buy(problem, goals, caps)
    sold = _sold(answer)
    for code in caps:
        if (rest := wanted[code] - sold.get(code, ZERO)) > 0:
            answer.skip("", code, rest, reasons.over_max_tax(limit, problem.household.base_currency))
    return answer


def _sold(answer: Answer) -> dict[str, Decimal]:
    sold: dict[str, Decimal] = {}
    for draft in answer.drafts:
        if draft.action is Action.SELL:
            sold[draft.terms.target.code] = sold.get(draft.terms.target.code, ZERO) + draft.amount_base
    return sold


def _most_taxed(problem: Problem, answer: Answer, caps: Mapping[str, Decimal]) -> str | None:
    """The asset whose sale costs most tax for its amount and is not capped yet."""
    sold = _sold(answer)
    taxes = dict.fromkeys(sold, ZERO)
    for draft in netted_taxes(answer.drafts, problem.policy):
        if draft.action is Action.SELL:
            taxes[draft.terms.target.code] += draft.tax or ZERO
    open_codes = [code for code, tax in taxes.items() if tax > 0 and code not in caps]
    return max(open_codes, key=lambda code: (taxes[code] / sold[code], code), default=None)


def _best(problem: Problem, goals: Goals, answer: Answer, no_buys: frozenset[str]) -> Answer:
    forced = {draft.terms.key: draft for draft in answer.drafts}
    goals = _without_sold(problem, goals, answer, no_buys)
    answer.no_buys = no_buys
    programme, plan = Programme(problem, answer.drafts, no_buys), stages(problem, goals)
    for stage in plan:
        solution = programme.run(stage)
    if len(plan) == 1:
        answer.gap_to_bound = 0.0 if solution.proven else solution.missed - solution.bound
        answer.gap_to_bound *= float(minor_unit(problem.household.base_currency)) ** 2
    drafts = with_least_tax(problem, programme.drafts, frozenset(forced))
    answer.drafts[:] = [d.because(_reason(problem, d, forced.get(d.terms.key))) for d in drafts]
    return answer


def _without_sold(problem: Problem, goals: Goals, answer: Answer, no_buys: frozenset[str]) -> Goals:
    """The goals without purchases of what must be sold: a plan never both sells and buys an asset."""
    selling = {draft.terms.target.code for draft in answer.drafts}
    for target in (t for t in problem.assets if t.code in selling and not held_back(problem, t, Action.BUY)):
        wanted = max(goals.first.get(target.code, ZERO), goals.gaps.get(target.code, ZERO))
        buyers = [t for t in problem.terms_of(target.code) if t.account.name not in no_buys and may_buy(t.account, t)]
        if wanted > 0 and buyers:
            answer.skip("", target.code, wanted, reasons.sold_by_this_plan())
    first = {code: amount for code, amount in goals.first.items() if code not in selling}
    return replace(goals, first=first, gaps={code: gap for code, gap in goals.gaps.items() if code not in selling})


def _reason(problem: Problem, draft: Draft, forced: Draft | None) -> str:
    if draft.action is Action.BUY:
        return reasons.buy(problem, draft.terms.target)
    if forced is not None and forced.reason:
        return forced.reason
    return reasons.sell(problem, draft.terms.target)


def value_after(problem: Problem, drafts: Sequence[Draft]) -> Valuation:
    """Return the household's values once the orders are executed, costs and withheld tax paid."""
    before = problem.valuation
    held, values, cash = dict(before.held), dict(before.values), dict(before.cash)
    for draft in drafts:
        name, code = draft.terms.key
        change = draft.amount_base if draft.action == "BUY" else -draft.amount_base
        held[name, code] = held.get((name, code), ZERO) + change
        values[code] += change
        cash[name] += draft.cash
    return with_cash(replace(before, held=held, values=values), cash)
