"""Simulations that can be worked out by hand, and what must hold for any history."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from engine.builders import household, policy, target
from xlrebal.domain.simulation import Path, PriceDay, Rule
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.simulation import simulate

START = dt.date(2025, 1, 31)
HALVES = household([target("A", "0.5", tax_class="gain"), target("B", "0.5", tax_class="exempt")], [])


def days(*rows: tuple[int, int], step: int = 28) -> list[PriceDay]:
    """Prices of A and B, one row every four weeks."""
    return [
        PriceDay(START + dt.timedelta(days=step * n), {"A": Decimal(a), "B": Decimal(b)})
        for n, (a, b) in enumerate(rows)
    ]


def run(rule: Rule, *rows: tuple[int, int], **rules: object) -> Path:
    found = simulate(HALVES, policy(**rules), days(*rows), Decimal(1000))
    return next(path for path in found.paths if path.rule is rule)


def test_never_holds_what_it_bought() -> None:
    path = run(Rule.NEVER, (100, 100), (200, 100), (200, 50))
    # 5 of each: 1,000; 1,500; 1,250
    assert path.values == (1000, 1500, 1250)
    assert (path.rebalances, path.turnover, path.cost) == (0, 0, 0)
    assert float(path.drawdown) == pytest.approx(1250 / 1500 - 1)


def test_the_threshold_brings_back_to_target() -> None:
    # A doubles: 1,000 against 500 is 66.7% against 50%. Back at 750 each, 3.75 of A and 7.5 of B are held.
    path = run(Rule.THRESHOLD, (100, 100), (200, 100), (100, 100), drift_threshold=Decimal("0.1"))
    assert path.values[1] == 1500
    # A halves: 375 + 750; A is a third, 16.7 points off: rebalanced again.
    assert path.values[2] == 1125
    assert path.rebalances == 2
    # 250 sold and bought, then 187.5: half of everything traded.
    assert path.turnover == 250 + Decimal("187.5")


def test_inside_the_threshold_nothing_happens() -> None:
    path = run(Rule.THRESHOLD, (100, 100), (120, 100), drift_threshold=Decimal("0.05"))
    # 600 of 1,100 is 4.5 points off
    assert path.rebalances == 0


def test_costs_are_paid_on_both_sides() -> None:
    path = run(Rule.THRESHOLD, (100, 100), (300, 100), commission_rate=Decimal("0.01"))
    # Bought for 1000/1.01; A is worth three halves of it, B a half: half of the whole is sold and most bought back.
    invested = Decimal(1000) / Decimal("1.01")
    sold = invested / 2
    bought = sold * Decimal("0.99") / Decimal("1.01")
    assert path.cost == pytest.approx(invested * Decimal("0.01") + (sold + bought) * Decimal("0.01"))
    assert path.values[1] == pytest.approx(2 * invested - (sold + bought) * Decimal("0.01"))


def test_tax_is_the_gain_of_what_is_sold() -> None:
    rules = TaxRules(
        "XX", {"gain": TaxClass("gain", Decimal("0.2"), withheld=True), "exempt": TaxClass("exempt", Decimal(0))}
    )
    path = run(Rule.THRESHOLD, (100, 100), (300, 100), tax=rules)
    # 5 of A are worth 1,500, B 500: 500 of A are sold, which cost 166.67; 20% of 333.33 is 67.
    assert path.tax == 67
    assert path.values[1] == 2000 - 67


def test_a_yearly_deduction_counts_once_a_year() -> None:
    classes = {"gain": TaxClass("gain", Decimal("0.2"), netted=True), "exempt": TaxClass("exempt", Decimal(0))}
    rules = TaxRules("XX", classes, deduction=Decimal(300))
    path = run(Rule.THRESHOLD, (100, 100), (300, 100), tax=rules)
    assert path.tax == 7  # 20% of 333.33 - 300


def test_the_calendar_looks_at_scheduled_days_only() -> None:
    path = run(Rule.CALENDAR, (100, 100), (110, 100), (120, 100), (130, 100), months=(4,), exchange="XNYS")
    # Rows of 31 January, 28 February, 28 March, 25 April: only the last lies after the first of April.
    assert path.rebalances == 1
    hybrid = run(Rule.HYBRID, (100, 100), (150, 100), (150, 100), (150, 100), months=(4,), exchange="XNYS")
    assert hybrid.rebalances == 2


def test_yearly_figures() -> None:
    year = [PriceDay(dt.date(2024, 1, 1), {"A": Decimal(100), "B": Decimal(100)})]
    year.append(PriceDay(dt.date(2028, 1, 1), {"A": Decimal(200), "B": Decimal(200)}))
    path = simulate(HALVES, policy(), year, Decimal(1000)).paths[0]
    assert float(path.return_) == pytest.approx(2**0.25 - 1, abs=1e-9)


@examples(100)
@given(st.lists(st.tuples(st.integers(20, 500), st.integers(20, 500)), min_size=2, max_size=12))
def test_without_costs_trading_moves_value_and_makes_none(rows: list[tuple[int, int]]) -> None:
    history = days(*rows)
    for path in simulate(HALVES, policy(months=(1, 4, 7, 10)), history, Decimal(1000)).paths:
        best = max(Decimal(day.prices[c]) / history[0].prices[c] for day in history for c in "AB")
        assert path.values[-1] > 0
        assert path.drawdown <= 0
        assert path.cost == path.tax == 0
        # No strategy beats always holding, from row to row, the asset that rose most.
        ceiling = Decimal(1000)
        for before, after in pairwise(history):
            ceiling *= max(after.prices[c] / before.prices[c] for c in "AB")
        assert path.values[-1] <= ceiling * Decimal("1.000001")
        assert best > 0
