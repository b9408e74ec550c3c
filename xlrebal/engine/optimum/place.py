"""From fractions to steps: round down, spend what is left where it helps most, then trade steps against each other."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from xlrebal.engine.optimum.model import Position
from xlrebal.engine.optimum.relax import MANY_LEGS, Limits, full_limits, relax

if TYPE_CHECKING:
    from xlrebal.engine.optimum.model import Leg, Model

_ALMOST = 1e-6
# Trades of one step against another are tried among this many legs of an account, those that gain or lose least.
_SHORTLIST = 24
_MOST_IMPROVEMENTS = 400


def first_position(model: Model) -> Position:
    """Return a good position: the fractions rounded, orders below the minimum trade given up one by one."""
    limits = full_limits(model)
    high = list(limits.high)
    least = [leg.least * leg.unit * (1 - _ALMOST) if leg.least > 1 else 0.0 for leg in model.legs]
    while True:
        moved = relax(model, Limits(limits.low, high)).moved
        small = [i for i, value in enumerate(moved) if 0 < value < least[i]]
        if not small:
            break
        # The worst go at once, so that a household of a thousand assets needs few rounds.
        small.sort(key=lambda i: moved[i] / least[i])
        for index in small[: max(1, len(small) * (3 if len(model.legs) > MANY_LEGS else 2) // 4)]:
            high[index] = 0.0
    position = Position(model, [_rounded(model, leg, value) for leg, value in zip(model.legs, moved, strict=True)])
    _keep_to_wants(position)
    trim(position)
    return position


def _keep_to_wants(position: Position) -> None:
    """Several accounts that each round a sale up may sell a unit too many."""
    model = position.model
    for number, asset in enumerate(model.assets):
        for index in reversed(asset.legs):
            while position.moved[number] > asset.most + 0.5 and position.steps[index] > model.legs[index].lowest:
                position.set(index, position.steps[index] - 1)


def _rounded(model: Model, leg: Leg, value: float) -> int:
    exact = value / leg.unit
    selling = model.assets[leg.asset].selling and not leg.fine
    steps = math.floor(exact + 0.5) if selling else math.floor(exact + _ALMOST)
    steps = min(max(steps, leg.lowest), leg.highest)
    return steps if steps >= leg.least or steps == leg.lowest else leg.lowest


def trim(position: Position) -> None:
    """Give back the purchases that cost least to miss until every account can pay."""
    model = position.model
    for account, legs in enumerate(model.legs_by_account):
        buys = [i for i in legs if not model.assets[model.legs[i].asset].selling]
        while position.left[account] < 0:
            spare = [i for i in buys if position.steps[i] > model.legs[i].lowest]
            if not spare:
                break
            index = max(spare, key=lambda i: (model.legs[i].fine, position.gain(i, -_back(position, i))))
            position.set(index, position.steps[index] - _back(position, index))


def _back(position: Position, index: int) -> int:
    """How many steps of a leg free the cash that is missing; an order that falls below its minimum goes in full."""
    leg, count = position.model.legs[index], position.steps[index]
    need = -position.left[leg.account]
    steps = min(count - leg.lowest, max(1, math.ceil(need / (leg.pull * leg.unit))))
    return steps if count - steps >= leg.least else count - leg.lowest


def improve(position: Position) -> None:
    """Improve a position until no single step and no trade of steps within an account helps."""
    spend(position)
    for _ in range(_MOST_IMPROVEMENTS):
        traded = [_trade_in(position, legs) for legs in position.model.legs_by_account]
        if not any(traded):
            return
        spend(position)


def spend(position: Position) -> None:
    """Take the step that helps most, again and again, while the money lasts; then use up money in fine steps."""
    heap = [(-gain, index) for index in range(len(position.steps)) if (gain := _next_gain(position, index)) > 0]
    heapq.heapify(heap)
    while heap:
        promised, index = heapq.heappop(heap)
        gain = _next_gain(position, index)
        if gain <= 0:
            continue
        if gain < -promised:
            heapq.heappush(heap, (-gain, index))
            continue
        position.set(index, position.steps[index] + _next_steps(position, index))
        heapq.heappush(heap, (-gain, index))
    refill(position)


def _next_steps(position: Position, index: int) -> int:
    leg, count = position.model.legs[index], position.steps[index]
    return max(1, leg.least - count)


def _next_gain(position: Position, index: int) -> float:
    leg = position.model.legs[index]
    if leg.fine:
        return 0.0
    change = _next_steps(position, index)
    if position.steps[index] + change > leg.highest:
        return 0.0
    gain = position.gain(index, change)
    return gain if gain > 0 and position.fits(index, change) else 0.0


def refill(position: Position) -> None:
    """Set the fine legs to what the money left over allows; whole steps, and which orders there are, stay."""
    before, missed = list(position.steps), position.missed
    off = {i for i, leg in enumerate(position.model.legs) if leg.least > 1 and position.steps[i] <= leg.lowest}
    if _refill(position, off) and (position.missed > missed or not position.is_sound):
        position.restore(before)


def fill_money(position: Position, on: set[int], off: set[int]) -> None:
    """Set the fine legs of assets for a decision which of them are bought at all."""
    legs = position.model.legs
    _refill(position, {i for i, leg in enumerate(legs) if leg.asset in off}, on)


def _refill(position: Position, off: set[int], on: set[int] = frozenset()) -> bool:  # type: ignore[assignment]
    model = position.model
    fine = [i for i, leg in enumerate(model.legs) if leg.fine and leg.highest > leg.lowest]
    low = [count * leg.unit for leg, count in zip(model.legs, position.steps, strict=True)]
    high, limits = list(low), full_limits(model)
    for index in fine:
        leg = model.legs[index]
        alone = leg.asset in on and len(model.assets[leg.asset].legs) == 1
        low[index] = max(limits.low[index], float(leg.least) if alone else 0.0)
        high[index] = limits.low[index] if index in off else limits.high[index]
    moved = relax(model, Limits(low, high)).moved
    for index in fine:
        position.set(index, _rounded(model, model.legs[index], moved[index]))
    trim(position)
    _last_units(position, fine)
    return bool(fine)


def _last_units(position: Position, fine: list[int]) -> None:
    """The few minor units that rounding left over go to the fine legs that miss most."""
    for account in range(len(position.left)):
        legs = [i for i in fine if position.model.legs[i].account == account]
        for index in sorted(legs, key=lambda i: -position.gain(i, 1)):
            leg = position.model.legs[index]
            open_step = max(leg.least - 1, leg.lowest) < position.steps[index] < leg.highest
            if open_step and position.gain(index, 1) > 0 and position.fits(index, 1):
                position.set(index, position.steps[index] + 1)


def _trade_in(position: Position, legs: list[int]) -> bool:
    """Make the best trade of steps within an account: one that frees cash for one that uses it."""
    best, found = 1e-12 * position.missed, None
    freeing = _nearest(position, [move for i in legs for move in _moves(position, i, frees=True)])
    using = _nearest(position, [move for i in legs for move in _moves(position, i, frees=False)])
    costs = [position.cost(*move) for move in using]
    gains = [position.gain(*move) for move in using]
    for give in freeing:
        freed, lost = -position.cost(*give), -position.gain(*give)
        for take, cost, gain in zip(using, costs, gains, strict=True):
            if gain - lost > best and take[0] != give[0] and _can_trade(position, give, take, freed - cost):
                best, found = gain - lost, (give, take)
    for index, change in found or ():
        position.set(index, position.steps[index] + change)
    return found is not None


def _nearest(position: Position, moves: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(moves) <= _SHORTLIST:
        return moves
    return sorted(moves, key=lambda move: (abs(position.gain(*move)), move))[:_SHORTLIST]


def _moves(position: Position, index: int, *, frees: bool) -> list[tuple[int, int]]:
    """Small changes of a leg that free cash, or that use it."""
    leg, count = position.model.legs[index], position.steps[index]
    if leg.fine:
        return []
    if position.model.assets[leg.asset].selling == frees:
        step = max(1, leg.least - count)
        changes = [c for c in (step, step + 1) if count + c <= leg.highest]
        return [(index, c) for c in changes if position.wants(index, c)]
    if count <= leg.lowest:
        return []
    stays = count - 1 >= max(leg.least, leg.lowest)
    return [(index, -1 if stays else leg.lowest - count)]


def _can_trade(position: Position, give: tuple[int, int], take: tuple[int, int], change: int) -> bool:
    model = position.model
    legs = [(model.legs[index], count) for index, count in (give, take)]
    account = legs[0][0].account
    if position.left[account] + change < 0:
        return False
    risk = math.fsum(count * leg.unit * leg.weight_of_risk for leg, count in legs)
    return model.rooms[account] is None or risk <= max(position.rooms[account], 0.0)
