"""Quality and speed of the planner next to other open-source ones, on the same random portfolios in one run.

Two jobs: ``fractional`` invests new cash into an existing portfolio without selling, in amounts; ``whole shares``
spends cash on a new portfolio in whole units. Each row is the mean over the portfolios of its size:

- tracking error: sqrt(sum((w - t)^2 / t)), in percent, of the value with all cash counted;
- worst shortfall: largest (t - w) / t, in percent;
- cash left: in percent of the cash there was;
- milliseconds for the plan itself, imports left out.

Needs, in one environment: xlrebal, lakshmi and PyPortfolioOpt (with packaging). ``--time`` also times xlrebal on large
households of several accounts, with sells.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import random
import statistics
import sys
import time
import warnings
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import Account, Holding, Household, Target
from xlrebal.domain.policy import Method, Policy, Strategy
from xlrebal.engine.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (5, 20, 50, 100)
DAY = dt.date(2026, 3, 4)
# Lakshmi needs minutes beyond this size.
MOST_FOR_LAKSHMI = 50


@dataclass(frozen=True)
class Case:
    """One portfolio: targets add up to 1, prices and values in dollars, cash to be invested."""

    targets: list[float]
    prices: list[float]
    values: list[float]
    cash: float

    @property
    def total(self) -> float:
        """Everything, cash included."""
        return sum(self.values) + self.cash


@dataclass(frozen=True)
class Score:
    """What a planner made of a case."""

    tracking_error: float
    worst_shortfall: float
    cash_left: float
    milliseconds: float


def make_case(size: int, seed: int, *, held: bool) -> Case:
    """Return a random portfolio of 100,000 with 5,000 of new cash, or 100,000 of cash and nothing held."""
    rng = random.Random(seed * 1000 + size)
    parts = [rng.randint(20, 200) for _ in range(size)]
    hundredths = [Decimal(part * 10_000 // sum(parts)) / 10_000 for part in parts]
    hundredths[0] += 1 - sum(hundredths)
    targets = [float(h) for h in hundredths]
    prices = [round(rng.uniform(8, 600), 2) for _ in range(size)]
    if not held:
        return Case(targets, prices, [0.0] * size, 100_000.0)
    drifted = [t * rng.uniform(0.7, 1.3) for t in targets]
    return Case(targets, prices, [round(100_000 * d / sum(drifted), 2) for d in drifted], 5_000.0)


def by_xlrebal(case: Case, *, fractional: bool) -> tuple[list[float], float]:
    """Plan with xlrebal; returns money put into each asset and seconds."""
    rows = zip(case.targets, case.prices, case.values, strict=True)
    targets, holdings = [], []
    for number, (weight, price, value) in enumerate(rows):
        code, exact = f"A{number:03}", Decimal(str(price))
        targets.append(Target(code, Decimal(str(weight)), price=exact, fractional=fractional))
        if value:
            worth = Decimal(str(value))
            holdings.append(Holding("Main", code, worth, "USD", worth / exact, exact))
    cash = Decimal(str(case.cash))
    home = Household("USD", tuple(targets), (Account("Main", "USD", cash=cash),), tuple(holdings))
    policy = Policy(strategy=Strategy.BANDS, method=Method.CASH_ONLY)
    start = time.perf_counter()
    plan = make_plan(home, policy, DAY)
    seconds = time.perf_counter() - start
    bought = {order.target.code: float(order.amount_base) for order in plan.orders}
    return [bought.get(f"A{number:03}", 0.0) for number in range(len(targets))], seconds


def by_shortfall(case: Case, *, fractional: bool) -> tuple[list[float], float]:
    """Split the cash in proportion to what each asset lacks; whole shares are rounded down."""
    start = time.perf_counter()
    gaps = [max(t * case.total - v, 0.0) for t, v in zip(case.targets, case.values, strict=True)]
    share = min(case.cash / sum(gaps), 1.0)
    bought = [gap * share for gap in gaps]
    if not fractional:
        bought = [math.floor(b / p + 1e-9) * p for b, p in zip(bought, case.prices, strict=True)]
    return bought, time.perf_counter() - start


def by_lakshmi(case: Case) -> tuple[list[float], float]:
    """Plan with lakshmi's allocation of new cash."""
    from lakshmi import Account as TheirAccount
    from lakshmi import AssetClass, Portfolio, analyze
    from lakshmi.assets import ManualAsset

    classes = AssetClass("All")
    for number, weight in enumerate(case.targets):
        classes.add_subclass(weight, AssetClass(f"C{number}"))
    account = TheirAccount("Main", "Taxable")
    for number, value in enumerate(case.values):
        account.add_asset(ManualAsset(f"F{number}", value, {f"C{number}": 1.0}))
    account.add_cash(case.cash)
    portfolio = Portfolio(classes).add_account(account)
    start = time.perf_counter()
    analyze.Allocate("Main").analyze(portfolio)
    seconds = time.perf_counter() - start
    after = {asset.name(): asset.adjusted_value() for asset in account.assets()}
    return [after[f"F{number}"] - value for number, value in enumerate(case.values)], seconds


