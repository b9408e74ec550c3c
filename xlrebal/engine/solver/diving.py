"""Round one variable after the other, the coarsest first, and let the rest make up for it each time.

Rounding everything at once leaves money idle in every account, and what one account cannot do is not done by
another. A dive fixes one variable at a whole number and solves the fractions of all the others anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.engine.solver.model import Candidate
from xlrebal.engine.solver.relaxation import Limits, full_limits, relax
from xlrebal.engine.solver.rounding import keep_to_wants, refill, round_leg, settle_money, spend, trim

if TYPE_CHECKING:
    from xlrebal.engine.solver.model import Model

_ALMOST = 1e-6
# Variables times solutions of a dive.
_WORK = 6_000
_WORK_OF_POLISH = 4_000
# With orders in money that are on or off, each change takes about as long as so many others.
_SWITCHED = 4
_BETTER = 1e-9


def dive(model: Model, part: int = 1) -> Candidate:
    """Return a candidate in which the variables were rounded one after the other; it need not be sound.

    ``part`` divides the work.
    """
    limits = full_limits(model)
    low, high = list(limits.low), list(limits.high)
    for number, variable in enumerate(model.variables):
        if high[number] < variable.least * variable.unit * (1 - _ALMOST):
            high[number] = low[number]
    order = sorted(range(len(model.variables)), key=lambda i: (model.variables[i].fine, -_weight(model, i), i))
    left = _WORK // len(model.variables) // part
    moved = relax(model, Limits(low, high)).moved
    while left > 0:
        index = next((i for i in order if not _is_whole(model, i, moved[i])), None)
        if index is None:
            break
        variable = model.variables[index]
        beside = any(model.variables[i].fine and moved[i] < high[i] for i in model.assets[variable.asset].variables)
        steps = round_leg(model, variable, moved[index], nearest=not beside)
        while steps > variable.lowest and steps * variable.unit > limits.high[index] + variable.unit / 2:
            steps = variable.lowest if steps - 1 < variable.least else steps - 1
        if variable.fine:
            # Below the minimum trade: all or nothing, and then what is best above it.
            low[index], high[index] = (
                (0.0, 0.0) if moved[index] * 2 < variable.least else (float(variable.least), high[index])
            )
        else:
            low[index] = high[index] = steps * variable.unit
        moved = relax(model, Limits(low, high)).moved
        left -= 1
    candidate = Candidate(
        model, [round_leg(model, variable, m) for variable, m in zip(model.variables, moved, strict=True)]
    )
    keep_to_wants(candidate)
    trim(candidate)
    spend(candidate)
    return candidate


def polish(candidate: Candidate, part: int = 1) -> None:
    """Try a step more and a step less of every whole variable, with the orders in money set anew each time.

    ``part`` divides the work.
    """
    model = candidate.model
    if not any(variable.fine for variable in model.variables):
        return
    whole = [
        i for i, variable in enumerate(model.variables) if not variable.fine and variable.highest > variable.lowest
    ]
    whole.sort(key=lambda i: (-_weight(model, i), i))
    switched = [
        i
        for i, variable in enumerate(model.variables)
        if variable.fine and max(variable.lowest, 1) < variable.least <= variable.highest
    ]
    left, improved = _WORK_OF_POLISH // len(model.variables) // (_SWITCHED if switched else 1) // part, True
    while improved and left > 0:
        improved = False
        for index in (*whole, *switched):
            for step in (-1, 1) if index not in switched else (0,):
                left -= 1
                improved = _changed(candidate, index, step) or improved
            if left <= 0:
                break


def _changed(candidate: Candidate, index: int, step: int) -> bool:
    """Change a variable, set the money anew, spend the rest; go back unless the plan is better."""
    variable, before, missed = candidate.model.variables[index], list(candidate.steps), candidate.missed
    if not step:
        return _switched(candidate, index)
    count = before[index] + step
    if variable.lowest < count < variable.least:
        count = variable.lowest if step < 0 else variable.least
    if not variable.lowest <= count <= variable.highest or not candidate.wants(index, min(count - before[index], 0)):
        return False
    candidate.set(index, count)
    for anew in (False, True):
        if anew:
            settle_money(candidate)
        else:
            refill(candidate, anyway=True)
        if _completed(candidate, missed):
            return True
        if not any(other.fine and other.least > 1 for other in candidate.model.variables):
            break
    candidate.restore(before)
    return False


def _switched(candidate: Candidate, index: int) -> bool:
    """Give up an order in money, or place one of the minimum; set the others anew; go back unless that is better."""
    variable, before, missed = candidate.model.variables[index], list(candidate.steps), candidate.missed
    candidate.set(index, variable.least if before[index] <= variable.lowest else variable.lowest)
    refill(candidate, anyway=True)
    if _completed(candidate, missed):
        return True
    candidate.restore(before)
    return False


def _completed(candidate: Candidate, missed: float) -> bool:
    """Take back what no asset wants, spend the rest; return whether the plan misses less than it did."""
    keep_to_wants(candidate)
    if candidate.is_sound:
        spend(candidate)
    return candidate.is_sound and candidate.missed < missed * (1 - _BETTER)


def _weight(model: Model, index: int) -> float:
    variable = model.variables[index]
    return variable.unit * variable.unit / model.assets[variable.asset].weight


def _is_whole(model: Model, index: int, value: float) -> bool:
    """Whether a variable has whole steps, and none or at least its minimum."""
    variable = model.variables[index]
    steps = value / variable.unit
    if variable.fine:
        return steps <= variable.lowest + 0.5 or steps >= variable.least - 0.5
    near = round(steps)
    return abs(steps - near) <= _ALMOST * max(1.0, near) and (near == variable.lowest or near >= variable.least)
