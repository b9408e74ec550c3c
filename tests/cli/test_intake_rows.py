"""Rows that an import or fresh prices change: in which currency they count, and that the next update reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import mark_executed, rows_of, write_book, xlrebal

KRW = [("Account", "Currency", "Cash"), ("M", "KRW", 0)]
FX = [("Currency", "Rate"), ("USD", 1400)]


def family(path: Path, holdings: Any, **tables: Any) -> Path:
    given = {
        "Holdings": holdings,
        "Accounts": KRW,
        "FX": FX,
        "Settings": [("Setting", "Value"), ("base_currency", "KRW")],
    }
    write_book(path, given | tables)
    return path


def take(path: Path, text: str, *options: str, account: str = "M") -> Any:
    export = path.parent / "export.csv"
    export.write_text(text, encoding="utf-8")
    return xlrebal("import", path, export, "--account", account, *options)


def prices(path: Path, text: str) -> Any:
    source = path.parent / "prices.csv"
    source.write_text(text, encoding="utf-8")
    return xlrebal("prices", path, "--csv", source)


def plan(path: Path, *options: str) -> Any:
    run = xlrebal("update", path, "--as-of", "2026-10-05", "--json", "--dry-run", *options)
    assert run.status == 0, run.err
    return run.data


def with_formula(path: Path, cell: str, formula: str, value: float) -> None:
    """Put a formula with its stored value into Holdings, as a spreadsheet program saves it."""
    import zipfile

    book = openpyxl.load_workbook(path)
    book["Holdings"][cell] = formula
    book.save(path)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    text = f"<f>{formula[1:]}</f>"
    for name, part in parts.items():
        if name.startswith("xl/worksheets/"):
            old = part.decode()
            parts[name] = (
                old.replace(f"{text}<v />", f"{text}<v>{value}</v>")
                .replace(f"{text}<v></v>", f"{text}<v>{value}</v>")
                .encode()
            )
    with zipfile.ZipFile(path, "w") as package:
        for name, part in parts.items():
            package.writestr(name, part)


@pytest.mark.parametrize("with_column", [True, False])
def test_a_new_holding_counts_in_the_currency_of_its_new_target(tmp_path: Path, with_column: bool) -> None:
    """5 at 31,000 won and 3 at 400.25 dollars of 1,400 won."""
    targets = [
        ("Code", "Target", "Lock", *(["Currency"] if with_column else [])),
        ("069500", 1, None, *[None][:with_column]),
    ]
    holdings = [("Account", "Code", "Quantity", "Price", "Avg cost"), ("M", "069500", 5, 30000, 29000)]
    path = family(tmp_path / "f.xlsx", holdings, Targets=targets)
    text = "Code,Name,Qty,Price,Currency,Avg cost\n069500,k,5,31000,KRW,29000\nMSFT,Microsoft,3,400.25,USD,300\n"
    run = take(path, text, "--add")
    assert run.status == 0, run.err
    assert plan(path)["total_value"] == 5 * 31000 + 3 * 400.25 * 1400
    expected = (400.25, 300) if with_column else (560_350, None)
    assert (rows_of(path, "Holdings")[1]["Price"], rows_of(path, "Holdings")[1]["Avg cost"]) == expected


@pytest.mark.parametrize("account", ["USD", "KRW"])
def test_a_price_of_what_is_not_held_is_in_the_currency_of_the_account(tmp_path: Path, account: str) -> None:
    holdings = [("Account", "Code", "Quantity", "Price"), ("U", "VTI", 10, 300)]
    tables = {
        "Targets": [("Code", "Target", "Price"), ("VTI", 0.5, None), ("VOO", 0.5, 600)],
        "Accounts": [("Account", "Currency", "Cash"), ("U", account, 10_000_000)],
    }
    path = family(tmp_path / "f.xlsx", holdings, **tables)
    run = prices(path, "Code,Price,Currency,Date\nVTI,300,USD,2026-10-02\nVOO,610,USD,2026-10-02\n")
    assert run.status == 0, run.err
    assert rows_of(path, "Targets")[1]["Price"] == (610 if account == "USD" else 854_000)
    (order,) = [o for o in plan(path, "--now")["orders"] if o["code"] == "VOO"]
    assert (order["price"], order["currency"]) == (610 if account == "USD" else 854_000, account)


def test_where_accounts_differ_a_price_counts_in_base_currency_and_that_is_said(tmp_path: Path) -> None:
    holdings = [("Account", "Code", "Quantity", "Price"), ("U", "VTI", 10, 300), ("M", "069500", 10, 30000)]
    tables = {
        "Targets": [("Code", "Target", "Price"), ("VTI", 0.3, None), ("069500", 0.3, None), ("VOO", 0.4, 840_000)],
        "Accounts": [("Account", "Currency", "Cash"), ("U", "USD", 10_000), ("M", "KRW", 0)],
    }
    path = family(tmp_path / "f.xlsx", holdings, **tables)
    found = plan(path, "--now")
    assert {(o["price"], o["currency"]) for o in found["orders"] if o["code"] == "VOO"} == {(840_000, "KRW")}
    assert "Targets!C4" in {warning["cell"] for warning in found["warnings"]}
    assert prices(path, "Code,Price,Currency,Date\nVOO,610,USD,2026-10-02\n").status == 0
    assert rows_of(path, "Targets")[2]["Price"] == 854_000


def test_a_holding_in_two_rows_with_values_is_joined(tmp_path: Path) -> None:
    head = ("Account", "Code", "Quantity", "Price", "Currency", "Value")
    holdings = [
        head,
        ("M", "A", 60, 1000, "KRW", 60000),
        ("M", "A", 40, 1000, "KRW", 40000),
        ("M", "A", None, None, "KRW", 7),
    ]
    path = family(tmp_path / "f.xlsx", holdings, Targets=[("Code", "Target"), ("A", 1)])
    run = take(path, "Code,Quantity,Price,Currency\nA,110,1000,KRW\n")
    assert run.status == 0, run.err
    assert [row["Value"] for row in rows_of(path, "Holdings")] == [110_000, 0, 0]
    assert plan(path)["total_value"] == 110_000


def test_a_holding_kept_by_its_value_goes_when_the_export_no_longer_has_it(tmp_path: Path) -> None:
    head = ("Account", "Code", "Quantity", "Price", "Value")
    holdings = [head, ("M", "A", 100, 10000, None), ("M", "F", None, None, 1_000_000)]
    path = family(tmp_path / "f.xlsx", holdings, Targets=[("Code", "Target"), ("A", 0.5), ("F", 0.5)])
    run = take(path, "Code,Qty,Price,Currency\nA,100,10000,KRW\n")
    assert "F: not in the export, held no more: 1,000,000 -> 0" in run.out
    assert plan(path)["total_value"] == 1_000_000


MIXED = [
    ("Account", "Code", "Quantity", "Price", "Currency"),
    ("M", "AAPL", 12, 300000, "KRW"),
    ("M", "VOD", 10, 1200, "USD"),
]


@pytest.mark.parametrize(
    ("holdings", "text", "said"),
    [
        (MIXED, "AAPL,12,310000", "whose row is in KRW, is in KRW or USD"),
        (MIXED[:2], "AAPL,12,230.5", "is far from 300,000 in Holdings!D2"),
        (MIXED[:2], "AAPL,12,59999", "is far from 300,000 in Holdings!D2"),
        (MIXED[:2], "AAPL,12,1500001", "is far from 300,000 in Holdings!D2"),
    ],
)
def test_a_line_whose_currency_nothing_says_stops(tmp_path: Path, holdings: Any, text: str, said: str) -> None:
    targets = [("Code", "Target"), ("AAPL", 0.5), ("VOD", 0.5)]
    path = family(tmp_path / "f.xlsx", holdings, Targets=targets)
    before = path.read_bytes()
    run = take(path, f"Code,Qty,Price\n{text}\n")
    assert run.status == 3
    assert "export.csv:2" in run.err
    assert said in run.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("price", [60000, 310000, 1_500_000])
def test_an_account_all_in_won_needs_no_currency_in_its_export(tmp_path: Path, price: int) -> None:
    path = family(tmp_path / "f.xlsx", MIXED[:2], Targets=[("Code", "Target"), ("AAPL", 1)])
    assert take(path, f"Code,Qty,Price\nAAPL,12,{price}\n").status == 0
    assert rows_of(path, "Holdings")[0]["Price"] == price


@pytest.mark.parametrize("way", ["import", "prices"])
def test_a_price_that_a_formula_gives_stays_and_so_does_what_follows_from_it(tmp_path: Path, way: str) -> None:
    head = ("Account", "Code", "Quantity", "Price", "Value")
    path = family(tmp_path / "f.xlsx", [head, ("M", "A", 100, 0, 1_000_000)], Targets=[("Code", "Target"), ("A", 1)])
    with_formula(path, "D2", "=5000*2", 10000)
    if way == "import":
        run = take(path, "Code,Qty,Price,Currency\nA,120,11000,KRW\n")
    else:
        run = prices(path, "Code,Price,Date\nA,11000,2026-10-02\n")
    assert run.status == 0, run.err
    assert "10,000 -> 11,000" not in run.out
    assert "Holdings!D2: a formula gives A price: 10,000 stays, the new one is 11,000" in run.err
    units = 120 if way == "import" else 100
    (row,) = rows_of(path, "Holdings")
    assert (row["Price"], row["Value"]) == ("=5000*2", units * 10_000)
    assert plan(path)["total_value"] == units * 10_000


def test_values_keep_their_cents_where_the_account_has_some(tmp_path: Path) -> None:
    """A dollar account in a household in won; no row names its currency. 2 of 3 VTI are sold at 30.4."""
    holdings = [
        ("Account", "Code", "Quantity", "Price", "Value"),
        ("U", "VTI", 3, 30.4, 91.2),
        ("U", "BND", 10, 9.99, 99.9),
        ("U", "CASH", None, None, 5.55),
    ]
    tables = {
        "Targets": [("Code", "Target"), ("VTI", 0.15), ("BND", 0.85)],
        "Accounts": [("Account", "Currency"), ("U", "USD")],
    }
    path = family(tmp_path / "f.xlsx", holdings, **tables)
    assert xlrebal("update", path, "--as-of", "2026-10-05", "--now").status == 0
    mark_executed(path)
    assert xlrebal("record", path, "--date", "2026-10-05").status == 0
    after = rows_of(path, "Holdings")
    units = [row["Quantity"] for row in after[:2]]
    assert units == [1, 16]
    # 5.55 + 2 x 30.40 - 6 x 9.99
    assert [row["Value"] for row in after] == [30.4, 159.84, 6.41]
