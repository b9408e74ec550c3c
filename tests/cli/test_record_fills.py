"""What a fill does to average costs, cash and tax when it came out otherwise than planned, by hand arithmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import Run, mark_executed, rows_of, write_book, xlrebal

DAY = "2026-03-04"
ONE = [("Account", "Currency", "Cash"), ("M", "KRW", 0)]


def family(path: Path, **tables: Any) -> Path:
    settings = {"base_currency": "KRW"} | tables.pop("settings", {})
    given = {"Accounts": ONE, "Settings": [("Setting", "Value"), *settings.items()]} | tables
    write_book(path, given)
    run = xlrebal("update", path, "--as-of", DAY, "--now")
    assert run.status == 0, run.err
    return path


def executed(path: Path, *numbers: int, **changes: Any) -> Run:
    """Mark orders by their number, correct cells (``Quantity2`` is that of order 2), and record."""
    mark_executed(path, numbers or None, **changes)
    return xlrebal("record", path, "--date", DAY)


def cash(path: Path) -> Any:
    return rows_of(path, "Accounts")[0]["Cash"]


TWO_ROWS = [
    ("Account", "Code", "Quantity", "Price", "Avg cost"),
    ("M", "E", 50, 100, 100),
    ("M", "E", 50, 100, 200),
    ("M", "K", 100, 100, 100),
]


def test_what_is_left_of_a_holding_in_two_rows_costs_what_all_of_it_did(tmp_path: Path) -> None:
    targets = [("Code", "Target"), ("E", 0.25), ("K", 0.75)]
    path = family(tmp_path / "family.xlsx", Holdings=TWO_ROWS, Targets=targets)
    assert executed(path).status == 0
    left = [(row["Quantity"], row["Avg cost"]) for row in rows_of(path, "Holdings")[:2] if row["Quantity"]]
    # 50 of 50 at 100 and 50 at 200 are sold: 50 are left, at 150.
    assert left == [(50, 150)]
    sale = next(row for row in rows_of(path, "Trades") if row["Action"] == "SELL")
    assert sale["Gain"] == 50 * 100 - 50 * 150


def test_a_purchase_averages_over_every_row_of_the_holding(tmp_path: Path) -> None:
    targets = [("Code", "Target"), ("E", 1), ("K", 0)]
    path = family(tmp_path / "family.xlsx", Holdings=TWO_ROWS, Targets=targets)
    assert executed(path, Quantity2=80, Price2=200).status == 0
    mine = [row for row in rows_of(path, "Holdings") if row["Code"] == "E"]
    assert sum(row["Quantity"] for row in mine) == 180
    # (50 x 100 + 50 x 200 + 80 x 200) / 180
    assert sum(row["Quantity"] * row["Avg cost"] for row in mine) / 180 == pytest.approx(31_000 / 180, abs=1e-6)


def test_a_cost_that_one_row_does_not_know_is_known_of_none_after_a_purchase(tmp_path: Path) -> None:
    holdings = [row if row[2] != 50 or row[4] == 100 else (*row[:4], None) for row in TWO_ROWS]
    targets = [("Code", "Target"), ("E", 1), ("K", 0)]
    path = family(tmp_path / "family.xlsx", Holdings=holdings, Targets=targets)
    run = executed(path)
    assert run.status == 0
    assert "Holdings!E2: Avg cost of E is not known after this purchase" in run.err
    assert [row["Avg cost"] for row in rows_of(path, "Holdings") if row["Code"] == "E"] == [None, None]


def korean(path: Path, base_price: int | None = 9600, **more: Any) -> Path:
    """50 E with an average base price of 9,000, and too little of it."""
    tables = {
        "Holdings": [
            ("Account", "Code", "Quantity", "Price", "Avg cost", "Tax base cost"),
            ("M", "E", 50, 10000, 9000, 9000),
        ],
        "Targets": [
            ("Code", "Target", "Tax class", "Price", "Tax base price"),
            ("E", 1, "kr_other_etf", 10000, base_price),
        ],
        "Accounts": [("Account", "Currency", "Cash"), ("M", "KRW", 580_000)],
        "settings": {"tax_country": "KR"},
    } | more
    return family(path, **tables)


def test_the_taxable_base_price_is_averaged_like_the_cost(tmp_path: Path) -> None:
    path = korean(tmp_path / "family.xlsx")
    assert executed(path).status == 0
    (row,) = rows_of(path, "Holdings")
    assert row["Quantity"] == 108
    # (50 x 9,000 + 58 x 9,600) / 108
    assert row["Tax base cost"] == pytest.approx(1_006_800 / 108, abs=1e-6)


def test_without_todays_base_price_the_average_is_not_known_any_more(tmp_path: Path) -> None:
    path = korean(tmp_path / "family.xlsx", base_price=None)
    run = executed(path)
    assert run.status == 0
    assert "Holdings!F2: Tax base cost of E is not known after this purchase" in run.err
    assert rows_of(path, "Holdings")[0]["Tax base cost"] is None


def test_the_average_rate_is_weighted_by_cost(tmp_path: Path) -> None:
    holdings = [
        ("Account", "Code", "Quantity", "Price", "Avg cost", "Avg FX rate", "Currency"),
        ("M", "V", 10, 200, 100, 1200, "USD"),
    ]
    targets = [("Code", "Target", "Tax class", "Price", "Currency"), ("V", 1, "overseas_listed", 200, "USD")]
    accounts = [("Account", "Currency", "Cash"), ("M", "KRW", 1_400_000)]
    more = {"FX": [("Currency", "Rate"), ("USD", 1400)], "settings": {"tax_country": "KR"}}
    path = family(tmp_path / "family.xlsx", Holdings=holdings, Targets=targets, Accounts=accounts, **more)
    assert executed(path).status == 0
    (row,) = rows_of(path, "Holdings")
    # 10 at 100 and 1,200 won, and 5 at 200 and 1,400 won: 2,000 dollars that cost 2,600,000 won.
    assert (row["Quantity"], row["Avg FX rate"]) == (15, 1300)
    assert row["Quantity"] * row["Avg cost"] * row["Avg FX rate"] == pytest.approx(2_600_000, abs=0.1)


def sale(path: Path, **settings: Any) -> Path:
    """40 of 40 E, bought at 9,000, are to be sold at 9,600: 40 x 600 x 15.4% = 3,696 of tax."""
    return family(
        path,
        Holdings=[("Account", "Code", "Quantity", "Price", "Avg cost"), ("M", "E", 40, 9600, 9000)],
        Targets=[("Code", "Target", "Tax class"), ("E", 0, "kr_other_etf"), ("CASH", 1, None)],
        settings={"tax_country": "KR"} | settings,
    )


def test_the_tax_withheld_is_that_of_the_units_really_sold(tmp_path: Path) -> None:
    path = sale(tmp_path / "family.xlsx")
    assert rows_of(path, "Orders")[0]["Tax"] == 3_696
    run = executed(path, Quantity1=10)
    # 96,000 less 10 x 600 x 15.4%
    assert cash(path) == 96_000 - 924
    assert "Orders!M2: the tax of 3,696 was that of the planned order: 924 is recorded" in run.err
    assert rows_of(path, "Trades")[0]["Tax"] == 924
    assert rows_of(path, "Rebalance log")[0]["Tax"] == 924


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        # 40 x 700 x 15.4%
        ({"Price1": 9700}, 388_000 - 4_312),
        # 10 x 700 x 15.4%
        ({"Quantity1": 10, "Price1": 9700}, 97_000 - 1_078),
        # Sold below cost: nothing to withhold.
        ({"Price1": 8900}, 356_000),
        # Corrected by the family: it stands.
        ({"Quantity1": 10, "Tax1": 950}, 96_000 - 950),
        ({"Quantity1": 10, "Tax1": 924}, 96_000 - 924),
        ({"Tax1": 3_700}, 384_000 - 3_700),
        ({"Quantity1": 10, "Amount1": 96_000}, 96_000 - 924),
    ],
)
def test_tax_follows_price_and_quantity_unless_it_was_corrected(
    tmp_path: Path, changes: dict[str, int], left: int
) -> None:
    path = sale(tmp_path / "family.xlsx")
    assert executed(path, **changes).status == 0
    assert cash(path) == left


@pytest.mark.parametrize(
    ("changes", "commission"),
    [({}, 3_840), ({"Quantity1": 10}, 960), ({"Quantity1": 10, "Commission1": 500}, 500), ({"Commission1": 0}, 0)],
)
def test_a_planned_commission_follows_the_fill_and_a_corrected_one_stands(
    tmp_path: Path, changes: dict[str, int], commission: int
) -> None:
    path = sale(tmp_path / "family.xlsx", tax_country="none", commission_rate=0.01)
    assert executed(path, **changes).status == 0
    units = changes.get("Quantity1", 40)
    assert cash(path) == units * 9600 - commission
    assert rows_of(path, "Rebalance log")[0]["Amount"] == units * 9600


def test_units_sold_and_bought_back_on_one_day_cost_what_was_paid_for_them(tmp_path: Path) -> None:
    """100 at 10,000; 40 sold and 40 bought back at 20,000: (60 x 10,000 + 40 x 20,000) / 100."""
    path = family(
        tmp_path / "family.xlsx",
        Holdings=[("Account", "Code", "Quantity", "Price", "Avg cost"), ("M", "E", 100, 20000, 10000)],
        Targets=[("Code", "Target"), ("E", 0.6), ("CASH", 0.4)],
    )
    book = openpyxl.load_workbook(path)
    sheet = book["Orders"]
    for column in range(1, 16):
        sheet.cell(3, column, sheet.cell(2, column).value)
    sheet["C3"] = "BUY"
    sheet.tables["Orders"].ref = "A1:O3"
    book.save(path)
    assert executed(path, 1, 2).status == 0
    assert [(row["Quantity"], row["Avg cost"]) for row in rows_of(path, "Holdings")] == [(100, 14000)]


def foreign(path: Path) -> Path:
    """10 V at 100 dollars and 1,400 won, changing money costs 1%: 1,414,000 of 1,430,000."""
    return family(
        path,
        Holdings=[("Account", "Code", "Quantity", "Price", "Currency"), ("M", "V", 1, 100, "USD")],
        Targets=[("Code", "Target", "Price", "Currency"), ("V", 1, 100, "USD")],
        Accounts=[("Account", "Currency", "Cash"), ("M", "KRW", 1_430_000)],
        FX=[("Currency", "Rate"), ("USD", 1400)],
        settings={"fx_spread": 0.01},
    )


def test_cash_after_a_fill_as_planned_is_the_cash_that_the_plan_left(tmp_path: Path) -> None:
    path = foreign(tmp_path / "family.xlsx")
    assert executed(path).status == 0
    assert cash(path) == 16_000


def test_the_brokers_own_exchange_rate_decides_the_cash_and_the_record_keeps_the_base_rate(tmp_path: Path) -> None:
    path = foreign(tmp_path / "family.xlsx")
    assert executed(path, FX_rate1=1412).status == 0
    assert cash(path) == 1_430_000 - 1_412_000
    assert rows_of(path, "Trades")[0]["FX rate"] == 1400
    assert xlrebal("update", path, "--as-of", "2026-03-05").status == 0
    # The next sheet of orders keeps the column, empty.
    assert [row["FX rate"] for row in rows_of(path, "Orders")] == [None]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"FX_rate1": 0}, "Orders!P2: an exchange rate of 0"),
        ({"FX_rate1": "dear"}, 'Orders!P2: FX rate "dear" is not a number'),
    ],
)
def test_a_wrong_exchange_rate_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = foreign(tmp_path / "family.xlsx")
    run = executed(path, **changes)
    assert run.status == 3
    assert message in run.err


def test_fills_a_little_worse_than_planned_are_recorded_said_and_read_again(tmp_path: Path) -> None:
    path = family(
        tmp_path / "family.xlsx",
        Holdings=[("Account", "Code", "Quantity", "Price"), ("M", "E", 1, 10000)],
        Targets=[("Code", "Target", "Price"), ("E", 1, 10000)],
        Accounts=[("Account", "Currency", "Cash"), ("M", "KRW", 100_000)],
    )
    run = executed(path, Price1=11_500)
    assert run.status == 0
    assert "Accounts!C2: the cash of M is now -15,000" in run.err
    assert cash(path) == -15_000
    after = xlrebal("update", path, "--as-of", "2026-03-05", "--json")
    assert after.status == 0
    assert "Accounts!C2: the cash of M is -15,000: it counts as 0" in after.err
    assert (after.data["total_value"], after.data["orders"]) == (110_000, [])


def test_cash_listed_among_the_holdings_may_be_overdrawn_too(tmp_path: Path) -> None:
    path = family(
        tmp_path / "family.xlsx",
        Holdings=[("Account", "Code", "Quantity", "Price"), ("M", "E", 1, 10000), ("M", "CASH", 100_000, 1)],
        Targets=[("Code", "Target", "Price"), ("E", 1, 10000)],
        Accounts=[("Account",), ("M",)],
    )
    run = executed(path, Price1=11_500)
    assert run.status == 0, run.err
    assert "Holdings!C3: the cash of M is now -15,000" in run.err
    assert rows_of(path, "Holdings")[1]["Quantity"] == -15_000
    assert xlrebal("update", path, "--as-of", "2026-03-05").status == 0


def test_only_cash_may_be_below_zero(tmp_path: Path) -> None:
    holdings = [("Account", "Code", "Quantity", "Price"), ("M", "E", -1, 10000)]
    path = write_book(tmp_path / "family.xlsx", {"Holdings": holdings, "Targets": [("Code", "Target"), ("E", 1)]})
    run = xlrebal("update", path, "--as-of", DAY)
    assert run.status == 3
    assert "Holdings!C2: quantity -1 is below 0" in run.err


def test_a_sale_leaves_a_cost_alone_that_has_more_digits(tmp_path: Path) -> None:
    path = family(
        tmp_path / "family.xlsx",
        Holdings=[("Account", "Code", "Quantity", "Price", "Avg cost"), ("M", "E", 100, 20000, 12345.123456789)],
        Targets=[("Code", "Target"), ("E", 0.6), ("CASH", 0.4)],
    )
    assert executed(path).status == 0
    assert [(row["Quantity"], row["Avg cost"]) for row in rows_of(path, "Holdings")] == [(60, 12345.123456789)]
