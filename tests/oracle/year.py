"""A recorded year: planned orders filled differently, recorded by the program, held against a plain ledger."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction as F
from random import Random
from typing import Any

from books import rows_in

from oracle import korea
from oracle.cash import FREE_OF_TAX
from oracle.family import Account, Asset, Family, Holding, Lot, memory_book, minor, sheets
from oracle.households import WON, exchange_rates, price_in
from oracle.lots import Share, is_long, sell
from xlrebal import app
from xlrebal.app.recording import record
from xlrebal.language import in_english
from xlrebal.workbook.cells import RawCell, RawGrid
from xlrebal.workbook.memory import MemoryWorkbook

D = Decimal
LAW = {"KR": "KRW", "US": "USD"}
TRADES = (
    *("Date", "Account", "Action", "Code", "Quantity", "Price", "Commission", "Tax", "Currency", "FX rate", "Trigger"),
    *("Note", "Gain", "Acquired"),
)


def family_of(random: Random) -> Family:
    """One to three accounts, whole shares; costs and exchange rates of every purchase are known."""
    country = random.choice(("KR", "KR", "US", "none"))
    base = LAW.get(country, random.choice(("KRW", "USD", "EUR")))
    kinds = {"KR": ("taxable", "taxable", "ISA"), "US": ("taxable", "taxable", "IRA"), "none": ("taxable",) * 3}[
        country
    ]
    accounts = [
        Account(f"A{n}", base, "He" if n == 0 else "She", kinds[n], cash=D(int(40_000 / WON[base] * 1000)))
        for n in range(random.randint(1, 3))
    ]
    assets = [_asset(random, country, base, n) for n in range(random.randint(2, 4))]
    left = D(1)
    for asset in assets[1:]:
        asset.weight = D(random.randint(1, 3)) / 10
        left -= asset.weight
    assets[0].weight = left
    fx = exchange_rates(random, base)
    family = Family(base, accounts, assets, [], fx=fx)
    family.settings = {
        "tax_country": country,
        "strategy": "threshold",
        "cooldown_days": 0,
        "commission_rate": random.choice((D(0), D("0.001"))),
        "fx_spread": random.choice((D(0), D("0.01"))),
        "lot_method": random.choice(("average", "fifo", "lifo", "highest_cost")),
    }
    if country == "US":
        family.settings["taxable_income"] = D(100_000)
    for account in accounts:
        if random.random() < 0.3:
            account.contribution = D(int(20_000 / WON[base] * 1000))
        for asset in assets:
            abroad = asset.tax_class == "overseas_listed"
            if random.random() < 0.8 and not (account.type == "ISA" and abroad):
                _hold(random, family, account, asset)
    return family


def _asset(random: Random, country: str, base: str, number: int) -> Asset:
    currency = base if random.random() < 0.6 else random.choice(("USD", "JPY"))
    kind = {"US": "us_security", "none": ""}.get(country, "kr_other_etf" if currency == "KRW" else "overseas_listed")
    price = price_in(random, currency)
    while not 1000 <= price * WON[currency] <= 500_000:
        price = price_in(random, currency)
    tax_base = (price * D("0.9")).quantize(D("0.01")) if kind == "kr_other_etf" else None
    return Asset(f"C{number}", D(0), price, currency, kind, tax_base=tax_base)


def _hold(random: Random, family: Family, account: Account, asset: Asset) -> None:
    law = LAW.get(family.country, family.base)
    units = random.randint(10, 200)
    step = D(1) if asset.currency in ("KRW", "JPY") else D("0.01")

    def bought() -> tuple[Decimal, Decimal | None, Decimal | None]:
        cost = (asset.price * random.randint(60, 130) / 100).quantize(step)
        rate = None if asset.currency == law else (WON[asset.currency] / WON[law] * random.randint(80, 110) / 100)
        base = None if asset.tax_base is None else (asset.tax_base * random.randint(80, 105) / 100).quantize(D("0.01"))
        return cost, None if rate is None else rate.quantize(D("0.0001")), base

    kind = random.random()
    if kind < 0.4:
        parts = [units // 3, units // 2, units - units // 3 - units // 2]
        for n, part in enumerate(parts):
            cost, rate, base = bought()
            day = dt.date(2023, 1, 10) + dt.timedelta(days=n + random.randint(0, 20) * 50)
            family.lots.append(Lot(account.name, asset.code, day, D(part), cost, rate, base))
        mine = family.lots[-3:]
        average = sum((x.units * x.cost for x in mine), D(0)) / units
        base = None if asset.tax_base is None else sum((x.units * (x.tax_base or 0) for x in mine), D(0)) / units
        family.holdings.append(Holding(account.name, asset.code, D(units), average, mine[0].rate, base))
        return
    cost, rate, base = bought()
    rows = [units // 2, units - units // 2] if kind > 0.85 else [units]
    for part in rows:
        more = bought()
        # Two rows of a holding: each with its own cost, at one rate of purchase.
        family.holdings.append(
            Holding(account.name, asset.code, D(part), more[0] if len(rows) > 1 else cost, rate, base)
        )


@dataclass
class Position:
    """Units of a code in an account: what they cost in their currency, and share by share in that of the law."""

    units: F = F(0)
    cost: F = F(0)
    base: F | None = None
    shares: list[Share] = field(default_factory=list)
    has_lots: bool = False


class Ledger:
    """What a careful person would write down."""

    def __init__(self, family: Family) -> None:
        self.family, self.law = family, LAW.get(family.country, family.base)
        self.positions: dict[tuple[str, str], Position] = defaultdict(Position)
        self.cash = {a.name: F(a.cash) + F(a.contribution) for a in family.accounts}
        self.gains: dict[tuple[str, int], F] = defaultdict(F)
        self.long: dict[tuple[str, int], F] = defaultdict(F)
        for holding in family.holdings:
            position = self.positions[holding.account, holding.code]
            position.units += F(holding.units)
            position.cost += F(holding.units) * F(holding.cost or 0)
            if holding.tax_base is not None:
                position.base = (position.base or F(0)) + F(holding.units) * F(holding.tax_base)
        for (account, code), position in self.positions.items():
            lots = [x for x in family.lots if (x.account, x.code) == (account, code)]
            position.has_lots = bool(lots)
            position.shares = [
                Share(
                    x.day,
                    F(x.units),
                    F(x.units) * F(x.cost) * F(x.rate or 1),
                    None if x.tax_base is None else F(x.units) * F(x.tax_base),
                )
                for x in lots
            ] or [
                Share(dt.date(1, 1, 1), position.units, position.cost * F(h.rate or 1), position.base)
                for h in family.holdings if (h.account, h.code) == (account, code)
            ][:1]  # fmt: skip

    def fill(self, order: Fill, day: dt.date) -> None:
        """Enter one executed order."""
        family, account = self.family, self.family.account(order.account)
        asset, position = family.asset(order.code), self.positions[order.account, order.code]
        amount = _round(order.units * order.price, asset.currency)
        abroad = asset.currency != account.currency
        spread = F(family.setting("fx_spread")) if abroad else F(0)
        rate = family.rate(asset.currency) / family.rate(account.currency)
        into_law = family.rate(asset.currency) / family.rate(self.law)
        if order.action == "BUY":
            total = amount + order.commission
            # Where purchases are written down, those of a new holding are too.
            if not position.units and family.lots:
                position.has_lots, position.shares = True, []
            # Changing money costs its spread on the amount, unless the broker's own rate is written down.
            self.cash[account.name] -= total * order.rate if order.rate else (total + amount * spread) * rate
            position.units += order.units
            position.cost += total
            base = None if asset.tax_base is None else order.units * F(asset.tax_base)
            if base is not None:
                position.base = (position.base or F(0)) + base
            bought = Share(day, order.units, total * into_law, base)
            position.shares = [*position.shares, bought] if position.has_lots else [_one([*position.shares, bought])]
            return
        net = amount - order.commission
        self.cash[account.name] += net * order.rate if order.rate else (net - amount * spread) * rate
        self.cash[account.name] -= order.tax
        method = family.setting("lot_method") if position.has_lots else "average"
        taken, position.shares = sell(position.shares, order.units, method)
        position.cost -= position.cost * order.units / position.units
        if position.base is not None:
            position.base -= position.base * order.units / position.units
        position.units -= order.units
        if account.type in FREE_OF_TAX.get(family.country, ()) or asset.tax_class not in (
            "overseas_listed",
            "us_security",
        ):
            return
        year = korea.counts_on(day).year if asset.tax_class == "overseas_listed" else day.year
        # Without a tax country nothing is counted; in the United States the household is taxed as one.
        owner = account.owner if family.country == "KR" else ""
        for share in taken:
            gain = net * into_law * share.units / order.units - (share.cost or F(0))
            long = family.country == "US" and share.day.year > 1 and is_long(share.since, day)
            (self.long if long else self.gains)[owner, year] += gain


@dataclass
class Fill:
    """An order as it was carried out; amounts in the asset's currency, ``tax`` in the base currency."""

    account: str
    action: str
    code: str
    units: F
    price: F
    commission: F
    tax: F = F(0)
    rate: F | None = None


