"""Rules for the styles part: every index leads somewhere, every number format can be read."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from workbook_checks.reading import Fault, Workbook, integer

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = "styles"
_FIRST_OWN_FORMAT = 164
_LONGEST_FORMAT = 255
_MOST_SECTIONS = 4
_MOST_STYLES = 65_490
# What shows a character as it is, or takes up its width.
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')


def style_indices(book: Workbook) -> Iterator[Fault]:
    """Cell formats use fonts, fills, borders and base styles that are there."""
    groups = {"fontId": "fonts", "fillId": "fills", "borderId": "borders"}
    sizes = {name: len(book.styles_in(group)) for name, group in groups.items()}
    for where in ("cellStyleXfs", "cellXfs"):
        known = dict(sizes)
        bases = len(book.styles_in("cellStyleXfs"))
        if where == "cellXfs":
            known["xfId"] = bases
        for number, element in enumerate(book.styles_in(where)):
            for name, size in known.items():
                if not 0 <= integer(element.get(name, "0")) < max(size, 1):
                    yield Fault("style_indices", _PART, f"{where} {number}: {name} is {element.get(name)} of {size}")


def named_styles(book: Workbook) -> Iterator[Fault]:
    """Named styles have a base style that is there, and names of their own where they are not built in."""
    bases, named = len(book.styles_in("cellStyleXfs")), book.styles_in("cellStyles")
    own = [element for element in named if element.get("builtinId") is None]
    for element in named:
        if not 0 <= integer(element.get("xfId")) < bases:
            yield Fault("named_styles", _PART, f"{element.get('name')} has the base {element.get('xfId')} of {bases}")
    for name, count in Counter(element.get("name", "").casefold() for element in own).items():
        if name and count > 1:
            yield Fault("named_styles", _PART, f"{count} styles are called {name}")


def number_formats(book: Workbook) -> Iterator[Fault]:
    """Number formats have ids of their own, and those that cells use are there."""
    own = [element.get("numFmtId", "") for element in book.styles_in("numFmts")]
    for ident, count in Counter(own).items():
        if count > 1 or integer(ident) < 0:
            yield Fault("number_formats", _PART, f"{count} number formats have the id {ident}")
    for where in ("cellStyleXfs", "cellXfs"):
        for number, element in enumerate(book.styles_in(where)):
            ident = element.get("numFmtId", "0")
            if integer(ident) >= _FIRST_OWN_FORMAT and ident not in own:
                yield Fault("number_formats", _PART, f"{where} {number}: the number format {ident} is not there")


def format_codes(book: Workbook) -> Iterator[Fault]:
    """A number format has at most four sections and closes its quotes and brackets."""
    for element in book.styles.iter("{*}numFmt"):
        code = element.get("formatCode", "")
        plain = _LITERAL.sub("", code)
        sections = re.sub(r"\[[^\]]*\]", "", plain).split(";")
        is_open = '"' in plain or plain.count("[") != plain.count("]")
        if len(code) > _LONGEST_FORMAT or is_open or len(sections) > _MOST_SECTIONS:
            yield Fault("format_codes", _PART, f"{code!r} is no number format")


def table_styles(book: Workbook) -> Iterator[Fault]:
    """Table styles have names of their own and looks that are there."""
    known = len(book.styles_in("dxfs"))
    found = book.styles_in("tableStyles")
    for name, count in Counter(element.get("name", "").casefold() for element in found).items():
        if count > 1:
            yield Fault("table_styles", _PART, f"{count} table styles are called {name}")
    for element in found:
        for member in element.iterfind("{*}tableStyleElement"):
            look = member.get("dxfId")
            if look is not None and not 0 <= integer(look) < known:
                yield Fault("table_styles", _PART, f"{element.get('name')} has the look {look} of {known}")


def number_of_styles(book: Workbook) -> Iterator[Fault]:
    """There is a style for cells, and not more than Excel takes."""
    if book.targets(book.main, "styles") and not 1 <= len(book.styles_in("cellXfs")) <= _MOST_STYLES:
        yield Fault("number_of_styles", _PART, f"has {len(book.styles_in('cellXfs'))} cell formats")


RULES = (
    style_indices,
    named_styles,
    number_formats,
    format_codes,
    table_styles,
    number_of_styles,
)
