"""A simulation as result tables: what each strategy came to, and its value over time, each with a chart."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from xlrebal.tables import formats as f
from xlrebal.tables.grid import Cell, Changeset, Chart, Column, TableWrite

if TYPE_CHECKING:
    from xlrebal.domain.simulation import Path, Simulation

STRATEGIES = (
    Column("Strategy", 14, number_format=f.TEXT),
    Column("Return a year", 13, "right", number_format=f.WEIGHT),
    Column("Volatility", 13, "right", number_format=f.WEIGHT),
    Column("Maximum drawdown", 15, "right", number_format=f.WEIGHT),
    Column("Turnover a year", 13, "right", number_format=f.WEIGHT),
    Column("Cost", 17, "right", number_format=f.BASE),
    Column("Tax", 17, "right", number_format=f.BASE),
    Column("Rebalances", 14, "right", number_format=f.COUNT),
    Column("End value", 18, "right", number_format=f.BASE),
    Column("Note", 60, wrap=True, number_format=f.TEXT),
)
_MOST_ROWS = 250

WARNING = (
    "A back-test, not a forecast. It leaves out failed executions, and spreads and market impact beyond slippage_rate; "
    "it trades any amount at the price of the row. What was better in the past need not be."
)


def simulation_tables(simulation: Simulation, base: str) -> Changeset:
    """Return both tables."""
    return Changeset((_strategies(simulation, base), _paths(simulation, base)), f.own_formats([base]))


def notes(simulation: Simulation) -> tuple[str, ...]:
    """Return what a reader has to know, a sentence each."""
    first, last = simulation.days[0], simulation.days[-1]
    return (
        f"{first.isoformat()} to {last.isoformat()}, {len(simulation.days):,} rows of prices.",
        WARNING,
        "Costs, tax and targets are those of this workbook on the day of the run; tax is paid when a gain is realised.",
        "Return is yearly; volatility is that of the changes from row to row, made yearly.",
    )


def _strategies(simulation: Simulation, base: str) -> TableWrite:
    said = zip_longest(simulation.paths, notes(simulation), fillvalue="")
    rows = [_row(path, base, note) for path, note in said if not isinstance(path, str) and isinstance(note, str)]
    series = ("Return a year", "Volatility", "Maximum drawdown")
    chart = Chart("column", "Return and risk of each strategy", "Strategy", series, "0%", below=2)
    return TableWrite("Simulation", "Simulation", *f.in_columns(STRATEGIES, rows, base), chart=chart)


def _row(path: Path, base: str, note: str) -> tuple[Cell, ...]:
    return (
        f.text(path.rule.value),
        f.number(path.return_),
        f.number(path.volatility),
        f.number(path.drawdown),
        f.number(path.turnover_rate),
        f.number(f.whole(path.cost, base)),
        f.number(None if path.tax is None else f.whole(path.tax, base)),
        Cell(path.rebalances),
        f.number(f.whole(path.values[-1], base)),
        f.text(note),
    )


def _paths(simulation: Simulation, base: str) -> TableWrite:
    """The value over time; of a long history, evenly spaced days and the last one."""
    count = len(simulation.days)
    step = max(1, -(-count // _MOST_ROWS))
    chosen = sorted({*range(0, count, step), count - 1})
    amount, names = f.money(base), [path.rule.value for path in simulation.paths]
    rows = [
        (f.date(simulation.days[n]), *(f.number(f.whole(p.values[n], base), amount) for p in simulation.paths))
        for n in chosen
    ]
    columns = (Column("Date", 12, "center"), *(Column(name, 17, "right") for name in names))
    chart = Chart("line", "Value over time", "Date", tuple(names), amount, "yyyy-mm")
    return TableWrite("SimulationPaths", "Simulation paths", *f.in_columns(columns, rows, base), chart=chart)
