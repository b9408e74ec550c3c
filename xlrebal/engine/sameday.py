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
from xlrebal.engine.basis import held_from
from xlrebal.engine.gains import pieces_of, purchases_matched
from xlrebal.engine.taxes import class_of, is_deferred, is_netted

if TYPE_CHECKING:
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.engine.gains import Piece
    from xlrebal.engine.terms import Draft, Terms
    from xlrebal.engine.washsale import Purchase

_Key = tuple[str, str, dt.date]
"""Account, code and day of a purchase."""


@dataclass(frozen=True)
class _Carried:
    """A loss that units bought on a day take up, in tax currency, and the time for which the units sold were held."""

    units: Decimal
    loss: Decimal
    held: dt.timedelta


class DayOfSales:
    """What the sales of a day have used of the purchases around it so far."""

    def __init__(self, rules: TaxRules | None) -> None:
        self._rules = rules
        self._used: dict[_Key, Decimal] = {}
        self._carried: dict[_Key, list[_Carried]] = {}

    def terms_now(self, terms: Terms) -> Terms:
        """Return terms after the sales so far: purchases left to undo losses, and lots with the losses they took up."""
        if not self._used:
            return terms
        code = terms.target.code
        used = [self._used.get((one.account, code, one.date), ZERO) for one in terms.recent]
        left = [replace(one, units=one.units - units) for one, units in zip(terms.recent, used, strict=True)]
        lost = self._rules is not None and is_deferred(terms, self._rules)
        lots = terms.lots if lost else tuple(part for lot in terms.lots for part in self._parts(lot))
        return replace(terms, recent=tuple(one for one in left if one.units), lots=lots)

    def _parts(self, lot: Lot) -> list[Lot]:
        """A lot whose units took up a loss in part, as lots: first the units that took up none."""
        parts, left = [], lot.quantity
        for one in self._carried.get((lot.account, lot.code, lot.acquired), ()):
            units = min(one.units, left)
            if units:
                left -= units
                own = lot.carried * units / lot.quantity
                since = held_from(lot) - one.held
                more = one.loss * units / one.units
                parts.append(replace(lot, quantity=units, carried=own + more, held_since=since))
        if left:
            parts.insert(0, replace(lot, quantity=left, carried=lot.carried * left / lot.quantity))
        return parts

    def seen(self, draft: Draft) -> Draft:
        """Return a sale as it counts after those entered so far."""
        return replace(draft, terms=self.terms_now(draft.terms))

    def enter(self, draft: Draft) -> Draft:
        """Return a sale as it counts after those entered so far, and enter it."""
        draft = self.seen(draft)
        rules, tax_class = self._rules, class_of(draft.terms, self._rules)
        if rules is None or rules.wash_sale_days is None or tax_class is None or not is_netted(draft, tax_class, rules):
            return draft
        pieces = pieces_of(draft, tax_class, rules) or ()
        for piece, hits in zip(pieces, purchases_matched(draft.terms, pieces), strict=True):
            for purchase, units in hits:
                self._take(draft, piece, purchase, units)
        return draft

    def _take(self, draft: Draft, piece: Piece, purchase: Purchase, units: Decimal) -> None:
        key = (purchase.account, draft.terms.target.code, purchase.date)
        self._used[key] = self._used.get(key, ZERO) + units
        today = self._rules.day if self._rules else None
        held = today - piece.since if today and piece.since else dt.timedelta()
        carried = _Carried(units, -piece.gain * units / piece.units, held)
        self._carried.setdefault(key, []).append(carried)
