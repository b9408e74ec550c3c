"""The style table: formats are added to it, never changed, and each only once."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.errors import FileError
from xlrebal.workbook.cells import Tone
from xlrebal.workbook.ooxml.names import Dialect, place_before, signature

if TYPE_CHECKING:
    from xlrebal.workbook.ooxml.package import Package

# The order of the schema.
_GROUPS = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
           "colors", "extLst")  # fmt: skip
_FONT = ("b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name",
         "family", "charset", "scheme")  # fmt: skip
_USES = {"fontId": "fonts", "fillId": "fills", "borderId": "borders", "xfId": "cellStyleXfs"}
_CELL_FORMAT = ("alignment", "protection", "extLst")
_BUILT_IN = {
    "General": 0, "0": 1, "0.00": 2, "#,##0": 3, "#,##0.00": 4, "0%": 9, "0.00%": 10, "0.00E+00": 11, "@": 49,
}  # fmt: skip
_BUILT_IN_CODES = {ident: code for code, ident in _BUILT_IN.items()}
_FIRST_OWN_FORMAT = 164
_MOST_FORMATS = 64000

_HEADER_FILL, _HEADER_TEXT, _LINE = "FF1F3864", "FFFFFFFF", "FFD9D9D9"
_TONES = {Tone.GOOD: ("FF1E6B3C", "FFE6F4EA"), Tone.WARN: ("FF8A5A00", "FFFFF3D6"), Tone.BAD: ("FFA32A2A", "FFFCE8E6")}


@dataclass(frozen=True)
class Look:
    """How a cell of a new sheet looks: alignment, wrapped text, a header's colours."""

    align: str = "left"
    wrap: bool = False
    header: bool = False


