"""Korean words for the result tables. What is not listed stays as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.tables.grid import Cell, Changeset, Highlight, TableWrite
from xlrebal.tables.schema import TRADES

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.tables.grid import Chart, Column, RawGrid

HEADERS = {
    "Group": "그룹", "Name": "종목명", "Code": "종목코드", "Value": "평가금액", "Weight": "비중", "Target": "목표", "Min": "최소",
    "Max": "최대", "Drift": "이탈", "Status": "상태", "Value after": "주문 후 금액", "Weight after": "주문 후 비중",
    "Drift after": "주문 후 이탈", "No": "번호", "Account": "계좌", "Action": "구분", "Quantity": "수량", "Price": "단가",
    "Currency": "통화", "Amount": "금액", "Amount (base)": "금액(기준통화)", "Commission": "수수료", "Slippage": "슬리피지",
    "Tax": "세금", "FX rate": "환율", "Reason": "사유", "Wanted amount": "필요 금액", "Lot": "매수일", "Cost": "비용", "Loss": "손실",
    "Loss %": "손실률", "Tax saved": "절세액", "Replacement": "대체종목", "Wash-sale status": "워시세일",
    "Do not buy until": "재매수 가능일", "From": "이전", "To": "이후", "State": "구분", "Date": "날짜", "Counts on": "귀속일",
    "Acquired": "취득일", "Proceeds": "양도가액", "Gain": "손익", "Washed loss": "불인정 손실", "Term": "보유기간",
    "Rule": "규칙", "Source": "근거", "Pair": "묶음", "Item": "항목", "Total value": "총 평가액", "Invested cash": "투입 현금",
    "Worst drift": "최대 이탈", "Trigger": "판정", "Orders": "주문 수", "Rules": "규칙 지문", "Waits until": "대기 종료일",
    "Drift before": "이전 이탈", "Note": "메모", "Quarter": "분기", "Rebalances": "리밸런싱", "Reasons": "사유", "Traded": "거래액",
    "FX cost": "환전 비용", "Start value": "기초 평가액", "Paid in": "입금", "Dividends": "배당", "End value": "기말 평가액",
    "Return": "수익률", "Money-weighted, a year": "금액가중 연수익률", "Rule changes": "규칙 변경", "Benchmark": "지수",
    "Benchmark return": "지수 수익률", "Our return": "우리 수익률", "Difference": "차이", "Strategy": "전략",
    "Return a year": "연수익률", "Volatility": "변동성", "Maximum drawdown": "최대 낙폭", "Turnover a year": "연 회전율",
    "never": "안 함", "calendar": "정기", "threshold": "이탈", "hybrid": "혼합",
}  # fmt: skip
"""Headers of result columns."""

_OWN_HEADERS = {
    ("Summary", "Value"): "값", ("TaxLoss", "Cost"): "취득원가", ("Gains", "Cost"): "취득원가",
    ("Transfers", "From"): "보내는 계좌", ("Transfers", "To"): "받는 계좌",
    # An input that a recording may have to make: it is read again by the headers of inputs.
    **{(TRADES.name, field.header): field.korean for field in TRADES.fields},
}  # fmt: skip

_KOREAN_HEADERS = frozenset((*HEADERS.values(), *_OWN_HEADERS.values()))

SHEETS = {
    "Drift": "비중 점검", "Orders": "주문", "Skipped": "제외", "TaxLoss": "손실 종목", "Gains": "양도 손익",
    "Harvest": "손익 활용", "Transfers": "이체", "Summary": "요약", "Value history": "평가 기록",
    "Rule changes": "규칙 변경", "Rebalance log": "리밸런싱 기록", "Review": "분기 점검", "Review benchmarks": "지수 비교",
    "Simulation": "모의실험", "Simulation paths": "모의실험 경로", "Trades": "거래내역",
}  # fmt: skip

KINDS = {
    "none": "없음", "scheduled": "정기", "drift": "비중 이탈", "band": "범위 이탈", "interval": "기간 경과", "manual": "직접 요청",
    "harvest": "손익 활용",
}  # fmt: skip
DUE, NOT_DUE = "리밸런싱 필요", "리밸런싱 불필요"
PLANNED, RECORDED, WAITING = "예정", "기록됨", "대기"
ACTIONS = {"SELL": "매도", "BUY": "매수"}

_WORDS = {
    **ACTIONS, **KINDS, "over": "초과", "under": "부족", "in band": "범위 안", "planned": PLANNED, "recorded": RECORDED,
    "no rebalance due": NOT_DUE, "clear": "없음", "realized": "실현", "short": "단기", "long": "장기",
    "Nothing was left out.": "제외된 종목이 없습니다.", "No candidates.": "후보가 없습니다.",
    "No gains this year.": "올해 손익이 없습니다.", "Nothing to harvest.": "활용할 손익이 없습니다.",
    "No transfer would help.": "도움이 되는 이체가 없습니다.", "none: no plan is better": "없음: 더 나은 계획이 없습니다",
    "Total value": "총 평가액", "Trigger": "판정", "Reason": "사유", "Next scheduled date": "다음 점검일",
    "Next check": "다음 확인일",
    "Worst drift before": "최대 이탈(현재)", "Worst drift after": "최대 이탈(주문 후)", "Worst shortfall after": "최대 부족률(주문 후)",
    "Distance to the best plan": "최선안과의 차이", "Turnover": "주문 금액", "Cost": "비용", "Tax": "예상 세금",
    "Gains budget used": "공제 사용액", "Gains budget planned": "이번 주문의 손익", "Gains budget left": "남은 공제",
    "Smallest balancing contribution": "매도 없이 맞추는 입금액", "Cash left": "남는 현금", "Orders wait until": "주문 대기 종료일",
    "New cash given": "지정한 새 현금",
    "As-of date": "기준일", "Version": "버전",
    "every weight is inside its limits": "모든 비중이 범위 안에 있습니다", "not scheduled": "예정일이 아닙니다",
    "no rebalance is due": "리밸런싱 시점이 아닙니다", "nothing is sold: new cash is used first": "새 현금을 먼저 쓰므로 팔지 않습니다",
    "inside its band": "범위 안입니다", "no cash left to buy it": "살 현금이 남지 않았습니다",
    "no price: fill Price in Targets": "가격이 없습니다: 목표비중의 현재가를 채우세요",
    "no account with cash may hold it": "현금이 있는 계좌 중 담을 수 있는 곳이 없습니다",
    "a mixed fund is held, not traded": "혼합형 펀드는 보유만 합니다", "held inside mixed funds only": "혼합형 펀드 안에만 있습니다",
    "this plan sells it, and never buys what it sells": "이번 계획에서 파는 종목이라 사지 않습니다",
    "its target is 0%: sold in full": "목표가 0%라 모두 팝니다",
    "bought back at once, at the higher cost": "곧바로 다시 삽니다(취득가가 높아집니다)",
    "Estimates, not tax advice; the sheet Gains shows each sale.": "추정치이며 세무 자문이 아닙니다. 매도별 내역은 양도 손익 시트에 있습니다.",
    "Tax: year": "세금: 귀속연도", "Tax: last day to sell in it": "세금: 올해 마지막 매도일", "Tax: about these figures": "세금: 안내",
}  # fmt: skip
_TAX_ITEMS = {
    "rule": "규칙", "gains realised": "실현 손익", "gains planned": "예정 손익", "deduction": "기본공제", "taxable gain": "과세표준",
    "rate": "세율", "tax of the year": "올해 세금", "added by this plan": "이번 주문으로 늘어나는 세금",
    "withheld at sale by this plan": "이번 매도에서 원천징수", "transaction tax, rate": "증권거래세율",
    "transaction tax by this plan": "이번 매도의 증권거래세", "currency": "통화",
    "gains realised, short": "실현 손익(단기)", "gains planned, short": "예정 손익(단기)",
    "gains realised, long": "실현 손익(장기)", "gains planned, long": "예정 손익(장기)",
    "gains realised, long and capped": "실현 손익(장기, 세율 상한)", "gains planned, long and capped": "예정 손익(장기, 세율 상한)",
    "other taxable income": "다른 과세소득", "rate, short": "세율(단기)", "rate, long": "세율(장기)",
    "rate, long and capped": "세율(장기, 상한)", "net loss set against other income": "다른 소득에서 공제하는 순손실",
    "tax saved by it": "그로 인한 절세액", "loss carried to later years": "다음 해로 이월되는 손실",
}  # fmt: skip
_AMOUNT = r"([\d,.]+)"
_DAY = r"(\d{4}-\d{2}-\d{2})"
_PHRASES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), korean)
    for pattern, korean in (
        (r"rebalance due: (\w+)", lambda m: f"{DUE}: {KINDS.get(m[1], m[1])}"),
        (rf"waiting until {_DAY}", rf"{WAITING} \1까지"),
        (rf"overweight by {_AMOUNT} points \(([^)]*) against ([^)]*)\)(.*)", r"\1%p 초과(\2, 목표 \3)\4"),
        (rf"underweight by {_AMOUNT} points \(([^)]*) against ([^)]*)\)(.*)", r"\1%p 부족(\2, 목표 \3)\4"),
        (r"on target at ([\d.]+%)(.*)", r"목표 \1와 같음\2"),
        (r"(.*); back to target", r"\1; 목표까지 되돌림"),
        (r"(.*); back to the edge of its band", r"\1; 범위 끝까지 되돌림"),
        (r"(.*); back halfway into its band", r"\1; 범위의 중간까지 되돌림"),
        (r"(.*); bought toward target", r"\1; 목표를 향해 매수"),
        (r"raises cash for the withdrawal; (.*)", r"출금할 현금 마련; \1"),
        (rf"below the minimum trade of {_AMOUNT}", r"최소 거래금액 \1보다 작습니다"),
        (rf"less than one unit \(price {_AMOUNT} (\w+)\)", r"한 주보다 적습니다(단가 \1 \2)"),
        (r"listed abroad: may not be bought in (.*)", lambda m: f"해외 상장: {_types(m[1])} 계좌에서는 살 수 없습니다"),
        (r"raises cash for the withdrawal", "출금할 현금 마련"),
        (r"nothing is left to balance", "맞출 자산이 남지 않습니다"),
        (r"nothing is bought while money is taken out", "출금하는 동안에는 사지 않습니다"),
        (r"nothing can be traded: (.*)", lambda m: f"거래할 수 있는 종목이 없습니다: {_each(m[1])}"),
        (r"every asset is on its target", "모든 종목이 목표와 같습니다"),
        (r"Withdrawal from (.*)", r"\1 출금액"),
        (r"Tax on the withdrawal from (.*), at most", r"\1 출금 세금, 최대"),
        (r"Tax on the withdrawal from (.*)", r"\1 출금 세금"),
        (r"Rule of the withdrawal from (.*)", r"\1 출금 규칙"),
        (r"not known", "알 수 없음"),
        (r"locked: no sell", "잠금: 매도금지"),
        (r"locked: no buy", "잠금: 매수금지"),
        (r"locked: both", "잠금: 매매금지"),
        (rf"held back near its ex-dividend date {_DAY}", r"배당락일 \1이 가까워 보류합니다"),
        (rf"no rebalance is due before {_DAY}", r"\1 전에는 리밸런싱 시점이 아닙니다"),
        (r"risky assets may be ([\d.]+%) of (.*) at most", r"\2의 위험자산은 \1까지입니다"),
        (r"could buy (.*) in (.*)", r"\2에서 \1을(를) 살 수 있습니다"),
        (rf"more would cost over {_AMOUNT} of tax \(max_tax\); the rest can wait for next year",
         r"더 팔면 세금이 \1을 넘습니다(max_tax). 나머지는 내년에 팔 수 있습니다"),
        (rf"sold at a loss: not bought before {_DAY} \(wash sale\)", r"손실 매도: \1 전에는 사지 않습니다(워시세일)"),
        (rf"sold, perhaps at a loss, for its gain is not known: not bought before {_DAY} \(wash sale\)",
         r"손익을 알 수 없는 매도(손실일 수 있음): \1 전에는 사지 않습니다(워시세일)"),
        (r"realises a loss of ([\d.]+%); there is no wash-sale rule", r"\1 손실 실현; 워시세일 규정이 없습니다"),
        (rf"realises a loss of ([\d.]+%); do not buy it before {_DAY}(.*)", r"\1 손실 실현; \2 전에 다시 사지 마세요"),
        (rf"realises a gain of {_AMOUNT} within this year's deduction", r"올해 공제 안에서 \1 이익 실현"),
        (r"keeps the money of (.*) invested", r"\1의 자금을 계속 투자합니다"),
        (rf"the scheduled rebalance of {_DAY} is not recorded yet(.*)", r"\1 정기 리밸런싱이 아직 기록되지 않았습니다\2"),
        (rf"(.*) is {_AMOUNT} points over its target \(threshold {_AMOUNT} points\)(.*)", r"\1이(가) 목표보다 \2%p 많습니다(기준 \3%p)\4"),
        (rf"(.*) is {_AMOUNT} points under its target \(threshold {_AMOUNT} points\)(.*)", r"\1이(가) 목표보다 \2%p 적습니다(기준 \3%p)\4"),
        (r"group (.*) at ([\d.]+%) is above its maximum of ([\d.]+%)(.*)", r"그룹 \1: \2, 최대 \3 초과\4"),
        (r"group (.*) at ([\d.]+%) is below its minimum of ([\d.]+%)(.*)", r"그룹 \1: \2, 최소 \3 미만\4"),
        (r"(.*) at ([\d.]+%) is above its maximum of ([\d.]+%)(.*)", r"\1: \2, 최대 \3 초과\4"),
        (r"(.*) at ([\d.]+%) is below its minimum of ([\d.]+%)(.*)", r"\1: \2, 최소 \3 미만\4"),
        (r"(\d+) days since the last rebalance \(at most (\d+)\)", r"마지막 리밸런싱 후 \1일(최대 \2일)"),
        (r"asked for now; (.*)", r"직접 요청; \1"),
        (rf"No orders: (.*)\. Next scheduled check: {_DAY}\.", r"주문 없음: \1. 다음 점검일: \2."),
        (rf"No orders: (.*)\. Next check: {_DAY}\.", r"주문 없음: \1. 다음 확인일: \2."),
        (r"No orders: (.*)\. No date is scheduled; check as usual\.", r"주문 없음: \1. 예정일이 없으니 평소처럼 점검하세요."),
        (r"Drift of group (.*)", r"그룹 \1의 이탈"),
        (r"at most ([\d.]+%)", r"최대 \1"),
        (rf"bought on {_DAY}: (.*) of (.*) units washed", r"\1 매수: \3주 중 \2주 불인정"),
        (rf"bought on {_DAY}", r"\1에 매수함"),
        (rf"{_AMOUNT} of the withdrawal cannot be raised in (.*); below the minimum trade of {_AMOUNT}",
         r"\2에서 출금액 중 \1을 마련할 수 없습니다. 남은 종목은 최소 거래금액 \3보다 작습니다"),
        (rf"{_AMOUNT} of the withdrawal cannot be raised in (.*)", r"\2에서 출금액 중 \1을 마련할 수 없습니다"),
        (r"counted in (\w+), shown in (\w+) at today's rate", r"\1로 계산해 오늘 환율의 \2로 표시합니다"),
        (r"order (\d+); not taxed in (\w+)", r"주문 \1; \2 안에서는 비과세"),
        (r"order (\d+)", r"주문 \1"),
        (r"(.*); washed by a purchase in an account that is not taxed: lost for good",
         r"\1; 비과세 계좌의 매수로 불인정된 손실은 되찾을 수 없습니다"),
        (r"(\w+), upper bound: no base prices", r"\1, 상한: 과표기준가 없음"),
        (rf"(\w+), taxed on {_AMOUNT}", r"\1, 과세 대상 \2"),
        (r"Tax of (.*): (.*)", lambda m: f"세금({m[1]}): {_TAX_ITEMS.get(m[2], m[2])}"),
        (r"Tax: (.*)", lambda m: f"세금: {_TAX_ITEMS.get(m[1], m[1])}"),
    )
)  # fmt: skip
# What stands in a table without rows, in whichever column.
_NOTICES = frozenset({"No candidates.", "Nothing to harvest.", "No gains this year.", "No transfer would help."})
# What families and programs call things by: never translated.
_DATA = frozenset(
    {"Account", "Name", "Code", "Group", "Currency", "Replacement", "Benchmark", "Note", "From", "To", "Rules"}
)
_DEPTH = 4


def korean(text: str) -> str:
    """Return a text of the result tables in Korean; one that is not known stays as it is."""
    return _translated(text, _DEPTH)


def _translated(text: str, depth: int) -> str:
    if text in _WORDS or not depth:
        return _WORDS.get(text, text)
    if "; " in text:
        # Two verdicts in one cell.
        parts = text.split("; ")
        if all(_one(part) != part for part in parts):
            return "; ".join(map(_one, parts))
    for pattern, shown in _PHRASES:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        if not isinstance(shown, str):
            return shown(match)
        return _filled(shown, [_translated(part, depth - 1) if part else "" for part in match.groups(default="")])
    return text


def _each(text: str) -> str:
    """Reasons one after the other."""
    return "; ".join(_translated(part, 1) for part in text.split("; "))


def _types(text: str) -> str:
    """Account types as Korean families call them."""
    return text.replace("pension", "연금저축").replace("taxable", "일반")


def _filled(shown: str, parts: list[str]) -> str:
    return re.sub(r"\\(\d)", lambda match: parts[int(match[1]) - 1], shown)


def _one(text: str) -> str:
    return _WORDS.get(text) or next((_translated(text, 1) for pattern, _ in _PHRASES if pattern.fullmatch(text)), text)


def is_korean(grid: RawGrid | None) -> bool:
    """Return whether a result table is there and most of its headers are our Korean ones."""
    if grid is None or not grid.is_table:
        return False
    headers = [cell.value for cell in grid.rows[0]]
    return sum(header in _KOREAN_HEADERS for header in headers) > len(headers) / 2


def localised(changes: Changeset, *, to_korean: bool) -> Changeset:
    """Return the changes in one language; either way a table with the other one's headers is known again."""
    change = _in_korean if to_korean else _in_english
    return replace(changes, tables=tuple(map(change, changes.tables)))


