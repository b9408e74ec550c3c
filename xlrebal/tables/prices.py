"""A table of prices from a CSV file: a column of dates and one for each code, or rows of date, code and price."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import written_number
from xlrebal.domain.simulation import PriceDay
from xlrebal.errors import FileError, Finding, InputError
from xlrebal.tables.convert import exact_number

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

_DATES = ("date", "day", "날짜", "일자", "기준일")
_LONG = ({"code", "종목코드"}, {"price", "close", "현재가", "종가"})


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
        known = ", ".join(map(str, table.columns[:8]))
        finding = Finding(path.name, f"there are no prices of {', '.join(missing)}", f"its columns are {known}")
        raise InputError([finding])
    table = table[wanted].sort_index().ffill().dropna()
    if len(table) < 2:
        raise InputError([Finding(path.name, "fewer than two days have a price of every asset")])
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
        raise FileError(f"{path}: the prices cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileError(f"{path}: the prices cannot be read; save them as CSV in UTF-8") from error


def _by_code(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """One column a code, one row a day, numbers."""
    import pandas as pd

    folded = {str(name).strip().casefold(): name for name in table.columns}
    date = next((folded[name] for name in _DATES if name in folded), table.columns[0])
    findings: list[Finding] = []
    days = [_day(text, f"{path.name}:{row}", findings) for row, text in enumerate(table[date], 2)]
    code, price = (next((folded[n] for n in names if n in folded), None) for names in _LONG)
    if code is not None and price is not None:
        rows = table.copy()
        rows["_day"] = pd.Series(days, index=table.index)
        rows[price] = [_price(text, f"{path.name}:{row}", findings) for row, text in enumerate(rows[price], 2)]
        if findings:
            raise InputError(findings[:20])
        wide = rows.pivot_table(index="_day", columns=code, values=price, aggfunc="last")
    else:
        wide = table.drop(columns=[date]).rename(columns=lambda name: str(name).strip())
        for name in wide.columns:
            wide[name] = [_price(text, f"{path.name}:{row}", findings) for row, text in enumerate(wide[name], 2)]
        if findings:
            raise InputError(findings[:20])
        wide.index = pd.DatetimeIndex(days)
    wide.index = pd.DatetimeIndex(wide.index)
    return wide[~wide.index.duplicated(keep="last")].astype(float)


def _day(text: object, place: str, findings: list[Finding]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text).strip()[:10].replace("/", "-").replace(".", "-"))
    except ValueError:
        findings.append(Finding(place, f'date "{text}" is not a date', "write it as 2026-03-04"))
        return None


def _price(text: object, place: str, findings: list[Finding]) -> float | None:
    if not isinstance(text, str) or not text.strip():
        return None
    number = written_number(text)
    if number is None or number <= 0:
        findings.append(Finding(place, f'price "{text}" is not a price'))
        return None
    return float(number)
