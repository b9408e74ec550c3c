"""A tax that depends on what nobody knows stays blank, and a warning says what to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tax_books import KOREAN, family, items, messages, update

if TYPE_CHECKING:
    from pathlib import Path


def taxes(data: dict[str, Any]) -> dict[str, Any]:
    return {order["code"]: order["tax"] for order in data["orders"] if order["action"] == "SELL"}


def sold(folder: Path, tax_class: str, costs: dict[str, tuple[str, Any]], **settings: Any) -> dict[str, Any]:
    """100 units at 100,000 won of each code, all sold; account and cost by code. Kim has A, Lee B."""
    tables = family(
        holdings=[(account, code, 100, 100_000, cost, "", "") for code, (account, cost) in costs.items()],
        targets=[*((code, 0, 100_000, "", tax_class, "") for code in costs), ("CASH", 1, "", "", "", "")],
        accounts=[("A", "Kim", "", "KRW", 0), ("B", "Lee", "", "KRW", 0)],
        **KOREAN,
        **settings,
    )
    return update(folder, tables)


def test_tax_withheld_is_blank_while_a_part_of_it_is_unknown(tmp_path: Path) -> None:
    known = sold(tmp_path, "kr_other_etf", {"X": ("A", 80_000), "Y": ("A", 90_000)})
    assert items(known)["Withheld at sale by this plan"] == 462_000  # 15.4% of 2,000,000 and of 1,000,000
    for codes in (("X", "Y"), ("Y", "X")):
        costs = dict(zip(codes, [("A", 80_000), ("A", "")], strict=True))
        data = sold(tmp_path, "kr_other_etf", costs)
        assert items(data)["Withheld at sale by this plan"] is None
        assert data["summary"]["tax"] is None


def test_beside_a_sale_at_an_unknown_gain_nobody_knows_what_of_the_deduction_is_left(tmp_path: Path) -> None:
    """X gains 2,000,000, which is free only while Y gains no more than 500,000. Z loses, V is another owner's."""
    costs = {"X": ("A", 80_000), "Y": ("A", ""), "Z": ("A", 110_000), "V": ("B", 80_000)}
    data = sold(tmp_path, "overseas_listed", costs)
    assert taxes(data) == {"X": None, "Y": None, "Z": 0, "V": 0}
    assert items(data, "Kim")["Tax of the year"] is None
    assert items(data, "Lee")["Tax of the year"] == 0


def test_the_limit_that_cannot_be_kept_names_the_sale_without_a_cost(tmp_path: Path) -> None:
    costs = {"X": ("A", 80_000), "Y": ("A", "")}
    data = sold(tmp_path, "overseas_listed", costs, max_tax=1000)
    assert [text for text in messages(data).values() if "max_tax" in text] == [
        "max_tax cannot be kept: the tax of the sale of Y is not known (give its cost, or do not sell it)"
    ]


def test_what_is_held_by_value_alone_has_no_known_cost(tmp_path: Path) -> None:
    tables = family(
        holdings=[],
        targets=[("X", 0, "", "", "overseas_listed", ""), ("CASH", 1, "", "", "", "")],
        accounts=[("A", "Kim", "", "KRW", 0)],
        **KOREAN,
    )
    tables["Holdings"] = [("Account", "Code", "Quantity", "Value", "Avg cost"), ("A", "X", "", 9_000_000, 50_000)]
    data = update(tmp_path, tables)
    assert taxes(data) == {"X": None}
    assert messages(data)["Holdings!C2"].startswith(
        "the cost of X is not known: it is held by value alone (fill Quantity"
    )


@pytest.mark.parametrize(
    ("rates", "hint"),
    [
        (
            {"short_term_rate": 0.2, "taxable_income": 100_000},
            "set long_term_rate too, or clear short_term_rate, so that taxable_income counts",
        ),
        ({"long_term_rate": 0.2}, "set short_term_rate too, or clear long_term_rate and set taxable_income"),
        ({}, "set taxable_income, or short_term_rate and long_term_rate"),
    ],
)
def test_the_warning_names_the_rate_that_is_missing(tmp_path: Path, rates: dict[str, float], hint: str) -> None:
    tables = family(
        holdings=[("", "X", 10, 100, 50, "", "")],
        targets=[("X", 1, 100, "", "us_security", "")],
        base_currency="USD",
        tax_country="US",
        **rates,
    )
    found = [text for text in messages(update(tmp_path, tables)).values() if "tax rates" in text]
    assert found == [f"X: your tax rates are not set ({hint}; until then its tax is left blank)"]
