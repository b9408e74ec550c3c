"""Result tables in a live workbook: replaced in place where they are, on a new sheet where they are not.

A table that is there has its number formats already: one for each column, the same for every run. So values are
written in one call, and read back in another one: text that Excel has made a number of, and dates that it has
not taken for dates, get the format of their column and are written again. An engine that only queues shows nothing of
what it will write; there a format is set beforehand wherever a value might change.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Message
from xlrebal.errors import FileError
from xlrebal.workbook.cells import Cell, address
from xlrebal.workbook.coercion import is_formula_like, is_text_cell, may_change
from xlrebal.workbook.formats_there import formats_of
from xlrebal.workbook.live_book import block, fewest_runs, runs
from xlrebal.workbook.live_inputs import InputWriter
from xlrebal.workbook.preflight import check_ours, free_sheet_name, in_the_way, name_in_the_way
from xlrebal.workbook.undo import Undo
from xlrebal.workbook.values import has_part, kind_of, same, same_row, stored_rows, taken, values_of
from xlrebal.workbook.wrapping import lines

if TYPE_CHECKING:
    from xlrebal.workbook.cells import Changeset, TableWrite
    from xlrebal.workbook.live_book import LiveBook, LiveTable
    from xlrebal.workbook.values import Values

_HEADER_FILL, _HEADER_INK = "#1F3864", "#FFFFFF"
_EACH_ROW, _TEXT, _GENERAL = "", "@", "General"
_BLANK = Cell(None)


class LiveWriter:
    """Writes a changeset; ``undo`` puts back what was written so far.

    Args:
        book: The open workbook.
        changes: What is to be written.

    """

    def __init__(self, book: LiveBook, changes: Changeset) -> None:
        self._book, self._changes = book, changes
        self._undo = Undo(book)
        self._inputs = InputWriter(book, changes, self._undo)

    def check(self) -> None:
        """Raise ``FileError`` before anything is written when something cannot take what is to be written."""
        for write in self._changes.tables:
            table = self._book.tables.get(write.table.casefold())
            if table is None:
                if self._book.has_name(write.table):
                    raise name_in_the_way(write.table)
                continue
            headers = [str(header or "") for header in table.values[0]]
            check_ours(table.name, table.sheet_name, headers, write, table.bounds[:2], totals=table.totals)
            self._check_free_below(table, len(write.rows))
        self._inputs.check()

    def write(self) -> None:
        """Write every table, then every change of an input."""
        for write in self._changes.tables:
            table = self._book.tables.get(write.table.casefold())
            if table is None:
                self._create(write)
            else:
                _Replacement(self._book, self._changes, self._undo, table, write).carry_out()
        self._inputs.write()

    def undo(self) -> None:
        """Put back what was there before."""
        self._undo.all()

    def _check_free_below(self, table: LiveTable, new: int) -> None:
        """Raise ``FileError`` where cells of the user's or another table are in the place of new rows."""
        top, left, bottom, right = table.bounds
        count = top + new - bottom
        if count <= 0:
            return
        found = taken(table.rows_below(count))
        for other in self._book.tables.values():
            if other.sheet_name == table.sheet_name and other is not table:
                a, b, _, d = other.bounds
                if bottom < a <= top + new and b <= right and d >= left:
                    found.append((a - bottom - 1, max(b, left) - left))
        if found:
            row, column = min(found)
            raise in_the_way(address(table.sheet_name, bottom + 1 + row, left + column), table.name, top + new)

    def _create(self, write: TableWrite) -> None:
        names = {name.strip().casefold(): name for name in self._book.sheets}
        own = names.get(write.sheet.casefold())
        sheet = self._empty(own) if own else None
        if sheet is None:
            name = free_sheet_name(write.sheet, names.values())
            sheet = self._book.book.sheets.add(name, after=self._book.book.sheets[-1])
            self._book.sheets[name] = sheet
            self._undo.add(sheet.delete)
        else:
            self._undo.add(sheet.clear)
        bottom, right = len(write.rows) + 1, len(write.columns)
        header = block(sheet, 1, 1, 1, right)
        header.value = [column.header for column in write.columns]
        for number, column in enumerate(write.columns, 1):
            body = block(sheet, 2, number, bottom, number)
            shown = {row: cells[number - 1].number_format for row, cells in enumerate(write.rows, 2)}
            if column.number_format not in (_EACH_ROW, _GENERAL):
                body.number_format = column.number_format
                shown = {row: text for row, text in shown.items() if text != column.number_format}
            for first, last, text in runs({row: text for row, text in shown.items() if text != _GENERAL}):
                block(sheet, first, number, last, number).number_format = text
            body.column_width = self._book.width(column.width)
            if column.wrap:
                body.wrap_text = True
        body = block(sheet, 2, 1, bottom, right)
        body.value = stored_rows(write.rows)
        if any(column.wrap for column in write.columns):
            body.rows.autofit()
        made = sheet.tables.add(source=block(sheet, 1, 1, bottom, right), name=write.table)
        # The stripes of Excel's table style would cover our colours.
        made.show_table_style_row_stripes = False
        header.color, header.font.color, header.font.bold = _HEADER_FILL, _HEADER_INK, True

    def _empty(self, name: str) -> Any | None:
        """The sheet of this name if it is empty; one with contents is the user's and is not used."""
        sheet = self._book.sheets[name]
        if any(table.sheet_name == name for table in self._book.tables.values()):
            return None
        return None if taken(values_of(sheet.used_range)) else sheet


