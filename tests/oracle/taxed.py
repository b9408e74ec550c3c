"""Tax years: random families whose plan sells, and the tax of those sales worked out again."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction as F
from random import Random
from typing import TYPE_CHECKING

from oracle import korea, us
from oracle.cash import FREE_OF_TAX
from oracle.family import Account, Asset, Family, Holding, Lot, Trade, minor, planned
from oracle.households import WON, exchange_rates, price_in
from oracle.lots import Share, is_long, sell
from xlrebal.language import in_english

if TYPE_CHECKING:
    from xlrebal.domain.plan import Order, Plan

D = Decimal
LAW = {"KR": "KRW", "US": "USD"}
METHODS = ("auto", "average", "fifo", "lifo", "highest_cost")


def us_family(random: Random, day: dt.date) -> Family:
    """Accounts and an IRA of a family in the United States, some of it to be sold."""
    family = _family(random, "US", ["taxable", random.choice(("taxable", "IRA"))], day)
    family.settings |= {
        "taxable_income": D(random.choice((0, 20_000, 47_000, 100_000, 190_000, 260_000, 500_000, 900_000))),
        "filing_status": random.choice(us.STATUSES),
        "realized_gains": D(random.choice((0, 0, 5_000, -4_000, 60_000))),
        "realized_short_gains": D(random.choice((0, 0, 3_000, -2_500))),
    }
    return family


def korean_family(random: Random, day: dt.date) -> Family:
    """Two owners in Korea, one with an ISA beside the account; earlier sales with their gains."""
    family = _family(random, "KR", ["taxable", random.choice(("taxable", "ISA"))], day)
    if random.random() < 0.6:
        family.accounts[1].owner = "She"
    abroad = [a for a in family.assets if a.tax_class == "overseas_listed"]
    for _ in range(random.randint(0, 3) if abroad else 0):
        asset = random.choice(abroad)
        sold = day - dt.timedelta(
            days=random.choice((2, 5, 40, 200, 330, day.timetuple().tm_yday + random.randint(-4, 4)))
        )
        if sold < day:
            gain = D(random.randint(-3_000_000, 4_000_000))
            rate = _rate(random, asset.currency, "KRW")
            family.trades.append(
                Trade(sold, "A0", "SELL", asset.code, D(1), asset.price, asset.currency, rate=rate, gain=gain)
            )
    return family


def _family(random: Random, country: str, types: list[str], day: dt.date) -> Family:
    base = random.choice((LAW[country], LAW[country], "KRW", "USD", "EUR", "JPY"))
    accounts = [Account(f"A{n}", LAW[country], "He", kind, cash=D(1000)) for n, kind in enumerate(types)]
    assets = [_asset(random, country, n) for n in range(random.randint(1, 4))]
    for asset in assets:
        asset.weight = D(0) if random.random() < 0.6 else D("0.1")
    rest = 1 - sum((a.weight for a in assets), D(0))
    family = Family(base, accounts, [*assets, Asset("CASH", rest, D(1), base)], [], fx=exchange_rates(random, base))
    family.settings["tax_country"] = country
    for account in accounts:
        for asset in assets:
            if not (account.type == "ISA" and asset.tax_class in ("overseas_listed", "kr_stock")):
                _hold(random, family, account, asset, day)
    family.settings |= {
        "strategy": "threshold",
        "lot_method": random.choice(METHODS),
        "commission_rate": random.choice((D(0), D("0.001"))),
        "slippage_rate": random.choice((D(0), D("0.001"))),
        "fx_spread": random.choice((D(0), D("0.002"))),
        "gain_harvesting": False,
        "cooldown_days": 0,
    }
    return family


def _asset(random: Random, country: str, number: int) -> Asset:
    if country == "US":
        currency = random.choice(("USD", "USD", "USD", "EUR", "JPY"))
        kind = random.choice(("us_security", "us_security", "us_stock", "us_collectible", "exempt"))
        return Asset(f"C{number}", D(0), price_in(random, currency), currency, kind)
    kind = random.choice(("overseas_listed", "overseas_listed", "kr_other_etf", "kr_stock", "kr_equity_etf"))
    currency = random.choice(("USD", "USD", "JPY", "EUR")) if kind == "overseas_listed" else "KRW"
    price = price_in(random, currency)
    base = (price * random.randint(70, 110) / 100).quantize(D("0.01")) if kind == "kr_other_etf" else None
    return Asset(f"C{number}", D(0), price, currency, kind, tax_base=base if random.random() < 0.7 else None)


def _hold(random: Random, family: Family, account: Account, asset: Asset, day: dt.date) -> None:
    law = LAW[family.country]
    worth = random.choice((500, 5_000, 40_000)) * WON["USD"] / WON[asset.currency]
    units = int(worth / asset.price)
    if not units:
        return
    step = D(1) if asset.currency in ("KRW", "JPY") else D("0.01")
    places = sorted({random.randint(1, units) for _ in range(random.randint(0, 3))} | {units})
    parts = [b - a for a, b in zip([0, *places], places, strict=False)]
    lots = []
    days: set[int] = set()
    # A purchase never lies less than 31 days back, so that nothing is washed here; some lie a year back to the day.
    for part in parts:
        back = random.choice((31, 364, 365, 366, 367, random.randint(31, 1500)))
        # No two of a day: which of those is sold first is not written anywhere.
        while back in days:
            back += 1
        days.add(back)
        cost = (asset.price * random.randint(50, 150) / 100).quantize(step)
        rate = None if asset.currency == law else _rate(random, asset.currency, law)
        base = None if asset.tax_base is None else (asset.tax_base * random.randint(70, 110) / 100).quantize(D("0.01"))
        lots.append(Lot(account.name, asset.code, day - dt.timedelta(days=back), D(part), cost, rate, base))
    if random.random() < 0.7:
        family.lots += lots
        family.holdings.append(Holding(account.name, asset.code, D(units), lots[0].cost))
    else:
        one = lots[0]
        family.holdings.append(Holding(account.name, asset.code, D(units), one.cost, one.rate, one.tax_base))


def _rate(random: Random, currency: str, law: str) -> Decimal:
    return (WON[currency] / WON[law] * random.randint(80, 120) / 100).quantize(D("0.000001"))


def taken(family: Family, order: Order) -> list[Share]:
    """The units that a sale takes, with their cost in the currency of the law."""
    law, asset = LAW[family.country], family.asset(order.target.code)
    account = family.account(order.account)
    method = account.lot_method or family.setting("lot_method", "auto")
    if method == "auto":
        method = {"KR": "average", "US": "fifo"}[family.country]
    if method == "average" and asset.tax_class in ("us_stock", "us_collectible"):
        method = "fifo"  # Reg. 1.1012-1(e)(1): the average is for shares of a fund; a trust that holds gold is none
    mine = [x for x in family.lots if (x.account, x.code) == (account.name, asset.code)]
    shares = [
        Share(
            x.day,
            F(x.units),
            None if rate is None else F(x.units) * F(x.cost) * rate,
            None if x.tax_base is None else F(x.units) * F(x.tax_base),
        )
        for x in mine
        for rate in [F(1) if asset.currency == law else None if x.rate is None else F(x.rate)]
    ]  # fmt: skip
    held = family.units(account.name, asset.code)
    if sum((s.units for s in shares), F(0)) != held:
        rows = [h for h in family.holdings if (h.account, h.code) == (account.name, asset.code)]
        shares = [
            Share(
                dt.date.max,
                F(h.units),
                None if h.cost is None or rate is None else F(h.units) * F(h.cost) * rate,
                None if h.tax_base is None else F(h.units) * F(h.tax_base),
            )
            for h in rows
            for rate in [F(1) if asset.currency == law else None if h.rate is None else F(h.rate)]
        ]
    return sell(shares, F(order.quantity or 0), method)[0]


def proceeds(family: Family, order: Order) -> F:
    """What a sale brings after its costs, in the currency of the law.

    Changing the money is no cost of the sale: Decree art. 178-5 counts each side at the base rate of its day.
    """
    net = F(order.amount) * (1 - F(family.setting("slippage_rate"))) - F(order.commission)
    return net * family.rate(order.currency) / family.rate(LAW[family.country])


def us_year(family: Family, plan: Plan) -> us.Year | None:
    """Gains of the planned sales; None where a cost is not known."""
    year = us.Year()
    for order in plan.orders:
        kind = order.target.tax_class
        if order.action == "BUY" or kind == "exempt" or family.account(order.account).type in FREE_OF_TAX["US"]:
            continue
        money = proceeds(family, order)
        for share in taken(family, order):
            if share.cost is None:
                return None
            gain = money * share.units / F(order.quantity or 1) - share.cost
            if share.since == dt.date.max or not is_long(share.since, plan.as_of):
                year += us.Year(short=gain)
            else:
                year += us.Year(collectible=gain) if kind == "us_collectible" else us.Year(long=gain)
    return year


def us_differences(random: Random) -> list[str] | None:
    """Tax of the year and of the plan, in the base currency."""
    day = dt.date(random.choice((2024, 2025, 2026)), random.randint(2, 12), random.randint(1, 28))
    family = us_family(random, day)
    if not family.holdings:
        return None
    plan = planned(family, day, now=True).plan
    sold = us_year(family, plan)
    if plan.tax is None or sold is None or not any(o.action == "SELL" for o in plan.orders):
        return None
    income, status = F(family.setting("taxable_income")), family.setting("filing_status")
    before = us.Year(F(family.setting("realized_short_gains")), F(family.setting("realized_gains")))
    without = us.tax_on_gains(income, before, day.year, status)
    with_plan = us.tax_on_gains(income, before + sold, day.year, status)
    rate = family.rate("USD")
    slack = (F(2, 100) * rate + minor(family.base)) * (1 + len(plan.orders) + len(family.lots))
    if not {a.tax_class for a in family.assets} & {"us_security", "us_stock", "us_collectible"}:
        return None
    return [
        *_off("tax of the plan", max(F(0), with_plan - without) * rate, plan.summary.tax, slack),
        *_off("tax of the year", with_plan * rate, _item(plan, "Tax of the year"), slack),
        *_off("added by the plan", (with_plan - without) * rate, _item(plan, "Added by this plan"), slack),
    ]


def korean_differences(random: Random) -> list[str] | None:
    """Tax of the year by owner, what is withheld, and tax of the plan, in the base currency."""
    year = random.choice((2024, 2025, 2026))
    late = dt.date(year, 12, random.randint(26, 31))
    day = random.choice((late, dt.date(year, random.randint(1, 11), random.randint(1, 28))))
    family = korean_family(random, day)
    if not family.holdings:
        return None
    plan = planned(family, day, now=True).plan
    if plan.tax is None or not any(o.action == "SELL" for o in plan.orders):
        return None
    counts = korea.counts_on(day).year
    owner = {a.name: a.owner for a in family.accounts}
    realized: dict[str, F] = defaultdict(F)
    for trade in family.trades:
        if korea.counts_on(trade.day).year == counts:
            realized[owner[trade.account]] += F(trade.gain or 0)
    sold, kept = dict(realized), F(0)
    for order in plan.orders:
        if order.action == "BUY" or family.account(order.account).type in FREE_OF_TAX["KR"]:
            continue
        shares, money = taken(family, order), proceeds(family, order)
        kind = order.target.tax_class
        if kind == "kr_stock":
            kept += korea.transaction_tax(F(order.amount), day)
        if kind in ("overseas_listed", "kr_other_etf"):
            if any(s.cost is None for s in shares):
                return None
            gain = money - sum((s.cost or F(0) for s in shares), F(0))
            if kind == "overseas_listed":
                sold[owner[order.account]] = sold.get(owner[order.account], F(0)) + gain
            else:
                now = family.asset(order.target.code).tax_base
                known = now is not None and all(s.base is not None for s in shares)
                rise = sum((F(now or 0) * s.units - (s.base or 0) for s in shares), F(0)) if known else None
                kept += korea.fund_tax(gain, rise)
    rate = family.rate("KRW")
    slack = (F(2) * rate + minor(family.base)) * (1 + len(plan.orders) + len(family.lots))
    added = {o: korea.overseas_tax(g) - korea.overseas_tax(realized.get(o, F(0))) for o, g in sold.items()}
    # Losses of one owner lower the tax of that owner's gains, never below 0.
    found = _off(
        "tax of the plan", (sum((max(F(0), t) for t in added.values()), F(0)) + kept) * rate, plan.summary.tax, slack
    )
    abroad = any(a.tax_class == "overseas_listed" for a in family.assets)
    for name, gains in sold.items() if abroad else ():
        lines = [i for i in plan.tax.items if in_english(i.item) == "Tax of the year" and i.owner in ("", name)]
        if lines:
            found += _off(f"tax of the year of {name}", korea.overseas_tax(gains) * rate, lines[0].amount, slack)
    return found


def _item(plan: Plan, name: str) -> Decimal | None:
    return next((i.amount for i in plan.tax.items if in_english(i.item) == name), None) if plan.tax else None


def _off(what: str, ours: F, theirs: Decimal | None, slack: F) -> list[str]:
    if theirs is None:
        return [f"{what} is unknown, it is {float(ours):.2f}"]
    return [] if abs(ours - F(theirs)) <= slack else [f"{what} is {theirs}, should be {float(ours):.2f}"]
