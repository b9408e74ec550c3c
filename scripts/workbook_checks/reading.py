"""A workbook as the rules see it: entries, parts, relationships, sheets, cells, tables. Only read, never repaired.

Nothing here uses the package's own reader or writer: what is checked must not be what checks.
"""

from __future__ import annotations

import math
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
TYPES_PART = "[Content_Types].xml"

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_ROWS = re.compile(r"\$?([0-9]{1,7}):\$?([0-9]{1,7})")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a workbook.

    Attributes:
        rule: Name of the rule, or of the validator's check.
        part: The part it was found in.
        text: What is wrong, and where in the part.

    """

    rule: str
    part: str
    text: str

    def __str__(self) -> str:
        return f"{self.part}: {self.text} [{self.rule}]"


@dataclass(frozen=True)
class Area:
    """A range of cells, first and last row and column, all counted from 1."""

    top: int
    left: int
    bottom: int
    right: int

    def overlaps(self, other: Area) -> bool:
        """True when the two share a cell."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    @property
    def is_possible(self) -> bool:
        """True when it runs from top left to bottom right inside a sheet."""
        return 1 <= self.top <= self.bottom <= LAST_ROW and 1 <= self.left <= self.right <= LAST_COLUMN


@dataclass(frozen=True)
class Relationship:
    """A line of a ``.rels`` part; ``part`` is what it points at, None for something outside the package."""

    ident: str
    kind: str
    target: str
    part: str | None


@dataclass(frozen=True)
class Cell:
    """A cell as it is written; ``formula`` and ``value`` are None where there are none."""

    row: int
    column: int
    reference: str
    kind: str
    style: str
    formula: etree._Element | None
    value: str | None
    inline: etree._Element | None
    element: etree._Element


@dataclass(frozen=True)
class Sheet:
    """A sheet as the workbook lists it; ``kind`` is the end of its relationship type."""

    name: str
    ident: str
    state: str
    part: str
    kind: str


@dataclass
class Table:
    """A table part and the sheet that shows it."""

    part: str
    sheet: Sheet
    root: etree._Element
    area: Area | None = field(init=False)

    def __post_init__(self) -> None:
        self.area = area(self.root.get("ref", ""))

    @property
    def name(self) -> str:
        """The name by which formulas call it."""
        return self.root.get("displayName", "")

    @property
    def headers(self) -> int:
        """Number of header rows."""
        return integer(self.root.get("headerRowCount", "1"))

    @property
    def totals(self) -> int:
        """Number of totals rows."""
        return integer(self.root.get("totalsRowCount", "0"))

    @property
    def columns(self) -> list[etree._Element]:
        """Its columns."""
        return list(self.root.iterfind("{*}tableColumns/{*}tableColumn"))


def integer(text: str | None) -> int:
    """Return a whole number from 0, or -1 for anything else."""
    return int(text) if text is not None and text.isascii() and text.isdigit() else -1


def number(text: str) -> float:
    """Return a number as a part writes it, not a number (which compares as false) for anything else."""
    return float(text) if _NUMBER.fullmatch(text) else math.nan


def column_number(letters: str) -> int:
    """Return the number of a column, 1 for A."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def position(reference: str) -> tuple[int, int] | None:
    """Return row and column of a reference to one cell, None for anything else."""
    match = _CELL.fullmatch(reference)
    return (int(match[2]), column_number(match[1])) if match else None


def area(reference: str) -> Area | None:
    """Return the range that a reference such as ``A1:B2``, ``A:B`` or ``1:2`` means, None for anything else."""
    if match := _COLUMNS.fullmatch(reference):
        return Area(1, column_number(match[1]), LAST_ROW, column_number(match[2]))
    if match := _ROWS.fullmatch(reference):
        return Area(int(match[1]), 1, int(match[2]), LAST_COLUMN)
    ends = [position(end) for end in reference.split(":")]
    if not 1 <= len(ends) <= 2 or ends[0] is None or ends[-1] is None:
        return None
    return Area(*ends[0], *ends[-1])


def unescaped(text: str) -> str:
    """Return a text whose ``_x000A_`` are the characters they stand for."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def plain_text(item: etree._Element) -> str:
    """Return the text of a string item: its own or that of its runs, phonetic hints left out."""
    found = [*item.iterfind("{*}t"), *item.iterfind("{*}r/{*}t")]
    return unescaped("".join(element.text or "" for element in found))


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(element).localname


