"""The tax of a year in Korea, in won.

Income Tax Act art. 103 and 118-5 (overseas-listed: 2,500,000 won free for each person, then 22% with local tax);
art. 17 and 129 (funds: 15.4% withheld of the smaller of gain and rise of the taxable base price); Securities
Transaction Tax Act (2026: 0.20% of the sale of a listed stock, funds exempt).
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction as F

import holidays

DEDUCTION = F(2_500_000)
OVERSEAS = F(22, 100)
FUNDS = F(154, 1000)
# By the day of the sale: KOSPI 0.03% + 0.15% and so on; the sum is the same on both markets.
TRANSACTION = {2023: F(20, 10_000), 2024: F(18, 10_000), 2025: F(15, 10_000), 2026: F(20, 10_000)}


def overseas_tax(gains: F) -> F:
    """Tax of one owner's net gains of a year."""
    return max(F(0), gains - DEDUCTION) * OVERSEAS


def fund_tax(gain: F, rise: F | None) -> F:
    """Withheld at the sale of a fund; without base prices an upper bound."""
    taxed = gain if rise is None else min(gain, rise)
    return max(F(0), taxed) * FUNDS


def transaction_tax(amount: F, day: dt.date) -> F:
    """Tax on the sale of a listed stock."""
    return amount * TRANSACTION[day.year]


def counts_on(sold: dt.date) -> dt.date:
    """The day on which the sale of an overseas-listed asset counts: settled in New York a business day later, and in
    Korea it is the next day by then."""
    closed = holidays.financial_holidays("NYSE", years=[sold.year, sold.year + 1])
    day = sold + dt.timedelta(days=1)
    while day.weekday() >= 5 or day in closed:
        day += dt.timedelta(days=1)
    return day + dt.timedelta(days=1)
