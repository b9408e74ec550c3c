"""A workbook as the command line opens it: it knows the language that its settings name, and logs what is done."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from xlrebal.cli.log import log, timed
from xlrebal.errors import FileError
from xlrebal.language import LANGUAGES
from xlrebal.tables.contract.schema import SETTINGS
from xlrebal.tables.contract.settings import read_settings
from xlrebal.tables.read.records import read_records
from xlrebal.workbook.headless import HeadlessWorkbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xlrebal.workbook.cells import Changeset, RawGrid


class OpenedWorkbook(HeadlessWorkbook):
    """A workbook file.

    Attributes:
        language: The language that its settings name; empty before they are read, and where they name none.

    """

    def __init__(self, path: Path, output: Path | None = None) -> None:
        log(__name__, "opening %s", path)
        super().__init__(path, output)
        self._name = str(output or path)
        self.language = ""

    def read(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
        """Return the wanted tables that exist; see the port."""
        with timed(__name__, "reading"):
            grids = super().read({SETTINGS.key: SETTINGS.names} | dict(wanted))
        log(__name__, "tables: %s", ", ".join(f"{key} ({len(grid.rows)} rows)" for key, grid in grids.items()))
        self.language = _named_in(grids.get(SETTINGS.key))
        return {key: grid for key, grid in grids.items() if key in wanted}

    def apply(self, changes: Changeset) -> None:
        """Write all changes in one step; see the port."""
        with timed(__name__, f"writing {self._name}"):
            super().apply(changes)


def language_of(path: Path) -> str:
    """Return the language that a workbook's settings name; empty where it names none or cannot be read."""
    try:
        with closing(OpenedWorkbook(path)) as book:
            book.read({})
            return book.language
    except FileError:
        return ""


def _named_in(settings: RawGrid | None) -> str:
    """The language that a table of settings names; empty where it names none, or leaves it to the workbook."""
    if settings is None:
        return ""
    found = read_settings(read_records(settings, SETTINGS, []).records, []).values.get("language")
    return str(found) if found in LANGUAGES else ""
