"""Tax of the United States: the figures of the Revenue Procedures, and whole tax years."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from oracle import taxed, us
from oracle.lots import Share, is_long, sell
from oracle.running import agrees, cases
from xlrebal.domain.policy import FilingStatus
from xlrebal.law.loader import OwnFigures, load_tax_rules


@pytest.mark.parametrize("year", [2024, 2025, 2026])
@pytest.mark.parametrize("status", us.STATUSES)
def test_the_rules_hold_the_official_figures(year: int, status: str) -> None:
    rules = load_tax_rules("US", dt.date(year, 6, 30), OwnFigures(income=D(0), status=FilingStatus(status)))
    brackets = rules.brackets
    assert brackets is not None
    assert [upper for upper, _ in brackets.ordinary] == [*us.ORDINARY[year][status], None]
    assert [rate * 100 for _, rate in brackets.ordinary] == list(us.RATES)
    assert [upper for upper, _ in brackets.long] == [*us.LONG[year][status], None]
    assert [rate for _, rate in brackets.long] == [0, D("0.15"), D("0.20")]
    assert brackets.standard_deduction == us.STANDARD[year][status]
    assert (brackets.surtax_rate, brackets.surtax_over) == (D("0.038"), us.SURTAX_OVER[status])
    assert rules.loss_limit == (1500 if status == "married_separately" else 3000)
    assert (rules.wash_sale_days, rules.currency) == (30, "USD")


@cases(quick=60, deep=300)
def test_the_tax_of_a_year(seed: int) -> None:
    agrees(taxed.us_differences, seed)


def test_short_gains_lie_on_top_of_the_income() -> None:
    # 5,700 at 22% up to 105,700, and 4,300 at 24%
    assert us.tax_on_gains(F(100_000), us.Year(short=F(10_000)), 2026, "single") == 1254 + 1032


def test_gains_of_collectibles_are_taxed_at_most_at_28_percent() -> None:
    collectible = us.Year(collectible=F(10_000))
    assert us.tax_on_gains(F(100_000), collectible, 2026, "single") == 1254 + 1032
    # In the bracket of 35%, with the surtax on all of it.
    assert us.tax_on_gains(F(300_000), collectible, 2026, "single") == 2800 + 380
    # A net short loss takes up gains of collectibles first: 4,000 at 28% and 10,000 at 15% are left.
    mixed = us.Year(F(-6_000), F(10_000), F(10_000))
    assert (
        us.tax_on_gains(F(300_000), mixed, 2026, "married_jointly") == 4_000 * F(24, 100) + 1_500 + F(38, 1000) * 14_000
    )


def test_a_net_loss_lowers_the_tax_on_other_income_up_to_the_limit() -> None:
    assert us.relief(F(100_000), us.Year(short=F(-5_000)), 2026, "single") == 660
    assert us.relief(F(100_000), us.Year(long=F(-5_000)), 2026, "married_separately") == 330


@pytest.mark.parametrize(
    ("bought", "sold", "long"),
    [
        ("2025-03-10", "2026-03-10", False),
        ("2025-03-10", "2026-03-11", True),
        ("2023-02-28", "2024-02-29", False),
        ("2023-02-28", "2024-03-01", True),
        ("2024-02-29", "2025-02-28", False),
        ("2024-02-29", "2025-03-01", True),
        ("2024-02-28", "2025-02-28", False),
        ("2024-02-28", "2025-03-01", True),
        ("2025-12-31", "2027-01-01", True),
        ("2025-12-31", "2026-12-31", False),
        ("2025-04-30", "2026-05-01", True),
        ("2025-04-30", "2026-04-30", False),
    ],
)
def test_units_are_long_after_more_than_a_year(bought: str, sold: str, long: bool) -> None:
    assert is_long(dt.date.fromisoformat(bought), dt.date.fromisoformat(sold)) is long


def test_the_average_takes_the_oldest_units_at_the_average_of_all() -> None:
    shares = [Share(dt.date(2020, 1, 1), F(100), F(1000)), Share(dt.date(2026, 5, 1), F(100), F(1800))]
    taken, left = sell(shares, F(100), "average")
    assert [(s.day, s.cost) for s in taken] == [(dt.date(2020, 1, 1), 1400)]
    assert [(s.day, s.cost) for s in left] == [(dt.date(2026, 5, 1), 1400)]
