"""A table of prices from a CSV file: a column of dates and one for each code, or rows of date, code and price."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.domain.quantities import exact_number, written_number
from xlrebal.domain.simulation import PriceDay
from xlrebal.errors import FileError, Finding, InputError
from xlrebal.imports.price_columns import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

_MOST_FINDINGS = 20


def read_prices(path: Path, wanted: Iterable[str]) -> list[PriceDay]:
    """Return the days on which every wanted code has a price, oldest first.

    A price that is missing on a day stays the one before, as on a holiday of one market; days before every code has
    its first price are left out.

    Raises ``FileError`` when the file cannot be read, ``InputError`` for codes, dates or prices that are wrong.
    """
    table = _by_code(_load(path), path)
    wanted = list(wanted)
    missing = [code for code in wanted if code not in table.columns]
    if missing:
        hint = Message("import.columns_of_prices", columns=tuple(map(str, table.columns[:8])))
        raise InputError([Finding(path.name, Message("import.no_prices_of", codes=tuple(missing)), hint)])
    table = table[wanted].sort_index().ffill().dropna()
    if len(table) < 2:
        raise InputError([Finding(path.name, Message("import.too_few_days"))])
    return [
        PriceDay(stamp.date(), {code: exact_number(float(value)) for code, value in zip(wanted, row, strict=True)})
        for stamp, row in zip(table.index.to_list(), table.to_numpy(), strict=True)
    ]


def _load(path: Path) -> pd.DataFrame:
    import pandas as pd  # tables of prices only

    try:
        # Everything as text: pandas would read 069500 as a number.
        return pd.read_csv(path, dtype=str, encoding="utf-8-sig", skipinitialspace=True)
    except OSError as error:
        raise FileError(Message("import.prices_cannot_be_read", file=str(path), reason=error.strerror or "")) from error
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileError(Message("import.prices_no_csv", file=str(path))) from error


def _by_code(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """One column a code, one row a day, numbers."""
    import pandas as pd

    columns = {key: table.columns[place] for key, place in columns_of(list(map(str, table.columns))).items()}
    date = columns.get("date", table.columns[0])
    findings: list[Finding] = []
    days = [_day(text, f"{path.name}:{row}", findings) for row, text in enumerate(table[date], 2)]
    code, price = columns.get("code"), columns.get("price")
    if code is not None and price is not None:
        rows = table.copy()
        rows["_day"] = pd.Series(days, index=table.index)
        rows[price] = [_price(text, f"{path.name}:{row}", findings) for row, text in enumerate(rows[price], 2)]
        if findings:
            raise InputError(findings[:_MOST_FINDINGS])
        wide = rows.pivot_table(index="_day", columns=code, values=price, aggfunc="last")
    else:
        wide = table.drop(columns=[date]).rename(columns=lambda name: str(name).strip())
        for name in wide.columns:
            wide[name] = [_price(text, f"{path.name}:{row}", findings) for row, text in enumerate(wide[name], 2)]
        if findings:
            raise InputError(findings[:_MOST_FINDINGS])
        wide.index = pd.DatetimeIndex(days)
    wide.index = pd.DatetimeIndex(wide.index)
    return wide[~wide.index.duplicated(keep="last")].astype(float)


def _day(text: object, place: str, findings: list[Finding]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text).strip()[:10].replace("/", "-").replace(".", "-"))
    except ValueError:
        findings.append(Finding(place, Message("import.no_date", text=str(text)), Message("import.write_date")))
        return None


def _price(text: object, place: str, findings: list[Finding]) -> float | None:
    if not isinstance(text, str) or not text.strip():
        return None
    number = written_number(text)
    if number is None or number <= 0:
        findings.append(Finding(place, Message("import.no_price", text=text)))
        return None
    return float(number)
