"""What a planner is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.engine.terms import Draft, Terms, make_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account, Household, Target
    from xlrebal.domain.policy import Policy
    from xlrebal.engine.valuation import Valuation


@dataclass(frozen=True)
class Problem:
    """A household to be balanced.

    Attributes:
        household: Holdings, targets, accounts.
        policy: Rules and costs.
        valuation: Values now, new cash included.
        terms: How each asset trades in each account, by account name and code.
        blocked: Why an asset must not be traded today, by code.

    """

    household: Household
    policy: Policy
    valuation: Valuation
    terms: Mapping[tuple[str, str], Terms]
    blocked: Mapping[str, str] = field(default_factory=dict)

    @property
    def assets(self) -> tuple[Target, ...]:
        """The targets other than cash."""
        return tuple(t for t in self.household.targets if t.code != CASH)

    def terms_of(self, code: str) -> tuple[Terms, ...]:
        """Return the terms of an asset in every account, in account order."""
        return tuple(self.terms[account.name, code] for account in self.household.accounts)


@dataclass
class Answer:
    """Drafts of orders, and the assets left out on purpose (wanted amount and reason by account and code)."""

    drafts: list[Draft] = field(default_factory=list)
    skips: dict[tuple[str, str], tuple[Decimal, str]] = field(default_factory=dict)

    def skip(self, account: str, code: str, wanted: Decimal, reason: str) -> None:
        """Note an asset that is left out; the first reason for it stands."""
        self.skips.setdefault((account, code), (wanted, reason))


def state_problem(household: Household, policy: Policy, valuation: Valuation, blocked: Mapping[str, str]) -> Problem:
    """Return the problem with the terms of every asset in every account."""
    pairs: Iterable[tuple[Account, Target]] = ((a, t) for a in household.accounts for t in household.targets)
    terms = {(a.name, t.code): make_terms(household, policy, a, t) for a, t in pairs if t.code != CASH}
    return Problem(household, policy, valuation, terms, blocked)
