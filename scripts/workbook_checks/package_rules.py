"""Rules for the package: zip entries, content types, relationships."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from typing import TYPE_CHECKING

from lxml import etree

from workbook_checks.reading import TYPES_PART, Fault, Workbook, local

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml."
# The content type of what a relationship of a kind points at; Excel does not open a part under another type.
_TYPE_OF_KIND = {
    "worksheet": _SPREADSHEET + "worksheet+xml",
    "chartsheet": _SPREADSHEET + "chartsheet+xml",
    "dialogsheet": _SPREADSHEET + "dialogsheet+xml",
    "sharedStrings": _SPREADSHEET + "sharedStrings+xml",
    "styles": _SPREADSHEET + "styles+xml",
    "table": _SPREADSHEET + "table+xml",
    "comments": _SPREADSHEET + "comments+xml",
    "calcChain": _SPREADSHEET + "calcChain+xml",
    "pivotTable": _SPREADSHEET + "pivotTable+xml",
    "pivotCacheDefinition": _SPREADSHEET + "pivotCacheDefinition+xml",
    "drawing": "application/vnd.openxmlformats-officedocument.drawing+xml",
    "chart": "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    "vmlDrawing": "application/vnd.openxmlformats-officedocument.vmlDrawing",
    "vbaProject": "application/vnd.ms-office.vbaProject",
}
# Attributes such as r:id, in the transitional and in the strict form of the format.
_RELATION = re.compile(r"/officeDocument/(?:2006/)?relationships\}")
_MAIN_TYPES = {
    ".xlsx": _SPREADSHEET + "sheet.main+xml",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
}


def entry_names(book: Workbook) -> Iterator[Fault]:
    """Part names are unique whatever their case, with forward slashes and no leading one."""
    for name, count in Counter(name.lower() for name in book.entries).items():
        if count > 1:
            yield Fault("entry_names", name, "is in the package twice")
    for name in book.entries:
        if "\\" in name or name.startswith("/"):
            yield Fault("entry_names", name, "is not written with forward slashes alone")


def well_formed(book: Workbook) -> Iterator[Fault]:
    """XML parts can be parsed and declare no document type."""
    for part in [*book.parts, TYPES_PART]:
        if not part.lower().endswith((".xml", ".rels")):
            continue
        root = book.parsed(part)
        if root is None:
            yield Fault("well_formed", part, "is missing or not well-formed")
        elif root.getroottree().docinfo.doctype:
            yield Fault("well_formed", part, "declares a document type")


def content_types(book: Workbook) -> Iterator[Fault]:
    """Every part that something refers to has a content type; no suffix and no part has two."""
    lines = [(local(e), e.get("Extension") or e.get("PartName") or "") for e in book.root(TYPES_PART)]
    for (kind, name), count in Counter((kind, name.lower()) for kind, name in lines).items():
        if count > 1:
            yield Fault("content_types", TYPES_PART, f"{kind} {name} is there twice")
    linked = {line.part.lower() for source in ["", *book.parts] for line in book.relationships(source) if line.part}
    for part in book.parts:
        if (part.lower() in linked or part.endswith(".rels")) and not content_type(book, part):
            yield Fault("content_types", part, "has no content type")


def content_type(book: Workbook, part: str) -> str:
    """Return the content type of a part, an empty text where it has none."""
    root = book.root(TYPES_PART)
    for element in root.iterfind("{*}Override"):
        if element.get("PartName", "").lower() == f"/{part}".lower():
            return element.get("ContentType", "")
    suffix = posixpath.basename(part).rpartition(".")[2].lower()
    found = [e for e in root.iterfind("{*}Default") if e.get("Extension", "").lower() == suffix]
    return found[0].get("ContentType", "") if found and suffix else ""


def fitting_types(book: Workbook) -> Iterator[Fault]:
    """A part has the content type of what its relationship calls it."""
    for source in ["", *book.parts]:
        for line in book.relationships(source):
            wanted = _TYPE_OF_KIND.get(line.kind)
            if wanted is None or line.part is None or not book.has(line.part):
                continue
            if (found := content_type(book, line.part)) != wanted:
                yield Fault("fitting_types", line.part, f"is a {line.kind} and has the content type {found or 'none'}")


def main_part(book: Workbook) -> Iterator[Fault]:
    """There is one main part, of the type that the file's suffix promises."""
    found = book.targets("", "officeDocument")
    if len(found) != 1:
        yield Fault("main_part", "_rels/.rels", f"names {len(found)} main parts")
        return
    wanted, own = _MAIN_TYPES.get(book.path.suffix.lower()), content_type(book, found[0])
    if wanted is not None and own != wanted:
        yield Fault("main_part", found[0], f"has the content type {own}, which a {book.path.suffix} must not have")
    if own == _MAIN_TYPES[".xlsx"] and book.targets(found[0], "vbaProject"):
        yield Fault("main_part", found[0], "has a macro project and a type without macros")


def relationship_targets(book: Workbook) -> Iterator[Fault]:
    """Relationships have ids of their own, and those into the package lead to a part."""
    for source in ["", *book.parts]:
        lines = book.relationships(source)
        place = source or "the package"
        for ident, count in Counter(line.ident for line in lines).items():
            if count > 1 or not ident:
                yield Fault("relationship_targets", place, f"the relationship {ident or 'without an id'} is not unique")
        for line in lines:
            if line.part is not None and not line.target.startswith("#") and not book.has(line.part):
                yield Fault("relationship_targets", place, f"{line.ident} ({line.kind}) leads to {line.target}")


def relationship_ids(book: Workbook) -> Iterator[Fault]:
    """Every relationship id that a part uses is there."""
    for part in book.parts:
        if not part.lower().endswith(".xml"):
            continue
        known = {line.ident for line in book.relationships(part)}
        for element in book.root(part).iter(etree.Element):
            for key, value in element.attrib.items():
                if value and _RELATION.search(str(key)) and value not in known:
                    yield Fault("relationship_ids", part, f"{local(element)} uses the relationship {value}")


def sources_of_relationships(book: Workbook) -> Iterator[Fault]:
    """Relationships belong to a part that is there."""
    for part in book.parts:
        folder, name = posixpath.split(part)
        if name.endswith(".rels") and posixpath.basename(folder) == "_rels" and name != ".rels":
            source = posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))
            if not book.has(source):
                yield Fault("sources_of_relationships", part, "belongs to no part")


RULES = (
    entry_names,
    well_formed,
    content_types,
    fitting_types,
    main_part,
    relationship_targets,
    relationship_ids,
    sources_of_relationships,
)
