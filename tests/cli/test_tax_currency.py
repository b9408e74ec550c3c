"""Taxes are counted in the money of the tax country, whatever money the household is judged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from books import mark_executed, write_book, xlrebal
from tax_books import DAY, HEAD, KOREAN, family, items, messages, update

if TYPE_CHECKING:
    from pathlib import Path

VOO = [("VOO", 0, 600, "USD", "overseas_listed", ""), ("CASH", 1, "", "", "", "")]


@pytest.mark.parametrize(
    ("base", "fx"),
    [
        ("USD", {"KRW": 0.001}),
        ("KRW", {"USD": 1000}),
        ("EUR", {"KRW": 0.0008, "USD": 0.8}),
        ("JPY", {"KRW": 0.125, "USD": 125}),
    ],
)
def test_the_korean_deduction_is_won_in_every_base_currency(tmp_path: Path, base: str, fx: dict[str, Any]) -> None:
    """100 at 600 dollars, bought at 500 dollars and 1,200 won, a dollar is 1,000 won today: 60 M - 60 M = no gain;
    bought at 1,100 won: 5 M of gain, 550,000 of tax (22% of 2.5 M)."""
    to_base = fx.get("KRW", 1)
    for bought_at, gain, tax in ((1200, 0, 0), (1100, 5_000_000, 550_000)):
        tables = family(
            holdings=[("Main", "VOO", 100, 600, 500, "USD", bought_at)],
            targets=VOO,
            fx=fx,
            accounts=[("Main", "Kim", "", "USD", 0)],
            base_currency=base,
            tax_country="KR",
        )
        data = update(tmp_path, tables)
        assert data["summary"]["tax"] == pytest.approx(tax * to_base, abs=0.01)
        budget = data["summary"]["gains_budget"]
        assert budget["limit"] == pytest.approx(2_500_000 * to_base, abs=0.01)
        assert budget["planned"] == pytest.approx(gain * to_base, abs=0.01)
        assert budget["left"] == pytest.approx(max(2_500_000 - gain, 0) * to_base, abs=0.01)
        assert items(data)["Tax of the year"] == pytest.approx(tax * to_base, abs=0.01)


def test_a_dollar_household_under_korean_rules(tmp_path: Path) -> None:
    """Gain 14,000,000 won at 1,400 won a dollar on both sides: (14.0 - 2.5) M x 22% = 2,530,000 won = 1,807.14."""
    tables = family(
        holdings=[("", "VOO", 100, 600, 500, "", 1400)],
        targets=VOO,
        fx={"KRW": 1 / 1400},
        base_currency="USD",
        tax_country="KR",
    )
    data = update(tmp_path, tables)
    assert data["orders"][0]["tax"] == 1807.14
    # Fifteen digits of 1/1400 are what a cell holds: a won of rounding is far less than a cent.
    assert data["summary"]["gains_budget"]["limit"] == 1785.71


def test_american_brackets_and_limits_are_dollars_for_a_won_household(tmp_path: Path) -> None:
    """10,000 dollars short on 100,000 of income: 5,700 x 22% + 4,300 x 24% = 2,286 dollars = 3,200,400 won."""
    voo = [("VTI", 0, 300, "USD", "us_security", ""), ("CASH", 1, "", "", "", "")]
    base = {"base_currency": "KRW", "tax_country": "US", "taxable_income": 100000}
    tables = family(holdings=[("", "VTI", 100, 300, 200, "USD", "")], targets=voo, fx={"USD": 1400}, **base)
    data = update(tmp_path, tables)
    assert data["summary"]["tax"] == 3_200_400
    # Sold at a loss of 10,000: 3,000 dollars count against other income at 22%: 660 dollars = 924,000 won.
    tables = family(holdings=[("", "VTI", 100, 300, 400, "USD", "")], targets=voo, fx={"USD": 1400}, **base)
    shown = items(update(tmp_path, tables))
    assert shown["Net loss set against other income"] == 4_200_000
    assert shown["Tax saved by it"] == 924_000
    assert shown["Loss carried to later years"] == 9_800_000


def test_an_asset_in_a_third_currency_is_counted_from_each_lots_own_rate(tmp_path: Path) -> None:
    """Korea, base euro, an asset in yen: 1,000 at 2,000 yen and 9 won; bought 400 at 1,000 yen and 10 won, 600 at 1,500
    yen and 11 won. Proceeds 18.0 M, cost 4.0 M + 9.9 M, gain 4.1 M: tax 22% of 1.6 M = 352,000 won = 220 euro."""
    tables = family(
        holdings=[("", "1306", 1000, 2000, "", "JPY", "")],
        targets=[("1306", 0, 2000, "JPY", "overseas_listed", ""), ("CASH", 1, "", "", "", "")],
        lots=[("Main", "1306", "2024-02-01", 400, 1000, 10), ("Main", "1306", "2025-02-03", 600, 1500, 11)],
        fx={"KRW": 0.000625, "JPY": 0.005625},
        base_currency="EUR",
        tax_country="KR",
        lot_method="fifo",
    )
    data = update(tmp_path, tables)
    assert data["summary"]["tax"] == 220
    assert [(line["cost"], line["proceeds"]) for line in data["gains"]] == [(2500, 4500), (6187.5, 6750)]


def test_each_owner_has_a_deduction_in_won_whatever_the_base(tmp_path: Path) -> None:
    """Two owners gain 3 M won each: each pays 22% of 0.5 M; the setting realized_gains (won) belongs to the first."""
    tables = family(
        holdings=[("A", "VOO", 100, 130, 100, "USD", 1000), ("B", "VOO", 100, 130, 100, "USD", 1000)],
        targets=VOO,
        accounts=[("A", "Minsu", "", "USD", 0), ("B", "Jiyoung", "", "USD", 0)],
        fx={"KRW": 0.001},
        base_currency="USD",
        tax_country="KR",
        realized_gains=1_000_000,
        realized_year=2026,
    )
    data = update(tmp_path, tables)
    assert [order["tax"] for order in data["orders"]] == [330, 110]
    assert items(data, "Minsu")["Tax of the year"] == 330
    assert data["summary"]["gains_budget"] == {"limit": 5000, "used": 1000, "planned": 6000, "left": 0}


def test_the_harvest_of_a_dollar_household_fills_the_deduction_in_won(tmp_path: Path) -> None:
    """Each unit gains 60,000 won = 60 dollars: 41 units gain 2,460,000 won; the tax avoided is 22% = 541.20 dollars."""
    tables = family(
        holdings=[("", "VOO", 100, 100, 40, "", 1000), ("", "B", 100, 100, 100, "", "")],
        targets=[("VOO", 0.5, 100, "", "overseas_listed", ""), ("B", 0.5, 100, "", "exempt", "")],
        fx={"KRW": 0.001},
        base_currency="USD",
        tax_country="KR",
    )
    data = update(tmp_path, tables, now=False)
    assert [(h["action"], h["quantity"], h["gain"]) for h in data["harvest"]] == [("SELL", 41, 2460), ("BUY", 41, None)]
    assert data["harvest"][0]["tax_saved"] == 541.2


@pytest.mark.parametrize("fx", [None, {"USD": 1.1}])
def test_a_tax_currency_without_a_rate_is_one_clear_line(tmp_path: Path, fx: dict[str, Any] | None) -> None:
    tables = family(
        holdings=[("", "VOO", 100, 600, 500, "EUR", "")], targets=[*VOO[1:], ("VOO", 0, 600, "", "", "")], fx=fx,
        base_currency="EUR", tax_country="KR",
    )  # fmt: skip
    run = xlrebal("update", write_book(tmp_path / "family.xlsx", tables), "--as-of", DAY)
    assert run.status == 3
    assert run.err.splitlines()[0] == (
        "FX!A1: tax_country KR counts gains in KRW, which has no rate in FX (add a row KRW with its rate in EUR)"
    )


# What is not known


def test_a_dollar_cost_without_the_rate_of_its_purchase_is_not_known(tmp_path: Path) -> None:
    tables = family(
        holdings=[("", "VOO", 100, 600, 590, "USD", ""), ("", "B", 84, 1_000_000, 1, "", "")],
        targets=[("VOO", 0.5, 600, "USD", "overseas_listed", ""), ("B", 0.5, 1_000_000, "", "exempt", "")],
        fx={"USD": 1400},
        **KOREAN,
    )
    kept = update(tmp_path, tables, now=False)
    assert (kept["orders"], kept["harvest"], kept["tax_loss"]) == ([], [], [])
    assert messages(kept)["Holdings!E2"].startswith("the cost of VOO in KRW is not known")
    tables["Targets"][1] = ("VOO", 0.25, 600, "USD", "overseas_listed", "")
    tables["Targets"][2] = ("B", 0.75, 1_000_000, "", "exempt", "")
    sold = update(tmp_path, tables)
    assert (sold["orders"][0]["code"], sold["orders"][0]["tax"], sold["summary"]["tax"]) == ("VOO", None, None)
    budget = sold["summary"]["gains_budget"]
    assert (budget["used"], budget["planned"], budget["left"]) == (0, None, None)
    # With the average rate of the purchases: 1,200. Each unit gains 840,000 - 708,000 = 132,000 won.
    tables["Holdings"][1] = ("", "VOO", 100, 600, 590, "USD", 1200)
    known = update(tmp_path, tables)
    assert "Holdings!E2" not in messages(known)
    units = known["orders"][0]["quantity"]
    assert known["summary"]["tax"] == round(0.22 * (132_000 * units - 2_500_000))


def test_a_fall_in_dollars_is_no_loss_in_won_that_anybody_knows(tmp_path: Path) -> None:
    """Bought at 700 dollars, now 600: bought at 1,200 won it is no loss, at 1,400 it is one of 14%."""
    holding = ["", "VOO", 100, 600, 700, "USD", ""]
    targets = [("VOO", 0.5, 600, "USD", "overseas_listed", ""), ("B", 0.5, 1_000_000, "", "exempt", "")]
    for rate, found in (("", []), (1200, []), (1400, [(-14_000_000, 2_200_000)])):
        holding[-1] = rate
        tables = family(
            holdings=[tuple(holding), ("", "B", 84, 1_000_000, 1, "", "")],
            targets=targets,
            fx={"USD": 1400},
            realized_gains=12_500_000,
            realized_year=2026,
            **KOREAN,
        )
        data = update(tmp_path, tables, now=False)
        assert [(loss["loss"], loss["tax_saved"]) for loss in data["tax_loss"]] == found
        assert bool(data["harvest"]) is bool(found)
    # Without a tax country a loss is judged in the asset's own currency, and shown at today's rate.
    tables["Settings"] = [("Setting", "Value"), ("base_currency", "KRW"), ("last_rebalanced", "2026-06-01")]
    free = update(tmp_path, tables, now=False)
    assert [(loss["loss"], round(loss["loss_pct"], 4)) for loss in free["tax_loss"]] == [(-14_000_000, -0.1429)]


def test_of_a_mixed_holding_the_lots_with_a_rate_are_known(tmp_path: Path) -> None:
    """30 units bought at 1,200 won a dollar, 30 without a rate: selling 30 takes the oldest, which are known."""
    lots = [("Main", "VOO", "2024-02-01", 30, 500, 1200), ("Main", "VOO", "2025-02-03", 30, 500, "")]
    targets = [("VOO", 0.5, 600, "USD", "overseas_listed", ""), ("CASH", 0.5, "", "", "", "")]
    for method, known in (("fifo", True), ("lifo", False), ("average", False), ("highest_cost", True)):
        tables = family(
            holdings=[("", "VOO", 60, 600, 500, "USD", "")],
            targets=targets,
            lots=lots,
            fx={"USD": 1400},
            lot_method=method,
            **KOREAN,
        )
        data = update(tmp_path, tables)
        assert data["orders"][0]["quantity"] == 30
        # 30 x (840,000 - 600,000) = 7.2 M: 22% of 4.7 M.
        assert data["summary"]["tax"] == (1_034_000 if known else None)
        assert messages(data)["Lots!F3"].startswith("the cost of VOO in KRW is not known")


def test_highest_cost_compares_won_with_won(tmp_path: Path) -> None:
    """500 dollars at 1,500 won is more than 600 dollars at 1,100 won: the former go first."""
    tables = family(
        holdings=[("", "VOO", 60, 600, "", "USD", "")],
        targets=[("VOO", 0.5, 600, "USD", "overseas_listed", ""), ("CASH", 0.5, "", "", "", "")],
        lots=[("Main", "VOO", "2024-02-01", 30, 600, 1100), ("Main", "VOO", "2025-02-03", 30, 500, 1500)],
        fx={"USD": 1400},
        lot_method="highest_cost",
        **KOREAN,
    )
    assert update(tmp_path, tables)["gains"][0]["cost"] == 30 * 500 * 1500


# The year


def test_where_a_gain_of_the_year_is_unknown_nothing_is_called_free(tmp_path: Path) -> None:
    def tables(gain: Any) -> dict[str, Any]:
        return family(
            holdings=[("A", "X", 100, 100_000, 40_000, "", ""), ("B", "X", 100, 100_000, 40_000, "", "")],
            targets=[("X", 1, 100_000, "", "overseas_listed", "")],
            accounts=[("A", "Minsu", "", "KRW", 0), ("B", "Jiyoung", "", "KRW", 0)],
            more={"Trades": [HEAD, ("2026-03-03", "A", "SELL", "X", 10, 90_000, gain)]},
            **KOREAN,
        )

    known = update(tmp_path, tables(0), now=False)
    assert {h["account"] for h in known["harvest"]} == {"A", "B"}
    unknown = update(tmp_path, tables(""), now=False)
    # Jiyoung's deduction is untouched by what Minsu sold.
    assert {h["account"] for h in unknown["harvest"]} == {"B"}
    budget = unknown["summary"]["gains_budget"]
    assert (budget["limit"], budget["used"], budget["left"]) == (5_000_000, None, None)
    assert messages(unknown)["Trades!A2"].startswith("the gain of the sale of X is not known")
    assert items(unknown, "Minsu")["Tax of the year"] is None
    assert items(unknown, "Jiyoung")["Tax of the year"] == 0


@pytest.mark.parametrize(
    ("year", "day", "used"),
    [
        ("", "2026-11-16", 2_000_000),
        (2026, "2026-11-16", 2_000_000),
        (2026, "2027-01-04", 0),
        (2027, "2027-01-04", 2_000_000),
        (2027, "2026-12-29", 0),
        # A sale on 30 December counts for the next year.
        (2027, "2026-12-30", 2_000_000),
        (2026, "2026-12-30", 0),
    ],
)
def test_realized_gains_count_for_the_year_that_they_name(tmp_path: Path, year: Any, day: str, used: int) -> None:
    tables = family(
        holdings=[("", "X", 10, 100_000, 100_000, "", "")],
        targets=[("X", 1, 100_000, "", "overseas_listed", "")],
        realized_gains=2_000_000,
        realized_year=year,
        **KOREAN,
    )
    data = update(tmp_path, tables, day, now=False)
    assert data["summary"]["gains_budget"]["used"] == used
    said = [m for m in messages(data).values() if m.startswith("realized_gains does not say its year")]
    assert bool(said) is (year == "")


def test_a_year_that_is_none_is_refused_with_its_cell(tmp_path: Path) -> None:
    tables = family(holdings=[("", "X", 1, 1, 1, "", "")], targets=[("X", 1, 1, "", "", "")], realized_year=26.5)
    run = xlrebal("update", write_book(tmp_path / "family.xlsx", tables), "--as-of", DAY)
    assert run.status == 3
    assert "Settings!B3: realized_year 26.5 is not a year" in run.err


def test_a_sale_without_its_account_is_nobodys_gain(tmp_path: Path) -> None:
    """Two owners: whose deduction it used is not known, so neither has one left."""
    tables = family(
        holdings=[("A", "X", 100, 100_000, 40_000, "", ""), ("B", "X", 100, 100_000, 40_000, "", "")],
        targets=[("X", 1, 100_000, "", "overseas_listed", "")],
        accounts=[("A", "Minsu", "", "KRW", 0), ("B", "Jiyoung", "", "KRW", 0)],
        more={"Trades": [HEAD, ("2026-03-03", "", "SELL", "X", 10, 90_000, 500_000)]},
        **KOREAN,
    )
    data = update(tmp_path, tables, now=False)
    assert data["summary"]["gains_budget"]["left"] is None
    assert data["harvest"] == []
    assert "its account is not in Accounts" in messages(data)["Trades!A2"]


def test_sales_do_not_move_to_where_their_tax_is_unknown(tmp_path: Path) -> None:
    """Both accounts hold VOO; what B's cost in won is not known. Half is sold, from A as far as the cash goes."""
    targets = [("VOO", 0.5, 100, "USD", "overseas_listed", ""), ("B", 0.5, 100_000, "", "exempt", "")]

    def sold(cost_of_a: int) -> dict[str, Any]:
        tables = family(
            holdings=[
                ("A", "VOO", 100, 100, cost_of_a, "USD", 1000),
                ("B", "VOO", 100, 100, 100, "USD", ""),
                ("B", "B", 100, 100_000, 1, "", ""),
            ],
            targets=targets,
            accounts=[("A", "Kim", "", "KRW", 0), ("B", "Kim", "", "KRW", 0)],
            fx={"USD": 1000},
            **KOREAN,
        )
        data = update(tmp_path, tables)
        return {order["account"]: order["quantity"] for order in data["orders"] if order["action"] == "SELL"}

    # With or without a taxed gain in A the same units are sold there.
    assert sold(10) == sold(100)


