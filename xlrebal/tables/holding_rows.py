"""Rows of Holdings: whose they are, and the value that they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.quantities import round_money
from xlrebal.tables import formats as f

if TYPE_CHECKING:
    from decimal import Decimal

    from xlrebal.domain.household import Household
    from xlrebal.tables.grid import Cell
    from xlrebal.tables.records import Record


def belongs_to(record: Record, account: str, household: Household) -> bool:
    """Return whether a row is of an account; one that names none is of the only account there is."""
    named = record.text("account")
    return named == account or (not named and len(household.accounts) == 1)


def value_cell(record: Record, value: Decimal, household: Household) -> Cell:
    """Return the cell of a row's value, in the row's currency."""
    currency = record.text("currency").upper() or household.base_currency
    return f.number(round_money(value, currency), f.money(currency))
