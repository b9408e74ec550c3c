"""Take the rules of a file into the workbook: only the cells that differ are changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import ZERO
from xlrebal.errors import Finding
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.schema import GROUPS, SETTINGS, TARGETS
from xlrebal.tables.edit.editor import InputsEditor
from xlrebal.tables.rules_file.rules import Difference, Key, Rules, as_text, differences, setting_name
from xlrebal.workbook.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.tables.read.records import Record, TableRecords
    from xlrebal.workbook.cells import RawGrid

_IDENT = {SETTINGS.key: "setting", TARGETS.key: "code", GROUPS.key: "name"}
_TABLES = {table.key: table for table in (SETTINGS, TARGETS, GROUPS)}
_WEIGHTS = ("weight", "minimum", "maximum")


class RulesImport(InputsEditor):
    """The changes that bring a workbook in line with a rules file.

    What the file does not name stays as it is. An asset that it does not name keeps its row with target 0: it is
    sold by the next plan, with a warning.

    Args:
        tables: The input tables of the workbook, by key.
        grids: The same as read.
        ours: The rules of the workbook.
        theirs: The rules of the file.

    """

    def __init__(
        self, tables: Mapping[str, TableRecords], grids: Mapping[str, RawGrid], ours: Rules, theirs: Rules
    ) -> None:
        super().__init__(tables, grids)
        self._tables, self._theirs = tables, theirs
        self.warnings: list[Finding] = []
        self.errors: list[Finding] = []
        self.changes = [one for one in differences(ours, theirs) if one.theirs]
        self._new: dict[tuple[str, str], dict[str, Cell]] = {}
        for change in self.changes:
            self._take(change)
        self._forget_assets()
        for (table, _), row in self._new.items():
            self._editor(table, row)

    def _take(self, change: Difference) -> None:
        key = change.key
        record = self._record(key)
        cell = _cell(key.field, self._theirs.get(key))
        if record is not None and (key.field in record.places or key.table == SETTINGS.key):
            self._editors[key.table].set(record, key.field, cell)
            return
        if record is not None:
            hint = Message("rules.add_column", table=_TABLES[key.table].title)
            self.errors.append(Finding(record.place(key.field), Message("rules.no_cell", rule=key.name), hint))
            return
        ident = Cell(key.id, "@")
        self._new.setdefault((key.table, key.id), {_IDENT[key.table]: ident})[key.field] = cell

    def _record(self, key: Key) -> Record | None:
        rows = self._tables[key.table].records if key.table in self._tables else ()
        if key.table == SETTINGS.key:
            return next((r for r in rows if setting_name(r) == key.id), None)
        return next((r for r in rows if r.text(_IDENT[key.table]) == key.id), None)

    def _editor(self, table: str, row: dict[str, Cell]) -> None:
        editor, ours = self._editors.get(table), _TABLES[table]
        place = self.top_of(ours)
        if editor is None:
            message = Message("rules.no_table", table=ours.title)
            self.errors.append(Finding(place, message, Message("rules.add_table")))
            return
        missing = [key for key, cell in row.items() if key not in editor.columns and cell.value is not None]
        for key in missing:
            field = Name(key, ours.field(key).title.korean)
            message = Message("rules.no_column", field=field, row=str(row[_IDENT[table]].value))
            self.errors.append(Finding(place, message, Message("rules.add_column", table=ours.title)))
        editor.append(row)

    def _forget_assets(self) -> None:
        named = {key.id for key in self._theirs if key.table == TARGETS.key}
        if not named or TARGETS.key not in self._editors:
            return
        for record in self._tables[TARGETS.key].records:
            code = record.text("code")
            if code and code not in named and record.number("weight") != ZERO:
                self._editors[TARGETS.key].set(record, "weight", f.number(ZERO, f.WEIGHT))
                if record.number("minimum"):
                    self._editors[TARGETS.key].set(record, "minimum", Cell(None))
                message = Message("rules.target_now_zero", code=code)
                self.warnings.append(Finding(record.place("weight"), message, Message("rules.sold_next")))


def _cell(field: str, value: object | None) -> Cell:
    if value is None:
        return Cell(None)
    if isinstance(value, Decimal):
        return f.number(value, f.WEIGHT if field in _WEIGHTS else "General")
    return Cell(as_text(value), "@")
