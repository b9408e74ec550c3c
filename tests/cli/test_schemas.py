"""What the commands print with --json is what the published schemas say, field by field."""

from __future__ import annotations

import copy
import datetime as dt
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest
from books import FAMILY, HOLDINGS, mark_executed, replaced, write_book, xlrebal
from oracle.family import Family, sheets
from oracle.households import household
from oracle.running import cases
from oracle.taxed import korean_family, us_family
from schemas import faults, validator

import xlrebal as library
from xlrebal.files import templates

PLAN, LOG = "xlrebal/1", "xlrebal-log/1"
DAY = dt.date(2026, 6, 16)
TEMPLATES = [path for path in templates.files() if path.suffix == ".xlsx"]


def run_json(folder: Path, family: Family, *options: str) -> Any:
    run = xlrebal("update", write_book(folder / "family.xlsx", sheets(family)), "--as-of", DAY, "--json", *options)
    assert run.data is not None, run.err
    return run.data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemas")


def test_plans_of_random_families(folder: Path) -> None:
    @cases(quick=12, deep=500)
    def check(seed: int) -> None:
        random = Random(seed)
        make = random.choice([household, lambda r: us_family(r, DAY), lambda r: korean_family(r, DAY)])
        assert faults(PLAN, run_json(folder, make(random), *random.choice([[], ["--now", "--dry-run"]]))) == []

    check()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_plans_and_records_of_the_templates(template: Path, tmp_path: Path) -> None:
    path = tmp_path / "family.xlsx"
    shutil.copyfile(template, path)
    run = xlrebal("update", path, "--now", "--json", "--as-of", DAY)
    assert run.status == 0, run.err
    assert run.data["orders"]
    assert faults(PLAN, run.data) == []
    mark_executed(path)
    for trades in (len(run.data["orders"]), 0):
        # The second time nothing is marked, and the log is read back from the workbook.
        recorded = xlrebal("record", path, "--json", "--date", DAY)
        assert recorded.status == 0, recorded.err
        assert faults(LOG, recorded.data) == []
        assert len(recorded.data["recorded"]) >= trades
        assert len(recorded.data["log"]) == 1


def test_what_goes_wrong_and_several_workbooks(tmp_path: Path) -> None:
    good = write_book(tmp_path / "good.xlsx")
    bad = write_book(tmp_path / "bad.xlsx", {**FAMILY, "Holdings": replaced(HOLDINGS, "D2", "ten")})
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(b"PK torn")
    data = xlrebal("update", good, bad, torn, "--json", "--dry-run", "--as-of", DAY).data
    assert [("errors" in one) for one in data] == [False, True, True]
    assert [one["cell"] for one in data[1]["errors"] + data[2]["errors"]] == ["Holdings!D2", None]
    assert faults(PLAN, data) == []
    assert faults(PLAN, xlrebal("check", good, "--json", "--as-of", DAY).data) == []


def test_every_field_is_described_and_required() -> None:
    may_be_left_out = ("kind", "figures")
    for name in (PLAN, LOG):
        for title, shape in library.published_schema(name)["$defs"].items():
            for field, schema in shape.get("properties", {}).items():
                assert {"description", "const", "$ref"} & schema.keys(), f"{title}.{field} says nothing"
                optional = field not in shape["required"]
                assert not optional or field.endswith(may_be_left_out), f"{title}.{field} may be missing"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("orders", 0, "fee"), 1),
        (("orders", 0, "quantity"), "5"),
        (("orders", 0, "action"), "HOLD"),
        (("drift", 0, "weight"), None),
        (("trigger", "next_check"), "tomorrow"),
        (("summary", "cost"), True),
        (("warnings",), {}),
    ],
)
def test_an_output_that_is_off_is_refused(path: tuple[str | int, ...], value: Any, tmp_path: Path) -> None:
    data = xlrebal("update", write_book(tmp_path / "b.xlsx"), "--now", "--json", "--as-of", DAY).data
    assert validator(PLAN).is_valid(data)
    wrong = copy.deepcopy(data)
    place = wrong
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert faults(PLAN, wrong)


def test_a_field_that_is_missing_is_noticed(tmp_path: Path) -> None:
    data = xlrebal("update", write_book(tmp_path / "b.xlsx"), "--now", "--json", "--as-of", DAY).data
    for part in ("trigger", "summary"):
        for field in (name for name in data[part] if not name.endswith(("_kind", "_figures"))):
            less = {**data, part: {name: value for name, value in data[part].items() if name != field}}
            assert faults(PLAN, less), field


def test_kinds_and_figures_of_texts_are_known(tmp_path: Path) -> None:
    data = xlrebal("update", write_book(tmp_path / "b.xlsx"), "--now", "--json", "--as-of", DAY).data
    data["trigger"] |= {"reason_kind": "plan.drift", "reason_figures": {"drift": 0.05}}
    data["orders"][0] |= {"reason_kind": "plan.overweight", "reason_figures": {"amount": {"value": 1}}}
    data["warnings"] = [{"cell": "A!A1", "message": "m", "kind": "input.price_too_old", "figures": {}}]
    assert faults(PLAN, data) == []
