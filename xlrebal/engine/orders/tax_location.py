"""The same plan with less tax: sales move to the account where they are taxed least, purchases follow the money.

What is sold and bought over the household stays the same unit for unit, so that the plan is as good as before.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.quantities import ZERO, ceil_units
from xlrebal.engine.orders.model_builder import may_buy
from xlrebal.engine.position import draft_units
from xlrebal.engine.problem import held_back
from xlrebal.engine.tax.year_tax import class_of, is_deferred, netted_taxes, with_tax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from xlrebal.engine.position import Draft, Position
    from xlrebal.engine.problem import Problem

Book = dict[tuple[str, str], "Draft"]

_MOST_SWAPS = 40
_FINE_TRIES = 10
# Swaps that are looked at altogether, and the part of them that a round may take.
_MOST_LOOKS = 2_000
_LOOKS_OF_A_ROUND = 5


def with_least_tax(problem: Problem, drafts: Sequence[Draft], fixed: frozenset[tuple[str, str]]) -> list[Draft]:
    """Return the drafts after every swap between two accounts that lowers the tax of the plan.

    ``fixed`` are account and code of orders that must stay as they are. Accounts with a cap on risky assets, and assets
    that trade in amounts, take no part.
    """
    book = {draft.position.key: draft for draft in drafts}
    if problem.policy.tax is None or len(problem.household.accounts) < 2 or not _taxed(problem, drafts):
        return list(drafts)
    looks = _MOST_LOOKS
    for _ in range(_MOST_SWAPS):
        tax, unknown = total_tax(problem, list(book.values())), _of_unknown_tax(problem, book)
        better = None
        for swapped in islice(_swaps(problem, book, fixed), max(looks // _LOOKS_OF_A_ROUND, 1)):
            looks -= 1
            less = total_tax(problem, list(swapped.values()))
            # The best of the round; of equals the first in the order of figures.
            if less < tax and _of_unknown_tax(problem, swapped) <= unknown:
                better, tax = swapped, less
        if better is None:
            break
        book = better
    return list(book.values())


def total_tax(problem: Problem, drafts: Sequence[Draft]) -> Decimal:
    """Return the known tax of the sales; what cannot be known cannot be compared."""
    return sum((d.tax for d in netted_taxes(drafts, problem.policy) if d.tax is not None), ZERO)


def _of_unknown_tax(problem: Problem, book: Book) -> Decimal:
    """What is sold at a tax that is not known, base currency: more of it is no saving."""
    taxed = netted_taxes(list(book.values()), problem.policy)
    return sum((draft.amount_base for draft in taxed if draft.tax is None), ZERO)


def _taxed(problem: Problem, drafts: Sequence[Draft]) -> bool:
    return any(draft.action is Action.SELL for draft in drafts) and total_tax(problem, drafts) > 0


def _swaps(problem: Problem, book: Book, fixed: frozenset[tuple[str, str]]) -> Iterator[Book]:
    """Every way to sell less here and more there, with a purchase that moves along."""
    for sale in _most_taxed_first(problem, book):
        rules = problem.policy.tax
        free = sale.position.key not in fixed and not sale.position.by_amount
        tax_class = class_of(sale.position, rules)
        if sale.action is not Action.SELL or not free or rules is None or tax_class is None or not tax_class.rate:
            continue
        if is_deferred(sale.position, rules):
            continue
        for other in problem.ranked_positions(sale.position.target.code):
            if other.key != sale.position.key and other.key not in fixed and _takes_part(problem, other):
                yield from _swap(problem, book, sale, other)


def _most_taxed_first(problem: Problem, book: Book) -> list[Draft]:
    """Orders by tax as a part of their amount, as far as it is known; equal ones in the order of ``ranks``."""
    orders = sorted(book.values(), key=lambda draft: problem.rank(draft.position.key))
    orders = [draft for draft in netted_taxes(orders, problem.policy) if draft.amount_base]
    return [book[d.position.key] for d in sorted(orders, key=lambda d: -(d.tax or ZERO) / d.amount_base)]


def _takes_part(problem: Problem, position: Position) -> bool:
    return (
        position.account.type not in problem.policy.risk_caps and not position.by_amount and position.sellable_units > 0
    )


def _swap(problem: Problem, book: Book, sale: Draft, other: Position) -> Iterator[Book]:
    there = book.get(other.key)
    room = other.sellable_units - (there.units or ZERO if there else ZERO)
    most = min(sale.units or ZERO, room)
    buys = [d for d in book.values() if d.action is Action.BUY and d.position.account is sale.position.account]
    for buy in sorted(buys, key=lambda draft: problem.rank(draft.position.key)):
        target = problem.positions[other.account.name, buy.position.target.code]
        if buy.position.by_amount or target.by_amount or not may_buy(other.account, target):
            continue
        if held_back(problem, target.target, Action.BUY) or not buy.units or target.key == other.key:
            continue
        for part in _parts(most):
            moved = _moved(problem, book, sale, other, buy, target, part)
            if moved is not None:
                yield moved
                break


def _parts(most: Decimal) -> Iterator[Decimal]:
    """All of it, then less and less: whole units rarely fit at the first try."""
    part, tries = most, 0
    while part >= 1:
        yield part
        tries += 1
        part = part - 1 if tries < _FINE_TRIES else part // 2


def _moved(
    problem: Problem, book: Book, sale: Draft, other: Position, buy: Draft, target: Position, units: Decimal
) -> Book | None:
    """Move the units of a sale, and as much of a purchase as the first account can no longer pay; None if it cannot."""
    cash = {account.name: problem.valuation.cash[account.name] for account in problem.household.accounts}
    for draft in book.values():
        cash[draft.position.account.name] += draft.cash
    changed = dict(book)
    _add(problem, changed, sale.position, Action.SELL, -units)
    _add(problem, changed, other, Action.SELL, units)
    short = -(cash[sale.position.account.name] + _change(book, changed, sale.position.account.name))
    if short > 0:
        follow = min(ceil_units(short / (-buy.cash / (buy.units or 1))), buy.units or ZERO)
        _add(problem, changed, buy.position, Action.BUY, -follow)
        _add(problem, changed, target, Action.BUY, follow)
    names = (sale.position.account.name, other.account.name)
    paid = all(cash[name] + _change(book, changed, name) >= 0 for name in names)
    least = problem.policy.min_trade_amount
    return changed if paid and all(draft.amount_base >= least for draft in changed.values()) else None


def _change(before: Book, after: Book, account: str) -> Decimal:
    def flow(book: Book) -> Decimal:
        return sum((draft.cash for key, draft in book.items() if key[0] == account), ZERO)

    return flow(after) - flow(before)


def _add(problem: Problem, book: Book, position: Position, action: Action, units: Decimal) -> None:
    """Change the units of an order; it appears and disappears as needed."""
    old = book.get(position.key)
    left = (old.units or ZERO if old else ZERO) + units
    if left <= 0:
        book.pop(position.key, None)
        return
    draft = draft_units(position, action, left)
    book[position.key] = with_tax(draft, problem.policy.tax) if action is Action.SELL else draft
