"""The reserve, the minimum trade and what is held are respected by every plan, withdrawals included."""

import datetime as dt
import itertools
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from engine.builders import holding, household, policy, target
from xlrebal.domain.account_rules import AccountRules, WithdrawalRule
from xlrebal.domain.household import Account, AccountType, Action, Group, Holding, Household, Lock, Target, Trade
from xlrebal.domain.plan import Plan
from xlrebal.domain.policy import CashMethod, CashPolicy, DriftMeasure, Method, Policy, RebalanceTo, Strategy
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.plan import make_plan
from xlrebal.language import in_english
from xlrebal.law.loader import load_account_rules

TODAY = dt.date(2026, 3, 4)
RULES = load_account_rules(TODAY)
ZERO = Decimal(0)
RATES = {"KRW": Decimal(1), "USD": Decimal("1387.43")}
TAX = TaxRules("KR", {"fund": TaxClass("fund", Decimal("0.154"), withheld=True)}, None, frozenset({"ISA", "IRP"}))


def orders(plan: Plan) -> dict[tuple[str, str], Decimal]:
    sign = {"BUY": 1, "SELL": -1}
    return {(o.account, o.target.code): sign[o.action] * (o.quantity or ZERO) for o in plan.orders}


def main_account(**more: Any) -> Account:
    return Account("Main", "KRW", **{k: Decimal(v) if isinstance(v, int) else v for k, v in more.items()})


def whole(amount: Decimal, rounding: str = ROUND_FLOOR) -> Decimal:
    return amount.quantize(Decimal(1), rounding=rounding)


def flows(plan: Plan, account: str, tax: TaxRules | None) -> Decimal:
    """What the orders do to an account's cash, base currency."""
    total = ZERO
    for order in (o for o in plan.orders if o.account == account):
        withheld = order.tax if tax and order.target.tax_class == "fund" else ZERO
        total += order.amount_base if order.action is Action.SELL else -order.amount_base
        total -= order.cost_base + (withheld or ZERO)
    return total


# Case by case.


@pytest.mark.parametrize("excluded", list(CashPolicy))
def test_what_is_paid_in_fills_the_reserve_first(excluded: CashPolicy) -> None:
    home = household(
        [target("A", "1", price="1000")], [], main_account(cash=50_000, contribution=300_000, reserve=200_000)
    )
    plan = make_plan(home, policy(cash_policy=excluded), TODAY)
    assert orders(plan) == {("Main", "A"): 150}


def test_new_cash_of_the_household_fills_the_reserve_of_the_first_account() -> None:
    home = household([target("A", "1", price="1000")], [], main_account(reserve=200_000))
    assert orders(make_plan(home, policy(new_cash=Decimal(300_000)), TODAY)) == {("Main", "A"): 100}


def test_excluded_dividends_that_have_been_spent_do_not_swallow_what_is_paid_in() -> None:
    paid = Trade(dt.date(2026, 2, 2), Action.DIVIDEND, "A", Decimal(100), Decimal(500), account="Main")
    home = household([target("A", "1", price="1000")], [], main_account(contribution=30_000), trades=(paid,))
    assert orders(make_plan(home, policy(dividend_policy=CashPolicy.EXCLUDE), TODAY)) == {("Main", "A"): 30}


@pytest.mark.parametrize("field", ["cash_policy", "dividend_policy"])
@pytest.mark.parametrize("from_account", [True, False])
def test_cash_that_is_not_invested_pays_a_withdrawal_before_anything_is_sold(field: str, from_account: bool) -> None:
    paid = Trade(dt.date(2026, 2, 2), Action.DIVIDEND, "A", Decimal(100), Decimal(500), account="Main")
    account = main_account(cash=50_000, contribution=-40_000 if from_account else 0)
    home = household([target("A", "1")], [holding("A", 100, "1000")], account, trades=(paid,))
    rules = policy(**{field: CashPolicy.EXCLUDE}, new_cash=Decimal(0 if from_account else -40_000))
    assert orders(make_plan(home, rules, TODAY)) == {}


