"""A simulation as result tables: what each strategy came to, and its value over time, each with a chart."""

from __future__ import annotations

from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Message, Name
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.result_table import Picture, ResultColumn, ResultTable
from xlrebal.tables.contract.words import STRATEGIES
from xlrebal.workbook.cells import Changeset

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.domain.simulation import Path, Simulation
    from xlrebal.tables.contract.result_table import Value
    from xlrebal.workbook.cells import TableWrite

_C = ResultColumn[Any]
_BASE = partial(_C, width=17, align="right", number_format=f.BASE)
_WEIGHT = partial(_C, width=13, align="right", number_format=f.WEIGHT)
_RATES = ("Return a year", "Volatility", "Maximum drawdown")
_MOST_ROWS = 250

# A row is a path, the base currency, and what a reader has to know.
SIMULATION = ResultTable(
    "Simulation",
    Name("Simulation", "모의실험"),
    (
        _C(Name("Strategy", "전략"), lambda row: STRATEGIES[row[0].rule], "strategy", 14),
        _WEIGHT(Name("Return a year", "연수익률"), lambda row: row[0].return_, "return"),
        _WEIGHT(Name("Volatility", "변동성"), lambda row: row[0].volatility, "volatility"),
        _WEIGHT(Name("Maximum drawdown", "최대 낙폭"), lambda row: row[0].drawdown, "drawdown", width=15),
        _WEIGHT(Name("Turnover a year", "연 회전율"), lambda row: row[0].turnover_rate, "turnover"),
        _BASE(Name("Cost", "비용"), lambda row: f.whole(row[0].cost, row[1]), "cost"),
        _BASE(Name("Tax", "세금"), lambda row: None if row[0].tax is None else f.whole(row[0].tax, row[1]), "tax"),
        _C(Name("Rebalances", "리밸런싱"), lambda row: row[0].rebalances, "rebalances", 14, "right", f.COUNT),
        _BASE(Name("End value", "기말 평가액"), lambda row: f.whole(row[0].values[-1], row[1]), "end_value", width=18),
        _C(Name("Note", "메모"), lambda row: row[2], "", 60, wrap=True),
    ),
    picture=Picture("column", Message("sheet.risk_of_strategies"), "Strategy", _RATES, "0%", below=2),
)
PATHS = Name("Simulation paths", "모의실험 경로")


def simulation_tables(simulation: Simulation, base: str, language: str) -> Changeset:
    """Return both tables."""
    told = list(zip_longest(simulation.paths, notes(simulation)))
    rows = [(path, base, note) for path, note in told if path is not None]
    tables = (SIMULATION.write(rows, language, base), _paths(simulation, base, language))
    return Changeset(tables, f.own_formats([base]))


def notes(simulation: Simulation) -> tuple[Message, ...]:
    """Return what a reader has to know, a sentence each."""
    first, last = simulation.days[0], simulation.days[-1]
    return (
        Message("sheet.simulated_days", first=first, last=last, rows=len(simulation.days)),
        Message("sheet.simulation_warning"),
        Message("sheet.simulation_costs"),
        Message("sheet.simulation_measures"),
    )


def _paths(simulation: Simulation, base: str, language: str) -> TableWrite:
    """The value over time; of a long history, evenly spaced days and the last one."""
    count = len(simulation.days)
    step = max(1, -(-count // _MOST_ROWS))
    names = [STRATEGIES[path.rule] for path in simulation.paths]
    title = Message("sheet.value_over_time")
    table: ResultTable[int] = ResultTable(
        "SimulationPaths",
        PATHS,
        (
            ResultColumn(Name("Date", "날짜"), lambda row: simulation.days[row], "", 12, "center", f.DATE),
            *(
                ResultColumn(name, _value_of(path, base), "", 17, "right", f.BASE)
                for name, path in zip(names, simulation.paths, strict=True)
            ),
        ),
        picture=Picture("line", title, "Date", tuple(n.english for n in names), f.money(base), "yyyy-mm"),
    )
    return table.write(sorted({*range(0, count, step), count - 1}), language, base)


def _value_of(path: Path, base: str) -> Callable[[int], Value]:
    return lambda row: f.whole(path.values[row], base)
