"""Executed orders: the trades that are recorded, and what they change in holdings, lots and cash. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action, Lot, LotMethod, Trade
from xlrebal.domain.quantities import ONE, ZERO, floor_money, round_money
from xlrebal.domain.recording import ANNOUNCED, Averages, Recording
from xlrebal.engine.position import Draft
from xlrebal.engine.problem import state_positions
from xlrebal.engine.tax.cost_basis import cost_of, parts_of, units_by_lot
from xlrebal.engine.tax.realized import keep_ledger
from xlrebal.engine.tax.same_day import DayOfSales
from xlrebal.engine.tax.year_tax import tax_currency
from xlrebal.engine.today.paid_in import money_paid_in

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from decimal import Decimal

    from xlrebal.domain.household import Holding, Household
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.recording import Execution, PaidIn
    from xlrebal.engine.position import Position

# Lots that sales take by average keep this many digits of their units.
_LOT_DIGITS = 6


def apply_executions(
    household: Household, policy: Policy, executions: Iterable[Execution], day: dt.date, trigger: str, note: str
) -> Recording:
    """Return what executions change.

    Args:
        household: As it was before them.
        policy: Its rules; the lot methods decide which units a sale takes.
        executions: In the order of the sheet; accounts and codes are known, nothing is sold that is not held.
        day: Day of the trades.
        trigger: What set the rebalance off, for the record.
        note: Remark for the record.

    """
    recorder = _Recorder(household, policy, day, trigger, note)
    for execution in executions:
        recorder.enter(execution)
    return recorder.result()


class _HeldUnits:
    """Units of a holding and what one of them cost on average, over all of its rows.

    The moving average: a purchase changes it, a sale does not. Source for Korea: Income Tax Act art. 39(5).
    """

    def __init__(self, rows: Iterable[Holding], position: Position) -> None:
        rows = [row for row in rows if row.value or row.quantity]
        self.units = position.units
        base = self._by_units([(row.quantity, row.tax_base) for row in rows])
        self.averages = Averages(position.average_cost, self._rate_of(rows), base) if self.units else Averages()

    @staticmethod
    def _by_units(rows: list[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
        known = [(units, figure) for units, figure in rows if units is not None and figure is not None]
        whole = sum((units for units, _ in known), ZERO)
        if len(known) < len(rows) or not whole:
            return None
        return sum((units * figure for units, figure in known), ZERO) / whole

    @staticmethod
    def _rate_of(rows: Iterable[Holding]) -> Decimal | None:
        """Weighted by cost, so that units times average cost times it is what all of them cost."""
        parts = [(row.quantity, row.average_cost, row.average_rate) for row in rows]
        costs = [(q * c, r) for q, c, r in parts if q is not None and c is not None and r is not None]
        whole = sum((cost for cost, _ in costs), ZERO)
        if len(costs) < len(parts) or not whole:
            return None
        return sum((cost * rate for cost, rate in costs), ZERO) / whole

    def buy(self, units: Decimal, paid: Decimal, rate: Decimal | None, tax_base: Decimal | None) -> None:
        """Add units bought for an amount, commission included, at an exchange rate and a taxable base price."""
        if self.units is None:
            return
        old, had = self.averages, self.units
        cost = had * old.cost if old.cost is not None else None if had else ZERO
        known_rate = cost is not None and rate is not None and (old.rate is not None or not had)
        known_base = tax_base is not None and (old.tax_base is not None or not had)
        self.units = had + units
        self.averages = Averages(
            None if cost is None else _unit_cost((cost + paid) / self.units),
            _unit_cost(((cost or ZERO) * (old.rate or ZERO) + paid * (rate or ZERO)) / ((cost or ZERO) + paid))
            if known_rate
            else None,
            _unit_cost((had * (old.tax_base or ZERO) + units * (tax_base or ZERO)) / self.units)
            if known_base
            else None,
        )

    def sell(self, units: Decimal) -> None:
        """Take units out; what is left costs what it did."""
        if self.units is not None:
            self.units -= units
            self.averages = self.averages if self.units else Averages()


class _Recorder:
    """Enters one execution after the other."""

    def __init__(self, household: Household, policy: Policy, day: dt.date, trigger: str, note: str) -> None:
        self._household, self._policy, self._day = household, policy, day
        self._trigger, self._note = trigger, note
        ledger = keep_ledger(household, policy, day)
        told = replace(household, lots=ledger.lots)
        self._positions, self._sales = state_positions(told, policy, ledger.recent), DayOfSales(policy.tax)
        self._tax_currency = tax_currency(household, policy.tax)
        self._with_lots = {(lot.account, lot.code) for lot in household.lots}
        self._trades: list[Trade] = []
        self._units: dict[tuple[str, str], Decimal] = {}
        self._held: dict[tuple[str, str], _HeldUnits] = {}
        self._cash: dict[str, Decimal] = {}
        self._sold: dict[str, Decimal] = {}
        self._bought: list[Lot] = []
        self._levelled: dict[str, tuple[Decimal, Decimal | None]] = {}
        self._slippage = ZERO

    def result(self) -> Recording:
        """Everything entered so far."""
        paid_in = tuple((one, self._deposit(one)) for one in money_paid_in(self._household, self._policy, self._cash))
        averages = {key: one.averages for key, one in self._held.items() if one.units}
        return Recording(
            tuple(self._trades),
            self._units,
            averages,
            self._cash,
            self._sold,
            tuple(self._bought),
            self._slippage,
            levelled=self._levelled,
            paid_in=paid_in,
        )

    def enter(self, execution: Execution) -> None:
        """Enter one execution."""
        position = self._positions[execution.account, execution.code]
        if position.key not in self._held:
            rows = [h for h in self._household.holdings if (h.account, h.code) == position.key]
            self._held[position.key] = _HeldUnits(rows, position)
        if execution.action is Action.BUY:
            self._buy(execution, position)
        else:
            self._sell(execution, position)
        self._pay(execution, position)
        if position.price is not None and execution.units is not None:
            worse = (execution.price - position.price) * execution.units * position.rate
            self._slippage += round_money(worse if execution.action is Action.BUY else -worse, position.base)

    def _rate(self, currency: str) -> Decimal | None:
        """Tax currency for one unit of a currency, by the table FX; None where they are the same.

        Not the broker's own rate: Korea converts both sides at the base rate of the day (Income Tax Act Enforcement
        Decree art. 178-5), and the United States at the spot rate.
        """
        if currency == self._tax_currency:
            return None
        return self._household.rate(currency) / self._household.rate(self._tax_currency)

    def _buy(self, execution: Execution, position: Position) -> None:
        self._trades.append(self._trade(execution, position))
        self._move(execution, ONE)
        if execution.units is None:
            return
        paid, rate = execution.amount + execution.commission, self._rate(position.currency)
        held_units = self._held_units(position)
        held = held_units.units is None or bool(held_units.units)
        held_units.buy(execution.units, paid, rate, position.target.tax_base)
        self._follow(position)
        if self._household.lots and (position.key in self._with_lots or not held):
            cost, base = _unit_cost(paid / execution.units), position.target.tax_base
            self._bought.append(Lot(*position.key, self._day, execution.units, cost, rate, base))

    def _held_units(self, position: Position) -> _HeldUnits:
        return self._held[position.key]

    def _follow(self, position: Position) -> None:
        """A later order of the same asset starts from here."""
        held_units, now = self._held_units(position), self._positions[position.key]
        cost, rate = held_units.averages.cost, held_units.averages.rate
        own = now.currency == now.tax_currency
        taxed = cost if own else cost * rate if cost is not None and rate is not None else None
        self._positions[position.key] = replace(now, units=held_units.units, average_cost=cost, average_taxed=taxed)

    def _sell(self, execution: Execution, position: Position) -> None:
        self._move(execution, -ONE)
        pieces = self._pieces(execution, self._entered(execution, position))
        left = execution.commission
        for number, (lot, part, gain) in enumerate(pieces, 1):
            last = number == len(pieces)
            portion = execution.commission * (part or ZERO) / (execution.units or ONE)
            share = left if last else round_money(portion, position.currency)
            left -= share
            trade = self._trade(replace(execution, units=part, commission=share), position)
            tax = round_money(execution.withheld / position.rate, position.currency) if number == 1 else ZERO
            self._trades.append(replace(trade, gain=gain, acquired=lot.acquired if lot else None, tax=tax))
        self._take_lots(execution, position)
        if execution.units is not None:
            self._held_units(position).sell(execution.units)
            self._follow(position)

    def _entered(self, execution: Execution, position: Position) -> Position:
        """The position of a sale after those before it, whose losses its units may have taken up."""
        net = round_money((execution.amount - execution.commission) * position.rate, position.base)
        sale = Draft(position, Action.SELL, execution.units, execution.amount, net, execution.commission, ZERO, ZERO)
        return self._sales.enter(sale).position

    def _pieces(
        self, execution: Execution, position: Position
    ) -> list[tuple[Lot | None, Decimal | None, Decimal | None]]:
        """Units of one sale by purchase, each with its gain in tax currency; None where the cost is not known.

        Without a tax country a foreign gain is left to the prices and exchange rates of the record.
        """
        units = execution.units
        if units is None:
            return [(None, None, None)]
        net = (execution.amount - execution.commission) * position.tax_rate

        def gain(part: Decimal, cost: Decimal | None) -> Decimal | None:
            known = cost is not None and position.tax_currency == self._tax_currency
            return round_money(net * part / units - (cost or ZERO), self._tax_currency) if known else None

        if position.lots and (position.lot_method is not LotMethod.AVERAGE or position.oldest_first):
            return [(one.lot, one.units, gain(one.units, one.cost)) for one in parts_of(position, units)]
        return [(None, units, gain(units, cost_of(position, units)))]

    def _take_lots(self, execution: Execution, position: Position) -> None:
        """Take the units out of the lots; by average the same part of each, the last one takes what rounding leaves."""
        if not position.lots or execution.units is None:
            return
        if position.lot_method is LotMethod.AVERAGE and position.oldest_first:
            position = self._level(position)
        parts, left = units_by_lot(position, execution.units), execution.units
        kept: list[Lot] = []
        for number, (lot, part) in enumerate(parts, 1):
            taken = left if number == len(parts) else round(part, _LOT_DIGITS)
            left -= taken
            self._sold[lot.place] = self._sold.get(lot.place, ZERO) + taken
            kept.append(replace(lot, quantity=lot.quantity - taken))
        taken_from = {id(lot) for lot, _ in parts}
        untouched = [lot for lot in position.lots if id(lot) not in taken_from]
        lots = tuple(lot for lot in (*kept, *untouched) if lot.quantity)
        self._positions[position.key] = replace(position, lots=lots)

    def _level(self, position: Position) -> Position:
        """After a sale at average cost every unit left has that cost, whichever were held longest and went first."""
        own = position.currency == position.tax_currency
        # Washed losses that the units took up are part of what they cost from now on.
        costs = [
            (lot.quantity * lot.unit_cost + lot.carried / (ONE if own else lot.fx_rate or ONE), lot.fx_rate)
            for lot in position.lots
        ]
        whole = sum((cost for cost, _ in costs), ZERO)
        rated = [cost * rate for cost, rate in costs if rate is not None]
        rate = _unit_cost(sum(rated, ZERO) / whole) if whole and len(rated) == len(costs) else None
        average = _unit_cost(whole / (position.units or ONE))
        self._levelled.update({lot.place: (average, rate) for lot in position.lots})
        lots = [replace(one, unit_cost=average, fx_rate=one.fx_rate if rate is None else rate) for one in position.lots]
        return replace(position, lots=tuple(lots))

    def _trade(self, execution: Execution, position: Position) -> Trade:
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
            fx_rate=self._rate(position.currency),
            trigger=execution.trigger or self._trigger,
            note=self._note,
        )

    def _deposit(self, one: PaidIn) -> Trade:
        """Announced money as a row of the record, so that a review does not take it for return."""
        currency = next(a.currency for a in self._household.accounts if a.name == one.account)
        return Trade(
            date=self._day,
            action=Action.DEPOSIT,
            code="",
            quantity=one.amount,
            price=ONE,
            account=one.account,
            currency=currency,
            fx_rate=self._rate(currency),
            trigger=ANNOUNCED,
            note=self._note,
        )

    def _move(self, execution: Execution, sign: Decimal) -> None:
        key = (execution.account, execution.code)
        moved = execution.amount if execution.units is None else execution.units
        self._units[key] = self._units.get(key, ZERO) + sign * moved

    def _pay(self, execution: Execution, position: Position) -> None:
        """Cash in the account's currency, rounded against the account; changing money costs the plan's spread.

        The broker's own exchange rate has that cost in it already.
        """
        account = position.account
        selling, rate = execution.action is Action.SELL, self._household.rate(account.currency)
        paid = (execution.amount if selling else -execution.amount) - execution.commission
        tax = execution.withheld / rate
        if position.currency == account.currency or execution.own_rate is not None:
            cash = paid * (ONE if position.currency == account.currency else execution.own_rate or ONE) - tax
        else:
            changed = round_money(execution.amount * self._policy.fx_spread, position.currency)
            cash = (paid - changed) * position.rate / rate - tax
        self._cash[account.name] = self._cash.get(account.name, ZERO) + floor_money(cash, account.currency)


def _unit_cost(cost: Decimal) -> Decimal:
    """A unit's cost at the digits that a spreadsheet keeps."""
    return cost.quantize(ONE.scaleb(-_LOT_DIGITS)).normalize()
