"""The plan against every plan there is, and what must hold for the best one."""

import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st
from profiles import examples

from engine.brute import best_deviation
from engine.test_properties import households, policies, weights
from xlrebal.domain.household import Account, AccountType, Holding, Household, Lock, Target
from xlrebal.domain.plan import Plan
from xlrebal.domain.policy import Method, Policy, Strategy
from xlrebal.engine.plan import make_plan

TODAY = dt.date(2026, 3, 4)
MOST_PLANS = 4_000
# The planner calls two plans equal when they differ by less than one part in a thousand million.
EQUAL = Decimal("1e-8")


@st.composite
def small_households(draw: st.DrawFn) -> Household:
    """Few units of few assets in up to three accounts, with locks, lists of allowed assets and costs."""
    count = draw(st.integers(1, 4))
    prices = [Decimal(draw(st.integers(7_000, 90_000))) for _ in range(count)]
    codes = [f"C{i}" for i in range(count)]
    accounts = tuple(
        Account(
            name=f"A{i}",
            currency="KRW",
            cash=Decimal(draw(st.integers(0, 250_000))),
            allowed=frozenset(draw(st.sampled_from([(), (), tuple(codes[:1]), tuple(codes[1:])]))),
            commission_rate=draw(st.sampled_from([None, Decimal("0.01")])),
            type=draw(st.sampled_from([AccountType.TAXABLE, AccountType.IRP])),
            reserve=Decimal(draw(st.sampled_from([0, 0, 20_000]))),
        )
        for i in range(draw(st.sampled_from([1, 1, 2, 2, 3])))
    )
    targets = tuple(
        Target(
            code,
            weight,
            price=price,
            lock=draw(st.sampled_from([Lock.NONE] * 5 + list(Lock))),
            safe=draw(st.booleans()),
        )
        for code, weight, price in zip(codes, draw(weights(count)), prices, strict=True)
    )
    holdings = [
        Holding(account.name, code, units * price, "KRW", Decimal(units), price)
        for account, (code, price) in itertools.product(accounts, zip(codes, prices, strict=True))
        if (units := draw(st.integers(0, 4)))
    ]
    return Household("KRW", targets, accounts, tuple(holdings))


@st.composite
def small_policies(draw: st.DrawFn) -> Policy:
    return Policy(
        strategy=Strategy.BANDS,
        method=draw(st.sampled_from([Method.FULL, Method.CASH_ONLY])),
        min_trade_amount=Decimal(draw(st.sampled_from([0, 0, 30_000]))),
        commission_rate=draw(st.sampled_from([Decimal(0), Decimal("0.0025")])),
        risk_caps=draw(st.sampled_from([{}, {"IRP": Decimal("0.7")}])),
        plan_now=True,
    )


def deviation_in_units(plan: Plan) -> Decimal:
    return plan.summary.deviation_after


@examples(150)
@given(small_households(), small_policies())
def test_no_plan_in_whole_units_is_better(household: Household, policy: Policy) -> None:
    assume(household.holdings or any(account.cash for account in household.accounts))
    best = best_deviation(household, policy, sells=policy.method is Method.FULL, most=MOST_PLANS)
    assume(best is not None)
    assert best is not None
    plan = make_plan(household, policy, TODAY)
    found, bound = plan.summary.deviation_after, plan.summary.deviation_bound
    assert bound is not None
    assert bound <= best + EQUAL * best
    assert found >= best - EQUAL * best
    if bound >= found:
        assert found <= best + EQUAL * best


@examples(300)
@given(households(), policies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(household: Household, policy: Policy, random: object) -> None:
    def shuffled(rows: tuple) -> tuple:  # type: ignore[type-arg]
        mixed = list(rows)
        random.shuffle(mixed)  # type: ignore[attr-defined]
        return tuple(mixed)

    other = replace(
        household,
        targets=shuffled(household.targets),
        accounts=shuffled(household.accounts),
        holdings=shuffled(household.holdings),
    )
    first, second = make_plan(household, policy, TODAY), make_plan(other, policy, TODAY)

    def lines(plan: Plan) -> set[tuple[object, ...]]:
        return {(o.account, o.action, o.target.code, o.quantity, o.amount) for o in plan.orders}

    assert lines(first) == lines(second)


@examples(200)
@given(households(), st.sampled_from([10, 1000]), st.booleans())
def test_scaling_all_money_scales_a_fractional_plan(household: Household, factor: int, due: bool) -> None:
    def fractional(scale: int) -> Household:
        targets = tuple(replace(t, fractional=True, price=(t.price or 1) * scale) for t in household.targets)
        holdings = tuple(replace(h, value=h.value * scale, price=(h.price or 1) * scale) for h in household.holdings)
        accounts = tuple(
            replace(a, cash=a.cash * scale, reserve=a.reserve * scale, contribution=a.contribution * scale)
            for a in household.accounts
        )
        return replace(household, targets=targets, holdings=holdings, accounts=accounts)

    method = Method.FULL if due else Method.CASH_ONLY
    policy = Policy(strategy=Strategy.BANDS, method=method, plan_now=True)
    small = make_plan(fractional(1), policy, TODAY)
    large = make_plan(fractional(factor), policy, TODAY)
    # An order is whole in the minor unit, and there is at most one for each asset in each account.
    orders = len(household.targets) * len(household.accounts)
    unit = 1 if household.base_currency == "KRW" else Decimal("0.01")
    cent = Decimal("0.01") * household.fx["EUR"]
    slack = (unit + cent) * (orders + 2) * 4
    for one, many in zip(small.drift, large.drift, strict=True):
        assert abs(one.value_after - many.value_after / factor) <= slack


@examples(300)
@given(households(), policies())
def test_the_bound_is_below_the_plan_and_distance_is_a_fraction(household: Household, policy: Policy) -> None:
    summary = make_plan(household, policy, TODAY).summary
    assert summary.deviation_after >= 0
    if summary.deviation_bound is not None:
        assert 0 <= summary.deviation_bound <= summary.deviation_after
        assert summary.distance_to_optimum is not None
        assert 0 <= summary.distance_to_optimum <= 1


def test_a_large_household_is_bounded_where_it_is_not_proven() -> None:
    """Prices that share no divisor, three accounts: too many plans to try, so the distance is bounded."""
    count = 12
    targets = tuple(Target(f"C{i:02}", Decimal(1) / count, price=Decimal(7919 + 613 * i)) for i in range(count))
    accounts = tuple(Account(f"A{i}", "KRW", cash=Decimal(400_003 + 77_777 * i)) for i in range(3))
    home = Household("KRW", targets, accounts, ())
    summary = make_plan(home, Policy(strategy=Strategy.BANDS), TODAY).summary
    assert summary.distance_to_optimum is not None
    assert summary.distance_to_optimum < Decimal("0.2")
    assert summary.cash_left < 8_000 * 3
