"""Sales of one day, one after the other: a purchase stands for no more units sold at a loss than were bought.

A loss that a purchase undoes adds to the cost of the units bought, so that it counts when they are sold later on the
same day; they count as held as long as those they replace, on top of their own time. In an account that is not taxed it
is lost. Source: Internal Revenue Code sections 1091(d) and 1223(3); IRS Publication 550, "Wash Sales"; Revenue Ruling
2008-5.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO
from xlrebal.engine.tax.gains import pieces_of, purchases_matched
from xlrebal.engine.tax.lots import held_from
from xlrebal.engine.tax.year_tax import class_of, is_deferred, is_netted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.engine.position import Draft, Position
    from xlrebal.engine.tax.gains import LotSale
    from xlrebal.engine.tax.wash_sales import Purchase

_Key = tuple[str, str, dt.date]
"""Account, code and day of a purchase."""


@dataclass(frozen=True)
class _Carried:
    """A loss that units bought on a day take up, in tax currency, and the time for which the units sold were held."""

    units: Decimal
    loss: Decimal
    held: dt.timedelta

    def part(self, units: Decimal) -> _Carried:
        """Return the loss of some of the units."""
        return replace(self, units=units, loss=self.loss * units / self.units)


class DayOfSales:
    """What the sales of a day have used of the purchases around it so far."""

    def __init__(self, rules: TaxRules | None) -> None:
        self._rules = rules
        self._used: dict[_Key, Decimal] = {}
        self._carried: dict[_Key, list[_Carried]] = {}

    def position_now(self, position: Position) -> Position:
        """Return the position after the sales so far: purchases left to undo losses, lots with what they took up."""
        if not self._used:
            return position
        code = position.target.code
        used = [self._used.get((one.account, code, one.date), ZERO) for one in position.recent]
        left = [replace(one, units=one.units - units) for one, units in zip(position.recent, used, strict=True)]
        lost = self._rules is not None and is_deferred(position, self._rules)
        lots = position.lots if lost else self._lots_now(position.lots)
        return replace(position, recent=tuple(one for one in left if one.units), lots=lots)

    def _lots_now(self, lots: Sequence[Lot]) -> tuple[Lot, ...]:
        """Lots, split by what their units took up today: each unit once, and none that took up a loss before."""
        left = {key: list(losses) for key, losses in self._carried.items()}
        parts: dict[int, list[Lot]] = {}
        for number, lot in sorted(enumerate(lots), key=lambda numbered: _took_up(numbered[1])):
            parts[number] = _parts(lot, left.get((lot.account, lot.code, lot.acquired), []))
        return tuple(part for number in range(len(lots)) for part in parts[number])

    def seen(self, draft: Draft) -> Draft:
        """Return a sale as it counts after those entered so far."""
        return replace(draft, position=self.position_now(draft.position))

    def enter(self, draft: Draft) -> Draft:
        """Return a sale as it counts after those entered so far, and enter it."""
        draft = self.seen(draft)
        rules, tax_class = self._rules, class_of(draft.position, self._rules)
        if rules is None or rules.wash_sale_days is None or tax_class is None or not is_netted(draft, tax_class, rules):
            return draft
        pieces = pieces_of(draft, tax_class, rules) or ()
        for piece, hits in zip(pieces, purchases_matched(draft.position, pieces), strict=True):
            for purchase, units in hits:
                self._take(draft, piece, purchase, units)
        return draft

    def _take(self, draft: Draft, piece: LotSale, purchase: Purchase, units: Decimal) -> None:
        key = (purchase.account, draft.position.target.code, purchase.date)
        self._used[key] = self._used.get(key, ZERO) + units
        today = self._rules.day if self._rules else None
        held = today - piece.since if today and piece.since else dt.timedelta()
        carried = _Carried(units, -piece.gain * units / piece.units, held)
        self._carried.setdefault(key, []).append(carried)


def _took_up(lot: Lot) -> bool:
    """Whether its units took up a loss of an earlier day."""
    return bool(lot.carried) or held_from(lot) != lot.acquired


def _parts(lot: Lot, losses: list[_Carried]) -> list[Lot]:
    """A lot as lots, first the units that take up none of the losses; what the lot takes up leaves the list."""
    parts, left = [], lot.quantity
    while losses and left:
        one = losses.pop(0)
        units = min(one.units, left)
        left -= units
        taken = one.part(units)
        own = lot.carried * units / lot.quantity
        parts.append(replace(lot, quantity=units, carried=own + taken.loss, held_since=held_from(lot) - one.held))
        if units < one.units:
            losses.insert(0, one.part(one.units - units))
    if left:
        parts.insert(0, replace(lot, quantity=left, carried=lot.carried * left / lot.quantity))
    return parts
