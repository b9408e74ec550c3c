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
# Purchases of one asset after another while money is spent; each takes as many units as help about equally.
_MOST_PURCHASES = 2_000
_PURCHASES_OF_A_LEG = 40
_ABOUT = 0.1
_MANY = 16
_HALF = 0.5


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
    position = Position(model, [round_leg(model, leg, value) for leg, value in zip(model.legs, moved, strict=True)])
    keep_to_wants(position)
    trim(position)
    return position


def keep_to_wants(position: Position) -> None:
    """Several accounts that each round a sale up may sell a unit too many."""
    model = position.model
    for number, asset in enumerate(model.assets):
        for index in reversed(asset.legs):
            leg, count = model.legs[index], position.steps[index]
            over = position.moved[number] - asset.most - leg.hair
            if over > 0 and count > leg.lowest:
                stays = max(count - math.ceil(over / leg.unit), leg.lowest)
                position.set(index, stays if stays >= leg.least else leg.lowest)


def round_leg(model: Model, leg: Leg, value: float, *, nearest: bool = False) -> int:
    """Return whole steps for a value: sales, and what is ``nearest``, to the nearest one, purchases down."""
    exact = value / leg.unit
    up = (nearest or model.assets[leg.asset].selling) and not leg.fine
    steps = math.floor(exact + 0.5) if up else math.floor(exact + _ALMOST)
    steps = min(max(steps, leg.lowest), leg.highest)
    if steps >= leg.least or steps == leg.lowest:
        return steps
    return leg.least if nearest and 2 * exact >= leg.least and leg.least <= leg.highest else leg.lowest


def trim(position: Position) -> None:
    """Give back the purchases that cost least to miss until every account can pay and keeps its cap."""
    model = position.model
    for account, legs in enumerate(model.legs_by_account):
        buys = [i for i in legs if not model.assets[model.legs[i].asset].selling]
        for capped in (True, False):
            own = [i for i in buys if model.legs[i].risky] if capped else buys
            spare = [i for i in own if position.steps[i] > model.legs[i].lowest]
            while spare and (position.rooms if capped else position.left)[account] < 0:
                index = max(spare, key=lambda i: (model.legs[i].fine, position.gain(i, -_back(position, i, capped))))
                position.set(index, position.steps[index] - _back(position, index, capped))
                spare = [i for i in spare if position.steps[i] > model.legs[i].lowest]


def _back(position: Position, index: int, capped: bool) -> int:
    """How many steps of a leg free what is missing; an order that falls below its minimum goes in full."""
    leg, count = position.model.legs[index], position.steps[index]
    short = position.rooms[leg.account] if capped else position.left[leg.account]
    each = (leg.weight_of_risk if capped else leg.pull) * leg.unit
    steps = min(count - leg.lowest, max(1, math.ceil(-short / each))) if each > 0 else count - leg.lowest
    return steps if count - steps >= leg.least else count - leg.lowest


def sell_what_is_missing(position: Position) -> None:
    """Sell in each account until it can pay and keeps its cap, what helps most (or costs least) first."""
    model = position.model
    for account, legs in enumerate(model.legs_by_account):
        sales = [i for i in legs if model.assets[model.legs[i].asset].selling]
        for capped in (True, False):
            steps = {index: _relief(position, index, capped) for index in sales}
            while (position.rooms if capped else position.left)[account] < 0 and any(steps.values()):
                index = max((i for i in sales if steps[i]), key=lambda i: position.gain(i, steps[i]) / steps[i])
                position.set(index, position.steps[index] + steps[index])
                steps = {index: _relief(position, index, capped) for index in sales}


def _relief(position: Position, index: int, capped: bool) -> int:
    """How many more steps of a sale bring what is missing, or a part of it; 0 where none may be sold or none helps."""
    leg, count = position.model.legs[index], position.steps[index]
    asset = position.model.assets[leg.asset]
    short = position.rooms[leg.account] if capped else position.left[leg.account]
    each = -(leg.weight_of_risk if capped else leg.pull) * leg.unit
    room = math.floor((asset.most + leg.hair - position.moved[leg.asset]) / leg.unit)
    most = min(leg.highest - count, room)
    if each <= 0 or short >= 0 or most <= 0:
        return 0
    steps = min(max(math.ceil(-short / each), leg.least - count), most)
    return steps if count + steps >= leg.least else 0


def improve(position: Position) -> None:
    """Improve a position until no single step and no trade of steps within an account helps."""
    spend(position)
    for _ in range(_MOST_IMPROVEMENTS):
        traded = [_trade_in(position, legs) for legs in position.model.legs_by_account]
        if not any(traded):
            return
        spend(position)


