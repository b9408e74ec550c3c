"""Tables that are kept over the years beside History: the log of rebalances and the log of rule changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Name
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.result_table import ResultColumn, ResultTable

if TYPE_CHECKING:
    from xlrebal.tables.contract.result_table import Value


def _kept(_: object) -> Value:
    """Rows that are kept are cells already."""
    return None


_C = partial(ResultColumn[Any], value=_kept)
_BASE = partial(_C, width=17, align="right", number_format=f.BASE)
_DATE = partial(_C, width=12, align="center", number_format=f.DATE)
_WEIGHT = partial(_C, width=13, align="right", number_format=f.WEIGHT)

REBALANCE_LOG: ResultTable[Any] = ResultTable(
    "RebalanceLog",
    Name("Rebalance log", "리밸런싱 기록"),
    (
        _DATE(Name("Date", "날짜")),
        _C(Name("Trigger", "판정"), width=14, align="center"),
        _BASE(Name("Total value", "총 평가액")),
        _C(Name("Orders", "주문 수"), width=11, align="right", number_format=f.COUNT),
        _BASE(Name("Amount", "금액")),
        _BASE(Name("Commission", "수수료"), width=15),
        _BASE(Name("Slippage", "슬리피지"), width=14),
        _BASE(Name("Tax", "세금"), width=15),
        _WEIGHT(Name("Drift before", "이전 이탈")),
        _WEIGHT(Name("Drift after", "주문 후 이탈")),
        _C(Name("Note", "메모"), width=44, wrap=True),
    ),
)
RULE_CHANGES: ResultTable[Any] = ResultTable(
    "RuleChanges",
    Name("Rule changes", "규칙 변경"),
    (
        _DATE(Name("Date", "날짜")),
        _C(Name("Rule", "규칙"), width=34, wrap=True),
        _C(Name("From", "이전"), width=20, wrap=True),
        _C(Name("To", "이후"), width=20, wrap=True),
        _C(Name("Reason", "사유"), width=44, wrap=True),
        _DATE(Name("Waits until", "대기 종료일"), width=14),
    ),
    landscape=False,
)
