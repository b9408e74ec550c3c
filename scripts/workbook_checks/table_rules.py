"""Rules for tables: what Excel repairs is mostly here."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from workbook_checks.book_rules import is_name
from workbook_checks.reading import Area, Fault, Table, Workbook, area, integer, unescaped
from workbook_checks.sheet_rules import outside_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_COLUMN = 255


def table_ids(book: Workbook) -> Iterator[Fault]:
    """Every table has an id of its own, from 1."""
    for ident, count in Counter(table.root.get("id", "") for table in book.tables).items():
        if count > 1 or integer(ident) < 1:
            yield Fault("table_ids", "tables", f"{count} tables have the id {ident or 'none'}")


def table_names(book: Workbook) -> Iterator[Fault]:
    """Tables have names of their own that no defined name has."""
    defined = {e.get("name", "").casefold() for e in book.names if e.get("localSheetId") is None}
    for name, count in Counter(table.name.casefold() for table in book.tables).items():
        if count > 1 or name in defined:
            yield Fault("table_names", "tables", f"the name {name} is given twice")
    for table in book.tables:
        if not is_name(table.name):
            yield Fault("table_names", table.part, f"{table.name!r} is no name for a table")


def table_ranges(book: Workbook) -> Iterator[Fault]:
    """A table lies inside its sheet and has a row of data between header and totals."""
    for table in book.tables:
        found, least = table.area, table.headers + table.totals + 1
        if found is None or not found.is_possible or found.bottom - found.top + 1 < least:
            yield Fault("table_ranges", table.part, f"{table.name} lies in {table.root.get('ref')!r}")


def overlapping_tables(book: Workbook) -> Iterator[Fault]:
    """Tables of a sheet do not overlap, and no table is shown twice."""
    for one, other in combinations(book.tables, 2):
        if one.part.lower() == other.part.lower():
            yield Fault("overlapping_tables", one.part, "belongs to two sheets")
        elif one.sheet.part == other.sheet.part and one.area and other.area and one.area.overlaps(other.area):
            yield Fault("overlapping_tables", one.part, f"{one.name} overlaps {other.name}")


def table_columns(book: Workbook) -> Iterator[Fault]:
    """A table has a column for each column of its range, with ids and names of their own."""
    for table in book.tables:
        columns, found = table.columns, table.area
        if found is not None and len(columns) != found.right - found.left + 1:
            yield Fault("table_columns", table.part, f"{len(columns)} columns in {table.root.get('ref')}")
        stated = table.root.find("{*}tableColumns")
        if stated is not None and stated.get("count", str(len(columns))) != str(len(columns)):
            yield Fault("table_columns", table.part, f"states {stated.get('count')} columns of {len(columns)}")
        for ident, count in Counter(column.get("id", "") for column in columns).items():
            if count > 1 or integer(ident) < 1:
                yield Fault("table_columns", table.part, f"{count} columns have the id {ident or 'none'}")
        for name, count in Counter(unescaped(column.get("name", "")).casefold() for column in columns).items():
            if count > 1 or not 1 <= len(name) <= _LONGEST_COLUMN:
                yield Fault("table_columns", table.part, f"{count} columns are called {name[:40]!r}")


def header_cells(book: Workbook) -> Iterator[Fault]:
    """The cells above a table hold the names of its columns, as text."""
    for table, found in _placed(book):
        if table.headers != 1:
            continue
        for number, column in enumerate(table.columns, found.left):
            name = unescaped(column.get("name", ""))
            cell = book.cell_at.get((table.sheet.part, found.top, number))
            text = book.text_of(cell) if cell else None
            if text is None or _one_newline(text) != _one_newline(name):
                yield Fault("header_cells", table.part, f"the column {name!r} has the header {text!r}")
            elif cell is not None and cell.formula is not None:
                yield Fault("header_cells", table.part, f"the header {name!r} is a formula")


def _one_newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def totals_rows(book: Workbook) -> Iterator[Fault]:
    """The cells of a totals row hold the labels that the table states, and formulas where it states functions."""
    for table, found in _placed(book):
        if table.totals != 1:
            continue
        for number, column in enumerate(table.columns, found.left):
            cell = book.cell_at.get((table.sheet.part, found.bottom, number))
            label, function = column.get("totalsRowLabel"), column.get("totalsRowFunction", "none")
            text = (book.text_of(cell) if cell else None) or ""
            if label is not None and unescaped(label) != text:
                yield Fault("totals_rows", table.part, f"the label {label!r} stands over the total {text!r}")
            if function not in ("none", "custom") and (cell is None or cell.formula is None):
                yield Fault("totals_rows", table.part, f"the {function} of {column.get('name')!r} is no formula")


def table_filters(book: Workbook) -> Iterator[Fault]:
    """The filter of a table covers its header and its data, without the totals."""
    for table, found in _placed(book):
        for element in table.root.iterfind("{*}autoFilter"):
            own = area(element.get("ref", ""))
            if table.headers == 0 or own != Area(found.top, found.left, found.bottom - table.totals, found.right):
                yield Fault("table_filters", table.part, f"{element.get('ref')} is filtered of {table.root.get('ref')}")
            yield from outside_filter("table_filters", table.part, element, own)


def table_looks(book: Workbook) -> Iterator[Fault]:
    """What a table names as the look of its parts is there, and its style has a name or is none."""
    known = len(book.styles_in("dxfs"))
    for table in book.tables:
        if any(style.get("name") == "" for style in table.root.iterfind("{*}tableStyleInfo")):
            yield Fault("table_looks", table.part, "the name of its style is empty")
        for element in (table.root, *table.columns):
            for name, value in element.attrib.items():
                if str(name).endswith("DxfId") and not 0 <= integer(str(value)) < known:
                    yield Fault("table_looks", table.part, f"{name} is {value} of {known}")


def column_formulas(book: Workbook) -> Iterator[Fault]:
    """The formula of a column has no leading equals sign."""
    for table in book.tables:
        for column in table.columns:
            for name in ("calculatedColumnFormula", "totalsRowFormula"):
                if (column.findtext(f"{{*}}{name}") or "").startswith("="):
                    yield Fault("column_formulas", table.part, f"{name} of {column.get('name')!r} starts with =")


def _placed(book: Workbook) -> Iterator[tuple[Table, Area]]:
    return ((table, table.area) for table in book.tables if table.area is not None)


RULES = (
    table_ids,
    table_names,
    table_ranges,
    overlapping_tables,
    table_columns,
    header_cells,
    totals_rows,
    table_filters,
    table_looks,
    column_formulas,
)
