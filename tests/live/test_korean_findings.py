"""What is wrong in a Korean family's workbook is told in Korean."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from live.test_cells import NAMES, Range, ranges
from xlrebal import app
from xlrebal.errors import Finding, InputError
from xlrebal.excel.findings import in_korean, obstacle_in_korean
from xlrebal.excel.ranges import ArgumentTables
from xlrebal.workbook import claims

DAY = dt.date(2026, 5, 4)
HOLDINGS, TARGETS, GROUPS, ACCOUNTS, SETTINGS, FX = range(6)


def found_in(tables: list[Range]) -> list[Finding]:
    """Problems and doubts of some tables."""
    blocks = [tuple(map(tuple, table)) for table in tables]
    try:
        return list(app.calculate(ArgumentTables(blocks), app.Request(as_of=DAY)).warnings)
    except InputError as error:
        return list(error.findings)


def korean_tables() -> list[Range]:
    return ranges("korean-family.ko.xlsx", (*NAMES, "FX"))


def written(tables: list[Range], table: int, row: int, column: str, value: Any) -> list[Range]:
    tables[table][row][tables[table][0].index(column)] = value
    return tables


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "told"),
    [
        (HOLDINGS, 1, "수량", "열", '수량 "열"은(는) 숫자가 아닙니다'),
        (HOLDINGS, 1, "현재가", -5.0, "현재가 -5은(는) 0보다 작습니다"),
        (HOLDINGS, 1, "현재가", "#N/A", "현재가: 오류 #N/A입니다 (수식을 고치세요)"),
        (HOLDINGS, 1, "현재가", None, "VOO의 현재가이(가) 없습니다 (채우거나 평가금액을 채우세요)"),
        (HOLDINGS, 1, "종목코드", "ZZZ", "종목코드 ZZZ이(가) 목표비중에 없습니다 (팔려면 목표 0으로 추가하세요)"),
        (
            HOLDINGS,
            1,
            "종목코드",
            True,
            '종목코드 "True"은(는) 종목코드가 아닙니다 (셀을 텍스트 서식으로 바꾸고 다시 적으세요)',
        ),
        (HOLDINGS, 1, "종목코드", None, "종목코드가 없습니다 (적거나, 현금이면 CASH라고 적거나, 줄을 지우세요)"),
        (HOLDINGS, 1, "계좌", "없는 계좌", "계좌 없는 계좌이(가) 계좌 표에 없습니다"),
        (HOLDINGS, 0, "수량", "갯수", "VOO의 수량이(가) 없습니다 (채우거나 평가금액을 채우세요)"),
        (TARGETS, 1, "목표", 3.0, "목표 3은(는) 1보다 큽니다 (3% 또는 0.05 같은 소수로 적으세요)"),
        (TARGETS, 1, "목표", "삼", '목표 "삼"은(는) 숫자가 아닙니다'),
        (TARGETS, 1, "최소", 0.99, "최소 0.99이(가) 목표 "),
        (TARGETS, 1, "그룹", "없는 그룹", "그룹 없는 그룹이(가) 그룹 표에 없습니다 (거기에 추가하세요)"),
        (GROUPS, 1, "비중", 0.01, "의 목표 합이 0.01이(가) 아니라 "),
        (ACCOUNTS, 1, "현금", "많음", '현금 "많음"은(는) 숫자가 아닙니다'),
        (FX, 1, "환율", 0.0, "의 환율이 0입니다"),
        (FX, 1, "통화", "EUR", "환율에 USD이(가) 없습니다 (USD 줄을 추가하고 KRW 환율을 적으세요)"),
    ],
)
def test_a_wrong_cell_is_told_in_korean(table: int, row: int, column: str, value: Any, told: str) -> None:
    shown = [in_korean(finding) for finding in found_in(written(korean_tables(), table, row, column, value))]
    assert any(told in text for text in shown), shown
    for text in shown:
        assert not re.search(r"\b(is|are|the|has|not)\b", text), text


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("strategy", "sometimes", 'strategy "sometimes"은(는) 알 수 없는 값입니다 (쓸 수 있는 값: '),
        ("drift_threshold", 7.0, "drift_threshold 7은(는) 1보다 큽니다"),
        ("base_currency", "원", 'base_currency "원"은(는) 통화가 아닙니다'),
        ("exchange", "XXXX", "거래소 XXXX의 달력이 없습니다 (쓸 수 있는 값: XKRX or XNYS)"),
        ("cooldown_days", 1.5, "cooldown_days 1.5은(는) 날수가 아닙니다"),
    ],
)
def test_a_wrong_setting_is_told_in_korean(setting: str, value: Any, told: str) -> None:
    tables = korean_tables()
    row = next(row for row in tables[SETTINGS] if row[0] == setting)
    row[1] = value
    shown = [in_korean(finding) for finding in found_in(tables)]
    assert any(told in text for text in shown), shown


def test_a_setting_that_there_is_not_is_told_in_korean() -> None:
    tables = korean_tables()
    tables[SETTINGS][1][0] = "stratgy"
    assert any('설정 "stratgy"은(는) 없습니다 (혹시 strategy인가요?)' in in_korean(f) for f in found_in(tables))


def test_what_is_not_listed_stays_as_it_is() -> None:
    assert in_korean(Finding("A!B1", "something else", "do it")) == "A!B1: something else (do it)"


@pytest.mark.parametrize(
    ("obstacle", "told"),
    [
        (
            claims.in_the_way("주문!B3", "Orders", 5),
            "주문!B3 자리에 다른 것이 있습니다: 표 Orders에 5행까지 필요합니다. ",
        ),
        (claims.in_the_way_of_columns("주문!P1", ["FX rate"]), "주문!P1 자리에 새 열(FX rate)이 들어갑니다. "),
        (claims.formula_in_the_way("보유종목!D3"), "보유종목!D3에 수식이 있어 덮어쓰지 않습니다. "),
        (claims.no_table("주문"), "시트 주문의 표가 옮겨졌습니다. "),
        (
            'Drift!B1 is "x", not "Name": the table Drift on the sheet 비중 점검 has other columns than xlrebal\'s; '
            "put the header back, or rename that table",
            'Drift!B1: 머리글이 "Name"이어야 하는데 "x"입니다. ',
        ),
        (
            "the table Drift has no header row; switch it on (Table Design, Header Row)",
            "표 Drift에 머리글 행이 없습니다. ",
        ),
        (
            "the table Drift on the sheet 비중 점검 has a totals row; switch it off (Table Design, Total Row)",
            "시트 비중 점검의 표 Drift에 요약 행이 있습니다. ",
        ),
    ],
)
def test_what_stands_in_the_way_is_told_in_korean(obstacle: object, told: str) -> None:
    assert obstacle_in_korean(str(obstacle)).startswith(told)
