"""The check that a shared copy holds nothing of what was left behind.

What makes a text private is its place, not its form: a price that is private in Holdings is a rule in Targets. So
every text of the copy is checked in its place. What a shipped template holds is not private anywhere. A kept cell
holds what its owner shares on purpose: the same asset or currency may have been left behind elsewhere, but no person's
name and no words of the owner's. No other place may hold anything that was left behind.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.workbook.ooxml.share_design import FONTS
from xlrebal.workbook.ooxml.share_scope import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from xlrebal.workbook.ooxml.share_scope import Place, Removed, Selection, Vocabulary

# A shorter text is in too many places to identify anybody; inside another text, twice as many letters count.
_SHORTEST, _SHORTEST_INSIDE = 4, 8
# A Korean name has as few as two letters.
_SHORTEST_NAME, _SHORTEST_KOREAN_NAME = 3, 2
_FIRST_KOREAN = "\u1100"
_DAY = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+Z?)?")
_CELL, _LINE = r"\$?[A-Z]{1,3}\$?\d{1,7}", r"\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d{1,7}:\$?\d{1,7}"
_AREA = re.compile(rf"({_CELL}:{_CELL}|{_LINE})")
_REFERENCE = re.compile(rf"(?P<sheet>'([^']|'')+'|[^\s'!:,\"]+)!({_CELL}(:{_CELL})?|{_LINE})")
_NAMESPACE = re.compile(r"(https?://(schemas|purl|www\.w3)\.|urn:schemas)\S*")
# The places of charts on a sheet are written as text.
_POSITIONS = frozenset({"col", "colOff", "row", "rowOff"})


@dataclass(frozen=True)
class Leak:
    """A text that must not be in the copy.

    Attributes:
        text: The text.
        source: The place in the original in which it is private.
        place: The place in the copy: a cell, or a part.
        in_cell: True for a cell, which the user can change.

    """

    text: str
    source: Place
    place: str
    in_cell: bool


@dataclass(frozen=True)
class _Found:
    """A text of the copy.

    Attributes:
        text: The text.
        place: Its cell, or its part.
        in_cell: True for a cell.
        kept: True in a cell that is shared on purpose.
        typed: True where a person may have typed a figure, not an attribute that describes the layout.

    """

    text: str
    place: str
    in_cell: bool
    kept: bool
    typed: bool


def find_leak(
    copy: Path, sheets: Mapping[str, str], kept: Mapping[str, frozenset[str]], known: Vocabulary,
    selection: Selection, removed: Removed,
) -> Leak | None:  # fmt: skip
    """Return a text of the copy that was to be left behind; None when there is none.

    Args:
        copy: The written copy.
        sheets: Name of the sheet of each part that is one.
        kept: Cells of each such part that are shared on purpose.
        known: What is not private anywhere.
        selection: What is shared on purpose, and what kind of text the others are.
        removed: What was left behind.

    """
    found = [one for one in _texts(copy, sheets, kept) if not _is_harmless(one.text, known)]
    rules = [one for one in found if one.kept]
    others = [one for one in found if not one.kept]
    secrets = [text for text in removed.texts if not _is_harmless(text, known)]
    leak = _figure_in(others, removed, known)
    leak = leak or _inside(others, [s for s in secrets if s not in selection.texts], removed)
    own = [s for s in secrets if s not in selection.texts and s not in selection.words]
    return leak or _inside(rules, own, removed) or _person_in(rules, selection.people, removed)


def _texts(copy: Path, sheets: Mapping[str, str], kept: Mapping[str, frozenset[str]]) -> Iterator[_Found]:
    """Every text and attribute of the copy."""
    with zipfile.ZipFile(copy) as archive:
        for part in archive.namelist():
            if part.endswith((".xml", ".rels")):
                cells = kept.get(part, frozenset())
                yield from _texts_of(etree.fromstring(archive.read(part)), part, sheets.get(part, ""), cells)


def _texts_of(root: etree._Element, part: str, sheet: str, kept: frozenset[str]) -> Iterator[_Found]:
    cell = ""
    for element in root.iter():
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if name in ("row", "sheetData") or (sheet and element.getparent() is root):
            cell = ""
        if name == "c" and sheet:
            cell = element.get("r", "")
        place, shared = f"{sheet}!{cell}" if cell else part, cell in kept
        if element.text and element.text.strip():
            yield _Found(element.text.strip(), place, bool(cell), shared, typed=name not in _POSITIONS)
        for value in element.attrib.values():
            yield _Found(str(value).strip(), place, bool(cell), kept=False, typed=False)


def _is_harmless(text: str, known: Vocabulary) -> bool:
    """Return whether a text is never private: a date, a cell range, a word of the templates; a figure may be."""
    plain = any(pattern.fullmatch(text) for pattern in (_DAY, _AREA, _NAMESPACE))
    return plain or text in known.texts or text in FONTS or _refers_to(known, text)


def _refers_to(known: Vocabulary, text: str) -> bool:
    """Return whether a text is nothing but a reference to a sheet that every workbook of ours may have."""
    match = _REFERENCE.fullmatch(text)
    return match is not None and match["sheet"].strip("'").replace("''", "'") in known.names


def _figure_in(found: Iterable[_Found], removed: Removed, known: Vocabulary) -> Leak | None:
    """The first figure that was left behind; only whole texts that may have been typed count."""
    figures = {s for s in removed.texts if len(s) >= _SHORTEST and NUMBER.fullmatch(s) and s not in known.texts}
    hit = next((one for one in found if one.typed and one.text in figures), None)
    return Leak(hit.text, removed.texts[hit.text], hit.place, hit.in_cell) if hit else None


def _inside(found: list[_Found], secrets: Iterable[str], removed: Removed) -> Leak | None:
    """A text that was left behind, alone or in the middle of another one."""
    alone, whole = {one.text: one for one in reversed(found)}, "\n".join(one.text for one in found)
    for text in secrets:
        if len(text) < _SHORTEST or NUMBER.fullmatch(text):
            continue
        one = alone.get(text)
        if one is None and len(text) >= _SHORTEST_INSIDE and text in whole:
            one = next((one for one in found if text in one.text), None)
        if one is not None:
            return Leak(text, removed.texts[text], one.place, one.in_cell)
    return None


def _person_in(found: list[_Found], people: Iterable[str], removed: Removed) -> Leak | None:
    """A person's name, alone or beside other words, even a short one or one that the example of a template has."""
    for person in sorted(people):
        shortest = _SHORTEST_KOREAN_NAME if person >= _FIRST_KOREAN else _SHORTEST_NAME
        one = next((one for one in found if _names(one.text, person)), None)
        if one is not None and len(person) >= shortest:
            return Leak(person, removed.texts.get(person, ""), one.place, one.in_cell)
    return None


def _names(text: str, secret: str) -> bool:
    """Return whether a text has another one in it as words of its own: ``Ann`` is not in ``Annual``.

    Korean words take their endings directly, so only Latin letters and digits make a word longer.
    """
    start = r"(?<![0-9A-Za-z])" if secret[0].isascii() and secret[0].isalnum() else ""
    end = r"(?![0-9A-Za-z])" if secret[-1].isascii() and secret[-1].isalnum() else ""
    return re.search(start + re.escape(secret) + end, text) is not None
