"""The programme: assets that want money moved, variables that move it, accounts that must pay for it.

Money is in minor units of the base currency. Values and multipliers are floats; what an account pays or
receives for a number of steps is an exact integer, so that no account is ever overdrawn by a rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Variable:
    """One asset in one account, traded in steps: whole units, or minor units of money.

    Attributes:
        asset: Index of the asset.
        account: Index of the account.
        unit: Value of one step.
        lowest: Fewest steps.
        highest: Most steps.
        least: Fewest steps of an order that is placed at all (the minimum trade); 0 steps are always allowed
            when ``lowest`` is 0.
        cash_per_value: Cash that one unit of value takes: 1 + cost for a buy, -(1 - cost - tax) for a sale.
        weight_of_risk: What one unit of value takes of the room under the account's cap, its costs included; negative
            when it frees room, 0 without a cap.
        rounding_slack: Most by which rounding lets the exact cash differ from ``cash_per_value`` times value.
        tax_and_cost_rank: Rank among variables that serve the asset equally well; lower is better.
        cash: Exact change of the account's cash for a number of steps.
        risky: True for a purchase that the account's cap is tested for.
        room: Exact room under the cap that a number of steps takes; None without a cap.
        room_slop: Most by which rounding lets the exact room differ from ``weight_of_risk`` times value.

    """

    asset: int
    account: int
    unit: float
    lowest: int
    highest: int
    least: int
    cash_per_value: float
    weight_of_risk: float
    rounding_slack: float
    tax_and_cost_rank: float
    cash: Callable[[int], int]
    risky: bool = False
    room: Callable[[int], int] | None = None
    room_slop: float = 0.0

    @property
    def fine(self) -> bool:
        """True when the steps are money itself."""
        return self.unit == 1.0

    @property
    def hair(self) -> float:
        """Less than half a step: what the rounding of floats may add to a value."""
        return min(0.5, self.unit / 4)

    @property
    def most(self) -> float:
        """The largest value it can move."""
        return self.highest * self.unit


@dataclass(frozen=True)
class Asset:
    """An asset that wants value moved.

    Attributes:
        want: Value to move, 0 or more.
        weight: Its target weight, above 0; the square of what is missed is divided by it.
        selling: True when the value is to be sold.
        variables: Indices of its variables.
        most: Most value that may be moved: ``want``, or the next whole step above it.

    """

    want: float
    weight: float
    selling: bool
    variables: tuple[int, ...]
    most: float


@dataclass(frozen=True)
class Model:
    """The whole programme.

    Attributes:
        assets: What wants to move.
        variables: How it can move, in the order of assets.
        cash: Cash of each account that may be spent; negative where it must be raised.
        headroom: For each account with a cap: what its orders together may take of the room under the cap, an exact
            integer in the unit of ``Variable.room``; None without a cap.
        tested: Accounts whose cap counts whatever is bought, because something risky is bought already. In the others
            it counts as soon as something risky is bought; ``solve`` looks at both.

    """

    assets: tuple[Asset, ...]
    variables: tuple[Variable, ...]
    cash: tuple[int, ...]
    headroom: tuple[int | None, ...]
    tested: frozenset[int] = frozenset()

    @property
    def variables_by_account(self) -> list[list[int]]:
        """Indices of the variables of each account."""
        found: list[list[int]] = [[] for _ in self.cash]
        for index, variable in enumerate(self.variables):
            found[variable.account].append(index)
        return found

    def missed(self, moved: list[float]) -> float:
        """Return the objective for the value moved of each asset."""
        return math.fsum((a.want - m) ** 2 / a.weight for a, m in zip(self.assets, moved, strict=True))


class Candidate:
    """A choice of steps for every variable, with its cash, headroom and objective kept up to date."""

    def __init__(self, model: Model, steps: Sequence[int]) -> None:
        """Start from a choice of steps."""
        self.model = model
        self.steps = list(steps)
        self.moved = [0.0] * len(model.assets)
        self.left = list(model.cash)
        self.headroom = [0 if room is None else room for room in model.headroom]
        for variable, count in zip(model.variables, steps, strict=True):
            if count:
                self.moved[variable.asset] += count * variable.unit
                self.left[variable.account] += variable.cash(count)
                if variable.room is not None and model.headroom[variable.account] is not None:
                    self.headroom[variable.account] -= variable.room(count)

    @property
    def missed(self) -> float:
        """The objective."""
        return self.model.missed(self.moved)

    def set(self, index: int, count: int) -> None:
        """Change the steps of one variable."""
        variable, old = self.model.variables[index], self.steps[index]
        if count == old:
            return
        self.left[variable.account] -= self.cost(index, count - old)
        self.headroom[variable.account] -= self.taken(index, count - old)
        self.moved[variable.asset] += (count - old) * variable.unit
        self.steps[index] = count

    def restore(self, steps: Sequence[int]) -> None:
        """Go back to an earlier choice of steps."""
        for index, count in enumerate(steps):
            if self.steps[index] != count:
                self.set(index, count)

    def gain(self, index: int, change: int) -> float:
        """Return by how much the objective falls when a variable takes ``change`` more steps."""
        variable = self.model.variables[index]
        asset = self.model.assets[variable.asset]
        gap, step = asset.want - self.moved[variable.asset], change * variable.unit
        return step * (2 * gap - step) / asset.weight

    def cost(self, index: int, change: int) -> int:
        """Return the cash that ``change`` more steps of a variable take."""
        variable, old = self.model.variables[index], self.steps[index]
        return (variable.cash(old) if old else 0) - (variable.cash(old + change) if old + change else 0)

    def taken(self, index: int, change: int) -> int:
        """Return the room under the account's cap that ``change`` more steps take; negative when freed."""
        variable, old = self.model.variables[index], self.steps[index]
        if variable.room is None or self.model.headroom[variable.account] is None:
            return 0
        return (variable.room(old + change) if old + change else 0) - (variable.room(old) if old else 0)

    def fits(self, index: int, change: int) -> bool:
        """Return whether the account can pay for the change and keeps its cap, and the asset wants it."""
        account = self.model.variables[index].account
        cost = self.cost(index, change)
        if (cost > 0 and cost > self.left[account]) or not self.wants(index, change):
            return False
        taken = self.taken(index, change)
        return taken <= 0 or taken <= self.headroom[account]

    def wants(self, index: int, change: int) -> bool:
        """Return whether the asset still wants a change over all its accounts."""
        variable = self.model.variables[index]
        if change <= 0:
            return True
        return (
            self.moved[variable.asset] + change * variable.unit
            <= self.model.assets[variable.asset].most + variable.hair
        )

    @property
    def is_sound(self) -> bool:
        """True when no account is overdrawn and no cap is broken."""
        return min(self.left, default=0) >= 0 and min(self.headroom, default=0) >= 0
