"""What one run works out: the output of the engine, ready to be shown anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from xlrebal.domain.household import Action, Target, Trade
    from xlrebal.domain.message import Message


class Status(StrEnum):
    """Where a weight stands against its band."""

    OVER = "over"
    UNDER = "under"
    IN_BAND = "in band"


class TriggerKind(StrEnum):
    """Why a rebalance is due."""

    NONE = "none"
    SCHEDULED = "scheduled"
    DRIFT = "drift"
    BAND = "band"
    INTERVAL = "interval"
    MANUAL = "manual"


@dataclass(frozen=True)
class Trigger:
    """The verdict of the day.

    Attributes:
        due: True when a rebalance with sells is due.
        kind: Why.
        reason: Why, or why not.
        next_scheduled: Next day of the schedule after today; None without a schedule.
        code: The asset that set it off, for drift and band triggers.
        drift: That asset's drift, a fraction.
        next_check: Next day on which to look, by ``check_frequency`` or the schedule; None where it was not asked for.

    """

    due: bool
    kind: TriggerKind
    reason: Message
    next_scheduled: dt.date | None = None
    code: str | None = None
    drift: Decimal | None = None
    next_check: dt.date | None = None


@dataclass(frozen=True)
class DriftLine:
    """One asset before and after the plan. Values in base currency, weights as fractions."""

    target: Target
    value: Decimal
    weight: Decimal
    drift: Decimal
    status: Status
    minimum: Decimal | None
    maximum: Decimal | None
    value_after: Decimal
    weight_after: Decimal
    drift_after: Decimal


@dataclass(frozen=True)
class GroupDrift:
    """One group of assets. Values in base currency, weights as fractions."""

    group: str
    value: Decimal
    weight: Decimal
    target: Decimal
    drift: Decimal
    status: Status
    minimum: Decimal | None
    maximum: Decimal | None
    weight_after: Decimal
    drift_after: Decimal


@dataclass(frozen=True)
class Order:
    """A calculated order that a person places with the broker.

    Attributes:
        account: Name of the account.
        action: SELL or BUY.
        target: The asset.
        quantity: Units; None where the asset is held by value alone.
        price: Price of one unit in ``currency``; None where there is none.
        currency: Currency of price, amount, commission and slippage.
        amount: Units times price (or the plain amount), always positive.
        amount_base: The amount in base currency.
        commission: Broker's commission.
        slippage: Expected loss to spread and market, currency conversion included.
        tax: Estimated tax of a sale in base currency; None where it cannot be known.
        reason: Why.
        cost_base: Commission and slippage in base currency, with what rounding to its minor unit takes.

    """

    account: str
    action: Action
    target: Target
    quantity: Decimal | None
    price: Decimal | None
    currency: str
    amount: Decimal
    amount_base: Decimal
    commission: Decimal
    slippage: Decimal
    tax: Decimal | None
    reason: Message
    cost_base: Decimal = ZERO


@dataclass(frozen=True)
class Skip:
    """An asset off target that was not traded; ``wanted`` is in base currency, positive."""

    account: str
    target: Target
    wanted: Decimal
    reason: Message


@dataclass(frozen=True)
class Transfer:
    """Cash that would buy more in another account. ``amount`` is in ``currency``, the paying account's."""

    source: str
    destination: str
    amount: Decimal
    currency: str
    reason: Message


@dataclass(frozen=True)
class Withdrawal:
    """Money that leaves an account at a price. Amounts in base currency.

    Attributes:
        account: Name of the account.
        kind: Its type.
        amount: What is taken out, idle cash and proceeds of sales.
        tax: Tax on it, or None where it cannot be known.
        upper_bound: True when less may be due.
        locked: True when the law lets money out for listed causes only.
        source: Where the rule is written.

    """

    account: str
    kind: str
    amount: Decimal
    tax: Decimal | None
    upper_bound: bool
    locked: bool
    source: str


@dataclass(frozen=True)
class TaxLoss:
    """A holding whose sale would realise a loss. Amounts in base currency, ``loss`` negative.

    Attributes:
        account: Name of the account.
        target: The asset.
        lot: Date of the lot, or None for average cost.
        quantity: Units.
        cost: What they cost.
        value: What they are worth.
        loss: Value minus cost.
        loss_rate: Price against average cost, a negative fraction.
        tax_saved: Estimated tax saved now, or None where no tax rules apply.
        replacement: Asset to hold instead, or empty.
        wash_sale: Verdict on purchases around the sale, or None where no tax rules apply.
        do_not_buy_until: First day on which it may be bought back, or None.

    """

    account: str
    target: Target
    lot: dt.date | None
    quantity: Decimal
    cost: Decimal
    value: Decimal
    loss: Decimal
    loss_rate: Decimal
    tax_saved: Decimal | None
    replacement: str
    wash_sale: Message | None
    do_not_buy_until: dt.date | None


@dataclass(frozen=True)
class GainsBudget:
    """Gains free of tax this year, base currency: limit, used so far, used by this plan, left; None where unknown."""

    limit: Decimal
    used: Decimal | None
    planned: Decimal | None
    left: Decimal | None


