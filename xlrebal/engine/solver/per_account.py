"""One account at a time: with the others as they are, an account's plan is a small programme that is solved exactly.

Several accounts together have far more plans than can be searched. A good plan is reached by solving each account in
turn until none improves, and by handing purchases of one account over to another and solving both again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.engine.solver.branch_and_bound import SAME, prove
from xlrebal.engine.solver.model import Asset, Candidate, Model, Variable
from xlrebal.engine.solver.rounding import first_position, improve

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORK_OF_AN_ACCOUNT = 3_000
# Programmes of single accounts that are solved before the plan must be good enough, by the number of variables.
_MOST_SOLVED = ((30, 120), (80, 40), (400, 3))


def improve_accounts(candidate: Candidate) -> None:
    """Improve a candidate of several accounts; the limits count work, so that every machine stops at the same plan."""
    left = next((most for variables, most in _MOST_SOLVED if len(candidate.model.variables) <= variables), 0)
    accounts = range(len(candidate.model.cash))
    improved = True
    while improved and left > 0:
        improved = False
        for account in accounts:
            improved = _solve_account(candidate, account) or improved
            left -= 1
        if not improved:
            improved, left = _hand_over(candidate, left)


def _hand_over(candidate: Candidate, left: int) -> tuple[bool, int]:
    for index, other, count in list(_handovers(candidate)):
        if left <= 0:
            break
        before, missed = list(candidate.steps), candidate.missed
        candidate.set(index, candidate.steps[index] - count)
        candidate.set(other, candidate.steps[other] + count)
        for variable in (candidate.model.variables[index], candidate.model.variables[other]):
            _put_best(candidate, variable.account)
        left -= 2
        if candidate.is_sound and candidate.missed < missed * (1 - SAME):
            return True, left
        candidate.restore(before)
    return False, left


def _handovers(candidate: Candidate) -> Iterator[tuple[int, int, int]]:
    """All of a variable's steps, or one of them, to another account that may trade the asset: largest steps first."""
    model = candidate.model
    order = sorted(range(len(model.variables)), key=lambda i: (-model.variables[i].unit, i))
    for index in order:
        variable = model.variables[index]
        spare = candidate.steps[index] - variable.lowest
        if spare <= 0 or variable.fine:
            continue
        for other in model.assets[variable.asset].variables:
            twin = model.variables[other]
            if other == index or twin.unit != variable.unit:
                continue
            for count in sorted({1, spare // 2, spare} - {0}):
                stays = candidate.steps[index] - count
                enough = candidate.steps[other] + count >= twin.least and (
                    stays >= variable.least or stays == variable.lowest
                )
                if enough and candidate.steps[other] + count <= twin.highest:
                    yield index, other, count


def _solve_account(candidate: Candidate, account: int) -> bool:
    """Solve one account, the others as they are; return whether the plan got better."""
    before, missed = list(candidate.steps), candidate.missed
    _put_best(candidate, account)
    if candidate.is_sound and candidate.missed < missed * (1 - SAME):
        return True
    candidate.restore(before)
    return False


def _put_best(candidate: Candidate, account: int) -> None:
    """Give one account its own best steps, the others as they are."""
    model, indices = _account_model(candidate, account)
    if not indices:
        return
    start = first_position(model)
    improve(start)
    found = prove(model, start, [1.0], _WORK_OF_AN_ACCOUNT).candidate if start.is_sound else start
    for index, count in zip(indices, found.steps, strict=True):
        candidate.set(index, count)


def _account_model(candidate: Candidate, account: int) -> tuple[Model, list[int]]:
    whole = candidate.model
    indices = [i for i, variable in enumerate(whole.variables) if variable.account == account]
    assets: list[Asset] = []
    variables: list[Variable] = []
    kept: list[int] = []
    for index in indices:
        variable, asset = whole.variables[index], whole.assets[whole.variables[index].asset]
        elsewhere = candidate.moved[variable.asset] - candidate.steps[index] * variable.unit
        most = asset.most - elsewhere
        highest = max(variable.lowest, min(variable.highest, round(most / variable.unit)))
        if highest < variable.least and highest > variable.lowest:
            highest = variable.lowest
        if highest == 0:
            continue
        want = max(asset.want - elsewhere, 0.0)
        variables.append(replace(variable, asset=len(assets), account=0, highest=highest))
        assets.append(
            Asset(want, asset.weight, asset.selling, (len(variables) - 1,), max(most, highest * variable.unit))
        )
        kept.append(index)
    others = [i for i in set(indices) - set(kept) if candidate.steps[i]]
    cash = whole.cash[account] + sum(whole.variables[i].cash(candidate.steps[i]) for i in others)
    return Model(tuple(assets), tuple(variables), (cash,), (whole.headroom[account],)), kept
