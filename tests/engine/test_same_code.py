"""A plan and the pairs beside it never sell and buy the same asset, and the savings of the pairs come out as stated."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from engine.builders import holding, household, policy, target, tax_rules
from xlrebal.domain.household import Account, AccountType, Action, Household, Lot, LotMethod, Trade
from xlrebal.domain.plan import Plan
from xlrebal.domain.policy import CashMethod, RebalanceTo
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.plan import make_plan
from xlrebal.language import in_english

TODAY = dt.date(2026, 11, 16)
SHORT, LONG, LIMIT = Decimal("0.3"), Decimal("0.15"), Decimal(3000)
US = TaxRules(
    "US",
    {"us": TaxClass("us", SHORT, netted=True, long_rate=LONG)},
    wash_sale_days=30,
    day=TODAY,
    deferred_accounts=frozenset({"IRA"}),
    loss_limit=LIMIT,
)
KR = tax_rules("KR", TODAY)


def orders(plan: Plan) -> list[tuple[str, str, str]]:
    return [(str(o.action), o.target.code, o.account) for o in plan.orders]


def pairs(plan: Plan) -> list[tuple[int, str, str, str]]:
    return [(h.pair, str(h.order.action), h.order.target.code, h.order.account) for h in plan.harvest]


@pytest.mark.parametrize("method", list(CashMethod))
@pytest.mark.parametrize("stop", list(RebalanceTo))
def test_what_a_withdrawal_sells_at_a_loss_is_not_bought_in_another_account(
    stop: RebalanceTo, method: CashMethod
) -> None:
    targets = [target("X", "0.9", tax_class="us"), target("Y", "0.1", tax_class="us")]
    home = household(
        targets,
        [holding("X", 100, "20", "T", average_cost="30"), holding("Y", 200, "10", "I", average_cost="10")],
        Account("T", "KRW", contribution=Decimal(-400)),
        Account("I", "KRW", type=AccountType.IRA, cash=Decimal(1000)),
    )
    plan = make_plan(home, policy(tax=US, plan_now=True, rebalance_to=stop, cash_method=method), TODAY)
    assert [o[:2] for o in orders(plan) if o[1] == "X"] == [("SELL", "X")]
    reasons = [in_english(skip.reason) for skip in plan.skipped if skip.target.code == "X"]
    assert reasons == ["this plan sells it, and never buys what it sells"]


def losers(*replacements: tuple[str, str], rules: TaxRules = US, **more: Any) -> Household:
    """Each asset 100 units at 80 that cost 100, on target; names are the codes in lower case."""
    name = "us" if rules is US else "overseas_listed"
    weight = Decimal(1) / len(replacements)
    targets = [
        target(code, str(weight), name=code.lower(), tax_class=name, price="80", replacement=other)
        for code, other in replacements
    ]
    accounts = more.pop("accounts", (Account("Main", "KRW"),))
    rows = [holding(code, 100, "80", accounts[0].name, average_cost="100") for code, _ in replacements]
    return household(targets + more.pop("others", []), rows + more.pop("rows", []), *accounts, **more)


def harvest(home: Household, rules: TaxRules = US, **more: Any) -> Plan:
    return make_plan(home, policy(tax=rules, realized_short_gains=Decimal(20_000), **more), TODAY)


def test_of_two_assets_that_replace_each_other_one_is_harvested() -> None:
    plan = harvest(losers(("A", "B"), ("B", "A")))
    assert pairs(plan) == [(1, "SELL", "A", "Main"), (1, "BUY", "B", "Main")]
    assert plan.harvest[0].tax_saved == 600


def test_a_ring_of_replacements_by_name_and_by_code() -> None:
    plan = harvest(losers(("A", "b"), ("B", "C"), ("C", "a")))
    assert pairs(plan) == [(1, "SELL", "A", "Main"), (1, "BUY", "B", "Main")]


def test_another_account_and_owner_make_no_difference() -> None:
    accounts = (Account("Main", "KRW", owner="P"), Account("Other", "KRW", owner="Q"))
    rows = [holding("B", 100, "80", "Other", average_cost="100")]
    home = losers(("A", "B"), accounts=accounts, rows=rows, others=[])
    home = household(
        [target("A", "0.5", tax_class="us", replacement="B"), target("B", "0.5", tax_class="us", replacement="A")],
        list(home.holdings),
        *accounts,
    )
    assert [p[1:3] for p in pairs(harvest(home))] == [("SELL", "A"), ("BUY", "B")]


@pytest.mark.parametrize("replacement", ["A", "a", "nothing known"])
def test_an_asset_that_would_replace_itself_is_not_harvested(replacement: str) -> None:
    assert pairs(harvest(losers(("A", replacement)))) == []


def test_no_pair_buys_what_the_plan_sells() -> None:
    """Z's replacement X has target 0: the plan sells it at a loss."""
    home = losers(("Z", "X"), others=[target("X", "0", tax_class="us")])
    home = household(list(home.targets), [*home.holdings, holding("X", 10, "80", average_cost="90")])
    plan = harvest(home, plan_now=True, drift_threshold=Decimal("0.5"), min_trade_amount=Decimal(100))
    assert ("SELL", "X", "Main") in orders(plan)
    assert pairs(plan) == []


