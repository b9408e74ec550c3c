"""What counts as a rebalance in the record, and what becomes of announced money until it is there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import mark_executed, rows_of, write_book, xlrebal

WON = [("Account", "Currency", "Cash", "Contribution"), ("M", "KRW", 0, 0)]
ALL_IN_A = {
    "Holdings": [("Account", "Code", "Quantity", "Price"), ("M", "A", 100, 10000)],
    "Targets": [("Code", "Target"), ("A", 1)],
}


def family(path: Path, accounts: Any = WON, settings: Any = (), **tables: Any) -> Path:
    given = [("Setting", "Value"), ("base_currency", "KRW"), *settings]
    return write_book(path, {"Accounts": accounts, "Settings": given} | tables)


def put(path: Path, cell: str, value: Any) -> None:
    sheet, _, place = cell.partition("!")
    book = openpyxl.load_workbook(path)
    book[sheet][place] = value
    book.save(path)


def update(path: Path, day: str, *options: str) -> Any:
    run = xlrebal("update", path, "--as-of", day, "--json", *options)
    assert run.status == 0, run.err
    return run.data


def record(path: Path, day: str, sheet: str = "Orders", only: int | None = None) -> Any:
    mark_executed(path, None if only is None else [only], sheet)
    run = xlrebal("record", path, "--date", day)
    assert run.status == 0, run.err
    return run


def returns(path: Path, last: str) -> list[float]:
    run = xlrebal("review", path, "--quarter", last)
    assert run.status == 0, run.err
    return [row["Return"] for row in rows_of(path, "Review") if row["Return"] is not None]


def test_a_harvest_is_no_rebalance(tmp_path: Path) -> None:
    head = ("Account", "Code", "Quantity", "Price", "Avg cost", "Avg FX rate", "Currency")
    holdings = [
        head, ("M", "VOO", 500, 20, 10, 1300, "USD"), ("K", "A", 800, 10000, 9000, None, "KRW"),
        ("K", "B", 600, 10000, 9000, None, "KRW"),
    ]  # fmt: skip
    classes = {"VOO": "overseas_listed", "A": "kr_equity_etf", "B": "kr_equity_etf"}
    targets = [("Code", "Target", "Tax class"), *((c, 0.5 if c == "VOO" else 0.25, k) for c, k in classes.items())]
    accounts = [("Account", "Currency", "Cash"), ("M", "USD", 0), ("K", "KRW", 0)]
    more = {"Holdings": holdings, "Targets": targets, "FX": [("Currency", "Rate"), ("USD", 1400)]}
    settings = [("tax_country", "KR"), ("strategy", "calendar")]
    path = family(tmp_path / "f.xlsx", accounts, settings, **more)
    assert update(path, "2026-10-05")["trigger"]["kind"] == "scheduled"
    record(path, "2026-10-05", "Harvest")
    assert {row["Trigger"] for row in rows_of(path, "Trades")} == {"harvest"}
    after = update(path, "2026-10-06")
    assert (after["trigger"]["due"], after["trigger"]["kind"]) == (True, "scheduled")


@pytest.mark.parametrize("named", [None, "manual"])
def test_purchases_with_new_money_are_no_rebalance(tmp_path: Path, named: str | None) -> None:
    """The last rebalance was on July 10; 94 days later the interval of 90 days is over."""
    tables = {
        "Holdings": [("Account", "Code", "Quantity", "Price"), ("M", "A", 100, 10000), ("M", "B", 95, 10000)],
        "Targets": [("Code", "Target"), ("A", 0.5), ("B", 0.5)],
        "Trades": [
            ("Date", "Action", "Code", "Quantity", "Price", "Trigger"),
            (dt.date(2026, 7, 10), "BUY", "A", 100, 10000, named),
        ],
    }
    accounts = [WON[0], ("M", "KRW", 0, 10000)]
    path = family(tmp_path / "f.xlsx", accounts, [("strategy", "threshold"), ("max_interval_days", 90)], **tables)
    assert not update(path, "2026-10-05")["trigger"]["due"]
    record(path, "2026-10-05")
    assert rows_of(path, "Trades")[-1]["Trigger"] == "none"
    assert update(path, "2026-10-12")["trigger"]["kind"] == "interval"


@pytest.mark.parametrize("days", [("2026-09-28", "2026-10-05"), ("2026-09-28", "2026-10-05", "2026-10-06")])
@pytest.mark.parametrize("again", [False, True])
def test_money_that_several_updates_announce_is_no_return_of_any_quarter(
    tmp_path: Path, days: tuple[str, ...], again: bool
) -> None:
    path = family(tmp_path / "f.xlsx", settings=[("strategy", "threshold")], **ALL_IN_A)
    update(path, "2026-09-20")
    put(path, "Accounts!D2", 1_000_000)
    for day in days:
        assert update(path, day)["total_value"] == 2_000_000
    record(path, days[1])
    if again:
        update(path, days[1])
    update(path, "2026-10-20")
    assert returns(path, "2026Q4") == [0, 0]
    expected = [1_000_000, 1_000_000, *[2_000_000] * len(days)]
    assert [row["Total value"] for row in rows_of(path, "Value history")] == expected


def test_money_that_is_announced_to_go_is_no_loss(tmp_path: Path) -> None:
    path = family(tmp_path / "f.xlsx", settings=[("strategy", "threshold")], **ALL_IN_A)
    update(path, "2026-09-20")
    put(path, "Accounts!D2", -400_000)
    update(path, "2026-09-28")
    assert [row["Total value"] for row in rows_of(path, "Value history")] == [1_000_000, 1_000_000]


def test_the_cash_given_to_an_update_is_a_deposit_once_it_is_spent(tmp_path: Path) -> None:
    tables = {
        "Holdings": [("Account", "Code", "Quantity", "Price"), ("M", "A", 50, 10000), ("M", "B", 50, 10000)],
        "Targets": [("Code", "Target"), ("A", 0.5), ("B", 0.5)],
    }
    path = family(tmp_path / "f.xlsx", settings=[("strategy", "threshold")], **tables)
    update(path, "2026-10-01")
    update(path, "2026-10-05", "--cash", "1000000")
    record(path, "2026-10-05", only=1)
    assert rows_of(path, "Accounts")[0]["Cash"] == 500_000
    record(path, "2026-10-06", only=2)
    paid = [(row["Action"], row["Quantity"]) for row in rows_of(path, "Trades") if row["Action"] == "DEPOSIT"]
    assert paid == [("DEPOSIT", 1_000_000)]
    assert rows_of(path, "Accounts")[0]["Cash"] == 0
    update(path, "2026-10-12")
    assert returns(path, "2026Q4") == [0]


@pytest.mark.parametrize(
    ("by_hand", "written"),
    [
        ([100_000, 300_000], []),
        ([400_000], []),
        ([100_000], [300_000]),
        ([300_000], [100_000]),
        ([50_000, 350_000], []),
    ],
)
def test_deposits_written_by_hand_are_not_written_again(tmp_path: Path, by_hand: list[int], written: list[int]) -> None:
    head = ("Date", "Action", "Code", "Quantity", "Price")
    trades = [head, *((dt.date(2026, 10, 5), "DEPOSIT", None, amount, 1) for amount in by_hand)]
    accounts = [WON[0], ("M", "KRW", 0, 100_000)]
    path = family(tmp_path / "f.xlsx", accounts, [("new_cash", 300_000)], **ALL_IN_A, Trades=trades)
    update(path, "2026-10-05")
    record(path, "2026-10-05")
    found = [row["Quantity"] for row in rows_of(path, "Trades") if row["Action"] == "DEPOSIT"]
    assert found == [*by_hand, *written]


@pytest.mark.parametrize(("amount", "said"), [(100_000, True), (300_000, True), (400_000, True), (90_000, False)])
@pytest.mark.parametrize("day", [2, 8])
def test_a_deposit_of_the_days_around_is_pointed_out(tmp_path: Path, amount: int, said: bool, day: int) -> None:
    head = ("Date", "Action", "Code", "Quantity", "Price")
    trades = [head, (dt.date(2026, 10, day), "DEPOSIT", None, amount, 1)]
    accounts = [WON[0], ("M", "KRW", 0, 100_000)]
    path = family(tmp_path / "f.xlsx", accounts, [("new_cash", 300_000)], **ALL_IN_A, Trades=trades)
    update(path, "2026-10-05")
    run = record(path, "2026-10-05")
    assert (f"Trades!A2: a DEPOSIT of {amount:,} stands here" in run.err) is said


def test_a_withdrawal_larger_than_everything_is_named_by_its_own_cell(tmp_path: Path) -> None:
    accounts = [WON[0], ("M", "KRW", 100_000, -1_600_000)]
    path = family(tmp_path / "f.xlsx", accounts, **ALL_IN_A)
    run = xlrebal("update", path, "--as-of", "2026-10-05")
    assert run.status == 3
    assert "Accounts!D2: the withdrawal is larger than everything there is (1,100,000)" in run.err


@pytest.mark.parametrize("shared", [False, True])
def test_a_column_that_is_added_is_wide_enough_for_a_date(tmp_path: Path, shared: bool) -> None:
    head = ("Date", "Action", "Code", "Quantity", "Price")
    accounts = [WON[0], ("M", "KRW", 0, 100_000)]
    path = family(tmp_path / "f.xlsx", accounts, **ALL_IN_A, Trades=[head, (dt.date(2026, 1, 5), "BUY", "A", 1, 1)])
    if shared:
        book = openpyxl.load_workbook(path)
        book["Trades"].column_dimensions.group("E", "Z", hidden=False)
        book["Trades"].column_dimensions["E"].width = 5
        book.save(path)
    update(path, "2026-10-05")
    record(path, "2026-10-05")
    sheet = openpyxl.load_workbook(path)["Trades"]
    assert sheet["F1"].value == "Trigger"
    assert sheet.column_dimensions["F"].width == 14


def test_rules_from_a_file_name_the_same_groups(tmp_path: Path) -> None:
    targets = [("Group", "Code", "Target"), ("core", "A", 1)]
    path = family(tmp_path / "f.xlsx", **ALL_IN_A | {"Targets": targets})
    rules = tmp_path / "rules.yaml"
    assert xlrebal("rules", "export", path, rules).status == 0
    plain = update(path, "2026-10-05", "--dry-run")
    assert plain["groups"]
    assert update(path, "2026-10-05", "--dry-run", "--rules", str(rules))["groups"] == plain["groups"]
