"""What a person sees on a terminal, wide or narrow, and what a pipe gets."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from books import FAMILY, settings, write_book, xlrebal

# Not there on Windows, where these tests are skipped.
fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))


def on_terminal(book: Path, columns: int) -> str:
    """The screen of an update on a terminal of some width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [sys.executable, "-m", "xlrebal", "update", str(book), "--now", "--as-of", "2026-03-04"]
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(command, stdout=slave, stderr=slave, env=plain | {"TERM": "xterm-256color"}):
        os.close(slave)
        screen = b""
        while block := _read(master):
            screen += block
    os.close(master)
    return screen.decode("utf-8")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book.xlsx", {**FAMILY, "Settings": settings(min_trade_amount=100_000)})


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_no_figure_is_lost_on_a_terminal_of_any_width(book: Path, columns: int) -> None:
    screen = on_terminal(book, columns)
    assert "\x1b[" in screen
    for word in ("069500", "Quantity", "under", "Drift", "points", "Written to"):
        assert word in screen, word
    assert "bought toward target" in " ".join(screen.split())


def test_a_pipe_gets_plain_text(book: Path) -> None:
    out = xlrebal("update", book, "--now", "--as-of", "2026-03-04").out
    assert "\x1b" not in out
    assert "bought toward target" in out
