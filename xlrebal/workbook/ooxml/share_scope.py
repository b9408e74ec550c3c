"""What may be shared: what shipped templates hold and what a caller names; and a list of what may not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.domain.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlrebal.workbook.ooxml.book import Book

    # A cell's address, the name of a part, or a message that names a place without one.
    Place = Message | str

NUMBER = re.compile(r"-?[\d.,]+(E[-+]?\d+)?%?", re.IGNORECASE)
"""Figures: the same one may be in a private cell and in a rule, so only its place decides whether it is private."""

# Digits, signs and the letters of dates; in brackets a colour, a duration, or a currency's sign with its language.
_PLAIN_FORMAT = re.compile(
    r"(General|AM/PM|E[-+]|[#0?.,%/ _\-+;:@()$€₩£¥ymdhsYMDHS]"
    r"|\[(Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|[hms]+|\$[$€₩£¥]?(-[0-9A-Fa-f]{1,8})?)\])*"
)


@dataclass
class Vocabulary:
    """What shipped templates hold, and therefore not private.

    Attributes:
        texts: Texts and formulas of cells, rules and drawings.
        names: Names of sheets and of defined names.
        parts: Whole parts that may be taken over as they are.
        theme: The theme that takes the place of an unknown one.

    """

    texts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    parts: set[bytes] = field(default_factory=set)
    theme: bytes = b""


@dataclass(frozen=True)
class Selection:
    """What of a workbook may be kept besides the vocabulary.

    Attributes:
        cells: Row and column of cells by sheet.
        closed: By sheet, ranges (first row, first column, last row, last column) in which nothing else stays: a code
            that every template has is private in a table of holdings.
        tables: Names of tables that are ours, folded, with the sheet name to use where a sheet's own is not known.
        texts: Texts that the kept cells hold: rules, not secrets.
        words: Texts that are left behind and name no person; a rule may hold them as well.
        people: Names of persons, which not even a rule may hold.

    """

    cells: Mapping[str, frozenset[tuple[int, int]]]
    closed: Mapping[str, tuple[tuple[int, int, int, int], ...]]
    tables: Mapping[str, str]
    texts: frozenset[str]
    words: frozenset[str]
    people: frozenset[str]


@dataclass
class Removed:
    """What was left behind, for the check that none of it is in the result.

    Attributes:
        counts: How much, by what it was: the kind of the message that names it, such as ``share.cells``.
        texts: Every text, with the place where it was found first.

    """

    counts: dict[str, int] = field(default_factory=dict)
    texts: dict[str, Place] = field(default_factory=dict)

    def add(self, kind: str, texts: Iterable[str] = (), place: Place = "", count: int = 1) -> None:
        """Note something that is left behind."""
        self.counts[kind] = self.counts.get(kind, 0) + count
        self.note(texts, place or Message(kind))

    def note(self, texts: Iterable[str], place: Place) -> None:
        """Note texts that are left behind, without counting them."""
        for text in texts:
            if text and text.strip():
                self.texts.setdefault(text.strip(), place)


def learn(book: Book, vocabulary: Vocabulary) -> None:
    """Add what a shipped template holds to the vocabulary."""
    package = book.package
    for name in package.names():
        content = package.read(name)
        if name.endswith((".vml", ".bin")):
            vocabulary.parts.add(content)
        if "/theme/" in name:
            vocabulary.theme = vocabulary.theme or content
            vocabulary.parts.add(content)
        if name.endswith((".xml", ".rels")) and not name.startswith(("docProps", "[Content")):
            for element in package.xml(name).iter():
                if isinstance(element.tag, str):
                    vocabulary.texts |= {element.text or "", *(str(value) for value in element.attrib.values())}
    vocabulary.names |= {entry.name for entry in book.sheets()}
    vocabulary.names |= {str(e.get("name")) for e in book.root.iter(book.dialect.tag("definedName"))}


def is_plain(code: str, known: set[str]) -> bool:
    """Return whether a number format has no words of the user's."""
    return code in known or _PLAIN_FORMAT.fullmatch(code) is not None


def texts_of(content: bytes) -> set[str]:
    """Return every text and attribute of a part."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    except etree.XMLSyntaxError:
        return set()
    if root is None:
        return set()
    return {text for e in root.iter() for text in (e.text or "", *map(str, e.attrib.values())) if text.strip()}