def _one(shares: list[Share]) -> Share:
    """A holding without purchases of its own: one block at its average."""
    bases = [s.base for s in shares]
    base = None if None in bases else sum((b or F(0) for b in bases), F(0))
    whole = sum((s.cost or F(0) for s in shares), F(0))
    return Share(dt.date(1, 1, 1), sum((s.units for s in shares), F(0)), whole, base)


def _round(amount: F, currency: str) -> F:
    return F(round(amount / minor(currency))) * minor(currency)


def changed(book: MemoryWorkbook, name: str, edits: dict[tuple[int, str], Any]) -> None:
    """Write into cells, by row (from 0) and header, as a person does; a new header makes a column."""
    grid: RawGrid = book.read({name: (name,)})[name]
    rows = [list(row) for row in grid.rows]
    for (number, header), value in edits.items():
        names = [c.value for c in rows[0]]
        if header not in names:
            rows[0].append(RawCell(header))
            names.append(header)
        row, column = rows[number + 1], names.index(header)
        row.extend([RawCell()] * (column + 1 - len(row)))
        row[column] = replace(row[column], value=value)
    book._grids[name.casefold()] = replace(grid, rows=tuple(tuple(row) for row in rows))


def differences(random: Random, runs: int = 8) -> list[str] | None:
    """Run a year of rebalances; every difference between the workbook and the ledger."""
    family = family_of(random)
    tables = sheets(family)
    tables.setdefault("Trades", [TRADES])
    book, ledger, day = memory_book(tables), Ledger(family), dt.date(2026, 1, 5)
    found: list[str] = []
    for _ in range(runs):
        new_prices(random, family, book)
        app.update(book, app.Request(as_of=day, plan_now=True))
        fills = fill_orders(random, family, book)
        if fills:
            record(book, day)
            for fill in fills:
                ledger.fill(fill, day)
            found = [f"{day}: {d}" for d in [*_compare(family, book, ledger)]]
        if found:
            return found
        day += dt.timedelta(days=random.randint(1, 70))
    return _gains(family, book, ledger, day)


