"""A button through xlwings gives the same sheets as ``xlrebal update``, cell for cell."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from books import xlrebal

from live import calc
from live.families import write_family
from xlrebal.tables.contract.results import RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Container

pytestmark = pytest.mark.libreoffice
DAY = dt.date(2026, 5, 4)
TEMPLATES = Path(__file__).parent.parent.parent / "workbook_templates"


def cells(book: Any, names: Container[str] = RESULTS) -> dict[str, list[Any]]:
    """Value and number format of every cell of every table of some names, by table."""
    found = {}
    for sheet in book.sheets:
        for table in sheet.tables:
            if table.name in names:
                block = table.range
                formats = block.impl.all_formats
                values = block.options(ndim=2, err_to_str=True).value
                # A blank cell's format shows nothing; both writers keep what was there.
                found[table.name] = [
                    [(v, type(v), f if v is not None else "") for v, f in zip(line, shown, strict=True)]
                    for line, shown in zip(values, formats, strict=True)
                ]
    return found


def compare(open_book: Callable[[Path], Any], path: Path, tmp_path: Path) -> None:
    from xlrebal import excel

    headless = tmp_path / f"headless{path.suffix}"
    shutil.copyfile(path, headless)
    run = xlrebal("update", headless, "--as-of", DAY)
    assert run.status == 0, run.err
    live = open_book(path)
    message = excel.act(live, "update", DAY)
    assert message.startswith("xlrebal 2026-05-04"), message
    expected = cells(open_book(headless))
    found = cells(live)
    assert found.keys() == expected.keys()
    for name in expected:
        assert found[name] == expected[name], name


@pytest.mark.parametrize(
    "template",
    ["core-satellite.xlsx", "core-satellite.xlsm", "core-satellite.ko.xlsm", "korean-family.ko.xlsx", "us-family.xlsx"],
)
def test_templates(open_book: Callable[[Path], Any], template: str, tmp_path: Path) -> None:
    compare(open_book, TEMPLATES / template, tmp_path)


@pytest.mark.parametrize("seed", range(50))
def test_fifty_families(open_book: Callable[[Path], Any], seed: int, tmp_path: Path) -> None:
    path = write_family(tmp_path / "family.xlsx", seed)
    if seed % 2:
        # Every other family has been updated before: tables grow and shrink in place.
        assert xlrebal("update", path, "--as-of", "2026-03-04", "--now").status == 0
    compare(open_book, path, tmp_path)


def test_the_number_of_calls_does_not_depend_on_the_number_of_rows(
    open_book: Callable[[Path], Any], tmp_path: Path
) -> None:
    from xlrebal import excel

    counts = []
    for assets in (4, 12, 60):
        path = write_family(tmp_path / f"family{assets}.xlsx", 1, assets=assets, currencies=("KRW",), country="KR")
        assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0
        book = open_book(path)
        before = calc.METER.total
        assert excel.act(book, "update", DAY).startswith("xlrebal")
        counts.append(calc.METER.total - before)
    # Which losses are listed, and whether their quantities are whole, makes a difference of a few calls.
    assert max(counts) <= min(counts) + 4, counts
    assert max(counts) <= 60, counts


@pytest.mark.parametrize("template", ["core-satellite.xlsx", "korean-family.xlsx", "us-family.xlsx"])
def test_a_press_of_a_button_costs_at_most_a_hundred_reads_and_writes(
    open_book: Callable[[Path], Any], template: str
) -> None:
    from xlrebal import excel

    book = open_book(TEMPLATES / template)
    cells = book.sheets["Holdings"].tables["Holdings"].range.columns
    prices = next(column for column in cells if column[0].value == "Price")
    for row, price in enumerate(prices.options(ndim=1).value[1:], 1):
        if isinstance(price, float):
            prices[row].value = round(price * (1 + row % 7 / 20), 2)
    before = calc.METER.total
    assert excel.act(book, "rebalance_now", dt.date(2027, 1, 4)).startswith("xlrebal")
    assert calc.METER.total - before <= 100, calc.METER.calls


def test_codes_dates_and_parts_keep_their_look_in_cells_that_have_none(
    open_book: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Tables that were made without the formats of their columns, or with those of an earlier version."""
    from xlrebal import excel

    path = write_family(tmp_path / "family.xlsx", 4, country="KR")
    assert xlrebal("update", path, "--as-of", "2026-03-04", "--now").status == 0
    book = open_book(path)
    for name in ("Drift", "Orders", "TaxLoss", "History"):
        table = next(table for sheet in book.sheets for table in sheet.tables if table.name == name)
        body = table.range[1:, :]
        body.value = [[None] * body.shape[1]] * body.shape[0]
        body.number_format = "#,##0" if name == "Orders" else "General"
    assert excel.act(book, "rebalance_now", DAY).startswith("xlrebal")
    assert xlrebal("update", path, "--as-of", DAY, "--now").status == 0
    for name, rows in cells(open_book(path), {"Drift", "Orders", "TaxLoss"}).items():
        found = cells(book, {name})[name]
        assert [[value for value, *_ in row] for row in found] == [[value for value, *_ in row] for row in rows], name
    history = cells(book, {"History"})["History"]
    assert history[-1][0][2].lower() == "yyyy-mm-dd"
    orders = cells(book, {"Orders"})["Orders"][1:]
    assert all(shown == "General" for *_, shown in (row[5] for row in orders if row[5][0] and row[5][0] % 1))


