"""Pairs of orders that realise losses and gains, and plans that bear the least tax."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from engine.builders import holding, household, policy, target, tax_rules
from xlrebal.domain.household import Account, AccountType, Action, ExDate, FundPart, Household, Lot, LotMethod, Trade
from xlrebal.domain.plan import Plan
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.plan import make_plan
from xlrebal.language import in_english

TODAY = dt.date(2026, 6, 16)
KR = tax_rules("KR", TODAY)
US = TaxRules(
    "US",
    {"us": TaxClass("us", Decimal("0.3"), netted=True, long_rate=Decimal("0.15"))},
    wash_sale_days=30,
    day=TODAY,
    deferred_accounts=frozenset({"IRA"}),
)


def on_target(cost: str, rules: TaxRules = KR, tax_class: str = "overseas_listed", **more: Any) -> Plan:
    """A is 100 units at 100,000 and on its target with B: the plan itself trades nothing."""
    assets = [
        target("A", "0.5", tax_class=tax_class, replacement=more.pop("replacement", "")),
        target("B", "0.5", tax_class="exempt"),
        target("R", "0", tax_class=tax_class, price="1000"),
    ]
    rows = [holding("A", 100, "100000", average_cost=cost), holding("B", 100, "100000", average_cost="100000")]
    return make_plan(household(assets, rows, trades=more.pop("trades", ())), policy(tax=rules, **more), TODAY)


def pairs(plan: Plan) -> list[tuple[int, str, str, int]]:
    return [(h.pair, str(h.order.action), h.order.target.code, int(h.order.quantity or 0)) for h in plan.harvest]


def test_a_gain_is_realised_up_to_the_deduction_and_bought_back() -> None:
    # 60,000 a unit: 41 units gain 2,460,000; 42 would gain 2,520,000.
    plan = on_target("40000")
    assert pairs(plan) == [(1, "SELL", "A", 41), (1, "BUY", "A", 41)]
    assert (plan.harvest[0].gain, plan.harvest[0].tax_saved) == (2_460_000, 2_460_000 * 22 // 100)
    assert not plan.orders


def test_gains_realised_already_leave_less() -> None:
    assert pairs(on_target("40000", realized_gains=Decimal(1_900_000)))[0] == (1, "SELL", "A", 10)
    assert pairs(on_target("40000", realized_gains=Decimal(2_500_000))) == []
    assert pairs(on_target("40000", gain_harvesting=False)) == []


def test_a_pair_that_costs_more_than_it_saves_is_not_offered() -> None:
    # 1,000 a unit saves 220; selling and buying cost 2 x 150.
    assert pairs(on_target("99000", commission_rate=Decimal("0.0015"))) == []


def test_a_loss_is_harvested_as_far_as_it_saves_tax_and_bought_again_where_that_is_allowed() -> None:
    plan = on_target("130000", realized_gains=Decimal(4_000_000))
    assert pairs(plan) == [(1, "SELL", "A", 100), (1, "BUY", "A", 100)]
    # 4,000,000 - 2,500,000 is taxed; the loss of 3,000,000 takes it all away.
    assert plan.harvest[0].tax_saved == 1_500_000 * 22 // 100
    assert plan.tax_loss[0].tax_saved == 330_000


def test_nothing_is_bought_near_its_ex_dividend_date() -> None:
    """R would replace A at a loss; two days before its ex-date it makes no pair, ten days before it does."""

    def harvested(days: int, code: str = "R", cost: str = "130000") -> list[str]:
        assets = [
            target("A", "0.5", tax_class="overseas_listed", replacement="R"),
            target("B", "0.5", tax_class="exempt"),
            target("R", "0", tax_class="overseas_listed", price="1000"),
        ]
        rows = [holding("A", 100, "100000", average_cost=cost), holding("B", 100, "100000", average_cost="100000")]
        events = (ExDate(code, TODAY + dt.timedelta(days=days)),)
        rules = policy(tax=KR, avoid_ex_dividend_dates=True, realized_gains=Decimal(6_000_000), gain_harvesting=False)
        return [f"{h.order.action} {h.order.target.code}" for h in plan_of(assets, rows, events, rules).harvest]

    def plan_of(assets: Any, rows: Any, events: Any, rules: Any) -> Plan:
        return make_plan(household(assets, rows, ex_dates=events), rules, TODAY)

    assert harvested(10) == ["SELL A", "BUY R"]
    # Where a replacement cannot be bought, the same again is, for Korea has no such rule.
    assert harvested(2) == ["SELL A", "BUY A"]
    assert harvested(2, "A") == []


def test_a_mixed_fund_replaces_nothing() -> None:
    """R holds A and B by a half each: it is kept and never bought."""
    assets = [
        target("A", "0.5", tax_class="overseas_listed", replacement="R"),
        target("B", "0.5", tax_class="exempt"),
        target("R", "0", tax_class="overseas_listed", price="1000"),
    ]
    rows = [holding("A", 100, "100000", average_cost="130000"), holding("B", 100, "100000", average_cost="100000")]
    home = household(assets, rows, fund_parts=(FundPart("R", "A", Decimal("0.5")), FundPart("R", "B", Decimal("0.5"))))
    rules = policy(tax=KR, realized_gains=Decimal(6_000_000), gain_harvesting=False)
    assert [h.order.target.code for h in make_plan(home, rules, TODAY).harvest] == ["A", "A"]


def test_in_the_united_states_the_replacement_is_bought() -> None:
    gains = {"realized_short_gains": Decimal(10_000_000)}
    plan = on_target("130000", US, "us", replacement="R", **gains)
    assert pairs(plan) == [(1, "SELL", "A", 100), (1, "BUY", "R", 10_000)]
    assert plan.harvest[0].tax_saved == 900_000
    alone = on_target("130000", US, "us", **gains)
    assert pairs(alone) == [(1, "SELL", "A", 100)]
    assert "no replacement is named" in in_english(alone.harvest[0].order.reason)


def test_what_this_plan_buys_washes_the_loss_and_is_not_harvested() -> None:
    home = household(
        [target("A", "0.6", tax_class="us"), target("B", "0.4", tax_class="us")],
        [holding("A", 50, "1000", average_cost="1500"), holding("B", 50, "1000", average_cost="1000")],
        Account("Main", "KRW", cash=Decimal(10_000)),
    )
    plan = make_plan(home, policy(tax=US, realized_short_gains=Decimal(100_000), drift_threshold=Decimal("0.5")), TODAY)
    assert [(o.target.code, o.quantity) for o in plan.orders] == [("A", 10)]
    assert in_english(plan.tax_loss[0].wash_sale) == "bought on 2026-06-16: 10 of 50 units washed"
    assert plan.tax_loss[0].tax_saved == 40 * 500 * 30 // 100
    assert plan.harvest == ()


def test_a_loss_of_a_planned_sale_counts_only_as_far_as_it_is_not_washed() -> None:
    home = household(
        [target("A", "0", tax_class="us"), target("B", "1", price="1000", tax_class="us")],
        [holding("A", 50, "1000", average_cost="1500")],
        Account("Main", "KRW"),
        Account("Roth", "KRW", type=AccountType.IRA),
        trades=(Trade(dt.date(2026, 6, 1), Action.BUY, "A", Decimal(20), Decimal(1100), "Roth"),),
    )
    plan = make_plan(home, policy(tax=US, plan_now=True), TODAY)
    line = plan.tax.gains[0] if plan.tax else None
    assert line is not None
    assert (line.gain, line.disallowed) == (-25_000, 10_000)


def test_taxable_base_prices_limit_the_tax_of_a_fund() -> None:
    """15.4% of the smaller of gain (30 a unit) and rise of the taxable base price (12 a unit)."""

    def tax(**base: Any) -> Decimal | None:
        assets = [
            target("A", "0", tax_class="kr_other_etf", tax_base=base.get("now")),
            target("B", "1", price="1000", tax_class="exempt"),
        ]
        row = replace(holding("A", 1000, "100", average_cost="70"), tax_base=base.get("then"))
        return make_plan(household(assets, [row]), policy(tax=KR, plan_now=True), TODAY).summary.tax

    assert tax() == 30_000 * 154 // 1000
    assert tax(now=Decimal(92), then=Decimal(80)) == 12_000 * 154 // 1000
    assert tax(now=Decimal(79), then=Decimal(80)) == 0
    assert tax(now=Decimal(150), then=Decimal(80)) == 30_000 * 154 // 1000


def test_lots_in_the_order_that_the_family_numbers_and_in_the_order_of_least_tax() -> None:
    day = dt.date.fromisoformat
    lots = (
        Lot("Main", "A", day("2020-01-02"), Decimal(10), Decimal(900), sell_order=Decimal(2)),  # long, gains 100
        Lot("Main", "A", day("2026-01-02"), Decimal(10), Decimal(950), sell_order=Decimal(1)),  # short, gains 50
        Lot("Main", "A", day("2021-01-02"), Decimal(10), Decimal(1100)),  # long, loses 100
        Lot("Main", "A", day("2026-02-02"), Decimal(10), Decimal(1080)),  # short, loses 80: saves more
    )

    def sold(method: LotMethod) -> list[str]:
        home = household(
            [target("A", "0.5", tax_class="us"), target("B", "0.5", price="1000", tax_class="us")],
            [holding("A", 40, "1000")],
            lots=lots,
        )
        plan = make_plan(home, policy(tax=US, plan_now=True, lot_method=method), TODAY)
        return [line.acquired.isoformat()[:7] for line in (plan.tax.gains if plan.tax else ()) if line.acquired]

    assert sold(LotMethod.SPECIFIC) == ["2026-01", "2020-01"]
    assert sold(LotMethod.MIN_TAX) == ["2026-02", "2021-01"]
    assert sold(LotMethod.LIFO) == ["2026-02", "2026-01"]
    assert sold(LotMethod.FIFO) == ["2020-01", "2021-01"]


def test_an_account_may_have_its_own_order_of_lots() -> None:
    lots = (
        Lot("Main", "A", dt.date(2020, 1, 2), Decimal(10), Decimal(100)),
        Lot("Main", "A", dt.date(2024, 1, 2), Decimal(10), Decimal(900)),
    )
    home = household(
        [target("A", "0.5", tax_class="overseas_listed"), target("B", "0.5", price="1000", tax_class="exempt")],
        [holding("A", 20, "1000")],
        Account("Main", "KRW", lot_method=LotMethod.LIFO),
        lots=lots,
    )
    plan = make_plan(home, policy(tax=KR, plan_now=True, lot_method=LotMethod.FIFO), TODAY)
    assert plan.tax is not None
    assert plan.tax.gains[0].acquired == dt.date(2024, 1, 2)


def test_a_replacement_counts_as_what_it_replaces(tmp_path: Any) -> None:
    from books import write_book, xlrebal

    tables = {
        "Holdings": [("Code", "Quantity", "Price"), ("R", 50, 1000), ("B", 50, 1000)],
        "Targets": [
            ("Code", "Target", "Price", "Replacement"),
            ("A", 0.5, 900, "R"),
            ("B", 0.5, 1000, ""),
            ("R", 0, 1000, ""),
        ],
        "Settings": [("Setting", "Value"), ("base_currency", "KRW"), ("last_rebalanced", "2026-01-02")],
    }
    data = xlrebal("update", write_book(tmp_path / "f.xlsx", tables), "--now", "--json", "--as-of", "2026-03-04").data
    assert data["orders"] == []
    assert [line["value"] for line in data["drift"]] == [50_000, 50_000, 0]


HOMES = st.tuples(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(100, 2000)), min_size=2, max_size=4),
    st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
    st.integers(0, 30_000),
    st.integers(0, 1),
)


def two_owners(drawn: Any) -> Household:
    assets, cash, _, _ = drawn
    weight = Decimal(1) / len(assets)
    weights = [weight] * (len(assets) - 1)
    weights.append(1 - sum(weights))
    targets = [target(f"X{n}", str(w), price="1000", tax_class="gain") for n, w in enumerate(weights)]
    holdings = [
        holding(f"X{n}", units, "1000", name, average_cost=str(cost))
        for n, (here, there, cost) in enumerate(assets)
        for name, units in (("One", here), ("Two", there))
        if units
    ]
    accounts = [Account(n, "KRW", owner=n, cash=Decimal(c)) for n, c in zip(("One", "Two"), cash, strict=True)]
    return household(targets, holdings, *accounts)


@examples(150)
@given(HOMES)
def test_moving_sales_to_where_they_are_taxed_least_changes_no_total(drawn: Any) -> None:
    home = two_owners(drawn)
    if not home.holdings:
        return
    rules = TaxRules(
        "KR", {"gain": TaxClass("gain", Decimal("0.22"), netted=True)}, deduction=Decimal(drawn[2]), per_owner=True
    )
    given_rules = policy(plan_now=True, realized_gains=Decimal(drawn[3] * 10_000))

    def totals(plan: Plan) -> Counter[str]:
        sums: Counter[str] = Counter()
        for order in plan.orders:
            sums[f"{order.action} {order.target.code}"] += int(order.quantity or 0)
        return sums

    taxed = make_plan(home, replace(given_rules, tax=rules), TODAY)
    free = make_plan(home, given_rules, TODAY)
    assert totals(taxed) == totals(free)
    assert taxed.summary.tax is not None
    assert taxed.summary.tax >= 0
    for account in home.accounts:
        flow = sum(
            (o.amount_base - o.cost_base) if o.action == "SELL" else -(o.amount_base + o.cost_base)
            for o in taxed.orders
            if o.account == account.name
        )
        assert account.cash + flow >= 0


@examples(200)
@given(st.integers(1, 199_999), st.integers(0, 3_000_000), st.integers(1, 300))
def test_harvested_gains_never_exceed_what_is_left_of_the_deduction(cost: int, done: int, units: int) -> None:
    home = household(
        [target("A", "1", tax_class="overseas_listed")], [holding("A", units, "100000", average_cost=str(cost))]
    )
    plan = make_plan(home, policy(tax=KR, realized_gains=Decimal(done)), TODAY)
    budget = plan.summary.gains_budget
    assert budget is not None
    gains = sum((h.gain for h in plan.harvest if h.gain is not None and h.gain > 0), Decimal(0))
    assert gains <= budget.left
    assert all(h.tax_saved is None or h.tax_saved > 0 for h in plan.harvest)
