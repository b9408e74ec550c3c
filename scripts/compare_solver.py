"""The planner's own search next to HiGHS, a mixed-integer solver, on the same random programmes in one run.

HiGHS gets the programme as it is: a step variable for every unit, so that the squares become exact linear pieces.
Needs scipy beside xlrebal. Each line: size, seconds of both, how much worse our plan is, and what each could prove.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time

from xlrebal.engine.solver.model import Asset, Model, Variable
from xlrebal.engine.solver.solve import solve

# Keeps the squares of minor units in a range that the solver's tolerances suit.
SCALE = 1e-9


def make_model(rng: random.Random, assets: int, accounts: int, minimum: int) -> Model:
    """Return a random programme: each asset in most accounts, a third of them to be sold, cash for a part of it."""
    built: list[Asset] = []
    variables: list[Variable] = []
    for _ in range(assets):
        unit, want, selling = (
            float(rng.randint(1_000, 50_000)),
            float(rng.randint(minimum + 1, 2_000_000)),
            rng.random() < 0.3,
        )
        mine = []
        for account in range(accounts):
            most, least = math.ceil(want / unit), max(1, math.ceil(minimum / unit))
            if least <= most and rng.random() < 0.75:
                mine.append(len(variables))
                variables.append(make_leg(len(built), account, unit, (most, least), selling=selling))
        if mine:
            built.append(
                Asset(want, rng.choice([0.05, 0.1, 0.2, 0.4]), selling, tuple(mine), math.ceil(want / unit) * unit)
            )
    short = sum(asset.want for asset in built if not asset.selling)
    cash = tuple(int(short * rng.choice([0.3, 0.7]) / accounts * rng.random() * 2) for _ in range(accounts))
    return Model(tuple(built), tuple(variables), cash, tuple(None for _ in cash))


def make_leg(asset: int, account: int, unit: float, steps: tuple[int, int], *, selling: bool) -> Variable:
    """Return a variable that costs one in a thousand."""

    def cash(count: int) -> int:
        amount = round(count * unit)
        return (amount if selling else -amount) - round(amount * 0.001)

    cash_per_value = -0.999 if selling else 1.001
    return Variable(asset, account, unit, 0, steps[0], steps[1], cash_per_value, 0.0, 2.0, 0.0, cash)


def by_highs(model: Model, seconds: float) -> tuple[float, float]:
    """Return the objective that HiGHS finds within a time, and its bound."""
    if any(room is not None for room in model.headroom):
        raise ValueError("accounts with a cap are not stated for HiGHS")
    if any(
        len({model.variables[i].unit for i in asset.variables}) > 1 or model.variables[asset.variables[0]].fine
        for asset in model.assets
    ):
        raise ValueError("orders in money are not stated for HiGHS")
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import lil_matrix

    count = len(model.variables)
    switches = {
        i: count + k for k, i in enumerate(i for i, variable in enumerate(model.variables) if variable.least > 1)
    }
    column = count + len(switches)
    gains: list[float] = [0.0] * column
    pieces: list[range] = []
    fixed = 0.0
    for asset in model.assets:
        unit = model.variables[asset.variables[0]].unit
        most = round(asset.most / unit)
        missed = [(asset.want - k * unit) ** 2 / asset.weight * SCALE for k in range(most + 1)]
        fixed += missed[0]
        gains += [missed[k + 1] - missed[k] for k in range(most)]
        pieces.append(range(column, column + most))
        column += most
    rows = lil_matrix((len(model.assets) + len(model.cash) + 2 * len(switches), column))
    low, high = [], []
    for number, asset in enumerate(model.assets):
        rows[number, list(asset.variables)] = 1
        rows[number, list(pieces[number])] = -1
        low.append(0.0)
        high.append(0.0)
    for account, money in enumerate(model.cash):
        for index, variable in enumerate(model.variables):
            if variable.account == account:
                rows[len(low), index] = variable.cash_per_value * variable.unit
        low.append(-np.inf)
        high.append(money)
    for index, switch in switches.items():
        for most, limits in (
            (model.variables[index].highest, (-np.inf, 0.0)),
            (model.variables[index].least, (0.0, np.inf)),
        ):
            rows[len(low), index], rows[len(low), switch] = 1, -most
            low.append(limits[0])
            high.append(limits[1])
    tops, whole = np.ones(column), np.zeros(column)
    tops[:count] = [variable.highest for variable in model.variables]
    whole[: count + len(switches)] = 1
    options = {"time_limit": seconds, "mip_rel_gap": 1e-9}
    constraints = LinearConstraint(rows.tocsr(), low, high)
    found = milp(gains, constraints=constraints, bounds=Bounds(0, tops), integrality=whole, options=options)
    return (found.fun + fixed) / SCALE, (found.mip_dual_bound + fixed) / SCALE


def main() -> None:
    """Compare on growing programmes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0, help="time that HiGHS gets for each programme (15)")
    parser.add_argument("--cases", type=int, default=3, help="programmes of each size (3)")
    arguments = parser.parse_args()
    try:
        import scipy  # noqa: F401  # looked for before the long run
    except ImportError:
        sys.exit("scipy is missing: install it beside xlrebal")
    print("assets accounts  minimum    ours s   HiGHS s  ours/HiGHS-1   ours proven to  HiGHS proven to")
    for assets, accounts in ((5, 1), (10, 1), (20, 1), (50, 1), (5, 3), (10, 3), (20, 3), (50, 3)):
        for minimum in (0, 60_000):
            rng = random.Random(7)
            for _ in range(arguments.cases):
                model = make_model(rng, assets, accounts, minimum)
                start = time.perf_counter()
                ours = solve(model)
                middle = time.perf_counter()
                value, bound = by_highs(model, arguments.seconds)
                times = f"{middle - start:9.3f} {time.perf_counter() - middle:9.2f}"
                proofs = f"{1 - ours.bound / ours.missed:16.1e} {max(1 - bound / value, 0):16.1e}"
                print(
                    f"{assets:6} {accounts:8} {minimum:8} {times} {ours.missed / value - 1:13.1e} {proofs}", flush=True
                )


if __name__ == "__main__":
    main()
