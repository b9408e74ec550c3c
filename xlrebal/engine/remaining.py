"""What the sales of a plan leave of the holdings: units, lots and their cost, and the purchases that wash a loss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action
from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ZERO
from xlrebal.engine.basis import lot_cost, units_by_lot

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.engine.terms import Draft, Terms

    Holdings = Mapping[tuple[str, str], Terms]


def terms_left(terms: Holdings, drafts: Sequence[Draft]) -> dict[tuple[str, str], Terms]:
    """Return the terms after the sales of a plan; what it buys is not in them.

    Units of late purchases that it sells stand for none of those that are sold beside them.
    """
    left, sold = dict(terms), dict[tuple[str, str, "dt.date"], "Decimal"]()
    for draft in drafts:
        own = terms[draft.terms.key]
        if draft.action is Action.BUY or not draft.units or not own.units:
            continue
        parts = units_by_lot(own, draft.units)
        left[own.key] = _less(own, draft.units, {id(lot): units for lot, units in parts})
        for lot, units in parts:
            key = (*own.key, lot.acquired)
            sold[key] = sold.get(key, ZERO) + units
    codes = {code for _, code, _ in sold}
    return {key: _fewer_recent(one, sold) if key[1] in codes else one for key, one in left.items()}


def _less(terms: Terms, units: Decimal, taken: Mapping[int, Decimal]) -> Terms:
    """A holding without units that are sold, and its lots without those taken from each."""
    had = terms.units or units
    average = terms.lot_method is LotMethod.AVERAGE and terms.oldest_first
    lots = [_cut(lot, lot.quantity - taken.get(id(lot), ZERO)) for lot in terms.lots]
    rest = replace(terms, units=had - units, held=terms.held * (had - units) / had)
    lots = [lot for lot in lots if lot.quantity > 0]
    return replace(rest, lots=tuple(_at_average(terms, lots) if average else lots))


def _cut(lot: Lot, units: Decimal) -> Lot:
    """A lot of fewer units, with their part of the washed losses that it took up."""
    return replace(lot, quantity=units, carried=lot.carried * units / lot.quantity if lot.quantity else ZERO)


def _at_average(terms: Terms, lots: Sequence[Lot]) -> list[Lot]:
    """Lots that are left where those held longest went first, at the average cost of all that was held."""
    costs = [lot_cost(terms, lot) for lot in terms.lots]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs) or not terms.units:
        return list(lots)
    each = sum(known, ZERO) / terms.units
    return [replace(lot, carried=lot.carried + each * lot.quantity - (lot_cost(terms, lot) or ZERO)) for lot in lots]


def _fewer_recent(terms: Terms, sold: Mapping[tuple[str, str, dt.date], Decimal]) -> Terms:
    """Terms without the late purchases that are sold."""
    code = terms.target.code
    left = [replace(one, units=one.units - sold.get((one.account, code, one.date), ZERO)) for one in terms.recent]
    return replace(terms, recent=tuple(one for one in left if one.units > 0))
