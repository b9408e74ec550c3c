"""The review as result tables, and the records of the workbook that it is made from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import ZERO
from xlrebal.domain.review import Rebalance, ValuePoint
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.result_table import Picture, ResultColumn, ResultTable
from xlrebal.tables.contract.words import NO_TRIGGER, TRIGGERS, name_of
from xlrebal.tables.write.history import kept_rows
from xlrebal.workbook.cells import Changeset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xlrebal.domain.review import QuarterReview
    from xlrebal.tables.contract.result_table import Value
    from xlrebal.workbook.cells import RawGrid

_C = ResultColumn[Any]
_BASE = partial(_C, width=17, align="right", number_format=f.BASE)
_WEIGHT = partial(_C, width=13, align="right", number_format=f.WEIGHT)


def _total(figure: Callable[[Rebalance], Decimal]) -> Callable[[QuarterReview], Value]:
    return lambda review: sum((figure(one) for one in review.rebalances), ZERO)


def _reasons(review: QuarterReview) -> Value:
    words = dict.fromkeys(one.trigger for one in review.rebalances)
    names = tuple(name_of(word, TRIGGERS.values()) if word else NO_TRIGGER for word in words)
    return Message("sheet.list", all=names) if names else None


REVIEW = ResultTable(
    "Review",
    Name("Review", "분기 점검"),
    (
        _C(Name("Quarter", "분기"), lambda one: str(one.quarter), "quarter", 12, "center"),
        _C(Name("Rebalances", "리밸런싱"), lambda one: len(one.rebalances), "rebalances", 14, "right", f.COUNT),
        _C(Name("Reasons", "사유"), _reasons, "reasons", 22, wrap=True),
        _BASE(Name("Traded", "거래액"), _total(lambda one: one.amount), "traded"),
        _BASE(Name("Commission", "수수료"), _total(lambda one: one.commission), "commission", width=15),
        _BASE(Name("Slippage", "슬리피지"), _total(lambda one: one.slippage), "slippage", width=14),
        _BASE(Name("FX cost", "환전 비용"), lambda one: one.fx_cost, "fx_cost", width=13),
        _BASE(Name("Tax", "세금"), _total(lambda one: one.tax), "tax", width=15),
        _WEIGHT(
            Name("Drift before", "이전 이탈"),
            lambda one: one.rebalances[0].drift_before if one.rebalances else None,
            "drift_before",
        ),
        _WEIGHT(
            Name("Drift after", "주문 후 이탈"),
            lambda one: one.rebalances[-1].drift_after if one.rebalances else None,
            "drift_after",
        ),
        _BASE(Name("Start value", "기초 평가액"), lambda one: one.first.value if one.first else None, "start_value"),
        _BASE(Name("Paid in", "입금"), lambda one: one.flows, "paid_in"),
        _BASE(Name("Dividends", "배당"), lambda one: one.dividends, "dividends", width=15),
        _BASE(Name("End value", "기말 평가액"), lambda one: one.last.value if one.last else None, "end_value"),
        _WEIGHT(Name("Return", "수익률"), lambda one: one.time_weighted, "return", width=11),
        _WEIGHT(
            Name("Money-weighted, a year", "금액가중 연수익률"),
            lambda one: one.money_weighted,
            "money_weighted",
            width=20,
        ),
        _C(
            Name("Rule changes", "규칙 변경"),
            lambda one: Message("sheet.clauses", all=one.rule_changes) if one.rule_changes else None,
            "rule_changes",
            44,
            wrap=True,
        ),
    ),
    picture=Picture("column", Message("sheet.return_of_quarters"), "Quarter", ("Return",), "0.0%", below=12),
)
_COMPARED = ("Our return", "Benchmark return")
BENCHMARKS = ResultTable(
    "ReviewBenchmarks",
    Name("Review benchmarks", "지수 비교"),
    (
        _C(Name("Quarter", "분기"), lambda one: str(one[0].quarter), "quarter", 12, "center"),
        _C(Name("Benchmark", "지수"), lambda one: one[1], "benchmark", 18, wrap=True),
        _WEIGHT(Name("Benchmark return", "지수 수익률"), lambda one: one[2], "benchmark_return", width=15),
        _WEIGHT(Name("Our return", "우리 수익률"), lambda one: one[0].time_weighted, "our_return"),
        _WEIGHT(Name("Difference", "차이"), lambda one: _ahead(*one), "difference", width=14, number_format=f.DRIFT),
    ),
    picture=Picture("column", Message("sheet.against_benchmarks"), "Quarter", _COMPARED, "0.0%"),
)


def _ahead(review: QuarterReview, _name: str, theirs: Decimal | None) -> Decimal | None:
    ours = review.time_weighted
    return None if ours is None or theirs is None else ours - theirs


def values_in(history: RawGrid | None) -> tuple[ValuePoint, ...]:
    """Return the recorded values of the table History, oldest first."""
    points = []
    for row in kept_rows(history, 2):
        day, value = row[0].value, row[1].value
        if isinstance(day, dt.date) and isinstance(value, Decimal):
            points.append(ValuePoint(day, value))
    return tuple(sorted(points, key=lambda point: point.date))


def review_tables(quarters: Sequence[QuarterReview], base: str, language: str) -> Changeset:
    """Return the table of quarters with its chart, and that of benchmarks where there are any."""
    tables = [REVIEW.write(quarters, language, base)]
    compared = list(_compared(quarters))
    if compared:
        tables.append(BENCHMARKS.write(compared, language))
    return Changeset(tuple(tables), f.own_formats([base]))


def _compared(quarters: Iterable[QuarterReview]) -> Iterable[tuple[QuarterReview, str, Decimal | None]]:
    return ((quarter, name, theirs) for quarter in quarters for name, theirs in quarter.benchmarks.items())