RECORDED = {"Holdings", "Accounts", "Lots", "Trades", "Settings", "Orders", "RebalanceLog"}


@pytest.mark.parametrize("template", ["korean-family.xlsx", "us-family.xlsx"])
def test_recording_executed_orders(open_book: Callable[[Path], Any], template: str, tmp_path: Path) -> None:
    import openpyxl

    from xlrebal import excel

    path, headless = tmp_path / "live.xlsx", tmp_path / "headless.xlsx"
    shutil.copyfile(TEMPLATES / template, path)
    assert xlrebal("update", path, "--as-of", "2026-11-16").status == 0
    book = openpyxl.load_workbook(path)
    for row in range(2, book["Orders"].max_row + 1):
        book["Orders"][f"O{row}"] = "executed"
    book.save(path)
    shutil.copyfile(path, headless)
    run = xlrebal("record", headless, "--date", "2026-11-17")
    assert run.status == 0, run.err
    live = open_book(path)
    message = excel.act(live, "record_executed", dt.date(2026, 11, 17))
    assert "orders recorded" in message
    expected, found = cells(open_book(headless), RECORDED), cells(live, RECORDED)
    assert found.keys() == expected.keys() >= {"Trades", "RebalanceLog"}
    for name in expected:
        assert found[name] == expected[name], name


def test_recording_into_tables_of_few_columns(open_book: Callable[[Path], Any], tmp_path: Path) -> None:
    """Both writers add the columns that are missing, in the same places."""
    import openpyxl
    from books import write_book

    from xlrebal import excel

    path, headless = tmp_path / "live.xlsx", tmp_path / "headless.xlsx"
    tables = {
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
        "Accounts": [("Account", "Currency"), ("M", "KRW"), ("J", "KRW")],
        "FX": [("Currency", "Rate"), ("USD", 1400)],
        "Lots": [
            ("Account", "Code", "Acquired", "Quantity", "Unit cost", "FX rate"),
            ("M", "VOO", "2024-01-02", 10, 400, 1300),
        ],
        "Trades": [("Date", "Action", "Code", "Quantity", "Price"), ("2026-01-05", "BUY", "E", 100, 9000)],
        "Settings": [("Setting", "Value"), ("base_currency", "KRW"), ("tax_country", "KR")],
    }
    write_book(path, tables, as_tables=True)
    assert xlrebal("update", path, "--as-of", "2026-11-16", "--now").status == 0
    book = openpyxl.load_workbook(path)
    for row in range(2, book["Orders"].max_row + 1):
        book["Orders"][f"O{row}"] = "executed"
    book.save(path)
    shutil.copyfile(path, headless)
    assert xlrebal("record", headless, "--date", "2026-11-17").status == 0
    live = open_book(path)
    assert "orders recorded" in excel.act(live, "record_executed", dt.date(2026, 11, 17))
    expected, found = cells(open_book(headless), RECORDED), cells(live, RECORDED)
    assert [value for value, *_ in found["Trades"][0]] == [
        *("Date", "Action", "Code", "Quantity", "Price", "Account", "Currency", "FX rate", "Trigger", "Gain"),
    ]
    for name in expected:
        assert found[name] == expected[name], name
