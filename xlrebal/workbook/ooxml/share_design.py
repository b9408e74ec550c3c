"""Design that may be shared: charts without what they remember, styles without anybody's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.workbook.ooxml.share_scope import NUMBER, is_plain, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.workbook.ooxml.share_scope import Removed, Vocabulary

    Known = Callable[[str | None], bool]

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_REMEMBERED = frozenset({
    "strCache", "numCache", "multiLvlStrCache", "strLit", "numLit", "extLst", "userShapes", "externalData",
    "AlternateContent",
})  # fmt: skip
_FONTS = frozenset(
    {"Calibri", "Arial", "Cambria", "Times New Roman", "Malgun Gothic", "맑은 고딕", "Aptos Narrow", "Tahoma"}
)


def clean_chart(
    root: etree._Element, known: Known, stays: Callable[[str], bool], vocabulary: Vocabulary, removed: Removed
) -> None:
    """Take out of a chart what it remembers, texts that nobody knows, and series of sheets that stay behind."""
    for element in [e for e in root.iter() if isinstance(e.tag, str)]:
        name, parent = etree.QName(element).localname, element.getparent()
        if parent is None:
            continue
        if name in _REMEMBERED:
            removed.texts |= {t for t in texts_of(etree.tostring(element)) if not NUMBER.fullmatch(t)}
            parent.remove(element)
        elif name == "ser" and not all(stays(f.text or "") for f in element.iter(f"{{{_C}}}f")):
            removed.add("chart series", [f.text or "" for f in element.iter(f"{{{_C}}}f")])
            parent.remove(element)
        elif name in ("t", "name", "separator") and not known(element.text):
            removed.add("chart texts", [element.text or ""])
            element.text = ""
        elif name == "numFmt" and not is_plain(element.get("formatCode", ""), vocabulary.texts):
            element.set("formatCode", "General")


def clean_styles(root: etree._Element, known: Known, vocabulary: Vocabulary, removed: Removed) -> None:
    """Take names and words out of the styles; colours, borders and fonts stay."""
    for element in [e for e in root.iter() if isinstance(e.tag, str)]:
        name, parent = etree.QName(element).localname, element.getparent()
        if name == "numFmt" and not is_plain(element.get("formatCode", ""), vocabulary.texts):
            removed.add("number formats", [element.get("formatCode", "")])
            element.set("formatCode", "General")
        elif name == "cellStyle" and not known(element.get("name")):
            removed.add("names of styles", [element.get("name", "")])
            element.set("name", f"Style {element.get('xfId', '0')}")
        elif name == "name" and element.get("val", "") not in _FONTS and not known(element.get("val")):
            element.set("val", "Calibri")
        elif name in ("extLst", "tableStyles") and parent is not None:
            parent.remove(element)
