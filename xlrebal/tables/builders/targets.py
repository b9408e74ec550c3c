"""Targets and groups."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import Group, Lock, Target
from xlrebal.domain.quantities import ONE, ZERO
from xlrebal.tables.schema import GROUPS, TARGETS

if TYPE_CHECKING:
    from xlrebal.tables.builders.context import Context
    from xlrebal.tables.records import Record

# Weights that come from formulas such as =1/3 carry 15 digits; their sum may miss 1 by that much.
_SUM_TOLERANCE = Decimal("1e-9")

_LOCKS = {
    "no sell": "no sell",
    "매도금지": "no sell",
    "no buy": "no buy",
    "매수금지": "no buy",
    "both": "both",
    "매매금지": "both",
    "모두": "both",
}


def build_targets(context: Context) -> tuple[Target, ...]:
    """Return the targets in sheet order; sums, bands and duplicates are checked."""
    records = [r for r in context.records(TARGETS) if context.needs(r, "code", "weight")]
    _check_duplicates(context, records)
    for record in records:
        _check_band(context, record)
    targets = tuple(_target(context, record) for record in records)
    if len(records) == len(context.records(TARGETS)):
        _check_sum(context, records)
    return targets


def _target(context: Context, record: Record) -> Target:
    price = record.number("price")
    return Target(
        code=record.text("code"),
        weight=record.number("weight") or ZERO,
        name=record.text("name"),
        group=record.text("group"),
        minimum=record.number("minimum"),
        maximum=record.number("maximum"),
        tax_class=record.text("tax_class"),
        price=price if price else None,
        currency=record.text("currency").upper(),
        fractional=record.flag("fractional"),
        lock=Lock(context.choice(record, "lock", _LOCKS, "")),
        replacement=record.text("replacement"),
    )


def _check_duplicates(context: Context, records: list[Record]) -> None:
    seen: dict[str, str] = {}
    for record in records:
        code = record.text("code")
        if code in seen:
            context.error(record.place("code"), f"code {code} is in Targets twice", f"it is also in {seen[code]}")
        seen.setdefault(code, record.place("code"))


def _check_band(context: Context, record: Record) -> None:
    target = record.number("weight") or ZERO
    low, high = record.number("minimum"), record.number("maximum")
    if low is not None and low > target:
        context.error(record.place("minimum"), f"min {_weight(low)} is above the target {_weight(target)}")
    if high is not None and high < target:
        context.error(record.place("maximum"), f"max {_weight(high)} is below the target {_weight(target)}")


def _check_sum(context: Context, records: list[Record]) -> None:
    if not records:
        context.error(context.column(TARGETS, "code"), "there is no target", "add a row for each asset")
        return
    total = sum((record.number("weight") or ZERO for record in records), ZERO)
    if abs(total - ONE) > _SUM_TOLERANCE:
        last = records[-1]
        share = _weight(last.number("weight") or ZERO)
        message = f"target {share} makes the targets add up to {_weight(total)}; they must add up to 1"
        context.error(last.place("weight"), message)


def build_groups(context: Context, targets: tuple[Target, ...]) -> tuple[Group, ...]:
    """Return the groups; the targets of each must add up to its weight.

    Without a Groups table, each group named in Targets weighs what its targets add up to.
    """
    if not context.has(GROUPS):
        return _implied_groups(targets)
    groups: list[Group] = []
    for record in context.records(GROUPS):
        if not context.needs(record, "name", "weight"):
            continue
        group = Group(record.text("name"), record.number("weight") or ZERO)
        if group.name in {g.name for g in groups}:
            context.error(record.place("name"), f"group {group.name} is there twice", "keep one row")
        groups.append(group)
        _check_group(context, record, group, targets)
    _check_known(context, {group.name for group in groups})
    return tuple(groups)


def _implied_groups(targets: tuple[Target, ...]) -> tuple[Group, ...]:
    names = dict.fromkeys(target.group for target in targets if target.group)
    return tuple(Group(name, sum((t.weight for t in targets if t.group == name), ZERO)) for name in names)


def _check_group(context: Context, record: Record, group: Group, targets: tuple[Target, ...]) -> None:
    total = sum((t.weight for t in targets if t.group == group.name), ZERO)
    if abs(total - group.weight) > _SUM_TOLERANCE:
        message = f"the targets of group {group.name} add up to {_weight(total)}, not {_weight(group.weight)}"
        context.error(record.place("weight"), message, "change the weight or the targets")


def _check_known(context: Context, names: set[str]) -> None:
    for record in context.records(TARGETS):
        group = record.text("group")
        if names and group and group not in names:
            context.error(record.place("group"), f"group {group} is not in Groups", "add it there with its weight")


def _weight(weight: Decimal) -> str:
    """Show a weight with at least two digits: 0.4 as 0.40, 0.333 as it is."""
    plain = f"{weight.normalize():f}"
    digits = len(plain.partition(".")[2])
    return plain if digits >= 2 else f"{weight:.2f}"
