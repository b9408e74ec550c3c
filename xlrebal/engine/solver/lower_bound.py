"""What every plan must miss at least, for any prices of cash and of room under a cap (Lagrangian duality).

The budgets of the accounts are priced instead of kept. Then each asset stands for itself: a total of it is split over
accounts the cheapest way there is, and the total that is best at the prices is found directly: a number of whole units,
and money beside them where an account trades in money. Any prices give a valid bound; ``ascend`` looks for good ones.
Source: M. Fisher, "The Lagrangian relaxation method for solving integer programming problems", Management Science
27 (1981); the step is B. Polyak's (1969).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlrebal.engine.solver.model import Model

_ASCENTS = 80
_WORK_OF_ASCENTS = 10_000
_PATIENCE = 8
_ENOUGH = 1e-4
_HAIR = 0.5


@dataclass(frozen=True)
class Tier:
    """A variable of an asset: how much value it takes beyond the forced one, and what a unit of value costs there."""

    variable: int
    most: float
    price: float


def _up_the_tiers(tiers: tuple[Tier, ...], value: float, price: float) -> float:
    """Add to a price what some value takes, the cheapest tier first."""
    for tier in tiers:
        if value <= 0:
            break
        price += min(value, tier.most) * tier.price
        value -= tier.most
    return price


@dataclass(frozen=True)
class Line:
    """An asset at given prices: a number of whole steps, and what is moved in money beside them.

    Attributes:
        want: Value to move.
        weight: Target weight.
        unit: Value of one whole step; 0 when it is only moved in money.
        forced: Whole steps that must be moved.
        cost: What they cost, and what is forced in money.
        least: Fewest whole steps of an order that goes beyond the forced ones.
        most: Most whole steps.
        whole: Where further whole steps can go, cheapest first.
        forced_money: Money that must be moved.
        least_money: Least that is moved in money beyond it.
        limit: Most value that may be moved.
        money: Where further money can go, cheapest first.

    """

    want: float
    weight: float
    unit: float
    forced: int
    cost: float
    least: int
    most: int
    whole: tuple[Tier, ...]
    forced_money: float
    least_money: float
    limit: float
    money: tuple[Tier, ...]

    @property
    def moneys(self) -> tuple[float, ...]:
        """Least money of a plan without further orders in money, and of one with them: each is convex in the steps."""
        return (self.forced_money, self.least_money) if self.least_money > self.forced_money else (self.forced_money,)

    def value(self, steps: int) -> float:
        """What the asset misses with a number of whole steps and the money that is best then, and what both cost."""
        return self.split(steps)[0]

    def split(self, steps: int) -> tuple[float, float]:
        """Return the value for a number of whole steps, and the money moved."""
        gap, cost = self.want - steps * self.unit, self._cost_of(steps)
        if not self.money:
            return (gap - self.forced_money) ** 2 / self.weight + cost, self.forced_money
        money = self._level(steps)
        choices = (money,) if money >= self.least_money else [m for m in self.moneys if self._may_have(steps, m)]
        return min(((gap - m) ** 2 / self.weight + cost + self._paid(m), m) for m in choices)

    def value_from(self, steps: int, least: float) -> float:
        """The value for a number of whole steps with one of ``moneys``, or more money beside it."""
        if not self._may_have(steps, least):
            return math.inf
        money = max(self._level(steps), least) if self.money and least >= self.least_money else least
        return (self.want - steps * self.unit - money) ** 2 / self.weight + self._cost_of(steps) + self._paid(money)

    def _may_have(self, steps: int, money: float) -> bool:
        return money <= self.forced_money or steps * self.unit + money <= self.limit + _HAIR

    def _cost_of(self, steps: int) -> float:
        return _up_the_tiers(self.whole, (steps - self.forced) * self.unit, self.cost)

    def _level(self, steps: int) -> float:
        """The money that is best beside a number of whole steps, were there no minimum trade."""
        moved, money = steps * self.unit, self.forced_money
        for tier in self.money:
            more = min(self.want - tier.price * self.weight / 2, self.limit) - moved - money
            if more <= 0:
                break
            money += min(more, tier.most)
        return money

    def _paid(self, money: float) -> float:
        return _up_the_tiers(self.money, money - self.forced_money, 0.0)

    def best(self) -> tuple[int, float]:
        """The best number of whole steps and its value."""
        if not self.unit:
            return 0, self.value(0)
        choices = {count for money in self.moneys for count in self.around(money)}
        value, steps = min((self.value(c), c) for c in choices)
        return steps, value

    def around(self, money: float) -> set[int]:
        """Whole steps among which the best are, with at least so much money: those next to the best fraction."""
        low = min(self.forced + math.floor(self._wished(money) / self.unit + 1e-9), self.most)
        choices = {low, min(low + 1, self.most)}
        if low < self.least:
            choices = {c for c in choices if c >= self.least or c == self.forced} | {self.forced}
            if self.least <= self.most:
                choices.add(self.least)
        return choices

    def _wished(self, money: float) -> float:
        """The best fraction of what is moved in whole steps beyond the forced ones, with at least so much money."""
        tiers = [(tier.price, True, tier.most) for tier in self.whole]
        rest = money - self.forced_money
        for tier in self.money if money >= self.least_money else ():
            used = min(rest, tier.most)
            tiers.append((tier.price, False, tier.most - used))
            rest -= used
        tiers.sort()
        wished, total = 0.0, self.forced * self.unit + money
        for price, whole, most in tiers:
            more = min(self.want - price * self.weight / 2, self.limit) - total
            if more <= 0:
                break
            more = min(more, most)
            total += more
            wished += more if whole else 0.0
        return wished


class Prices:
    """The programme at given prices of each account's cash, and of each account's room under its cap."""

    def __init__(self, model: Model, cash: Sequence[float], room: Sequence[float]) -> None:
        """Sort each asset's variables by what they cost."""
        self.cash, self.room = list(cash), list(room)
        self._model = model
        self.lines = [self._line(number) for number in range(len(model.assets))]
        rounding_slack = math.fsum(
            cash[variable.account] * variable.rounding_slack + room[variable.account] * variable.room_slop
            for variable in model.variables
            if variable.highest
        )
        money = math.fsum(price * own for price, own in zip(cash, model.cash, strict=True))
        headroom = math.fsum(price * (own or 0) for price, own in zip(room, model.headroom, strict=True))
        self.base = -money - headroom - rounding_slack
        """What the bound starts from: the worth of all budgets, and of what rounding may add to them."""

    def _line(self, number: int) -> Line:
        model, asset = self._model, self._model.assets[number]
        whole: list[Tier] = []
        money: list[Tier] = []
        forced, forced_money, cost, unit, most = 0, 0.0, 0.0, 0.0, 0
        least, least_money = math.inf, math.inf
        for index in asset.variables:
            variable = model.variables[index]
            if not variable.highest:
                continue
            price = (
                self.cash[variable.account] * variable.cash_per_value
                + self.room[variable.account] * variable.weight_of_risk
            )
            cost += price * variable.lowest * variable.unit
            tier = Tier(index, (variable.highest - variable.lowest) * variable.unit, price)
            if variable.fine:
                forced_money, least_money = forced_money + variable.lowest, min(least_money, variable.least)
                money.append(tier)
            else:
                forced, least, unit = forced + variable.lowest, min(least, variable.least), variable.unit
                most += variable.highest
                whole.append(tier)
        if unit:
            most = max(forced, min(most, math.floor(asset.most / unit + 0.25)))
        return Line(
            asset.want,
            asset.weight,
            unit,
            forced,
            cost,
            forced if forced or not unit else int(least),
            most,
            tuple(sorted(whole, key=lambda tier: tier.price)),
            forced_money,
            forced_money if forced_money or not money else least_money,
            max(asset.most, forced * unit + forced_money),
            tuple(sorted(money, key=lambda tier: tier.price)),
        )

    def bound(self) -> float:
        """Return what no plan can fall below."""
        return self.base + math.fsum(line.best()[1] for line in self.lines)

    def bound_and_slope(self) -> tuple[float, list[float], list[float]]:
        """Return the bound, and by how much its best totals overspend each account's cash and room."""
        model = self._model
        cash, room = [-float(c) for c in model.cash], [-float(r or 0) for r in model.headroom]
        values = [self.base]
        for number, line in enumerate(self.lines):
            steps, value = line.best()
            values.append(value)
            for index in model.assets[number].variables:
                variable = model.variables[index]
                cash[variable.account] += variable.cash_per_value * variable.lowest * variable.unit
                room[variable.account] += variable.weight_of_risk * variable.lowest * variable.unit
            rests = ((steps - line.forced) * line.unit, line.split(steps)[1] - line.forced_money)
            for tiers, moved in zip((line.whole, line.money), rests, strict=True):
                rest = moved
                for tier in tiers:
                    variable, part = model.variables[tier.variable], min(max(rest, 0.0), tier.most)
                    cash[variable.account] += variable.cash_per_value * part
                    room[variable.account] += variable.weight_of_risk * part
                    rest -= tier.most
        return math.fsum(values), cash, room


def ascend(model: Model, start: Sequence[float], known: float) -> Prices:
    """Return prices with a good bound, from a first guess for cash and the objective of a known plan."""
    scale = [
        max([abs(variable.weight_of_risk) for variable in model.variables if variable.account == a] or [1.0]) or 1.0
        for a in range(len(start))
    ]
    capped = [room is not None for room in model.headroom]
    best = here = Prices(model, start, [0.0] * len(start))
    value, cash, room = here.bound_and_slope()
    highest, reach, since = value, 1.0, 0
    for _ in range(min(_ASCENTS, _WORK_OF_ASCENTS // len(model.variables))):
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
        headroom = [max(p + step * s / c, 0.0) for p, s, c in zip(here.room, slope_room, scale, strict=True)]
        here = Prices(model, moved, headroom)
        value, cash, room = here.bound_and_slope()
        since += 1
        if value > highest:
            best, highest, since = here, value, 0
        elif since >= _PATIENCE:
            reach, since, here = reach / 2, 0, best
            value, cash, room = here.bound_and_slope()
    return best
