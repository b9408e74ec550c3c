"""A family with several accounts through the command line: the sheets say what the JSON says."""

from pathlib import Path

import openpyxl
import pytest
from books import Rows, rows_of, texts_of, write_book, xlrebal

FAMILY: dict[str, Rows] = {
    "Holdings": (
        ("Account", "Code", "Quantity", "Price"),
        ("Broker", "STOCK", 60, 10_000),
        ("Broker", "BOND", 10, 10_000),
        ("IRP", "STOCK", 30, 10_000),
        ("Broker", "MIX", 10, 10_000),
    ),
    "Targets": (
        ("Group", "Code", "Target", "Risk", "Lock"),
        ("growth", "STOCK", 0.6, None, None),
        ("safety", "BOND", 0.3, "safe", None),
        ("safety", "DEPOSIT", 0.1, "safe", "no buy"),
        (None, "MIX", 0, None, None),
    ),
    "Accounts": (
        ("Account", "Type", "Currency", "Cash", "Only", "Limit left"),
        ("Broker", "taxable", "KRW", 200_000, "growth", None),
        ("IRP", "IRP", "KRW", 50_000, None, 100_000),
    ),
    "LookThrough": (("Code", "Holds", "Share"), ("MIX", "STOCK", 0.6), ("MIX", "BOND", 0.4)),
    "Settings": (
        ("Setting", "Value"),
        ("strategy", "threshold"),
        ("drift_threshold", 0.05),
        ("drift_measure", "relative"),
    ),
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "family.xlsx", FAMILY)


def test_the_plan_is_the_same_in_json_and_in_the_sheets(book: Path) -> None:
    run = xlrebal("update", book, "--as-of", "2026-03-04", "--json")
    assert run.status == 0, run.err
    data = run.data
    orders = [(o["account"], o["action"], o["code"], o["quantity"], o["amount"], o["reason"]) for o in data["orders"]]
    sheet = [
        (o["Account"], o["Action"], o["Code"], o["Quantity"], o["Amount"], o["Reason"]) for o in rows_of(book, "Orders")
    ]
    assert orders == sheet
    assert orders
    skipped = [(s["Code"], s["Wanted amount"], s["Reason"]) for s in rows_of(book, "Skipped")]
    assert skipped == [(s["code"], s["wanted_amount"], s["reason"]) for s in data["skipped"]]
    drift = [(d["Code"], d["Value"], d["Value after"]) for d in rows_of(book, "Drift")]
    assert drift == [(d["code"], d["value"], d["value_after"]) for d in data["drift"]]
    transfers = [(t["From"], t["To"], t["Amount"], t["Reason"]) for t in rows_of(book, "Transfers")]
    assert (
        transfers == [(t["from"], t["to"], t["amount"], t["reason"]) for t in data["transfers"]]
        or not data["transfers"]
    )
    summary = {row["Item"]: row["Value"] for row in rows_of(book, "Summary")}
    assert summary["Distance to the best plan"] == "none: no plan is better"
    assert data["summary"]["distance_to_optimum"] == 0
    assert summary["Cash left"] == data["summary"]["cash_left"]


def test_the_mixed_fund_counts_as_what_it_holds(book: Path) -> None:
    values = {d["code"]: d["value"] for d in xlrebal("update", book, "--json", "--dry-run").data["drift"]}
    assert values["STOCK"] == 900_000 + 60_000
    assert values["BOND"] == 100_000 + 40_000
    assert values["MIX"] == 0


def test_transfers_are_listed_for_several_accounts_and_cleared_when_none_helps(tmp_path: Path) -> None:
    tables = dict(FAMILY) | {
        "Holdings": (("Account", "Code", "Quantity", "Price"), ("Broker", "STOCK", 60, 10_000)),
        "Targets": (
            ("Group", "Code", "Target", "Price", "Risk"),
            ("growth", "STOCK", 0.5, 10_000, None),
            ("safety", "BOND", 0.5, 10_000, "safe"),
        ),
        "LookThrough": (("Code", "Holds", "Share"),),
    }
    path = write_book(tmp_path / "two.xlsx", tables)
    data = xlrebal("update", path, "--json").data
    assert texts_of(data["transfers"]) == [
        {"from": "Broker", "to": "IRP", "amount": 100_000, "currency": "KRW", "reason": "could buy BOND in IRP"}
    ]
    assert rows_of(path, "Transfers")[0]["Amount"] == 100_000
    assert "Transfers that would help" in xlrebal("update", path).out
    workbook = openpyxl.load_workbook(path)
    workbook["Accounts"]["F3"] = 0
    workbook.save(path)
    assert texts_of(xlrebal("update", path, "--json").data["transfers"]) == []
    assert rows_of(path, "Transfers")[0]["Reason"] == "No transfer would help."


def test_one_account_gets_no_sheet_of_transfers(tmp_path: Path) -> None:
    tables = dict(FAMILY) | {
        "Accounts": (("Account", "Currency", "Cash"), ("Broker", "KRW", 0)),
        "Holdings": FAMILY["Holdings"][:3],
    }
    path = write_book(tmp_path / "one.xlsx", tables)
    assert xlrebal("update", path).status == 0
    assert "Transfers" not in openpyxl.load_workbook(path).sheetnames


def test_an_account_with_a_cap_and_nothing_marked_safe_is_warned_of(tmp_path: Path) -> None:
    tables = dict(FAMILY) | {"Targets": [(row[0], row[1], row[2]) for row in FAMILY["Targets"]]}
    run = xlrebal("update", write_book(tmp_path / "family.xlsx", tables), "--json")
    message = "every asset counts as risky in IRP, which has a cap on them"
    assert any(warning["message"].startswith(message) for warning in run.data["warnings"])
