"""Whole totals of every asset dealt out to the accounts that must pay for them.

First a known plan is changed: what the totals add or take goes where there is money, then units move between accounts, one
asset at a time or two against each other, until no account is overdrawn. Where that fails, every way is tried in turn.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xlrebal.engine.optimum.model import Position

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlrebal.engine.optimum.model import Leg, Model

_MOST_TRIES = 400
_MOST_MOVES = 30
# Units of one asset that are tried against units of another.
_MOST_AGAINST = 24


class Packer:
    """Deals totals out to legs, depth first; ``exhausted`` tells whether every way was tried."""

    def __init__(self, model: Model) -> None:
        """Keep the programme; the sales are dealt out before the purchases that they pay for."""
        self._model = model
        self._order = sorted(
            range(len(model.assets)),
            key=lambda a: (not model.assets[a].selling, -max(model.legs[i].unit for i in model.assets[a].legs)),
        )
        self._whole = [[i for i in asset.legs if not model.legs[i].fine] for asset in model.assets]
        self._single = all(len(asset.legs) == 1 for asset in model.assets)
        self.exhausted = True
        self.tries = 0

    def deal(self, totals: Sequence[int], near: Sequence[int], money: Sequence[int] = ()) -> list[int] | None:
        """Return steps by leg that add up to the totals and that every account can pay, or None.

        Args:
            totals: Steps of each asset.
            near: Steps by leg of a plan that is probably close.
            money: Assets that are left at their fewest steps for now.

        """
        self.exhausted, self.tries = True, 0
        if self._single:
            return self._deal_directly(totals)
        shifted = _Shifter(self._model, self._whole, totals, near, frozenset(money))
        found = shifted.run()
        self.tries += shifted.tries
        if found is not None:
            return found
        self._steps = [leg.lowest for leg in self._model.legs]
        self._left = list(self._model.cash)
        self._rooms = list(self._model.rooms)
        fixed = [i for i, leg in enumerate(self._model.legs) if leg.lowest]
        for index in fixed:
            self._put(self._model.legs[index], self._model.legs[index].lowest, 1)
        self._wanted = [
            sum(self._model.legs[i].lowest for i in legs) if number in money else totals[number]
            for number, legs in enumerate(self._whole)
        ]
        self._stop = self.tries + _MOST_TRIES
        return list(self._steps) if self._asset(0) else None

    def _deal_directly(self, totals: Sequence[int]) -> list[int] | None:
        """Each asset has one leg: there is nothing to choose. Caps are checked with the whole plan."""
        self.tries = 1
        steps, left = [0] * len(self._model.legs), list(self._model.cash)
        for asset, total in zip(self._model.assets, totals, strict=True):
            index = asset.legs[0]
            leg = self._model.legs[index]
            steps[index] = leg.lowest if leg.fine else total
            if steps[index]:
                left[leg.account] += leg.cash(steps[index])
        return steps if min(left) >= 0 else None  # caps are checked with the whole plan

    def _put(self, leg: Leg, count: int, sign: int) -> None:
        if not count:
            return
        self._left[leg.account] += sign * leg.cash(count)
        room = self._rooms[leg.account]
        if room is not None and leg.room is not None:
            self._rooms[leg.account] = room - sign * leg.room(count)

    def _asset(self, depth: int) -> bool:
        if depth == len(self._order):
            return min(self._left) >= 0 and all(room is None or room >= 0 for room in self._rooms)
        asset = self._order[depth]
        legs = sorted(
            self._whole[asset],
            key=lambda i: (self._model.legs[i].dislike, -self._left[self._model.legs[i].account], i),
        )
        return self._leg(depth, legs, self._wanted[asset])

    def _leg(self, depth: int, legs: list[int], rest: int) -> bool:
        if not legs:
            return rest == 0 and self._asset(depth + 1)
        index, others = legs[0], legs[1:]
        leg = self._model.legs[index]
        if not others and not leg.lowest <= rest <= leg.highest:
            return False
        more = sum(self._model.legs[i].highest for i in others)
        for count in self._counts(leg, rest, more):
            self.tries += 1
            if self.tries > self._stop:
                self.exhausted = False
                return False
            self._put(leg, leg.lowest, -1)
            self._put(leg, count, 1)
            self._steps[index] = count
            if self._pays(leg, count) and self._leg(depth, others, rest - count):
                return True
            self._put(leg, count, -1)
            self._put(leg, leg.lowest, 1)
            self._steps[index] = leg.lowest
        return False

    def _pays(self, leg: Leg, count: int) -> bool:
        if self._model.assets[leg.asset].selling:
            return True
        return self._left[leg.account] >= 0

    def _counts(self, leg: Leg, rest: int, more: int) -> Iterator[int]:
        """As much as possible first: few orders."""
        most = min(rest, leg.highest)
        if not self._model.assets[leg.asset].selling and leg.unit:
            free = self._left[leg.account] + leg.slop - (leg.cash(leg.lowest) if leg.lowest else 0)
            most = min(most, int(max(free, 0.0) / (leg.unit * leg.pull)))
        for count in range(most, max(leg.lowest, rest - more) - 1, -1):
            if count == leg.lowest or count >= leg.least:
                yield count


class _Shifter:
    """Changes a known plan until it has the totals and every account can pay."""

    def __init__(
        self,
        model: Model,
        legs: list[list[int]],
        totals: Sequence[int],
        near: Sequence[int],
        money: frozenset[int],
    ) -> None:
        self._model, self._legs, self.tries = model, legs, 0
        self._position = Position(model, near)
        self._whole = [number for number, own in enumerate(legs) if own and number not in money]
        for index, leg in enumerate(model.legs):
            if leg.fine or leg.asset in money:
                self._position.set(index, leg.lowest)
        self._wanted = totals

    def run(self) -> list[int] | None:
        if not all(self._fit(number) for number in self._whole):
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
        return min(self._position.left[account], 0) + min(self._position.rooms[account], 0)

    def _fit(self, number: int) -> bool:
        """Give the asset its total: what is added goes where most money is, what is taken where least is."""
        position, legs = self._position, self._legs[number]
        change = self._wanted[number] - sum(position.steps[i] for i in legs)
        selling = self._model.assets[number].selling
        rich = sorted(legs, key=lambda i: (-position.left[self._model.legs[i].account], i))
        order = rich if (change > 0) != selling else rich[::-1]
        for _ in range(2):
            for index in order:
                if change == 0:
                    return True
                part = self._nearest(index, change)
                position.set(index, position.steps[index] + part)
                change -= part
        return change == 0

    def _nearest(self, index: int, change: int) -> int:
        """The part of a change that a leg can take."""
        leg, old = self._model.legs[index], self._position.steps[index]
        new = max(min(old + change, leg.highest), leg.lowest)
        if leg.lowest < new < leg.least:
            new = leg.lowest if change < 0 else old
        if change > 0 and new - old > change or change < 0 and new - old < change:
            return 0
        return new - old

    def _allowed(self, index: int, change: int) -> bool:
        leg, new = self._model.legs[index], self._position.steps[index] + change
        return new == leg.lowest or max(leg.least, leg.lowest) <= new <= leg.highest

    def _ease(self, account: int) -> bool:
        """Move units of one asset so that the account is overdrawn least."""
        before = sum(self._short(a) for a in range(len(self._position.left)))
        best, found = before, None
        for index, other, sign in self._ways(account):
            leg, twin = self._model.legs[index], self._model.legs[other]
            need = max(1, math.ceil(-self._position.left[account] / (leg.unit * abs(leg.pull))))
            free = int(max(self._position.left[twin.account], 0) / (twin.unit * abs(twin.pull)))
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
        legs, steps = self._model.legs, self._position.steps
        return max(min(steps[giver] - legs[giver].lowest, legs[taker].highest - steps[taker]), 0)

    def _ways(self, account: int) -> Iterator[tuple[int, int, int]]:
        """Leg, leg elsewhere and direction of a move that brings the account cash."""
        for number in self._whole:
            legs = self._legs[number]
            mine = next((i for i in legs if self._model.legs[i].account == account), None)
            if mine is None or len(legs) < 2:
                continue
            for other in legs:
                if other != mine:
                    yield mine, other, -1 if self._model.assets[number].selling else 1

    def _shift(self, index: int, other: int, count: int) -> bool:
        """Move steps from one leg to the other; nothing happens when a leg may not have them."""
        if not (self._allowed(index, -count) and self._allowed(other, count)):
            return False
        self._position.set(index, self._position.steps[index] - count)
        self._position.set(other, self._position.steps[other] + count)
        return True

    def _exchange(self, account: int) -> bool:
        """Move units of one asset out and units of another in, so that the account is just not overdrawn."""
        position, legs = self._position, self._model.legs
        need = -position.left[account]
        if need <= 0:
            return False
        ways = list(self._ways(account))
        for index, other, sign in ways:
            there = legs[other].account
            spare = position.left[there]
            if spare < 0:
                continue
            each = legs[index].unit * abs(legs[index].pull)
            for back, forth, turn in ways:
                if legs[forth].account != there or legs[back].asset == legs[index].asset:
                    continue
                unit = legs[back].unit * abs(legs[back].pull)
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
