"""Rules for the workbook part: sheets, views, defined names, code names, the calculation chain, macros."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from workbook_checks.formulas import sheets_in
from workbook_checks.macros import document_modules
from workbook_checks.reading import Area, Fault, Workbook, area, integer, position

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORBIDDEN = re.compile(r"[\\/?*\[\]:]")
_LONGEST_SHEET, _LONGEST_NAME, _LONGEST_FORMULA = 31, 255, 8192
# Any letter of any alphabet, signs such as an emoji too, but no blank and nothing that formulas use.
_NAME = re.compile(r"[^\s\d!-/:-@\[\]^`{-~][^\s!-\-/:->@\[\]^`{-~]*")
_R1C1 = re.compile(r"[Rr]\d*[Cc]\d*|[RrCc]")


def sheet_names(book: Workbook) -> Iterator[Fault]:
    """Sheets have names of 1 to 31 characters without forbidden ones, unique whatever their case."""
    for sheet in book.sheets:
        length = len(sheet.name.encode("utf-16-le")) // 2
        if not 1 <= length <= _LONGEST_SHEET:
            yield Fault("sheet_names", book.main, f"{sheet.name!r} has {length} characters")
        if _FORBIDDEN.search(sheet.name) or sheet.name.startswith("'") or sheet.name.endswith("'"):
            yield Fault("sheet_names", book.main, f"{sheet.name!r} has a character that no sheet name has")
        if sheet.name.casefold() == "history":
            yield Fault("sheet_names", book.main, f"Excel keeps the name {sheet.name} for itself")
    for name, count in Counter(sheet.name.casefold() for sheet in book.sheets).items():
        if count > 1:
            yield Fault("sheet_names", book.main, f"{count} sheets are called {name}")


def sheet_list(book: Workbook) -> Iterator[Fault]:
    """Sheets are there, with ids of their own, each with a part of its own."""
    if not book.sheets:
        yield Fault("sheet_list", book.main, "lists no sheets")
    for what, values in (("id", [s.ident for s in book.sheets]), ("part", [s.part.lower() for s in book.sheets])):
        for value, count in Counter(values).items():
            if count > 1 or not value:
                yield Fault("sheet_list", book.main, f"{count} sheets have the {what} {value or 'none'}")
    for sheet in book.sheets:
        if integer(sheet.ident) < 1:
            yield Fault("sheet_list", book.main, f"the sheet {sheet.name} has the id {sheet.ident}")


def visible_sheet(book: Workbook) -> Iterator[Fault]:
    """At least one sheet can be seen."""
    if book.sheets and all(sheet.state != "visible" for sheet in book.sheets):
        yield Fault("visible_sheet", book.main, "every sheet is hidden")


def active_sheet(book: Workbook) -> Iterator[Fault]:
    """A window opens on a sheet that is there and can be seen."""
    for view in book.book.iterfind("{*}bookViews/{*}workbookView"):
        active = integer(view.get("activeTab", "0"))
        if not 0 <= active < len(book.sheets):
            yield Fault("active_sheet", book.main, f"the sheet number {view.get('activeTab')} is to be shown")
        elif book.sheets[active].state != "visible":
            yield Fault("active_sheet", book.main, f"the hidden sheet {book.sheets[active].name} is to be shown")
        if not 0 <= integer(view.get("firstSheet", "0")) < len(book.sheets):
            yield Fault("active_sheet", book.main, f"the first tab is to be number {view.get('firstSheet')}")


def defined_names(book: Workbook) -> Iterator[Fault]:
    """Names have a form that Excel knows and a scope that is there, and are unique in it."""
    seen: Counter[tuple[str, str]] = Counter()
    for element in book.names:
        name, scope = element.get("name", ""), element.get("localSheetId")
        seen[name.casefold(), scope or ""] += 1
        if scope is not None and not 0 <= integer(scope) < len(book.sheets):
            yield Fault("defined_names", book.main, f"{name} belongs to the sheet number {scope}")
        if not is_name(name):
            yield Fault("defined_names", book.main, f"{name!r} is no name")
    for (name, scope), count in seen.items():
        if count > 1:
            yield Fault("defined_names", book.main, f"{name} is defined {count} times (scope {scope or 'workbook'})")


def is_name(name: str) -> bool:
    """Return whether a text can be the name of a range or a table: no address, no blank, at most 255 characters."""
    return (
        len(name) <= _LONGEST_NAME
        and _NAME.fullmatch(name) is not None
        and _R1C1.fullmatch(name) is None
        and not _is_address(name)
    )


def _is_address(name: str) -> bool:
    found = position(name)
    return found is not None and "$" not in name and 1 <= found[0] <= 1_048_576 and found[1] <= 16_384


def what_names_mean(book: Workbook) -> Iterator[Fault]:
    """A defined name holds a formula over sheets that are there."""
    known = {sheet.name.casefold() for sheet in book.sheets}
    for element in book.names:
        name, formula = element.get("name", ""), element.text or ""
        if not formula or formula.startswith("=") or len(formula) > _LONGEST_FORMULA:
            yield Fault("what_names_mean", book.main, f"{name} means {formula[:60]!r}")
        for sheet in sheets_in(formula):
            if sheet.casefold() not in known:
                yield Fault("what_names_mean", book.main, f"{name} refers to the sheet {sheet}, which is not there")


def code_names(book: Workbook) -> Iterator[Fault]:
    """The workbook and its sheets have code names of their own."""
    found = [e.get("codeName", "") for e in book.book.iterfind("{*}workbookPr")]
    found += [e.get("codeName", "") for s in book.sheets for e in book.root(s.part).iterfind("{*}sheetPr")]
    for name, count in Counter(name.casefold() for name in found if name).items():
        if count > 1:
            yield Fault("code_names", book.main, f"the code name {name} is given {count} times")


def macro_modules(book: Workbook) -> Iterator[Fault]:
    """The document modules of a macro project are those of the workbook and its sheets."""
    for part in book.targets(book.main, "vbaProject"):
        modules = document_modules(book.content(part))
        if modules is None:
            yield Fault("macro_modules", part, "cannot be read as a macro project")
            continue
        own = [e.get("codeName", "ThisWorkbook") for e in book.book.iterfind("{*}workbookPr")] or ["ThisWorkbook"]
        own += [e.get("codeName", "") for s in book.sheets for e in book.root(s.part).iterfind("{*}sheetPr")]
        known, there = {name.casefold() for name in own if name}, {name.casefold() for name in modules}
        for name in sorted(known ^ there):
            where = "is in the project and no sheet has it" if name in there else "is not in the project"
            yield Fault("macro_modules", part, f"the code name {name} {where}")


def calculation_chain(book: Workbook) -> Iterator[Fault]:
    """The list of formula cells names cells with formulas only; those that an array formula fills count as well."""
    by_id = {sheet.ident: sheet for sheet in book.sheets}
    for part in book.targets(book.main, "calcChain"):
        ident = ""
        filled = _filled_by_arrays(book)
        for element in book.root(part).iterfind("{*}c"):
            ident, reference = element.get("i", ident), element.get("r", "")
            sheet, at = by_id.get(ident), position(reference)
            cell = book.cell_at.get((sheet.part, *at)) if sheet and at else None
            if sheet and at and any(part == sheet.part and range_.overlaps(Area(*at, *at)) for part, range_ in filled):
                continue
            if cell is None or cell.formula is None:
                name = sheet.name if sheet else f"sheet {ident}"
                yield Fault("calculation_chain", part, f"lists {name}!{reference}, which holds no formula")


def _filled_by_arrays(book: Workbook) -> list[tuple[str, Area]]:
    found = [(part, area(cell.formula.get("ref", ""))) for part, cells in book.cells.items() for cell in cells
             if cell.formula is not None and cell.formula.get("t") in ("array", "dataTable")]  # fmt: skip
    return [(part, range_) for part, range_ in found if range_ is not None]


RULES = (
    sheet_names,
    sheet_list,
    visible_sheet,
    active_sheet,
    defined_names,
    what_names_mean,
    code_names,
    macro_modules,
    calculation_chain,
)