@dataclass(frozen=True)
class GainLine:
    """One line of the year's gains: units of a sale that were bought together. Amounts in base currency.

    Attributes:
        state: ``realized`` in the record, or ``planned`` by this plan.
        date: Day of the sale.
        settled: Day on which it counts for tax.
        account: Where it is made.
        target: The asset.
        acquired: Day from which the units count as held, or None.
        quantity: Units; None where the asset is held by value alone.
        proceeds: What they bring, costs deducted, or None.
        cost: What they cost, or None.
        gain: Proceeds minus cost, or None where it is not known.
        washed: Part of a loss that does not count, positive.
        term: ``short``, ``long`` or empty where the country does not tell.
        rule: Tax class, and what limits it.
        tax: Tax of the sale, on its first line; None on the others and where it is not known.
        note: Where the figure comes from.

    """

    state: str
    date: dt.date
    settled: dt.date
    account: str
    target: Target
    acquired: dt.date | None
    quantity: Decimal | None
    proceeds: Decimal | None
    cost: Decimal | None
    gain: Decimal | None
    disallowed: Decimal
    term: str
    rule: Message | str
    tax: Decimal | None
    note: Message | str = ""


@dataclass(frozen=True)
class TaxItem:
    """One figure of the tax section: an amount in base currency, a rate (fraction) or words.

    ``owner`` is empty where the household is taxed as one.
    """

    item: Message
    amount: Decimal | None = None
    rate: Decimal | None = None
    text: Message | str = ""
    owner: str = ""


@dataclass(frozen=True)
class TaxStatement:
    """The tax of the year, to be checked by hand.

    Attributes:
        country: Whose rules.
        year: Tax year of a sale today.
        last_day: Last day on which a sale counts for it.
        items: The figures, in the order in which they are worked out.
        gains: What was realised and what is planned.
        unknown: Sales of the record whose gain is not known.
        unplaced: Washed losses whose units are not known.

    """

    country: str
    year: int
    last_day: dt.date
    items: tuple[TaxItem, ...]
    gains: tuple[GainLine, ...]
    unknown: tuple[Trade, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()


@dataclass(frozen=True)
class Unplaced:
    """A washed loss (positive, base currency) of units that the costs in the workbook do not let tell.

    ``bought`` and ``place`` are the day and the row of their lot; None and empty where Holdings' average cost counts.
    """

    account: str
    code: str
    loss: Decimal
    bought: dt.date | None = None
    place: str = ""


@dataclass(frozen=True)
class HarvestOrder:
    """One order of a pair that realises a loss or a gain, beside the orders of the plan.

    Attributes:
        pair: Number of the pair, from 1.
        order: The order.
        gain: Gain of a sale, base currency, negative for a loss; None for a purchase.
        tax_saved: What the pair saves in tax, base currency, on its sale; None for a purchase.

    """

    pair: int
    order: Order
    gain: Decimal | None = None
    tax_saved: Decimal | None = None


@dataclass(frozen=True)
class Summary:
    """The plan in a few figures.

    Attributes:
        turnover: Value of all orders, base currency.
        turnover_rate: Half of it as a fraction of the household's value.
        cost: Commission and slippage of all orders, base currency.
        tax: Estimated tax of all sales and withdrawals, base currency; None where it cannot be known.
        worst_drift_before: Largest absolute drift, a fraction.
        worst_drift_after: The same after the orders.
        worst_shortfall_after: Largest relative shortfall (target - weight) / target after the orders.
        deviation_after: sum((weight - target)^2 / target) after the orders, costs not yet taken off the total.
        deviation_bound: What no plan under the same rules can fall below; None where it was not worked out.
        cash_left: Investable cash after the orders, base currency.
        balancing_contribution: Smallest extra cash that balances without a sale; None when no cash can.
        gains_budget: Yearly gains budget; None where the country has none.

    """

    turnover: Decimal
    turnover_rate: Decimal
    cost: Decimal
    tax: Decimal | None
    worst_drift_before: Decimal
    worst_drift_after: Decimal
    worst_shortfall_after: Decimal
    deviation_after: Decimal
    deviation_bound: Decimal | None
    cash_left: Decimal
    balancing_contribution: Decimal | None
    gains_budget: GainsBudget | None

    @property
    def distance_to_optimum(self) -> Decimal | None:
        """The most by which a better plan could lower the deviation, a fraction of it; None when not known."""
        if self.deviation_bound is None:
            return None
        if self.deviation_bound >= self.deviation_after:
            return ZERO
        return (self.deviation_after - self.deviation_bound) / self.deviation_after


@dataclass(frozen=True)
class Plan:
    """The result of one run.

    ``total_value`` is in base currency; ``accounts`` are names; ``waiting_until`` is the day before which orders of
    rules that were changed lately are not to be placed, ``rules`` a fingerprint of the rules.
    """

    as_of: dt.date
    base_currency: str
    total_value: Decimal
    trigger: Trigger
    drift: tuple[DriftLine, ...]
    groups: tuple[GroupDrift, ...]
    orders: tuple[Order, ...]
    skipped: tuple[Skip, ...]
    tax_loss: tuple[TaxLoss, ...]
    summary: Summary
    transfers: tuple[Transfer, ...] = ()
    accounts: tuple[str, ...] = ()
    tax: TaxStatement | None = None
    harvest: tuple[HarvestOrder, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    waiting_until: dt.date | None = None
    rules: str = ""
