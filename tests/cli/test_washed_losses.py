"""Losses that a purchase undid count later: in the plan's sale, in the record that is made of it, after it as well."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from books import write_book, xlrebal

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-10-05"
TRADES = ("Date", "Account", "Action", "Code", "Quantity", "Price", "Commission", "Gain", "Acquired")
LOTS = ("Account", "Code", "Acquired", "Quantity", "Unit cost")


def trade(day: str, action: str, units: float, price: float, account: str = "T", **more: Any) -> tuple[Any, ...]:
    acquired = more.get("acquired")
    return (
        dt.date.fromisoformat(day),
        account,
        action,
        "X",
        units,
        price,
        more.get("commission"),
        more.get("gain"),
        dt.date.fromisoformat(acquired) if acquired else None,
    )


BOUGHT, SOLD, AGAIN = (
    trade("2025-03-03", "BUY", 100, 100),
    trade("2026-03-02", "SELL", 100, 80),
    trade("2026-03-10", "BUY", 100, 82),
)


def family(folder: Path, trades: list[Any], held: list[Any], lots: list[Any] | None = None, **more: Any) -> Path:
    """X, worth 90, is wanted no longer; ``held`` are units and average costs by account."""
    settings = {
        "base_currency": "USD",
        "tax_country": "US",
        "short_term_rate": 0.22,
        "long_term_rate": 0.15,
        "lot_method": "fifo",
        "last_rebalanced": "2026-01-02",
    } | more
    accounts = more.pop("accounts", [("T", "taxable"), ("S", "taxable"), ("I", "IRA")])
    tables: dict[str, Any] = {
        "Holdings": [
            ("Account", "Code", "Quantity", "Price", "Avg cost"),
            *((account, "X", units, 90, cost) for account, units, cost in held),
        ],
        "Targets": [("Code", "Target", "Price", "Tax class"), ("X", 0, 90, "us_security"), ("Y", 1, 50, "exempt")],
        "Accounts": [("Account", "Type", "Currency", "Cash"), *((n, k, "USD", 0) for n, k in accounts)],
        "Settings": [("Setting", "Value"), *((k, v) for k, v in settings.items() if k != "accounts")],
        "Trades": [TRADES, *trades],
    }
    if lots is not None:
        rows = [(a, "X", dt.date.fromisoformat(d), q, c) for a, d, q, c in lots]
        tables["Lots"] = [LOTS, *rows]
    return write_book(folder / "family.xlsx", tables)


def update(path: Path, day: str = DAY) -> Any:
    run = xlrebal("update", path, "--as-of", day, "--now", "--json")
    assert run.status == 0, run.err
    return run


def year(path: Path, day: str = DAY) -> dict[str, float]:
    """Short and long gains of the year, realised and planned together."""
    found = {"short": 0.0, "long": 0.0}
    for line in update(path, day).data["gains"]:
        if line["gain"] is not None and line["term"]:
            found[line["term"]] += line["gain"] + line["washed_loss"]
    return found


def execute(path: Path, sells: bool = True) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Orders"]
    head = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        if not sells or row[head.index("Action")].value == "SELL":
            row[head.index("Status")].value = "executed"
    book.save(path)
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 0, run.err


LOT = [("T", "2026-03-10", 100, 82)]


@pytest.mark.parametrize(
    ("lots", "average"),
    [(LOT, 82), (LOT, None), ([("T", "2026-03-10", 100, 102)], None), (None, 82), (None, 102)],
    ids=["lots", "lots only", "the broker's adjusted lots", "average cost", "the broker's adjusted average cost"],
)
@pytest.mark.parametrize("method", ["fifo", "lifo", "highest_cost", "min_tax", "average", "specific"])
def test_units_bought_back_sell_at_the_cost_and_age_of_those_sold_at_a_loss(
    tmp_path: Path, lots: Any, average: Any, method: str
) -> None:
    """100 for 10,000, sold for 8,000, bought again for 8,200: cost 10,200, held since 8 March 2025; sold for 9,000."""
    path = family(tmp_path, [BOUGHT, SOLD, AGAIN], [("T", 100, average)], lots, lot_method=method)
    assert year(path) == {"short": 0, "long": -1200}
    execute(path)
    assert year(path) == {"short": 0, "long": -1200}
    trades = openpyxl.load_workbook(path)["Trades"]
    assert [row[7].value for row in trades.iter_rows() if row[2].value == "SELL"][-1] == -1200
