"""Words that xlrebal writes into cells and reads back: in the workbook's language, known again in any.

Each stands for a code and is listed once. What a person wrote in its place, and no language has, stays what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.message import Name
from xlrebal.domain.plan import Status, TriggerKind
from xlrebal.domain.recording import ANNOUNCED, HARVEST
from xlrebal.domain.simulation import Rule
from xlrebal.language import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACTIONS = {
    Action.BUY: Name("BUY", "매수"),
    Action.SELL: Name("SELL", "매도"),
    Action.DIVIDEND: Name("DIVIDEND", "배당"),
    Action.DEPOSIT: Name("DEPOSIT", "입금"),
    Action.WITHDRAWAL: Name("WITHDRAWAL", "출금"),
}
STATUSES = {
    Status.OVER: Name("over", "초과"),
    Status.UNDER: Name("under", "부족"),
    Status.IN_BAND: Name("in band", "범위 안"),
}
TRIGGERS: Mapping[str, Name] = {
    TriggerKind.NONE: Name("none", "없음"),
    TriggerKind.SCHEDULED: Name("scheduled", "정기"),
    TriggerKind.DRIFT: Name("drift", "비중 이탈"),
    TriggerKind.BAND: Name("band", "범위 이탈"),
    TriggerKind.INTERVAL: Name("interval", "기간 경과"),
    TriggerKind.MANUAL: Name("manual", "직접 요청"),
    HARVEST: Name("harvest", "손익 활용"),
    ANNOUNCED: Name("contribution", "입금 예정액"),
}
"""What set a rebalance or a trade off: in the record, and in the log of rebalances."""

NO_TRIGGER = Name("cash", "현금")
"""What the review calls orders that put cash to use without a rebalance."""

GAIN_STATES = {"realized": Name("realized", "실현"), "planned": Name("planned", "예정")}
TERMS: dict[str, Name | str] = {"short": Name("short", "단기"), "long": Name("long", "장기"), "": ""}

STRATEGIES = {
    Rule.NEVER: Name("never", "안 함"),
    Rule.CALENDAR: Name("calendar", "정기"),
    Rule.THRESHOLD: Name("threshold", "이탈"),
    Rule.HYBRID: Name("hybrid", "혼합"),
    Rule.BANDS: Name("bands", "범위"),
}

PLANNED, RECORDED, WAITING = Name("planned", "예정"), Name("recorded", "기록됨"), Name("waiting until", "대기")
EXECUTED = frozenset({"executed", "done", "filled", "체결", "체결완료", "완료"})
"""Marks by which a person says that an order was carried out, in any language and case."""

FIRST_RECORDED = Name("first recorded", "처음 기록")
SETTING_UP = Name("setting up", "처음 설정하는 중")
REMOVED = Name("removed", "삭제됨")
OVERRIDE = Name("override: ", "대기 해제: ")
"""How the reason begins that an override wrote."""


def both(name: Name) -> tuple[str, str]:
    """Return a name in every language."""
    return name.english, name.korean


def code_of(word: str, words: Mapping[str, Name]) -> str:
    """Return the code that a word of any language stands for; the word itself where it stands for none."""
    return next((str(code) for code, name in words.items() if word in both(name)), word)


def name_of(word: str, names: Iterable[Name]) -> Name:
    """Return the name that a word of any language is; one of its own, the same in each, where it is none of them."""
    return next((name for name in names if word in both(name)), Name(word, word))


def translated(word: str, words: Mapping[str, Name], language: str) -> str:
    """Return a word in a language, whichever it is in; one that is not listed stays as it is."""
    return render(name_of(word, words.values()), language)
