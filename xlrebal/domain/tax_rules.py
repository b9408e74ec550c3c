"""How gains are taxed: classes of assets, the rules of a country for one day, and brackets of income."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.message import Message

Steps = tuple[tuple["Decimal | None", "Decimal"], ...]
"""Brackets, lowest first: the income up to which a rate applies (None: without end), and the rate."""


@dataclass(frozen=True)
class Gains:
    """Gains of a year in tax currency, losses negative; everything is short where the country does not tell.

    ``capped`` are long gains of classes whose rate is the ordinary one up to a cap (``TaxClass.long_at_most``).
    """

    short: Decimal = ZERO
    long: Decimal = ZERO
    capped: Decimal = ZERO

    def __add__(self, other: Gains) -> Gains:
        """Add two years' gains."""
        return Gains(self.short + other.short, self.long + other.long, self.capped + other.capped)

    @property
    def total(self) -> Decimal:
        """All kinds together."""
        return self.short + self.long + self.capped


class Averaging(StrEnum):
    """Whether the average cost of a holding may stand for that of each unit."""

    ALLOWED = "allowed"
    FUNDS = "funds"
    NO = "no"


@dataclass(frozen=True)
class Settlement:
    """When a sale counts for tax: business days of an exchange after the trade, then calendar days.

    Attributes:
        exchange: Exchange whose business days count.
        business_days: How many of them.
        later_days: Calendar days after that, where the day is booked in another part of the world.

    """

    exchange: str
    business_days: int
    later_days: int = 0


@dataclass(frozen=True)
class TaxClass:
    """How gains on one kind of asset are taxed when sold.

    Attributes:
        name: Name of the class, as in the Tax class column.
        rate: Tax as a fraction of the gain.
        netted: True when the year's gains and losses are added up and the deduction applies.
        withheld: True when the tax is taken from the proceeds at once.
        upper_bound: True when the law taxes the smaller of gain and rise of the taxable base price, so that the
            tax is an upper bound where the base prices are not given.
        long_rate: Tax on gains of units held longer than ``long_after_years``; None where holding long changes nothing.
        long_after_years: Calendar years; a sale after them is long.
        long_at_most: Cap of the rate on long gains, which is otherwise that of ``rate``; None: ``long_rate`` counts.
        transaction_rate: Tax on the amount of every sale, whatever the gain, taken from the proceeds.
        averaging: Whether the average cost of the holding may be used; for funds only, or not at all.
        settlement: When a sale counts; None: on the day of the trade.
        source: Where the rule is written.

    """

    name: str
    rate: Decimal
    netted: bool = False
    withheld: bool = False
    upper_bound: bool = False
    long_rate: Decimal | None = None
    long_after_years: int = 1
    settlement: Settlement | None = None
    source: Message | str = ""
    long_at_most: Decimal | None = None
    transaction_rate: Decimal = ZERO
    averaging: Averaging = Averaging.ALLOWED

    def gains(self, amount: Decimal, *, long: bool) -> Gains:
        """Return a gain of this class as part of a year's gains."""
        if not long:
            return Gains(amount)
        return Gains(long=amount) if self.long_at_most is None else Gains(capped=amount)


@dataclass(frozen=True)
class Brackets:
    """Progressive rates for a family whose other income is known; amounts in the country's currency.

    Attributes:
        income: Taxable income of the year without the gains.
        ordinary: Rates on income and short-term gains.
        long: Rates on long-term gains, which lie on top of everything else.
        surtax_rate: Further tax on investment income of those above ``surtax_over``.
        surtax_over: Income, before the standard deduction, from which it applies.
        standard_deduction: What taxable income leaves out.

    """

    income: Decimal
    ordinary: Steps
    long: Steps
    surtax_rate: Decimal = ZERO
    surtax_over: Decimal = ZERO
    standard_deduction: Decimal = ZERO


@dataclass(frozen=True)
class TaxRules:
    """The tax rules of one country for one year.

    Attributes:
        country: ``KR`` or ``US``.
        classes: Tax classes by name.
        deduction: Yearly gains free of tax in the netted classes, tax currency.
        deferred_accounts: Account types in which a sale is not taxed.
        day: Day of the plan, from which holding periods are counted; None where they do not matter.
        wash_sale_days: Days before and after a loss sale in which a purchase undoes the loss; None
            where the country has no such rule.
        brackets: Progressive rates for classes with a long rate; None: the class's own rates count.
        loss_limit: Net loss of a year that may be set against other income, tax currency.
        closed_days: Holidays by exchange and year, where they are known already.
        sources: Where the country's other rules are written, by what they rule.
        per_owner: True when each owner of accounts is taxed alone; otherwise the household is taxed as one.
        currency: Tax currency: the one in which gains and the amounts above are counted; empty: the household's base.
        lot_method: Which units a sale takes where the family has chosen nothing (a ``LotMethod``).
        unrated: Classes left out because their rates depend on figures that the family has not given; their rates
            here say nothing.

    """

    country: str
    classes: Mapping[str, TaxClass]
    deduction: Decimal | None = None
    deferred_accounts: frozenset[str] = frozenset()
    wash_sale_days: int | None = None
    day: dt.date | None = None
    brackets: Brackets | None = None
    loss_limit: Decimal = ZERO
    closed_days: Mapping[str, Mapping[int, frozenset[dt.date]]] = field(default_factory=dict)
    sources: Mapping[str, Message | str] = field(default_factory=dict)
    per_owner: bool = False
    currency: str = ""
    lot_method: str = "average"
    unrated: Mapping[str, TaxClass] = field(default_factory=dict)
