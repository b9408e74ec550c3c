"""Whole totals of every asset dealt out to the accounts that must pay for them.

First a known plan is changed: what the totals add or take goes where there is money, then units move between accounts,
one asset at a time or two against each other, until no account is overdrawn. Where that fails, all ways to deal out
one half of the assets are held against all ways for the other half.
Source of the last step: E. Horowitz and S. Sahni, "Computing partitions with applications to the knapsack problem",
Journal of the ACM 21 (1974).
"""

from __future__ import annotations

import math
from itertools import product
from operator import add
from typing import TYPE_CHECKING

from xlrebal.engine.solver.exchanges import balance
from xlrebal.engine.solver.model import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlrebal.engine.solver.model import Model, Variable

# Ways to deal out one half of the assets; with more, only those near the known plan are looked at.
_MOST_WAYS = 4_000
_MOST_WAYS_OF_AN_ASSET = 1_400
_PATIENCE = 8
_MOST_LEGS = 200
_NEAR = (6, 3, 2, 1)
_WAYS_OF_A_TRY = 4
_MOST_LOOKS = 100_000
# Steps of one variable that are looked at to find a way.
_LOOKS_OF_A_WAY = 8
# Plans that every account could pay for but that break a cap.
_MOST_CAPPED = 200
_MOST_MOVES = 30
_NEXT_TO_NOTHING = 1e-9
# Units of one asset that are tried against units of another.
_MOST_AGAINST = 24


class Packer:
    """Deals totals out to variables; ``exhausted`` tells whether every way was tried, ``tries`` how much work."""

    def __init__(self, model: Model) -> None:
        """Keep the programme."""
        self._model = model
        self.whole = [[i for i in asset.variables if not model.variables[i].fine] for asset in model.assets]
        """Variables in whole steps, by asset."""
        self._single = all(len(asset.variables) == 1 for asset in model.assets)
        self.exhausted = True
        self.tries = 0

    def deal(
        self, totals: Sequence[int], near: Sequence[int], money: Sequence[int] = (), *, patient: bool = False
    ) -> list[int] | None:
        """Return steps by variable that add up to the totals and that every account can pay, or None.

        Args:
            totals: Steps of each asset.
            near: Steps by variable of a plan that is probably close.
            money: Assets that are left at their fewest steps for now, or as they are when they are sold.
            patient: Look at many more ways than usual.

        """
        self.exhausted, self.tries = True, 0
        # Sales that are not dealt out may bring more cash than they do in the known plan.
        open_sales = any(
            model_asset.selling and (number in money or len(own) < len(model_asset.variables))
            for number, (model_asset, own) in enumerate(zip(self._model.assets, self.whole, strict=True))
        )
        found = self._deal(totals, near, money, patient=patient)
        self.exhausted = self.exhausted and not open_sales
        return found

    def _deal(
        self, totals: Sequence[int], near: Sequence[int], money: Sequence[int], *, patient: bool
    ) -> list[int] | None:
        if self._single:
            return self._deal_directly(totals, near, frozenset(money))
        shifted = _Shifter(self._model, self.whole, totals, near, frozenset(money))
        found = shifted.run()
        self.tries += shifted.tries
        if found is not None:
            return found
        if len(self._model.variables) > _MOST_LEGS:
            self.exhausted = False
            return None
        if shifted.fitted:
            candidate = Candidate(self._model, shifted.steps)
            dealt = [[i for i in own if number in shifted.whole] for number, own in enumerate(self.whole)]
            self.tries += balance(candidate, dealt) // _WAYS_OF_A_TRY
            if candidate.is_sound:
                return candidate.steps
        halves = _Halves(self._model, self.whole, totals, shifted.steps, _PATIENCE if patient else 1)
        found = halves.run()
        self.tries += halves.tries
        self.exhausted = halves.exhausted
        return found

    def _deal_directly(self, totals: Sequence[int], near: Sequence[int], money: frozenset[int]) -> list[int] | None:
        """Each asset has one variable: there is nothing to choose. Caps are checked with the whole plan."""
        self.tries = 1
        steps, left = [0] * len(self._model.variables), list(self._model.cash)
        for asset, total in zip(self._model.assets, totals, strict=True):
            index = asset.variables[0]
            variable = self._model.variables[index]
            if variable.fine or variable.asset in money:
                steps[index] = near[index] if asset.selling else variable.lowest
            else:
                steps[index] = total
            if steps[index]:
                left[variable.account] += variable.cash(steps[index])
        return steps if min(left) >= 0 else None  # caps are checked with the whole plan


