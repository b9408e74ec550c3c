"""The best plan by trying every one: what the planner must match on small households."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.quantities import exact
from xlrebal.engine.position import Position, draft_units
from xlrebal.engine.problem import state_problem
from xlrebal.engine.today.valuation import value_household

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlrebal.domain.household import Household
    from xlrebal.domain.policy import Policy

ZERO = Decimal(0)


def best_deviation(household: Household, policy: Policy, *, sells: bool, most: int) -> Decimal | None:
    """sum((w - t)^2 / t) of the best plan in whole units, or None when there are more than ``most`` plans.

    The rules, written again from the specification: an account pays for what it buys, costs included; only what is
    over its target is sold and only what is under it is bought, never further than the next whole unit; locks,
    allowed assets and the minimum trade hold; with target 0 everything is sold. Where something risky is bought in an
    account with a cap, risky assets are at most that part of the account afterwards, cash and costs counted.
    """
    with exact():
        valuation = value_household(household, policy)
        problem = state_problem(household, policy, valuation, {})
        choices: list[list[tuple[Position, int]]] = []
        gaps = {t.code: valuation.gap(t) for t in household.targets}
        for target in household.targets:
            steps = (
                (position, _steps(position, gaps[target.code], policy, sells))
                for position in problem.positions_of(target.code)
            )
            choices += [[(position, n) for n in numbers] for position, numbers in steps]
        plans = 1
        for steps in choices:
            plans *= len(steps)
        if plans > most or not valuation.total:
            return None
        missed = _deviations(household, policy, valuation.cash, gaps, choices, valuation.total)
        return min(missed, default=None)


def _steps(position: Position, gap: Decimal, policy: Policy, sells: bool) -> list[int]:
    """Signed whole units that may be traded: sales are negative."""
    target, account = position.target, position.account
    minimum = policy.min_trade_amount
    selling = gap > 0
    if selling and (not sells or target.lock.forbids_selling):
        return [0]
    if not selling and (target.lock.forbids_buying or not account.allows(target) or not target.weight):
        return [0]
    most = (
        -(-abs(gap) // position.unit_value)
        if abs(gap) % position.unit_value == 0
        else abs(gap) // position.unit_value + 1
    )
    if selling and not target.weight:
        everything = int(position.sellable_units)
        return [-everything] if everything * position.unit_value >= minimum else [0]
    if selling:
        most = min(most, position.sellable_units)
    fits = [n for n in range(1, int(most) + 1) if n * position.unit_value >= minimum]
    return [0, *(-n if selling else n for n in fits)]


def _deviations(
    household: Household,
    policy: Policy,
    cash: dict[str, Decimal],
    gaps: dict[str, Decimal],
    choices: list[list[tuple[Position, int]]],
    total: Decimal,
) -> Iterator[Decimal]:
    weights = {t.code: t.weight for t in household.targets}
    units = {position.target.code: position.unit_value for steps in choices for position, _ in steps}
    for plan in itertools.product(*choices):
        left, moved = dict(cash), dict.fromkeys(gaps, ZERO)
        for position, n in plan:
            action = Action.SELL if n < 0 else Action.BUY
            left[position.account.name] += draft_units(position, action, Decimal(abs(n))).cash
            moved[position.target.code] += n * position.unit_value
        too_far = any(
            weights[code] and abs(moved[code]) >= abs(gap) + units[code] for code, gap in gaps.items() if moved[code]
        )
        spent = {name: left[name] - cash[name] for name in left}
        if min(left.values()) >= 0 and not too_far and _keeps_caps(household, policy, plan, spent):
            missed = sum((gaps[c] + moved[c]) ** 2 / w for c, w in weights.items() if w)
            yield missed / total**2


def _keeps_caps(
    household: Household, policy: Policy, plan: tuple[tuple[Position, int], ...], spent: dict[str, Decimal]
) -> bool:
    for account in household.accounts:
        cap = policy.risk_caps.get(account.type)
        mine = [(position, n) for position, n in plan if position.account.name == account.name]
        if cap is None or not any(n > 0 and not position.target.safe for position, n in mine):
            continue
        after = [(position, position.held + n * position.unit_value) for position, n in mine]
        worth = sum((value for _, value in after), ZERO) + account.cash + spent[account.name]
        if sum((value for position, value in after if not position.target.safe), ZERO) > cap * worth:
            return False
    return True
