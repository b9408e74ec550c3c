"""Is a rebalance due, and why."""

import datetime as dt
from decimal import Decimal

import pytest

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Action, Trade
from xlrebal.domain.plan import Trigger
from xlrebal.domain.policy import DriftMeasure, Policy, Strategy
from xlrebal.engine.plan import make_plan
from xlrebal.engine.today.calendar import scheduled_day

TODAY = dt.date(2026, 3, 4)


def verdict(first: int, rules: Policy, weight: str = "0.5", **bands: str) -> Trigger:
    """The verdict for two assets, the first worth ``first`` of 1,000."""
    targets = [target("A", weight, **bands), target("B", str(1 - Decimal(weight)))]
    holdings = [holding("A", first, "1000"), holding("B", 1000 - first, "1000")]
    return make_plan(household(targets, holdings), rules, TODAY).trigger


@pytest.mark.parametrize(("first", "due"), [(550, True), (549, False), (450, True), (451, False)])
def test_threshold_is_met_at_the_threshold(first: int, due: bool) -> None:
    assert verdict(first, policy()).due is due


@pytest.mark.parametrize(("first", "due"), [(660, True), (659, False), (540, True), (541, False)])
def test_relative_threshold_of_a_60_percent_target_leaves_at_54_and_66(first: int, due: bool) -> None:
    rules = policy(drift_measure=DriftMeasure.RELATIVE, drift_threshold=Decimal("0.1"))
    # The other asset, at 40%, would leave at 36% and 44%: it moves by the same money.
    assert verdict(first, rules, "0.6").due is (due or abs(first - 600) >= 40)
    assert verdict(first, rules, "0.6").kind == ("drift" if due or abs(first - 600) >= 40 else "none")


@pytest.mark.parametrize(("weight", "first", "due"), [("0.1", 125, True), ("0.1", 124, False), ("0.4", 450, True)])
def test_five_twenty_five_is_the_smaller_of_both(weight: str, first: int, due: bool) -> None:
    assert verdict(first, policy(drift_measure=DriftMeasure.FIVE_25), weight).due is due


@pytest.mark.parametrize(("first", "due"), [(520, False), (521, True), (480, False), (479, True)])
def test_a_band_is_left_beyond_its_edge(first: int, due: bool) -> None:
    found = verdict(first, policy(strategy=Strategy.BANDS), minimum="0.48", maximum="0.52")
    assert (found.due, found.kind) == (due, "band" if due else "none")


def scheduled(today: str, last: str | None, **more: object) -> Trigger:
    balanced = household([target("A", "1")], [holding("A", 1, "1000")])
    day = dt.date.fromisoformat(last) if last else None
    rules = policy(strategy=Strategy.HYBRID, last_rebalanced=day, **more)  # type: ignore[arg-type]
    return make_plan(balanced, rules, dt.date.fromisoformat(today)).trigger


@pytest.mark.parametrize(
    ("today", "last", "due", "following"),
    [
        ("2026-04-01", "2026-01-02", True, "2026-07-01"),
        ("2026-03-31", "2026-01-02", False, "2026-04-01"),
        ("2026-05-20", "2026-01-02", True, "2026-07-01"),
        ("2026-05-20", "2026-04-01", False, "2026-07-01"),
        ("2026-01-01", "2025-10-01", False, "2026-01-02"),
        ("2026-03-04", None, True, "2026-04-01"),
        ("2026-12-31", "2026-10-01", False, "2027-01-04"),
    ],
)
def test_a_schedule_is_due_from_its_day_until_it_is_recorded(
    today: str, last: str | None, due: bool, following: str
) -> None:
    found = scheduled(today, last)
    assert found.due is due
    assert found.next_scheduled == dt.date.fromisoformat(following)


def test_the_exchange_was_closed_on_election_and_constitution_day() -> None:
    """2026-06-03 and 2026-07-17, which other calendars miss; and a day off that only the family knows."""
    assert scheduled_day(2026, 6, policy(day="3")) == dt.date(2026, 6, 4)
    assert scheduled_day(2026, 7, policy(day="17")) == dt.date(2026, 7, 20)
    assert scheduled_day(2026, 4, policy(extra_holidays=frozenset({dt.date(2026, 4, 1)}))) == dt.date(2026, 4, 2)
    assert scheduled_day(2026, 12, policy(day="last_business_day")) == dt.date(2026, 12, 30)


def test_the_longest_interval() -> None:
    quarter = {"months": (1,), "max_interval_days": 60}
    assert scheduled("2026-03-02", "2026-01-02", **quarter).due is False
    found = scheduled("2026-03-03", "2026-01-02", **quarter)
    assert (found.due, found.kind) == (True, "interval")


def trade(date: str, trigger: str = "") -> Trade:
    return Trade(dt.date.fromisoformat(date), Action.BUY, "A", Decimal(1), Decimal(1000), trigger=trigger)


@pytest.mark.parametrize(
    ("trades", "due"),
    [
        ([trade("2026-01-02")], False),
        ([trade("2026-01-02", "scheduled"), trade("2026-02-02", "none")], False),
        ([trade("2025-10-01", "scheduled"), trade("2026-02-02", "none")], True),
    ],
)
def test_the_last_rebalance_is_taken_from_trades(trades: list[Trade], due: bool) -> None:
    """Where trades name their trigger, investing new cash does not count as a rebalance."""
    balanced = household([target("A", "1")], [holding("A", 1, "1000")], trades=tuple(trades))
    assert make_plan(balanced, policy(strategy=Strategy.HYBRID), TODAY).trigger.due is due


def test_now_plans_whatever_the_verdict_is() -> None:
    found = verdict(501, policy(plan_now=True))
    assert (found.due, found.kind) == (True, "manual")
    assert verdict(560, policy(plan_now=True)).kind == "drift"