def test_a_withdrawal_spares_the_reserve_and_says_what_is_missing() -> None:
    home = household([target("A", "1")], [holding("A", 10, "1000")], main_account(cash=5_000, reserve=3_000))
    plan = make_plan(home, policy(new_cash=Decimal(-15_000)), TODAY)
    assert orders(plan) == {("Main", "A"): -10}
    assert [(s.wanted, in_english(s.reason)) for s in plan.skipped if s.target.code == "CASH"] == [
        (3_000, "3,000 of the withdrawal cannot be raised in Main")
    ]


def test_a_withdrawal_below_the_minimum_trade_sells_the_minimum() -> None:
    home = household(
        [target("A", "0.5", fractional=True), target("B", "0.5", fractional=True)],
        [holding("A", 600, "1000"), holding("B", 500, "1000")],
    )
    plan = make_plan(home, policy(new_cash=Decimal(-9_016), min_trade_amount=Decimal(100_000)), TODAY)
    assert [(o.target.code, o.action, o.amount) for o in plan.orders] == [("A", "SELL", 100_000)]
    assert plan.summary.cash_left == 90_984


def test_many_small_sales_become_few_that_reach_the_minimum() -> None:
    codes = [f"C{n}" for n in range(10)]
    home = household([target(c, "0.1") for c in codes], [holding(c, 100, "1000") for c in codes])
    plan = make_plan(home, policy(new_cash=Decimal(-250_000), min_trade_amount=Decimal(90_000)), TODAY)
    amounts = [o.amount for o in plan.orders]
    assert min(amounts) >= 90_000
    assert sum(amounts) <= 280_000
    assert plan.summary.cash_left >= 0


def test_units_are_given_back_down_to_the_minimum_and_no_further() -> None:
    """121,000 are missing, less than two sales of 100,000: one sale brings it, in whole units."""
    home = household([target("A", "0.5"), target("B", "0.5")], [holding("A", 30, "7000"), holding("B", 20, "11000")])
    plan = make_plan(home, policy(new_cash=Decimal(-121_000), min_trade_amount=Decimal(100_000)), TODAY)
    assert orders(plan) == {("Main", "B"): -11}


def test_a_holding_below_the_minimum_is_not_sold_for_a_withdrawal_and_that_is_said() -> None:
    home = household([target("A", "1")], [holding("A", 50, "1000")])
    plan = make_plan(home, policy(new_cash=Decimal(-20_000), min_trade_amount=Decimal(100_000)), TODAY)
    assert plan.orders == ()
    assert [in_english(s.reason) for s in plan.skipped if s.target.code == "CASH"] == [
        "20,000 of the withdrawal cannot be raised in Main; below the minimum trade of 100,000"
    ]


def test_what_one_account_cannot_sell_is_raised_in_the_next() -> None:
    home = household(
        [target("A", "0.5"), target("B", "0.5")],
        [holding("A", 50, "1000", "First"), holding("B", 50, "1000", "Second")],
        Account("First", "KRW"),
        Account("Second", "KRW"),
    )
    locked = replace(home, targets=(replace(home.targets[0], lock=Lock.NO_SELL), home.targets[1]))
    plan = make_plan(locked, policy(new_cash=Decimal(-30_000)), TODAY)
    assert orders(plan) == {("Second", "B"): -30}


def test_tax_that_is_withheld_is_raised_too() -> None:
    """Each unit brings 10,000 less 15.4% of a gain of 9,000: 8,614."""
    home = household([target("A", "1", tax_class="fund")], [holding("A", 1000, "10000", average_cost="1000")])
    plan = make_plan(home, policy(new_cash=Decimal(-861_400), tax=TAX), TODAY)
    assert orders(plan) == {("Main", "A"): -100}
    more = make_plan(home, policy(new_cash=Decimal(-861_401), tax=TAX), TODAY)
    assert orders(more) == {("Main", "A"): -101}


