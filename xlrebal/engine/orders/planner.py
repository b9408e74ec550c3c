"""From the verdict to drafts of orders: what must be sold, then the best plan for the rest.

``answer_problem`` is the seam: another planner takes a ``Problem`` and returns an ``Answer``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.plan import TriggerKind
from xlrebal.domain.policy import Method
from xlrebal.domain.quantities import ZERO, minor_unit
from xlrebal.engine.orders import reasons
from xlrebal.engine.orders.forced_sales import raise_cash, sell_unwanted
from xlrebal.engine.orders.goals import Goals, cash_goals, full_goals, stages
from xlrebal.engine.orders.model_builder import ModelBuilder, may_buy
from xlrebal.engine.orders.tax_limit import within_tax
from xlrebal.engine.orders.tax_location import with_least_tax
from xlrebal.engine.problem import Answer, held_back
from xlrebal.engine.today.triggers import drift_is_due
from xlrebal.engine.today.valuation import with_cash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from xlrebal.domain.message import Message
    from xlrebal.domain.plan import Trigger
    from xlrebal.engine.position import Draft
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.today.valuation import Valuation


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
    if limit is None:
        return answer
    return within_tax(
        problem, answer, limit, lambda caps: _sell_and_buy(problem, goals, caps), lambda one: _missed(problem, one)
    )


def _missed(problem: Problem, answer: Answer) -> Decimal:
    """The objective of a plan: squared base currency over target weight."""
    after, total = value_after(problem, answer.drafts), problem.valuation.total
    wanted = [t for t in problem.household.targets if t.weight]
    return sum(((after.values[t.code] - t.weight * total) ** 2 / t.weight for t in wanted), ZERO)


def _sell_and_buy(problem: Problem, goals: Goals, caps: Mapping[str, Decimal]) -> Answer:
    answer = Answer()
    sells = {code: min(amount, caps.get(code, amount)) for code, amount in goals.sells.items()}
    sell_unwanted(problem, answer, caps)
    raise_cash(problem, answer)
    return _best(problem, replace(goals, sells={c: a for c, a in sells.items() if a > 0}), answer, frozenset())


def _best(problem: Problem, goals: Goals, answer: Answer, no_buys: frozenset[str]) -> Answer:
    forced = {draft.position.key: draft for draft in answer.drafts}
    goals = _without_sold(problem, goals, answer, no_buys)
    answer.no_buys = no_buys
    programme, plan = ModelBuilder(problem, answer.drafts, no_buys), stages(problem, goals)
    for stage in plan:
        solution = programme.run(stage)
    if len(plan) == 1:
        answer.gap_to_bound = 0.0 if solution.proven else solution.missed - solution.bound
        answer.gap_to_bound *= float(minor_unit(problem.household.base_currency)) ** 2
    drafts = with_least_tax(problem, programme.drafts, frozenset(forced))
    answer.drafts[:] = [d.because(_reason(problem, d, forced.get(d.position.key))) for d in drafts]
    return answer


def _without_sold(problem: Problem, goals: Goals, answer: Answer, no_buys: frozenset[str]) -> Goals:
    """The goals without purchases of what must be sold: a plan never both sells and buys an asset."""
    selling = {draft.position.target.code for draft in answer.drafts}
    for target in (t for t in problem.assets if t.code in selling and not held_back(problem, t, Action.BUY)):
        wanted = max(goals.first.get(target.code, ZERO), goals.gaps.get(target.code, ZERO))
        buyers = [
            t for t in problem.positions_of(target.code) if t.account.name not in no_buys and may_buy(t.account, t)
        ]
        if wanted > 0 and buyers:
            answer.skip("", target.code, wanted, reasons.sold_by_this_plan())
    first = {code: amount for code, amount in goals.first.items() if code not in selling}
    return replace(goals, first=first, gaps={code: gap for code, gap in goals.gaps.items() if code not in selling})


def _reason(problem: Problem, draft: Draft, forced: Draft | None) -> Message:
    if draft.action is Action.BUY:
        return reasons.buy(problem.valuation, draft.position.target)
    if forced is not None and forced.reason:
        return forced.reason
    return reasons.sell(problem.valuation, draft.position.target, problem.policy.rebalance_to)


def value_after(problem: Problem, drafts: Sequence[Draft]) -> Valuation:
    """Return the household's values once the orders are executed, costs and withheld tax paid."""
    before = problem.valuation
    held, values, cash = dict(before.held), dict(before.values), dict(before.cash)
    for draft in drafts:
        name, code = draft.position.key
        change = draft.amount_base if draft.action is Action.BUY else -draft.amount_base
        held[name, code] = held.get((name, code), ZERO) + change
        values[code] += change
        cash[name] += draft.cash
    return with_cash(replace(before, held=held, values=values), cash)
