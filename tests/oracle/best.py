"""The best plan in whole shares by trying every one: small families, two accounts and three assets."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

from oracle.cash import IRP_CAP, investable, may_hold, total_value
from oracle.family import Account, Asset, Family, Holding, minor

if TYPE_CHECKING:
    from xlrebal.domain.plan import Plan

D = Decimal
MOST, MOST_SHARES = 400_000, 300


def small_family(random: Random) -> Family:
    """Two accounts and three assets, a few shares each, in won; reserve, minimum trade, cap and locks at times."""
    accounts = [
        Account("A", "KRW", cash=D(random.randint(0, 60_000)), commission=random.choice((None, D("0.002")))),
        Account("B", "KRW", type=random.choice(("taxable", "IRP", "IRP", "ISA")), cash=D(random.randint(0, 40_000))),
    ]
    for account in accounts:
        if random.random() < 0.25:
            account.reserve = D(random.randint(0, 20_000))
        if random.random() < 0.25:
            account.contribution = D(random.randint(0, 40_000))
    parts = [random.randint(1, 8) for _ in range(3)]
    shares = [D(100 * n // sum(parts)) / 100 for n in parts]
    shares[0] += 1 - sum(shares)
    assets = [
        Asset(f"C{n}", share, D(random.randint(40, 300)) * 100, "KRW", safe=random.random() < 0.4)
        for n, share in enumerate(shares)
    ]
    for asset in assets:
        asset.lock = random.choice(("",) * 10 + ("no sell", "no buy"))
    for account in accounts:
        if random.random() < 0.2:
            account.only = frozenset(a.code for a in random.sample(assets, 2))
    holdings = [
        Holding(account.name, asset.code, D(units))
        for account in accounts
        for asset in assets
        if (units := random.randint(0, 8)) and (not account.only or asset.code in account.only)
    ]
    settings = {
        "strategy": "threshold",
        "drift_threshold": D("0.05"),
        "commission_rate": random.choice((D(0), D("0.001"))),
        "slippage_rate": random.choice((D(0), D("0.001"))),
        "min_trade_amount": D(random.choice((0, 0, 0, 10_000, 25_000))),
        "cash_policy": random.choice(("invest", "invest", "invest", "exclude")),
        "method": random.choice(("full", "full", "full", "cash_only")),
    }
    return Family("KRW", accounts, assets, holdings, settings=settings)


def gaps(family: Family) -> dict[str, Fraction]:
    """Value over the target by code, base currency."""
    total = total_value(family)
    held = {t.code: Fraction(0) for t in family.assets}
    for holding in family.holdings:
        held[holding.code] += Fraction(holding.units) * Fraction(family.asset(holding.code).price)
    return {t.code: held[t.code] - Fraction(t.weight) * total for t in family.assets}


def best(family: Family, *, sells: bool, slack: int = 0) -> Fraction | None:
    """sum((weight - target)² / target) of the best plan, or None when there are too many plans.

    ``slack``: minor units that the cash and the cap of an account may be over (negative: must keep), for the rounding
    of costs.
    """
    gap = gaps(family)
    columns = [_plans_of(family, account, gap, sells=sells, slack=slack) for account in family.accounts]
    if None in columns or len(columns[0] or ()) * len(columns[1] or ()) > MOST:
        return None
    total = total_value(family)
    # No move is larger than what both accounts hold or can pay for.
    reach = range(-MOST_SHARES, MOST_SHARES + 1)
    costs = [{n: _cost(family, asset, gap[asset.code], n, total) for n in reach} for asset in family.assets]
    found = None
    for one, two in itertools.product(columns[0] or (), columns[1] or ()):
        moved = [x + y for x, y in zip(one, two, strict=True)]
        values = [table[n] for table, n in zip(costs, moved, strict=True)]
        if None not in values:
            value = sum(v for v in values if v is not None)
            found = value if found is None or value < found else found
    return found


def deviation(family: Family, plan: Plan) -> Fraction:
    """The same figure of a plan."""
    gap, total = gaps(family), total_value(family)
    for order in plan.orders:
        gap[order.target.code] += Fraction(order.amount_base) * (1 if order.action == "BUY" else -1)
    return sum((gap[t.code] ** 2 / Fraction(t.weight) for t in family.assets), Fraction(0)) / total**2


def _cost(family: Family, asset: Asset, gap: Fraction, moved: int, total: Fraction) -> Fraction | None:
    """What an asset adds to the sum when so many shares move; None when that is further than the next whole share."""
    price = Fraction(asset.price)
    if moved and abs(moved) * price >= abs(gap) + price:
        return None
    return (gap + moved * price) ** 2 / Fraction(asset.weight) / total**2


def _plans_of(
    family: Family, account: Account, gap: dict[str, Fraction], *, sells: bool, slack: int
) -> list[tuple[int, ...]] | None:
    """Every allowed move of an account's shares, one number an asset; negative is sold."""
    steps = [_steps(family, account, asset, gap[asset.code], sells=sells) for asset in family.assets]
    number = 1
    for choice in steps:
        number *= len(choice)
    if number > MOST:
        return None
    return [move for move in itertools.product(*steps) if _fits(family, account, move, slack)]


