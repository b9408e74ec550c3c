"""Result tables in either language: which one a workbook has, and by which words its parts are known."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Name
from xlrebal.language import LANGUAGES, render
from xlrebal.tables.contract.logs import REBALANCE_LOG, RULE_CHANGES
from xlrebal.tables.contract.own_rates import FX_RATE_NAME
from xlrebal.tables.contract.results import PLAN_TABLES
from xlrebal.tables.contract.schema import TRADES
from xlrebal.tables.contract.words import (
    ACTIONS,
    GAIN_STATES,
    NO_TRIGGER,
    PLANNED,
    RECORDED,
    STATUSES,
    TERMS,
    TRIGGERS,
    both,
)
from xlrebal.tables.write.review import BENCHMARKS, REVIEW
from xlrebal.tables.write.simulation import PATHS, SIMULATION
from xlrebal.tables.write.wording import SUMMARY_LABELS, summary_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlrebal.tables.contract.result_table import ResultTable
    from xlrebal.workbook.cells import RawGrid

ALL_TABLES: tuple[ResultTable[Any], ...] = (
    *PLAN_TABLES,
    REBALANCE_LOG,
    RULE_CHANGES,
    REVIEW,
    BENCHMARKS,
    SIMULATION,
)
SHEETS = {table.sheet.english: table.sheet for table in ALL_TABLES} | {
    PATHS.english: PATHS,
    TRADES.name: Name(TRADES.name, TRADES.korean),
}
"""Every sheet of results by its English name."""

# An input that a recording may have to make: it is read by the headers of inputs.
_TRADES = {field.header: Name(field.header, field.korean) for field in TRADES.fields}


def header_of(table: str, english: str) -> Name:
    """Return the header of a column of a result table in every language."""
    found = next(
        (c.header for t in ALL_TABLES if t.name == table for c in t.columns if c.header.english == english), None
    )
    return found or _TRADES.get(english, Name(english, english))


def is_korean(grid: RawGrid | None) -> bool:
    """Return whether a result table is there and most of its headers are our Korean ones."""
    if grid is None or not grid.is_table:
        return False
    headers = [cell.value for cell in grid.rows[0]]
    return sum(header in _korean_headers() for header in headers) > len(headers) / 2


def _headers() -> Iterable[Name]:
    yield from (column.header for table in ALL_TABLES for column in table.columns)
    yield from _TRADES.values()
    yield FX_RATE_NAME


@cache
def _korean_headers() -> frozenset[str]:
    return frozenset(name.korean for name in _headers() if name.korean != name.english)


def own_words() -> frozenset[str]:
    """Return the headers, labels, marks and states of result tables in every language."""
    lists: tuple[Mapping[Any, Name], ...] = (ACTIONS, STATUSES, GAIN_STATES, TRIGGERS)
    words = (*(name for one in lists for name in one.values()), NO_TRIGGER, PLANNED, RECORDED)
    names = (*_headers(), *words, *(term for term in TERMS.values() if isinstance(term, Name)))
    labels = {render(summary_label(name), language) for name in SUMMARY_LABELS for language in LANGUAGES}
    empty = {render(t.empty[1], language) for t in ALL_TABLES if t.empty for language in LANGUAGES}
    return frozenset(labels | empty | {word for name in names for word in both(name)})
