"""Money that is taken out goes before ``max_tax``, and the plan says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tax_books import KOREAN, family, messages, update

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = "the tax of this plan, 990,000, is above max_tax, 500,000: money that is taken out goes first ("


def fund(folder: Path, *, now: bool = True, account_money: int = 0, **settings: Any) -> dict[str, Any]:
    """100 units that gain 140,000 won each and are worth 840,000 each."""
    tables = family(
        holdings=[("A", "VOO", 100, 840_000, 700_000, "", "")],
        targets=[("VOO", 1, 840_000, "", "overseas_listed", "")],
        **KOREAN,
        max_tax=500_000,
        **settings,
    )
    head = ("Account", "Owner", "Type", "Currency", "Cash", "Contribution")
    tables["Accounts"] = [head, ("A", "Kim", "", "KRW", 0, account_money)]
    return update(folder, tables, now=now)


@pytest.mark.parametrize("now", [True, False])
@pytest.mark.parametrize("money", [{"new_cash": -42_000_000}, {"account_money": -42_000_000}])
def test_a_withdrawal_above_the_limit_is_said(tmp_path: Path, now: bool, money: dict[str, int]) -> None:
    """50 units gain 7,000,000: 22% of 4,500,000 is 990,000."""
    data = fund(tmp_path, now=now, **money)
    assert data["summary"]["tax"] == 990_000
    assert any(text.startswith(TAKEN) for text in messages(data).values())


def test_one_within_the_limit_is_not(tmp_path: Path) -> None:
    """30 units gain 4,200,000: 374,000."""
    data = fund(tmp_path, new_cash=-25_200_000)
    assert data["summary"]["tax"] == 374_000
    assert not [text for text in messages(data).values() if "max_tax" in text]
