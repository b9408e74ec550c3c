"""In which currency a row or a price counts: one rule for the reader, the import, the prices and the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.domain.household import Account, Holding, Target


def row_currency(code: str, named: str, targets: Iterable[Target], account: Account) -> str:
    """Return the currency of a row of Holdings: its own, else that of the target, else that of the account.

    Cash is never in the currency of a target.
    """
    target = next((t.currency for t in targets if t.code == code and code != CASH), "")
    return named.upper() or target or account.currency


def price_currency(target: Target, holdings: Iterable[Holding], accounts: Iterable[Account], base: str) -> str:
    """Return the currency of a price in Targets: its own, else that in which the asset is held.

    What is not held counts in the currency of the accounts that may hold it; where they differ, in base currency.
    """
    held = next((holding.currency for holding in holdings if holding.code == target.code), "")
    if target.currency or held:
        return target.currency or held
    currencies = {account.currency for account in accounts if account.allows(target)}
    return currencies.pop() if len(currencies) == 1 else base
