"""Rules in one form, wherever they are written: a value for each setting, and for each field of an asset or a group."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from xlrebal.tables.convert import BadCellError
from xlrebal.tables.grid import RawCell
from xlrebal.tables.schema import GROUPS, SETTINGS, TARGETS, Field
from xlrebal.tables.settings import SETTINGS_BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlrebal.tables.records import Record, TableRecords

TARGET_FIELDS = (
    "group", "name", "weight", "minimum", "maximum", "tax_class", "fractional", "lock", "replacement", "risk"
)  # fmt: skip
# Settings that say how things stand, not what the family wants: an old file must not bring old ones back.
FIGURES_OF_THE_DAY = frozenset(
    {"new_cash", "last_rebalanced", "realized_gains", "realized_short_gains", "realized_year", "taxable_income"}
)
GROUP_FIELDS = ("weight", "minimum", "maximum", "parent")


@dataclass(frozen=True)
class Key:
    """Whose rule it is: ``table`` and ``id`` (a setting's name, a code, a group's name), and which field of it."""

    table: str
    id: str
    field: str = "value"

    def __str__(self) -> str:
        if self.table == SETTINGS.key:
            return self.id
        words = {"weight": "target" if self.table == TARGETS.key else "weight", "minimum": "min", "maximum": "max"}
        what = words.get(self.field, self.field.replace("_", " "))
        return f"{what} of {self.id if self.table == TARGETS.key else f'group {self.id}'}"


Rules = dict[Key, object]


def rules_in(tables: Mapping[str, TableRecords]) -> Rules:
    """Return the rules of some tables; what is blank is no rule."""
    rules: Rules = {}
    for record in _rows(tables, SETTINGS.key):
        name = setting_name(record)
        known = name in SETTINGS_BY_NAME and name not in FIGURES_OF_THE_DAY
        if known and (value := _setting(name, record)) is not None:
            rules[Key(SETTINGS.key, name)] = value
    for table, ident, fields in ((TARGETS.key, "code", TARGET_FIELDS), (GROUPS.key, "name", GROUP_FIELDS)):
        for record in _rows(tables, table):
            for field in fields:
                if record.text(ident) and (value := record.values.get(field)) is not None:
                    rules[Key(table, record.text(ident), field)] = value
    return rules


def _rows(tables: Mapping[str, TableRecords], key: str) -> Iterable[Record]:
    return tables[key].records if key in tables else ()


def setting_name(record: Record) -> str:
    """Return the setting that a row of Settings is about."""
    return "_".join(record.text("setting").casefold().split())


def _setting(name: str, record: Record) -> object | None:
    return typed_setting(name, record.raw.get("value", RawCell()))


def typed_setting(name: str, cell: RawCell) -> object | None:
    """Return a setting's value as its kind; None when the cell is blank or cannot be read."""
    if cell.is_blank:
        return None
    try:
        return SETTINGS_BY_NAME[name].read(cell, Field("value", name))
    except BadCellError:
        return None


def as_text(value: object) -> str:
    """Return a value as a person would write it, always the same for the same value."""
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (tuple, frozenset, set)):
        return ",".join(sorted(map(as_text, value)) if not isinstance(value, tuple) else map(as_text, value))
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Difference:
    """A rule that two places write differently, as text; empty where it is not written."""

    key: Key
    ours: str
    theirs: str


def differences(ours: Rules, theirs: Rules) -> list[Difference]:
    """Return what differs, settings, assets and groups in the order in which they are written."""
    keys = dict.fromkeys([*ours, *theirs])
    pairs = [Difference(key, as_text(ours.get(key)), as_text(theirs.get(key))) for key in keys]
    return [pair for pair in pairs if pair.ours != pair.theirs]
