"""Why an asset is not bought: the reason given is what keeps it from being bought, in the account that is named."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Account, AccountType, Lock, Target
from xlrebal.domain.policy import Method
from xlrebal.engine.plan import make_plan
from xlrebal.language import in_english

TODAY = dt.date(2026, 3, 4)
CAPS = {"IRP": Decimal("0.7")}


def irp(cash: int, name: str = "IRP", **more: Any) -> Account:
    return Account(name, "KRW", type=AccountType.IRP, cash=Decimal(cash), **more)


def reasons(home: Any, **more: Any) -> dict[str, tuple[str, str]]:
    plan = make_plan(home, policy(risk_caps=CAPS, plan_now=True, **more), TODAY)
    return {s.target.code: (s.account, in_english(s.reason)) for s in plan.skipped}


def test_the_cap_is_named_with_the_account_that_it_binds() -> None:
    """First holds the asset and has no cash; what has cash is the IRP, at its cap."""
    home = household(
        [target("STOCK", "0.9"), target("BOND", "0.1", price="1000", safe=True)],
        [holding("STOCK", 80, "1000", "IRP"), holding("BOND", 20, "1000", "IRP")],
        Account("First", "KRW"),
        irp(10_000),
    )
    assert reasons(home)["STOCK"] == ("IRP", "risky assets may be 70.00% of IRP at most")


def test_the_cap_is_not_the_reason_while_there_is_room_under_it() -> None:
    """Half of the account is risky: the unit of 6,000 fits under the cap and overshoots the target, so it waits."""
    home = household(
        [target("STOCK", "0.52", price="6000"), target("BOND", "0.48", safe=True)],
        [holding("STOCK", 8, "6000", "IRP"), holding("BOND", 48, "1000", "IRP")],
        irp(4_000),
    )
    (reason,) = [why for code, why in reasons(home).items() if code == "STOCK"]
    assert "risky" not in reason[1]


def test_the_cap_is_not_the_reason_where_cash_is_kept_as_a_target() -> None:
    home = household(
        [target("STOCK", "0.8"), target("BOND", "0.1", safe=True, lock=Lock.BOTH), target("CASH", "0.1")],
        [holding("STOCK", 75, "1000", "IRP"), holding("BOND", 18, "1000", "IRP")],
        irp(7_000),
    )
    assert reasons(home)["STOCK"][1] == "no cash left to buy it"


def test_a_withdrawal_is_the_reason_where_it_is() -> None:
    home = household(
        [target("STOCK", "0.9"), target("BOND", "0.1", price="1000", safe=True)],
        [holding("STOCK", 80, "1000", "IRP"), holding("BOND", 10, "1000", "IRP")],
        irp(10_000),
    )
    why = reasons(home, method=Method.CASH_ONLY, new_cash=Decimal(-1_000))
    assert why["STOCK"] == ("IRP", "nothing is bought while money is taken out")


@pytest.mark.parametrize("lock", [Lock.NO_BUY, Lock.BOTH])
def test_a_lock_comes_before_the_cap(lock: Lock) -> None:
    home = household(
        [target("STOCK", "0.9", lock=lock), target("BOND", "0.1", price="1000", safe=True)],
        [holding("STOCK", 80, "1000", "IRP"), holding("BOND", 10, "1000", "IRP")],
        irp(10_000),
    )
    assert reasons(home)["STOCK"][1] == f"locked: {lock}"


@examples(100)
@given(st.data())
def test_lifting_the_cap_that_is_named_brings_an_order(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 4))
    parts = [data.draw(st.integers(1, 9)) for _ in range(count)]
    weights = [Decimal(p * 100 // sum(parts)) / 100 for p in parts]
    weights[0] += 1 - sum(weights)
    prices = [data.draw(st.sampled_from([1_000, 7_000, 33_000])) for _ in range(count)]
    targets = [
        Target(f"C{i}", weights[i], price=Decimal(prices[i]), safe=data.draw(st.booleans())) for i in range(count)
    ]
    accounts = (irp(data.draw(st.integers(0, 200_000)), "A0"), Account("A1", "KRW", cash=Decimal(5_000)))
    held = [
        holding(f"C{i}", units, str(prices[i]), name)
        for i in range(count)
        for name in ("A0", "A1")
        if (units := data.draw(st.integers(0, 30)))
    ]
    home = household(targets, held, *accounts)
    rules = {"method": Method.CASH_ONLY, "min_trade_amount": Decimal(data.draw(st.sampled_from([0, 20_000])))}
    capped = make_plan(home, policy(risk_caps=CAPS, **rules), TODAY)
    free = make_plan(home, policy(**rules), TODAY)
    blamed = {s.target.code: s.account for s in capped.skipped if in_english(s.reason).startswith("risky assets")}
    spent = [sum(o.amount for o in plan.orders if o.account == "A0") for plan in (free, capped)]
    assert set(blamed.values()) <= {"A0"}
    # Without the cap the account buys more: what is blamed on it, or another asset that lacks as much.
    assert not blamed or spent[0] > spent[1]
