"""Washed losses that units still held took up: they count as cost, and the time of the units sold counts as theirs.

The record of trades tells them; Lots (or the average cost of Holdings) may hold them already, where a broker adjusts
its figures. What was paid decides: units at what the record says was paid for them take the loss up, units at that and
the loss have it already. Of any other cost nobody knows what is in it: it counts as it is, and that is said.
Source: Internal Revenue Code sections 1091(d) and 1223(3); IRS Publication 550, "Wash Sales".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action, Lot
from xlrebal.domain.plan import Unplaced
from xlrebal.domain.quantities import ONE, ZERO, minor_unit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Container, Iterable, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Household


@dataclass
class Open:
    """Units bought and not yet sold.

    Attributes:
        account: Where they are.
        code: The asset.
        bought: Day of their purchase.
        held_since: Day from which they count as held.
        units: How many.
        cost: What all of them cost, washed losses included, tax currency; None where it is not known.
        paid: What was paid for them, commission included, in the asset's currency.
        fx_rate: Tax currency for one unit of the asset's on that day, where the record has it.
        carried: Washed losses in their cost, tax currency.

    """

    account: str
    code: str
    bought: dt.date
    held_since: dt.date
    units: Decimal
    cost: Decimal | None
    paid: Decimal
    fx_rate: Decimal | None = None
    carried: Decimal = ZERO

    def part(self, units: Decimal) -> Open:
        """Take units out."""
        share = units / self.units
        cost = None if self.cost is None else self.cost * share
        taken = replace(self, units=units, cost=cost, paid=self.paid * share, carried=self.carried * share)
        self.units -= units
        self.paid -= taken.paid
        self.carried -= taken.carried
        self.cost = None if self.cost is None or cost is None else self.cost - cost
        return taken

    def take_up(self, loss: Decimal) -> None:
        """Add a washed loss to the cost."""
        self.carried += loss
        self.cost = None if self.cost is None else self.cost + loss

    @property
    def carried_paid(self) -> Decimal:
        """The washed losses in the asset's currency."""
        return self.carried / (self.fx_rate or ONE)


def place_losses(
    household: Household, units: Iterable[Open], today: dt.date, aging: Container[str] = ()
) -> tuple[tuple[Lot, ...], tuple[Unplaced, ...]]:
    """Return the lots of a household with the washed losses that they carry, and those that could not be placed.

    Units without lots get some where the record explains all of them, so that their losses, and the days since which
    they are held, count.

    Args:
        household: The household.
        units: What the record says is held.
        today: Up to which day the record counts.
        aging: Codes of assets whose tax depends on how long they are held.

    """
    held: dict[tuple[str, str], list[Open]] = {}
    for one in units:
        if one.units:
            held.setdefault((one.account, one.code), []).append(one)
    lots, unplaced = list(household.lots), list[Unplaced]()
    for key, mine in held.items():
        kept = [lot for lot in lots if (lot.account, lot.code) == key]
        if not any(one.carried for one in mine):
            lots += [] if kept or key[1] not in aging else _by_age(household, key, mine)
            continue
        new, missing = _in_lots(household, kept, mine) if kept else _in_average(household, key, mine, today)
        if new:
            lots = _exchanged(lots, key, new)
        unplaced += missing
    return tuple(lots), tuple(unplaced)


def _exchanged(lots: Sequence[Lot], key: tuple[str, str], new: Sequence[Lot]) -> list[Lot]:
    return [*(lot for lot in lots if (lot.account, lot.code) != key), *new]


def _in_lots(household: Household, lots: Sequence[Lot], units: Sequence[Open]) -> tuple[list[Lot], list[Unplaced]]:
    """Lots of one holding, day by day."""
    new: list[Lot] = []
    missing: list[Unplaced] = []
    for day in dict.fromkeys(lot.acquired for lot in lots):
        rows = [lot for lot in lots if lot.acquired == day]
        mine = [replace(one) for one in units if one.bought == day]
        if not any(one.carried for one in mine):
            new += rows
            continue
        fit = sum((one.units for one in mine), ZERO) == sum((lot.quantity for lot in rows), ZERO)
        # The dearest rows first: where lots are split by what they took up, those have it.
        for lot in sorted(rows, key=lambda lot: -lot.unit_cost):
            parts = _taken(mine, lot) if fit else []
            placed = _placed(household, lot, parts)
            new += placed or [lot]
            loss = sum((one.carried for one in parts), ZERO)
            if not placed and loss:
                missing.append(Unplaced(lot.account, lot.code, loss, day, lot.place))
        if not fit:
            loss = sum((one.carried for one in mine), ZERO)
            missing.append(Unplaced(rows[0].account, rows[0].code, loss, day, rows[0].place))
    return new, missing


