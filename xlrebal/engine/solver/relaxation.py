"""The programme in fractions: how much each variable moves when steps need not be whole.

Each account in turn is filled as well as it can be given what the others do. The objective is smooth and convex
and every limit belongs to one account, so that the rounds converge to the optimum (block coordinate descent:
D. Bertsekas, Nonlinear Programming, section 2.7).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlrebal.engine.solver.model import Model

_MOST_ROUNDS = 60
_FEW_ROUNDS = 6
_MOST_TRIALS = 60
_SETTLED = 1e-8
_MOST_RELOCATIONS = 12
_PRICES_AGREE = 1e-6
MANY_LEGS = 600
"""From here on a programme is large: fewer rounds, coarser steps."""


@dataclass
class Relaxed:
    """A solution in fractions.

    Attributes:
        moved: Value moved by each variable.
        prices: What one more unit of cash is worth in each account (the multiplier of its budget).

    """

    moved: list[float]
    prices: list[float]


@dataclass(frozen=True)
class Limits:
    """Least and most value of each variable, for a solution with some variables fixed or left out."""

    low: list[float]
    high: list[float]


def full_limits(model: Model) -> Limits:
    """Return the limits of the programme itself."""
    low = [variable.lowest * variable.unit for variable in model.variables]
    return Limits(
        low,
        [
            min(variable.most, max(model.assets[variable.asset].want, variable.lowest * variable.unit))
            for variable in model.variables
        ],
    )


def relax(model: Model, limits: Limits) -> Relaxed:
    """Return the best fractions. Sales come first: they bring cash and the objective wants them in full."""
    flow = _Flow(model, limits)
    flow.sell()
    flow.settle()
    for _ in range(_MOST_RELOCATIONS if len(model.variables) <= MANY_LEGS else 1):
        if not flow.relocate_sales():
            break
        flow.settle()
    _gather(model, limits, flow.groups, flow.moved)
    return Relaxed(flow.moved, flow.prices)


class _Flow:
    """Values moved so far, with the price of cash in each account and how fast it falls when cash comes in."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self._model, self._limits = model, limits
        self.moved = [0.0] * len(model.variables)
        self.prices = [0.0] * len(model.cash)
        self._falls = [0.0] * len(model.cash)
        self._totals = [0.0] * len(model.assets)
        self._everything = model.variables_by_account
        self.groups = [
            [index for index in variables if not model.assets[model.variables[index].asset].selling]
            for variables in self._everything
        ]
        self._scale = max((asset.want for asset in model.assets), default=0.0)

    def sell(self) -> None:
        """Sell what each asset wants sold, in the accounts that like it best."""
        variables = self._model.variables
        for asset in (a for a in self._model.assets if a.selling):
            want = asset.want
            for index in asset.variables:
                self.moved[index] = self._limits.low[index]
                want -= self.moved[index]
            for index in sorted(asset.variables, key=lambda i: (variables[i].tax_and_cost_rank, i)):
                more = min(max(want, 0.0), self._limits.high[index] - self.moved[index])
                self.moved[index] += more
                want -= more

    def settle(self) -> None:
        """Fill account after account until nothing moves."""
        budgets = [self._budget(account) for account in range(len(self.prices))]
        rounds = _FEW_ROUNDS if len(self._model.variables) > MANY_LEGS else _MOST_ROUNDS
        for _ in range(1 if len(self.prices) == 1 else rounds):
            largest = max((self._fill(account, budget) for account, budget in enumerate(budgets)), default=0.0)
            if largest <= _SETTLED * self._scale:
                return

    def _budget(self, account: int) -> float:
        """Cash of an account with what its sales bring."""
        variables, assets = self._model.variables, self._model.assets
        sales = (i for i in self._everything[account] if assets[variables[i].asset].selling)
        return self._model.cash[account] - math.fsum(variables[i].cash_per_value * self.moved[i] for i in sales)

    def _room(self, account: int) -> float | None:
        """Room under the cap with what the account's sales free; None without a cap."""
        room = self._model.headroom[account]
        if room is None:
            return None
        variables, assets = self._model.variables, self._model.assets
        sales = (i for i in self._everything[account] if assets[variables[i].asset].selling)
        return max(room - math.fsum(variables[i].weight_of_risk * self.moved[i] for i in sales), 0.0)

    def _fill(self, account: int, budget: float) -> float:
        indices, variables = self.groups[account], self._model.variables
        if not indices:
            return 0.0
        assets = self._model.assets
        rests = [assets[variables[i].asset].want - self._totals[variables[i].asset] + self.moved[i] for i in indices]
        filled = _fill_account(self._model, self._limits, indices, rests, self._room(account), budget)
        self.prices[account], self._falls[account] = filled.price, filled.fall
        largest = 0.0
        for index, value in zip(indices, filled.values, strict=True):
            change = value - self.moved[index]
            largest = max(largest, abs(change))
            self._totals[variables[index].asset] += change
            self.moved[index] = value
        return largest

    def relocate_sales(self) -> bool:
        """Move sales of an asset from the account where cash is worth least to the one where it is worth most."""
        variables, changed = self._model.variables, False
        prices = list(self.prices)
        for asset in self._model.assets:
            givers = [i for i in asset.variables if self.moved[i] > self._limits.low[i]]
            takers = [i for i in asset.variables if self.moved[i] < self._limits.high[i]]
            if not asset.selling or not givers or not takers:
                continue
            give = min(givers, key=lambda i: prices[variables[i].account])
            take = max(takers, key=lambda i: prices[variables[i].account])
            here, there = variables[give].account, variables[take].account
            if prices[there] - prices[here] <= _PRICES_AGREE * prices[there]:
                continue
            value = min(self.moved[give] - self._limits.low[give], self._limits.high[take] - self.moved[take])
            fall = self._falls[here] + self._falls[there]
            if fall > 0:
                value = min(value, (prices[there] - prices[here]) / fall)
            prices[here] += value * self._falls[here]
            prices[there] -= value * self._falls[there]
            self.moved[give] -= value
            self.moved[take] += value
            changed = changed or value > 1.0
        return changed


