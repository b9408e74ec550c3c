"""Read: the input tables of a workbook, and those of its results that a use case looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.tables.korean import is_korean
from xlrebal.tables.parse import wanted_tables
from xlrebal.tables.records import read_records
from xlrebal.tables.schema import SETTINGS
from xlrebal.tables.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.tables.grid import RawGrid
    from xlrebal.tables.parse import Parsed
    from xlrebal.workbook.port import WorkbookPort

    Grids = dict[str, RawGrid]

ORDERS = "Orders"


def read(book: WorkbookPort, results: Iterable[str] = ()) -> tuple[Grids, Grids]:
    """Return the input tables by key, and by name those results that are there, the orders always among them.

    A sheet of the user's that has a result's name but no table of ours is none.
    """
    wanted: dict[str, tuple[str, ...]] = {name: (name,) for name in (*results, ORDERS)}
    grids = book.read(wanted_tables() | wanted)
    ours = {name: grids[name] for name in wanted if name in grids and grids[name].is_table}
    return {key: grid for key, grid in grids.items() if key not in wanted}, ours


def reads_korean(parsed: Parsed, results: Grids) -> bool:
    """Return whether the results are wanted in Korean: by the setting, else if the orders that are there are Korean.

    Korean names or headers in the family's own tables do not decide: scripts find new results by their English names.
    """
    language = parsed.policy.language
    return language == "ko" or (language == "auto" and is_korean(results.get(ORDERS)))


def speaks_korean(grids: Grids) -> bool:
    """Return the same of tables that may hold anything, for a message about a workbook that cannot be parsed.

    Where neither settings nor orders were read, any result with Korean headers decides.
    """
    settings = grids.get(SETTINGS.key)
    language = "auto"
    if settings is not None:
        records = read_records(settings, SETTINGS, []).records
        language = str(read_settings(records, []).values.get("language") or "auto")
    if language != "auto":
        return language == "ko"
    return any(map(is_korean, [grids[ORDERS]] if ORDERS in grids else grids.values()))
