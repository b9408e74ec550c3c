"""The column FX rate of the order sheets: the broker's own exchange rate of an order that changes money.

It stands right after Status, and only where it is of use: in a sheet that is made for orders which change money, and
wherever the family has put it there. It is the family's to fill, account currency for one unit of the order's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.message import Name
from xlrebal.language import other_than, render
from xlrebal.tables.contract.words import both
from xlrebal.workbook.cells import Cell, Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.workbook.cells import Changeset, RawGrid, TableWrite

FX_RATE_NAME = Name("FX rate", "환율")
ORDER_TABLES = ("Orders", "Harvest")


def with_own_rates(
    changes: Changeset, present: Mapping[str, RawGrid], currencies: Mapping[str, str], language: str
) -> Changeset:
    """Return the changes with the column where it is wanted; its cells are empty, for its orders are new.

    Args:
        changes: What an update writes.
        present: The result tables as they stand.
        currencies: Currency of each account's cash, by name.
        language: Language of the tables.

    """
    tables = tuple(
        _widened(write, language)
        if write.table in ORDER_TABLES and _is_wanted(write, present.get(write.table), currencies)
        else write
        for write in changes.tables
    )
    return replace(changes, tables=tables)


def _is_wanted(write: TableWrite, present: RawGrid | None, currencies: Mapping[str, str]) -> bool:
    if present is not None and present.is_table:
        headers = [str(cell.value or "").strip().casefold() for cell in present.rows[0]]
        after = headers[len(write.columns) : len(write.columns) + 1]
        return any(after == [name.casefold()] for name in both(FX_RATE_NAME))
    account, currency = (_place(write, english) for english in ("Account", "Currency"))
    traded = [(row[account].value, row[currency].value) for row in write.rows if row[currency].value]
    return any(currencies.get(str(name), shown) != shown for name, shown in traded)


def _place(write: TableWrite, english: str) -> int:
    return next(n for n, column in enumerate(write.columns) if english in (column.header, column.translated_header))


def _widened(write: TableWrite, language: str) -> TableWrite:
    header, other = (render(FX_RATE_NAME, one) for one in (language, other_than(language)))
    added = Column(header, 12, "right", translated_header=other)
    return replace(write, columns=(*write.columns, added), rows=tuple((*row, Cell(None)) for row in write.rows))
