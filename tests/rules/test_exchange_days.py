"""Closed days are remembered between runs, and never trusted when they may be old or broken."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from books import write_book, xlrebal

from xlrebal.law import exchange_days
from xlrebal.law.exchange_days import look_up

ELECTION = dt.date(2026, 6, 3)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    return tmp_path / "cache" / "xlrebal" / "closed-days-XKRX.json"


def forbidden(_exchange: str, _year: int) -> frozenset[dt.date]:
    raise AssertionError("looked up although it is remembered")


def test_the_second_run_remembers(cache: Path) -> None:
    first = exchange_days.closed_days("XKRX", (2026,), look_up)
    assert ELECTION in first[2026]
    assert cache.exists()
    assert exchange_days.closed_days("XKRX", (2026,), forbidden) == first
    more = exchange_days.closed_days("XKRX", (2026, 2027), look_up)
    assert sorted(more) == [2026, 2027]
    assert exchange_days.closed_days("XKRX", (2026, 2027), forbidden) == more


def test_an_upgraded_library_is_asked_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange_days.closed_days("XKRX", (2026,), look_up)
    monkeypatch.setattr(exchange_days, "_library_stamp", lambda: "a newer one")
    asked: list[int] = []

    def compute(exchange: str, year: int) -> frozenset[dt.date]:
        asked.append(year)
        return look_up(exchange, year)

    exchange_days.closed_days("XKRX", (2026,), compute)
    assert asked == [2026]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"stamp": 1}', b"\xff\xfe", b'{"stamp": "x", "years": 3}'])
def test_a_broken_cache_is_no_trouble(cache: Path, content: bytes) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_bytes(content)
    assert ELECTION in exchange_days.closed_days("XKRX", (2026,), look_up)[2026]


def test_a_folder_that_takes_no_file_is_no_trouble(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert ELECTION in exchange_days.closed_days("XKRX", (2026,), look_up)[2026]


def test_an_update_with_and_without_the_memory_gives_the_same(tmp_path: Path, cache: Path) -> None:
    book = write_book(tmp_path / "book.xlsx")
    runs = [xlrebal("update", book, "--dry-run", "--json", "--as-of", "2026-06-30").data for _ in range(2)]
    assert cache.exists()
    assert runs[0] == runs[1]
    assert runs[0]["trigger"]["next_scheduled"] == "2026-07-01"
