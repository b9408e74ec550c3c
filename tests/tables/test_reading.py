"""Workbooks as families keep them: headers in two languages, titles above, totals below, numbers as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from books import FAMILY, HOLDINGS, SETTINGS, TARGETS, Rows, settings, texts_of, write_book, xlrebal
from openpyxl.worksheet.table import Table


def update(path: Path, *arguments: object) -> dict[str, Any]:
    run = xlrebal("update", path, "--as-of", "2026-03-04", "--json", "--dry-run", *arguments)
    assert (run.status, run.err) == (0, "")
    return run.data


def values(data: dict[str, Any]) -> dict[str, float]:
    return {line["code"]: line["value"] for line in data["drift"]}


USUAL = {"069500": 3_500_000, "360750": 4_000_000}


def test_korean_sheets_and_headers(tmp_path: Path) -> None:
    tables: dict[str, Rows] = {
        "보유종목": [
            ("종목명", "종목코드", "수량", "현재가", "평균단가", "메모"),
            ("코덱스", "069500", "100", "35,000", 40000, "x"),
            ("타이거", "360750", 200, 20000, 15000, None),
        ],
        "목표비중": [
            ("그룹", "종목코드", "목표", "최소", "최대"),
            ("핵심", "069500", "40%", "30%", "50%"),
            ("핵심", "360750", "60 %", 0.5, 0.7),
        ],
        "설정": [("항목", "값"), ("base_currency", "krw"), ("last_rebalanced", "2026.01.02")],
        "계좌": [("계좌", "유형", "현금"), ("가족", "연금저축", 1_000_000)],
    }
    data = update(write_book(tmp_path / "가족.xlsx", tables))
    assert values(data) == USUAL
    assert data["workbook"] == "가족.xlsx"
    assert data["total_value"] == 8_500_000
    assert [line["max"] for line in data["drift"]] == [0.5, 0.7]
    assert {o["account"] for o in data["orders"]} == {"가족"}


def test_headers_in_any_order_case_and_place(tmp_path: Path) -> None:
    holdings: Rows = [
        ("My family", None, None, None, None),
        (),
        (None, "PRICE ", "my column", "code", "Quantity\n"),
        (None, 35000, "note", "069500", 100),
        (),
        (None, 20000, None, "360750", 200),
    ]
    tables = {"holdings ": holdings, "Targets": TARGETS, "Settings": SETTINGS}
    assert values(update(write_book(tmp_path / "book.xlsx", tables))) == USUAL


def test_a_table_wins_over_a_sheet_and_its_totals_row_is_no_holding(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as out:
        for name, rows in (("Targets", TARGETS), ("Settings", SETTINGS)):
            sheet = out.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        out.add_worksheet("Holdings").write_row(0, 0, ["Code", "Quantity", "Price"])
        columns = [{"header": h} for h in HOLDINGS[0]]
        columns[3]["total_function"] = "sum"
        other = out.add_worksheet("Brokers")
        data = [list(row) for row in HOLDINGS[1:]]
        other.add_table("D8:I11", {"name": "holdings", "columns": columns, "data": data, "total_row": True})
    assert values(update(path)) == USUAL


@pytest.mark.parametrize(("number_format", "code"), [("000000", "069500"), ("General", "69500")])
def test_a_numeric_code_keeps_the_zeros_that_it_shows(tmp_path: Path, number_format: str, code: str) -> None:
    path = write_book(tmp_path / "book.xlsx", {**FAMILY, "Targets": [TARGETS[0], ("core", "Korea", code, 1), ]} | {
        "Holdings": [HOLDINGS[0], ("Main", 69500, "Korea", 100, 35000, None)]
    })  # fmt: skip
    book = openpyxl.load_workbook(path)
    book["Holdings"]["B2"].number_format = number_format
    book.save(path)
    assert values(update(path)) == {code: 3_500_000}


def test_cash_among_the_holdings_counts_as_cash(tmp_path: Path) -> None:
    rows = [*HOLDINGS, ("Main", "cash", "Deposit", 500_000, 1, None)]
    data = update(write_book(tmp_path / "book.xlsx", {**FAMILY, "Holdings": rows}))
    assert data["total_value"] == 8_000_000
    assert sum(o["amount"] for o in data["orders"]) > 400_000


def test_sold_out_rows_and_rows_of_waiting_formulas_are_no_holdings(tmp_path: Path) -> None:
    rows = [(*HOLDINGS[0], "Value"), *((*row, None) for row in HOLDINGS[1:])]
    rows += [("Main", "999999", "gone", 0, 100, None, 0), (None, None, None, None, None, None, 0)]
    assert values(update(write_book(tmp_path / "book.xlsx", {**FAMILY, "Holdings": rows}))) == USUAL


def test_value_and_price_stand_in_for_each_other(tmp_path: Path) -> None:
    rows = [("Code", "Quantity", "Price", "Value"), ("069500", 100, None, 3_500_000), ("360750", 200, 20000, None)]
    data = update(write_book(tmp_path / "book.xlsx", {**FAMILY, "Holdings": rows}))
    assert values(data) == USUAL


def test_binary_fractions_count_as_they_are_shown(tmp_path: Path) -> None:
    """0.1 + 0.2 is 0.30000000000000004 in a cell; the targets still add up to 1."""
    rows = [("Code", "Target"), ("069500", 0.1 + 0.2), ("360750", 0.7)]
    data = update(write_book(tmp_path / "book.xlsx", {**FAMILY, "Targets": rows}))
    assert [line["target"] for line in data["drift"]] == [0.3, 0.7]


def test_a_stray_cell_at_the_far_corner_costs_nothing(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(path)
    book["Holdings"]["XFD60000"] = "stray"
    book.save(path)
    assert values(update(path)) == USUAL


def test_a_table_with_blank_rows_for_later(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(path)
    book["Holdings"].add_table(Table(displayName="Holdings", ref="A1:F9"))
    book.save(path)
    assert values(update(path)) == USUAL


def test_rates_and_old_rates(tmp_path: Path) -> None:
    tables = {
        "Holdings": [("Code", "Quantity", "Price", "Currency"), ("VOO", 10, 500.5, "USD")],
        "Targets": [("Code", "Target"), ("VOO", 1)],
        "FX": [("Currency", "Rate", "Date"), ("USD", 1400, "2026-02-01")],
        "Settings": settings(price_max_age_days=7),
    }
    path = write_book(tmp_path / "book.xlsx", tables)
    run = xlrebal("update", path, "--as-of", "2026-03-04", "--json")
    assert run.data["total_value"] == 7_007_000
    assert texts_of(run.data["warnings"]) == [{"cell": "FX!C2", "message": "the rate of USD is 31 days old"}]
    assert run.err == "book.xlsx: warning: FX!C2: the rate of USD is 31 days old\n"


def test_new_cash_with_several_accounts_says_where_it_goes(tmp_path: Path) -> None:
    accounts = [("Account", "Cash"), ("Main", 0), ("ISA", 0)]
    path = write_book(tmp_path / "book.xlsx", {**FAMILY, "Accounts": accounts, "Settings": settings(new_cash=100_000)})
    warnings = xlrebal("update", path, "--json", "--as-of", "2026-03-04").data["warnings"]
    assert texts_of(warnings) == [
        {
            "cell": "Settings!B4",
            "message": "new_cash goes to Main, the first account (use the column Contribution to choose another)",
        }
    ]


def test_sheets_of_the_users_with_an_optional_tables_name_are_no_inputs(tmp_path: Path) -> None:
    mine = {"Events": [("Birthdays", "When"), ("Grandma", "May")], "FX": []}
    run = xlrebal("update", write_book(tmp_path / "b.xlsx", {**FAMILY, **mine}), "--as-of", "2026-03-04", "--json")
    assert values(run.data) == USUAL
    message = "the sheet is not read: it has no header row with Code, Ex-date"
    assert texts_of(run.data["warnings"]) == [{"cell": "Events!A1", "message": message}]


def test_a_required_sheet_without_headers_is_an_error(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", {**FAMILY, "Holdings": [("What", "How much")]})
    run = xlrebal("update", path)
    assert run.status == 3
    assert run.err.startswith("Holdings!A1: no header row with Code, Quantity, Price was found (add the headers)")
