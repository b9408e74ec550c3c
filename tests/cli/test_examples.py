"""The worked examples come out exactly, from a workbook through ``xlrebal update --json``."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from books import Run, settings, write_book, xlrebal

CASES = Path(__file__).parent.parent / "cases"
EXAMPLES = {e["id"]: e for e in yaml.safe_load((CASES / "examples.yaml").read_text(encoding="utf-8"))}


def update(path: Path, example: dict[str, Any], *arguments: object, **wanted: Any) -> dict[str, Any]:
    """Write the example's workbook, update it and return the JSON."""
    source = EXAMPLES[example["same_as"]] if "same_as" in example else example
    holdings = [("Code", "Quantity", "Price", "Value")]
    for code, row in source["holdings"].items():
        holdings.append((code, row.get("quantity"), row.get("price"), row["value"]))
    targets = [("Group", "Code", "Target", "Min", "Max", "Fractional")]
    for code, row in source["targets"].items():
        weight, low, high = row if isinstance(row, list) else (row, None, None)
        targets.append((None, code, weight, low, high, "yes"))
    given = {key: source[key] for key in ("base_currency", "min_trade_amount", "commission_rate") if key in source}
    write_book(path, {"Holdings": holdings, "Targets": targets, "Settings": settings(**(given | wanted))})
    run: Run = xlrebal("update", path, "--as-of", "2026-03-04", "--json", *arguments)
    assert (run.status, run.err) == (0, "")
    return run.data


def signed(orders: list[dict[str, Any]]) -> dict[str, int]:
    return {o["code"]: o["amount"] if o["action"] == "BUY" else -o["amount"] for o in orders}


def traded(expected: dict[str, int]) -> dict[str, int]:
    return {code: amount for code, amount in expected.items() if amount}


def test_four_asset_full_rebalance(tmp_path: Path) -> None:
    example = EXAMPLES["four-asset-full-rebalance"]
    expect = example["expect"]
    data = update(tmp_path / "book.xlsx", example, drift_threshold=0.05)
    assert data["total_value"] == expect["total_value"]
    assert {line["code"]: line["weight"] for line in data["drift"]} == expect["weights"]
    trigger = expect["trigger_at_threshold_0.05"]
    assert data["trigger"]["due"] is trigger["due"]
    assert (data["trigger"]["code"], data["trigger"]["drift"]) == (trigger["asset"], trigger["drift"])
    assert signed(data["orders"]) == expect["orders"]
    assert next(o["action"] for o in data["orders"]) == "SELL"


def test_four_asset_new_cash_proportional(tmp_path: Path) -> None:
    example = EXAMPLES["four-asset-new-cash-proportional"]
    expect = example["expect"]
    data = update(tmp_path / "book.xlsx", example, "--cash", example["new_cash"], cash_method="proportional")
    total = data["total_value"]
    shortfalls = {
        line["code"]: max(Decimal(str(line["target"])) * total - line["value"], Decimal(0)) for line in data["drift"]
    }
    assert shortfalls == expect["shortfalls"]
    assert signed(data["orders"]) == traded(expect["orders"])
    assert sum(o["amount"] for o in data["orders"]) == example["new_cash"]


def test_korean_core_satellite_not_due(tmp_path: Path) -> None:
    example = EXAMPLES["korean-core-satellite"]
    data = update(tmp_path / "book.xlsx", example)
    expect = example["expect"]
    assert data["total_value"] == expect["total_value"]
    assert data["trigger"]["due"] is expect["trigger_at_threshold_0.05"]["due"]
    assert {d["code"]: round(d["drift"] * 100, 2) for d in data["drift"]} == expect["drift_pp"]
    assert data["orders"] == []


def test_korean_core_satellite_planned_now(tmp_path: Path) -> None:
    example = EXAMPLES["korean-core-satellite"]
    expect = example["expect"]
    data = update(tmp_path / "book.xlsx", example, "--now")
    assert signed(data["orders"]) == expect["orders_when_planned_now"]
    assert {skip["code"]: skip["wanted_amount"] for skip in data["skipped"]} == expect["skipped"]
    assert sum(o["amount"] for o in data["orders"]) == expect["total_traded"] == data["summary"]["turnover"]
    assert sum(o["commission"] for o in data["orders"]) == expect["commission"]


def test_schedule(tmp_path: Path) -> None:
    days = [day.isoformat() for day in EXAMPLES["schedule"]["expect"]["first_business_days_2026"]]
    path = write_book(tmp_path / "book.xlsx")
    day, found = "2025-12-31", []
    for _ in days:
        day = xlrebal("update", path, "--as-of", day, "--json", "--dry-run").data["trigger"]["next_scheduled"]
        found.append(day)
    assert found == days