def _each(variable: Variable) -> float:
    """Cash of one step; a sale whose costs take up everything brings none."""
    return max(variable.unit * abs(variable.cash_per_value), _NEXT_TO_NOTHING)


class _Shifter:
    """Changes a known plan until it has the totals and every account can pay."""

    def __init__(
        self,
        model: Model,
        variables: list[list[int]],
        totals: Sequence[int],
        near: Sequence[int],
        money: frozenset[int],
    ) -> None:
        self._model, self._variables, self.tries = model, variables, 0
        self._position = Candidate(model, near)
        self.whole = [number for number, own in enumerate(variables) if own and number not in money]
        for index, variable in enumerate(model.variables):
            if (variable.fine or variable.asset in money) and not model.assets[variable.asset].selling:
                self._position.set(index, variable.lowest)
        self._wanted, self.fitted = totals, False

    @property
    def steps(self) -> list[int]:
        """The steps as far as it got."""
        return self._position.steps

    def run(self) -> list[int] | None:
        self.fitted = all([self._fit(number) for number in self.whole])  # noqa: C419  # all are to be tried
        if not self.fitted:
            return None
        for _ in range(_MOST_MOVES):
            worst = min(range(len(self._position.left)), key=self._short)
            if self._short(worst) >= 0:
                return list(self._position.steps)
            if not self._ease(worst) and not self._exchange(worst):
                return None
        return None

    def _short(self, account: int) -> float:
        """How much an account is overdrawn, negative; room under a cap counts like cash."""
        return min(self._position.left[account], 0) + min(self._position.headroom[account], 0)

    def _fit(self, number: int) -> bool:
        """Give the asset its total: what is added goes where most money is, what is taken where least is."""
        candidate, variables = self._position, self._variables[number]
        change = self._wanted[number] - sum(candidate.steps[i] for i in variables)
        selling = self._model.assets[number].selling
        rich = sorted(variables, key=lambda i: (-candidate.left[self._model.variables[i].account], i))
        order = rich if (change > 0) != selling else rich[::-1]
        for _ in range(2):
            for index in order:
                if change == 0:
                    return True
                part = self._nearest(index, change)
                candidate.set(index, candidate.steps[index] + part)
                change -= part
        return change == 0

    def _nearest(self, index: int, change: int) -> int:
        """The part of a change that a variable can take."""
        variable, old = self._model.variables[index], self._position.steps[index]
        new = max(min(old + change, variable.highest), variable.lowest)
        if variable.lowest < new < variable.least:
            new = variable.lowest if change < 0 else old
        if (change > 0 and new - old > change) or (change < 0 and new - old < change):
            return 0
        return new - old

    def _allowed(self, index: int, change: int) -> bool:
        variable, new = self._model.variables[index], self._position.steps[index] + change
        return new == variable.lowest or max(variable.least, variable.lowest) <= new <= variable.highest

    def _ease(self, account: int) -> bool:
        """Move units of one asset so that the account is overdrawn least."""
        before = sum(self._short(a) for a in range(len(self._position.left)))
        best, found = before, None
        for index, other, sign in self._ways(account):
            variable, twin = self._model.variables[index], self._model.variables[other]
            need = max(1, math.ceil(-self._position.left[account] / _each(variable)))
            free = int(max(self._position.left[twin.account], 0) / _each(twin))
            for count in {need, min(need, free), self._all_of(index, other, sign)} - {0}:
                self.tries += 1
                if self._shift(index, other, sign * count):
                    after = sum(self._short(a) for a in range(len(self._position.left)))
                    if after > best:
                        best, found = after, (index, other, sign * count)
                    self._shift(other, index, sign * count)
        return found is not None and self._shift(*found)

    def _all_of(self, index: int, other: int, sign: int) -> int:
        giver, taker = (index, other) if sign > 0 else (other, index)
        variables, steps = self._model.variables, self._position.steps
        return max(min(steps[giver] - variables[giver].lowest, variables[taker].highest - steps[taker]), 0)

    def _ways(self, account: int) -> Iterator[tuple[int, int, int]]:
        """Variable, variable elsewhere and direction of a move that brings the account cash."""
        for number in self.whole:
            variables = self._variables[number]
            mine = next((i for i in variables if self._model.variables[i].account == account), None)
            if mine is None or len(variables) < 2:
                continue
            for other in variables:
                if other != mine:
                    yield mine, other, -1 if self._model.assets[number].selling else 1

    def _shift(self, index: int, other: int, count: int) -> bool:
        """Move steps from one variable to the other; nothing happens when a variable may not have them."""
        if not (self._allowed(index, -count) and self._allowed(other, count)):
            return False
        self._position.set(index, self._position.steps[index] - count)
        self._position.set(other, self._position.steps[other] + count)
        return True

    def _exchange(self, account: int) -> bool:
        """Move units of one asset out and units of another in, so that the account is just not overdrawn."""
        candidate, variables = self._position, self._model.variables
        need = -candidate.left[account]
        if need <= 0:
            return False
        ways = list(self._ways(account))
        for index, other, sign in ways:
            there = variables[other].account
            spare = candidate.left[there]
            if spare < 0:
                continue
            each = _each(variables[index])
            for back, forth, turn in ways:
                if variables[forth].account != there or variables[back].asset == variables[index].asset:
                    continue
                unit = _each(variables[back])
                first = max(1, math.ceil(need / each))
                last = min(first + _MOST_AGAINST, self._all_of(index, other, sign))
                most = self._all_of(forth, back, turn)
                self.tries += 1
                for count in range(first, last + 1):
                    against = int((count * each - need) / unit)
                    if not 0 < against <= most or count * each - against * unit > spare:
                        continue
                    if self._both((index, other, sign * count), (forth, back, turn * against), there, account):
                        return True
        return False

    def _both(self, out: tuple[int, int, int], back: tuple[int, int, int], there: int, account: int) -> bool:
        before = self._short(account) + self._short(there)
        if not self._shift(*out):
            return False
        if self._shift(*back):
            if self._short(account) + self._short(there) > before:
                return True
            self._shift(back[1], back[0], back[2])
        self._shift(out[1], out[0], out[2])
        return False