def new_prices(random: Random, family: Family, book: MemoryWorkbook) -> None:
    """Prices and exchange rates of a new day, in every cell that holds them."""
    for asset in family.assets:
        step = D(1) if asset.currency in ("KRW", "JPY") else D("0.01")
        asset.price = (asset.price * random.randint(85, 118) / 100).quantize(step)
        if asset.tax_base is not None:
            asset.tax_base = (asset.tax_base * random.randint(90, 112) / 100).quantize(D("0.01"))
    for currency in family.fx:
        family.fx[currency] = (family.fx[currency] * random.randint(95, 105) / 100).quantize(D("0.000001"))
    edits: dict[tuple[int, str], Any] = {}
    for n, row in enumerate(rows_in(book, "Targets")):
        asset = family.asset(row["Code"])
        edits |= {(n, "Price"): asset.price, (n, "Tax base price"): asset.tax_base}
    changed(book, "Targets", edits)
    rows = rows_in(book, "Holdings")
    changed(book, "Holdings", {(n, "Price"): family.asset(row["Code"]).price for n, row in enumerate(rows)})
    changed(book, "FX", {(n, "Rate"): family.fx[row["Currency"]] for n, row in enumerate(rows_in(book, "FX"))})


def fill_orders(random: Random, family: Family, book: MemoryWorkbook) -> list[Fill]:
    """Mark some of the orders as executed: other quantities and prices, fees, an exchange rate of the broker's."""
    fills, edits = [], {}
    for n, row in enumerate(rows_in(book, "Orders")):
        if row.get("Action") not in ("BUY", "SELL") or random.random() < 0.15:
            continue
        asset, planned = family.asset(row["Code"]), F(str(row["Quantity"]))
        step = D(1) if asset.currency in ("KRW", "JPY") else D("0.01")
        units, price = planned, F(str(row["Price"]))
        commission, tax = F(str(row["Commission"] or 0)), F(str(row["Tax"] or 0))
        withheld = family.country == "KR" and asset.tax_class == "kr_other_etf" and row["Action"] == "SELL"
        if not withheld:
            tax = F(0)
        kind = random.random()
        if kind < 0.7:
            if random.random() < 0.6:
                units = F(random.randint(1, int(planned)))
            price = F((D(str(row["Price"])) * random.randint(980, 1030) / 1000).quantize(step))
            commission = F((D(int(units)) * D(str(row["Price"])) * random.randint(0, 30) / 10_000).quantize(step))
            # The planned figure would count as not corrected.
            commission += F(step) if commission == F(str(row["Commission"] or 0)) else 0
            edits |= {
                (n, "Quantity"): D(int(units)),
                (n, "Price"): D(price.numerator) / D(price.denominator),
                (n, "Commission"): D(commission.numerator) / D(commission.denominator),
            }
            if withheld:
                tax = _round(tax * units / planned, family.base) + random.randint(0, 1) * 10
                tax += 1 if tax == F(str(row["Tax"] or 0)) else 0
                edits[n, "Tax"] = D(int(tax))
        rate = None
        account = family.account(row["Account"])
        if asset.currency != account.currency and family.country == "none" and random.random() < 0.4:
            market = family.rate(asset.currency) / family.rate(account.currency)
            rate = F(round(market * random.randint(990, 1010) / 1000 * 1_000_000), 1_000_000)
            edits[n, "FX rate"] = D(rate.numerator) / D(rate.denominator)
        edits[n, "Status"] = "executed"
        fills.append(Fill(account.name, row["Action"], asset.code, units, price, commission, tax, rate))
    changed(book, "Orders", edits)
    return fills


