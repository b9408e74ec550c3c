"""Targets and groups."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import FundPart, Group, Lock, Target
from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import ONE, ZERO
from xlrebal.tables.contract.schema import GROUPS, LOOK_THROUGH, TARGETS
from xlrebal.tables.contract.settings import also_in
from xlrebal.tables.read.hints import all_of

if TYPE_CHECKING:
    from xlrebal.tables.read.context import Context
    from xlrebal.tables.read.records import Record

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


SAFE = Name("safe", "안전")
"""How an asset is marked that no cap on risky assets counts."""

_RISKS = {
    SAFE.english: "safe",
    SAFE.korean: "safe",
    "안전자산": "safe",
    "risky": "risky",
    "위험": "risky",
    "위험자산": "risky",
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
        safe=context.choice(record, "risk", _RISKS, "risky") == "safe",
        tax_base=record.number("tax_base"),
    )


def _check_duplicates(context: Context, records: list[Record]) -> None:
    seen: dict[str, str] = {}
    for record in records:
        code = record.text("code")
        if code in seen:
            message = Message("input.twice_in_table", column=record.noun("code"), word=code, table=TARGETS.title)
            context.error(record.place("code"), message, also_in(seen[code]))
        seen.setdefault(code, record.place("code"))


def _check_band(context: Context, record: Record) -> None:
    target = record.number("weight") or ZERO
    low, high = record.number("minimum"), record.number("maximum")
    if low is not None and low > target:
        context.error(record.place("minimum"), _off_band("input.above_target", "minimum", low, target))
    if high is not None and high < target:
        context.error(record.place("maximum"), _off_band("input.below_target", "maximum", high, target))


def _off_band(kind: str, key: str, limit: Decimal, target: Decimal) -> Message:
    return Message(kind, column=TARGETS.field(key).noun, limit=_weight(limit), target=_weight(target))


def _check_sum(context: Context, records: list[Record]) -> None:
    if not records:
        hint = Message("input.add_row_for_each")
        context.error(context.column(TARGETS, "code"), Message("input.no_target"), hint)
        return
    total = sum((record.number("weight") or ZERO for record in records), ZERO)
    if abs(total - ONE) > _SUM_TOLERANCE:
        last = records[-1]
        share = _weight(last.number("weight") or ZERO)
        context.error(last.place("weight"), Message("input.sum_of_targets", target=share, total=_weight(total)))


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
            context.error(
                record.place("name"), _group_message("input.twice", group.name), Message("input.keep_one_row")
            )
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
            _report_unknown_group(context, record.place("parent"), parent)
        above: list[str] = [name]
        while parent and parent not in above:
            above.append(parent)
            parent = parents.get(parent, "")
        if parent:
            hint = Message("input.clear_a_parent")
            context.error(record.place("parent"), Message("input.group_in_itself", group=name), hint)


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
            message = Message("input.fund_not_in_table", fund=part.code, table=TARGETS.title)
            context.error(record.place("code"), message, Message("input.add_there_with_0"))
        elif fund.weight:
            message = Message("input.fund_with_target", fund=part.code)
            context.error(record.place("code"), message, Message("input.write_target_0"))
        if part.holds not in by_code or part.holds in funds:
            message = Message("input.no_asset_of_table", code=part.holds, table=TARGETS.title)
            context.error(record.place("holds"), message, Message("input.name_an_asset"))
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
            message = Message("input.replaces_several", code=code, assets=all_of(target.label for target in replaced))
            hint = Message("input.say_as_what_it_counts", table=LOOK_THROUGH.title)
            context.warn(context.column(TARGETS, "replacement"), message, hint)
    return [FundPart(code, replaced[0].code, ONE) for code, replaced in found.items() if len(replaced) == 1]


def _check_shares(context: Context, records: list[Record]) -> None:
    for fund in dict.fromkeys(r.text("code") for r in records):
        rows = [r for r in records if r.text("code") == fund]
        total = sum((r.number("share") or ZERO for r in rows), ZERO)
        if abs(total - ONE) > _SUM_TOLERANCE:
            context.error(rows[-1].place("share"), Message("input.sum_of_shares", fund=fund, total=_weight(total)))


def _implied_groups(targets: tuple[Target, ...]) -> tuple[Group, ...]:
    names = dict.fromkeys(target.group for target in targets if target.group)
    return tuple(Group(name, sum((t.weight for t in targets if t.group == name), ZERO)) for name in names)


def _check_group(context: Context, record: Record, groups: list[Group], targets: tuple[Target, ...]) -> None:
    group = next(g for g in groups if g.name == record.text("name"))
    total = sum((t.weight for t in targets if t.group == group.name), ZERO)
    total += sum((g.weight for g in groups if g.parent == group.name), ZERO)
    if abs(total - group.weight) > _SUM_TOLERANCE:
        weights = {"total": _weight(total), "weight": _weight(group.weight)}
        message = Message("input.sum_of_group", group=group.name, **weights)
        context.error(record.place("weight"), message, Message("input.change_weight_or_targets"))


def _check_known(context: Context, names: set[str]) -> None:
    for record in context.records(TARGETS):
        group = record.text("group")
        if names and group and group not in names:
            _report_unknown_group(context, record.place("group"), group)


def _report_unknown_group(context: Context, place: str, group: str) -> None:
    message = _group_message("input.not_in_table", group)
    context.error(place, message, Message("input.add_with_weight"))


def _group_message(kind: str, group: str) -> Message:
    return Message(kind, column=GROUPS.field("name").noun, word=group, table=GROUPS.title)


def _weight(weight: Decimal) -> Decimal:
    """Return a weight with at least two digits: 0.4 as 0.40, 0.333 as it is."""
    plain = weight.normalize()
    return plain if -int(plain.as_tuple().exponent) >= 2 else weight.quantize(Decimal("0.01"))
