"""What keeps a workbook from being written is the same message whether the workbook is a file or open in a program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import write_book
from openpyxl.utils import range_boundaries
from workbook.tables import table

from live.memory import make_book
from xlrebal.domain.message import Message
from xlrebal.errors import FileError
from xlrebal.language import render
from xlrebal.workbook.cells import Cell, CellEdit, Changeset, TableResize, Widening
from xlrebal.workbook.headless import HeadlessWorkbook
from xlrebal.workbook.live import RESULTS_NOT_WRITTEN, LiveWorkbook

RESULT = Changeset((table("Result", ["Code", "Amount"], [["A", 1]]),))
LONGER = Changeset((table("Result", ["Code", "Amount"], [["A", 1], ["B", 2]]),))
WIDER = Changeset((table("Result", ["Code", "Amount", "Note"], [["A", 1, ""]]),))


def opened(path: Path) -> LiveWorkbook:
    """The workbook in a program that is only a dictionary."""
    book = openpyxl.load_workbook(path, data_only=True)
    sheets: dict[str, Any] = {}
    tables = {}
    for sheet in book:
        filled = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        sheets[sheet.title] = [[c.row, c.column, c.value, c.number_format] for c in filled]
        for one in sheet.tables.values():
            left, top, right, bottom = range_boundaries(one.ref)
            tables[one.name] = [sheet.title, top, left, bottom, right]
    return LiveWorkbook(make_book({"sheets": sheets, "tables": tables}))


def refusal(host: HeadlessWorkbook | LiveWorkbook, changes: Changeset) -> Message:
    with pytest.raises(FileError) as raised:
        host.apply(changes)
    assert isinstance(raised.value.message, Message)
    return raised.value.message


@pytest.mark.parametrize(
    ("changes", "typed", "kind"),
    [
        (LONGER, {"A3": "mine"}, "file.cell_in_the_way"),
        (WIDER, {}, "file.column_missing"),
        (LONGER, {"B1": "Sum"}, "file.other_header"),
        (Changeset(resizes=(TableResize("Result", 5, 1, 9),)), {}, "file.table_moved"),
        (Changeset(resizes=(TableResize("Result", 1, 1, 4),)), {"B4": 5}, "file.cell_in_the_way"),
        (
            Changeset(widenings=(Widening("Result", 1, 1, 3, 2, 2, ("Note",), is_table=True),)),
            {"C2": "mine"},
            "file.cell_in_the_way_of_columns",
        ),
    ],
)
def test_both_hosts_refuse_with_the_same_message(
    tmp_path: Path, changes: Changeset, typed: dict[str, object], kind: str
) -> None:
    path = write_book(tmp_path / "book.xlsx")
    HeadlessWorkbook(path).apply(RESULT)
    book = openpyxl.load_workbook(path)
    for cell, value in typed.items():
        book["Result"][cell] = value
    if "B1" in typed:
        book["Result"].tables["Result"].tableColumns[1].name = str(typed["B1"])
    book.save(path)
    told = refusal(HeadlessWorkbook(path), changes)
    assert told.kind == kind
    assert refusal(opened(path), changes) == told


def test_a_program_that_does_not_report_formulas_is_told_in_both_languages(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", as_tables=True)
    told = refusal(opened(path), Changeset(edits=(CellEdit("Holdings", 2, 4, Cell(5)),)))
    assert told == Message("file.formula_unknown", cell="Holdings!D2")
    assert render(told, "en").startswith("Holdings!D2 has to change, and this engine does not say whether it holds")
    assert render(told, "ko").startswith("Holdings!D2를 고쳐야 하는데, 이 프로그램은 수식이 있는지 알려 주지 않습니다.")


def test_a_call_that_fails_is_a_message_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from live import memory

    path = write_book(tmp_path / "book.xlsx")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("call was rejected\nby callee")

    monkeypatch.setattr(memory.Sheets, "add", refuse)
    told = refusal(opened(path), RESULT)
    assert told == Message(RESULTS_NOT_WRITTEN, reason="call was rejected by callee")
    assert render(told, "en") == "the results could not be written (call was rejected by callee)"
    assert render(told, "ko") == "결과를 쓰지 못했습니다"
