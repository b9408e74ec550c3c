"""No input stops the planner or keeps it running: empty accounts, tiny targets, prices from 0.01 to 1e9."""

import datetime as dt
import random
import time
from decimal import Decimal

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Account, AccountType, Holding, Household, Target
from xlrebal.domain.policy import Method, Policy, Strategy
from xlrebal.engine.plan import make_plan

TODAY = dt.date(2026, 3, 4)
# Far more than it takes, so that a busy machine does not fail the test; without a bound on the work it takes minutes.
MOST_SECONDS = 15


def seconds_of(home: Household, rules: Policy) -> float:
    start = time.process_time()
    make_plan(home, rules, TODAY)
    return time.process_time() - start


def test_an_empty_account_with_a_cap_and_a_minimum_trade_has_a_plan() -> None:
    home = household(
        [target("A", "0.5"), target("B", "0.5", price="10000", fractional=True)],
        [holding("A", 50, "10000", "T")],
        Account("T", "KRW"),
        Account("IRP", "KRW", type=AccountType.IRP),
    )
    rules = policy(min_trade_amount=Decimal(100_000), risk_caps={"IRP": Decimal("0.7")}, plan_now=True)
    assert {o.target.code for o in make_plan(home, rules, TODAY).orders} == {"A", "B"}


def test_units_that_cost_next_to_nothing_are_bought_in_bulk() -> None:
    prices = ["0.01", "1", "100", "35000", "1000000", "1000000000"]
    weights = [Decimal("0.1666")] * 5 + [Decimal("0.167")]
    targets = tuple(Target(f"C{i}", w, price=Decimal(p)) for i, (w, p) in enumerate(zip(weights, prices, strict=True)))
    accounts = tuple(Account(f"A{i}", "KRW", cash=Decimal(700_000_003 + 123_457 * i)) for i in range(5))
    home = Household("KRW", targets, accounts, ())
    assert seconds_of(home, Policy(strategy=Strategy.BANDS)) < MOST_SECONDS


def odd_household(seed: int) -> tuple[Household, Policy]:
    rng = random.Random(seed)
    count, accounts = rng.randint(1, 7), rng.randint(1, 5)
    parts = [rng.choice([0, 1, 30, 1_000, 1_000_000]) for _ in range(count)]
    whole = sum(parts) or 1
    weights = [Decimal(part) / whole for part in parts]
    weights[0] += 1 - sum(weights)
    prices = [Decimal(10) ** rng.randint(-2, 9) * rng.randint(1, 9) for _ in range(count)]
    targets = tuple(
        Target(
            f"C{i}",
            weight,
            price=rng.choice([price, price, price, None]),
            fractional=rng.choice([None, None, True, False]),
            safe=rng.random() < 0.3,
        )
        for i, (weight, price) in enumerate(zip(weights, prices, strict=True))
    )
    banks = tuple(
        Account(
            f"A{i}",
            "KRW",
            type=rng.choice([AccountType.TAXABLE, AccountType.IRP]),
            cash=Decimal(rng.choice([0, 0, 1, 12_345, 10**7, 10**10])),
            contribution=Decimal(rng.choice([0, 0, 100_000, -50_000])),
            allowed=frozenset(rng.choice([(), (), ("C0",), ("C1", "C2")])),
            fractional=rng.random() < 0.2,
        )
        for i in range(accounts)
    )
    holdings = []
    for bank in banks:
        for number, price in enumerate(prices):
            units = Decimal(int(10 ** rng.uniform(0, 9) / float(price)))
            if units and rng.random() < 0.5:
                known = rng.random() < 0.9
                holdings.append(
                    Holding(
                        bank.name,
                        f"C{number}",
                        units * price,
                        "KRW",
                        units if known else None,
                        price if known else None,
                    )
                )
    rules = Policy(
        strategy=Strategy.BANDS,
        method=rng.choice(list(Method)),
        plan_now=rng.random() < 0.8,
        min_trade_amount=Decimal(rng.choice([0, 100_000, 10**12])),
        commission_rate=Decimal(rng.choice(["0", "0.0025"])),
        risk_caps=rng.choice([{}, {"IRP": Decimal("0.7")}]),
    )
    return Household("KRW", targets, banks, tuple(holdings)), rules


def test_odd_households_have_a_plan_in_bounded_work() -> None:
    for seed in range(60):
        home, rules = odd_household(seed)
        if sum(h.value for h in home.holdings) + sum(a.cash for a in home.accounts):
            assert seconds_of(home, rules) < MOST_SECONDS, seed
