"""Relax, round, improve, prove."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.engine.optimum import totals
from xlrebal.engine.optimum.accounts import improve_accounts
from xlrebal.engine.optimum.balance import hand_to_money
from xlrebal.engine.optimum.dive import dive, polish
from xlrebal.engine.optimum.dual import ascend
from xlrebal.engine.optimum.model import Position
from xlrebal.engine.optimum.place import (
    first_position,
    improve,
    keep_to_wants,
    sell_what_is_missing,
    settle_money,
    spend,
)
from xlrebal.engine.optimum.prove import SAME, is_uniform, prove
from xlrebal.engine.optimum.relax import full_limits, relax

if TYPE_CHECKING:
    from xlrebal.engine.optimum.model import Leg, Model

# Work is counted, not timed, so that every machine stops at the same plan. An ordinary household (twenty assets in
# three accounts) is searched long; a large one for as long as a person does not notice.
_ORDINARY = 130
_WORK_ORDINARY = 80_000
_WORK_LARGE = 10_000
# Accounts over their cap for which both ways are searched: nothing risky bought, or back under the cap.
_MOST_CHOICES = 4


@dataclass(frozen=True)
class Solution:
    """A plan in steps.

    Attributes:
        steps: Steps of each leg.
        missed: Objective, sum((want - moved)^2 / weight).
        bound: What no plan can fall below, where it was worked out.
        proven: True when no plan is better.

    """

    steps: tuple[int, ...]
    missed: float
    bound: float
    proven: bool


def solve(model: Model) -> Solution:
    """Return the best plan of a programme, or the best one found with a bound on what a better one could be."""
    if not model.legs:
        missed = model.missed([0.0] * len(model.assets))
        return Solution((), missed, missed, proven=True)
    cases, complete = _cases(model)
    found: list[tuple[Position | None, float]] = []
    for case in cases:
        known = min((position.missed for position, _ in found if position is not None), default=math.inf)
        found.append(_solve_case(case, len(cases), known))
    plans = [position for position, _ in found if position is not None]
    if not plans:
        return Solution(tuple(leg.lowest for leg in model.legs), 0.0, 0.0, proven=False)
    best = min(plans, key=lambda position: position.missed)
    missed = best.missed
    bound = min(bound for _, bound in found) if complete else _root_bound(_uncapped(model), missed)
    return Solution(tuple(best.steps), missed, min(bound, missed), bound >= missed * (1 - SAME))


def _solve_case(model: Model, cases: int, known: float) -> tuple[Position | None, float]:
    """Return the best plan found of a programme whose caps count whatever is bought, and a bound."""
    start = _start(model)
    if start is None:
        return None, _root_bound(model, model.missed([0.0] * len(model.assets)))
    improve(start)
    single = len(model.cash) == 1
    prices = relax(model, full_limits(model)).prices
    if not single:
        start = _best_of_several(model, start, cases)
        root = ascend(model, prices, start.missed).bound()
        if root >= start.missed * (1 - SAME):
            return start, root
    work = (_WORK_ORDINARY if len(model.legs) <= _ORDINARY else _WORK_LARGE) // cases
    if is_uniform(model) and (single or all(room is None for room in model.rooms)):
        proof = prove(model, start, prices, work // 2)
        if proof.bound >= proof.position.missed * (1 - SAME):
            return proof.position, proof.bound
        start, lowest = proof.position, proof.bound
    else:
        lowest = 0.0
    bounded = totals.search(model, start, prices, work // 2, known)
    return bounded.position, max(bounded.bound, lowest)


def _best_of_several(model: Model, start: Position, cases: int) -> Position:
    """Improve two starts over all accounts and return the better one."""
    improve_accounts(start)
    other = dive(model, cases)
    if other.is_sound:
        improve(other)
        improve_accounts(other)
        start = min(start, other, key=lambda position: position.missed)
    polish(start, cases)
    handed = Position(model, start.steps)
    if hand_to_money(handed, [asset.legs for asset in model.assets]) and handed.steps != start.steps:
        settle_money(handed)
        if handed.is_sound:
            spend(handed)
        polish(handed, cases)
        start = min(start, handed, key=lambda one: (not one.is_sound, one.missed))
    return start


def _start(model: Model) -> Position | None:
    """Return a sound position to improve, or None when none is found."""
    start = first_position(model)
    if not start.is_sound:
        sell_what_is_missing(start)
    if start.is_sound:
        return start
    legs, assets = model.legs, model.assets
    sold = [min(leg.highest, int(assets[leg.asset].most / leg.unit + 0.25)) for leg in legs]
    most = [max(s, leg.lowest) if assets[leg.asset].selling else leg.lowest for leg, s in zip(legs, sold, strict=True)]
    for steps in (most, [leg.lowest for leg in legs]):
        start = Position(model, steps)
        keep_to_wants(start)
        sell_what_is_missing(start)
        if start.is_sound:
            return start
    return None


def _root_bound(model: Model, missed: float) -> float:
    prices = relax(model, full_limits(model)).prices
    return max(ascend(model, prices, missed).bound(), 0.0)


def _uncapped(model: Model) -> Model:
    return replace(model, rooms=tuple(None for _ in model.rooms))


def _cases(model: Model) -> tuple[list[Model], bool]:
    """Return programmes, and whether they hold every plan together.

    An account's cap counts when something risky is bought in it. Where the account may end above its cap, plans that
    buy something risky there and stay under the cap are searched apart from those that buy nothing risky.
    """
    cases, complete = [_within_means(_without_the_unpayable(model))], True
    for account, room in enumerate(model.rooms):
        if room is None:
            continue
        tests = _tests(model, account, room)
        if len(cases) * len(tests) > 2**_MOST_CHOICES:
            tests, complete = tests[:1], False
        cases = [_tested(case, account, counts=counts) for case in cases for counts in tests]
    return cases, complete


def _without_the_unpayable(model: Model) -> Model:
    """An account whose missing cash no sale can bring buys nothing, and its sales are free to be made or not."""
    cash, legs = list(model.cash), list(model.legs)
    for account, indices in enumerate(model.legs_by_account):
        sales = [legs[i] for i in indices if model.assets[legs[i].asset].selling]
        if cash[account] < 0 and cash[account] + sum(leg.cash(leg.highest) for leg in sales) < 0:
            for index in indices:
                if not model.assets[legs[index].asset].selling:
                    legs[index] = replace(legs[index], highest=legs[index].lowest)
            cash[account] = -sum(legs[i].cash(legs[i].lowest) for i in indices if legs[i].lowest)
    return replace(model, cash=tuple(cash), legs=tuple(legs))


def _within_means(model: Model) -> Model:
    """No purchase is larger than what its account has and can raise."""
    legs = list(model.legs)
    for account, indices in enumerate(model.legs_by_account):
        sales = [legs[i] for i in indices if model.assets[legs[i].asset].selling]
        buys = [i for i in indices if not model.assets[legs[i].asset].selling]
        means = model.cash[account] + math.fsum(max(-leg.pull, 0.0) * leg.most + leg.slop for leg in sales)
        means += math.fsum(legs[i].cash(legs[i].lowest) for i in buys if legs[i].lowest)
        for index in buys:
            leg = legs[index]
            most = leg.lowest + max(math.floor((means + leg.slop) / (leg.pull * leg.unit)), 0)
            highest = max(min(leg.highest, most), leg.lowest)
            legs[index] = replace(leg, highest=highest if highest >= leg.least else leg.lowest)
    return replace(model, legs=tuple(legs))


def _tests(model: Model, account: int, room: int) -> list[bool]:
    """Whether the cap is to be kept (True), nothing risky to be bought (False), or both are to be looked at."""
    legs = [leg for leg in model.legs if leg.account == account and leg.highest]
    risky = [leg for leg in legs if leg.risky]
    if account in model.tested or any(leg.lowest for leg in risky):
        return [True]
    if not risky:
        return [False]
    others = [_room_of(leg, leg.highest) for leg in legs if not leg.risky]
    if room - sum(max(taken, 0) for taken in others) >= 0:
        return [True]
    smallest = min(_room_of(leg, max(leg.least, 1)) for leg in risky)
    return [False] if room - sum(min(taken, 0) for taken in others) < smallest else [False, True]


def _room_of(leg: Leg, count: int) -> int:
    return leg.room(count) if leg.room is not None else 0


def _tested(model: Model, account: int, *, counts: bool) -> Model:
    """The programme with one account's cap kept, or without it and without risky purchases in the account."""
    if counts:
        return model
    legs = [replace(leg, highest=leg.lowest) if leg.risky and leg.account == account else leg for leg in model.legs]
    rooms = [None if number == account else room for number, room in enumerate(model.rooms)]
    return replace(model, legs=tuple(legs), rooms=tuple(rooms))
