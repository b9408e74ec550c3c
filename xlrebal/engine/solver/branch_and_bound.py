"""Search every plan that could be better, and bound the rest: branch and bound on whole totals of the assets.

A node fixes the totals of some assets. The others are bounded by Lagrangian relaxation of the one budget that the
accounts' budgets add up to when each is weighted with the price of its cash (a surrogate constraint). Any price
gives a valid bound; a Newton step from node to node keeps it tight.
Source of the method: K. Bretthauer and B. Shetty, "The nonlinear knapsack problem", EJOR 138 (2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.engine.solver.model import Candidate
from xlrebal.engine.solver.packing import Packer
from xlrebal.engine.solver.rounding import fill_money

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlrebal.engine.solver.model import Model

# Two plans whose objectives differ by less than one part in a thousand million are equal.
SAME = 1e-9
_ROOT_TRIALS = 30
# Dealing out one number of steps takes about as long as bounding this many assets.
_WORK_OF_A_TRY = 4
# So does making a child of a node.
_WORK_OF_A_CHILD = 4
# Filling in the orders in money takes about as long, for each variable, as bounding this many assets.
_WORK_OF_MONEY = 20


@dataclass(frozen=True)
class Row:
    """One asset as the search sees it: its totals, and the least price of the cash it takes.

    ``sign`` is 1 for a buy and -1 for a sale; ``price`` is cash per unit of value, weighted over accounts.
    """

    asset: int
    want: float
    weight: float
    sign: int
    unit: float
    price: float
    lowest: int
    highest: int
    least: int

    def missed(self, total: float) -> float:
        """The objective of the asset after ``total`` steps."""
        return (self.want - total * self.unit) ** 2 / self.weight

    def spent(self, total: float) -> float:
        """The weighted cash it takes."""
        return self.sign * self.price * total * self.unit


@dataclass
class Proof:
    """The best plan found, a value that no plan can fall below, and the nodes looked at."""

    candidate: Candidate
    bound: float
    nodes: int


def prove(model: Model, start: Candidate, prices: Sequence[float], most_work: int) -> Proof:
    """Search for a better plan than ``start``.

    Args:
        model: The programme.
        start: A sound candidate.
        prices: Price of cash in each account, from the relaxation.
        most_work: Bounds of single assets that may be computed before the search stops.

    """
    return _Search(model, start, prices, most_work).run()


def is_uniform(model: Model) -> bool:
    """Return whether each asset trades in the same steps in all its accounts, as the search needs."""
    return all(len({model.variables[i].unit for i in asset.variables}) == 1 for asset in model.assets)


def _rows(model: Model, prices: Sequence[float]) -> list[Row]:
    rows = []
    for number, asset in enumerate(model.assets):
        variables = [model.variables[i] for i in asset.variables]
        paid = [prices[variable.account] * abs(variable.cash_per_value) for variable in variables]
        rows.append(
            Row(
                asset=number,
                want=asset.want,
                weight=asset.weight,
                sign=-1 if asset.selling else 1,
                unit=variables[0].unit,
                price=max(paid) if asset.selling else min(paid),
                lowest=sum(variable.lowest for variable in variables),
                highest=max(
                    sum(variable.lowest for variable in variables),
                    min(sum(variable.highest for variable in variables), round(asset.most / variables[0].unit)),
                ),
                least=min(variable.least for variable in variables),
            )
        )
    return rows


def _best_total(row: Row, price: float) -> tuple[float, bool]:
    """The total that is best at a price of cash, and whether it lies inside its limits."""
    exact = (row.want - row.sign * price * row.price * row.weight / 2) / row.unit
    if row.unit == 1.0:
        total = max(row.lowest, min(exact, row.highest))
        inside = row.lowest < exact < row.highest
        if row.lowest < total < row.least:
            total = _better(row, price, row.lowest, row.least)
        return total, inside
    low = math.floor(exact)
    if low < row.lowest:
        return row.lowest, False
    if low >= row.highest:
        return row.highest, False
    high = low + 1
    if row.lowest < low < row.least or row.lowest < high < row.least:
        low, high = row.lowest, max(row.least, high)
    return _better(row, price, low, high), True


def _better(row: Row, price: float, low: float, high: float) -> float:
    below = row.missed(low) + price * row.spent(low)
    return low if below <= row.missed(high) + price * row.spent(high) else high


@dataclass(frozen=True)
class _Node:
    """Some assets decided: their totals, what they miss and spend, and the money variables that are switched on."""

    totals: tuple[int, ...]
    missed: float
    cash: float
    price: float
    on: tuple[Row, ...] = ()


class _Search:
    def __init__(self, model: Model, start: Candidate, prices: Sequence[float], most_work: int) -> None:
        self._model, self._best, self._missed = model, start, start.missed
        weights = [1.0] * len(prices) if max(prices) <= 0 else [price / max(prices) for price in prices]
        rows = _rows(model, weights)
        # Coarse steps first: they decide most. Money is not branched on but for its minimum trade.
        branched = sorted((r for r in rows if _is_branched(r)), key=lambda r: -r.unit * r.unit / r.weight)
        self._rows = branched + [row for row in rows if not _is_branched(row)]
        self._depth = len(branched)
        slops = math.fsum(weights[variable.account] * variable.rounding_slack for variable in model.variables)
        self._budget = math.fsum(w * cash for w, cash in zip(weights, model.cash, strict=True)) + slops
        self._slops = slops + len(model.variables)
        self._cheapest = [0.0]
        for row in reversed(self._rows):
            self._cheapest.append(self._cheapest[-1] + row.spent(row.highest if row.sign < 0 else row.lowest))
        self._cheapest.reverse()
        self._work, self._nodes, self._open, self._grain = most_work, 0, math.inf, 0.0
        self._packer = Packer(model)
        self._fine = any(variable.fine for variable in model.variables)

    def run(self) -> Proof:
        root = _Node((), 0.0, 0.0, 0.0)
        bound, price = self._tighten(root)
        # Amounts of money are rounded to minor units; a difference that small is none.
        if self._fine:
            self._grain = price * self._slops + math.fsum(1 / asset.weight for asset in self._model.assets)
        if bound < self._limit():
            self._explore(_Node((), 0.0, 0.0, price))
        lowest = self._missed if self._open >= self._limit() else max(bound, self._open)
        return Proof(self._best, min(lowest, self._missed), self._nodes)

    def _limit(self) -> float:
        return self._missed * (1 - SAME) - self._grain

    def _tighten(self, node: _Node) -> tuple[float, float]:
        """The best bound of a node over all prices, and that price: the bound is concave, its slope is known."""
        price, floor, ceiling = node.price, 0.0, math.inf
        best = (-math.inf, price)
        for _ in range(_ROOT_TRIALS):
            value, over, following = self._bound(node, price)
            best = max(best, (value, price))
            if over > 0:
                floor = price
            else:
                ceiling = price
            if not floor < following < ceiling:
                following = (floor + ceiling) / 2 if ceiling < math.inf else max(2 * price, following)
            if abs(following - price) <= 1e-12 * following:
                break
            price = following
        return best

    def _bound(self, node: _Node, price: float) -> tuple[float, float, float]:
        """A bound on every plan below a node, its slope in the price, and a better price."""
        value, cash, slope = node.missed, node.cash, 0.0
        rows = [*self._rows[len(node.totals) :], *node.on]
        self._work -= len(rows)
        for row in rows:
            total, inside = _best_total(row, price)
            value += row.missed(total)
            cash += row.spent(total)
            if inside:
                slope += row.price * row.price * row.weight / 2
        over = cash - self._budget
        following = max(price + over / slope, 0.0) if slope > 0 else (price if over <= 0 else price * 2)
        return value + price * over, over, following

    def _explore(self, root: _Node) -> None:
        """Depth first, best child first; a frame yields the children of a node by rising bound."""
        frames = [self._children(root)]
        while frames:
            child = next(frames[-1], None)
            if child is None or child[0] >= self._limit():
                frames.pop()
            elif self._work <= 0:
                self._open = min(self._open, child[0])
                frames.pop()
            elif len(child[1].totals) == self._depth:
                self._finish(*child)
            else:
                frames.append(self._children(child[1]))

    def _children(self, node: _Node) -> Iterator[tuple[float, _Node]]:
        self._nodes += 1
        depth = len(node.totals)
        if depth == self._depth:
            yield self._bound(node, node.price)[0], node
            return
        row = self._rows[depth]
        _, _, price = self._bound(node, node.price)
        if node.price > 0:
            price = min(max(price, node.price / 2), node.price * 2)
        value, _, following = self._bound(node, price)
        if price > 0:
            following = min(max(following, price / 2), price * 2)
        centre, _ = _best_total(row, price)
        base = value - row.missed(centre) - price * row.spent(centre)
        highest = self._affordable(row, node)
        options = _switch(row, price) if row.unit == 1.0 else _outward(row, price, int(centre), highest)
        for added, total in options:
            self._work -= _WORK_OF_A_CHILD
            yield base + added, _child(node, row, total, following)

    def _affordable(self, row: Row, node: _Node) -> int:
        """Most steps that the budget can pay when everything undecided takes as little as it can."""
        if row.sign < 0 or row.price <= 0:
            return row.highest
        forced = math.fsum(on.spent(on.lowest) for on in node.on)
        money = self._budget - node.cash - self._cheapest[len(node.totals) + 1] - forced
        return min(row.highest, math.floor(money / (row.price * row.unit)))

    def _finish(self, bound: float, node: _Node) -> None:
        """Turn decided totals into a plan; what cannot be settled stays open with its bound."""
        steps = self._packer.deal(self._by_asset(node), self._best.steps)
        self._work -= self._packer.tries * _WORK_OF_A_TRY + len(self._model.variables)
        if steps is None:
            if not self._packer.exhausted:
                self._open = min(self._open, bound)
            return
        candidate = Candidate(self._model, steps)
        if self._fine:
            self._work -= len(self._model.variables) * _WORK_OF_MONEY
            fill_money(candidate, {row.asset for row in node.on}, self._switched_off(node))
            if len(self._model.cash) > 1:
                tight = self._tighten(node)[0]
                if candidate.missed - tight > self._grain + SAME * self._missed:
                    self._open = min(self._open, tight)
        if candidate.is_sound and candidate.missed < self._missed:
            self._best, self._missed = candidate, candidate.missed
        elif self._fine and min(candidate.headroom) < 0:
            # With less money in what the cap counts, and more elsewhere, the same totals may be a plan.
            self._open = min(self._open, bound)

    def _by_asset(self, node: _Node) -> list[int]:
        totals = [0] * len(self._model.assets)
        for row in self._rows:
            totals[row.asset] = row.lowest
        for row, total in zip(self._rows, node.totals, strict=False):
            if row.unit != 1.0:
                totals[row.asset] = total
        return totals

    def _switched_off(self, node: _Node) -> set[int]:
        decided = zip(self._rows, node.totals, strict=False)
        return {row.asset for row, total in decided if row.unit == 1.0 and total == row.lowest}


def _is_branched(row: Row) -> bool:
    return row.unit != 1.0 or row.least > max(row.lowest, 1)


def _switch(row: Row, price: float) -> list[tuple[float, int]]:
    """An order in money is off, or on from its minimum upward."""
    on, _ = _best_total(replace(row, lowest=row.least), price)
    return sorted((row.missed(t) + price * row.spent(t), int(t > row.lowest) * row.least) for t in (row.lowest, on))


def _outward(row: Row, price: float, centre: int, highest: int) -> Iterator[tuple[float, int]]:
    """Whole totals by rising bound, from the centre outward; totals below the minimum trade are left out."""
    down, up = min(centre, highest), min(centre, highest) + 1
    while True:
        if row.lowest < down < row.least:
            down = row.lowest
        if row.lowest < up < row.least:
            up = row.least
        under = row.missed(down) + price * row.spent(down) if down >= row.lowest else math.inf
        over = row.missed(up) + price * row.spent(up) if up <= highest else math.inf
        if under == over == math.inf:
            return
        if under <= over:
            yield under, down
            down -= 1
        else:
            yield over, up
            up += 1


def _child(node: _Node, row: Row, total: int, price: float) -> _Node:
    totals = (*node.totals, total)
    if row.unit == 1.0 and total > row.lowest:
        on = (*node.on, replace(row, lowest=row.least, least=1))
        return _Node(totals, node.missed, node.cash, price, on)
    return _Node(totals, node.missed + row.missed(total), node.cash + row.spent(total), price, node.on)