@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize("now", [True, False])
@pytest.mark.parametrize("from_account", [True, False])
def test_a_withdrawal_of_everything_sells_everything(fractional: bool, now: bool, from_account: bool) -> None:
    account = Account(
        "Main", "KRW", cash=Decimal(5_000), contribution=Decimal(-105_000 if from_account else 0), fractional=fractional
    )
    home = household(
        [target("A", "0.5"), target("B", "0.5")], [holding("A", 60, "1000"), holding("B", 40, "1000")], account
    )
    for more in (0, 7) if not from_account else (0,):
        rules = policy(new_cash=Decimal(0 if from_account else -105_000 - more), plan_now=now)
        plan = make_plan(home, rules, TODAY)
        assert orders(plan) == {("Main", "A"): -60, ("Main", "B"): -40}
        assert plan.total_value == 0
        assert sum(s.wanted for s in plan.skipped) == more


def test_a_withdrawal_of_everything_divides_by_nothing() -> None:
    targets = [
        target("A", "0.5", group="g", minimum="0.4", maximum="0.6"),
        target("B", "0.4", group="g"),
        target("CASH", "0.1"),
    ]
    groups = (Group("g", Decimal("0.9"), minimum=Decimal("0.8"), maximum=Decimal("0.95")),)
    home = household(targets, [holding("A", 60, "1000"), holding("B", 40, "1000")], groups=groups)
    for strategy, stop, measure, now in itertools.product(Strategy, RebalanceTo, DriftMeasure, (True, False)):
        rules = policy(
            strategy=strategy,
            rebalance_to=stop,
            drift_measure=measure,
            new_cash=Decimal(-100_000),
            plan_now=now,
            max_interval_days=30,
        )
        plan = make_plan(home, rules, TODAY)
        assert orders(plan) == {("Main", "A"): -60, ("Main", "B"): -40}
        assert plan.summary.cash_left == 0


# Every turn of a withdrawal.


def several(**cash: int) -> Household:
    """Four accounts with 100,000 each of A, and some cash."""
    kinds = {"Taxed": "taxable", "ISA": "ISA", "Pension": "pension", "IRP": "IRP"}
    names = ["IRP", "Pension", "ISA", "Taxed"]
    accounts = [Account(n, "KRW", type=AccountType(kinds[n]), cash=Decimal(cash.get(n, 0))) for n in names]
    return household([target("A", "1")], [holding("A", 100, "1000", n) for n in names], *accounts)


def law(**more: Any) -> Policy:
    return policy(account_rules=RULES, **more)


@pytest.mark.parametrize(
    ("amount", "sold"),
    [
        (100_000, {"Taxed": 100}),
        (150_000, {"Taxed": 100, "ISA": 50}),
        (250_000, {"Taxed": 100, "ISA": 100, "Pension": 50}),
        (350_000, {"Taxed": 100, "ISA": 100, "Pension": 100, "IRP": 50}),
    ],
)
def test_accounts_pay_a_withdrawal_in_turn_and_locked_ones_last(amount: int, sold: dict[str, int]) -> None:
    plan = make_plan(several(), law(new_cash=Decimal(-amount)), TODAY)
    assert orders(plan) == {(name, "A"): -units for name, units in sold.items()}
    taken = {w.account: (w.amount, w.tax, w.upper_bound, w.locked) for w in plan.withdrawals}
    expected: dict[str, Any] = {}
    if "ISA" in sold:
        expected["ISA"] = (sold["ISA"] * 1000, None, False, False)
    if "Pension" in sold:
        expected["Pension"] = (sold["Pension"] * 1000, sold["Pension"] * 165, True, False)
    if "IRP" in sold:
        expected["IRP"] = (sold["IRP"] * 1000, sold["IRP"] * 165, True, True)
    assert taken == expected
    if len(sold) > 1:
        assert plan.summary.tax is None


