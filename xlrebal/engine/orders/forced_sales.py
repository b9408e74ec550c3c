"""Sells that are not a matter of choice: assets with target 0, and the cash of a withdrawal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action
from xlrebal.domain.quantities import ONE, ZERO, ceil_money, ceil_units, floor_units
from xlrebal.engine.orders import reasons
from xlrebal.engine.orders.waterfill import level_down
from xlrebal.engine.position import Draft, Position, draft_amount, draft_units
from xlrebal.engine.problem import Answer, held_back
from xlrebal.engine.tax.year_tax import with_tax

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account
    from xlrebal.engine.problem import Problem

# Withheld tax is a part of what is sold, so that each round leaves a part of the last one's gap.
_MOST_ROUNDS = 60


def sell_unwanted(problem: Problem, answer: Answer, caps: Mapping[str, Decimal]) -> None:
    """Add the sells of everything whose target is 0, up to the ``caps`` by code (base currency)."""
    for target in problem.ranked:
        if target.weight or held_back(problem, target, Action.SELL):
            continue
        left = caps.get(target.code)
        for position in problem.ranked_positions(target.code):
            draft = _everything(position) if left is None or left >= position.held else _part(position, left)
            if draft and draft.amount_base >= problem.policy.min_trade_amount:
                answer.drafts.append(with_tax(draft, problem.policy.tax))
                left = None if left is None else max(left - draft.amount_base, ZERO)


def _everything(position: Position) -> Draft | None:
    if position.by_amount:
        return draft_amount(position, Action.SELL, position.held) if position.held > 0 else None
    return draft_units(position, Action.SELL, position.sellable_units) if position.sellable_units else None


def _part(position: Position, amount: Decimal) -> Draft | None:
    if position.by_amount:
        return draft_amount(position, Action.SELL, amount) if amount > 0 else None
    units = min(floor_units(amount / position.unit_value), position.sellable_units) if position.unit_value else ZERO
    return draft_units(position, Action.SELL, units) if units else None


def raise_cash(problem: Problem, answer: Answer) -> None:
    """Add the sells that bring an account's missing cash: a withdrawal does not wait for a trigger."""
    for account in problem.household.accounts:
        _raise_in(problem, account, answer)
        _give_back(problem, account, answer)
        _check_raised(problem, account, answer)


def cannot_raise(problem: Problem, account: Account) -> Decimal:
    """Return how much of an account's missing cash its holdings cannot bring, base currency."""
    answer = Answer()
    _raise_in(problem, account, answer)
    return max(_missing(problem, account, answer), ZERO)


def _raise_in(problem: Problem, account: Account, answer: Answer) -> None:
    """Costs and tax are known order by order, so a first round may miss the amount by a part of them."""
    missing = _missing(problem, account, answer)
    for _ in range(_MOST_ROUNDS):
        if missing <= 0:
            break
        _sell_some(problem, account, missing, answer)
        before, missing = missing, _missing(problem, account, answer)
        if missing >= before:
            break


def _missing(problem: Problem, account: Account, answer: Answer) -> Decimal:
    return -problem.valuation.cash[account.name] - _proceeds(answer, account)


def _proceeds(answer: Answer, account: Account) -> Decimal:
    return sum((d.cash for d in answer.drafts if d.position.account.name == account.name), ZERO)


def _sell_some(problem: Problem, account: Account, missing: Decimal, answer: Answer) -> None:
    """Sell what is highest above its target over the household first, as far as the missing cash asks for it."""
    sold = {d.position.target.code: d.amount_base for d in answer.drafts if d.position.account.name == account.name}
    spare = _spare(problem, account, sold)
    cost = max((problem.positions[account.name, code].cost_rate for code in spare), default=ZERO)
    needed = ceil_money(missing / (ONE - cost), problem.household.base_currency) if cost < ONE else missing
    parts = _parts(problem, spare, needed, sold, answer)
    for code, part in sorted(parts.items(), key=lambda item: (-item[1], problem.ranks[1][item[0]])):
        if part > 0 and _missing(problem, account, answer) > 0:
            _sell_for_cash(problem, problem.positions[account.name, code], part, sold.get(code, ZERO), answer)


