"""Every asset that stays off target without an order gets its reason."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Target
from xlrebal.domain.plan import Action, Skip
from xlrebal.domain.policy import RebalanceTo
from xlrebal.domain.quantities import ONE, ZERO, ceil_units, minor_unit, round_money
from xlrebal.engine import bands, reasons
from xlrebal.engine.problem import held_back
from xlrebal.engine.programme import all_cash, may_buy

if TYPE_CHECKING:
    from xlrebal.domain.plan import Trigger
    from xlrebal.engine.problem import Answer, Problem
    from xlrebal.engine.terms import Terms
    from xlrebal.engine.valuation import Valuation

_CASH = Target(CASH, Decimal(0), "Cash")


def explain_skips(problem: Problem, answer: Answer, trigger: Trigger, after: Valuation) -> tuple[Skip, ...]:
    """Return the skips of the answer, and one for each other asset off target without an order."""
    by_code = {target.code: target for target in problem.household.targets}
    ordered = {draft.terms.target.code for draft in answer.drafts} | {code for _, code in answer.skips}
    skips = [
        Skip(account, by_code.get(code, _CASH), wanted, reason)
        for (account, code), (wanted, reason) in answer.skips.items()
    ]
    for target in problem.assets:
        gap = round_money(problem.valuation.gap(target), problem.household.base_currency)
        if gap and target.code not in ordered:
            account = _where(problem, target)
            if gap > 0:
                reason = _unsold(problem, target, gap, trigger)
            elif not (reason := _unbuyable(problem, target, -gap)):
                account, reason = _unpaid(problem, answer, target, -gap, after) or (account, reasons.no_cash())
            skips.append(Skip(account, target, abs(gap), reason))
    order = {code: index for index, code in enumerate(by_code)}
    return tuple(sorted(skips, key=lambda skip: order.get(skip.target.code, len(order))))


def _where(problem: Problem, target: Target) -> str:
    """The account that holds it, when there is just one."""
    holders = [terms.account.name for terms in problem.terms_of(target.code) if terms.held]
    if len(problem.household.accounts) == 1:
        return problem.household.accounts[0].name
    return holders[0] if len(holders) == 1 else ""


def _unsold(problem: Problem, target: Target, gap: Decimal, trigger: Trigger) -> str:
    if not trigger.due or problem.policy.method == "cash_only":
        return reasons.over_and_not_due(trigger)
    if why := held_back(problem, target, Action.SELL):
        return why
    holders = [terms for terms in problem.terms_of(target.code) if terms.held > 0]
    if not holders:
        return reasons.inside_mixed_funds()
    low, high = bands.edges(target, problem.policy)
    inside = low <= problem.valuation.weight(target.code) <= high
    if inside and problem.policy.rebalance_to is not RebalanceTo.TARGET:
        return reasons.inside_band()
    return _too_small(problem, gap, holders) or reasons.over_and_not_due(trigger)


def _too_small(problem: Problem, gap: Decimal, choices: list[Terms]) -> str:
    minimum = problem.policy.min_trade_amount
    below = gap < minimum and not _by_one_unit(choices, minimum)
    if below or all(terms.held < minimum for terms in choices if terms.held):
        return reasons.below_minimum(minimum, problem.household.base_currency) if minimum else ""
    if all(not terms.by_amount and gap < terms.unit_value for terms in choices):
        return reasons.under_one_unit(choices[0])
    return ""


def _by_one_unit(choices: list[Terms], minimum: Decimal) -> bool:
    """Whether one whole unit somewhere is a trade of its own, however small the gap."""
    return any(not terms.by_amount and terms.unit_value >= minimum for terms in choices)


def _unbuyable(problem: Problem, target: Target, gap: Decimal) -> str:
    """Why no account may buy an asset, whatever cash it has; empty when one may."""
    if why := held_back(problem, target, Action.BUY):
        return why
    allowed = [terms for terms in problem.terms_of(target.code) if terms.account.allows(target)]
    if not allowed:
        return reasons.not_allowed()
    lawful = [terms for terms in allowed if not terms.barred]
    if not lawful:
        return reasons.listed_abroad(_kinds(allowed))
    open_ = [terms for terms in lawful if may_buy(terms.account, terms)]
    if not open_:
        return reasons.no_price()
    minimum = problem.policy.min_trade_amount
    if gap < minimum and not _by_one_unit(open_, minimum):
        return reasons.below_minimum(minimum, problem.household.base_currency)
    if all(not terms.by_amount and gap < terms.unit_value for terms in open_):
        return reasons.under_one_unit(open_[0])
    return ""


def _kinds(choices: list[Terms]) -> list[str]:
    return sorted({str(terms.account.type) for terms in choices})


def _unpaid(problem: Problem, answer: Answer, target: Target, gap: Decimal, after: Valuation) -> tuple[str, str] | None:
    """An account that could pay for an order, and what keeps it from making it; None where cash is what is missing."""
    allowed = [terms for terms in problem.terms_of(target.code) if terms.account.allows(target)]
    able = [terms for terms in allowed if _could_pay(problem, terms, gap, after)]
    lawful = [terms for terms in able if not terms.barred]
    if not able:
        return None
    if not lawful:
        return able[0].account.name, reasons.listed_abroad(_kinds(able))
    buying = [terms for terms in lawful if terms.account.name not in answer.no_buys]
    if not buying:
        return lawful[0].account.name, reasons.paying_out()
    if not all(_over_cap(problem, terms, after) for terms in buying):
        return None
    account = buying[0].account
    return account.name, reasons.over_risk_cap(account, problem.policy.risk_caps[account.type])


def _least_order(problem: Problem, terms: Terms) -> Decimal:
    """Value of the smallest order that may be placed, base currency."""
    minimum = problem.policy.min_trade_amount
    if terms.by_amount:
        return max(minimum, minor_unit(terms.base))
    return max(ceil_units(minimum / terms.unit_value), ONE) * terms.unit_value if terms.unit_value else ZERO


def _could_pay(problem: Problem, terms: Terms, gap: Decimal, after: Valuation) -> bool:
    """Whether cash that is left, and not wanted as cash, pays for an order that brings the asset closer to target."""
    least = _least_order(problem, terms)
    wanted = next((t.weight * after.total for t in problem.household.targets if t.code == CASH), ZERO)
    price = least * (ONE + terms.cost_rate)
    free = min(after.cash[terms.account.name], after.values[CASH] - wanted)
    return 0 < least < 2 * gap and price <= free


def _over_cap(problem: Problem, terms: Terms, after: Valuation) -> bool:
    """Whether the smallest order would take the account's risky assets over their cap once the plan is executed."""
    account = terms.account
    cap = problem.policy.risk_caps.get(account.type)
    if cap is None or terms.target.safe:
        return False
    held = {t.code: after.held.get((account.name, t.code), ZERO) for t in problem.assets}
    risky = sum((held[t.code] for t in problem.assets if not t.safe), ZERO)
    cash = all_cash(problem, account) + after.cash[account.name] - problem.valuation.cash[account.name]
    order = _least_order(problem, terms)
    return risky + order > cap * (sum(held.values(), ZERO) + cash - order * terms.cost_rate)
