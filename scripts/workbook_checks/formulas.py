"""What a formula refers to: sheets, and tables with their columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# 'My ''own'' sheet'!A1, Sheet1!A1, Sheet1:Sheet3!A1; a name before an opening bracket is a table. After a bracket that
# closes stands a sheet of another workbook: [1]Sheet1!A1.
_QUOTED = re.compile(r"'((?:[^']|'')+)'!")
_BARE = re.compile(r"(?<![\]\w.])([^\W\d][\w.]*(?::[^\W\d][\w.]*)?)!")
_TABLE = re.compile(r"(?<![!\]\w.])([^\W\d][\w.\\]*)\[")
_TEXT = re.compile(r'"(?:[^"]|"")*"')
# A value that another program delivers: [1]!'topic'.
_LINK = re.compile(r"\[\d+\]!'(?:[^']|'')*'")
_ERROR = re.compile(r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)")
_SPECIAL = re.compile(r"#[A-Za-z ]+")


def without_texts(formula: str) -> str:
    """Return a formula whose texts in quotes are empty, without its error values."""
    return _ERROR.sub("", _TEXT.sub('""', formula))


def texts_of(formula: str) -> list[str]:
    """Return the texts in quotes of a formula, with their quotes; the name of a sheet may hold one."""
    return _TEXT.findall(_QUOTED.sub("", formula)) if '"' in formula else []


def sheets_in(formula: str) -> set[str]:
    """Return the names of the sheets of this workbook that a formula refers to."""
    bare = _LINK.sub("", without_texts(formula))
    found = {name.replace("''", "'") for name in _QUOTED.findall(bare)}
    found |= set(_BARE.findall(_QUOTED.sub(" ", bare)))
    inside = {name for name in found if "[" not in name and "]" not in name}
    return {end for name in inside for end in name.split(":")}


def tables_in(formula: str) -> Iterator[tuple[str, list[str]]]:
    """Return each table that a formula refers to, with the columns it asks for."""
    bare = _QUOTED.sub(" ", without_texts(formula))
    for match in _TABLE.finditer(bare):
        inside = _bracket(bare, match.end())
        if inside is not None:
            yield match[1], list(_columns(inside))


def _bracket(text: str, start: int) -> str | None:
    """Return what stands up to the bracket that closes; an apostrophe makes the next character an ordinary one."""
    depth, at = 1, start
    while at < len(text):
        if text[at] == "'":
            at += 1
        elif text[at] == "[":
            depth += 1
        elif text[at] == "]":
            depth -= 1
            if depth == 0:
                return text[start:at]
        at += 1
    return None


def _columns(inside: str) -> Iterator[str]:
    inner = list(_inner(inside)) if inside.lstrip("@ ").startswith("[") else [inside]
    for name in inner:
        plain = name.removeprefix("@")
        if plain.startswith("["):
            yield from _columns(plain)
        elif plain.strip() and not _SPECIAL.fullmatch(plain):
            yield re.sub(r"'(.)", r"\1", plain)


def _inner(inside: str) -> Iterator[str]:
    at = inside.find("[")
    while at >= 0:
        found = _bracket(inside, at + 1)
        if found is None:
            return
        yield found
        at = inside.find("[", at + len(found) + 2)
