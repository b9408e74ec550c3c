"""The button Clear results, in workbooks of either language, also after the language was changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from books import mark_executed

from xlrebal import excel
from xlrebal.files import templates

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.libreoffice
DAY = dt.date(2026, 11, 17)
CLEARED = ("The results are cleared.", "결과를 지웠습니다.")
RESULTS = ("Drift", "Orders", "Skipped", "TaxLoss", "Summary")


def values(book: Any) -> dict[str, list[list[Any]]]:
    """The values below the header of each result table."""
    tables = {table.name: table.range for sheet in book.sheets for table in sheet.tables}
    return {name: tables[name].options(ndim=2).value[1:] for name in RESULTS}


def is_empty(rows: list[list[Any]]) -> bool:
    return len(rows) == 1 and all(value is None for value in rows[0])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_clear_empties_the_results_of_either_language(
    open_book: Callable[[Path], Any], tmp_path: Path, language: str
) -> None:  # fmt: skip
    path = tmp_path / "family.xlsx"
    templates.create(path, "core-satellite", language)
    book = open_book(path)
    excel.act(book, "rebalance_now", DAY)
    planned = values(book)
    assert not any(map(is_empty, (planned["Orders"], planned["Drift"])))
    assert excel.act(book, "clear_results", DAY) in CLEARED
    assert all(map(is_empty, values(book).values()))
    settings = book.sheets["Settings" if language == "en" else "설정"]
    setting = next(cell for cell in settings.used_range.columns[0] if cell.value == "language")
    setting.offset(0, 1).value = "ko" if language == "en" else "en"
    excel.act(book, "rebalance_now", DAY)
    assert not is_empty(values(book)["Orders"])
    assert excel.act(book, "clear_results", DAY) in CLEARED
    assert all(map(is_empty, values(book).values()))


def test_clear_refuses_before_it_loses_anything(open_book: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "family.xlsx"
    templates.create(path, "core-satellite", "ko")
    mark_executed(path)
    book = open_book(path)
    before = values(book)
    told = excel.act(book, "clear_results", DAY)
    assert "주문!O2: " in told
    assert "체결인데 아직 기록하지 않은 주문이 6건 있습니다" in told
    assert values(book) == before

    plain = tmp_path / "plain.xlsx"
    templates.create(plain, "core-satellite", "ko")
    changed = openpyxl.load_workbook(plain)
    sheet = next(sheet for sheet in changed if "Drift" in sheet.tables)
    sheet["C1"].value = sheet.tables["Drift"].tableColumns[2].name = "Ticker"
    changed.save(plain)
    book = open_book(plain)
    before = values(book)
    message = excel.act(book, "clear_results", DAY)
    assert '비중 점검!C1: 머리글이 "Ticker"입니다(원래 "종목코드")' in message
    assert values(book) == before
