"""Plans of random households keep every rule of docs/planner.md and the law of their accounts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from books import write_book, xlrebal

from oracle import cash
from oracle.family import Account, Asset, Family, Holding, planned, sheets
from oracle.households import household
from oracle.running import agrees, cases

DAY = dt.date(2026, 11, 20)
D = Decimal


@cases(quick=60, deep=1000)
def test_no_plan_breaks_a_rule(seed: int) -> None:
    agrees(cash.differences, seed)


@cases(quick=4, deep=300)
def test_no_plan_of_a_large_household_breaks_a_rule(seed: int) -> None:
    agrees(lambda random: cash.differences(random, most_accounts=5, most_assets=25), seed)


@pytest.mark.parametrize("seed", [1, 3, 6])
def test_the_command_line_gives_the_orders_of_the_use_case(tmp_path: Path, seed: int) -> None:
    family = household(Random(seed), most_accounts=2, most_assets=4)
    path = write_book(tmp_path / "family.xlsx", sheets(family))
    run = xlrebal("update", path, "--as-of", DAY, "--now", "--json", "--dry-run")
    assert run.status == 0, run.err
    orders = planned(family, DAY, now=True).plan.orders
    assert [(o["account"], o["action"], o["code"], o["quantity"]) for o in run.data["orders"]] == [
        (o.account, o.action, o.target.code, float(o.quantity or 0)) for o in orders
    ]


def test_the_reserve_stays_where_only_new_cash_is_invested() -> None:
    account = Account("A", "KRW", contribution=D(300_000), reserve=D(200_000))
    asset = Asset("C", D(1), D(10_000), "KRW")
    family = Family("KRW", [account], [asset], [], settings={"cash_policy": "exclude"})
    assert cash.investable(family, account) == 100_000
    assert cash.faults(family, planned(family, DAY, now=True).plan) == []


def test_an_irp_that_buys_something_risky_is_within_its_cap() -> None:
    account = Account("A", "KRW", type="IRP")
    assets = [
        Asset("X", D("0.2"), D(10_000), "KRW"),
        Asset("Y", D("0.6"), D(10_000), "KRW"),
        Asset("B", D("0.2"), D(10_000), "KRW", safe=True),
    ]
    holdings = [Holding("A", "X", D(60)), Holding("A", "Y", D(20)), Holding("A", "B", D(20))]
    family = Family("KRW", [account], assets, holdings, settings={"strategy": "threshold"})
    plan = planned(family, DAY, now=True).plan
    assert cash.faults(family, plan) == []
    assert sum(o.quantity or 0 for o in plan.orders if o.action == "BUY") <= 30


def test_harvested_losses_are_not_bought_back_by_another_pair() -> None:
    assets = [
        Asset("VTI", D("0.5"), D(80), "USD", "us_security", replacement="ITOT"),
        Asset("ITOT", D("0.5"), D(80), "USD", "us_security", replacement="VTI"),
    ]
    holdings = [Holding("A", "VTI", D(100), D(100)), Holding("A", "ITOT", D(100), D(100))]
    settings = {"tax_country": "US", "taxable_income": D(100_000), "realized_gains": D(20_000), "strategy": "threshold"}
    family = Family("USD", [Account("A", "USD")], assets, holdings, settings=settings)
    assert cash.faults(family, planned(family, DAY).plan) == []
