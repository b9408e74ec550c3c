"""A review on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.views.table import TextTable
from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import ZERO, as_amount, as_percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.cli.terminal import Terminal
    from xlrebal.domain.review import QuarterReview

_NUMBERS = (
    Name("Rebalances", "리밸런싱"),
    Name("Costs", "비용"),
    Name("Drift", "이탈"),
    Name("End value", "기말 평가액"),
    Name("Return", "수익률"),
    Name("Money, a year", "금액가중 연수익률"),
)


def show(terminal: Terminal, quarters: Sequence[QuarterReview], base: str) -> None:
    """Print every quarter."""
    headers = (Name("Quarter", "분기"), *_NUMBERS)
    table = TextTable(Message("terminal.review"), headers, frozenset(_NUMBERS), language=terminal.language)
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
