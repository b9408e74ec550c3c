"""Rules for what lies on a sheet beside its cells: columns, merged cells, validations, conditional formats, views."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbook_checks.formulas import tables_in
from workbook_checks.reading import LAST_COLUMN, Area, Fault, Sheet, Workbook, area, integer, local, number, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

# Excel writes the widest column, 255 characters, with the margin of its cells.
_WIDEST = 256
_LONGEST_LIST, _LONGEST_HEADER = 255, 255
_LONGEST = {"promptTitle": 32, "errorTitle": 32, "prompt": 255, "error": 255}
_MOST_VALIDATIONS = 65_534
_COUNTED = ("mergeCells", "dataValidations", "tableParts")
# How many formulas a rule of a type needs at least.
_FORMULAS = {"cellIs": 1, "expression": 1, "containsText": 1, "notContainsText": 1, "beginsWith": 1, "endsWith": 1,
             "containsBlanks": 1, "notContainsBlanks": 1, "containsErrors": 1, "notContainsErrors": 1}  # fmt: skip
_HEADER_FOOTER = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
_RANGE_HOLDERS = {
    "dimension": "ref",
    "mergeCells/{*}mergeCell": "ref",
    "autoFilter": "ref",
    "hyperlinks/{*}hyperlink": "ref",
    "conditionalFormatting": "sqref",
    "dataValidations/{*}dataValidation": "sqref",
    "protectedRanges/{*}protectedRange": "sqref",
    "ignoredErrors/{*}ignoredError": "sqref",
    "sheetViews/{*}sheetView/{*}selection": "sqref",
}


def column_ranges(book: Workbook) -> Iterator[Fault]:
    """Column widths come in order, do not overlap and are not wider than Excel's widest."""
    for sheet, root in _sheets(book):
        before = 0
        for column in root.iterfind("{*}cols/{*}col"):
            first, last = integer(column.get("min")), integer(column.get("max"))
            if not before < first <= last <= LAST_COLUMN:
                yield Fault("column_ranges", sheet.part, f"columns {first} to {last} come after column {before}")
            if not 0 <= number(column.get("width", "0")) <= _WIDEST:
                yield Fault("column_ranges", sheet.part, f"column {first} is {column.get('width')} wide")
            before = max(before, last)


def ranges(book: Workbook) -> Iterator[Fault]:
    """What names a range names one inside the sheet."""
    for sheet, root in _sheets(book):
        for path, attribute in _RANGE_HOLDERS.items():
            for element in root.iterfind(f"{{*}}{path}"):
                text = element.get(attribute, "A1")
                found = [area(reference) for reference in text.split()]
                if not found or any(one is None or not one.is_possible for one in found):
                    yield Fault("ranges", sheet.part, f"{local(element)} names the range {text!r}")


def merged_cells(book: Workbook) -> Iterator[Fault]:
    """Merged cells overlap neither each other nor a table."""
    for sheet, root in _sheets(book):
        merged = [e.get("ref", "") for e in root.iterfind("{*}mergeCells/{*}mergeCell")]
        known = [(reference, found) for reference in merged if (found := area(reference))]
        taken = [(f"the table {t.name}", t.area) for t in book.tables if t.sheet.part == sheet.part and t.area]
        for at, (reference, found) in enumerate(known):
            for other, there in [*known[at + 1 :], *taken]:
                if found.overlaps(there):
                    yield Fault("merged_cells", sheet.part, f"{reference} is merged and overlaps {other}")


def validations(book: Workbook) -> Iterator[Fault]:
    """Validations have short enough lists and messages, and no references to tables."""
    for sheet, root in _sheets(book):
        checks = root.findall("{*}dataValidations/{*}dataValidation")
        if len(checks) > _MOST_VALIDATIONS:
            yield Fault("validations", sheet.part, f"has {len(checks)} validations")
        for check in checks:
            for problem in _validation_problems(book, check):
                yield Fault("validations", sheet.part, f"the validation of {check.get('sqref')} {problem}")


def _validation_problems(book: Workbook, check: etree._Element) -> Iterator[str]:
    kind = check.get("type", "none")
    formulas = [check.findtext(f".//{{*}}{name}") or "" for name in ("formula1", "formula2")]
    if kind != "none" and not formulas[0]:
        yield "has no formula"
    if kind == "list" and formulas[0].startswith('"') and len(formulas[0]) - 2 > _LONGEST_LIST:
        yield f"lists {len(formulas[0]) - 2} characters"
    for name, most in _LONGEST.items():
        if (length := len(unescaped(check.get(name, "")))) > most:
            yield f"has a {name} of {length} characters"
    if any(_names_table(book, formula) for formula in formulas):
        yield f"has the formula {formulas[0][:60]!r}"


def _names_table(book: Workbook, formula: str) -> bool:
    """Excel takes references such as ``Holdings[Code]`` in cells and names alone."""
    known = {table.name.casefold() for table in book.tables}
    return "[" in formula and any(name.casefold() in known for name, _ in tables_in(formula))


def conditional_formats(book: Workbook) -> Iterator[Fault]:
    """Conditional formats have a look that is there and what their type needs."""
    known = len(book.styles_in("dxfs"))
    for sheet, root in _sheets(book):
        for rule in root.iterfind("{*}conditionalFormatting/{*}cfRule"):
            for problem in _format_problems(book, rule, known):
                yield Fault("conditional_formats", sheet.part, f"the rule {rule.get('type')} {problem}")


