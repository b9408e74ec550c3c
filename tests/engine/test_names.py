"""Other names for the same accounts and assets: the same orders, proven best or not."""

import datetime as dt
import itertools
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.test_caps import random_household
from xlrebal.domain.household import Account, Group, Holding, Household, Lot, Target
from xlrebal.domain.plan import Plan
from xlrebal.domain.policy import CashMethod, Method, Policy, RebalanceTo, Strategy
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.plan import make_plan

TODAY = dt.date(2026, 3, 4)
KR = TaxRules(
    "KR",
    {
        "etf": TaxClass("etf", Decimal("0.154"), withheld=True),
        "foreign": TaxClass("foreign", Decimal("0.22"), netted=True),
    },
    Decimal(50_000),
    per_owner=True,
)
US = TaxRules(
    "US",
    {"stock": TaxClass("stock", Decimal("0.3"), netted=True, long_rate=Decimal("0.15"))},
    wash_sale_days=30,
    day=TODAY,
    lot_method="fifo",
)
TAXES = {"KR": KR, "US": US}


def renamed(home: Household, rng: random.Random, *, keep_accounts: bool = False) -> tuple[Household, dict[str, str]]:
    """The household with its names dealt out anew, and rows in another order."""
    codes = [target.code for target in home.targets]
    names = [account.name for account in home.accounts]
    others = dict(zip(codes, rng.sample(codes, len(codes)), strict=True))
    accounts = dict(zip(names, rng.sample(names, len(names)), strict=True))
    targets = [replace(t, code=others[t.code]) for t in home.targets]
    banks = [replace(a, name=accounts[a.name]) for a in home.accounts]
    holdings = [replace(h, account=accounts[h.account], code=others[h.code]) for h in home.holdings]
    lots = tuple(replace(lot, account=accounts[lot.account], code=others[lot.code]) for lot in home.lots)
    for rows in (targets, holdings) if keep_accounts else (targets, banks, holdings):
        rng.shuffle(rows)  # type: ignore[arg-type]
    back = {new: old for old, new in (others | accounts).items()}
    other = replace(home, targets=tuple(targets), accounts=tuple(banks), holdings=tuple(holdings), lots=lots)
    return other, back


def lines(plan: Plan, back: dict[str, str]) -> Counter[tuple[object, ...]]:
    orders = ((back.get(o.account), o.action, back.get(o.target.code), o.quantity, o.amount) for o in plan.orders)
    moved = ((back.get(t.source), "to", back.get(t.destination), None, t.amount) for t in plan.transfers)
    return Counter([*orders, *moved])


def test_renaming_accounts_and_assets_and_shuffling_rows_changes_no_order() -> None:
    unproven = 0
    for seed in range(20):
        home, rules = random_household(seed)
        other, back = renamed(home, random.Random(seed))
        first, second = make_plan(home, rules, TODAY), make_plan(other, rules, TODAY)
        same = {name: name for name in back}
        assert lines(first, same) == lines(second, back), seed
        unproven += bool(first.summary.distance_to_optimum)
    assert unproven > 0


def taxed_household(seed: int, country: str) -> tuple[Household, Policy]:
    """A household with lots, some of them alike, equal weights and equal prices: ties abound."""
    rng = random.Random(seed)
    count, accounts = rng.randint(3, 6), rng.randint(2, 3)
    base = "KRW" if country == "KR" else "USD"
    unit = 1_000 if base == "KRW" else 1
    classes = ["etf", "foreign"] if country == "KR" else ["stock"]
    prices = [Decimal(rng.choice([20, 20, 35, 90]) * unit) for _ in range(count)]
    targets = tuple(
        Target(
            f"C{i}",
            Decimal(1) / count if i else 1 - Decimal(1) / count * (count - 1),
            price=p,
            currency=base,
            tax_class=rng.choice(classes),
            fractional=rng.random() < 0.2,
            group=rng.choice(["", "G"]),
        )
        for i, p in enumerate(prices)
    )
    banks = tuple(
        Account(f"A{i}", base, owner=rng.choice(["P", "Q"]), cash=Decimal(rng.choice([0, 0, 900, 1500]) * unit))
        for i in range(accounts)
    )
    holdings, lots = [], []
    for bank, (i, price) in itertools.product(banks, enumerate(prices)):
        units = Decimal(rng.choice([0, 10, 10, 40]))
        if not units:
            continue
        holdings.append(Holding(bank.name, f"C{i}", units * price, base, units, price))
        for part in (units / 2, units / 2):
            day = dt.date(2026, 1, 5) - dt.timedelta(rng.choice([0, 200, 900]))
            carried = Decimal(rng.choice([0, 0, 5 * unit]))
            cost = price * Decimal(rng.choice(["0.5", "0.8", "1.1"]))
            lots.append(Lot(bank.name, f"C{i}", day, part, cost, carried=carried))
    groups = (Group("G", sum((t.weight for t in targets if t.group), Decimal(0))),)
    household = Household(base, targets, banks, tuple(holdings), lots=tuple(lots), groups=groups)
    rules = Policy(
        strategy=Strategy.BANDS,
        method=rng.choice([Method.FULL, Method.AUTO]),
        plan_now=True,
        rebalance_to=rng.choice(list(RebalanceTo)),
        cash_method=rng.choice(list(CashMethod)),
        min_trade_amount=Decimal(rng.choice([0, 50 * unit])),
        new_cash=Decimal(rng.choice([0, 0, -2_000, -500])) * unit,
        max_tax=rng.choice([None, None, Decimal(20 * unit)]),
        tax=TAXES[country],
    )
    return household, rules


@pytest.mark.parametrize("country", ["KR", "US"])
def test_renaming_changes_no_order_of_a_taxed_household_or_of_a_withdrawal(country: str) -> None:
    """Withdrawals are paid in the order of the accounts' rows: these stay."""
    for seed in range(30):
        home, rules = taxed_household(seed, country)
        other, back = renamed(home, random.Random(seed), keep_accounts=True)
        first, second = make_plan(home, rules, TODAY), make_plan(other, rules, TODAY)
        assert lines(first, {name: name for name in back}) == lines(second, back), seed
        assert first.summary.tax == second.summary.tax, seed
