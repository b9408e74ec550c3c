"""The gain of a planned sale, purchase by purchase, and how much of a loss purchases around it undo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import LotMethod
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.engine.tax.cost_basis import cost_of, parts_of
from xlrebal.engine.tax.lots import held_from, held_longer
from xlrebal.engine.tax.wash_sales import matched

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.domain.tax_rules import TaxClass, TaxRules
    from xlrebal.engine.position import Draft, Position
    from xlrebal.engine.tax.wash_sales import Purchase


@dataclass(frozen=True)
class LotSale:
    """Units of one sale that were bought together.

    Attributes:
        units: How many.
        acquired: Day of their purchase; None where it is not known or does not matter.
        since: Day from which they count as held; None like ``acquired``.
        proceeds: What they bring, costs deducted, tax currency.
        cost: What they cost, tax currency.
        long: True when they count as held long.
        washed: How many of them are sold at a loss that purchases undo.
        since: Day from which they count as held: that of their purchase, or earlier where they took up a washed loss.

    """

    units: Decimal
    acquired: dt.date | None
    proceeds: Decimal
    cost: Decimal
    long: bool = False
    disallowed: Decimal = ZERO
    since: dt.date | None = None

    @property
    def gain(self) -> Decimal:
        """Proceeds minus cost, negative for a loss."""
        return self.proceeds - self.cost

    def washed_loss(self, currency: str) -> Decimal:
        """Return the part of the loss that does not count, positive, never more than the loss."""
        return round_money(-self.gain * self.disallowed / self.units, currency) if self.disallowed else ZERO

    def counted(self, currency: str) -> Decimal:
        """Return the gain as it counts for tax."""
        return self.gain + self.washed_loss(currency)


def net_proceeds(draft: Draft) -> Decimal:
    """Return what a sale brings, costs and the tax on its amount deducted, tax currency."""
    return draft.proceeds - transaction_tax(draft)


def transaction_tax(draft: Draft) -> Decimal:
    """Return the tax on the amount of a sale, tax currency, whatever the gain and whatever the account.

    Source for Korea: Securities Transaction Tax Act art. 7 and 8; Income Tax Act Enforcement Decree art. 163(5) (it
    lowers the gain).
    """
    position = draft.position
    return round_money(draft.amount * position.tax_rate * position.transaction_rate, position.tax_currency)


def pieces_of(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> tuple[LotSale, ...] | None:
    """Return the pieces of a planned sale, which add up to its gain; None when the cost is not known.

    Units without lots count as short: the higher tax, for nobody knows how long they were held.
    """
    position, units = draft.position, draft.units
    cost = None if units is None else cost_of(position, units)
    if units is None or cost is None:
        return None
    proceeds = net_proceeds(draft)
    by_lot = position.lot_method is not LotMethod.AVERAGE or position.oldest_first
    if not position.lots or not by_lot or not units:
        return tuple(_washed(position, [LotSale(units, None, proceeds, cost)]))
    parts = parts_of(position, units)
    brought = _cumulated((proceeds * part.units / units for part in parts), position.tax_currency)
    costs = _cumulated((part.cost or ZERO for part in parts), position.tax_currency)
    pieces = [
        LotSale(
            part.units, part.lot.acquired, gross, net, _is_long(part.lot, tax_class, rules), since=held_from(part.lot)
        )
        for part, gross, net in zip(parts, brought, costs, strict=True)
    ]
    return tuple(_washed(position, pieces))


def _is_long(lot: Lot, tax_class: TaxClass, rules: TaxRules) -> bool:
    if tax_class.long_rate is None or rules.day is None:
        return False
    return held_longer(held_from(lot), tax_class.long_after_years, rules.day)


def _cumulated(parts: Iterable[Decimal], base: str) -> list[Decimal]:
    """Round parts so that they add up to the rounded whole."""
    rounded, whole, before = [], ZERO, ZERO
    for part in parts:
        whole += part
        rounded.append(round_money(whole, base) - before)
        before += rounded[-1]
    return rounded


def _washed(position: Position, pieces: Sequence[LotSale]) -> Iterable[LotSale]:
    """Match units sold at a loss with recent purchases."""
    found = purchases_matched(position, pieces)
    return [
        replace(p, disallowed=sum((units for _, units in hits), ZERO)) for p, hits in zip(pieces, found, strict=True)
    ]


def purchases_matched(position: Position, pieces: Sequence[LotSale]) -> list[list[tuple[Purchase, Decimal]]]:
    """Return for each piece of a sale the purchases that undo its loss, with their units."""
    kept = (position.units or ZERO) - sum((piece.units for piece in pieces), ZERO)
    return matched(position.recent, position.account.name, kept, [(p.units, p.acquired, p.gain < 0) for p in pieces])