def test_a_limit_of_tax_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    tables = family(
        holdings=[("", "VOO", 100, 600, 590, "USD", "")], targets=VOO, fx={"USD": 1400}, max_tax=1000, **KOREAN
    )
    data = update(tmp_path, tables)
    assert messages(data)["Settings!B3"].startswith("max_tax cannot be kept")


@pytest.mark.parametrize(("sheet", "cell"), [("Holdings", "Holdings!G2"), ("Lots", "Lots!F2")])
def test_an_exchange_rate_of_0_is_refused(tmp_path: Path, sheet: str, cell: str) -> None:
    tables = family(
        holdings=[("", "VOO", 100, 600, 590, "USD", 0 if sheet == "Holdings" else "")],
        targets=VOO,
        lots=[("Main", "VOO", "2024-02-01", 100, 500, 0 if sheet == "Lots" else 1200)],
        fx={"USD": 1400},
        **KOREAN,
    )
    run = xlrebal("update", write_book(tmp_path / "family.xlsx", tables), "--as-of", DAY)
    assert run.status == 3
    assert f"{cell}: the exchange rate is 0" in run.err


def test_withheld_tax_is_recorded_in_the_money_of_its_row(tmp_path: Path) -> None:
    """A won fund of a dollar household gains 1,000,000 won: 154,000 won are withheld, 154 dollars in the order."""
    tables = family(
        holdings=[("A", "360750", 100, 20_000, 10_000, "KRW", "")],
        targets=[("360750", 0, 20_000, "KRW", "kr_other_etf", ""), ("CASH", 1, "", "", "", "")],
        accounts=[("A", "Kim", "", "KRW", 0)],
        fx={"KRW": 0.001},
        base_currency="USD",
        tax_country="KR",
    )
    path = write_book(tmp_path / "family.xlsx", tables)
    run = xlrebal("update", path, "--as-of", DAY, "--now", "--json")
    assert run.data["orders"][0]["tax"] == 154
    mark_executed(path, [1])
    assert xlrebal("record", path, "--date", DAY).status == 0
    book = openpyxl.load_workbook(path)
    head, row = (list(values) for values in book["Trades"].iter_rows(max_row=2, values_only=True))
    assert (row[head.index("Tax")], row[head.index("Currency")]) == (154_000, "KRW")
    assert book["Accounts"]["E2"].value == 1_846_000
