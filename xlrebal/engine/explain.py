"""Every asset that stays off target gets its reason."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Target
from xlrebal.domain.plan import Skip
from xlrebal.domain.policy import RebalanceTo
from xlrebal.domain.quantities import round_money
from xlrebal.engine import bands, reasons

if TYPE_CHECKING:
    from xlrebal.domain.plan import Trigger
    from xlrebal.engine.problem import Answer, Problem

_CASH = Target(CASH, Decimal(0), "Cash")


def explain_skips(problem: Problem, answer: Answer, trigger: Trigger) -> tuple[Skip, ...]:
    """Return the skips of the answer, and one for each other asset off target without an order."""
    by_code = {target.code: target for target in problem.household.targets}
    bought = {draft.terms.target.code for draft in answer.drafts if draft.action == "BUY"}
    skips = [
        Skip(account, by_code.get(code, _CASH), wanted, reason)
        for (account, code), (wanted, reason) in answer.skips.items()
        if code not in bought
    ]
    spoken = {skip.target.code for skip in skips} | {draft.terms.target.code for draft in answer.drafts}
    for target in problem.assets:
        gap = round_money(problem.valuation.gap(target), problem.household.base_currency)
        if gap and target.code not in spoken:
            skips.append(Skip(_where(problem, target), target, abs(gap), _reason(problem, target, gap, trigger)))
    order = {code: index for index, code in enumerate(by_code)}
    return tuple(sorted(skips, key=lambda skip: order.get(skip.target.code, len(order))))


def _cash_target() -> Target:
    from xlrebal.domain.household import CASH, Target

    return Target(CASH, Decimal(0), "Cash")


def _where(problem: Problem, target: Target) -> str:
    """The account that holds it, when there is just one."""
    holders = [terms.account.name for terms in problem.terms_of(target.code) if terms.held]
    if len(problem.household.accounts) == 1:
        return problem.household.accounts[0].name
    return holders[0] if len(holders) == 1 else ""


def _reason(problem: Problem, target: Target, gap: Decimal, trigger: Trigger) -> str:
    low, high = bands.edges(target, problem.policy)
    inside = low <= problem.valuation.weight(target.code) <= high
    to_target = problem.policy.rebalance_to is RebalanceTo.TARGET
    if gap > 0:
        return reasons.inside_band() if trigger.due and inside and not to_target else reasons.over_and_not_due(trigger)
    allowed = [terms for terms in problem.terms_of(target.code) if terms.account.allows(target)]
    if not allowed:
        return reasons.not_allowed()
    if all(terms.price is None and not terms.held for terms in allowed):
        return reasons.no_price()
    minimum = problem.policy.min_trade_amount
    if -gap < minimum:
        return reasons.below_minimum(minimum, problem.household.base_currency)
    whole = [terms for terms in allowed if not terms.by_amount]
    if len(whole) == len(allowed) and all(-gap < terms.unit_value for terms in whole):
        return reasons.under_one_unit(whole[0])
    return reasons.no_cash()
