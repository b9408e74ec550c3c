"""Run strategies over a history of prices, with the household's own targets, costs and tax.

A back-test, not a forecast: it trades any amount at the price of the row, at once. It leaves out failed executions,
spreads beyond ``slippage_rate``, dividends unless the prices hold them, and what fear would have done.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.policy import DriftMeasure
from xlrebal.domain.quantities import ONE, ZERO, exact, round_money
from xlrebal.domain.simulation import Path, Rule, Simulation
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.calendar import schedule
from xlrebal.engine.taxes import netted_with, tax_currency, year_tax

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from xlrebal.domain.household import Household, Target
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.simulation import PriceDay
    from xlrebal.domain.tax_rules import TaxClass

_DAYS_A_YEAR = Decimal("365.25")


def simulate(household: Household, policy: Policy, days: Sequence[PriceDay], amount: Decimal) -> Simulation:
    """Return what each strategy makes of an amount invested at the targets on the first day.

    Args:
        household: Its targets; every code of a target with a weight has a price on every day.
        policy: Schedule, threshold, costs and tax rules.
        days: At least two, oldest first; prices in base currency.
        amount: What is invested, base currency.

    Raises:
        UnknownExchangeError: When a schedule needs an exchange that has no calendar.

    """
    with exact():
        return Simulation(
            tuple(day.date for day in days),
            tuple(_run(rule, household, policy, days, amount) for rule in Rule),
        )


@dataclass
class _Lot:
    """Everything held of one asset: units and what they cost, at moving average."""

    units: Decimal = ZERO
    cost: Decimal = ZERO


@dataclass
class _State:
    """A simulated household between two days."""

    cash: Decimal
    lots: dict[str, _Lot]
    last: dt.date
    tax_to_base: Decimal = ONE
    gains: dict[int, dict[str, Decimal]] = field(default_factory=dict)
    paid: dict[int, Decimal] = field(default_factory=dict)
    rebalances: int = 0
    traded: Decimal = ZERO
    cost: Decimal = ZERO
    tax: Decimal = ZERO


def _run(rule: Rule, household: Household, policy: Policy, days: Sequence[PriceDay], amount: Decimal) -> Path:
    targets = [t for t in household.targets if t.weight and t.code != CASH]
    tax_to_base = household.rate(tax_currency(household, policy.tax)) if policy.tax else ONE
    state = _State(amount, {t.code: _Lot() for t in targets}, days[0].date, tax_to_base)
    _trade(state, targets, policy, days[0], household.base_currency, first=True)
    values = [_value(state, days[0])]
    for before, day in pairwise(days):
        if _is_due(rule, state, targets, policy, before, day):
            _trade(state, targets, policy, day, household.base_currency, first=False)
        values.append(_value(state, day))
    return _path(rule, state, values, [day.date for day in days])


def _value(state: _State, day: PriceDay) -> Decimal:
    return state.cash + sum((lot.units * day.prices[code] for code, lot in state.lots.items()), ZERO)


def _is_due(
    rule: Rule, state: _State, targets: Sequence[Target], policy: Policy, before: PriceDay, day: PriceDay
) -> bool:
    if rule is Rule.NEVER:
        return False
    scheduled = rule in (Rule.CALENDAR, Rule.HYBRID) and _passed(policy, before.date, day.date)
    drifted = rule in (Rule.THRESHOLD, Rule.HYBRID) and _drifted(state, targets, policy, day)
    waited = policy.max_interval_days is not None and (day.date - state.last).days >= policy.max_interval_days
    return scheduled or drifted or waited


def _passed(policy: Policy, before: dt.date, day: dt.date) -> bool:
    """Whether a scheduled day lies after one row of prices and not after the next."""
    return schedule(day, policy)[0] > before


def _drifted(state: _State, targets: Sequence[Target], policy: Policy, day: PriceDay) -> bool:
    total = _value(state, day)
    for target in targets:
        value = state.lots[target.code].units * day.prices[target.code]
        if abs(value - target.weight * total) >= _room(target, policy) * total:
            return True
        low, high = target.minimum, target.maximum
        if (low is not None and value < low * total) or (high is not None and value > high * total):
            return True
    return False


def _room(target: Target, policy: Policy) -> Decimal:
    relative = policy.drift_threshold * target.weight
    if policy.drift_measure is DriftMeasure.RELATIVE:
        return relative
    if policy.drift_measure is DriftMeasure.FIVE_25:
        return min(Decimal("0.05"), target.weight / 4)
    return policy.drift_threshold


def _trade(state: _State, targets: Sequence[Target], policy: Policy, day: PriceDay, base: str, *, first: bool) -> None:
    """Bring every asset to its target, in any amount; costs and tax are paid from what is bought."""
    rate = policy.commission_rate + policy.slippage_rate
    total = _value(state, day)
    moves = {t.code: t.weight * total - state.lots[t.code].units * day.prices[t.code] for t in targets}
    for target in targets:
        if moves[target.code] < 0:
            _sell(state, target, policy, day, -moves[target.code], base)
    due = _tax_due(state, policy, day.date.year, base)
    state.tax += due
    state.cash -= due
    wanted = {code: move for code, move in moves.items() if move > 0}
    kept = total * (ONE - sum((t.weight for t in targets), ZERO))
    money = max(state.cash - kept, ZERO) / (ONE + rate)
    whole = sum(wanted.values(), ZERO)
    share = min(money / whole, ONE) if whole else ZERO
    for code, move in wanted.items():
        amount = move * share
        state.lots[code].units += amount / day.prices[code]
        state.lots[code].cost += amount * (ONE + rate)
        state.cash -= amount * (ONE + rate)
        state.cost += amount * rate
        state.traded += ZERO if first else amount
    state.last = day.date
    state.rebalances += not first


def _sell(state: _State, target: Target, policy: Policy, day: PriceDay, amount: Decimal, base: str) -> None:
    rate = policy.commission_rate + policy.slippage_rate
    lot = state.lots[target.code]
    units = amount / day.prices[target.code]
    cost = lot.cost * units / lot.units
    lot.units -= units
    lot.cost -= cost
    net = amount * (ONE - rate)
    state.cash += net
    state.cost += amount * rate
    state.traded += amount
    tax_class = policy.tax.classes.get(target.tax_class) if policy.tax else None
    if tax_class is None:
        return
    on_amount = round_money(amount * tax_class.transaction_rate, base)
    net -= on_amount
    state.tax += on_amount
    state.cash -= on_amount
    if not tax_class.rate:
        return
    if tax_class.netted:
        year = state.gains.setdefault(day.date.year, {})
        year[tax_class.name] = year.get(tax_class.name, ZERO) + net - cost
    else:
        withheld = round_money(max(net - cost, ZERO) * tax_class.rate, base)
        state.tax += withheld
        state.cash -= withheld


def _tax_due(state: _State, policy: Policy, year: int, base: str) -> Decimal:
    """What the year's netted gains cost in tax, less what was paid for them before; gains count as held long.

    They are gains in base currency; the amounts of the tax rules are held against them at today's rate.
    """
    rules = policy.tax
    if rules is None:
        return ZERO
    together: dict[TaxClass, Gains] = {}
    for name, gain in state.gains.get(year, {}).items():
        tax_class = rules.classes[name]
        first = netted_with(tax_class, rules)[0]
        gains = tax_class.gains(gain / state.tax_to_base, long=tax_class.long_rate is not None)
        together[first] = together.get(first, Gains()) + gains
    owed = sum((year_tax(gains, first, rules) for first, gains in together.items()), ZERO)
    more = round_money(owed * state.tax_to_base, base) - state.paid.get(year, ZERO)
    state.paid[year] = state.paid.get(year, ZERO) + more
    return more


def _path(rule: Rule, state: _State, values: list[Decimal], dates: list[dt.date]) -> Path:
    years = Decimal((dates[-1] - dates[0]).days) / _DAYS_A_YEAR
    average = sum(values, ZERO) / len(values)
    turnover = state.traded / 2
    return Path(
        rule=rule,
        values=tuple(values),
        rebalances=state.rebalances,
        turnover=turnover,
        cost=state.cost,
        tax=state.tax,
        return_=(values[-1] / values[0]) ** (ONE / years) - ONE,
        volatility=_volatility(values, len(dates) - 1, years),
        drawdown=_drawdown(values),
        turnover_rate=turnover / years / average,
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
