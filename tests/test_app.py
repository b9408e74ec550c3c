"""The use cases know no host: a workbook in memory and one on disk give the same plan and the same changes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from books import FAMILY, HOLDINGS, replaced, write_book

from xlrebal import app
from xlrebal.errors import InputError
from xlrebal.tables.read.parse import wanted_tables
from xlrebal.workbook.headless import HeadlessWorkbook
from xlrebal.workbook.memory import MemoryWorkbook

REQUEST = app.Request(as_of=dt.date(2026, 3, 4), plan_now=True, new_cash=Decimal(500_000))


def in_memory(path: Path) -> MemoryWorkbook:
    grids = HeadlessWorkbook(path).read(wanted_tables())
    names = wanted_tables()
    return MemoryWorkbook({names[key][0]: grid for key, grid in grids.items()})


def test_the_same_through_memory_and_disk(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx")
    memory, disk = in_memory(path), HeadlessWorkbook(path)
    ours, theirs = app.update(memory, REQUEST), app.update(disk, REQUEST)
    assert ours == theirs
    assert memory.applied == [ours.changes]


def test_a_second_run_over_its_own_results_changes_nothing(tmp_path: Path) -> None:
    memory = in_memory(write_book(tmp_path / "book.xlsx"))
    first = app.update(memory, REQUEST)
    second = app.update(memory, REQUEST)
    assert second.plan == first.plan
    assert second.changes == first.changes


def test_nothing_is_applied_when_an_input_is_wrong(tmp_path: Path) -> None:
    memory = in_memory(write_book(tmp_path / "b.xlsx", {**FAMILY, "Holdings": replaced(HOLDINGS, "D2", "ten")}))
    before = memory.fingerprint()
    with pytest.raises(InputError) as caught:
        app.update(memory, REQUEST)
    assert [finding.cell for finding in caught.value.findings] == ["Holdings!D2"]
    assert memory.applied == []
    assert memory.fingerprint() == before


def test_fingerprints_change_with_the_content(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx")
    memory, before = in_memory(path), HeadlessWorkbook(path).fingerprint()
    print_in_memory = memory.fingerprint()
    assert HeadlessWorkbook(path).fingerprint() == before
    app.update(memory, REQUEST)
    app.update(HeadlessWorkbook(path), REQUEST)
    assert memory.fingerprint() != print_in_memory
    assert HeadlessWorkbook(path).fingerprint() != before
