"""How result tables are written: in place, with formats, beside the user's own cells."""

from __future__ import annotations

import datetime as dt
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
import xlsxwriter
from books import FAMILY, HOLDINGS, replaced, settings, write_book, xlrebal

from workbook.compare import parts
from workbook.tables import table
from xlrebal.errors import FileError
from xlrebal.workbook.cells import Cell, Changeset, Column, Refinement, TableWrite
from xlrebal.workbook.headless import HeadlessWorkbook

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = ["Code", "Amount"]


def result(*rows: list[object]) -> Changeset:
    return Changeset((table("Result", HEADERS, list(rows)),))


def apply(path: Path, changes: Changeset) -> None:
    HeadlessWorkbook(path).apply(changes)


def values(path: Path, sheet: str = "Result") -> list[tuple[object, ...]]:
    return [tuple(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book.xlsx")


def test_a_result_is_a_real_excel_table(book: Path) -> None:
    apply(book, result(["A", 1], ["B", 2]))
    sheet = openpyxl.load_workbook(book)["Result"]
    assert sheet.tables["Result"].ref == "A1:B3"
    assert [column.name for column in sheet.tables["Result"].tableColumns] == HEADERS
    assert sheet.tables["Result"].autoFilter.ref == "A1:B3"
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width == 14


@pytest.mark.parametrize("text", ['=HYPERLINK("http://a.example","x")', "+1", "-1+2", "@SUM(A1)", "=cmd|'/c calc'!A1"])
def test_text_is_never_a_formula(book: Path, text: str) -> None:
    apply(book, result([text, 1]))
    cell = openpyxl.load_workbook(book)["Result"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s") or (cell.value, cell.data_type) == (text, "inlineStr")
    assert b"<f>" not in parts(book)["xl/worksheets/sheet4.xml"]


@pytest.mark.parametrize("text", ["  padded ", "two\nlines", "한국 투자", "a<b>&\"c'", "tab\there"])
def test_text_comes_back_as_it_was(book: Path, text: str) -> None:
    apply(book, result([text, 1]))
    assert values(book)[1][0] == text


def test_control_characters_and_text_like_their_escape_are_escaped(book: Path) -> None:
    apply(book, result(["bell\x07 and _x0041_", 1]))
    assert b"bell_x0007_ and _x005F_x0041_" in parts(book)["xl/worksheets/sheet4.xml"]


def test_a_second_run_writes_nothing(book: Path) -> None:
    apply(book, result(["A", Decimal("1.50")]))
    once, stamp = book.read_bytes(), book.stat().st_mtime_ns
    apply(book, result(["A", Decimal("1.50")]))
    assert book.read_bytes() == once
    assert book.stat().st_mtime_ns == stamp


def test_growing_and_shrinking(book: Path) -> None:
    apply(book, result(["A", 1], ["B", 2], ["C", 3]))
    apply(book, result(["A", 1]))
    assert values(book)[:2] == [("Code", "Amount"), ("A", 1)]
    assert {cell for row in values(book)[2:] for cell in row} == {None}
    assert openpyxl.load_workbook(book)["Result"].tables["Result"].ref == "A1:B2"
    apply(book, result(["A", 1], ["B", 2], ["C", 3], ["D", 4]))
    assert values(book)[-1] == ("D", 4)


def edit(path: Path, **cells: object) -> None:
    """Change cells of the Result sheet as a user would, in another program."""
    workbook = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        workbook["Result"][cell] = value
    workbook.save(path)


def test_cells_beside_and_below_stay_the_users(book: Path) -> None:
    apply(book, result(["A", 1], ["B", 2]))
    edit(book, D2="mine", A9="below", D9="=SUM(B2:B3)")
    apply(book, result(["A", 5]))
    sheet = openpyxl.load_workbook(book)["Result"]
    assert (sheet["D2"].value, sheet["A9"].value, sheet["D9"].value) == ("mine", "below", "=SUM(B2:B3)")


def test_a_table_never_grows_over_the_users_cells(book: Path) -> None:
    apply(book, result(["A", 1]))
    edit(book, A4="mine")
    before = book.read_bytes()
    with pytest.raises(FileError, match="Result!A4 is in the way"):
        apply(book, result(["A", 1], ["B", 2], ["C", 3]))
    assert book.read_bytes() == before


def test_a_sheet_of_the_users_with_a_results_name_is_left_alone(tmp_path: Path) -> None:
    mine = [("My own summary", None), ("rent", 100)]
    path = write_book(tmp_path / "book.xlsx", {**FAMILY, "Result": mine})
    before = parts(path)["xl/worksheets/sheet4.xml"]
    apply(path, result(["A", 1]))
    assert parts(path)["xl/worksheets/sheet4.xml"] == before
    assert values(path, "xlrebal Result")[1] == ("A", 1)
    apply(path, result(["A", 2]))
    assert values(path, "xlrebal Result")[1] == ("A", 2)


def test_an_empty_sheet_of_the_name_is_filled(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", {**FAMILY, "Result": []})
    apply(path, result(["A", 1]))
    assert openpyxl.load_workbook(path).sheetnames == [*FAMILY, "Result"]


def test_a_table_may_be_moved_renamed_and_widened_by_the_user(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as out:
        sheet = out.add_worksheet("My report")
        columns = [{"header": "Code"}, {"header": "Amount"}, {"header": "My note"}]
        data = [["A", 1, "first"], ["B", 2, "second"]]
        sheet.add_table("C5:E7", {"name": "Result", "columns": columns, "data": data, "style": None})
    apply(path, result(["X", 7], ["Y", 8], ["Z", 9]))
    sheet = openpyxl.load_workbook(path)["My report"]
    assert sheet.tables["Result"].ref == "C5:E8"
    assert [[c.value for c in row] for row in sheet["C6:E8"]] == [["X", 7, "first"], ["Y", 8, "second"], ["Z", 9, None]]


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", {"Result": [("Mine", "Amount"), ("A", 1)]}, as_tables=True)
    with pytest.raises(FileError, match='Result!A1 is "Mine", not "Code": the table Result'):
        apply(path, result(["A", 1]))


def test_number_formats_follow_the_value_unless_the_user_chose_one(book: Path) -> None:
    def write(value: object, code: str) -> Changeset:
        cells = (Cell("A"), Cell(value, code))  # type: ignore[arg-type]
        columns = tuple(Column(header) for header in HEADERS)
        return Changeset(
            (TableWrite("Result", "Result", columns, (cells,)),), frozenset({"#,##0", "0.00", "yyyy-mm-dd"})
        )

    apply(book, write(1, "#,##0"))
    apply(book, write(Decimal("1.5"), "0.00"))
    assert openpyxl.load_workbook(book)["Result"]["B2"].number_format == "0.00"
    workbook = openpyxl.load_workbook(book)
    workbook["Result"]["B2"].number_format = '0.0"x"'
    workbook.save(book)
    apply(book, write(2, "#,##0"))
    assert openpyxl.load_workbook(book)["Result"]["B2"].number_format == '0.0"x"'


@pytest.mark.parametrize("date1904", [False, True])
def test_dates(tmp_path: Path, date1904: bool) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": date1904}) as out:
        out.add_worksheet()
    cells = (Cell("A"), Cell(dt.date(2026, 3, 4), "yyyy-mm-dd"))
    apply(path, Changeset((TableWrite("Result", "Result", tuple(Column(h) for h in HEADERS), (cells,)),)))
    assert values(path)[1][1] == dt.datetime(2026, 3, 4)


@pytest.fixture
def charted(tmp_path: Path) -> Path:
    path = tmp_path / "charts.xlsx"
    with xlsxwriter.Workbook(str(path)) as out:
        sheet, front = out.add_worksheet("Result"), out.add_worksheet("It's mine")
        columns = [{"header": header} for header in HEADERS]
        sheet.add_table("A1:B3", {"name": "Result", "columns": columns, "data": [["A", 1], ["B", 2]]})
        for last in (3, 4):
            chart = out.add_chart({"type": "column"})
            chart.add_series({"categories": f"=Result!$A$2:$A${last}", "values": f"=Result!$B$2:$B${last}"})
            front.insert_chart(0, last * 8, chart)
        front.write_formula("A1", "=SUM(Result!B2:B3)", None, 3)
    return path


def test_charts_of_exactly_the_tables_rows_follow_it(charted: Path) -> None:
    before = parts(charted)
    apply(charted, result(["A", 1], ["B", 3]))
    assert parts(charted)["xl/charts/chart1.xml"] == before["xl/charts/chart1.xml"]
    apply(charted, result(["A", 1], ["B", 2], ["C", 3], ["D", 4]))
    after = parts(charted)
    moved = before["xl/charts/chart1.xml"].replace(b"$A$3", b"$A$5").replace(b"$B$3", b"$B$5")
    assert after["xl/charts/chart1.xml"] == moved
    assert after["xl/charts/chart2.xml"] == before["xl/charts/chart2.xml"]


def test_cached_values_survive_and_excel_is_asked_to_calculate(charted: Path) -> None:
    apply(charted, result(["A", 1], ["B", 5]))
    assert openpyxl.load_workbook(charted, data_only=True)["It's mine"]["A1"].value == 3
    assert b'fullCalcOnLoad="1"' in parts(charted)["xl/workbook.xml"]


def test_a_shared_formula_whose_master_is_overwritten_is_written_out(charted: Path) -> None:
    sheet = parts(charted)["xl/worksheets/sheet1.xml"]
    shared = sheet.replace(
        b'<c r="B2"><v>1</v></c>', b'<c r="B2"><f t="shared" ref="B2:B6" si="0">D2*2</f><v>1</v></c>'
    )
    tail = b'<row r="6"><c r="B6"><f t="shared" si="0"/><v>4</v></c></row></sheetData>'
    shared = shared.replace(b"</sheetData>", tail)
    assert shared.count(b'si="0"') == 2
    replace_part(charted, "xl/worksheets/sheet1.xml", shared)
    apply(charted, result(["A", 1], ["B", 2]))
    sheet = openpyxl.load_workbook(charted)["Result"]
    assert (sheet["B2"].value, sheet["B6"].value) == (1, "=D6*2")


def replace_part(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path) as old:
        entries = [(i.filename, content if i.filename == name else old.read(i)) for i in old.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry, data in entries:
            new.writestr(entry, data)


def test_history_keeps_one_row_a_day(book: Path) -> None:
    for day in ("2026-03-04", "2026-03-05", "2026-03-05", "2026-03-01"):
        assert xlrebal("update", book, "--as-of", day).status == 0
    rows = values(book, "Value history")
    assert rows[0][:2] == ("Date", "Total value")
    assert [row[0] for row in rows[1:]] == [dt.datetime(2026, 3, day) for day in (1, 4, 5)]
    assert {row[1] for row in rows[1:]} == {7_500_000}


def test_output_leaves_the_original_alone(book: Path, tmp_path: Path) -> None:
    before, copy = book.read_bytes(), tmp_path / "copy.xlsx"
    assert xlrebal("update", book, "--output", copy, "--as-of", "2026-03-04").status == 0
    assert book.read_bytes() == before
    assert "Orders" in openpyxl.load_workbook(copy).sheetnames


def test_an_order_sheet_without_orders_says_so_and_when_to_look_again(tmp_path: Path) -> None:
    even = [HOLDINGS[0], ("Main", "069500", "K", 40, 1000, None), ("Main", "360750", "W", 60, 1000, None)]
    path = write_book(tmp_path / "book.xlsx", {**FAMILY, "Holdings": even, "Settings": settings()})
    xlrebal("update", path, "--as-of", "2026-03-04")
    row = values(path, "Orders")[1]
    assert row[13] == "No orders: every weight is inside its limits. Next scheduled check: 2026-04-01."
    assert {value for index, value in enumerate(row) if index != 13} == {None}


def test_marks_on_orders_are_not_replaced_in_silence(book: Path) -> None:
    assert xlrebal("update", book, "--now", "--as-of", "2026-03-04").err == ""
    workbook = openpyxl.load_workbook(book)
    workbook["Orders"]["O3"] = "too dear"
    workbook.save(book)
    run = xlrebal("update", book, "--now", "--as-of", "2026-03-04")
    assert run.status == 0
    assert "Orders!O3: the marks on 1 order of the last plan are replaced" in run.err


def test_a_price_of_nothing_is_said(tmp_path: Path) -> None:
    """A formula that failed may show 0, and the asset would be bought a second time."""
    tables = FAMILY | {"Holdings": replaced(FAMILY["Holdings"], "E2", 0)}
    run = xlrebal("update", write_book(tmp_path / "family.xlsx", tables), "--as-of", "2026-03-04", "--dry-run")
    assert "Holdings!E2: price 0 makes 069500 worth nothing" in run.err


def test_two_prices_of_one_asset_are_said(tmp_path: Path) -> None:
    rows = [*HOLDINGS, ("Main", "069500", "K", 1, 34000, None)]
    run = xlrebal("update", write_book(tmp_path / "b.xlsx", {**FAMILY, "Holdings": rows}), "--as-of", "2026-03-04")
    assert "Holdings!E4: price 34,000 of 069500 differs from 35,000 above" in run.err


def test_a_new_table_has_no_stripes(book: Path) -> None:
    apply(book, result(["A", 1]))
    style = openpyxl.load_workbook(book)["Result"].tables["Result"].tableStyleInfo
    assert (style.name, style.showRowStripes) == (None, False)


def test_shorter_formats_hold_for_every_row_that_may_come(book: Path) -> None:
    whole = Refinement("#,##0", whole=True)
    won = Refinement("#,##0", whole=True, beside="Currency", texts=("KRW", "JPY"))
    columns = (
        Column("Code"),
        Column("Quantity", refined=(whole,)),
        Column("Price", refined=(won,)),
        Column("Currency"),
    )
    cells = (Cell("A"), Cell(40), Cell(Decimal("620.5"), "#,##0.00"), Cell("USD"))
    apply(book, Changeset((TableWrite("Result", "Result", columns, (cells,)),)))
    once = parts(book)["xl/worksheets/sheet4.xml"]
    apply(book, Changeset((TableWrite("Result", "Result", columns, (cells,) * 50),)))
    found = {
        str(place.sqref): [(rule.formula, rule.dxf.numFmt.formatCode) for rule in place.rules]
        for place in openpyxl.load_workbook(book)["Result"].conditional_formatting
    }
    assert found == {
        "B2:B1048576": [(["AND(ISNUMBER(B2),B2=INT(B2))"], "#,##0")],
        "C2:C1048576": [(['AND(ISNUMBER(C2),C2=INT(C2),OR($D2="KRW",$D2="JPY"))'], "#,##0")],
    }
    rules = b"<conditionalFormatting"
    assert parts(book)["xl/worksheets/sheet4.xml"].partition(rules)[2] == once.partition(rules)[2]


def test_rows_are_high_enough_for_long_names_of_either_language(book: Path) -> None:
    columns = (Column("Account", 18, wrap=True), Column("Amount", 14))
    names = ("Main", "Grandmother's taxable account", "할머니의 두 번째 증권사 위탁 계좌")
    rows = tuple((Cell(name), Cell(1)) for name in names)
    apply(book, Changeset((TableWrite("Result", "Result", columns, rows),)))
    heights = openpyxl.load_workbook(book)["Result"].row_dimensions
    assert [heights[row].height for row in (2, 3, 4)] == [None, 33, 49.5]
