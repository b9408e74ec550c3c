"""Bring accounts into balance by trading units of several assets against each other at once.

Two accounts that both trade an asset can share its total out in many ways, and every way moves another amount of cash
between them. Over a few assets these amounts lie so close together that nearly any amount can be moved: all ways for
some of the assets are held against all ways for the others, and the pair is taken that leaves one account least above
zero. One account after the other gives what it has over, or gets what it lacks, until the last one has it all.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlrebal.engine.solver.model import Candidate

# Ways for one half of the assets, and of one asset.
_MOST_WAYS = 1_500
_MOST_WAYS_OF_AN_ASSET = 300
# Steps on either side of the present ones that are looked at for them.
_MOST_LOOKS = 1_000
# Pairs after the best one that are looked at when a cap does not allow it.
_FURTHER = 4

# Change of cash here, there, of room here, there, and the steps of the variables.
_Way = tuple[int, int, int, int, tuple[tuple[int, int], ...]]


def balance(candidate: Candidate, variables: Sequence[Sequence[int]]) -> int:
    """Share the totals out anew so that no account is overdrawn; return how many ways were looked at.

    Args:
        candidate: A choice of steps whose totals stay.
        variables: The whole variables of each asset that may change.

    """
    shared = _shared(candidate, variables)
    rest, looked = list(range(len(candidate.left))), 0
    while len(rest) > 1:
        giver = min(rest, key=lambda a: (max(_many(candidate, shared.get((a, b), [])) for b in rest if b != a), a))
        rest.remove(giver)
        taker = max(rest, key=lambda b: (_many(candidate, shared.get((giver, b), [])), candidate.left[b], -b))
        looked += _settle(candidate, giver, taker, shared.get((giver, taker), []))
        if candidate.left[giver] < 0 or min(candidate.headroom) < 0:
            break
    return looked


def hand_to_money(candidate: Candidate, variables: Sequence[Sequence[int]]) -> int:
    """Hand cash that accounts without orders in money cannot use to those that have them; return the ways looked at.

    Where an asset trades in units here and in money there, units move against as much money.
    """
    model = candidate.model
    with_money = {
        variable.account for variable in model.variables if variable.fine and variable.highest > variable.lowest
    }
    shared, looked = _shared(candidate, variables), 0
    for giver in range(len(candidate.left)):
        takers = [b for b in with_money if (giver, b) in shared]
        if giver not in with_money and candidate.left[giver] > 0 and takers:
            taker = max(takers, key=lambda b: (_many(candidate, shared[giver, b]), -b))
            looked += _settle(candidate, giver, taker, shared[giver, taker])
    return looked


def _shared(candidate: Candidate, variables: Sequence[Sequence[int]]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The pairs of variables that two accounts share, in both directions."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    model = candidate.model
    for own in variables:
        for one in own:
            for other in own:
                if one != other and not model.variables[one].fine:
                    key = model.variables[one].account, model.variables[other].account
                    found.setdefault(key, []).append((one, other))
    return found


def _many(candidate: Candidate, pairs: list[tuple[int, int]]) -> int:
    """About how many ways there are to share the totals of some pairs of variables."""
    return math.prod(len(_counts(candidate, *pair)) for pair in pairs)


def _counts(candidate: Candidate, one: int, other: int) -> range:
    """What one of two variables may have while their total stays, minimum trades aside."""
    variable, twin = candidate.model.variables[one], candidate.model.variables[other]
    mine, yours, each = candidate.steps[one], candidate.steps[other], variable.unit / twin.unit
    low, high = math.ceil((yours - twin.highest) / each), math.floor((yours - twin.lowest) / each)
    return range(max(variable.lowest, mine + low), min(variable.highest, mine + high) + 1)


def _settle(candidate: Candidate, here: int, there: int, pairs: list[tuple[int, int]]) -> int:
    """Leave an account with as little cash as can be, but not overdrawn; the other one has the rest."""
    first: list[_Way] = [(0, 0, 0, 0, ())]
    second: list[_Way] = [(0, 0, 0, 0, ())]
    for ways in sorted((_ways(candidate, *pair) for pair in pairs), key=lambda found: -len(found)):
        smaller = first if len(first) <= len(second) else second
        few = ways[: max(_MOST_WAYS // len(smaller), 1)]
        smaller[:] = [_joined(a, b) for a in smaller for b in few]
    second.sort()
    amounts = [way[0] for way in second]
    left, other, best, found = candidate.left[here], candidate.left[there], (-1, 0, 0), None
    for way in first:
        start = bisect_left(amounts, -left - way[0])
        for more in second[start : start + _FURTHER]:
            kept, given = left + way[0] + more[0], other + way[1] + more[1]
            rank = (int(given >= 0), min(given, 0), -kept)
            if rank > best and _has_room(candidate, here, there, way, more):
                best, found = rank, way[4] + more[4]
                break
            if found is not None:
                break
    for index, count in found or ():
        candidate.set(index, count)
    return len(first) + len(second)


def _joined(one: _Way, other: _Way) -> _Way:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3], one[4] + other[4]


def _has_room(candidate: Candidate, here: int, there: int, way: _Way, more: _Way) -> bool:
    headroom = candidate.headroom
    return headroom[here] >= way[2] + more[2] and headroom[there] >= way[3] + more[3]


def _ways(candidate: Candidate, one: int, other: int) -> list[_Way]:
    """Every way to share what two variables have together, those next to the present one first."""
    variables, steps = candidate.model.variables, candidate.steps
    variable, twin = variables[one], variables[other]
    ways: list[_Way] = []
    for count in _outward(_counts(candidate, one, other), steps[one], (variable.lowest, variable.least)):
        change = count - steps[one]
        back = -round(change * variable.unit / twin.unit)
        stays = steps[other] + back
        if not (_placed(variable.lowest, variable.least, count) and _placed(twin.lowest, twin.least, stays)):
            continue
        cash = -candidate.cost(one, change), -candidate.cost(other, back)
        room = candidate.taken(one, change), candidate.taken(other, back)
        ways.append((*cash, *room, ((one, count), (other, stays)) if change else ()))
        if len(ways) == _MOST_WAYS_OF_AN_ASSET:
            break
    return ways


def _outward(counts: range, centre: int, further: Sequence[int]) -> Iterator[int]:
    """Numbers of a range, those next to a centre first, as many as are looked at; then some further ones."""
    if not counts:
        return
    centre = min(max(centre, counts[0]), counts[-1])
    nearest = min(max(centre - counts[0], counts[-1] - centre), _MOST_LOOKS)
    for distance in range(nearest + 1):
        yield from (count for count in dict.fromkeys((centre - distance, centre + distance)) if count in counts)
    yield from (count for count in further if count in counts and abs(count - centre) > nearest)


def _placed(lowest: int, least: int, count: int) -> bool:
    return count == lowest or count >= least
