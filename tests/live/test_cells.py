"""Functions for cells: called with ranges as Excel hands them over, and through the machinery of xlwings Lite."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from xlrebal import app, excel

ROOT = Path(__file__).parent.parent.parent
NAMES = ("Holdings", "Targets", "Groups", "Accounts", "Settings")
DAY = 46146.0
"""2026-05-04, as a web program hands it over."""

Range = list[list[Any]]


def ranges(name: str = "core-satellite.xlsx", names: tuple[str, ...] = NAMES) -> list[Range]:
    """The input tables of a template as a program hands them over: headers included, every number a float."""
    book = openpyxl.load_workbook(ROOT / "workbook_templates" / name)
    tables = {table: sheet[sheet.tables[table].ref] for sheet in book for table in sheet.tables}
    return [[[_handed_over(cell.value) for cell in row] for row in tables[table]] for table in names]


def _handed_over(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def serial(day: dt.datetime) -> float:
    """Excel's number for a day."""
    return float((day - dt.datetime(1899, 12, 30)).days)


@pytest.fixture
def tables() -> list[Range]:
    return ranges()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Notes every plan that is made."""
    from xlrebal.excel import cells

    cells._planned.cache_clear()
    made: list[int] = []
    real = app.calculate

    def calculate(*arguments: Any) -> Any:
        made.append(1)
        return real(*arguments)

    monkeypatch.setattr(app, "calculate", calculate)
    return made


def test_the_functions_answer_as_the_workbook_does(tables: list[Range]) -> None:
    assert excel.xlrebal_drift("360750", DAY, *tables) == pytest.approx(0.0233, abs=1e-3)
    assert excel.xlrebal_drift("069500", *tables) == excel.xlrebal_drift(69500.0, *tables)
    assert excel.xlrebal_next_date(DAY, *tables) == dt.datetime(2026, 7, 1)
    assert excel.xlrebal_next_date(dt.datetime(2026, 7, 2), *tables) == dt.datetime(2026, 10, 1)
    header, *rows = excel.xlrebal_new_cash(1_000_000.0, *tables)
    assert header == ["Account", "Code", "Quantity", "Amount"]
    assert rows
    assert 0 < sum(row[3] for row in rows) <= 1_250_000


def test_a_korean_family_hands_over_its_korean_tables() -> None:
    assert excel.xlrebal_reason("drift", "069500", DAY, *ranges("korean-family.ko.xlsx")).startswith("보유종목 (범위)!")
    tables = ranges("korean-family.ko.xlsx", (*NAMES, "FX"))
    assert isinstance(excel.xlrebal_drift(tables[1][1][2], DAY, *tables), float)


def test_cells_with_the_same_tables_share_one_plan(tables: list[Range], counted: list[int]) -> None:
    for code in ("360750", "069500", "305080"):
        assert isinstance(excel.xlrebal_drift(code, DAY, *tables), float)
    assert isinstance(excel.xlrebal_next_date(DAY, *tables), dt.datetime)
    assert excel.xlrebal_reason("drift", "360750", DAY, *tables) == ""
    assert len(counted) == 1


def test_a_changed_holding_is_never_answered_from_what_is_remembered(tables: list[Range], counted: list[int]) -> None:
    before = excel.xlrebal_drift("360750", DAY, *tables)
    column = tables[0][0].index("Quantity")
    tables[0][1][column] += 100
    after = excel.xlrebal_drift("360750", DAY, *tables)
    assert after != before
    tables[0][1][column] -= 100
    assert excel.xlrebal_drift("360750", DAY, *tables) == before
    assert len(counted) == 2


@pytest.mark.parametrize(
    ("function", "argument", "shown", "reason"),
    [
        ("drift", "999999", "#N/A", "999999 is not in Targets"),
        ("drift", None, "#VALUE!", 'the first argument: it is not a code (write it as "069500")'),
        ("drift", True, "#VALUE!", 'the first argument: it is not a code (write it as "069500")'),
        ("new_cash", "x", "#VALUE!", 'the first argument: "x" is not an amount (write it as 1000000)'),
        ("new_cash", None, "#VALUE!", 'the first argument: "None" is not an amount (write it as 1000000)'),
        ("new_cash", float("inf"), "#VALUE!", 'the first argument: "inf" is not an amount (write it as 1000000)'),
    ],
)
def test_a_wrong_argument_is_an_error_value_and_its_reason_can_be_asked_for(
    tables: list[Range], function: str, argument: Any, shown: str, reason: str
) -> None:
    assert getattr(excel, f"xlrebal_{function}")(argument, DAY, *tables) == shown
    assert excel.xlrebal_reason(function, argument, DAY, *tables) == reason
    assert excel.xlrebal_reason(f"XLREBAL_{function}", argument, DAY, *tables) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t[0][1].__setitem__(3, "ten"), 'Holdings (range)!D2: quantity "ten" is not a number'),
        (lambda t: t[0][1].__setitem__(3, "#N/A"), "Holdings (range)!D2: "),
        (lambda t: t.pop(0), "Holdings!A1: the workbook has no table Holdings"),
        (lambda t: t.append(t[0]), "range 6: Holdings was handed over twice"),
        (lambda t: t.append([["a", "b"], [1.0, 2.0]]), "range 6: its headers are those of no table"),
        (lambda t: t.append("Holdings"), 'the arguments: "Holdings" is neither a table nor a day'),
        (lambda t: t.append(1e18), 'the arguments: "1e+18" is neither a table nor a day'),
        (lambda t: t.append(float("nan")), 'the arguments: "nan" is neither a table nor a day'),
        (lambda t: t.append([["Currency", "Rate", "Date"], ["USD", 1400.0, 1e12]]), "FX (range)!C2: "),
    ],
)
def test_wrong_tables_are_an_error_value_with_the_reason(tables: list[Range], change: Any, reason: str) -> None:
    change(tables)
    assert excel.xlrebal_drift("069500", *tables) == "#VALUE!"
    assert excel.xlrebal_reason("drift", "069500", *tables).startswith(reason)


def test_a_code_is_not_taken_for_another_one_with_fewer_zeros(tables: list[Range]) -> None:
    alike = {"069500": "0050", "360750": "50"}
    tables = [[[alike.get(value, value) for value in row] for row in table] for table in tables]
    assert excel.xlrebal_drift("0050", DAY, *tables) != excel.xlrebal_drift("50", DAY, *tables)


def test_without_a_schedule_there_is_no_date(tables: list[Range]) -> None:
    row = next(row for row in tables[4] if row[0] == "strategy")
    row[1] = "threshold"
    assert excel.xlrebal_next_date(DAY, *tables) == "#N/A"
    assert excel.xlrebal_reason("next_date", "", DAY, *tables) == "no day is scheduled"


def test_a_date_that_came_as_its_number_is_a_date(tables: list[Range]) -> None:
    """A web program hands over 2026-01-02 as 46024."""
    next(row for row in tables[4] if row[0] == "last_rebalanced")[1] = 46024.0
    assert excel.xlrebal_reason("drift", "069500", DAY, *tables) == ""
    lots = [["Account", "Code", "Acquired", "Quantity", "Unit cost"], ["Main", "069500", 46024.0, 1.0, 30000.0]]
    assert excel.xlrebal_reason("drift", "069500", DAY, *tables, lots) == ""


def test_a_fault_of_ours_is_told_as_one_and_leaves_a_log(
    tables: list[Range], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from xlrebal.excel import cells

    cells._planned.cache_clear()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("xlrebal.app.planning.make_plan", lambda *_: 1 / 0)
    assert excel.xlrebal_drift("069500", *tables) == "#VALUE!"
    reason = excel.xlrebal_reason("drift", "069500", *tables)
    assert reason == f"xlrebal has a fault (ZeroDivisionError); see {tmp_path / 'xlrebal' / 'xlrebal.log'}"


def test_an_unknown_name_is_told(tables: list[Range]) -> None:
    assert excel.xlrebal_reason("foo", 1, *tables) == 'there is no function "foo"; use drift, next_date, new_cash'


LITE = """
import asyncio, json, sys, types
from xlwings import server
from xlrebal.excel import xlrebal_drift, xlrebal_new_cash, xlrebal_next_date, xlrebal_reason
main = sys.modules[__name__]
tables = json.loads(sys.argv[1])
meta = {f["id"]: f for f in server.custom_functions_meta(main)["functions"]}
def ask(name, *args):
    data = {"func_name": name, "args": list(args), "version": "x", "client": "Office.js", "runtime": "1.4",
        "caller_address": None, "date_format": "yyyy-mm-dd", "culture_info_name": "ko-KR"}
    return asyncio.run(server.custom_functions_call(data, main))
