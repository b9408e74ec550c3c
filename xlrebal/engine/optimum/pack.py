"""Whole totals of every asset dealt out to the accounts that must pay for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xlrebal.engine.optimum.model import Leg, Model

_MOST_TRIES = 400


class Packer:
    """Deals totals out to legs, depth first; ``exhausted`` tells whether every way was tried."""

    def __init__(self, model: Model) -> None:
        """Keep the programme; the sales are dealt out before the purchases that they pay for."""
        self._model = model
        self._order = sorted(
            range(len(model.assets)),
            key=lambda a: (not model.assets[a].selling, -max(model.legs[i].unit for i in model.assets[a].legs)),
        )
        self._single = all(len(asset.legs) == 1 for asset in model.assets)
        self.exhausted = True
        self.tries = 0

    def deal(self, totals: Sequence[int]) -> list[int] | None:
        """Return steps by leg that add up to the totals and that every account can pay, or None."""
        self.exhausted, self.tries = True, 0
        if self._single:
            return self._deal_directly(totals)
        self._steps = [leg.lowest for leg in self._model.legs]
        self._left = list(self._model.cash)
        self._rooms = list(self._model.rooms)
        fixed = [i for i, leg in enumerate(self._model.legs) if leg.lowest]
        for index in fixed:
            self._put(self._model.legs[index], self._model.legs[index].lowest, 1)
        self._wanted = list(totals)
        return list(self._steps) if self._asset(0) else None

    def _deal_directly(self, totals: Sequence[int]) -> list[int] | None:
        """Each asset has one leg: there is nothing to choose. Caps are checked with the whole plan."""
        self.tries = 1
        steps, left = [0] * len(self._model.legs), list(self._model.cash)
        for asset, total in zip(self._model.assets, totals, strict=True):
            index = asset.legs[0]
            steps[index] = total
            leg = self._model.legs[index]
            if total:
                left[leg.account] += leg.cash(total)
        return steps if min(left) >= 0 else None

    def _put(self, leg: Leg, count: int, sign: int) -> None:
        if not count:
            return
        self._left[leg.account] += sign * leg.cash(count)
        room = self._rooms[leg.account]
        if room is not None:
            self._rooms[leg.account] = room - sign * count * leg.unit * leg.weight_of_risk

    def _asset(self, depth: int) -> bool:
        if depth == len(self._order):
            return all(left >= 0 for left in self._left)
        asset = self._order[depth]
        legs = sorted(
            self._model.assets[asset].legs,
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
            if self.tries > _MOST_TRIES:
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
        room = self._rooms[leg.account]
        capped = room is not None and count > 0 and leg.weight_of_risk > 0 and room < 0
        return self._left[leg.account] >= 0 and not capped

    def _counts(self, leg: Leg, rest: int, more: int) -> Iterator[int]:
        """As much as possible first: few orders."""
        most = min(rest, leg.highest)
        if not self._model.assets[leg.asset].selling and leg.unit:
            free = self._left[leg.account] + leg.slop - (leg.cash(leg.lowest) if leg.lowest else 0)
            most = min(most, int(max(free, 0.0) / (leg.unit * leg.pull)))
        for count in range(most, max(leg.lowest, rest - more) - 1, -1):
            if count == leg.lowest or count >= leg.least:
                yield count
