"""A simulation on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.views.table import TextTable
from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import as_amount, as_percent
from xlrebal.language import render
from xlrebal.tables.contract.words import STRATEGIES
from xlrebal.tables.write.simulation import notes

if TYPE_CHECKING:
    from xlrebal.cli.terminal import Terminal
    from xlrebal.domain.simulation import Path, Simulation

_NUMBERS = (
    Name("Return", "수익률"),
    Name("Volatility", "변동성"),
    Name("Drawdown", "낙폭"),
    Name("Turnover", "회전율"),
    Name("Cost", "비용"),
    Name("Tax", "세금"),
    Name("Rebalances", "리밸런싱"),
    Name("End value", "기말 평가액"),
)


def show(terminal: Terminal, simulation: Simulation, base: str) -> None:
    """Print what each strategy came to, and what has to be known about it."""
    headers = (Name("Strategy", "전략"), *_NUMBERS)
    table = TextTable(Message("terminal.simulation"), headers, frozenset(_NUMBERS), language=terminal.language)
    for path in simulation.paths:
        table.add(*_cells(terminal, path, base))
    table.show()
    for note in notes(simulation):
        terminal.say(note, style="dim")


def _cells(terminal: Terminal, path: Path, base: str) -> tuple[str, ...]:
    strategy = render(STRATEGIES[path.rule], terminal.language)
    rates = (path.return_, path.volatility, path.drawdown, path.turnover_rate)
    tax = terminal.words(Message("terminal.unknown")) if path.tax is None else as_amount(path.tax, base)
    figures = (as_amount(path.cost, base), tax, str(path.rebalances), as_amount(path.values[-1], base))
    return strategy, *map(as_percent, rates), *figures
