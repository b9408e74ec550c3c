"""What makes the terminal pleasant: the workbook that is meant, help, completion, opening."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from books import write_book, xlrebal


def test_the_only_workbook_of_a_folder_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = xlrebal("update")
    assert (run.status, run.err) == (
        2,
        "xlrebal: there is no workbook in this folder; give its name, or make one: xlrebal new family.xlsx\n",
    )
    write_book(tmp_path / "family.xlsx")
    (tmp_path / "~$other.xlsx").write_bytes(b"")
    assert xlrebal("update", "--as-of", "2026-03-04").status == 0
    assert xlrebal("check", "--as-of", "2026-03-04").status in (0, 10)
    write_book(tmp_path / "second.xlsx")
    run = xlrebal("update")
    assert run.status == 2
    assert "family.xlsx, second.xlsx" in run.err


def test_the_pages_can_be_read(tmp_path: Path) -> None:
    listed = xlrebal("help").out
    for topic in ("workbook", "tax", "planner", "discipline", "excel"):
        assert topic in listed
        assert xlrebal("help", topic).out.startswith("# ")
    run = xlrebal("help", "taxes")
    assert (run.status, run.err) == (2, "xlrebal: there is no page taxes; did you mean tax?\n")
    wrong = write_book(tmp_path / "f.xlsx", {"Holdings": [("Code", "Quantity", "Price"), ("A", 1, 1)]})
    assert "xlrebal help workbook" in xlrebal("update", wrong).err


def test_shells_complete_every_command() -> None:
    script = xlrebal("completion", "bash").out
    for word in ("update", "record", "import", "--as-of", "--notify"):
        assert word in script


def test_a_workbook_is_opened_by_the_program_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = tmp_path / "opened"
    program = tmp_path / "xdg-open"
    program.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("sys.platform", "linux")
    path = write_book(tmp_path / "family.xlsx")
    assert xlrebal("open", path).status == 0
    # The program runs beside us: wait for what it leaves, however long a busy computer takes.
    for _ in range(1200):
        if opened.exists():
            break
        time.sleep(0.05)
    assert opened.read_text(encoding="utf-8").strip() == str(path)
    assert xlrebal("open", tmp_path / "none.xlsx").status == 4
