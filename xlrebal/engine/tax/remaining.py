"""What the sales of a plan leave of the holdings: units, lots and their cost, and the purchases that wash a loss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action, LotMethod
from xlrebal.domain.quantities import ZERO
from xlrebal.engine.tax.cost_basis import lot_cost, units_by_lot

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.engine.position import Draft, Position

    Holdings = Mapping[tuple[str, str], Position]


def positions_left(positions: Holdings, drafts: Sequence[Draft]) -> dict[tuple[str, str], Position]:
    """Return the positions after the sales of a plan; what it buys is not in them.

    Units of late purchases that it sells stand for none of those that are sold beside them.
    """
    left, sold = dict(positions), dict[tuple[str, str, "dt.date"], "Decimal"]()
    for draft in drafts:
        own = positions[draft.position.key]
        if draft.action is Action.BUY or not draft.units or not own.units:
            continue
        parts = units_by_lot(own, draft.units)
        left[own.key] = _less(own, draft.units, {id(lot): units for lot, units in parts})
        for lot, units in parts:
            key = (*own.key, lot.acquired)
            sold[key] = sold.get(key, ZERO) + units
    codes = {code for _, code, _ in sold}
    return {key: _fewer_recent(one, sold) if key[1] in codes else one for key, one in left.items()}


def _less(position: Position, units: Decimal, taken: Mapping[int, Decimal]) -> Position:
    """A holding without units that are sold, and its lots without those taken from each."""
    had = position.units or units
    average = position.lot_method is LotMethod.AVERAGE and position.oldest_first
    lots = [_cut(lot, lot.quantity - taken.get(id(lot), ZERO)) for lot in position.lots]
    rest = replace(position, units=had - units, held=position.held * (had - units) / had)
    lots = [lot for lot in lots if lot.quantity > 0]
    return replace(rest, lots=tuple(_at_average(position, lots) if average else lots))


def _cut(lot: Lot, units: Decimal) -> Lot:
    """A lot of fewer units, with their part of the washed losses that it took up."""
    return replace(lot, quantity=units, carried=lot.carried * units / lot.quantity if lot.quantity else ZERO)


def _at_average(position: Position, lots: Sequence[Lot]) -> list[Lot]:
    """Lots that are left where those held longest went first, at the average cost of all that was held."""
    costs = [lot_cost(position, lot) for lot in position.lots]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs) or not position.units:
        return list(lots)
    each = sum(known, ZERO) / position.units
    return [replace(lot, carried=lot.carried + each * lot.quantity - (lot_cost(position, lot) or ZERO)) for lot in lots]


def _fewer_recent(position: Position, sold: Mapping[tuple[str, str, dt.date], Decimal]) -> Position:
    """The position without the late purchases that are sold."""
    code = position.target.code
    left = [replace(one, units=one.units - sold.get((one.account, code, one.date), ZERO)) for one in position.recent]
    return replace(position, recent=tuple(one for one in left if one.units > 0))
