"""A review on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.table import TextTable
from xlrebal.domain.quantities import ZERO, as_amount, as_percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.review import QuarterReview


def show(quarters: Sequence[QuarterReview], base: str) -> None:
    """Print every quarter."""
    numbers = ("Rebalances", "Costs", "Drift", "End value", "Return", "Money, a year")
    table = TextTable("Review", ("Quarter", *numbers), frozenset(numbers))
    for one in quarters:
        costs = sum((r.commission + r.slippage + r.tax for r in one.rebalances), ZERO) + one.fx_cost
        drift = ""
        if one.rebalances:
            drift = f"{as_percent(one.rebalances[0].drift_before)} -> {as_percent(one.rebalances[-1].drift_after)}"
        value = as_amount(one.last.value, base) if one.last else ""
        returns = (_rate(one.time_weighted), _rate(one.money_weighted))
        table.add(str(one.quarter), str(len(one.rebalances)), as_amount(costs, base), drift, value, *returns)
    table.show()


def _rate(rate: Decimal | None) -> str:
    return "" if rate is None else as_percent(rate)
