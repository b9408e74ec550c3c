"""Run strategies over a history of prices, with the household's own targets, costs and tax.

When a rebalance is due, where it stops, what may be traded and how a sale is taxed is asked of the same functions as a
plan of today; here is only what a history needs: units, cash and purchases from row to row.

A back-test, not a forecast: it trades any amount at the price of the row, at once. It leaves out failed executions,
spreads beyond ``slippage_rate``, dividends unless the prices hold them, and what fear would have done.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action, Holding, Household, Lot
from xlrebal.domain.policy import Method, Strategy
from xlrebal.domain.quantities import ONE, ZERO, exact
from xlrebal.domain.simulation import Path, Rule, Simulation
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.orders.goals import cash_goals, full_goals, stages
from xlrebal.engine.position import Draft
from xlrebal.engine.problem import state_problem
from xlrebal.engine.tax.cost_basis import units_by_lot
from xlrebal.engine.tax.year_tax import (
    class_of,
    counted_gain,
    in_base,
    is_netted,
    tax_currency,
    tax_of_year,
    with_tax,
)
from xlrebal.engine.today.calendar import begins_period
from xlrebal.engine.today.triggers import judge, look, watches_schedule
from xlrebal.engine.today.valuation import Valuation, value_household

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from xlrebal.domain.household import Account
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.simulation import PriceDay
    from xlrebal.domain.tax_rules import TaxClass
    from xlrebal.engine.position import Position
    from xlrebal.engine.problem import Problem

_DAYS_A_YEAR = Decimal("365.25")
_STRATEGIES = {
    Rule.CALENDAR: Strategy.CALENDAR,
    Rule.THRESHOLD: Strategy.THRESHOLD,
    Rule.HYBRID: Strategy.HYBRID,
    Rule.BANDS: Strategy.BANDS,
}
# Goals are whole in the currency's minor unit; here any amount trades, so they are asked for in billionths of it.
_FINER = Decimal(10) ** 9


def simulate(household: Household, policy: Policy, days: Sequence[PriceDay], amount: Decimal) -> Simulation:
    """Return what each strategy makes of an amount invested at the targets on the first day.

    Bands alone are run where they are the household's own strategy.

    Args:
        household: Its targets, groups and accounts; every code of a target with a weight has a price on every day.
        policy: Schedule, thresholds, where a rebalance stops, costs and tax rules.
        days: At least two, oldest first; prices in base currency.
        amount: What is invested, base currency.

    Raises:
        MissingCalendarError: When a schedule needs closed days that the policy does not have.

    """
    rules = [rule for rule in Rule if rule is not Rule.BANDS or policy.strategy is Strategy.BANDS]
    with exact():
        world = _world(household, policy)
        return Simulation(tuple(day.date for day in days), tuple(_run(rule, world, days, amount) for rule in rules))


@dataclass(frozen=True)
class _World:
    """What stays the same: one account of any amounts, the wanted assets, the rules, what trading costs.

    ``costs`` are commission and slippage by code, fractions of the amount; a change of currency is part of slippage.
    ``tax_rate`` is tax currency for one unit of the base currency, in which all prices are: that of today on every day.
    """

    household: Household
    account: Account
    policy: Policy
    costs: Mapping[str, tuple[Decimal, Decimal]]
    tax_rate: Decimal

    def cost_rate(self, code: str) -> Decimal:
        """All costs of an order as a fraction of its amount."""
        return sum(self.costs[code], ZERO)


def _world(household: Household, policy: Policy) -> _World:
    """Everything is simulated in the first account whose sales are taxed, or else in the first one."""
    deferred = policy.tax.deferred_accounts if policy.tax else frozenset()
    own = next((a for a in household.accounts if a.type not in deferred), household.accounts[0])
    problem = state_problem(household, policy, value_household(household, policy), {})
    wanted = [t for t in household.targets if t.weight]
    traded = {t.code: problem.positions[own.name, t.code] for t in wanted if t.code != CASH}
    account = replace(
        own, currency=household.base_currency, cash=ZERO, contribution=ZERO, reserve=ZERO, contribution_room=None,
        allowed=frozenset(), fractional=True,
    )  # fmt: skip
    targets = tuple(replace(t, currency="", price=None, fractional=True) for t in wanted)
    plain = Household(household.base_currency, targets, (account,), (), groups=household.groups, fx=household.fx)
    taxed = household.rate(tax_currency(household, policy.tax)) if policy.tax else ONE
    costs = {c: (t.commission_rate, t.slippage_rate) for c, t in traded.items()}
    return _World(plain, account, policy, costs, ONE / taxed)


@dataclass
class _State:
    """A simulated household between two days; ``tax`` is None once that of a sale is not known."""

    cash: Decimal
    lots: dict[str, tuple[Lot, ...]]
    last: dt.date
    gains: dict[tuple[int, TaxClass], Gains] = field(default_factory=dict)
    paid: dict[int, Decimal] = field(default_factory=dict)
    rebalanced: list[dt.date] = field(default_factory=list)
    traded: Decimal = ZERO
    cost: Decimal = ZERO
    tax: Decimal | None = ZERO

    def units(self, code: str) -> Decimal:
        """Units held of an asset."""
        return sum((lot.quantity for lot in self.lots[code]), ZERO)

    def average_cost(self, code: str) -> Decimal | None:
        """What a unit cost on average; None where none is held."""
        units, lots = self.units(code), self.lots[code]
        return sum((lot.quantity * lot.unit_cost for lot in lots), ZERO) / units if units else None

    def pay(self, tax: Decimal | None) -> None:
        """Take a tax from the cash; one that is not known leaves the sum unknown."""
        self.tax = None if tax is None or self.tax is None else self.tax + tax
        self.cash -= tax or ZERO


def _run(rule: Rule, world: _World, days: Sequence[PriceDay], amount: Decimal) -> Path:
    codes = list(world.costs)
    state = _State(amount, dict.fromkeys(codes, ()), days[0].date)
    gaps = {t.code: t.weight * amount for t in world.household.targets if t.code != CASH}
    _buy(state, world, days[0], gaps, amount)
    values = [_valuation(state, world, days[0]).total]
    for before, day in pairwise(days):
        if _is_due(rule, state, world, before, day):
            _rebalance(state, world, day)
        values.append(_valuation(state, world, day).total)
    return _path(rule, state, values, [day.date for day in days])


def _valuation(state: _State, world: _World, day: PriceDay) -> Valuation:
    values = {code: state.units(code) * day.prices[code] for code in world.costs}
    name = world.account.name
    held = {(name, code): value for code, value in values.items()}
    total = state.cash + sum(values.values(), ZERO)
    return Valuation({**values, CASH: state.cash}, held, {name: state.cash}, total)


def _is_due(rule: Rule, state: _State, world: _World, before: PriceDay, day: PriceDay) -> bool:
    """The verdict of the day. A scheduled day is never missed; the rest waits until the household looks again."""
    if rule is Rule.NEVER:
        return False
    policy = replace(world.policy, strategy=_STRATEGIES[rule], last_rebalanced=state.last)
    if not begins_period(before.date, day.date, policy.check_frequency):
        if not watches_schedule(policy):
            return False
        policy = replace(policy, strategy=Strategy.CALENDAR, max_interval_days=None)
    return judge(look(world.household, policy, _valuation(state, world, day), day.date)).due


def _rebalance(state: _State, world: _World, day: PriceDay) -> None:
    """Trade as a plan would, in any amount; costs and tax are paid from what is bought."""
    valuation, traded = _valuation(state, world, day), state.traded
    problem = _problem(state, world, day, valuation)
    kept = valuation.total * sum((t.weight for t in world.household.targets if t.code == CASH), ZERO)
    goals = cash_goals(problem) if world.policy.method is Method.CASH_ONLY else full_goals(problem)
    bought: dict[str, Decimal] = {}
    for stage in stages(problem, goals):
        sells = {code: min(wish / _FINER, valuation.values[code]) for code, wish in stage.sells.items()}
        _sell(state, world, problem, day, _large(sells, world.policy))
        gaps = {c: wish / _FINER - bought.get(c, ZERO) for c, wish in stage.buys.items() if c != CASH}
        for code, amount in _buy(state, world, day, _large(gaps, world.policy), state.cash - kept).items():
            bought[code] = bought.get(code, ZERO) + amount
            state.traded += amount
    # Where everything is at its target there is nothing to do, and that is done; orders that are held back are not.
    if state.traded > traded or not (goals.sells or goals.first or goals.gaps):
        state.last = day.date
        state.rebalanced.append(day.date)


def _problem(state: _State, world: _World, day: PriceDay, valuation: Valuation) -> Problem:
    """The problem of the day: amounts finer than money, trading as it is."""
    account, base, rules = world.account, world.household.base_currency, world.policy.tax
    holdings = tuple(
        Holding(account.name, code, value, base, state.units(code), day.prices[code], state.average_cost(code))
        for code, value in valuation.values.items()
        if code != CASH
    )
    lots = tuple(lot for owned in state.lots.values() for lot in owned)
    household = replace(world.household, holdings=holdings, lots=lots)
    policy = replace(world.policy, tax=replace(rules, day=day.date) if rules else None)
    finer = Valuation(
        {code: value * _FINER for code, value in valuation.values.items()},
        {key: value * _FINER for key, value in valuation.held.items()},
        {name: cash * _FINER for name, cash in valuation.cash.items()},
        valuation.total * _FINER,
    )
    return state_problem(household, policy, finer, {})


def _large(amounts: Mapping[str, Decimal], policy: Policy) -> dict[str, Decimal]:
    """Orders that are worth placing."""
    return {code: amount for code, amount in amounts.items() if amount > 0 and amount >= policy.min_trade_amount}


def _buy(
    state: _State, world: _World, day: PriceDay, gaps: Mapping[str, Decimal], money: Decimal
) -> dict[str, Decimal]:
    """Buy what the money pays for, the same part of each gap, and return the amounts."""
    whole = sum((gap * (ONE + world.cost_rate(code)) for code, gap in gaps.items()), ZERO)
    share = min(max(money, ZERO) / whole, ONE) if whole else ZERO
    amounts = {code: gap * share for code, gap in gaps.items() if share}
    for code, amount in amounts.items():
        cost, units = amount * world.cost_rate(code), amount / day.prices[code]
        state.cash -= amount + cost
        state.cost += cost
        lot = Lot(world.account.name, code, day.date, units, (amount + cost) / units, world.tax_rate)
        state.lots[code] = _with(state.lots[code], lot, world.policy)
    return amounts


def _with(lots: tuple[Lot, ...], lot: Lot, policy: Policy) -> tuple[Lot, ...]:
    """Purchases matter for tax only; without it they are kept as one."""
    if policy.tax is not None or not lots:
        return (*lots, lot)
    return (replace(lots[0], quantity=lots[0].quantity + lot.quantity),)


def _sell(state: _State, world: _World, problem: Problem, day: PriceDay, amounts: Mapping[str, Decimal]) -> None:
    if not amounts:
        return
    rules = problem.policy.tax
    for code, amount in amounts.items():
        position = problem.positions[world.account.name, code]
        commission, slippage = (amount * rate for rate in world.costs[code])
        cost, units = commission + slippage, min(amount / day.prices[code], state.units(code))
        draft = with_tax(Draft(position, Action.SELL, units, amount, amount, commission, slippage, cost), rules)
        state.cash += amount - cost
        state.cost += cost
        state.traded += amount
        state.pay(draft.tax)
        tax_class = class_of(position, rules)
        if rules is not None and tax_class is not None and is_netted(draft, tax_class, rules):
            _note_gain(state, (day.date.year, tax_class), counted_gain(draft, tax_class, rules))
        state.lots[code] = _left(position, units)
    _settle(state, problem, day.date.year)


def _left(position: Position, units: Decimal) -> tuple[Lot, ...]:
    """The purchases that a sale leaves."""
    taken = {id(lot): part for lot, part in units_by_lot(position, units)}
    left = (replace(lot, quantity=lot.quantity - taken.get(id(lot), ZERO)) for lot in position.lots)
    return tuple(lot for lot in left if lot.quantity > 0)


def _note_gain(state: _State, key: tuple[int, TaxClass], gain: Gains | None) -> None:
    if gain is None:
        state.tax = None
    else:
        state.gains[key] = state.gains.get(key, Gains()) + gain


def _settle(state: _State, problem: Problem, year: int) -> None:
    """Pay what the year's netted gains cost in tax, less what was paid for them before."""
    rules = problem.policy.tax
    if rules is None:
        return
    owed = tax_of_year([(one, gains) for (then, one), gains in state.gains.items() if then == year], rules)
    more = in_base(problem.household, rules, owed) - state.paid.get(year, ZERO)
    state.paid[year] = state.paid.get(year, ZERO) + more
    state.pay(more)


def _path(rule: Rule, state: _State, values: list[Decimal], dates: list[dt.date]) -> Path:
    years = Decimal((dates[-1] - dates[0]).days) / _DAYS_A_YEAR
    average = sum(values, ZERO) / len(values)
    turnover = state.traded / 2
    return Path(
        rule=rule,
        values=tuple(values),
        rebalances=len(state.rebalanced),
        turnover=turnover,
        cost=state.cost,
        tax=state.tax,
        return_=(values[-1] / values[0]) ** (ONE / years) - ONE,
        volatility=_volatility(values, len(dates) - 1, years),
        drawdown=_drawdown(values),
        turnover_rate=turnover / years / average,
        rebalanced=tuple(state.rebalanced),
    )


def _volatility(values: Iterable[Decimal], steps: int, years: Decimal) -> Decimal:
    changes = [after / before - ONE for before, after in pairwise(values)]
    if len(changes) < 2:
        return ZERO
    return statistics.stdev(changes) * (Decimal(steps) / years).sqrt()


def _drawdown(values: Iterable[Decimal]) -> Decimal:
    high, worst = ZERO, ZERO
    for value in values:
        high = max(high, value)
        worst = min(worst, value / high - ONE)
    return worst
