"""A workbook package: its sheets and tables, and result tables written into it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.errors import FileError
from xlrebal.workbook.ooxml import names
from xlrebal.workbook.ooxml.names import dialect_of, place_before
from xlrebal.workbook.ooxml.package import Package
from xlrebal.workbook.ooxml.relationships import (
    Relationships,
    drop_content_type,
    free_name,
    set_content_type,
)
from xlrebal.workbook.ooxml.sheet import Sheet
from xlrebal.workbook.ooxml.table import TablePart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_AFTER_NAMES = ("calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes",
                "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst")  # fmt: skip
_ON = ("1", "true", "on")


@dataclass(frozen=True)
class SheetEntry:
    """A sheet as the workbook lists it; ``kind`` is the end of its relationship type."""

    name: str
    part: str
    kind: str


class Book:
    """An open workbook package."""

    def __init__(self, path: Path) -> None:
        self.package = Package(path)
        try:
            self._find_workbook()
        except BaseException:
            self.package.close()
            raise

    def _find_workbook(self) -> None:
        root = Relationships(self.package, "")
        if root.of_type("/digital-signature/origin") or any("digital-signature" in r.get("Type", "") for r in root):
            raise FileError(Message("file.signed"))
        found = root.of_type("/officeDocument")
        if not found:
            raise FileError(Message("file.no_main_part"))
        self.part = found[0]
        if self.part.lower().endswith(".bin"):
            raise FileError(Message("file.xlsb"))
        self.root = self.package.xml(self.part)
        self.dialect = dialect_of(self.root)
        self.relationships = Relationships(self.package, self.part)
        self._workbook_dirty = False
        self._tables: list[TablePart] | None = None
        self._strings: list[str] | None = None
        self._sheets: list[SheetEntry] | None = None

    @property
    def date1904(self) -> bool:
        """True when the workbook counts days from 1904."""
        properties = self.root.find(self.dialect.tag("workbookPr"))
        return properties is not None and properties.get("date1904") in _ON

    def sheets(self) -> list[SheetEntry]:
        """Return the sheets in order."""
        if self._sheets is None:
            self._sheets = self._find_sheets()
        return self._sheets

    def _find_sheets(self) -> list[SheetEntry]:
        listed = self.root.find(self.dialect.tag("sheets"))
        if listed is None:
            raise FileError(Message("file.lists_no_sheets"))
        kinds = {r.get("Id"): posixpath.basename(r.get("Type", "")) for r in self.relationships}
        entries = []
        for element in listed.iterchildren(self.dialect.tag("sheet")):
            ident = element.get(self.dialect.id, "")
            part = self.relationships.target(ident)
            if part is not None:
                entries.append(SheetEntry(element.get("name", ""), part, kinds.get(ident, "")))
        return entries

    def tables(self) -> list[TablePart]:
        """Return every Excel table, in sheet order; the same objects until a table is added."""
        if self._tables is None:
            self._tables = self._find_tables()
        return self._tables

    def _find_tables(self) -> list[TablePart]:
        located = [
            (part, entry.name)
            for entry in self.sheets()
            for part in Relationships(self.package, entry.part).of_type("/table")
        ]
        return [TablePart(part, self.package.xml(part), sheet, self.dialect) for part, sheet in located]

    def open_sheet(self, entry: SheetEntry) -> Sheet:
        """Return a worksheet ready to be changed."""
        return Sheet(entry.name, self.package.xml(entry.part), self.dialect, date1904=self.date1904)

    def shared_strings(self) -> list[str]:
        """Return the texts that cells refer to by number."""
        if self._strings is None:
            found = self.relationships.of_type("/sharedStrings")
            listed = self.package.xml(found[0]) if found and self.package.has(found[0]) else ()
            tag = self.dialect.tag
            items = (item for item in listed if item.tag == tag("si"))
            self._strings = ["".join(text.text or "" for text in item.iter(tag("t"))) for item in items]
        return self._strings

    def styles_part(self) -> str:
        """Return the name of the styles part."""
        found = self.relationships.of_type("/styles")
        if not found:
            raise FileError(Message("file.no_styles"))
        return found[0]

    def defined_names(self) -> set[str]:
        """Return the names defined in the workbook, folded."""
        listed = self.root.find(self.dialect.tag("definedNames"))
        return set() if listed is None else {e.get("name", "").casefold() for e in listed if isinstance(e.tag, str)}

    def add_sheet(self, name: str, root: etree._Element) -> SheetEntry:
        """Append a sheet after all others. Raises ``FileError`` when the structure is protected."""
        protection = self.root.find(self.dialect.tag("workbookProtection"))
        if protection is not None and protection.get("lockStructure") in _ON:
            raise FileError(Message("file.protected_structure", sheet=name))
        part = free_name(self.package, posixpath.join(posixpath.dirname(self.part), "worksheets", "sheet{}.xml"))
        self.package.put(part, root)
        ident = self.relationships.add(f"{self.dialect.relations}/worksheet", part)
        set_content_type(self.package, part, names.SHEET_TYPE)
        listed = self.root.find(self.dialect.tag("sheets"))
        if listed is None:
            raise FileError(Message("file.lists_no_sheets"))
        used = [int(e.get("sheetId", "0")) for e in listed if isinstance(e.tag, str)]
        element = etree.SubElement(listed, self.dialect.tag("sheet"))
        element.set("name", name)
        element.set("sheetId", str(max(used, default=0) + 1))
        element.set(self.dialect.id, ident)
        self._workbook_dirty = True
        self._sheets = None
        self._repeat_header(name, len(used))
        self._list_title(name)
        return SheetEntry(name, part, "worksheet")

    def _repeat_header(self, name: str, position: int) -> None:
        """Print the first row on every page."""
        listed = self.root.find(self.dialect.tag("definedNames"))
        if listed is None:
            listed = etree.Element(self.dialect.tag("definedNames"))
            place_before(self.root, listed, _AFTER_NAMES)
        quoted = name.replace("'", "''")
        title = etree.SubElement(listed, self.dialect.tag("definedName"))
        title.set("name", "_xlnm.Print_Titles")
        title.set("localSheetId", str(position))
        title.text = f"'{quoted}'!$1:$1"

    def _list_title(self, name: str) -> None:
        """Name the sheet in the document properties too, where they name sheets at all."""
        found = Relationships(self.package, "").of_type("/extended-properties")
        if not found or not self.package.has(found[0]):
            return
        root = self.package.xml(found[0])
        namespace = etree.QName(root).namespace
        pairs, titles = root.find(f"{{{namespace}}}HeadingPairs/*"), root.find(f"{{{namespace}}}TitlesOfParts/*")
        if pairs is None or titles is None or len(pairs) < 2:
            return
        count = next(pairs[1].iter("{*}i4"), None)
        if count is None or not (count.text or "").isdigit():
            return
        sheets = int(count.text or "0")
        entry = etree.Element(f"{{{etree.QName(titles).namespace}}}lpstr")
        entry.text = name
        titles.insert(sheets, entry)
        count.text = str(sheets + 1)
        titles.set("size", str(len(titles)))
        self.package.put(found[0], root)

    def add_table(self, entry: SheetEntry, sheet: Sheet, make: Callable[[int], etree._Element]) -> None:
        """Attach a new table part to a sheet; ``make`` returns its XML for a free id."""
        used = [int(table.root.get("id", "0")) for table in self.tables()]
        root = make(max(used, default=0) + 1)
        part = free_name(self.package, posixpath.join(posixpath.dirname(self.part), "tables", "table{}.xml"))
        self.package.put(part, root)
        self._tables = None
        set_content_type(self.package, part, names.TABLE_TYPE)
        ident = Relationships(self.package, entry.part).add(f"{self.dialect.relations}/table", part)
        parts = sheet.root.find(self.dialect.tag("tableParts"))
        if parts is None:
            parts = etree.Element(self.dialect.tag("tableParts"))
            place_before(sheet.root, parts, ("extLst",))
        etree.SubElement(parts, self.dialect.tag("tablePart")).set(self.dialect.id, ident)
        parts.set("count", str(len(parts)))
        sheet.dirty = True

    def recalculate_on_load(self) -> None:
        """Ask the spreadsheet program to calculate all formulas when it opens the file."""
        element = self.root.find(self.dialect.tag("calcPr"))
        if element is None:
            element = etree.Element(self.dialect.tag("calcPr"))
            place_before(self.root, element, _AFTER_NAMES[1:])
        if element.get("fullCalcOnLoad") not in _ON:
            element.set("fullCalcOnLoad", "1")
            self._workbook_dirty = True

    def drop_calculation_chain(self) -> None:
        """Remove the list of formula cells: one entry for a cell without a formula makes Excel repair the file."""
        for part in self.relationships.of_type("/calcChain"):
            self.relationships.remove(part)
            drop_content_type(self.package, part)
            self.package.drop(part)

    def flush(self) -> None:
        """Put the workbook part into the package if it has changed."""
        if self._workbook_dirty:
            self.package.put(self.part, self.root)

    def entry(self, name: str) -> SheetEntry:
        """Return the sheet of a name."""
        return next(entry for entry in self.sheets() if entry.name == name)
