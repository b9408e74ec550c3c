"""What the units of a sale cost, by average and by lots."""

import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Lot, LotMethod
from xlrebal.domain.plan import Plan
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.plan import make_plan
from xlrebal.engine.problem import state_problem
from xlrebal.engine.tax.cost_basis import cost_of
from xlrebal.engine.tax.lots import held_longer
from xlrebal.engine.tax.year_tax import Gains, year_tax
from xlrebal.engine.today.valuation import value_household
from xlrebal.language import in_english

TODAY = dt.date(2026, 3, 4)
RULES = TaxRules("KR", {"flat": TaxClass("flat", Decimal("0.1"))})


def lot(day: str, units: int, cost: str, rate: str | None = None) -> Lot:
    return Lot(
        "Main", "A", dt.date.fromisoformat(day), Decimal(units), Decimal(cost), None if rate is None else Decimal(rate)
    )


LOTS = (lot("2025-05-01", 30, "800"), lot("2024-01-02", 40, "500"), lot("2025-11-03", 30, "1200"))


def plan_of(method: LotMethod, lots: tuple[Lot, ...] = LOTS, **more: Any) -> Plan:
    """A is 100 of 100 units against a target of 50: half is sold at 1,000."""
    home = household(
        [target("A", "0.5", tax_class="flat", **more), target("B", "0.5", price="1000", tax_class="flat")],
        [holding("A", 100, "1000", average_cost="900")],
        lots=lots,
    )
    return make_plan(home, policy(plan_now=True, tax=RULES, lot_method=method), TODAY)


@pytest.mark.parametrize(
    ("method", "cost"),
    [
        # 40 units at 500 and 10 at 800
        (LotMethod.FIFO, 28_000),
        # 30 units at 1,200 and 20 at 800
        (LotMethod.HIGHEST_COST, 52_000),
        # half of 24,000 + 20,000 + 36,000
        (LotMethod.AVERAGE, 40_000),
    ],
)
def test_a_sale_takes_the_units_in_the_chosen_order(method: LotMethod, cost: int) -> None:
    plan = plan_of(method)
    gain = 50_000 - cost
    assert plan.summary.tax == max(gain, 0) // 10


def test_lots_that_do_not_add_up_leave_the_average_cost_of_the_holding() -> None:
    assert plan_of(LotMethod.FIFO, LOTS[:2]).summary.tax == (50_000 - 45_000) // 10


def test_a_loss_in_dollars_can_be_a_gain_in_won() -> None:
    """Bought at 100 dollars and 1,100 won, sold at 95 dollars and 1,400 won: 133,000 against 110,000 a unit."""
    home = household(
        [target("A", "0.5", tax_class="flat", currency="USD"), target("B", "0.5", price="1000", tax_class="flat")],
        [holding("A", 10, "95", currency="USD", average_cost="100")],
        fx={"USD": Decimal(1400)},
        lots=(lot("2024-01-02", 10, "100", "1100"),),
    )
    plan = make_plan(home, policy(plan_now=True, tax=RULES, lot_method=LotMethod.FIFO), TODAY)
    assert plan.orders[0].quantity == 5
    assert plan.summary.tax == 5 * (133_000 - 110_000) // 10
    assert plan.tax_loss == ()


def test_each_lot_at_a_loss_is_a_candidate_of_its_own() -> None:
    found = plan_of(LotMethod.FIFO).tax_loss
    assert [(loss.lot, loss.quantity, loss.loss) for loss in found] == [(dt.date(2025, 11, 3), 30, -6_000)]
    assert plan_of(LotMethod.AVERAGE).tax_loss == ()


@examples(300)
@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 5000), st.integers(0, 3000)), min_size=1, max_size=6),
    st.sampled_from(list(LotMethod)),
)
def test_lots_conserve_cost_to_the_last_unit(rows: list[tuple[int, int, int]], method: LotMethod) -> None:
    lots = tuple(
        Lot("Main", "A", TODAY - dt.timedelta(days=days), Decimal(units), Decimal(cost)) for units, cost, days in rows
    )
    units = sum(row[0] for row in rows)
    home = household([target("A", "1")], [holding("A", units, "1000")], lots=lots)
    rules = policy(lot_method=method)
    position = state_problem(home, rules, value_household(home, rules), {}).positions["Main", "A"]
    costs = [cost_of(position, Decimal(n)) for n in range(units + 1)]
    assert costs[0] == 0
    assert costs[-1] == sum(row[0] * row[1] for row in rows)
    steps = [b - a for a, b in itertools.pairwise(costs) if a is not None and b is not None]
    assert min(steps) >= 0
    if method is LotMethod.HIGHEST_COST:
        assert steps == sorted(steps, reverse=True)