@dataclass(frozen=True)
class Filled:
    """Values of some variables, the price of the budget, and how fast it falls as the budget grows."""

    values: list[float]
    price: float
    fall: float


def _fill_account(
    model: Model, limits: Limits, variables: list[int], rests: list[float], room: float | None, budget: float
) -> Filled:
    filled = fill(model, limits, variables, rests, [model.variables[i].cash_per_value for i in variables], budget)
    if room is None:
        return filled
    risky = [k for k, i in enumerate(variables) if model.variables[i].risky]
    if math.fsum(model.variables[variables[k]].weight_of_risk * filled.values[k] for k in risky) <= room:
        return filled
    return _fill_capped(model, limits, variables, rests, risky, room, budget)


def _fill_capped(
    model: Model,
    limits: Limits,
    variables: list[int],
    rests: list[float],
    risky: list[int],
    room: float,
    budget: float,
) -> Filled:
    """The capped side takes its room, the rest of the money goes to the other side."""
    fresh = [0.0] * len(variables)
    own = [variables[k] for k in risky]
    use = [model.variables[i].weight_of_risk for i in own]
    part = fill(model, limits, own, [rests[k] for k in risky], use, room).values
    for k, value in zip(risky, part, strict=True):
        fresh[k] = value
        budget -= model.variables[variables[k]].cash_per_value * value
    safe = sorted(set(range(len(variables))) - set(risky))
    others = [variables[k] for k in safe]
    filled = fill(
        model, limits, others, [rests[k] for k in safe], [model.variables[i].cash_per_value for i in others], budget
    )
    for k, value in zip(safe, filled.values, strict=True):
        fresh[k] = value
    return Filled(fresh, filled.price, filled.fall)


