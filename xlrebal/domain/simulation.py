"""What strategies would have done on a history of prices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal


class Rule(StrEnum):
    """When a simulated household rebalances."""

    NEVER = "never"
    CALENDAR = "calendar"
    THRESHOLD = "threshold"
    HYBRID = "hybrid"
    BANDS = "bands"


@dataclass(frozen=True)
class PriceDay:
    """Prices of one day by code, in the base currency."""

    date: dt.date
    prices: Mapping[str, Decimal]


@dataclass(frozen=True)
class Path:
    """One strategy on a history of prices.

    Attributes:
        rule: The strategy.
        values: Value of the household on each day, costs and tax paid, base currency.
        rebalances: How often it sold or bought.
        turnover: Half of everything traded, base currency.
        cost: Commission and slippage, base currency.
        tax: Tax on realised gains, base currency; None where that of a sale is not known.
        return_: Yearly return, a fraction.
        volatility: Yearly standard deviation of the returns from row to row, a fraction.
        drawdown: Largest fall from an earlier high, a negative fraction.
        turnover_rate: Turnover of a year as a fraction of the average value.
        rebalanced: The days on which it sold or bought, after the first one.

    """

    rule: Rule
    values: tuple[Decimal, ...]
    rebalances: int
    turnover: Decimal
    cost: Decimal
    tax: Decimal | None
    return_: Decimal
    volatility: Decimal
    drawdown: Decimal
    turnover_rate: Decimal
    rebalanced: tuple[dt.date, ...] = ()


@dataclass(frozen=True)
class Simulation:
    """Every strategy on the same days and prices."""

    days: tuple[dt.date, ...]
    paths: tuple[Path, ...]
