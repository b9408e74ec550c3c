"""Killed at any moment, an update leaves the old workbook or the new one, whole."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from books import FAMILY, write_book

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 200


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_killed_two_hundred_times(tmp_path: Path) -> None:
    """A process that has imported everything forks a child for each round and kills it after a random time."""
    filler = [[f"text {row} {column}" for column in range(10)] for row in range(2000)]
    old = write_book(tmp_path / "old.xlsx", {**FAMILY, "Mine": filler})
    new = tmp_path / "new.xlsx"
    program = [
        sys.executable,
        "-m",
        "xlrebal",
        "update",
        str(old),
        "--as-of",
        "2026-03-04",
        "--output",
        str(new),
        "--quiet",
    ]
    subprocess.run(program, check=True)
    folder = tmp_path / "killed"
    folder.mkdir()
    book = folder / "book.xlsx"
    outcomes, whole = {old.read_bytes(): 0, new.read_bytes(): 0}, _duration(old, book)
    moments = random.Random(1)
    for _ in range(ROUNDS):
        shutil.copyfile(old, book)
        _update_and_kill(book, moments.uniform(0, whole * 1.2))
        content = book.read_bytes()
        assert content in outcomes
        outcomes[content] += 1
        with zipfile.ZipFile(book) as package:
            assert package.testzip() is None
    # Some rounds ended before the moment of writing, some after: the test has seen both.
    assert all(outcomes.values()), outcomes


def _duration(old: Path, book: Path) -> float:
    shutil.copyfile(old, book)
    start = time.perf_counter()
    _update_and_kill(book, 60)
    return time.perf_counter() - start


def _update_and_kill(book: Path, delay: float) -> None:
    from xlrebal.cli import main

    child = os.fork()
    if child == 0:
        os._exit(main(["update", str(book), "--as-of", "2026-03-04", "--quiet"]))
    end = time.perf_counter() + delay
    while time.perf_counter() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        time.sleep(0.0002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
