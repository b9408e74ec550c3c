"""The programme: assets that want money moved, legs that move it, accounts that must pay for it.

Money is in minor units of the base currency. Values and multipliers are floats; what an account pays or
receives for a number of steps is an exact integer, so that no account is ever overdrawn by a rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Leg:
    """One asset in one account, traded in steps: whole units, or minor units of money.

    Attributes:
        asset: Index of the asset.
        account: Index of the account.
        unit: Value of one step.
        lowest: Fewest steps.
        highest: Most steps.
        least: Fewest steps of an order that is placed at all (the minimum trade); 0 steps are always allowed
            when ``lowest`` is 0.
        pull: Cash that one unit of value takes: 1 + cost for a buy, -(1 - cost - tax) for a sale.
        weight_of_risk: What one unit of value adds to the capped side of the account; 0 without a cap.
        slop: Most by which rounding lets the exact cash differ from ``pull`` times value.
        dislike: Rank among legs that serve the asset equally well; lower is better.
        cash: Exact change of the account's cash for a number of steps.

    """

    asset: int
    account: int
    unit: float
    lowest: int
    highest: int
    least: int
    pull: float
    weight_of_risk: float
    slop: float
    dislike: float
    cash: Callable[[int], int]

    @property
    def fine(self) -> bool:
        """True when the steps are money itself."""
        return self.unit == 1.0

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
        legs: Indices of its legs.
        most: Most value that may be moved: ``want``, or the next whole step above it.

    """

    want: float
    weight: float
    selling: bool
    legs: tuple[int, ...]
    most: float


@dataclass(frozen=True)
class Model:
    """The whole programme.

    Attributes:
        assets: What wants to move.
        legs: How it can move, in the order of assets.
        cash: Cash of each account that may be spent; negative where it must be raised.
        rooms: For each account with a cap: how much its capped side may grow; None without a cap.

    """

    assets: tuple[Asset, ...]
    legs: tuple[Leg, ...]
    cash: tuple[int, ...]
    rooms: tuple[float | None, ...]

    @property
    def legs_by_account(self) -> list[list[int]]:
        """Indices of the legs of each account."""
        found: list[list[int]] = [[] for _ in self.cash]
        for index, leg in enumerate(self.legs):
            found[leg.account].append(index)
        return found

    def missed(self, moved: list[float]) -> float:
        """Return the objective for the value moved of each asset."""
        return math.fsum((a.want - m) ** 2 / a.weight for a, m in zip(self.assets, moved, strict=True))


class Position:
    """A choice of steps for every leg, with its cash, rooms and objective kept up to date."""

    def __init__(self, model: Model, steps: list[int]) -> None:
        """Start from a choice of steps."""
        self.model = model
        self.steps = list(steps)
        self.moved = [0.0] * len(model.assets)
        self.left = list(model.cash)
        self.rooms = [room if room is not None else 0.0 for room in model.rooms]
        for leg, count in zip(model.legs, steps, strict=True):
            if count:
                self.moved[leg.asset] += count * leg.unit
                self.left[leg.account] += leg.cash(count)
                self.rooms[leg.account] -= count * leg.unit * leg.weight_of_risk

    @property
    def missed(self) -> float:
        """The objective."""
        return self.model.missed(self.moved)

    def set(self, index: int, count: int) -> None:
        """Change the steps of one leg."""
        leg, old = self.model.legs[index], self.steps[index]
        self.moved[leg.asset] += (count - old) * leg.unit
        self.left[leg.account] += (leg.cash(count) if count else 0) - (leg.cash(old) if old else 0)
        self.rooms[leg.account] -= (count - old) * leg.unit * leg.weight_of_risk
        self.steps[index] = count

    def restore(self, steps: list[int]) -> None:
        """Go back to an earlier choice of steps."""
        for index, count in enumerate(steps):
            if self.steps[index] != count:
                self.set(index, count)

    def gain(self, index: int, change: int) -> float:
        """Return by how much the objective falls when a leg takes ``change`` more steps."""
        leg = self.model.legs[index]
        asset = self.model.assets[leg.asset]
        gap, step = asset.want - self.moved[leg.asset], change * leg.unit
        return step * (2 * gap - step) / asset.weight

    def cost(self, index: int, change: int) -> int:
        """Return the cash that ``change`` more steps of a leg take."""
        leg, old = self.model.legs[index], self.steps[index]
        return (leg.cash(old) if old else 0) - (leg.cash(old + change) if old + change else 0)

    def fits(self, index: int, change: int) -> bool:
        """Return whether the account can pay for the change and keeps its cap, and the asset wants it."""
        leg = self.model.legs[index]
        if self.cost(index, change) > self.left[leg.account] or not self.wants(index, change):
            return False
        return not self.breaks_cap(leg, change)

    def wants(self, index: int, change: int) -> bool:
        """Return whether the asset still wants a change over all its accounts."""
        leg = self.model.legs[index]
        return change <= 0 or self.moved[leg.asset] + change * leg.unit <= self.model.assets[leg.asset].most + 0.5

    def breaks_cap(self, leg: Leg, change: int) -> bool:
        """Return whether a purchase takes the account's capped side over its cap."""
        more = change * leg.unit * leg.weight_of_risk
        return self.model.rooms[leg.account] is not None and more > 0 and more > self.rooms[leg.account]

    @property
    def is_sound(self) -> bool:
        """True when no account is overdrawn and no cap is broken."""
        if any(left < 0 for left in self.left):
            return False
        capped = zip(self.model.rooms, self.rooms, strict=True)
        return all(limit is None or room >= min(limit, 0.0) - 1e-6 for limit, room in capped)
