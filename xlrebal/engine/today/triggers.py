"""Is a rebalance due, and why: schedule, threshold, bands, longest interval.

A new trigger is one more function in ``_TRIGGERS``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message, Percent, Points, joined
from xlrebal.domain.plan import Trigger, TriggerKind
from xlrebal.domain.policy import Strategy
from xlrebal.domain.quantities import ZERO
from xlrebal.engine.today import bands
from xlrebal.engine.today.calendar import next_look, schedule
from xlrebal.engine.today.trade_history import last_rebalance

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.domain.household import Household, Target
    from xlrebal.domain.policy import Policy
    from xlrebal.engine.today.valuation import Valuation


@dataclass(frozen=True)
class Situation:
    """What a trigger looks at.

    Attributes:
        valuation: Values of the household.
        household: Its targets and groups.
        policy: Its rules.
        today: Day of the verdict.
        last: Day of the last recorded rebalance, or None.
        days: Latest scheduled day until today and the next one; None without a schedule.

    """

    valuation: Valuation
    household: Household
    policy: Policy
    today: dt.date
    last: dt.date | None
    days: tuple[dt.date, dt.date] | None


def watches_schedule(policy: Policy) -> bool:
    """Return whether the strategy looks at the schedule."""
    return policy.strategy in (Strategy.CALENDAR, Strategy.HYBRID)


def look(household: Household, policy: Policy, valuation: Valuation, today: dt.date) -> Situation:
    """Return the situation of the day. Raises ``MissingCalendarError`` without the calendar that it needs."""
    days = schedule(today, policy) if watches_schedule(policy) else None
    return Situation(valuation, household, policy, today, last_rebalance(household, policy), days)


def judge(situation: Situation) -> Trigger:
    """Return the verdict: every reason that applies, the first one giving the kind."""
    found = [trigger for check in _TRIGGERS if (trigger := check(situation)) is not None]
    next_day, check = situation.days[1] if situation.days else None, next_check(situation)
    if not found:
        return replace(_not_due(situation, next_day), next_check=check)
    asset = next((trigger for trigger in found if trigger.code), found[0])
    reason = joined(tuple(trigger.reason for trigger in found))
    return replace(
        found[0], reason=reason, next_scheduled=next_day, code=asset.code, drift=asset.drift, next_check=check
    )


def next_check(situation: Situation) -> dt.date | None:
    """Return the next day on which something can come due: the next look, or a scheduled day before it.

    A strategy that watches nothing but its calendar needs no looks between the scheduled days.
    """
    policy, scheduled = situation.policy, situation.days[1] if situation.days else None
    if policy.strategy is Strategy.CALENDAR and policy.max_interval_days is None:
        return scheduled
    look_again = next_look(situation.today, policy.check_frequency)
    return look_again if scheduled is None else min(look_again, scheduled)


def plan_now(verdict: Trigger) -> Trigger:
    """Return the verdict of a rebalance asked for by hand; one that is due anyway keeps its kind."""
    if verdict.due:
        return verdict
    return replace(
        verdict, due=True, kind=TriggerKind.MANUAL, reason=Message("plan.asked_for_now", otherwise=verdict.reason)
    )


def drift_is_due(valuation: Valuation, household: Household, policy: Policy) -> bool:
    """Return whether a threshold or a band is broken at these values."""
    situation = Situation(valuation, household, policy, dt.date.min, None, None)
    return any(check(situation) is not None for check in (_threshold, _band, _group_band))


def _not_due(situation: Situation, next_day: dt.date | None) -> Trigger:
    kind = "plan.inside_limits" if situation.policy.strategy != Strategy.CALENDAR else "plan.not_scheduled"
    if not situation.valuation.total:
        # Everything is taken out: there are no weights.
        kind = "plan.nothing_left"
    return Trigger(due=False, kind=TriggerKind.NONE, reason=Message(kind), next_scheduled=next_day)


def _scheduled(situation: Situation) -> Trigger | None:
    if situation.days is None:
        return None
    day = situation.days[0]
    if situation.last is not None and situation.last >= day:
        return None
    reason = Message("plan.not_recorded_yet", date=day)
    return Trigger(due=True, kind=TriggerKind.SCHEDULED, reason=reason)


def _worst(situation: Situation, broken: Callable[[Target], bool]) -> Target | None:
    hit = [t for t in situation.household.targets if bands.is_watched(t) and broken(t)]
    return max(hit, key=lambda t: abs(situation.valuation.gap(t)), default=None)


def _threshold(situation: Situation) -> Trigger | None:
    if not bands.watches_threshold(situation.policy) or not situation.valuation.total:
        return None
    valuation, policy = situation.valuation, situation.policy
    target = _worst(situation, lambda t: bands.meets_threshold(valuation, t, policy))
    if target is None:
        return None
    drift = valuation.drift(target)
    kind = "plan.over_threshold" if drift > 0 else "plan.under_threshold"
    limit = Points(bands.tolerance(target, policy))
    reason = Message(kind, asset=target.label, drift=Points(abs(drift)), threshold=limit)
    return Trigger(due=True, kind=TriggerKind.DRIFT, reason=reason, code=target.code, drift=drift)


def _band(situation: Situation) -> Trigger | None:
    if not bands.watches_bands(situation.policy) or not situation.valuation.total:
        return None
    valuation = situation.valuation
    target = _worst(situation, lambda t: bands.leaves_band(valuation, t))
    if target is None:
        return None
    weight, drift = valuation.weight(target.code), valuation.drift(target)
    edge, kind = (target.maximum, "plan.above_maximum") if drift > 0 else (target.minimum, "plan.below_minimum")
    limit: Percent | str = Percent(edge) if edge is not None else ""
    reason = Message(kind, asset=target.label, weight=Percent(weight), limit=limit)
    return Trigger(due=True, kind=TriggerKind.BAND, reason=reason, code=target.code, drift=drift)


def _group_band(situation: Situation) -> Trigger | None:
    if not bands.watches_bands(situation.policy) or not situation.valuation.total:
        return None
    valuation, household = situation.valuation, situation.household
    for group in household.groups:
        value = sum((valuation.values[code] for code in household.members(group.name)), ZERO)
        if bands.group_leaves_band(value, group, valuation.total):
            over = value > group.weight * valuation.total
            kind = "plan.group_above_maximum" if over else "plan.group_below_minimum"
            edge = group.maximum if over else group.minimum
            limit: Percent | str = Percent(edge) if edge is not None else ""
            now = Percent(value / valuation.total)
            reason = Message(kind, group=group.name, weight=now, limit=limit)
            return Trigger(due=True, kind=TriggerKind.BAND, reason=reason)
    return None


def _interval(situation: Situation) -> Trigger | None:
    longest = situation.policy.max_interval_days
    if longest is None or situation.last is None or (situation.today - situation.last).days < longest:
        return None
    days = (situation.today - situation.last).days
    reason = Message("plan.longest_interval", days=days, longest=longest)
    return Trigger(due=True, kind=TriggerKind.INTERVAL, reason=reason)


_TRIGGERS = (_scheduled, _threshold, _band, _group_band, _interval)
