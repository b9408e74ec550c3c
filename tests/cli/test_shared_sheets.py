"""Several input tables on one sheet, side by side and one above the other: each change enters its own table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, mark_executed, settings, values_of, write_book, xlrebal
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table

DAY = "2026-03-04"
TABLES: dict[str, Any] = {
    "Accounts": [("Account", "Currency", "Cash"), ("Main", "KRW", 100_000), ("Other", "KRW", 0)],
    "Holdings": [
        FAMILY["Holdings"][0],
        ("Main", "069500", "Korea", 150, 35000, 30000),
        ("Main", "360750", "World", 200, 20000, 15000),
    ],
    "Settings": settings(commission_rate=0.001),
}
BESIDE = {"Accounts": (3, 2), "Holdings": (3, 6), "Settings": (3, 13)}
BELOW = {"Accounts": (2, 1), "Holdings": (9, 1), "Settings": (20, 1)}
MIXED = {"Accounts": (2, 1), "Holdings": (9, 1), "Settings": (2, 9)}
LAYOUTS = pytest.mark.parametrize("layout", [BESIDE, BELOW, MIXED], ids=["beside", "below", "mixed"])


def write_inputs(folder: Path, layout: dict[str, tuple[int, int]], **tables: Any) -> Path:
    """Accounts, Holdings and Settings as Excel tables on the sheet Inputs; the other tables on their own sheets."""
    path = write_book(folder / "family.xlsx", {"Targets": FAMILY["Targets"]})
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("Inputs")
    for name, (top, left) in layout.items():
        rows = (TABLES | tables)[name]
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.cell(top + r, left + c, value)
        last = f"{get_column_letter(left + len(rows[0]) - 1)}{top + len(rows) - 1}"
        sheet.add_table(Table(displayName=name, ref=f"{get_column_letter(left)}{top}:{last}"))
    book.save(path)
    return path


@LAYOUTS
def test_recording_changes_each_table_of_a_shared_sheet(tmp_path: Path, layout: dict[str, tuple[int, int]]) -> None:
    path = write_inputs(tmp_path, layout)
    assert xlrebal("update", path, "--as-of", DAY, "--now").status == 0
    mark_executed(path)
    traded = {row[4].value: row[5].value for row in openpyxl.load_workbook(path)["Orders"].iter_rows(min_row=2)}
    run = xlrebal("record", path, "--date", DAY)
    assert run.status == 0, run.err
    held = {row[1]: row[3] for row in values_of(path, "Holdings")[1:]}
    assert held == {"069500": 150 - traded["069500"], "360750": 200 + traded["360750"]}
    spent = traded["360750"] * 20_000 - traded["069500"] * 35_000
    costs = round(traded["360750"] * 20 + traded["069500"] * 35)
    assert values_of(path, "Accounts")[1] == ["Main", "KRW", 100_000 - spent - costs]
    assert values_of(path, "Accounts")[2] == ["Other", "KRW", 0]
    assert dict(row[:2] for row in values_of(path, "Settings"))["last_rebalanced"].date().isoformat() == DAY


@LAYOUTS
def test_an_import_adds_a_row_to_the_right_table(tmp_path: Path, layout: dict[str, tuple[int, int]]) -> None:
    path = write_inputs(tmp_path, layout)
    export = tmp_path / "export.csv"
    export.write_text("code,name,quantity,price\n069500,Korea,7,35000\n,예수금,500,\n", encoding="utf-8")
    run = xlrebal("import", path, export, "--account", "Other")
    assert run.status == 0, run.err
    rows = values_of(path, "Holdings")
    assert rows[1:3] == [list(row) for row in TABLES["Holdings"][1:]]
    assert rows[3][:5] == ["Other", "069500", "Korea", 7, 35000]
    assert [row[2] for row in values_of(path, "Accounts")[1:]] == [100_000, 500]
    assert xlrebal("update", path, "--as-of", DAY).status == 0


@LAYOUTS
def test_rules_enter_the_settings_of_a_shared_sheet(tmp_path: Path, layout: dict[str, tuple[int, int]]) -> None:
    path = write_inputs(tmp_path, layout)
    rules = tmp_path / "rules.yaml"
    assert xlrebal("rules", "export", path, rules).status == 0
    text = rules.read_text(encoding="utf-8").replace("etf_commission_rate: 0.001", "etf_commission_rate: 0.002")
    rules.write_text(text, encoding="utf-8")
    run = xlrebal("rules", "import", path, rules)
    assert run.status == 0, run.err
    assert dict(row[:2] for row in values_of(path, "Settings"))["commission_rate"] == 0.002
    assert values_of(path, "Holdings") == [list(row) for row in TABLES["Holdings"]]
    assert values_of(path, "Accounts") == [list(row) for row in TABLES["Accounts"]]


def test_a_table_that_would_grow_into_another_one_is_refused(tmp_path: Path) -> None:
    path = write_inputs(tmp_path, {"Accounts": (9, 1), "Holdings": (2, 2), "Settings": (2, 9)})
    lines = "".join(f"X{n},9,100\n" for n in range(5))
    export = tmp_path / "export.csv"
    export.write_text(f"code,quantity,price\n069500,7,35000\n{lines}", encoding="utf-8")
    targets = [(*row, lock) for row, lock in zip(FAMILY["Targets"], ("Lock", None, None), strict=True)]
    book = openpyxl.load_workbook(path)
    for row, values in enumerate(targets, 1):
        book["Targets"].cell(row, 8, values[-1])
    book.save(path)
    before = path.read_bytes()
    run = xlrebal("import", path, export, "--account", "Other", "--add")
    assert run.status == 3
    assert run.err.startswith(
        "Inputs!A9: the table Holdings needs the rows down to 10, where another table begins (insert 3 rows above it)"
    )
    assert path.read_bytes() == before