class Styles:
    """The styles part of a workbook."""

    def __init__(self, package: Package, part: str, dialect: Dialect) -> None:
        self._package, self._part, self._dialect = package, part, dialect
        self._root = package.xml(part)
        self._dirty = False
        self._known: dict[object, int] = {}
        self._codes: dict[int, str] = {}

    def number_format(self, style: int) -> str:
        """Return the number format code of a cell style; an unknown built-in one as its number."""
        if style not in self._codes:
            self._codes[style] = self._find_number_format(style)
        return self._codes[style]

    def _find_number_format(self, style: int) -> str:
        formats = self._members("cellXfs")
        if style >= len(formats):
            return "General"
        ident = int(formats[style].get("numFmtId", "0"))
        own = {int(e.get("numFmtId", "0")): e.get("formatCode", "") for e in self._members("numFmts")}
        return own.get(ident) or _BUILT_IN_CODES.get(ident, f"built-in {ident}")

    def with_number_format(self, style: int, code: str) -> int:
        """Return the style that is like another one but shows numbers by this format."""
        key = ("numbers", style, code)
        if key not in self._known:
            formats = self._members("cellXfs")
            element = copy.deepcopy(formats[style]) if style < len(formats) else self._plain()
            self._set_number_format(element, code)
            self._known[key] = self._add_cell_format(element)
        return self._known[key]

    def look(self, look: Look, code: str = "General") -> int:
        """Return the style of a cell on a new sheet."""
        key = (look, code)
        if key not in self._known:
            element = self._plain()
            self._set_number_format(element, code)
            self._decorate(element, look)
            self._known[key] = self._add_cell_format(element)
        return self._known[key]

    def tone(self, tone: Tone) -> int:
        """Return the differential style of a highlight."""
        text, fill = _TONES[tone]
        element = etree.Element(self._dialect.tag("dxf"))
        self._sub(self._sub(element, "font"), "color", rgb=text)
        pattern = self._sub(self._sub(element, "fill"), "patternFill", patternType="solid")
        self._sub(pattern, "fgColor", rgb=fill)
        self._sub(pattern, "bgColor", rgb=fill)
        return self._append("dxfs", element)

    def shown_as(self, code: str) -> int:
        """Return the differential style that shows numbers by a format."""
        element = etree.Element(self._dialect.tag("dxf"))
        self._sub(element, "numFmt", numFmtId=str(self._number_format_id(code)), formatCode=code)
        return self._append("dxfs", element)

    def flush(self) -> None:
        """Put the part into the package if something was added."""
        if self._dirty:
            self._package.put(self._part, self._root)

    def _sub(self, parent: etree._Element, name: str, **attributes: str) -> etree._Element:
        return etree.SubElement(parent, self._dialect.tag(name), dict(attributes))

    def _group(self, name: str) -> etree._Element:
        group = self._root.find(self._dialect.tag(name))
        if group is None:
            group = etree.Element(self._dialect.tag(name))
            place_before(self._root, group, _GROUPS[_GROUPS.index(name) + 1 :])
        return group

    def _members(self, name: str) -> list[etree._Element]:
        group = self._root.find(self._dialect.tag(name))
        return [] if group is None else [e for e in group if isinstance(e.tag, str)]

    def _plain(self) -> etree._Element:
        """A format with the workbook's default font, whose first format stays as it is."""
        element = etree.Element(self._dialect.tag("xf"))
        if not self._members("cellXfs"):
            self._append("cellXfs", copy.deepcopy(element))
        default = self._members("cellXfs")[0]
        for name in ("numFmtId", "fontId", "fillId", "borderId", "xfId"):
            element.set(name, default.get(name, "0"))
        return element

    def _set_number_format(self, element: etree._Element, code: str) -> None:
        element.set("numFmtId", str(self._number_format_id(code)))
        element.set("applyNumberFormat", "1")

    def _number_format_id(self, code: str) -> int:
        if code in _BUILT_IN:
            return _BUILT_IN[code]
        own = self._members("numFmts")
        for element in own:
            if element.get("formatCode") == code:
                return int(element.get("numFmtId", "0"))
        ident = max([_FIRST_OWN_FORMAT - 1, *(int(e.get("numFmtId", "0")) for e in own)]) + 1
        element = etree.Element(self._dialect.tag("numFmt"), numFmtId=str(ident), formatCode=code)
        self._append("numFmts", element)
        return ident

    def _decorate(self, element: etree._Element, look: Look) -> None:
        alignment = {
            "horizontal": "center" if look.header else look.align,
            "vertical": "center" if look.header else "top",
        }
        if not look.header and look.align != "center":
            alignment["indent"] = "1"
        if look.wrap or look.header:
            alignment["wrapText"] = "1"
        self._sub(element, "alignment", **alignment)
        element.set("applyAlignment", "1")
        element.set("borderId", str(self._append("borders", self._border())))
        element.set("applyBorder", "1")
        if look.header:
            element.set("fontId", str(self._append("fonts", self._header_font(element))))
            element.set("fillId", str(self._append("fills", self._header_fill())))
            element.set("applyFont", "1")
            element.set("applyFill", "1")

    def _border(self) -> etree._Element:
        border = etree.Element(self._dialect.tag("border"))
        for side in ("left", "right", "top"):
            self._sub(border, side)
        self._sub(self._sub(border, "bottom", style="thin"), "color", rgb=_LINE)
        self._sub(border, "diagonal")
        return border

    def _header_font(self, element: etree._Element) -> etree._Element:
        fonts = self._members("fonts")
        own = int(element.get("fontId", "0"))
        font = copy.deepcopy(fonts[own]) if own < len(fonts) else etree.Element(self._dialect.tag("font"))
        for name in ("b", "color"):
            for old in font.findall(self._dialect.tag(name)):
                font.remove(old)
        self._sub(font, "b")
        self._sub(font, "color", rgb=_HEADER_TEXT)
        _put_in_order(font, _FONT)
        return font

    def _header_fill(self) -> etree._Element:
        fill = etree.Element(self._dialect.tag("fill"))
        pattern = self._sub(fill, "patternFill", patternType="solid")
        self._sub(pattern, "fgColor", rgb=_HEADER_FILL)
        self._sub(pattern, "bgColor", indexed="64")
        return fill

    def _add_cell_format(self, element: etree._Element) -> int:
        self._drop_missing_indexes(element)
        _put_in_order(element, _CELL_FORMAT)
        index = self._append("cellXfs", element)
        if index > _MOST_FORMATS:
            raise FileError(Message("file.too_many_styles"))
        return index

    def _drop_missing_indexes(self, element: etree._Element) -> None:
        """Replace an index without a member by the first member, or drop it where there is none."""
        for name, group in _USES.items():
            known = len(self._members(group))
            if name in element.attrib and int(element.get(name, "0")) >= known:
                if known:
                    element.set(name, "0")
                else:
                    del element.attrib[name]

    def _append(self, name: str, element: etree._Element) -> int:
        """Return the index of an equal member, or of the new one."""
        group, wanted = self._group(name), signature(element)
        members = self._members(name)
        for index, member in enumerate(members):
            if signature(member) == wanted:
                return index
        group.append(element)
        group.set("count", str(len(members) + 1))
        self._dirty = True
        return len(members)


def _put_in_order(element: etree._Element, names: tuple[str, ...]) -> None:
    """Sort the children in the order of the schema: other programs write them in orders of their own."""
    members = [child for child in element if isinstance(child.tag, str)]
    places = {name: number for number, name in enumerate(names)}
    members.sort(key=lambda child: places.get(etree.QName(child).localname, len(names)))
    element[:] = members
