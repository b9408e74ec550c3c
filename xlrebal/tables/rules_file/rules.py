"""Rules in one form, wherever they are written: a value for each setting, and for each field of an asset or a group."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from xlrebal.domain.message import Name
from xlrebal.tables.contract.schema import GROUPS, SETTINGS, TARGETS
from xlrebal.tables.contract.settings import SETTINGS_BY_NAME
from xlrebal.tables.read.convert import BadCellError
from xlrebal.workbook.cells import RawCell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlrebal.tables.read.records import Record, TableRecords

TARGET_FIELDS = (
    "group", "name", "weight", "minimum", "maximum", "tax_class", "fractional", "lock", "replacement", "risk"
)  # fmt: skip
# Settings that hold current values, not what the family wants: an old file must not bring old ones back.
CURRENT_VALUES = frozenset(
    {"new_cash", "last_rebalanced", "realized_gains", "realized_short_gains", "realized_year", "taxable_income"}
)
GROUP_FIELDS = ("weight", "minimum", "maximum", "parent")
_GROUP = "group "


@dataclass(frozen=True)
class Key:
    """Whose rule it is: ``table`` and ``id`` (a setting's name, a code, a group's name), and which field of it."""

    table: str
    id: str
    field: str = "value"

    @property
    def name(self) -> Name:
        """What people call the rule: ``target of 069500``, or ``069500의 목표``."""
        if self.table == SETTINGS.key:
            return Name(self.id, self.id)
        english, korean = _affixes(self.table, self.field)
        return Name(english.around(self.id), korean.around(self.id))

    def __str__(self) -> str:
        """The English name: it stands for the rule wherever rules are compared."""
        return self.name.english


class _Affixes(NamedTuple):
    """What stands before and after the code of an asset or the name of a group in the name of a rule."""

    before: str
    after: str

    def around(self, ident: str) -> str:
        return f"{self.before}{ident}{self.after}"

    def inside(self, name: str) -> str | None:
        """The code or the name of the group in the name of a rule; None where it is the name of another one."""
        if name.startswith(self.before) and name.endswith(self.after) and len(name) > len("".join(self)):
            return name[len(self.before) : len(name) - len(self.after)]
        return None


# What people call a field of an asset or a group; others are called what their column is.
_FIELD_NAMES = {
    (TARGETS.key, "weight"): Name("target", "목표"),
    (GROUPS.key, "weight"): Name("weight", "비중"),
    **{(table.key, "minimum"): Name("min", "최소") for table in (TARGETS, GROUPS)},
    **{(table.key, "maximum"): Name("max", "최대") for table in (TARGETS, GROUPS)},
}


@cache
def _affixes(table: str, field: str) -> tuple[_Affixes, _Affixes]:
    """In English and Korean."""
    columns = TARGETS if table == TARGETS.key else GROUPS
    title = columns.field(field).title
    name = _FIELD_NAMES.get((table, field), Name(field.replace("_", " "), title.korean))
    whose = ("", "") if table == TARGETS.key else ("group ", "그룹 ")
    return _Affixes(f"{name.english} of {whose[0]}", ""), _Affixes(whose[1], f"의 {name.korean}")


def rule_named(text: str) -> Name:
    """Return the name of a rule in both languages, from its name in one; any other text stands for itself."""
    # Groups first: in English their names begin as those of assets do.
    for table, fields in ((GROUPS.key, GROUP_FIELDS), (TARGETS.key, TARGET_FIELDS)):
        for field in fields:
            for affixes in _affixes(table, field):
                ident = affixes.inside(text)
                if ident is not None:
                    return Key(table, ident, field).name
    return Name(text, text)


Rules = dict[Key, object]


def rules_in(tables: Mapping[str, TableRecords]) -> Rules:
    """Return the rules of some tables; what is blank is no rule."""
    rules: Rules = {}
    for record in _rows(tables, SETTINGS.key):
        name = setting_name(record)
        known = name in SETTINGS_BY_NAME and name not in CURRENT_VALUES
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
        return SETTINGS_BY_NAME[name].read(cell, SETTINGS_BY_NAME[name].field)
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
