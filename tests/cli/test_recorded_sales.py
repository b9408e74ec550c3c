"""What the record of trades says of sales and purchases counts in full, or what is not known is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tax_books import KOREAN, family, items, messages, update

if TYPE_CHECKING:
    from pathlib import Path

US = {"base_currency": "USD", "tax_country": "US", "short_term_rate": 0.24, "long_term_rate": 0.15}
DAY = "2026-11-16"


def washed(data: dict[str, Any]) -> float:
    return sum(line["washed_loss"] for line in data["gains"])


def american(
    *trades: tuple[Any, ...], target: float = 0, units: int = 100, kind: str = "us_security", **more: Any
) -> dict[str, Any]:
    """Units of VTI, worth 80 and bought for 100 each; Trades have no column Account."""
    extra = {"Trades": [("Date", "Action", "Code", "Quantity", "Price"), *trades]}
    rates = more.pop("settings", US)
    return family(
        holdings=[("A", "VTI", units, 80, 100, "USD", None)],
        targets=[("VTI", target, None, None, kind, None), ("CASH", 1 - target, None, None, None, None)],
        accounts=[("A", "kim", None, "USD", more.pop("cash", 0))],
        more=extra,
        **more,
        **rates,
    )


@pytest.mark.parametrize("lots", [None, [("A", "VTI", "2026-11-05", 100, 100, None)]])
def test_a_purchase_without_account_does_not_wash_its_own_sale(tmp_path: Path, lots: Any) -> None:
    """Revenue Ruling 56-602: units of the purchase that is sold in full replace nothing."""
    data = update(tmp_path, american(("2026-11-05", "BUY", "VTI", 100, 100), lots=lots), DAY)
    assert [line["gain"] for line in data["gains"]] == [-2000]
    assert washed(data) == 0


def test_a_purchase_without_account_counts_once_beside_its_lot(tmp_path: Path) -> None:
    """50 units bought on 5 November undo 50 of the 150 sold at a loss of 20 each, not 100 of them."""
    lots = [("A", "VTI", "2025-01-02", 50, 100, None), ("A", "VTI", "2026-11-05", 50, 100, None)]
    trades = (
        ("2025-01-02", "BUY", "VTI", 150, 100),
        ("2026-11-05", "BUY", "VTI", 50, 100),
        ("2026-11-10", "SELL", "VTI", 100, 80),
    )
    data = update(tmp_path, american(*trades, target=0.5, lots=lots), DAY)
    recorded = [line for line in data["gains"] if line["state"] == "realized"]
    assert sum(line["washed_loss"] for line in recorded) == 50 * 20
    assert washed(data) == 50 * 20


@pytest.mark.parametrize("named", [True, False])
def test_of_several_accounts_a_purchase_without_account_is_the_one_of_lots(tmp_path: Path, named: bool) -> None:
    """30 units bought in B wash 30 of those sold in A, whether or not the row names B: 30 x 20."""
    tables = family(
        holdings=[("A", "VTI", 100, 80, 100, "USD", None), ("B", "VTI", 30, 80, 75, "USD", None)],
        targets=[("VTI", 0.2, None, None, "us_security", None), ("CASH", 0.8, None, None, None, None)],
        accounts=[("A", "kim", None, "USD", 0), ("B", "kim", None, "USD", 0)],
        lots=[("A", "VTI", "2025-01-02", 100, 100, None), ("B", "VTI", "2026-11-05", 30, 75, None)],
        more={
            "Trades": [
                ("Date", "Account", "Action", "Code", "Quantity", "Price"),
                ("2026-11-05", "B" if named else None, "BUY", "VTI", 30, 75),
            ]
        },
        **US,
    )
    assert washed(update(tmp_path, tables, DAY)) == 30 * 20


def test_a_loss_that_a_purchase_in_a_roth_account_undoes_is_lost(tmp_path: Path) -> None:
    """Revenue Ruling 2008-5: the units in the Roth account cost 75 each, as before, and are not sold at a loss."""
    tables = family(
        holdings=[
            ("A", "X", 100, 80, 100, "USD", None),
            ("B", "X", 30, 80, 75, "USD", None),
            ("A", "Y", 100, 80, 80, "USD", None),
        ],
        targets=[("X", 0.1, None, None, "us_security", None), ("Y", 0.9, None, None, "us_security", None)],
        accounts=[("A", "p", "taxable", "USD", 0), ("B", "q", "Roth", "USD", 0)],
        lots=[
            ("A", "X", "2025-01-05", 100, 100, None),
            ("B", "X", "2026-10-20", 30, 75, None),
            ("A", "Y", "2025-01-05", 100, 80, None),
        ],
        **US,
    )
    data = update(tmp_path, tables, DAY)
    assert washed(data) > 0
    assert not [loss for loss in data["tax_loss"] if loss["account"] == "B"]
