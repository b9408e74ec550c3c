"""Review quarters: what was done, what it cost, whether it helped."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.quantities import ONE, ZERO, exact, round_money
from xlrebal.domain.review import Flow, Quarter, QuarterReview
from xlrebal.engine.tax.year_tax import tax_currency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Household, Trade
    from xlrebal.domain.message import Message
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.review import Rebalance, ValuePoint

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Records:
    """Everything that the workbook has kept.

    Attributes:
        values: Recorded values, oldest first.
        rebalances: The log of rebalances.
        prices: Prices of benchmarks by name and day.
        rule_changes: Changed rules with their days.

    """

    values: tuple[ValuePoint, ...]
    rebalances: tuple[Rebalance, ...]
    prices: Mapping[str, Mapping[dt.date, Decimal]]
    rule_changes: tuple[tuple[dt.date, Message], ...]


def quarter_of(day: dt.date) -> Quarter:
    """Return the quarter that a day lies in."""
    return Quarter(day.year, (day.month + 2) // 3)


def review(
    household: Household,
    policy: Policy,
    records: Records,
    last: Quarter,
    money_weighted: Callable[[Sequence[Flow]], Decimal | None],
) -> tuple[QuarterReview, ...]:
    """Return a review of every quarter from the first recorded one to ``last``.

    Args:
        household: Trades and exchange rates.
        policy: Costs, for the estimate of changing money.
        records: What the workbook has kept.
        last: The last quarter.
        money_weighted: Works out the yearly internal rate of return of some flows, from the family's side.

    """
    with exact():
        days = [point.date for point in records.values] + [r.date for r in records.rebalances]
        days += [trade.date for trade in household.trades]
        if not days:
            return ()
        found, quarter = [], quarter_of(min(days))
        while (quarter.year, quarter.number) <= (last.year, last.number):
            found.append(_review(household, policy, records, quarter, money_weighted))
            quarter = Quarter(quarter.year + quarter.number // 4, quarter.number % 4 + 1)
        return tuple(found)


def _span(quarter: Quarter) -> tuple[dt.date, dt.date]:
    first = dt.date(quarter.year, 3 * quarter.number - 2, 1)
    following = dt.date(quarter.year + quarter.number // 4, 3 * quarter.number % 12 + 1, 1)
    return first, following - _ONE_DAY


def _review(
    household: Household,
    policy: Policy,
    records: Records,
    quarter: Quarter,
    money_weighted: Callable[[Sequence[Flow]], Decimal | None],
) -> QuarterReview:
    start, end = _span(quarter)
    trades = [trade for trade in household.trades if start <= trade.date <= end]
    points = _points(records.values, start, end)
    flows = _flows(household, policy, points)
    return QuarterReview(
        quarter=quarter,
        rebalances=tuple(r for r in records.rebalances if start <= r.date <= end),
        fx_cost=_fx_cost(household, policy, trades),
        first=points[0] if points else None,
        last=points[-1] if points else None,
        flows=sum((flow.amount for flow in flows), ZERO),
        dividends=sum((_amount(household, policy, t) for t in trades if t.action is Action.DIVIDEND), ZERO),
        time_weighted=_time_weighted(points, flows),
        money_weighted=_money_weighted(points, flows, money_weighted),
        benchmarks={name: _growth(prices, points) for name, prices in records.prices.items()},
        rule_changes=tuple(change for day, change in records.rule_changes if start <= day <= end),
    )


def _points(values: Sequence[ValuePoint], start: dt.date, end: dt.date) -> list[ValuePoint]:
    """The recorded values of a quarter, with the last one before it as its start."""
    before = [point for point in values if point.date < start]
    return [*before[-1:], *(point for point in values if start <= point.date <= end)]


def _rate(household: Household, policy: Policy, trade: Trade) -> Decimal | None:
    """Base currency for one unit of a trade's currency: on its day where the record says so, else today's.

    The record's rate is that of the tax currency; where this is not the base currency, today's rate leads on.
    """
    base = household.base_currency
    account = next((a.currency for a in household.accounts if a.name == trade.account), base)
    currency = trade.currency or account
    taxed = tax_currency(household, policy.tax)
    if currency == base:
        return ONE
    if trade.fx_rate is not None and currency != taxed:
        return trade.fx_rate * household.rate(taxed)
    return household.fx.get(currency)


def _amount(household: Household, policy: Policy, trade: Trade) -> Decimal:
    """Quantity times price less tax, base currency; 0 where no rate is known, which is refused for money in and out."""
    rate = _rate(household, policy, trade) or ZERO
    return round_money((trade.quantity * trade.price - trade.tax) * rate, household.base_currency)


def _flows(household: Household, policy: Policy, points: Sequence[ValuePoint]) -> list[Flow]:
    """Money paid in and out between the first and the last value, as the record has it.

    Announced money is no part of a recorded value before it was paid in.
    """
    if not points:
        return []
    signs = {Action.DEPOSIT: ONE, Action.WITHDRAWAL: -ONE}
    return [
        Flow(trade.date, signs[trade.action] * _amount(household, policy, trade))
        for trade in household.trades
        if trade.action in signs and points[0].date < trade.date <= points[-1].date
    ]


def _fx_cost(household: Household, policy: Policy, trades: Sequence[Trade]) -> Decimal:
    currencies = {account.name: account.currency for account in household.accounts}
    total = ZERO
    for trade in trades:
        own = currencies.get(trade.account, household.base_currency)
        if trade.action.is_order and trade.currency and trade.currency != own:
            total += _amount(household, policy, trade) * policy.fx_spread
    return round_money(total, household.base_currency)


def _time_weighted(points: Sequence[ValuePoint], flows: Sequence[Flow]) -> Decimal | None:
    """Link the returns between recorded values; a flow in between counts for the part of the time that it was there.

    Source: the modified Dietz method, linked between valuations (GIPS).
    """
    if len(points) < 2:
        return None
    growth = ONE
    for before, after in pairwise(points):
        days = (after.date - before.date).days
        inside = [flow for flow in flows if before.date < flow.date <= after.date]
        came = sum((flow.amount for flow in inside), ZERO)
        weighted = sum((flow.amount * (after.date - flow.date).days / days for flow in inside), ZERO)
        capital = before.value + weighted
        if capital <= 0:
            return None
        growth *= ONE + (after.value - before.value - came) / capital
    return growth - ONE


def _money_weighted(
    points: Sequence[ValuePoint], flows: Sequence[Flow], rate: Callable[[Sequence[Flow]], Decimal | None]
) -> Decimal | None:
    """From the family's side: what there was and came in is paid, what there is in the end is received."""
    if len(points) < 2:
        return None
    paid = [Flow(points[0].date, -points[0].value), *(Flow(flow.date, -flow.amount) for flow in flows)]
    return rate([*paid, Flow(points[-1].date, points[-1].value)])


def _growth(prices: Mapping[dt.date, Decimal], points: Sequence[ValuePoint]) -> Decimal | None:
    """A benchmark between the same days, at the last price on or before each."""
    if len(points) < 2:
        return None
    ends = [_price_on(prices, point.date) for point in (points[0], points[-1])]
    return None if ends[0] is None or ends[1] is None else ends[1] / ends[0] - ONE


def _price_on(prices: Mapping[dt.date, Decimal], day: dt.date) -> Decimal | None:
    known = [date for date in prices if date <= day]
    return prices[max(known)] if known else None