@pytest.mark.parametrize(
    "how",
    [
        {"price": None},
        {"price": "100000"},
        {"lock": "no buy"},
        {"allowed": frozenset({"A"})},
        {"trades": (Trade(dt.date(2026, 11, 2), Action.SELL, "R", Decimal(1), Decimal(80), "Main", gain=Decimal(-5)),)},
    ],
)
def test_a_replacement_that_cannot_be_bought_makes_no_pair(how: dict[str, Any]) -> None:
    from xlrebal.domain.household import Lock

    accounts = (Account("Main", "KRW", allowed=how.get("allowed", frozenset())),)
    other = target("R", "0", tax_class="us", lock=Lock(how.get("lock", "")))
    price = how.get("price", "80")
    other = other if price is None else target("R", "0", tax_class="us", lock=Lock(how.get("lock", "")), price=price)
    home = losers(("A", "R"), accounts=accounts, others=[other], trades=how.get("trades", ()))
    assert pairs(harvest(home)) == []


def test_in_korea_the_same_is_bought_back_where_the_plan_sells_the_replacement() -> None:
    home = losers(("Z", "X"), rules=KR, others=[target("X", "0", tax_class="overseas_listed")])
    rows = [holding("Z", 100, "80000", average_cost="100000"), holding("X", 10, "80", average_cost="90")]
    home = household(list(home.targets), rows)
    rules: dict[str, Any] = {"realized_gains": Decimal(4_000_000), "plan_now": True}
    plan = make_plan(home, policy(tax=KR, **rules), TODAY)
    assert ("SELL", "X", "Main") in orders(plan)
    assert not {h.order.target.code for h in plan.harvest} & {o.target.code for o in plan.orders}


def test_in_korea_owners_realise_gains_on_the_same_asset_each() -> None:
    accounts = (Account("Main", "KRW", owner="P"), Account("Other", "KRW", owner="Q"))
    rows = [holding("A", 100, "80000", name, average_cost="60000") for name in ("Main", "Other")]
    home = household([target("A", "1", tax_class="overseas_listed")], rows, *accounts)
    plan = make_plan(home, policy(tax=KR), TODAY)
    assert [p[1:] for p in pairs(plan)] == [
        ("SELL", "A", "Main"),
        ("BUY", "A", "Main"),
        ("SELL", "A", "Other"),
        ("BUY", "A", "Other"),
    ]


def test_a_pair_sells_the_units_that_a_sale_takes_first() -> None:
    """The older lot gains, so that a sale of it loses nothing; the dearest first, the younger one is sold."""
    lots = (
        Lot("Main", "A", dt.date(2024, 3, 1), Decimal(50), Decimal(60)),
        Lot("Main", "A", dt.date(2026, 3, 2), Decimal(50), Decimal(120)),
    )
    home = losers(("A", ""), lots=lots)
    assert pairs(harvest(home, lot_method=LotMethod.FIFO)) == []
    plan = harvest(home, lot_method=LotMethod.HIGHEST_COST)
    assert [(h.order.quantity, h.gain) for h in plan.harvest] == [(50, -2000)]


# Random households, their orders and pairs carried out share by share.

ACCOUNTS = (
    Account("T", "KRW", owner="P"),
    Account("I", "KRW", owner="P", type=AccountType.IRA),
    Account("S", "KRW", owner="Q"),
    Account("U", "KRW", owner="Q"),
)
LOT = st.tuples(
    st.integers(0, 3),
    st.sampled_from("ABC"),
    st.sampled_from([500, 366, 365, 200, 31, 30, 12, 3]),
    st.integers(1, 40),
    st.integers(60, 110),
)
HOME = st.fixed_dictionaries(
    {
        "lots": st.lists(LOT, min_size=1, max_size=9, unique_by=lambda lot: lot[:3]),
        "accounts": st.integers(1, 4),
        "weights": st.permutations(["0.2", "0.3", "0.5"]),
        "instead": st.tuples(*(st.sampled_from(["", "A", "B", "C"]) for _ in range(3))),
        "cash": st.lists(st.integers(-900, 1500), min_size=4, max_size=4),
        "stop": st.sampled_from(list(RebalanceTo)),
        "cash_method": st.sampled_from(list(CashMethod)),
        "method": st.sampled_from([LotMethod.FIFO, LotMethod.LIFO]),
        "done": st.integers(-2000, 8000),
        "now": st.booleans(),
        "known": st.booleans(),
    }
)