US = TaxRules(
    "US",
    {"flat": TaxClass("flat", Decimal("0.3"), netted=True, long_rate=Decimal("0.15"))},
    wash_sale_days=30,
    day=TODAY,
)


def us_tax(method: LotMethod, **more: Any) -> Decimal | None:
    home = household(
        [target("A", "0.5", tax_class="flat"), target("B", "0.5", price="1000", tax_class="flat")],
        [holding("A", 100, "1000", average_cost="900")],
        lots=LOTS,
    )
    return make_plan(home, policy(plan_now=True, tax=US, lot_method=method, **more), TODAY).summary.tax


def test_long_and_short_gains_have_their_own_rates() -> None:
    # First in, first out: 40 units of 2024 gain 20,000 (long), 10 of May 2025 gain 2,000 (short).
    assert us_tax(LotMethod.FIFO) == 20_000 * 15 // 100 + 2_000 * 30 // 100
    # Highest cost: 30 of November lose 6,000, 20 of May gain 4,000; both short, together a loss.
    assert us_tax(LotMethod.HIGHEST_COST) == 0


def test_losses_of_one_kind_take_up_gains_of_the_other() -> None:
    # A short loss of 10,000 earlier this year leaves 12,000 of the 20,000 long gain after the 2,000 short one.
    assert us_tax(LotMethod.FIFO, realized_short_gains=Decimal(-10_000)) == 12_000 * 15 // 100
    # The sale nets 2,000 of loss; what that saves on gains realised before is no negative tax.
    assert us_tax(LotMethod.HIGHEST_COST, realized_gains=Decimal(5_000)) == 0


@pytest.mark.parametrize(
    ("bought", "sold", "long"),
    [
        # IRS Publication 544: bought on 5 February, sold on 5 February of the next year is not more than one year.
        ("2024-02-05", "2025-02-05", False),
        ("2024-02-05", "2025-02-06", True),
        ("2024-02-29", "2025-02-28", False),
        ("2024-02-29", "2025-03-01", True),
    ],
)
def test_the_holding_period_begins_on_the_day_after(bought: str, sold: str, long: bool) -> None:
    assert held_longer(dt.date.fromisoformat(bought), 1, dt.date.fromisoformat(sold)) is long


@examples(300)
@given(st.integers(-100_000, 100_000), st.integers(-100_000, 100_000), st.sampled_from([RULES, US]))
def test_the_tax_of_a_year_is_never_negative_and_never_more_than_each_kind_alone(
    short: int, long: int, rules: TaxRules
) -> None:
    tax_class = rules.classes["flat"]
    together = year_tax(Gains(Decimal(short), Decimal(long)), tax_class, rules)
    alone = year_tax(Gains(Decimal(short)), tax_class, rules) + year_tax(
        Gains(Decimal(0), Decimal(long)), tax_class, rules
    )
    assert 0 <= together <= alone


@examples(200)
@given(
    st.lists(st.tuples(st.integers(2, 40), st.integers(1, 3000), st.integers(0, 900)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(2, 40), st.integers(1, 3000), st.integers(0, 900)), min_size=1, max_size=5),
    st.integers(-50_000, 50_000),
    st.sampled_from(list(LotMethod)),
)
def test_the_tax_of_sales_is_what_they_add_to_the_years_and_never_negative(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]], before: int, method: LotMethod
) -> None:
    lots = [
        Lot("Main", code, TODAY - dt.timedelta(days=days), Decimal(units), Decimal(cost))
        for code, rows in (("A", first), ("B", second))
        for units, cost, days in rows
    ]
    home = household(
        [target("A", "0", tax_class="flat"), target("B", "0", tax_class="flat"), target("C", "1", price="1000")],
        [holding("A", sum(r[0] for r in first), "1000"), holding("B", sum(r[0] for r in second), "1000")],
        lots=tuple(lots),
    )
    rules = policy(plan_now=True, tax=US, lot_method=method, realized_short_gains=Decimal(before))
    plan = make_plan(home, rules, TODAY)
    gains = Gains(Decimal(before))
    for one in lots:
        # By average every unit of a holding costs the same; how long each was held stays its own.
        mine = [lot for lot in lots if lot.code == one.code] if method in (LotMethod.AVERAGE, LotMethod.AUTO) else [one]
        average = sum(lot.quantity * lot.unit_cost for lot in mine) / sum(lot.quantity for lot in mine)
        gain = one.quantity * (1000 - average)
        gains += Gains(Decimal(0), gain) if held_longer(one.acquired, 1, TODAY) else Gains(gain)
    flat = US.classes["flat"]
    added = year_tax(gains, flat, US) - year_tax(Gains(Decimal(before)), flat, US)
    assert plan.summary.tax is not None
    assert abs(plan.summary.tax - max(added, Decimal(0))) <= 1
    assert all(order.tax is not None and order.tax >= 0 for order in plan.orders)


