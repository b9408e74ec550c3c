"""xlwings Lite and Server: every button over their own engine gives what the command gives, or refuses beforehand."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from books import xlrebal

from live.families import write_family
from live.remote import Replay, answer_in_lite, book_of
from xlrebal import app, excel
from xlrebal.errors import XlrebalError
from xlrebal.macros.workbook_macros import MESSAGE
from xlrebal.workbook.headless import HeadlessWorkbook

if TYPE_CHECKING:
    from collections.abc import Callable

DAY, LATER = dt.date(2026, 11, 16), dt.date(2027, 1, 4)
TEMPLATES = sorted((Path(__file__).parent.parent.parent / "workbook_templates").glob("*.xlsx"), key=lambda p: p.name)

Table = tuple[str, str, list[list[tuple[Any, str]]]]


def tables(path: Path) -> dict[str, Table]:
    """Sheet, place, and the value and format of every cell of every table."""
    found = {}
    for sheet in openpyxl.load_workbook(path).worksheets:
        for table in sheet.tables.values():
            cells = [
                [(c.value, c.number_format if c.value is not None else "") for c in row] for row in sheet[table.ref]
            ]
            found[table.displayName] = (sheet.title, table.ref, cells)
    return found


def others(path: Path) -> dict[tuple[str, str], Any]:
    """Every other cell, but for that of the message."""
    book = openpyxl.load_workbook(path)
    message = book.defined_names[MESSAGE].attr_text if MESSAGE in book.defined_names else ""
    message = message.replace("$", "").replace("'", "").partition(":")[0]
    found = {}
    for sheet in book.worksheets:
        inside = {cell.coordinate for table in sheet.tables.values() for row in sheet[table.ref] for cell in row}
        for row in sheet.iter_rows():
            for cell in row:
                name = f"{sheet.title}!{cell.coordinate}"
                if cell.coordinate not in inside and cell.value is not None and name != message:
                    found[sheet.title, cell.coordinate] = cell.value
    return found


def both(path: Path, tmp_path: Path, action: str, headless: Callable[[HeadlessWorkbook], object]) -> str:
    """Let a button and the command do the same to copies of a workbook, and compare them whole."""
    expected, found = tmp_path / "expected.xlsx", tmp_path / "found.xlsx"
    shutil.copyfile(path, expected)
    # Saved by the same program, so that nothing differs but what was done.
    openpyxl.load_workbook(path).save(found)
    book = book_of(found)
    message = excel.act(book, action, LATER)
    refused = refusal(headless, expected)
    if refused:
        assert refused in message
        assert set(queued(book)) <= {"alert", "setValues"}
        return message
    Replay(found).run(book)
    left, right = tables(expected), tables(found)
    assert list(left) == list(right)
    for name, table in left.items():
        assert right[name] == table, name
    assert others(found) == others(expected)
    return message


def refusal(headless: Callable[[HeadlessWorkbook], object], path: Path) -> str:
    """Why the command does not do it; empty where it does."""
    try:
        headless(HeadlessWorkbook(path))
    except XlrebalError as error:
        return str(error)
    return ""


def queued(book: Any) -> list[str]:
    return [action["func"] for action in book.json()["actions"]]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
@pytest.mark.parametrize("action", ["update", "rebalance_now"])
def test_an_update_is_that_of_the_command(template: Path, action: str, tmp_path: Path) -> None:
    request = app.Request(as_of=LATER, plan_now=action == "rebalance_now")
    message = both(template, tmp_path, action, lambda book: app.update(book, request))
    assert "Nothing was written" not in message


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_results_are_cleared_and_filled_again(template: Path, tmp_path: Path) -> None:
    both(template, tmp_path, "clear_results", app.clear)
    cleared = tmp_path / "cleared.xlsx"
    shutil.copyfile(tmp_path / "expected.xlsx", cleared)
    both(cleared, tmp_path, "update", lambda book: app.update(book, app.Request(as_of=LATER)))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_check_writes_nothing(template: Path) -> None:
    book = book_of(template)
    assert "Nothing was written" not in excel.act(book, "check", LATER)
    # A message may be shown in its cell.
    assert queued(book) in (["alert"], ["setValues"], ["setValues", "alert"])


@pytest.mark.parametrize("seed", range(12))
def test_results_are_made_where_there_are_none(seed: int, tmp_path: Path) -> None:
    path = write_family(tmp_path / "family.xlsx", seed)
    both(path, tmp_path, "update", lambda book: app.update(book, app.Request(as_of=LATER)))
    again = tmp_path / "again.xlsx"
    shutil.copyfile(tmp_path / "found.xlsx", again)
    both(again, tmp_path, "rebalance_now", lambda book: app.update(book, app.Request(as_of=LATER, plan_now=True)))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_recording_is_refused_before_anything_is_written(template: Path, tmp_path: Path) -> None:
    """Nobody can tell there which cells hold formulas."""
    book = book_of(executed(template, tmp_path / "family.xlsx"))
    message = excel.act(book, "record_executed", LATER)
    assert "does not say whether it holds a formula" in message or "수식이 있는지 알려 주지 않습니다" in message
    assert "xlrebal.lite" in message
    assert set(queued(book)) <= {"alert", "setValues"}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_script_that_waits_records_as_the_command_does(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlrebal import lite
    from xlrebal.app.recording import record

    path, expected, found = executed(template, tmp_path / "family.xlsx"), tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    shutil.copyfile(path, expected)
    shutil.copyfile(path, found)
    record(HeadlessWorkbook(expected), LATER)
    book = book_of(found)
    answer_in_lite(monkeypatch, found)
    message = asyncio.run(lite.act(book, "record_executed", LATER))
    monkeypatch.undo()
    assert "Nothing was written" not in message
    Replay(found).run(book)
    left, right = tables(expected), tables(found)
    assert list(left) == list(right)
    for name, table in left.items():
        assert right[name] == table, name


def test_a_script_that_waits_never_loses_a_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xlrebal import lite

    path = executed(TEMPLATES[0].with_name("core-satellite.xlsx"), tmp_path / "family.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["Holdings"]
    column = next(cell.column for cell in sheet[4] if cell.value == "Quantity")
    for row in range(5, 12):
        sheet.cell(row, column).value = 1000
    book.save(path)
    for row in range(5, 12):
        sheet.cell(row, column).value = "=900+100"
    remote = book_of(path)
    book.save(tmp_path / "formulas.xlsx")
    answer_in_lite(monkeypatch, path, tmp_path / "formulas.xlsx")
    message = asyncio.run(lite.act(remote, "record_executed", LATER))
    assert "holds a formula, which is never overwritten" in message
    assert set(queued(remote)) <= {"alert", "setValues"}


def test_a_script_that_waits_sees_the_zeros_of_a_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xlrebal import lite

    path = tmp_path / "family.xlsx"
    shutil.copyfile(TEMPLATES[0].with_name("core-satellite.xlsx"), path)
    book = openpyxl.load_workbook(path)
    for sheet in (book["Targets"], book["Holdings"]):
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value == "069500"):
            cell.value, cell.number_format = 69500, "000000"
    book.save(path)
    remote = book_of(path)
    answer_in_lite(monkeypatch, path)
    assert "Nothing was written" not in asyncio.run(lite.act(remote, "rebalance_now", LATER))
    monkeypatch.undo()
    Replay(path).run(remote)
    codes = {row[4].value for row in openpyxl.load_workbook(path)["Orders"].iter_rows(min_row=2)}
    assert "069500" in codes


def executed(template: Path, path: Path) -> Path:
    """A template whose orders were all carried out."""
    shutil.copyfile(template, path)
    run = xlrebal("update", path, "--as-of", DAY, "--now")
    assert run.status == 0, run.err
    book = openpyxl.load_workbook(path)
    sheet = next(sheet for sheet in book.worksheets if "Orders" in sheet.tables)
    header = [cell.value for cell in sheet[1]]
    status = next(n for n, text in enumerate(header, 1) if text in ("Status", "상태"))
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, 1).value:
            sheet.cell(row, status).value = "executed"
    book.save(path)
    return path


def test_a_code_that_is_a_number_is_unknown_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "family.xlsx"
    shutil.copyfile(TEMPLATES[0].with_name("core-satellite.xlsx"), path)
    book = openpyxl.load_workbook(path)
    cells = [cell for row in book["Targets"].iter_rows() for cell in row if cell.value == "069500"]
    cells[0].value, cells[0].number_format = 69500, "000000"
    book.save(path)
    remote = book_of(path)
    message = excel.act(remote, "update", LATER)
    assert f"Targets!{cells[0].coordinate}: code 69500 is a number, and how many zeros it shows" in message
    assert set(queued(remote)) <= {"alert", "setValues"}


def test_a_failure_leaves_nothing_queued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xlwings.pro import _xlremote

    def fail(self: Any, target: Any) -> None:
        raise OSError("no")

    monkeypatch.setattr(_xlremote.Table, "resize", fail)
    path = tmp_path / "family.xlsx"
    shutil.copyfile(TEMPLATES[0].with_name("core-satellite.xlsx"), path)
    book = book_of(path)
    assert "are cleared" not in excel.act(book, "clear_results", LATER)
    assert set(queued(book)) <= {"alert", "setValues"}
