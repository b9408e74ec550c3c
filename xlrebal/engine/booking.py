"""Book executed orders: the trades that go to the record, and what they do to holdings, lots and cash. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.execution import Booked
from xlrebal.domain.household import Lot, Trade
from xlrebal.domain.plan import Action
from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ONE, ZERO, floor_money, round_money
from xlrebal.engine.basis import cost_of, lot_cost, units_by_lot
from xlrebal.engine.ledger import keep_ledger
from xlrebal.engine.problem import state_problem
from xlrebal.engine.sameday import DayOfSales
from xlrebal.engine.terms import Draft
from xlrebal.engine.valuation import Valuation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from decimal import Decimal

    from xlrebal.domain.execution import Execution
    from xlrebal.domain.household import Household
    from xlrebal.domain.policy import Policy
    from xlrebal.engine.terms import Terms

# Lots that sales take by average keep this many digits of their units.
_LOT_DIGITS = 6


def book(
    household: Household, policy: Policy, executions: Iterable[Execution], day: dt.date, trigger: str, note: str
) -> Booked:
    """Return what executions change.

    Args:
        household: As it was before them.
        policy: Its rules; the lot methods decide which units a sale takes.
        executions: In the order of the sheet; accounts and codes are known, nothing is sold that is not held.
        day: Day of the trades.
        trigger: What set the rebalance off, for the record.
        note: Remark for the record.

    """
    clerk = _Clerk(household, policy, day, trigger, note)
    for execution in executions:
        clerk.enter(execution)
    return clerk.result()


class _Clerk:
    """Enters one execution after the other."""

    def __init__(self, household: Household, policy: Policy, day: dt.date, trigger: str, note: str) -> None:
        self._household, self._day, self._trigger, self._note = household, day, trigger, note
        ledger = keep_ledger(household, policy, day)
        told = replace(household, lots=ledger.lots)
        problem = state_problem(told, policy, Valuation({}, {}, {}, ZERO), {}, None, ledger.recent)
        self._terms, self._sales = dict(problem.terms), DayOfSales(policy.tax)
        self._with_lots = {(lot.account, lot.code) for lot in household.lots}
        self._trades: list[Trade] = []
        self._units: dict[tuple[str, str], Decimal] = {}
        self._average: dict[tuple[str, str], Decimal] = {}
        self._cash: dict[str, Decimal] = {}
        self._sold: dict[str, Decimal] = {}
        self._bought: list[Lot] = []
        self._slippage = ZERO

    def result(self) -> Booked:
        """Everything entered so far."""
        return Booked(
            tuple(self._trades), self._units, self._average, self._cash, self._sold, tuple(self._bought), self._slippage
        )

    def enter(self, execution: Execution) -> None:
        """Enter one execution."""
        terms = self._terms[execution.account, execution.code]
        if execution.action == "BUY":
            self._buy(execution, terms)
        else:
            self._sell(execution, terms)
        self._pay(execution, terms)
        if terms.price is not None and execution.units is not None:
            worse = (execution.price - terms.price) * execution.units * terms.rate
            self._slippage += round_money(worse if execution.action == "BUY" else -worse, terms.base)

    def _buy(self, execution: Execution, terms: Terms) -> None:
        self._trades.append(self._trade(execution, terms))
        self._move(execution, ONE)
        if execution.units is None:
            return
        self._cost_more(execution, terms)
        if self._household.lots and (terms.key in self._with_lots or not terms.held):
            cost = (execution.amount + execution.commission) / execution.units
            rate = None if terms.currency == terms.base else terms.rate
            base = terms.target.tax_base
            self._bought.append(Lot(*terms.key, self._day, execution.units, _unit_cost(cost), rate, base))

    def _cost_more(self, execution: Execution, terms: Terms) -> None:
        """The moving average, commission included; not known where that of what is held is not."""
        units, known = terms.units, terms.average_cost
        if execution.units is None or units is None or (units and known is None):
            return
        whole = units * (known or ZERO) + execution.amount + execution.commission
        average = _unit_cost(whole / (units + execution.units))
        self._average[terms.key] = average
        self._terms[terms.key] = replace(terms, units=units + execution.units, average_cost=average)

    def _sell(self, execution: Execution, terms: Terms) -> None:
        self._move(execution, -ONE)
        terms = self._entered(execution, terms)
        pieces = self._pieces(execution, terms)
        left = execution.commission
        for number, (lot, part, gain) in enumerate(pieces, 1):
            last = number == len(pieces)
            portion = execution.commission * (part or ZERO) / (execution.units or ONE)
            share = left if last else round_money(portion, terms.currency)
            left -= share
            trade = self._trade(replace(execution, units=part, commission=share), terms)
            tax = execution.withheld if number == 1 else ZERO
            self._trades.append(replace(trade, gain=gain, acquired=lot.acquired if lot else None, tax=tax))
        self._take_lots(execution, terms)

    def _entered(self, execution: Execution, terms: Terms) -> Terms:
        """The terms of a sale after those before it, whose losses its units may have taken up."""
        net = round_money((execution.amount - execution.commission) * terms.rate, terms.base)
        sale = Draft(terms, Action.SELL, execution.units, execution.amount, net, execution.commission, ZERO, ZERO)
        return self._sales.enter(sale).terms

    def _pieces(self, execution: Execution, terms: Terms) -> list[tuple[Lot | None, Decimal | None, Decimal | None]]:
        """Units of one sale by purchase, each with its gain in base currency."""
        units = execution.units
        if units is None:
            return [(None, None, None)]
        net = (execution.amount - execution.commission) * terms.rate
        if terms.lots and terms.lot_method is not LotMethod.AVERAGE:
            parts = units_by_lot(terms, units)
            costs = [lot_cost(terms, lot) * part / lot.quantity for lot, part in parts]
            gains = [net * part / units - cost for (_, part), cost in zip(parts, costs, strict=True)]
            return [(lot, part, round_money(g, terms.base)) for (lot, part), g in zip(parts, gains, strict=True)]
        cost = cost_of(terms, units)
        return [(None, units, None if cost is None else round_money(net, terms.base) - cost)]

    def _take_lots(self, execution: Execution, terms: Terms) -> None:
        """Take the units out of the lots; by average the same part of each, the last one takes what rounding leaves."""
        if execution.units is None:
            return
        if not terms.lots:
            self._terms[terms.key] = replace(terms, units=(terms.units or ZERO) - execution.units)
            return
        parts, left = units_by_lot(terms, execution.units), execution.units
        kept: list[Lot] = []
        for number, (lot, part) in enumerate(parts, 1):
            taken = left if number == len(parts) else round(part, _LOT_DIGITS)
            left -= taken
            self._sold[lot.place] = self._sold.get(lot.place, ZERO) + taken
            kept.append(replace(lot, quantity=lot.quantity - taken))
        taken_from = {id(lot) for lot, _ in parts}
        untouched = [lot for lot in terms.lots if id(lot) not in taken_from]
        lots = tuple(lot for lot in (*kept, *untouched) if lot.quantity)
        self._terms[terms.key] = replace(terms, lots=lots, units=(terms.units or ZERO) - execution.units)

    def _trade(self, execution: Execution, terms: Terms) -> Trade:
        units = execution.amount if execution.units is None else execution.units
        return Trade(
            date=self._day,
            action=execution.action,
            code=execution.code,
            quantity=units,
            price=execution.price,
            account=execution.account,
            commission=execution.commission,
            currency=execution.currency,
            fx_rate=None if terms.currency == terms.base else terms.rate,
            trigger=self._trigger,
            note=self._note,
        )

    def _move(self, execution: Execution, sign: Decimal) -> None:
        key = (execution.account, execution.code)
        moved = execution.amount if execution.units is None else execution.units
        self._units[key] = self._units.get(key, ZERO) + sign * moved

    def _pay(self, execution: Execution, terms: Terms) -> None:
        """Cash in the account's currency, rounded against the account."""
        gross = execution.amount if execution.action == "SELL" else -execution.amount
        paid = (gross - execution.commission) * terms.rate - execution.withheld
        rate = self._household.rate(terms.account.currency)
        cash = floor_money(paid / rate, terms.account.currency)
        self._cash[execution.account] = self._cash.get(execution.account, ZERO) + cash


def _unit_cost(cost: Decimal) -> Decimal:
    """A unit's cost at the digits that a spreadsheet keeps."""
    return cost.quantize(ONE.scaleb(-_LOT_DIGITS)).normalize()