def capped(limit: int, **more: Any) -> Plan:
    home = household(
        [target("A", "0.5", tax_class="flat", **more), target("B", "0.5", price="1000", tax_class="flat")],
        [holding("A", 100, "1000", average_cost="400")],
    )
    return make_plan(home, policy(plan_now=True, tax=RULES, max_tax=Decimal(limit)), TODAY)


def test_selling_stops_where_the_tax_reaches_its_limit_and_says_what_is_left() -> None:
    # Each unit gains 600 and costs 60 of tax: 20 units cost 1,200.
    plan = capped(1_250)
    assert {o.target.code: int(o.quantity or 0) for o in plan.orders} == {"A": 20, "B": 20}
    assert plan.summary.tax == 1_200
    (skip,) = plan.skipped
    assert (skip.target.code, skip.wanted) == ("A", 30_000)
    assert in_english(skip.reason) == "more would cost over 1,250 of tax (max_tax); the rest can wait for next year"
    assert capped(0).orders == ()
    assert capped(3_000).skipped == ()


def test_an_asset_with_target_0_keeps_to_the_limit_too() -> None:
    home = household(
        [target("OUT", "0", tax_class="flat"), target("B", "1", price="1000", tax_class="flat")],
        [holding("OUT", 100, "1000", average_cost="400")],
    )
    plan = make_plan(home, policy(plan_now=True, tax=RULES, max_tax=Decimal(1_250)), TODAY)
    assert {o.target.code: int(o.quantity or 0) for o in plan.orders} == {"OUT": 20, "B": 20}


@examples(150)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 2000)), min_size=2, max_size=5),
    st.integers(0, 20_000),
    st.sampled_from([RULES, US]),
)
def test_the_limit_is_never_exceeded(rows: list[tuple[int, int]], limit: int, rules: TaxRules) -> None:
    share = Decimal(1) / len(rows)
    targets = [target(f"C{i}", str(share), tax_class="flat") for i in range(len(rows))]
    holdings = [
        holding(f"C{i}", units, "1000", average_cost=str(cost)) for i, (units, cost) in enumerate(rows) if units
    ]
    if not holdings:
        return
    home = household(targets, holdings)
    plan = make_plan(home, policy(plan_now=True, tax=rules, max_tax=Decimal(limit)), TODAY)
    assert plan.summary.tax is not None
    assert plan.summary.tax <= limit


def test_an_asset_that_only_a_capped_plan_would_sell_keeps_to_the_limit_too() -> None:
    """C3 is 0.4 units over its target: left alone at first, sold when the sales of C4 are capped."""
    rows = {"C2": 1, "C3": 14, "C4": 53}
    targets = [target(f"C{i}", "0.2", tax_class="flat", price="1000") for i in range(5)]
    home = household(targets, [holding(code, units, "1000", average_cost="1") for code, units in rows.items()])
    plan = make_plan(home, policy(plan_now=True, tax=RULES, max_tax=Decimal(0)), TODAY)
    assert plan.orders == ()
    assert {skip.target.code for skip in plan.skipped} == {f"C{i}" for i in range(5)}


def test_a_lot_may_carry_a_washed_loss_and_count_as_held_since_an_earlier_day() -> None:
    """100 bought at 900 this year took up a loss of 5,000, held since 2024: 50 of them cost 47,500 and are long."""
    bought = replace(lot("2026-01-05", 100, "900"), carried=Decimal(5_000), held_since=dt.date(2024, 6, 3))
    home = household(
        [target("A", "0.5", tax_class="flat"), target("B", "0.5", price="1000", tax_class="flat")],
        [holding("A", 100, "1000")],
        lots=(bought,),
    )
    for method in (LotMethod.FIFO, LotMethod.AVERAGE, LotMethod.HIGHEST_COST, LotMethod.MIN_TAX):
        plan = make_plan(home, policy(plan_now=True, tax=US, lot_method=method), TODAY)
        assert plan.tax is not None
        (line,) = plan.tax.gains
        assert (line.cost, line.term, line.acquired) == (47_500, "long", dt.date(2024, 6, 3))
        assert plan.summary.tax == 2_500 * 15 // 100
