"""Rows of Holdings: whose they are, and the value that they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.currencies import row_currency
from xlrebal.domain.quantities import round_money
from xlrebal.tables.contract import formats as f

if TYPE_CHECKING:
    from decimal import Decimal

    from xlrebal.domain.household import Account, Household
    from xlrebal.tables.read.records import Record
    from xlrebal.workbook.cells import Cell


def belongs_to(record: Record, account: str, household: Household) -> bool:
    """Return whether a row is of an account; one that names none is of the only account there is."""
    named = record.text("account")
    return named == account or (not named and len(household.accounts) == 1)


def account_of(record: Record, household: Household) -> Account:
    """Return the account of a row; a name that is not known is reported where the row is read."""
    accounts = household.accounts
    return next((account for account in accounts if belongs_to(record, account.name, household)), accounts[0])


def currency_of(record: Record, household: Household) -> str:
    """Return the currency in which a row counts."""
    account = account_of(record, household)
    return row_currency(record.text("code"), record.text("currency"), household.targets, account)


def value_cell(record: Record, value: Decimal, household: Household) -> Cell:
    """Return the cell of a row's value, in the row's currency."""
    currency = currency_of(record, household)
    return f.number(round_money(value, currency), f.money(currency))
