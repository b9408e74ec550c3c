"""Taxes in Korean: no line of the result tables is left in English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import openpyxl
from books import write_book, xlrebal
from tax_books import KOREAN, family

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = ("손익 활용", "손실 종목", "양도 손익", "요약", "이체", "제외")
# Names, classes and what the law is called by.
KEPT = re.compile(r"Trades|(?:overseas|kr|us)_\w+|max_tax|pension|[A-Z]{2,}")


def english(folder: Path, tables: dict[str, Any], day: str) -> list[str]:
    """Cells of the results with English words; the texts of law beside "규칙" may stay."""
    path = write_book(folder / "family.xlsx", tables)
    run = xlrebal("update", path, "--as-of", day, "--now")
    assert run.status == 0, run.err
    book = openpyxl.load_workbook(path)
    texts = [
        str(cell.value)
        for name in RESULTS
        if name in book.sheetnames
        for row in book[name].iter_rows()
        for cell in row
        if isinstance(cell.value, str) and not (name == "요약" and str(row[0].value).endswith("규칙"))
    ]
    return [text for text in texts if re.search("[a-z]{3}", KEPT.sub("", text))]


def test_an_american_year_in_korean(tmp_path: Path) -> None:
    """A loss that a purchase in an IRA washed, gains of each kind, and nothing to harvest."""
    tables = family(
        holdings=[("A", "VTI", 200, 80, 79, "", ""), ("A", "GLD", 30, 200, 100, "", "")],
        targets=[
            ("VTI", 0.5, 80, "", "us_security", ""),
            ("BND", 0.25, 50, "", "us_security", ""),
            ("GLD", 0.25, 200, "", "us_collectible", ""),
        ],
        accounts=[("A", "Ann", "", "USD", 5000), ("I", "Ann", "IRA", "USD", 2000)],
        base_currency="USD",
        tax_country="US",
        taxable_income=100_000,
        language="ko",
        more={
            "Trades": [
                ("Date", "Account", "Action", "Code", "Quantity", "Price"),
                ("2025-01-02", "A", "BUY", "BND", 50, 100),
                ("2026-06-01", "A", "SELL", "BND", 50, 50),
                ("2026-06-08", "I", "BUY", "BND", 20, 50),
            ]
        },
    )
    assert english(tmp_path, tables, "2026-06-16") == []


def test_a_korean_year_without_losses_and_gains(tmp_path: Path) -> None:
    tables = family(
        holdings=[("A", "X", 100, 10_000, 10_000, "", ""), ("A", "F", 100, 10_000, 9_000, "", "")],
        targets=[
            ("X", 0.6, 10_000, "", "overseas_listed", ""),
            ("F", 0.4, 10_000, "", "kr_other_etf", ""),
        ],
        accounts=[("A", "Kim", "", "KRW", 0)],
        language="ko",
        **KOREAN,
    )
    assert english(tmp_path, tables, "2026-06-16") == []
    assert openpyxl.load_workbook(tmp_path / "family.xlsx")["손익 활용"]["D2"].value == "활용할 손익이 없습니다."