def test_idle_cash_of_a_pension_is_left_alone_where_a_taxable_account_can_sell() -> None:
    plan = make_plan(several(IRP=500_000, Pension=500_000), law(new_cash=Decimal(-100_000)), TODAY)
    assert orders(plan) == {("Taxed", "A"): -100}
    assert plan.withdrawals == ()
    more = make_plan(several(IRP=500_000, Pension=50_000), law(new_cash=Decimal(-240_000)), TODAY)
    assert {w.account: w.amount for w in more.withdrawals} == {"ISA": 100_000, "Pension": 40_000}
    assert ("Pension", "A") not in orders(more)


def test_an_accounts_own_withdrawal_is_told_and_taxed() -> None:
    home = several()
    accounts = tuple(replace(a, contribution=Decimal(-30_000)) if a.name == "IRP" else a for a in home.accounts)
    plan = make_plan(replace(home, accounts=accounts), law(), TODAY)
    assert orders(plan) == {("IRP", "A"): -30}
    assert [(w.account, w.amount, w.tax) for w in plan.withdrawals] == [("IRP", 30_000, 4_950)]
    assert plan.summary.tax == 4_950


def test_only_what_leaves_the_account_is_taxed() -> None:
    home = household(
        [target("A", "1")],
        [holding("A", 10, "1000", "Pension")],
        Account("Pension", "KRW", type=AccountType.PENSION, contribution=Decimal(-30_000)),
    )
    (taken,) = make_plan(home, law(), TODAY).withdrawals
    assert (taken.amount, taken.tax) == (10_000, 1_650)


def test_the_order_comes_from_the_rules() -> None:
    turned = replace(RULES.withdrawals["IRP"], turn=0)
    rules = AccountRules(withdrawals={**RULES.withdrawals, "IRP": turned})
    plan = make_plan(several(), policy(account_rules=rules, new_cash=Decimal(-50_000)), TODAY)
    assert orders(plan) == {("IRP", "A"): -50}
    assert isinstance(turned, WithdrawalRule)


# Whatever the figures.


@st.composite
def homes(draw: st.DrawFn) -> Household:
    count = draw(st.integers(1, 4))
    cuts = sorted(draw(st.lists(st.integers(0, 10), min_size=count - 1, max_size=count - 1)))
    weights = [Decimal(b - a) / 10 for a, b in itertools.pairwise([0, *cuts, 10])]
    money = [draw(st.sampled_from(["KRW", "KRW", "USD"])) for _ in range(count)]
    unit = {"KRW": Decimal(1), "USD": Decimal("0.01")}
    prices = [draw(st.integers(500, 90_000)) * unit[m] for m in money]
    targets = tuple(
        Target(
            f"C{i}",
            w,
            price=prices[i],
            currency=money[i],
            fractional=draw(st.sampled_from([None, True, False])),
            lock=draw(st.sampled_from([Lock.NONE, Lock.NONE, Lock.NONE, Lock.NO_SELL, Lock.NO_BUY])),
            tax_class=draw(st.sampled_from(["", "fund"])),
        )
        for i, w in enumerate(weights)
    )
    accounts = tuple(
        Account(
            f"A{i}",
            (currency := draw(st.sampled_from(["KRW", "KRW", "USD"]))),
            type=AccountType(draw(st.sampled_from(["taxable", "taxable", "ISA", "IRP", "IRA"]))),
            cash=draw(st.integers(0, 900_000)) * unit[currency],
            reserve=draw(st.sampled_from([0, 0, 100_000, 2_000_000])) * unit[currency],
            contribution=draw(st.integers(-500_000, 500_000)) * unit[currency],
            fractional=draw(st.booleans()),
        )
        for i in range(draw(st.integers(1, 3)))
    )
    holdings = []
    for account, i in itertools.product(accounts, range(count)):
        units = Decimal(draw(st.sampled_from([0, 1, 7, 40, Decimal("22.1124"), Decimal("0.333333"), Decimal("13.7")])))
        value = (units * prices[i]).quantize(unit[money[i]])
        if value:
            cost = draw(st.sampled_from([None, prices[i] / 2, prices[i]]))
            holdings.append(Holding(account.name, f"C{i}", value, money[i], units, prices[i], cost))
    paid = tuple(
        Trade(
            dt.date(2026, 2, 2),
            Action.DIVIDEND,
            "C0",
            Decimal(1),
            Decimal(draw(st.integers(0, 400_000))),
            account=a.name,
        )
        for a in accounts
        if draw(st.booleans())
    )
    return Household("KRW", targets, accounts, tuple(holdings), fx={"USD": RATES["USD"]}, trades=paid)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    return policy(
        strategy=Strategy.THRESHOLD,
        method=draw(st.sampled_from(list(Method))),
        rebalance_to=draw(st.sampled_from(list(RebalanceTo))),
        cash_method=draw(st.sampled_from(list(CashMethod))),
        cash_policy=draw(st.sampled_from(list(CashPolicy))),
        dividend_policy=draw(st.sampled_from(list(CashPolicy))),
        new_cash=Decimal(draw(st.sampled_from([0, -1, 1]))) * draw(st.integers(1, 2_000_000)),
        min_trade_amount=Decimal(draw(st.sampled_from([0, 0, 50_000, 200_000]))),
        commission_rate=draw(st.sampled_from([ZERO, Decimal("0.0025")])),
        fx_spread=draw(st.sampled_from([ZERO, Decimal("0.005")])),
        plan_now=draw(st.booleans()),
        tax=draw(st.sampled_from([None, TAX])),
        account_rules=RULES,
    )


