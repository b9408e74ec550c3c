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

    from xlrebal.engine.optimum.model import Position

# Ways for one half of the assets, and of one asset.
_MOST_WAYS = 1_500
_MOST_WAYS_OF_AN_ASSET = 300
# Steps on either side of the present ones that are looked at for them.
_MOST_LOOKS = 1_000
# Pairs after the best one that are looked at when a cap does not allow it.
_FURTHER = 4

# Change of cash here, there, of room here, there, and the steps of the legs.
_Way = tuple[int, int, int, int, tuple[tuple[int, int], ...]]


def balance(position: Position, legs: Sequence[Sequence[int]]) -> int:
    """Share the totals out anew so that no account is overdrawn; return how many ways were looked at.

    Args:
        position: A choice of steps whose totals stay.
        legs: The whole legs of each asset that may change.

    """
    shared = _shared(position, legs)
    rest, looked = list(range(len(position.left))), 0
    while len(rest) > 1:
        giver = min(rest, key=lambda a: (max(_many(position, shared.get((a, b), [])) for b in rest if b != a), a))
        rest.remove(giver)
        taker = max(rest, key=lambda b: (_many(position, shared.get((giver, b), [])), position.left[b], -b))
        looked += _settle(position, giver, taker, shared.get((giver, taker), []))
        if position.left[giver] < 0 or min(position.rooms) < 0:
            break
    return looked


def hand_to_money(position: Position, legs: Sequence[Sequence[int]]) -> int:
    """Hand cash that accounts without orders in money cannot use to those that have them; return the ways looked at.

    Where an asset trades in units here and in money there, units move against as much money.
    """
    model = position.model
    with_money = {leg.account for leg in model.legs if leg.fine and leg.highest > leg.lowest}
    shared, looked = _shared(position, legs), 0
    for giver in range(len(position.left)):
        takers = [b for b in with_money if (giver, b) in shared]
        if giver not in with_money and position.left[giver] > 0 and takers:
            taker = max(takers, key=lambda b: (_many(position, shared[giver, b]), -b))
            looked += _settle(position, giver, taker, shared[giver, taker])
    return looked


def _shared(position: Position, legs: Sequence[Sequence[int]]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The pairs of legs that two accounts share, in both directions."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    model = position.model
    for own in legs:
        for one in own:
            for other in own:
                if one != other and not model.legs[one].fine:
                    key = model.legs[one].account, model.legs[other].account
                    found.setdefault(key, []).append((one, other))
    return found


def _many(position: Position, pairs: list[tuple[int, int]]) -> int:
    """About how many ways there are to share the totals of some pairs of legs."""
    return math.prod(len(_counts(position, *pair)) for pair in pairs)


def _counts(position: Position, one: int, other: int) -> range:
    """What one of two legs may have while their total stays, minimum trades aside."""
    leg, twin = position.model.legs[one], position.model.legs[other]
    mine, yours, each = position.steps[one], position.steps[other], leg.unit / twin.unit
    low, high = math.ceil((yours - twin.highest) / each), math.floor((yours - twin.lowest) / each)
    return range(max(leg.lowest, mine + low), min(leg.highest, mine + high) + 1)


def _settle(position: Position, here: int, there: int, pairs: list[tuple[int, int]]) -> int:
    """Leave an account with as little cash as can be, but not overdrawn; the other one has the rest."""
    first: list[_Way] = [(0, 0, 0, 0, ())]
    second: list[_Way] = [(0, 0, 0, 0, ())]
    for ways in sorted((_ways(position, *pair) for pair in pairs), key=lambda found: -len(found)):
        smaller = first if len(first) <= len(second) else second
        few = ways[: max(_MOST_WAYS // len(smaller), 1)]
        smaller[:] = [_joined(a, b) for a in smaller for b in few]
    second.sort()
    amounts = [way[0] for way in second]
    left, other, best, found = position.left[here], position.left[there], (-1, 0, 0), None
    for way in first:
        start = bisect_left(amounts, -left - way[0])
        for more in second[start : start + _FURTHER]:
            kept, given = left + way[0] + more[0], other + way[1] + more[1]
            rank = (int(given >= 0), min(given, 0), -kept)
            if rank > best and _has_room(position, here, there, way, more):
                best, found = rank, way[4] + more[4]
                break
            if found is not None:
                break
    for index, count in found or ():
        position.set(index, count)
    return len(first) + len(second)


def _joined(one: _Way, other: _Way) -> _Way:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3], one[4] + other[4]


def _has_room(position: Position, here: int, there: int, way: _Way, more: _Way) -> bool:
    rooms = position.rooms
    return rooms[here] >= way[2] + more[2] and rooms[there] >= way[3] + more[3]


def _ways(position: Position, one: int, other: int) -> list[_Way]:
    """Every way to share what two legs have together, those next to the present one first."""
    legs, steps = position.model.legs, position.steps
    leg, twin = legs[one], legs[other]
    ways: list[_Way] = []
    for count in _outward(_counts(position, one, other), steps[one], (leg.lowest, leg.least)):
        change = count - steps[one]
        back = -round(change * leg.unit / twin.unit)
        stays = steps[other] + back
        if not (_placed(leg.lowest, leg.least, count) and _placed(twin.lowest, twin.least, stays)):
            continue
        cash = -position.cost(one, change), -position.cost(other, back)
        room = position.taken(one, change), position.taken(other, back)
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