def one(value): return [[value]]
rest = [tables]
print(json.dumps({
    "functions": {name: [p["name"] for p in f["parameters"]] for name, f in meta.items()},
    "repeating": [f["parameters"][-1].get("repeating") for f in meta.values()],
    "volatile": [f["options"].get("volatile", False) for f in meta.values()],
    "drift": ask("xlrebal_drift", one("069500"), rest[0]),
    "missing": ask("xlrebal_drift", one("999"), rest[0]),
    "wrong": ask("xlrebal_new_cash", one("x"), rest[0]),
    "cash": ask("xlrebal_new_cash", one(1000000), rest[0]),
    "day": ask("xlrebal_next_date", [one(46146), *rest[0]]),
    "reason": ask("xlrebal_reason", one("drift"), one("999"), rest[0]),
}))
"""


def test_xlwings_lite_registers_and_calls_them(tables: list[Range]) -> None:
    """The part of xlwings that runs inside the add-in, with arguments and answers as they travel."""
    environment = os.environ | {
        "XLWINGS_ON_SERVER": "true",
        "XLWINGS_LICENSE_KEY": "noncommercial",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", LITE, json.dumps(tables, default=serial)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["functions"] == {
        "XLREBAL_DRIFT": ["code", "tables"],
        "XLREBAL_NEW_CASH": ["amount", "tables"],
        "XLREBAL_NEXT_DATE": ["tables"],
        "XLREBAL_REASON": ["function", "argument", "tables"],
    }
    assert found["repeating"] == [True] * 4
    assert found["volatile"] == [False] * 4
    ((drift,),) = found["drift"]
    assert drift == excel.xlrebal_drift("069500", *tables)
    assert found["missing"] == [[{"type": "Error", "errorType": "NotAvailable"}]]
    assert found["wrong"] == [[{"type": "Error", "errorType": "Value"}]]
    assert found["cash"] == excel.xlrebal_new_cash(1_000_000.0, *tables)
    assert found["day"] == [[{"type": "FormattedNumber", "basicValue": 46204.0, "numberFormat": "yyyy-mm-dd"}]]
    assert found["reason"] == [["999 is not in Targets"]]
