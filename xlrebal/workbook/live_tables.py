"""Result tables in a live workbook: replaced in place where they are, on a new sheet where they are not."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlrebal.tables.grid import Formula, address
from xlrebal.workbook.claims import (
    check_ours,
    check_room_below,
    formula_in_the_way,
    free_sheet_name,
    in_the_way,
    in_the_way_of_columns,
    no_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xlrebal.tables.grid import Cell, CellEdit, Changeset, Growth, TableWrite, Widening

# A column whose formats differ is looked into by halves, but no further than this.
_MOST_LOOKS = 64
_HEADER_FILL, _HEADER_INK = "#1F3864", "#FFFFFF"


@dataclass(frozen=True)
class LiveTable:
    """An Excel table: its name, its sheet's name, its range without a totals row, and whether it has one."""

    name: str
    sheet: str
    range: Any
    totals: bool = False


def column_formats(cells: Any, *, deep: bool = True) -> list[str]:
    """Return the number format of each cell of a column, in as few calls as its formats allow.

    Without ``deep`` a column of several formats is not looked into and counts as General.
    """
    most = _MOST_LOOKS if deep else 1
    looks = itertools.count(1)

    def look(part: Any, count: int) -> list[str]:
        if next(looks) > most:
            return ["General"] * count
        shown = part.number_format
        if shown is not None or count == 1:
            return [shown or "General"] * count
        half = count // 2
        return look(part[:half, 0], half) + look(part[half:, 0], count - half)

    count = cells.shape[0]
    return look(cells, count) if count else []


