"""Relax, round, improve, prove."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.engine.solver import whole_totals
from xlrebal.engine.solver.branch_and_bound import SAME, is_uniform, prove
from xlrebal.engine.solver.diving import dive, polish
from xlrebal.engine.solver.exchanges import hand_to_money
from xlrebal.engine.solver.lower_bound import ascend
from xlrebal.engine.solver.model import Candidate
from xlrebal.engine.solver.per_account import improve_accounts
from xlrebal.engine.solver.relaxation import full_limits, relax
from xlrebal.engine.solver.rounding import (
    first_position,
    improve,
    keep_to_wants,
    sell_what_is_missing,
    settle_money,
    spend,
)

if TYPE_CHECKING:
    from xlrebal.engine.solver.model import Model, Variable

# Work is counted, not timed, so that every machine stops at the same plan. An ordinary household (twenty assets in
# three accounts) is searched long; a large one for as long as a person does not notice.
_ORDINARY = 130
_WORK_ORDINARY = 80_000
_WORK_LARGE = 10_000
# Accounts over their cap for which both ways are searched: nothing risky bought, or back under the cap.
_MOST_CHOICES = 4


@dataclass(frozen=True)
class Solution:
    """A plan in steps.

    Attributes:
        steps: Steps of each variable.
        missed: Objective, sum((want - moved)^2 / weight).
        bound: What no plan can fall below, where it was worked out.
        proven: True when no plan is better.

    """

    steps: tuple[int, ...]
    missed: float
    bound: float
    proven: bool


def solve(model: Model) -> Solution:
    """Return the best plan of a programme, or the best one found with a bound on what a better one could be."""
    if not model.variables:
        missed = model.missed([0.0] * len(model.assets))
        return Solution((), missed, missed, proven=True)
    cases, complete = _cases(model)
    found: list[tuple[Candidate | None, float]] = []
    for case in cases:
        known = min((candidate.missed for candidate, _ in found if candidate is not None), default=math.inf)
        found.append(_solve_case(case, len(cases), known))
    plans = [candidate for candidate, _ in found if candidate is not None]
    if not plans:
        return Solution(tuple(variable.lowest for variable in model.variables), 0.0, 0.0, proven=False)
    best = min(plans, key=lambda candidate: candidate.missed)
    missed = best.missed
    bound = min(bound for _, bound in found) if complete else _root_bound(_uncapped(model), missed)
    return Solution(tuple(best.steps), missed, min(bound, missed), bound >= missed * (1 - SAME))


def _solve_case(model: Model, cases: int, known: float) -> tuple[Candidate | None, float]:
    """Return the best plan found of a programme whose caps count whatever is bought, and a bound."""
    start = _start(model)
    if start is None:
        return None, _root_bound(model, model.missed([0.0] * len(model.assets)))
    improve(start)
    single = len(model.cash) == 1
    prices = relax(model, full_limits(model)).prices
    if not single:
        start = _best_of_several(model, start, cases)
        root = ascend(model, prices, start.missed).bound()
        if root >= start.missed * (1 - SAME):
            return start, root
    work = (_WORK_ORDINARY if len(model.variables) <= _ORDINARY else _WORK_LARGE) // cases
    if is_uniform(model) and (single or all(room is None for room in model.headroom)):
        proof = prove(model, start, prices, work // 2)
        if proof.bound >= proof.candidate.missed * (1 - SAME):
            return proof.candidate, proof.bound
        start, lowest = proof.candidate, proof.bound
    else:
        lowest = 0.0
    bounded = whole_totals.search(model, start, prices, work // 2, known)
    return bounded.candidate, max(bounded.bound, lowest)


def _best_of_several(model: Model, start: Candidate, cases: int) -> Candidate:
    """Improve two starts over all accounts and return the better one."""
    improve_accounts(start)
    other = dive(model, cases)
    if other.is_sound:
        improve(other)
        improve_accounts(other)
        start = min(start, other, key=lambda candidate: candidate.missed)
    polish(start, cases)
    handed = Candidate(model, start.steps)
    if hand_to_money(handed, [asset.variables for asset in model.assets]) and handed.steps != start.steps:
        settle_money(handed)
        if handed.is_sound:
            spend(handed)
        polish(handed, cases)
        start = min(start, handed, key=lambda one: (not one.is_sound, one.missed))
    return start


def _start(model: Model) -> Candidate | None:
    """Return a sound candidate to improve, or None when none is found."""
    start = first_position(model)
    if not start.is_sound:
        sell_what_is_missing(start)
    if start.is_sound:
        return start
    variables, assets = model.variables, model.assets
    sold = [min(variable.highest, int(assets[variable.asset].most / variable.unit + 0.25)) for variable in variables]
    most = [
        max(s, variable.lowest) if assets[variable.asset].selling else variable.lowest
        for variable, s in zip(variables, sold, strict=True)
    ]
    for steps in (most, [variable.lowest for variable in variables]):
        start = Candidate(model, steps)
        keep_to_wants(start)
        sell_what_is_missing(start)
        if start.is_sound:
            return start
    return None


def _root_bound(model: Model, missed: float) -> float:
    prices = relax(model, full_limits(model)).prices
    return max(ascend(model, prices, missed).bound(), 0.0)


def _uncapped(model: Model) -> Model:
    return replace(model, headroom=tuple(None for _ in model.headroom))


def _cases(model: Model) -> tuple[list[Model], bool]:
    """Return programmes, and whether they hold every plan together.

    An account's cap counts when something risky is bought in it. Where the account may end above its cap, plans that
    buy something risky there and stay under the cap are searched apart from those that buy nothing risky.
    """
    cases, complete = [_within_means(_without_the_unpayable(model))], True
    for account, room in enumerate(model.headroom):
        if room is None:
            continue
        tests = _tests(model, account, room)
        if len(cases) * len(tests) > 2**_MOST_CHOICES:
            tests, complete = tests[:1], False
        cases = [_tested(case, account, counts=counts) for case in cases for counts in tests]
    return cases, complete


def _without_the_unpayable(model: Model) -> Model:
    """An account whose missing cash no sale can bring buys nothing, and its sales are free to be made or not."""
    cash, variables = list(model.cash), list(model.variables)
    for account, indices in enumerate(model.variables_by_account):
        sales = [variables[i] for i in indices if model.assets[variables[i].asset].selling]
        if cash[account] < 0 and cash[account] + sum(variable.cash(variable.highest) for variable in sales) < 0:
            for index in indices:
                if not model.assets[variables[index].asset].selling:
                    variables[index] = replace(variables[index], highest=variables[index].lowest)
            cash[account] = -sum(variables[i].cash(variables[i].lowest) for i in indices if variables[i].lowest)
    return replace(model, cash=tuple(cash), variables=tuple(variables))


def _within_means(model: Model) -> Model:
    """No purchase is larger than what its account has and can raise."""
    variables = list(model.variables)
    for account, indices in enumerate(model.variables_by_account):
        sales = [variables[i] for i in indices if model.assets[variables[i].asset].selling]
        buys = [i for i in indices if not model.assets[variables[i].asset].selling]
        means = model.cash[account] + math.fsum(
            max(-variable.cash_per_value, 0.0) * variable.most + variable.rounding_slack for variable in sales
        )
        means += math.fsum(variables[i].cash(variables[i].lowest) for i in buys if variables[i].lowest)
        for index in buys:
            variable = variables[index]
            most = variable.lowest + max(
                math.floor((means + variable.rounding_slack) / (variable.cash_per_value * variable.unit)), 0
            )
            highest = max(min(variable.highest, most), variable.lowest)
            variables[index] = replace(variable, highest=highest if highest >= variable.least else variable.lowest)
    return replace(model, variables=tuple(variables))


def _tests(model: Model, account: int, room: int) -> list[bool]:
    """Whether the cap is to be kept (True), nothing risky to be bought (False), or both are to be looked at."""
    variables = [variable for variable in model.variables if variable.account == account and variable.highest]
    risky = [variable for variable in variables if variable.risky]
    if account in model.tested or any(variable.lowest for variable in risky):
        return [True]
    if not risky:
        return [False]
    others = [_room_of(variable, variable.highest) for variable in variables if not variable.risky]
    if room - sum(max(taken, 0) for taken in others) >= 0:
        return [True]
    smallest = min(_room_of(variable, max(variable.least, 1)) for variable in risky)
    return [False] if room - sum(min(taken, 0) for taken in others) < smallest else [False, True]


def _room_of(variable: Variable, count: int) -> int:
    return variable.room(count) if variable.room is not None else 0


def _tested(model: Model, account: int, *, counts: bool) -> Model:
    """The programme with one account's cap kept, or without it and without risky purchases in the account."""
    if counts:
        return model
    variables = [
        replace(variable, highest=variable.lowest) if variable.risky and variable.account == account else variable
        for variable in model.variables
    ]
    headroom = [None if number == account else room for number, room in enumerate(model.headroom)]
    return replace(model, variables=tuple(variables), headroom=tuple(headroom))
