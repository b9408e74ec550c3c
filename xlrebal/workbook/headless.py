"""The headless host: openpyxl reads, our own lossless writer writes. No spreadsheet program is needed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xlrebal.workbook.ooxml import guards
from xlrebal.workbook.ooxml.book import Book
from xlrebal.workbook.ooxml.results import ResultWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xlrebal.workbook.cells import Changeset, RawGrid


class HeadlessWorkbook:
    """A workbook file that no other program has open.

    Args:
        path: The workbook.
        output: Where to write the changed workbook; None changes it in place.

    """

    def __init__(self, path: Path, output: Path | None = None) -> None:
        self._path, self._output = path, output or path
        self._book = Book(path)

    def read(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
        """Return the wanted tables that exist; see the port."""
        from xlrebal.workbook.reader import read_grids  # brings openpyxl

        return read_grids(self._book, wanted)

    def apply(self, changes: Changeset) -> None:
        """Write all result tables in one step. Raises ``FileError`` and writes nothing when one cannot be written."""
        guards.check_writable(self._output)
        writer = ResultWriter(self._book, changes)
        writer.write()
        if writer.changed or os.path.realpath(self._output) != os.path.realpath(self._path):
            self._book.package.save(self._output)
        self._book.package.close()

    def close(self) -> None:
        """Close the file."""
        self._book.package.close()

    def fingerprint(self) -> str:
        """Return the hash of the file's content."""
        import hashlib  # seldom asked for

        return hashlib.sha256(self._path.read_bytes()).hexdigest()
