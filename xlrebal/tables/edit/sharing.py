"""What of a workbook's tables may be shared: targets, groups and rules, nothing that says what anybody owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.tables.contract.schema import (
    ACCOUNTS,
    BENCHMARKS,
    EVENTS,
    FX,
    GROUPS,
    INPUTS,
    LOOK_THROUGH,
    SETTINGS,
    TARGETS,
    TAX_RULES,
    Table,
)
from xlrebal.tables.contract.settings import SETTINGS_BY_NAME
from xlrebal.tables.contract.words import both
from xlrebal.tables.edit.editor import located
from xlrebal.tables.read.records import has_header, read_records
from xlrebal.tables.rules_file.change_log import LOG_TABLE as RULE_LOG_TABLE
from xlrebal.tables.rules_file.rules import CURRENT_VALUES, setting_name, typed_setting
from xlrebal.tables.write import languages
from xlrebal.workbook.cells import RawCell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.tables.read.records import Record
    from xlrebal.workbook.cells import RawGrid

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_EVERY_COLUMN = {
    table.key: frozenset(f.key for f in table.fields)
    for table in (TARGETS, GROUPS, LOOK_THROUGH, FX, EVENTS, BENCHMARKS)
}
_COLUMNS = {**_EVERY_COLUMN, TAX_RULES.key: frozenset({"rule", "value"}), SETTINGS.key: frozenset({"setting", "value"})}
# A tax rate of one's own tells one's income.
_PRIVATE_SETTINGS = CURRENT_VALUES | {"max_tax", "short_term_rate", "long_term_rate"}
RESULT_TABLES = (*(table.name for table in languages.ALL_TABLES), "SimulationPaths")
"""Every table that xlrebal writes."""

# Columns of the inputs whose texts name an asset, a currency or a state: whoever reads one learns nothing of a person.
_IMPERSONAL = frozenset({"code", "name", "currency", "action", "trigger", "type", "lot_method", "allowed", "rule"})
# Columns of the results whose texts may name a person or be a person's own words.
_PERSONAL = {"Transfers": frozenset({"From", "To"}), RULE_LOG_TABLE: frozenset({"Reason"})}
_PERSONAL_ANYWHERE = frozenset({"Account", "Note"})


@dataclass
class Shareable:
    """What of a workbook may be shared, and what its other texts are.

    Attributes:
        cells: Row and column of the cells that may stay, by sheet.
        closed: By sheet, ranges (first row, first column, last row, last column) in which nothing else may.
        texts: Texts that these cells hold.
        tables: The tables that are ours, by folded name, with the name of a sheet for each.
        words: Texts left behind that name an asset, a currency or a state, and nobody.
        people: Names of the owners of accounts.

    """

    cells: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    closed: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    tables: dict[str, str] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)


def sheet_names() -> frozenset[str]:
    """Return the names that xlrebal itself gives to sheets, in either language."""
    inputs = {name for table in INPUTS for name in table.names}
    return frozenset({*inputs, *RESULT_TABLES, *(word for name in languages.SHEETS.values() for word in both(name))})


def own_words() -> frozenset[str]:
    """Return what xlrebal itself writes as headers, marks and states, in either language: nobody's secret."""
    inputs = {header for table in INPUTS for column in table.fields for header in column.headers}
    return frozenset({*sheet_names(), *inputs, *languages.own_words()})


def wanted_for_sharing() -> dict[str, tuple[str, ...]]:
    """Return the names under which each table is looked for."""
    return {table.key: table.names for table in INPUTS} | {name: (name,) for name in RESULT_TABLES}


def shareable(grids: Mapping[str, RawGrid]) -> Shareable:
    """Return what of the tables may be shared."""
    found = Shareable()
    for table in INPUTS:
        found.tables |= dict.fromkeys((name.casefold() for name in table.names), table.name)
        if table.key in grids:
            _add_input(found, table, grids[table.key])
    for name in RESULT_TABLES:
        found.tables[name.casefold()] = name
        if name in grids and grids[name].is_table:
            _close(found, grids[name], grids[name].top + 1)
            _add_words(found, name, grids[name])
    return found


def _add_words(found: Shareable, table: str, grid: RawGrid) -> None:
    """What xlrebal wrote into a result names nobody, but for the columns of accounts and remarks."""
    personal = _PERSONAL_ANYWHERE | _PERSONAL.get(table, frozenset())
    hidden = personal | {languages.header_of(table, name).korean for name in personal}
    ours = own_words()
    for column, head in enumerate(grid.rows[0] if grid.rows else ()):
        if head.value in ours and head.value not in hidden:
            cells = [row[column].value for row in grid.rows[1:] if column < len(row)]
            found.words |= {value.strip() for value in cells if isinstance(value, str)}


def _close(found: Shareable, grid: RawGrid, first: int) -> None:
    """A table ends somewhere; a plain sheet is one as far as it goes."""
    width = max((len(row) for row in grid.rows), default=0)
    last = grid.top + len(grid.rows) - 1 if grid.is_table else _LAST_ROW
    right = grid.left + width - 1 if grid.is_table else _LAST_COLUMN
    found.closed.setdefault(grid.sheet, []).append((first, grid.left, max(last, first), right))


def _add_input(found: Shareable, table: Table, grid: RawGrid) -> None:
    if not grid.is_table and not has_header(grid, table):
        return
    records = read_records(grid, table, [])
    if table is not SETTINGS:
        _close(found, grid, located(records.place)[1] + 1)
    for record in records.records:
        for key in _COLUMNS.get(table.key, frozenset()):
            _keep(found, table, record, key)
        found.words |= {record.text(key) for key in _IMPERSONAL & set(record.values)}
        if table is ACCOUNTS and record.text("owner"):
            found.people.add(record.text("owner"))


def _is_rule(name: str, record: Record) -> bool:
    """Return whether a setting holds a value that it can have: anything else is a person's own words."""
    return name not in _PRIVATE_SETTINGS and typed_setting(name, record.raw.get("value", RawCell())) is not None


def _keep(found: Shareable, table: Table, record: Record, key: str) -> None:
    if table is SETTINGS:
        name = setting_name(record)
        if name not in SETTINGS_BY_NAME or (key == "value" and not _is_rule(name, record)):
            return
    cell = record.raw.get(key)
    # What is no value of its column may be anything.
    if cell is None or cell.is_blank or key in record.wrong:
        return
    sheet, row, column = located(record.places[key])
    found.cells.setdefault(sheet, set()).add((row, column))
    if isinstance(cell.value, str):
        found.texts.add(cell.value.strip())
