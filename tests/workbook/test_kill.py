"""Killed at any moment, an update leaves the old workbook or the new one, whole."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import killing
from books import FAMILY, write_book, xlrebal

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 200


def test_killed_two_hundred_times(tmp_path: Path) -> None:
    """Each round kills its run at another call, most of them while the file is written."""
    filler = [[f"text {row} {column}" for column in range(10)] for row in range(500)]
    old = write_book(tmp_path / "old.xlsx", {**FAMILY, "Mine": filler})
    new = tmp_path / "new.xlsx"
    options = ("--as-of", "2026-03-04", "--quiet")
    assert xlrebal("update", old, "--output", new, *options).status == 0
    folder = tmp_path / "killed"
    book = killing.fresh(old, folder)
    outcomes = {old.read_bytes(): 0, new.read_bytes(): 0}
    calls = killing.run(["update", book, *options])
    assert calls is not None
    killed = 0
    for moment in calls.moments(ROUNDS):
        killing.fresh(old, folder)
        killed += killing.run(["update", book, *options], kill_at=moment) is None
        content = book.read_bytes()
        assert content in outcomes
        outcomes[content] += 1
        with zipfile.ZipFile(book) as package:
            assert package.testzip() is None
    # One run may call a function more or less than another, so that the last moments may come too late.
    assert killed >= ROUNDS - 10
    # Some rounds ended before the new file took the place of the old one, some after: the test has seen both.
    assert all(outcomes.values()), outcomes
