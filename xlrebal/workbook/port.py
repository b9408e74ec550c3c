"""The port every host of a workbook implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlrebal.workbook.cells import Changeset, RawGrid


class WorkbookPort(Protocol):
    """A workbook that can be read as tables and changed as a whole.

    Every method raises ``FileError`` when the file cannot be read or written.
    """

    def read(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
        """Return the block of cells behind each wanted table that exists.

        Args:
            wanted: For each key the names under which it may be found, best first. An Excel table of
                one of the names wins over a sheet of one of the names; names match without case.

        """

    def apply(self, changes: Changeset) -> None:
        """Write all result tables, or nothing at all."""

    def fingerprint(self) -> str:
        """Return a text that changes whenever the workbook's content changes."""
