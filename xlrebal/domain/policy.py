"""The written rules of a household: when to rebalance, how, and at what cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from xlrebal.domain.account_rules import AccountRules
from xlrebal.domain.household import LotMethod
from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from xlrebal.domain.tax_rules import Gains, TaxRules


class Strategy(StrEnum):
    """Which triggers are watched."""

    CALENDAR = "calendar"
    THRESHOLD = "threshold"
    BANDS = "bands"
    HYBRID = "hybrid"


class CheckFrequency(StrEnum):
    """How often the household looks whether a rebalance is due: on the first day of each such period."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class DriftMeasure(StrEnum):
    """How a drift is held against the threshold."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    FIVE_25 = "5/25"


class Method(StrEnum):
    """What may be done when a rebalance is due."""

    AUTO = "auto"
    FULL = "full"
    CASH_ONLY = "cash_only"


class RebalanceTo(StrEnum):
    """Where a rebalance stops."""

    TARGET = "target"
    BAND = "band"
    HALFWAY = "halfway"


class CashMethod(StrEnum):
    """How new cash is spread over the underweight assets."""

    OPTIMAL = "optimal"
    LAZY = "lazy"
    PROPORTIONAL = "proportional"


class FilingStatus(StrEnum):
    """How a family files its income tax in the United States."""

    SINGLE = "single"
    JOINT = "married_jointly"
    SEPARATE = "married_separately"
    HEAD = "head_of_household"


class CashPolicy(StrEnum):
    """Whether cash that lies in the accounts, or that dividends have brought, is invested."""

    INVEST = "invest"
    EXCLUDE = "exclude"


@dataclass(frozen=True)
class Policy:
    """Settings of a household, with the defaults of the workbook contract.

    Rates and thresholds are fractions; amounts are in the base currency. ``closed_days`` holds the exchange's
    holidays by year. ``rebalance_tolerance`` is the inner
    band at which a rebalance stops, in the measure of ``drift_measure``; None stops at the outer one. ``risk_caps``
    holds, by account type, the largest part of an account that may be risky assets when one is bought;
    ``account_rules`` what else the law says about account types.
    ``realized_gains`` are long-term where the country tells short from long, ``realized_short_gains`` are the others;
    both are in tax currency and of the tax year ``realized_year`` (None: that of the day of the plan).
    ``realized`` adds the record's to them, by taxpayer, and ``realized_in`` tells them by the name of their tax
    class in the order of the sales; ``unknown_gains`` are taxpayers for whom a sale of the year has
    an unknown gain. ``max_tax`` is the most tax that the sales of one plan may
    cost; the two rates are the family's own, for a country whose rates depend on its bracket, and win over the
    brackets of ``taxable_income``. ``waiting_until`` is the day before which orders wait, since rules were changed
    lately, and ``fingerprint`` stands for all rules, so that a change of them shows.
    """

    strategy: Strategy = Strategy.HYBRID
    months: tuple[int, ...] = (1, 4, 7, 10)
    day: str = "first_business_day"
    exchange: str = "XKRX"
    extra_holidays: frozenset[dt.date] = frozenset()
    closed_days: Mapping[int, frozenset[dt.date]] = field(default_factory=dict)
    drift_threshold: Decimal = Decimal("0.05")
    drift_measure: DriftMeasure = DriftMeasure.ABSOLUTE
    check_frequency: CheckFrequency = CheckFrequency.WEEKLY
    max_interval_days: int | None = None
    last_rebalanced: dt.date | None = None
    waiting_until: dt.date | None = None
    fingerprint: str = ""
    method: Method = Method.AUTO
    rebalance_to: RebalanceTo = RebalanceTo.TARGET
    rebalance_tolerance: Decimal | None = None
    cash_method: CashMethod = CashMethod.OPTIMAL
    new_cash: Decimal = ZERO
    cash_policy: CashPolicy = CashPolicy.INVEST
    dividend_policy: CashPolicy = CashPolicy.INVEST
    min_trade_amount: Decimal = ZERO
    commission_rate: Decimal = ZERO
    slippage_rate: Decimal = ZERO
    fx_spread: Decimal = ZERO
    avoid_ex_dividend_dates: bool = False
    ex_dividend_days: int = 7
    tax: TaxRules | None = None
    risk_caps: Mapping[str, Decimal] = field(default_factory=dict)
    lot_method: LotMethod = LotMethod.AUTO
    account_rules: AccountRules = field(default_factory=AccountRules)
    realized_gains: Decimal = ZERO
    realized_short_gains: Decimal = ZERO
    realized_year: int | None = None
    realized: Mapping[str, Gains] = field(default_factory=dict)
    realized_in: Mapping[str, tuple[tuple[str, Gains], ...]] = field(default_factory=dict)
    unknown_gains: frozenset[str] = frozenset()
    max_tax: Decimal | None = None
    short_term_rate: Decimal | None = None
    long_term_rate: Decimal | None = None
    taxable_income: Decimal | None = None
    filing_status: FilingStatus = FilingStatus.SINGLE
    gain_harvesting: bool = True
    tax_loss_harvesting: bool = True
    tlh_threshold: Decimal = Decimal("0.05")
    tlh_min_loss: Decimal = ZERO
    cooldown_days: int = 7
    price_max_age_days: int | None = None
    language: str = "auto"
    plan_now: bool = field(default=False)
