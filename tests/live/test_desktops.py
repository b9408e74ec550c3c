"""What Excel itself hands over, told by xlwings' own code for macOS and by what pywin32 is known to give on Windows."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import xlwings as xw

from xlrebal.excel.ranges import ArgumentTables
from xlrebal.workbook.live import LiveWorkbook
from xlrebal.workbook.values import values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING = "k.missing_value"


class _Words:
    """appscript's keywords: any name is one."""

    def __getattr__(self, name: str) -> str:
        return f"k.{name}"


@pytest.fixture
def on_macos(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """xlwings' engine for macOS, over stand-ins for the packages that only exist there."""
    stranger = type("Stranger", (Exception,), {})
    packages: dict[str, dict[str, Any]] = {
        "aem": {},
        "osax": {},
        "psutil": {},
        "appscript": {"its": _Words(), "k": _Words(), "mactypes": _Words()},
        "appscript.reference": {"CommandError": stranger, "Reference": stranger},
    }
    for name, content in packages.items():
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("atexit.register", lambda function: function)
    monkeypatch.delitem(sys.modules, "xlwings._xlmac", raising=False)
    yield importlib.import_module("xlwings._xlmac")
    sys.modules.pop("xlwings._xlmac", None)


def mac_range(engine: Any, values: Any, texts: Any) -> xw.Range:
    """A range whose values and texts AppleScript tells as given."""
    cells = engine.Range.__new__(engine.Range)
    height, width = (len(values), len(values[0])) if isinstance(values, list) else (1, 1)
    cells.xl = SimpleNamespace(value=_Answer(values), string_value=_Answer(texts))
    cells._coords, cells.options = (1, 1, height, width), {}
    app = SimpleNamespace(engine=engine.engine, pid=1)
    cells.sheet = SimpleNamespace(book=SimpleNamespace(app=app))
    return xw.Range(impl=cells)


class _Answer:
    def __init__(self, data: Any) -> None:
        self._data = data

    def get(self) -> Any:
        return [list(row) for row in self._data] if isinstance(self._data, list) else self._data


def test_macos_reads_blocks_and_their_errors(on_macos: Any) -> None:
    values = [["Price", 35000.0], [_MISSING, ""], [_MISSING, dt.datetime(2026, 3, 4)]]
    texts = [["Price", "₩35,000"], ["#N/A", ""], ["#FIELD!", "2026-03-04"]]
    found = values_of(mac_range(on_macos, values, texts))
    assert found == [["Price", 35000.0], ["#N/A", None], ["#FIELD!", dt.datetime(2026, 3, 4)]]


def test_macos_reads_a_single_cell(on_macos: Any) -> None:
    assert values_of(mac_range(on_macos, 5.0, "5")) == [[5.0]]
    assert values_of(mac_range(on_macos, "", "")) == [[None]]
    assert values_of(mac_range(on_macos, _MISSING, "#####")) == [["#UNKNOWN!"]]


class _WindowsRange:
    """A range as pywin32 hands it over: ``Value`` cut where a cell is shown as currency, ``Value2`` as stored."""

    def __init__(self, cut: list[list[Any]], stored: Any) -> None:
        self.value, self.impl, self.api = cut, self, SimpleNamespace(Value2=stored)

    def options(self, **_: Any) -> _WindowsRange:
        return self


def test_amounts_shown_as_currency_are_not_cut_to_four_decimals() -> None:
    day = dt.datetime(2026, 3, 4)
    cells = _WindowsRange([["Cost", Decimal("123.4568")], [day, 7.0]], (("Cost", 123.456789), (46085.0, 7.0)))
    assert values_of(cells) == [["Cost", 123.456789], [day, 7.0]]
    assert values_of(_WindowsRange([[Decimal("0.0072")]], 0.00715)) == [[0.00715]]


@pytest.mark.parametrize(
    ("code", "error"), [(-2146826239, "#FIELD!"), (-2146826243, "#SPILL!"), (-2146826000, "#UNKNOWN!")]
)
def test_errors_that_xlwings_does_not_know_are_no_numbers(code: int, error: str) -> None:
    rows = (("Account", "Cash"), ("Main", code))
    sheet = SimpleNamespace(name="Accounts", tables=[], used_range=_WindowsRange([list(row) for row in rows], None))
    sheet.used_range.address = "$A$1:$B$2"
    live = LiveWorkbook(SimpleNamespace(app=None, sheets=[sheet])).read({"accounts": ("Accounts",)})
    handed_over = ArgumentTables([rows]).read({"accounts": ("Accounts",)})
    for grid in (live["accounts"], handed_over["accounts"]):
        cell = grid.rows[1][1]
        assert (cell.value, cell.is_error) == (error, True)