def spend(position: Position) -> None:
    """Take the step that helps most, again and again, while the money lasts; then use up money in fine steps.

    Of cheap units many are taken at once, as long as each helps about as much as the next asset's would.
    """
    heap = [(-gain, index) for index in range(len(position.steps)) if (gain := _next_gain(position, index)) > 0]
    heapq.heapify(heap)
    for _ in range(_MOST_PURCHASES + _PURCHASES_OF_A_LEG * len(position.steps)):
        if not heap:
            break
        promised, index = heapq.heappop(heap)
        gain = _next_gain(position, index)
        if gain <= 0:
            continue
        if gain < -promised:
            heapq.heappush(heap, (-gain, index))
            continue
        position.set(index, position.steps[index] + _so_many(position, index, -heap[0][0] if heap else 0.0))
        heapq.heappush(heap, (-gain, index))
    refill(position)


def _so_many(position: Position, index: int, other: float) -> int:
    """Steps to take at once: until one helps less than ``other``, or a tenth less when there are many."""
    leg, change = position.model.legs[index], _next_steps(position, index)
    if change > 1 or not position.fits(index, change + 1):
        return change
    asset = position.model.assets[leg.asset]
    gap, square = asset.want - position.moved[leg.asset], leg.unit * leg.unit
    # The n-th further step helps by (2 * unit * gap - (2 * n - 1) * unit^2) / weight.
    least = other * (1 - _ABOUT) * asset.weight
    most = math.floor(((2 * leg.unit * gap - least) / square + 1) / 2)
    if most <= _MANY:
        return change
    most = min(most, leg.highest - position.steps[index])
    if leg.pull > 0:
        most = min(most, int(position.left[leg.account] / (leg.pull * leg.unit)))
    if leg.weight_of_risk > 0:
        most = min(most, int(position.rooms[leg.account] / (leg.weight_of_risk * leg.unit)))
    while most > 1 and not (position.fits(index, most) and position.gain(index, most) > 0):
        most -= max(most // 16, 1)
    return max(most, 1)


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


def refill(position: Position, *, anyway: bool = False) -> None:
    """Set the fine legs to what the money left over allows; whole steps, and which orders there are, stay.

    The position stays as it was when that does not improve it, unless it is to be done ``anyway``.
    """
    before, missed = list(position.steps), position.missed
    off = {i for i, leg in enumerate(position.model.legs) if leg.least > 1 and position.steps[i] <= leg.lowest}
    if _refill(position, off) and not anyway and (position.missed > missed or not position.is_sound):
        position.restore(before)


def settle_money(position: Position) -> None:
    """Set the orders in money anew beside the whole steps: each is off, or at its minimum trade or above.

    What comes out below its minimum is raised to it or given up, whichever is nearer, the nearest first.
    """
    legs = position.model.legs
    off: set[int] = set()
    least: set[int] = set()
    while True:
        moved = _money(position, off, least)
        small = {
            index: value / legs[index].least
            for index, value in moved.items()
            if index not in least and legs[index].lowest < value < legs[index].least * (1 - _ALMOST)
        }
        if not small:
            break
        nearest = sorted(small, key=lambda i: (-abs(small[i] - _HALF), i))
        for index in nearest[: max(1, len(small) // 3)]:
            (least if small[index] >= _HALF else off).add(index)
    for index, value in moved.items():
        position.set(index, round_leg(position.model, legs[index], value))
    keep_to_wants(position)
    trim(position)
    _last_units(position, list(moved))


def _money(position: Position, off: set[int], least: set[int]) -> dict[int, float]:
    """The best fractions of the legs in money, some of them off and some at least at their minimum."""
    model, limits = position.model, full_limits(position.model)
    low = [count * leg.unit for leg, count in zip(model.legs, position.steps, strict=True)]
    high = list(low)
    fine = [i for i, leg in enumerate(model.legs) if leg.fine and leg.highest > leg.lowest]
    for index in fine:
        low[index] = min(float(model.legs[index].least), limits.high[index]) if index in least else limits.low[index]
        high[index] = limits.low[index] if index in off else limits.high[index]
    moved = relax(model, Limits(low, high)).moved
    return {index: moved[index] for index in fine}


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
        position.set(index, round_leg(model, model.legs[index], moved[index]))
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
    account = model.legs[give[0]].account
    if position.left[account] + change < 0:
        return False
    if model.rooms[account] is None:
        return True
    taken = position.taken(*give) + position.taken(*take)
    return taken <= 0 or taken <= position.rooms[account]