@examples(300)
@given(homes(), policies())
def test_the_reserve_stays_and_the_withdrawal_is_raised_or_what_is_missing_is_said(
    home: Household, rules: Policy
) -> None:
    plan = make_plan(home, rules, TODAY)
    said = {s.account: s.wanted for s in plan.skipped if s.target.code == "CASH"}
    spare = ZERO
    for number, account in enumerate(home.accounts):
        rate = RATES[account.currency]
        moved = account.contribution * rate + (max(rules.new_cash, ZERO) if number == 0 else ZERO)
        cash = account.cash * rate + moved + flows(plan, account.name, rules.tax)
        # Money paid in fills the reserve up, money taken out spares what there is of it.
        kept = min(account.reserve * rate, account.cash * rate + max(moved, ZERO))
        missing = said.get(account.name, ZERO)
        if rules.new_cash >= 0:
            assert cash + missing >= kept
        spare += cash + missing - kept
    assert spare >= max(-rules.new_cash, ZERO)


@examples(300)
@given(homes(), policies())
def test_no_order_is_below_the_minimum_and_none_sells_more_than_is_held(home: Household, rules: Policy) -> None:
    plan = make_plan(home, rules, TODAY)
    held = {(h.account, h.code): h.quantity or ZERO for h in home.holdings}
    for order in plan.orders:
        assert order.amount_base >= rules.min_trade_amount
        if order.action is Action.SELL:
            assert order.quantity is not None
            assert order.quantity <= held[order.account, order.target.code]


@examples(200)
@given(homes(), policies())
def test_nothing_leaves_a_later_account_while_an_earlier_one_could_pay(home: Household, rules: Policy) -> None:
    """In every account of an earlier turn, nothing that may be sold and no cash above the reserve is left."""
    plan = make_plan(home, replace(rules, new_cash=-abs(rules.new_cash)), TODAY)
    own = {a.name: whole(max(-a.contribution, ZERO) * RATES[a.currency], ROUND_CEILING) for a in home.accounts}
    shared = [w.account for w in plan.withdrawals if w.amount > own[w.account]]
    turns = {a.name: RULES.withdrawals[a.type].turn if a.type in RULES.withdrawals else 0 for a in home.accounts}
    locked = {t.code for t in home.targets if t.lock.forbids_selling}
    sold = {(o.account, o.target.code): o for o in plan.orders if o.action is Action.SELL}
    for late, early in itertools.product(shared, home.accounts):
        if turns[early.name] >= turns[late]:
            continue
        for h in (h for h in home.holdings if h.account == early.name and h.code not in locked):
            targets = {t.code: t for t in home.targets}
            parts = early.fractional if targets[h.code].fractional is None else targets[h.code].fractional
            worth = h.value if parts else (h.quantity or ZERO) // 1 * (h.price or ZERO)
            order = sold.get((early.name, h.code))
            left = worth - (order.amount if order else ZERO)
            small = order is None and worth * RATES[h.currency] < rules.min_trade_amount + 1
            assert small or left * RATES[h.currency] < 2 * max(RATES[h.currency] / 100, Decimal(1)), (late, h, order)


