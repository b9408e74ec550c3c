"""What the units of a sale cost: by average, or lot by lot in the order that the household has chosen.

Gains are counted in tax currency, cost at the exchange rate of the purchase and proceeds at today's; without a tax
country in the currency of the asset. A cost in another currency without the rate of its purchase is not known.
Source for Korea: Income Tax Act Enforcement Decree art. 178-5 (each side at its own date's rate); art. 162(5) (first
in, first out where lots cannot be told apart) and Income Tax Act art. 39(5) (moving average where the broker keeps it).
Source for the United States: Regulation 1.1012-1(c) (first in, first out, or the units that are identified) and (e)
(average cost of the shares of a fund; those held longest count as sold first).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ONE, ZERO, round_money
from xlrebal.domain.tax_rules import Averaging

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Account, Lot
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.tax_rules import TaxClass
    from xlrebal.engine.terms import Terms

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """Units of one lot in a sale, and what they cost in tax currency, unrounded; None where that is not known."""

    lot: Lot
    units: Decimal
    cost: Decimal | None


def lot_method(account: Account, policy: Policy, tax_class: TaxClass | None) -> LotMethod:
    """Return which units a sale takes: as the account or the household says, within what the law allows."""
    method = account.lot_method or policy.lot_method
    if method is LotMethod.AUTO:
        method = LotMethod(policy.tax.lot_method) if policy.tax else LotMethod.AVERAGE
    barred = tax_class is not None and tax_class.averaging is Averaging.NO
    return LotMethod.FIFO if method is LotMethod.AVERAGE and barred else method


def sale_order(
    lots: Sequence[Lot],
    method: LotMethod,
    units: Decimal | None,
    cost_of_unit: Callable[[Lot], Decimal | None],
    tax_of: Callable[[Lot], Decimal | None] | None = None,
) -> tuple[Lot, ...]:
    """Return the lots of a holding in the order in which a sale takes them.

    Args:
        lots: The lots.
        method: The method.
        units: Units held. When the lots do not add up to them nobody can say which they are, and none are returned.
        cost_of_unit: What one unit of a lot cost, for the method of the highest cost.
        tax_of: Tax of one unit, for the method of least tax. For both, lots of unknown cost go last, oldest first.

    """
    if not lots or sum((lot.quantity for lot in lots), ZERO) != units:
        return ()
    # No law says which of one day's purchases goes first: the dearest, for the least tax.
    oldest_first = sorted(lots, key=lambda lot: (lot.acquired, -lot.unit_cost))
    if method is LotMethod.LIFO:
        return tuple(sorted(oldest_first, key=lambda lot: lot.acquired, reverse=True))
    if method is LotMethod.SPECIFIC:
        return tuple(sorted(oldest_first, key=lambda lot: (lot.turn is None, lot.turn or ZERO)))
    if method is LotMethod.MIN_TAX and tax_of is not None:
        taxes = {id(lot): tax_of(lot) for lot in oldest_first}
        return tuple(sorted(oldest_first, key=lambda lot: (taxes[id(lot)] is None, taxes[id(lot)] or ZERO)))
    if method in (LotMethod.HIGHEST_COST, LotMethod.MIN_TAX):
        costs = {id(lot): cost_of_unit(lot) for lot in oldest_first}
        return tuple(sorted(oldest_first, key=lambda lot: (costs[id(lot)] is None, -(costs[id(lot)] or ZERO))))
    return tuple(oldest_first)


def cost_of(terms: Terms, units: Decimal) -> Decimal | None:
    """Return what the units that a sale takes cost, tax currency; None when it is not known."""
    if terms.lots:
        return _summed(terms, parts_of(terms, units))
    return None if terms.average_taxed is None else round_money(terms.average_taxed * units, terms.tax_currency)


def _summed(terms: Terms, parts: Sequence[Part]) -> Decimal | None:
    costs = [part.cost for part in parts if part.cost is not None]
    return round_money(sum(costs, ZERO), terms.tax_currency) if len(costs) == len(parts) else None


def parts_of(terms: Terms, units: Decimal) -> list[Part]:
    """Return the units of a sale lot by lot, with their cost; by average every unit costs the same."""
    taken = units_by_lot(terms, units)
    if terms.lot_method is not LotMethod.AVERAGE:
        return [Part(lot, part, _portion(terms, lot, part)) for lot, part in taken]
    costs = [lot_cost(terms, lot) for lot in terms.lots]
    known = [cost for cost in costs if cost is not None]
    whole = sum(known, ZERO) if len(known) == len(costs) else None
    held = terms.units or ONE
    return [Part(lot, part, None if whole is None else whole * part / held) for lot, part in taken]


def _portion(terms: Terms, lot: Lot, units: Decimal) -> Decimal | None:
    cost = lot_cost(terms, lot)
    return None if cost is None else cost * units / lot.quantity


def lot_cost(terms: Terms, lot: Lot) -> Decimal | None:
    """Return what one lot cost, tax currency, unrounded; None without the exchange rate of its purchase."""
    rate = purchase_rate(terms.currency, terms.tax_currency, lot.fx_rate)
    return None if rate is None else lot.quantity * lot.unit_cost * rate + lot.carried


def purchase_rate(currency: str, tax_currency: str, given: Decimal | None) -> Decimal | None:
    """Return the tax currency for one unit of a currency at a purchase: 1 for itself, otherwise what is given."""
    return ONE if currency == tax_currency else given


def held_from(lot: Lot) -> dt.date:
    """Return the day from which the units of a lot count as held: their purchase, or what they replace."""
    return lot.held_since or lot.acquired


def units_by_lot(terms: Terms, units: Decimal) -> list[tuple[Lot, Decimal]]:
    """Return how many units of each lot a sale takes.

    In order; by average the same part of each, but those held longest first where it matters how long they were held.
    """
    if terms.lot_method is LotMethod.AVERAGE and not terms.oldest_first:
        return [(lot, lot.quantity * units / terms.units) for lot in terms.lots] if terms.units else []
    taken, left = [], units
    for lot in terms.lots:
        part = min(left, lot.quantity)
        left -= part
        if part:
            taken.append((lot, part))
    return taken


def held_longer(acquired: dt.date, years: int, day: dt.date) -> bool:
    """Return whether units sold on a day were held for more than some calendar years.

    The holding period begins on the day after the purchase, and a year of it ends on the day before the same date of
    the next year: what is bought on the last day of February is long from 1 March. Source: Internal Revenue Code
    section 1222; Revenue Ruling 66-7; IRS Publication 544, chapter 4, "Holding period".
    """
    start = acquired + _ONE_DAY
    try:
        longer = start.replace(year=start.year + years)
    except ValueError:  # begun on 29 February
        longer = start.replace(year=start.year + years, month=3, day=1)
    return day >= longer


def base_rise(terms: Terms, units: Decimal) -> Decimal | None:
    """Return by how much the taxable base price of the units rose since their purchase, tax currency, unrounded.

    None where a base price, or the exchange rate of a purchase in another currency, is not given. Source for Korea:
    Income Tax Act Enforcement Decree art. 26-2.
    """
    now = terms.target.tax_base
    if now is None:
        return None
    if not terms.lots:
        return None if terms.tax_base is None else (now * terms.tax_rate - terms.tax_base) * units
    rises = [(_rise(terms, lot, now), part) for lot, part in units_by_lot(terms, units)]
    known = [rise * part for rise, part in rises if rise is not None]
    return sum(known, ZERO) if len(known) == len(rises) else None


def _rise(terms: Terms, lot: Lot, now: Decimal) -> Decimal | None:
    rate = purchase_rate(terms.currency, terms.tax_currency, lot.fx_rate)
    return None if rate is None or lot.tax_base is None else now * terms.tax_rate - lot.tax_base * rate
