"""Changes of a live workbook's inputs: single cells, more rows, more columns. A formula is never overwritten."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from xlrebal.workbook.cells import CellEdit, Formula, address
from xlrebal.workbook.live_book import UNKNOWN, NeededError, block
from xlrebal.workbook.preflight import (
    check_no_totals_row,
    formula_in_the_way,
    formulas_unknown,
    in_the_way,
    in_the_way_of_columns,
    no_table,
)
from xlrebal.workbook.values import stored, taken, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xlrebal.workbook.cells import Changeset, TableResize, Widening
    from xlrebal.workbook.live_book import LiveBook, LiveTable, Need
    from xlrebal.workbook.undo import Undo


class InputWriter:
    """Writes what a changeset changes in the user's inputs.

    Args:
        book: The open workbook.
        changes: What is to be written.
        undo: Where the steps back are kept.

    """

    def __init__(self, book: LiveBook, changes: Changeset, undo: Undo) -> None:
        self._book, self._changes, self._undo = book, changes, undo
        self._formulas: set[tuple[str, int, int]] = set()
        self._formats: dict[tuple[str, int, int], str] = {}

    def check(self) -> None:
        """Raise ``FileError`` when a cell cannot be changed, or the cells for new rows and columns are not free."""
        for widening in self._changes.widenings:
            self._check_beside(widening)
        for resize in self._changes.resizes:
            table = self._at(resize.sheet, resize.top, resize.left)
            check_no_totals_row(table.name, table.sheet_name, totals=table.totals)
            self._check_free_below(table, resize)
        _all_at_once([partial(self._find_formulas, self._changes.edits), self._find_formats])
        for edit in self._changes.edits:
            if edit.formula is Formula.REFUSE and (edit.sheet, edit.row, edit.column) in self._formulas:
                raise formula_in_the_way(edit.place)

    def write(self) -> None:
        """Write every change."""
        for widening in self._changes.widenings:
            self._widen(widening)
        for resize in self._changes.resizes:
            self._grow(resize)
        if not self._book.is_remote:
            # A table that grows fills its calculated columns by itself.
            self._find_formulas(edit for edit in self._changes.edits if self._is_added(edit))
        for edit in self._changes.edits:
            self._edit(edit)

    def _at(self, sheet: str, top: int, left: int) -> LiveTable:
        here = (t for t in self._book.tables.values() if t.sheet_name == sheet and t.bounds[:2] == (top, left))
        table = next(here, None)
        if table is None:
            raise no_table(sheet)
        return table

    def _check_beside(self, widening: Widening) -> None:
        """Raise ``FileError`` where cells of the user's or another table are in the place of new columns."""
        bottom, last = widening.bottom, widening.column + len(widening.headers) - 1
        if widening.is_table:
            table = self._at(widening.sheet, widening.row, widening.left)
            bottom = max(bottom, table.bounds[2] + table.totals)
        beside = block(self._book.sheets[widening.sheet], widening.row, widening.column, bottom, last)
        found = taken(values_of(beside))
        if found:
            place = address(widening.sheet, widening.row + found[0][0], widening.column + found[0][1])
            raise in_the_way_of_columns(place, widening.headers)

    @staticmethod
    def _check_free_below(table: LiveTable, resize: TableResize) -> None:
        _, left, bottom, _ = table.bounds
        count = resize.bottom - bottom
        found = taken(table.rows_below(count)) if count > 0 else []
        if found:
            row, column = min(found)
            raise in_the_way(address(table.sheet_name, bottom + 1 + row, left + column), table.name, resize.bottom)

    def _find_formulas(self, wanted: Iterable[CellEdit]) -> None:
        """Look for formulas among the cells to be changed: one call for each sheet."""
        _all_at_once(partial(self._find_formulas_on, sheet, edits) for sheet, edits in _by_sheet(wanted).items())

    def _find_formulas_on(self, sheet: str, edits: list[CellEdit]) -> None:
        top, left = min(e.row for e in edits), min(e.column for e in edits)
        bottom, right = max(e.row for e in edits), max(e.column for e in edits)
        found = self._book.formulas(sheet, top, left, bottom, right)
        if found is None:
            raise formulas_unknown(edits[0].place)
        for edit in edits:
            if found[edit.row - top][edit.column - left].startswith("="):
                self._formulas.add((sheet, edit.row, edit.column))

    def _find_formats(self) -> None:
        """Look for the number formats of the cells to be changed, before anything is written."""
        places = [(edit.sheet, edit.row, edit.column) for edit in self._changes.edits]
        wanted = [edit for edit, place in zip(self._changes.edits, places, strict=True) if place not in self._formulas]
        _all_at_once(partial(self._find_format, edit) for edit in wanted)

    def _find_format(self, edit: CellEdit) -> None:
        row = self._model(edit)
        cell = block(self._book.sheets[edit.sheet], row, edit.column, row, edit.column)
        shown = self._book.number_format(edit.sheet, cell)
        self._formats[edit.sheet, edit.row, edit.column] = UNKNOWN if shown is None else shown

    def _model(self, edit: CellEdit) -> int:
        """The row whose look a cell has: its own, or that of the last old row where its table grows."""
        for resize in self._changes.resizes:
            _, left, bottom, right = self._at(resize.sheet, resize.top, resize.left).bounds
            if resize.sheet == edit.sheet and left <= edit.column <= right and bottom < edit.row <= resize.bottom:
                return bottom
        return edit.row

    def _is_added(self, edit: CellEdit) -> bool:
        return self._model(edit) != edit.row

    def _widen(self, widening: Widening) -> None:
        """Add columns to an input; their headers look like its last one."""
        sheet, count = self._book.sheets[widening.sheet], len(widening.headers)
        row, first, last = widening.row, widening.column, widening.column + count - 1
        headers = block(sheet, row, first, row, last)
        self._undo.add(headers.clear)
        for column in range(first, last + 1):
            cell = block(sheet, row, column, row, column)
            block(sheet, row, widening.like, row, widening.like).copy(cell)
            self._set_width(cell, widening.width)
        headers.value = list(widening.headers)
        if widening.is_table:
            table = self._at(widening.sheet, widening.row, widening.left)
            right = table.bounds[3]
            self._undo.add(lambda: table.widen(right))
            table.widen(last)
            self._book.tables[table.name.casefold()].bounds = (*table.bounds[:3], last)

    def _set_width(self, cell: Any, width: float) -> None:
        """Make a column wide enough for a date; where the engine does not report its width, it is always set."""
        if self._book.is_remote or (cell.column_width or 0) < width:
            cell.column_width = self._book.width(width)

    def _grow(self, resize: TableResize) -> None:
        """Add rows to an input table; they look like its last one."""
        table = self._at(resize.sheet, resize.top, resize.left)
        top, _, bottom, _ = table.bounds
        old, new = bottom - top, resize.bottom - resize.top
        if new <= old:
            return
        self._undo.add(lambda: table.resize(old))
        added = table.rows(old + 1, new)
        self._undo.add(added.clear_contents)
        table.rows(old, old).copy(added)
        added.clear_contents()
        table.resize(new)

    def _edit(self, edit: CellEdit) -> None:
        """Set a cell of an input; a formula of the user's is kept, and the program calculates it."""
        place = (edit.sheet, edit.row, edit.column)
        if place in self._formulas:
            return
        cell = block(self._book.sheets[edit.sheet], edit.row, edit.column, edit.row, edit.column)
        shown = self._formats[place]
        if not self._book.is_remote:
            value = values_of(cell)[0][0]
            self._undo.add(lambda: setattr(cell, "value", value))
        own = shown == UNKNOWN or shown == "General" or shown in self._changes.own_formats
        if edit.cell.value is not None and own and edit.cell.number_format != shown:
            if not self._book.is_remote:
                self._undo.formats(edit.sheet, cell, 1)
            cell.number_format = edit.cell.number_format
        cell.value = stored(edit.cell)


def _all_at_once(questions: Iterable[Callable[[], None]]) -> None:
    """Ask all questions; answers that have to be awaited are collected into one error."""
    needs: dict[Need, Any] = {}
    for ask in questions:
        try:
            ask()
        except NeededError as error:
            needs |= error.needs
    if needs:
        raise NeededError(needs)


def _by_sheet(edits: Iterable[CellEdit]) -> dict[str, list[CellEdit]]:
    found: dict[str, list[CellEdit]] = {}
    for edit in edits:
        found.setdefault(edit.sheet, []).append(edit)
    return found
