"""Sharing: nothing private in any part, and what is left still works."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, mark_executed, replaced, settings, write_book, xlrebal
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.text import Text
from openpyxl.chart.title import Title
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, DataBarRule
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from xlrebal.files import templates
from xlrebal.tables.contract.schema import INPUTS
from xlrebal.tables.write.languages import SHEETS

SHIPPED = [path.name for path in templates.files()]
PLAIN = [name for name in SHIPPED if name.endswith(".xlsx")]


class Planter:
    """Private strings, each once, and the list of them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.planted: list[str] = []

    def __call__(self) -> str:
        text = f"Zq{next(self._numbers):04}Vx"
        self.planted.append(text)
        return text


def plant(path: Path, secret: Planter) -> None:
    """Put a thousand strings wherever a person, or a program on their behalf, can put one."""
    book = openpyxl.load_workbook(path, keep_vba=False)
    properties = book.properties
    for name in ("creator", "lastModifiedBy", "title", "subject", "description", "keywords", "category"):
        setattr(properties, name, secret())
    for sheet in list(book):
        sheet["A1"].comment = Comment(secret(), secret())
        sheet.oddHeader.center.text = secret()
        sheet.oddFooter.left.text = secret()
        bottom = sheet.max_row + 2
        for n in range(6):
            sheet.cell(bottom + n, 2).value = secret()
        sheet.cell(bottom + 7, 2).value = f'="{secret()}"'
        sheet.cell(bottom + 8, 2).hyperlink = f"https://example.org/{secret()}"
        sheet.cell(bottom + 9, 2).number_format = f'0 "{secret()}"'
        rule = DataValidation("list", formula1=f'"{secret()},b"', prompt=secret(), error=secret())
        rule.add(f"B{bottom}")
        sheet.add_data_validation(rule)
    fill(book, secret)
    for _ in range(10):
        name = secret()
        book.defined_names[name] = DefinedName(name, attr_text=f'"{secret()}"', comment=secret())
        book.create_sheet(secret())["A1"] = secret()
    while len(secret.planted) < 980:
        sheet = book.worksheets[len(secret.planted) % 12]
        sheet.cell(300 + len(secret.planted), 1 + len(secret.planted) % 20).value = secret()
    book.save(path)
    plant_in_parts(path, secret)


def named(book: Any, name: str) -> str:
    """The sheet of a name, in whichever language the workbook is."""
    korean = {table.name: table.korean for table in INPUTS} | {n: name.korean for n, name in SHEETS.items()}
    return name if name in book.sheetnames else korean[name]


def fill(book: Any, secret: Planter) -> None:
    """What a family writes into the tables."""
    texts = {"Holdings": (1, 3), "Accounts": (1, 2), "Trades": (2, 11, 12), "Lots": (1,)}
    for name, columns in texts.items():
        sheet = book[named(book, name)]
        for row, column in itertools.product(range(5, 12), columns):
            sheet.cell(row, column).value = secret()
    for row in range(5, 40):
        book[named(book, "Settings")].cell(row, 3).value = secret()
    for name in ("Orders", "Skipped", "Summary", "Value history", "Rule changes"):
        for row in (2, 3):
            for column in range(1, 6):
                book[named(book, name)].cell(row, column).value = secret()


def plant_in_parts(path: Path, secret: Planter) -> None:
    """Places that openpyxl does not reach: the archive itself, caches, custom and revision parts."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for name, content in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            # A cached value of a formula.
            parts[name] = content.replace(b"<v />", f"<v>{secret()}</v>".encode(), 1).replace(b"<v></v>", b"", 1)
        if name.startswith("xl/charts/chart"):
            cache = f'</c:f><c:strCache><c:pt idx="0"><c:v>{secret()}</c:v></c:pt></c:strCache>'
            parts[name] = content.replace(b"</c:f>", cache.encode(), 1)
    parts["xl/revisions/revisionHeaders.xml"] = f'<headers userName="{secret()}"/>'.encode()
    parts["xl/persons/person.xml"] = f'<personList><person displayName="{secret()}"/></personList>'.encode()
    parts["customXml/item1.xml"] = f"<root>{secret()}</root>".encode()
    parts["docProps/custom.xml"] = f"<Properties><p>{secret()}</p></Properties>".encode()
    parts["xl/media/image1.png"] = f"PNG {secret()}".encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        new.comment = secret().encode()
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.comment = secret().encode()
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)


def everything(path: Path) -> bytes:
    """The archive's own bytes and every part of it."""
    with zipfile.ZipFile(path) as archive:
        parts = b"\n".join(archive.read(name) for name in archive.namelist())
        names = "\n".join(archive.namelist()).encode()
    return path.read_bytes() + names + parts + html.unescape(parts.decode("utf-8", "ignore")).encode()


