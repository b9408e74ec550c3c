"""The review of quarters and the simulation, through the command line and the workbook."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, rows_of, settings, write_book, xlrebal

from xlrebal.app.review import internal_rate

LOG = (
    ("Date", "Trigger", "Total value", "Orders", "Amount", "Commission", "Slippage", "Tax", "Drift before",
     "Drift after", "Note"),
    ("2026-02-02", "drift", 10_500_000, 2, 900_000, 900, 1_000, 0, 0.06, 0.002, "first"),
    ("2026-05-04", "scheduled", 12_000_000, 1, 300_000, 300, -500, 1_200, 0.04, 0.001, None),
)  # fmt: skip
HISTORY = (
    ("Date", "Total value", "Invested cash", "Worst drift", "Trigger", "Orders", "Cost", "Rules"),
    ("2026-01-02", 10_000_000, 0, 0.01, "none", 0, 0, "aaaaaaaa"),
    ("2026-03-31", 11_000_000, 0, 0.01, "none", 0, 0, "aaaaaaaa"),
    ("2026-05-15", 13_000_000, 0, 0.01, "none", 0, 0, "bbbbbbbb"),
    ("2026-06-30", 13_650_000, 0, 0.01, "none", 0, 0, "bbbbbbbb"),
)
RULES = (
    ("Date", "Rule", "From", "To", "Reason", "Waits until"),
    ("2026-01-02", "strategy", None, "threshold", "first recorded", None),
    ("2026-04-20", "drift_threshold", "0.05", "0.04", "less patience", None),
)
TRADES = (
    ("Date", "Account", "Action", "Code", "Quantity", "Price", "Currency", "FX rate"),
    ("2026-05-15", "Main", "DEPOSIT", "CASH", 1, 1_350_000, "KRW", None),
    ("2026-06-01", "Main", "DIVIDEND", "360750", 200, 100, "KRW", None),
)
PRICES = (
    ("Date", "Benchmark", "Price"),
    ("2026-01-02", "KOSPI", 2500),
    ("2026-03-30", "KOSPI", 2600),
    ("2026-06-30", "KOSPI", 2730),
)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    tables: dict[str, Any] = FAMILY | {"Trades": TRADES, "Benchmarks": PRICES, "Settings": settings()}
    path = write_book(tmp_path / "family.xlsx", tables)
    book = openpyxl.load_workbook(path)
    from openpyxl.worksheet.table import Table

    logs = (
        ("RebalanceLog", "Rebalance log", LOG),
        ("History", "Value history", HISTORY),
        ("RuleChanges", "Rule changes", RULES),
    )
    for name, sheet_name, rows in logs:
        sheet = book.create_sheet(sheet_name)
        for row in rows:
            sheet.append([_day(value) for value in row])
        sheet.add_table(Table(displayName=name, ref=f"A1:{chr(64 + len(rows[0]))}{len(rows)}"))
    book.save(path)
    return path


def _day(value: Any) -> Any:
    import datetime as dt

    text = isinstance(value, str) and value[:4].isdigit() and value[4:5] == "-"
    return dt.date.fromisoformat(value) if text else value


def test_each_quarter_is_reviewed(kept: Path) -> None:
    run = xlrebal("review", kept, "--quarter", "2026Q2")
    assert run.status == 0, run.err
    book = openpyxl.load_workbook(kept)
    head, first, second = ([c.value for c in row] for row in book["Review"].iter_rows(max_row=3))
    q1, q2 = dict(zip(head, first, strict=True)), dict(zip(head, second, strict=True))
    assert (q1["Quarter"], q1["Rebalances"], q1["Reasons"], q1["Commission"]) == ("2026Q1", 1, "drift", 900)
    assert (q1["Start value"], q1["End value"], q1["Return"]) == (10_000_000, 11_000_000, pytest.approx(0.1))
    assert (q2["Drift before"], q2["Drift after"], q2["Tax"], q2["Dividends"]) == (0.04, 0.001, 1_200, 20_000)
    assert q2["Rule changes"] == "drift_threshold: 0.05 to 0.04 (less patience)"
    # 11,000,000 to 13,000,000 with 1,350,000 paid in on the last day: 650,000 is 5.909%; then 5%.
    assert q2["Return"] == pytest.approx((1 + 650_000 / 11_000_000) * 1.05 - 1)
    assert q2["Paid in"] == 1_350_000
    compared = [[c.value for c in row] for row in book["Review benchmarks"].iter_rows(min_row=2)]
    assert compared[0][:3] == ["2026Q1", "KOSPI", pytest.approx(0.04)]
    assert compared[1][2:] == [pytest.approx(2730 / 2600 - 1), pytest.approx(q2["Return"]),
                               pytest.approx(q2["Return"] - 0.05)]  # fmt: skip


def test_the_return_of_the_money(kept: Path) -> None:
    import datetime as dt
    from decimal import Decimal

    from xlrebal.domain.review import Flow

    day = dt.date.fromisoformat
    # 1,000 for a year at 10%, and 1,000 more for the second half at 10% a year.
    half = Decimal(1000) * Decimal(str(1.1 ** (184 / 365)))
    flows = [Flow(day("2025-01-01"), Decimal(-1000)), Flow(day("2025-07-01"), Decimal(-1000)),
             Flow(day("2026-01-01"), Decimal(1100) + half)]  # fmt: skip
    assert float(internal_rate(flows) or 0) == pytest.approx(0.1, abs=1e-6)
    assert internal_rate([Flow(day("2025-01-01"), Decimal(100))]) is None


def test_a_second_review_replaces_the_first(kept: Path) -> None:
    assert xlrebal("review", kept, "--quarter", "2026Q1").status == 0
    assert openpyxl.load_workbook(kept)["Review"].max_row == 2
    assert xlrebal("review", kept, "--quarter", "2026Q2").status == 0
    book = openpyxl.load_workbook(kept)
    assert book["Review"].max_row == 3
    before = kept.read_bytes()
    assert xlrebal("review", kept, "--quarter", "2026Q2").status == 0
    assert kept.read_bytes() == before


def test_nothing_kept_and_a_wrong_quarter(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx")
    assert "there is nothing to review yet" in xlrebal("review", path).err
    run = xlrebal("review", path, "--quarter", "2026-3")
    assert (run.status, run.err) == (2, 'xlrebal: "2026-3" is not a quarter; write it as 2026Q3\n')


def prices(folder: Path, text: str) -> Path:
    path = folder / "prices.csv"
    path.write_text(text, encoding="utf-8")
    return path


WIDE = "Date,069500,360750\n2025-01-31,100,100\n2025-02-28,200,\n2025-03-31,200,50\n"


def test_a_simulation_writes_its_sheets_with_charts(tmp_path: Path, soffice: str) -> None:
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Settings": settings(months="4")})
    run = xlrebal("simulate", path, "--prices", prices(tmp_path, WIDE))
    assert run.status == 0, run.err
    book = openpyxl.load_workbook(path)
    rows = [[c.value for c in row] for row in book["Simulation"].iter_rows(min_row=2)]
    assert [row[0] for row in rows] == ["never", "calendar", "threshold", "hybrid"]
    # 7,500,000 in the ratio 40 to 60: 3,000,000 doubles and 4,500,000 halves.
    assert rows[0][8] == 8_250_000
    assert "A back-test, not a forecast" in rows[1][9]
    paths = [[c.value for c in row] for row in book["Simulation paths"].iter_rows(min_row=2)]
    assert [row[1] for row in paths] == [7_500_000, 10_500_000, 8_250_000]
    assert len(book["Simulation"]._charts) == len(book["Simulation paths"]._charts) == 1
    before = path.read_bytes()
    assert xlrebal("simulate", path, "--prices", prices(tmp_path, WIDE)).status == 0
    assert path.read_bytes() == before
    # A second program opens it and draws the chart.
    command = [soffice, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "family.pdf").stat().st_size > 10_000


def test_rows_of_date_code_and_price(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx")
    long = "날짜,종목코드,종가\n" + "".join(
        f"{day},{code},{price}\n"
        for day, a, b in (("2025.01.31", 100, 100), ("2025.02.28", "1,000", 50))
        for code, price in (("069500", f'"{a}"'), ("360750", b))
    )
    run = xlrebal("simulate", path, "--prices", prices(tmp_path, long), "--dry-run")
    assert run.status == 0, run.err
    assert "Dry run: nothing was written." in run.out
    assert "Simulation" not in openpyxl.load_workbook(path).sheetnames


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Date,069500\n2025-01-31,100\n2025-02-28,100\n", "prices.csv: there are no prices of 360750"),
        ("Date,069500,360750\n2025-01-31,100,100\n", "fewer than two days have a price of every asset"),
        ("Date,069500,360750\nsoon,100,100\n", 'prices.csv:2: date "soon" is not a date'),
        ("Date,069500,360750\n2025-01-31,100,-1\n", 'prices.csv:2: price "-1" is not a price'),
        ("", "the prices cannot be read"),
    ],
)
def test_wrong_prices_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = write_book(tmp_path / "family.xlsx")
    run = xlrebal("simulate", path, "--prices", prices(tmp_path, text))
    assert run.status in (3, 4)
    assert message in run.err


def test_an_asset_that_is_not_held_trades_in_the_currency_of_the_accounts(tmp_path: Path) -> None:
    """As in every other reading of its price, not in base currency."""
    holdings = [("Account", "Code", "Quantity", "Price"), ("Main", "A", 10, 100)]
    targets = [("Code", "Target"), ("A", 0.5), ("B", 0.5)]
    accounts = [("Account", "Currency", "Cash"), ("Main", "USD", 1000)]
    fx = [("Currency", "Rate"), ("USD", 1400)]
    tables = {"Holdings": holdings, "Targets": targets, "Accounts": accounts, "FX": fx, "Settings": settings()}
    path = write_book(tmp_path / "family.xlsx", tables)
    rated = "Date,A,B,USD\n2025-01-31,100,100,1000\n2025-02-28,100,100,1200\n"
    run = xlrebal("simulate", path, "--prices", prices(tmp_path, rated))
    assert run.status == 0, run.err
    # Both rise by a fifth with the dollar, so that nothing drifts and the whole does too.
    whole = rows_of(path, "Simulation paths")
    assert whole[1]["never"] == pytest.approx(whole[0]["never"] * 1.2)


def test_foreign_assets_need_their_rate(tmp_path: Path) -> None:
    holdings = [FAMILY["Holdings"][0] + ("Currency",), *((*row, "KRW") for row in FAMILY["Holdings"][1:])]
    holdings[2] = ("Main", "360750", "World", 200, 20, 15, "USD")
    tables = FAMILY | {"Holdings": holdings, "FX": [("Currency", "Rate"), ("USD", 1400)]}
    path = write_book(tmp_path / "family.xlsx", tables)
    run = xlrebal("simulate", path, "--prices", prices(tmp_path, WIDE), "--dry-run")
    assert "there are no prices of USD" in run.err
    rated = "Date,069500,360750,USD\n2025-01-31,100,10,1000\n2025-02-28,100,10,1200\n"
    run = xlrebal("simulate", path, "--prices", prices(tmp_path, rated), "--dry-run")
    assert run.status == 0, run.err
