"""Cash that lies idle in one account and would buy something underweight in another.

No free transfer is assumed by the plan. Only taxable accounts pay out, for money leaves the others at a price, and
only to accounts of the same owner, within what may still be paid in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import AccountType, Action
from xlrebal.domain.plan import Transfer
from xlrebal.domain.quantities import ONE, ZERO, ceil_money, floor_money, round_money
from xlrebal.engine.orders import reasons
from xlrebal.engine.orders.model_builder import may_buy
from xlrebal.engine.problem import held_back

if TYPE_CHECKING:
    from decimal import Decimal

    from xlrebal.domain.household import Account
    from xlrebal.engine.position import Position
    from xlrebal.engine.problem import Answer, Problem
    from xlrebal.engine.today.valuation import Valuation


def helpful_transfers(problem: Problem, answer: Answer, after: Valuation) -> tuple[Transfer, ...]:
    """Return the transfers that would let idle cash buy what is still underweight, most underweight first."""
    sold = {draft.position.target.code for draft in answer.drafts if draft.action is Action.SELL}
    idle = {a.name: max(after.cash[a.name], ZERO) for a in problem.household.accounts}
    room = {a.name: _room(problem, a) for a in problem.household.accounts}
    found: list[Transfer] = []
    lacking = [t for t in problem.assets if t.weight and t.code not in sold and after.gap(t) < 0]
    for target in sorted(lacking, key=lambda t: (after.values[t.code] / t.weight, problem.ranks[1][t.code])):
        if held_back(problem, target, Action.BUY):
            continue
        gap = round_money(-after.gap(target), problem.household.base_currency)
        for position in problem.ranked_positions(target.code):
            capped = position.account.type in problem.policy.risk_caps and not target.safe
            if may_buy(position.account, position) and not capped:
                gap -= _fund(problem, position, gap, idle, room, found)
    return tuple(found)


def _room(problem: Problem, account: Account) -> Decimal | None:
    """What may still be paid in after the contributions that are planned already, base currency."""
    if account.contribution_room is None:
        return None
    planned = max(account.contribution, ZERO)
    if account is problem.household.accounts[0]:
        planned += max(problem.policy.new_cash, ZERO)
    return max(account.contribution_room * problem.household.rate(account.currency) - planned, ZERO)


def _fund(
    problem: Problem,
    position: Position,
    gap: Decimal,
    idle: dict[str, Decimal],
    room: dict[str, Decimal | None],
    found: list[Transfer],
) -> Decimal:
    """Bring cash for one asset to one account; return the value that it buys there."""
    base, name = problem.household.base_currency, position.account.name
    units = None if position.by_amount else gap // position.unit_value
    value = gap if units is None else units * position.unit_value
    least = max(problem.policy.min_trade_amount, ZERO if position.by_amount else position.unit_value)
    bought = ZERO
    for giver in sorted(problem.household.accounts, key=lambda account: problem.ranks[0][account.name]):
        need = ceil_money((value - bought) * (ONE + position.cost_rate), base)
        if giver.name == name or not _may_give(giver, position.account) or value - bought < max(least, ONE):
            continue
        limit = room[name]
        amount = min(need, idle[giver.name], need if limit is None else limit)
        if amount < ceil_money(least * (ONE + position.cost_rate), base) or amount <= 0:
            continue
        idle[giver.name] -= amount
        room[name] = None if limit is None else limit - amount
        bought += amount / (ONE + position.cost_rate)
        shown = floor_money(amount / problem.household.rate(giver.currency), giver.currency)
        reason = reasons.better_elsewhere(position.target.label, name)
        found.append(Transfer(giver.name, name, shown, giver.currency, reason))
    return min(round_money(bought, base), gap)


def _may_give(giver: Account, taker: Account) -> bool:
    return giver.type == AccountType.TAXABLE and giver.owner == taker.owner
