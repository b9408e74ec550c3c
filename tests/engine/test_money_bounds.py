"""Programmes with orders in money: no bound is above a plan that exists, and nothing better is called proven."""

import itertools
import math
import random
from collections.abc import Iterator

from profiles import scaled

from xlrebal.engine.solver.model import Asset, Candidate, Model, Variable
from xlrebal.engine.solver.solve import solve

CASES = scaled(150)
MOST_PLANS = 3_000
LEVELS = 8


def make_leg(asset: int, account: int, unit: int, limits: tuple[int, int], rate: float, *, selling: bool) -> Variable:
    """A variable with costs; money is whole."""
    highest, least = limits

    def cash(count: int) -> int:
        amount = count * unit
        return (amount if selling else -amount) - round(amount * rate)

    cash_per_value = -(1 - rate) if selling else 1 + rate
    return Variable(asset, account, float(unit), 0, highest, least, cash_per_value, 0.0, 1.0, 0.0, cash)


def make_model(rng: random.Random) -> Model:
    """One to three assets in one or two accounts, each in units or in money, with a minimum trade or without."""
    accounts = rng.choice([1, 2, 2])
    minimum = rng.choice([0, 20_000, 60_000])
    assets: list[Asset] = []
    variables: list[Variable] = []
    for number in range(rng.randint(1, 3)):
        unit, want, selling = rng.randint(15_000, 90_000), rng.randint(20_000, 220_000), rng.random() < 0.35
        mine = []
        most = float(want)
        for account in range(accounts):
            fine = rng.random() < 0.45
            step = 1 if fine else unit
            highest, least = math.ceil(want / step), max(math.ceil(minimum / step), 1)
            if highest >= least:
                mine.append(len(variables))
                rate = rng.choice([0.0, 0.002, 0.02])
                variables.append(make_leg(number, account, step, (highest, least), rate, selling=selling))
                most = max(most, math.ceil(want / step) * step)
        if not mine:
            return make_model(rng)
        assets.append(Asset(float(want), rng.choice([0.05, 0.2, 0.6]), selling, tuple(mine), float(most)))
    cash = tuple(rng.choice([0, rng.randint(0, 60_000), rng.randint(0, 250_000)]) for _ in range(accounts))
    return Model(tuple(assets), tuple(variables), cash, (None,) * accounts)


def amounts(variable: Variable, want: int) -> list[int]:
    if not variable.fine:
        return [0, *range(variable.least, variable.highest + 1)]
    between = {variable.least + (want - variable.least) * k // LEVELS for k in range(LEVELS + 1)}
    return sorted({0} | {a for a in between if variable.least <= a <= variable.highest})


def plans(model: Model) -> Iterator[Candidate]:
    """Sound plans on a grid; then each order in money, one after the other, takes what its account has left."""
    choices = [amounts(variable, int(model.assets[variable.asset].want)) for variable in model.variables]
    if math.prod(map(len, choices)) > MOST_PLANS:
        return
    fine = [
        i for i, variable in enumerate(model.variables) if variable.fine and not model.assets[variable.asset].selling
    ]
    for steps in itertools.product(*choices):
        candidate = Candidate(model, steps)
        if any(moved > a.most + 0.5 for moved, a in zip(candidate.moved, model.assets, strict=True)):
            continue
        if candidate.is_sound:
            yield candidate
        for index in fine:
            fill_up(candidate, index)
            if candidate.is_sound:
                yield candidate


def fill_up(candidate: Candidate, index: int) -> None:
    variable = candidate.model.variables[index]
    asset = candidate.model.assets[variable.asset]
    lacking = asset.want - candidate.moved[variable.asset]
    count = candidate.steps[index] + math.floor(
        min(lacking, candidate.left[variable.account] / variable.cash_per_value)
    )
    if variable.least <= count <= variable.highest and candidate.steps[index]:
        candidate.set(index, count)


def rounding(model: Model, missed: float) -> float:
    """What a few minor units in each variable can move the objective by."""
    each = 4.0 * len(model.variables)
    steepest = max(2 * math.sqrt(missed / asset.weight) for asset in model.assets)
    return each * steepest + sum(each * each / asset.weight for asset in model.assets)


def test_no_bound_is_above_a_plan_and_no_plan_is_better_than_a_proven_one() -> None:
    compared = proven = 0
    for seed in range(CASES):
        model = make_model(random.Random(seed))
        best = min((candidate.missed for candidate in plans(model)), default=None)
        if best is None or not any(variable.fine for variable in model.variables):
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
