"""Losses that a purchase undid count later: in the plan's sale, in the record that is made of it, after it as well."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from books import mark_executed, rows_of, write_book, xlrebal

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
    orders = enumerate(rows_of(path, "Orders"), 1)
    mark_executed(path, [number for number, row in orders if not sells or row["Action"] == "SELL"])
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 0, run.err


LOT = [("T", "2026-03-10", 100, 82)]


KEPT = [
    ("fifo", LOT, 82),
    ("lifo", LOT, None),
    ("highest_cost", LOT, None),
    ("min_tax", LOT, None),
    ("average", LOT, None),
    ("specific", LOT, None),
    # The broker's adjusted cost, then average costs without and with the loss.
    ("fifo", [("T", "2026-03-10", 100, 102)], None),
    ("fifo", None, 82),
    ("average", None, 82),
    ("fifo", None, 102),
]


@pytest.mark.parametrize(("method", "lots", "average"), KEPT)
def test_units_bought_back_sell_at_the_cost_and_age_of_those_sold_at_a_loss(
    tmp_path: Path, method: str, lots: Any, average: Any
) -> None:
    """100 for 10,000, sold for 8,000, bought again for 8,200: cost 10,200, held 364 days longer; sold for 9,000."""
    path = family(tmp_path, [BOUGHT, SOLD, AGAIN], [("T", 100, average)], lots, lot_method=method)
    assert year(path) == {"short": 0, "long": -1200}
    execute(path)
    assert year(path) == {"short": 0, "long": -1200}
    trades = openpyxl.load_workbook(path)["Trades"]
    assert [row[7].value for row in trades.iter_rows() if row[2].value == "SELL"][-1] == -1200


CASES: dict[str, tuple[list[Any], list[Any], list[Any], dict[str, float]]] = {
    # 60 of 100 are replaced: 1,200 of 2,000 washed, 60 at 82 + 20, sold at 90.
    "fewer bought back": (
        [BOUGHT, SOLD, trade("2026-03-10", "BUY", 60, 82)],
        [("T", 60, 82)],
        [("T", "2026-03-10", 60, 82)],
        {"short": -800, "long": -720},
    ),
    # 60 of the 100 bought take up 1,200; 40 gain 8 each; 40 of the first purchase lose 10 each.
    "more bought than sold": (
        [BOUGHT, trade("2026-03-02", "SELL", 60, 80), AGAIN],
        [("T", 140, None)],
        [("T", "2025-03-03", 40, 100), ("T", "2026-03-10", 100, 82)],
        {"short": 320, "long": -1120},
    ),
    # 50 at 82 + 20 and 50 at 84 + 20, the latter with a commission of 5.
    "two purchases": (
        [BOUGHT, SOLD, trade("2026-03-10", "BUY", 50, 82), trade("2026-03-20", "BUY", 50, 84, commission=5)],
        [("T", 100, None)],
        [("T", "2026-03-10", 50, 82), ("T", "2026-03-20", 50, 84.1)],
        {"short": 0, "long": -600 - 705},
    ),
    "two purchases on one day": (
        [BOUGHT, SOLD, trade("2026-03-10", "BUY", 50, 82), trade("2026-03-10", "BUY", 50, 84)],
        [("T", 100, None)],
        [("T", "2026-03-10", 100, 83)],
        {"short": 0, "long": -1300},
    ),
    "bought before the sale": (
        [BOUGHT, trade("2026-02-20", "BUY", 100, 82), SOLD],
        [("T", 100, 82)],
        [("T", "2026-02-20", 100, 82)],
        {"short": 0, "long": -1200},
    ),
    "bought in the account of the spouse": (
        [BOUGHT, SOLD, trade("2026-03-10", "BUY", 100, 82, "S")],
        [("S", 100, 82)],
        [("S", "2026-03-10", 100, 82)],
        {"short": 0, "long": -1200},
    ),
    # The second sale loses 2,100 with what it took up; the third purchase costs 83 + 21.
    "replaced twice": (
        [BOUGHT, SOLD, AGAIN, trade("2026-04-01", "SELL", 100, 81), trade("2026-04-10", "BUY", 100, 83)],
        [("T", 100, 83)],
        [("T", "2026-04-10", 100, 83)],
        {"short": 0, "long": -1400},
    ),
    "replaced twice, the second sale with its gain and day of purchase": (
        [
            BOUGHT,
            SOLD,
            AGAIN,
            trade("2026-04-01", "SELL", 100, 81, gain=-2100, acquired="2026-03-10"),
            trade("2026-04-10", "BUY", 100, 83),
        ],
        [("T", 100, 83)],
        [("T", "2026-04-10", 100, 83)],
        {"short": 0, "long": -1400},
    ),
    # Revenue Ruling 2008-5: the loss is gone, and the IRA is not taxed.
    "bought in an IRA": (
        [BOUGHT, SOLD, trade("2026-03-10", "BUY", 100, 82, "I")],
        [("I", 100, 82)],
        [("I", "2026-03-10", 100, 82)],
        {"short": 0, "long": 0},
    ),
    # Half of what was bought back is sold before: 50 at 102 for 85; the other 50 still carry 1,000.
    "half of them sold in between": (
        [BOUGHT, SOLD, AGAIN, trade("2026-06-01", "SELL", 50, 85)],
        [("T", 50, 82)],
        [("T", "2026-03-10", 50, 82)],
        {"short": 0, "long": -850 - 600},
    ),
    # A purchase of 31 days later replaces nothing.
    "bought back too late to matter": (
        [BOUGHT, SOLD, trade("2026-04-02", "BUY", 100, 82)],
        [("T", 100, 82)],
        [("T", "2026-04-02", 100, 82)],
        {"short": -2000 + 800, "long": 0},
    ),
}


# Without Lots an average cost has to be given.
RUNS = [
    (case, lots) for case, (_, held, *_) in CASES.items() for lots in (True, False) if lots or held[0][2] is not None
]


@pytest.mark.parametrize(("case", "with_lots"), RUNS)
def test_washed_losses_come_back_with_the_units_bought_instead(tmp_path: Path, case: str, with_lots: bool) -> None:
    trades, held, lots, expected = CASES[case]
    path = family(tmp_path, trades, held, lots if with_lots else None)
    assert year(path) == expected
    execute(path)
    assert year(path) == expected


def test_what_is_left_of_units_bought_back_keeps_the_rest(tmp_path: Path) -> None:
    """60 of 100 carry 20 each. 90 are sold at 90, those that carry nothing first; the last 10 cost 102.

    40 of the first purchase gain 20 each, long.
    """
    trades = [BOUGHT, trade("2026-03-02", "SELL", 60, 80), trade("2026-03-05", "SELL", 40, 120), AGAIN]
    path = family(tmp_path, trades, [("T", 100, None)], LOT)
    before = year(path)
    assert before == {"short": 320, "long": 800 - 720}
    mark_executed(path, [1], Quantity1=90)
    assert xlrebal("record", path, "--date", DAY).status == 0
    last = [line for line in update(path).data["gains"] if line["state"] == "planned"]
    assert [(line["quantity"], line["cost"], line["gain"], line["term"]) for line in last] == [(10, 1020, -120, "long")]
    assert year(path) == before


def test_each_unit_bought_instead_takes_up_one_loss(tmp_path: Path) -> None:
    """3 of 10 sold in September lose 74 each, taken up by 3 of the 19 that S bought.

    The other 7, sold today, lose 48 each: 7 of the 16 that are left take that up, and none of the 3 once more.
    """
    trades = [
        trade("2026-09-01", "BUY", 10, 138),
        trade("2026-09-15", "SELL", 3, 64),
        trade("2026-10-04", "BUY", 19, 86, "S"),
    ]
    lots = [("T", "2026-09-01", 7, 138), ("S", "2026-10-04", 19, 86)]
    run = update(family(tmp_path, trades, [("T", 7, 138), ("S", 19, 86)], lots))
    lines = [line for line in run.data["gains"] if line["state"] == "planned" and line["account"] == "S"]
    assert [(line["quantity"], line["cost"]) for line in lines] == [(9, 774), (7, 602 + 336), (3, 258 + 222)]


@pytest.mark.parametrize("lots", [[("T", "2026-03-10", 100, 95)], [("T", "2026-03-10", 70, 82), LOT[0]]])
def test_a_loss_that_no_cost_in_lots_explains_is_said_with_its_cell(tmp_path: Path, lots: Any) -> None:
    units = sum(row[2] for row in lots)
    run = update(family(tmp_path, [BOUGHT, SOLD, AGAIN], [("T", units, None)], lots))
    warnings = [w for w in run.data["warnings"] if "washed loss of 2,000.00" in str(w)]
    assert len(warnings) == 1
    assert "Lots!D2" in str(warnings[0])


def test_an_average_cost_that_the_record_does_not_explain_is_said_with_its_cell(tmp_path: Path) -> None:
    run = update(family(tmp_path, [BOUGHT, SOLD, AGAIN], [("T", 100, 95)]))
    assert [w for w in run.data["warnings"] if "washed loss of 2,000.00" in str(w) and "Holdings!E2" in str(w)]
    # What is written counts.
    assert run.data["gains"][-1]["cost"] == 9500


def test_a_candidate_and_its_pair_count_what_was_taken_up(tmp_path: Path) -> None:
    """At 90 the units bought back at 82 lose 12 each; with 10,000 of short gains 100 of them save 22%."""
    path = family(tmp_path, [BOUGHT, SOLD, AGAIN], [("T", 100, 82)], LOT, realized_short_gains=10_000)
    book = openpyxl.load_workbook(path)
    sheet = book["Targets"]
    sheet["B2"], sheet["B3"] = 1, 0
    sheet["E1"], sheet["E2"] = "Replacement", "Y"
    book.save(path)
    data = update(path).data
    assert [(c["cost"], c["loss"], c["tax_saved"]) for c in data["tax_loss"]] == [(10_200, -1200, 264)]
    assert [(h["action"], h["code"]) for h in data["harvest"]] == [("SELL", "X"), ("BUY", "Y")]
    assert data["harvest"][0]["tax_saved"] == 264


def test_a_row_without_its_cost_leaves_the_cost_of_the_holding_unknown(tmp_path: Path) -> None:
    """Two rows of T hold what was bought back; one of them names no cost, so none is made up for the units."""
    path = family(tmp_path, [BOUGHT, SOLD, AGAIN], [("T", 60, 82), ("T", 40, None)])
    run = update(path)
    planned = [line for line in run.data["gains"] if line["state"] == "planned"]
    assert [(line["quantity"], line["cost"], line["gain"]) for line in planned] == [(100, None, None)]
    # That the cost is not known is told once, not a second time for the loss.
    assert not [warning for warning in run.data["warnings"] if "washed loss" in str(warning)]
