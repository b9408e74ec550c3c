"""What the units of a sale cost: by average, or lot by lot in the order that the household has chosen.

Gains are counted in tax currency, cost at the exchange rate of the purchase and proceeds at today's; without a tax
country in the currency of the asset. A cost in another currency without the rate of its purchase is not known.
Source for Korea: Income Tax Act Enforcement Decree art. 178-5 (each side at its own date's rate); art. 162(5) (first
in, first out where lots cannot be told apart) and Income Tax Act art. 39(5) (moving average where the broker keeps it).
Source for the United States: Regulation 1.1012-1(c) (first in, first out, or the units that are identified) and (e)
(average cost of the shares of a fund; those held longest count as sold first).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.household import LotMethod
from xlrebal.domain.quantities import ONE, ZERO, round_money
from xlrebal.engine.tax.lots import purchase_rate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.engine.position import Position


@dataclass(frozen=True)
class Part:
    """Units of one lot in a sale, and what they cost in tax currency, unrounded; None where that is not known."""

    lot: Lot
    units: Decimal
    cost: Decimal | None


def cost_of(position: Position, units: Decimal) -> Decimal | None:
    """Return what the units that a sale takes cost, tax currency; None when it is not known."""
    if position.lots:
        return _summed(position, parts_of(position, units))
    return (
        None if position.average_taxed is None else round_money(position.average_taxed * units, position.tax_currency)
    )


def _summed(position: Position, parts: Sequence[Part]) -> Decimal | None:
    costs = [part.cost for part in parts if part.cost is not None]
    return round_money(sum(costs, ZERO), position.tax_currency) if len(costs) == len(parts) else None


def parts_of(position: Position, units: Decimal) -> list[Part]:
    """Return the units of a sale lot by lot, with their cost; by average every unit costs the same."""
    taken = units_by_lot(position, units)
    if position.lot_method is not LotMethod.AVERAGE:
        return [Part(lot, part, _portion(position, lot, part)) for lot, part in taken]
    costs = [lot_cost(position, lot) for lot in position.lots]
    known = [cost for cost in costs if cost is not None]
    whole = sum(known, ZERO) if len(known) == len(costs) else None
    held = position.units or ONE
    return [Part(lot, part, None if whole is None else whole * part / held) for lot, part in taken]


def _portion(position: Position, lot: Lot, units: Decimal) -> Decimal | None:
    cost = lot_cost(position, lot)
    return None if cost is None else cost * units / lot.quantity


def lot_cost(position: Position, lot: Lot) -> Decimal | None:
    """Return what one lot cost, tax currency, unrounded; None without the exchange rate of its purchase."""
    rate = purchase_rate(position.currency, position.tax_currency, lot.fx_rate)
    return None if rate is None else lot.quantity * lot.unit_cost * rate + lot.carried


def units_by_lot(position: Position, units: Decimal) -> list[tuple[Lot, Decimal]]:
    """Return how many units of each lot a sale takes.

    In order; by average the same part of each, but those held longest first where it matters how long they were held.
    """
    if position.lot_method is LotMethod.AVERAGE and not position.oldest_first:
        return [(lot, lot.quantity * units / position.units) for lot in position.lots] if position.units else []
    taken, left = [], units
    for lot in position.lots:
        part = min(left, lot.quantity)
        left -= part
        if part:
            taken.append((lot, part))
    return taken


def base_rise(position: Position, units: Decimal) -> Decimal | None:
    """Return by how much the taxable base price of the units rose since their purchase, tax currency, unrounded.

    None where a base price, or the exchange rate of a purchase in another currency, is not given. Source for Korea:
    Income Tax Act Enforcement Decree art. 26-2.
    """
    now = position.target.tax_base
    if now is None:
        return None
    if not position.lots:
        return None if position.tax_base is None else (now * position.tax_rate - position.tax_base) * units
    rises = [(_rise(position, lot, now), part) for lot, part in units_by_lot(position, units)]
    known = [rise * part for rise, part in rises if rise is not None]
    return sum(known, ZERO) if len(known) == len(rises) else None


def _rise(position: Position, lot: Lot, now: Decimal) -> Decimal | None:
    rate = purchase_rate(position.currency, position.tax_currency, lot.fx_rate)
    return None if rate is None or lot.tax_base is None else now * position.tax_rate - lot.tax_base * rate
