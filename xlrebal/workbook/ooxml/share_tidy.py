"""What the format itself does not need: remarks, additions of other programs, text between the elements.

The cleaning of cells, charts and styles covers the places that it knows. Programs may write into others as well, which
a spreadsheet program ignores; their contents are left behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.workbook.ooxml.share_scope import NUMBER, texts_of

if TYPE_CHECKING:
    from xlrebal.workbook.ooxml.share_scope import Place, Removed

_XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_SPACES = frozenset({
    _XDR,
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://schemas.openxmlformats.org/drawingml/2006/main",
    "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://purl.oclc.org/ooxml/drawingml/main",
    "http://purl.oclc.org/ooxml/drawingml/chart",
    "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing",
})  # fmt: skip
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ATTRIBUTES = frozenset({f"{{{_RELATIONS}}}id", "{http://www.w3.org/XML/1998/namespace}space"})
# Elements that hold a text; in a drawing, the place of a chart.
_TEXTS = frozenset({"f", "v", "t", "formula", "formula1", "formula2", "definedName", "name", "separator"})
_PLACES = frozenset({"col", "colOff", "row", "rowOff"})


def tidy(root: etree._Element, removed: Removed, place: Place) -> None:
    """Remove everything from a part but elements, attributes and texts that the format has there."""
    for element in list(root.iter()):
        if element is not root and not _belongs(element):
            removed.note(_words(element), place)
            _remove(element)
    for element in root.iter():
        if element.tail and element.tail.strip():
            removed.note([element.tail], place)
            element.tail = None
        if element.text and element.text.strip() and not _may_hold_text(element):
            removed.note([element.text], place)
            element.text = None
        for name in [n for n in element.attrib if str(n).startswith("{") and n not in _ATTRIBUTES]:
            value = str(element.attrib.pop(name))
            removed.note([] if NUMBER.fullmatch(value) else [value], place)


def _belongs(element: etree._Element) -> bool:
    """Return whether an element is one of the format and no addition to it; a remark is no element."""
    if not isinstance(element.tag, str):
        return False
    name = etree.QName(element)
    return name.namespace in _SPACES and name.localname != "extLst"


def _words(element: etree._Element) -> list[str]:
    if isinstance(element.tag, str):
        return [text for text in texts_of(etree.tostring(element)) if not NUMBER.fullmatch(text.strip())]
    return [element.text or ""]


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        # What follows the element goes with it: it is no text of the format either.
        parent.remove(element)


def _may_hold_text(element: etree._Element) -> bool:
    name = etree.QName(element)
    if len(element):
        return False
    if name.localname in _PLACES:
        return name.namespace == _XDR and (element.text or "").strip().lstrip("-").isdigit()
    return name.localname in _TEXTS or name.localname.endswith(("Header", "Footer"))
