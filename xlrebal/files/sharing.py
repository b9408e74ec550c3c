"""Share: a copy of a workbook with targets, rules and design, without anything about its owner's possessions."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, UsageError
from xlrebal.files import templates
from xlrebal.tables.edit.sharing import own_words, shareable, sheet_names, wanted_for_sharing
from xlrebal.workbook.cells import Changeset
from xlrebal.workbook.headless import HeadlessWorkbook
from xlrebal.workbook.ooxml.book import Book
from xlrebal.workbook.ooxml.share import Sharer
from xlrebal.workbook.ooxml.share_proof import find_leak
from xlrebal.workbook.ooxml.share_scope import Selection, Vocabulary, learn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.workbook.ooxml.share_proof import Leak

# How much of a text a message shows.
_LONGEST_SHOWN = 60


def share(file: Path, output: Path) -> Mapping[str, int]:
    """Write a copy without private figures; return how much was left behind, by the kind of its message.

    The copy is searched for everything that was left behind before it gets its name.

    Raises:
        UsageError: When the two names have different endings.
        FileError: When a file cannot be read or written, the output is there already, or something would remain.

    """
    if file.suffix.lower() != output.suffix.lower():
        raise UsageError(Message("share.other_ending", copy=output.name, ending=file.suffix, file=file.name))
    if output.exists():
        raise FileError(Message("file.already_there", path=str(output)))
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
        _check_copy(draft, sharer, vocabulary, selection)
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


def _check_copy(draft: Path, sharer: Sharer, vocabulary: Vocabulary, selection: Selection) -> None:
    """Raise ``FileError`` when the copy holds anything that was left behind."""
    leak = find_leak(draft, sharer.sheets, sharer.kept, vocabulary, selection, sharer.removed)
    if leak is not None:
        raise _private_text_left(leak)


def _private_text_left(leak: Leak) -> FileError:
    shown = " ".join(leak.text.split())
    shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}..."
    # In a cell the user can change it; a text anywhere else came along with the design of the workbook.
    hint = Message("share.write_something_else" if leak.in_cell else "share.start_from_template")
    return FileError(Message("share.private_text_left", text=shown, source=leak.source, place=leak.place, hint=hint))


def _renew_macros(path: Path) -> None:
    """Give the copy xlrebal's own macros, whatever the original had."""
    from xlrebal.macros.workbook_macros import macro_project  # macro workbooks only
    from xlrebal.workbook.macro_book import put_project

    with contextlib.suppress(ModuleNotFoundError):
        put_project(path, macro_project)
        return
    raise FileError(Message("share.needs_xlwings"))
