"""What a workbook shows where nothing calculates: formulas of ours have their values, those of the user's are left."""

from __future__ import annotations

import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from books import xlrebal
from lxml import etree

from workbook.compare import parts
from xlrebal.workbook.cells import Cell, CellEdit, Changeset
from xlrebal.workbook.headless import HeadlessWorkbook
from xlrebal.workbook.ooxml import own_formulas

DAY = "2026-11-16"
FRONT = {"en": ("Dashboard", "Targets", "Summary"), "ko": ("한눈에 보기", "목표비중", "요약")}
Shown = dict[str, tuple[str, str | None]]


def new(path: Path, template: str = "korean-family", language: str = "en") -> Path:
    assert xlrebal("new", path, "--template", template, "--lang", language).status == 0
    return path


def formulas(path: Path, sheet: str) -> Shown:
    """Every formula of a sheet by its cell, and the value that the file shows for it."""
    number = openpyxl.load_workbook(path, read_only=True).sheetnames.index(sheet) + 1
    root = etree.fromstring(parts(path)[f"xl/worksheets/sheet{number}.xml"])
    found = {}
    for cell in root.iter("{*}c"):
        if (formula := cell.findtext("{*}f")) is not None:
            found[str(cell.get("r"))] = (formula, cell.findtext("{*}v"))
    return found


def shown(path: Path, language: str = "en") -> list[str | None]:
    """What the tiles and the sum of the targets show."""
    front, targets, _ = FRONT[language]
    return [value for _, value in (formulas(path, front) | formulas(path, targets)).values()]


def summary(path: Path, item: str) -> object:
    return {row[0]: row[1] for row in openpyxl.load_workbook(path)["Summary"].iter_rows(values_only=True)}[item]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("template", ["korean-family", "core-satellite"])
def test_they_are_what_a_spreadsheet_program_calculates(
    soffice: str, tmp_path: Path, template: str, language: str
) -> None:
    path = new(tmp_path / "family.xlsx", template, language)
    assert xlrebal("update", path, "--as-of", "2026-12-01", "--now").status == 0
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        soffice,
        profile,
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path / "calculated"),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    for sheet in FRONT[language][:2]:
        expected = openpyxl.load_workbook(tmp_path / "calculated" / "family.xlsx", data_only=True)[sheet]
        found = openpyxl.load_workbook(path, data_only=True)[sheet]
        cells = formulas(path, sheet)
        assert cells
        for cell in cells:
            value, wanted = found[cell].value, expected[cell].value
            assert value == (pytest.approx(wanted) if isinstance(wanted, float) else wanted), cell


@pytest.mark.parametrize("language", ["en", "ko"])
def test_after_every_command_they_are_there(tmp_path: Path, language: str) -> None:
    path = new(tmp_path / "family.xlsx", language=language)
    assert None not in shown(path, language)
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    planned = shown(path, language)
    assert None not in planned
    assert "–" not in planned
    book = tmp_path / "shared.xlsx"
    assert xlrebal("share", path, book).status == 0
    assert set(shown(book, language)) == {"–", "1"}


