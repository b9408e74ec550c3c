"""From the verdict to drafts of orders: sells first, then buys that the cash covers.

``answer_problem`` is the seam: another planner takes a ``Problem`` and returns an ``Answer``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.plan import TriggerKind
from xlrebal.domain.policy import Method
from xlrebal.domain.quantities import ZERO
from xlrebal.engine.buys import plan_buys
from xlrebal.engine.goals import cash_goals, full_goals
from xlrebal.engine.problem import Answer
from xlrebal.engine.sells import plan_sells, raise_cash
from xlrebal.engine.triggers import drift_is_due

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlrebal.domain.plan import Trigger
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.terms import Draft
    from xlrebal.engine.valuation import Valuation


def answer_problem(problem: Problem, trigger: Trigger) -> Answer:
    """Return the drafts of orders for a verdict."""
    method = problem.policy.method
    if not trigger.due or method is Method.CASH_ONLY:
        return _with_cash_alone(problem)
    if method is Method.AUTO and trigger.kind in (TriggerKind.DRIFT, TriggerKind.BAND):
        answer = _with_cash_alone(problem)
        after = value_after(problem, answer.drafts)
        if answer.drafts and not drift_is_due(after, problem.household.targets, problem.policy):
            return answer
    return _with_sells(problem)


def _with_cash_alone(problem: Problem) -> Answer:
    answer = Answer()
    raise_cash(problem, answer)
    plan_buys(problem, cash_goals(problem.household, problem.valuation), answer)
    return answer


def _with_sells(problem: Problem) -> Answer:
    answer = Answer()
    goals = full_goals(problem.household, problem.policy, problem.valuation)
    plan_sells(problem, goals.sells, answer)
    raise_cash(problem, answer)
    plan_buys(problem, goals, answer)
    return answer


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
    values[CASH] = sum(cash.values(), ZERO)
    return replace(before, held=held, values=values, cash=cash, total=sum(values.values(), ZERO))
