"""Every asset that stays off target without an order gets its reason."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Target
from xlrebal.domain.plan import Action, Skip
from xlrebal.domain.policy import RebalanceTo
from xlrebal.domain.quantities import round_money
from xlrebal.engine import bands, reasons
from xlrebal.engine.problem import held_back
from xlrebal.engine.programme import may_buy

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
            reason = _unsold(problem, target, gap, trigger) if gap > 0 else _unbought(problem, target, -gap, after)
            skips.append(Skip(_where(problem, target), target, abs(gap), reason))
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


def _unbought(problem: Problem, target: Target, gap: Decimal, after: Valuation) -> str:
    if why := held_back(problem, target, Action.BUY):
        return why
    allowed = [terms for terms in problem.terms_of(target.code) if terms.account.allows(target)]
    if not allowed:
        return reasons.not_allowed()
    allowed = [terms for terms in allowed if may_buy(terms.account, terms)]
    if not allowed:
        return reasons.no_price()
    minimum = problem.policy.min_trade_amount
    if gap < minimum and not _by_one_unit(allowed, minimum):
        return reasons.below_minimum(minimum, problem.household.base_currency)
    if all(not terms.by_amount and gap < terms.unit_value for terms in allowed):
        return reasons.under_one_unit(allowed[0])
    return _capped(problem, allowed, after) or reasons.no_cash()


def _capped(problem: Problem, allowed: list[Terms], after: Valuation) -> str:
    """The cap on risky assets, where it is what keeps an account with cash from buying."""
    for terms in allowed:
        cap = problem.policy.risk_caps.get(terms.account.type)
        money = after.cash[terms.account.name] >= max(terms.unit_value, problem.policy.min_trade_amount)
        if cap is not None and not terms.target.safe and money:
            return reasons.over_risk_cap(terms.account, cap)
    return ""
