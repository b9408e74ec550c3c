"""Closed days of an exchange, remembered between runs.

Loading the library of calendars takes longer than everything else an update does, and its answer for a year
changes only when the library is upgraded. So the answer is kept in the user's cache folder under the library's
path and date; a cache that cannot be read or written is no trouble, it is only slower.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Days = dict[int, frozenset[dt.date]]


class UnknownExchangeError(ValueError):
    """There is no calendar for the exchange."""


def years_around(day: dt.date) -> range:
    """Return the years whose closed days a plan of a day looks at.

    A sale at the end of a year counts for the next one, whose last day to sell settles in the year after it.
    """
    return range(day.year - 1, day.year + 3)


@cache
def look_up(exchange: str, year: int) -> frozenset[dt.date]:
    """Return the holidays of an exchange in a year, weekends aside. Raises ``UnknownExchangeError``.

    Source: the library ``holidays``, measured right for KRX 2026-27 where others miss 2026-06-03 and 2026-07-17.
    """
    import holidays  # takes longer to load than a whole update

    try:
        return frozenset(holidays.financial_holidays(exchange, years=year))
    except NotImplementedError:
        raise UnknownExchangeError(exchange) from None


def closed_days(
    exchange: str, years: Iterable[int], compute: Callable[[str, int], frozenset[dt.date]] = look_up
) -> Days:
    """Return the closed days of an exchange by year, from the cache or from ``compute``.

    Raises what ``compute`` raises for an exchange it does not know.
    """
    years, path, stamp = tuple(years), _cache_file(exchange), _library_stamp()
    known = _read(path, stamp) if path and stamp else {}
    if all(year in known for year in years):
        return known
    days = known | {year: compute(exchange, year) for year in years if year not in known}
    if path and stamp:
        _write(path, stamp, days)
    return days


def _library_stamp() -> str:
    """What changes when the library of calendars is upgraded; found without loading it."""
    spec = find_spec("holidays")
    if spec is None or not spec.origin:
        return ""
    with contextlib.suppress(OSError):
        return f"{spec.origin} {Path(spec.origin).with_name('version.py').stat().st_mtime_ns}"
    return ""


def _cache_file(exchange: str) -> Path | None:
    if not exchange.isalnum():
        return None
    try:
        home = Path.home()
    except RuntimeError:  # a service without a home folder
        return None
    usual = {"win32": home / "AppData" / "Local", "darwin": home / "Library" / "Caches"}
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    folder = Path(named) if named else usual.get(sys.platform, home / ".cache")
    return folder / "xlrebal" / f"closed-days-{exchange}.json"


def _read(path: Path, stamp: str) -> Days:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["stamp"] != stamp:
            return {}
        return {int(year): frozenset(map(dt.date.fromisoformat, days)) for year, days in kept["years"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _write(path: Path, stamp: str, days: Days) -> None:
    years = {str(year): sorted(day.isoformat() for day in closed) for year, closed in sorted(days.items())}
    # Whole or not at all: another run may read it at the same moment.
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps({"stamp": stamp, "years": years}), encoding="utf-8")
        temporary.replace(path)
