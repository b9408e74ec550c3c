"""Random families run through the use cases; what comes out, as plain data.

The families are those of ``tests/oracle``, which checks that the figures are right. Here they are only compared with
what they were, all of them: figures, orders of rows, texts and how far the search got.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from books import rows_in
from measure_bounds import DAY, make_household
from oracle import best, cash, households, taxed, wash, year
from oracle.family import Family, Trade, book, memory_book, sheets

from xlrebal import app
from xlrebal.app.plan_json import success
from xlrebal.app.recording import record
from xlrebal.app.review import run_review
from xlrebal.app.simulation import run_simulation
from xlrebal.engine.plan import make_plan
from xlrebal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction
    from pathlib import Path

    from xlrebal.workbook.cells import Changeset
    from xlrebal.workbook.memory import MemoryWorkbook

Result = dict[str, Any]
"""Parts of a result by name, each plain data."""


def household(random: Random, _folder: Path) -> Result:
    """A household of up to three accounts and ten assets, planned whether due or not."""
    family = households.household(random, most_accounts=3, most_assets=10)
    return _planned(family, dt.date(2026, 11, 20), now=random.random() < 0.7)


def wide(random: Random, _folder: Path) -> Result:
    """A household of up to five accounts and 25 assets, not all proven: how far the search gets, and how sure it is."""
    return _without_kinds(success("", make_plan(*make_household(random.randrange(200)), DAY), ()))


def searched(random: Random, _folder: Path) -> Result:
    """Households of up to five accounts and nine assets: which plan is found, how good it is and how sure that is."""
    summaries = (make_plan(*make_household(random.randrange(10_000), most_assets=9), DAY) for _ in range(5))
    return {str(n): _without_kinds(success("", plan, ())) for n, plan in enumerate(summaries)}


def varied(random: Random, _folder: Path) -> Result:
    """A household with the settings that the others leave alone, on any day of a year."""
    day = dt.date(2026, 1, 2) + dt.timedelta(days=random.randint(0, 360))
    family = random.choice(
        (
            lambda: households.household(random, most_accounts=3, most_assets=7),
            lambda: taxed.us_family(random, day),
            lambda: taxed.korean_family(random, day),
        )
    )()
    worth = cash.total_value(family)
    family.settings |= {name: value for name, value in _settings(random, worth).items() if random.random() < 0.35}
    tables = sheets(family)
    tables["Events"] = [
        ("Code", "Ex-date"),
        *((a.code, day + dt.timedelta(days=random.randint(-12, 12))) for a in family.assets[:2]),
    ]
    if "Trades" in tables:
        tables["Trades"] += [_dividend(random, family, day) for _ in range(random.randint(0, 2))]
    return _plan_of(memory_book(tables), day, now=random.random() < 0.5)


def _settings(random: Random, worth: Fraction) -> Result:
    part = Decimal(int(worth / 20)) or Decimal(1)
    return {
        "new_cash": random.choice((part, -part, -4 * part)),
        "max_tax": random.choice((Decimal(0), part / 50, part / 5)),
        "min_trade_amount": random.choice((part / 10, part)),
        "dividend_policy": "exclude",
        "avoid_ex_dividend_dates": True,
        "ex_dividend_days": random.choice((0, 3, 10)),
        "check_frequency": random.choice(("daily", "monthly", "quarterly")),
        "frequency": random.choice(("monthly", "semiannual", "annual")),
        "months": random.choice(("2,8", "12", "3,6,9,12")),
        "day": random.choice(("last_business_day", "1", "15", "31")),
        "exchange": random.choice(("XNYS", "XKRX")),
        "max_interval_days": random.choice((20, 200)),
        "drift_threshold": random.choice((Decimal("0.01"), Decimal("0.2"))),
        "gain_harvesting": random.random() < 0.5,
        "tlh_threshold": random.choice((Decimal(0), Decimal("0.2"))),
        "tlh_min_loss": part / 5,
        "realized_year": random.choice((2025, 2026)),
        "short_term_rate": Decimal("0.3"),
        "long_term_rate": Decimal("0.1"),
        "rebalance_tolerance": Decimal("0.02"),
        "last_rebalanced": dt.date(2026, 1, 2),
    }


def _dividend(random: Random, family: Family, day: dt.date) -> tuple[Any, ...]:
    asset, account = random.choice(family.assets[:-1] or family.assets), random.choice(family.accounts)
    paid = (day - dt.timedelta(days=random.randint(1, 60)), account.name, "DIVIDEND", asset.code, 1, 50)
    return (*paid, *(None,) * 8)


def several(random: Random, _folder: Path) -> Result:
    """A household of up to five accounts and few assets, where accounts must share them out."""
    family = households.household(random, most_accounts=5, most_assets=6)
    family.settings["min_trade_amount"] = Decimal(int(cash.total_value(family) / random.choice((20, 60, 200))))
    return _planned(family, dt.date(2026, 11, 20), now=True)


def limited(random: Random, _folder: Path) -> Result:
    """A plan whose tax is limited to a part of what it would be: the search among plans that sell less."""
    day = dt.date(2026, random.choice((5, 11)), random.randint(1, 28))
    free = None
    while not free:
        family = random.choice((taxed.us_family, taxed.korean_family))(random, day)
        if random.random() < 0.5:
            family = households.household(random, most_accounts=3, most_assets=8, country=random.choice(("KR", "US")))
        family.settings |= {"strategy": "threshold", "method": "full", "max_tax": None}
        free = app.update(book(family), app.Request(as_of=day, plan_now=True)).plan.summary.tax
    part = random.choice((Decimal(0), Decimal("0.05"), Decimal("0.4"), Decimal("0.8"), Decimal("0.98")))
    family.settings["max_tax"] = round(free * part, 2)
    return _planned(family, day, now=True)


def traded(random: Random, _folder: Path) -> Result:
    """Trades that name purchases, gains, currencies and rates, or leave them out; losses and gains to take."""
    if random.random() < 0.5:
        family, _, _, day = wash.family_of(random)
    else:
        day = dt.date(2026, random.choice((5, 11, 12)), random.randint(1, 28))
        family = random.choice((taxed.us_family, taxed.korean_family))(random, day)
    if not family.holdings:
        return {}
    family.settings |= {"gain_harvesting": random.random() < 0.7, "tlh_threshold": Decimal("0.02"), "tlh_min_loss": 1}
    family.trades += [_trade(random, family, day) for _ in range(random.randint(1, 6))]
    tables = sheets(family)
    heads, *rows = tables["Trades"]
    days = [row[0] for row in rows if row[2] == "BUY"] or [day]
    tables["Trades"] = [heads, *(_with_gaps(random, row, days) for row in rows)]
    return _plan_of(memory_book(tables), day, now=True)


def _trade(random: Random, family: Family, day: dt.date) -> Trade:
    holding = random.choice(family.holdings)
    asset = family.asset(holding.code)
    places = Decimal(1) if asset.currency in ("KRW", "JPY") else Decimal("0.01")
    price = (asset.price * random.randint(60, 140) / 100).quantize(places) or places
    rate = None if asset.currency == family.base else family.fx.get(asset.currency)
    past = day - dt.timedelta(days=random.choice((3, 10, 25, 31, 45, 200, 400)))
    action = random.choice(("BUY", "SELL"))
    gain = Decimal(random.randint(-900, 900)) if action == "SELL" and random.random() < 0.4 else None
    units = Decimal(random.randint(1, 5))
    return Trade(past, holding.account, action, asset.code, units, price, asset.currency, places, rate, gain)


def _with_gaps(random: Random, row: tuple[Any, ...], days: list[dt.date]) -> tuple[Any, ...]:
    *front, currency, rate, trigger, note, gain, _ = row
    acquired = random.choice(days) if row[2] == "SELL" and random.random() < 0.4 else None
    known = (currency if random.random() < 0.7 else None, rate if random.random() < 0.7 else None)
    return (*front, *known, trigger, note, gain, acquired)


def small(random: Random, _folder: Path) -> Result:
    """A household that brute force can check: caps, reserves, minimum trades."""
    return _planned(best.small_family(random), dt.date(2026, 11, 20), now=True)


def korea(random: Random, _folder: Path) -> Result:
    """A tax year in Korea."""
    year_of = random.choice((2024, 2025, 2026))
    day = dt.date(year_of, random.choice((3, 7, 12)), random.randint(1, 31))
    return _planned(taxed.korean_family(random, day), day, now=True)


def america(random: Random, _folder: Path) -> Result:
    """A tax year in the United States."""
    day = dt.date(random.choice((2024, 2025, 2026)), random.randint(2, 12), random.randint(1, 28))
    return _planned(taxed.us_family(random, day), day, now=True)


def disallowed(random: Random, _folder: Path) -> Result:
    """Trades of one code in several accounts, with losses that purchases wash."""
    family, _, _, day = wash.family_of(random)
    return _planned(family, day, now=True) if family.holdings else {}


def recorded(random: Random, _folder: Path) -> Result:
    """Some months of a year: planned, filled otherwise, recorded; then the review."""
    family = year.family_of(random)
    open_book, day = memory_book(sheets(family) | {"Trades": [year.TRADES]}), dt.date(2026, 1, 5)
    found: Result = {}
    for number in range(4):
        year.new_prices(random, family, open_book)
        outcome = app.update(open_book, app.Request(as_of=day, plan_now=True))
        found[f"plan {number}"] = _without_kinds(success("", outcome.plan, outcome.warnings))
        if year.fill_orders(random, family, open_book):
            record(open_book, day)
        day += dt.timedelta(days=random.randint(1, 70))
    names = ("Holdings", "Accounts", "Lots", "Trades", "RebalanceLog", "Settings")
    found |= {name: rows_in(open_book, name) for name in names}
    run_review(open_book, day)
    return found | {"review": _written(open_book)}


def simulated(random: Random, folder: Path) -> Result:
    """Every strategy over three years of prices."""
    family = year.family_of(random)
    foreign = sorted({a.currency for a in family.assets} - {family.base})
    levels = {a.code: float(a.price) for a in family.assets} | {c: float(family.fx[c]) for c in foreign}
    lines = [",".join(["Date", *levels])]
    for week in range(0, 156, 2):
        levels = {name: round(level * random.uniform(0.93, 1.08), 4) for name, level in levels.items()}
        day = dt.date(2023, 1, 6) + dt.timedelta(weeks=week)
        lines.append(",".join([day.isoformat(), *map(str, levels.values())]))
    prices = folder / "prices.csv"
    prices.write_text("\n".join(lines), encoding="utf-8")
    open_book = book(family)
    run_simulation(open_book, prices, dt.date(2026, 1, 5))
    return {"simulation": _written(open_book)}


KINDS: dict[str, tuple[Callable[[Random, Path], Result], int]] = {
    "wide": (wide, 24),
    "searched": (searched, 40),
    "household": (household, 70),
    "varied": (varied, 140),
    "several": (several, 150),
    "limited": (limited, 48),
    "traded": (traded, 220),
    "small": (small, 60),
    "korea": (korea, 60),
    "america": (america, 60),
    "washed": (disallowed, 40),
    "recorded": (recorded, 20),
    "simulated": (simulated, 16),
}
"""What is run, and how many of each."""


def run(kind: str, seed: int, folder: Path) -> Result:
    """Return the parts of one result; a family that is refused has its findings as the only part."""
    try:
        return KINDS[kind][0](Random(seed), folder)
    except InputError as error:
        return {"refused": [str(finding) for finding in error.findings]}


def _planned(family: Family, day: dt.date, *, now: bool) -> Result:
    return _plan_of(book(family), day, now=now)


def _plan_of(open_book: MemoryWorkbook, day: dt.date, *, now: bool) -> Result:
    outcome = app.update(open_book, app.Request(as_of=day, plan_now=now))
    return _without_kinds(success("", outcome.plan, outcome.warnings))


def _without_kinds(value: Any) -> Any:
    """Plain data without the kinds and figures of its texts: the texts themselves are compared."""
    if isinstance(value, list):
        return [_without_kinds(one) for one in value]
    if not isinstance(value, dict):
        return value
    kinds = {key for key in value if key.endswith(("_kind", "_figures"))}
    kinds |= {"kind", "figures"} if "figures" in value else set()
    return {key: _without_kinds(one) for key, one in value.items() if key not in kinds}


def _written(open_book: MemoryWorkbook) -> list[Any]:
    changes: Changeset = open_book.applied[-1]
    return [
        [write.table, [column.header for column in write.columns], [[cell.value for cell in row] for row in write.rows]]
        for write in changes.tables
    ]
