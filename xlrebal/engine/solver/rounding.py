"""From fractions to steps: round down, spend what is left where it helps most, then trade steps against each other."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from xlrebal.engine.solver.model import Candidate
from xlrebal.engine.solver.relaxation import MANY_LEGS, Limits, full_limits, relax

if TYPE_CHECKING:
    from xlrebal.engine.solver.model import Model, Variable

_ALMOST = 1e-6
# Trades of one step against another are tried among this many variables of an account, those that gain or lose least.
_SHORTLIST = 24
_MOST_IMPROVEMENTS = 400
# Purchases of one asset after another while money is spent; each takes as many units as help about equally.
_MOST_PURCHASES = 2_000
_PURCHASES_OF_A_LEG = 40
_ABOUT = 0.1
_MANY = 16
_HALF = 0.5


def first_position(model: Model) -> Candidate:
    """Return a good candidate: the fractions rounded, orders below the minimum trade given up one by one."""
    limits = full_limits(model)
    high = list(limits.high)
    least = [
        variable.least * variable.unit * (1 - _ALMOST) if variable.least > 1 else 0.0 for variable in model.variables
    ]
    while True:
        moved = relax(model, Limits(limits.low, high)).moved
        small = [i for i, value in enumerate(moved) if 0 < value < least[i]]
        if not small:
            break
        # The worst go at once, so that a household of a thousand assets needs few rounds.
        small.sort(key=lambda i: moved[i] / least[i])
        for index in small[: max(1, len(small) * (3 if len(model.variables) > MANY_LEGS else 2) // 4)]:
            high[index] = 0.0
    candidate = Candidate(
        model, [round_leg(model, variable, value) for variable, value in zip(model.variables, moved, strict=True)]
    )
    keep_to_wants(candidate)
    trim(candidate)
    return candidate


def keep_to_wants(candidate: Candidate) -> None:
    """Several accounts that each round a sale up may sell a unit too many."""
    model = candidate.model
    for number, asset in enumerate(model.assets):
        for index in reversed(asset.variables):
            variable, count = model.variables[index], candidate.steps[index]
            over = candidate.moved[number] - asset.most - variable.hair
            if over > 0 and count > variable.lowest:
                stays = max(count - math.ceil(over / variable.unit), variable.lowest)
                candidate.set(index, stays if stays >= variable.least else variable.lowest)


def round_leg(model: Model, variable: Variable, value: float, *, nearest: bool = False) -> int:
    """Return whole steps for a value: sales, and what is ``nearest``, to the nearest one, purchases down."""
    exact = value / variable.unit
    up = (nearest or model.assets[variable.asset].selling) and not variable.fine
    steps = math.floor(exact + 0.5) if up else math.floor(exact + _ALMOST)
    steps = min(max(steps, variable.lowest), variable.highest)
    if steps >= variable.least or steps == variable.lowest:
        return steps
    return (
        variable.least
        if nearest and 2 * exact >= variable.least and variable.least <= variable.highest
        else variable.lowest
    )


def trim(candidate: Candidate) -> None:
    """Give back the purchases that cost least to miss until every account can pay and keeps its cap."""
    model = candidate.model
    for account, variables in enumerate(model.variables_by_account):
        buys = [i for i in variables if not model.assets[model.variables[i].asset].selling]
        for capped in (True, False):
            own = [i for i in buys if model.variables[i].risky] if capped else buys
            spare = [i for i in own if candidate.steps[i] > model.variables[i].lowest]
            while spare and (candidate.headroom if capped else candidate.left)[account] < 0:
                index = max(
                    spare, key=lambda i: (model.variables[i].fine, candidate.gain(i, -_back(candidate, i, capped)))
                )
                candidate.set(index, candidate.steps[index] - _back(candidate, index, capped))
                spare = [i for i in spare if candidate.steps[i] > model.variables[i].lowest]


def _back(candidate: Candidate, index: int, capped: bool) -> int:
    """How many steps of a variable free what is missing; an order that falls below its minimum goes in full."""
    variable, count = candidate.model.variables[index], candidate.steps[index]
    short = candidate.headroom[variable.account] if capped else candidate.left[variable.account]
    each = (variable.weight_of_risk if capped else variable.cash_per_value) * variable.unit
    steps = min(count - variable.lowest, max(1, math.ceil(-short / each))) if each > 0 else count - variable.lowest
    return steps if count - steps >= variable.least else count - variable.lowest


def sell_what_is_missing(candidate: Candidate) -> None:
    """Sell in each account until it can pay and keeps its cap, what helps most (or costs least) first."""
    model = candidate.model
    for account, variables in enumerate(model.variables_by_account):
        sales = [i for i in variables if model.assets[model.variables[i].asset].selling]
        for capped in (True, False):
            steps = {index: _relief(candidate, index, capped) for index in sales}
            while (candidate.headroom if capped else candidate.left)[account] < 0 and any(steps.values()):
                index = max((i for i in sales if steps[i]), key=lambda i: candidate.gain(i, steps[i]) / steps[i])
                candidate.set(index, candidate.steps[index] + steps[index])
                steps = {index: _relief(candidate, index, capped) for index in sales}


def _relief(candidate: Candidate, index: int, capped: bool) -> int:
    """How many more steps of a sale bring what is missing, or a part of it; 0 where none may be sold or none helps."""
    variable, count = candidate.model.variables[index], candidate.steps[index]
    asset = candidate.model.assets[variable.asset]
    short = candidate.headroom[variable.account] if capped else candidate.left[variable.account]
    each = -(variable.weight_of_risk if capped else variable.cash_per_value) * variable.unit
    room = math.floor((asset.most + variable.hair - candidate.moved[variable.asset]) / variable.unit)
    most = min(variable.highest - count, room)
    if each <= 0 or short >= 0 or most <= 0:
        return 0
    steps = min(max(math.ceil(-short / each), variable.least - count), most)
    return steps if count + steps >= variable.least else 0


def improve(candidate: Candidate) -> None:
    """Improve a candidate until no single step and no trade of steps within an account helps."""
    spend(candidate)
    for _ in range(_MOST_IMPROVEMENTS):
        traded = [_trade_in(candidate, variables) for variables in candidate.model.variables_by_account]
        if not any(traded):
            return
        spend(candidate)


def spend(candidate: Candidate) -> None:
    """Take the step that helps most, again and again, while the money lasts; then use up money in fine steps.

    Of cheap units many are taken at once, as long as each helps about as much as the next asset's would.
    """
    heap = [(-gain, index) for index in range(len(candidate.steps)) if (gain := _next_gain(candidate, index)) > 0]
    heapq.heapify(heap)
    for _ in range(_MOST_PURCHASES + _PURCHASES_OF_A_LEG * len(candidate.steps)):
        if not heap:
            break
        promised, index = heapq.heappop(heap)
        gain = _next_gain(candidate, index)
        if gain <= 0:
            continue
        if gain < -promised:
            heapq.heappush(heap, (-gain, index))
            continue
        candidate.set(index, candidate.steps[index] + _so_many(candidate, index, -heap[0][0] if heap else 0.0))
        heapq.heappush(heap, (-gain, index))
    refill(candidate)


def _so_many(candidate: Candidate, index: int, other: float) -> int:
    """Steps to take at once: until one helps less than ``other``, or a tenth less when there are many."""
    variable, change = candidate.model.variables[index], _next_steps(candidate, index)
    if change > 1 or not candidate.fits(index, change + 1):
        return change
    asset = candidate.model.assets[variable.asset]
    gap, square = asset.want - candidate.moved[variable.asset], variable.unit * variable.unit
    # The n-th further step helps by (2 * unit * gap - (2 * n - 1) * unit^2) / weight.
    least = other * (1 - _ABOUT) * asset.weight
    most = math.floor(((2 * variable.unit * gap - least) / square + 1) / 2)
    if most <= _MANY:
        return change
    most = min(most, variable.highest - candidate.steps[index])
    if variable.cash_per_value > 0:
        most = min(most, int(candidate.left[variable.account] / (variable.cash_per_value * variable.unit)))
    if variable.weight_of_risk > 0:
        most = min(most, int(candidate.headroom[variable.account] / (variable.weight_of_risk * variable.unit)))
    while most > 1 and not (candidate.fits(index, most) and candidate.gain(index, most) > 0):
        most -= max(most // 16, 1)
    return max(most, 1)


def _next_steps(candidate: Candidate, index: int) -> int:
    variable, count = candidate.model.variables[index], candidate.steps[index]
    return max(1, variable.least - count)


def _next_gain(candidate: Candidate, index: int) -> float:
    variable = candidate.model.variables[index]
    if variable.fine:
        return 0.0
    change = _next_steps(candidate, index)
    if candidate.steps[index] + change > variable.highest:
        return 0.0
    gain = candidate.gain(index, change)
    return gain if gain > 0 and candidate.fits(index, change) else 0.0


def refill(candidate: Candidate, *, anyway: bool = False) -> None:
    """Set the fine variables to what the money left over allows; whole steps, and which orders there are, stay.

    The candidate stays as it was when that does not improve it, unless it is to be done ``anyway``.
    """
    before, missed = list(candidate.steps), candidate.missed
    off = {
        i
        for i, variable in enumerate(candidate.model.variables)
        if variable.least > 1 and candidate.steps[i] <= variable.lowest
    }
    if _refill(candidate, off) and not anyway and (candidate.missed > missed or not candidate.is_sound):
        candidate.restore(before)


def settle_money(candidate: Candidate) -> None:
    """Set the orders in money anew beside the whole steps: each is off, or at its minimum trade or above.

    What comes out below its minimum is raised to it or given up, whichever is nearer, the nearest first.
    """
    variables = candidate.model.variables
    off: set[int] = set()
    least: set[int] = set()
    while True:
        moved = _money(candidate, off, least)
        small = {
            index: value / variables[index].least
            for index, value in moved.items()
            if index not in least and variables[index].lowest < value < variables[index].least * (1 - _ALMOST)
        }
        if not small:
            break
        nearest = sorted(small, key=lambda i: (-abs(small[i] - _HALF), i))
        for index in nearest[: max(1, len(small) // 3)]:
            (least if small[index] >= _HALF else off).add(index)
    for index, value in moved.items():
        candidate.set(index, round_leg(candidate.model, variables[index], value))
    keep_to_wants(candidate)
    trim(candidate)
    _last_units(candidate, list(moved))


def _money(candidate: Candidate, off: set[int], least: set[int]) -> dict[int, float]:
    """The best fractions of the variables in money, some of them off and some at least at their minimum."""
    model, limits = candidate.model, full_limits(candidate.model)
    low = [count * variable.unit for variable, count in zip(model.variables, candidate.steps, strict=True)]
    high = list(low)
    fine = [i for i, variable in enumerate(model.variables) if variable.fine and variable.highest > variable.lowest]
    for index in fine:
        low[index] = (
            min(float(model.variables[index].least), limits.high[index]) if index in least else limits.low[index]
        )
        high[index] = limits.low[index] if index in off else limits.high[index]
    moved = relax(model, Limits(low, high)).moved
    return {index: moved[index] for index in fine}


def fill_money(candidate: Candidate, on: set[int], off: set[int]) -> None:
    """Set the fine variables of assets for a decision which of them are bought at all."""
    variables = candidate.model.variables
    _refill(candidate, {i for i, variable in enumerate(variables) if variable.asset in off}, on)


def _refill(candidate: Candidate, off: set[int], on: set[int] = frozenset()) -> bool:  # type: ignore[assignment]
    model = candidate.model
    fine = [i for i, variable in enumerate(model.variables) if variable.fine and variable.highest > variable.lowest]
    low = [count * variable.unit for variable, count in zip(model.variables, candidate.steps, strict=True)]
    high, limits = list(low), full_limits(model)
    for index in fine:
        variable = model.variables[index]
        alone = variable.asset in on and len(model.assets[variable.asset].variables) == 1
        low[index] = max(limits.low[index], float(variable.least) if alone else 0.0)
        high[index] = limits.low[index] if index in off else limits.high[index]
    moved = relax(model, Limits(low, high)).moved
    for index in fine:
        candidate.set(index, round_leg(model, model.variables[index], moved[index]))
    trim(candidate)
    _last_units(candidate, fine)
    return bool(fine)


def _last_units(candidate: Candidate, fine: list[int]) -> None:
    """The few minor units that rounding left over go to the fine variables that miss most."""
    for account in range(len(candidate.left)):
        variables = [i for i in fine if candidate.model.variables[i].account == account]
        for index in sorted(variables, key=lambda i: -candidate.gain(i, 1)):
            variable = candidate.model.variables[index]
            open_step = max(variable.least - 1, variable.lowest) < candidate.steps[index] < variable.highest
            if open_step and candidate.gain(index, 1) > 0 and candidate.fits(index, 1):
                candidate.set(index, candidate.steps[index] + 1)


def _trade_in(candidate: Candidate, variables: list[int]) -> bool:
    """Make the best trade of steps within an account: one that frees cash for one that uses it."""
    best, found = 1e-12 * candidate.missed, None
    freeing = _nearest(candidate, [move for i in variables for move in _moves(candidate, i, frees=True)])
    using = _nearest(candidate, [move for i in variables for move in _moves(candidate, i, frees=False)])
    costs = [candidate.cost(*move) for move in using]
    gains = [candidate.gain(*move) for move in using]
    for give in freeing:
        freed, lost = -candidate.cost(*give), -candidate.gain(*give)
        for take, cost, gain in zip(using, costs, gains, strict=True):
            if gain - lost > best and take[0] != give[0] and _can_trade(candidate, give, take, freed - cost):
                best, found = gain - lost, (give, take)
    for index, change in found or ():
        candidate.set(index, candidate.steps[index] + change)
    return found is not None


def _nearest(candidate: Candidate, moves: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(moves) <= _SHORTLIST:
        return moves
    return sorted(moves, key=lambda move: (abs(candidate.gain(*move)), move))[:_SHORTLIST]


def _moves(candidate: Candidate, index: int, *, frees: bool) -> list[tuple[int, int]]:
    """Small changes of a variable that free cash, or that use it."""
    variable, count = candidate.model.variables[index], candidate.steps[index]
    if variable.fine:
        return []
    if candidate.model.assets[variable.asset].selling == frees:
        step = max(1, variable.least - count)
        changes = [c for c in (step, step + 1) if count + c <= variable.highest]
        return [(index, c) for c in changes if candidate.wants(index, c)]
    if count <= variable.lowest:
        return []
    stays = count - 1 >= max(variable.least, variable.lowest)
    return [(index, -1 if stays else variable.lowest - count)]


def _can_trade(candidate: Candidate, give: tuple[int, int], take: tuple[int, int], change: int) -> bool:
    model = candidate.model
    account = model.variables[give[0]].account
    if candidate.left[account] + change < 0:
        return False
    if model.headroom[account] is None:
        return True
    taken = candidate.taken(*give) + candidate.taken(*take)
    return taken <= 0 or taken <= candidate.headroom[account]
