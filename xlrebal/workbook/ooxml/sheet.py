"""The cells of one sheet: read positions, set values, add rows; nothing else in the part changes."""

from __future__ import annotations

import bisect
import datetime as dt
import re
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.errors import FileError
from xlrebal.workbook.cells import Cell, address, column_letters, column_number
from xlrebal.workbook.ooxml.names import XML_SPACE, Dialect, signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REFERENCE = re.compile(r"\$?([A-Za-z]+)\$?(\d+)")
_LONGEST_TEXT = 32767
# In points; a line of Korean letters is higher than one of Latin ones. Sheets of earlier versions have the second.
_LINE_HEIGHT, _EARLIER_HEIGHT, _MOST_LINES = 16.5, 15, 10
# Characters that XML cannot hold, and text that looks like their escape.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH, _EPOCH_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)


def bounds(reference: str) -> tuple[int, int, int, int]:
    """Return a range as (first row, first column, last row, last column)."""
    ends = [REFERENCE.fullmatch(end) for end in (reference.split(":") * 2)[:2]]
    if not all(ends):
        raise FileError(Message("file.not_a_range", reference=reference))
    (first, last) = ((int(e[2]), column_number(e[1])) for e in ends if e)
    return (*first, *last)


def range_text(top: int, left: int, bottom: int, right: int) -> str:
    """Return a range as text, such as ``A1:G12``."""
    return f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"


