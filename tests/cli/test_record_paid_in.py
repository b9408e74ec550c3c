"""Announced money: when it counts as paid in, what stands in the record then, and what a review makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import mark_executed, rows_of, settings, write_book, xlrebal

DAY = "2026-03-04"
HOLDINGS = [("Account", "Code", "Quantity", "Price"), ("M", "E", 500, 10000), ("M", "K", 500, 10000)]
TARGETS = [("Code", "Target", "Price", "Currency"), ("E", 0.5, 10000, "KRW"), ("K", 0.5, 10000, "KRW")]
ACCOUNTS = [("Account", "Currency", "Cash", "Contribution", "Limit left"), ("M", "KRW", 0, 3_000_000, 4_000_000)]


def family(path: Path, **tables: Any) -> Path:
    given = {"Holdings": HOLDINGS, "Targets": TARGETS, "Accounts": ACCOUNTS, "Settings": settings()} | tables
    return write_book(path, given)


def change(path: Path, **cells: Any) -> None:
    """Set cells such as ``Accounts_D2``."""
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        sheet, _, cell = place.rpartition("_")
        book[sheet][cell] = value
    book.save(path)


def update(path: Path, day: str) -> Any:
    run = xlrebal("update", path, "--as-of", day, "--json")
    assert run.status == 0, run.err
    return run.data


def record(path: Path, day: str) -> Any:
    mark_executed(path)
    run = xlrebal("record", path, "--date", day)
    assert run.status == 0, run.err
    return run


def paid(path: Path) -> list[tuple[Any, ...]]:
    keys = ("Account", "Action", "Code", "Quantity", "Price", "Currency")
    found = [row for row in rows_of(path, "Trades") if row["Action"] in ("DEPOSIT", "WITHDRAWAL")]
    return [(f"{row['Date']:%Y-%m-%d}", *(row[key] for key in keys)) for row in found]


def test_a_contribution_that_the_orders_spend_is_a_deposit_of_the_record(tmp_path: Path) -> None:
    path = family(tmp_path / "family.xlsx")
    update(path, DAY)
    record(path, DAY)
    assert paid(path) == [(DAY, "M", "DEPOSIT", None, 3_000_000, 1, "KRW")]
    account = rows_of(path, "Accounts")[0]
    assert (account["Cash"], account["Contribution"], account["Limit left"]) == (0, 0, 1_000_000)
    # What is written is read again.
    assert update(path, "2026-03-05")["total_value"] == 13_000_000


def test_new_cash_that_the_orders_spend_is_a_deposit_in_the_currency_of_the_account(tmp_path: Path) -> None:
    accounts = [("Account", "Currency", "Cash"), ("M", "USD", 0)]
    fx = [("Currency", "Rate"), ("USD", 1250)]
    given = {"Accounts": accounts, "FX": fx, "Settings": settings(new_cash=3_000_000)}
    path = family(tmp_path / "family.xlsx", **given)
    update(path, DAY)
    record(path, DAY)
    assert paid(path) == [(DAY, "M", "DEPOSIT", None, 2_400, 1, "USD")]
    assert rows_of(path, "Trades")[0]["FX rate"] == 1250
    assert rows_of(path, "Settings")[2]["Value"] == 0


def test_money_that_the_orders_do_not_need_stays_announced(tmp_path: Path) -> None:
    accounts = [ACCOUNTS[0], ("M", "KRW", 3_000_000, 1_000_000, None)]
    path = family(tmp_path / "family.xlsx", Accounts=accounts)
    update(path, DAY)
    change(path, Orders_F2=100, Orders_F3=100)
    record(path, DAY)
    assert paid(path) == []
    account = rows_of(path, "Accounts")[0]
    assert (account["Cash"], account["Contribution"]) == (1_000_000, 1_000_000)


def test_the_reserve_is_not_what_the_orders_spend(tmp_path: Path) -> None:
    """200,000 of cash are kept; orders of 3,000,000 were paid by the contribution, not by the reserve."""
    accounts = [("Account", "Currency", "Cash", "Contribution", "Reserve"), ("M", "KRW", 200_000, 3_000_000, 200_000)]
    path = family(tmp_path / "family.xlsx", Accounts=accounts)
    update(path, DAY)
    change(path, Orders_F2=10, Orders_F3=9)
    record(path, DAY)
    assert paid(path) == [(DAY, "M", "DEPOSIT", None, 3_000_000, 1, "KRW")]
    assert rows_of(path, "Accounts")[0]["Cash"] == 200_000 + 3_000_000 - 190_000


def test_a_deposit_that_stands_in_the_record_already_is_not_written_twice(tmp_path: Path) -> None:
    trades = [("Date", "Account", "Action", "Code", "Quantity", "Price"), (DAY, "M", "DEPOSIT", None, 3_000_000, 1)]
    path = family(tmp_path / "family.xlsx", Trades=trades)
    update(path, DAY)
    record(path, DAY)
    assert [row["Action"] for row in rows_of(path, "Trades")] == ["DEPOSIT", "BUY", "BUY"]


def test_the_same_amount_some_days_before_is_pointed_out(tmp_path: Path) -> None:
    trades = [
        ("Date", "Account", "Action", "Code", "Quantity", "Price"),
        ("2026-03-02", "M", "DEPOSIT", None, 3_000_000, 1),
    ]
    path = family(tmp_path / "family.xlsx", Trades=trades)
    update(path, DAY)
    run = record(path, DAY)
    assert "Trades!A2: a DEPOSIT of 3,000,000 stands here, and one of 3,000,000 is recorded today" in run.err


@pytest.mark.parametrize("executed", ["2026-03-04", "2026-03-10"])
def test_paid_in_money_is_not_return(tmp_path: Path, executed: str) -> None:
    """10,000,000 on January 5; 3,000,000 come in March; prices stay: the return is 0, whenever it was recorded."""
    path = family(tmp_path / "family.xlsx")
    change(path, Accounts_D2=0)
    update(path, "2026-01-05")
    change(path, Accounts_D2=3_000_000)
    assert update(path, DAY)["total_value"] == 13_000_000
    record(path, executed)
    assert update(path, "2026-03-31")["total_value"] == 13_000_000
    run = xlrebal("review", path, "--quarter", "2026Q1")
    assert run.status == 0, run.err
    (quarter,) = rows_of(path, "Review")
    assert (quarter["Paid in"], quarter["Return"]) == (3_000_000, 0)
    assert quarter["Money-weighted, a year"] == pytest.approx(0, abs=1e-9)


def test_money_paid_in_and_out_needs_no_code(tmp_path: Path) -> None:
    trades = [
        ("Date", "Account", "Action", "Code", "Quantity", "Price"),
        ("2026-02-02", "M", "DEPOSIT", None, 1_000_000, 1),
        ("2026-02-03", "M", "출금", "CASH", 200_000, 1),
    ]
    path = family(tmp_path / "family.xlsx", Trades=trades)
    assert xlrebal("update", path, "--as-of", DAY).status == 0


@pytest.mark.parametrize("action", ["BUY", "DIVIDEND"])
def test_other_rows_of_the_record_need_one(tmp_path: Path, action: str) -> None:
    trades = [("Date", "Account", "Action", "Code", "Quantity", "Price"), ("2026-02-02", "M", action, None, 10, 1)]
    path = family(tmp_path / "family.xlsx", Trades=trades)
    run = xlrebal("update", path, "--as-of", DAY)
    assert run.status == 3
    assert "Trades!D2: code is missing" in run.err


def test_money_in_a_currency_without_a_rate_is_named(tmp_path: Path) -> None:
    head = ("Date", "Account", "Action", "Code", "Quantity", "Price", "Currency", "FX rate")
    path = family(tmp_path / "family.xlsx", Trades=[head, ("2026-02-02", "M", "DEPOSIT", None, 100, 1, "EUR", None)])
    run = xlrebal("update", path, "--as-of", DAY)
    assert run.status == 3
    assert "Trades!G2: currency EUR has no rate in FX" in run.err
    change(path, Trades_H2=1600)
    assert xlrebal("update", path, "--as-of", DAY).status == 0


def test_a_deposit_in_foreign_money_counts_at_the_rate_of_its_day(tmp_path: Path) -> None:
    head = ("Date", "Account", "Action", "Code", "Quantity", "Price", "Currency", "FX rate")
    fx = [("Currency", "Rate"), ("USD", 1400)]
    accounts = [("Account", "Currency", "Cash"), ("M", "KRW", 0)]
    given = {"Trades": [head, ("2026-02-02", "M", "DEPOSIT", None, 1000, 1, "USD", 1300)], "FX": fx}
    path = family(tmp_path / "family.xlsx", Accounts=accounts, **given)
    update(path, "2026-01-05")
    change(path, Accounts_C2=1_300_000)
    update(path, "2026-03-31")
    assert xlrebal("review", path, "--quarter", "2026Q1").status == 0
    assert rows_of(path, "Review")[0]["Paid in"] == 1_300_000


def test_of_two_equal_deposits_of_the_day_one_is_the_announced_money(tmp_path: Path) -> None:
    """The family has written down 3,000,000 twice: one of them is the contribution, the other is more money."""
    head = ("Date", "Account", "Action", "Code", "Quantity", "Price", "Currency", "Trigger")
    by_hand = (DAY, "M", "DEPOSIT", None, 3_000_000, 1, "KRW", None)
    path = family(tmp_path / "family.xlsx", Trades=[head, by_hand, by_hand])
    update(path, DAY)
    record(path, DAY)
    deposits = [row for row in rows_of(path, "Trades") if row["Action"] == "DEPOSIT"]
    assert len(deposits) == 2
    assert sorted(bool(row["Trigger"]) for row in deposits) == [False, True]
