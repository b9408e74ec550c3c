"""Targets and groups."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import FundPart, Group, Lock, Target
from xlrebal.domain.quantities import ONE, ZERO
from xlrebal.tables.schema import GROUPS, LOOK_THROUGH, TARGETS

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


_RISKS = {"safe": "safe", "안전": "safe", "안전자산": "safe", "risky": "risky", "위험": "risky", "위험자산": "risky"}


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
        safe=context.choice(record, "risk", _RISKS, "risky") == "safe",
        tax_base=record.number("tax_base"),
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

    Without a Groups table, or with an empty one, each group named in Targets weighs what its targets add up to.
    """
    if not context.records(GROUPS):
        return _implied_groups(targets)
    groups: list[Group] = []
    for record in context.records(GROUPS):
        if not context.needs(record, "name", "weight"):
            continue
        group = _group(record)
        _check_band(context, record)
        if group.name in {g.name for g in groups}:
            context.error(record.place("name"), f"group {group.name} is there twice", "keep one row")
        groups.append(group)
    _check_parents(context, groups)
    if not context.errors:
        for record in context.records(GROUPS):
            _check_group(context, record, groups, targets)
    _check_known(context, {group.name for group in groups})
    return tuple(groups)


def _group(record: Record) -> Group:
    return Group(
        name=record.text("name"),
        weight=record.number("weight") or ZERO,
        parent=record.text("parent"),
        minimum=record.number("minimum"),
        maximum=record.number("maximum"),
    )


def _check_parents(context: Context, groups: list[Group]) -> None:
    parents = {group.name: group.parent for group in groups}
    for record in context.records(GROUPS):
        name, parent = record.text("name"), record.text("parent")
        if parent and parent not in parents:
            context.error(record.place("parent"), f"group {parent} is not in Groups", "add it there with its weight")
        above: list[str] = [name]
        while parent and parent not in above:
            above.append(parent)
            parent = parents.get(parent, "")
        if parent:
            context.error(record.place("parent"), f"group {name} is inside itself", "clear one of the parents")


def build_fund_parts(context: Context, targets: tuple[Target, ...]) -> tuple[FundPart, ...]:
    """Return what mixed funds hold; the shares of each fund must add up to 1, its own target must be 0."""
    parts: list[FundPart] = []
    by_code = {target.code: target for target in targets}
    records = [r for r in context.records(LOOK_THROUGH) if context.needs(r, "code", "holds", "share")]
    funds = {r.text("code") for r in records}
    for record in records:
        part = FundPart(record.text("code"), record.text("holds"), record.number("share") or ZERO)
        parts.append(part)
        fund = by_code.get(part.code)
        if fund is None:
            context.error(record.place("code"), f"fund {part.code} is not in Targets", "add it there with target 0")
        elif fund.weight:
            mend = "write 0: what it holds has the targets"
            context.error(record.place("code"), f"mixed fund {part.code} has a target of its own", mend)
        if part.holds not in by_code or part.holds in funds:
            context.error(record.place("holds"), f"{part.holds} is not an asset of Targets", "name one that is")
    _check_shares(context, records)
    return (*parts, *_replacements(context, targets, funds))


def _replacements(context: Context, targets: tuple[Target, ...], funds: set[str]) -> list[FundPart]:
    """A replacement with target 0 counts as what it replaces; otherwise the next plan would sell it again."""
    found: dict[str, list[Target]] = {}
    for target in targets:
        other = next((t for t in targets if target.replacement and target.replacement in (t.code, t.name)), None)
        if other is not None and not other.weight and other.code not in funds and target.weight:
            found.setdefault(other.code, []).append(target)
    for code, replaced in found.items():
        if len(replaced) > 1:
            names = " and ".join(target.label for target in replaced)
            mend = "say in LookThrough as what it counts; until then it is sold"
            context.warn(context.column(TARGETS, "replacement"), f"{code} is the replacement of {names}", mend)
    return [FundPart(code, replaced[0].code, ONE) for code, replaced in found.items() if len(replaced) == 1]


def _check_shares(context: Context, records: list[Record]) -> None:
    for fund in dict.fromkeys(r.text("code") for r in records):
        rows = [r for r in records if r.text("code") == fund]
        total = sum((r.number("share") or ZERO for r in rows), ZERO)
        if abs(total - ONE) > _SUM_TOLERANCE:
            message = f"the shares of {fund} add up to {_weight(total)}; they must add up to 1"
            context.error(rows[-1].place("share"), message)


def _implied_groups(targets: tuple[Target, ...]) -> tuple[Group, ...]:
    names = dict.fromkeys(target.group for target in targets if target.group)
    return tuple(Group(name, sum((t.weight for t in targets if t.group == name), ZERO)) for name in names)


def _check_group(context: Context, record: Record, groups: list[Group], targets: tuple[Target, ...]) -> None:
    group = next(g for g in groups if g.name == record.text("name"))
    total = sum((t.weight for t in targets if t.group == group.name), ZERO)
    total += sum((g.weight for g in groups if g.parent == group.name), ZERO)
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
