"""What is planned, case by case."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Account, ExDate, Lock
from xlrebal.domain.plan import Plan
from xlrebal.domain.policy import CashMethod, CashPolicy, Method, Policy, RebalanceTo, Strategy
from xlrebal.engine.plan import make_plan
from xlrebal.language import in_english

TODAY = dt.date(2026, 3, 4)
NOW: dict[str, Any] = {"plan_now": True}


def plan_of(home: Any, rules: Policy | None = None) -> Plan:
    return make_plan(home, rules or policy(**NOW), TODAY)


def orders(plan: Plan) -> dict[str, int]:
    sign = {"BUY": 1, "SELL": -1}
    return {o.target.code: sign[o.action] * int(o.quantity or 0) for o in plan.orders}


def two(first: int, second: int, **more: Any) -> Any:
    return household(
        [target("A", "0.5", **more), target("B", "0.5")], [holding("A", first, "1000"), holding("B", second, "1000")]
    )


def test_a_rebalance_to_target() -> None:
    plan = plan_of(two(60, 40))
    assert orders(plan) == {"A": -10, "B": 10}
    assert "overweight by 10.00 points (60.00% against 50.00%)" in in_english(plan.orders[0].reason)


def test_to_the_edge_of_the_band() -> None:
    assert orders(plan_of(two(60, 40), policy(rebalance_to=RebalanceTo.BAND, **NOW))) == {"A": -5, "B": 5}


def test_halfway_into_the_band() -> None:
    home = two(60, 40, minimum="0.42", maximum="0.58")
    rules = policy(rebalance_to=RebalanceTo.HALFWAY, strategy=Strategy.BANDS, **NOW)
    # A would stop at 54%; B, whose band is the threshold's, wants 47.5%, so A sells 7,500 in whole units.
    assert orders(plan_of(home, rules)) == {"A": -8, "B": 8}


def test_an_asset_with_target_0_is_sold_in_full_and_never_bought() -> None:
    home = household([target("A", "1"), target("OUT", "0")], [holding("A", 50, "1000"), holding("OUT", 7, "1000")])
    plan = plan_of(home)
    assert orders(plan) == {"OUT": -7, "A": 7}
    assert in_english(plan.orders[0].reason) == "its target is 0%: sold in full"
    assert plan.summary.balancing_contribution is None


def test_new_cash_alone_is_used_first_when_it_mends_the_drift() -> None:
    home = two(60, 40)
    auto = plan_of(home, policy(new_cash=Decimal(18_000)))
    assert auto.trigger.due
    assert orders(auto) == {"B": 18}
    full = plan_of(home, policy(new_cash=Decimal(18_000), method=Method.FULL))
    assert orders(full) == {"A": -1, "B": 19}


def test_not_due_invests_cash_and_sells_nothing() -> None:
    plan = plan_of(two(52, 48), policy(new_cash=Decimal(2_000)))
    assert not plan.trigger.due
    assert orders(plan) == {"B": 2}
    assert [(s.target.code, in_english(s.reason)) for s in plan.skipped] == [("A", "no rebalance is due")]


def test_a_withdrawal_comes_from_what_is_over_although_nothing_is_due() -> None:
    plan = plan_of(two(52, 48), policy(new_cash=Decimal(-4_500)))
    assert orders(plan) == {"A": -5}
    assert plan.summary.cash_left == 500
    assert in_english(plan.orders[0].reason).startswith("raises cash for the withdrawal")


def test_idle_cash_pays_a_withdrawal_before_anything_is_sold() -> None:
    home = replace(two(50, 50), accounts=(Account("Main", "KRW", cash=Decimal(9_000)),))
    plan = plan_of(home, policy(new_cash=Decimal(-9_000)))
    assert plan.orders == ()
    assert plan.total_value == 100_000


def test_the_reserve_stays() -> None:
    account = Account("Main", "KRW", cash=Decimal(10_000), reserve=Decimal(4_000))
    plan = plan_of(replace(two(50, 50), accounts=(account,)))
    assert orders(plan) == {"A": 3, "B": 3}


def test_excluded_cash_is_neither_counted_nor_invested() -> None:
    account = Account("Main", "KRW", cash=Decimal(10_000), contribution=Decimal(2_000))
    plan = plan_of(replace(two(50, 50), accounts=(account,)), policy(cash_policy=CashPolicy.EXCLUDE))
    assert plan.total_value == 102_000
    assert orders(plan) == {"A": 1, "B": 1}


def test_a_cash_target_keeps_its_share() -> None:
    targets = [target("A", "0.8"), target("CASH", "0.2")]
    home = household(targets, [], Account("Main", "KRW", cash=Decimal(100_000)))
    home = replace(home, targets=(target("A", "0.8", price="1000"), targets[1]))
    plan = plan_of(home)
    assert orders(plan) == {"A": 80}
    assert plan.summary.cash_left == 20_000


def test_an_asset_too_dear_for_the_cash_leaves_it_to_the_next_best() -> None:
    home = household(
        [target("DEAR", "0.5", price="600"), target("CHEAP", "0.5", price="10")],
        [],
        Account("Main", "KRW", cash=Decimal(500)),
    )
    plan = plan_of(home)
    assert orders(plan) == {"CHEAP": 25}
    skipped = {s.target.code: in_english(s.reason) for s in plan.skipped}
    assert skipped["DEAR"] == "less than one unit (price 600 KRW)"


def test_leftover_cash_buys_one_more_unit_where_it_helps_most() -> None:
    home = household(
        [target("A", "0.5", price="300"), target("B", "0.5", price="300")],
        [],
        Account("Main", "KRW", cash=Decimal(1_000)),
    )
    plan = plan_of(home)
    assert sorted(orders(plan).values()) == [1, 2]
    assert plan.summary.cash_left == 100


def test_a_minimum_trade_stands_at_the_minimum_and_is_left_out_below() -> None:
    rules = policy(min_trade_amount=Decimal(10_000), **NOW)
    assert orders(plan_of(two(60, 40), rules)) == {"A": -10, "B": 10}
    below = plan_of(two(59, 41), rules)
    assert below.orders == ()
    assert {in_english(s.reason) for s in below.skipped} == {"below the minimum trade of 10,000"}


def test_locks_are_kept_and_said() -> None:
    plan = plan_of(two(60, 40, lock=Lock.NO_SELL))
    assert plan.orders == ()
    assert in_english(plan.skipped[0].reason) == "locked: no sell"
    bought = plan_of(two(40, 60, lock=Lock.NO_BUY))
    assert orders(bought) == {"B": -10}
    assert [(s.target.code, s.wanted, in_english(s.reason)) for s in bought.skipped] == [
        ("A", 10_000, "locked: no buy")
    ]


def test_each_account_buys_with_its_own_money_and_what_it_may_hold() -> None:
    isa = Account("ISA", "KRW", cash=Decimal(30_000), allowed=frozenset({"B"}))
    main = Account("Main", "KRW", cash=Decimal(30_000))
    home = replace(two(0, 0), accounts=(main, isa), holdings=())
    home = replace(home, targets=(target("A", "0.5", price="1000"), target("B", "0.5", price="1000")))
    plan = plan_of(home)
    assert {(o.account, o.target.code, int(o.quantity or 0)) for o in plan.orders} == {
        ("Main", "A", 30),
        ("ISA", "B", 30),
    }


def test_costs_are_covered() -> None:
    home = household([target("A", "1", price="1000")], [], Account("Main", "KRW", cash=Decimal(100_000)))
    plan = plan_of(home, policy(commission_rate=Decimal("0.01"), slippage_rate=Decimal("0.001")))
    assert orders(plan) == {"A": 98}
    assert (plan.summary.cost, plan.summary.cash_left) == (1_078, 922)


def test_a_foreign_asset_is_valued_and_ordered_in_its_currency() -> None:
    home = household(
        [target("VOO", "1", price="500.50", currency="USD")],
        [],
        Account("Main", "KRW", cash=Decimal(2_000_000)),
        fx={"USD": Decimal(1400)},
    )
    plan = plan_of(home, policy(fx_spread=Decimal("0.01"), commission_rate=Decimal("0.001")))
    (order,) = plan.orders
    assert (order.quantity, order.currency, order.amount) == (2, "USD", Decimal("1001.00"))
    assert (order.commission, order.slippage) == (Decimal("1.00"), Decimal("10.01"))
    assert (order.amount_base, order.cost_base) == (1_401_400, 15_414)


def test_orders_near_an_ex_dividend_date_are_held_back() -> None:
    home = replace(two(60, 40), ex_dates=(ExDate("A", dt.date(2026, 3, 11)),))
    rules = policy(avoid_ex_dividend_dates=True, **NOW)
    plan = plan_of(home, rules)
    assert plan.orders == ()
    assert in_english(plan.skipped[0].reason) == "held back near its ex-dividend date 2026-03-11"
    assert orders(plan_of(replace(home, ex_dates=(ExDate("A", dt.date(2026, 3, 12)),)), rules)) == {"A": -10, "B": 10}


def test_the_smallest_contribution_that_balances_without_a_sale_does() -> None:
    home = two(60, 40)
    needed = plan_of(home).summary.balancing_contribution
    assert needed == 20_000
    plan = plan_of(home, policy(method=Method.CASH_ONLY, new_cash=needed))
    assert plan.summary.worst_drift_after == 0


def test_proportional_and_lazy_differ_as_they_should() -> None:
    home = household(
        [target("A", "0.4", fractional=True), target("B", "0.4", fractional=True), target("C", "0.2")],
        [holding("A", 10, "1000"), holding("B", 20, "1000"), holding("C", 70, "1000")],
    )
    cash = {"method": Method.CASH_ONLY, "new_cash": Decimal(10_000)}
    lazy = plan_of(home, policy(cash_method=CashMethod.LAZY, **cash))
    assert {o.target.code: o.amount for o in lazy.orders} == {"A": 10_000}
    split = plan_of(home, policy(cash_method=CashMethod.PROPORTIONAL, **cash))
    # Shortfalls 34,000 and 24,000 of 58,000.
    assert {o.target.code: o.amount for o in split.orders} == {"A": 5_862, "B": 4_138}


def test_money_below_the_minor_unit_never_appears() -> None:
    """11,000,000 x 0.35 is 3,850,000, not one won less."""
    home = household(
        [target("A", "0.35", fractional=True), target("B", "0.65", fractional=True)],
        [holding("A", 42, "100000"), holding("B", 68, "100000")],
    )
    plan = plan_of(home)
    assert [o.amount for o in plan.orders] == [350_000, 350_000]
