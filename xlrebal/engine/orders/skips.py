"""Every asset that stays off target without an order gets its reason."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action, Target
from xlrebal.domain.plan import Skip
from xlrebal.domain.policy import RebalanceTo
from xlrebal.domain.quantities import ONE, ZERO, ceil_units, minor_unit, round_money
from xlrebal.engine.orders import reasons
from xlrebal.engine.orders.model_builder import all_cash, may_buy
from xlrebal.engine.problem import held_back
from xlrebal.engine.today import bands

if TYPE_CHECKING:
    from xlrebal.domain.message import Message
    from xlrebal.domain.plan import Trigger
    from xlrebal.engine.position import Position
    from xlrebal.engine.problem import Answer, Problem
    from xlrebal.engine.today.valuation import Valuation

_CASH = Target(CASH, Decimal(0), "Cash")


def explain_skips(problem: Problem, answer: Answer, trigger: Trigger, after: Valuation) -> tuple[Skip, ...]:
    """Return the skips of the answer, and one for each other asset off target without an order."""
    by_code = {target.code: target for target in problem.household.targets}
    ordered = {draft.position.target.code for draft in answer.drafts} | {code for _, code in answer.skips}
    skips = [
        Skip(account, by_code.get(code, _CASH), wanted, reason)
        for (account, code), (wanted, reason) in answer.skips.items()
    ]
    for target in problem.assets:
        gap = round_money(problem.valuation.gap(target), problem.household.base_currency)
        if gap and target.code not in ordered:
            account = _where(problem, target)
            reason = _unsold(problem, target, gap, trigger) if gap > 0 else _unbuyable(problem, target, -gap)
            if reason is None:
                account, reason = _unpaid(problem, answer, target, -gap, after) or (account, reasons.no_cash())
            skips.append(Skip(account, target, abs(gap), reason))
    order = {code: index for index, code in enumerate(by_code)}
    return tuple(sorted(skips, key=lambda skip: order.get(skip.target.code, len(order))))


def _where(problem: Problem, target: Target) -> str:
    """The account that holds it, when there is just one."""
    holders = [position.account.name for position in problem.positions_of(target.code) if position.held]
    if len(problem.household.accounts) == 1:
        return problem.household.accounts[0].name
    return holders[0] if len(holders) == 1 else ""


def _unsold(problem: Problem, target: Target, gap: Decimal, trigger: Trigger) -> Message:
    if not trigger.due or problem.policy.method == "cash_only":
        return reasons.over_and_not_due(trigger)
    if why := held_back(problem, target, Action.SELL):
        return why
    holders = [position for position in problem.positions_of(target.code) if position.held > 0]
    if not holders:
        return reasons.inside_mixed_funds()
    low, high = bands.edges(target, problem.policy)
    inside = low <= problem.valuation.weight(target.code) <= high
    if inside and problem.policy.rebalance_to is not RebalanceTo.TARGET:
        return reasons.inside_band()
    return _too_small(problem, gap, holders) or reasons.over_and_not_due(trigger)


def _too_small(problem: Problem, gap: Decimal, choices: list[Position]) -> Message | None:
    minimum = problem.policy.min_trade_amount
    below = gap < minimum and not _by_one_unit(choices, minimum)
    if below or all(position.held < minimum for position in choices if position.held):
        return reasons.below_minimum(minimum, problem.household.base_currency) if minimum else None
    if all(not position.by_amount and gap < position.unit_value for position in choices):
        return reasons.under_one_unit(choices[0])
    return None


def _by_one_unit(choices: list[Position], minimum: Decimal) -> bool:
    """Whether one whole unit somewhere is a trade of its own, however small the gap."""
    return any(not position.by_amount and position.unit_value >= minimum for position in choices)


def _unbuyable(problem: Problem, target: Target, gap: Decimal) -> Message | None:
    """Why no account may buy an asset, whatever cash it has; None when one may."""
    if why := held_back(problem, target, Action.BUY):
        return why
    allowed = [position for position in problem.positions_of(target.code) if position.account.allows(target)]
    if not allowed:
        return reasons.not_allowed()
    lawful = [position for position in allowed if not position.barred]
    if not lawful:
        return reasons.listed_abroad(_kinds(allowed))
    open_ = [position for position in lawful if may_buy(position.account, position)]
    if not open_:
        return reasons.no_price()
    minimum = problem.policy.min_trade_amount
    if gap < minimum and not _by_one_unit(open_, minimum):
        return reasons.below_minimum(minimum, problem.household.base_currency)
    if all(not position.by_amount and gap < position.unit_value for position in open_):
        return reasons.under_one_unit(open_[0])
    return None


def _kinds(choices: list[Position]) -> list[str]:
    return sorted({str(position.account.type) for position in choices})


def _unpaid(
    problem: Problem, answer: Answer, target: Target, gap: Decimal, after: Valuation
) -> tuple[str, Message] | None:
    """An account that could pay for an order, and what keeps it from making it; None where cash is what is missing."""
    allowed = [position for position in problem.positions_of(target.code) if position.account.allows(target)]
    able = [position for position in allowed if _could_pay(problem, position, gap, after)]
    lawful = [position for position in able if not position.barred]
    if not able:
        return None
    if not lawful:
        return able[0].account.name, reasons.listed_abroad(_kinds(able))
    buying = [position for position in lawful if position.account.name not in answer.no_buys]
    if not buying:
        return lawful[0].account.name, reasons.paying_out()
    if not all(_over_cap(problem, position, after) for position in buying):
        return None
    account = buying[0].account
    return account.name, reasons.over_risk_cap(account, problem.policy.risk_caps[account.type])


def _least_order(problem: Problem, position: Position) -> Decimal:
    """Value of the smallest order that may be placed, base currency."""
    minimum = problem.policy.min_trade_amount
    if position.by_amount:
        return max(minimum, minor_unit(position.base))
    return max(ceil_units(minimum / position.unit_value), ONE) * position.unit_value if position.unit_value else ZERO


def _could_pay(problem: Problem, position: Position, gap: Decimal, after: Valuation) -> bool:
    """Whether cash that is left, and not wanted as cash, pays for an order that brings the asset closer to target."""
    least = _least_order(problem, position)
    wanted = next((t.weight * after.total for t in problem.household.targets if t.code == CASH), ZERO)
    price = least * (ONE + position.cost_rate)
    free = min(after.cash[position.account.name], after.values[CASH] - wanted)
    return 0 < least < 2 * gap and price <= free


def _over_cap(problem: Problem, position: Position, after: Valuation) -> bool:
    """Whether the smallest order would take the account's risky assets over their cap once the plan is executed."""
    account = position.account
    cap = problem.policy.risk_caps.get(account.type)
    if cap is None or position.target.safe:
        return False
    held = {t.code: after.held.get((account.name, t.code), ZERO) for t in problem.assets}
    risky = sum((held[t.code] for t in problem.assets if not t.safe), ZERO)
    cash = all_cash(problem, account) + after.cash[account.name] - problem.valuation.cash[account.name]
    order = _least_order(problem, position)
    return risky + order > cap * (sum(held.values(), ZERO) + cash - order * position.cost_rate)
