"""What every plan must miss at least, for any prices of cash and of room under a cap (Lagrangian duality).

The budgets of the accounts are priced instead of kept. Then each asset stands for itself: a total of it is split over
accounts the cheapest way there is, and the total that is best at the prices is found directly, whole where it trades
in whole units. Any prices give a valid bound; ``ascend`` looks for good ones.
Source: M. Fisher, "The Lagrangian relaxation method for solving integer programming problems", Management Science
27 (1981); the step is B. Polyak's (1969).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlrebal.engine.optimum.model import Model

_ASCENTS = 80
_WORK_OF_ASCENTS = 10_000
_PATIENCE = 8
_ENOUGH = 1e-4


@dataclass(frozen=True)
class Tier:
    """A part of an asset's total: how much value it can take, and what a unit of value costs there at the prices."""

    leg: int
    most: float
    price: float


@dataclass(frozen=True)
class Line:
    """An asset at given prices.

    Attributes:
        want: Value to move.
        weight: Target weight.
        unit: Value of one whole step; 0 when it may also be moved in money.
        forced: Value that must be moved.
        cost: What the forced value costs.
        least: Least value of an order that goes beyond the forced value.
        most: Most value that may be moved.
        tiers: Where the rest can go, cheapest first.

    """

    want: float
    weight: float
    unit: float
    forced: float
    cost: float
    least: float
    most: float
    tiers: tuple[Tier, ...]

    def value(self, total: float) -> float:
        """What the asset misses with a total, and what the total costs."""
        cost, rest = self.cost, total - self.forced
        for tier in self.tiers:
            if rest <= 0:
                break
            cost += min(rest, tier.most) * tier.price
            rest -= tier.most
        return (self.want - total) ** 2 / self.weight + cost

    def best(self) -> tuple[float, float]:
        """The best total and its value."""
        total = self.forced
        for tier in self.tiers:
            wished = self.want - tier.price * self.weight / 2
            if wished <= total:
                break
            if wished < total + tier.most:
                total = wished
                break
            total += tier.most
        total = min(total, self.most)
        choices = [total]
        if self.unit:
            low = math.floor(total / self.unit + 1e-9) * self.unit
            choices = [low, low + self.unit] if low + self.unit <= self.most + self.unit / 4 else [low]
        if total < self.least or (self.unit and choices[0] < self.least):
            over = [c for c in choices if c >= self.least - self.unit / 4]
            if self.least <= self.most + self.unit / 4:
                over.append(self.least)
            choices = [self.forced, *over]
        found = min((self.value(c), c) for c in choices)
        return found[1], found[0]


class Prices:
    """The programme at given prices of each account's cash, and of each account's room under its cap."""

    def __init__(self, model: Model, cash: Sequence[float], room: Sequence[float]) -> None:
        """Sort each asset's legs by what they cost."""
        self.cash, self.room = list(cash), list(room)
        self._model = model
        self.lines = [self._line(number) for number in range(len(model.assets))]
        slop = math.fsum(cash[leg.account] * leg.slop + room[leg.account] * leg.room_slop for leg in model.legs)
        money = math.fsum(price * own for price, own in zip(cash, model.cash, strict=True))
        rooms = math.fsum(price * (own or 0) for price, own in zip(room, model.rooms, strict=True))
        self.base = -money - rooms - slop
        """What the bound starts from: the worth of all budgets, and of what rounding may add to them."""

    def _line(self, number: int) -> Line:
        model, asset = self._model, self._model.assets[number]
        live = [i for i in asset.legs if model.legs[i].highest] or list(asset.legs)
        legs = [model.legs[i] for i in live]
        prices = [self.cash[leg.account] * leg.pull + self.room[leg.account] * leg.weight_of_risk for leg in legs]
        spare = [(leg.highest - leg.lowest) * leg.unit for leg in legs]
        order = sorted(range(len(legs)), key=lambda k: prices[k])
        unit = 0.0 if any(leg.fine for leg in legs) else legs[0].unit
        forced = math.fsum(leg.lowest * leg.unit for leg in legs)
        least = forced if forced else min(leg.least * leg.unit for leg in legs)
        return Line(
            asset.want,
            asset.weight,
            unit,
            forced,
            math.fsum(p * leg.lowest * leg.unit for p, leg in zip(prices, legs, strict=True)),
            least,
            max(forced, min(asset.most, forced + math.fsum(spare))),
            tuple(Tier(live[k], spare[k], prices[k]) for k in order if spare[k] > 0),
        )

    def bound(self) -> float:
        """Return what no plan can fall below."""
        return self.base + math.fsum(line.best()[1] for line in self.lines)

    def bound_and_slope(self) -> tuple[float, list[float], list[float]]:
        """Return the bound, and by how much its best totals overspend each account's cash and room."""
        model = self._model
        cash, room = [-float(c) for c in model.cash], [-float(r or 0) for r in model.rooms]
        values = [self.base]
        for number, line in enumerate(self.lines):
            total, value = line.best()
            values.append(value)
            rest = total - line.forced
            for index in model.assets[number].legs:
                leg = model.legs[index]
                cash[leg.account] += leg.pull * leg.lowest * leg.unit
                room[leg.account] += leg.weight_of_risk * leg.lowest * leg.unit
            for tier in line.tiers:
                leg, part = model.legs[tier.leg], min(max(rest, 0.0), tier.most)
                cash[leg.account] += leg.pull * part
                room[leg.account] += leg.weight_of_risk * part
                rest -= tier.most
        return math.fsum(values), cash, room


def ascend(model: Model, start: Sequence[float], known: float) -> Prices:
    """Return prices with a good bound, from a first guess for cash and the objective of a known plan."""
    scale = [
        max([abs(leg.weight_of_risk) for leg in model.legs if leg.account == a] or [1.0]) or 1.0
        for a in range(len(start))
    ]
    capped = [room is not None for room in model.rooms]
    best = here = Prices(model, start, [0.0] * len(start))
    value, cash, room = here.bound_and_slope()
    highest, reach, since = value, 1.0, 0
    for _ in range(min(_ASCENTS, _WORK_OF_ASCENTS // len(model.legs))):
        if highest >= known * (1 - _ENOUGH):
            break
        room = [r / s if c else 0.0 for r, s, c in zip(room, scale, capped, strict=True)]
        slope_cash = [s if s > 0 or p > 0 else 0.0 for s, p in zip(cash, here.cash, strict=True)]
        slope_room = [s if s > 0 or p > 0 else 0.0 for s, p in zip(room, here.room, strict=True)]
        length = math.fsum(s * s for s in (*slope_cash, *slope_room))
        if length <= 0:
            break
        step = reach * max(known - value, 0.0) / length
        moved = [max(p + step * s, 0.0) for p, s in zip(here.cash, slope_cash, strict=True)]
        rooms = [max(p + step * s / c, 0.0) for p, s, c in zip(here.room, slope_room, scale, strict=True)]
        here = Prices(model, moved, rooms)
        value, cash, room = here.bound_and_slope()
        since += 1
        if value > highest:
            best, highest, since = here, value, 0
        elif since >= _PATIENCE:
            reach, since, here = reach / 2, 0, best
            value, cash, room = here.bound_and_slope()
    return best