def _orders(variable: Variable) -> list[tuple[int, int]]:
    """Steps that a variable may take, as first and last of each stretch: none more than it must, or a whole order."""
    if variable.least <= variable.lowest + 1:
        return [(variable.lowest, variable.highest)]
    return (
        [(variable.lowest, variable.lowest), (variable.least, variable.highest)]
        if variable.least <= variable.highest
        else [(variable.lowest,) * 2]
    )


# What a way to deal out some assets does to the cash of each account, and the steps of its variables.
_Way = tuple[tuple[int, ...], tuple[tuple[int, int], ...]]


class _Halves:
    """Every way to deal out one half of the assets against every way for the other."""

    def __init__(
        self, model: Model, variables: list[list[int]], totals: Sequence[int], near: Sequence[int], patience: int
    ) -> None:
        self._patience = patience
        self._model, self._near, self.tries, self.exhausted = model, list(near), 0, True
        dealt = {i for own in variables for i in own if len(own) > 1}
        self._base = list(model.cash)
        for index, variable in enumerate(model.variables):
            if index not in dealt and self._near[index]:
                self._base[variable.account] += variable.cash(self._near[index])
        self._ways = [self._ways_of(own, totals[number]) for number, own in enumerate(variables) if len(own) > 1]

    def run(self) -> list[int] | None:
        if not all(self._ways):
            return None
        nothing = (0,) * len(self._base)
        first: list[_Way] = [(nothing, ())]
        second: list[_Way] = [(nothing, ())]
        for ways in sorted(self._ways, key=len):
            smaller = first if len(first) <= len(second) else second
            few = ways[: max(_MOST_WAYS * self._patience // len(smaller), 1)]
            self.exhausted = self.exhausted and len(few) == len(ways)
            smaller[:] = [(tuple(map(add, a, b)), s + t) for a, s in smaller for b, t in few]
        self.tries += (len(first) + len(second)) // _WAYS_OF_A_TRY
        return self._match(first, second)

    def _ways_of(self, variables: list[int], total: int) -> list[_Way]:
        """Ways to deal out one asset, those nearest to the known plan first."""
        counts: list[tuple[int, ...]] = []
        most = _MOST_WAYS_OF_AN_ASSET * self._patience
        for reach in (math.inf, *_NEAR):
            counts, self._looked = [], 0
            for one in self._counts(variables, total, reach):
                counts.append(one)
                if len(counts) > most:
                    break
            self.tries += self._looked // _WAYS_OF_A_TRY
            if len(counts) <= most and self._looked <= _LOOKS_OF_A_WAY * most:
                break
            self.exhausted = False
        near = [self._near[i] for i in variables]
        counts.sort(key=lambda one: (sum(abs(a - b) for a, b in zip(one, near, strict=True)), one))
        return [self._way(variables, one) for one in counts[:most]]

    def _way(self, variables: list[int], counts: tuple[int, ...]) -> _Way:
        cash = [0] * len(self._base)
        for index, count in zip(variables, counts, strict=True):
            if count:
                cash[self._model.variables[index].account] += self._model.variables[index].cash(count)
        return tuple(cash), tuple(zip(variables, counts, strict=True))

    def _counts(self, variables: list[int], total: int, reach: float) -> Iterator[tuple[int, ...]]:
        """Steps of some variables that add up to a total, as long as not too many have been looked at."""
        variable, near, others = self._model.variables[variables[0]], self._near[variables[0]], variables[1:]
        if not others:
            if any(low <= total <= high for low, high in _orders(variable)):
                yield (total,)
            return
        rest = [self._model.variables[i] for i in others]
        fewest, most = sum(one.lowest for one in rest), sum(one.highest for one in rest)
        spans = [(total - most, total - fewest)]
        if len(rest) == 1:
            spans = [(total - high, total - low) for low, high in reversed(_orders(rest[0]))]
        for low, high in ((max(a, c), min(b, d)) for a, b in spans for c, d in _orders(variable)):
            first, last = max(low, near - reach), min(high, near + reach)
            for count in range(int(first), int(last) + 1) if first <= last else ():
                self._looked += 1
                if self._looked > _LOOKS_OF_A_WAY * _MOST_WAYS_OF_AN_ASSET * self._patience:
                    return
                for more in self._counts(others, total - count, reach):
                    yield (count, *more)

    def _match(self, first: list[_Way], second: list[_Way]) -> list[int] | None:
        """Two ways that together leave no account overdrawn: what is left of all money is spread over the accounts."""
        most = sum(self._base) + max(sum(a) for a, _ in first) + max(sum(b) for b, _ in second)
        if most < 0:
            return None
        size = most + 1
        keyed = range(min(len(self._base) - 1, 3))
        table: dict[tuple[int, ...], list[_Way]] = {}
        for way in second:
            table.setdefault(tuple(way[0][k] // size for k in keyed), []).append(way)
        looks = capped = 0
        for cash, steps in first:
            # Cash k of the other half lies between -(base + cash) and that plus all that is left: in one of two cells.
            lows = [-(self._base[k] + cash[k]) // size for k in keyed]
            for offset in product((0, 1), repeat=len(lows)):
                for other, more in table.get(tuple(map(add, lows, offset)), ()):
                    looks += 1
                    if min(map(sum, zip(self._base, cash, other, strict=True))) >= 0:
                        found = self._steps(steps + more)
                        if found is not None:
                            return found
                        capped += 1
                        if capped > _MOST_CAPPED:
                            self.exhausted = False
                            return None
            if looks > _MOST_LOOKS * self._patience:
                self.exhausted = False
                break
        self.tries += looks // _WAYS_OF_A_TRY
        return None

    def _steps(self, dealt: tuple[tuple[int, int], ...]) -> list[int] | None:
        steps = list(self._near)
        for index, count in dealt:
            steps[index] = count
        return steps if Candidate(self._model, steps).is_sound else None
