"""A workbook in memory, for tests of everything above the port."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from xlrebal.workbook.cells import RawCell, RawGrid, widened, with_edits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlrebal.workbook.cells import Changeset, TableWrite, Widening


class MemoryWorkbook:
    """Blocks of cells by name; written tables can be read back."""

    def __init__(self, grids: Mapping[str, RawGrid]) -> None:
        self._grids = {name.casefold(): grid for name, grid in grids.items()}
        self.applied: list[Changeset] = []

    def read(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
        """Return the wanted blocks that exist."""
        found = {
            key: [self._grids[n.casefold()] for n in names if n.casefold() in self._grids]
            for key, names in wanted.items()
        }
        return {key: grids[0] for key, grids in found.items() if grids}

    def apply(self, changes: Changeset) -> None:
        """Keep the changeset, and its tables as blocks."""
        self.applied.append(changes)
        for write in changes.tables:
            self._grids[write.table.casefold()] = _as_grid(write)
        for one in changes.widenings:
            self._widen(one)
        edited = with_edits(self._grids, changes.edits, changes.resizes)
        self._grids.update(edited)

    def _widen(self, change: Widening) -> None:
        for name, grid in self._grids.items():
            here = (grid.sheet, grid.left, grid.is_table) == (change.sheet, change.left, change.is_table)
            if here and (grid.top == change.row or not grid.is_table):
                wide = grid
                for column, header in enumerate(change.headers, change.column):
                    wide = widened(wide, change.row, column, header)
                self._grids[name] = wide

    def fingerprint(self) -> str:
        """Return the hash of all blocks."""
        return hashlib.sha256(repr(sorted(self._grids.items())).encode()).hexdigest()


def _as_grid(write: TableWrite) -> RawGrid:
    header = tuple(RawCell(column.header) for column in write.columns)
    rows = tuple(tuple(RawCell(cell.value, cell.number_format) for cell in row) for row in write.rows)
    return RawGrid(write.sheet, 1, 1, (header, *rows), is_table=True)
