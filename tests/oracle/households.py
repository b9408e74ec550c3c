"""Random families: accounts, owners, currencies, targets, rules, lots and trades."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random
from typing import Any

from oracle.family import Account, Asset, Family, Holding, Lot, Trade

D = Decimal
WON = {"KRW": D(1), "USD": D(1400), "EUR": D(1520), "JPY": D("9.3")}
TYPES = {
    "KR": ("taxable", "taxable", "ISA", "pension", "IRP"),
    "US": ("taxable", "taxable", "IRA", "Roth", "401k"),
    "none": ("taxable", "taxable", "ISA", "IRP", "IRA"),
}
TAX_CURRENCY = {"KR": "KRW", "US": "USD"}


def price_in(random: Random, currency: str) -> Decimal:
    """A price that an exchange quotes."""
    if currency in ("KRW", "JPY"):
        return D(
            random.choice((random.randint(1, 40) * 5, random.randint(300, 9000) * 5, random.randint(9000, 90000) * 5))
        )
    return D(random.choice((random.randint(100, 6000), random.randint(6000, 60000)))) / 100


def exchange_rates(random: Random, base: str) -> dict[str, Decimal]:
    """Base currency for one unit of the others, a little off today's."""
    return {
        c: (won / WON[base] * D(random.randint(90, 110)) / 100).quantize(D("0.000001"))
        for c, won in WON.items()
        if c != base
    }


