"""A cap on risky assets counts after every purchase of something risky, whatever else the plan does."""

import datetime as dt
import random
from decimal import Decimal

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Account, AccountType, Action, Holding, Household, Target
from xlrebal.domain.plan import Plan
from xlrebal.domain.policy import Method, Policy, Strategy
from xlrebal.engine.plan import make_plan

TODAY = dt.date(2026, 3, 4)
CAP = Decimal("0.7")
RULES = {"risk_caps": {"IRP": CAP}, "plan_now": True}


def irp(cash: int = 0, **more: object) -> Account:
    return Account("IRP", "KRW", type=AccountType.IRP, cash=Decimal(cash), **more)  # type: ignore[arg-type]


def bought(plan: Plan) -> dict[str, int]:
    sign = {"BUY": 1, "SELL": -1}
    return {o.target.code: sign[o.action] * int(o.quantity or 0) for o in plan.orders}


def test_a_swap_of_risky_assets_above_the_cap_buys_only_what_the_cap_then_allows() -> None:
    """80 of 100 are risky. After 40 X are sold, 40 are; 30 Y take them to 70."""
    home = household(
        [target("X", "0.2"), target("Y", "0.6"), target("B", "0.2", safe=True)],
        [holding("X", 60, "10000", "IRP"), holding("Y", 20, "10000", "IRP"), holding("B", 20, "10000", "IRP")],
        irp(),
    )
    assert bought(make_plan(home, policy(**RULES), TODAY)) == {"X": -40, "Y": 30}


def test_costs_count_against_the_cap() -> None:
    """70 shares would be 70,000 of 99,300 after a cost of 1%: 70.49%. 69 are 69,000 of 99,310: 69.48%."""
    home = household([target("X", "0.9", price="1000"), target("B", "0.1", price="1000", safe=True)], [], irp(100_000))
    plan = make_plan(home, policy(commission_rate=Decimal("0.01"), **RULES), TODAY)
    assert bought(plan)["X"] == 69


def test_cash_that_is_kept_back_counts_as_part_of_the_account() -> None:
    """The account is worth 100,000: 70 shares, although only 80,000 may be spent."""
    home = household(
        [target("X", "0.9", price="1000"), target("B", "0.1", price="1000", safe=True)],
        [],
        irp(100_000, reserve=Decimal(20_000)),
    )
    assert bought(make_plan(home, policy(**RULES), TODAY))["X"] == 70


def test_above_the_cap_safe_assets_are_bought_and_risky_ones_sold() -> None:
    home = household(
        [target("X", "0.5"), target("Y", "0.3"), target("B", "0.2", price="10000", safe=True)],
        [holding("X", 60, "10000", "IRP"), holding("Y", 30, "10000", "IRP")],
        irp(100_000),
    )
    plan = bought(make_plan(home, policy(**RULES), TODAY))
    assert plan == {"X": -10, "B": 20}


def random_household(seed: int) -> tuple[Household, Policy]:
    rng = random.Random(seed)
    count, accounts = rng.randint(2, 8), rng.randint(1, 3)
    parts = [rng.randint(1, 20) for _ in range(count)]
    weights = [Decimal(part) / sum(parts) for part in parts]
    weights[0] += 1 - sum(weights)
    prices = [Decimal(rng.randint(500, 90_000)) for _ in range(count)]
    targets = tuple(
        Target(f"C{i}", w, price=p, safe=rng.random() < 0.4, fractional=rng.random() < 0.2)
        for i, (w, p) in enumerate(zip(weights, prices, strict=True))
    )
    banks = tuple(
        Account(
            f"A{i}",
            "KRW",
            type=rng.choice([AccountType.IRP, AccountType.IRP, AccountType.TAXABLE]),
            cash=Decimal(rng.randint(0, 3_000_000)),
            contribution=Decimal(rng.choice([0, 0, 500_000])),
            reserve=Decimal(rng.choice([0, 0, 100_000])),
        )
        for i in range(accounts)
    )
    holdings = [
        Holding(bank.name, t.code, units * p, "KRW", Decimal(units), p)
        for bank in banks
        for t, p in zip(targets, prices, strict=True)
        if (units := int(rng.choice([0, 0.3, 1, 3]) * 1_000_000 / float(p)))
    ]
    rules = Policy(
        strategy=Strategy.BANDS,
        method=rng.choice([Method.FULL, Method.CASH_ONLY]),
        plan_now=True,
        min_trade_amount=Decimal(rng.choice([0, 50_000])),
        commission_rate=Decimal(rng.choice(["0", "0.01"])),
        risk_caps={"IRP": CAP},
    )
    return Household("KRW", targets, banks, tuple(holdings)), rules


def test_no_account_is_above_its_cap_after_something_risky_was_bought_in_it() -> None:
    """Recomputed from the orders alone."""
    purchases = 0
    for seed in range(40):
        home, rules = random_household(seed)
        orders = make_plan(home, rules, TODAY).orders
        for account in home.accounts:
            mine = [order for order in orders if order.account == account.name]
            risky_buys = [o for o in mine if o.action is Action.BUY and not o.target.safe]
            if account.type is not AccountType.IRP or not risky_buys:
                continue
            purchases += 1
            held = {h.code: h.value for h in home.holdings if h.account == account.name}
            cash = account.cash + account.contribution
            for order in mine:
                sign = 1 if order.action is Action.BUY else -1
                held[order.target.code] = held.get(order.target.code, Decimal(0)) + sign * order.amount_base
                cash -= sign * order.amount_base + order.cost_base
            safe = {t.code for t in home.targets if t.safe}
            risky = sum(value for code, value in held.items() if code not in safe)
            assert risky <= CAP * (sum(held.values()) + cash), (seed, account.name)
    assert purchases > 10
