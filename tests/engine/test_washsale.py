"""Losses around which the same security is bought."""

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from engine.builders import holding, household, policy, target
from xlrebal.domain.household import Account, Action, Lot, LotMethod, Trade
from xlrebal.domain.plan import TaxLoss
from xlrebal.domain.tax_rules import TaxClass, TaxRules
from xlrebal.engine.plan import make_plan
from xlrebal.engine.tax.wash_sales import Purchase, verdict, washed_units
from xlrebal.language import in_english

SALE = dt.date(2026, 1, 8)
US = TaxRules(
    "US",
    {"stock": TaxClass("stock", Decimal("0.3"), netted=True, long_rate=Decimal("0.15"))},
    wash_sale_days=30,
    day=SALE,
)


def lot(day: str, units: int, cost: int, account: str = "Main") -> Lot:
    return Lot(account, "M", dt.date.fromisoformat(day), Decimal(units), Decimal(cost))


def losses(lots: list[Lot], *, units: dict[str, int], trades: tuple[Trade, ...] = (), **more: Any) -> list[TaxLoss]:
    """M stands at 40 in every account."""
    home = household(
        [target("M", "1", tax_class="stock")],
        [holding("M", count, "40", name, average_cost="50") for name, count in units.items()],
        *(Account(name, "KRW") for name in units),
        lots=tuple(lots),
        trades=trades,
    )
    rules = {"lot_method": LotMethod.FIFO, "realized_short_gains": Decimal(100_000)} | more
    return list(make_plan(home, policy(tax=US, **rules), SALE).tax_loss)


def test_more_sold_than_bought() -> None:
    """IRS Publication 550: 100 shares bought for 5,000 are sold for 4,000; 50 and 25 were bought in the 30 days before.

    The loss on 75 shares, 750, does not count; 250 does.
    """
    lots = [lot("2025-09-24", 100, 50), lot("2025-12-21", 50, 55), lot("2025-12-28", 25, 45)]
    found = next(loss for loss in losses(lots, units={"Main": 175}) if loss.lot == dt.date(2025, 9, 24))
    assert (found.quantity, found.loss) == (100, -1_000)
    assert in_english(found.wash_sale) == "bought on 2025-12-28: 75 of 100 units washed"
    assert found.tax_saved == 250 * 30 // 100
    assert found.do_not_buy_until == dt.date(2026, 2, 8)


def test_the_window_is_thirty_days_and_a_lot_does_not_wash_itself() -> None:
    old, edge, outside = lot("2025-06-01", 10, 50), lot("2025-12-09", 10, 50), lot("2025-12-08", 10, 50)
    assert {in_english(loss.wash_sale) for loss in losses([old, outside], units={"Main": 20})} == {"clear"}
    found = {loss.lot: in_english(loss.wash_sale) for loss in losses([old, edge], units={"Main": 20})}
    assert found == {old.acquired: "bought on 2025-12-09", edge.acquired: "clear"}


def test_a_purchase_in_another_account_counts() -> None:
    lots = [lot("2025-06-01", 10, 50), lot("2026-01-02", 4, 41, "IRA")]
    found = next(loss for loss in losses(lots, units={"Main": 10, "IRA": 4}) if loss.account == "Main")
    assert in_english(found.wash_sale) == "bought on 2026-01-02: 4 of 10 units washed"


def test_trades_count_where_an_account_has_no_lots() -> None:
    bought = Trade(dt.date(2026, 1, 2), Action.BUY, "M", Decimal(4), Decimal(41), account="IRA")
    found = next(
        loss
        for loss in losses([lot("2025-06-01", 10, 50)], units={"Main": 10, "IRA": 4}, trades=(bought,))
        if loss.account == "Main"
    )
    assert in_english(found.wash_sale) == "bought on 2026-01-02: 4 of 10 units washed"


@examples(300)
@given(st.lists(st.integers(1, 100), max_size=5), st.integers(1, 100))
def test_never_more_is_washed_than_is_sold(bought: list[int], sold: int) -> None:
    purchases = [Purchase(SALE, Decimal(units)) for units in bought]
    disallowed = washed_units(purchases, Decimal(sold))
    assert 0 <= disallowed <= sold
    assert (verdict(purchases, Decimal(sold)).kind == "plan.not_washed") == (disallowed == 0)
