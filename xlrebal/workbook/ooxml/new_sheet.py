"""A new sheet for a result table: widths, frozen header, highlights and page setup."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.workbook.cells import Column, column_letters
from xlrebal.workbook.ooxml.styles import Look

if TYPE_CHECKING:
    from xlrebal.workbook.cells import Refinement, TableWrite
    from xlrebal.workbook.ooxml.names import Dialect
    from xlrebal.workbook.ooxml.styles import Styles

_LAST_ROW = 1048576
# From under to over: amber, white, blue.
_SCALE = (("-0.05", "FFF8D58C"), ("0", "FFFFFFFF"), ("0.05", "FF9DC3EE"))


def header_look() -> Look:
    """Return how header cells look."""
    return Look(header=True)


def body_look(column: Column) -> Look:
    """Return how the cells of a column look."""
    return Look(column.align, column.wrap)


def new_sheet(dialect: Dialect, write: TableWrite, styles: Styles) -> etree._Element:
    """Return the XML of an empty sheet laid out for a result table."""
    root = etree.Element(dialect.tag("worksheet"), nsmap=dialect.nsmap)
    fit = etree.SubElement(root, dialect.tag("sheetPr"))
    etree.SubElement(fit, dialect.tag("pageSetUpPr"), fitToPage="1")
    _view(dialect, root)
    etree.SubElement(root, dialect.tag("sheetFormatPr"), defaultRowHeight="15")
    _widths(dialect, root, write)
    etree.SubElement(root, dialect.tag("sheetData"))
    _highlights(dialect, root, write, styles)
    _page(dialect, root, write)
    return root


def _view(dialect: Dialect, root: etree._Element) -> None:
    views = etree.SubElement(root, dialect.tag("sheetViews"))
    view = etree.SubElement(views, dialect.tag("sheetView"), showGridLines="0", workbookViewId="0")
    frozen = {"ySplit": "1", "topLeftCell": "A2", "activePane": "bottomLeft", "state": "frozen"}
    etree.SubElement(view, dialect.tag("pane"), frozen)
    etree.SubElement(view, dialect.tag("selection"), pane="bottomLeft")


def _widths(dialect: Dialect, root: etree._Element, write: TableWrite) -> None:
    columns = etree.SubElement(root, dialect.tag("cols"))
    for number, column in enumerate(write.columns, 1):
        width = {"min": str(number), "max": str(number), "width": f"{column.width:.2f}", "customWidth": "1"}
        etree.SubElement(columns, dialect.tag("col"), width)


def _highlights(dialect: Dialect, root: etree._Element, write: TableWrite, styles: Styles) -> None:
    """Conditional formats of whole columns, so that a table that grows keeps them."""
    priorities = itertools.count(1)
    for number, column in enumerate(write.columns, 1):
        tones = [h for h in write.highlights if h.column == column.header]
        if not (tones or column.refined or column.scaled):
            continue
        letters = column_letters(number)
        block = etree.SubElement(root, dialect.tag("conditionalFormatting"), sqref=f"{letters}2:{letters}{_LAST_ROW}")
        for tone in tones:
            look = {"type": "cellIs", "dxfId": str(styles.tone(tone.tone)), "operator": "equal"}
            _rule(dialect, block, _text(tone.text), {**look, "priority": str(next(priorities))})
        for refined in column.refined:
            look = {"type": "expression", "dxfId": str(styles.shown_as(refined.number_format))}
            _rule(dialect, block, _condition(write, letters, refined), {**look, "priority": str(next(priorities))})
        if column.scaled:
            _scale(dialect, block, next(priorities))


def _rule(dialect: Dialect, block: etree._Element, formula: str, look: dict[str, str]) -> None:
    element = etree.SubElement(block, dialect.tag("cfRule"), look)
    etree.SubElement(element, dialect.tag("formula")).text = formula


def _text(value: str) -> str:
    """A text as a formula writes it."""
    quoted = value.replace('"', '""')
    return f'"{quoted}"'


def _condition(write: TableWrite, letters: str, refined: Refinement) -> str:
    """Return when a refinement holds, for the first row of the column."""
    cell = f"{letters}2"
    parts = [f"ISNUMBER({cell})", *([f"{cell}=INT({cell})"] if refined.whole else [])]
    if refined.beside:
        beside = column_letters([column.header for column in write.columns].index(refined.beside) + 1)
        parts.append(f"OR({','.join(f'${beside}2={_text(text)}' for text in refined.texts)})")
    return f"AND({','.join(parts)})"


def _scale(dialect: Dialect, block: etree._Element, priority: int) -> None:
    rule = etree.SubElement(block, dialect.tag("cfRule"), type="colorScale", priority=str(priority))
    scale = etree.SubElement(rule, dialect.tag("colorScale"))
    for value, _ in _SCALE:
        etree.SubElement(scale, dialect.tag("cfvo"), type="num", val=value)
    for _, colour in _SCALE:
        etree.SubElement(scale, dialect.tag("color"), rgb=colour)


def _page(dialect: Dialect, root: etree._Element, write: TableWrite) -> None:
    margins = {"left": "0.5", "right": "0.5", "top": "0.6", "bottom": "0.6", "header": "0.3", "footer": "0.3"}
    etree.SubElement(root, dialect.tag("pageMargins"), margins)
    orientation = "landscape" if write.landscape else "portrait"
    setup = {"paperSize": "9", "orientation": orientation, "fitToWidth": "1", "fitToHeight": "0"}
    etree.SubElement(root, dialect.tag("pageSetup"), setup)
    footer = etree.SubElement(root, dialect.tag("headerFooter"))
    etree.SubElement(footer, dialect.tag("oddFooter")).text = "&L&A&R&P / &N"
