"""The two families of docs/tax-examples.md: the page shows the figures that an update gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import mark_executed, xlrebal

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


@pytest.mark.parametrize("template", ["korean-family", "us-family"])
def test_what_was_planned_is_realised_once_it_is_recorded(tmp_path: Path, template: str) -> None:
    """Also with sales of the record before: units that a recording takes out of Lots do not make them unknown."""
    updated(tmp_path, template)
    path = tmp_path / "family.xlsx"
    write(path, "Settings", "slippage_rate", 2, 0)  # filled at the planned prices
    data = xlrebal("update", path, "--as-of", "2026-11-16", "--json").data
    mark_executed(path)
    assert xlrebal("record", path, "--date", "2026-11-16").status == 0
    after = xlrebal("update", path, "--as-of", "2026-11-17", "--dry-run", "--json")
    assert not [w for w in after.data["warnings"] if "not known" in w["message"]]
    assert sums(after.data, "realised") == sums(data, "realised") + sums(data, "planned")


def write(path: Path, sheet: str, name: str, column: int, value: float) -> None:
    book = openpyxl.load_workbook(path)
    row = next(cells[0].row for cells in book[sheet].iter_rows() if cells[0].value == name)
    book[sheet].cell(row, column).value = value
    book.save(path)


def sums(data: dict[str, Any], state: str) -> float:
    return round(sum(i["amount"] for i in data["tax"]["items"] if i["item"].startswith(f"Gains {state}")), 2)
