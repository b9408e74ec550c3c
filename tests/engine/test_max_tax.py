"""``max_tax``: the exact tax of a plan stays within the limit, and a limit costs no multitude of searches."""

import datetime as dt
import random
import time
from dataclasses import replace
from decimal import Decimal

from xlrebal.domain.household import Account, AccountType, Holding, Household, Target
from xlrebal.domain.policy import Method, Policy, Strategy
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.plan import make_plan

TODAY = dt.date(2026, 3, 4)
CLASSES = {
    "etf": TaxClass("etf", Decimal("0.154"), withheld=True),
    "foreign": TaxClass("foreign", Decimal("0.22"), netted=True),
}
RULES = TaxRules("KR", CLASSES, Decimal(2_500_000), frozenset({"ISA"}))


def taxed_household(seed: int, count: int, accounts: int) -> tuple[Household, Policy]:
    rng = random.Random(seed)
    parts = [rng.randint(20, 200) for _ in range(count)]
    weights = [Decimal(part) / sum(parts) for part in parts]
    weights[0] += 1 - sum(weights)
    prices = [Decimal(rng.randint(1_000, 100_000)) for _ in range(count)]
    targets = tuple(
        Target(f"C{i}", w, price=p, tax_class=rng.choice(["etf", "foreign", "foreign"]))
        for i, (w, p) in enumerate(zip(weights, prices, strict=True))
    )
    banks = tuple(
        Account(f"A{i}", "KRW", type=AccountType.ISA if i == 1 else AccountType.TAXABLE, cash=Decimal(100_000))
        for i in range(accounts)
    )
    holdings = []
    for number, price in enumerate(prices):
        bank = rng.choice(banks)
        units = Decimal(int(float(weights[number] * 200_000_000 / price) * rng.choice([0.2, 0.6, 1.0, 1.5, 2.5])))
        if units:
            cost = price * Decimal(rng.choice(["0.3", "0.6", "0.9", "1.2"]))
            holdings.append(Holding(bank.name, f"C{number}", units * price, "KRW", units, price, cost))
    rules = Policy(strategy=Strategy.BANDS, method=Method.FULL, plan_now=True, tax=RULES)
    return Household("KRW", targets, banks, tuple(holdings)), rules


def test_the_tax_of_a_plan_never_exceeds_the_limit_and_more_is_sold_when_more_may_be_paid() -> None:
    limited = 0
    for seed in range(25):
        home, rules = taxed_household(seed, random.Random(seed).randint(2, 10), 1 + seed % 2)
        free = make_plan(home, rules, TODAY).summary
        if not free.tax:
            continue
        for part in (Decimal(0), Decimal("0.4")):
            limit = Decimal(int(free.tax * part))
            summary = make_plan(home, replace(rules, max_tax=limit), TODAY).summary
            limited += 1
            assert summary.tax is not None
            assert summary.tax <= limit
            assert summary.deviation_bound is not None
            assert summary.deviation_bound <= free.deviation_after
            assert summary.deviation_after >= free.deviation_bound
    assert limited > 20


def test_what_costs_least_tax_for_its_help_is_sold() -> None:
    """A and B are 20 over each; B costs three times the tax of A, so that under a limit more of A is sold."""
    targets = tuple(
        Target(code, Decimal(weight), price=Decimal(1_000), tax_class="etf")
        for code, weight in (("A", "0.2"), ("B", "0.2"), ("C", "0.6"))
    )
    holdings = tuple(
        Holding("Main", code, Decimal(400_000), "KRW", Decimal(400), Decimal(1_000), Decimal(cost))
        for code, cost in (("A", 800), ("B", 400))
    )
    home = Household("KRW", targets, (Account("Main", "KRW", cash=Decimal(200_000)),), holdings)
    rules = Policy(strategy=Strategy.BANDS, method=Method.FULL, plan_now=True, tax=RULES, max_tax=Decimal(12_000))
    plan = make_plan(home, rules, TODAY)
    sold = {o.target.code: o.quantity for o in plan.orders if o.action == "SELL"}
    assert sold["A"] > sold.get("B", 0)
    assert plan.summary.tax is not None
    assert Decimal(11_500) < plan.summary.tax <= 12_000


def test_an_asset_that_trades_in_amounts_is_sold_for_as_much_as_the_limit_allows() -> None:
    """200,000 over its target, at a gain of half of it: 154,000 of amount bring 11,858 of tax, 0.077 a won."""
    targets = (
        Target("A", Decimal("0.5"), price=Decimal(1_000), tax_class="etf", fractional=True),
        Target("B", Decimal("0.5"), price=Decimal(1_000), tax_class="etf", fractional=True),
    )
    holding = Holding("Main", "A", Decimal(400_000), "KRW", Decimal(400), Decimal(1_000), Decimal(500))
    home = Household("KRW", targets, (Account("Main", "KRW"),), (holding,))
    rules = Policy(strategy=Strategy.BANDS, method=Method.FULL, plan_now=True, tax=RULES, max_tax=Decimal(11_858))
    plan = make_plan(home, rules, TODAY)
    (sold,) = (o for o in plan.orders if o.action == "SELL")
    assert sold.amount is not None
    assert Decimal(153_000) <= sold.amount <= Decimal(154_100)
    assert plan.summary.tax is not None
    assert Decimal(11_780) <= plan.summary.tax <= 11_858


def test_forty_assets_with_a_limit_take_no_multitude_of_searches() -> None:
    home, rules = taxed_household(7, 40, 1)
    tax = make_plan(home, rules, TODAY).summary.tax
    assert tax
    start = time.process_time()
    make_plan(home, replace(rules, max_tax=Decimal(int(tax / 3))), TODAY)
    assert time.process_time() - start < 5
