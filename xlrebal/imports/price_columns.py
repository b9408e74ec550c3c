"""The headers by which a CSV file of prices is read, whether of today or of years; in English and Korean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.message import Name

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADERS = {
    "code": ("code", "symbol", "ticker", "종목코드"),
    "price": ("price", "close", "rate", "현재가", "종가", "환율"),
    "date": ("date", "day", "날짜", "일자", "기준일"),
    "currency": ("quoted in", "price currency", "표시통화", "currency", "통화"),
}
# A file of exchange rates has no codes: its rows are named by currencies.
_RATES_BY = ("currency", "통화")

CODE, PRICE = Name("Code", "종목코드"), Name("Price", "현재가")
"""The two columns that a list of prices needs, as a finding calls them."""


def columns_of(headers: Sequence[str]) -> dict[str, int]:
    """Return where each column stands, by what it holds; those that are not there are left out.

    Without a column of codes the column Currency names what each row is the rate of.
    """
    names = [header.strip().casefold() for header in headers]
    columns = {key: place for key in HEADERS if (place := _first(names, HEADERS[key])) is not None}
    named = _first(names, _RATES_BY)
    if "code" in columns or named is None:
        return columns
    quoted = _first(names, [name for name in HEADERS["currency"] if name not in _RATES_BY])
    return {key: place for key, place in columns.items() if key != "currency"} | (
        {"code": named} if quoted is None else {"code": named, "currency": quoted}
    )


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)
