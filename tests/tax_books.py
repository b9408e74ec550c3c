"""Workbooks for tests of taxes, and what an update says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from books import write_book, xlrebal

if TYPE_CHECKING:
    from pathlib import Path

KOREAN = {"base_currency": "KRW", "tax_country": "KR"}
HEAD = ("Date", "Account", "Action", "Code", "Quantity", "Price", "Gain")
DAY = "2026-06-16"


def family(
    *,
    holdings: list[tuple[Any, ...]],
    targets: list[tuple[Any, ...]],
    fx: dict[str, Any] | None = None,
    lots: list[tuple[Any, ...]] | None = None,
    accounts: list[tuple[Any, ...]] | None = None,
    more: dict[str, Any] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """A workbook; every sheet with the headers of the columns that these tests fill."""
    tables: dict[str, Any] = {
        "Holdings": [
            ("Account", "Code", "Quantity", "Price", "Avg cost", "Currency", "Avg FX rate"),
            *holdings,
        ],
        "Targets": [("Code", "Target", "Price", "Currency", "Tax class", "Replacement"), *targets],
        "Settings": [("Setting", "Value"), ("last_rebalanced", "2026-06-01"), *settings.items()],
    }
    if fx:
        tables["FX"] = [("Currency", "Rate"), *fx.items()]
    if lots:
        tables["Lots"] = [("Account", "Code", "Acquired", "Quantity", "Unit cost", "FX rate"), *lots]
    if accounts:
        tables["Accounts"] = [("Account", "Owner", "Type", "Currency", "Cash"), *accounts]
    return tables | (more or {})


def update(folder: Path, tables: dict[str, Any], day: str = DAY, *, now: bool = True) -> dict[str, Any]:
    path = write_book(folder / "family.xlsx", tables)
    run = xlrebal("update", path, "--as-of", day, "--json", "--dry-run", *(["--now"] if now else []))
    assert run.status == 0, run.err
    data: dict[str, Any] = run.data
    return data


def items(data: dict[str, Any], owner: str | None = None) -> dict[str, Any]:
    return {i["item"]: i["amount"] for i in data["tax"]["items"] if owner is None or i["owner"] == owner}


def messages(data: dict[str, Any]) -> dict[str, str]:
    return {w["cell"]: w["message"] for w in data["warnings"]}
