"""Sells: which account sells how many units, and the sells that raise a withdrawal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action
from xlrebal.domain.policy import RebalanceTo
from xlrebal.domain.quantities import ONE, ZERO, as_amount, ceil_money, ceil_units, nearest_units
from xlrebal.engine import reasons
from xlrebal.engine.fill import level_down
from xlrebal.engine.taxes import with_tax
from xlrebal.engine.terms import Draft, Terms, draft_amount, draft_units

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account
    from xlrebal.engine.problem import Answer, Problem

_MOST_ROUNDS = 5


def plan_sells(problem: Problem, wanted: Mapping[str, Decimal], answer: Answer) -> None:
    """Add the sells of a full rebalance to the answer.

    Args:
        problem: The household.
        wanted: Amount to sell by code, base currency, positive.
        answer: Receives the drafts, and a skip for each amount that cannot be sold.

    """
    for target in problem.assets:
        amount = wanted.get(target.code, ZERO)
        if amount <= 0:
            continue
        why_not = _forbidden(problem, target.code)
        for terms in _sellers(problem, target.code):
            part = min(amount, terms.held)
            if part <= 0:
                continue
            if why_not:
                answer.skip(terms.account.name, target.code, part, why_not)
            else:
                _sell(problem, terms, part, answer)
            amount -= part


def _forbidden(problem: Problem, code: str) -> str:
    target = next(t for t in problem.assets if t.code == code)
    if target.lock.forbids_selling:
        return reasons.locked(target.lock)
    return problem.blocked.get(code, "")


def _sellers(problem: Problem, code: str) -> list[Terms]:
    """Accounts in which a sale is not taxed come first; otherwise the workbook's order holds."""
    tax = problem.policy.tax
    deferred = tax.deferred_accounts if tax else frozenset[str]()
    return sorted(problem.terms_of(code), key=lambda terms: terms.account.type not in deferred)


def _sell(problem: Problem, terms: Terms, amount: Decimal, answer: Answer) -> None:
    draft = _draft(problem, terms, amount)
    minimum = problem.policy.min_trade_amount
    if draft is None:
        answer.skip(*terms.key, amount, reasons.under_one_unit(terms))
    elif draft.amount_base < minimum:
        answer.skip(*terms.key, amount, reasons.below_minimum(minimum, terms.base))
    else:
        answer.drafts.append(with_tax(draft.because(reasons.sell(problem, terms.target)), problem.policy.tax))


def _draft(problem: Problem, terms: Terms, amount: Decimal) -> Draft | None:
    if terms.by_amount:
        return draft_amount(terms, Action.SELL, amount)
    exact = amount / terms.unit_value
    to_edge = problem.policy.rebalance_to is RebalanceTo.BAND
    units = ceil_units(exact) if to_edge else nearest_units(exact)
    if amount == terms.held or units > terms.sellable_units:
        units = terms.sellable_units
    return draft_units(terms, Action.SELL, units) if units else None


def raise_cash(problem: Problem, answer: Answer) -> None:
    """Add the sells that bring an account's missing cash: a withdrawal does not wait for a trigger."""
    for account in problem.household.accounts:
        # Costs are rounded order by order, so a first round may miss the amount by a few minor units.
        for _ in range(_MOST_ROUNDS):
            missing = _missing(problem, account, answer)
            if missing > 0:
                _raise_in(problem, account, missing, answer)
        _check_raised(problem, account, answer)


def _missing(problem: Problem, account: Account, answer: Answer) -> Decimal:
    return -problem.valuation.cash[account.name] - _proceeds(answer, account)


def _proceeds(answer: Answer, account: Account) -> Decimal:
    return sum((d.cash for d in answer.drafts if d.terms.account.name == account.name), ZERO)


def _raise_in(problem: Problem, account: Account, missing: Decimal, answer: Answer) -> None:
    """Sell what is highest above its target first, in whole units where needed, until the cash is there."""
    open_terms = {
        t.code: problem.terms[account.name, t.code] for t in problem.assets if not _forbidden(problem, t.code)
    }
    sold = {d.terms.target.code: d.amount_base for d in answer.drafts if d.terms.account.name == account.name}
    left = {code: terms.held - sold.get(code, ZERO) for code, terms in open_terms.items()}
    left = {code: value for code, value in left.items() if value > 0}
    weights = {code: open_terms[code].target.weight for code in left}
    cost = max((open_terms[code].cost_rate for code in left), default=ZERO)
    needed = ceil_money(missing / (ONE - cost), problem.household.base_currency) if cost < ONE else missing
    amount = min(needed, sum(left.values(), ZERO))
    parts = level_down(left, weights, amount, problem.household.base_currency) if left else {}
    for code, part in sorted(parts.items(), key=lambda item: -item[1]):
        if part > 0 and _missing(problem, account, answer) > 0:
            _sell_for_cash(problem, open_terms[code], part, sold.get(code, ZERO), answer)


def _sell_for_cash(problem: Problem, terms: Terms, part: Decimal, already: Decimal, answer: Answer) -> None:
    """One order an asset: what was to be sold anyway is joined with what the withdrawal needs."""
    amount = part + already
    if terms.by_amount:
        draft: Draft | None = draft_amount(terms, Action.SELL, min(amount, terms.held))
    else:
        units = min(ceil_units(amount / terms.unit_value), terms.sellable_units)
        draft = draft_units(terms, Action.SELL, units) if units else None
    if draft is None:
        return
    answer.drafts[:] = [d for d in answer.drafts if d.terms.key != terms.key]
    reason = reasons.withdrawal(problem, terms.target)
    answer.drafts.append(with_tax(draft.because(reason), problem.policy.tax))


def _check_raised(problem: Problem, account: Account, answer: Answer) -> None:
    missing = _missing(problem, account, answer)
    if missing > 0:
        shown = as_amount(missing, problem.household.base_currency)
        answer.skip(account.name, "CASH", missing, f"{shown} of the withdrawal cannot be raised in {account.name}")