@pytest.mark.parametrize(("price", "candidate"), [(9500, False), (9499, True)])
def test_tax_loss_by_average_cost(tmp_path: Path, price: int, candidate: bool) -> None:
    """A holding is a candidate when its loss is larger than 5% of the average cost, not at 5%."""
    assert EXAMPLES["tax-loss-by-average-cost"]["threshold"] == -0.05
    holdings = [("Code", "Quantity", "Price", "Avg cost"), ("A", 10, price, 10000)]
    tables = {"Holdings": holdings, "Targets": [("Code", "Target"), ("A", 1)], "Settings": settings()}
    path = write_book(tmp_path / "book.xlsx", tables)
    losses = xlrebal("update", path, "--as-of", "2026-03-04", "--json").data["tax_loss"]
    assert [loss["loss"] for loss in losses] == ([(price - 10000) * 10] if candidate else [])


def test_korean_tax_figures(tmp_path: Path) -> None:
    """22% above 2.5 million of netted overseas gains, 15.4% on other Korean-listed ETFs, domestic equity exempt."""
    figures = EXAMPLES["korean-tax-figures"]
    holdings = [
        ("Code", "Quantity", "Price", "Avg cost"),
        ("OVER", 100, 100_000, 50_000),
        ("OTHER", 100, 10_000, 5_000),
        ("DOM", 100, 10_000, 5_000),
        ("KEEP", 1, 1_000, 1_000),
    ]
    targets = [
        ("Code", "Target", "Tax class"),
        ("OVER", 0, "overseas_listed"),
        ("OTHER", 0, "kr_other_etf"),
        ("DOM", 0, "kr_equity_etf"),
        ("KEEP", 1, "kr_equity_etf"),
    ]
    tables = {"Holdings": holdings, "Targets": targets, "Settings": settings(tax_country="KR")}
    data = xlrebal("update", write_book(tmp_path / "b.xlsx", tables), "--now", "--as-of", "2026-03-04", "--json").data
    taxes = {o["code"]: o["tax"] for o in data["orders"] if o["action"] == "SELL"}
    overseas = figures["overseas_listed"]
    assert taxes["OVER"] == round((5_000_000 - overseas["annual_deduction"]) * overseas["rate"])
    assert taxes["OTHER"] == round(500_000 * figures["dividend_income"])
    assert taxes["DOM"] == figures["domestic_equity_etf"]["capital_gains"]
    budget = data["summary"]["gains_budget"]
    assert budget == {"limit": overseas["annual_deduction"], "used": 0, "planned": 5_000_000, "left": 0}


@pytest.mark.parametrize("model", [key for key in EXAMPLES["models"] if key != "id"])
def test_models(tmp_path: Path, model: str) -> None:
    weights = EXAMPLES["models"][model]
    targets = [("Code", "Target", "Price", "Fractional"), *((c, w, 1000, "yes") for c, w in weights.items())]
    tables = {"Holdings": [("Code", "Quantity", "Price")], "Targets": targets, "Settings": settings()}
    path = write_book(tmp_path / "book.xlsx", tables)
    data = xlrebal("update", path, "--cash", 1_000_000, "--as-of", "2026-03-04", "--json").data
    assert {line["code"]: line["target"] for line in data["drift"]} == weights
    assert {o["code"]: o["amount"] / 1_000_000 for o in data["orders"]} == weights


def test_the_rules_file_is_taken_as_it_stands(tmp_path: Path) -> None:
    example = EXAMPLES["korean-core-satellite"]
    rows = [("Code", "Quantity", "Value"), *((c, r["quantity"], r["value"]) for c, r in example["holdings"].items())]
    path = write_book(tmp_path / "book.xlsx", {"Holdings": rows, "Settings": settings()})
    run = xlrebal(
        "update", path, "--rules", CASES / "portfolio_config.yaml", "--now", "--as-of", "2026-03-04", "--json"
    )
    assert (run.status, run.err) == (0, "")
    assert {line["code"]: line["group"] for line in run.data["drift"]}["091230"] == "satellite"
    assert {g["group"]: g["target"] for g in run.data["groups"]} == {"core": 0.7, "satellite": 0.3}
    sold = {o["code"]: o for o in run.data["orders"] if o["action"] == "SELL"}
    assert set(sold) == {"360750", "091230"}
    assert sold["360750"]["commission"] == round(sold["360750"]["amount"] * 0.00015)
    assert sold["360750"]["slippage"] == round(sold["360750"]["amount"] * 0.001)