class Sheet:
    """A worksheet part whose cells can be set.

    Attributes:
        name: Name of the sheet, for messages.
        root: Its XML.
        dirty: True once something in it has changed.
        formulas_changed: True once a formula cell has been overwritten.

    """

    def __init__(self, name: str, root: etree._Element, dialect: Dialect, *, date1904: bool) -> None:
        self.name, self.root, self.dirty, self.formulas_changed = name, root, False, False
        self._dialect, self._date1904 = dialect, date1904
        data = root.find(dialect.tag("sheetData"))
        if data is None:
            raise FileError(Message("file.not_a_worksheet", sheet=name))
        self._data = data
        self._rows: dict[int, etree._Element] = {}
        self._cells: dict[tuple[int, int], etree._Element] = {}
        self._locate()
        self._order = sorted(self._rows)

    def _locate(self) -> None:
        """Find every row and cell; those that leave out their position get it, so that others can come between."""
        row_number = 0
        for row in self._data.iterchildren(self._dialect.tag("row")):
            row_number = int(row.get("r") or row_number + 1)
            row.set("r", str(row_number))
            self._rows[row_number] = row
            column = 0
            for cell in row.iterchildren(self._dialect.tag("c")):
                match = REFERENCE.fullmatch(cell.get("r", ""))
                column = column_number(match[1]) if match else column + 1
                cell.set("r", f"{column_letters(column)}{row_number}")
                self._cells[row_number, column] = cell

    def style(self, row: int, column: int) -> int | None:
        """Return a cell's style index, or None where there is no cell."""
        cell = self._cells.get((row, column))
        return None if cell is None else int(cell.get("s", "0"))

    def is_filled(self, row: int, column: int) -> bool:
        """Return whether a cell holds a value or a formula."""
        cell = self._cells.get((row, column))
        return cell is not None and any(isinstance(child.tag, str) for child in cell)

    def filled_cells(self) -> Iterator[tuple[int, int]]:
        """Return the positions of the cells that hold something."""
        return (position for position in self._cells if self.is_filled(*position))

    def merged(self) -> list[tuple[int, int, int, int]]:
        """Return the merged ranges."""
        found = self.root.iterfind(f"{self._dialect.tag('mergeCells')}/{self._dialect.tag('mergeCell')}")
        return [bounds(element.get("ref", "A1")) for element in found]

    def set(self, row: int, column: int, content: Cell | None, style: int | None) -> None:
        """Give a cell a value and a style; one that has both already is left alone."""
        new = self._content(row, column, content)
        cell = self._cells.get((row, column))
        if cell is None:
            if new is None and style is None:
                return
            cell = self._add_cell(row, column)
        if style is not None and int(cell.get("s", "0")) != style:
            cell.set("s", str(style))
            self.dirty = True
        self._replace(cell, new, (row, column))

    def has_formula(self, row: int, column: int) -> bool:
        """Return whether a cell holds a formula."""
        cell = self._cells.get((row, column))
        return cell is not None and cell.find(self._dialect.tag("f")) is not None

    def formulas(self) -> Iterator[tuple[int, int, str]]:
        """Return row, column and text of every formula that belongs to a single cell."""
        for (row, column), cell in self._cells.items():
            formula = cell.find(self._dialect.tag("f"))
            if formula is not None and formula.text and formula.get("t", "normal") == "normal":
                yield row, column, formula.text

    def show(self, row: int, column: int, content: Cell) -> None:
        """Set the stored value of a formula, shown until a program calculates it; a blank one changes nothing."""
        cell, new = self._cells[row, column], self._content(row, column, content)
        formula = cell.find(self._dialect.tag("f"))
        if new is None or formula is None:
            return
        kind, child = new
        if isinstance(content.value, str):
            kind, child = "str", self._element("v", _escaped(content.value))
        shown = cell.find(self._dialect.tag("v"))
        if shown is not None and (shown.text, cell.get("t", "n")) == (child.text, kind or "n"):
            return
        if shown is not None:
            cell.remove(shown)
        _unset(cell, "t")
        if kind:
            cell.set("t", kind)
        formula.addnext(child)
        self.dirty = True

    def content(self, row: int, column: int, strings: Callable[[], list[str]]) -> Cell | None:
        """Return what a cell holds; None where that takes a calculation, or is an error or of an unknown kind.

        ``strings`` returns the texts that cells refer to by number.
        """
        cell = self._cells.get((row, column))
        if cell is None or not self.is_filled(row, column):
            return Cell(None)
        kind, text = cell.get("t", "n"), cell.findtext(self._dialect.tag("v"))
        if self.has_formula(row, column):
            return None
        if kind == "inlineStr":
            return Cell("".join(found.text or "" for found in cell.iter(self._dialect.tag("t"))))
        if kind == "s" and text is not None and text.isdigit() and int(text) < len(strings()):
            return Cell(strings()[int(text)])
        if kind in ("str", "n") and text is not None:
            return Cell(text) if kind == "str" else _number(text)
        return None

    def _replace(
        self, cell: etree._Element, new: tuple[str | None, etree._Element] | None, at: tuple[int, int]
    ) -> None:
        kind, child = new if new else (None, None)
        children = [element for element in cell if isinstance(element.tag, str)]
        same_kind = cell.get("t", "n") == (kind or "n") or not children
        if same_kind and [signature(c) for c in children] == ([signature(child)] if child is not None else []):
            return
        self._drop_formula(cell, at)
        for element in list(cell):
            cell.remove(element)
        for name in ("t", "cm", "vm"):
            _unset(cell, name)
        if kind:
            cell.set("t", kind)
        if child is not None:
            cell.append(child)
        self.dirty = True

    def _drop_formula(self, cell: etree._Element, at: tuple[int, int]) -> None:
        formula = cell.find(self._dialect.tag("f"))
        if formula is None:
            return
        self.formulas_changed = True
        if formula.get("t") in ("array", "dataTable") and ":" in formula.get("ref", ""):
            raise FileError(Message("file.array_formula_in_the_way", cell=address(self.name, *at)))
        if formula.get("t") == "shared" and formula.get("ref"):
            self._unshare(formula.get("si", ""), cell, at)

    def _unshare(self, index: str, master: etree._Element, at: tuple[int, int]) -> None:
        """Write out the formulas that shared the text of one that is removed."""
        from openpyxl.formula.translate import Translator  # almost never needed

        tag = self._dialect.tag("f")
        origin = f"{column_letters(at[1])}{at[0]}"
        text = "=" + (master.findtext(tag) or "")
        for (row, column), cell in self._cells.items():
            formula = cell.find(tag)
            if cell is master or formula is None or formula.get("t") != "shared" or formula.get("si") != index:
                continue
            moved = Translator(text, origin).translate_formula(f"{column_letters(column)}{row}")
            formula.text = formula.text or moved[1:]
            for name in ("t", "si", "ref"):
                _unset(formula, name)

    def _content(self, row: int, column: int, content: Cell | None) -> tuple[str | None, etree._Element] | None:
        value = content.value if content else None
        if value is None:
            return None
        if isinstance(value, bool):
            return "b", self._element("v", str(int(value)))
        if isinstance(value, str):
            if len(value) > _LONGEST_TEXT:
                raise FileError(Message("file.text_too_long", cell=address(self.name, row, column)))
            return "inlineStr", self._text(value)
        if isinstance(value, dt.date):
            return None, self._element("v", str(self._serial(value)))
        return None, self._element("v", f"{Decimal(value):f}")

    def _element(self, name: str, text: str) -> etree._Element:
        element = etree.Element(self._dialect.tag(name))
        element.text = text
        return element

    def _text(self, value: str) -> etree._Element:
        """Inline text: it is never read as a formula, whatever it starts with."""
        outer = etree.Element(self._dialect.tag("is"))
        inner = etree.SubElement(outer, self._dialect.tag("t"))
        inner.text = _escaped(value)
        if value != value.strip() or "\n" in value:
            inner.set(XML_SPACE, "preserve")
        return outer

    def _serial(self, day: dt.date) -> int:
        plain = day.date() if isinstance(day, dt.datetime) else day
        return (plain - (_EPOCH_1904 if self._date1904 else _EPOCH)).days

    def _add_cell(self, row: int, column: int) -> etree._Element:
        parent = self._rows.get(row)
        if parent is None:
            parent = self._add_row(row)
        _unset(parent, "spans")
        cell = etree.Element(self._dialect.tag("c"), r=f"{column_letters(column)}{row}")
        later = [c for (r, c) in self._cells if r == row and c > column] if row in self._rows else []
        if later:
            self._cells[row, min(later)].addprevious(cell)
        else:
            parent.append(cell)
        self._cells[row, column] = cell
        self.dirty = True
        return cell

    def _add_row(self, row: int) -> etree._Element:
        element = etree.Element(self._dialect.tag("row"), r=str(row))
        at = bisect.bisect(self._order, row)
        if at < len(self._order):
            self._rows[self._order[at]].addprevious(element)
        else:
            self._data.append(element)
        self._order.insert(at, row)
        self._rows[row] = element
        return element

    def fit_lines(self, row: int, lines: int) -> None:
        """Make a row high enough for its lines of wrapped text; a height that the user chose stays."""
        element = self._rows[row]
        heights = (_LINE_HEIGHT, _EARLIER_HEIGHT)
        own = {f"{height * n:g}" for height in heights for n in range(2, _MOST_LINES + 1)}
        if element.get("ht", "") not in own | {""} or (lines < 2 and "ht" not in element.attrib):
            return
        wanted = f"{_LINE_HEIGHT * min(lines, _MOST_LINES):g}"
        if lines < 2:
            _unset(element, "ht")
            _unset(element, "customHeight")
            self.dirty = True
        elif element.get("ht") != wanted:
            element.set("ht", wanted)
            element.set("customHeight", "1")
            self.dirty = True

    def widen_column(self, column: int, width: float) -> None:
        """Give a column a width in characters, unless it is as wide already."""
        tag, number = self._dialect.tag, str(column)
        columns = self.root.find(tag("cols"))
        if columns is None:
            columns = etree.Element(tag("cols"))
            self._data.addprevious(columns)
        own = etree.Element(tag("col"), {"min": number, "max": number, "width": f"{width:.2f}", "customWidth": "1"})
        for there in columns:
            first, last = int(there.get("min", "0")), int(there.get("max", "0"))
            if first <= column <= last:
                if float(there.get("width", "0")) >= width:
                    return
                _split(there, column, own)
                break
            if first > column:
                there.addprevious(own)
                break
        else:
            columns.append(own)
        self.dirty = True

    def widen_dimension(self, top: int, left: int, bottom: int, right: int) -> None:
        """Extend the stated extent of the sheet to a range."""
        stated = self.root.find(self._dialect.tag("dimension"))
        if stated is None or not self.dirty:
            return
        old = bounds(stated.get("ref", "A1"))
        new = (min(old[0], top), min(old[1], left), max(old[2], bottom), max(old[3], right))
        stated.set("ref", range_text(*new))


def _split(columns: etree._Element, column: int, own: etree._Element) -> None:
    """Put a column's own width into a range of columns that share one; the range's other properties are kept."""
    first, last = int(columns.get("min", "0")), int(columns.get("max", "0"))
    for name, value in columns.attrib.items():
        if name not in own.attrib:
            own.set(name, value)
    for low, high in ((first, column - 1), (column, column), (column + 1, last)):
        part = own if low == high == column else deepcopy(columns)
        if low <= high:
            part.set("min", str(low))
            part.set("max", str(high))
            columns.addprevious(part)
    if (parent := columns.getparent()) is not None:
        parent.remove(columns)


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda m: f"_x{ord(m.group()):04X}_", text)


def _number(text: str) -> Cell | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return Cell(value) if value.is_finite() else None


def _unset(element: etree._Element, name: str) -> None:
    if name in element.attrib:
        del element.attrib[name]