def weights(random: Random, number: int, *, zeros: bool = True) -> list[Decimal]:
    """Targets that add up to 1, in whole percents; some may be 0."""
    drawn = [0 if zeros and random.random() < 0.12 else random.randint(1, 10) for _ in range(number)]
    if not any(drawn):
        drawn[0] = 1
    percents = [100 * n // sum(drawn) if n else 0 for n in drawn]
    percents[drawn.index(max(drawn))] += 100 - sum(percents)
    return [D(p) / 100 for p in percents]


def amount(random: Random, value: Decimal, low: float, high: float, currency: str) -> Decimal:
    """A random part of a value, whole in the currency's minor unit."""
    step = D(1) if currency in ("KRW", "JPY") else D("0.01")
    return (value * D(str(random.uniform(low, high)))).quantize(step)


def tax_class(random: Random, country: str, currency: str) -> str:
    """A class that fits the country and the currency."""
    if country == "KR":
        at_home = ("kr_other_etf", "kr_other_etf", "kr_equity_etf", "kr_stock")
        return random.choice(at_home) if currency == "KRW" else "overseas_listed"
    if country == "US":
        return random.choice(("us_security", "us_security", "us_stock", "us_collectible", "exempt"))
    return ""


def household(random: Random, *, most_accounts: int = 5, most_assets: int = 25, country: str | None = None) -> Family:
    """A random family; the figures are such that the program accepts them."""
    country = country or random.choice(("none", "none", "KR", "KR", "US"))
    base = random.choice(("KRW", "KRW", "KRW", "USD", "EUR", "JPY"))
    fx = exchange_rates(random, base)
    value = D(random.choice((3_000_000, 30_000_000, 400_000_000))) / WON[base]
    accounts = _accounts(random, country, base, value, fx, random.randint(1, most_accounts))
    currencies = sorted({a.currency for a in accounts}) + (["USD"] if random.random() < 0.5 else [])
    assets = _assets(random, country, currencies, random.randint(2, most_assets))
    family = Family(base, accounts, assets, [], fx=fx, settings=_settings(random, country, base, value))
    _limit(random, family)
    _hold(random, family, value)
    _group(random, family)
    return family


def _accounts(
    random: Random, country: str, base: str, value: Decimal, fx: dict[str, Decimal], number: int
) -> list[Account]:
    accounts = []
    for n in range(number):
        kind = random.choice(TYPES[country])
        at_home = {"KR": "KRW", "US": "USD"}.get(country, base)
        currency = at_home if kind != "taxable" or random.random() < 0.8 else random.choice(sorted(WON))
        rate = D(1) if currency == base else fx[currency]
        share = value / number / rate
        cash = amount(random, share, 0, 0.3, currency) if random.random() < 0.7 else D(0)
        contribution = D(0)
        if random.random() < 0.3:
            contribution = amount(random, share, 0, 0.3, currency)
        elif random.random() < 0.15:
            contribution = -amount(random, share, 0, 0.2, currency)
        reserve = amount(random, share, 0, 0.1, currency) if random.random() < 0.25 else D(0)
        accounts.append(
            Account(
                *(f"A{n}", currency, random.choice(("He", "She")), kind, cash, contribution, reserve),
                commission=random.choice((None, None, D("0.00015"), D("0.001"))),
                fractional=random.random() < 0.15,
            )
        )
    return accounts


def _assets(random: Random, country: str, currencies: list[str], number: int) -> list[Asset]:
    assets = []
    for n, weight in enumerate(weights(random, number)):
        currency = random.choice(currencies)
        price = price_in(random, currency)
        asset = Asset(f"C{n:02d}", weight, price, currency, tax_class(random, country, currency))
        if weight and random.random() < 0.3:
            asset.minimum = max(D(0), weight - D(random.randint(1, 10)) / 100)
            asset.maximum = min(D(1), weight + D(random.randint(1, 10)) / 100)
        asset.fractional = random.choice((None,) * 8 + (True, False))
        asset.lock = random.choice(("",) * 12 + ("no sell", "no buy", "both"))
        asset.safe = random.random() < 0.3
        if asset.tax_class == "kr_other_etf" and random.random() < 0.7:
            asset.tax_base = (price * random.randint(70, 110) / 100).quantize(D("0.01"))
        assets.append(asset)
    if random.random() < 0.3:
        asset, other = random.sample(assets, 2)
        if asset.currency == other.currency:
            asset.replacement = other.code
    return assets


def _settings(random: Random, country: str, base: str, value: Decimal) -> dict[str, Any]:
    found: dict[str, Any] = {
        "strategy": random.choice(("hybrid", "threshold", "bands", "calendar")),
        "rebalance_to": random.choice(("target", "target", "target", "band", "halfway")),
        "cash_method": random.choice(("optimal", "optimal", "optimal", "lazy", "proportional")),
        "method": random.choice(("auto", "auto", "auto", "full", "cash_only")),
        "cash_policy": random.choice(("invest", "invest", "invest", "exclude")),
        "drift_measure": random.choice(("absolute", "absolute", "relative", "5/25")),
        "commission_rate": random.choice((D(0), D("0.00015"), D("0.0025"))),
        "slippage_rate": random.choice((D(0), D("0.001"))),
        "fx_spread": random.choice((D(0), D("0.002"), D("0.01"))),
        "tax_country": country,
        "cooldown_days": 0,
    }
    if random.random() < 0.4:
        found["min_trade_amount"] = amount(random, value, 0, 0.03, base)
    if found["rebalance_to"] != "target" and random.random() < 0.4:
        found["rebalance_tolerance"] = D("0.01")
    if random.random() < 0.5:
        found["last_rebalanced"] = dt.date(2026, random.randint(1, 11), random.randint(1, 20))
    if country != "none":
        found["lot_method"] = random.choice(("auto", "average", "fifo", "lifo", "highest_cost", "min_tax"))
        found["realized_gains"] = D(random.choice((0, 0, 1000, 3000, -500))) * (1000 if country == "KR" else 1)
    if country == "US":
        found["taxable_income"] = D(random.choice((0, 40_000, 100_000, 195_000, 300_000, 700_000)))
        found["filing_status"] = random.choice(("single", "married_jointly", "married_separately", "head_of_household"))
    return found


def _limit(random: Random, family: Family) -> None:
    for account in family.accounts:
        if random.random() < 0.2:
            account.only = frozenset(
                random.sample([a.code for a in family.assets], random.randint(1, len(family.assets)))
            )


def _hold(random: Random, family: Family, value: Decimal) -> None:
    """Holdings near the targets in random accounts; purchases and a few earlier trades for some."""
    for account in family.accounts:
        for asset in random.sample(family.assets, random.randint(0, len(family.assets))):
            if account.only and asset.code not in account.only:
                continue
            worth = value / len(family.accounts) * (asset.weight + D("0.03")) * D(str(random.uniform(0.2, 2)))
            rate = D(1) if asset.currency == family.base else family.fx[asset.currency]
            units = (worth / rate / asset.price).quantize(D(1))
            fractional = asset.fractional if asset.fractional is not None else account.fractional
            if fractional and random.random() < 0.7:
                units += D(random.randint(0, 9999)) / 10000
            if units:
                _hold_one(random, family, account, asset, units)
    if not family.holdings and not any(a.cash > 0 for a in family.accounts):
        family.accounts[0].cash = amount(random, value, 0.1, 0.5, family.accounts[0].currency)


def _hold_one(random: Random, family: Family, account: Account, asset: Asset, units: Decimal) -> None:
    tax_currency = TAX_CURRENCY.get(family.country, family.base)
    own = asset.currency == tax_currency
    cost = (asset.price * random.randint(60, 140) / 100).quantize(
        D(1) if asset.currency in ("KRW", "JPY") else D("0.01")
    )
    rate = None if own or random.random() < 0.3 else _past_rate(random, asset.currency, tax_currency)
    base = None if asset.tax_base is None else (asset.tax_base * random.randint(80, 110) / 100).quantize(D("0.01"))
    rows = [units]
    if units > 3 and random.random() < 0.1:
        rows = [D(int(units) // 2), units - int(units) // 2]
    for part in rows:
        known = random.random() < 0.9
        family.holdings.append(Holding(account.name, asset.code, part, cost if known else None, rate, base))
    if family.country != "none" and random.random() < 0.5:
        left = units
        for _ in range(random.randint(0, 3)):
            part = D(random.randint(0, int(left)))
            if part and part < left:
                family.lots.append(_lot(random, account, asset, part, tax_currency))
                left -= part
        family.lots.append(_lot(random, account, asset, left, tax_currency))
    if random.random() < 0.15:
        day = dt.date(2026, 11, 20) - dt.timedelta(days=random.randint(1, 80))
        action = random.choice(("BUY", "SELL"))
        gain = None if action == "BUY" else D(random.randint(-500, 500)) * (1000 if tax_currency == "KRW" else 1)
        now = None if own else _past_rate(random, asset.currency, tax_currency)
        traded = D(random.randint(1, 20))
        family.trades.append(
            Trade(day, account.name, action, asset.code, traded, asset.price, asset.currency, rate=now, gain=gain)
        )


def _lot(random: Random, account: Account, asset: Asset, units: Decimal, tax_currency: str) -> Lot:
    day = dt.date(2022, 1, 1) + dt.timedelta(days=random.randint(0, 1780))
    cost = (asset.price * random.randint(60, 140) / 100).quantize(
        D(1) if asset.currency in ("KRW", "JPY") else D("0.01")
    )
    own = asset.currency == tax_currency
    rate = None if own or random.random() < 0.15 else _past_rate(random, asset.currency, tax_currency)
    base = None if asset.tax_base is None else (asset.tax_base * random.randint(80, 110) / 100).quantize(D("0.01"))
    return Lot(account.name, asset.code, day, units, cost, rate, base)


def _past_rate(random: Random, currency: str, into: str) -> Decimal:
    return (WON[currency] / WON[into] * D(random.randint(80, 120)) / 100).quantize(D("0.0001"))


def _group(random: Random, family: Family) -> None:
    if random.random() < 0.25:
        for asset in family.assets:
            asset.group = random.choice(("core", "other"))
        for name in sorted({a.group for a in family.assets}):
            weight = sum((a.weight for a in family.assets if a.group == name), D(0))
            family.groups[name] = (weight, max(D(0), weight - D("0.08")), min(D(1), weight + D("0.08")))
