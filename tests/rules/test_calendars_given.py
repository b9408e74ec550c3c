"""A plan gets the closed days of every year that it looks at, on any day."""

from __future__ import annotations

import datetime as dt

import pytest
from books import FAMILY, settings
from oracle.family import memory_book

from xlrebal import app

SCHEDULES = (
    {"months": "1", "day": "last_business_day"},
    {"months": "2,8", "day": "31"},
    {"months": "12", "day": "first_business_day", "frequency": "annual"},
)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule["months"])
@pytest.mark.parametrize("exchange", ["XKRX", "XNYS"])
def test_no_day_asks_for_a_year_that_is_not_given(schedule: dict[str, str], exchange: str) -> None:
    rules = {"strategy": "hybrid", "exchange": exchange, "tax_country": "KR", "check_frequency": "quarterly"}
    head, *rows = FAMILY["Targets"]
    targets = [(*head, "Tax class"), *((*row, "overseas_listed") for row in rows)]
    tables = dict(FAMILY) | {"Targets": targets, "Settings": settings(**rules | schedule)}
    for number in range(0, 740, 7):
        day = dt.date(2026, 1, 1) + dt.timedelta(days=number)
        plan = app.calculate(memory_book(tables), app.Request(as_of=day)).plan
        assert plan.trigger.next_scheduled is not None
        assert plan.trigger.next_scheduled > day
    for day in (dt.date(2026, 12, 28 + n) for n in range(4)):
        assert app.calculate(memory_book(tables), app.Request(as_of=day)).plan.tax is not None
