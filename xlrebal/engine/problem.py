"""What a planner is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action
from xlrebal.engine.orders import reasons
from xlrebal.engine.orders.ranking import Ranks, ranks_by_figures
from xlrebal.engine.position import Draft, Position, make_position

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Holding, Household, Target
    from xlrebal.domain.message import Message
    from xlrebal.domain.policy import Policy
    from xlrebal.engine.tax.wash_sales import Purchase
    from xlrebal.engine.today.valuation import Valuation


@dataclass(frozen=True)
class Problem:
    """A household to be balanced.

    Attributes:
        household: Holdings, targets, accounts.
        policy: Rules and costs.
        valuation: Values now, new cash included.
        positions: How each asset trades in each account, by account name and code.
        blocked: Why an asset must not be traded today, by code.
        no_buy: Why an asset must not be bought today, by code.
        paid_out: What each account pays of the household's withdrawal, base currency, by name.

    """

    household: Household
    policy: Policy
    valuation: Valuation
    positions: Mapping[tuple[str, str], Position]
    blocked: Mapping[str, Message] = field(default_factory=dict)
    no_buy: Mapping[str, Message] = field(default_factory=dict)
    paid_out: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def assets(self) -> tuple[Target, ...]:
        """The targets other than cash."""
        return tuple(t for t in self.household.targets if t.code != CASH)

    @cached_property
    def ranks(self) -> tuple[Ranks, Ranks]:
        """An order of accounts by name and of assets by code that comes from their figures alone."""
        accounts = {a.name: (a, self.valuation.cash[a.name]) for a in self.household.accounts}
        targets = {t.code: (t, self.valuation.values[t.code]) for t in self.assets}
        return ranks_by_figures(accounts, targets, self.positions, self.policy.tax)

    @cached_property
    def ranked(self) -> tuple[Target, ...]:
        """The assets in the order of ``ranks``: wherever the first of equals is taken."""
        return tuple(sorted(self.assets, key=lambda target: self.ranks[1][target.code]))

    def ranked_positions(self, code: str) -> tuple[Position, ...]:
        """Return the positions of an asset in all accounts, in the order of ``ranks``."""
        return tuple(sorted(self.positions_of(code), key=lambda position: self.ranks[0][position.account.name]))

    def rank(self, key: tuple[str, str]) -> tuple[int, int]:
        """Return the place of an account and code in the order of ``ranks``."""
        return self.ranks[0][key[0]], self.ranks[1][key[1]]

    def positions_of(self, code: str) -> tuple[Position, ...]:
        """Return the positions of an asset in all accounts, in account order."""
        return tuple(self.positions[account.name, code] for account in self.household.accounts)


def held_back(problem: Problem, target: Target, action: Action) -> Message | None:
    """Return why a lock, an ex-date or its kind keeps an asset from being bought or sold; None when nothing does."""
    locked = target.lock.forbids_buying if action is Action.BUY else target.lock.forbids_selling
    if locked:
        return reasons.locked(target.lock)
    if target.code in problem.household.mixed_funds:
        return reasons.mixed_fund()
    if action is Action.BUY and target.code in problem.no_buy:
        return problem.no_buy[target.code]
    return problem.blocked.get(target.code)


@dataclass
class Answer:
    """Drafts of orders, and what was left out on purpose.

    Attributes:
        drafts: The orders.
        skips: Wanted amount and reason by account and code.
        gap_to_bound: How far, in squared base currency over target weight, the plan may be from the best one;
            None when that was not worked out.
        no_buys: Names of the accounts in which nothing is bought, for money is taken out of them.

    """

    drafts: list[Draft] = field(default_factory=list)
    skips: dict[tuple[str, str], tuple[Decimal, Message]] = field(default_factory=dict)
    gap_to_bound: float | None = None
    no_buys: frozenset[str] = frozenset()

    def skip(self, account: str, code: str, wanted: Decimal, reason: Message) -> None:
        """Note an asset that is left out; the first reason for it stands."""
        self.skips.setdefault((account, code), (wanted, reason))


def state_problem(
    household: Household,
    policy: Policy,
    valuation: Valuation,
    blocked: Mapping[str, Message],
    no_buy: Mapping[str, Message] | None = None,
    recent: Mapping[str, tuple[Purchase, ...]] | None = None,
) -> Problem:
    """Return the problem with how every asset trades in every account; ``recent`` as in ``state_positions``."""
    positions = state_positions(household, policy, recent)
    return Problem(household, policy, valuation, positions, blocked, no_buy or {})


def state_positions(
    household: Household, policy: Policy, recent: Mapping[str, tuple[Purchase, ...]] | None = None
) -> dict[tuple[str, str], Position]:
    """Return how every asset trades in every account, by account and code: all that a recording asks of a plan.

    ``recent`` are the purchases, by code, that would wash a loss of today.
    """
    recent = recent or {}
    held: dict[str, list[Holding]] = {}
    for holding in household.holdings:
        held.setdefault(holding.code, []).append(holding)
    return {
        (account.name, target.code): make_position(
            household, policy, account, target, held.get(target.code, ()), recent.get(target.code, ())
        )
        for account in household.accounts
        for target in household.targets
        if target.code != CASH
    }
