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

from xlrebal.domain.message import Message, Name
from xlrebal.language import render
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.logs import RULE_CHANGES
from xlrebal.tables.contract.schema import GROUPS, SETTINGS, TARGETS
from xlrebal.tables.contract.settings import SETTINGS_BY_NAME
from xlrebal.tables.contract.words import FIRST_RECORDED, OVERRIDE, REMOVED, SETTING_UP, both
from xlrebal.tables.rules_file.rules import Rules, as_text, rule_named, typed_setting
from xlrebal.tables.write.history import kept_rows
from xlrebal.workbook.cells import Cell, RawCell, TableWrite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.workbook.cells import RawGrid

LOG_TABLE, LOG_NAME = RULE_CHANGES.name, RULE_CHANGES.sheet

Word = str | Name
"""A text of a person's, or a word of ours in every language."""

# What is no rule about trading.
_NO_RULES = frozenset({"language", "check_frequency", "base_currency", "price_max_age_days"})
_FIELDS = {TARGETS.key: ("group", "weight", "minimum", "maximum", "lock"), GROUPS.key: ("weight", "minimum", "maximum")}


@dataclass(frozen=True)
class RuleChange:
    """One changed rule; ``old`` is empty where there was none, ``waits_until`` None where nothing waits.

    The rule, the value of a removed rule, and the reasons that xlrebal gives have a name in each language.
    """

    date: dt.date
    rule: Name
    old: Word
    new: Word
    reason: Word = ""
    waits_until: dt.date | None = None


@dataclass(frozen=True)
class RuleLog:
    """Every change so far, and until when orders wait because of the last ones; None when they do not."""

    changes: tuple[RuleChange, ...]
    waiting_until: dt.date | None
    fresh: tuple[RuleChange, ...] = ()

    def table(self, language: str) -> TableWrite:
        """Return the table RuleChanges in a language, whichever its rows were written in."""
        rows = [_row(change, language) for change in self.changes]
        return RULE_CHANGES.write_cells(rows, language)


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
    for cells in kept_rows(table, len(RULE_CHANGES.columns)):
        day, rule, old, new, reason, until = (cell.value for cell in cells)
        if isinstance(day, dt.date) and rule:
            wait = until if isinstance(until, dt.date) else None
            values = (_value(old), _value(new))
            found.append(RuleChange(day, rule_named(str(rule)), *values, _reason(_text(reason)), wait))
    return found


def _text(value: object) -> str:
    return as_text(value) if isinstance(value, (Decimal, int, float)) else str(value or "")


def _value(cell: object) -> Word:
    text = _text(cell)
    return REMOVED if text in both(REMOVED) else text


def _reason(text: str) -> Word:
    """A reason of ours in both languages, also the beginning of one that an override wrote."""
    for name in (FIRST_RECORDED, SETTING_UP):
        if text in both(name):
            return name
    begun = next((word for word in both(OVERRIDE) if text.startswith(word)), None)
    return text if begun is None else _override(text.removeprefix(begun))


def _override(reason: str) -> Name:
    return Name(*(f"{word}{reason}" for word in both(OVERRIDE)))


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
        first = tuple(RuleChange(today, rule_named(rule), "", value, FIRST_RECORDED) for rule, value in present.items())
        return RuleLog(first, None)
    last = {change.rule.english: change.new for change in sorted(known, key=lambda change: change.date)}
    # A plan for a day before the last entry looks back: it records nothing.
    past = today < max(change.date for change in known)
    fresh = [] if past else [_fresh(known, change, now) for change in _changed(last, present)]
    changes = [_judged(change, now) for change in [*known, *fresh]]
    waiting = [change.waits_until for change in changes if change.waits_until and change.waits_until > today]
    return RuleLog(tuple(changes), max(waiting, default=None), tuple(fresh))


def _fresh(known: list[RuleChange], change: tuple[Name, Word, Word], now: Circumstances) -> RuleChange:
    begun = min(one.date for one in known)
    if not now.traded and now.today < begun + dt.timedelta(days=now.cooldown):
        return RuleChange(now.today, *change, SETTING_UP)
    return RuleChange(now.today, *change, now.reason, now.today + dt.timedelta(days=now.cooldown))


def _changed(last: dict[str, Word], now: dict[str, str]) -> Iterable[tuple[Name, Word, Word]]:
    """What differs, by the English names of rules."""
    for rule, value in now.items():
        old = last.get(rule, _default(rule))
        if old != value:
            yield rule_named(rule), "" if old == REMOVED else old, value
    for rule, old in last.items():
        if rule not in now and old not in (REMOVED, _default(rule)):
            yield rule_named(rule), old, _default(rule) or REMOVED


def _default(rule: str) -> str:
    """A setting that is not written has its default; anything else is not there."""
    if rule not in SETTINGS_BY_NAME:
        return ""
    return as_text(typed_setting(rule, RawCell(SETTINGS_BY_NAME[rule].default)))


def _judged(change: RuleChange, now: Circumstances) -> RuleChange:
    """A date that was cleared without a reason still counts; an override clears it with one."""
    due = change.date + dt.timedelta(days=now.cooldown)
    if change.reason in (FIRST_RECORDED, SETTING_UP) or due <= now.today:
        return change
    if now.override:
        return replace(change, reason=_override(now.override), waits_until=None)
    return replace(change, waits_until=change.waits_until if change.waits_until or change.reason else due)


def _row(change: RuleChange, language: str) -> tuple[Cell, ...]:
    words = (change.rule, change.old, change.new, change.reason)
    texts = [render(word, language) for word in words]
    return (f.date(change.date), *map(f.text, texts), f.date(change.waits_until))


def changes_in(table: RawGrid | None) -> tuple[tuple[dt.date, Message], ...]:
    """Return the changed rules, each with its day."""
    changes = [one for one in read_changes(table) if one.reason not in (FIRST_RECORDED, SETTING_UP)]
    return tuple((one.date, _told(one)) for one in changes)


def _told(change: RuleChange) -> Message:
    figures = {"rule": change.rule, "old": change.old or "-", "new": change.new}
    if not change.reason:
        return Message("review.rule_changed", **figures)
    return Message("review.rule_changed_because", **figures, reason=change.reason)
