"""What changing money costs lowers the cash of a sale, and leaves its gain as the law counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tax_books import KOREAN, family, items, update

if TYPE_CHECKING:
    from pathlib import Path


def fund(folder: Path, weight: float = 0, **settings: Any) -> dict[str, Any]:
    """100 units bought at 500 dollars of 1,400 won, worth 600 dollars of 1,400 won."""
    tables = family(
        holdings=[("A", "VOO", 100, 600, 500, "USD", 1400)],
        targets=[("VOO", weight, 600, "USD", "overseas_listed", ""), ("CASH", 1 - weight, "", "", "", "")],
        accounts=[("A", "Kim", "", "KRW", 0)],
        fx={"USD": 1400},
        **KOREAN,
        **settings,
    )
    return update(folder, tables)


@pytest.mark.parametrize(
    ("costs", "gain"),
    [
        ({"fx_spread": 0.01}, 14_000_000),
        # 60,000 dollars less 0.1% and 0.2%: 180 dollars, 252,000 won. The spread of 1% is 840,000 won of cash.
        ({"fx_spread": 0.01, "commission_rate": 0.001, "slippage_rate": 0.002}, 13_748_000),
    ],
)
def test_a_planned_gain_counts_each_side_at_the_rate_of_its_day(
    tmp_path: Path, costs: dict[str, float], gain: int
) -> None:
    data = fund(tmp_path, **costs)
    assert [line["gain"] for line in data["gains"]] == [gain]
    assert data["summary"]["gains_budget"]["planned"] == gain
    assert data["summary"]["tax"] == items(data, "Kim")["Tax of the year"] == (gain - 2_500_000) * 22 // 100
    paid = 84_000_000 - sum(84_000_000 * rate for rate in costs.values())
    assert data["summary"]["cash_left"] == pytest.approx(paid, abs=1)


def test_a_limit_of_tax_holds_for_the_gain_as_the_record_will_count_it(tmp_path: Path) -> None:
    """A tax of 1,000,000 is 22% of 4,545,454 above the deduction; each unit gains 140,000, so 50 may be sold."""
    data = fund(tmp_path, 0.1, fx_spread=0.01, max_tax=1_000_000)
    assert [order["quantity"] for order in data["orders"]] == [50]
    assert data["summary"]["tax"] == 990_000
