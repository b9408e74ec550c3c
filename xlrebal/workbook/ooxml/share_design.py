"""Design that may be shared: charts without stored values, styles without the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.workbook.ooxml.share_scope import is_plain, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.workbook.ooxml.share_scope import Removed, Vocabulary

    Known = Callable[[str | None], bool]

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_PLACE = Message("share.in_cell_styles")
_REMEMBERED = frozenset({
    "strCache", "numCache", "multiLvlStrCache", "strLit", "numLit", "extLst", "userShapes", "externalData",
    "AlternateContent", "hlinkClick", "hlinkHover", "hlinkMouseOver", "blipFill", "buBlip",
})  # fmt: skip
FONTS = frozenset(
    {"Calibri", "Arial", "Cambria", "Times New Roman", "Malgun Gothic", "맑은 고딕", "Aptos Narrow", "Tahoma"}
)
"""Fonts that spreadsheet programs choose by themselves."""
# Attributes of charts with a typed figure: where an axis ends, where a line begins.
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
    """Remove stored values, unknown texts and figures, and series of sheets that are left behind from a chart."""
    for element in [e for e in root.iter() if isinstance(e.tag, str)]:
        name, parent = etree.QName(element).localname, element.getparent()
        if parent is None or not _is_in(root, element):
            continue
        if name in _REMEMBERED:
            removed.note(texts_of(etree.tostring(element)), place)
            parent.remove(element)
        elif name == "ser" and not all(stays(f.text or "") for f in element.iter(f"{{{_C}}}f")):
            removed.add("share.chart_series", [f.text or "" for f in element.iter(f"{{{_C}}}f")], place)
            parent.remove(element)
        elif name == "f" and not stays(element.text or ""):
            removed.add("share.chart_texts", [element.text or ""], place)
            _remove_reference(element)
        elif (holder := _holder_of_figure(element, parent)) is not None and not known(element.get("val")):
            removed.add("share.chart_axes", [element.get("val", "")], place)
            _remove(holder)
        elif _is_own_face(element, known):
            parent.remove(element)
        elif name == "numFmt" and not is_plain(element.get("formatCode", ""), vocabulary.texts):
            element.set("formatCode", "General")
        elif name != "f" and not known(element.text):
            removed.add("share.chart_texts", [element.text or ""], place)
            element.text = ""


def _holder_of_figure(element: etree._Element, parent: etree._Element) -> etree._Element | None:
    """The element to be removed with a typed figure; None for an element without one."""
    name = etree.QName(element).localname
    if _FIGURE_OF.get(name) == etree.QName(parent).localname:
        return parent
    return element if name in _FIGURES else None


def _is_own_face(element: etree._Element, known: Known) -> bool:
    """Return whether an element names a font that neither spreadsheet programs, the theme nor a template uses."""
    face = element.get("typeface", "")
    ours = face in FONTS or face.startswith(("+mn-", "+mj-")) or known(face)
    return etree.QName(element).localname in _FACES and not ours


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _is_in(root: etree._Element, element: etree._Element) -> bool:
    """Return whether an element is still part of a tree: an element around it may have been removed."""
    return element is root or root in element.iterancestors()


def _remove_reference(reference: etree._Element) -> None:
    """Remove a text reference outside a series, with the elements that only contain it."""
    holder = next((e for e in reference.iterancestors() if etree.QName(e).localname == "tx"), reference)
    parent = holder.getparent()
    if parent is not None:
        parent.remove(holder)


def clean_styles(root: etree._Element, known: Known, vocabulary: Vocabulary, removed: Removed) -> None:
    """Remove names and words from the styles; colours, borders and fonts stay."""
    for element in [e for e in root.iter() if isinstance(e.tag, str)]:
        name, parent = etree.QName(element).localname, element.getparent()
        if name == "numFmt" and not is_plain(element.get("formatCode", ""), vocabulary.texts):
            removed.add("share.number_formats", [element.get("formatCode", "")], _PLACE)
            element.set("formatCode", "General")
        elif name == "cellStyle" and not known(element.get("name")):
            removed.add("share.style_names", [element.get("name", "")], _PLACE)
            element.set("name", f"Style {element.get('xfId', '0')}")
        elif name == "name" and element.get("val", "") not in FONTS and not known(element.get("val")):
            element.set("val", "Calibri")
        elif name == "tableStyle" and element.get("name", "") not in vocabulary.texts:
            removed.add("share.table_styles", [element.get("name", "")], _PLACE)
            if parent is not None:
                parent.remove(element)
                parent.set("count", str(len(parent)))
        elif name == "tableStyles":
            _use_known_styles(element, vocabulary)
        elif name == "extLst" and parent is not None:
            parent.remove(element)


def _use_known_styles(styles: etree._Element, vocabulary: Vocabulary) -> None:
    """Do not make a style of the user's the one of new tables."""
    for kind in ("defaultTableStyle", "defaultPivotStyle"):
        if styles.get(kind, "") not in vocabulary.texts and kind in styles.attrib:
            del styles.attrib[kind]
