"""Several accounts, groups, mixed funds and caps, case by case."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Account, AccountType, FundPart, Group, Lock
from xlrebal.domain.plan import Plan, TriggerKind
from xlrebal.domain.policy import DriftMeasure, Method, Policy, RebalanceTo, Strategy
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.plan import make_plan
from xlrebal.language import in_english

TODAY = dt.date(2026, 3, 4)
NOW: dict[str, Any] = {"plan_now": True}
CAPS = {"IRP": Decimal("0.7")}


def plan_of(home: Any, rules: Policy | None = None) -> Plan:
    return make_plan(home, rules or policy(**NOW), TODAY)


def orders(plan: Plan) -> dict[tuple[str, str], int]:
    sign = {"BUY": 1, "SELL": -1}
    return {(o.account, o.target.code): sign[o.action] * int(o.quantity or 0) for o in plan.orders}


def account(name: str, cash: int = 0, **more: Any) -> Account:
    return Account(name, "KRW", cash=Decimal(cash), **more)


def test_the_account_that_can_use_the_cash_makes_the_sale() -> None:
    """Both hold A, but only Second may buy B: selling in First would leave cash idle and B short."""
    home = household(
        [target("A", "0.5"), target("B", "0.5", price="1000")],
        [holding("A", 50, "1000", "First"), holding("A", 50, "1000", "Second")],
        account("First", allowed=frozenset({"A"})),
        account("Second"),
    )
    assert orders(plan_of(home)) == {("Second", "A"): -50, ("Second", "B"): 50}


def test_a_taxed_sale_is_made_where_it_is_not_taxed() -> None:
    rules = TaxRules("KR", {"etf": TaxClass("etf", Decimal("0.154"), withheld=True)}, None, frozenset({"ISA"}))
    home = household(
        [target("A", "0.5", tax_class="etf"), target("B", "0.5", price="1000", tax_class="etf")],
        [
            holding("A", 50, "1000", "Taxed", average_cost="500"),
            holding("A", 50, "1000", "Free", average_cost="500"),
        ],
        account("Taxed"),
        account("Free", type=AccountType.ISA),
    )
    plan = plan_of(home, policy(tax=rules, **NOW))
    assert orders(plan) == {("Free", "A"): -50, ("Free", "B"): 50}
    assert plan.summary.tax == 0


def test_cash_is_not_moved_between_accounts_but_a_transfer_that_would_help_is_listed() -> None:
    home = household(
        [target("A", "0.5", price="1000"), target("B", "0.5", price="1000")],
        [],
        account("Broker", 60_000, allowed=frozenset({"A"})),
        account("ISA", 20_000, type=AccountType.ISA, allowed=frozenset({"B"}), contribution_room=Decimal(15_000)),
    )
    plan = plan_of(home)
    assert orders(plan) == {("Broker", "A"): 40, ("ISA", "B"): 20}
    (transfer,) = plan.transfers
    assert (transfer.source, transfer.destination, transfer.amount) == ("Broker", "ISA", 15_000)
    assert in_english(transfer.reason) == "could buy B in ISA"


def test_no_transfer_out_of_an_account_with_a_tax_treatment_or_to_another_owner() -> None:
    targets = [target("A", "0.5", price="1000"), target("B", "0.5", price="1000")]
    pension = account("Pension", 60_000, type=AccountType.PENSION, allowed=frozenset({"A"}))
    broker = account("Broker", 20_000, allowed=frozenset({"B"}))
    assert plan_of(household(targets, [], pension, broker)).transfers == ()
    his = replace(pension, type=AccountType.TAXABLE, owner="He")
    assert plan_of(household(targets, [], his, replace(broker, owner="She"))).transfers == ()
    assert plan_of(household(targets, [], his, replace(broker, owner="He"))).transfers != ()


def test_risky_assets_are_bought_up_to_the_cap_of_the_account_and_no_further() -> None:
    home = household(
        [target("STOCK", "0.9", price="1000"), target("BOND", "0.1", price="1000", safe=True)],
        [],
        account("IRP", 100_000, type=AccountType.IRP),
    )
    plan = plan_of(home, policy(risk_caps=CAPS, **NOW))
    assert orders(plan)["IRP", "STOCK"] == 70
    free = plan_of(home)
    assert orders(free) == {("IRP", "STOCK"): 90, ("IRP", "BOND"): 10}


def test_drift_above_the_cap_forces_no_sale_but_blocks_purchases() -> None:
    home = household(
        [target("STOCK", "0.9"), target("BOND", "0.1", price="1000", safe=True)],
        [holding("STOCK", 80, "1000", "IRP"), holding("BOND", 10, "1000", "IRP")],
        account("IRP", 10_000, type=AccountType.IRP),
    )
    plan = plan_of(home, policy(risk_caps=CAPS, **NOW))
    assert orders(plan) == {}
    assert {s.target.code: in_english(s.reason) for s in plan.skipped} == {
        "STOCK": "risky assets may be 70.00% of IRP at most"
    }


def test_a_withdrawal_buys_nothing_even_where_cash_is_left() -> None:
    home = household(
        [target("A", "0.5"), target("B", "0.5")],
        [holding("A", 50, "1000"), holding("B", 30, "1000")],
        account("Main", 30_000),
    )
    plan = plan_of(home, policy(method=Method.CASH_ONLY, new_cash=Decimal(-5_000)))
    assert orders(plan) == {}
    assert plan.summary.cash_left == 25_000


def test_a_withdrawal_sells_no_unit_that_it_does_not_need() -> None:
    home = household(
        [target("A", "0.4"), target("B", "0.3"), target("C", "0.3")],
        [holding("A", 41, "1000"), holding("B", 31, "1000"), holding("C", 31, "1000")],
    )
    plan = plan_of(home, policy(method=Method.CASH_ONLY, new_cash=Decimal(-2_500)))
    assert sum(orders(plan).values()) == -3


def test_two_bands_trade_outside_the_one_and_stop_at_the_other() -> None:
    """20% of the target sets it off, 10% of the target is where it stops."""
    home = household(
        [target("A", "0.5", fractional=True), target("B", "0.5", fractional=True)],
        [holding("A", 62, "1000"), holding("B", 38, "1000")],
    )
    rules = policy(
        drift_measure=DriftMeasure.RELATIVE,
        drift_threshold=Decimal("0.2"),
        rebalance_tolerance=Decimal("0.1"),
        rebalance_to=RebalanceTo.BAND,
    )
    plan = plan_of(home, rules)
    assert plan.trigger.kind is TriggerKind.DRIFT
    assert {line.target.code: line.weight_after for line in plan.drift} == {"A": Decimal("0.55"), "B": Decimal("0.45")}
    inside = replace(home, holdings=(holding("A", 59, "1000"), holding("B", 41, "1000")))
    assert plan_of(inside, rules).orders == ()


def nested() -> Any:
    targets = [
        target("US", "0.4", group="developed", fractional=True),
        target("EU", "0.2", group="developed", fractional=True),
        target("EM", "0.1", group="stocks", fractional=True),
        target("BOND", "0.3", group="bonds", fractional=True),
    ]
    holdings = [holding("US", 44, "1000"), holding("EU", 24, "1000"), holding("EM", 12, "1000")]
    groups = (
        Group("stocks", Decimal("0.7"), maximum=Decimal("0.75")),
        Group("developed", Decimal("0.6"), parent="stocks", maximum=Decimal("0.7")),
        Group("bonds", Decimal("0.3")),
    )
    return household(targets, [*holdings, holding("BOND", 20, "1000")], groups=groups)


def test_a_group_outside_its_band_sets_off_a_rebalance_back_to_its_edge() -> None:
    """Stocks are 80% of the household although no asset has left its own band; they end at 75%."""
    rules = policy(strategy=Strategy.BANDS, rebalance_to=RebalanceTo.BAND, drift_threshold=Decimal("0.2"))
    plan = plan_of(nested(), rules)
    assert in_english(plan.trigger.reason) == "group stocks at 80.00% is above its maximum of 75.00%"
    lines = {group.group: group for group in plan.groups}
    assert (lines["stocks"].weight, lines["stocks"].weight_after) == (Decimal("0.8"), Decimal("0.75"))
    assert lines["stocks"].status == "over"
    assert lines["developed"].status == "in band"
    halfway = plan_of(nested(), replace(rules, rebalance_to=RebalanceTo.HALFWAY))
    assert {g.group: g.weight_after for g in halfway.groups}["stocks"] == Decimal("0.725")


def test_a_nested_group_counts_what_is_inside_it() -> None:
    lines = {g.group: g for g in plan_of(nested()).groups}
    assert lines["developed"].value == 68_000
    assert lines["stocks"].value == 80_000


def mixed() -> Any:
    parts = (FundPart("MIX", "STOCK", Decimal("0.6")), FundPart("MIX", "BOND", Decimal("0.4")))
    targets = [target("STOCK", "0.5", price="1000"), target("BOND", "0.5", price="1000"), target("MIX", "0")]
    return household(targets, [holding("MIX", 50, "1000")], account("Main", 50_000), fund_parts=parts)


def test_a_mixed_fund_counts_as_what_it_holds_and_is_not_traded() -> None:
    plan = plan_of(mixed())
    values = {line.target.code: line.value for line in plan.drift}
    assert values == {"STOCK": 30_000, "BOND": 20_000, "MIX": 0}
    assert orders(plan) == {("Main", "STOCK"): 20, ("Main", "BOND"): 30}
    assert plan.summary.worst_drift_after == 0


def test_what_only_mixed_funds_hold_cannot_be_sold_and_says_so() -> None:
    home = replace(mixed(), accounts=(account("Main"),))
    plan = plan_of(home)
    assert orders(plan) == {}
    assert {s.target.code: in_english(s.reason) for s in plan.skipped}["STOCK"] == "held inside mixed funds only"


def test_the_fund_counts_to_the_last_unit() -> None:
    parts = (FundPart("MIX", "STOCK", Decimal("0.333")), FundPart("MIX", "BOND", Decimal("0.667")))
    home = replace(mixed(), fund_parts=parts, holdings=(holding("MIX", 1, "1001"),))
    assert sum(line.value for line in plan_of(home).drift) == 1_001


def test_each_account_pays_its_own_commission_and_trades_in_its_own_steps() -> None:
    home = household(
        [target("A", "1", price="1000")],
        [],
        account("Whole", 10_500, commission_rate=Decimal("0.01")),
        account("Parts", 10_500, fractional=True, commission_rate=Decimal(0)),
    )
    bought = {o.account: (o.amount, o.commission) for o in plan_of(home).orders}
    assert bought == {"Whole": (10_000, 100), "Parts": (10_500, 0)}


def test_locked_weight_does_not_push_others_below_their_targets() -> None:
    home = household(
        [target("LOCKED", "0.2", lock=Lock.BOTH), target("A", "0.4"), target("B", "0.4")],
        [holding("LOCKED", 40, "1000"), holding("A", 40, "1000"), holding("B", 20, "1000")],
    )
    plan = plan_of(home)
    assert orders(plan) == {}
    assert {s.target.code for s in plan.skipped} == {"LOCKED", "B"}


def test_leftover_money_goes_to_the_account_that_takes_amounts_when_it_is_the_only_one() -> None:
    home = household(
        [target("A", "1", price="700")], [], account("Whole", 1_000), account("Parts", 1_000, fractional=True)
    )
    bought = {o.account: o.amount for o in plan_of(home).orders}
    assert bought == {"Whole": 700, "Parts": 1_000}
