"""What a quarter came to: rebalances, costs, drift, return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.message import Message


@dataclass(frozen=True)
class Quarter:
    """Three months of a calendar year; ``number`` is 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True)
class ValuePoint:
    """The recorded value of the household on a day, base currency."""

    date: dt.date
    value: Decimal


@dataclass(frozen=True)
class Flow:
    """Money that came into the household (negative: went out) on a day, base currency."""

    date: dt.date
    amount: Decimal


@dataclass(frozen=True)
class Rebalance:
    """A rebalance as it was carried out: a line of the log. Amounts in base currency, drifts as fractions.

    ``trigger`` is what set it off, by its code; empty where orders only put cash to use.
    """

    date: dt.date
    trigger: str
    total_value: Decimal
    orders: int
    amount: Decimal
    commission: Decimal
    slippage: Decimal
    tax: Decimal
    drift_before: Decimal
    drift_after: Decimal
    note: str = ""


@dataclass(frozen=True)
class QuarterReview:
    """One quarter. Amounts in base currency, returns and drifts as fractions; None where nothing is known.

    Attributes:
        quarter: Which one.
        rebalances: Those of the quarter.
        fx_cost: Estimated cost of changing money for the trades in foreign currencies.
        first: Value at the start: the last recorded one before the quarter, or the first one in it.
        last: Last recorded value.
        flows: Money that came in, less what went out.
        dividends: Dividends received.
        time_weighted: Return that does not depend on the flows.
        money_weighted: Yearly internal rate of return of the money.
        benchmarks: Return of each benchmark between the same days.
        rule_changes: Rules that changed: each with what it was and what it became.

    """

    quarter: Quarter
    rebalances: tuple[Rebalance, ...]
    fx_cost: Decimal
    first: ValuePoint | None
    last: ValuePoint | None
    flows: Decimal
    dividends: Decimal
    time_weighted: Decimal | None
    money_weighted: Decimal | None
    benchmarks: Mapping[str, Decimal | None]
    rule_changes: tuple[Message, ...]
