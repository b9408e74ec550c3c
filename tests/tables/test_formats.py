"""Number formats of result tables: one for each column, which neither hides a digit nor leaves a point behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, write_book, xlrebal
from live.families import write_family


def results(path: Path) -> dict[str, list[list[Any]]]:
    """The cells of each result table, without its header."""
    book = openpyxl.load_workbook(path)
    names = ("Drift", "Orders", "Skipped", "TaxLoss", "Gains", "Harvest", "Transfers", "History", "RuleChanges")
    tables = {t.displayName: (sheet, t.ref) for sheet in book for t in sheet.tables.values()}
    return {name: list(tables[name][0][tables[name][1]])[1:] for name in names if name in tables}


@pytest.mark.parametrize("seed", [1, 3, 4, 7])
def test_a_column_has_one_format_for_every_row_and_run(seed: int, tmp_path: Path) -> None:
    path = write_family(tmp_path / "family.xlsx", seed, country="KR")
    seen: dict[tuple[str, int], set[str]] = {}
    for day in ("2026-03-04", "2026-05-04", "2026-11-16"):
        assert xlrebal("update", path, "--as-of", day, "--now").status == 0
        for name, rows in results(path).items():
            for row in rows:
                for number, cell in enumerate(row):
                    seen.setdefault((name, number), set()).add(cell.number_format)
    assert len(seen) > 50
    assert {place: shown for place, shown in seen.items() if len(shown) > 1} == {}


def test_whole_and_broken_quantities_show_neither_a_point_nor_too_few_digits(tmp_path: Path) -> None:
    path = write_family(tmp_path / "family.xlsx", 4, country="KR")
    assert xlrebal("update", path, "--as-of", "2026-03-04", "--now").status == 0
    quantities = [row[5] for row in results(path)["Orders"] if row[5].value is not None]
    assert quantities
    assert {cell.number_format for cell in quantities} == {"General"}


def test_formats_of_an_earlier_version_are_replaced_and_those_of_the_user_stay(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx", dict(FAMILY))
    assert xlrebal("update", path, "--as-of", "2026-03-04", "--now").status == 0
    book = openpyxl.load_workbook(path)
    orders = book["Orders"]
    orders["F2"].number_format, orders["G2"].number_format = "#,##0", '0.0"x"'
    book.save(path)
    assert xlrebal("update", path, "--as-of", "2026-03-05", "--now").status == 0
    orders = openpyxl.load_workbook(path)["Orders"]
    assert (orders["F2"].number_format, orders["G2"].number_format) == ("General", '0.0"x"')