class _Replacement:
    """New rows for a result table that is there."""

    def __init__(self, book: LiveBook, changes: Changeset, undo: Undo, table: LiveTable, write: TableWrite) -> None:
        self._book, self._changes, self._undo, self._table, self._write = book, changes, undo, table, write
        self._width = len(write.columns)
        self._old = [row[: self._width] for row in table.values[1:]]
        self._new = stored_rows(write.rows)

    def carry_out(self) -> None:
        """Write the rows, unless they are there already."""
        old, new = self._old, self._new
        if len(old) == len(new) and all(map(same_row, old, new)):
            return
        self._remember()
        if len(new) > len(old):
            self._rows(len(old), len(old)).copy(self._rows(len(old) + 1, len(new)))
        for column in range(self._width):
            self._set_formats(column)
        self._put()
        if len(new) != len(old):
            self._table.resize(len(new))
        if not self._book.is_remote and self._may_have_changed():
            self._check_written()
        if self._wrapped_text_changed():
            self._rows(1, len(new)).rows.autofit()

    def _rows(self, first: int, last: int) -> Any:
        return self._table.rows(first, last, self._width)

    def _put(self) -> None:
        """Write the values in one call, and blanks into rows that are left over."""
        spare = max(len(self._old) - len(self._new), 0)
        blank: Values = [[None] * self._width for _ in range(spare)]
        self._rows(1, len(self._new) + spare).value = [*self._new, *blank]

    def _remember(self) -> None:
        old, new = self._old, self._new

        def restore() -> None:
            if len(new) > len(old):
                self._rows(len(old) + 1, len(new)).clear_contents()
            self._rows(1, len(old)).value = old
            self._table.resize(len(old))

        self._undo.add(restore)

    def _set_formats(self, column: int) -> None:
        """Set the number formats without which a value would be changed, hidden or shown as something else."""
        shown = self._write.columns[column].number_format
        if shown == _EACH_ROW:
            wanted = self._formats_of_moved_rows(column)
        elif self._book.is_remote:
            wanted = self._formats_beforehand(column)
        else:
            new = enumerate(row[column] for row in self._new)
            wanted = {r: _TEXT for r, v in new if is_formula_like(v) and not is_text_cell(self._there(r, column))}
        wanted |= self._formats_of_parts(column) if shown == _GENERAL else {}
        if shown == _TEXT and wanted:
            wanted = dict.fromkeys(range(len(self._new)), _TEXT)
        for first, last, text in fewest_runs(wanted, len(self._new)):
            self._format(column, first, last, text)

    def _format(self, column: int, first: int, last: int, shown: str) -> None:
        top, left, _, _ = self._table.bounds
        cells = block(self._table.sheet, top + 1 + first, left + column, top + 1 + last, left + column)
        if not self._book.is_remote:
            self._undo.formats(self._table.sheet_name, cells, min(last + 1, len(self._old)) - first)
        cells.number_format = shown

    def _formats_of_moved_rows(self, column: int) -> dict[int, str]:
        """A table of labels and values has a format in each row; it is there wherever label and kind are the same."""
        wanted: dict[int, str] = {}
        for row, (cells, new) in enumerate(zip(self._write.rows, self._new, strict=True)):
            cell, old = cells[column], self._old[row] if row < len(self._old) else None
            if new[0] is None:
                continue
            if old is None or old[0] != new[0] or kind_of(new[column]) not in ("", kind_of(old[column])):
                # A blank cell without a format of its own goes with the row above, so that fewer calls set them all.
                wanted[row] = wanted.get(row - 1, _TEXT) if cell == _BLANK else cell.number_format
        return wanted

    def _formats_beforehand(self, column: int) -> dict[int, str]:
        """Where the engine shows nothing of what it writes: cells in which text, date or number might not stay one."""
        wanted = {}
        for row, (cells, new) in enumerate(zip(self._write.rows, self._new, strict=True)):
            value, there = new[column], self._there(row, column)
            if value is None or (row < len(self._old) and same(there, value)):
                continue
            if may_change(value) or (isinstance(there, str) and not isinstance(value, str)):
                wanted[row] = cells[column].number_format
        return wanted

    def _formats_of_parts(self, column: int) -> dict[int, str]:
        """Parts of a unit, in cells that an earlier version of xlrebal may have formatted for whole ones."""
        rows = [r for r, new in enumerate(self._new) if has_part(new[column]) and not has_part(self._there(r, column))]
        if not rows:
            return {}
        if self._book.is_remote:
            return dict.fromkeys(rows, _GENERAL)
        top, left, _, _ = self._table.bounds
        cells = block(self._table.sheet, top + 1, left + column, top + len(self._new), left + column)
        shown = formats_of(self._book, self._table.sheet_name, cells, len(self._new))
        return {r: _GENERAL for r in rows if shown[r] != _GENERAL and shown[r] in self._changes.own_formats}

    def _there(self, row: int, column: int) -> Any:
        """The value that a cell has now; a new row looks like the last old one."""
        return self._old[min(row, len(self._old) - 1)][column]

    def _may_have_changed(self) -> bool:
        """Whether Excel might have made something else of a value."""
        return any(
            _is_doubtful(value, self._there(row, column))
            and not (row < len(self._old) and same(self._there(row, column), value))
            for row, cells in enumerate(self._new)
            for column, value in enumerate(cells)
        )

    def _check_written(self) -> None:
        """Read back; set the formats of changed cells and write again. Raises ``FileError`` when that does not help."""
        for again in (True, False):
            found = values_of(self._rows(1, len(self._new)))
            wrong: dict[int, dict[int, str]] = {}
            for row, (cells, new, got) in enumerate(zip(self._write.rows, self._new, found, strict=True)):
                for column, value in enumerate(new):
                    if value is not None and kind_of(got[column]) != kind_of(value):
                        wrong.setdefault(column, {})[row] = cells[column].number_format
            if not wrong:
                return
            if not again:
                row, column = min((row, column) for column, rows in wrong.items() for row in rows)
                top, left, _, _ = self._table.bounds
                place = address(self._table.sheet_name, top + 1 + row, left + column)
                raise FileError(Message("file.value_not_kept", cell=place, sheet=self._table.sheet_name))
            for column, rows in wrong.items():
                whole = self._write.columns[column].number_format
                wanted = dict.fromkeys(range(len(self._new)), whole) if set(rows.values()) == {whole} else rows
                for first, last, shown in runs(wanted):
                    self._format(column, first, last, shown)
            self._put()

    def _wrapped_text_changed(self) -> bool:
        """Whether a row may need another height than it has."""
        for number, column in enumerate(self._write.columns):
            if column.wrap:
                old, new = ([row[number] for row in rows] for rows in (self._old, self._new))
                if old != new and any(_is_wrapped(value, column.width) for value in (*old, *new)):
                    return True
        return False


def _is_wrapped(value: Any, width: float) -> bool:
    return isinstance(value, str) and lines(value, width) > 1


def _is_doubtful(value: Any, there: Any) -> bool:
    """Whether a cell may not keep a value; ``there`` is its old value, or that of the row whose look it gets."""
    if isinstance(value, dt.datetime):
        return not isinstance(there, dt.datetime)
    if isinstance(value, str):
        return may_change(value) and not is_text_cell(there)
    return isinstance(value, float) and isinstance(there, (str, dt.datetime))
