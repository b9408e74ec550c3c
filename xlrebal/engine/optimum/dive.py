"""Round one leg after the other, the coarsest first, and let the rest make up for it each time.

Rounding everything at once leaves money idle in every account, and what one account cannot do is not done by
another. A dive fixes one leg at a whole number and solves the fractions of all the others anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.engine.optimum.model import Position
from xlrebal.engine.optimum.place import keep_to_wants, refill, round_leg, settle_money, spend, trim
from xlrebal.engine.optimum.relax import Limits, full_limits, relax

if TYPE_CHECKING:
    from xlrebal.engine.optimum.model import Model

_ALMOST = 1e-6
# Legs times solutions of a dive.
_WORK = 6_000
_WORK_OF_POLISH = 4_000
# With orders in money that are on or off, each change takes about as long as so many others.
_SWITCHED = 4
_BETTER = 1e-9


def dive(model: Model, part: int = 1) -> Position:
    """Return a position in which the legs were rounded one after the other; it need not be sound.

    ``part`` divides the work.
    """
    limits = full_limits(model)
    low, high = list(limits.low), list(limits.high)
    for number, leg in enumerate(model.legs):
        if high[number] < leg.least * leg.unit * (1 - _ALMOST):
            high[number] = low[number]
    order = sorted(range(len(model.legs)), key=lambda i: (model.legs[i].fine, -_weight(model, i), i))
    left = _WORK // len(model.legs) // part
    moved = relax(model, Limits(low, high)).moved
    while left > 0:
        index = next((i for i in order if not _is_whole(model, i, moved[i])), None)
        if index is None:
            break
        leg = model.legs[index]
        beside = any(model.legs[i].fine and moved[i] < high[i] for i in model.assets[leg.asset].legs)
        steps = round_leg(model, leg, moved[index], nearest=not beside)
        while steps > leg.lowest and steps * leg.unit > limits.high[index] + leg.unit / 2:
            steps = leg.lowest if steps - 1 < leg.least else steps - 1
        if leg.fine:
            # Below the minimum trade: all or nothing, and then what is best above it.
            low[index], high[index] = (0.0, 0.0) if moved[index] * 2 < leg.least else (float(leg.least), high[index])
        else:
            low[index] = high[index] = steps * leg.unit
        moved = relax(model, Limits(low, high)).moved
        left -= 1
    position = Position(model, [round_leg(model, leg, m) for leg, m in zip(model.legs, moved, strict=True)])
    keep_to_wants(position)
    trim(position)
    spend(position)
    return position


def polish(position: Position, part: int = 1) -> None:
    """Try a step more and a step less of every whole leg, with the orders in money set anew each time.

    ``part`` divides the work.
    """
    model = position.model
    if not any(leg.fine for leg in model.legs):
        return
    whole = [i for i, leg in enumerate(model.legs) if not leg.fine and leg.highest > leg.lowest]
    whole.sort(key=lambda i: (-_weight(model, i), i))
    switched = [i for i, leg in enumerate(model.legs) if leg.fine and max(leg.lowest, 1) < leg.least <= leg.highest]
    left, improved = _WORK_OF_POLISH // len(model.legs) // (_SWITCHED if switched else 1) // part, True
    while improved and left > 0:
        improved = False
        for index in (*whole, *switched):
            for step in (-1, 1) if index not in switched else (0,):
                left -= 1
                improved = _changed(position, index, step) or improved
            if left <= 0:
                break


def _changed(position: Position, index: int, step: int) -> bool:
    """Change a leg, set the money anew, spend the rest; go back unless the plan is better."""
    leg, before, missed = position.model.legs[index], list(position.steps), position.missed
    if not step:
        return _switched(position, index)
    count = before[index] + step
    if leg.lowest < count < leg.least:
        count = leg.lowest if step < 0 else leg.least
    if not leg.lowest <= count <= leg.highest or not position.wants(index, min(count - before[index], 0)):
        return False
    position.set(index, count)
    for anew in (False, True):
        if anew:
            settle_money(position)
        else:
            refill(position, anyway=True)
        if _completed(position, missed):
            return True
        if not any(other.fine and other.least > 1 for other in position.model.legs):
            break
    position.restore(before)
    return False


def _switched(position: Position, index: int) -> bool:
    """Give up an order in money, or place one of the minimum; set the others anew; go back unless that is better."""
    leg, before, missed = position.model.legs[index], list(position.steps), position.missed
    position.set(index, leg.least if before[index] <= leg.lowest else leg.lowest)
    refill(position, anyway=True)
    if _completed(position, missed):
        return True
    position.restore(before)
    return False


def _completed(position: Position, missed: float) -> bool:
    """Take back what no asset wants, spend the rest; return whether the plan misses less than it did."""
    keep_to_wants(position)
    if position.is_sound:
        spend(position)
    return position.is_sound and position.missed < missed * (1 - _BETTER)


def _weight(model: Model, index: int) -> float:
    leg = model.legs[index]
    return leg.unit * leg.unit / model.assets[leg.asset].weight


def _is_whole(model: Model, index: int, value: float) -> bool:
    """Whether a leg has whole steps, and none or at least its minimum."""
    leg = model.legs[index]
    steps = value / leg.unit
    if leg.fine:
        return steps <= leg.lowest + 0.5 or steps >= leg.least - 0.5
    near = round(steps)
    return abs(steps - near) <= _ALMOST * max(1.0, near) and (near == leg.lowest or near >= leg.least)