class ByHand:
    """Every share by itself: what it cost, since when it is held, and whether it still stands for no other."""

    def __init__(self, lots: list[Lot], method: LotMethod) -> None:
        self.shares = [
            {
                "account": lot.account,
                "code": lot.code,
                "day": lot.acquired,
                "since": lot.acquired,
                "cost": lot.unit_cost,
            }
            for lot in sorted(lots, key=lambda lot: (lot.acquired, lot.account))
            for _ in range(int(lot.quantity))
        ]
        self.all, self.method = list(self.shares), method
        self.short = self.long = Decimal(0)

    def sell(self, account: str, code: str, units: int, price: Decimal, *, taxed: bool) -> None:
        """First in first out or last in first out, of one day those that took up no loss first."""
        mine = [s for s in self.shares if (s["account"], s["code"]) == (account, code)]
        mine.sort(key=lambda s: "stands" in s)
        mine.sort(key=lambda s: s["day"], reverse=self.method is LotMethod.LIFO)
        sold = mine[:units]
        self.shares = [s for s in self.shares if not any(s is one for one in sold)]
        for share in sold:
            gain = price - share["cost"]
            if not taxed:
                continue
            if gain < 0 and self._washed(share, sold, -gain):
                continue
            year_on = share["since"].replace(year=share["since"].year + 1)
            if year_on < TODAY:
                self.long += gain
            else:
                self.short += gain

    def _washed(self, share: dict[str, Any], sold: list[dict[str, Any]], loss: Decimal) -> bool:
        for other in self.all:
            near = (TODAY - other["day"]).days <= 30 and other["code"] == share["code"]
            own_lot = (other["account"], other["day"]) == (share["account"], share["day"])
            together = any(other is one for one in sold)
            if near and not own_lot and not together and not other.get("stands"):
                other["stands"] = True
                other["cost"] += loss
                other["since"] -= TODAY - share["since"]
                return True
        return False

    def tax(self, done: Decimal) -> Decimal:
        """Tax of the year less what a net loss takes off other income."""
        short, long = self.short + done, self.long
        if short + long < 0:
            return -min(-(short + long), LIMIT) * SHORT
        if short < 0 or long < 0:
            return (short + long) * (SHORT if short > 0 else LONG)
        return short * SHORT + long * LONG


def family(drawn: dict[str, Any]) -> tuple[Household, list[Lot]]:
    accounts = [
        Account(a.name, "KRW", owner=a.owner, type=a.type, cash=Decimal(max(c, 0)), contribution=Decimal(min(c, 0)))
        for a, c in zip(ACCOUNTS[: drawn["accounts"]], drawn["cash"], strict=False)
    ]
    lots = [
        Lot(ACCOUNTS[number % drawn["accounts"]].name, code, TODAY - dt.timedelta(days), Decimal(units), Decimal(cost))
        for number, code, days, units, cost in drawn["lots"]
    ]
    lots = list({(lot.account, lot.code, lot.acquired): lot for lot in lots}.values())
    units: dict[tuple[str, str], int] = {}
    for lot in lots:
        units[lot.account, lot.code] = units.get((lot.account, lot.code), 0) + int(lot.quantity)
    targets = [
        target(code, weight, tax_class="us", price="80", replacement=other)
        for code, weight, other in zip("ABC", drawn["weights"], drawn["instead"], strict=True)
    ]
    trades = tuple(
        Trade(lot.acquired, Action.BUY, lot.code, lot.quantity, lot.unit_cost, lot.account)
        for lot in lots
        if drawn["known"]
    )
    rows = [holding(code, count, "80", name) for (name, code), count in units.items()]
    return household(targets, rows, *accounts, lots=tuple(lots), trades=trades), lots


@examples(60)
@given(HOME)
def test_orders_and_pairs_carried_out_as_listed_save_what_they_say(drawn: dict[str, Any]) -> None:
    home, lots = family(drawn)
    done = Decimal(drawn["done"])
    rules = policy(
        tax=US,
        plan_now=drawn["now"],
        rebalance_to=drawn["stop"],
        cash_method=drawn["cash_method"],
        lot_method=drawn["method"],
        realized_short_gains=done,
        drift_threshold=Decimal("0.1"),
    )
    plan = make_plan(home, rules, TODAY)
    sold = {o.target.code for o in plan.orders if o.action == "SELL"} | {
        h.order.target.code for h in plan.harvest if h.order.action == "SELL"
    }
    bought = {o.target.code for o in plan.orders if o.action == "BUY"} | {
        h.order.target.code for h in plan.harvest if h.order.action == "BUY"
    }
    assert not sold & bought
    book, types = ByHand(lots, drawn["method"]), {a.name: a.type for a in home.accounts}
    before = book.tax(done)
    for order in (o for o in plan.orders if o.action == "SELL"):
        taxed = types[order.account] is AccountType.TAXABLE
        book.sell(order.account, order.target.code, int(order.quantity or 0), Decimal(80), taxed=taxed)
    lines = plan.tax.gains if plan.tax else ()
    counted = {
        term: sum(n.gain + n.disallowed for n in lines if n.term == term and n.gain is not None)
        for term in ("short", "long")
    }
    assert (book.short, book.long) == (counted["short"], counted["long"])
    for sale in (h for h in plan.harvest if h.order.action == "SELL"):
        before = book.tax(done)
        book.sell(sale.order.account, sale.order.target.code, int(sale.order.quantity or 0), Decimal(80), taxed=True)
        assert sale.tax_saved is not None
        assert abs(before - book.tax(done) - sale.tax_saved) <= Decimal("0.5")
