"""Purchases and what a sale takes from them, share by share."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True)
class Share:
    """A share, or a part of one, that was bought on a day.

    ``cost`` is what it cost in the currency of the tax, None where that is not known; ``base`` its taxable base price
    (Korea); ``held_since`` the day from which it counts as held, when a washed loss carried an earlier one.
    """

    day: dt.date
    units: Fraction
    cost: Fraction | None
    base: Fraction | None = None
    held_since: dt.date | None = None

    @property
    def since(self) -> dt.date:
        return self.held_since or self.day

    def part(self, units: Fraction) -> Share:
        """So many units of it."""
        share = units / self.units
        cost = None if self.cost is None else self.cost * share
        return replace(self, units=units, cost=cost, base=None if self.base is None else self.base * share)


def is_long(bought: dt.date, sold: dt.date) -> bool:
    """Held for more than one year: the day after the purchase is the first (IRS Publication 544, Rev. Rul. 66-7).

    What was bought on the last day of a month is held for more than a year from the first day of the thirteenth month
    on: bought on 28 February 2023, sold on 1 March 2024 is long, on 29 February 2024 is not.
    """
    last = calendar.monthrange(bought.year, bought.month)[1]
    if bought.day == last:
        year, month = (bought.year + 1, bought.month + 1) if bought.month < 12 else (bought.year + 2, 1)
        return sold >= dt.date(year, month, 1)
    return sold > dt.date(bought.year + 1, bought.month, bought.day)


def sell(shares: list[Share], units: Fraction, method: str) -> tuple[list[Share], list[Share]]:
    """What a sale takes, and what is left. ``method``: average, fifo, lifo, highest_cost.

    With the average every unit costs the average of the whole holding, and the oldest are sold first (Reg.
    1.1012-1(e)(7)); what is left keeps its days.
    """
    if method == "average":
        shares = averaged(shares)
    ordered = sorted(shares, key=lambda s: s.since if method == "average" else s.day)
    if method == "lifo":
        ordered = sorted(shares, key=lambda s: s.day, reverse=True)
    if method == "highest_cost":
        ordered = sorted(shares, key=lambda s: (s.cost or Fraction(0)) / s.units, reverse=True)
    taken, left = [], []
    for share in ordered:
        now = min(units, share.units)
        units -= now
        if now:
            taken.append(share.part(now))
        if now < share.units:
            left.append(share.part(share.units - now))
    return taken, left


def averaged(shares: list[Share]) -> list[Share]:
    """The same units, each at the average cost of all."""
    whole = sum((s.units for s in shares), Fraction(0))
    if not whole:
        return []
    cost = None if any(s.cost is None for s in shares) else sum(((s.cost or 0) for s in shares), Fraction(0)) / whole
    base = None if any(s.base is None for s in shares) else sum(((s.base or 0) for s in shares), Fraction(0)) / whole
    return [
        replace(s, cost=None if cost is None else cost * s.units, base=None if base is None else base * s.units)
        for s in shares
    ]
