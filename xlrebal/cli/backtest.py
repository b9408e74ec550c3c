"""A simulation on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.table import TextTable, say
from xlrebal.domain.quantities import as_amount, as_percent
from xlrebal.tables.simulated import notes

if TYPE_CHECKING:
    from xlrebal.domain.simulation import Simulation


def show(simulation: Simulation, base: str) -> None:
    """Print what each strategy came to, and what has to be known about it."""
    numbers = ("Return", "Volatility", "Drawdown", "Turnover", "Cost", "Tax", "Rebalances", "End value")
    table = TextTable("Simulation", ("Strategy", *numbers), frozenset(numbers))
    for path in simulation.paths:
        rates = (path.return_, path.volatility, path.drawdown, path.turnover_rate)
        amounts = (as_amount(path.cost, base), "unknown" if path.tax is None else as_amount(path.tax, base))
        end = as_amount(path.values[-1], base)
        table.add(path.rule.value, *map(as_percent, rates), *amounts, str(path.rebalances), end)
    table.show()
    for note in notes(simulation):
        say(note, style="dim")
