"""The shipped templates: built from their source, complete, and right in a second program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import xlrebal
from lxml import etree
from workbook.compare import parts

from xlrebal.files import templates
from xlrebal.tables.contract.results import RESULTS
from xlrebal.tables.contract.schema import INPUTS

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "workbook_templates" / "core-satellite.xlsx"
BOOKS = [path for path in templates.files() if path.suffix == ".xlsx"]
DASHBOARD = "xl/worksheets/sheet2.xml"


@pytest.fixture
def family(tmp_path: Path) -> Path:
    path = tmp_path / "family.xlsx"
    assert xlrebal("new", path).status == 0
    return path


def test_a_new_workbook_is_the_shipped_template(family: Path) -> None:
    assert family.read_bytes() == SHIPPED.read_bytes()


def test_the_shipped_file_is_what_its_source_builds() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "build_templates.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_table_of_the_contract_is_there(family: Path) -> None:
    book = openpyxl.load_workbook(family)
    tables = {table.name: table for sheet in book for table in sheet.tables.values()}
    for table in INPUTS:
        assert [c.name for c in tables[table.name].tableColumns] == [field.header for field in table.fields]
    # Transfers are for households of several accounts, gains and harvests for those with tax rules; this has neither.
    for name, table in RESULTS.items():
        if name in ("Transfers", "Gains", "Harvest"):
            continue
        assert [c.name for c in tables[name].tableColumns] == [column.header.english for column in table.columns]


@pytest.mark.parametrize("path", templates.files(), ids=lambda path: path.name)
def test_the_values_of_the_example_are_not_kept_as_the_family_s(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for name in ("History", "RuleChanges"):
        sheet = next(sheet for sheet in book if name in sheet.tables)
        rows = sheet[sheet.tables[name].ref][1:]
        assert [cell.value for row in rows for cell in row] == [None] * len(rows[0])


def test_the_first_review_of_a_new_workbook_knows_no_return(family: Path) -> None:
    book = openpyxl.load_workbook(family)
    for row in book["Holdings"].iter_rows(min_row=5, min_col=4, max_col=4):
        row[0].value = row[0].value and 1
    book.save(family)
    assert xlrebal("update", family, "--as-of", "2026-05-04").status == 0
    assert xlrebal("update", family, "--as-of", "2026-05-05").status == 0
    values = [row[1].value for row in openpyxl.load_workbook(family)["Value history"].iter_rows(min_row=2)]
    assert len(values) == 2
    assert values[0] == values[1]


def test_codes_are_text_and_inputs_are_checked(family: Path) -> None:
    book = openpyxl.load_workbook(family)
    codes = [book["Holdings"][f"B{row}"] for row in range(5, 20)]
    assert [cell.value for cell in codes[:2]] == ["360750", "069500"]
    assert {cell.number_format for cell in codes} == {"@"}
    for name in ("Holdings", "Targets", "Accounts", "Settings"):
        assert book[name].data_validations.dataValidation, name
    lists = [rule.formula1 for rule in book["Targets"].data_validations.dataValidation if rule.type == "list"]
    assert '"no sell,no buy,both"' in lists


def test_charts_plot_exactly_the_rows_of_drift_and_follow_them(family: Path) -> None:
    charts = {name: content for name, content in parts(family).items() if "/charts/chart" in name}
    assert len(charts) == 3
    for content in charts.values():
        assert b"<c:f>Drift!$B$2:$B$8</c:f>" in content
    book = openpyxl.load_workbook(family)
    book["Targets"]["D5"].value, book["Targets"]["E5"].value = 0.25, 0.2
    for column, value in zip("ABCDEFHI", ("core", "New", "111111", 0.1, 0, 0.2, 1000, "KRW"), strict=True):
        book["Targets"][f"{column}12"].value = value
    # openpyxl drops charts, so the inputs go into the real file by the program under test.
    rows = [[cell.value for cell in row] for row in book["Targets"].iter_rows(min_row=5, max_row=12)]
    replace_targets(family, rows)
    run = xlrebal("update", family, "--as-of", "2026-04-01")
    assert (run.status, run.err) == (0, "")
    for name, content in charts.items():
        assert parts(family)[name] == content.replace(b"$8</c:f>", b"$9</c:f>")


def luminance(colour: str) -> float:
    """Relative luminance of an RRGGBB colour. Source: WCAG 2.2."""
    parts = [int(colour[-6:][i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("path", [p for p in templates.files() if p.suffix == ".xlsx"], ids=lambda path: path.name)
def test_every_text_stands_out_from_its_cell(path: Path) -> None:
    """At least 4.5 to 1, as WCAG 2.2 AA asks of text; colours of conditional formats as well."""
    pairs = set()
    for sheet in openpyxl.load_workbook(path):
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            colour, fill = cell.font.color, cell.fill
            text = colour.rgb if colour is not None and colour.type == "rgb" else "000000"
            pairs.add((text, fill.fgColor.rgb if fill.patternType == "solid" else "FFFFFF"))
        for rule in (rule for found in sheet.conditional_formatting for rule in found.rules if rule.dxf is not None):
            if rule.dxf.font is not None:
                pairs.add((rule.dxf.font.color.rgb, rule.dxf.fill.bgColor.rgb if rule.dxf.fill else "FFFFFF"))
    assert len(pairs) > 5
    for text, ground in pairs:
        lighter, darker = sorted((luminance(text), luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ground)


def replace_targets(path: Path, rows: list[list[object]]) -> None:
    from decimal import Decimal

    from xlrebal.tables.contract.schema import TARGETS
    from xlrebal.workbook.cells import Cell, Changeset, Column, TableWrite
    from xlrebal.workbook.headless import HeadlessWorkbook

    columns = tuple(Column(field.header) for field in TARGETS.fields)
    cells = tuple(tuple(Cell(Decimal(str(v)) if isinstance(v, float) else v) for v in row) for row in rows)
    write = TableWrite("Targets", "Targets", columns, cells)  # type: ignore[arg-type]
    HeadlessWorkbook(path).apply(Changeset((write,)))


def test_a_second_update_of_the_same_day_changes_nothing(family: Path) -> None:
    # The first one records the rules.
    assert xlrebal("update", family, "--as-of", "2026-04-01").status == 0
    before = family.read_bytes()
    assert xlrebal("update", family, "--as-of", "2026-04-01").status == 0
    assert family.read_bytes() == before


def test_charts_and_inputs_stay_byte_for_byte_on_another_day(family: Path) -> None:
    before = parts(family)
    assert xlrebal("update", family, "--as-of", "2026-05-04", "--cash", "500000").status == 0
    after = parts(family)
    changed = {name for name in before if before[name] != after[name]}
    results = {f"xl/worksheets/sheet{number}.xml" for number in range(15, 22)}
    tables = {f"xl/tables/table{number}.xml" for number in range(13, 20)}
    assert changed <= results | tables | {"xl/styles.xml", DASHBOARD}
    assert without_values(before[DASHBOARD]) == without_values(after[DASHBOARD])


def without_values(sheet: bytes) -> bytes:
    """A sheet without what its formulas show: the one thing on the Dashboard that an update changes."""
    root = etree.fromstring(sheet)
    for cell in root.iter("{*}c"):
        if cell.find("{*}f") is not None:
            cell.attrib.pop("t", "")
            for value in cell.findall("{*}v"):
                cell.remove(value)
    return etree.tostring(root)


@pytest.mark.libreoffice
def test_libreoffice_computes_the_dashboard(soffice: str, family: Path, tmp_path: Path) -> None:
    csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", csv, "--outdir", str(tmp_path), str(family)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    shown = (tmp_path / "family-Dashboard.csv").read_text(encoding="utf-8")
    data = xlrebal("update", family, "--as-of", "2026-04-01", "--json", "--dry-run").data
    figures = [cell for line in shown.splitlines() for cell in line.split(",") if cell]
    assert {str(data["total_value"]), str(data["summary"]["turnover"]), str(data["summary"]["cost"])} <= set(figures)
    assert any(cell.startswith(f"{data['summary']['worst_drift_before']:.4%}"[:6]) for cell in figures)
    assert "As of 2026-04-01" in shown
    assert "Err:" not in shown
    assert "#" not in shown


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["new", "family.xls"], 2, "does not end in .xlsx"),
        (["new", "family.xlsx", "--template", "core-satelite"], 2, "did you mean core-satellite?"),
        (["new", "family.xlsx", "--template", "us-family", "--lang", "ko"], 2, "아직 ko 언어로 없습니다"),
        (["new", "nowhere/family.xlsx"], 4, "there is no folder nowhere"),
        (["new"], 2, "new needs a file name"),
    ],
)
def test_new_says_what_it_cannot_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    run = xlrebal(*arguments)
    assert run.status == status
    assert line in run.err
    assert list(tmp_path.iterdir()) == []


def test_new_never_overwrites(family: Path) -> None:
    before = family.read_bytes()
    run = xlrebal("new", family)
    assert run.status == 4
    assert "is there already" in run.err
    assert family.read_bytes() == before


def test_new_lists_the_templates() -> None:
    run = xlrebal("new", "--list")
    assert run.status == 0
    assert run.out.startswith("core-satellite")


def test_every_template_opens_in_a_second_program(tmp_path: Path, soffice: str) -> None:
    shipped = [path for path in templates.files() if path.suffix == ".xlsx"]
    for path in shipped:
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        run = xlrebal("update", copy, "--as-of", "2026-11-16")
        assert run.status == 0, run.err
        # Setting a family up is not a change of rules.
        assert "wait until" not in run.err
    command = [
        soffice,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        *map(str, tmp_path.glob("*.xlsx")),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    for path in shipped:
        assert (tmp_path / path.name).with_suffix(".pdf").stat().st_size > 30_000


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_no_number_ends_in_a_point(path: Path) -> None:
    """By a format of optional decimals alone Excel shows 40 as ``40.``; here each point has a digit after it."""
    styles = etree.fromstring(parts(path)["xl/styles.xml"])
    codes = [str(element.get("formatCode")) for element in styles.iter("{*}numFmt")]
    assert codes
    assert [code for code in codes if ".#" in code] == []


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_no_table_is_striped(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    styles = {table.name: table.tableStyleInfo for sheet in book for table in sheet.tables.values()}
    assert len(styles) > 15
    for name, style in styles.items():
        assert (style.name, style.showRowStripes) == (None, False), name


def rules_by_column(sheet: Any) -> dict[str, list[tuple[str, str]]]:
    """Formula and number format of the conditional formats of each column, which go to the end of the sheet."""
    found: dict[str, list[tuple[str, str]]] = {}
    for place in sheet.conditional_formatting:
        for rule in place.rules:
            if rule.dxf is not None and rule.dxf.numFmt is not None and str(place.sqref).endswith("1048576"):
                column = str(place.sqref)[0]
                found.setdefault(column, []).append((rule.formula[0], rule.dxf.numFmt.formatCode))
    return found


def test_whole_figures_are_shown_without_decimals() -> None:
    book = openpyxl.load_workbook(ROOT / "workbook_templates" / "korean-family.xlsx")
    assert rules_by_column(book["Holdings"])["D"] == [("AND(ISNUMBER(D5),D5=INT(D5))", "#,##0")]
    assert rules_by_column(book["Targets"])["D"][0][1] == "0%"
    orders = rules_by_column(book["Orders"])
    assert orders["F"] == [("AND(ISNUMBER(F2),F2=INT(F2))", "#,##0")]
    whole_won, dinar = orders["G"]
    assert whole_won[0].startswith('AND(ISNUMBER(G2),G2=INT(G2),OR($H2="KRW",$H2="JPY",')
    assert (whole_won[1], dinar[1]) == ("#,##0", "#,##0.000")
    assert set(orders) == {"F", "G", "I", "K", "L"}
    korean = openpyxl.load_workbook(ROOT / "workbook_templates" / "korean-family.ko.xlsx")
    assert rules_by_column(korean["주문"]) == orders


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_the_cell_for_outcomes_is_wide_wrapped_and_empty(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet, cell = next(iter(book.defined_names["xlrebal_message"].destinations))
    place = book[sheet][cell.replace("$", "")]
    assert book[sheet].title == book.sheetnames[1]
    assert (place.value, place.alignment.wrap_text) == (None, True)
    area = next(area for area in book[sheet].merged_cells.ranges if place.coordinate in area)
    width = sum(book[sheet].column_dimensions[chr(64 + column)].width for column in range(area.min_col, area.max_col))
    assert width > 100
    assert book[sheet].row_dimensions[place.row].height >= 60
