"""Rules for rows and cells: their order, types, values, formulas and looks."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING

from workbook_checks.formulas import sheets_in, tables_in, texts_of, without_texts
from workbook_checks.reading import (
    LAST_COLUMN,
    LAST_ROW,
    Area,
    Cell,
    Fault,
    Sheet,
    Workbook,
    area,
    integer,
    number,
    position,
    unescaped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_LONGEST_TEXT, _LONGEST_FORMULA, _LONGEST_CONSTANT = 32_767, 8192, 255
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!",
           "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#EXTERNAL!", "#BUSY!", "#PYTHON!"}  # fmt: skip
_KINDS = {"b", "d", "e", "inlineStr", "n", "s", "str"}
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# Functions younger than the format: written without their prefix, Excel shows #NAME? until the cell is entered anew.
_PREFIXED = re.compile(
    r"(?<![\w.])(?:FILTER|SORT|SORTBY|UNIQUE|SEQUENCE|RANDARRAY|XLOOKUP|XMATCH|LET|LAMBDA|TEXTJOIN|CONCAT|IFS|SWITCH|"
    r"MAXIFS|MINIFS|IFNA|VSTACK|HSTACK|TAKE|DROP|CHOOSECOLS|CHOOSEROWS|TOCOL|TOROW|TEXTSPLIT|TEXTBEFORE|TEXTAFTER|"
    r"NUMBERVALUE|DAYS|ISFORMULA|FORMULATEXT|XOR|STDEV\.S|STDEV\.P|PERCENTILE\.INC|RANK\.EQ|FORECAST\.LINEAR)\(",
    re.IGNORECASE,
)


def order_of_rows(book: Workbook) -> Iterator[Fault]:
    """Rows follow each other downwards, inside the sheet."""
    for sheet in book.worksheets:
        before = 0
        for row in book.root(sheet.part).iterfind("{*}sheetData/{*}row"):
            number = integer(row.get("r")) if "r" in row.attrib else before + 1
            if not before < number <= LAST_ROW:
                yield Fault("order_of_rows", sheet.part, f"the row {row.get('r')} comes after the row {before}")
            before = max(before, number)


def order_of_cells(book: Workbook) -> Iterator[Fault]:
    """Cells stand in their own row and follow each other to the right."""
    for sheet in book.worksheets:
        row, before = 0, 0
        for cell in book.cells[sheet.part]:
            row, before = (row, before) if cell.row == row else (cell.row, 0)
            at = position(cell.reference)
            if cell.reference and (at is None or at[0] != cell.row):
                yield Fault("order_of_cells", sheet.part, f"the cell {cell.reference} stands in the row {cell.row}")
            if not before < cell.column <= LAST_COLUMN:
                yield Fault("order_of_cells", sheet.part, f"the cell {cell.reference} comes after a later one")
            before = max(before, cell.column)


def cell_styles(book: Workbook) -> Iterator[Fault]:
    """Cells, rows and columns have a style that is there."""
    known = len(book.styles_in("cellXfs"))
    for sheet in book.worksheets:
        root = book.root(sheet.part)
        used = [(cell.reference, cell.style) for cell in book.cells[sheet.part]]
        used += [(f"row {e.get('r')}", e.get("s", "0")) for e in root.iterfind("{*}sheetData/{*}row")]
        used += [(f"column {e.get('min')}", e.get("style", "0")) for e in root.iterfind("{*}cols/{*}col")]
        for place, style in used:
            if style != "0" and not 0 <= integer(style) < known:
                yield Fault("cell_styles", sheet.part, f"{place} has the style {style} of {known}")


def values(book: Workbook) -> Iterator[Fault]:
    """What a cell holds is of the type that it states."""
    for sheet, cell in _all(book):
        if problem := _value_problem(book, cell):
            yield Fault("values", sheet.part, f"{cell.reference} {problem}")


def _value_problem(book: Workbook, cell: Cell) -> str | None:
    value = cell.value
    if cell.kind not in _KINDS:
        return f"has the type {cell.kind}"
    if cell.kind == "inlineStr":
        return _inline_problem(cell)
    if cell.inline is not None:
        return f"has inline text and the type {cell.kind}"
    if value is None or (value == "" and cell.kind in ("str", "n")):
        return None
    fits = {
        "s": lambda: 0 <= integer(value.strip()) < len(book.strings),
        "b": lambda: value.strip() in ("0", "1", "true", "false"),
        "n": lambda: math.isfinite(number(value.strip())),
        "d": lambda: _is_day(value.strip()),
        "e": lambda: value.strip() in _ERRORS,
        "str": lambda: len(unescaped(value)) <= _LONGEST_TEXT,
    }
    return None if fits[cell.kind]() else f"holds {value[:40]!r} as the type {cell.kind}"


def _inline_problem(cell: Cell) -> str | None:
    if cell.formula is not None:
        return "has a formula and inline text"
    if cell.value is not None:
        return "has a value beside its inline text"
    return None


def _is_day(text: str) -> bool:
    try:
        dt.time.fromisoformat(text) if ":" in text[:3] else dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def lengths_of_texts(book: Workbook) -> Iterator[Fault]:
    """A text has at most as many characters as a cell holds."""
    for sheet, cell in _all(book):
        text = book.text_of(cell)
        if text is not None and len(text.encode("utf-16-le", "surrogatepass")) // 2 > _LONGEST_TEXT:
            yield Fault("lengths_of_texts", sheet.part, f"{cell.reference} holds {len(text)} characters")


def kept_spaces(book: Workbook) -> Iterator[Fault]:
    """A text with blanks at its ends says that they are to be kept."""
    strings = next(iter(book.targets(book.main, "sharedStrings")), "")
    for part in [*(sheet.part for sheet in book.worksheets), *([strings] if strings else [])]:
        for element in book.root(part).iter("{*}t"):
            text = element.text or ""
            if text != text.strip(" \t\n\r") and element.get(_SPACE) != "preserve" and not _inherits(element):
                yield Fault("kept_spaces", part, f"the blanks around {text.strip()[:40]!r} would be lost")


def _inherits(element: etree._Element) -> bool:
    return any(above.get(_SPACE) == "preserve" for above in element.iterancestors())


def formulas(book: Workbook) -> Iterator[Fault]:
    """A formula has no leading equals sign, closes its brackets, and has at most 8192 characters."""
    for sheet, cell in _with_formula(book):
        text = cell.formula.text or ""  # type: ignore[union-attr]
        if text.startswith("=") or len(text) > _LONGEST_FORMULA or not _is_closed(text):
            yield Fault("formulas", sheet.part, f"{cell.reference} has the formula {text[:60]!r}")


def formulas_elsewhere(book: Workbook) -> Iterator[Fault]:
    """Formulas of names, conditional formats and validations close their brackets as well."""
    for part, place, formula in formulas_outside_cells(book):
        if not _is_closed(formula):
            yield Fault("formulas_elsewhere", part, f"{place} has the formula {formula[:60]!r}")


def texts_in_formulas(book: Workbook) -> Iterator[Fault]:
    """A text inside of a formula has at most 255 characters."""
    for part, place, formula in every_formula(book):
        longest = max((len(text.replace('""', '"')) - 2 for text in texts_of(formula)), default=0)
        if longest > _LONGEST_CONSTANT:
            yield Fault("texts_in_formulas", part, f"{place} has a text of {longest} characters in its formula")


def _is_closed(formula: str) -> bool:
    plain = re.sub(r"'(?:[^']|'')*'!", "", without_texts(formula))
    plain = re.sub(r"\[[^\[\]]*\]", "", plain)
    return plain.count("(") == plain.count(")") and plain.count('"') % 2 == 0


def younger_functions(book: Workbook) -> Iterator[Fault]:
    """Functions younger than the format carry their prefix."""
    for sheet, cell in _with_formula(book):
        text = without_texts(cell.formula.text or "")  # type: ignore[union-attr]
        if found := _PREFIXED.search(text):
            yield Fault("younger_functions", sheet.part, f"{cell.reference} calls {found[0][:-1]} without its prefix")


def sheets_of_formulas(book: Workbook) -> Iterator[Fault]:
    """Formulas refer to sheets that are there."""
    known = {sheet.name.casefold() for sheet in book.sheets}
    for part, place, formula in every_formula(book):
        for name in sheets_in(formula) if "!" in formula else ():
            if name.casefold() not in known:
                yield Fault("sheets_of_formulas", part, f"{place} refers to the sheet {name}, which is not there")


def tables_of_formulas(book: Workbook) -> Iterator[Fault]:
    """Formulas refer to tables and columns that are there."""
    known = {table.name.casefold(): table for table in book.tables}
    for part, place, formula in every_formula(book):
        for name, columns in tables_in(formula) if "[" in formula else ():
            table = known.get(name.casefold())
            if table is None:
                yield Fault("tables_of_formulas", part, f"{place} refers to the table {name}, which is not there")
                continue
            own = {unescaped(column.get("name", "")).casefold() for column in table.columns}
            for column in columns:
                if unescaped(column).casefold() not in own:
                    yield Fault("tables_of_formulas", part, f"{place} refers to {name}[{column}], which is not there")


def every_formula(book: Workbook) -> Iterator[tuple[str, str, str]]:
    """Return every formula of cells, names, conditional formats and validations, with its part and place."""
    for sheet, cell in _with_formula(book):
        yield sheet.part, cell.reference, cell.formula.text or ""  # type: ignore[union-attr]
    yield from formulas_outside_cells(book)


def formulas_outside_cells(book: Workbook) -> Iterator[tuple[str, str, str]]:
    """Return every formula of names, conditional formats and validations, with its part and place."""
    for element in book.names:
        yield book.main, element.get("name", ""), element.text or ""
    for sheet in book.worksheets:
        root = book.root(sheet.part)
        for rule in root.iterfind("{*}conditionalFormatting/{*}cfRule"):
            for formula in rule.iterfind("{*}formula"):
                yield sheet.part, "a conditional format", formula.text or ""
        for check in root.iterfind("{*}dataValidations/{*}dataValidation"):
            for name in ("formula1", "formula2"):
                yield sheet.part, f"the validation of {check.get('sqref')}", check.findtext(f"{{*}}{name}") or ""


def shared_formulas(book: Workbook) -> Iterator[Fault]:
    """A cell that shares a formula lies in the range of the cell that has it, which comes first."""
    for sheet in book.worksheets:
        masters: dict[str, Area | None] = {}
        for cell in book.cells[sheet.part]:
            formula = cell.formula
            if formula is None or formula.get("t") != "shared":
                continue
            index = formula.get("si", "")
            if formula.get("ref"):
                masters[index] = area(formula.get("ref", ""))
            if masters.get(index) is None:
                yield Fault("shared_formulas", sheet.part, f"{cell.reference} shares an unknown formula {index}")


def array_formulas(book: Workbook) -> Iterator[Fault]:
    """An array formula states the range that it fills, which holds its cell."""
    for sheet, cell in _with_formula(book):
        formula = cell.formula
        if formula is None or formula.get("t") != "array":
            continue
        filled, own = area(formula.get("ref", "")), Area(cell.row, cell.column, cell.row, cell.column)
        if filled is None or not filled.is_possible or not filled.overlaps(own):
            yield Fault("array_formulas", sheet.part, f"{cell.reference} fills {formula.get('ref')}")


def _all(book: Workbook) -> Iterator[tuple[Sheet, Cell]]:
    return ((sheet, cell) for sheet in book.worksheets for cell in book.cells[sheet.part])


def _with_formula(book: Workbook) -> Iterator[tuple[Sheet, Cell]]:
    return ((sheet, cell) for sheet, cell in _all(book) if cell.formula is not None)


RULES = (
    order_of_rows,
    order_of_cells,
    cell_styles,
    values,
    lengths_of_texts,
    kept_spaces,
    formulas,
    formulas_elsewhere,
    texts_in_formulas,
    younger_functions,
    sheets_of_formulas,
    tables_of_formulas,
    shared_formulas,
    array_formulas,
)
