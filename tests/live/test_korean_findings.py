"""What is wrong or doubtful in a Korean family's workbook is told in Korean, whatever it is."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from books import FAMILY, HOLDINGS, TARGETS, replaced, settings, write_book
from cli.test_wrong_inputs import WRONG

from live.test_cells import DAY as CELL_DAY
from live.test_cells import NAMES, Range, ranges
from xlrebal import app, excel
from xlrebal.errors import InputError
from xlrebal.excel import messages
from xlrebal.excel.ranges import ArgumentTables
from xlrebal.tables.contract.settings import SETTINGS_BY_NAME
from xlrebal.workbook.headless import HeadlessWorkbook

if TYPE_CHECKING:
    from xlrebal.workbook.port import WorkbookPort

DAY = dt.date(2026, 5, 4)
IN_HOLDINGS, IN_TARGETS, IN_GROUPS, IN_ACCOUNTS, IN_SETTINGS, IN_FX = range(6)


def told(book: WorkbookPort, day: dt.date = DAY) -> list[str]:
    """What is wrong or doubtful, one line each, as a button tells it."""
    try:
        warnings = app.calculate(book, app.Request(as_of=day)).warnings
    except InputError as error:
        *lines, count = messages.wrong_input(error, messages.UPDATE, "ko").text.splitlines()
        assert count == f"문제 {len(lines)}건. 아무것도 쓰지 않았습니다."
        return lines
    return [warning.in_language("ko") for warning in warnings]


def told_of(tables: list[Range]) -> list[str]:
    return told(ArgumentTables([tuple(map(tuple, table)) for table in tables]))


def korean_tables() -> list[Range]:
    return ranges("korean-family.ko.xlsx", (*NAMES, "FX"))


def written(tables: list[Range], table: int, row: int, column: str, value: Any) -> list[Range]:
    tables[table][row][tables[table][0].index(column)] = value
    return tables


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "line"),
    [
        (IN_HOLDINGS, 1, "수량", "열", '수량이 숫자가 아닙니다: "열"'),
        (IN_HOLDINGS, 1, "현재가", "열", '현재가가 숫자가 아닙니다: "열"'),
        (IN_HOLDINGS, 1, "현재가", -5.0, "현재가 -5가 0보다 작습니다"),
        (IN_HOLDINGS, 1, "현재가", -3.0, "현재가 -3이 0보다 작습니다"),
        (IN_HOLDINGS, 1, "현재가", "#N/A", "현재가에 오류 #N/A가 있습니다 (수식을 고치세요)"),
        (IN_HOLDINGS, 1, "현재가", None, "VOO의 현재가가 비어 있습니다 (채우거나, 평가금액을 채우세요)"),
        (IN_HOLDINGS, 1, "종목코드", "ZZZ", "목표비중 표에 없는 종목코드입니다: ZZZ (팔려면 목표 0으로 추가하세요)"),
        (
            IN_HOLDINGS,
            1,
            "종목코드",
            True,
            '종목코드에 코드가 아닌 값이 있습니다: "True" (셀을 텍스트 서식으로 바꾸고 다시 적으세요)',
        ),
        (
            IN_HOLDINGS,
            1,
            "종목코드",
            None,
            "종목코드가 비어 있습니다 (코드를 적거나, 현금이면 현금이라고 적거나, 행을 지우세요)",
        ),
        (IN_HOLDINGS, 1, "계좌", "없는 계좌", "계좌 표에 없는 계좌입니다: 없는 계좌 ("),
        (IN_HOLDINGS, 0, "수량", "갯수", "VOO의 수량이 비어 있습니다 (채우거나, 평가금액을 채우세요)"),
        (IN_TARGETS, 1, "목표", 3.0, "목표 3이 1보다 큽니다 (3% 또는 0.05 같은 소수로 적으세요)"),
        (IN_TARGETS, 1, "목표", "삼", '목표가 숫자가 아닙니다: "삼"'),
        (IN_TARGETS, 1, "최소", 0.99, "최소 0.99가 목표 "),
        (
            IN_TARGETS,
            1,
            "그룹",
            "없는 그룹",
            "그룹 표에 없는 그룹입니다: 없는 그룹 (그 표에 비중과 함께 추가하세요)",
        ),
        (IN_GROUPS, 1, "비중", 0.01, "의 목표 합이 0.01이 아니라 "),
        (IN_ACCOUNTS, 1, "현금", "많음", '현금이 숫자가 아닙니다: "많음"'),
        (
            IN_ACCOUNTS,
            1,
            "유형",
            "통장",
            '유형에 쓸 수 없는 값입니다: "통장" (쓸 수 있는 값: 일반, ISA, 연금저축, 퇴직연금, IRA, Roth, 401k)',
        ),
        (IN_FX, 1, "환율", 0.0, "의 환율이 0입니다"),
        (IN_FX, 1, "통화", "EUR", "환율 표에 USD 환율이 없습니다 (USD 행을 추가하고 KRW 환율을 적으세요)"),
        (IN_SETTINGS, 1, "항목", "stratgy", '없는 설정입니다: "stratgy" (혹시 strategy인가요?)'),
    ],
)
def test_a_wrong_cell_is_told_in_korean(table: int, row: int, column: str, value: Any, line: str) -> None:
    shown = told_of(written(korean_tables(), table, row, column, value))
    assert any(line in text for text in shown), shown


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        (
            "strategy",
            "sometimes",
            'strategy에 쓸 수 없는 값입니다: "sometimes" (쓸 수 있는 값: calendar, threshold, bands, hybrid)',
        ),
        ("drift_threshold", 7.0, "drift_threshold 7이 1보다 큽니다"),
        ("base_currency", "원", 'base_currency가 통화가 아닙니다: "원" (KRW처럼 로마자 세 글자로 적으세요)'),
        ("exchange", "XXXX", "달력이 없는 거래소입니다: XXXX (쓸 수 있는 값: XKRX, XNYS)"),
        ("new_cash", "많이", 'new_cash가 숫자가 아닙니다: "많이"'),
    ],
)
def test_a_wrong_setting_is_told_in_korean(setting: str, value: Any, line: str) -> None:
    tables = korean_tables()
    next(row for row in tables[IN_SETTINGS] if row[0] == setting)[1] = value
    shown = told_of(tables)
    assert any(line in text for text in shown), shown


def test_a_table_that_is_not_there_is_named_as_the_others_are() -> None:
    tables = korean_tables()
    del tables[IN_TARGETS]
    assert told_of(tables)[0] == "목표비중!A1: 목표비중 표가 없습니다 (시트나 Excel 표의 이름을 목표비중으로 하세요)"


US: dict[str, Any] = {"base_currency": "USD", "tax_country": "US", "price_max_age_days": 1}
HELD = ("Account", "Code", "Quantity", "Price", "Currency", "Avg cost", "Price date")
DOUBTFUL: dict[str, dict[str, Any]] = {
    "tax": {
        "Holdings": [
            HELD,
            ("M", "069500", 10, 10, "USD", None, dt.date(2026, 1, 1)),
            ("M", "VT", 5, 10, "KRW", 9, None),
        ],
        "Targets": [
            ("Code", "Target", "Tax class", "Lock", "Replacement"),
            ("069500", 0.5, "us_stock", None, "BND"),
            ("VT", 0.5, None, None, "BND"),
            ("BND", 0, "us_stock", "both", None),
        ],
        "Accounts": [("Account", "Currency", "Cash", "Owner"), ("M", "USD", -5, "나"), ("N", "USD", 100, "너")],
        "FX": [("Currency", "Rate", "Date"), ("KRW", 0.0007, dt.date(2026, 1, 1))],
        "Lots": [("Account", "Code", "Acquired", "Quantity", "Unit cost"), ("M", "069500", dt.date(2025, 1, 2), 3, 9)],
        "Trades": [
            ("Date", "Account", "Action", "Code", "Quantity", "Price", "Currency"),
            (dt.date(2026, 2, 3), "M", "SELL", "069500", 2, 9, "USD"),
            (dt.date(2026, 2, 3), "M", "SELL", "GONE", 2, 9, "USD"),
            (dt.date(2026, 2, 3), "M", "SELL", "VT", 2, 9, "USD"),
            (dt.date(2026, 2, 3), "X", "SELL", "VT", 2, 9, "USD"),
        ],
        "Settings": settings(**US, realized_gains=500, max_tax=0, new_cash=1000),
    },
    "one rate": {"Settings": settings(**US, short_term_rate=0.3)},
    "one rate and the income": {"Settings": settings(**US, long_term_rate=0.3, taxable_income=9)},
    "withdrawals": {
        "Accounts": [
            ("Account", "Type", "Currency", "Cash", "Contribution"),
            ("Main", "IRP", "KRW", 0, -500_000),
            ("Two", "ISA", "KRW", 100, -100),
            ("Three", "pension", "KRW", 100_000, -50_000),
        ],
        "Settings": settings(tax_country="none"),
    },
    "listed abroad": {
        "Holdings": [HELD, ("Main", "VOO", 10, 100, "USD", 90, None), ("Main", "069500", 10, 100, "KRW", 90, None)],
        "Targets": [("Code", "Target", "Currency"), ("VOO", 0.5, "USD"), ("069500", 0.5, "KRW")],
        "Accounts": [("Account", "Type", "Currency"), ("Main", "ISA", "KRW")],
        "FX": [("Currency", "Rate"), ("USD", 1400)],
        "Settings": settings(),
    },
    "cash": {
        "Holdings": [
            (*HELD[:5], "Value", "Memo"),
            ("Main", "069500", 10, 100, "KRW", None, None),
            ("Main", "069500", None, None, "KRW", 1000.5, None),
            ("Main", "CASH", None, None, "USD", 12.5, None),
            ("합계", None, None, None, None, 5000, None),
            (None, None, 55, None, None, None, "예수금"),
            ("Main", "360750", 10, 0, "KRW", None, None),
        ],
        "FX": [("Currency", "Rate"), ("USD", 1400)],
        "Groups": [("My own", "sheet"), ("of", "notes")],
    },
    "prices in two currencies": {
        "Targets": [("Code", "Target", "Price"), ("069500", 0.5, None), ("360750", 0.5, None), ("VT", 0, 100)],
        "Accounts": [("Account", "Currency", "Cash"), ("Main", "KRW", 5), ("Second", "USD", 5)],
        "FX": [("Currency", "Rate"), ("USD", 1400)],
    },
}
"""Workbooks that can be planned, with something doubtful each."""
WRONG_TOO: dict[str, dict[str, Any]] = {
    "tax class": {
        "Targets": [(*TARGETS[0], "Tax class"), *((*row, "no_class") for row in TARGETS[1:])],
        "Settings": settings(tax_country="KR"),
    },
    "tax rule": {"TaxRules": [("Rule", "Value"), ("deducton", 1), ("deducton", 2)]},
    "unknown tax rule": {"TaxRules": [("Rule", "Value"), ("deducton", 1)], "Settings": settings(tax_country="KR")},
    "no rate of the tax currency": {"Settings": settings(tax_country="US")},
    "rates": {"FX": [("Currency", "Rate"), ("USD", 0), ("KRW", 2), ("USD", 1300), ("EUR", None)]},
    "lots": {
        "Lots": [("Account", "Code", "Acquired", "Quantity", "Unit cost", "FX rate"), ("Gone", "ZZ", "soon", 1, 1, 0)]
    },
    "trades": {
        "Trades": [
            ("Date", "Action", "Code", "Quantity", "Price", "Currency"),
            (dt.date(2026, 1, 2), "hold", None, 1, 1, "JPY"),
            (dt.date(2026, 1, 2), "DEPOSIT", None, 1, 1, "JPY"),
        ]
    },
    "accounts": {
        "Accounts": [
            ("Account", "Limit left", "Contribution", "Fractional", "Lot method"),
            ("Main", 5, 9, "perhaps", "any"),
            ("Main", 5, 1, None, None),
        ]
    },
    "headers": {"Holdings": [("Code", "Code", "Note"), ("069500", 1, 2)], "Targets": [("a", "b"), (1, 2)]},
    "no targets": {"Targets": [TARGETS[0]]},
    "nothing held": {"Holdings": [HOLDINGS[0]]},
    "codes": {"Holdings": replaced(replaced(HOLDINGS, "B2", 0.5), "B3", dt.date(2026, 1, 1))},
    "foreign cash": {"Holdings": [*HOLDINGS, ("Main", "외화예수금", None, 5, None, None)]},
    "settings": {
        "Settings": [
            *settings(
                months="13",
                day="someday",
                realized_year=1.5,
                cooldown_days=1.5,
                gain_harvesting="perhaps",
                extra_holidays="2026-13-01",
                base_currency="won",
            ),
            ("months", "1"),
            ("strtegy", 1),
        ]
    },
    "funds": {"LookThrough": [("Code", "Holds", "Share"), ("FUND", "360750", 1)]},
    "groups": {
        "Groups": [
            ("Group", "Weight", "Min"),
            ("core", 1, None),
            ("core", 1, 2),
            ("other", None, None),
            ("x", 0.1, 0.2),
        ]
    },
}
"""More workbooks that are refused."""

# What stands in a family's own cells stays as it is, and so do names that are written so in either language.
_NAMES = {"Excel", "LibreOffice", "ISA", "IRP", "IRA", "Roth", "XKRX", "XNYS", "KRW", "update", "override", "fifo"}
_CHOICES = {"exempt", "deduction", *re.findall(r"\w+", " ".join(s.meaning for s in SETTINGS_BY_NAME.values()))}
_IDENTIFIER = re.compile(r"[a-z]+(_[a-z]+)+")
_LAW = re.compile(r"세금.*: .*\)$")


def english_left(line: str, data: set[str]) -> str:
    """What is English in a line and nobody's own word."""
    _, _, text = line.partition(": ")
    if "출금합니다" in text:
        text = _LAW.sub("", text)  # the citation of a law
    for word in sorted({*data, *_NAMES, *SETTINGS_BY_NAME}, key=len, reverse=True):
        text = text.replace(word, "")
    text = _IDENTIFIER.sub("", text)
    if "쓸 수 있는 값" in text or "혹시" in text:
        text = re.sub(r"\w+", lambda match: "" if match[0] in _CHOICES else match[0], text, flags=re.ASCII)
    return " ".join(re.findall(r"[A-Za-z]{2,}[^가-힣]*", text))


