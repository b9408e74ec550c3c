"""Which tax year a sale belongs to: that of its settlement, where the country says so."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from xlrebal.engine.today.calendar import is_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.domain.tax_rules import TaxClass, TaxRules

_ONE_DAY = dt.timedelta(days=1)
# No sale takes longer to settle; an earlier one in December needs no calendar.
_LONGEST = dt.timedelta(days=15)


def settled(day: dt.date, tax_class: TaxClass, rules: TaxRules) -> dt.date:
    """Return the day on which a sale counts for tax. Raises ``MissingCalendarError``."""
    rule = tax_class.settlement
    if rule is None:
        return day
    known = rules.closed_days.get(rule.exchange, {})
    for _ in range(rule.business_days):
        day = _next_open(day, rule.exchange, known)
    return day + rule.later_days * _ONE_DAY


def _next_open(day: dt.date, exchange: str, closed: Mapping[int, frozenset[dt.date]]) -> dt.date:
    day += _ONE_DAY
    while not is_open(day, exchange, closed):
        day += _ONE_DAY
    return day


def tax_year(day: dt.date, tax_class: TaxClass, rules: TaxRules) -> int:
    """Return the tax year of a sale on a day."""
    if tax_class.settlement is None or day + _LONGEST < dt.date(day.year + 1, 1, 1):
        return day.year
    return settled(day, tax_class, rules).year


def last_sale_day(day: dt.date, tax_class: TaxClass, rules: TaxRules) -> dt.date:
    """Return the last day on which a sale still counts for the tax year of a sale on ``day``."""
    year = tax_year(day, tax_class, rules)
    last = dt.date(year, 12, 31)
    rule = tax_class.settlement
    closed = rules.closed_days.get(rule.exchange, {}) if rule else {}
    while settled(last, tax_class, rules).year > year or (rule and not is_open(last, rule.exchange, closed)):
        last -= _ONE_DAY
    return last