@examples(100)
@given(homes(), policies(), st.integers(0, 3))
def test_a_withdrawal_of_everything_leaves_nothing_that_may_be_sold(home: Household, rules: Policy, more: int) -> None:
    worth = sum((whole(h.value * RATES[h.currency], ROUND_CEILING) for h in home.holdings), ZERO)
    worth += sum((a.cash + max(a.contribution, ZERO)) * RATES[a.currency] for a in home.accounts)
    if not worth:
        return
    plan = make_plan(home, replace(rules, new_cash=-whole(worth, ROUND_CEILING) - more, min_trade_amount=ZERO), TODAY)
    sold = {(o.account, o.target.code): o.quantity for o in plan.orders}
    accounts, targets = {a.name: a for a in home.accounts}, {t.code: t for t in home.targets}
    for h in (h for h in home.holdings if not targets[h.code].lock.forbids_selling):
        free = targets[h.code].fractional
        parts = accounts[h.account].fractional if free is None else free
        units = h.quantity if parts else (h.quantity or ZERO) // 1
        assert sold.get((h.account, h.code), ZERO) == units


@examples(200)
@given(st.integers(1, 3_000_000), st.integers(0, 300_000), st.integers(100, 90_000), st.booleans(), st.booleans())
def test_money_in_another_currency_is_never_too_little(
    amount: int, idle: int, price: int, fractional: bool, own: bool
) -> None:
    """Counted in dollars: idle cash and what the orders bring, over the withdrawal at the rate of the day."""
    account = Account(
        "Main",
        "USD",
        cash=Decimal(idle).scaleb(-2),
        fractional=fractional,
        contribution=-Decimal(amount).scaleb(-2) if own else ZERO,
        commission_rate=Decimal("0.0007"),
    )
    cost = Decimal(price).scaleb(-2)
    held = Holding("Main", "A", cost * 100_000, "USD", Decimal(100_000), cost)
    home = Household("KRW", (Target("A", Decimal(1)),), (account,), (held,), fx={"USD": RATES["USD"]})
    plan = make_plan(home, policy(new_cash=ZERO if own else Decimal(-amount)), TODAY)
    brought = sum((o.amount - o.commission - o.slippage for o in plan.orders), account.cash)
    wanted = Decimal(amount).scaleb(-2) if own else Decimal(amount) / RATES["USD"]
    assert brought >= wanted


@examples(300)
@given(
    st.integers(1, 400_000_000),
    st.integers(1, 9_999_999),
    st.integers(1, 3_000_000),
    st.integers(1, 1000),
    st.sampled_from(["USD", "KRW"]),
)
def test_a_part_of_a_fractional_holding_never_quotes_more_units_than_are_held(
    units: int, price: int, rate: int, part: int, base: str
) -> None:
    held, cost = Decimal(units).scaleb(-6), Decimal(price).scaleb(-2)
    value = (held * cost).quantize(Decimal("0.01"))
    if not value:
        return
    fx = {"EUR": Decimal(rate).scaleb(-3)}
    worth = value * fx["EUR"]
    amount = (worth * (1001 - part) / 1000).quantize(Decimal(1) if base == "KRW" else Decimal("0.01"))
    account = Account("Main", base, fractional=True)
    home = Household(
        base, (Target("A", Decimal(1)),), (account,), (Holding("Main", "A", value, "EUR", held, cost),), fx=fx
    )
    plan = make_plan(home, policy(new_cash=-amount), TODAY)
    for order in plan.orders:
        assert order.quantity is not None
        assert 0 < order.quantity <= held
