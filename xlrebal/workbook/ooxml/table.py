"""The part of an Excel table: its place, its columns, and changes of its extent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.errors import FileError
from xlrebal.workbook.ooxml.sheet import bounds, range_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlrebal.workbook.ooxml.names import Dialect

# No table style: the cells have colours of their own, with which its stripes would clash.
_PLAIN = {"showFirstColumn": "0", "showLastColumn": "0", "showRowStripes": "0", "showColumnStripes": "0"}


@dataclass(frozen=True)
class TablePart:
    """An Excel table of the workbook.

    Attributes:
        part: Name of its part.
        root: Its XML.
        sheet: Name of its sheet.
        dialect: Namespaces of the workbook.

    """

    part: str
    root: etree._Element
    sheet: str
    dialect: Dialect

    @property
    def name(self) -> str:
        """The name by which formulas call it."""
        return self.root.get("displayName", "") or self.root.get("name", "")

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """First row, first column, last row, last column; header and totals rows included."""
        return bounds(self.root.get("ref", "A1"))

    @property
    def has_header(self) -> bool:
        """False when the header row is switched off."""
        return self.root.get("headerRowCount", "1") != "0"

    @property
    def totals(self) -> int:
        """Number of totals rows."""
        return int(self.root.get("totalsRowCount", "0"))

    @property
    def headers(self) -> list[str]:
        """The names of its columns."""
        columns = self.root.find(self.dialect.tag("tableColumns"))
        return [] if columns is None else [c.get("name", "") for c in columns if isinstance(c.tag, str)]

    def resize(self, bottom: int) -> bool:
        """Move the last row; return whether anything changed."""
        top, left, old, right = self.bounds
        if old == bottom:
            return False
        self._refer(range_text(top, left, bottom, right))
        return True

    def widen(self, headers: Sequence[str]) -> None:
        """Add columns to the right; the others keep their formulas, filters and ids."""
        columns = self.root.find(self.dialect.tag("tableColumns"))
        if columns is None:
            raise FileError(Message("file.table_without_columns", table=self.name))
        known = [int(c.get("id", "0")) for c in columns if isinstance(c.tag, str)]
        for ident, header in enumerate(headers, max(known, default=0) + 1):
            etree.SubElement(columns, self.dialect.tag("tableColumn"), id=str(ident), name=header)
        columns.set("count", str(len(known) + len(headers)))
        top, left, bottom, right = self.bounds
        self._refer(range_text(top, left, bottom, right + len(headers)))

    def _refer(self, reference: str) -> None:
        self.root.set("ref", reference)
        filtered = self.root.find(self.dialect.tag("autoFilter"))
        if filtered is not None:
            top, left, bottom, right = bounds(reference)
            filtered.set("ref", range_text(top, left, bottom - self.totals, right))


def new_table(dialect: Dialect, ident: int, name: str, headers: list[str], rows: int) -> etree._Element:
    """Return the XML of a new table at A1 with some data rows."""
    reference = range_text(1, 1, rows + 1, len(headers))
    root = etree.Element(dialect.tag("table"), nsmap=dialect.nsmap)
    for key, value in (("id", str(ident)), ("name", name), ("displayName", name), ("ref", reference)):
        root.set(key, value)
    root.set("totalsRowShown", "0")
    etree.SubElement(root, dialect.tag("autoFilter"), ref=reference)
    columns = etree.SubElement(root, dialect.tag("tableColumns"), count=str(len(headers)))
    for number, header in enumerate(headers, 1):
        etree.SubElement(columns, dialect.tag("tableColumn"), id=str(number), name=header)
    etree.SubElement(root, dialect.tag("tableStyleInfo"), _PLAIN)
    return root