def own_words() -> frozenset[str]:
    """Return the headers, marks and states of result tables in both languages."""
    pairs = (HEADERS, _OWN_HEADERS, _WORDS)
    english = {*HEADERS, *_WORDS}
    return frozenset(english.union(*(words.values() for words in pairs)))


def header(table: str, english: str) -> str:
    """Return the Korean header of a column of a result table."""
    return _OWN_HEADERS.get((table, english), HEADERS.get(english, english))


def _in_english(write: TableWrite) -> TableWrite:
    columns = tuple(replace(c, also=header(write.table, c.header)) for c in write.columns)
    return replace(write, columns=columns, also_sheet=SHEETS.get(write.sheet, ""))


def _in_korean(write: TableWrite) -> TableWrite:
    words = [column.header not in _DATA for column in write.columns]
    log = write.table in ("RuleChanges", "RebalanceLog", "Trades")
    rows = tuple(
        tuple(
            _cell(cell) if (wanted or cell.value in _NOTICES) and not log else cell
            for cell, wanted in zip(row, words, strict=True)
        )
        for row in write.rows
    )
    highlights = tuple(Highlight(HEADERS.get(h.column, h.column), korean(h.text), h.tone) for h in write.highlights)
    return replace(
        write,
        sheet=SHEETS.get(write.sheet, write.sheet),
        also_sheet=write.sheet,
        columns=tuple(_column(write.table, column) for column in write.columns),
        rows=rows,
        highlights=highlights,
        chart=_chart(write.chart) if write.chart else None,
    )


def _column(table: str, column: Column) -> Column:
    refined = tuple(replace(r, beside=r.beside and header(table, r.beside)) for r in column.refined)
    return replace(column, header=header(table, column.header), also=column.header, refined=refined)


def _chart(chart: Chart) -> Chart:
    return replace(
        chart,
        categories=HEADERS.get(chart.categories, chart.categories),
        series=tuple(HEADERS.get(name, name) for name in chart.series),
    )


def _cell(cell: Cell) -> Cell:
    return Cell(korean(cell.value), cell.number_format) if isinstance(cell.value, str) else cell
