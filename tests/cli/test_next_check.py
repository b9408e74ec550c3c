"""How often a family looks: the next check that is named, and which words the setting takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, settings, write_book, xlrebal

# 2026-03-04 is a Wednesday; its Friday is the 6th.
WEDNESDAY, FRIDAY = "2026-03-04", "2026-03-06"


def family(folder: Path, **rules: Any) -> Path:
    usual = {"strategy": "threshold", "drift_threshold": 0.1, "min_trade_amount": 10_000_000}
    return write_book(folder / "family.xlsx", FAMILY | {"Settings": settings(**usual | rules)})


@pytest.mark.parametrize(
    ("rules", "day", "expected"),
    [
        ({}, WEDNESDAY, "2026-03-09"),
        ({"check_frequency": "Daily"}, WEDNESDAY, "2026-03-05"),
        ({"check_frequency": "daily"}, FRIDAY, "2026-03-09"),
        ({"check_frequency": "weekly"}, "2026-03-08", "2026-03-09"),
        ({"check_frequency": "weekly"}, "2026-03-09", "2026-03-16"),
        ({"check_frequency": "monthly"}, WEDNESDAY, "2026-04-01"),
        # The first of August 2026 is a Saturday.
        ({"check_frequency": "monthly"}, "2026-07-15", "2026-08-03"),
        ({"check_frequency": "quarterly"}, WEDNESDAY, "2026-04-01"),
        ({"strategy": "bands"}, WEDNESDAY, "2026-03-09"),
        # A scheduled day before the next look; a calendar needs no looks in between.
        ({"strategy": "hybrid"}, WEDNESDAY, "2026-03-09"),
        ({"strategy": "hybrid"}, "2026-03-30", "2026-04-01"),
        ({"strategy": "calendar"}, WEDNESDAY, "2026-04-01"),
        ({"strategy": "calendar", "max_interval_days": 365}, WEDNESDAY, "2026-03-09"),
    ],
)
def test_the_next_check_follows_the_setting(tmp_path: Path, rules: dict[str, Any], day: str, expected: str) -> None:
    path = family(tmp_path, **rules)
    run = xlrebal("update", path, "--as-of", day, "--json")
    assert run.status == 0, run.err
    assert run.data["trigger"]["next_check"] == expected
    summary = {row[0].value: row[1].value for row in openpyxl.load_workbook(path)["Summary"].iter_rows()}
    assert summary["Next check"].date().isoformat() == expected


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "every weight is inside its limits. Next check: 2026-03-09."), ("ko", "다음 확인일: 2026-03-09.")],
)
def test_an_empty_order_sheet_names_it(tmp_path: Path, language: str, sentence: str) -> None:
    path = family(tmp_path, language=language)
    assert xlrebal("update", path, "--as-of", WEDNESDAY).status == 0
    sheet = openpyxl.load_workbook(path)
    orders = next(s for s in sheet if "Orders" in s.tables)
    texts = [str(cell.value) for row in orders.iter_rows() for cell in row]
    assert any(text.endswith(sentence) for text in texts)


@pytest.mark.parametrize("word", ["fortnightly", "매주", "7"])
def test_another_word_is_an_error_with_its_cell(tmp_path: Path, word: str) -> None:
    run = xlrebal("update", family(tmp_path, check_frequency=word), "--as-of", WEDNESDAY)
    assert run.status == 3
    expected = f'check_frequency "{word}" is not known (use daily or weekly or monthly or quarterly)'
    assert expected in run.err
    assert "Settings!B" in run.err
