"""A workbook without anything private: only what is known to be safe is kept.

A new package is built from nothing. A part, a cell, a name or a text gets into it only when it is known: because a
caller names the cell, because a shipped template holds the same text, or because it is design (colours, widths,
charts). What a person has typed anywhere else, and what programs have stored in caches, properties and revisions, is
never copied.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.workbook.cells import address, column_letters, column_number
from xlrebal.workbook.ooxml.names import CONTENT_TYPES_NS, PACKAGE_RELATIONSHIPS, SHEET_TYPE, TABLE_TYPE
from xlrebal.workbook.ooxml.relationships import Relationships
from xlrebal.workbook.ooxml.share_design import clean_chart, clean_styles
from xlrebal.workbook.ooxml.share_scope import Removed, texts_of
from xlrebal.workbook.ooxml.share_tidy import tidy
from xlrebal.workbook.ooxml.sheet import REFERENCE, range_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xlrebal.workbook.ooxml.book import Book, SheetEntry
    from xlrebal.workbook.ooxml.share_scope import Selection, Vocabulary

_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACRO_BOOK_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_VBA_TYPE = "application/vnd.ms-office.vbaProject"
_THEME_TYPE = "application/vnd.openxmlformats-officedocument.theme+xml"
_KEPT_ELEMENTS = frozenset({
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "mergeCells", "conditionalFormatting",
    "dataValidations", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
})  # fmt: skip
# Parts that are left behind, by what is in their names.
_OTHER_PARTS = {
    "docprops/": "share.document_properties",
    "comment": "share.comments",
    "person": "share.comments",
    "pivot": "share.pivot_tables",
    "externallink": "share.links_to_files",
    "customxml": "share.custom_xml",
    "revision": "share.revision_data",
    "media/": "share.pictures",
    "printersettings": "share.printer_settings",
    "connection": "share.connections",
    "querytable": "share.connections",
    "slicer": "share.slicers",
    "embedding": "share.embedded_objects",
}
_BUILT_IN_STYLE = re.compile(r"TableStyle(Light|Medium|Dark)\d+")
_STYLE_SWITCHES = ("showFirstColumn", "showLastColumn", "showRowStripes", "showColumnStripes")
_CODE_NAME = re.compile(r"Sheet\d+|ThisWorkbook")


class Sharer:
    """Builds the shared copy of one workbook.

    Attributes:
        removed: What was left behind.
        sheets: Name of the sheet of each part of the copy that is one.
        kept: Cells of each such part that hold a value because the selection names them.

    """

    def __init__(self, book: Book, vocabulary: Vocabulary, selection: Selection) -> None:
        self._book, self._known, self._selection = book, vocabulary, selection
        self._strings = book.shared_strings()
        self._parts: dict[str, bytes] = {}
        self._types: dict[str, str] = {}
        self._relations: dict[str, list[tuple[str, str, str]]] = {}
        self._names: dict[str, str] = {}
        self.kept: dict[str, frozenset[str]] = {}
        self.sheets: dict[str, str] = {}
        self._macros = book.part.lower().endswith("workbook.xml") and book.package.has("xl/vbaProject.bin")
        self.removed = Removed()

    def write(self, output: Path) -> None:
        """Write the shared copy."""
        self._note_other_parts()
        named = [(entry, self._name_of(entry)) for entry in self._book.sheets()]
        entries = [entry for entry, name in named if name]
        self._names = {entry.name: name for entry, name in named if name}
        for number, entry in enumerate(entries, 1):
            part = f"xl/worksheets/sheet{number}.xml"
            self.sheets[part] = self._names[entry.name]
            self._sheet(entry, part)
        self._workbook(entries)
        styles = self._book.package.xml(self._book.styles_part())
        clean_styles(styles, self._is_known, self._known, self.removed)
        self._put("xl/styles.xml", styles, _STYLES_TYPE)
        self._emit(output)

    def _tag(self, name: str) -> str:
        return self._book.dialect.tag(name)

    def _is_known(self, text: str | None) -> bool:
        plain = (text or "").strip()
        return not plain or text in self._known.texts or plain in self._known.texts or plain in self._selection.texts

    def _note_other_parts(self) -> None:
        for name in self._book.package.names():
            kind = next((kind for mark, kind in _OTHER_PARTS.items() if mark in name.lower()), None)
            if kind and name.endswith((".xml", ".rels", ".vml")):
                self.removed.add(kind, texts_of(self._book.package.read(name)), name)
            elif kind:
                self.removed.add(kind)

    def _name_of(self, entry: SheetEntry) -> str:
        """The name of a kept sheet; empty for one that is left behind."""
        if entry.kind != "worksheet":
            return ""
        if entry.name in self._known.names:
            return entry.name
        own = [self._selection.tables.get(t.name.casefold()) for t in self._book.tables() if t.sheet == entry.name]
        name = next((name for name in own if name), "")
        taken = {e.name for e in self._book.sheets()}
        self.removed.add("share.sheet_names" if name else "share.sheets", [entry.name])
        if not name:
            self._leave(entry)
        return name if name not in taken else ""

    def _leave(self, entry: SheetEntry) -> None:
        """Note what a sheet that is left behind holds."""
        for row, column, cell in self._cells(self._book.package.xml(entry.part)):
            self.removed.note([self._cell_text(cell)], address(entry.name, row, column))

    def _cells(self, root: etree._Element) -> Iterator[tuple[int, int, etree._Element]]:
        """Every cell of a sheet with its row and column, which need not be written down."""
        number = 0
        for row in root.iter(self._tag("row")):
            number = int(row.get("r") or number + 1)
            column = 0
            for cell in row.iterchildren(self._tag("c")):
                match = REFERENCE.fullmatch(cell.get("r", ""))
                column = column_number(match[1]) if match else column + 1
                yield number, column, cell

    def _cell_text(self, cell: etree._Element) -> str:
        """What a cell holds, as text: its formula, or its value."""
        formula = cell.find(self._tag("f"))
        if formula is not None and formula.text:
            return formula.text
        if cell.get("t") == "inlineStr":
            return "".join(t.text or "" for t in cell.iter(self._tag("t")))
        value = cell.findtext(self._tag("v")) or ""
        if cell.get("t") == "s" and value.isdigit() and int(value) < len(self._strings):
            return self._strings[int(value)]
        return value

    def _sheet(self, entry: SheetEntry, part: str) -> None:
        root = self._book.package.xml(entry.part)
        tidy(root, self.removed, _in_sheet(entry.name))
        relations = Relationships(self._book.package, entry.part)
        for element in list(root):
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if name not in _KEPT_ELEMENTS:
                if name in ("scenarios", "protectedRanges", "hyperlinks", "customSheetViews"):
                    self.removed.add("share.links_and_views", texts_of(etree.tostring(element)), _in_sheet(entry.name))
                root.remove(element)
        self._clean_properties(root, entry.name)
        self._clean_cells(root, entry.name, part)
        self._clean_rules(root, entry.name)
        tables = self._tables(entry, root)
        self._drawing(root, relations, part)
        self._buttons(root, relations, part)
        if tables:
            parts = etree.SubElement(root, self._tag("tableParts"), count=str(len(tables)))
            for table in tables:
                etree.SubElement(parts, self._tag("tablePart")).set(f"{{{_R}}}id", self._relate(part, "table", table))
        self._put(part, root, SHEET_TYPE)

    def _clean_properties(self, root: etree._Element, sheet: str) -> None:
        properties = root.find(self._tag("sheetPr"))
        if properties is not None and not _CODE_NAME.fullmatch(properties.get("codeName", "Sheet1")):
            self.removed.add("share.module_names", [properties.get("codeName", "")], _in_sheet(sheet))
            del properties.attrib["codeName"]
        for setup in root.iterfind(self._tag("pageSetup")):
            _unset(setup, f"{{{_R}}}id")
        footer = root.find(self._tag("headerFooter"))
        if footer is not None and not all(self._is_known(e.text) for e in footer):
            place = Message("share.in_page_header", sheet=sheet)
            self.removed.add("share.page_headers", [e.text or "" for e in footer], place)
            root.remove(footer)

    def _clean_cells(self, root: etree._Element, sheet: str, part: str) -> None:
        kept, closed = self._selection.cells.get(sheet, frozenset()), self._selection.closed.get(sheet, ())
        for row, column, cell in self._cells(root):
            shut = any(a <= row <= c and b <= column <= d for a, b, c, d in closed)
            cell.set("r", f"{column_letters(column)}{row}")
            self._clean_cell(cell, address(sheet, row, column), kept=(row, column) in kept, open_=not shut)
        self.kept[part] = frozenset(f"{column_letters(column)}{row}" for row, column in kept)

    def _clean_cell(self, cell: etree._Element, place: str, *, kept: bool, open_: bool) -> None:
        """Keep the value of a cell that is named, and a text or formula that is known; caches go everywhere."""
        formula = cell.find(self._tag("f"))
        text, is_text = self._cell_text(cell), cell.get("t") in ("s", "inlineStr", "str")
        shared = formula is not None and not formula.text
        known = open_ and self._is_known(text) and (is_text or formula is not None) and not shared
        cached = cell.findtext(self._tag("v")) or ""
        if formula is not None and cell.get("t") != "s":
            self.removed.note([cached], place)
        value: tuple[str, str] | None = None
        if kept:
            value = ("is" if is_text else "v", cached if formula is not None else text)
        elif not known:
            if text:
                self.removed.add("share.cells", [text], place)
        elif formula is not None:
            value = ("f", text)
        else:
            value = ("is" if is_text else "v", text)
        kind = cell.get("t") if value and value[0] == "v" else None
        for child in list(cell):
            cell.remove(child)
        for name in ("t", "cm", "vm"):
            _unset(cell, name)
        self._fill(cell, value, kind)

    def _fill(self, cell: etree._Element, value: tuple[str, str] | None, kind: str | None) -> None:
        if value is None or not value[1]:
            return
        element = etree.SubElement(cell, self._tag(value[0]))
        if value[0] == "is":
            cell.set("t", "inlineStr")
            element = etree.SubElement(element, self._tag("t"))
        elif kind in ("b", "d"):
            cell.set("t", kind)
        element.text = value[1]

    def _clean_rules(self, root: etree._Element, sheet: str) -> None:
        """Drop-downs and conditional formats stay when every word and figure in them is known."""
        for name in ("dataValidation", "cfRule"):
            for rule in list(root.iter(self._tag(name))):
                words = [e.text or "" for e in rule.iter()]
                words += [rule.get(a, "") for a in ("prompt", "promptTitle", "error", "errorTitle", "text")]
                words += [e.get("val", "") for e in rule.iter(self._tag("cfvo"))]
                if not all(map(self._is_known, words)):
                    self.removed.add("share.checks_and_highlights", words, f"{sheet}!{_area(rule)}")
                    parent = rule.getparent()
                    if parent is not None:
                        parent.remove(rule)
        for name in ("conditionalFormatting", "dataValidations"):
            for element in list(root.iterfind(self._tag(name))):
                if not len(element):
                    root.remove(element)
                elif name == "dataValidations":
                    element.set("count", str(len(element)))

    def _tables(self, entry: SheetEntry, root: etree._Element) -> list[str]:
        """Our tables stay; columns of the user's get a plain name, in the cell as in the table."""
        kept = []
        for table in (t for t in self._book.tables() if t.sheet == entry.name):
            if table.name.casefold() not in self._selection.tables:
                place = Message("share.in_table", table=table.name, sheet=table.sheet)
                self.removed.add("share.tables", [table.name, *table.headers], place)
                continue
            top, left, bottom, right = table.bounds
            fresh = etree.Element(self._tag("table"), nsmap=self._book.dialect.nsmap)
            number = len([name for name in self._parts if "/tables/" in name]) + 1
            reference = range_text(top, left, bottom, right)
            names = {"id": str(number), "name": table.name, "displayName": table.name, "ref": reference}
            for key, value in {**names, "totalsRowShown": "0"}.items():
                fresh.set(key, value)
            columns = etree.SubElement(fresh, self._tag("tableColumns"), count=str(len(table.headers)))
            for index, header in enumerate(table.headers):
                shown = header if self._is_known(header) else f"Column {index + 1}"
                if shown != header:
                    self.removed.add("share.own_columns", [header], address(table.sheet, top, left + index))
                    self._set_text(root, top, left + index, shown)
                etree.SubElement(columns, self._tag("tableColumn"), id=str(index + 1), name=shown)
            self._style_table(fresh, table.root)
            target = f"xl/tables/table{number}.xml"
            self._put(target, fresh, TABLE_TYPE)
            kept.append(target)
        return kept

    def _style_table(self, fresh: etree._Element, root: etree._Element) -> None:
        """The look of a table stays, as long as its style is one that every workbook has or a template brings."""
        style = root.find(self._tag("tableStyleInfo"))
        if style is None:
            return
        name = style.get("name", "")
        plain = name in self._known.texts or _BUILT_IN_STYLE.fullmatch(name)
        # A table without a style has no name of one: an empty name is a fault of the file.
        known = {"name": name} if name and plain else {}
        shown = {key: style.get(key, "0") for key in _STYLE_SWITCHES if style.get(key) in ("0", "1")}
        etree.SubElement(fresh, self._tag("tableStyleInfo"), {**known, **shown})

    def _set_text(self, root: etree._Element, row: int, column: int, text: str) -> None:
        reference = f"{column_letters(column)}{row}"
        for cell in root.iter(self._tag("c")):
            if cell.get("r") == reference:
                for child in list(cell):
                    cell.remove(child)
                self._fill(cell, ("is", text), None)

    def _drawing(self, root: etree._Element, relations: Relationships, part: str) -> None:
        """Charts stay, without stored values; pictures, text boxes and groups with them do not."""
        found = relations.of_type("/drawing")
        if not found:
            return
        source = self._book.package.xml(found[0])
        charts = Relationships(self._book.package, found[0])
        number = len([name for name in self._parts if "/drawings/drawing" in name]) + 1
        target = f"xl/drawings/drawing{number}.xml"
        for anchor in list(source):
            chart = anchor.find(f"{{{_XDR}}}graphicFrame//{{{_C}}}chart") if isinstance(anchor.tag, str) else None
            origin = charts.target(chart.get(f"{{{_R}}}id", "")) if chart is not None else None
            if chart is None or origin is None or not self._book.package.has(origin):
                self.removed.add("share.pictures_and_text_boxes", texts_of(etree.tostring(anchor)), found[0])
                source.remove(anchor)
                continue
            self._drop_macro(anchor, found[0])
            for index, properties in enumerate(anchor.iter(f"{{{_XDR}}}cNvPr"), 1):
                for name in set(properties.attrib) - {"id"}:
                    self.removed.note([str(properties.attrib.pop(name))], found[0])
                properties.set("name", f"Chart {index}")
                for child in list(properties):
                    properties.remove(child)
            chart.set(f"{{{_R}}}id", self._relate(target, "chart", self._chart(origin)))
        if not len(source):
            return
        self._put(target, source, _DRAWING_TYPE)
        element = etree.SubElement(root, self._tag("drawing"))
        element.set(f"{{{_R}}}id", self._relate(part, "drawing", target))

    def _drop_macro(self, anchor: etree._Element, place: str) -> None:
        """A chart that was a button names a macro, which is the user's."""
        for frame in anchor.iterfind(f"{{{_XDR}}}graphicFrame"):
            self.removed.note([frame.get("macro", "")], place)
            frame.set("macro", "")

    def _chart(self, origin: str) -> str:
        root = self._book.package.xml(origin)
        clean_chart(root, self._is_known, self._stays, self._known, self.removed, origin)
        number = len([name for name in self._parts if "/charts/" in name]) + 1
        target = f"xl/charts/chart{number}.xml"
        self._put(target, root, _CHART_TYPE)
        return target

    def _stays(self, formula: str) -> bool:
        sheet = formula.rpartition("!")[0].strip("'").replace("''", "'")
        return bool(sheet) and any(e.name == sheet and self._name_of_quietly(e) == sheet for e in self._book.sheets())

    def _name_of_quietly(self, entry: SheetEntry) -> str:
        return entry.name if entry.name in self._known.names else ""

    def _buttons(self, root: etree._Element, relations: Relationships, part: str) -> None:
        """Buttons stay as long as they are exactly those of a template."""
        for vml in relations.of_type("/vmlDrawing"):
            content = self._book.package.read(vml)
            if content not in self._known.parts:
                self.removed.add("share.comments_and_buttons", texts_of(content), vml)
                continue
            number = len([name for name in self._parts if name.endswith(".vml")]) + 1
            target = f"xl/drawings/vmlDrawing{number}.vml"
            self._parts[target], self._types[target] = content, _VML_TYPE
            element = etree.SubElement(root, self._tag("legacyDrawing"))
            element.set(f"{{{_R}}}id", self._relate(part, "vmlDrawing", target))

    def _workbook(self, entries: list[SheetEntry]) -> None:
        tag, part = self._tag, "xl/workbook.xml"
        root = etree.Element(tag("workbook"), nsmap=self._book.dialect.nsmap)
        properties = etree.SubElement(root, tag("workbookPr"))
        if self._book.date1904:
            properties.set("date1904", "1")
        if self._macros:
            properties.set("codeName", "ThisWorkbook")
        etree.SubElement(etree.SubElement(root, tag("bookViews")), tag("workbookView"))
        sheets = etree.SubElement(root, tag("sheets"))
        for number, entry in enumerate(entries, 1):
            element = etree.SubElement(sheets, tag("sheet"), name=self._names[entry.name], sheetId=str(number))
            element.set(f"{{{_R}}}id", self._relate(part, "worksheet", f"xl/worksheets/sheet{number}.xml"))
        self._defined_names(root, entries)
        etree.SubElement(root, tag("calcPr"), fullCalcOnLoad="1")
        self._relate(part, "styles", "xl/styles.xml")
        themes = self._book.relationships.of_type("/theme")
        theme = self._book.package.read(themes[0]) if themes else b""
        safe = theme if theme in self._known.parts else self._known.theme
        if safe:
            self._parts["xl/theme/theme1.xml"], self._types["xl/theme/theme1.xml"] = safe, _THEME_TYPE
            self._relate(part, "theme", "xl/theme/theme1.xml")
        self._put(part, root, _MACRO_BOOK_TYPE if self._macros else _BOOK_TYPE)
        if self._macros:
            # The caller replaces it by a new project; an edited one could hold anything.
            self._parts["xl/vbaProject.bin"], self._types["xl/vbaProject.bin"] = b"", _VBA_TYPE
            kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
            self._relations[part].append((f"rId{len(self._relations[part]) + 1}", kind, "xl/vbaProject.bin"))

    def _defined_names(self, root: etree._Element, entries: list[SheetEntry]) -> None:
        old = [entry.name for entry in self._book.sheets()]
        places = {old.index(entry.name): number for number, entry in enumerate(entries)}
        names = etree.Element(self._tag("definedNames"))
        for element in self._book.root.iter(self._tag("definedName")):
            local = element.get("localSheetId")
            built_in = element.get("name", "") in ("_xlnm.Print_Titles", "_xlnm.Print_Area")
            known = element.get("name") in self._known.names and self._is_known(element.text)
            if (built_in and self._is_known(element.text) and int(local or -1) in places) or (known and local is None):
                fresh = etree.SubElement(names, self._tag("definedName"), name=str(element.get("name")))
                fresh.text = element.text
                if local is not None:
                    fresh.set("localSheetId", str(places[int(local)]))
            else:
                name = str(element.get("name"))
                texts = [name, element.text or "", element.get("comment", "")]
                self.removed.add("share.defined_names", texts, Message("share.in_defined_name", name=name))
        if len(names):
            root.append(names)

    def _relate(self, part: str, kind: str, target: str) -> str:
        listed = self._relations.setdefault(part, [])
        ident = f"rId{len(listed) + 1}"
        listed.append((ident, f"{_R}/{kind}", target))
        return ident

    def _put(self, part: str, root: etree._Element, content_type: str) -> None:
        tidy(root, self.removed, part)
        etree.cleanup_namespaces(root)
        self._parts[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        self._types[part] = content_type

    def _emit(self, output: Path) -> None:
        self._relations[""] = [("rId1", f"{_R}/officeDocument", "xl/workbook.xml")]
        for part, listed in self._relations.items():
            folder, name = posixpath.split(part)
            file = posixpath.join(folder, "_rels", f"{name}.rels") if part else "_rels/.rels"
            root = etree.Element(f"{{{PACKAGE_RELATIONSHIPS}}}Relationships", nsmap={None: PACKAGE_RELATIONSHIPS})  # type: ignore[dict-item]
            for ident, kind, target in listed:
                relative = posixpath.relpath("/" + target, "/" + folder)
                etree.SubElement(root, f"{{{PACKAGE_RELATIONSHIPS}}}Relationship", Id=ident, Type=kind, Target=relative)
            self._parts[file] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        types = etree.Element(f"{{{CONTENT_TYPES_NS}}}Types", nsmap={None: CONTENT_TYPES_NS})  # type: ignore[dict-item]
        rels = "application/vnd.openxmlformats-package.relationships+xml"
        for ending, kind in (("rels", rels), ("xml", "application/xml")):
            etree.SubElement(types, f"{{{CONTENT_TYPES_NS}}}Default", Extension=ending, ContentType=kind)
        for part, kind in self._types.items():
            etree.SubElement(types, f"{{{CONTENT_TYPES_NS}}}Override", PartName=f"/{part}", ContentType=kind)
        whole = {"[Content_Types].xml": etree.tostring(types, xml_declaration=True, encoding="UTF-8", standalone=True)}
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**whole, **self._parts}.items():
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def _area(rule: etree._Element) -> str:
    """The cells that a check or a highlight is for."""
    parent = rule.getparent()
    return str(rule.get("sqref") or (parent.get("sqref", "") if parent is not None else ""))


def _in_sheet(name: str) -> Message:
    return Message("share.in_sheet", sheet=name)


def _unset(element: etree._Element, name: str) -> None:
    if name in element.attrib:
        del element.attrib[name]
