"""The result tables of a plan, in the order in which sheets are created. A new column is one line here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from xlrebal.domain.household import Action
from xlrebal.domain.message import Amount, Message, Name
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.result_table import ResultColumn, ResultTable, by_name
from xlrebal.tables.contract.words import ACTIONS, GAIN_STATES, STATUSES, TERMS
from xlrebal.workbook.cells import Tone

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from xlrebal.domain.plan import HarvestOrder, Order
    from xlrebal.tables.contract.result_table import Value

_C = ResultColumn[Any]
_TEXT = partial(_C, wrap=True)
_BASE = partial(_C, width=17, align="right", number_format=f.BASE)
_WEIGHT = partial(_C, width=11, align="right", number_format=f.WEIGHT)
_DATE = partial(_C, width=12, align="center", number_format=f.DATE)
_TRADED = partial(_C, align="right", refined=f.BY_CURRENCY, number_format=f.TRADED)
_UNITS = partial(_C, width=14, align="right", refined=f.WHOLE, number_format=f.QUANTITY)


@dataclass(frozen=True)
class OrderLine:
    """An order as a row of an order sheet: its number or pair, its mark, and for a harvest what it realises."""

    number: int
    order: Order
    status: Message | Name
    harvest: HarvestOrder | None = None


def _traded(figure: Callable[[Order], Decimal | None]) -> Callable[[OrderLine], Value]:
    def amount(line: OrderLine) -> Value:
        value = figure(line.order)
        return None if value is None else Amount(value, line.order.currency)

    return amount


DRIFT = ResultTable(
    "Drift",
    Name("Drift", "비중 점검"),
    (
        _TEXT(Name("Group", "그룹"), lambda line: line.target.group, "group", 16),
        _TEXT(Name("Name", "종목명"), lambda line: line.target.label, "name", 30),
        _C(Name("Code", "종목코드"), lambda line: line.target.code, "code", 15),
        _BASE(Name("Value", "평가금액"), lambda line: line.value, "value"),
        _WEIGHT(Name("Weight", "비중"), lambda line: line.weight, "weight"),
        _WEIGHT(Name("Target", "목표"), lambda line: line.target.weight, "target"),
        _WEIGHT(Name("Min", "최소"), lambda line: line.minimum, "min", width=10),
        _WEIGHT(Name("Max", "최대"), lambda line: line.maximum, "max", width=10),
        _WEIGHT(Name("Drift", "이탈"), lambda line: line.drift, "drift", number_format=f.DRIFT, scaled=True),
        _C(Name("Status", "상태"), lambda line: STATUSES[line.status], "status", 12, "center"),
        _BASE(Name("Value after", "주문 후 금액"), lambda line: line.value_after, "value_after"),
        _WEIGHT(Name("Weight after", "주문 후 비중"), lambda line: line.weight_after, "weight_after", width=13),
        _WEIGHT(
            Name("Drift after", "주문 후 이탈"),
            lambda line: line.drift_after,
            "drift_after",
            width=13,
            number_format=f.DRIFT,
        ),
    ),
    tones=tuple(("Status", name, Tone.GOOD if status == "in band" else Tone.WARN) for status, name in STATUSES.items()),
)
_ORDER = (
    _TEXT(Name("Account", "계좌"), lambda line: line.order.account, "account", 18),
    _C(Name("Action", "구분"), lambda line: ACTIONS[line.order.action], "action", 10, "center"),
    _TEXT(Name("Name", "종목명"), lambda line: line.order.target.label, "name", 30),
    _C(Name("Code", "종목코드"), lambda line: line.order.target.code, "code", 15),
    _UNITS(Name("Quantity", "수량"), lambda line: line.order.quantity, "quantity"),
    _TRADED(Name("Price", "단가"), _traded(lambda order: order.price), "price", 15),
    _C(Name("Currency", "통화"), lambda line: line.order.currency, "currency", 12, "center"),
    _TRADED(Name("Amount", "금액"), _traded(lambda order: order.amount), "amount", 17),
    _BASE(Name("Amount (base)", "금액(기준통화)"), lambda line: line.order.amount_base, "amount_base"),
    _TRADED(Name("Commission", "수수료"), _traded(lambda order: order.commission), "commission", 15),
    _TRADED(Name("Slippage", "슬리피지"), _traded(lambda order: order.slippage), "slippage", 14),
    _BASE(Name("Tax", "세금"), lambda line: line.order.tax, "tax", width=15),
)
_WHY = (
    _TEXT(Name("Reason", "사유"), lambda line: line.order.reason, "reason", 50),
    _TEXT(Name("Status", "상태"), lambda line: line.status, "status", 14, "center"),
)
_SIDES = (("Action", ACTIONS[Action.SELL], Tone.BAD), ("Action", ACTIONS[Action.BUY], Tone.GOOD))
ORDERS = ResultTable(
    "Orders",
    Name("Orders", "주문"),
    (_C(Name("No", "번호"), lambda line: line.number, "", 7, "right", f.COUNT), *_ORDER, *_WHY),
    empty=("Reason", Message("sheet.no_orders_planned")),
    tones=_SIDES,
)
SKIPPED = ResultTable(
    "Skipped",
    Name("Skipped", "제외"),
    (
        _TEXT(Name("Account", "계좌"), lambda skip: skip.account, "account", 18),
        _TEXT(Name("Name", "종목명"), lambda skip: skip.target.label, "name", 30),
        _C(Name("Code", "종목코드"), lambda skip: skip.target.code, "code", 15),
        _BASE(Name("Wanted amount", "필요 금액"), lambda skip: skip.wanted, "wanted_amount"),
        _TEXT(Name("Reason", "사유"), lambda skip: skip.reason, "reason", 60),
    ),
    empty=("Reason", Message("sheet.nothing_left_out")),
)
TAX_LOSS = ResultTable(
    "TaxLoss",
    Name("TaxLoss", "손실 종목"),
    (
        _TEXT(Name("Account", "계좌"), lambda loss: loss.account, "account", 18),
        _TEXT(Name("Name", "종목명"), lambda loss: loss.target.label, "name", 30),
        _C(Name("Code", "종목코드"), lambda loss: loss.target.code, "code", 15),
        _DATE(Name("Lot", "매수일"), lambda loss: loss.lot, "lot"),
        _UNITS(Name("Quantity", "수량"), lambda loss: loss.quantity, "quantity"),
        _BASE(Name("Cost", "취득원가"), lambda loss: loss.cost, "cost"),
        _BASE(Name("Value", "평가금액"), lambda loss: loss.value, "value"),
        _BASE(Name("Loss", "손실"), lambda loss: loss.loss, "loss", width=18),
        _WEIGHT(Name("Loss %", "손실률"), lambda loss: loss.loss_rate, "loss_pct"),
        _BASE(Name("Tax saved", "절세액"), lambda loss: loss.tax_saved, "tax_saved", width=15),
        _TEXT(Name("Replacement", "대체종목"), lambda loss: loss.replacement, "replacement", 18),
        _TEXT(Name("Wash-sale status", "워시세일"), lambda loss: loss.wash_sale, "wash_sale", 18),
        _DATE(
            Name("Do not buy until", "재매수 가능일"), lambda loss: loss.do_not_buy_until, "do_not_buy_until", width=16
        ),
    ),
    empty=("Name", Message("sheet.no_candidates")),
)
GAINS = ResultTable(
    "Gains",
    Name("Gains", "양도 손익"),
    (
        _C(Name("State", "구분"), lambda line: GAIN_STATES[line.state], "state", 12, "center"),
        _DATE(Name("Date", "날짜"), lambda line: line.date, "date"),
        _DATE(Name("Counts on", "귀속일"), lambda line: line.settled, "counts_on"),
        _TEXT(Name("Account", "계좌"), lambda line: line.account, "account", 18),
        _TEXT(Name("Name", "종목명"), lambda line: line.target.label, "name", 28),
        _C(Name("Code", "종목코드"), lambda line: line.target.code, "code", 15),
        _DATE(Name("Acquired", "취득일"), lambda line: line.acquired, "acquired", width=13),
        _UNITS(Name("Quantity", "수량"), lambda line: line.quantity, "quantity"),
        _BASE(Name("Proceeds", "양도가액"), lambda line: line.proceeds, "proceeds"),
        _BASE(Name("Cost", "취득원가"), lambda line: line.cost, "cost"),
        _BASE(Name("Gain", "손익"), lambda line: line.gain, "gain", width=18),
        _BASE(
            Name("Washed loss", "불인정 손실"),
            lambda line: line.disallowed,
            "washed_loss",
            width=15,
            zero_is_blank=True,
        ),
        _C(Name("Term", "보유기간"), lambda line: TERMS[line.term], "term", 12, "center"),
        _TEXT(Name("Rule", "규칙"), lambda line: line.rule, "rule", 24),
        _BASE(Name("Tax", "세금"), lambda line: line.tax, "tax", width=15),
        _TEXT(Name("Source", "근거"), lambda line: line.note, "source", 26),
    ),
    empty=("Name", Message("sheet.no_gains")),
)
_HARVEST_WHY = (_WHY[0], replace(_WHY[1], json=""))
HARVEST = ResultTable(
    "Harvest",
    Name("Harvest", "손익 활용"),
    (
        _C(Name("Pair", "묶음"), lambda line: line.number, "pair", 7, "right", f.COUNT),
        *_ORDER,
        _BASE(Name("Gain", "손익"), lambda line: line.harvest.gain, "gain", width=18),
        _BASE(Name("Tax saved", "절세액"), lambda line: line.harvest.tax_saved, "tax_saved", width=15),
        *_HARVEST_WHY,
    ),
    empty=("Name", Message("sheet.nothing_to_harvest")),
    tones=_SIDES,
)
TRANSFERS = ResultTable(
    "Transfers",
    Name("Transfers", "이체"),
    (
        _TEXT(Name("From", "보내는 계좌"), lambda one: one.source, "from", 18),
        _TEXT(Name("To", "받는 계좌"), lambda one: one.destination, "to", 18),
        _TRADED(Name("Amount", "금액"), lambda one: Amount(one.amount, one.currency), "amount", 17),
        _C(Name("Currency", "통화"), lambda one: one.currency, "currency", 12, "center"),
        _TEXT(Name("Reason", "사유"), lambda one: one.reason, "reason", 60),
    ),
    empty=("Reason", Message("sheet.no_transfer")),
)
# A table of labels and values: each row is a label and a cell.
SUMMARY = ResultTable(
    "Summary",
    Name("Summary", "요약"),
    (
        _TEXT(Name("Item", "항목"), lambda _: None, "", 40),
        _TEXT(Name("Value", "값"), lambda _: None, "", 50, number_format=f.EACH_ROW),
    ),
    landscape=False,
)
# Rows are kept over the years: they are cells. Excel keeps the sheet name "History" for itself; the table may have it.
HISTORY = ResultTable(
    "History",
    Name("Value history", "평가 기록"),
    (
        _DATE(Name("Date", "날짜"), lambda _: None),
        _BASE(Name("Total value", "총 평가액"), lambda _: None),
        _BASE(Name("Invested cash", "투입 현금"), lambda _: None),
        _WEIGHT(Name("Worst drift", "최대 이탈"), lambda _: None, "", width=13),
        _C(Name("Trigger", "판정"), lambda _: None, "", 14, "center"),
        _C(Name("Orders", "주문 수"), lambda _: None, "", 11, "right", f.COUNT),
        _BASE(Name("Cost", "비용"), lambda _: None, "", width=15),
        _C(Name("Rules", "규칙 지문"), lambda _: None, "", 12, "center"),
    ),
)
PLAN_TABLES = (DRIFT, ORDERS, SKIPPED, TAX_LOSS, GAINS, HARVEST, TRANSFERS, SUMMARY, HISTORY)
RESULTS = by_name(PLAN_TABLES)
"""Every result table of a plan by its name."""
