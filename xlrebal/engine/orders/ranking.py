"""An order of accounts and assets that comes from their figures, never from their names.

Where two choices are equally good the planner takes the first one. Were that the first by name, a family that renames
an account or an asset would get other orders. Names decide only between accounts or assets that are alike in
every figure, where either choice gives the same orders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlrebal.engine.tax.year_tax import class_of, is_deferred

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account, Lot, Target
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.engine.position import Position

Ranks = dict[str, int]
_Key = tuple[Any, ...]


def ranks_by_figures(
    accounts: Mapping[str, tuple[Account, Decimal]],
    targets: Mapping[str, tuple[Target, Decimal]],
    positions: Mapping[tuple[str, str], Position],
    rules: TaxRules | None = None,
) -> tuple[Ranks, Ranks]:
    """Return the rank of each account by name and of each asset by code.

    Accounts come with their investable cash, assets with their value. What is alike in its own figures is told apart
    by what it holds, and by who holds it, until nothing more can be told apart (colour refinement of a graph).
    """
    pairs = {key: _of_position(one, rules) for key, one in positions.items()}
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
        mine = _with_peers(mine, {name: account.owner for name, (account, _) in accounts.items()})
        codes = _with_peers(codes, {code: target.group for code, (target, _) in targets.items()})
    return _numbered(mine), _numbered(codes)


def _ranked(keys: Mapping[str, _Key]) -> Ranks:
    rank = {key: number for number, key in enumerate(sorted(set(keys.values())))}
    return {name: rank[key] for name, key in keys.items()}


def _with_peers(ranks: Ranks, clubs: Mapping[str, str]) -> Ranks:
    """Tell accounts apart by the other accounts of their owner, and assets by the others of their group."""
    peers: dict[str, list[int]] = {}
    for name, club in clubs.items():
        peers.setdefault(club, []).append(ranks[name])
    return _ranked({name: (rank, *sorted(peers[clubs[name]])) for name, rank in ranks.items()})


def _numbered(ranks: Ranks) -> Ranks:
    return {name: number for number, name in enumerate(sorted(ranks, key=lambda name: (ranks[name], name)))}


def _known(number: Decimal | bool | None) -> _Key:
    return (number is not None, number or 0)


def _of_account(account: Account, cash: Decimal) -> _Key:
    own = (account.cash, account.contribution, account.reserve, *_known(account.contribution_room))
    kind = (account.fractional, account.lot_method or "", *_known(account.commission_rate))
    return (account.type, account.currency, cash, *own, *kind)


def _of_target(target: Target, value: Decimal) -> _Key:
    band = (*_known(target.minimum), *_known(target.maximum), *_known(target.fractional))
    kind = (target.currency, target.tax_class, target.lock, target.safe, *_known(target.tax_base))
    return (target.weight, *_known(target.price), value, *band, *kind)


def _of_position(position: Position, rules: TaxRules | None) -> _Key:
    tax_class = class_of(position, rules)
    taxed = () if rules is None or tax_class is None else (is_deferred(position, rules), tax_class.rate)
    return (
        position.held,
        *_known(position.units),
        *_known(position.price),
        *_known(position.average_cost),
        *_known(position.average_taxed),
        *_known(position.tax_base),
        position.by_amount,
        position.cost_rate,
        position.transaction_rate,
        taxed,
        position.barred or not position.account.allows(position.target),
        tuple(_of_lot(lot) for lot in position.lots),
        tuple(sorted((p.date, p.units) for p in position.recent)),
    )


def _of_lot(lot: Lot) -> _Key:
    costs = (*_known(lot.unit_cost), *_known(lot.fx_rate), *_known(lot.tax_base), lot.carried)
    return (lot.quantity, *costs, lot.acquired, lot.held_since or lot.acquired)
