"""What the law says about an account because of its type: what may be bought in it, and what leaving it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account, Target


@dataclass(frozen=True)
class DomesticOnly:
    """Account types in which nothing listed abroad may be bought.

    Attributes:
        accounts: Where that is written, by account type.
        tax_classes: Tax classes of assets listed abroad, whatever currency they trade in.
        currency: In an account of this currency, an asset that trades in another one is listed abroad.

    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    tax_classes: frozenset[str] = frozenset()
    currency: str = ""

    def bars(self, account: Account, target: Target, currency: str) -> bool:
        """Return whether the law keeps an asset that trades in ``currency`` from being bought in the account."""
        if account.type not in self.accounts:
            return False
        abroad = account.currency == self.currency != currency
        return abroad or target.tax_class in self.tax_classes


@dataclass(frozen=True)
class WithdrawalRule:
    """What money taken out of an account of one type is subject to.

    Attributes:
        turn: Accounts of a lower turn are emptied first.
        locked: True when the law lets money out for listed causes only.
        rate: Tax as a fraction of the money, or of what is taxed of it; None where it cannot be known.
        income: True when the money also counts as ordinary income of the year.
        upper_bound: True when less may be due, for part of the money may be free.
        country: Whose law it is.
        currency: Currency of that country.
        source: Where the rule is written.

    """

    turn: int
    locked: bool = False
    rate: Decimal | None = None
    income: bool = False
    upper_bound: bool = False
    country: str = ""
    currency: str = ""
    source: str = ""


@dataclass(frozen=True)
class AccountRules:
    """The rules of account types on one day; ``withdrawals`` by account type."""

    domestic_only: DomesticOnly = field(default_factory=DomesticOnly)
    withdrawals: Mapping[str, WithdrawalRule] = field(default_factory=dict)
