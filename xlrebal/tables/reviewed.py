"""The review as result tables, and the records of the workbook that it is made from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO
from xlrebal.domain.review import Rebalance, ValuePoint
from xlrebal.tables import formats as f
from xlrebal.tables.grid import Cell, Changeset, Chart, Column, TableWrite
from xlrebal.tables.history import kept_rows
from xlrebal.tables.journal import LOG
from xlrebal.tables.rulebook.log import FIRST, SETTING_UP, read_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlrebal.domain.review import QuarterReview
    from xlrebal.tables.grid import RawGrid

REVIEW = (
    Column("Quarter", 12, "center", number_format=f.TEXT),
    Column("Rebalances", 14, "right", number_format=f.COUNT),
    Column("Reasons", 22, wrap=True, number_format=f.TEXT),
    Column("Traded", 17, "right", number_format=f.BASE),
    Column("Commission", 15, "right", number_format=f.BASE),
    Column("Slippage", 14, "right", number_format=f.BASE),
    Column("FX cost", 13, "right", number_format=f.BASE),
    Column("Tax", 15, "right", number_format=f.BASE),
    Column("Drift before", 13, "right", number_format=f.WEIGHT),
    Column("Drift after", 13, "right", number_format=f.WEIGHT),
    Column("Start value", 17, "right", number_format=f.BASE),
    Column("Paid in", 17, "right", number_format=f.BASE),
    Column("Dividends", 15, "right", number_format=f.BASE),
    Column("End value", 17, "right", number_format=f.BASE),
    Column("Return", 11, "right", number_format=f.WEIGHT),
    Column("Money-weighted, a year", 20, "right", number_format=f.WEIGHT),
    Column("Rule changes", 44, wrap=True, number_format=f.TEXT),
)
BENCHMARKS = (
    Column("Quarter", 12, "center", number_format=f.TEXT),
    Column("Benchmark", 18, wrap=True, number_format=f.TEXT),
    Column("Benchmark return", 15, "right", number_format=f.WEIGHT),
    Column("Our return", 13, "right", number_format=f.WEIGHT),
    Column("Difference", 14, "right", number_format=f.DRIFT),
)
_SPARE_ROWS = 12


def values_in(history: RawGrid | None) -> tuple[ValuePoint, ...]:
    """Return the recorded values of the table History, oldest first."""
    points = []
    for row in kept_rows(history, 2):
        day, value = row[0].value, row[1].value
        if isinstance(day, dt.date) and isinstance(value, Decimal):
            points.append(ValuePoint(day, value))
    return tuple(sorted(points, key=lambda point: point.date))


def rebalances_in(log: RawGrid | None) -> tuple[Rebalance, ...]:
    """Return the log of rebalances; figures that a person has cleared count as 0."""
    found = []
    for row in kept_rows(log, len(LOG)):
        day, trigger, _, orders, *figures, _ = (cell.value for cell in row)
        if isinstance(day, dt.date):
            numbers = [figure if isinstance(figure, Decimal) else ZERO for figure in figures]
            count = int(orders) if isinstance(orders, Decimal) else 0
            found.append(Rebalance(day, str(trigger or ""), count, *numbers))
    return tuple(found)


def changes_in(table: RawGrid | None) -> tuple[tuple[dt.date, str], ...]:
    """Return the changed rules in words."""
    changes = [c for c in read_changes(table) if c.reason not in (FIRST, SETTING_UP)]
    return tuple(
        (c.date, f"{c.rule}: {c.old or '-'} to {c.new}" + (f" ({c.reason})" if c.reason else "")) for c in changes
    )


def review_tables(quarters: Sequence[QuarterReview], base: str) -> Changeset:
    """Return the table of quarters with its chart, and that of benchmarks where there are any."""
    rows = list(map(_row, quarters))
    chart = Chart("column", "Return of each quarter", "Quarter", ("Return",), "0.0%", below=_SPARE_ROWS)
    tables = [TableWrite("Review", "Review", *f.in_columns(REVIEW, rows, base), chart=chart)]
    compared = [row for quarter in quarters for row in _benchmark_rows(quarter)]
    if compared:
        chart = Chart("column", "Against the benchmarks", "Quarter", ("Our return", "Benchmark return"), "0.0%")
        shown = f.in_columns(BENCHMARKS, compared)
        tables.append(TableWrite("ReviewBenchmarks", "Review benchmarks", *shown, chart=chart))
    return Changeset(tuple(tables), f.own_formats([base]))


def _row(review: QuarterReview) -> tuple[Cell, ...]:
    done = review.rebalances
    return (
        f.text(str(review.quarter)),
        Cell(len(done)),
        f.text(", ".join(dict.fromkeys(one.trigger or "cash" for one in done))),
        f.number(_sum(one.amount for one in done)),
        f.number(_sum(one.commission for one in done)),
        f.number(_sum(one.slippage for one in done)),
        f.number(review.fx_cost),
        f.number(_sum(one.tax for one in done)),
        f.number(done[0].drift_before if done else None),
        f.number(done[-1].drift_after if done else None),
        f.number(review.first.value if review.first else None),
        f.number(review.flows),
        f.number(review.dividends),
        f.number(review.last.value if review.last else None),
        f.number(review.time_weighted),
        f.number(review.money_weighted),
        f.text("; ".join(review.rule_changes)),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _benchmark_rows(review: QuarterReview) -> list[tuple[Cell, ...]]:
    ours, rows = review.time_weighted, list[tuple[Cell, ...]]()
    for name, theirs in review.benchmarks.items():
        difference = None if ours is None or theirs is None else ours - theirs
        rows.append(
            (
                f.text(str(review.quarter)),
                f.text(name),
                f.number(theirs),
                f.number(ours),
                f.number(difference),
            )
        )
    return rows
