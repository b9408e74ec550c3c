"""Orders as they were carried out, and what they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Lot, Trade


@dataclass(frozen=True)
class Execution:
    """An order as it was carried out.

    Attributes:
        account: Name of the account.
        action: BUY or SELL.
        code: The asset.
        units: How many; None where the asset is held by value alone.
        price: Price of one unit, in ``currency``; 1 where the asset is held by value alone.
        amount: Units times price, in ``currency``.
        commission: In ``currency``.
        currency: Currency of the three.
        withheld: Tax that was taken from the proceeds, base currency.
        place: Its row in the order sheet.

    """

    account: str
    action: str
    code: str
    units: Decimal | None
    price: Decimal
    amount: Decimal
    commission: Decimal
    currency: str
    withheld: Decimal = ZERO
    place: str = ""


@dataclass(frozen=True)
class Booked:
    """What executions change.

    Attributes:
        trades: Rows for the record; a sale has one for each purchase that it takes units from.
        units: Change of units (of value, where an asset is held by value alone) by account and code.
        average_cost: New average cost of one unit by account and code, where it is known.
        cash: Change of each account's cash, in its currency.
        sold: Units that each lot loses, by its place.
        bought: New lots.
        levelled: Unit cost and exchange rate of lots that a sale at average cost made the same, by their place.
        slippage: What the prices were worse than planned, base currency; negative when they were better.

    """

    trades: tuple[Trade, ...]
    units: Mapping[tuple[str, str], Decimal]
    average_cost: Mapping[tuple[str, str], Decimal]
    cash: Mapping[str, Decimal]
    sold: Mapping[str, Decimal]
    bought: tuple[Lot, ...]
    slippage: Decimal
    levelled: Mapping[str, tuple[Decimal, Decimal | None]] = field(default_factory=dict)
