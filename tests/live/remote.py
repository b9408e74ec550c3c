"""The engine of xlwings Lite and Server: a payload made from a workbook as their clients make it, and what was queued
done to that workbook as Excel would do it.

The engine itself is xlwings' own (its folder ``pro``, under the PolyForm Noncommercial licence): only tests use it, and
``book_of`` says so with the key that is meant for that.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import os
import re
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import openpyxl
import xlwings as xw
from openpyxl.cell import MergedCell
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from openpyxl.workbook import Workbook

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?")
_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+(e[+-]?\d+)?%?", re.IGNORECASE)
# Where Excel may see a date or a share; in which language it runs is not known, so text like this is never safe.
_DOUBTFUL = re.compile(r"\d{1,4}[-/.:]\d{1,2}([-/.:]\d{1,4})?\.?|\d+ \d+/\d+|true|false", re.IGNORECASE)


def book_of(path: Path) -> xw.Book:
    """Return a workbook as Lite hands it to a script."""
    os.environ["XLWINGS_LICENSE_KEY"] = "noncommercial"
    from xlwings.pro import _xlremote

    engine = xw.Engine(impl=_xlremote.engine)
    return xw.Book(impl=engine.apps.active.books.open(json=payload_of(path)).impl)


def answer_in_lite(monkeypatch: pytest.MonkeyPatch, path: Path, formulas: Path | None = None) -> None:
    """Let the engine believe that it runs in Lite, and its client answer from a workbook.

    ``formulas`` is the same workbook with formulas in place of values that openpyxl does not calculate.
    """
    os.environ["XLWINGS_LICENSE_KEY"] = "noncommercial"
    from xlwings.pro import _xlremote

    client = _Client(path, formulas or path)
    monkeypatch.setattr(_xlremote, "sys", SimpleNamespace(platform="emscripten"))
    monkeypatch.setitem(sys.modules, "js", SimpleNamespace(xlwings=client, Object=SimpleNamespace(fromEntries=None)))
    ffi = SimpleNamespace(to_js=lambda data, **_: data, JsNull=type("JsNull", (), {}))
    monkeypatch.setitem(sys.modules, "pyodide", SimpleNamespace(ffi=ffi))
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)


class _Client:
    """What ``js.xlwings`` answers in the add-in."""

    def __init__(self, path: Path, formulas: Path) -> None:
        self._path, self._book = path, openpyxl.load_workbook(formulas)

    async def getBookData(self, _options: Any) -> _Answer:  # noqa: N802  # their name
        return _Answer(payload_of(self._path))

    async def getRangeData(self, sheet: str, address: str, keys: list[str]) -> _Answer:  # noqa: N802  # their name
        block = self._book[sheet][address.replace("$", "")]
        rows = block if isinstance(block, tuple) else ((block,),)
        formats = {cell.number_format for row in rows for cell in row}
        answers = {
            "formulas": [["" if cell.value is None else cell.value for cell in row] for row in rows],
            "number_format": formats.pop() if len(formats) == 1 else None,
        }
        return _Answer({key: answers[key] for key in keys})


class _Answer:
    def __init__(self, data: Any) -> None:
        self._data = data

    def to_py(self) -> Any:
        return self._data


def payload_of(path: Path) -> dict[str, Any]:
    """Return what the add-in sends with a script: cached values, tables, names. No formats and no formulas."""
    book = openpyxl.load_workbook(path, data_only=True)
    payload = {
        "client": "Office.js",
        "version": xw.__version__,
        "book": {"name": path.name, "active_sheet_index": 0, "selection": "A1", "calculation": "Automatic"},
        "names": [_name(book, name, defined.attr_text) for name, defined in book.defined_names.items()],
        "sheets": [_sheet(sheet) for sheet in book.worksheets],
    }
    loaded: dict[str, Any] = json.loads(json.dumps(payload))
    return loaded


def _name(book: Workbook, name: str, target: str) -> dict[str, Any]:
    sheet, _, address = target.replace("'", "").rpartition("!")
    known = sheet in book.sheetnames and re.fullmatch(r"[$A-Z0-9:]+", address)
    return {
        "name": name,
        "sheet_index": book.sheetnames.index(sheet) if known else None,
        "address": address.replace("$", "") if known else None,
        "refers_to": f"={target}",
        "scope_sheet_name": None,
        "scope_sheet_index": None,
        "book_scope": True,
    }


def _sheet(sheet: Any) -> dict[str, Any]:
    values = [[_value(cell) for cell in row] for row in sheet.iter_rows(min_row=1, min_col=1)]
    return {
        "name": sheet.title,
        "visibility": "Visible",
        "values": values or [[]],
        "used_range_address": sheet.dimensions,
        "pictures": [],
        "shapes": [],
        "charts": [],
        "notes": [],
        "tables": [_table(table) for table in sheet.tables.values()],
    }


def _value(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return value


def _table(table: Table) -> dict[str, Any]:
    left, top, right, bottom = range_boundaries(table.ref)
    totals = bool(table.totalsRowCount)
    return {
        "name": table.displayName,
        "range_address": table.ref,
        "header_row_range_address": _address(top, left, top, right),
        "data_body_range_address": _address(top + 1, left, bottom - totals, right),
        "total_row_range_address": _address(bottom, left, bottom, right) if totals else None,
        "show_headers": True,
        "show_totals": totals,
        "table_style": "",
        "show_autofilter": True,
        "row_count": bottom - top + 1,
        "column_count": right - left + 1,
        "columns": [column.name for column in table.tableColumns],
    }


def _address(top: int, left: int, bottom: int, right: int) -> str:
    letter = openpyxl.utils.get_column_letter
    return f"{letter(left)}{top}:{letter(right)}{bottom}"


class Replay:
    """Does what a script has queued, action by action; one that is not known here is an error.

    Args:
        path: The workbook.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.alerts: list[str] = []

    def run(self, book: xw.Book) -> int:
        """Do everything, save the workbook and return the number of actions."""
        return self.do(json.loads(json.dumps(book.json()))["actions"])

    def do(self, actions: list[dict[str, Any]]) -> int:
        """Do some actions as they travelled, save the workbook and return their number."""
        for action in actions:
            name = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", action["func"])
            getattr(self, f"_{name}", self._unknown)(action)
        self.book.save(self.path)
        return len(actions)

    @staticmethod
    def _unknown(action: dict[str, Any]) -> None:
        raise AssertionError(f"an action that nobody here knows: {action['func']}")

    def _at(self, action: dict[str, Any]) -> Any:
        return self.book.worksheets[action["sheet_position"]]

    def _cells(self, action: dict[str, Any]) -> list[tuple[Any, ...]]:
        top, left = action["start_row"] + 1, action["start_column"] + 1
        bottom, right = top + action["row_count"] - 1, left + action["column_count"] - 1
        return list(self._at(action).iter_rows(min_row=top, max_row=bottom, min_col=left, max_col=right))

    def _set_values(self, action: dict[str, Any]) -> None:
        cells, values = self._cells(action), action["values"]
        assert [len(row) for row in cells] == [len(row) for row in values], "Excel refuses values of another shape"
        for row, line in zip(cells, values, strict=True):
            for cell, value in zip(row, line, strict=True):
                if not isinstance(cell, MergedCell):
                    _type_in(cell, value)

    def _set_number_format(self, action: dict[str, Any]) -> None:
        for row in self._cells(action):
            for cell in row:
                cell.number_format = action["args"][0]

    def _copy_range(self, action: dict[str, Any]) -> None:
        source = self._cells(action)
        target = self.book.worksheets[action["args"][0]][action["args"][1].replace("$", "")]
        target = target if isinstance(target, tuple) else ((target,),)
        for number, row in enumerate(target):
            for place, cell in enumerate(row if isinstance(row, tuple) else (row,)):
                model = source[number % len(source)][place % len(source[0])]
                cell.value, cell._style = model.value, copy.copy(model._style)

    def _range_clear_contents(self, action: dict[str, Any]) -> None:
        for row in self._cells(action):
            for cell in row:
                cell.value = None

    def _add_sheet(self, action: dict[str, Any]) -> None:
        index, name = action["args"]
        assert name.casefold() not in [one.casefold() for one in self.book.sheetnames], "Excel refuses the name"
        self.book.create_sheet(name, index)

    def _add_table(self, action: dict[str, Any]) -> None:
        address, has_headers, style, name = action["args"]
        assert has_headers
        assert name not in [table for sheet in self.book.worksheets for table in sheet.tables]
        table = Table(displayName=name, ref=address.replace("$", ""), tableStyleInfo=TableStyleInfo(name=style))
        self._at(action).add_table(table)

    def _resize_table(self, action: dict[str, Any]) -> None:
        index, address = action["args"]
        sheet = self._at(action)
        table = list(sheet.tables.values())[index]
        old, new = range_boundaries(table.ref), range_boundaries(address.replace("$", ""))
        assert old[:2] == new[:2], "Excel refuses to move a table's first cell"
        assert new[3] > new[1], "Excel refuses a table without a row"
        table.ref = _address(new[1], new[0], new[3], new[2])
        if table.autoFilter is not None:
            table.autoFilter.ref = table.ref
        if new[2] > old[2]:
            headers = [sheet.cell(new[1], column).value for column in range(new[0], new[2] + 1)]
            table.tableColumns = [TableColumn(id=n, name=str(text)) for n, text in enumerate(headers, 1)]

    def _show_table_style_row_stripes(self, action: dict[str, Any]) -> None:
        index, wanted = action["args"]
        list(self._at(action).tables.values())[index].tableStyleInfo.showRowStripes = wanted

    def _alert(self, action: dict[str, Any]) -> None:
        self.alerts.append(action["args"][0])

    def _look(self, action: dict[str, Any]) -> None:
        assert self._cells(action)

    _set_autofit = _set_range_color = _set_font_property = _set_wrap_text = _look

    def _set_column_width(self, action: dict[str, Any]) -> None:
        assert 20 <= action["args"][0] <= 500, "points, not characters"


def _type_in(cell: Any, value: Any) -> None:
    """Set a cell as ``Range.values`` of Office.js does: as if it was typed in."""
    if value == "" or value is None:
        cell.value = None
    elif cell.number_format == "@":
        cell.value = f"{value:.15g}" if isinstance(value, float) else str(value)
        cell.data_type = "s"
    elif isinstance(value, str) and _DAY.fullmatch(value):
        shown = cell.number_format
        cell.value = dt.datetime.fromisoformat(value)
        cell.number_format = "dd/mm/yyyy" if shown == "General" else shown
    elif isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        raise AssertionError(f"{cell.coordinate}: Excel takes {value!r} for a formula")
    elif isinstance(value, str) and (_NUMBER.fullmatch(value.strip()) or _DOUBTFUL.fullmatch(value.strip())):
        cell.value = -1.0  # whatever Excel makes of it, it is not the text
    else:
        cell.value = value
