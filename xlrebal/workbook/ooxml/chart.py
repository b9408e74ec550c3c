"""Charts that plot a result table follow it when its number of rows changes, as they do in Excel."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlrebal.workbook.ooxml.package import Package

_FORMULA = re.compile(rb"(<(?:[A-Za-z0-9]+:)?f>)([^<]+)(</(?:[A-Za-z0-9]+:)?f>)")
_RANGE = re.compile(r"('(?:[^']|'')+'|[^'!]+)!\$([A-Z]+)\$(\d+):\$([A-Z]+)\$(\d+)")


@dataclass(frozen=True)
class Move:
    """The data rows of a table on a sheet, before and after: first row, old last row, new last row."""

    sheet: str
    first: int
    old_last: int
    new_last: int


def follow(package: Package, moves: list[Move]) -> None:
    """Change the references of charts that cover exactly the old rows; leave every other byte."""
    if not moves:
        return
    for name in package.names():
        if "/charts/" in name.replace("\\", "/") and name.lower().endswith(".xml"):
            old = package.read(name)
            new = _FORMULA.sub(lambda match: match[1] + _moved(match[2], moves) + match[3], old)
            if new != old:
                package.put_bytes(name, new)


def _moved(formula: bytes, moves: list[Move]) -> bytes:
    match = _RANGE.fullmatch(html.unescape(formula.decode("utf-8")))
    if match is None:
        return formula
    sheet = match[1][1:-1].replace("''", "'") if match[1].startswith("'") else match[1]
    for move in moves:
        rows = int(match[3]), int(match[5])
        if sheet.casefold() == move.sheet.casefold() and rows == (move.first, move.old_last):
            text = f"{match[1]}!${match[2]}${move.first}:${match[4]}${move.new_last}"
            return html.escape(text, quote=False).encode("utf-8")
    return formula
