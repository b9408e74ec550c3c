"""Commands, exit status and JSON, as scripts rely on them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from books import FAMILY, HOLDINGS, settings, write_book, xlrebal

KEYS = {
    "": ["schema", "workbook", "as_of", "base_currency", "total_value", "trigger", "drift", "groups", "orders",
         "skipped", "tax_loss", "summary", "warnings"],
    "trigger": ["due", "kind", "reason", "next_scheduled"],
    "drift": ["group", "name", "code", "value", "weight", "target", "min", "max", "drift", "status", "value_after",
              "weight_after", "drift_after"],
    "orders": ["account", "action", "name", "code", "quantity", "price", "currency", "amount", "amount_base",
               "commission", "slippage", "tax", "reason"],
    "skipped": ["account", "code", "wanted_amount", "reason"],
    "tax_loss": ["account", "code", "lot", "quantity", "loss", "loss_pct", "tax_saved", "replacement", "wash_sale",
                 "do_not_buy_until"],
    "summary": ["turnover", "cost", "tax", "worst_drift_before", "worst_drift_after", "cash_left",
                "balancing_contribution", "gains_budget"],
}  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(
        tmp_path / "book.xlsx", {**FAMILY, "Settings": settings(min_trade_amount=300_000, drift_threshold=0.2)}
    )


def test_every_field_of_the_schema_is_there(book: Path) -> None:
    data = xlrebal("update", book, "--now", "--as-of", "2026-03-04", "--json").data
    assert data["schema"] == "xlrebal/1"
    for part, keys in KEYS.items():
        found = data[part] if part else data
        for item in found if isinstance(found, list) else [found]:
            assert set(keys) <= set(item), part
    assert data["orders"]
    assert data["tax_loss"]
    more = xlrebal("update", book, "--cash", "100000", "--as-of", "2026-03-04", "--json").data
    assert more["skipped"]
    assert set(KEYS["skipped"]) <= set(more["skipped"][0])


def test_several_files_give_a_list(tmp_path: Path) -> None:
    files = [write_book(tmp_path / f"{n}.xlsx") for n in range(2)]
    data = xlrebal("update", *files, "--json", "--as-of", "2026-03-04").data
    assert [item["workbook"] for item in data] == ["0.xlsx", "1.xlsx"]


@pytest.mark.parametrize(("threshold", "status"), [(0.05, 10), (0.2, 0)])
def test_check_says_whether_a_rebalance_is_due_and_writes_nothing(
    tmp_path: Path, threshold: float, status: int
) -> None:
    path = write_book(tmp_path / "book.xlsx", {**FAMILY, "Settings": settings(drift_threshold=threshold)})
    before = path.read_bytes()
    run = xlrebal("check", path, "--as-of", "2026-03-04")
    assert run.status == status
    assert ("rebalance due: drift" in run.out) is (status == 10)
    assert xlrebal("check", path, "--as-of", "2026-03-04", "--json").data["trigger"]["due"] is (status == 10)
    assert path.read_bytes() == before


def test_a_dry_run_writes_nothing(book: Path) -> None:
    before = book.read_bytes()
    run = xlrebal("update", book, "--dry-run", "--as-of", "2026-03-04")
    assert run.status == 0
    assert run.out.endswith("Dry run: nothing was written.\n")
    assert book.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["update"],
        ["update", "b.xlsx", "--as-of", "tomorrow"],
        ["update", "b.xlsx", "--cash", "much"],
        ["update", "b.xlsx", "--cash", "nan"],
        ["update", "b.xlsx", "--cash", "12,5"],
        ["update", "a.xlsx", "b.xlsx", "--output", "c.xlsx"],
        ["update", "b.xlsx", "--jobs", "0"],
        ["sell"],
        [],
    ],
)
def test_wrong_usage(arguments: list[str]) -> None:
    run = xlrebal(*arguments)
    assert run.status == 2
    assert run.err
    assert "Traceback" not in run.err


def test_quiet_prints_nothing(book: Path) -> None:
    run = xlrebal("update", book, "--quiet", "--as-of", "2026-03-04")
    assert (run.status, run.out, run.err) == (0, "", "")


def test_names_that_look_like_markup_are_printed_as_they_are(tmp_path: Path) -> None:
    rows = [HOLDINGS[0], ("[bold]Main[/]", "069500", "[red]", 10, 100, None)]
    targets = [("Code", "Name", "Target"), ("069500", "[red]x[/red]", 1)]
    path = write_book(tmp_path / "book.xlsx", {**FAMILY, "Holdings": rows, "Targets": targets})
    assert "[red]x[/red]" in xlrebal("update", path, "--as-of", "2026-03-04").out


def test_the_json_is_the_only_thing_on_stdout(book: Path) -> None:
    command = [sys.executable, "-m", "xlrebal", "update", str(book), "--json", "--as-of", "2026-03-04"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.startswith("{")
    assert done.stderr == ""


def test_version_and_help() -> None:
    done = subprocess.run([sys.executable, "-m", "xlrebal", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("xlrebal ")
    for command in ("new", "update", "check"):
        run = xlrebal(command, "--help")
        assert run.status == 0
        assert "example" in run.out
        assert "exit status: 0 done" in run.out


@pytest.mark.parametrize("heavy", ["pandas", "xlwings", "rich", "yaml"])
def test_heavy_imports_stay_out_of_an_update(book: Path, heavy: str) -> None:
    program = (
        "import sys; from xlrebal.cli import main;"
        f"main(['update', {str(book)!r}, '--as-of', '2026-03-04']); sys.exit({heavy!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


def test_the_page_of_the_contract_is_up_to_date() -> None:
    script = Path(__file__).parents[2] / "scripts" / "build_docs.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