def _steps(family: Family, account: Account, asset: Asset, gap: Fraction, *, sells: bool) -> list[int]:
    price, minimum = Fraction(asset.price), Fraction(family.setting("min_trade_amount"))
    most = int(abs(gap) / price) + 1
    if gap > 0:
        held = int(family.units(account.name, asset.code))
        allowed = sells and asset.lock not in ("no sell", "both")
        return [0] + [-n for n in range(1, min(most, held) + 1) if allowed and n * price >= minimum]
    allowed = asset.lock not in ("no buy", "both") and may_hold(account, asset)
    return [0] + [n for n in range(1, most + 1) if allowed and gap < 0 and n * price >= minimum]


def _fits(family: Family, account: Account, move: tuple[int, ...], slack: int) -> bool:
    rate = family.setting("commission_rate") if account.commission is None else account.commission
    cost = Fraction(rate) + Fraction(family.setting("slippage_rate"))
    spent = sold = Fraction(0)
    for asset, n in zip(family.assets, move, strict=True):
        amount = abs(n) * Fraction(asset.price)
        if n > 0:
            spent += amount * (1 + cost)
        else:
            sold += amount * (1 - cost)
    room = slack * minor(account.currency)
    if spent and spent > investable(family, account) + sold + room:
        return False
    buys_risky = any(n > 0 and not a.safe for a, n in zip(family.assets, move, strict=True))
    if account.type != "IRP" or not buys_risky:
        return True
    after = [
        (family.units(account.name, a.code) + n) * Fraction(a.price) for a, n in zip(family.assets, move, strict=True)
    ]
    cash = Fraction(account.cash) + Fraction(account.contribution) + sold - spent
    risky = sum((v for a, v in zip(family.assets, after, strict=True) if not a.safe), Fraction(0))
    return risky <= IRP_CAP * (sum(after) + cash) + room


def differences(random: Random) -> list[str] | None:
    """Hold the program's plan against the best one; None when the family is too large or the plan is not proven."""
    import datetime as dt

    from oracle.family import planned

    family = small_family(random)
    if not family.holdings and total_value(family) <= 0:
        return None
    plan = planned(family, dt.date(2026, 3, 4), now=True).plan
    bound, after = plan.summary.deviation_bound, plan.summary.deviation_after
    if bound is None:
        return None
    sells = family.setting("method", "auto") != "cash_only"
    strict, wide = best(family, sells=sells, slack=-6), best(family, sells=sells, slack=6)
    if strict is None or wide is None:
        return None
    ours, found = deviation(family, plan), []
    if abs(ours - Fraction(after)) > Fraction(1, 10**12):
        found.append(f"deviation after {float(after)}, by the orders {float(ours)}")
    if Fraction(bound) > strict + Fraction(1, 10**12):
        found.append(f"no plan below {float(bound):.8f} is claimed, {float(strict):.8f} is possible")
    if ours < wide - Fraction(1, 10**12):
        found.append(f"the plan's {float(ours):.8f} is better than any allowed plan, {float(wide):.8f}")
    return found if found or bound >= after else None
