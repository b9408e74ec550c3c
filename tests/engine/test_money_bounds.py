"""Programmes with orders in money: no bound is above a plan that exists, and nothing better is called proven."""

import itertools
import math
import os
import random
from collections.abc import Iterator

from xlrebal.engine.optimum.model import Asset, Leg, Model, Position
from xlrebal.engine.optimum.solve import solve

# Programmes that are tried; ``XLREBAL_DEEP=2000`` tries as many as that.
CASES = int(os.environ.get("XLREBAL_DEEP", "150"))
MOST_PLANS = 3_000
LEVELS = 8


def make_leg(asset: int, account: int, unit: int, limits: tuple[int, int], rate: float, *, selling: bool) -> Leg:
    """A leg with costs; money is whole."""
    highest, least = limits

    def cash(count: int) -> int:
        amount = count * unit
        return (amount if selling else -amount) - round(amount * rate)

    pull = -(1 - rate) if selling else 1 + rate
    return Leg(asset, account, float(unit), 0, highest, least, pull, 0.0, 1.0, 0.0, cash)


def make_model(rng: random.Random) -> Model:
    """One to three assets in one or two accounts, each in units or in money, with a minimum trade or without."""
    accounts = rng.choice([1, 2, 2])
    minimum = rng.choice([0, 20_000, 60_000])
    assets: list[Asset] = []
    legs: list[Leg] = []
    for number in range(rng.randint(1, 3)):
        unit, want, selling = rng.randint(15_000, 90_000), rng.randint(20_000, 220_000), rng.random() < 0.35
        mine = []
        most = float(want)
        for account in range(accounts):
            fine = rng.random() < 0.45
            step = 1 if fine else unit
            highest, least = math.ceil(want / step), max(math.ceil(minimum / step), 1)
            if highest >= least:
                mine.append(len(legs))
                rate = rng.choice([0.0, 0.002, 0.02])
                legs.append(make_leg(number, account, step, (highest, least), rate, selling=selling))
                most = max(most, math.ceil(want / step) * step)
        if not mine:
            return make_model(rng)
        assets.append(Asset(float(want), rng.choice([0.05, 0.2, 0.6]), selling, tuple(mine), float(most)))
    cash = tuple(rng.choice([0, rng.randint(0, 60_000), rng.randint(0, 250_000)]) for _ in range(accounts))
    return Model(tuple(assets), tuple(legs), cash, (None,) * accounts)


def amounts(leg: Leg, want: int) -> list[int]:
    if not leg.fine:
        return [0, *range(leg.least, leg.highest + 1)]
    between = {leg.least + (want - leg.least) * k // LEVELS for k in range(LEVELS + 1)}
    return sorted({0} | {a for a in between if leg.least <= a <= leg.highest})


def plans(model: Model) -> Iterator[Position]:
    """Sound plans on a grid; then each order in money, one after the other, takes what its account has left."""
    choices = [amounts(leg, int(model.assets[leg.asset].want)) for leg in model.legs]
    if math.prod(map(len, choices)) > MOST_PLANS:
        return
    fine = [i for i, leg in enumerate(model.legs) if leg.fine and not model.assets[leg.asset].selling]
    for steps in itertools.product(*choices):
        position = Position(model, steps)
        if any(moved > a.most + 0.5 for moved, a in zip(position.moved, model.assets, strict=True)):
            continue
        if position.is_sound:
            yield position
        for index in fine:
            fill_up(position, index)
            if position.is_sound:
                yield position


def fill_up(position: Position, index: int) -> None:
    leg = position.model.legs[index]
    asset = position.model.assets[leg.asset]
    lacking = asset.want - position.moved[leg.asset]
    count = position.steps[index] + math.floor(min(lacking, position.left[leg.account] / leg.pull))
    if leg.least <= count <= leg.highest and position.steps[index]:
        position.set(index, count)


def rounding(model: Model, missed: float) -> float:
    """What a few minor units in each leg can move the objective by."""
    each = 4.0 * len(model.legs)
    steepest = max(2 * math.sqrt(missed / asset.weight) for asset in model.assets)
    return each * steepest + sum(each * each / asset.weight for asset in model.assets)


def test_no_bound_is_above_a_plan_and_no_plan_is_better_than_a_proven_one() -> None:
    compared = proven = 0
    for seed in range(CASES):
        model = make_model(random.Random(seed))
        best = min((position.missed for position in plans(model)), default=None)
        if best is None or not any(leg.fine for leg in model.legs):
            continue
        found = solve(model)
        compared += 1
        proven += found.proven
        spare = rounding(model, best) + 1e-9 * best
        assert found.bound <= best + spare, seed
        if found.proven:
            assert found.missed <= best + spare, seed
    assert compared > CASES / 3
    assert proven > compared / 2
