"""import xlrebal: what docs/library.md promises."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import json
import re
import shutil
import subprocess
import sys
from dataclasses import is_dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from books import FAMILY, HOLDINGS, replaced, settings, write_book
from books import xlrebal as command
from oracle.family import planned, sheets
from oracle.households import household as random_household

import xlrebal

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
DAY = dt.date(2026, 3, 4)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "family.xlsx")


def two_assets(**more: Any) -> xlrebal.Household:
    targets = (xlrebal.Target("A", Decimal("0.6")), xlrebal.Target("B", Decimal("0.4")))
    holdings = tuple(
        xlrebal.Holding("Main", code, Decimal(units * 1000), "KRW", Decimal(units), Decimal(1000))
        for code, units in (("A", 80), ("B", 20))
    )
    whole = xlrebal.Household("KRW", targets, (xlrebal.Account("Main", "KRW"),), holdings)
    return replace(whole, **more)


def test_every_example_of_the_page_runs_and_prints_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("new", "family.xlsx").status == 0
    write_book(tmp_path / "wrong.xlsx", {**FAMILY, "Holdings": replaced(HOLDINGS, "D2", "ten")})
    known: dict[str, Any] = {}
    printed = []
    for example in EXAMPLES:
        exec(compile(example, "docs/library.md", "exec"), known)
        printed.append(capsys.readouterr().out)
    assert all(text for text in printed)
    for shown in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL):
        assert shown in printed
    assert "Holdings!D2" in printed[1]
    assert "Holdings!D2" in printed[-1]


def test_every_name_is_documented_typed_and_loaded_from_its_home() -> None:
    listed = [name for names in xlrebal._HOMES.values() for name in names]
    assert sorted(listed) == sorted(xlrebal.__all__)
    table = PAGE.partition("## Names")[2]
    for name in xlrebal.__all__:
        value = getattr(xlrebal, name)
        assert f"`{name}`" in table, f"{name} is not on the page"
        assert name in dir(xlrebal)
        if inspect.isfunction(value) or is_dataclass(value):
            assert value.__doc__, name
    types = ROOT / "xlrebal" / "__init__.py"
    declared = types.read_text(encoding="utf-8").partition("if TYPE_CHECKING:")[2].partition("else:")[0]
    assert set(xlrebal.__all__) <= set(re.findall(r"\w+", declared))
    with pytest.raises(AttributeError, match="no attribute 'reed'"):
        xlrebal.reed  # noqa: B018  # the name is what is tested


@pytest.mark.parametrize("run", ["import xlrebal", "import xlrebal.cli; xlrebal.cli.main(['--version'])"])
def test_importing_the_package_and_asking_for_its_version_load_nothing(run: str) -> None:
    code = f"import sys; before = set(sys.modules); {run}; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = done.stdout.splitlines()[-1].split()
    assert set(loaded) <= {"xlrebal", "xlrebal.cli", "xlrebal.cli.status", "xlrebal.version", "gc", "__future__"}


def test_a_package_with_type_hints_says_so() -> None:
    assert (Path(str(importlib.import_module("xlrebal").__file__)).parent / "py.typed").exists()


def test_update_does_what_the_command_does(book: Path, tmp_path: Path) -> None:
    one, two = book, tmp_path / "other" / "family.xlsx"
    two.parent.mkdir()
    shutil.copyfile(one, two)
    run = command("update", one, "--as-of", DAY, "--now", "--cash", "500000", "--json")
    outcome = xlrebal.update(str(two), as_of=DAY, now=True, cash=500_000)
    assert xlrebal.to_json(outcome, "family.xlsx") == run.data
    assert one.read_bytes() == two.read_bytes()


def test_a_dry_run_and_a_copy_leave_the_workbook_as_it_is(book: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    dry = xlrebal.update(book, as_of=DAY, now=True, dry_run=True)
    assert dry.plan.orders
    wet = xlrebal.update(book, as_of=DAY, now=True, output=tmp_path / "copy.xlsx")
    assert book.read_bytes() == before
    assert wet.plan == dry.plan
    assert (tmp_path / "copy.xlsx").read_bytes() != before


def test_only_purchases_with_the_cash_there_is(book: Path) -> None:
    outcome = xlrebal.update(book, as_of=DAY, now=True, cash=Decimal(400_000), cash_only=True, dry_run=True)
    assert {order.action for order in outcome.plan.orders} == {"BUY"}


def test_cash_that_is_a_float_is_refused(book: Path) -> None:
    with pytest.raises(TypeError, match="not as a float"):
        xlrebal.update(book, cash=0.1)  # type: ignore[arg-type]


def test_a_rules_file_takes_the_place_of_the_workbooks_rules(book: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    patient = write_book(tmp_path / "patient.xlsx", {**FAMILY, "Settings": settings(drift_threshold=0.2)})
    assert command("rules", "export", patient, rules).status == 0
    assert xlrebal.read(book).policy.drift_threshold == Decimal("0.05")
    assert xlrebal.read(book, rules=str(rules)).policy.drift_threshold == Decimal("0.2")
    assert xlrebal.update(book, as_of=DAY, dry_run=True).plan.trigger.due
    assert not xlrebal.update(book, as_of=DAY, rules=rules, dry_run=True).plan.trigger.due


def test_what_is_wrong_is_raised_with_every_cell_and_as_json(tmp_path: Path) -> None:
    wrong = replaced(replaced(HOLDINGS, "D2", "ten"), "E3", -5)
    path = write_book(tmp_path / "wrong.xlsx", {**FAMILY, "Holdings": wrong})
    for use in (xlrebal.read, xlrebal.update):
        with pytest.raises(xlrebal.InputError) as caught:
            use(path)
        assert [finding.cell for finding in caught.value.findings] == ["Holdings!D2", "Holdings!E3"]
    data = xlrebal.to_json(caught.value, "wrong.xlsx")
    assert data == command("update", path, "--json").data
    with pytest.raises(xlrebal.FileError) as missing:
        xlrebal.read(tmp_path / "none.xlsx")
    assert xlrebal.to_json(missing.value, "none.xlsx")["errors"] == [{"cell": None, "message": str(missing.value)}]


def test_a_workbook_can_be_read_while_its_file_is_removed_afterwards(book: Path) -> None:
    xlrebal.read(book)
    book.rename(book.with_name("moved.xlsx"))


@pytest.mark.parametrize("seed", range(12))
def test_planning_what_was_read_is_the_plan_of_the_update(seed: int, tmp_path: Path) -> None:
    family = random_household(Random(seed), most_accounts=3, most_assets=6)
    day = dt.date(2026, 11, 20)
    path = write_book(tmp_path / "family.xlsx", sheets(family))
    inputs = xlrebal.read(path, as_of=day)
    plan = xlrebal.plan(inputs.household, replace(inputs.policy, plan_now=True), day)
    updated = planned(family, day, now=True)
    assert replace(plan, rules=updated.plan.rules, waiting_until=updated.plan.waiting_until) == updated.plan
    assert set(inputs.warnings) <= set(updated.warnings)


def test_a_workbook_with_a_schedule_brings_its_holidays_along(tmp_path: Path) -> None:
    book = write_book(tmp_path / "b.xlsx", {**FAMILY, "Settings": settings(strategy="calendar")})
    inputs = xlrebal.read(book, as_of=DAY)
    assert dt.date(2026, 3, 2) in inputs.policy.closed_days[2026]
    assert xlrebal.plan(inputs.household, inputs.policy, DAY).trigger.next_scheduled == dt.date(2026, 4, 1)


def test_a_plan_alone_has_a_json_form_too() -> None:
    plan = xlrebal.plan(two_assets(), xlrebal.Policy(strategy=xlrebal.Strategy.THRESHOLD), DAY)
    data = json.loads(json.dumps(xlrebal.to_json(plan)))
    assert [(order["action"], order["quantity"]) for order in data["orders"]] == [("SELL", 20), ("BUY", 20)]
    assert (data["workbook"], data["warnings"]) == ("", [])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"accounts": ()}, "there is no account"),
        ({"targets": (xlrebal.Target("A", Decimal("0.6")), xlrebal.Target("B", Decimal("0.5")))}, "add up to 1.1"),
        ({"targets": (xlrebal.Target("A", Decimal(1)),)}, "B has no target"),
        ({"accounts": (xlrebal.Account("Other", "KRW"),)}, "unknown account Main"),
        ({"accounts": (xlrebal.Account("Main", "KRW"),) * 2}, "account Main appears twice"),
        ({"accounts": (xlrebal.Account("Main", "KRW"), xlrebal.Account("U", "USD"))}, "no rate for USD"),
    ],
)
def test_a_household_that_does_not_fit_together_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        xlrebal.plan(two_assets(**change), xlrebal.Policy(strategy=xlrebal.Strategy.THRESHOLD), DAY)


def test_a_schema_that_is_not_there_is_refused() -> None:
    assert xlrebal.published_schema("xlrebal-log/1")["title"] == "xlrebal-log/1"
    with pytest.raises(KeyError):
        xlrebal.published_schema("xlrebal/9")
