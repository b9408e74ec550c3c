"""Design that may be shared: charts without what they remember, styles without anybody's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.workbook.ooxml.share_scope import is_plain, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.workbook.ooxml.share_scope import Removed, Vocabulary

    Known = Callable[[str | None], bool]

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_PLACE = "the cell styles"
_REMEMBERED = frozenset({
    "strCache", "numCache", "multiLvlStrCache", "strLit", "numLit", "extLst", "userShapes", "externalData",
    "AlternateContent", "hlinkClick", "hlinkHover", "hlinkMouseOver", "blipFill", "buBlip",
})  # fmt: skip
FONTS = frozenset(
    {"Calibri", "Arial", "Cambria", "Times New Roman", "Malgun Gothic", "맑은 고딕", "Aptos Narrow", "Tahoma"}
)
"""Fonts that spreadsheet programs choose by themselves."""
# Attributes of charts that hold a figure somebody typed: where an axis ends, where a line begins.
_FIGURES = frozenset(
    {"max", "min", "majorUnit", "minorUnit", "crossesAt", "intercept", "splitPos", "forward", "backward"}
)
# Here the figure is what the whole element is for.
_FIGURE_OF = {"custUnit": "dispUnits", "val": "errBars"}
_FACES = frozenset({"latin", "ea", "cs", "sym", "buFont"})


def clean_chart(
    root: etree._Element,
    known: Known,
    stays: Callable[[str], bool],
    vocabulary: Vocabulary,
    removed: Removed,
    place: str,
) -> None:
    """Take out of a chart what it remembers, texts and figures that nobody knows, and series of sheets that go."""
    for element in [e for e in root.iter() if isinstance(e.tag, str)]:
        name, parent = etree.QName(element).localname, element.getparent()
        if parent is None or not _is_in(root, element):
            continue
        if name in _REMEMBERED:
            removed.note(texts_of(etree.tostring(element)), place)
            parent.remove(element)
        elif name == "ser" and not all(stays(f.text or "") for f in element.iter(f"{{{_C}}}f")):
            removed.add("chart series", [f.text or "" for f in element.iter(f"{{{_C}}}f")], place)
            parent.remove(element)
        elif name == "f" and not stays(element.text or ""):
            removed.add("chart texts", [element.text or ""], place)
            _leave_out(element)
        elif (holder := _holder_of_figure(element, parent)) is not None and not known(element.get("val")):
            removed.add("chart axes", [element.get("val", "")], place)
            _take_out(holder)
        elif _is_own_face(element, known):
            parent.remove(element)
        elif name == "numFmt" and not is_plain(element.get("formatCode", ""), vocabulary.texts):
            element.set("formatCode", "General")
        elif name != "f" and not known(element.text):
            removed.add("chart texts", [element.text or ""], place)
            element.text = ""


def _holder_of_figure(element: etree._Element, parent: etree._Element) -> etree._Element | None:
    """What is to go with a figure that somebody typed; None for an element that is none."""
    name = etree.QName(element).localname
    if _FIGURE_OF.get(name) == etree.QName(parent).localname:
        return parent
    return element if name in _FIGURES else None


def _is_own_face(element: etree._Element, known: Known) -> bool:
    """Return whether an element names a font that is none of a spreadsheet program, of the theme or of a template."""
    face = element.get("typeface", "")
    ours = face in FONTS or face.startswith(("+mn-", "+mj-")) or known(face)
    return etree.QName(element).localname in _FACES and not ours


def _take_out(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _is_in(root: etree._Element, element: etree._Element) -> bool:
    """Return whether an element is still part of a tree: what it lay in may have been taken out."""
    return element is root or root in element.iterancestors()


def _leave_out(reference: etree._Element) -> None:
    """Take out the text that a reference outside a series brings, with everything that only holds it."""
    holder = next((e for e in reference.iterancestors() if etree.QName(e).localname == "tx"), reference)
    parent = holder.getparent()
    if parent is not None:
        parent.remove(holder)


def clean_styles(root: etree._Element, known: Known, vocabulary: Vocabulary, removed: Removed) -> None:
    """Take names and words out of the styles; colours, borders and fonts stay."""
    for element in [e for e in root.iter() if isinstance(e.tag, str)]:
        name, parent = etree.QName(element).localname, element.getparent()
        if name == "numFmt" and not is_plain(element.get("formatCode", ""), vocabulary.texts):
            removed.add("number formats", [element.get("formatCode", "")], _PLACE)
            element.set("formatCode", "General")
        elif name == "cellStyle" and not known(element.get("name")):
            removed.add("names of styles", [element.get("name", "")], _PLACE)
            element.set("name", f"Style {element.get('xfId', '0')}")
        elif name == "name" and element.get("val", "") not in FONTS and not known(element.get("val")):
            element.set("val", "Calibri")
        elif name == "tableStyle" and element.get("name", "") not in vocabulary.texts:
            removed.add("table styles", [element.get("name", "")], _PLACE)
            if parent is not None:
                parent.remove(element)
                parent.set("count", str(len(parent)))
        elif name == "tableStyles":
            _use_known_styles(element, vocabulary)
        elif name == "extLst" and parent is not None:
            parent.remove(element)


def _use_known_styles(styles: etree._Element, vocabulary: Vocabulary) -> None:
    """A style of somebody's own is not what new tables look like."""
    for kind in ("defaultTableStyle", "defaultPivotStyle"):
        if styles.get(kind, "") not in vocabulary.texts and kind in styles.attrib:
            del styles.attrib[kind]
