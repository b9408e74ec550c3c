"""A small workbook with something of everything, and faults to be put into it: one each, as Excel would find it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from xlrebal.macros.project import Kind, Module, build_project

Parts = dict[str, bytes]
Damage = Callable[[Parts], None]

BOOK, STYLES, TYPES = "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"
FIRST, SECOND = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
TABLE, OTHER_TABLE = "xl/tables/table1.xml", "xl/tables/table2.xml"
RELATIONS = "xl/worksheets/_rels/sheet1.xml.rels"
DRAWING, CHART, SHAPES = "xl/drawings/drawing1.xml", "xl/charts/chart1.xml", "xl/drawings/vmlDrawing1.vml"


def make_sound_book(path: Path) -> Path:
    """Write the workbook, as .xlsm: two sheets, two tables, a chart, a button, a comment, a name."""
    project = path.with_suffix(".bin")
    sheets = [Module(name, Kind.SHEET) for name in ("Sheet1", "Sheet2")]
    project.write_bytes(build_project([Module("ThisWorkbook", Kind.WORKBOOK), *sheets]))
    with xlsxwriter.Workbook(path) as book:
        book.add_vba_project(str(project))
        book.set_vba_name("ThisWorkbook")
        data, notes = book.add_worksheet("Data"), book.add_worksheet("Own notes")
        data.set_vba_name("Sheet1")
        notes.set_vba_name("Sheet2")
        _fill_data(book, data)
        notes.add_table("A1:B3", {"name": "Notes", "columns": [{"header": "Day"}, {"header": "Two\nlines"}]})
        notes.write_formula("D1", "=SUM(Amounts[Amount])", None, 3)
        notes.write_comment("D1", "a sum")
        notes.merge_range("D5:E5", "merged")
        book.define_name("total", "='Own notes'!$D$1")
    project.unlink()
    return path


def _fill_data(book: xlsxwriter.Workbook, data: xlsxwriter.worksheet.Worksheet) -> None:
    money = book.add_format({"num_format": '#,##0.000 "KRW"', "bold": True, "border": 1, "bg_color": "#EEEEEE"})
    columns = [{"header": "Code", "total_string": "Total"}, {"header": "Amount", "total_function": "sum"}]
    data.add_table("A1:B4", {"name": "Amounts", "columns": columns, "total_row": True})
    for row, (code, amount) in enumerate((("A", 1), ("B", 2)), 1):
        data.write(row, 0, code)
        data.write(row, 1, amount, money)
    data.write_formula("D1", "='Own notes'!D1*2", None, 6)
    data.write("D2", " kept ")
    data.set_column("D:E", 20)
    data.data_validation("A2:A3", {"validate": "list", "source": ["A", "B"]})
    data.conditional_format("B2:B3", {"type": "cell", "criteria": ">", "value": 1, "format": book.add_format()})
    data.set_footer("&P")
    data.autofilter("D1:E3")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Data!$B$2:$B$3", "categories": "=Data!$A$2:$A$3"})
    data.insert_chart("G2", chart)
    data.insert_button("G20", {"macro": "Press", "caption": "Press"})


def damaged(sound: Path, path: Path, damage: Damage) -> Path:
    """Write a copy into which a fault was put."""
    with zipfile.ZipFile(sound) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    damage(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def change(part: str, old: str, new: str) -> Damage:
    """Replace the first place where a pattern stands in a part; it has to be there."""

    def damage(parts: Parts) -> None:
        text, count = re.subn(old, new, parts[part].decode("utf-8"), count=1)
        assert count == 1, f"{old} is not in {part}"
        parts[part] = text.encode("utf-8")

    return damage


def both(*damages: Damage) -> Damage:
    """Put in several changes, which together are one fault."""

    def damage(parts: Parts) -> None:
        for one in damages:
            one(parts)

    return damage


def without(part: str) -> Damage:
    """Leave a part out."""
    return lambda parts: parts.pop(part) and None


def named(part: str, name: str) -> Damage:
    """Give a part another name in the package."""
    return lambda parts: parts.update({name: parts.pop(part)})


def _chain(parts: Parts) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    parts["xl/calcChain.xml"] = f'<calcChain xmlns="{main}"><c r="D1" i="1"/><c r="A2"/></calcChain>'.encode()
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    change(TYPES, "</Types>", f'<Override PartName="/xl/calcChain.xml" ContentType="{content}"/></Types>')(parts)
    line = f'<Relationship Id="rId99" Type="{kind}" Target="calcChain.xml"/></Relationships>'
    change("xl/_rels/workbook.xml.rels", "</Relationships>", line)(parts)


_MACRO_TYPE = r"application/vnd\.ms-excel\.sheet\.macroEnabled\.main\+xml"
_PLAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_LONG = "x" * 256

# What our rules find, each by the rule whose name it has; a schema knows none of them.
FAULTS: dict[str, tuple[str, Damage]] = {
    "a part with backslashes": ("entry_names", named(CHART, "xl\\charts\\chart1.xml")),
    "a part that is not well-formed": ("well_formed", change(CHART, "</c:chartSpace>", "")),
    "a table without a content type": (
        "content_types",
        both(
            change(TYPES, r'<Override PartName="/xl/tables/table1.xml"[^>]*>', ""),
            change(TYPES, '<Default Extension="xml"[^>]*>', ""),
        ),
    ),
    "a table of another content type": ("fitting_types", change(TYPES, r"table\+xml", "tables+xml")),
    "a macro project and a type without macros": ("main_part", change(TYPES, _MACRO_TYPE, _PLAIN_TYPE)),
    "a table that is not there": ("relationship_targets", without(TABLE)),
    "a drawing by an unknown relationship": (
        "relationship_ids",
        change(FIRST, '<drawing r:id="rId1"', '<drawing r:id="rId77"'),
    ),
    "relationships of nothing": ("sources_of_relationships", named(RELATIONS, "xl/worksheets/_rels/sheet9.xml.rels")),
    "a sheet name of 32 characters": ("sheet_names", change(BOOK, 'name="Own notes"', f'name="{"n" * 32}"')),
    "a sheet name with a colon": ("sheet_names", change(BOOK, 'name="Own notes"', 'name="Own:notes"')),
    "a sheet name that is there in other case": ("sheet_names", change(BOOK, 'name="Own notes"', 'name="DATA"')),
    "two sheets of one id": ("sheet_list", change(BOOK, 'sheetId="2"', 'sheetId="1"')),
    "no sheet to be seen": (
        "visible_sheet",
        both(
            change(BOOK, 'sheetId="1"', 'sheetId="1" state="hidden"'),
            change(BOOK, 'sheetId="2"', 'sheetId="2" state="hidden"'),
        ),
    ),
    "a window on a sheet that is not there": (
        "active_sheet",
        change(BOOK, "<workbookView ", '<workbookView activeTab="2" '),
    ),
    "a window on a hidden sheet": ("active_sheet", change(BOOK, 'sheetId="1"', 'sheetId="1" state="hidden"')),
    "a name defined twice": (
        "defined_names",
        change(BOOK, "</definedNames>", '<definedName name="TOTAL">Data!$A$1</definedName></definedNames>'),
    ),
    "a name like an address": ("defined_names", change(BOOK, 'name="total"', 'name="AB12"')),
    "a name of a sheet that is not there": (
        "defined_names",
        change(BOOK, 'name="total"', 'name="total" localSheetId="7"'),
    ),
    "a name that means a sheet that is not there": (
        "what_names_mean",
        change(BOOK, r"'Own notes'!\$D\$1<", "Gone!$D$1<"),
    ),
    "a code name given twice": ("code_names", change(SECOND, 'codeName="Sheet2"', 'codeName="sheet1"')),
    "a sheet whose code name the macros do not know": (
        "macro_modules",
        change(SECOND, 'codeName="Sheet2"', 'codeName="Sheet9"'),
    ),
    "a calculation chain over a cell without formula": ("calculation_chain", _chain),
    "rows in the wrong order": ("order_of_rows", change(FIRST, '<row r="2"', '<row r="4"')),
    "cells in the wrong order": ("order_of_cells", change(FIRST, 'r="A2"', 'r="C2"')),
    "a cell in another row": ("order_of_cells", change(FIRST, 'r="A2"', 'r="A3"')),
    "a style that is not there": ("cell_styles", change(FIRST, r'r="B2" s="\d+"', 'r="B2" s="50"')),
    "a shared string that is not there": ("values", change(FIRST, '(<c r="A2"[^>]*><v>)[0-9]+', r"\g<1>99")),
    "a text as a number": ("values", change(FIRST, '(<c r="B2"[^>]*><v>)[0-9]+', r"\g<1>1,5")),
    "a truth that is neither": ("values", change(FIRST, '<c r="B3"', '<c t="b" r="B3"')),
    "inline text under a formula": (
        "values",
        change(FIRST, '<c r="D1"><f>([^<]*)</f><v>6</v>', r'<c r="D1" t="inlineStr"><f>\1</f><is><t>6</t></is>'),
    ),
    "blanks that would be lost": (
        "kept_spaces",
        change("xl/sharedStrings.xml", ' xml:space="preserve"> kept', "> kept"),
    ),
    "a formula with its equals sign": ("formulas", change(SECOND, "<f>SUM", "<f>=SUM")),
    "a formula with an open bracket": ("formulas", change(SECOND, r"<f>SUM\(", "<f>SUM((")),
    "a conditional format with an open bracket": (
        "formulas_elsewhere",
        change(FIRST, r"(<cfRule[^>]*><formula>)[^<]*", r"\1SUM(("),
    ),
    "a validation with an open bracket": ("formulas_elsewhere", change(FIRST, "<formula1>[^<]*", "<formula1>SUM(A1")),
    "a name with an open bracket": ("formulas_elsewhere", change(BOOK, r"'Own notes'!\$D\$1<", "SUM((1)<")),
    "a text of 256 characters in a formula": (
        "texts_in_formulas",
        change(SECOND, r"<f>SUM\(Amounts\[Amount\]\)", f'<f>LEN("{_LONG}")'),
    ),
    "a young function without prefix": ("younger_functions", change(SECOND, r"<f>SUM\(", "<f>UNIQUE(")),
    "a formula over a sheet that is not there": (
        "sheets_of_formulas",
        change(FIRST, "<f>'Own notes'!", "<f>'Old notes'!"),
    ),
    "a formula over a table that is not there": (
        "tables_of_formulas",
        change(SECOND, r"<f>SUM\(Amounts\[", "<f>SUM(Orders["),
    ),
    "a formula over a column that is not there": (
        "tables_of_formulas",
        change(SECOND, r"Amounts\[Amount\]", "Amounts[Price]"),
    ),
    "a shared formula that nobody has": (
        "shared_formulas",
        change(FIRST, "<f>'Own notes'!D1", '<f t="shared" si="0">D9'),
    ),
    "an array formula without its cell": ("array_formulas", change(SECOND, "<f>SUM", '<f t="array" ref="F1:G1">SUM')),
    "columns that overlap": ("column_ranges", change(FIRST, "</cols>", '<col min="5" max="6" width="9"/></cols>')),
    "a validation of no cells": ("ranges", change(FIRST, 'sqref="A2:A3"', 'sqref="A2:A0"')),
    "merged cells in a table": ("merged_cells", change(SECOND, "D5:E5", "A3:B3")),
    "a list of 256 characters": ("validations", change(FIRST, "<formula1>[^<]*", f'<formula1>"{_LONG}"')),
    "a message of 256 characters": (
        "validations",
        change(FIRST, "<dataValidation ", f'<dataValidation prompt="{_LONG}" '),
    ),
    "a validation over a table": ("validations", change(FIRST, "<formula1>[^<]*", "<formula1>Amounts[Code]")),
    "a conditional format without its look": ("conditional_formats", change(FIRST, r'dxfId="0"', 'dxfId="9"')),
    "a filter over a table": ("sheet_filters", change(FIRST, '<autoFilter ref="D1:E3"', '<autoFilter ref="B1:E3"')),
    "a sheet in a window that is not there": ("views", change(FIRST, 'workbookViewId="0"', 'workbookViewId="3"')),
    "a footer of 256 characters": ("headers_and_footers", change(FIRST, "<oddFooter>[^<]*", f"<oddFooter>{_LONG}")),
    "merged cells that are counted wrongly": (
        "counts",
        change(SECOND, '<mergeCells count="1"', '<mergeCells count="2"'),
    ),
    "a comment by nobody": ("comments", change("xl/comments1.xml", 'authorId="0"', 'authorId="4"')),
    "a button that is a drawing": (
        "linked_drawings",
        change(FIRST, '<legacyDrawing r:id="rId2"', '<legacyDrawing r:id="rId1"'),
    ),
    "two tables of one id": ("table_ids", change(OTHER_TABLE, ' id="2"', ' id="1"')),
    "two tables of one name": ("table_names", change(OTHER_TABLE, 'displayName="Notes"', 'displayName="amounts"')),
    "a table with the name of a range": (
        "table_names",
        change(OTHER_TABLE, 'displayName="Notes"', 'displayName="Total"'),
    ),
    "a table without a row of data": ("table_ranges", change(OTHER_TABLE, 'ref="A1:B3"', 'ref="A1:B1"')),
    "tables that overlap": (
        "overlapping_tables",
        both(
            named(OTHER_TABLE, "xl/tables/table3.xml"),
            change("xl/worksheets/_rels/sheet2.xml.rels", "tables/table2.xml", "tables/table1.xml"),
        ),
    ),
    "two columns of one name": ("table_columns", change(OTHER_TABLE, 'name="Day"', 'name="two_x000a_LINES"')),
    "a table with a column less": ("table_columns", change(OTHER_TABLE, 'ref="A1:B3"', 'ref="A1:C3"')),
    "a header that is not the column's name": ("header_cells", change(TABLE, 'name="Code"', 'name="Codes"')),
    "a header of a lost line": ("header_cells", change(OTHER_TABLE, "Two&#xA;lines", "Two lines")),
    "a header that is a number": ("header_cells", change(FIRST, '<c r="A1" t="s">', '<c r="A1">')),
    "a label that the totals do not show": (
        "totals_rows",
        change(TABLE, 'totalsRowLabel="Total"', 'totalsRowLabel="Sum"'),
    ),
    "a table whose filter ends early": (
        "table_filters",
        change(OTHER_TABLE, '<autoFilter ref="A1:B3"', '<autoFilter ref="A1:B2"'),
    ),
    "a table look that is not there": ("table_looks", change(TABLE, "<table ", '<table dataDxfId="12" ')),
    "a table whose style has an empty name": (
        "table_looks",
        change(TABLE, '<tableStyleInfo name="[^"]*"', '<tableStyleInfo name=""'),
    ),
    "a column formula with its equals sign": (
        "column_formulas",
        change(
            OTHER_TABLE,
            '(<tableColumn id="1" name="Day")/>',
            r"\1><calculatedColumnFormula>=1</calculatedColumnFormula></tableColumn>",
        ),
    ),
    "a font that is not there": ("style_indices", change(STYLES, '(<cellXfs.*?)fontId="0"', r'\1fontId="40"')),
    "a base style that is not there": ("style_indices", change(STYLES, '(<cellXfs.*?)xfId="0"', r'\1xfId="40"')),
    "a named style without base": ("named_styles", change(STYLES, '(<cellStyle [^>]*)xfId="0"', r'\1xfId="8"')),
    "a number format that is not there": (
        "number_formats",
        change(STYLES, 'numFmtId="164" formatCode', 'numFmtId="170" formatCode'),
    ),
    "a number format of an open quote": ("format_codes", change(STYLES, "&quot;KRW&quot;", "&quot;KRW")),
    "a table style without its look": (
        "table_styles",
        change(
            STYLES,
            r"<tableStyles[^>]*/>",
            '<tableStyles count="1"><tableStyle name="own" count="1"><tableStyleElement type="wholeTable" dxfId="7"/>'
            "</tableStyle></tableStyles>",
        ),
    ),
    "no style for cells": ("number_of_styles", change(STYLES, "(?s)<cellXfs.*</cellXfs>", "")),
    "a chart of a sheet that is not there": ("chart_references", change(CHART, "<c:f>Data!", "<c:f>Date!")),
    "a chart without its axis": ("chart_axes", change(CHART, r'(?s)(<c:barChart>.*?<c:axId val=")\d+', r"\g<1>123")),
    "a chart with a point too many": ("chart_points", change(CHART, '<c:ptCount val="2"', '<c:ptCount val="1"')),
    "a drawing that ends before it begins": (
        "anchors",
        change(DRAWING, r"(?s)<xdr:to><xdr:col>\d+", "<xdr:to><xdr:col>0"),
    ),
    "two buttons of one id": ("shape_ids", change(SHAPES, '(?s)(<v:shape id="_x0000_s1025".*</v:shape>)', r"\1\1")),
    "a control without a shape": (
        "control_shapes",
        change(
            FIRST, "</worksheet>", '<controls><control shapeId="1999" r:id="rId1" name="Press"/></controls></worksheet>'
        ),
    ),
}

# What the schema of the format says, and so Microsoft's validator.
SCHEMA_FAULTS: dict[str, Damage] = {
    "elements of a sheet in the wrong order": change(FIRST, "(<pageMargins[^>]*/>)(.*)(<drawing[^>]*/>)", r"\3\1\2"),
    "an attribute that nobody knows": change(BOOK, "<workbookView ", '<workbookView colour="red" '),
    "a number that is a word": change(FIRST, '<col min="4"', '<col min="four"'),
    "a fill pattern that does not exist": change(STYLES, 'patternType="gray125"', 'patternType="grey"'),
    "a table without columns": change(OTHER_TABLE, "(?s)<tableColumns.*</tableColumns>", ""),
}