def _format_problems(book: Workbook, rule: etree._Element, known: int) -> Iterator[str]:
    look, kind = rule.get("dxfId"), rule.get("type", "")
    if look is not None and not 0 <= integer(look) < known:
        yield f"has the look {look} of {known}"
    if integer(rule.get("priority")) < 1:
        yield f"has the priority {rule.get('priority')}"
    formulas = [formula.text or "" for formula in rule.iterfind("{*}formula")]
    if len(formulas) < _FORMULAS.get(kind, 0) or any(f.startswith("=") or _names_table(book, f) for f in formulas):
        yield f"has the formulas {formulas}"
    if kind == "cellIs" and not rule.get("operator"):
        yield "compares by nothing"
    scale = rule.find("{*}colorScale")
    if scale is not None and len(scale.findall("{*}cfvo")) != len(scale.findall("{*}color")):
        yield "has not one colour for each of its values"


def sheet_filters(book: Workbook) -> Iterator[Fault]:
    """The filter of a sheet overlaps no table and filters columns of its own."""
    for sheet, root in _sheets(book):
        for element in root.iterfind("{*}autoFilter"):
            found = area(element.get("ref", ""))
            for table in book.tables:
                if table.sheet.part == sheet.part and found and table.area and found.overlaps(table.area):
                    yield Fault("sheet_filters", sheet.part, f"{element.get('ref')} overlaps the table {table.name}")
            yield from outside_filter("sheet_filters", sheet.part, element, found)


def outside_filter(rule: str, part: str, element: etree._Element, found: Area | None) -> Iterator[Fault]:
    """Return the filtered columns that the filter's range does not have."""
    width = found.right - found.left + 1 if found else 0
    for column in element.iterfind("{*}filterColumn"):
        if not 0 <= integer(column.get("colId")) < width:
            yield Fault(rule, part, f"the column {column.get('colId')} of {element.get('ref')} is filtered")


def views(book: Workbook) -> Iterator[Fault]:
    """A sheet is shown once in each window that is there, and selects in panes that it has."""
    windows = len(book.book.findall("{*}bookViews/{*}workbookView"))
    for sheet, root in _sheets(book):
        shown = [view.get("workbookViewId", "") for view in root.iterfind("{*}sheetViews/{*}sheetView")]
        if len(set(shown)) != len(shown) or any(not 0 <= integer(one) < max(windows, 1) for one in shown):
            yield Fault("views", sheet.part, f"is shown in the windows {shown} of {windows}")
        for view in root.iterfind("{*}sheetViews/{*}sheetView"):
            panes = [e.get("pane", "topLeft") for e in view.iterfind("{*}selection")]
            if len(set(panes)) != len(panes) or (view.find("{*}pane") is None and set(panes) - {"topLeft"}):
                yield Fault("views", sheet.part, f"selects in the panes {panes}")


def headers_and_footers(book: Workbook) -> Iterator[Fault]:
    """Headers and footers have at most 255 characters."""
    for sheet, root in _sheets(book):
        for name in _HEADER_FOOTER:
            text = root.findtext(f"{{*}}headerFooter/{{*}}{name}") or ""
            if len(text) > _LONGEST_HEADER:
                yield Fault("headers_and_footers", sheet.part, f"{name} has {len(text)} characters")


def counts(book: Workbook) -> Iterator[Fault]:
    """A list has as many members as it states."""
    for sheet, root in _sheets(book):
        for name in _COUNTED:
            for group in root.iterfind(f"{{*}}{name}"):
                stated = group.get("count")
                if stated is not None and integer(stated) != len(group):
                    yield Fault("counts", sheet.part, f"{name} states {stated} members and has {len(group)}")


def comments(book: Workbook) -> Iterator[Fault]:
    """A cell has one comment, by an author who is listed."""
    for sheet in book.worksheets:
        for part in book.targets(sheet.part, "comments"):
            root, seen = book.root(part), set()
            authors = len(root.findall("{*}authors/{*}author"))
            for comment in root.iterfind("{*}commentList/{*}comment"):
                reference = comment.get("ref", "")
                if reference in seen or area(reference) is None:
                    yield Fault("comments", part, f"{reference} has two comments, or is no cell")
                if not 0 <= integer(comment.get("authorId")) < authors:
                    yield Fault("comments", part, f"{reference} has an author who is not listed")
                seen.add(reference)


def linked_drawings(book: Workbook) -> Iterator[Fault]:
    """What a sheet calls a drawing, a table or a picture is one."""
    kinds = {"drawing": "drawing", "legacyDrawing": "vmlDrawing", "legacyDrawingHF": "vmlDrawing", "tablePart": "table"}
    for sheet, root in _sheets(book):
        lines = {line.ident: line.kind for line in book.relationships(sheet.part)}
        found = [e for e in root if isinstance(e.tag, str)] + list(root.iterfind("{*}tableParts/{*}tablePart"))
        for element in found:
            wanted = kinds.get(local(element))
            idents = [str(value) for key, value in element.attrib.items() if re.search(r"relationships\}id$", str(key))]
            if wanted and (not idents or lines.get(idents[0]) != wanted):
                yield Fault("linked_drawings", sheet.part, f"{local(element)} {idents} is no {wanted}")


def _sheets(book: Workbook) -> Iterator[tuple[Sheet, etree._Element]]:
    return ((sheet, book.root(sheet.part)) for sheet in book.worksheets)


RULES = (
    column_ranges,
    ranges,
    merged_cells,
    validations,
    conditional_formats,
    sheet_filters,
    views,
    headers_and_footers,
    counts,
    comments,
    linked_drawings,
)
