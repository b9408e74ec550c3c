"""Prices from outside behind one small interface; a CSV file is built in, others are extras."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from xlrebal.domain.message import Message
from xlrebal.domain.quantities import written_number
from xlrebal.errors import Finding, InputError, UsageError
from xlrebal.imports.currencies import Unit, unit_of
from xlrebal.imports.price_columns import CODE, PRICE, columns_of
from xlrebal.imports.text import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_KRX_LENGTH = 6


@dataclass(frozen=True)
class Wanted:
    """What a price is wanted of: a code and the currency it trades in, or a currency and the base currency."""

    code: str
    currency: str
    is_rate: bool = False


@dataclass(frozen=True)
class Quote:
    """A price with its day; ``currency`` is empty where the source does not say it."""

    price: Decimal
    date: dt.date | None
    currency: str = ""


class PriceSource(Protocol):
    """Where prices come from. What a source does not know is left out, never guessed."""

    def fetch(self, wanted: Sequence[Wanted]) -> Mapping[str, Quote]:
        """Return the prices that are known, by code or currency. Raises ``FileError`` or ``UsageError``."""


class CsvPrices:
    """Prices in a CSV file: columns Code and Price, and Date and Currency where it has them.

    The latest row of a code counts. Without a column of codes the column Currency names what each row is the rate of.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def fetch(self, wanted: Sequence[Wanted]) -> Mapping[str, Quote]:
        """Return the latest price of each code in the file."""
        rows = [row for row in csv.reader(io.StringIO(read_text(self._path))) if any(map(str.strip, row))]
        columns = columns_of(rows[0] if rows else ())
        if not columns.keys() >= {"code", "price"}:
            message = Message("import.no_price_columns", code=CODE, price=PRICE)
            raise InputError([Finding(f"{self._path.name}:1", message)])
        found: dict[str, Quote] = {}
        findings: list[Finding] = []
        for number, row in enumerate(rows[1:], 2):
            code, quote = self._quote(row, columns, f"{self._path.name}:{number}", findings)
            known = found.get(code)
            if quote and (known is None or (quote.date or dt.date.min) >= (known.date or dt.date.min)):
                found[code] = quote
        if findings:
            raise InputError(findings)
        return {one.code: found[one.code] for one in wanted if one.code in found}

    @staticmethod
    def _quote(
        row: Sequence[str], columns: Mapping[str, int], place: str, findings: list[Finding]
    ) -> tuple[str, Quote | None]:
        def cell(key: str) -> str:
            column = columns.get(key)
            return row[column].strip() if column is not None and column < len(row) else ""

        code, text, day = cell("code"), cell("price"), cell("date")
        if not code or not text:
            return code, None
        price = written_number(text)
        try:
            date = dt.date.fromisoformat(day.replace(".", "-").replace("/", "-")) if day else None
        except ValueError:
            message = Message("import.date_wrong", date=day, code=code)
            findings.append(Finding(place, message, Message("import.write_date")))
            return code, None
        if price is None:
            message = Message("import.price_no_number", price=text, code=code)
            findings.append(Finding(place, message, Message("import.write_number")))
            return code, None
        if price <= 0:
            findings.append(Finding(place, Message("import.price_not_positive", price=text, code=code)))
            return code, None
        unit = unit_of(cell("currency")) if cell("currency") else Unit("")
        if unit is None:
            message = Message("import.price_currency_unknown", currency=cell("currency"), code=code)
            findings.append(Finding(place, message, Message("import.write_currency")))
            return code, None
        return code, Quote(price * unit.worth, date, unit.currency)


class YahooPrices:
    """Yahoo's delayed closing prices through the package yfinance; Korean codes as 069500.KS, rates as USDKRW=X."""

    def fetch(self, wanted: Sequence[Wanted]) -> Mapping[str, Quote]:
        """Return the last closing price of each code."""
        try:
            import yfinance  # type: ignore[import-not-found]  # an extra of its own
        except ModuleNotFoundError:
            raise UsageError(Message("import.yahoo_missing")) from None
        found = {}
        for one in wanted:
            history: Any = ()
            currency = ""
            # A source that fails for one code still knows the others; what is missing is reported with its cell.
            with contextlib.suppress(Exception):
                ticker = yfinance.Ticker(self._symbol(one))
                history = ticker.history(period="7d", auto_adjust=False)
                # Shares in London are in GBp, pence; rates (USDKRW=X) are in the second currency.
                currency = str(ticker.history_metadata.get("currency") or "")
            unit = unit_of(currency) or Unit("")
            if len(history):
                day = history.index[-1].date()
                price = Decimal(f"{float(history['Close'].iloc[-1]):.10g}")
                found[one.code] = Quote(price * unit.worth, day, unit.currency)
        return found

    @staticmethod
    def _symbol(one: Wanted) -> str:
        if one.is_rate:
            return f"{one.code}{one.currency}=X"
        korean = len(one.code) == _KRX_LENGTH and one.code[0].isdigit()
        return f"{one.code}.KS" if korean else one.code


SOURCES: dict[str, Callable[[Path | None], PriceSource]] = {
    "csv": lambda path: CsvPrices(path or Path("prices.csv")),
    "yahoo": lambda _: YahooPrices(),
}
"""Every source by its name; a new one is a class with ``fetch`` and a line here."""
