"""The two families of docs/tax-examples.md: the page shows the figures that an update gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from books import xlrebal

PAGE = Path(__file__).parent.parent.parent / "docs" / "tax-examples.md"


def updated(folder: Path, template: str) -> dict[str, Any]:
    path = folder / "family.xlsx"
    assert xlrebal("new", path, "--template", template).status == 0
    run = xlrebal("update", path, "--as-of", "2026-11-16", "--json")
    assert run.status == 0
    data: dict[str, Any] = run.data
    return data


def figures(data: dict[str, Any]) -> set[float]:
    """Every amount of the tax section, of the gains, the harvest, the candidates and the budget."""
    found = [item["amount"] for item in data["tax"]["items"]]
    found += [line[key] for line in data["gains"] for key in ("proceeds", "cost", "gain", "washed_loss", "tax")]
    found += [one[key] for one in data["harvest"] for key in ("gain", "tax_saved")]
    found += [loss[key] for loss in data["tax_loss"] for key in ("cost", "value", "loss", "tax_saved")]
    found += list(data["summary"]["gains_budget"].values())
    return {abs(amount) for amount in found if amount}


@pytest.mark.parametrize(("template", "heading"), [("korean-family", "Korea"), ("us-family", "the United States")])
def test_every_figure_is_explained(tmp_path: Path, template: str, heading: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text.split(f"## A family in {heading}\n")[1].split("\n## ")[0]
    words = set(section.replace("|", " ").replace(";", " ").replace(":", " ").split())
    words = {word.rstrip(".,()") for word in words}
    data = updated(tmp_path, template)
    shown = {f"{amount:,.2f}" if amount != int(amount) else f"{int(amount):,}" for amount in figures(data)}
    missing = {amount for amount in shown if not {amount, f"{amount}.00"} & words}
    # Value of the lot that the page speaks of by its cost and its loss.
    assert missing <= ({"10,200"} if template == "us-family" else set())


def test_the_korean_family(tmp_path: Path) -> None:
    data = updated(tmp_path, "korean-family")
    tax = {(item["owner"], item["item"]): item["amount"] for item in data["tax"]["items"]}
    assert tax["Minsu", "Added by this plan"] == round(0.22 * (2_755_200 + 5_895_824 - 2_500_000) - 0.22 * 255_200)
    assert tax["Jiyoung", "Added by this plan"] == 0
    assert data["summary"]["tax"] == 1_297_081 + 21_206
    assert data["tax"]["last_day"] == "2026-12-29"


def test_the_us_family(tmp_path: Path) -> None:
    data = updated(tmp_path, "us-family")
    assert [line["washed_loss"] for line in data["gains"]] == [0, 360, 0, 0]
    assert "lost for good" in data["gains"][1]["source"]
    assert [skip["reason"] for skip in data["skipped"]] == ["sold at a loss: not bought before 2026-12-03 (wash sale)"]
    assert [(h["action"], h["code"]) for h in data["harvest"]] == [("SELL", "BND"), ("BUY", "SCHZ")]
