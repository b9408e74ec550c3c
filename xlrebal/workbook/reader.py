"""Read tables and sheets with openpyxl, streaming, and only those that are wanted."""

from __future__ import annotations

import itertools
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, one_line
from xlrebal.workbook.cells import RawCell, RawGrid, column_number
from xlrebal.workbook.ooxml.sheet import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from xlrebal.workbook.ooxml.book import Book

_MOST_ROWS = 200_000
_BLANK = RawCell()


@dataclass(frozen=True)
class _Place:
    """The place of a wanted block; ``bottom`` is None for a whole sheet."""

    sheet: str
    part: str
    top: int = 1
    left: int = 1
    bottom: int | None = None
    right: int | None = None


def read_grids(book: Book, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
    """Return the block of cells behind each wanted table. Raises ``FileError`` when openpyxl cannot read it."""
    places = _find(book, wanted)
    if book.dialect.is_strict:
        raise FileError(Message("file.strict_format"))
    try:
        source = openpyxl.load_workbook(book.package.path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise FileError(Message("file.not_read", reason=_first_sentence(error))) from error
    try:
        return {key: _grid(book, source, place) for key, place in places.items()}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, zipfile.BadZipFile, SyntaxError) as error:
        raise FileError(Message("file.not_read", reason=_first_sentence(error))) from error
    finally:
        source.close()


def _first_sentence(error: Exception) -> str:
    return one_line(error).partition(". ")[0]


def _find(book: Book, wanted: Mapping[str, Sequence[str]]) -> dict[str, _Place]:
    tables = {table.name.casefold(): table for table in reversed(book.tables())}
    sheets = {e.name.strip().casefold(): e for e in reversed(book.sheets()) if e.kind == "worksheet"}
    parts = {entry.name: entry.part for entry in book.sheets()}
    places = {}
    for key, names in wanted.items():
        folded = [name.casefold() for name in names]
        table = next((tables[name] for name in folded if name in tables), None)
        sheet = next((sheets[name] for name in folded if name in sheets), None)
        if table is not None:
            if not table.has_header:
                raise FileError(Message("file.no_header_row", table=table.name))
            top, left, bottom, right = table.bounds
            places[key] = _Place(table.sheet, parts[table.sheet], top, left, bottom - table.totals, right)
        elif sheet is not None:
            places[key] = _Place(sheet.name, sheet.part)
    return places


def _grid(book: Book, source: Any, place: _Place) -> RawGrid:
    sheet = source[place.sheet]
    sheet.reset_dimensions()
    formulas = _formulas(book, place.part)
    # Read-only sheets leave out trailing cells when no last column is given, so blank tails cost nothing.
    rows = sheet.iter_rows(min_row=place.top, max_row=place.bottom, min_col=place.left, max_col=place.right)
    cells = [_row(row, place, number, formulas) for number, row in enumerate(rows, place.top)]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > _MOST_ROWS:
        raise FileError(Message("file.too_many_rows", sheet=place.sheet, rows=len(cells)))
    is_table = place.bottom is not None
    # A table has a header row even where its cells are missing.
    return RawGrid(place.sheet, place.top, place.left, tuple(cells or [()] if is_table else cells), is_table)


def _row(
    row: Iterable[Any], place: _Place, number: int, formulas: Mapping[tuple[int, int], bool]
) -> tuple[RawCell, ...]:
    cells = [_cell(cell, formulas.get((number, column))) for column, cell in enumerate(row, place.left)]
    while cells and cells[-1] is _BLANK:
        cells.pop()
    return tuple(cells)


def _cell(cell: Any, computed: bool | None) -> RawCell:
    """A cell; ``computed`` is None where it holds no formula, else whether the formula has a value."""
    if computed is False:
        return RawCell(uncomputed=True, is_formula=True)
    is_formula = computed is not None
    value = cell.value
    if value is None:
        return _BLANK
    if cell.data_type == "e":
        return RawCell(value, is_error=True, is_formula=is_formula)
    shown = cell.number_format if isinstance(value, (int, float)) else "General"
    return RawCell(value, shown, is_formula=is_formula)


def _formulas(book: Book, part: str) -> dict[tuple[int, int], bool]:
    """Formula cells, and whether they have a value: openpyxl reads those without as blank."""
    if not book.package.holds(part, b"<f", b":f"):
        return {}
    with book.package.stream(part) as stream:
        return dict(_formulas_in(stream, book.dialect.main))


def _formulas_in(stream: Any, namespace: str) -> Iterator[tuple[tuple[int, int], bool]]:
    tags = [f"{{{namespace}}}{name}" for name in ("row", "c")]
    row = column = 0
    for event, element in etree.iterparse(
        stream, events=("start", "end"), tag=tags, huge_tree=True, resolve_entities=False
    ):
        is_row = element.tag == tags[0]
        if event == "start" and is_row:
            row, column = int(element.get("r") or row + 1), 0
        elif event == "end" and not is_row:
            match = REFERENCE.fullmatch(element.get("r", ""))
            column = column_number(match[1]) if match else column + 1
            if element.find(f"{{{namespace}}}f") is not None:
                yield (row, column), _has_value(element, namespace)
        elif event == "end":
            element.clear()
            for earlier in itertools.islice(element.itersiblings(preceding=True), 1):
                element.getparent().remove(earlier)


def _has_value(cell: etree._Element, namespace: str) -> bool:
    """Whether a formula has a value; only a text result may be empty."""
    return bool(cell.findtext(f"{{{namespace}}}v")) or cell.get("t") == "str"