def _spare(problem: Problem, account: Account, sold: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What may still be sold in an account, by code; a holding that is worth less than the minimum trade may not."""
    spare: dict[str, Decimal] = {}
    for target in problem.ranked:
        position, before = problem.positions[account.name, target.code], sold.get(target.code, ZERO)
        whole = _everything(position)
        if whole is None or held_back(problem, target, Action.SELL) or whole.amount_base < _minimum(problem):
            continue
        if whole.amount_base > before:
            spare[target.code] = whole.amount_base - before
    return spare


def _minimum(problem: Problem) -> Decimal:
    return ceil_money(problem.policy.min_trade_amount, problem.household.base_currency)


def _parts(
    problem: Problem, spare: dict[str, Decimal], amount: Decimal, sold: Mapping[str, Decimal], answer: Answer
) -> dict[str, Decimal]:
    """Share an amount out so that no order stays below the minimum trade.

    An order that would is left out where the others bring the amount, and else raised to the minimum.
    """
    left = dict(spare)
    parts: dict[str, Decimal] = {}
    while left and amount > 0:
        shares = _lowered(problem, left, min(amount, sum(left.values(), ZERO)), answer)
        small = [c for c, part in shares.items() if 0 < part < _minimum(problem) - sold.get(c, ZERO)]
        if not small:
            return parts | shares
        code = min(small, key=lambda c: (shares[c], problem.ranks[1][c]))
        value, alone = left.pop(code), not any(part for c, part in shares.items() if c != code)
        if alone or sum(left.values(), ZERO) < amount:
            parts[code] = min(_minimum(problem) - sold.get(code, ZERO), value)
            amount -= parts[code]
    return parts


def _lowered(problem: Problem, spare: dict[str, Decimal], amount: Decimal, answer: Answer) -> dict[str, Decimal]:
    """Lower the highest value/target ratios of the household, as far as the account holds the assets."""
    base, valuation = problem.household.base_currency, problem.valuation
    weights = {t.code: t.weight for t in problem.ranked if t.code in spare}
    sold = dict.fromkeys(spare, ZERO)
    for draft in answer.drafts:
        if draft.position.target.code in sold:
            sold[draft.position.target.code] += draft.amount_base
    values = {code: max(valuation.values[code] - sold[code], part) for code, part in spare.items()}
    return level_down(values, weights, amount, base, spare)


def _sell_for_cash(problem: Problem, position: Position, part: Decimal, already: Decimal, answer: Answer) -> None:
    """One order an asset: what was to be sold anyway is joined with what the withdrawal needs."""
    amount = part + already
    if position.by_amount:
        draft: Draft | None = draft_amount(position, Action.SELL, min(amount, position.held))
    else:
        units = min(ceil_units(amount / position.unit_value), position.sellable_units)
        draft = draft_units(position, Action.SELL, units) if units else None
        if draft is not None and draft.amount_base < _minimum(problem) and units < position.sellable_units:
            draft = draft_units(position, Action.SELL, units + 1)
    if draft is not None:
        _replace(problem, draft, answer)


def _replace(problem: Problem, draft: Draft, answer: Answer) -> None:
    answer.drafts[:] = [d for d in answer.drafts if d.position.key != draft.position.key]
    if draft.amount_base:
        reason = reasons.withdrawal(problem.valuation, draft.position.target)
        answer.drafts.append(with_tax(draft.because(reason), problem.policy.tax))


def _give_back(problem: Problem, account: Account, answer: Answer) -> None:
    """Each order was rounded up to whole units: keep those that the withdrawal does not need."""
    if problem.valuation.cash[account.name] >= 0:
        return
    # What is sold for the withdrawal alone has a reason already.
    mine = [
        d for d in answer.drafts if d.position.account.name == account.name and d.reason and not d.position.by_amount
    ]
    for draft in sorted(mine, key=lambda d: (-d.position.unit_value, problem.rank(d.position.key))):
        kept = draft
        while kept.units:
            less = _fewer(problem, kept)
            if _missing(problem, account, answer) + kept.cash - less.cash > 0:
                break
            kept = less
            _replace(problem, kept, answer)


def _fewer(problem: Problem, draft: Draft) -> Draft:
    """One unit less; nothing at all where that would be below the minimum trade."""
    less = draft_units(draft.position, Action.SELL, (draft.units or ONE) - 1)
    if less.amount_base < _minimum(problem):
        less = draft_units(draft.position, Action.SELL, ZERO)
    return with_tax(less, problem.policy.tax)


def _check_raised(problem: Problem, account: Account, answer: Answer) -> None:
    missing = _missing(problem, account, answer)
    if missing > 0:
        small = [t for t in problem.assets if _too_small(problem, problem.positions[account.name, t.code])]
        base, least = problem.household.base_currency, problem.policy.min_trade_amount
        reason = reasons.not_raised(missing, account, base, least if small else ZERO)
        answer.skip(account.name, CASH, missing, reason)


def _too_small(problem: Problem, position: Position) -> bool:
    """Whether a holding could be sold but for the minimum trade."""
    whole = _everything(position)
    open_ = whole is not None and not held_back(problem, position.target, Action.SELL)
    return open_ and whole is not None and whole.amount_base < _minimum(problem)
