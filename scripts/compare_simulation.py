"""Hold the simulation against a published table: a 60/40 portfolio in the United States, 1926 to 2009.

Published: Vanguard, "Best practices for portfolio rebalancing" (2010), number of rebalances and yearly return by how
often one looks and from which drift on one acts. Its exact indices are not public. Here: the American stock market and
yields of AAA bonds as the package ``arch`` carries them (Fama and French; Moody's), with the return of a par bond of
20 years, from 1976 of 7 years, worked out from its yield. Needs: pip install arch
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from xlrebal.domain.household import Account, Household, Target
from xlrebal.domain.policy import CheckFrequency, Policy, Strategy
from xlrebal.domain.simulation import PriceDay, Rule
from xlrebal.engine.simulation import simulate

# Months between looks, drift in points: rebalances and yearly return in percent, as published.
PUBLISHED = {
    (1, 0): (1008, 8.5), (1, 1): (389, 8.5), (1, 5): (58, 8.6), (1, 10): (20, 8.8),
    (3, 1): (210, 8.7), (3, 5): (50, 8.9), (3, 10): (21, 8.6),
    (12, 1): (72, 8.6), (12, 5): (28, 8.6), (12, 10): (15, 8.7),
}  # fmt: skip


def history() -> list[PriceDay]:
    """Return total-return prices of stocks and bonds by month."""
    from arch.data import default, frenchdata

    stocks = frenchdata.load()
    yields = default.load()["AAA"]
    market = (stocks["Mkt-RF"] + stocks["RF"]) / 100
    found, prices, before = [], {"S": 1.0, "B": 1.0}, None
    for stamp, change in market.items():
        month = int(stamp.value)  # the package reads 192607 as so many nanoseconds
        day = dt.date(month // 100, month % 100, 28)
        now = float(yields[yields.index.strftime("%Y-%m") == f"{day:%Y-%m}"].iloc[0]) / 100
        if day > dt.date(2009, 12, 31):
            break
        if before is not None:
            prices = {"S": prices["S"] * (1 + float(change)), "B": prices["B"] * (1 + bond(before, now, day.year))}
        before = now
        found.append(PriceDay(day, {code: Decimal(repr(price)) for code, price in prices.items()}))
    return found


def bond(before: float, now: float, year: int) -> float:
    """Return what a par bond brings in a month in which its yield moves."""
    count = 12 * (7 if year >= 1976 else 20) - 1
    coupon, rate = before / 12, now / 12
    worth = coupon * (1 - (1 + rate) ** -count) / rate + (1 + rate) ** -count
    return worth + coupon - 1


def household() -> Household:
    """Return a household that wants 60% stocks."""
    targets = (Target("S", Decimal("0.6")), Target("B", Decimal("0.4")))
    return Household("USD", targets, (Account("Main", "USD"),), ())


def main() -> None:
    """Print published and simulated figures side by side."""
    months = history()
    print(f"{len(months)} months, {months[0].date} to {months[-1].date}")
    print(f"{'looks':>10} {'drift':>6} {'published':>10} {'simulated':>10} {'return':>8} {'simulated':>10}")
    for (step, points), (events, rate) in PUBLISHED.items():
        rows = months[::step]
        policy = Policy(
            strategy=Strategy.THRESHOLD,
            months=(1,),
            drift_threshold=Decimal(points) / 100,
            exchange="XNYS",
            # Every row is a look: the rows are months, quarters or years apart.
            check_frequency=CheckFrequency.DAILY,
        )
        path: Any = next(
            p for p in simulate(household(), policy, rows, Decimal(1000)).paths if p.rule is Rule.THRESHOLD
        )
        print(f"{step:>7} mo {points:>4} pp {events:>10} {path.rebalances:>10} {rate:>7}% {float(path.return_):>10.1%}")


if __name__ == "__main__":
    main()
