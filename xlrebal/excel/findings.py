"""What is wrong in a workbook, in Korean: the findings that its own cells can cause. Others stay in English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xlrebal.tables import korean
from xlrebal.tables.schema import INPUTS

if TYPE_CHECKING:
    from xlrebal.errors import Finding

_TABLES = {table.name: table.korean for table in INPUTS} | korean.SHEETS
_COLUMNS = {header.casefold(): word for header, word in korean.HEADERS.items()} | {
    # The first table that has a column names it: Price is that of Holdings.
    field.header.casefold(): field.korean
    for table in reversed(INPUTS)
    for field in table.fields
    if field.korean
}

# Parts of a pattern: a text that stays as it is, a column, a table.
_ANY, _COLUMN, _TABLE = "(.+)", "(?P<column>[A-Za-z][A-Za-z_ \\-()%]*?)", "(?P<table>[A-Z][A-Za-z ]*)"
_MESSAGES = tuple(
    (re.compile(pattern), shown)
    for pattern, shown in (
        (rf'{_COLUMN} "(.*)" is not a number', '{column} "{0}"은(는) 숫자가 아닙니다'),
        (rf'{_COLUMN} "(.*)" is not a date', '{column} "{0}"은(는) 날짜가 아닙니다'),
        (rf'{_COLUMN} "?(.*?)"? is not a code', '{column} "{0}"은(는) 종목코드가 아닙니다'),
        (rf'{_COLUMN} "(.*)" is neither yes nor no', '{column} "{0}"은(는) 예도 아니요도 아닙니다'),
        (rf"{_COLUMN} (\S+) is below (\S+)", "{column} {0}은(는) {1}보다 작습니다"),
        (rf"{_COLUMN} (\S+) is more than 1", "{column} {0}은(는) 1보다 큽니다"),
        (rf"{_COLUMN} is a formula without a value", "{column}: 값이 없는 수식입니다"),
        (rf"{_COLUMN} shows the error (.+)", "{column}: 오류 {0}입니다"),
        (rf"no header row with {_ANY} was found", "{0} 머리글이 있는 줄이 없습니다"),
        (rf"the column {_COLUMN} is there twice", "{column} 열이 두 번 있습니다"),
        (rf"the column {_COLUMN} is missing", "{column} 열이 없습니다"),
        (rf"the sheet is not read: it has no header row with {_ANY}", "읽지 않은 시트입니다: {0} 머리글이 없습니다"),
        (rf"the workbook has no table {_TABLE}", "{table} 표가 없습니다"),
        (rf"the price of {_ANY} names no currency and counts in (\w+)", "{0}의 가격에 통화가 없어 {1}(으)로 셉니다"),
        (rf"the price of {_ANY} is (\d+) days old", "{0}의 가격이 {1}일 지났습니다"),
        (rf"the rate of {_ANY} is (\d+) days old", "{0}의 환율이 {1}일 지났습니다"),
        (r"currency (\w+) has no rate in FX", "환율에 {0}이(가) 없습니다"),
        (r"the withdrawal is larger than everything there is \((.+)\)", "출금액이 가진 것 전부({0})보다 큽니다"),
        (r"nothing is held and there is no cash", "가진 것도 현금도 없습니다"),
        (rf"new_cash is above what may still be paid into {_ANY}: (\S+)", "new_cash가 {0}의 남은 납입한도 {1}보다 큽니다"),
        (rf"new_cash goes to {_ANY}, the first account", "new_cash는 첫 계좌인 {0}에 넣습니다"),
        (rf"{_ANY} has target 0 and a lock", "{0}: 목표가 0인데 잠겨 있습니다"),
        (r"(\d+) orders? marked as executed and not recorded yet", "체결인데 아직 기록하지 않은 주문이 {0}건 있습니다"),
        (r"the marks on (\d+) orders? of the last plan are replaced", "지난 계획의 주문 {0}건에 쓴 상태가 바뀝니다"),
        (r"the base currency is not set", "기준통화가 없습니다"),
        (rf"account {_ANY} is there twice", "계좌 {0}이(가) 두 번 있습니다"),
        (rf"account {_ANY} is not in Accounts", "계좌 {0}이(가) 계좌 표에 없습니다"),
        (r"account is missing", "계좌가 없습니다"),
        (rf"{_ANY} is neither a code nor a group of Targets", "{0}은(는) 목표비중의 종목코드도 그룹도 아닙니다"),
        (r"contribution (\S+) is above the limit left of (\S+)", "입금예정 {0}이(가) 남은 납입한도 {1}보다 큽니다"),
        (r"the rate of (\w+) is 0", "{0}의 환율이 0입니다"),
        (r"the rate of the base currency (\w+) is not 1", "기준통화 {0}의 환율이 1이 아닙니다"),
        (r"currency (\w+) is there twice", "통화 {0}이(가) 두 번 있습니다"),
        (rf"code {_ANY} is in Targets twice", "종목코드 {0}이(가) 목표비중에 두 번 있습니다"),
        (rf"code {_ANY} is not in Targets", "종목코드 {0}이(가) 목표비중에 없습니다"),
        (r"code is missing", "종목코드가 없습니다"),
        (r"min (\S+) is above the target (\S+)", "최소 {0}이(가) 목표 {1}보다 큽니다"),
        (r"max (\S+) is below the target (\S+)", "최대 {0}이(가) 목표 {1}보다 작습니다"),
        (r"there is no target", "목표가 없습니다"),
        (
            r"target (\S+) makes the targets add up to (\S+); they must add up to 1",
            "목표 {0}까지 더하면 {1}입니다. 모두 더해 1이어야 합니다",
        ),
        (rf"the targets of group {_ANY} add up to (\S+), not (\S+)", "그룹 {0}의 목표 합이 {2}이(가) 아니라 {1}입니다"),
        (rf"group {_ANY} is there twice", "그룹 {0}이(가) 두 번 있습니다"),
        (rf"group {_ANY} is not in Groups", "그룹 {0}이(가) 그룹 표에 없습니다"),
        (rf"group {_ANY} is inside itself", "그룹 {0}이(가) 자기 안에 있습니다"),
        (rf"{_ANY}: a row of totals is not counted", "{0}: 합계 줄은 세지 않습니다"),
        (r"value (\S+) is not quantity x price = (\S+)", "평가금액 {0}이(가) 수량 x 가격 = {1}과 다릅니다"),
        (rf"{_COLUMN} of {_ANY} is missing", "{0}의 {column}이(가) 없습니다"),
        (rf"price (\S+) of {_ANY} differs from (\S+) above", "{1}의 가격 {0}이(가) 위의 {2}와 다릅니다"),
        (rf"{_ANY}: your tax rates are not set", "{0}: 세율이 없습니다"),
        (rf"the cost of {_ANY} is not known: it is held by value alone", "{0}의 취득가를 알 수 없습니다: 평가금액만 있습니다"),
        (rf"the cost of {_ANY} is not known", "{0}의 취득가를 알 수 없습니다"),
        (rf"the lots of {_ANY} in {_ANY} add up to (\S+), Holdings says (\S+)", "{1}의 {0} 매수내역 합은 {2}, 보유종목은 {3}입니다"),
        (rf"{_ANY} of {_ANY} sold in {_ANY}, which holds (\S+)", "{2}에서 {1} {0}을(를) 팔았는데 {3}만 있습니다"),
        (r'there is no setting "(.*)"', '설정 "{0}"은(는) 없습니다'),
        (r"(\w+) is set twice", "{0}이(가) 두 번 있습니다"),
        (r'(\w+) "(.*)" is not known', '{0} "{1}"은(는) 알 수 없는 값입니다'),
        (r'(\w+) "(.*)" is not a currency', '{0} "{1}"은(는) 통화가 아닙니다'),
        (r'(\w+) "(.*)" is not a list of months', '{0} "{1}"은(는) 달의 목록이 아닙니다'),
        (r"(\w+) (\S+) is not a whole number of days", "{0} {1}은(는) 날수가 아닙니다"),
        (r"there is no calendar for the exchange (\S+)", "거래소 {0}의 달력이 없습니다"),
        (r"rules changed lately: orders wait until (\S+)", "규칙이 최근에 바뀌어 주문은 {0}까지 기다립니다"),
        (r"(.+) changed from (.+) to (.+)", "{0}: {1}에서 {2}(으)로 바뀌었습니다"),
        (r"every asset counts as risky in (.+), which has a cap on them", "{0}: 위험자산 한도가 있는데 모든 종목을 위험자산으로 셉니다"),
    )
)  # fmt: skip
_MENDS = tuple(
    (re.compile(pattern), shown)
    for pattern, shown in (
        (r"add the headers", "머리글을 적으세요"),
        (r"rename one of them", "하나의 이름을 바꾸세요"),
        (r"add it", "추가하세요"),
        (r"keep one row", "한 줄만 남기세요"),
        (r"write 1", "1이라고 적으세요"),
        (r"write (\S+) or a fraction such as 0\.05", "{0} 또는 0.05 같은 소수로 적으세요"),
        (r"write it as (\S+)", "{0}처럼 적으세요"),
        (r"write (\w+) for one (\w+)", "{1} 하나의 {0} 금액을 적으세요"),
        (r"mend the formula", "수식을 고치세요"),
        (r"format the cell as text and type it again", "셀을 텍스트 서식으로 바꾸고 다시 적으세요"),
        (r"is it (\S+)\? format the cell as text and type the code again", "{0}인가요? 셀을 텍스트 서식으로 바꾸고 다시 적으세요"),
        (r"open the file in Excel or LibreOffice and save it once", "Excel이나 LibreOffice에서 열어 한 번 저장하세요"),
        (r"add a row (\w+) with its rate in (\w+)", "{0} 줄을 추가하고 {1} 환율을 적으세요"),
        (r"write its currency into the column Currency of Targets", "목표비중의 통화 열에 적으세요"),
        (r"take out that much to sell everything", "모두 팔려면 그만큼만 출금하세요"),
        (r"fill Holdings", "보유종목을 채우세요"),
        (r"use the column Contribution (?:of|to choose) another(?: account)?", "다른 계좌는 입금예정 열에 적으세요"),
        (r"record them first \(xlrebal record\), or clear the marks", "먼저 체결 기록 단추를 누르거나 상태를 지우세요"),
        (r"add the setting base_currency, for example KRW", "설정 base_currency를 추가하세요. 예: KRW"),
        (r"add it with target 0 to sell it", "팔려면 목표 0으로 추가하세요"),
        (r"add it there(?: with its weight| with target 0)?", "거기에 추가하세요"),
        (r"correct it or add it there", "고치거나 거기에 추가하세요"),
        (r"correct the quantity", "수량을 고치세요"),
        (r"it is also in (\S+)", "{0}에도 있습니다"),
        (r"add a row for each asset", "종목마다 한 줄을 추가하세요"),
        (r"change the weight or the targets", "비중이나 목표를 바꾸세요"),
        (r"there are several accounts: say which", "계좌가 여럿이니 어느 것인지 적으세요"),
        (r"write it, or CASH if the row is cash; or clear the row", "적거나, 현금이면 CASH라고 적거나, 줄을 지우세요"),
        (r"clear the value or mend the other two", "평가금액을 지우거나 나머지 둘을 고치세요"),
        (r"fill it, or fill Value", "채우거나 평가금액을 채우세요"),
        (r"each row counts with its own", "줄마다 그 가격으로 셉니다"),
        (r"its average cost is used", "평균단가를 씁니다"),
        (r"did you mean (.+)\?", "혹시 {0}인가요?"),
        (r"use (.+)", "쓸 수 있는 값: {0}"),
        (r"update --override REASON lifts that", "update --override 사유로 풀 수 있습니다"),
        (r"no reason given", "사유 없음"),
        (r"name a sheet or an Excel table (.+)", "시트나 Excel 표의 이름을 {0}(으)로 하세요"),
    )
)  # fmt: skip


_OBSTACLES = tuple(
    (re.compile(pattern), shown)
    for pattern, shown in (
        (
            r"(\S.*) is in the way: the table (\w+) needs rows down to (\d+); move it aside",
            "{0} 자리에 다른 것이 있습니다: 표 {1}에 {2}행까지 필요합니다. 옆으로 옮기세요",
        ),
        (
            r"(\S.*) is in the way of new columns \((.+)\); move it aside, or add the columns yourself",
            "{0} 자리에 새 열({1})이 들어갑니다. 옆으로 옮기거나 열을 직접 추가하세요",
        ),
        (
            r"(.+) has other columns than xlrebal's; rename that table",
            "{0}: xlrebal의 표와 열이 다릅니다. 그 표의 이름을 바꾸세요",
        ),
        (
            r'(\S.*) is "(.*)", not "(.*)": the table \w+ on the sheet .+ has other columns than xlrebal\'s; .+',
            '{0}: 머리글이 "{2}"이어야 하는데 "{1}"입니다. 되돌리거나 그 표의 이름을 바꾸세요',
        ),
        (
            r'the table (\w+) on the sheet (.+) has no column "(.+)" at (\S+); put it back, or rename that table',
            '시트 {1}의 표 {0}에 "{2}" 열({3})이 없습니다. 되돌리거나 그 표의 이름을 바꾸세요',
        ),
        (
            r"the table (\w+) has no header row; switch it on \(.+\)",
            "표 {0}에 머리글 행이 없습니다. 켜세요(표 디자인, 머리글 행)",
        ),
        (
            r"the table (\w+) on the sheet (.+) has a totals row; switch it off \(.+\)",
            "시트 {1}의 표 {0}에 요약 행이 있습니다. 끄세요(표 디자인, 요약 행)",
        ),
        (
            r"(\S.*) holds a formula, which is never overwritten; change it by hand, or put a plain value there",
            "{0}에 수식이 있어 덮어쓰지 않습니다. 직접 고치거나 값으로 바꾸세요",
        ),
        (r"the table on the sheet (.+) has moved; try again", "시트 {0}의 표가 옮겨졌습니다. 다시 해 보세요"),
    )
)


def obstacle_in_korean(text: str) -> str:
    """Return in Korean why a workbook could not be written; what is not listed here stays in English."""
    return _shown(text, _OBSTACLES)


def in_korean(finding: Finding) -> str:
    """Return a finding as a Korean reads it; what is not listed here stays in English."""
    message = _shown(finding.message, _MESSAGES)
    return f"{finding.cell}: {message}" + (f" ({_shown(finding.mend, _MENDS)})" if finding.mend else "")


def _shown(text: str, known: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, korean_text in known:
        match = pattern.fullmatch(text)
        if match:
            named = match.groupdict()
            column, table = named.get("column", ""), named.get("table", "")
            words = {"column": _COLUMNS.get(column.casefold(), column), "table": _TABLES.get(table, table)}
            places = pattern.groupindex.values()
            rest = [group for number, group in enumerate(match.groups(), 1) if number not in places]
            return korean_text.format(*rest, **words)
    return text