class Workbook:
    """An open workbook file. Raises ``zipfile.BadZipFile`` for what is no package."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as package:
            self.entries = [entry.orig_filename for entry in package.infolist()]
            self._content = {self._key(entry.filename): package.read(entry) for entry in package.infolist()}
        self._names = {self._key(name): name.replace("\\", "/").lstrip("/") for name in self.entries}
        self._roots: dict[str, etree._Element | None] = {}

    @staticmethod
    def _key(name: str) -> str:
        return name.replace("\\", "/").lstrip("/").lower()

    @property
    def parts(self) -> list[str]:
        """The names of all parts but the list of content types; folders are no parts."""
        return [n for n in self._names.values() if not n.endswith("/") and n.lower() != TYPES_PART.lower()]

    def has(self, part: str) -> bool:
        """Return whether the part is in the package."""
        return self._key(part) in self._content

    def content(self, part: str) -> bytes:
        """Return the bytes of a part, none where it is missing."""
        return self._content.get(self._key(part), b"")

    def root(self, part: str) -> etree._Element:
        """Return the root of an XML part; an empty element where it is missing or not well-formed."""
        found = self.parsed(part)
        return etree.Element("missing") if found is None else found

    def parsed(self, part: str) -> etree._Element | None:
        """Return the root of an XML part, None where it is missing or not well-formed."""
        key = self._key(part)
        if key not in self._roots:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
            try:
                self._roots[key] = etree.fromstring(self.content(part), parser)
            except etree.XMLSyntaxError:
                self._roots[key] = None
        return self._roots[key]

    def relationships(self, part: str) -> list[Relationship]:
        """Return the relationships of a part; those of the package for the empty name."""
        folder, name = posixpath.split(part)
        lines = self.root(posixpath.join(folder, "_rels", f"{name}.rels")).iterfind("{*}Relationship")
        return [self._relationship(part, line) for line in lines]

    def _relationship(self, source: str, line: etree._Element) -> Relationship:
        target, kind = line.get("Target", ""), posixpath.basename(line.get("Type", ""))
        if line.get("TargetMode") == "External":
            return Relationship(line.get("Id", ""), kind, target, None)
        path = unquote(target).replace("\\", "/").partition("#")[0]
        joined = path if path.startswith("/") else posixpath.join("/", posixpath.dirname(source), path)
        return Relationship(line.get("Id", ""), kind, target, posixpath.normpath(joined).lstrip("/"))

    def targets(self, part: str, kind: str) -> list[str]:
        """Return the parts of the package that a part's relationships of one kind point at."""
        return [r.part for r in self.relationships(part) if r.kind == kind and r.part is not None and self.has(r.part)]

    @cached_property
    def main(self) -> str:
        """The workbook part."""
        return next(iter(self.targets("", "officeDocument")), "")

    @cached_property
    def book(self) -> etree._Element:
        """The root of the workbook part."""
        return self.root(self.main)

    @cached_property
    def styles(self) -> etree._Element:
        """The root of the styles part."""
        return self.root(next(iter(self.targets(self.main, "styles")), ""))

    def styles_in(self, group: str) -> list[etree._Element]:
        """Return the members of a group of the styles part, such as ``fonts``."""
        found = self.styles.find(f"{{*}}{group}")
        return [] if found is None else [child for child in found if local(child) != "extLst"]

    @cached_property
    def strings(self) -> list[str]:
        """The shared strings."""
        part = next(iter(self.targets(self.main, "sharedStrings")), "")
        return [plain_text(item) for item in self.root(part).iterfind("{*}si")]

    @cached_property
    def sheets(self) -> list[Sheet]:
        """All sheets in their order; one whose relationship leads nowhere has an empty part."""
        known = {r.ident: r for r in self.relationships(self.main)}
        found = []
        for element in self.book.iterfind("{*}sheets/{*}sheet"):
            line = known.get(relation_id(element))
            part, kind = (line.part or "", line.kind) if line else ("", "")
            state = element.get("state", "visible")
            found.append(Sheet(element.get("name", ""), element.get("sheetId", ""), state, part, kind))
        return found

    @cached_property
    def worksheets(self) -> list[Sheet]:
        """The sheets with cells."""
        return [sheet for sheet in self.sheets if sheet.kind == "worksheet" and self.has(sheet.part)]

    @cached_property
    def cells(self) -> dict[str, list[Cell]]:
        """The cells of every worksheet in the order of the file, by part."""
        return {sheet.part: list(_cells(self.root(sheet.part))) for sheet in self.worksheets}

    @cached_property
    def cell_at(self) -> dict[tuple[str, int, int], Cell]:
        """Every cell by its part, row and column."""
        return {(part, cell.row, cell.column): cell for part, cells in self.cells.items() for cell in cells}

    def text_of(self, cell: Cell) -> str | None:
        """Return the text that a cell shows, None when it holds none."""
        if cell.kind == "inlineStr":
            return "" if cell.inline is None else plain_text(cell.inline)
        if cell.kind == "s":
            index = integer(cell.value)
            return self.strings[index] if 0 <= index < len(self.strings) else None
        return unescaped(cell.value or "") if cell.kind == "str" else None

    @cached_property
    def tables(self) -> list[Table]:
        """Every table, in the order of the sheets."""
        return [
            Table(part, sheet, self.root(part))
            for sheet in self.worksheets
            for part in self.targets(sheet.part, "table")
        ]

    @cached_property
    def names(self) -> list[etree._Element]:
        """The defined names."""
        return list(self.book.iterfind("{*}definedNames/{*}definedName"))


def relation_id(element: etree._Element, name: str = "id") -> str:
    """Return a relationship id of an element, an empty text where it has none."""
    for key, value in element.attrib.items():
        if str(key).endswith(f"/relationships}}{name}"):
            return str(value)
    return ""


def _cells(sheet: etree._Element) -> Iterator[Cell]:
    """Rows and cells may leave out where they are: then they follow the one before."""
    number = 0
    for row in sheet.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r")) if integer(row.get("r")) >= 0 else number + 1
        column = 0
        for element in row.iterfind("{*}c"):
            reference = element.get("r", "")
            found = position(reference)
            column = found[1] if found else column + 1
            yield Cell(
                number,
                column,
                reference,
                element.get("t", "n"),
                element.get("s", "0"),
                element.find("{*}f"),
                element.findtext("{*}v"),
                element.find("{*}is"),
                element,
            )
