"""What single tax classes ask for: transaction tax, averaging, the cap on collectibles, how long units were held."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from books import mark_executed, rows_of, write_book, xlrebal
from hypothesis import example, given
from hypothesis import strategies as st
from profiles import examples
from tax_books import HEAD, KOREAN, family, items, messages, update

from xlrebal.domain.policy import FilingStatus
from xlrebal.domain.quantities import exact
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.tax.lots import held_longer
from xlrebal.engine.tax.year_tax import netted, year_tax
from xlrebal.law.loader import OwnFigures, load_tax_rules

if TYPE_CHECKING:
    from pathlib import Path

# Korea: the securities transaction tax


def shares(folder: Path, day: str = "2026-06-16", account: str = "", **more: Any) -> dict[str, Any]:
    """100 shares at 70,000 won, all to be sold; they have lost half of their cost."""
    tables = family(
        holdings=[("A", "005930", 100, 70_000, 140_000, "", "")],
        targets=[("005930", 0, 70_000, "", more.pop("tax_class", "kr_stock"), ""), ("CASH", 1, "", "", "", "")],
        accounts=[("A", "Kim", account, "KRW", 0)],
        **KOREAN,
        **more,
    )
    return update(folder, tables, day)


@pytest.mark.parametrize(
    ("day", "tax"),
    [
        ("2023-06-16", 14_000),  # 0.20% of 7,000,000
        ("2024-06-17", 12_600),  # 0.18%
        ("2025-06-16", 10_500),  # 0.15%
        ("2026-06-16", 14_000),  # 0.20%
    ],
)
def test_the_sale_of_korean_shares_bears_a_tax_on_its_amount(tmp_path: Path, day: str, tax: int) -> None:
    data = shares(tmp_path, day)
    assert (data["orders"][0]["tax"], data["summary"]["tax"]) == (tax, tax)
    assert data["summary"]["cash_left"] == 7_000_000 - tax
    assert items(data)["Transaction tax by this plan"] == tax


@pytest.mark.parametrize(("account", "tax"), [("ISA", 14_000), ("", 14_000)])
def test_it_is_due_inside_an_isa_as_well(tmp_path: Path, account: str, tax: int) -> None:
    assert shares(tmp_path, account=account)["summary"]["tax"] == tax


def test_funds_bear_none_and_the_family_may_write_another_rate(tmp_path: Path) -> None:
    assert shares(tmp_path, tax_class="kr_equity_etf")["summary"]["tax"] == 0
    own = {"TaxRules": [("Rule", "Value"), ("kr_stock.transaction_rate", 0.001)]}
    assert shares(tmp_path, more=own)["summary"]["tax"] == 7_000


def test_purchases_spend_no_more_than_the_transaction_tax_leaves(tmp_path: Path) -> None:
    """7,000,000 less 14,000 buys 6,986 units at 1,000, not 7,000."""
    tables = family(
        holdings=[("", "005930", 100, 70_000, 1, "", "")],
        targets=[("005930", 0, 70_000, "", "kr_stock", ""), ("X", 1, 1000, "", "kr_equity_etf", "")],
        **KOREAN,
    )
    data = update(tmp_path, tables)
    assert [(o["code"], o["quantity"]) for o in data["orders"]] == [("005930", 100), ("X", 6986)]
    assert data["summary"]["cash_left"] == 0


def test_a_withdrawal_of_all_that_shares_bring_is_raised(tmp_path: Path) -> None:
    data = shares(tmp_path, new_cash=-6_986_000)
    assert (data["orders"][0]["quantity"], data["summary"]["cash_left"]) == (100, 0)
    assert data["skipped"] == []


def test_the_record_takes_it_from_the_cash(tmp_path: Path) -> None:
    tables = family(
        holdings=[("A", "005930", 100, 70_000, 1, "", "")],
        targets=[("005930", 0, 70_000, "", "kr_stock", ""), ("CASH", 1, "", "", "", "")],
        accounts=[("A", "Kim", "", "KRW", 0)],
        **KOREAN,
    )
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("update", path, "--as-of", "2026-06-16", "--now").status == 0
    mark_executed(path, [1])
    assert xlrebal("record", path, "--date", "2026-06-16").status == 0
    book = openpyxl.load_workbook(path)
    assert book["Accounts"]["E2"].value == 6_986_000
    head, row = (list(values) for values in book["Trades"].iter_rows(max_row=2, values_only=True))
    assert row[head.index("Tax")] == 14_000


# United States: averaging, and the first units first


def american(
    folder: Path, tax_class: str = "us_security", method: str = "", lots: Any = None, **more: Any
) -> dict[str, Any]:
    """100 bought at 10 long ago and 100 at 18 this year; 100 are sold at 20. Rates 22% and 15%."""
    usual = [("Main", "F", "2023-02-01", 100, 10, ""), ("Main", "F", "2026-02-03", 100, 18, "")]
    tables = family(
        holdings=[("", "F", 200, 20, "", "", "")],
        targets=[("F", 0.5, 20, "", tax_class, ""), ("CASH", 0.5, "", "", "", "")],
        lots=lots or usual,
        base_currency="USD",
        tax_country="US",
        **({"lot_method": method} if method else {}),
        **({"short_term_rate": 0.22, "long_term_rate": 0.15} | more),
    )
    return update(folder, tables)


@pytest.mark.parametrize(
    ("method", "tax"),
    [
        ("", 150),  # first in, first out: 100 x (20 - 10) long
        ("auto", 150),
        ("fifo", 150),
        ("lifo", 44),  # 100 x (20 - 18) short
        # Average cost 14, those held longest first: 600 long.
        ("average", 90),
    ],
)
def test_the_united_states_sell_the_oldest_first_and_average_over_the_holding(
    tmp_path: Path, method: str, tax: int
) -> None:
    data = american(tmp_path, method=method)
    assert data["summary"]["tax"] == tax
    assert len(data["gains"]) == 1


def test_average_cost_is_one_for_long_and_short_units(tmp_path: Path) -> None:
    """40 at 10 are long, 160 at 15 short; the average is 14. 100 sold at 20: 40 x 6 long, 60 x 6 short."""
    lots = [("Main", "F", "2023-02-01", 40, 10, ""), ("Main", "F", "2026-02-03", 160, 15, "")]
    data = american(tmp_path, method="average", lots=lots)
    assert [(line["term"], line["cost"], line["gain"]) for line in data["gains"]] == [
        ("long", 560, 240),
        ("short", 840, 360),
    ]
    assert data["summary"]["tax"] == 36 + 79.2


def test_averaging_is_for_shares_of_funds(tmp_path: Path) -> None:
    fund = messages(american(tmp_path, method="average"))
    assert "average cost of F holds for shares of a fund only" in fund["Targets!E2"]
    share = american(tmp_path, "us_stock", method="average")
    assert "F (us_stock) may not be sold at average cost" in messages(share)["Targets!E2"]
    assert share["summary"]["tax"] == 150
    assert not any("average" in text for text in messages(american(tmp_path)).values())


def test_averaging_of_the_record_is_the_same(tmp_path: Path) -> None:
    """The same purchases, and 100 sold at 20 in May, from Trades: 600 long."""
    tables = family(
        holdings=[("", "F", 100, 20, 14, "", "")],
        targets=[("F", 1, 20, "", "us_security", "")],
        more={
            "Trades": [
                HEAD,
                ("2023-02-01", "Main", "BUY", "F", 100, 10, ""),
                ("2026-02-03", "Main", "BUY", "F", 100, 18, ""),
                ("2026-05-04", "Main", "SELL", "F", 100, 20, ""),
            ]
        },
        base_currency="USD",
        tax_country="US",
        lot_method="average",
        short_term_rate=0.22,
        long_term_rate=0.15,
    )
    data = update(tmp_path, tables, now=False)
    assert [(line["term"], line["gain"]) for line in data["gains"]] == [("long", 600)]
    assert items(data)["Tax of the year"] == 90


def test_after_a_sale_at_average_cost_the_units_left_cost_the_average(tmp_path: Path) -> None:
    """100 at 10 and 100 at 18, 100 sold at 20: the 100 left cost 14 each, whatever the lot said."""
    tables = family(
        holdings=[("Main", "F", 200, 20, 14, "", "")],
        targets=[("F", 0.5, 20, "", "us_security", ""), ("CASH", 0.5, "", "", "", "")],
        lots=[("Main", "F", "2023-02-01", 100, 10, ""), ("Main", "F", "2026-02-03", 100, 18, "")],
        accounts=[("Main", "Ann", "", "USD", 0)],
        base_currency="USD",
        tax_country="US",
        lot_method="average",
        short_term_rate=0.22,
        long_term_rate=0.15,
    )
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("update", path, "--as-of", "2026-06-16", "--now").status == 0
    mark_executed(path, [1])
    assert xlrebal("record", path, "--date", "2026-06-16").status == 0
    book = openpyxl.load_workbook(path)
    assert [[cell.value for cell in row[3:5]] for row in book["Lots"].iter_rows(min_row=2)] == [[0, 14], [100, 14]]
    trades = rows_of(path, "Trades")
    assert (trades[0]["Gain"], str(trades[0]["Acquired"])[:10]) == (600, "2023-02-01")


# United States: gold and silver


def collectible_tax(
    short: int, long: int, gold: int, income: int = 300_000, status: FilingStatus = FilingStatus.SINGLE
) -> Decimal:
    rules = load_tax_rules("US", dt.date(2026, 6, 16), OwnFigures(income=Decimal(income), status=status))
    gains = Gains(Decimal(short), Decimal(long), Decimal(gold))
    return year_tax(gains, rules.classes["us_security"], rules)


@pytest.mark.parametrize(
    ("short", "long", "gold", "income", "tax"),
    [
        # 35% on other income: 28% and 3.8%.
        (0, 0, 10_000, 300_000, "3180"),
        # 12% up to 50,400, then 22%: below the cap the ordinary rate counts.
        (0, 0, 10_000, 45_400, "1700"),
        # 24% up to 201,775, then 28% instead of 32%; 1,775 + 8,225. Surtax on all of it.
        (0, 0, 10_000, 200_000, "3109"),
        # Other long gains lie on top: 10,000 of gold fills up 42,000 to 52,000 (8,400 at 12%, 1,600 at 22%), then 15%.
        (0, 1_000, 10_000, 42_000, "1510"),
        # A net short loss takes up gold first: 4,000 of gold at 28%, 5,000 long at 15%, and 3.8%.
        (-6_000, 5_000, 10_000, 300_000, "2212"),
        # A long loss takes up gold, long with long: 7,000 at 28%, 2,000 short at 35%, 3.8% of 9,000.
        (2_000, -3_000, 10_000, 300_000, "3002"),
        # A loss of gold takes up long gains.
        (0, 5_000, -3_000, 300_000, "376"),
        # And what is left of it short ones: 1,000 at 35% and 3.8%.
        (3_000, 1_000, -3_000, 300_000, "388"),
    ],
)
def test_long_gains_on_gold_bear_the_ordinary_rate_and_at_most_28_percent(
    short: int, long: int, gold: int, income: int, tax: str
) -> None:
    assert collectible_tax(short, long, gold, income) == Decimal(tax)


@examples(200)
@given(st.integers(-20_000, 20_000), st.integers(-20_000, 20_000), st.integers(-20_000, 20_000))
def test_netting_keeps_the_sum_of_a_years_gains(short: int, long: int, gold: int) -> None:
    left = netted(Gains(Decimal(short), Decimal(long), Decimal(gold)))
    assert left.total == max(short + long + gold, 0)
    for kept, gain in ((left.short, short), (left.long, long), (left.capped, gold)):
        assert 0 <= kept <= max(gain, 0)
    # Law: gold counts only above the net short loss and the loss of other long units.
    assert left.capped == min(max(gold + min(short, 0) + min(long, 0), 0), max(gold, 0), max(left.total, 0))


def worksheet(income: Decimal, short: Decimal, long: Decimal, gold: Decimal) -> Decimal:
    """Tax on other income and gains together, line by line: IRS, Schedule D, 28% Rate Gain Worksheet and Tax Worksheet.

    For one person in 2026; line 15 is the top of the 0% rate, line 19 that of the 24% bracket, line 26 of the 15% rate.
    """
    zero = Decimal(0)
    tops = [Decimal(top) for top in (12400, 50400, 105700, 201775, 256225, 640600)]
    rates = [Decimal(rate) / 100 for rate in (10, 12, 22, 24, 32, 35, 37)]

    def ordinary(amount: Decimal) -> Decimal:
        edges = [zero, *tops, max(amount, tops[-1])]
        parts = zip(edges, edges[1:], rates, strict=False)
        return sum((max(min(amount, high) - low, zero) * rate for low, high, rate in parts), zero)

    line_15_of_d, total = long + gold, short + long + gold
    if total <= 0:
        return ordinary(income)
    line1 = income + total
    gain_28 = max(gold + min(short, zero), zero)
    line9 = line10 = max(min(line_15_of_d, total), zero)
    line12 = min(line9, gain_28)
    line13 = line10 - line12
    line14 = max(line1 - line13, zero)
    line16 = min(line1, Decimal(49450))
    line17 = min(line14, line16)
    line18 = max(line1 - line10, zero)
    line20 = min(line14, min(line1, tops[3]))
    line21 = max(line18, line20)
    line22 = line16 - line17
    line23 = min(line1, line13)
    line25 = line23 - line22
    line29 = max(min(line1, Decimal(545500)) - (line21 + line22), zero)
    line30 = min(line25, line29)
    line33 = line23 - (line22 + line30)
    tax = line30 * 15 / 100 + line33 * 20 / 100 + ordinary(line21)
    if gain_28:
        tax += (line1 - (line21 + line22 + line30 + line33)) * 28 / 100
    return min(tax, ordinary(line1))


AMOUNT = st.one_of(st.integers(-30_000, 30_000), st.integers(-700_000, 700_000)).map(Decimal)


@examples(500)
@example(Decimal(2), Decimal(375), Decimal(374), Decimal(48_999))
@given(st.one_of(st.integers(0, 120_000), st.integers(0, 900_000)).map(Decimal), AMOUNT, AMOUNT, AMOUNT)
def test_the_tax_of_gains_is_that_of_the_worksheets(
    income: Decimal, short: Decimal, long: Decimal, gold: Decimal
) -> None:
    rules = load_tax_rules("US", dt.date(2026, 6, 16), OwnFigures(income=income))
    assert rules.brackets is not None
    rules = replace(rules, brackets=replace(rules.brackets, surtax_rate=Decimal(0)))
    tax = year_tax(Gains(short, long, gold), rules.classes["us_security"], rules)
    with exact():
        expected = worksheet(income, short, long, gold) - worksheet(income, Decimal(0), Decimal(0), Decimal(0))
    assert tax == expected


def test_the_familys_own_rates_are_capped_too(tmp_path: Path) -> None:
    """First in, first out: 100 x (20 - 10) long."""
    rates = {"short_term_rate": 0.35, "long_term_rate": 0.15}
    assert american(tmp_path, "us_collectible", **rates)["summary"]["tax"] == 280
    rates = {"short_term_rate": 0.22, "long_term_rate": 0.15}
    assert american(tmp_path, "us_collectible", **rates)["summary"]["tax"] == 220
    # Held short, they are like all others.
    assert american(tmp_path, "us_collectible", "lifo", **rates)["summary"]["tax"] == 44


def test_gold_and_shares_are_netted_in_one_plan(tmp_path: Path) -> None:
    """1,000 long on shares and 400 lost on gold, both long: 15% of 600."""
    tables = family(
        holdings=[("", "F", 100, 20, "", "", ""), ("", "GLD", 100, 20, "", "", "")],
        targets=[
            ("F", 0, 20, "", "us_stock", ""),
            ("GLD", 0, 20, "", "us_collectible", ""),
            ("CASH", 1, "", "", "", ""),
        ],
        lots=[("Main", "F", "2023-02-01", 100, 10, ""), ("Main", "GLD", "2023-02-01", 100, 24, "")],
        base_currency="USD",
        tax_country="US",
        short_term_rate=0.35,
        long_term_rate=0.15,
    )
    data = update(tmp_path, tables)
    assert data["summary"]["tax"] == 90
    shown = items(data)
    assert (shown["Gains planned, long"], shown["Gains planned, long and capped"]) == (1000, -400)
    assert (shown["Tax of the year"], [i["item"] for i in data["tax"]["items"]].count("Tax of the year")) == (90, 1)


# How long units were held


@pytest.mark.parametrize(
    ("bought", "first_long_day"),
    [
        ("2025-02-05", "2026-02-06"),
        # Revenue Ruling 66-7: bought on the last day of a month, long from the first day of the thirteenth month.
        ("2023-02-28", "2024-03-01"),
        ("2024-02-29", "2025-03-01"),
        ("2024-02-28", "2025-03-01"),
        ("2023-02-27", "2024-02-28"),
        ("2025-04-30", "2026-05-01"),
        ("2025-12-31", "2027-01-01"),
    ],
)
def test_units_are_long_from_the_day_after_a_year(bought: str, first_long_day: str) -> None:
    first = dt.date.fromisoformat(first_long_day)
    assert held_longer(dt.date.fromisoformat(bought), 1, first)
    assert not held_longer(dt.date.fromisoformat(bought), 1, first - dt.timedelta(days=1))
