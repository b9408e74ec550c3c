"""A chart beside a result table on a sheet of its own: drawing, chart, and what ties them to the sheet."""

from __future__ import annotations

import posixpath
from html import escape
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.workbook.cells import column_letters
from xlrebal.workbook.ooxml.names import place_before
from xlrebal.workbook.ooxml.relationships import Relationships, free_name, set_content_type

if TYPE_CHECKING:
    from xlrebal.workbook.cells import Chart, TableWrite
    from xlrebal.workbook.ooxml.book import Book, SheetEntry
    from xlrebal.workbook.ooxml.sheet import Sheet

_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_AFTER_DRAWING = ("legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls", "webPublishItems",
                  "tableParts", "extLst")  # fmt: skip
_COLOURS = ("2F6DB5", "3A9E93", "D98E04", "8E5EA2", "C0392B", "7F8896", "1F3864", "6AA84F")
_ROWS_HIGH, _COLUMNS_WIDE = 22, 9


def add_chart(book: Book, entry: SheetEntry, sheet: Sheet, write: TableWrite, chart: Chart) -> None:
    """Put a chart to the right of a new table; its series follow the table when rows come and go."""
    package, folder = book.package, posixpath.dirname(book.part)
    part = free_name(package, posixpath.join(folder, "charts", "chart{}.xml"))
    package.put_bytes(part, _chart_xml(entry.name, write, chart).encode("utf-8"))
    set_content_type(package, part, _CHART_TYPE)
    drawing = free_name(package, posixpath.join(folder, "drawings", "drawing{}.xml"))
    ident = Relationships(package, drawing).add(f"{_R}/chart", part)
    corner = (1, len(write.columns) + 1) if chart.below is None else (len(write.rows) + 1 + chart.below, 0)
    package.put_bytes(drawing, _drawing_xml(corner, ident, chart.title).encode("utf-8"))
    set_content_type(package, drawing, _DRAWING_TYPE)
    element = etree.Element(book.dialect.tag("drawing"))
    element.set(book.dialect.id, Relationships(package, entry.part).add(f"{_R}/drawing", drawing))
    place_before(sheet.root, element, _AFTER_DRAWING)
    sheet.dirty = True


def _drawing_xml(corner: tuple[int, int], ident: str, title: str) -> str:
    row, column = corner
    return (
        f'<xdr:wsDr xmlns:xdr="{_XDR}" xmlns:a="{_A}"><xdr:twoCellAnchor>'
        f"<xdr:from><xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>"
        f"<xdr:to><xdr:col>{column + _COLUMNS_WIDE}</xdr:col><xdr:colOff>0</xdr:colOff>"
        f"<xdr:row>{row + _ROWS_HIGH}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
        f'<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="{escape(title)}"/>'
        '<xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/>'
        "</xdr:xfrm><a:graphic>"
        f'<a:graphicData uri="{_C}"><c:chart xmlns:c="{_C}" xmlns:r="{_R}" r:id="{ident}"/></a:graphicData></a:graphic>'
        "</xdr:graphicFrame><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
    )


def _chart_xml(sheet: str, write: TableWrite, chart: Chart) -> str:
    headers = [column.header for column in write.columns]
    lines = chart.kind == "line"
    series = "".join(
        _series(number, sheet, (headers.index(chart.categories), headers.index(name)), chart, len(write.rows))
        for number, name in enumerate(chart.series)
    )
    kind = "lineChart" if lines else "barChart"
    opening = '<c:grouping val="standard"/>' if lines else '<c:barDir val="col"/><c:grouping val="clustered"/>'
    closing = '<c:marker val="1"/>' if lines else '<c:gapWidth val="60"/>'
    font = '<a:defRPr sz="900"><a:solidFill><a:srgbClr val="7F8896"/></a:solidFill></a:defRPr>'
    text = f'<c:txPr><a:bodyPr/><a:p><a:pPr>{font}</a:pPr><a:endParaRPr lang="en-US"/></a:p></c:txPr>'
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<c:chartSpace xmlns:c="{_C}" xmlns:a="{_A}" xmlns:r="{_R}">'
        f'<c:roundedCorners val="0"/><c:chart><c:title>{_title(chart.title)}<c:overlay val="0"/></c:title>'
        f'<c:autoTitleDeleted val="0"/><c:plotArea><c:layout/><c:{kind}>'
        f'{opening}<c:varyColors val="0"/>{series}{closing}<c:axId val="1001"/><c:axId val="1002"/></c:{kind}>'
        '<c:catAx><c:axId val="1001"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
        '<c:axPos val="b"/><c:numFmt formatCode="'
        f'{escape(chart.category_format or "General")}" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="low"/>{text}<c:crossAx val="1002"/>'
        '<c:crosses val="autoZero"/></c:catAx><c:valAx><c:axId val="1002"/>'
        '<c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
        '<c:axPos val="l"/><c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="E3E7ED"/>'
        f"</a:solidFill></a:ln></c:spPr></c:majorGridlines>"
        f'<c:numFmt formatCode="{escape(chart.number_format)}" sourceLinked="0"/>'
        '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        f'{text}<c:crossAx val="1001"/><c:crosses val="autoZero"/></c:valAx></c:plotArea>'
        f'<c:legend><c:legendPos val="t"/><c:overlay val="0"/>{text}</c:legend><c:plotVisOnly val="1"/>'
        '<c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>'
    )


def _title(text: str) -> str:
    style = '<a:rPr lang="en-US" sz="1300" b="1"><a:solidFill><a:srgbClr val="1F3864"/></a:solidFill></a:rPr>'
    return f"<c:tx><c:rich><a:bodyPr/><a:p><a:r>{style}<a:t>{escape(text)}</a:t></a:r></a:p></c:rich></c:tx>"


def _series(number: int, sheet: str, columns: tuple[int, int], chart: Chart, rows: int) -> str:
    (names, values), name, lines = columns, chart.series[number], chart.kind == "line"
    kind = "num" if chart.category_format else "str"
    quoted = "'" + sheet.replace("'", "''") + "'"
    colour = _COLOURS[number % len(_COLOURS)]
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    look = f'<c:spPr><a:ln w="22225">{fill}</a:ln></c:spPr>' if lines else f"<c:spPr>{fill}</c:spPr>"

    def place(column: int, first: int, last: int) -> str:
        letters = column_letters(column + 1)
        return escape(f"{quoted}!${letters}${first}:${letters}${last}", quote=False)

    head = f"{escape(quoted, quote=False)}!${column_letters(values + 1)}$1"
    return (
        f'<c:ser><c:idx val="{number}"/><c:order val="{number}"/><c:tx><c:strRef><c:f>{head}</c:f><c:strCache>'
        f'<c:ptCount val="1"/><c:pt idx="0"><c:v>{escape(name)}</c:v></c:pt></c:strCache></c:strRef></c:tx>{look}'
        + ('<c:marker><c:symbol val="none"/></c:marker>' if lines else '<c:invertIfNegative val="0"/>')
        + f"<c:cat><c:{kind}Ref><c:f>{place(names, 2, rows + 1)}</c:f></c:{kind}Ref></c:cat>"
        f"<c:val><c:numRef><c:f>{place(values, 2, rows + 1)}</c:f></c:numRef></c:val>"
        + ('<c:smooth val="0"/>' if lines else "")
        + "</c:ser>"
    )
