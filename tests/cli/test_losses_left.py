"""TaxLoss lists what the plan leaves: what it sells itself is no candidate, and what it saves is not counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tax_books import family, update

if TYPE_CHECKING:
    from pathlib import Path

US = {"base_currency": "USD", "tax_country": "US", "short_term_rate": 0.22, "long_term_rate": 0.15}


def losses(data: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(one["lot"], one["quantity"], one["loss"], one["tax_saved"]) for one in data["tax_loss"]]


def fund(folder: Path, weight: float, **more: Any) -> dict[str, Any]:
    """100 units at 80 that cost 100, beside cash."""
    own = more.pop("own", US)
    tables = family(
        holdings=[("A", "X", 100, 80, 100, "", "")],
        targets=[("X", weight, 80, "", own.get("kind", "us_security"), ""), ("CASH", 1 - weight, "", "", "", "")],
        accounts=[("A", "Ann", "", own["base_currency"], 0)],
        lots=more.pop("lots", None),
        **{key: value for key, value in own.items() if key != "kind"},
        **more,
    )
    return update(folder, tables)


def test_what_the_plan_sells_in_full_is_not_listed(tmp_path: Path) -> None:
    data = fund(tmp_path, 0, realized_short_gains=2000, realized_year=2026)
    assert [order["quantity"] for order in data["orders"]] == [100]
    assert losses(data) == []


def test_of_a_part_that_is_sold_the_rest_is_listed_and_saves_what_is_left_to_save(tmp_path: Path) -> None:
    """Short gains of 1,500: the plan's 50 units take up 1,000, the other 50 the last 500 (22%).

    The other 500 of loss are set against other income, at 22% too.
    """
    data = fund(tmp_path, 0.5, realized_short_gains=1500, realized_year=2026)
    assert losses(data) == [(None, 50, -1000, 220)]


def test_with_a_deduction_the_rest_saves_no_more_than_the_tax_that_is_left(tmp_path: Path) -> None:
    """2,500,500 won of gains: the plan's loss of 1,000 takes them below the deduction, so the rest saves nothing."""
    won = {"base_currency": "KRW", "tax_country": "KR", "kind": "overseas_listed"}
    data = fund(tmp_path, 0.5, own=won, realized_gains=2_500_500, realized_year=2026)
    assert losses(data) == [(None, 50, -1000, 0)]


def test_of_lots_those_that_are_left_are_listed(tmp_path: Path) -> None:
    lots = [("A", "X", "2023-02-01", 60, 110, ""), ("A", "X", "2024-02-01", 40, 85, "")]
    left = losses(fund(tmp_path, 0.5, lots=lots))
    assert left == [("2023-02-01", 10, -300, 66), ("2024-02-01", 40, -200, 44)]  # 22% on other income
    assert losses(fund(tmp_path, 0.2, lots=lots)) == [("2024-02-01", 20, -100, 22)]


def test_at_average_cost_the_rest_costs_the_average_whichever_units_went_first(tmp_path: Path) -> None:
    lots = [("A", "X", "2023-02-01", 50, 120, ""), ("A", "X", "2024-02-01", 50, 80, "")]
    data = fund(tmp_path, 0.5, lots=lots, lot_method="average")
    assert [(one["quantity"], one["cost"], one["loss"]) for one in data["tax_loss"]] == [(50, 5000, -1000)]


def test_units_bought_lately_that_the_plan_sells_wash_no_loss_of_the_rest(tmp_path: Path) -> None:
    """The dearest go first: all 40 that were bought two weeks ago are sold, so nothing is left that replaces others."""
    lots = [("A", "X", "2023-02-01", 60, 100, ""), ("A", "X", "2026-06-02", 40, 120, "")]
    data = fund(tmp_path, 0.6, lots=lots, lot_method="highest_cost")
    assert [line["washed_loss"] for line in data["gains"]] == [0]
    assert [(one["lot"], one["quantity"], one["wash_sale"]) for one in data["tax_loss"]] == [
        ("2023-02-01", 60, "clear")
    ]
