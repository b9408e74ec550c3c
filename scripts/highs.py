"""A programme of the planner stated for HiGHS, a mixed-integer solver; needs scipy beside xlrebal.

Whole steps are integers, orders in money are continuous. The minimum trade and "buys something risky" are binary. The
squares are bounded from below by lines: for an asset that trades in the same whole steps everywhere by the chords
between its whole totals, which are exact, otherwise by tangents. Lines are added where the last solution needs them
until they are exact enough or the time is over. Rounding to minor units is allowed for, so that the bound is valid.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.engine.solver.model import Asset, Model

_EXACT = 1e-6
# Values in thousands: numbers of a size that the solver's tolerances suit.
_THOUSAND = 1_000.0
_NEAR = range(-4, 5)


def by_highs(model: Model, seconds: float, known: float) -> tuple[float, float]:
    """Return the objective that HiGHS finds within a time and its bound; ``known`` is the objective of a plan."""
    stated, end = _Stated(model, known), time.perf_counter() + seconds
    value, bound = float("inf"), 0.0
    while (left := end - time.perf_counter()) > 0:
        found = stated.solve(left)
        bound = max(bound, (found.mip_dual_bound or 0.0) * known)
        if found.x is None:
            break
        steps = [found.x[i] if variable.fine else round(found.x[i]) for i, variable in enumerate(model.variables)]
        moved = [sum(model.variables[i].unit * steps[i] for i in asset.variables) for asset in model.assets]
        value = min(value, model.missed(moved))
        if bound >= value * (1 - _EXACT) or not stated.refine(moved):
            break
    return value, min(bound, value)


class _Stated:
    def __init__(self, model: Model, known: float) -> None:
        self._model, self._known = model, known
        count, assets = len(model.variables), len(model.assets)
        self._switches = [i for i, variable in enumerate(model.variables) if variable.least > max(variable.lowest, 1)]
        self._capped = [a for a, room in enumerate(model.headroom) if room is not None]
        self._columns = count + assets + len(self._switches) + len(self._capped)
        self._rows: list[tuple[dict[int, float], float, float]] = []
        self._lines: set[tuple[int, int]] = set()
        self._add_cash()
        self._add_switches(count + assets)
        self._add_caps(count + assets + len(self._switches))
        for number, asset in enumerate(model.assets):
            self._add_lines(number, self._first_places(asset))
            forced = sum(model.variables[i].lowest * model.variables[i].unit for i in asset.variables)
            row = {i: model.variables[i].unit / _THOUSAND for i in asset.variables}
            self._add(row, -float("inf"), (max(asset.most, forced) + 0.5) / _THOUSAND)

    def _add(self, row: dict[int, float], low: float, high: float) -> None:
        self._rows.append((row, low, high))

    def _add_cash(self) -> None:
        for account, money in enumerate(self._model.cash):
            variables = {
                i: variable
                for i, variable in enumerate(self._model.variables)
                if variable.account == account and variable.highest
            }
            rounding_slack = sum(variable.rounding_slack for variable in variables.values())
            row = {i: variable.cash_per_value * variable.unit / _THOUSAND for i, variable in variables.items()}
            self._add(row, -float("inf"), (money + rounding_slack) / _THOUSAND)

    def _add_switches(self, first: int) -> None:
        for column, index in enumerate(self._switches, first):
            variable = self._model.variables[index]
            self._add({index: 1.0, column: -float(variable.highest - variable.lowest)}, -float("inf"), variable.lowest)
            self._add({index: 1.0, column: -float(variable.least - variable.lowest)}, variable.lowest, float("inf"))

    def _add_caps(self, first: int) -> None:
        """The cap counts when something risky is bought, or was bought before."""
        for column, account in enumerate(self._capped, first):
            variables = {
                i: variable
                for i, variable in enumerate(self._model.variables)
                if variable.account == account and variable.highest
            }
            room = float(self._model.headroom[account] or 0) + sum(
                variable.room_slop for variable in variables.values()
            )
            scale = max([abs(variable.weight_of_risk) for variable in variables.values()] or [1.0]) * _THOUSAND or 1.0
            row = {i: variable.weight_of_risk * variable.unit / scale for i, variable in variables.items()}
            most = sum(max(part * self._model.variables[i].highest, 0.0) for i, part in row.items())
            spare = max(most - room / scale, 0.0)
            self._add(row | {column: spare}, -float("inf"), room / scale + spare)
            for index in (i for i, variable in variables.items() if variable.risky):
                self._add({index: 1.0, column: -float(variables[index].highest)}, -float("inf"), 0.0)
            if account in self._model.tested:
                self._add({column: 1.0}, 1.0, 1.0)

    def _unit(self, asset: Asset) -> float:
        """The whole step of an asset that trades in it everywhere; otherwise 0."""
        units = {self._model.variables[i].unit for i in asset.variables}
        return units.pop() if len(units) == 1 and 1.0 not in units else 0.0

    def _first_places(self, asset: Asset) -> Iterable[float]:
        unit = self._unit(asset) or asset.want / 1_000 or 1.0
        gap = unit
        yield from (asset.want + k * unit for k in _NEAR)
        while gap < 2 * asset.want:
            yield asset.want - gap
            yield asset.want + gap
            gap *= 1.3

    def _add_lines(self, number: int, places: Iterable[float]) -> bool:
        """Bound the square of an asset from below around these values moved; whether that was new."""
        asset, added = self._model.assets[number], False
        unit, square = self._unit(asset), len(self._model.variables) + number
        grid = unit or max(asset.want * 1e-6, 1.0)
        for place in places:
            whole = int(place // grid)
            if whole < 0 or (number, whole) in self._lines:
                continue
            self._lines.add((number, whole))
            added = True
            ends = (whole * unit, (whole + 1) * unit) if unit else (place, place)
            slope = (ends[0] + ends[1] - 2 * asset.want) / asset.weight / self._known
            value = (asset.want - ends[0]) ** 2 / asset.weight / self._known - slope * ends[0]
            row = {i: -slope * self._model.variables[i].unit for i in asset.variables} | {square: 1.0}
            size = max(1.0, *(abs(part) for part in row.values()))
            self._add({i: part / size for i, part in row.items()}, value / size, float("inf"))
        return added

    def refine(self, moved: list[float]) -> bool:
        """Add the lines that a solution needs; whether there were any."""
        return sum(self._add_lines(number, (value, value - 1, value + 1)) for number, value in enumerate(moved)) > 0

    def solve(self, seconds: float) -> Any:  # scipy's result has no type
        """Ask HiGHS."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import lil_matrix

        model, count = self._model, len(self._model.variables)
        matrix = lil_matrix((len(self._rows), self._columns))
        for number, (row, _, _) in enumerate(self._rows):
            for column, part in row.items():
                matrix[number, column] = part
        bottoms, tops, whole = np.zeros(self._columns), np.ones(self._columns), np.ones(self._columns)
        for index, variable in enumerate(model.variables):
            bottoms[index], tops[index], whole[index] = variable.lowest, variable.highest, 0 if variable.fine else 1
        squares = slice(count, count + len(model.assets))
        tops[squares], whole[squares] = np.inf, 0
        aims = np.zeros(self._columns)
        aims[squares] = 1.0
        constraints = LinearConstraint(matrix.tocsr(), [r[1] for r in self._rows], [r[2] for r in self._rows])
        options = {"time_limit": seconds, "mip_rel_gap": _EXACT}
        return milp(aims, constraints=constraints, bounds=Bounds(bottoms, tops), integrality=whole, options=options)
