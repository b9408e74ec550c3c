"""Tables that lack what a recording has to keep: the columns are added, and nothing of the family's is touched."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import mark_executed, rows_of, values_of, write_book, xlrebal

DAY = "2026-03-04"


def family(**more: Any) -> dict[str, Any]:
    """Ten units of VOO, bought at 400 dollars and 1,300 won, are to be sold at 600 and 1,400."""
    return {
        "Holdings": [
            ("Account", "Code", "Quantity", "Price", "Avg cost", "Currency"),
            ("M", "VOO", 10, 600, 400, "USD"),
            ("J", "E", 100, 10000, 9000, "KRW"),
        ],
        "Targets": [
            ("Code", "Target", "Tax class", "Price", "Currency"),
            ("VOO", 0, "overseas_listed", 600, "USD"),
            ("E", 1, "kr_equity_etf", 10000, "KRW"),
        ],
        "Accounts": [("Account", "Currency", "Cash"), ("M", "KRW", 0), ("J", "KRW", 0)],
        "FX": [("Currency", "Rate"), ("USD", 1400)],
        "Lots": [
            ("Account", "Code", "Acquired", "Quantity", "Unit cost", "FX rate"),
            ("M", "VOO", "2024-01-02", 10, 400, 1300),
        ],
        "Trades": [("Date", "Action", "Code", "Quantity", "Price")],
        "Settings": [("Setting", "Value"), ("base_currency", "KRW"), ("tax_country", "KR")],
    } | more


def planned(path: Path, *, as_tables: bool = False, **more: Any) -> Path:
    write_book(path, family(**more), as_tables=as_tables)
    run = xlrebal("update", path, "--as-of", DAY, "--now")
    assert run.status == 0, run.err
    mark_executed(path)
    return path


@pytest.mark.parametrize("as_tables", [False, True])
def test_the_gain_of_a_sale_is_kept_in_a_trades_table_of_five_columns(tmp_path: Path, as_tables: bool) -> None:
    # An Excel table always has one row below its header.
    trades = [*family()["Trades"], *([[None] * 5] if as_tables else [])]
    path = planned(tmp_path / "family.xlsx", as_tables=as_tables, Trades=trades)
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 0, run.err
    sale = rows_of(path, "Trades")[0]
    assert (sale["Account"], sale["Currency"], sale["FX rate"]) == ("M", "USD", 1400)
    # 10 x (600 x 1,400 - 400 x 1,300)
    assert sale["Gain"] == 3_200_000
    after = xlrebal("update", path, "--as-of", "2026-03-06", "--json")
    assert after.status == 0
    assert after.data["summary"]["gains_budget"]["used"] == 3_200_000
    assert after.data["summary"]["gains_budget"]["left"] == 0


def test_an_excel_table_takes_its_new_columns_in(tmp_path: Path) -> None:
    path = planned(tmp_path / "family.xlsx", as_tables=True, Trades=[*family()["Trades"], [None] * 5])
    assert xlrebal("record", path, "--date", DAY).status == 0
    table = openpyxl.load_workbook(path)["Trades"].tables["Trades"]
    headers = values_of(path, "Trades")[0]
    assert [column.name for column in table.tableColumns] == headers
    idents = [column.id for column in table.tableColumns]
    assert len(set(idents)) == len(idents)
    assert table.ref == f"A1:{chr(64 + len(headers))}3"
    with zipfile.ZipFile(path) as book:
        parts = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/tables/")]
    (xml,) = [part for part in parts if 'displayName="Trades"' in part]
    assert re.search(r'<\w*:?tableColumns count="(\d+)"', xml)[1] == str(len(headers))  # type: ignore[index]
    assert set(re.findall(r'ref="([A-Z0-9:]+)"', xml)) == {table.ref}


def test_new_columns_speak_the_language_of_the_table(tmp_path: Path) -> None:
    path = planned(tmp_path / "family.xlsx", Trades=[("거래일", "구분", "종목코드", "수량", "단가")])
    assert xlrebal("record", path, "--date", DAY).status == 0
    header = values_of(path, "Trades")[0]
    assert header[:5] == ["거래일", "구분", "종목코드", "수량", "단가"]
    assert {"계좌", "통화", "환율", "실현손익"} <= set(header)


def test_cells_beside_an_excel_table_are_never_run_over(tmp_path: Path) -> None:
    path = planned(tmp_path / "family.xlsx", as_tables=True, Trades=[*family()["Trades"], [None] * 5])
    book = openpyxl.load_workbook(path)
    book["Trades"]["G2"] = "mine"
    book.save(path)
    before = path.read_bytes()
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 4
    assert "Trades!G2 is in the way of new columns (Account, Currency, FX rate, Trigger, Gain)" in run.err
    assert path.read_bytes() == before


def test_notes_beside_a_plain_sheet_do_not_become_data(tmp_path: Path) -> None:
    path = planned(tmp_path / "family.xlsx")
    book = openpyxl.load_workbook(path)
    book["Trades"]["F2"] = "note"
    book.save(path)
    assert xlrebal("record", path, "--date", DAY).status == 0
    header, first = values_of(path, "Trades")[:2]
    assert first[5] == "note"
    assert header[5] is None
    assert header[6] == "Account"


def test_cash_gets_a_column_where_accounts_have_none(tmp_path: Path) -> None:
    path = planned(tmp_path / "family.xlsx", Accounts=[("Account", "Currency"), ("M", "KRW"), ("J", "KRW")])
    order = values_of(path, "Orders")[2]
    assert (order[2], order[4]) == ("BUY", "E")
    assert xlrebal("record", path, "--date", DAY).status == 0
    assert values_of(path, "Accounts")[:2] == [["Account", "Currency", "Cash"], ["M", "KRW", 8_400_000 - order[8]]]


def test_the_average_rate_of_a_foreign_purchase_gets_a_column(tmp_path: Path) -> None:
    holdings = [("Account", "Code", "Quantity", "Price"), ("M", "E", 10, 10000)]
    targets = [
        ("Code", "Target", "Tax class", "Price", "Currency"),
        ("VOO", 1, "overseas_listed", 600, "USD"),
        ("E", 0, "kr_equity_etf", 10000, "KRW"),
    ]
    tables = family(Holdings=holdings, Targets=targets, Accounts=[("Account", "Cash"), ("M", 5_000_000)])
    del tables["Lots"]
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("update", path, "--as-of", DAY, "--now").status == 0
    mark_executed(path, [1, 2])
    assert xlrebal("record", path, "--date", DAY).status == 0
    found = rows_of(path, "Holdings")[1]
    # 5,100,000 won buy 6 units of 600 dollars at 1,400.
    assert found == {
        "Account": "M",
        "Code": "VOO",
        "Quantity": 6,
        "Price": 600,
        "Avg cost": 600,
        "Avg FX rate": 1400,
    }


def test_a_family_that_keeps_no_costs_and_trades_nothing_new_gets_no_columns(tmp_path: Path) -> None:
    holdings = [("Account", "Code", "Quantity", "Price"), ("M", "A", 100, 1000), ("M", "B", 50, 1000)]
    targets = [("Code", "Target"), ("A", 0.5), ("B", 0.5)]
    tables = {"Holdings": holdings, "Targets": targets, "Accounts": [("Account", "Cash"), ("M", 0)]}
    tables |= {"Settings": [("Setting", "Value"), ("base_currency", "KRW")]}
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("update", path, "--as-of", DAY, "--now").status == 0
    mark_executed(path, [1, 2])
    assert xlrebal("record", path, "--date", DAY).status == 0
    assert values_of(path, "Holdings") == [
        ["Account", "Code", "Quantity", "Price"],
        ["M", "A", 75, 1000],
        ["M", "B", 75, 1000],
    ]


def test_accounts_without_a_cash_column_get_one_for_the_proceeds(tmp_path: Path) -> None:
    """10 units are sold at 600 x 1,400; what that money buys is not executed yet."""
    accounts = [("Account", "Currency"), ("M", "KRW"), ("J", "KRW")]
    path = write_book(tmp_path / "family.xlsx", family(Accounts=accounts))
    assert xlrebal("update", path, "--as-of", DAY, "--now").status == 0
    mark_executed(path, [1])
    assert xlrebal("record", path, "--date", DAY).status == 0
    assert [(row["Account"], row.get("Cash")) for row in rows_of(path, "Accounts")] == [("M", 8_400_000), ("J", None)]
    assert xlrebal("update", path, "--as-of", DAY, "--json").data["total_value"] == 9_400_000


def test_what_is_bought_again_goes_to_the_row_that_was_sold_out(tmp_path: Path) -> None:
    """E is bought and K sold in one recording: the row of E, at 0 units, shows what the new ones cost on average."""
    tables = family(
        Holdings=[
            ("Account", "Code", "Quantity", "Price", "Avg cost", "Currency"),
            ("J", "E", 0, 10000, 9000, "KRW"),
            ("J", "K", 100, 10000, 8000, "KRW"),
        ],
        Targets=[("Code", "Target", "Price", "Currency"), ("E", 0.5, 10000, "KRW"), ("K", 0.5, 10000, "KRW")],
        Accounts=[("Account", "Currency", "Cash"), ("J", "KRW", 0)],
        Settings=[("Setting", "Value"), ("base_currency", "KRW")],
        Lots=[("Account", "Code", "Acquired", "Quantity", "Unit cost")],
    )
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("update", path, "--as-of", DAY, "--now").status == 0
    mark_executed(path)
    assert xlrebal("record", path, "--date", DAY).status == 0
    found = [(row["Code"], row["Quantity"], row["Avg cost"]) for row in rows_of(path, "Holdings")]
    assert found == [("E", 50, 10000), ("K", 50, 8000)]
