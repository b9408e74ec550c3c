"""The column FX rate of the order sheets: the broker's own exchange rate of an order that changes money.

It stands right after Status, and only where it is of use: in a sheet that is made for orders which change money, and
wherever the family has put it there. It is the family's to fill, account currency for one unit of the order's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.tables.grid import Cell, Column
from xlrebal.tables.korean import HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.tables.grid import Changeset, RawGrid, TableWrite

FX_RATE = "FX rate"
ORDER_TABLES = ("Orders", "Harvest")
_COLUMN = Column(FX_RATE, 12, "right")


def with_own_rates(changes: Changeset, present: Mapping[str, RawGrid], currencies: Mapping[str, str]) -> Changeset:
    """Return the changes with the column where it is wanted; its cells are empty, for its orders are new.

    Args:
        changes: What an update writes.
        present: The result tables as they stand.
        currencies: Currency of each account's cash, by name.

    """
    tables = tuple(
        _widened(write)
        if write.table in ORDER_TABLES and _is_wanted(write, present.get(write.table), currencies)
        else write
        for write in changes.tables
    )
    return replace(changes, tables=tables)


def _is_wanted(write: TableWrite, present: RawGrid | None, currencies: Mapping[str, str]) -> bool:
    if present is not None and present.is_table:
        headers = [str(cell.value or "").strip().casefold() for cell in present.rows[0]]
        after = headers[len(write.columns) : len(write.columns) + 1]
        return after in ([FX_RATE.casefold()], [HEADERS[FX_RATE]])
    names = [column.header for column in write.columns]
    account, currency = names.index("Account"), names.index("Currency")
    traded = [(row[account].value, row[currency].value) for row in write.rows if row[currency].value]
    return any(currencies.get(str(name), shown) != shown for name, shown in traded)


def _widened(write: TableWrite) -> TableWrite:
    return replace(write, columns=(*write.columns, _COLUMN), rows=tuple((*row, Cell(None)) for row in write.rows))