def data_of(path: Path) -> set[str]:
    book = openpyxl.load_workbook(path)
    cells = (str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)
    return {text for text in cells if re.search("[A-Za-z]", text)} | {"UTC"}


def lines_of(path: Path, tables: dict[str, Any]) -> list[str]:
    write_book(path, tables)
    with closing(HeadlessWorkbook(path)) as book:
        return told(book)


@pytest.mark.parametrize("name", WRONG)
def test_nothing_that_is_wrong_stays_english(tmp_path: Path, name: str) -> None:
    path = tmp_path / "book.xlsx"
    lines = lines_of(path, WRONG[name][0])
    assert lines
    for line in lines:
        assert re.search("[가-힣]", line), line
        assert not english_left(line, data_of(path)), line


@pytest.mark.parametrize("name", [*WRONG_TOO, *DOUBTFUL])
def test_nothing_else_that_is_wrong_or_doubtful_stays_english(tmp_path: Path, name: str) -> None:
    path = tmp_path / "book.xlsx"
    lines = lines_of(path, dict(FAMILY) | (WRONG_TOO | DOUBTFUL)[name])
    assert lines
    for line in lines:
        assert not english_left(line, data_of(path)), line


def test_a_changed_rule_is_told_in_korean(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", dict(FAMILY) | {"Settings": settings(language="ko", drift_threshold=0.1)})
    with closing(HeadlessWorkbook(path)) as book:
        app.update(book, app.Request(as_of=DAY))
    changed = openpyxl.load_workbook(path)
    changed["Targets"]["E2"], changed["Targets"]["F2"] = 0.2, None
    changed["Settings"]["B5"] = None
    changed.save(path)
    with closing(HeadlessWorkbook(path)) as book:
        lines = told(book, DAY + dt.timedelta(days=10))
    assert lines == [
        "규칙 변경: 069500의 최소: 0.3에서 0.2로 바뀌었습니다 (사유 없음)",
        "규칙 변경: drift_threshold: 0.1에서 0.05로 바뀌었습니다 (사유 없음)",
        "규칙 변경: 069500의 최대: 0.5에서 삭제됨으로 바뀌었습니다 (사유 없음)",
        "규칙 변경: 규칙이 최근에 바뀌어 주문은 2026-05-21까지 기다립니다 (update --override 사유로 풀 수 있습니다)",
    ]


def test_a_function_in_a_cell_tells_its_reason_in_the_language_of_its_tables() -> None:
    tables = korean_tables()
    assert excel.xlrebal_reason("drift", "999999", CELL_DAY, *tables) == "목표비중 표에 없습니다: 999999"
    assert excel.xlrebal_reason("foo", 1, CELL_DAY, *tables).startswith('없는 함수입니다: "foo"')
    written(tables, IN_HOLDINGS, 1, "수량", "열")
    line = '보유종목 (범위)!D2: 수량이 숫자가 아닙니다: "열"'
    assert excel.xlrebal_reason("drift", "999999", CELL_DAY, *tables) == line