def _taken(units: list[Open], lot: Lot) -> list[Open]:
    """Take a lot's units out of those of its day, those first whose cost is nearest to its own."""
    taken, left = [], lot.quantity

    def distance(one: Open) -> Decimal:
        return abs((one.paid + one.carried_paid) / one.units - lot.unit_cost)

    for one in sorted((one for one in units if one.units), key=distance):
        part = min(left, one.units)
        if part:
            taken.append(one.part(part))
            left -= part
    return taken


def _placed(household: Household, lot: Lot, parts: Sequence[Open]) -> list[Lot]:
    """The lot with the losses of its parts, unless its cost has them; none where its cost is another one."""
    paid = sum((one.paid for one in parts), ZERO)
    with_losses = paid + sum((one.carried_paid for one in parts), ZERO)
    cost = lot.unit_cost * lot.quantity
    if not _is_about(household, lot, cost, paid, with_losses):
        return []
    return _split(lot, parts, has_them=abs(cost - with_losses) < abs(cost - paid))


def _split(lot: Lot, parts: Sequence[Open], *, has_them: bool) -> list[Lot]:
    """A lot in parts by what they took up, those with nothing first; the costs stay where they have the losses."""
    return [
        replace(
            lot,
            acquired=one.bought,
            quantity=one.units,
            fx_rate=one.fx_rate if lot.fx_rate is None else lot.fx_rate,
            carried=ZERO if has_them else one.carried,
            held_since=one.held_since,
        )
        for one in sorted(parts, key=lambda one: (one.bought, bool(one.carried)))
    ]


def _is_about(household: Household, lot: Lot, cost: Decimal, *sums: Decimal) -> bool:
    """Whether a lot's cost is one of some sums, to the minor unit for each of its units."""
    holdings = [h for h in household.holdings if h.code == lot.code]
    account = next((a.currency for a in household.accounts if a.name == lot.account), household.base_currency)
    currency = holdings[0].currency if holdings else account
    return any(abs(cost - one) <= minor_unit(currency) * lot.quantity for one in sums)


def _in_average(
    household: Household, key: tuple[str, str], units: Sequence[Open], today: dt.date
) -> tuple[list[Lot], list[Unplaced]]:
    """Lots at the average cost of a holding, where the record explains all of its units."""
    rows = [h for h in household.holdings if (h.account, h.code) == key]
    held = sum((h.quantity or ZERO for h in rows), ZERO)
    if not held or any(h.average_cost is None or h.quantity is None for h in rows):
        return [], []
    cost = sum(((h.average_cost or ZERO) * (h.quantity or ZERO) for h in rows), ZERO)
    losses = sum((one.carried for one in units), ZERO)
    more = sum((one.carried_paid for one in units), ZERO)
    # A broker may go by the purchases that are left, or by a moving average.
    paid = (sum((one.paid for one in units), ZERO), _moving_average(household, key, today))
    whole = Lot(*key, units[0].bought, held, cost / held)
    known = sum((one.units for one in units), ZERO) == held
    if not known or not _is_about(household, whole, cost, *paid, *(one + more for one in paid)):
        return [], [Unplaced(*key, losses)]
    near = min(abs(cost - one) for one in paid)
    return _split(whole, units, has_them=min(abs(cost - one - more) for one in paid) < near), []


def _by_age(household: Household, key: tuple[str, str], units: Sequence[Open]) -> list[Lot]:
    """Lots at the average cost of a holding, as Holdings has it, where the record tells when all units were bought."""
    rows = [h for h in household.holdings if (h.account, h.code) == key]
    parts = [(h.quantity, h.average_cost, h.average_rate) for h in rows if h.value or h.quantity]
    costs = [(quantity, cost, rate) for quantity, cost, rate in parts if quantity is not None and cost is not None]
    held = sum((quantity for quantity, _, _ in costs), ZERO)
    if len(costs) < len(parts) or not held or sum((one.units for one in units), ZERO) != held:
        return []
    cost = sum((quantity * average for quantity, average, _ in costs), ZERO)
    rated = [quantity * average * rate for quantity, average, rate in costs if rate is not None]
    rate = sum(rated, ZERO) / cost if cost and len(rated) == len(costs) else None
    if rate is None and any(one.fx_rate is not None for one in units):
        return []
    return _split(Lot(*key, units[0].bought, held, cost / held, rate), units, has_them=True)


def _moving_average(household: Household, key: tuple[str, str], today: dt.date) -> Decimal:
    """What the units of a holding cost by moving average, commission included, in the asset's currency."""
    units = paid = ZERO
    mine = [t for t in household.trades if (household.account_name(t.account), t.code) == key and t.date <= today]
    for trade in sorted(mine, key=lambda t: t.date):
        if trade.action is Action.BUY:
            units, paid = units + trade.quantity, paid + trade.quantity * trade.price + trade.commission
        elif trade.action is Action.SELL and units:
            paid -= paid * min(trade.quantity / units, ONE)
            units = max(units - trade.quantity, ZERO)
    return paid