def test_they_follow_each_update(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    first = formulas(path, "Dashboard")
    assert first["B2"][1] == f"As of {DAY}"
    assert xlrebal("update", path, "--as-of", "2026-11-17", "--cash", "5000000").status == 0
    second = formulas(path, "Dashboard")
    assert second["B2"][1] == "As of 2026-11-17"
    assert second["B6"][1] == str(summary(path, "Total value")) != first["B6"][1]
    assert [formula for formula, _ in second.values()] == [formula for formula, _ in first.values()]


def test_a_sum_of_targets_follows_an_edit_of_ours(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    HeadlessWorkbook(path).apply(Changeset(edits=(CellEdit("Targets", 5, 4, Cell(Decimal("0.15"), "0.00%")),)))
    assert formulas(path, "Targets")["H2"] == ("SUM(Targets[Target])", "0.95")


def test_a_sum_over_a_formula_of_the_users_stays_as_it_is(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    replace(path, "xl/worksheets/sheet4.xml", b"<v>0.2</v></c>", b"<f>0.1+0.1</f><v>0.2</v></c>")
    HeadlessWorkbook(path).apply(Changeset(edits=(CellEdit("Targets", 6, 4, Cell(Decimal("0.15"), "0.00%")),)))
    assert formulas(path, "Targets")["H2"] == ("SUM(Targets[Target])", "1")


def replace(path: Path, part: str, old: bytes, new: bytes) -> None:
    """Change the first place of a part that reads like this, as another program would have written it."""
    with zipfile.ZipFile(path) as package:
        contents = {name: package.read(name) for name in package.namelist()}
    assert old in contents[part]
    contents[part] = contents[part].replace(old, new, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in contents.items():
            package.writestr(name, content)


def test_they_are_filled_where_another_program_left_them_out(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    planned = shown(path)
    openpyxl.load_workbook(path).save(path)
    assert not any(shown(path))
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    assert shown(path) == planned


OWN = {
    "A1": ('<f>INDEX(Summary[Value],MATCH("Cost",Summary[Item],0))</f><v>7</v>', "a lookup of the user's own"),
    "A2": ("<f>SUM(Targets[Price])</f><v>7</v>", "another column"),
    "A3": ("<f>SUM(Targets[Target])*2</f>", "no value yet"),
    "A4": ("<f>Summary!B2*2</f><v>7</v>", "a plain reference"),
    "A5": (
        '<f>IFERROR(IF(INDEX(Summary[Value],MATCH("Cost",Summary[Item],0))="","–",'
        'INDEX(Summary[Value],MATCH("Tax",Summary[Item],0))),"–")</f><v>7</v>',
        "nearly one of ours",
    ),
}


def test_formulas_of_the_users_are_left_alone(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    rows = "".join(f'<row r="{cell[1:]}"><c r="{cell}">{text}</c></row>' for cell, (text, _) in OWN.items())
    replace(path, "xl/worksheets/sheet1.xml", b"<sheetData>", f"<sheetData>{rows}".encode())
    with_own = parts(path)["xl/worksheets/sheet1.xml"]
    assert xlrebal("update", path, "--as-of", "2026-12-01").status == 0
    assert parts(path)["xl/worksheets/sheet1.xml"] == with_own


def test_a_tile_that_was_moved_to_another_sheet_is_still_ours(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    tile = own_formulas.tile("Total value", "Value", "Item")
    book = openpyxl.load_workbook(path)
    book.create_sheet("Mine")["C3"] = f"={tile}"
    book.save(path)
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    assert formulas(path, "Mine") == {"C3": (tile, str(summary(path, "Total value")))}


def test_results_that_were_cleared_show_that_there_is_nothing(tmp_path: Path) -> None:
    from xlrebal import app

    path = new(tmp_path / "family.xlsx")
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    app.clear(HeadlessWorkbook(path))
    assert {value for _, value in formulas(path, "Dashboard").values()} == {"–"}


def test_a_second_run_of_the_day_writes_nothing(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    once = path.read_bytes()
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    assert path.read_bytes() == once


def test_a_damaged_sheet_of_the_users_is_no_reason_to_refuse(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    replace(path, "xl/worksheets/sheet1.xml", b"</worksheet>", b"<!-- Summary[ -->")
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    assert None not in shown(path)


def test_recording_leaves_them_as_the_tables_say(tmp_path: Path) -> None:
    path = new(tmp_path / "family.xlsx")
    assert xlrebal("update", path, "--as-of", DAY).status == 0
    planned = shown(path)
    rows = range(2, openpyxl.load_workbook(path)["Orders"].max_row + 1)
    marks = tuple(CellEdit("Orders", row, 15, Cell("executed", "@")) for row in rows)
    HeadlessWorkbook(path).apply(Changeset(edits=marks))
    assert xlrebal("record", path, "--date", "2026-11-17").status == 0
    assert shown(path) == planned
    assert xlrebal("update", path, "--as-of", "2026-11-18").status == 0
    assert None not in shown(path)
    assert formulas(path, "Dashboard")["B2"][1] == "As of 2026-11-18"
