"""The log of rule changes: what changed when and why, and until when its orders wait.

The table RuleChanges begins with the rules as they were first seen. Each later update compares the rules with the
last value that the log has for them. For ``cooldown_days`` after a change the orders wait, so that nobody changes a
rule in haste and acts on it the same day. A change is overridden by a reason: on the command line, or in the table by
writing one and clearing the date.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.tables import formats as f
from xlrebal.tables.grid import Cell, Column, RawCell, TableWrite
from xlrebal.tables.history import kept_rows
from xlrebal.tables.rulebook.form import Rules, as_text, typed_setting
from xlrebal.tables.schema import GROUPS, SETTINGS, TARGETS
from xlrebal.tables.settings import SETTINGS_BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.tables.grid import RawGrid

LOG = (
    Column("Date", 12, "center", number_format=f.DATE),
    Column("Rule", 34, wrap=True, number_format=f.TEXT),
    Column("From", 20, wrap=True, number_format=f.TEXT),
    Column("To", 20, wrap=True, number_format=f.TEXT),
    Column("Reason", 44, wrap=True, number_format=f.TEXT),
    Column("Waits until", 14, "center", number_format=f.DATE),
)
LOG_TABLE, LOG_SHEET = "RuleChanges", "Rule changes"
FIRST, SETTING_UP = "first recorded", "setting up"

_GONE = "removed"
# What is no rule about trading.
_NO_RULES = frozenset({"language", "check_frequency", "base_currency", "price_max_age_days"})
_FIELDS = {TARGETS.key: ("group", "weight", "minimum", "maximum", "lock"), GROUPS.key: ("weight", "minimum", "maximum")}


@dataclass(frozen=True)
class RuleChange:
    """One changed rule; ``old`` is empty where there was none, ``waits_until`` None where nothing waits."""

    date: dt.date
    rule: str
    old: str
    new: str
    reason: str = ""
    waits_until: dt.date | None = None


@dataclass(frozen=True)
class RuleLog:
    """Every change so far, and until when orders wait because of the last ones; None when they do not."""

    changes: tuple[RuleChange, ...]
    waiting_until: dt.date | None
    fresh: tuple[RuleChange, ...] = ()

    def table(self) -> TableWrite:
        """Return the table RuleChanges."""
        return TableWrite(LOG_TABLE, LOG_SHEET, *f.in_columns(LOG, map(_row, self.changes)), landscape=False)


def rules_of_trading(rules: Rules) -> dict[str, str]:
    """Return the rules that decide about trades, as text by their names; settings at their default are left out."""
    found = {}
    for key, value in rules.items():
        if key.table == SETTINGS.key:
            default = typed_setting(key.id, RawCell(SETTINGS_BY_NAME[key.id].default))
            if key.id not in _NO_RULES and as_text(value) != as_text(default):
                found[str(key)] = as_text(value)
        elif key.field in _FIELDS[key.table]:
            found[str(key)] = as_text(value)
    return found


def fingerprint(rules: Rules) -> str:
    """Return eight letters that change whenever a rule of trading does."""
    text = "\n".join(f"{rule}={value}" for rule, value in sorted(rules_of_trading(rules).items()))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def read_changes(table: RawGrid | None) -> list[RuleChange]:
    """Return the changes that the workbook has recorded; rows that a person has spoiled are left out."""
    found = []
    for cells in kept_rows(table, len(LOG)):
        day, rule, old, new, reason, until = (cell.value for cell in cells)
        if isinstance(day, dt.date) and rule:
            wait = until if isinstance(until, dt.date) else None
            found.append(RuleChange(day, str(rule), _text(old), _text(new), _text(reason), wait))
    return found


def _text(value: object) -> str:
    return as_text(value) if isinstance(value, (Decimal, int, float)) else str(value or "")


@dataclass(frozen=True)
class Circumstances:
    """What the log has to know besides the rules.

    Attributes:
        today: Day of the plan.
        cooldown: Days for which orders wait after a change.
        traded: True once the record holds a trade. Until then, and for the days of the cooldown, a family is setting
            its rules up, and nothing waits.
        reason: Why the rules changed, or empty.
        override: Why the orders need not wait, or empty.

    """

    today: dt.date
    cooldown: int
    traded: bool
    reason: str = ""
    override: str = ""


def keep_log(table: RawGrid | None, rules: Rules, now: Circumstances) -> RuleLog:
    """Return the log with what changed since its last entry.

    Args:
        table: The table RuleChanges as it stands.
        rules: The rules of today.
        now: Day, cooldown, reasons.

    """
    known, today = read_changes(table), now.today
    present = rules_of_trading(rules)
    if not known:
        first = tuple(RuleChange(today, rule, "", value, FIRST) for rule, value in present.items())
        return RuleLog(first, None)
    last = {change.rule: change.new for change in sorted(known, key=lambda change: change.date)}
    # A plan for a day before the last entry looks back: it records nothing.
    past = today < max(change.date for change in known)
    fresh = [] if past else [_fresh(known, change, now) for change in _changed(last, present)]
    changes = [_judged(change, now) for change in [*known, *fresh]]
    waiting = [change.waits_until for change in changes if change.waits_until and change.waits_until > today]
    return RuleLog(tuple(changes), max(waiting, default=None), tuple(fresh))


def _fresh(known: list[RuleChange], change: tuple[str, str, str], now: Circumstances) -> RuleChange:
    begun = min(one.date for one in known)
    if not now.traded and now.today < begun + dt.timedelta(days=now.cooldown):
        return RuleChange(now.today, *change, SETTING_UP)
    return RuleChange(now.today, *change, now.reason, now.today + dt.timedelta(days=now.cooldown))


def _changed(last: dict[str, str], now: dict[str, str]) -> Iterable[tuple[str, str, str]]:
    for rule, value in now.items():
        old = last.get(rule, _default(rule))
        if old != value:
            yield rule, "" if old == _GONE else old, value
    for rule, old in last.items():
        if rule not in now and old not in (_GONE, _default(rule)):
            yield rule, old, _default(rule) or _GONE


def _default(rule: str) -> str:
    """A setting that is not written has its default; anything else is not there."""
    if rule not in SETTINGS_BY_NAME:
        return ""
    return as_text(typed_setting(rule, RawCell(SETTINGS_BY_NAME[rule].default)))


def _judged(change: RuleChange, now: Circumstances) -> RuleChange:
    """A date that was cleared without a reason still counts; an override clears it with one."""
    due = change.date + dt.timedelta(days=now.cooldown)
    if change.reason in (FIRST, SETTING_UP) or due <= now.today:
        return change
    if now.override:
        return replace(change, reason=f"override: {now.override}", waits_until=None)
    return replace(change, waits_until=change.waits_until if change.waits_until or change.reason else due)


def _row(change: RuleChange) -> tuple[Cell, ...]:
    return (
        f.date(change.date),
        f.text(change.rule),
        f.text(change.old),
        f.text(change.new),
        f.text(change.reason),
        f.date(change.waits_until),
    )
