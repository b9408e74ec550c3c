"""Netted classes of different rates: one deduction for each owner, and the Summary adds up to the orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tax_books import HEAD, KOREAN, family, items, update

from xlrebal.engine.tax.flat_rates import tax_at_rates

if TYPE_CHECKING:
    from pathlib import Path

OWN = [("Rule", "Value"), ("gold.rate", 0.11), ("gold.netted", 1)]


def year(folder: Path, stocks: int, gold: int, trades: list[tuple[Any, ...]] | None = None, **settings: Any) -> Any:
    """All of both is sold: 100 units each at 100,000 won, with these gains; stocks at 22%, gold at 11%."""
    gains = {"STOCKS": ("overseas_listed", stocks), "GOLD": ("gold", gold)}
    tables = family(
        holdings=[("A", code, 100, 100_000, 100_000 - gain / 100, "", "") for code, (_, gain) in gains.items()],
        targets=[
            *((code, 0, 100_000, "", kind, "") for code, (kind, _) in gains.items()),
            ("CASH", 1, "", "", "", ""),
        ],
        accounts=[("A", "Kim", "", "KRW", 0)],
        **KOREAN,
        **settings,
        more={"TaxRules": OWN} | ({"Trades": [HEAD, *trades]} if trades else {}),
    )
    return update(folder, tables)


def taxes(data: dict[str, Any]) -> tuple[Any, ...]:
    sold = {order["code"]: order["tax"] for order in data["orders"]}
    assert sum(sold.values()) == data["summary"]["tax"] == max(items(data)["Added by this plan"], 0)
    names = [item["item"] for item in data["tax"]["items"]]
    assert names.count("Deduction") == names.count("Tax of the year") == 1
    return sold["STOCKS"], sold["GOLD"], items(data)["Tax of the year"]


def test_the_deduction_counts_once(tmp_path: Path) -> None:
    """3,000,000 at 22% and 4,000,000 at 11%; the deduction is for the stocks, which are sold first."""
    assert taxes(year(tmp_path, 3_000_000, 4_000_000)) == (110_000, 440_000, 550_000)


def test_what_was_sold_before_uses_the_deduction_whatever_its_class(tmp_path: Path) -> None:
    sale = ("2026-03-03", "A", "SELL", "GOLD", 10, 100_000, 3_000_000)
    data = year(tmp_path, 1_000_000, 2_000_000, [sale])
    # 11% of the 500,000 above the deduction were due before.
    assert taxes(data) == (220_000, 220_000, 495_000)
    realised = [i["amount"] for i in data["tax"]["items"] if i["item"] == "Gains realised"]
    assert realised == [0, 3_000_000]
    assert data["summary"]["gains_budget"]["used"] == 3_000_000


def test_gains_of_the_settings_count_once(tmp_path: Path) -> None:
    data = year(tmp_path, 1_000_000, 4_000_000, realized_gains=3_000_000, realized_year=2026)
    assert taxes(data) == (220_000, 440_000, 770_000)


def test_a_loss_at_one_rate_takes_up_gains_at_another(tmp_path: Path) -> None:
    """5,000,000 less the loss of 1,000,000 and the deduction: 22% of 1,500,000."""
    assert taxes(year(tmp_path, 5_000_000, -1_000_000))[2] == 330_000


def test_losses_take_up_the_others_in_proportion() -> None:
    """4,000,000 take 3 from 6 and 1 from 2 millions; the deduction counts for the first: 500,000 and 1,000,000."""
    sales = [("0.22", 6_000_000), ("0.11", 2_000_000), ("0.05", -4_000_000)]
    tax = tax_at_rates([(Decimal(rate), Decimal(gain)) for rate, gain in sales], Decimal(2_500_000))
    assert tax == 220_000


@given(
    st.lists(st.tuples(st.sampled_from(["0.22", "0.11", "0.05"]), st.integers(-9, 9)), max_size=6), st.integers(0, 5)
)
def test_the_tax_lies_between_the_rates(sales: list[tuple[str, int]], deduction: int) -> None:
    """Of what is left of all gains after losses and one deduction, at the least and at the most of their rates."""
    left = max(sum(gain for _, gain in sales) - deduction, 0)
    tax = tax_at_rates([(Decimal(rate), Decimal(gain)) for rate, gain in sales], Decimal(deduction))
    rates = [Decimal(rate) for rate, _ in sales] or [Decimal(0)]
    slack = Decimal("1e-20")
    assert min(rates) * left - slack <= tax <= max(rates) * left + slack


@pytest.mark.parametrize("gain", [1_000_000, 7_000_000])
def test_one_rate_is_taxed_as_ever(gain: int) -> None:
    sales = [(Decimal("0.22"), Decimal(gain)), (Decimal("0.22"), Decimal(-500_000))]
    assert tax_at_rates(sales, Decimal(2_500_000)) == max(gain - 3_000_000, 0) * Decimal("0.22")
