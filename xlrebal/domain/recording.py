"""Executed orders, and what they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Action, Lot, Trade


ANNOUNCED = "contribution"
"""Trigger of a DEPOSIT that record wrote: the money was announced."""

HARVEST = "harvest"
"""Trigger of a trade that realised a gain or a loss and rebalanced nothing."""

CASH_FLOW = "none"
"""Trigger of a trade that put cash to use, or raised it, when no rebalance was due."""


def is_rebalance(trigger: str) -> bool:
    """Return whether a trigger names a rebalance; a blank one names nothing."""
    return trigger.strip().casefold() not in ("", ANNOUNCED, HARVEST, CASH_FLOW)


@dataclass(frozen=True)
class Execution:
    """An order as it was carried out.

    Attributes:
        account: Name of the account.
        action: A sale or a purchase.
        code: The asset.
        units: How many; None where the asset is held by value alone.
        price: Price of one unit, in ``currency``; 1 where the asset is held by value alone.
        amount: Units times price, in ``currency``.
        commission: In ``currency``.
        currency: Currency of the three.
        withheld: Tax that was taken from the proceeds, base currency.
        planned: Amount that the row was planned with, in ``currency``; None where the row does not say.
        planned_base: The same in base currency.
        own_rate: The broker's exchange rate, account currency for one unit of ``currency``; None: the market's,
            less what changing money costs.
        place: Its row in the order sheet.
        trigger: What set it off, for the record.

    """

    account: str
    action: Action
    code: str
    units: Decimal | None
    price: Decimal
    amount: Decimal
    commission: Decimal
    currency: str
    withheld: Decimal = ZERO
    planned: Decimal | None = None
    planned_base: Decimal | None = None
    own_rate: Decimal | None = None
    place: str = ""
    trigger: str = ""


@dataclass(frozen=True)
class Averages:
    """What one unit of a holding cost on average, over all of its rows; None where it is not known.

    Attributes:
        cost: Average cost, in the asset's currency, commission included.
        rate: Exchange rate of the purchases, weighted by what each cost: tax currency for one unit of the asset's;
            None as well where the two are the same.
        tax_base: Taxable base price, in the asset's currency.

    """

    cost: Decimal | None = None
    rate: Decimal | None = None
    tax_base: Decimal | None = None


@dataclass(frozen=True)
class PaidIn:
    """Announced money that counts as paid in because orders spent it.

    ``amount`` is in the account's currency; ``contribution`` is the part from the column Contribution of the account,
    ``new_cash`` is True when the setting was spent as well.
    """

    account: str
    amount: Decimal
    contribution: Decimal = ZERO
    new_cash: bool = False


@dataclass(frozen=True)
class Recording:
    """What executions change.

    Attributes:
        trades: Rows for the record; a sale has one for each purchase that it takes units from.
        units: Change of units (of value, where an asset is held by value alone) by account and code.
        averages: What a unit costs on average afterwards, by account and code.
        cash: Change of each account's cash by the orders, in its currency.
        sold: Units that each lot loses, by its place.
        bought: New lots.
        levelled: Unit cost and exchange rate of lots that a sale at average cost made the same, by their place.
        slippage: What the prices were worse than planned, base currency; negative when they were better.
        paid_in: Announced money that the orders spent, and its rows for the record.

    """

    trades: tuple[Trade, ...]
    units: Mapping[tuple[str, str], Decimal]
    averages: Mapping[tuple[str, str], Averages]
    cash: Mapping[str, Decimal]
    sold: Mapping[str, Decimal]
    bought: tuple[Lot, ...]
    slippage: Decimal
    levelled: Mapping[str, tuple[Decimal, Decimal | None]] = field(default_factory=dict)
    paid_in: tuple[tuple[PaidIn, Trade], ...] = ()
