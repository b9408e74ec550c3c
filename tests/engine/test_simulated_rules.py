"""A simulated household follows the rules of a plan: the same verdicts, destinations, locks, costs and taxes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from engine.builders import household, policy, target
from xlrebal.domain.household import Account, Group, Holding, Household, Lock, LotMethod
from xlrebal.domain.plan import TriggerKind
from xlrebal.domain.policy import CheckFrequency, DriftMeasure, Method, Policy, RebalanceTo, Strategy
from xlrebal.domain.simulation import Path, PriceDay, Rule
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.simulation import simulate
from xlrebal.engine.today.triggers import judge, look
from xlrebal.engine.today.valuation import value_household

START = dt.date(2025, 1, 31)
HALVES = household([target("A", "0.5", tax_class="gain"), target("B", "0.5", tax_class="free")], [])
BANDED = household([target("A", "0.5", minimum="0.4", maximum="0.6"), target("B", "0.5")], [])
FREE = TaxClass("free", Decimal(0))


def days(*rows: tuple[int, int], step: int = 28) -> list[PriceDay]:
    return [
        PriceDay(START + dt.timedelta(days=step * n), {"A": Decimal(a), "B": Decimal(b)})
        for n, (a, b) in enumerate(rows)
    ]


def run(rule: Rule, *rows: tuple[int, int], home: Household = HALVES, step: int = 28, **rules: Any) -> Path:
    found = simulate(home, policy(**rules), days(*rows, step=step), Decimal(1000))
    return next(path for path in found.paths if path.rule is rule)


# Verdicts

TRIPLE = household(
    [
        target("A", "0.5", group="risky", minimum="0.43", maximum="0.57"),
        target("B", "0.2", group="risky"),
        target("C", "0.3", group="safe", maximum="0.41"),
    ],
    [],
    groups=(Group("risky", Decimal("0.7"), minimum=Decimal("0.63")), Group("safe", Decimal("0.3"))),
)
STRATEGY = {
    Rule.CALENDAR: Strategy.CALENDAR,
    Rule.THRESHOLD: Strategy.THRESHOLD,
    Rule.HYBRID: Strategy.HYBRID,
    Rule.BANDS: Strategy.BANDS,
}
PERIOD = {
    CheckFrequency.DAILY: lambda day: day,
    CheckFrequency.WEEKLY: lambda day: day - dt.timedelta(days=day.weekday()),
    CheckFrequency.MONTHLY: lambda day: day.replace(day=1),
    CheckFrequency.QUARTERLY: lambda day: (day.year, (day.month + 2) // 3),
}


def replayed(rule: Rule, rules: Policy, history: list[PriceDay]) -> list[dt.date]:
    """The days on which a household that is judged row by row, and always goes back to its targets, rebalances."""
    strategy, worth = STRATEGY[rule], Decimal(10) ** 13
    units = {t.code: t.weight * worth / history[0].prices[t.code] for t in TRIPLE.targets}
    last, found = history[0].date, []
    for before, row in pairwise(history):
        held = [Holding("Main", c, round(n * row.prices[c]), "KRW") for c, n in units.items()]
        home = replace(TRIPLE, holdings=tuple(held))
        mine = replace(rules, strategy=strategy, last_rebalanced=last)
        verdict = judge(look(home, mine, value_household(home, mine), row.date))
        period = PERIOD[rules.check_frequency]
        looks = period(before.date) != period(row.date)
        if verdict.due and (looks or verdict.kind is TriggerKind.SCHEDULED):
            total = sum((n * row.prices[c] for c, n in units.items()), Decimal(0))
            units = {t.code: t.weight * total / row.prices[t.code] for t in TRIPLE.targets}
            last = row.date
            found.append(row.date)
    return found


@examples(60)
@given(
    st.lists(st.tuples(*[st.integers(60, 170)] * 3), min_size=2, max_size=25),
    st.lists(st.integers(1, 20), min_size=25, max_size=25),
    st.sampled_from(list(CheckFrequency)),
    st.sampled_from(list(DriftMeasure)),
    st.sampled_from([None, 30, 100]),
)
def test_each_row_gets_the_verdict_of_a_plan(
    rows: list[tuple[int, int, int]], gaps: list[int], looks: CheckFrequency, measure: DriftMeasure, longest: int | None
) -> None:
    history, day = [], START
    for prices, gap in zip(rows, gaps, strict=False):
        history.append(PriceDay(day, dict(zip("ABC", map(Decimal, prices), strict=True))))
        day += dt.timedelta(days=gap)
    rules = policy(
        strategy=Strategy.BANDS, check_frequency=looks, drift_measure=measure, max_interval_days=longest,
        drift_threshold=Decimal("0.0613") if measure is DriftMeasure.ABSOLUTE else Decimal("0.1973"), exchange="XNYS",
    )  # fmt: skip
    for path in simulate(TRIPLE, rules, history, Decimal(10) ** 9).paths:
        if path.rule is not Rule.NEVER:
            assert list(path.rebalanced) == replayed(path.rule, rules, history), path.rule


def test_the_threshold_leaves_min_and_max_alone() -> None:
    # A is at 62.5%, above its maximum, and 12.5 points off: the threshold is 15.
    rows = [(300, 180), (300, 180), (500, 180), (300, 180)]
    assert run(Rule.THRESHOLD, *rows, home=BANDED, drift_threshold=Decimal("0.15")).rebalances == 0
    assert run(Rule.HYBRID, *rows, home=BANDED, drift_threshold=Decimal("0.15"), exchange="XNYS").rebalances >= 1


def test_bands_are_simulated_where_they_are_the_strategy() -> None:
    rows = [(100, 100), (150, 100), (200, 100), (200, 100)]
    rules = [path.rule for path in simulate(BANDED, policy(), days(*rows), Decimal(1000)).paths]
    assert rules == [Rule.NEVER, Rule.CALENDAR, Rule.THRESHOLD, Rule.HYBRID]
    # 60% is inside, 66.7% outside of the band.
    path = run(Rule.BANDS, *rows, home=BANDED, strategy=Strategy.BANDS)
    assert path.rebalanced == (START + dt.timedelta(days=56),)


def test_a_drift_between_looks_is_not_seen() -> None:
    # Rows of Friday to Friday; A doubles on Wednesday and is back on the Monday after.
    rows = [(100, 100), (100, 100), (100, 100), (100, 100), (100, 100), (200, 100), (200, 100), (200, 100), (200, 100),
            (200, 100), (100, 100), (100, 100)]  # fmt: skip
    assert run(Rule.THRESHOLD, *rows, step=1, check_frequency=CheckFrequency.WEEKLY).rebalances == 0
    daily = run(Rule.THRESHOLD, *rows, step=1, check_frequency=CheckFrequency.DAILY)
    assert daily.rebalanced == (dt.date(2025, 2, 5), dt.date(2025, 2, 10))


# Destinations


@pytest.mark.parametrize(
    ("stop", "tolerance", "weight"),
    [
        (RebalanceTo.TARGET, None, "0.5"),
        (RebalanceTo.BAND, None, "0.6"),
        (RebalanceTo.HALFWAY, None, "0.55"),
        (RebalanceTo.BAND, "0.02", "0.52"),
        (RebalanceTo.HALFWAY, "0.02", "0.51"),
    ],
)
def test_a_rebalance_stops_where_the_rules_say(stop: RebalanceTo, tolerance: str | None, weight: str) -> None:
    home = household([target("A", "0.5", minimum="0.4", maximum="0.6"), target("B", "0.5", maximum="0.6")], [])
    rules = {"rebalance_to": stop, "rebalance_tolerance": Decimal(tolerance) if tolerance else None}
    path = run(Rule.THRESHOLD, (100, 100), (200, 100), (100, 100), home=home, drift_threshold=Decimal("0.1"), **rules)
    # At 1,500 A has the weight, and then halves.
    assert path.values[2] == 1500 - Decimal(weight) * 750
    assert path.turnover >= 1000 - Decimal(weight) * 1500


def test_small_orders_locks_and_cash_only_are_kept() -> None:
    rows = [(100, 100), (200, 100), (100, 100)]
    # 250 of A would be sold.
    for rules in ({"min_trade_amount": Decimal(251)}, {"method": Method.CASH_ONLY}):
        path = run(Rule.THRESHOLD, *rows, drift_threshold=Decimal("0.1"), **rules)
        assert (path.turnover, path.values[2]) == (0, 1000)
    assert run(Rule.THRESHOLD, *rows, drift_threshold=Decimal("0.1"), min_trade_amount=Decimal(250)).turnover > 0
    locked = household([target("A", "0.5", lock=Lock.NO_SELL), target("B", "0.5")], [])
    assert run(Rule.THRESHOLD, *rows, home=locked, drift_threshold=Decimal("0.1")).turnover == 0


# Costs


def test_a_change_of_currency_and_the_broker_of_the_account_cost_what_a_plan_says() -> None:
    account = Account("Main", "KRW", commission_rate=Decimal("0.002"))
    home = household([target("A", "0.5", currency="USD"), target("B", "0.5")], [], account, fx={"USD": Decimal(1400)})
    path = run(Rule.NEVER, (100, 100), (100, 100), home=home, fx_spread=Decimal("0.01"), commission_rate=Decimal("0.9"))
    # Both halves cost 0.2%, that in dollars 1% more: 1,000 pays for 1,000 / 1.007 of assets.
    invested = Decimal(1000) / Decimal("1.007")
    assert path.cost == pytest.approx(invested * Decimal("0.007"))


# Taxes


def taxed(**more: Any) -> TaxRules:
    gain = TaxClass("gain", Decimal("0.3"), netted=True, long_rate=Decimal("0.1"))
    return TaxRules("XX", {"gain": gain, "free": FREE}, **more)


@pytest.mark.parametrize(("step", "tax"), [(360, 100), (365, 100), (366, 33)])
def test_units_held_for_a_year_are_short_and_for_more_long(step: int, tax: int) -> None:
    # 5 of A bought at 100 are worth 1,500: 500 are sold, which cost 167. Bought 2025-01-31.
    path = run(Rule.THRESHOLD, (100, 100), (300, 100), step=step, tax=taxed())
    assert path.tax == tax


@pytest.mark.parametrize(
    ("method", "cost"), [(LotMethod.FIFO, 578), (LotMethod.LIFO, 328), (LotMethod.AVERAGE, 422), (None, 422)]
)
def test_a_sale_takes_the_units_of_the_method(method: LotMethod | None, cost: int) -> None:
    rules = TaxRules("XX", {"gain": TaxClass("gain", Decimal("0.2"), netted=True), "free": FREE})
    # 5 of A at 100. Then 250 and 1,500: 625 buy 12.5 of A at 50. Then 17.5 of A at 200 and 875 of B: 1,312.5 are sold,
    # 6.5625 units. First in: 5 at 100 and 1.5625 at 50; last in: all at 50; average: at 1,125 / 17.5.
    path = run(
        Rule.THRESHOLD, (100, 100), (50, 300), (200, 300), tax=rules, **({"lot_method": method} if method else {})
    )
    assert path.tax is not None
    assert abs(path.tax - Decimal("0.2") * (Decimal("1312.5") - cost)) <= 1


def test_a_loss_of_the_same_year_takes_back_what_was_paid() -> None:
    rules = TaxRules("XX", {"gain": TaxClass("gain", Decimal("0.2"), netted=True)})
    both = household([target("A", "0.5", tax_class="gain"), target("B", "0.5", tax_class="gain")], [])
    # 500 of A are sold, gain 333. Then A falls to a tenth and B, bought at 100, to 90: some of B is sold at a loss.
    path = run(Rule.THRESHOLD, (100, 100), (300, 100), (30, 90), home=both, tax=rules)
    after = run(Rule.THRESHOLD, (100, 100), (300, 100), home=both, tax=rules)
    assert after.tax == 67
    assert path.tax is not None
    assert path.tax < 67


def test_a_tax_that_cannot_be_told_is_no_number() -> None:
    rules = TaxRules("XX", {"free": FREE})
    assert run(Rule.THRESHOLD, (100, 100), (300, 100), tax=rules).tax is None
    assert run(Rule.NEVER, (100, 100), (300, 100), tax=rules).tax == 0


def test_an_account_whose_sales_are_not_taxed_pays_none() -> None:
    from xlrebal.domain.household import AccountType

    rules = taxed(deferred_accounts=frozenset({"IRA"}))
    targets = [target("A", "0.5", tax_class="gain"), target("B", "0.5", tax_class="free")]
    ira, own = Account("I", "KRW", type=AccountType.IRA), Account("T", "KRW")
    assert run(Rule.THRESHOLD, (100, 100), (300, 100), home=household(targets, [], ira), tax=rules).tax == 0
    assert run(Rule.THRESHOLD, (100, 100), (300, 100), home=household(targets, [], ira, own), tax=rules).tax == 100
