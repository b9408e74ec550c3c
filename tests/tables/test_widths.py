"""Columns are wide enough in both languages, by the letters of Calibri: headers, amounts, days and long names."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest

from xlrebal.tables.contract.own_rates import FX_RATE_NAME
from xlrebal.tables.contract.result_table import ResultColumn
from xlrebal.tables.contract.results import RESULTS
from xlrebal.tables.write.languages import ALL_TABLES
from xlrebal.workbook.wrapping import lines

COLUMNS = [(table.name, column) for table in ALL_TABLES for column in table.columns]
# In the unit of column widths: a bold Latin letter, a Korean one, and what the margins of a cell take.
LATIN, HANGUL, MARGINS = 1.08, 2.1, 0.8
# Where a figure stands in base currency, won of twelve digits have room, with their sign where they may be negative.
AMOUNTS = {"Value", "Value after", "Amount", "Amount (base)", "Wanted amount", "Cost", "Proceeds", "Total value"}
DIGIT, COMMA, INDENT = 1.06, 0.53, 1.3


def _name(value: Any) -> str:
    return value if isinstance(value, str) else value.header.english


def width(word: str) -> float:
    return sum(HANGUL if letter >= "\u1100" else LATIN for letter in word) + MARGINS


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=_name)
def test_no_header_is_broken_inside_a_word(table: str, column: ResultColumn[Any]) -> None:
    for header in (column.header.english, column.header.korean):
        widest = max(width(word) for word in header.split())
        assert widest <= column.width, header
        # Two lines are what the header row has room for.
        assert width(header) - MARGINS <= 2 * (column.width - MARGINS), header


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=_name)
def test_large_amounts_have_room(table: str, column: ResultColumn[Any]) -> None:
    if column.header.english in AMOUNTS and (table, column.header.english) not in {
        ("History", "Cost"),
        ("Summary", "Value"),
    }:
        assert column.width + 0.1 >= 12 * DIGIT + 3 * COMMA + MARGINS + INDENT
    if column.header.english in ("Tax", "Commission", "Slippage"):
        assert column.width >= 9 * DIGIT + 2 * COMMA + MARGINS + INDENT


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=_name)
def test_names_that_a_family_chooses_are_wrapped(table: str, column: ResultColumn[Any]) -> None:
    if column.header.english in ("Account", "Name", "Group", "From", "To", "Replacement", "Reason", "Benchmark"):
        assert column.wrap


def test_orders_that_wait_have_room_for_the_day() -> None:
    status = next(column for column in RESULTS["Orders"].columns if column.header.english == "Status")
    assert status.wrap
    assert FX_RATE_NAME.english not in [column.header.english for column in RESULTS["Orders"].columns]
    assert lines("waiting until 2026-12-31", status.width) == 2


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("", 20, 1),
        ("short", 20, 1),
        ("two\nlines", 20, 2),
        ("Second broker", 16, 1),
        ("Grandmother's taxable account", 18, 2),
        ("할머니의 두 번째 증권사 위탁 계좌", 18, 3),
        ("x" * 100, 12, 11),
    ],
)
def test_lines_of_a_wrapped_text(text: str, room: float, expected: int) -> None:
    assert lines(text, room) == expected


def test_no_text_takes_fewer_lines_than_its_letters_need() -> None:
    for word in ("투자", "W", "average"):
        text = " ".join([word] * 20)
        assert lines(text, 20) >= ceil(sum(1.9 if c >= "\u1100" else 0.4 for c in text) / 20)