def fill(
    model: Model, limits: Limits, variables: list[int], rests: list[float], cash_per_values: list[float], budget: float
) -> Filled:
    """Spread a budget over variables that still miss ``rests``; return their values and the price of the budget.

    The values are clamp(rest - price * cash_per_value * weight / 2): the optimality condition of a separable quadratic
    programme with one budget. The price is found by Newton steps inside a bracket.
    """
    if not variables:
        return Filled([], 0.0, 0.0)
    weights = [model.assets[model.variables[i].asset].weight / 2 for i in variables]
    lows, highs = [limits.low[i] for i in variables], [limits.high[i] for i in variables]
    rows = list(zip(rests, [p * w for p, w in zip(cash_per_values, weights, strict=True)], lows, highs, strict=True))
    price, floor, ceiling = 0.0, 0.0, float("inf")
    tolerance, steep = 1e-6 + 1e-12 * abs(budget), 0.0
    for _ in range(_MOST_TRIALS):
        values = [max(low, min(rest - price * slope, high)) for rest, slope, low, high in rows]
        spent = math.fsum(
            [cash_per_value * value for cash_per_value, value in zip(cash_per_values, values, strict=True)]
        )
        over = spent - budget
        if over <= 0 and price == 0.0:
            return Filled(values, 0.0, 0.0)
        if abs(over) <= tolerance:
            break
        if over > 0:
            floor = price
        else:
            ceiling = price
        steep = math.fsum(
            [
                cash_per_value * slope
                for cash_per_value, (rest, slope, low, high) in zip(cash_per_values, rows, strict=True)
                if low < rest - price * slope < high
            ]
        )
        following = _next_price(price, over, steep, floor, ceiling, rows)
        if following == price:
            break
        price = following
    return Filled(values, price, 1 / steep if steep > 0 else 0.0)


def _next_price(
    price: float, over: float, steep: float, floor: float, ceiling: float, rows: list[tuple[float, float, float, float]]
) -> float:
    if steep > 0:
        step = price + over / steep
        if floor < step < ceiling:
            return step
    if ceiling == float("inf"):
        return max((rest - low) / slope for rest, slope, low, _ in rows)
    return (floor + ceiling) / 2


def _gather(model: Model, limits: Limits, groups: list[list[int]], moved: list[float]) -> None:
    """Let two accounts swap purchases of equal cash until they share one asset at most: fewer orders, same plan."""
    by_asset = [{model.variables[i].asset: i for i in variables} for variables in groups]
    for first in range(len(groups)):
        for second in range(first + 1, len(groups)):
            _gather_pair(model, limits, by_asset[first], by_asset[second], moved)


def _gather_pair(model: Model, limits: Limits, mine: dict[int, int], other: dict[int, int], moved: list[float]) -> None:
    shared = [a for a in mine if a in other and moved[mine[a]] > 0 and moved[other[a]] > 0]
    if any(model.headroom[model.variables[table[a]].account] is not None for a in shared for table in (mine, other)):
        return
    shared.sort(key=lambda a: model.variables[mine[a]].tax_and_cost_rank - model.variables[other[a]].tax_and_cost_rank)
    head, tail = 0, len(shared) - 1
    while head < tail:
        here, there = shared[head], shared[tail]
        value = min(
            moved[other[here]] - limits.low[other[here]],
            moved[mine[there]] - limits.low[mine[there]],
            limits.high[mine[here]] - moved[mine[here]],
            limits.high[other[there]] - moved[other[there]],
        )
        moved[mine[here]] += value
        moved[other[here]] -= value
        moved[other[there]] += value
        moved[mine[there]] -= value
        if moved[other[here]] - limits.low[other[here]] <= 1e-9 or moved[mine[here]] >= limits.high[mine[here]]:
            head += 1
        else:
            tail -= 1