def _compare(family: Family, book: MemoryWorkbook, ledger: Ledger) -> list[str]:
    found = []
    held: dict[tuple[str, str], list[F]] = defaultdict(lambda: [F(0), F(0), F(0), F(0)])
    for row in rows_in(book, "Holdings"):
        units = F(str(row["Quantity"] or 0))
        place = held[row["Account"], row["Code"]]
        place[0] += units
        place[1] += units * F(str(row.get("Avg cost") or 0))
        place[2] += units * F(str(row.get("Tax base cost") or 0))
    for (account, code), position in ledger.positions.items():
        units, cost, base, _ = held[account, code]
        name = f"{code} in {account}"
        if units != position.units:
            found.append(f"{name}: {float(units)} units, should be {float(position.units)}")
        elif abs(cost - position.cost) > F(1, 10**4) * max(position.cost, 1):
            found.append(f"{name}: cost {float(cost / units)}, should be {float(position.cost / units)}")
        elif position.base is not None and units and abs(base - position.base) > F(1, 10**4) * max(position.base, 1):
            found.append(f"{name}: tax base cost {float(base / units)}, should be {float(position.base / units)}")
        if position.has_lots:
            found += _lots(family, book, ledger, account, code)
    for row in rows_in(book, "Accounts"):
        account = family.account(row["Account"])
        there = F(str(row["Cash"] or 0)) + F(str(row["Contribution"] or 0))
        ours = ledger.cash[account.name]
        if abs(there - ours) > minor(account.currency) * 60 or (
            account.currency == family.base
            and all(a.currency == family.base for a in family.assets)
            and abs(there - ours) > minor(account.currency)
        ):
            found.append(f"cash of {account.name}: {float(there)}, should be {float(ours)}")
    return found


def _lots(family: Family, book: MemoryWorkbook, ledger: Ledger, account: str, code: str) -> list[str]:
    """Units and cost that Lots holds: by the average only their sums are settled."""
    rows = [r for r in rows_in(book, "Lots") if (r["Account"], r["Code"]) == (account, code)]
    units = sum((F(str(r["Quantity"])) for r in rows), F(0))
    own = family.asset(code).currency == ledger.law
    cost = sum(
        (F(str(r["Quantity"])) * F(str(r["Unit cost"])) * (F(1) if own else F(str(r["FX rate"] or 0))) for r in rows),
        F(0),
    )
    ours = ledger.positions[account, code]
    whole = sum((s.cost or F(0) for s in ours.shares), F(0))
    if units != ours.units:
        return [f"lots of {code} in {account}: {float(units)} units, should be {float(ours.units)}"]
    if abs(cost - whole) > F(1, 10**4) * max(whole, 1):
        return [f"lots of {code} in {account} cost {float(cost)}, should be {float(whole)}"]
    return []


def _gains(family: Family, book: MemoryWorkbook, ledger: Ledger, day: dt.date) -> list[str]:
    """Gains of the tax year by owner, as the program counts its own record; no washed losses in this comparison."""
    if family.country == "none" or not rows_in(book, "Trades"):
        return []
    plan = app.calculate(book, app.Request(as_of=day)).plan
    if plan.tax is None or family.country == "US":
        return []
    found = []
    for (owner, year), gains in ledger.gains.items():
        lines = [i for i in plan.tax.items if in_english(i.item) == "Gains realised" and i.owner in ("", owner)]
        if (
            year == korea.counts_on(day).year
            and lines
            and abs(F(lines[0].amount or 0) - gains) > 5 * (1 + len(family.lots))
        ):
            found.append(f"gains realised by {owner}: {lines[0].amount}, should be {float(gains)}")
    return found
