"""Sells that are not a matter of choice: assets with target 0, and the cash of a withdrawal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action
from xlrebal.domain.quantities import ONE, ZERO, as_amount, ceil_money, ceil_units, floor_units
from xlrebal.engine import reasons
from xlrebal.engine.fill import level_down
from xlrebal.engine.problem import held_back
from xlrebal.engine.taxes import with_tax
from xlrebal.engine.terms import Draft, Terms, draft_amount, draft_units

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account
    from xlrebal.engine.problem import Answer, Problem

_MOST_ROUNDS = 5


def sell_unwanted(problem: Problem, answer: Answer, caps: Mapping[str, Decimal]) -> None:
    """Add the sells of everything whose target is 0, up to the ``caps`` by code (base currency)."""
    for target in problem.assets:
        if target.weight or held_back(problem, target, Action.SELL):
            continue
        left = caps.get(target.code)
        for terms in problem.terms_of(target.code):
            draft = _everything(terms) if left is None or left >= terms.held else _part(terms, left)
            if draft and draft.amount_base >= problem.policy.min_trade_amount:
                answer.drafts.append(with_tax(draft, problem.policy.tax))
                left = None if left is None else max(left - draft.amount_base, ZERO)


def _everything(terms: Terms) -> Draft | None:
    if terms.by_amount:
        return draft_amount(terms, Action.SELL, terms.held) if terms.held > 0 else None
    return draft_units(terms, Action.SELL, terms.sellable_units) if terms.sellable_units else None


def _part(terms: Terms, amount: Decimal) -> Draft | None:
    if terms.by_amount:
        return draft_amount(terms, Action.SELL, amount) if amount > 0 else None
    units = min(floor_units(amount / terms.unit_value), terms.sellable_units) if terms.unit_value else ZERO
    return draft_units(terms, Action.SELL, units) if units else None


def raise_cash(problem: Problem, answer: Answer) -> None:
    """Add the sells that bring an account's missing cash: a withdrawal does not wait for a trigger."""
    for account in problem.household.accounts:
        # Costs are rounded order by order, so a first round may miss the amount by a few minor units.
        for _ in range(_MOST_ROUNDS):
            missing = _missing(problem, account, answer)
            if missing > 0:
                _raise_in(problem, account, missing, answer)
        _give_back(problem, account, answer)
        _check_raised(problem, account, answer)


def _missing(problem: Problem, account: Account, answer: Answer) -> Decimal:
    return -problem.valuation.cash[account.name] - _proceeds(answer, account)


def _proceeds(answer: Answer, account: Account) -> Decimal:
    return sum((d.cash for d in answer.drafts if d.terms.account.name == account.name), ZERO)


def _raise_in(problem: Problem, account: Account, missing: Decimal, answer: Answer) -> None:
    """Sell what is highest above its target over the household first, until the cash is there."""
    open_terms = {
        t.code: problem.terms[account.name, t.code] for t in problem.assets if not held_back(problem, t, Action.SELL)
    }
    sold = {d.terms.target.code: d.amount_base for d in answer.drafts if d.terms.account.name == account.name}
    spare = {code: terms.held - sold.get(code, ZERO) for code, terms in open_terms.items()}
    spare = {code: value for code, value in spare.items() if value > 0}
    cost = max((open_terms[code].cost_rate for code in spare), default=ZERO)
    needed = ceil_money(missing / (ONE - cost), problem.household.base_currency) if cost < ONE else missing
    parts = _parts(problem, spare, min(needed, sum(spare.values(), ZERO)), answer)
    for code, part in sorted(parts.items(), key=lambda item: (-item[1], item[0])):
        if part > 0 and _missing(problem, account, answer) > 0:
            _sell_for_cash(problem, open_terms[code], part, sold.get(code, ZERO), answer)


def _parts(problem: Problem, spare: dict[str, Decimal], amount: Decimal, answer: Answer) -> dict[str, Decimal]:
    """Lower the highest value/target ratios of the household, as far as the account holds the assets."""
    if not spare:
        return {}
    base, valuation = problem.household.base_currency, problem.valuation
    weights = {t.code: t.weight for t in problem.assets if t.code in spare}
    sold = dict.fromkeys(spare, ZERO)
    for draft in answer.drafts:
        if draft.terms.target.code in sold:
            sold[draft.terms.target.code] += draft.amount_base
    values = {code: max(valuation.values[code] - sold[code], part) for code, part in spare.items()}
    return level_down(values, weights, amount, base, spare)


def _sell_for_cash(problem: Problem, terms: Terms, part: Decimal, already: Decimal, answer: Answer) -> None:
    """One order an asset: what was to be sold anyway is joined with what the withdrawal needs."""
    amount = part + already
    if terms.by_amount:
        draft: Draft | None = draft_amount(terms, Action.SELL, min(amount, terms.held))
    else:
        units = min(ceil_units(amount / terms.unit_value), terms.sellable_units)
        draft = draft_units(terms, Action.SELL, units) if units else None
    if draft is not None:
        _replace(problem, draft, answer)


def _replace(problem: Problem, draft: Draft, answer: Answer) -> None:
    answer.drafts[:] = [d for d in answer.drafts if d.terms.key != draft.terms.key]
    if draft.amount_base:
        reason = reasons.withdrawal(problem, draft.terms.target)
        answer.drafts.append(with_tax(draft.because(reason), problem.policy.tax))


def _give_back(problem: Problem, account: Account, answer: Answer) -> None:
    """Each order was rounded up to whole units: keep those that the withdrawal does not need."""
    if problem.valuation.cash[account.name] >= 0:
        return
    mine = [d for d in answer.drafts if d.terms.account.name == account.name and d.terms.target.weight]
    for draft in sorted(mine, key=lambda d: (-d.terms.unit_value, d.terms.target.code)):
        units = draft.units
        while units is not None and not draft.terms.by_amount and units > 0:
            less = draft_units(draft.terms, Action.SELL, units - 1)
            freed = draft.cash - with_tax(less, problem.policy.tax).cash
            if _missing(problem, account, answer) + freed > 0:
                break
            draft, units = with_tax(less, problem.policy.tax), units - 1
            _replace(problem, draft, answer)


def _check_raised(problem: Problem, account: Account, answer: Answer) -> None:
    missing = _missing(problem, account, answer)
    if missing > 0:
        shown = as_amount(missing, problem.household.base_currency)
        answer.skip(account.name, "CASH", missing, f"{shown} of the withdrawal cannot be raised in {account.name}")
