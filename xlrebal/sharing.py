"""Share: a copy of a workbook with targets, rules and design, and nothing that says what anybody owns."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal import templates
from xlrebal.errors import FileError, UsageError
from xlrebal.tables.grid import Changeset
from xlrebal.tables.sharing import own_words, shareable, sheet_names, wanted_for_sharing
from xlrebal.workbook.claims import private_text_left
from xlrebal.workbook.headless import HeadlessWorkbook
from xlrebal.workbook.ooxml.book import Book
from xlrebal.workbook.ooxml.share import Sharer
from xlrebal.workbook.ooxml.share_proof import find_leak
from xlrebal.workbook.ooxml.share_scope import Selection, Vocabulary, learn

if TYPE_CHECKING:
    from collections.abc import Mapping


def share(file: Path, output: Path) -> Mapping[str, int]:
    """Write a copy without private figures; return what was left behind, by kind.

    The copy is searched for everything that was left behind before it gets its name.

    Raises:
        UsageError: When the two names have different endings.
        FileError: When a file cannot be read or written, the output is there already, or something would remain.

    """
    if file.suffix.lower() != output.suffix.lower():
        raise UsageError(f"{output.name} must end in {file.suffix}, as {file.name} does")
    if output.exists():
        raise FileError(f"{output} is there already; choose another name")
    with closing(HeadlessWorkbook(file)) as reader:
        found = shareable(reader.read(wanted_for_sharing()))
    selection = Selection(
        {sheet: frozenset(cells) for sheet, cells in found.cells.items()},
        {sheet: tuple(ranges) for sheet, ranges in found.closed.items()},
        found.tables,
        frozenset(found.texts),
        frozenset(found.words),
        frozenset(found.people),
    )
    book = Book(file)
    with closing(book.package), tempfile.TemporaryDirectory(dir=output.parent) as folder:
        vocabulary = _vocabulary()
        sharer = Sharer(book, vocabulary, selection)
        draft = Path(folder) / output.name
        sharer.write(draft)
        _prove(draft, sharer, vocabulary, selection)
        # Formulas of ours get the values of the copy.
        HeadlessWorkbook(draft).apply(Changeset())
        if file.suffix.lower() == ".xlsm":
            _renew_macros(draft)
        draft.replace(output)
    return sharer.removed.counts


@functools.cache
def _vocabulary() -> Vocabulary:
    """What the shipped templates hold; they are read once, for they take most of the time of a copy."""
    known = Vocabulary(texts=set(own_words()), names=set(sheet_names()))
    for path in templates.files():
        book = Book(path)
        with closing(book.package):
            learn(book, known)
    return known


def _prove(draft: Path, sharer: Sharer, vocabulary: Vocabulary, selection: Selection) -> None:
    """Nothing that was left behind stands anywhere in the copy."""
    leak = find_leak(draft, sharer.sheets, sharer.kept, vocabulary, selection, sharer.removed)
    if leak is not None:
        raise private_text_left(leak.text, leak.source, leak.place)


def _renew_macros(path: Path) -> None:
    """The macros of the copy are xlrebal's own, whatever stood in the original."""
    from xlrebal.macros.workbook_macros import macro_project  # macro workbooks only
    from xlrebal.workbook.macro_book import put_project

    with contextlib.suppress(ModuleNotFoundError):
        put_project(path, macro_project)
        return
    raise FileError("a copy with buttons needs the package xlwings; share a copy that is saved as .xlsx instead")
