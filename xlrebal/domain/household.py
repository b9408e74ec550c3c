"""What a family owns and wants: the validated input of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


CASH = "CASH"
"""The code that stands for cash among the targets."""


class Action(StrEnum):
    """What was done, or is to be done: orders sell or buy, the record knows the others as well."""

    SELL = "SELL"
    BUY = "BUY"
    DIVIDEND = "DIVIDEND"
    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"

    @property
    def is_order(self) -> bool:
        """Whether an asset changes hands."""
        return self in (Action.SELL, Action.BUY)

    @property
    def is_transfer(self) -> bool:
        """Whether money is paid in or out; it is of no asset."""
        return self in (Action.DEPOSIT, Action.WITHDRAWAL)


class LotMethod(StrEnum):
    """Which units a sale takes first; ``auto`` leaves it to the tax country."""

    AUTO = "auto"
    AVERAGE = "average"
    FIFO = "fifo"
    LIFO = "lifo"
    HIGHEST_COST = "highest_cost"
    MIN_TAX = "min_tax"
    SPECIFIC = "specific"


class Lock(StrEnum):
    """What may not be done with an asset."""

    NONE = ""
    NO_SELL = "no sell"
    NO_BUY = "no buy"
    BOTH = "both"

    @property
    def forbids_selling(self) -> bool:
        """True when the asset must not be sold."""
        return self in (Lock.NO_SELL, Lock.BOTH)

    @property
    def forbids_buying(self) -> bool:
        """True when the asset must not be bought."""
        return self in (Lock.NO_BUY, Lock.BOTH)


class AccountType(StrEnum):
    """Tax treatment of an account."""

    TAXABLE = "taxable"
    ISA = "ISA"
    PENSION = "pension"
    IRP = "IRP"
    IRA = "IRA"
    ROTH = "Roth"
    K401 = "401k"


@dataclass(frozen=True)
class Target:
    """An asset of the household and the weight wanted for it.

    Attributes:
        code: Its code, as text (``069500``); ``CASH`` stands for cash.
        weight: Wanted weight, a fraction of the household.
        name: Its name, for people.
        group: Group it belongs to, or empty.
        minimum: Lower edge of its band, a fraction, or None.
        maximum: Upper edge of its band, a fraction, or None.
        tax_class: Row of the country's tax rules, or empty.
        price: Price of one unit in ``currency``; serves an asset not held yet.
        currency: Currency of the price, or empty.
        fractional: True when orders are amounts, not whole units; None leaves it to the account.
        lock: What must not be done with it.
        replacement: Code or name of the asset that takes its place after a loss sale.
        safe: True when caps on risky assets do not count it; an asset that nobody classed counts as risky.
        tax_base: Taxable base price of one unit today, in its currency, or None (Korea: of funds taxed at sale).

    """

    code: str
    weight: Decimal
    name: str = ""
    group: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    tax_class: str = ""
    price: Decimal | None = None
    currency: str = ""
    fractional: bool | None = None
    lock: Lock = Lock.NONE
    replacement: str = ""
    safe: bool = False
    tax_base: Decimal | None = None

    @property
    def label(self) -> str:
        """Its name, or its code where it has none."""
        return self.name or self.code


@dataclass(frozen=True)
class Group:
    """A group of assets and the weight its targets add up to (a fraction).

    Attributes:
        name: Its name, as in the column Group of Targets.
        weight: Wanted weight, a fraction of the household.
        parent: Group that it is part of, or empty.
        minimum: Lower edge of its band, a fraction, or None.
        maximum: Upper edge of its band, a fraction, or None.

    """

    name: str
    weight: Decimal
    parent: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True)
class FundPart:
    """What a mixed fund holds: ``share`` (a fraction) of fund ``code`` counts as the asset ``holds``."""

    code: str
    holds: str
    share: Decimal


@dataclass(frozen=True)
class Account:
    """Holdings and cash with one broker under one tax treatment.

    Attributes:
        name: Its name, unique in the household.
        currency: Currency of its cash and of the amounts below.
        owner: Whose it is.
        type: Tax treatment.
        cash: Cash in it now.
        contribution: Cash that will be paid in (negative: taken out).
        reserve: Cash that is never invested.
        contribution_room: How much may still be paid in this year, or None.
        allowed: Codes or groups that may be held in it; empty means any.
        commission_rate: Commission as a fraction of an order's amount, or None for the household's.
        fractional: True when the broker takes amounts, not whole units.
        lot_method: Which units a sale takes with this broker, or None for the household's choice.

    """

    name: str
    currency: str
    owner: str = ""
    type: AccountType = AccountType.TAXABLE
    cash: Decimal = ZERO
    contribution: Decimal = ZERO
    reserve: Decimal = ZERO
    contribution_room: Decimal | None = None
    allowed: frozenset[str] = frozenset()
    commission_rate: Decimal | None = None
    fractional: bool = False
    lot_method: LotMethod | None = None

    def allows(self, target: Target) -> bool:
        """Return whether the family lets the asset be bought in this account."""
        return not self.allowed or target.code in self.allowed or (target.group != "" and target.group in self.allowed)


@dataclass(frozen=True)
class Holding:
    """One asset in one account.

    Attributes:
        account: Name of the account.
        code: Code of the asset.
        value: Value in ``currency``, whole in its minor unit.
        currency: Currency of value, price and average cost.
        quantity: Units held, or None where it is held by value alone.
        price: Price of one unit, or None.
        average_cost: Average cost of one unit, or None.
        tax_base: Average taxable base price of one unit when it was bought, or None.
        average_rate: Average exchange rate of the purchases, weighted by what each cost: tax currency (without a tax
            country the base currency) for one unit of ``currency``; or None.

    """

    account: str
    code: str
    value: Decimal
    currency: str
    quantity: Decimal | None = None
    price: Decimal | None = None
    average_cost: Decimal | None = None
    tax_base: Decimal | None = None
    average_rate: Decimal | None = None


@dataclass(frozen=True)
class Lot:
    """Units of one asset bought on one date.

    ``unit_cost`` is in the asset's currency; ``fx_rate`` is the tax currency (without a tax country the base currency)
    for one unit of it on that date; ``tax_base`` is the taxable base price of one unit on that date; ``sell_order`` its
    place among the lots to be sold; ``place`` its row in the workbook, for people. ``carried`` are losses of earlier
    sales that count as cost of all its units, in tax currency; ``held_since`` is the day from which the units count as
    held where that is not the day of their purchase.
    """

    account: str
    code: str
    acquired: dt.date
    quantity: Decimal
    unit_cost: Decimal
    fx_rate: Decimal | None = None
    tax_base: Decimal | None = None
    sell_order: Decimal | None = None
    place: str = ""
    carried: Decimal = ZERO
    held_since: dt.date | None = None


@dataclass(frozen=True)
class ExDate:
    """The day from which an asset trades without its next dividend."""

    code: str
    date: dt.date


@dataclass(frozen=True)
class Trade:
    """One row of the record. Price, commission and tax are in ``currency``.

    The amount is quantity times price, also of what is no order; a deposit and a withdrawal have no code.

    ``fx_rate`` is the tax currency (without a tax country the base currency) for one unit of ``currency`` on that day;
    ``tax`` what was withheld, in ``currency`` like the rest; ``gain`` what a sale gained in tax currency, costs
    deducted, where the record says so; ``acquired`` the day on which its units were bought; ``place`` the row of the
    record, for people.
    """

    date: dt.date
    action: Action
    code: str
    quantity: Decimal
    price: Decimal
    account: str = ""
    commission: Decimal = ZERO
    tax: Decimal = ZERO
    currency: str = ""
    fx_rate: Decimal | None = None
    trigger: str = ""
    note: str = ""
    gain: Decimal | None = None
    acquired: dt.date | None = None
    place: str = ""


@dataclass(frozen=True)
class Household:
    """Everything the family owns and wants, validated and complete.

    Attributes:
        base_currency: Currency in which the household is judged.
        targets: In the order of the workbook; weights add up to 1.
        accounts: At least one.
        holdings: Every account and code is known to ``accounts`` and ``targets``.
        groups: Their weights match the sums of their targets.
        fx: Base currency for one unit of each foreign currency.
        lots: Purchases, where the family keeps them.
        ex_dates: Known ex-dividend dates.
        trades: The record of executed orders.
        fund_parts: What mixed funds hold; the shares of a fund add up to 1.

    """

    base_currency: str
    targets: tuple[Target, ...]
    accounts: tuple[Account, ...]
    holdings: tuple[Holding, ...]
    groups: tuple[Group, ...] = ()
    fx: Mapping[str, Decimal] = field(default_factory=dict)
    lots: tuple[Lot, ...] = ()
    ex_dates: tuple[ExDate, ...] = ()
    trades: tuple[Trade, ...] = ()
    fund_parts: tuple[FundPart, ...] = ()

    def rate(self, currency: str) -> Decimal:
        """Return base currency for one unit of ``currency``; KeyError when there is no rate."""
        return Decimal(1) if currency == self.base_currency else self.fx[currency]

    def account_name(self, name: str) -> str:
        """Return the account that a row of the record names: one that names none means the only account there is."""
        return self.accounts[0].name if not name and len(self.accounts) == 1 else name

    @property
    def mixed_funds(self) -> frozenset[str]:
        """Codes of the funds that count as the assets they hold; they are held, not traded."""
        return frozenset(part.code for part in self.fund_parts)

    def members(self, group: str) -> tuple[str, ...]:
        """Return the codes of a group's assets, those of the groups inside it included."""
        inside = [g.name for g in self.groups if g.parent == group]
        own = [t.code for t in self.targets if t.group == group]
        return (*own, *(code for name in inside for code in self.members(name)))
