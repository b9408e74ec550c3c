"""Clearing results: in either language, whole or not at all, and never an order that was carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, cells_of, mark_executed, rows_of, settings, tables_of, write_book, xlrebal

DAY = "2026-03-04"
KEPT = {"History", "RuleChanges"}
LANGUAGES = pytest.mark.parametrize("language", ["en", "ko"])


def planned(folder: Path, language: str, **tables: Any) -> Path:
    rules = {"Settings": settings(language=language)}
    path = write_book(folder / "family.xlsx", FAMILY | rules | tables)
    assert update(path).status == 0
    return path


def update(path: Path) -> Any:
    return xlrebal("update", path, "--as-of", DAY, "--now", "--override", "first plan")


def put(path: Path, sheet: str, cell: str, value: Any) -> None:
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


def filled(path: Path) -> set[str]:
    return {name for name, rows in tables_of(path).items() if rows}


@LANGUAGES
def test_the_results_are_emptied_and_come_back(tmp_path: Path, language: str) -> None:
    path = planned(tmp_path, language)
    before = tables_of(path)
    run = xlrebal("clear", path)
    assert run.status == 0, run.err
    assert (
        run.out
        == {
            "en": f"Cleared in {path}: Drift, Orders, Skipped, TaxLoss, Summary.\n",
            "ko": f"{path}에서 결과를 지웠습니다: 비중 점검, 주문, 제외, 손실 종목, 요약.\n",
        }[language]
    )
    assert filled(path) == KEPT
    assert {name: rows for name, rows in tables_of(path).items() if name in KEPT} == {n: before[n] for n in KEPT}
    assert update(path).status == 0
    assert tables_of(path) == before


@LANGUAGES
def test_the_language_may_have_changed_since(tmp_path: Path, language: str) -> None:
    path = planned(tmp_path, language)
    put(path, "Settings", "B4", "ko" if language == "en" else "en")
    assert xlrebal("clear", path).status == 0
    assert filled(path) == KEPT
    put(path, "Settings", "B4", language)
    assert update(path).status == 0
    put(path, "Settings", "B4", "ko" if language == "en" else "en")
    assert update(path).status == 0
    assert xlrebal("clear", path).status == 0
    assert filled(path) == KEPT


def test_the_familys_own_exchange_rates_are_emptied_with_their_orders(tmp_path: Path) -> None:
    holdings = [
        ("Account", "Code", "Quantity", "Price", "Currency"),
        ("Main", "A", 10, 100, "USD"), ("Main", "B", 10, 100, "USD"), ("Main", "C", 1, 100, "USD"),
    ]  # fmt: skip
    targets = [("Code", "Target", "Price", "Currency"), *((code, 1 / 4, 100, "USD") for code in "ABCD")]
    accounts = [("Account", "Currency", "Cash"), ("Main", "KRW", 3_000_000)]
    fx = [("Currency", "Rate"), ("USD", 1400)]
    path = planned(tmp_path, "en", Holdings=holdings, Targets=targets, Accounts=accounts, FX=fx)
    orders = rows_of(path, "Orders")
    assert len(orders) > 1
    for row in range(2, len(orders) + 2):
        put(path, "Orders", f"P{row}", 1390)
    assert xlrebal("clear", path).status == 0
    assert openpyxl.load_workbook(path)["Orders"].tables["Orders"].ref == "A1:P2"
    assert [cell.value for row in openpyxl.load_workbook(path)["Orders"]["A2:P9"] for cell in row] == [None] * 16 * 8
    assert update(path).status == 0
    assert len(rows_of(path, "Orders")) == len(orders)


@LANGUAGES
def test_an_executed_order_is_never_cleared(tmp_path: Path, language: str) -> None:
    path = planned(tmp_path, language)
    mark_executed(path)
    before = path.read_bytes()
    run = xlrebal("clear", path)
    assert run.status == 3
    sheet = "Orders" if language == "en" else "주문"
    told = {
        "en": "2 orders marked as executed and not recorded yet (record them first",
        "ko": "체결인데 아직 기록하지 않은 주문이 2건 있습니다 (먼저 체결을 기록하거나",
    }
    assert run.err.startswith(f"{sheet}!O2: {told[language]}")
    assert path.read_bytes() == before


@pytest.mark.parametrize(("language", "sheet", "header"), [("en", "Drift", "Code"), ("ko", "비중 점검", "종목코드")])
def test_a_changed_header_is_named_with_its_cell(tmp_path: Path, language: str, sheet: str, header: str) -> None:
    path = planned(tmp_path, language)
    book = openpyxl.load_workbook(path)
    cells_of(book, "Drift")[0][2].value = "Ticker"
    book[sheet].tables["Drift"].tableColumns[2].name = "Ticker"
    book.save(path)
    before = path.read_bytes()
    for command in (("clear", path), ("update", path, "--as-of", DAY)):
        run = xlrebal(*command, "--lang", "en")
        assert run.status == 4
        assert f'{sheet}!C1 is "Ticker", not "{header}": the table Drift on the sheet {sheet}' in run.err
        assert "put the header back, or rename that table. Nothing was written." in run.err
    assert path.read_bytes() == before


def test_a_missing_column_and_a_missing_header_row_are_named(tmp_path: Path) -> None:
    path = planned(tmp_path, "en")
    book = openpyxl.load_workbook(path)
    table = book["Skipped"].tables["Skipped"]
    table.ref, table.tableColumns = "A1:D2", table.tableColumns[:4]
    table.autoFilter = None
    book.save(path)
    assert 'the table Skipped on the sheet Skipped has no column "Reason" at Skipped!E1' in xlrebal("clear", path).err
    table.headerRowCount = 0
    book.save(path)
    for run in (xlrebal("clear", path), update(path)):
        assert "the table Skipped has no header row; switch it on (Table Design, Header Row)" in run.err


def test_a_workbook_without_results_stays_as_it_is(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx")
    before = path.read_bytes()
    run = xlrebal("clear", path)
    assert (run.status, run.out) == (0, "There is nothing to clear.\n")
    assert path.read_bytes() == before
    assert xlrebal("clear", tmp_path / "none.xlsx").status == 4