@pytest.mark.parametrize("template", PLAIN)
def test_none_of_a_thousand_private_strings_is_in_any_part(tmp_path: Path, template: str) -> None:
    path, copy, secret = tmp_path / "family.xlsx", tmp_path / "shared.xlsx", Planter()
    shutil.copy(templates.files()[SHIPPED.index(template)], path)
    plant(path, secret)
    assert len(secret.planted) >= 1000
    before = everything(path)
    assert sum(text.encode() in before for text in secret.planted) >= 990
    run = xlrebal("share", path, copy, "--lang", "en")
    assert run.status == 0, run.err
    after = everything(copy)
    assert [text for text in secret.planted if text.encode() in after] == []
    assert "cells:" in run.out
    openpyxl.load_workbook(copy)


@pytest.mark.parametrize("template", SHIPPED)
def test_a_copy_keeps_rules_and_design_and_works(tmp_path: Path, template: str, soffice: str) -> None:
    source = templates.files()[SHIPPED.index(template)]
    path, copy = tmp_path / f"family{source.suffix}", tmp_path / f"shared{source.suffix}"
    shutil.copy(source, path)
    assert xlrebal("share", path, copy).status == 0
    old, new = openpyxl.load_workbook(path), openpyxl.load_workbook(copy)
    assert new.sheetnames == old.sheetnames
    for name in old.sheetnames:
        assert len(new[name]._charts) == len(old[name]._charts), name
        assert {k: d.width for k, d in new[name].column_dimensions.items()} == {
            k: d.width for k, d in old[name].column_dimensions.items()
        }
        assert set(new[name].tables) == set(old[name].tables)
    targets = next(name for name in old.sheetnames if name in ("Targets", "목표비중"))
    values = [[c.value for c in row] for row in new[targets].iter_rows()]
    assert values == [[c.value for c in row] for row in old[targets].iter_rows()]
    holdings = next(name for name in old.sheetnames if name in ("Holdings", "보유종목"))
    assert all(cell.value is None for row in new[holdings].iter_rows(min_row=5) for cell in row)
    # It is an honest workbook: refused only because nothing is held.
    run = xlrebal("update", copy, "--lang", "en")
    assert run.status == 3
    assert "nothing is held" in run.err
    if template in ("core-satellite.xlsm", "korean-family.ko.xlsx"):
        command = [soffice, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(copy)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        assert copy.with_suffix(".pdf").stat().st_size > 10_000


def test_figures_stay_behind_and_the_original_stays_as_it_is(tmp_path: Path) -> None:
    tables = FAMILY | {
        "Settings": settings(new_cash=1234567, drift_threshold=0.05),
        "Accounts": [("Account", "Owner", "Cash"), ("Main", "Kim Minsu", 7654321)],
        "My notes": [("the house", 987654321)],
    }
    path, copy = write_book(tmp_path / "family.xlsx", tables), tmp_path / "shared.xlsx"
    xlrebal("update", path, "--as-of", "2026-03-04")
    before = path.read_bytes()
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    assert "sheets: 1" in run.out
    assert path.read_bytes() == before
    text = everything(copy).decode("utf-8", "ignore")
    for figure in ("1234567", "7654321", "987654321", "Kim Minsu", "35000.0", "My notes"):
        assert figure not in text
    book = openpyxl.load_workbook(copy)
    assert book["Targets"]["D2"].value == 0.4
    assert re.search(r"drift_threshold", text)
    assert book.properties.creator in (None, "openpyxl")
    assert book.properties.modified > dt.datetime(2026, 1, 1)  # openpyxl's default: now


DAY = "2026-03-04"


def traded(path: Path, tables: Any = FAMILY, language: str = "en") -> Path:
    """A family's workbook after its orders were carried out and recorded."""
    accounts = [("Account", "Owner", "Cash"), ("Main", "Kim Minsu", 7654321)]
    write_book(path, {**tables, "Accounts": accounts, "Settings": settings(language=language)})
    assert xlrebal("update", path, "--as-of", DAY, "--now", "--override", "first plan").status == 0
    mark_executed(path)
    assert xlrebal("record", path, "--date", DAY, "--note", "as the family agreed").status == 0
    return path


@pytest.mark.parametrize("language", ["en", "ko"])
def test_marks_states_and_prices_are_no_secrets(tmp_path: Path, language: str) -> None:
    # The same price is private where it stands beside a quantity and a rule where it stands beside a target; names of
    # assets, states and triggers stand in results and in rules alike.
    groups = replaced(replaced(FAMILY["Targets"], "A2", "recorded music"), "A3", "rebalanced, scheduled, drift")
    names = replaced(replaced(groups, "B2", "Korea fund of funds"), "B3", "World, executed by robots")
    holdings = replaced(replaced(FAMILY["Holdings"], "C2", "Korea fund"), "C3", "executed")
    holdings = replaced(holdings, "F2", 41327)
    path = traded(tmp_path / "family.xlsx", {**FAMILY, "Targets": names, "Holdings": holdings}, language)
    (tmp_path / "prices.csv").write_text(f"Code,Price,Date\n069500,12345,{DAY}\n360750,23456,{DAY}\n")
    assert xlrebal("prices", path, "--csv", tmp_path / "prices.csv", "--yes").status == 0
    run = xlrebal("share", path, tmp_path / "shared.xlsx")
    assert run.status == 0, run.err
    text = everything(tmp_path / "shared.xlsx").decode("utf-8", "ignore")
    assert [word for word in ("12345", "recorded music", "Korea fund of funds") if word not in text] == []
    assert [word for word in ("Kim Minsu", "7654321", "as the family agreed", "41327") if word in text] == []


def test_a_copy_of_recorded_rebalances_and_reviews_goes_on_being_used(tmp_path: Path) -> None:
    path, copy = traded(tmp_path / "family.xlsx"), tmp_path / "shared.xlsx"
    assert xlrebal("review", path, "--quarter", "2026Q1").status == 0
    assert xlrebal("share", path, copy).status == 0
    old, new = openpyxl.load_workbook(path), openpyxl.load_workbook(copy)
    assert new.sheetnames == old.sheetnames
    for name in ("Orders", "Rebalance log", "Review"):
        assert [cell.value for cell in new[name][1]] == [cell.value for cell in old[name][1]]
        assert [cell.value for row in new[name].iter_rows(min_row=2) for cell in row if cell.value is not None] == []
    new["Holdings"]["B2"], new["Holdings"]["D2"], new["Holdings"]["E2"] = "069500", 100, 35000
    new.save(copy)
    assert xlrebal("update", copy, "--as-of", DAY, "--now").status == 0
    mark_executed(copy)
    assert xlrebal("record", copy, "--date", DAY).status == 0
    assert xlrebal("review", copy, "--quarter", "2026Q1").status == 0


@pytest.mark.parametrize(
    ("owner", "cell", "value"),
    [
        ("Kim Minsu", "B2", "Fund of Kim Minsu"),
        ("Kim Minsu", "B2", "Kim Minsu"),
        ("Ann", "A3", "Ann's choice"),
        ("민수", "A2", "민수의 주식"),
    ],
)
def test_a_persons_name_in_a_rule_is_refused_with_both_places(
    tmp_path: Path, owner: str, cell: str, value: str
) -> None:  # fmt: skip
    accounts = [("Account", "Owner", "Cash"), ("Main", owner, 1000)]
    tables = {**FAMILY, "Accounts": accounts, "Targets": replaced(FAMILY["Targets"], cell, value)}
    path = write_book(tmp_path / "family.xlsx", tables)
    run = xlrebal("share", path, tmp_path / "shared.xlsx")
    assert run.status == 4
    message = f'"{owner}" is private in Accounts!B2, but Targets!{cell} would bring it into the copy'
    assert run.err == f"{path}: {message}; write something else there. Nothing was written.\n"
    assert [file.name for file in tmp_path.iterdir()] == ["family.xlsx"]


@pytest.mark.parametrize("value", ["Annual report fund", "Channel Islands", "annuity"])
def test_a_word_that_only_begins_like_a_name_names_nobody(tmp_path: Path, value: str) -> None:
    accounts = [("Account", "Owner", "Cash"), ("Main", "Ann", 1000)]
    tables = {**FAMILY, "Accounts": accounts, "Targets": replaced(FAMILY["Targets"], "B2", value)}
    path = write_book(tmp_path / "family.xlsx", tables)
    assert xlrebal("share", path, tmp_path / "shared.xlsx").status == 0


@pytest.mark.parametrize(
    ("place", "source"),
    [("a note of theirs", "My notes!B2"), ("the author", "docProps/core.xml"), ("an account", "Holdings!A2"),
     ("a remark", "Trades!L2"), ("a sheet", "sheets"), ("a name", "the defined name Zq1")],
)  # fmt: skip
def test_words_of_ones_own_in_a_rule_are_refused(tmp_path: Path, place: str, source: str) -> None:
    secret = "Zq0001Vx of ours"
    targets = replaced(FAMILY["Targets"], "B3", f"World ({secret})")
    trades = [("Date", "Account", "Action", "Code", "Quantity", "Price", "Commission", "Tax", "Currency", "FX rate",
               "Trigger", "Note"), (dt.date(2026, 1, 5), "Main", "BUY", "069500", 1, 35000, *[None] * 6)]  # fmt: skip
    accounts = [("Account", "Owner", "Cash"), ("Main", None, 1000)]
    path = write_book(tmp_path / "f.xlsx", {**FAMILY, "Targets": targets, "Trades": trades, "Accounts": accounts})
    book = openpyxl.load_workbook(path)
    if place == "a note of theirs":
        book.create_sheet("My notes")["B2"] = secret
    elif place == "the author":
        book.properties.creator = secret
    elif place == "an account":
        for sheet, cells in (("Accounts", ["A2"]), ("Holdings", ["A2", "A3"]), ("Trades", ["B2"])):
            for cell in cells:
                book[sheet][cell] = secret
    elif place == "a remark":
        book["Trades"]["L2"] = secret
    elif place == "a sheet":
        book.create_sheet(secret)["A1"] = 1
    else:
        book.defined_names["Zq1"] = DefinedName("Zq1", attr_text=f'"{secret}"', comment=secret)
    book.save(path)
    run = xlrebal("share", path, tmp_path / "shared.xlsx")
    assert run.status == 4
    assert f"is private in {source}, but Targets!B3 would bring it into the copy" in run.err


def test_figures_that_somebody_typed_into_design_stay_behind(tmp_path: Path) -> None:
    """Where an axis ends, from where a cell is red, what a drop-down allows, and what a series is called."""
    path, copy = tmp_path / "family.xlsx", tmp_path / "shared.xlsx"
    shutil.copy(templates.files()[SHIPPED.index("core-satellite.xlsx")], path)
    book = openpyxl.load_workbook(path)
    charts = [(sheet, chart) for sheet in book for chart in sheet._charts]
    for _, chart in charts:
        chart.y_axis.scaling.max, chart.y_axis.majorUnit = 918273645, 192837465
        chart.series[0].tx = SeriesLabel(v="Zq0001Vx")
        chart.title = None
    charts[0][1].title = Title(tx=Text(strRef=StrRef(f="'Zq0002Vx'!$A$1")))
    sheet = book["Holdings"]
    book.create_sheet("Zq0002Vx")["A1"] = "Zq0003Vx"
    sheet.conditional_formatting.add("D5:D9", CellIsRule(operator="greaterThan", formula=["564738291"]))
    sheet.conditional_formatting.add("D5:D9", DataBarRule("num", 0, "num", 135792468, "FF0000"))
    limit = DataValidation("decimal", operator="lessThan", formula1="246813579")
    limit.add("D5:D9")
    sheet.add_data_validation(limit)
    book.save(path)
    private = ("918273645", "192837465", "Zq0001Vx", "Zq0002Vx", "Zq0003Vx", "564738291", "135792468", "246813579")
    assert [text for text in private if text.encode() not in everything(path)] == []
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    assert [text for text in private if text.encode() in everything(copy)] == []
    assert len([chart for sheet in openpyxl.load_workbook(copy) for chart in sheet._charts]) == len(charts)


def test_fonts_references_and_layout_are_no_secrets(tmp_path: Path) -> None:
    """What a program writes by itself into a part that stays behind may stand in the copy as well."""
    path, copy = tmp_path / "family.xlsx", tmp_path / "shared.xlsx"
    shutil.copy(templates.files()[SHIPPED.index("core-satellite.xlsx")], path)
    book = openpyxl.load_workbook(path)
    book["Holdings"]["A1"].comment = Comment("mine", "me")
    book["Holdings"]["A1"].font = Font(name="Aptos Narrow", size=9)
    notes = book.create_sheet("My notes")
    series = book["Dashboard"]._charts[0].series[0]
    notes["A1"], notes["A2"] = f"={series.val.numRef.f}", "=Holdings!$D$5"
    notes["A3"] = 190500
    notes["A4"] = dt.datetime(2026, 1, 5)
    book.save(path)
    # Excel writes every comment in a font.
    rewrite(path, "comment", b"<t>mine</t>", b'<r><rPr><rFont val="Aptos Narrow"/></rPr><t>mine</t></r>')
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    assert b"Aptos Narrow" in everything(copy)


_GROUP = (
    '<xdr:grpSp><xdr:nvGrpSpPr><xdr:cNvPr id="98" name="Zq0001Vx"/><xdr:cNvGrpSpPr/></xdr:nvGrpSpPr><xdr:grpSpPr/>{}'
    '<xdr:sp macro="Zq0002Vx" textlink=""><xdr:nvSpPr><xdr:cNvPr id="99" name=""/><xdr:cNvSpPr/></xdr:nvSpPr>'
    "<xdr:spPr/><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>Zq0003Vx</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:grpSp>"
)


def test_a_text_box_grouped_with_a_chart_and_the_macro_of_a_chart_stay_behind(tmp_path: Path) -> None:
    path, copy = tmp_path / "family.xlsx", tmp_path / "shared.xlsx"
    shutil.copy(templates.files()[SHIPPED.index("core-satellite.xlsx")], path)
    with zipfile.ZipFile(path) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
    first, second = re.findall("<xdr:graphicFrame .*?</xdr:graphicFrame>", drawing, re.DOTALL)[:2]
    rewrite(path, "xl/drawings/drawing1.xml", first.encode(), _GROUP.format(first).encode())
    rewrite(path, "xl/drawings/drawing1.xml", second.encode(), second.replace('macro=""', 'macro="Zq0004Vx"').encode())
    assert all(text in everything(path) for text in (b"Zq0003Vx", b"Zq0004Vx"))
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    assert b"Zq000" not in everything(copy)
    assert [len(sheet._charts) for sheet in openpyxl.load_workbook(copy) if sheet._charts] == [2]


_OWN = '<own:note xmlns:own="urn:own">Zq{}Vx</own:note>'
_ADDITION = '<extLst><ext uri="Zq{}Vx"/></extLst>'
_HIDDEN = {
    "a remark": ("<!-- Zq{}Vx -->", ""),
    "an instruction": ("<?own Zq{}Vx?>", ""),
    "a text between elements": ("Zq{}Vx", ""),
    "an element of another program": (_OWN, ""),
    "an addition": (_ADDITION, ""),
    "an attribute of another program": ("", ' xmlns:own="urn:own" own:note="Zq{}Vx"'),
    "the name of a namespace": ("", ' xmlns:own="urn:Zq{}Vx"'),
}


@pytest.mark.parametrize("kind", _HIDDEN)
def test_what_other_programs_may_add_to_a_part_stays_behind(tmp_path: Path, kind: str) -> None:
    path, copy, numbers = tmp_path / "family.xlsx", tmp_path / "shared.xlsx", itertools.count(1)
    shutil.copy(templates.files()[SHIPPED.index("core-satellite.xlsx")], path)
    inside, attribute = _HIDDEN[kind]

    def added(tag: re.Match[str]) -> str:
        number = next(numbers)
        return f"<{tag[1]}{tag[2]}{attribute.format(number)}>{inside.format(number)}"

    elements = (
        "sheetPr|sheetView|cols|sheetData|row|conditionalFormatting|cfRule|c:chart|c:ser|c:title|xdr:graphicFrame"
    )
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
    for name, content in parts.items():
        if name.startswith(("xl/worksheets/sheet", "xl/charts/", "xl/drawings/drawing")):
            changed = re.sub(rf"<({elements})((?: [^<>]*)?)(?<!/)>", added, content)
            rewrite(path, name, content.encode(), changed.encode())
    assert next(numbers) > 100
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    assert re.findall(rb"Zq\d+Vx", everything(copy)) == []
    assert xlrebal("update", copy).status == 3


_FIXED = '<c:errBarType val="both"/><c:errValType val="fixedVal"/><c:val val="918273645"/>'
_LINEAR = '<c:trendlineType val="linear"/><c:forward val="918273645"/>'
_CHART_DETAILS = {
    "a unit": ("</c:valAx>", '<c:dispUnits><c:custUnit val="918273645"/></c:dispUnits></c:valAx>'),
    "a margin of error": ("<c:cat>", f"<c:errBars>{_FIXED}</c:errBars><c:cat>"),
    "a trend": ("<c:cat>", f"<c:trendline>{_LINEAR}</c:trendline><c:cat>"),
    "a link": ("<a:defRPr([^>]*[^/])>", r'<a:defRPr\1><a:hlinkClick tooltip="918273645"/>'),
    "a font": ("<a:defRPr([^>]*[^/])>", r'<a:defRPr\1><a:latin typeface="Font 918273645"/>'),
}  # fmt: skip


@pytest.mark.parametrize("kind", _CHART_DETAILS)
def test_details_of_charts_that_somebody_typed_stay_behind(tmp_path: Path, kind: str) -> None:
    path, copy = tmp_path / "family.xlsx", tmp_path / "shared.xlsx"
    shutil.copy(templates.files()[SHIPPED.index("core-satellite.xlsx")], path)
    old, new = _CHART_DETAILS[kind]
    with zipfile.ZipFile(path) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    rewrite(path, "xl/charts/chart1.xml", chart.encode(), re.sub(old, new, chart, count=1).encode())
    assert b"918273645" in everything(path)
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    assert b"918273645" not in everything(copy)
    assert sum(len(sheet._charts) for sheet in openpyxl.load_workbook(copy)) == 3


@pytest.mark.parametrize("code", ["[$Emma] 0", "[$Paul]0.00", "[Red]Emma"])
def test_a_number_format_with_a_name_stays_behind(tmp_path: Path, code: str) -> None:
    path, copy = tmp_path / "family.xlsx", tmp_path / "shared.xlsx"
    shutil.copy(templates.files()[SHIPPED.index("core-satellite.xlsx")], path)
    book = openpyxl.load_workbook(path)
    book["Holdings"]["D5"].number_format = code
    book["Holdings"]["D6"].number_format = "[$\u20a9-412]#,##0;[Red]-#,##0"
    book.save(path)
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    assert code.encode() not in everything(copy)
    assert openpyxl.load_workbook(copy)["Holdings"]["D6"].number_format == "[$\u20a9-412]#,##0;[Red]-#,##0"


def rewrite(path: Path, part: str, old: bytes, new: bytes) -> None:
    """Change a part whose name has a word in it, as another program would have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(old, new) if part in name else content)


def test_refusals(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx")
    assert xlrebal("share", path, path).status == 4
    assert xlrebal("share", path, tmp_path / "copy.xlsm").status == 2
    assert xlrebal("share", tmp_path / "none.xlsx", tmp_path / "copy.xlsx").status == 4
    assert not (tmp_path / "copy.xlsx").exists()


@pytest.mark.parametrize("template", ["us-family.xlsx", "korean-family.ko.xlsx"])
def test_a_table_without_a_style_gets_no_empty_name_of_one(tmp_path: Path, template: str) -> None:
    path, copy = tmp_path / "family.xlsx", tmp_path / "shared.xlsx"
    shutil.copy(templates.files()[SHIPPED.index(template)], path)
    assert xlrebal("share", path, copy).status == 0
    assert b"<tableStyleInfo" in everything(copy)
    assert b'<tableStyleInfo name=""' not in everything(copy)


def test_only_values_that_a_setting_can_have_are_rules(tmp_path: Path) -> None:
    """Words in place of a value, and what tells an income, stay behind; the other rules come along."""
    wrong = {"months": "Zq0001Vx", "extra_holidays": "Zq0002Vx 2026-06-03", "language": "Zq0003Vx", "day": "Zq0004Vx"}
    told = {"short_term_rate": 0.3719, "long_term_rate": 0.1873, "taxable_income": 918273}
    rules = {"drift_threshold": 0.0471, "strategy": "threshold"}
    path, copy = tmp_path / "family.xlsx", tmp_path / "shared.xlsx"
    write_book(path, FAMILY | {"Settings": settings(**wrong, **told, **rules)})
    run = xlrebal("share", path, copy, "--lang", "en")
    assert run.status == 0, run.err
    after = everything(copy)
    assert [text for text in ("Zq000", "0.3719", "0.1873", "918273") if text.encode() in after] == []
    kept = {row[0].value: row[1].value for row in openpyxl.load_workbook(copy)["Settings"].iter_rows(min_row=2)}
    assert {name: kept[name] for name in (*wrong, *told)} == dict.fromkeys((*wrong, *told))
    assert kept["drift_threshold"] == 0.0471
    assert kept["strategy"] == "threshold"
