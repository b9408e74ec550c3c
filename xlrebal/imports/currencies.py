"""Currencies as sources write them: three letters, Korean words, hundredths of a currency."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

# Shares in London, Johannesburg and Tel Aviv are quoted in hundredths. Written so by Yahoo and by brokers.
_HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "GBx": "GBP", "ZAc": "ZAR", "ZAX": "ZAR", "ILA": "ILS"}
_KOREAN = {
    "원": "KRW", "원화": "KRW", "한국원": "KRW", "달러": "USD", "미달러": "USD", "미국달러": "USD", "엔": "JPY",
    "엔화": "JPY", "일본엔": "JPY", "유로": "EUR", "위안": "CNY", "위안화": "CNY", "홍콩달러": "HKD", "파운드": "GBP",
}  # fmt: skip
_LETTERS = 3


class Unit(NamedTuple):
    """A currency by its three letters, and what one unit of a quote is in it: 0.01 for pence."""

    currency: str
    worth: Decimal = Decimal(1)


def unit_of(text: str) -> Unit | None:
    """Return the currency that a text names; None when it names none that is known."""
    word = text.strip()
    if word in _HUNDREDTHS:
        return Unit(_HUNDREDTHS[word], Decimal("0.01"))
    plain = "".join(word.split())
    letters = _KOREAN.get(plain, plain.upper())
    return Unit(letters) if len(letters) == _LETTERS and letters.isascii() and letters.isalpha() else None
