"""Several accounts above their cap at once: tiny households, held against every plan there is.

The plans are found account by account in plain integers: prices, holdings and cash are whole won, and
nothing costs anything.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Account, AccountType, Household
from xlrebal.engine.plan import make_plan

TODAY = dt.date(2026, 3, 4)
RULES = policy(risk_caps={"IRP": Decimal("0.7")}, plan_now=True)
SAFE = "S"
Move = tuple[int, ...]


def several_irps(seed: int, accounts: int) -> Household:
    """Two risky assets and a safe one in several accounts, most of them above 70% risky."""
    rng = random.Random(seed)
    price = {"R": rng.randint(8, 14) * 1000, "Q": rng.randint(8, 14) * 1000, SAFE: rng.randint(6, 12) * 1000}
    weights = rng.choice([("0.3", "0.3", "0.4"), ("0.2", "0.6", "0.2"), ("0.5", "0.2", "0.3"), ("0.1", "0.7", "0.2")])
    most = 4 if accounts < 4 else 2
    banks = [
        Account(f"K{n}", "KRW", type=AccountType.IRP, cash=Decimal(rng.randint(0, 25 if accounts < 4 else 9) * 1000))
        for n in range(accounts)
    ]
    holdings = [
        holding(code, units, str(price[code]), bank.name)
        for bank in banks
        for code in price
        if (units := rng.choice([0, 0, 1]) if code == SAFE else rng.randint(0, most))
    ]
    targets = [
        target(code, w, price=str(price[code]), safe=code == SAFE) for code, w in zip(price, weights, strict=True)
    ]
    return household(targets, holdings, *banks)


def best_deviation(home: Household, most: int) -> Fraction | None:
    """sum((w - t)^2 / t) of the best plan; None where there are more than ``most``."""
    price = {t.code: int(t.price or 0) for t in home.targets}
    total = sum(int(h.value) for h in home.holdings) + sum(int(a.cash) for a in home.accounts)
    gaps = [
        sum(int(h.value) for h in home.holdings if h.code == t.code) - Fraction(t.weight) * total for t in home.targets
    ]
    moves = [sorted(set(_moves(home, account, price, gaps))) for account in home.accounts]
    plans = 1
    for of_account in moves:
        plans *= len(of_account)
    if plans > most:
        return None
    # The same sums, reached in different ways, count once.
    sums: set[Move] = {(0,) * len(gaps)}
    for of_account in moves:
        sums = {tuple(map(sum, zip(one, other, strict=True))) for one in sums for other in of_account}
    fits = [s for s in sums if all(not n or abs(n) < abs(g) + price[c] for n, g, c in zip(s, gaps, price, strict=True))]
    weights = [Fraction(t.weight) for t in home.targets]
    found = (sum((g + n) ** 2 / w for n, g, w in zip(s, gaps, weights, strict=True)) for s in fits)
    return Fraction(min(found)) / total**2


def _moves(home: Household, account: Account, price: dict[str, int], gaps: list[Fraction]) -> Iterator[Move]:
    """What one account may trade, in won by asset: paid for, and within the cap where something risky is bought."""
    held = {h.code: int(h.quantity or 0) for h in home.holdings if h.account == account.name}
    ranges = [
        range(-held.get(code, 0), 1) if gap > 0 else range(int(-gap // price[code]) + 2)
        for code, gap in zip(price, gaps, strict=True)
    ]
    for units in itertools.product(*ranges):
        after = {code: (held.get(code, 0) + n) * price[code] for code, n in zip(price, units, strict=True)}
        moved = tuple(n * price[code] for code, n in zip(price, units, strict=True))
        cash = int(account.cash) - sum(moved)
        risky = sum(value for code, value in after.items() if code != SAFE)
        buys_risky = any(n > 0 for code, n in zip(price, units, strict=True) if code != SAFE)
        if cash >= 0 and not (buys_risky and risky * 10 > 7 * (sum(after.values()) + cash)):
            yield moved


@pytest.mark.parametrize(("accounts", "seeds"), [(3, 40), (5, 30)])
def test_no_plan_is_below_the_bound_and_few_are_better(accounts: int, seeds: int) -> None:
    compared = better = 0
    for seed in range(seeds):
        home = several_irps(seed, accounts)
        best = best_deviation(home, 3_000_000)
        if best is None:
            continue
        summary = make_plan(home, RULES, TODAY).summary
        assert summary.deviation_bound is not None
        tiny = Fraction(1, 10**9)
        assert Fraction(summary.deviation_bound) <= best * (1 + tiny), (seed, "the bound is above a plan")
        assert Fraction(summary.deviation_after) >= best * (1 - tiny), (seed, "a plan that breaks a rule")
        compared += 1
        better += Fraction(summary.deviation_after) > best * (1 + tiny)
    assert compared > seeds // 3
    assert better <= compared // 10, f"{better} of {compared} have a better plan"
