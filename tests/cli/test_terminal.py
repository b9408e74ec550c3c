"""What a person sees on a terminal, wide or narrow, and what a pipe gets."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from books import FAMILY, mark_executed, settings, write_book, xlrebal

from xlrebal.cli.views.table import TextTable
from xlrebal.domain.message import Name

# Not there on Windows, where these tests are skipped.
fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))


def on_terminal(book: Path, columns: int, *arguments: str) -> str:
    """The screen of a command, or of an update, on a terminal of some width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    rest = arguments or ("update", str(book), "--now", "--as-of", "2026-03-04")
    command = [sys.executable, "-m", "xlrebal", *rest]
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


def test_a_recording_is_shown_in_korean_on_a_terminal(book: Path) -> None:
    assert xlrebal("update", book, "--now", "--as-of", "2026-03-04").status == 0
    mark_executed(book)
    screen = on_terminal(book, 80, "record", str(book), "--date", "2026-03-04", "--lang", "ko")
    for word in ("기록한 거래", "종목코드", "매도", "매수", "069500", "주문 2건", f"{book}에 썼습니다."):
        assert word in screen.replace("\r\n", ""), word


def test_the_columns_of_a_narrow_screen_are_chosen_in_either_language() -> None:
    headers = (Name("Code", "종목코드"), Name("Name", "종목명"), Name("Reason", "사유"))
    for language in ("en", "ko"):
        table = TextTable("", headers, frozenset(), language=language)
        table.add("069500", "한국 종합 주가지수 상장지수펀드", "목표보다 적습니다")
        fitted, notes = table._fitted(30)
        assert notes == ["069500: 목표보다 적습니다"]
        assert fitted.headers == headers[:2]
        assert fitted.rows[0][0][1].endswith("…")
        assert fitted._width() <= 30


def test_a_pipe_gets_plain_text(book: Path) -> None:
    out = xlrebal("update", book, "--now", "--as-of", "2026-03-04").out
    assert "\x1b" not in out
    assert "bought toward target" in out
