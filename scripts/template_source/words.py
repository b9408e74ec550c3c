"""Korean words of the templates. A text that is not listed stays English, and the test of the templates says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlrebal.language import render
from xlrebal.tables.write import languages
from xlrebal.tables.write.wording import SUMMARY_LABELS, summary_label

if TYPE_CHECKING:
    from xlrebal.tables.contract.schema import Field, Table

TEXTS = {
    "Start": "시작",
    "Dashboard": "한눈에 보기",
    "Kept at its targets with xlrebal": "xlrebal로 목표 비중을 지킵니다",
    "Good to know": "알아 두세요",
    "Fill in what you own.": "가진 것을 적습니다.",
    "Fill in what you want.": "원하는 비중을 적습니다.",
    "Look at the rules.": "규칙을 봅니다.",
    "Save and close, then update.": "저장하고 닫은 뒤 갱신합니다.",
    "Press Update.": "갱신 단추를 누릅니다.",
    "Read the orders.": "주문을 읽습니다.",
    "Sheet Holdings: one row for each fund or share in each account, with its code, quantity and today's price. Cash goes into the sheet Accounts.":
        "보유종목 시트: 계좌마다 종목 하나에 한 줄씩 종목코드, 수량, 오늘 가격을 적습니다. 현금은 계좌 시트에 적습니다.",
    "Sheet Targets: the share of the portfolio that each asset should have. All targets together are 100%. Min and Max are optional limits.":
        "목표비중 시트: 종목마다 가지고 싶은 비중입니다. 모두 더하면 100%입니다. 최소와 최대는 선택입니다.",
    "Sheet Settings: when to rebalance, the smallest order worth placing, commission. The values given are sensible; change what your family has agreed otherwise.":
        "설정 시트: 언제 맞출지, 가장 작은 주문, 수수료입니다. 적힌 값이 무난합니다. 가족이 달리 정한 것만 바꾸세요.",
    "Run: xlrebal update family.xlsx (with the name of your file). It fills the sheets Drift, Orders, Skipped, TaxLoss and Summary, and adds a line to Value history.":
        "명령: xlrebal update family.xlsx (파일 이름은 바꿔서). 비중 점검, 주문, 제외, 손실 종목, 요약 시트를 채우고 평가 기록에 한 줄을 더합니다.",
    "The button is on the Dashboard. It fills the sheets Drift, Orders, Skipped, TaxLoss and Summary, and adds a line to Value history. On a new computer run once: xlrebal excel install FILE":
        "단추는 '한눈에 보기'에 있습니다. 비중 점검, 주문, 제외, 손실 종목, 요약 시트를 채우고 평가 기록에 한 줄을 더합니다. 새 컴퓨터에서는 한 번 실행하세요: xlrebal excel install 파일",
    "Sheet Orders lists the calculated orders, sells first, each with its reason. Check them, then place those you agree with at your broker. Nothing is sent by itself.":
        "주문 시트에 계산된 주문이 이유와 함께 나옵니다(매도 먼저). 확인한 뒤 동의하는 것만 증권사에서 주문하세요. 저절로 나가는 주문은 없습니다.",
    "Yellow cells are yours to fill. Everything else may be changed too: xlrebal only rewrites its result tables.":
        "노란 칸은 직접 채우는 곳입니다. 다른 곳도 바꿔도 됩니다. xlrebal은 결과 표만 다시 씁니다.",
    "The figures in this workbook are an example. Replace them with your own before you act on anything.":
        "이 파일의 숫자는 예시입니다. 실제로 쓰기 전에 자기 숫자로 바꾸세요.",
    "Codes are text, so that 069500 keeps its first zero; the cells are prepared for that.":
        "종목코드는 글자입니다. 그래야 069500의 첫 0이 남습니다. 칸이 그렇게 준비되어 있습니다.",
    "Grey tabs are optional: FX for exchange rates, Events for ex-dividend dates, Lots for purchases, Trades for the record.":
        "회색 탭은 선택입니다. 환율, 배당락일, 매수내역, 거래내역 등을 적습니다.",
    "The orders are calculated from your own rules. They are not advice, and tax figures are estimates.":
        "주문은 여러분의 규칙으로 계산한 것입니다. 투자 권유가 아니며 세금은 추정치입니다.",
    "As of ": "기준일 ",
    "Verdict": "판정",
    "Total value": "총 평가액",
    "Next scheduled date": "다음 점검일",
    "Cash left after orders": "주문 후 남는 현금",
    "Worst drift now": "최대 이탈(현재)",
    "Worst drift after orders": "최대 이탈(주문 후)",
    "Value of the orders": "주문 금액",
    "Costs of the orders": "주문 비용",
    "Gains still free of tax": "남은 양도소득 공제",
    "Allocation now and target": "현재 비중과 목표",
    "Drift from target (percentage points)": "목표와의 차이(%p)",
    "What the orders would change": "주문 후의 변화",
    "Now": "현재",
    "Target": "목표",
    "After the orders": "주문 후",
    "Drift": "이탈",
    "Sum of targets:": "목표 합계:",
    "What the family owns today: one row for each asset in each account. Prices are yours to update.":
        "오늘 가진 것: 계좌마다 종목 하나에 한 줄. 가격은 직접 고칩니다.",
    "What the family wants: all targets add up to 100%.": "원하는 비중: 모두 더하면 100%입니다.",
    "The targets of a group add up to its weight.": "그룹에 든 목표의 합이 그룹 비중입니다.",
    "Cash is what lies in the account now; Contribution comes in (negative: goes out); Reserve is never invested.":
        "현금은 지금 계좌에 있는 돈, 입금예정은 들어올 돈(음수는 나갈 돈), 예비현금은 투자하지 않는 돈입니다.",
    "The rules of the family. A blank value means the default, which the note names.":
        "가족의 규칙입니다. 빈칸은 기본값이며 메모에 적혀 있습니다.",
    "Settings": "설정",
    "Optional: exchange rates, base currency for one unit of the currency, with their date.":
        "선택: 환율(외화 1단위의 기준통화 금액)과 날짜.",
    "Optional: what a mixed fund holds, so that it counts as those assets; its own target is 0.":
        "선택: 혼합형 펀드에 든 종목과 비중.",
    "Optional: ex-dividend dates, near which orders are held back if the setting says so.":
        "선택: 설정에 따라 주문을 미룰 날.",
    "Optional: each purchase with its date and cost.": "선택: 매수 하나마다 날짜와 단가.",
    "Optional: the record of executed orders.": "선택: 체결된 주문의 기록.",
    "Optional: closing prices of indices, such as KOSPI, for the review of each quarter.":
        "선택: 분기 점검에 쓸 지수(예: KOSPI)의 종가.",
    "Optional: your own tax rules in place of the built-in ones, such as deduction or overseas_listed.rate.":
        "선택: 기본 세금 규칙 대신 쓸 값. 예: deduction, overseas_listed.rate.",
    "Choose one of:": "다음 중에서 고르세요:",
    "Choose one of the list.": "목록에서 고르세요.",
    "Choose an account of the sheet Accounts.": "계좌 시트에 있는 계좌를 고르세요.",
    "Type a percentage between 0% and 100%.": "0%에서 100% 사이로 적으세요.",
    "Type a number, 0 or more.": "0 이상의 숫자를 적으세요.",
    "Filled in by: xlrebal excel install FILE": "채우는 명령: xlrebal excel install 파일",
    "Page &P of &N": "&P / &N쪽",
}  # fmt: skip

MEANINGS = {
    "base_currency": "가족 전체를 평가하는 통화", "strategy": "calendar(정기), threshold(이탈), bands(범위), hybrid(먼저 오는 것)",
    "frequency": "monthly, quarterly, semiannual, annual 중 하나", "months": "정기 리밸런싱 달. frequency보다 우선",
    "day": "first_business_day, last_business_day 또는 날짜", "exchange": "영업일을 따르는 거래소(XKRX, XNYS)",
    "extra_holidays": "추가 휴장일. 쉼표로 구분(예: 2026-06-03)", "drift_threshold": "리밸런싱을 부르는 이탈 폭",
    "drift_measure": "absolute(%p), relative(목표 대비) 또는 5/25", "check_frequency": "점검 주기: daily, weekly, monthly, quarterly. 다음 점검일과 시뮬레이션이 이를 따릅니다",
    "max_interval_days": "이 날수가 지나면 무조건 리밸런싱", "last_rebalanced": "마지막 리밸런싱 날짜. 비우면 거래내역에서",
    "method": "auto(현금 먼저), full, cash_only", "rebalance_to": "target(목표), band(범위 끝), halfway(중간)",
    "rebalance_tolerance": "band·halfway에서 멈추는 이탈 폭. 비우면 범위 자체", "cash_method": "optimal, lazy, proportional",
    "new_cash": "들어올 현금. 음수는 출금", "cash_policy": "계좌의 현금을 invest(투자) 또는 exclude(제외)",
    "dividend_policy": "지난 리밸런싱 후 받은 배당을 invest 또는 exclude", "min_trade_amount": "이보다 작은 주문은 하지 않음",
    "commission_rate": "수수료율", "slippage_rate": "예상 슬리피지율", "fx_spread": "환전 비용률",
    "avoid_ex_dividend_dates": "배당락일 앞뒤의 주문을 보류", "ex_dividend_days": "배당락일 앞뒤 날수",
    "tax_country": "세금 규칙의 나라: none, KR, US", "lot_method": "매도 순서: auto(한국 average), average, fifo, lifo, highest_cost, min_tax, specific",
    "realized_gains": "거래내역 밖에서 올해 실현한 손익", "realized_short_gains": "그 가운데 1년 이하 보유분(미국)",
    "realized_year": "위 두 손익의 귀속연도. 비우면 올해",
    "max_tax": "한 번의 계획에서 낼 수 있는 세금 한도. 비우면 없음", "short_term_rate": "단기 이익 세율(미국)",
    "long_term_rate": "장기 이익 세율(미국)", "taxable_income": "이익을 뺀 올해 과세소득(미국)",
    "filing_status": "신고 방식(미국)", "gain_harvesting": "올해 비과세로 실현할 수 있는 이익을 제안",
    "tax_loss_harvesting": "손실 종목을 보여 줌", "tlh_threshold": "이보다 큰 손실률만", "tlh_min_loss": "이 금액 이상의 손실만",
    "cooldown_days": "바뀐 규칙의 주문이 기다리는 날수", "price_max_age_days": "가격·환율이 이보다 오래되면 경고",
    "language": "결과 시트의 언어: ko(한국어), en(영어), auto(지금 결과 시트 그대로, 처음이면 영어)",
}  # fmt: skip


_LABELS = {render(summary_label(name)): render(summary_label(name), "ko") for name in SUMMARY_LABELS}


class Words:
    """Says the texts of a template in its language.

    Args:
        language: ``en`` or ``ko``.
        own: Korean words for the template's own names: groups, assets, accounts.

    """

    def __init__(self, language: str, own: dict[str, str] | None = None) -> None:
        self.korean = language == "ko"
        self._own = own or {}

    def __call__(self, text: str) -> str:
        """Return a text of ours."""
        return TEXTS.get(text, text) if self.korean else text

    def name(self, value: Any) -> Any:
        """Return a name of the example, such as a group or an asset."""
        if not self.korean or not isinstance(value, str):
            return value
        if value in self._own:
            return self._own[value]
        return ", ".join(self._own.get(part, part) for part in value.split(", "))

    def sheet(self, table: Table) -> str:
        """Return the name of an input sheet."""
        return table.korean if self.korean else table.name

    def header(self, field: Field) -> str:
        """Return the header of an input column."""
        return field.korean if self.korean and field.korean else field.header

    def summary(self, header: str) -> str:
        """Return the header of a column of Summary."""
        return languages.header_of("Summary", header).korean if self.korean else header

    def item(self, label: str) -> str:
        """Return the label of a line of Summary."""
        return _LABELS[label] if self.korean else label

    def result_sheet(self, name: str) -> str:
        """Return the name of a result sheet, as formulas write it."""
        return f"'{languages.SHEETS[name].korean}'" if self.korean else name

    def meaning(self, name: str, english: str) -> str:
        """Return what a setting means."""
        return MEANINGS.get(name, english) if self.korean else english
