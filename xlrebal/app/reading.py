"""Read: the input tables of a workbook, and those of its results that a use case looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.language import ENGLISH, KOREAN
from xlrebal.tables.contract.schema import SETTINGS
from xlrebal.tables.contract.settings import read_settings
from xlrebal.tables.read.parse import wanted_tables
from xlrebal.tables.read.records import read_records
from xlrebal.tables.write.languages import is_korean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.tables.read.parse import Parsed
    from xlrebal.workbook.cells import RawGrid
    from xlrebal.workbook.port import WorkbookPort

    Grids = dict[str, RawGrid]

ORDERS = "Orders"
_AUTO = "auto"


def read(book: WorkbookPort, results: Iterable[str] = ()) -> tuple[Grids, Grids]:
    """Return the input tables by key, and by name those results that are there, the orders always among them.

    A sheet of the user's that has a result's name but no table of ours is none.
    """
    wanted: dict[str, tuple[str, ...]] = {name: (name,) for name in (*results, ORDERS)}
    grids = book.read(wanted_tables() | wanted)
    ours = {name: grids[name] for name in wanted if name in grids and grids[name].is_table}
    return {key: grid for key, grid in grids.items() if key not in wanted}, ours


def language_of(parsed: Parsed, results: Grids) -> str:
    """Return the language of the results: that of the setting, else that of the orders that are there.

    Korean names or headers in the family's own tables do not decide: scripts find new results by their English names.
    """
    if parsed.policy.language != _AUTO:
        return parsed.policy.language
    return KOREAN if is_korean(results.get(ORDERS)) else ENGLISH


def language_in(grids: Grids) -> str:
    """Return the same of tables that may hold anything, for a message about a workbook that cannot be parsed.

    Where neither settings nor orders were read, any result with Korean headers decides.
    """
    settings = grids.get(SETTINGS.key)
    language = _AUTO
    if settings is not None:
        records = read_records(settings, SETTINGS, []).records
        language = str(read_settings(records, []).values.get("language") or _AUTO)
    if language != _AUTO:
        return language
    return KOREAN if any(map(is_korean, [grids[ORDERS]] if ORDERS in grids else grids.values())) else ENGLISH