class LiveWriter:
    """Writes a changeset; ``undo`` puts back what was written so far."""

    def __init__(self, book: Any, tables: Sequence[LiveTable], changes: Changeset) -> None:
        """Keep the open book, its tables as they are now, and what is to be written."""
        self._book, self._changes = book, changes
        self._tables = {table.name.casefold(): table for table in tables}
        self._undo: list[Callable[[], None]] = []

    def check(self) -> None:
        """Raise ``FileError`` before anything is written when a table cannot take its rows."""
        for write in self._changes.tables:
            table = self._tables.get(write.table.casefold())
            if table is not None:
                self._check_headers(table, write)
                self._check_room(table, len(write.rows), len(write.columns))
        for widening in self._changes.widenings:
            self._check_beside(widening)
        for growth in self._changes.growths:
            table = self._at(growth.sheet, growth.top, growth.left)
            self._check_room(table, growth.bottom - growth.top, table.range.shape[1])
        for edit in self._changes.edits:
            if edit.formula is Formula.REFUSE and _has_formula(self._cell(edit)):
                raise formula_in_the_way(edit.place)

    def write(self) -> None:
        """Write every table."""
        for write in self._changes.tables:
            table = self._tables.get(write.table.casefold())
            if table is None:
                self._create(write)
            else:
                self._replace(table, write)
        for widening in self._changes.widenings:
            self._widen(widening)
        for growth in self._changes.growths:
            self._grow(growth)
        for edit in self._changes.edits:
            self._edit(edit)

    def undo(self) -> None:
        """Put back what was there before."""
        for step in reversed(self._undo):
            step()

    @staticmethod
    def _check_headers(table: LiveTable, write: TableWrite) -> None:
        headers = table.range[0, : len(write.columns)].options(ndim=1).value
        check_ours(table.name, table.sheet, [str(header or "") for header in headers], write, totals=table.totals)

    def _at(self, sheet: str, top: int, left: int) -> LiveTable:
        here = (sheet, top, left)
        found = (t for t in self._tables.values() if (t.sheet, t.range.row, t.range.column) == here)
        table = next(found, None)
        if table is None:
            raise no_table(sheet)
        return table

    def _check_beside(self, widening: Widening) -> None:
        """New columns must not run over cells of the user's or another table."""
        bottom, last = widening.bottom, widening.column + len(widening.headers) - 1
        if widening.is_table:
            table = self._at(widening.sheet, widening.row, widening.left)
            bottom = max(bottom, table.range.row + table.range.shape[0] - 1 + table.totals)
        beside = self._book.sheets[widening.sheet].range((widening.row, widening.column), (bottom, last))
        rows = beside.options(ndim=2).value
        taken = [(r, c) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None]
        if taken:
            place = address(widening.sheet, widening.row + taken[0][0], widening.column + taken[0][1])
            raise in_the_way_of_columns(place, widening.headers)

    def _widen(self, widening: Widening) -> None:
        """Let an input take up more columns, whose headers look like its last one."""
        sheet, count = self._book.sheets[widening.sheet], len(widening.headers)
        first, last = (widening.row, widening.column), (widening.row, widening.column + count - 1)
        self._undo.append(sheet.range(first, last).clear)
        for column in range(widening.column, widening.column + count):
            cell = sheet.range((widening.row, column))
            sheet.range((widening.row, widening.like)).copy(cell)
            if (cell.column_width or 0) < widening.width:
                cell.column_width = widening.width
        sheet.range(first, last).value = list(widening.headers)
        if not widening.is_table:
            return
        table = self._at(widening.sheet, widening.row, widening.left)
        whole, rows = sheet.tables[table.name].range, table.range.shape[0]
        bottom = whole.row + whole.shape[0] - 1
        self._undo.append(lambda: sheet.tables[table.name].resize(whole))
        sheet.tables[table.name].resize(sheet.range((whole.row, whole.column), (bottom, last[1])))
        body = sheet.range((whole.row, whole.column), (whole.row + rows - 1, last[1]))
        self._tables[table.name.casefold()] = replace(table, range=body)

    def _grow(self, growth: Growth) -> None:
        """Let an input table take up more rows, which look like its last one."""
        table = self._at(growth.sheet, growth.top, growth.left)
        sheet, block = self._book.sheets[table.sheet], table.range
        old, new = block.shape[0] - 1, growth.bottom - growth.top
        if new <= old:
            return
        check_room_below(table.name, table.sheet, totals=table.totals)
        self._undo.append(lambda: sheet.tables[table.name].resize(block))
        added = self._rows(sheet, block, old + 1, new)
        self._undo.append(added.clear_contents)
        self._rows(sheet, block, old, old).copy(added)
        added.clear_contents()
        sheet.tables[table.name].resize(self._rows(sheet, block, 0, new))

    def _cell(self, edit: CellEdit) -> Any:
        return self._book.sheets[edit.sheet].range((edit.row, edit.column))

    def _edit(self, edit: CellEdit) -> None:
        """Set a cell of an input; a formula of the user's stays, the program works it out by itself."""
        cell = self._cell(edit)
        if _has_formula(cell):
            return
        value, shown = cell.value, cell.number_format

        def restore() -> None:
            cell.number_format, cell.value = shown, value

        self._undo.append(restore)
        wanted = self._shown([edit.cell], [shown])[0]
        if wanted != shown:
            cell.number_format = wanted
        cell.value = _stored(edit.cell)

    def _check_room(self, table: LiveTable, new: int, width: int) -> None:
        """A table that grows must not run over cells of the user's or another table."""
        block = table.range
        old = block.shape[0] - 1
        if new <= old:
            return
        top, left = block.row + old + 1, block.column
        below = self._book.sheets[table.sheet].range((top, left), (block.row + new, left + width - 1))
        rows = below.options(ndim=2).value
        taken = [(r, c) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None]
        if taken:
            place = address(table.sheet, top + taken[0][0], left + taken[0][1])
            raise in_the_way(place, table.name, block.row + new)

    def _replace(self, table: LiveTable, write: TableWrite) -> None:
        block = table.range
        old, new, width = block.shape[0] - 1, len(write.rows), len(write.columns)
        sheet = self._book.sheets[table.sheet]
        body = block[1:, :width]
        formats = [column_formats(body[:, number]) for number in range(width)]
        self._remember(sheet, table, body, formats, max(old, new))
        if new > old:
            self._rows(sheet, block, old, old).copy(self._rows(sheet, block, old + 1, new))
        target = self._rows(sheet, block, 1, new)[:, :width]
        for number in range(width):
            wanted = [row[number] for row in write.rows]
            self._set_formats(target[:, number], self._shown(wanted, formats[number]), formats[number])
        if new < old:
            self._rows(sheet, block, new + 1, old)[:, :width].clear_contents()
        if new != old:
            sheet.tables[table.name].resize(self._rows(sheet, block, 0, new))
        _put(target, write)

    @staticmethod
    def _rows(sheet: Any, block: Any, first: int, last: int) -> Any:
        """Rows of a table, counted from its header, 0."""
        right = block.column + block.shape[1] - 1
        return sheet.range((block.row + first, block.column), (block.row + last, right))

    def _remember(self, sheet: Any, table: LiveTable, body: Any, formats: list[list[str]], rows: int) -> None:
        block, name = table.range, table.name
        values = body.options(ndim=2, err_to_str=True).value

        def restore() -> None:
            self._rows(sheet, block, 1, rows).clear_contents()
            for number, column in enumerate(formats):
                self._set_formats(body[:, number], column, [""] * len(column))
            body.value = values
            sheet.tables[name].resize(block)

        self._undo.append(restore)

    def _shown(self, cells: list[Cell], formats: list[str]) -> list[str]:
        """The number format of each cell: the value's, unless the user chose one; new rows follow the last old one."""
        own = [formats[min(row, len(formats) - 1)] for row in range(len(cells))]
        return [
            shown
            if cell.value is None or (shown != "General" and shown not in self._changes.own_formats)
            else cell.number_format
            for cell, shown in zip(cells, own, strict=True)
        ]

    @staticmethod
    def _set_formats(column: Any, wanted: list[str], present: list[str]) -> None:
        """Set formats run by run, where they are not there yet."""
        start = 0
        if wanted == present[: len(wanted)]:
            return
        for shown, run in itertools.groupby(wanted):
            end = start + len(list(run))
            if any(there != shown for there in present[start:end]) or end > len(present):
                column[start:end, 0].number_format = shown
            start = end

    def _create(self, write: TableWrite) -> None:
        names = {name.strip().casefold(): name for name in self._book.sheet_names}
        own = names.get(write.sheet.casefold())
        sheet = self._empty(own) if own else None
        if sheet is None:
            sheet = self._book.sheets.add(free_sheet_name(write.sheet, names.values()), after=self._book.sheets[-1])
            self._undo.append(sheet.delete)
        else:
            self._undo.append(sheet.clear)
        whole = sheet.range((1, 1), (len(write.rows) + 1, len(write.columns)))
        body = whole[1:, :]
        header = whole[0, :]
        header.value = [column.header for column in write.columns]
        for number, column in enumerate(write.columns):
            self._set_formats(body[:, number], [row[number].number_format for row in write.rows], [])
            whole[:, number].column_width = column.width
            if column.wrap:
                body[:, number].wrap_text = True
        _put(body, write)
        sheet.tables.add(source=whole, name=write.table)
        header.color, header.font.color, header.font.bold = _HEADER_FILL, _HEADER_INK, True

    def _empty(self, name: str) -> Any | None:
        """A sheet of the name that holds nothing is ours to fill; one that holds something is the user's."""
        sheet = self._book.sheets[name]
        rows = sheet.used_range.options(ndim=2).value
        holds = any(value is not None for row in rows for value in row)
        return None if holds or len(sheet.tables) else sheet


def _has_formula(cell: Any) -> bool:
    return str(cell.formula or "").startswith("=")


def _put(body: Any, write: TableWrite) -> None:
    body.value = [[_stored(cell) for cell in row] for row in write.rows]
    if any(column.wrap for column in write.columns):
        body.rows.autofit()


def _stored(cell: Cell) -> Any:
    """Spreadsheet programs take floats and date-times."""
    value = cell.value
    if isinstance(value, bool):
        return value
    if isinstance(value, (Decimal, int)):
        return float(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001  # a spreadsheet's dates have no zone
    return value
