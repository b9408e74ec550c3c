"""An order of accounts and assets that comes from their figures, never from their names.

Where two choices are equally good the planner takes the first one. Were that the first by name, a family that renames
an account or an asset would get other orders. Names decide only between accounts or assets that are alike in
every figure, where either choice gives the same orders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account, Target
    from xlrebal.engine.terms import Terms

Ranks = dict[str, int]
_Key = tuple[Any, ...]


def ranks_by_figures(
    accounts: Mapping[str, tuple[Account, Decimal]],
    targets: Mapping[str, tuple[Target, Decimal]],
    terms: Mapping[tuple[str, str], Terms],
) -> tuple[Ranks, Ranks]:
    """Return the rank of each account by name and of each asset by code.

    Accounts come with their investable cash, assets with their value. What is alike in its own figures is told apart
    by what it holds, and by who holds it, until nothing more can be told apart (colour refinement of a graph).
    """
    pairs = {key: _of_terms(one) for key, one in terms.items()}
    mine = _ranked({name: _of_account(*one) for name, one in accounts.items()})
    codes = _ranked({code: _of_target(*one) for code, one in targets.items()})
    classes = -1
    while classes < len(set(mine.values())) + len(set(codes.values())) < len(mine) + len(codes):
        classes = len(set(mine.values())) + len(set(codes.values()))
        near: dict[str, list[_Key]] = {code: [] for code in codes}
        for (name, code), pair in pairs.items():
            near[code].append((mine[name], pair))
        codes = _ranked({code: (codes[code], *sorted(found)) for code, found in near.items()})
        held: dict[str, list[_Key]] = {name: [] for name in mine}
        for (name, code), pair in pairs.items():
            held[name].append((codes[code], pair))
        mine = _ranked({name: (mine[name], *sorted(found)) for name, found in held.items()})
    return _numbered(mine), _numbered(codes)


def _ranked(keys: Mapping[str, _Key]) -> Ranks:
    rank = {key: number for number, key in enumerate(sorted(set(keys.values())))}
    return {name: rank[key] for name, key in keys.items()}


def _numbered(ranks: Ranks) -> Ranks:
    return {name: number for number, name in enumerate(sorted(ranks, key=lambda name: (ranks[name], name)))}


def _known(number: Decimal | bool | None) -> _Key:
    return (number is not None, number or 0)


def _of_account(account: Account, cash: Decimal) -> _Key:
    rate = _known(account.commission_rate)
    return (account.type, account.currency, cash, account.cash, account.contribution, rate, account.fractional)


def _of_target(target: Target, value: Decimal) -> _Key:
    band = (*_known(target.minimum), *_known(target.maximum), *_known(target.fractional))
    kind = (target.currency, target.tax_class, target.lock, target.safe)
    return (target.weight, *_known(target.price), value, *band, *kind)


def _of_terms(terms: Terms) -> _Key:
    return (
        terms.held,
        *_known(terms.units),
        *_known(terms.price),
        *_known(terms.average_cost),
        terms.by_amount,
        terms.cost_rate,
        terms.account.allows(terms.target),
        tuple((lot.quantity, *_known(lot.unit_cost), lot.acquired) for lot in terms.lots),
    )
