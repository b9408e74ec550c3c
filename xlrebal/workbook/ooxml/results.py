"""Write result tables into a workbook: in place where they are, on a new sheet where they are not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from xlrebal.workbook.cells import Cell, Formula, address
from xlrebal.workbook.ooxml import chart
from xlrebal.workbook.ooxml.new_chart import add_chart
from xlrebal.workbook.ooxml.new_sheet import body_look, header_look, new_sheet
from xlrebal.workbook.ooxml.own_formulas import show_values
from xlrebal.workbook.ooxml.styles import Styles
from xlrebal.workbook.ooxml.table import TablePart, new_table
from xlrebal.workbook.preflight import (
    check_no_totals_row,
    check_ours,
    formula_in_the_way,
    free_sheet_name,
    in_the_way,
    in_the_way_of_columns,
    name_in_the_way,
    no_table,
)
from xlrebal.workbook.wrapping import lines

if TYPE_CHECKING:
    from xlrebal.workbook.cells import CellEdit, Changeset, TableResize, TableWrite, Widening
    from xlrebal.workbook.ooxml.book import Book, SheetEntry
    from xlrebal.workbook.ooxml.sheet import Sheet


_HEADER_LINES = 2


def _lines(write: TableWrite, cells: tuple[Cell, ...]) -> int:
    """How many lines the longest wrapped text of a row takes."""
    wrapped = [(c.value, column.width) for c, column in zip(cells, write.columns, strict=True) if column.wrap]
    return max((lines(text, width) for text, width in wrapped if isinstance(text, str)), default=1)


class ResultWriter:
    """Writes a changeset into an open workbook; ``changed`` is True once anything has changed."""

    def __init__(self, book: Book, changes: Changeset) -> None:
        self._book, self._changes = book, changes
        self._styles = Styles(book.package, book.styles_part(), book.dialect)
        self._sheets: dict[str, Sheet] = {}
        self._moves: list[chart.Move] = []
        self.changed = False

    def write(self) -> None:
        """Write every table. Raises ``FileError`` before anything is saved when one cannot be written."""
        for write in self._changes.tables:
            table = self._find(write.table)
            if table is None:
                self._create(write)
            else:
                self._replace(table, write)
        for widening in self._changes.widenings:
            self._widen(widening)
        for resize in self._changes.resizes:
            self._grow(resize)
        for edit in self._changes.edits:
            self._edit(edit)
        show_values(self._book, lambda name: self._sheet(self._book.entry(name)))
        self._flush()

    def _grow(self, resize: TableResize) -> None:
        """Add rows to an input table; they look like its last one."""
        here = (resize.sheet, resize.top, resize.left)
        table = next((t for t in self._book.tables() if (t.sheet, *t.bounds[:2]) == here), None)
        if table is None:
            raise no_table(resize.sheet)
        sheet = self._sheet(self._book.entry(table.sheet))
        _, left, old, right = table.bounds
        if resize.bottom <= old - table.totals:
            return
        check_no_totals_row(table.name, table.sheet, totals=bool(table.totals))
        self._check_free_below(table, sheet, resize.bottom)
        for row in range(old + 1, resize.bottom + 1):
            for column in range(left, right + 1):
                if (style := sheet.style(old, column)) is not None:
                    sheet.set(row, column, None, style)
        if table.resize(resize.bottom):
            self._book.package.put(table.part, table.root)
            self.changed = True

    def _widen(self, widening: Widening) -> None:
        """Add columns to an input; they look like its last one."""
        sheet = self._sheet(self._book.entry(widening.sheet))
        last = widening.column + len(widening.headers) - 1
        table = None
        if widening.is_table:
            here = (widening.sheet, widening.row, widening.left)
            table = next((t for t in self._book.tables() if (t.sheet, *t.bounds[:2]) == here), None)
            if table is None or table.bounds[3] != widening.column - 1:
                raise no_table(widening.sheet)
        bottom = max(widening.bottom, table.bounds[2] if table else 0)
        self._check_beside(widening, sheet, bottom, last)
        look = sheet.style(widening.row, widening.like)
        for column, header in enumerate(widening.headers, widening.column):
            sheet.set(widening.row, column, Cell(header), look)
            sheet.widen_column(column, widening.width)
            for row in range(widening.row + 1, bottom + 1):
                if (own := sheet.style(row, widening.like)) is not None:
                    sheet.set(row, column, None, self._styles.with_number_format(own, "General"))
        sheet.widen_dimension(widening.row, widening.column, bottom, last)
        if table is not None:
            table.widen(widening.headers)
            self._book.package.put(table.part, table.root)
            self.changed = True

    def _check_beside(self, widening: Widening, sheet: Sheet, bottom: int, last: int) -> None:
        """Raise ``FileError`` where the user's cells, merged cells or another table are in the place of new columns."""
        top, left = widening.row, widening.column
        taken = [(r, c) for r, c in sheet.filled_cells() if top <= r <= bottom and left <= c <= last]
        blocks = [*sheet.merged(), *(t.bounds for t in self._book.tables() if t.sheet == widening.sheet)]
        taken += [(a, b) for a, b, c, d in blocks if a <= bottom and c >= top and b <= last and d >= left]
        if taken:
            raise in_the_way_of_columns(address(widening.sheet, *min(taken)), widening.headers)

    def _edit(self, edit: CellEdit) -> None:
        """Set a cell of an input; a formula of the user's is never lost."""
        sheet = self._sheet(self._book.entry(edit.sheet))
        if sheet.has_formula(edit.row, edit.column):
            if edit.formula is Formula.REFUSE:
                raise formula_in_the_way(edit.place)
            if edit.formula is Formula.UPDATE_CACHED_VALUE:
                sheet.show(edit.row, edit.column, edit.cell)
            return
        style = self._style(sheet, edit.row, edit.column, edit.row - 1, edit.cell)
        sheet.set(edit.row, edit.column, edit.cell, style)
        sheet.widen_dimension(edit.row, edit.column, edit.row, edit.column)

    def _find(self, name: str) -> TablePart | None:
        return next((t for t in self._book.tables() if t.name.casefold() == name.casefold()), None)

    def _sheet(self, entry: SheetEntry) -> Sheet:
        if entry.part not in self._sheets:
            self._sheets[entry.part] = self._book.open_sheet(entry)
        return self._sheets[entry.part]

    def _create(self, write: TableWrite) -> None:
        if write.table.casefold() in self._book.defined_names():
            raise name_in_the_way(write.table)
        entry = self._empty_sheet(write.sheet) or self._new_sheet(write)
        sheet = self._sheet(entry)
        headers = [column.header for column in write.columns]
        for number, header in enumerate(headers, 1):
            sheet.set(1, number, Cell(header), self._styles.look(header_look()))
        sheet.fit_lines(1, _HEADER_LINES)
        for row, cells in enumerate(write.rows, 2):
            for number, (cell, column) in enumerate(zip(cells, write.columns, strict=True), 1):
                sheet.set(row, number, cell, self._styles.look(body_look(column), cell.number_format))
            sheet.fit_lines(row, _lines(write, cells))
        make = partial(new_table, self._book.dialect, name=write.table, headers=headers, rows=len(write.rows))
        self._book.add_table(entry, sheet, make)
        sheet.widen_dimension(1, 1, len(write.rows) + 1, len(headers))
        if write.chart is not None:
            add_chart(self._book, entry, sheet, write, write.chart)

    def _empty_sheet(self, name: str) -> SheetEntry | None:
        """The sheet of this name if it is empty; one with contents is the user's and is not used."""
        for entry in self._book.sheets():
            if entry.name.strip().casefold() == name.casefold() and entry.kind == "worksheet":
                sheet = self._sheet(entry)
                on_it = any(table.sheet == entry.name for table in self._book.tables())
                if not on_it and not sheet.merged() and next(sheet.filled_cells(), None) is None:
                    return entry
        return None

    def _new_sheet(self, write: TableWrite) -> SheetEntry:
        name = free_sheet_name(write.sheet, (entry.name for entry in self._book.sheets()))
        return self._book.add_sheet(name, new_sheet(self._book.dialect, write, self._styles))

    def _replace(self, table: TablePart, write: TableWrite) -> None:
        headers = table.headers if table.has_header else []
        check_ours(table.name, table.sheet, headers, write, table.bounds[:2], totals=bool(table.totals))
        sheet = self._sheet(self._book.entry(table.sheet))
        top, left, old, right = table.bounds
        new = top + len(write.rows)
        self._check_free_below(table, sheet, new)
        for row, cells in enumerate(write.rows, top + 1):
            for number, cell in enumerate(cells, left):
                sheet.set(row, number, cell, self._style(sheet, row, number, min(old, row), cell))
            sheet.fit_lines(row, _lines(write, cells))
        for row in range(new + 1, old + 1):
            for number in range(left, left + len(write.columns)):
                sheet.set(row, number, None, None)
        sheet.widen_dimension(top, left, max(new, old), right)
        if table.resize(new):
            self._book.package.put(table.part, table.root)
            self._moves.append(chart.Move(table.sheet, top + 1, old, new))
            self.changed = True

    def _style(self, sheet: Sheet, row: int, column: int, model: int, cell: Cell) -> int | None:
        """Keep a cell's own look; new rows take that of the last old one.

        The number format is the value's, unless the user chose one.
        """
        own = sheet.style(row, column)
        base = own if own is not None else sheet.style(model, column) or 0
        shown = self._styles.number_format(base)
        says_nothing = cell.value is None and cell.number_format == "General"
        if says_nothing or shown == cell.number_format:
            return base if own is None else None
        if shown != "General" and shown not in self._changes.own_formats:
            return base if own is None else None
        return self._styles.with_number_format(base, cell.number_format)

    def _check_free_below(self, table: TablePart, sheet: Sheet, new: int) -> None:
        """Raise ``FileError`` where cells of the user's, merged cells or another table are in the place of new rows."""
        _, left, old, right = table.bounds
        if new <= old:
            return
        taken = [(r, c) for r, c in sheet.filled_cells() if old < r <= new and left <= c <= right]
        blocks = [
            *sheet.merged(),
            *(t.bounds for t in self._book.tables() if t.sheet == table.sheet and t.name != table.name),
        ]
        taken += [(a, b) for a, b, c, d in blocks if a <= new and c > old and b <= right and d >= left]
        if taken:
            place = address(table.sheet, *min(taken))
            raise in_the_way(place, table.name, new)

    def _flush(self) -> None:
        for part, sheet in self._sheets.items():
            if sheet.dirty:
                self._book.package.put(part, sheet.root)
                self.changed = True
        if not self.changed:
            return
        if any(sheet.formulas_changed for sheet in self._sheets.values()):
            self._book.drop_calculation_chain()
        self._styles.flush()
        chart.follow(self._book.package, self._moves)
        self._book.recalculate_on_load()
        self._book.flush()
