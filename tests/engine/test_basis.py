"""What the units of a sale cost, by average and by lots."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Lot
from xlrebal.domain.plan import Plan
from xlrebal.domain.policy import LotMethod, TaxClass, TaxRules
from xlrebal.engine.basis import cost_of
from xlrebal.engine.plan import make_plan
from xlrebal.engine.problem import state_problem
from xlrebal.engine.valuation import value_household

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


@settings(max_examples=300, deadline=None)
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
    terms = state_problem(home, rules, value_household(home, rules), {}).terms["Main", "A"]
    costs = [cost_of(terms, Decimal(n)) for n in range(units + 1)]
    assert costs[0] == 0
    assert costs[-1] == sum(row[0] * row[1] for row in rows)
    steps = [b - a for a, b in itertools.pairwise(costs) if a is not None and b is not None]
    assert min(steps) >= 0
    if method is LotMethod.HIGHEST_COST:
        assert steps == sorted(steps, reverse=True)
