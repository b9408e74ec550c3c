"""One account at a time: with the others as they are, an account's plan is a small programme that is solved exactly.

Several accounts together have far more plans than can be searched. A good plan is reached by solving each account in
turn until none improves, and by handing purchases of one account over to another and solving both again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.engine.optimum.model import Asset, Leg, Model, Position
from xlrebal.engine.optimum.place import first_position, improve
from xlrebal.engine.optimum.prove import SAME, prove

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORK_OF_AN_ACCOUNT = 3_000
# Programmes of single accounts that are solved before the plan must be good enough, by the number of legs.
_MOST_SOLVED = ((30, 120), (80, 40), (400, 3))


def improve_accounts(position: Position) -> None:
    """Improve a position of several accounts; the limits count work, so that every machine stops at the same plan."""
    left = next((most for legs, most in _MOST_SOLVED if len(position.model.legs) <= legs), 0)
    accounts = range(len(position.model.cash))
    improved = True
    while improved and left > 0:
        improved = False
        for account in accounts:
            improved = _solve_account(position, account) or improved
            left -= 1
        if not improved:
            improved, left = _hand_over(position, left)


def _hand_over(position: Position, left: int) -> tuple[bool, int]:
    for index, other, count in list(_handovers(position)):
        if left <= 0:
            break
        before, missed = list(position.steps), position.missed
        position.set(index, position.steps[index] - count)
        position.set(other, position.steps[other] + count)
        for leg in (position.model.legs[index], position.model.legs[other]):
            _put_best(position, leg.account)
        left -= 2
        if position.is_sound and position.missed < missed * (1 - SAME):
            return True, left
        position.restore(before)
    return False, left


def _handovers(position: Position) -> Iterator[tuple[int, int, int]]:
    """All of a leg's steps, or one of them, to another account that may trade the asset: largest steps first."""
    model = position.model
    order = sorted(range(len(model.legs)), key=lambda i: (-model.legs[i].unit, i))
    for index in order:
        leg = model.legs[index]
        spare = position.steps[index] - leg.lowest
        if spare <= 0 or leg.fine:
            continue
        for other in model.assets[leg.asset].legs:
            twin = model.legs[other]
            if other == index or twin.unit != leg.unit:
                continue
            for count in sorted({1, spare // 2, spare} - {0}):
                stays = position.steps[index] - count
                enough = position.steps[other] + count >= twin.least and (stays >= leg.least or stays == leg.lowest)
                if enough and position.steps[other] + count <= twin.highest:
                    yield index, other, count


def _solve_account(position: Position, account: int) -> bool:
    """Solve one account, the others as they are; return whether the plan got better."""
    before, missed = list(position.steps), position.missed
    _put_best(position, account)
    if position.is_sound and position.missed < missed * (1 - SAME):
        return True
    position.restore(before)
    return False


def _put_best(position: Position, account: int) -> None:
    """Give one account its own best steps, the others as they are."""
    model, indices = _account_model(position, account)
    if not indices:
        return
    start = first_position(model)
    improve(start)
    found = prove(model, start, [1.0], _WORK_OF_AN_ACCOUNT).position if start.is_sound else start
    for index, count in zip(indices, found.steps, strict=True):
        position.set(index, count)


def _account_model(position: Position, account: int) -> tuple[Model, list[int]]:
    whole = position.model
    indices = [i for i, leg in enumerate(whole.legs) if leg.account == account]
    assets: list[Asset] = []
    legs: list[Leg] = []
    kept: list[int] = []
    for index in indices:
        leg, asset = whole.legs[index], whole.assets[whole.legs[index].asset]
        elsewhere = position.moved[leg.asset] - position.steps[index] * leg.unit
        most = asset.most - elsewhere
        highest = max(leg.lowest, min(leg.highest, round(most / leg.unit)))
        if highest < leg.least and highest > leg.lowest:
            highest = leg.lowest
        if highest == 0:
            continue
        want = max(asset.want - elsewhere, 0.0)
        legs.append(replace(leg, asset=len(assets), account=0, highest=highest))
        assets.append(Asset(want, asset.weight, asset.selling, (len(legs) - 1,), max(most, highest * leg.unit)))
        kept.append(index)
    others = [i for i in set(indices) - set(kept) if position.steps[i]]
    cash = whole.cash[account] + sum(whole.legs[i].cash(position.steps[i]) for i in others)
    return Model(tuple(assets), tuple(legs), (cash,), (whole.rooms[account],)), kept
