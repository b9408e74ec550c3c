"""Search the whole totals of the assets over several accounts, best bound first.

A node fixes the totals of some assets. Its bound is the best of a few sets of prices (``dual``), each of which adds
up asset by asset: what is decided plus what is best for the rest. The sets are the best prices of the whole programme,
and the same scaled and shifted, for a node whose decided assets took more or less cash than their share. When every
total is decided, ``Packer`` deals them out to the accounts; the first that can be dealt out is the best plan.
Source of the method: D. Morrison et al., "Branch-and-bound algorithms: a survey", Discrete Optimization 19 (2016).
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from operator import add
from typing import TYPE_CHECKING

from xlrebal.engine.solver.exchanges import hand_to_money
from xlrebal.engine.solver.lower_bound import Line, Prices, ascend
from xlrebal.engine.solver.model import Candidate
from xlrebal.engine.solver.packing import Packer
from xlrebal.engine.solver.rounding import settle_money, spend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlrebal.engine.solver.model import Model

# Two plans whose objectives differ by less than one part in a thousand million are equal.
SAME = 1e-9
_SCALES = (0.0, 0.5, 0.8, 0.92, 0.98, 1.0, 1.02, 1.08, 1.2, 1.6)
_SHIFTS = (0.8, 1.25)
# Programmes up to this many variables get all sets of prices, up to that many the scaled ones.
_FEW_LEGS = 250
_MANY_LEGS = 1_500
# An asset with more totals than this that could be best is not branched on: its steps are too small to matter.
_MOST_TOTALS = 60
_LOOKS = 4
# What is still searched once the bound cannot rise any more.
_WORK_BEYOND = 20_000
# Totals that are dealt out with more patience in the end.
_MOST_AGAIN = 4
# Every so many nodes one is followed down to a plan.
_DIVE_EVERY = 64
# Dealing out one number of steps takes about as long as bounding this many children.
_WORK_OF_A_TRY = 2
# Filling in the orders in money takes about as long, for each variable, as bounding this many children.
_WORK_OF_MONEY = 60
_HIGHEST_SCALE = 1e6
_SCALE_TRIALS = 12


@dataclass(frozen=True)
class Bounded:
    """The best plan found, and a value that no plan can fall below."""

    candidate: Candidate
    bound: float


@dataclass(frozen=True)
class _Row:
    """An asset that is branched on: its totals in steps, with their value at each set of prices."""

    asset: int
    totals: tuple[tuple[int, tuple[float, ...]], ...]


# Bound, order of making, depth, sums at each set of prices, totals decided.
_Node = tuple[float, int, int, tuple[float, ...], tuple[int, ...]]


def search(model: Model, start: Candidate, prices: Sequence[float], most_work: int, known: float = math.inf) -> Bounded:
    """Search for a better plan than ``start``.

    Args:
        model: The programme; caps count whatever is bought.
        start: A sound candidate.
        prices: Price of cash in each account, from the relaxation.
        most_work: Children that may be bounded before the search stops.
        known: The objective of a plan known elsewhere: what is not better is not looked for.

    """
    return _Search(model, start, prices, most_work, known).run()


class _Search:
    def __init__(self, model: Model, start: Candidate, prices: Sequence[float], most_work: int, known: float) -> None:
        self._model, self._best, self._missed = model, start, min(start.missed, known)
        self._unknown: list[tuple[float, _Node]] = []
        self._work, self._open, self._made = most_work, math.inf, 0
        self._unsettled = math.inf
        best = self._prices = ascend(model, prices, start.missed)
        sets = _variants(model, best)
        # Amounts of money are rounded to minor units; a difference that small is none.
        self._coarse = not any(line.money for line in best.lines)
        self._grain = 0.0 if self._coarse else _grain(model, best)
        lowest = [[line.best()[1] for line in one.lines] for one in sets]
        bounds = [one.base + math.fsum(values) for one, values in zip(sets, lowest, strict=True)]
        self._root = max(bounds)
        self._rows: list[_Row] = []
        self._money: list[int] = []
        """Assets that are not branched on."""
        for number in range(len(model.assets)):
            lines = [one.lines[number] for one in sets]
            limits = [self._missed - b + low[number] for b, low in zip(bounds, lowest, strict=True)]
            totals = _totals(lines, limits, bounds.index(self._root)) if lines[0].unit else None
            if totals is None:
                self._money.append(number)
            else:
                self._rows.append(_Row(number, tuple(totals)))
        units = {row.asset: best.lines[row.asset] for row in self._rows}
        self._rows.sort(key=lambda row: (-(units[row.asset].unit ** 2) / units[row.asset].weight, row.asset))
        self._rest = self._suffixes([one.base for one in sets], lowest)
        self._packer = Packer(model)

    def _suffixes(self, bases: list[float], lowest: list[list[float]]) -> list[tuple[float, ...]]:
        """What the undecided assets add at each set of prices, by depth."""
        fixed = [b + math.fsum(low[a] for a in self._money) for b, low in zip(bases, lowest, strict=True)]
        rest = [tuple(fixed)]
        for row in reversed(self._rows):
            rest.append(tuple(map(add, rest[-1], (low[row.asset] for low in lowest))))
        rest.reverse()
        return rest

    def run(self) -> Bounded:
        if all(row.totals for row in self._rows):
            self._explore()
            self._look_again()
        return Bounded(self._best, min(max(self._root, self._open), self._missed))

    def _limit(self) -> float:
        return self._missed * (1 - SAME) - self._grain

    def _explore(self) -> None:
        heap: list[_Node] = [(self._root, 0, 0, (0.0,) * len(self._rest[0]), ())]
        popped = 0
        while heap and heap[0][0] < self._limit():
            if heap[0][0] >= min(self._open, self._unsettled):
                self._work = min(self._work, _WORK_BEYOND)
            if self._work <= 0:
                self._open = min(self._open, heap[0][0])
                return
            node = heapq.heappop(heap)
            popped += 1
            if node[2] == len(self._rows):
                self._finish(node)
                continue
            children = list(self._children(node))
            for child in children:
                heapq.heappush(heap, child)
            if popped % _DIVE_EVERY == 1 and children:
                self._dive(min(children))

    def _look_again(self) -> None:
        """Deal out with more patience what could not be settled, the most promising first."""
        for tried, (bound, node) in enumerate(sorted(self._unknown)):
            if bound >= self._limit():
                break
            steps = None
            if tried < _MOST_AGAIN and self._coarse and self._open > bound:
                steps = self._packer.deal(self._wanted(node), self._best.steps, self._money, patient=True)
            if steps is not None and (candidate := Candidate(self._model, steps)).is_sound:
                if candidate.missed < self._missed:
                    self._best, self._missed = candidate, candidate.missed
            elif steps is not None or not self._packer.exhausted or tried >= _MOST_AGAIN or not self._coarse:
                self._open = min(self._open, bound)
                break
            elif self._open <= bound:
                break

    def _wanted(self, node: _Node) -> list[int]:
        wanted = [0] * len(self._model.assets)
        for row, total in zip(self._rows, node[4], strict=True):
            wanted[row.asset] = total
        return wanted

    def _children(self, node: _Node) -> Iterator[_Node]:
        _, _, depth, sums, decided = node
        rest, limit = self._rest[depth + 1], self._limit()
        totals = self._rows[depth].totals
        self._work -= len(totals)
        for total, values in totals:
            fresh = tuple(map(add, sums, values))
            bound = max(map(add, fresh, rest))
            if bound < limit:
                self._made += 1
                yield (bound, -self._made, depth + 1, fresh, (*decided, total))

    def _dive(self, node: _Node) -> None:
        """Follow the best child down to a plan."""
        while node[2] < len(self._rows):
            best = min(self._children(node), default=None)
            if best is None:
                return
            node = best
        self._finish(node, final=False)

    def _finish(self, node: _Node, *, final: bool = True) -> None:
        """Turn decided totals into a plan; what cannot be settled stays open with its bound."""
        bound = max(node[0], self._root)
        if self._coarse:
            bound = max(bound, self._missed_of(node))
            if bound >= self._limit():
                return
        steps = self._packer.deal(self._wanted(node), self._best.steps, self._money)
        self._work -= self._packer.tries * _WORK_OF_A_TRY + len(self._model.variables)
        if steps is None:
            if not self._packer.exhausted and final:
                self._unknown.append((bound, node))
                self._unsettled = min(self._unsettled, bound)
            return
        candidate = Candidate(self._model, steps)
        if self._money or not self._coarse:
            candidate = self._with_best_money(candidate)
            if final:
                tight = max(bound, self._with_money(node))
                if candidate.missed - tight > self._grain + SAME * self._missed:
                    self._open = min(self._open, tight)
        if candidate.is_sound and candidate.missed < self._missed:
            self._best, self._missed = candidate, candidate.missed

    def _with_best_money(self, candidate: Candidate) -> Candidate:
        """Whole steps as they are dealt out, or with cash handed to accounts that trade in money; the better one."""
        found = [candidate]
        self._settle(candidate)
        if len(self._model.cash) > 1 and candidate.is_sound:
            handed = Candidate(self._model, candidate.steps)
            self._work -= hand_to_money(handed, [asset.variables for asset in self._model.assets]) // 2
            if handed.steps != candidate.steps:
                self._settle(handed)
                found.append(handed)
        return min(found, key=lambda one: (not one.is_sound, one.missed))

    def _settle(self, candidate: Candidate) -> None:
        settle_money(candidate)
        if candidate.is_sound:
            spend(candidate)
        self._work -= _WORK_OF_MONEY * len(self._model.variables)

    def _with_money(self, node: _Node) -> float:
        """The bound of decided totals with what is best in money: concave in the scale of the prices."""
        steps = {row.asset: total for row, total in zip(self._rows, node[4], strict=True)}

        def bound(scale: float) -> float:
            cash, room = [p * scale for p in self._prices.cash], [p * scale for p in self._prices.room]
            prices = Prices(self._model, cash, room)
            lines = enumerate(prices.lines)
            return prices.base + math.fsum(line.value(steps[a]) if a in steps else line.best()[1] for a, line in lines)

        low, high = 0.0, 1.0
        while bound(high * 2) > bound(high) and high < _HIGHEST_SCALE:
            high *= 2
        high *= 2
        for _ in range(_SCALE_TRIALS):
            left, right = low + (high - low) * 0.382, low + (high - low) * 0.618
            if bound(left) < bound(right):
                low = left
            else:
                high = right
        return bound((low + high) / 2)

    def _missed_of(self, node: _Node) -> float:
        """The objective of a plan with these totals."""
        assets, values = self._model.assets, []
        for row, total in zip(self._rows, node[4], strict=True):
            asset = assets[row.asset]
            unit = self._model.variables[asset.variables[0]].unit
            values.append((asset.want - total * unit) ** 2 / asset.weight)
        return math.fsum(values)


def _grain(model: Model, best: Prices) -> float:
    slops = math.fsum(best.cash[variable.account] * (variable.rounding_slack + 1) for variable in model.variables)
    return slops + math.fsum(1 / asset.weight for asset in model.assets)


def _variants(model: Model, best: Prices) -> list[Prices]:
    scales = _SCALES if len(model.variables) <= _MANY_LEGS else (1.0,)
    found = [
        best if s == 1.0 else Prices(model, [p * s for p in best.cash], [p * s for p in best.room]) for s in scales
    ]
    if len(model.variables) > _FEW_LEGS:
        return found
    for account, price in enumerate(best.cash):
        if price > 0 and len(best.cash) > 1:
            for shift in _SHIFTS:
                cash = list(best.cash)
                cash[account] = price * shift
                found.append(Prices(model, cash, best.room))
    return found


def _totals(lines: Sequence[Line], limits: Sequence[float], main: int) -> list[tuple[int, tuple[float, ...]]] | None:
    """Every total that some better plan may have, with its values, from the best one outward; None when too many."""
    line, found = lines[main], []
    counts: set[int] = set()
    for money in line.moneys:
        if not _add_counts(line, money, limits[main], counts):
            return None
    for count in sorted(counts):
        values = tuple(one.value(count) for one in lines)
        if all(value < limit for value, limit in zip(values, limits, strict=True)):
            found.append((count, values))
    if len(found) > _MOST_TOTALS:
        return None
    found.sort(key=lambda item: item[1][main])
    return found


def _add_counts(line: Line, money: float, limit: float, counts: set[int]) -> bool:
    """Add the numbers of steps whose value is below the limit; False when there are too many to be looked at.

    The value with a least amount of money is convex in the steps: they lie around the best.
    """
    centre = min(line.around(money), key=lambda count: (line.value_from(count, money), count))
    for step in (-1, 1):
        count = centre if step > 0 else centre - 1
        while line.forced <= count <= line.most:
            if line.forced < count < line.least:
                count = line.forced if step < 0 else line.least
                continue
            if line.value_from(count, money) >= limit:
                break
            counts.add(count)
            if len(counts) > _LOOKS * _MOST_TOTALS:
                return False
            count += step
    return True
