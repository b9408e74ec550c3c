"""Business days of an exchange, and the days of a schedule."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from xlrebal.domain.policy import CheckFrequency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xlrebal.domain.policy import Policy

_SATURDAY = 5
_ONE_DAY = dt.timedelta(days=1)


class MissingCalendarError(LookupError):
    """The closed days of an exchange in a year are needed and not among the data."""


def is_open(day: dt.date, exchange: str, closed: Mapping[int, frozenset[dt.date]]) -> bool:
    """Return whether an exchange is open on a day, by its closed days of each year (weekends aside).

    Raises ``MissingCalendarError`` for a year that is not there: which days are holidays is never guessed.
    """
    if day.weekday() >= _SATURDAY:
        return False
    try:
        return day not in closed[day.year]
    except KeyError:
        raise MissingCalendarError(f"{exchange} {day.year}") from None


def is_business_day(day: dt.date, policy: Policy) -> bool:
    """Return whether the policy's exchange is open on a day. Raises ``MissingCalendarError``."""
    return day not in policy.extra_holidays and is_open(day, policy.exchange, policy.closed_days)


def scheduled_day(year: int, month: int, policy: Policy) -> dt.date:
    """Return the scheduled day of a month: its first or last business day, or the first on or after a day."""
    last = calendar.monthrange(year, month)[1]
    if policy.day == "last_business_day":
        return _first_open(dt.date(year, month, last), -_ONE_DAY, policy)
    start = 1 if policy.day == "first_business_day" else min(int(policy.day), last)
    return _first_open(dt.date(year, month, start), _ONE_DAY, policy)


def _first_open(day: dt.date, step: dt.timedelta, policy: Policy) -> dt.date:
    while not is_business_day(day, policy):
        day += step
    return day


def schedule(today: dt.date, policy: Policy) -> tuple[dt.date, dt.date]:
    """Return the latest scheduled day on or before today, and the next one after it."""
    past, future = dt.date.min, dt.date.max
    for day in _days_around(today, policy):
        if day <= today:
            past = max(past, day)
        else:
            future = min(future, day)
    return past, future


def _days_around(today: dt.date, policy: Policy) -> Iterator[dt.date]:
    """Scheduled days near today; a day of December may move into January, so look one year around."""
    wanted = [(year, month) for year in (today.year - 1, today.year, today.year + 1) for month in policy.months]
    before = [pair for pair in wanted if pair <= (today.year, today.month)][-2:]
    after = [pair for pair in wanted if pair > (today.year, today.month)][:1]
    return (scheduled_day(year, month, policy) for year, month in before + after)


def begins_period(before: dt.date, day: dt.date, frequency: CheckFrequency) -> bool:
    """Return whether a later day lies in another period of looking than an earlier one."""
    return _period(before, frequency) != _period(day, frequency)


def next_look(today: dt.date, frequency: CheckFrequency) -> dt.date:
    """Return the first weekday of the next period of looking."""
    day = today + _ONE_DAY
    while day.weekday() >= _SATURDAY or not begins_period(today, day, frequency):
        day += _ONE_DAY
    return day


def _period(day: dt.date, frequency: CheckFrequency) -> tuple[int, ...]:
    if frequency is CheckFrequency.DAILY:
        return (day.toordinal(),)
    if frequency is CheckFrequency.WEEKLY:
        return day.isocalendar()[:2]
    return day.year, day.month if frequency is CheckFrequency.MONTHLY else (day.month - 1) // 3
