"""Rows of Holdings that are no assets: cash under a word of the family's own, totals and notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, write_book, xlrebal

HEAD = ("Account", "Code", "Name", "Quantity", "Price", "Value", "Currency")
ROWS = [("Main", "069500", "Korea", 100, 35000, None, None), ("Main", "360750", "World", 200, 20000, None, None)]
WITHOUT = 7_500_000


def family(folder: Path, *rows: tuple[Any, ...], **tables: Any) -> Path:
    return write_book(folder / "family.xlsx", FAMILY | {"Holdings": [HEAD, *ROWS, *rows]} | tables)


def update(path: Path) -> Any:
    return xlrebal("update", path, "--as-of", "2026-03-04", "--json", "--dry-run")


@pytest.mark.parametrize(
    "row",
    [
        ("Main", None, "예수금", None, None, 1_800_000, None),
        ("Main", None, "원화 예수금", None, None, 1_800_000, None),
        ("Main", None, "Cash & equivalents", None, None, 1_800_000, None),
        ("Main", "현금", None, None, None, 1_800_000, None),
        ("Main", "cash", None, None, None, 1_800_000, None),
        ("Main", "예수금", "예수금", 1_800_000, None, None, "KRW"),
        ("Main", None, "현금", 1_800_000, 1, 1_800_000, None),
        (None, None, "예수금", None, None, 1_800_000, None),
        ("예수금", None, None, None, None, 1_800_000, None),
    ],
)
def test_a_row_of_cash_counts_as_cash_of_its_account(tmp_path: Path, row: tuple[Any, ...]) -> None:
    run = update(family(tmp_path, row))
    assert run.status == 0, run.err
    assert run.data["total_value"] == WITHOUT + 1_800_000
    assert run.data["warnings"] == []
    # It is money to spend: 60% of 9,300,000 is 79 units more than are held.
    assert {order["code"]: order["action"] for order in run.data["orders"]}["360750"] == "BUY"


def test_it_adds_to_the_cash_of_accounts(tmp_path: Path) -> None:
    accounts = [("Account", "Currency", "Cash"), ("Main", "KRW", 200_000)]
    run = update(family(tmp_path, ("Main", None, "예수금", None, None, 1_800_000, None), Accounts=accounts))
    assert run.data["total_value"] == WITHOUT + 2_000_000


def test_foreign_cash_counts_at_its_rate_and_needs_its_currency(tmp_path: Path) -> None:
    fx = {"FX": [("Currency", "Rate"), ("USD", 1400)]}
    for code, name in (("CASH", None), (None, "외화예수금"), (None, "Cash")):
        run = update(family(tmp_path, ("Main", code, name, None, None, 1000, "USD"), **fx))
        assert run.status == 0, run.err
        assert run.data["total_value"] == WITHOUT + 1_400_000
        assert "Holdings!G4" in run.err
    run = update(family(tmp_path, ("Main", None, "외화예수금", None, None, 1000, None), **fx))
    assert (run.status, "Holdings!G4: the currency of 외화예수금 is missing" in run.err) == (3, True)


@pytest.mark.parametrize(
    "row",
    [
        ("Main", None, None, None, None, 1_800_000, None),
        ("Main", None, "CMA", None, None, 1_800_000, None),
        (None, None, None, 5, None, None, None),
        ("Main", None, "Samsung", 10, 70_000, None, None),
    ],
)
def test_any_other_row_with_a_figure_and_no_code_is_an_error(tmp_path: Path, row: tuple[Any, ...]) -> None:
    run = update(family(tmp_path, row))
    assert run.status == 3
    assert "Holdings!B4: code is missing (write it, or CASH if the row is cash; or clear the row)" in run.err


def test_totals_and_notes_are_no_holdings(tmp_path: Path) -> None:
    total = ("합계", None, None, None, None, 7_500_000, None)
    note = ("as of last Friday", None, None, None, None, None, None)
    run = update(family(tmp_path, note, total, ("Main", "Total", None, None, None, 1, None)))
    assert run.status == 0, run.err
    assert run.data["total_value"] == WITHOUT
    assert [w["cell"] for w in run.data["warnings"]] == ["Holdings!A5", "Holdings!B6"]


def test_cash_in_columns_that_are_not_read_is_said(tmp_path: Path) -> None:
    holdings = [(*HEAD, "구분", "금액"), *((*row, None, None) for row in ROWS), (*[None] * 7, "예수금", 1_800_000)]
    run = update(family(tmp_path, Holdings=holdings))
    assert run.data["total_value"] == WITHOUT
    assert run.data["warnings"][0]["cell"] == "Holdings!H4"
    assert "예수금 of 1,800,000 is not counted" in run.data["warnings"][0]["message"]


def test_an_import_puts_cash_where_it_is_kept_and_never_twice(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text("code,name,quantity,price\n069500,K,100,35000\n360750,W,200,20000\n,예수금,500000,\n", "utf-8")
    cash = ("Main", None, "예수금", None, None, 1_800_000, None)
    for kept in (None, 300_000):
        accounts = [("Account", "Currency", "Cash"), ("Main", "KRW", kept)]
        path = family(tmp_path, cash, Accounts=accounts)
        run = xlrebal("import", path, export, "--account", "Main")
        assert run.status == 0, run.err
        assert update(path).data["total_value"] == WITHOUT + 500_000
        listed = openpyxl.load_workbook(path)["Holdings"]["F4"].value
        assert listed == (0 if kept else 500_000)


def test_a_new_row_never_replaces_a_note_or_a_total(tmp_path: Path) -> None:
    path = family(tmp_path, ("합계", None, None, None, None, 7_500_000, None), ("a note", *[None] * 6))
    export = tmp_path / "export.csv"
    targets = [*FAMILY["Targets"], ("core", "New", "NEW", 0, None, None, 100)]
    path = family(tmp_path, ("합계", None, None, None, None, 7_500_000, None), ("a note", *[None] * 6), Targets=targets)
    export.write_text("code,quantity,price\n069500,100,35000\n360750,200,20000\nNEW,3,100\n", "utf-8")
    assert xlrebal("import", path, export, "--account", "Main").status == 0
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["Holdings"].iter_rows()]
    assert [row[0] for row in rows[3:5]] == ["합계", "a note"]
    assert rows[5][:2] == ["Main", "NEW"]