def by_pypfopt(case: Case, method: str) -> tuple[list[float], float]:
    """Plan with PyPortfolioOpt's discrete allocation, ``greedy`` or ``lp``."""
    import pandas as pd
    from pypfopt.discrete_allocation import DiscreteAllocation

    names = [f"A{number:03}" for number in range(len(case.targets))]
    weights = dict(zip(names, case.targets, strict=True))
    prices = pd.Series(dict(zip(names, case.prices, strict=True)))
    start = time.perf_counter()
    allocation = DiscreteAllocation(weights, prices, total_portfolio_value=case.cash)
    shares, _ = allocation.greedy_portfolio() if method == "greedy" else allocation.lp_portfolio()
    seconds = time.perf_counter() - start
    return [float(shares.get(name, 0)) * prices[name] for name in names], seconds


def score(case: Case, bought: list[float], seconds: float) -> Score:
    """Return the four figures of a plan."""
    weights = [(v + b) / case.total for v, b in zip(case.values, bought, strict=True)]
    pairs = list(zip(weights, case.targets, strict=True))
    error = math.sqrt(sum((w - t) ** 2 / t for w, t in pairs))
    worst = max((t - w) / t for w, t in pairs)
    left = (case.cash - sum(bought)) / case.cash
    return Score(100 * error, 100 * worst, 100 * left, 1000 * seconds)


def run(
    title: str, planners: dict[str, Callable[[Case], tuple[list[float], float]]], cases: int, *, held: bool
) -> None:
    """Print the table of one job."""
    print(f"\n{title}\n{'assets':>6} {'planner':24} {'tracking':>9} {'shortfall':>9} {'cash left':>9} {'ms':>9}")
    for size in SIZES:
        for name, plan in planners.items():
            if name == "lakshmi" and size > MOST_FOR_LAKSHMI:
                print(f"{size:6} {name:24} {'not run: minutes':>40}")
                continue
            found = [make_case(size, seed, held=held) for seed in range(cases)]
            scores = [score(case, *plan(case)) for case in found]
            columns = zip(
                *((s.tracking_error, s.worst_shortfall, s.cash_left, s.milliseconds) for s in scores), strict=True
            )
            means = [statistics.fmean(column) for column in columns]
            print(f"{size:6} {name:24} {means[0]:9.4f} {means[1]:9.3f} {means[2]:9.4f} {means[3]:9.2f}")


def time_households() -> None:
    """Print seconds of a full rebalance, whole shares, costs and all, for large households."""
    print("\nfull rebalance in whole shares with costs\n assets accounts   seconds  distance to the optimum at most")
    for size, accounts in ((20, 3), (100, 3), (300, 5), (1000, 10)):
        home = large_household(size, accounts)
        policy = Policy(strategy=Strategy.BANDS, method=Method.FULL, plan_now=True, commission_rate=Decimal("0.001"))
        start = time.perf_counter()
        summary = make_plan(home, policy, DAY).summary
        seconds = time.perf_counter() - start
        print(f"{size:7} {accounts:8} {seconds:9.3f}  {float(summary.distance_to_optimum or 0):.2e}")


def large_household(size: int, accounts: int) -> Household:
    """Return a household that holds every asset in one or two of its accounts."""
    rng = random.Random(size)
    parts = [Decimal(rng.randint(20, 200)) for _ in range(size)]
    weights = [part / sum(parts) for part in parts]
    weights[0] += 1 - sum(weights)
    names = [f"Account {number}" for number in range(accounts)]
    prices = [Decimal(rng.randint(5_000, 200_000)) for _ in range(size)]
    targets = tuple(Target(f"A{i:04}", w, price=p) for i, (w, p) in enumerate(zip(weights, prices, strict=True)))
    holdings = []
    for number, (weight, price) in enumerate(zip(weights, prices, strict=True)):
        for name in rng.sample(names, k=min(2, accounts)):
            units = int(weight * 500_000_000 / price * Decimal(rng.uniform(0.7, 1.3)))
            if units:
                holdings.append(Holding(name, f"A{number:04}", units * price, "KRW", Decimal(units), price))
    banks = tuple(Account(name, "KRW", cash=Decimal(rng.randint(0, 20_000_000))) for name in names)
    return Household("KRW", targets, banks, tuple(holdings))


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10, help="portfolios of each size (10)")
    parser.add_argument("--time", action="store_true", help="time large households only; needs no other planner")
    arguments = parser.parse_args()
    if not arguments.time:
        warnings.simplefilter("ignore")
        try:
            import lakshmi  # noqa: F401  # looked for before the long run
            import pypfopt  # noqa: F401
        except ImportError as error:
            sys.exit(f"{error.name} is missing: install lakshmi, PyPortfolioOpt and packaging beside xlrebal")
        fractional = {
            "xlrebal": lambda case: by_xlrebal(case, fractional=True),
            "lakshmi": by_lakshmi,
            "in proportion to shortfall": lambda case: by_shortfall(case, fractional=True),
        }
        run("fractional: 5,000 into a drifted 100,000", fractional, arguments.cases, held=True)
        whole = {
            "xlrebal": lambda case: by_xlrebal(case, fractional=False),
            "PyPortfolioOpt greedy": lambda case: by_pypfopt(case, "greedy"),
            "PyPortfolioOpt LP": lambda case: by_pypfopt(case, "lp"),
            "in proportion to shortfall": lambda case: by_shortfall(case, fractional=False),
        }
        run("whole shares: 100,000 into a new portfolio", whole, arguments.cases, held=False)
    time_households()


if __name__ == "__main__":
    main()
