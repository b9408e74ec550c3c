"""How one asset trades in one account: price, units, costs; and the draft of an order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action, LotMethod
from xlrebal.domain.quantities import (
    FRACTIONAL_DIGITS,
    ONE,
    ZERO,
    ceil_money,
    floor_money,
    fractional_units,
    round_money,
)
from xlrebal.engine.tax.lots import held_from, held_longer, lot_method, purchase_rate, sale_order

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Account, Holding, Household, Lot, Target
    from xlrebal.domain.message import Message
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.tax_rules import TaxClass
    from xlrebal.engine.tax.wash_sales import Purchase


@dataclass(frozen=True)
class Position:
    """An asset in an account.

    Attributes:
        account: The account.
        target: The asset.
        base: Base currency of the household.
        currency: Currency in which the asset trades.
        rate: Base currency for one unit of it.
        price: Price of one unit in ``currency``; None where none is known.
        held: Value held in this account, base currency.
        units: Units held in this account; None where it is held by value alone.
        average_cost: Average cost of one unit in ``currency``, or None.
        by_amount: True when orders are amounts, False when they are whole units.
        commission_rate: Commission, a fraction of the amount.
        slippage_rate: Slippage, and the spread of a currency change, as a fraction of the amount.
        lots: Its purchases in the order in which a sale takes them; empty where they do not add up to the units.
        lot_method: Whether a sale takes them one by one, or a part of each (average).
        tax_base: Average taxable base price of one unit when it was bought, tax currency, or None.
        tax_currency: Currency in which gains are counted: that of the tax country, without one the asset's own.
        tax_rate: Tax currency for one unit of ``currency``, today.
        tax_to_base: Base currency for one unit of the tax currency, today.
        average_taxed: Average cost of one unit in tax currency, or None.
        oldest_first: True when by average, too, the units held longest count as sold first.
        transaction_rate: Tax on the amount of a sale, whatever the gain.
        recent: Purchases that would wash a loss today, in any account; none where there is no such rule.
        barred: True where the law keeps an account of this type from buying the asset.
        fx_spread: The part of ``slippage_rate`` that is the spread of a currency change.

    """

    account: Account
    target: Target
    base: str
    currency: str
    rate: Decimal
    price: Decimal | None
    held: Decimal
    units: Decimal | None
    average_cost: Decimal | None
    by_amount: bool
    commission_rate: Decimal
    slippage_rate: Decimal
    lots: tuple[Lot, ...] = ()
    lot_method: LotMethod = LotMethod.AVERAGE
    tax_base: Decimal | None = None
    recent: tuple[Purchase, ...] = ()
    tax_currency: str = ""
    tax_rate: Decimal = ONE
    tax_to_base: Decimal = ONE
    average_taxed: Decimal | None = None
    oldest_first: bool = False
    transaction_rate: Decimal = ZERO
    barred: bool = False
    fx_spread: Decimal = ZERO

    def in_base(self, amount: Decimal) -> Decimal:
        """Return an amount in tax currency in base currency, at today's rate."""
        return amount if self.tax_currency == self.base else round_money(amount * self.tax_to_base, self.base)

    @property
    def key(self) -> tuple[str, str]:
        """Account name and code."""
        return self.account.name, self.target.code

    @property
    def unit_value(self) -> Decimal:
        """Value of one unit in base currency, unrounded; 0 without a price."""
        return (self.price or ZERO) * self.rate

    @property
    def cost_rate(self) -> Decimal:
        """All costs as a fraction of the amount."""
        return self.commission_rate + self.slippage_rate

    @property
    def sellable_units(self) -> Decimal:
        """Whole units that are held, for an asset that trades in units."""
        if self.units is not None:
            return self.units // 1
        return self.held // self.unit_value if self.unit_value else ZERO


@dataclass(frozen=True)
class Draft:
    """An order before its words and tax: amounts are in the asset's currency, ``..._base`` in base currency.

    ``tax``, and the parts of it that are ``withheld`` from the proceeds and due on the amount whatever the gain
    (``transaction_tax``), are in base currency.
    """

    position: Position
    action: Action
    units: Decimal | None
    amount: Decimal
    amount_base: Decimal
    commission: Decimal
    slippage: Decimal
    cost_base: Decimal
    reason: Message | None = None
    tax: Decimal | None = ZERO
    withheld: Decimal = ZERO
    transaction_tax: Decimal = ZERO

    @property
    def proceeds(self) -> Decimal:
        """What a sale brings in tax currency, its costs deducted, at the day's own exchange rate.

        What changing the money costs is no cost of the sale and leaves the gain as it is. Source for Korea: Income Tax
        Act Enforcement Decree art. 178-5 (the base rate of the day); art. 163(5) (what counts as a cost of the sale).
        """
        spread = round_money(self.amount * self.position.fx_spread, self.position.currency)
        net = self.amount - self.commission - (self.slippage - spread)
        return floor_money(net * self.position.tax_rate, self.position.tax_currency)

    @property
    def cash(self) -> Decimal:
        """What the order does to the account's cash, base currency: negative for a buy."""
        if self.action is Action.SELL:
            return self.amount_base - self.cost_base - self.withheld
        return -self.amount_base - self.cost_base

    @property
    def why(self) -> Message:
        """Its reason; every draft of a plan has one."""
        if self.reason is None:
            raise ValueError(f"no reason for {self.action} {self.position.target.code}")
        return self.reason

    def because(self, reason: Message) -> Draft:
        """Return the draft with its reason."""
        return replace(self, reason=reason)


def make_position(
    household: Household,
    policy: Policy,
    account: Account,
    target: Target,
    elsewhere: Sequence[Holding],
    recent: tuple[Purchase, ...] = (),
) -> Position:
    """Return how an asset trades in an account.

    ``elsewhere`` is what the household holds of it anywhere, ``recent`` the purchases that would wash a loss today.
    """
    rows = [h for h in elsewhere if h.account == account.name]
    priced = next((h for h in (*rows, *elsewhere) if h.price is not None), None)
    price = priced.price if priced else target.price
    sample = next(iter((*rows, *elsewhere)), None)
    currency = sample.currency if sample else (target.currency or account.currency)
    base = household.base_currency
    rate = household.rate(currency)
    spread = policy.fx_spread if currency != account.currency else ZERO
    own = account.commission_rate
    units = _sum_units([h.quantity for h in rows])
    rules = policy.tax
    tax_class = rules.classes.get(target.tax_class) if rules else None
    method = lot_method(account, policy, tax_class)
    taxed = (rules.currency or base) if rules else currency
    tax_to_base = household.rate(taxed)
    tax_rate = ONE if currency == taxed else rate / tax_to_base
    sale = _Sale((price or ZERO) * tax_rate, currency, taxed)
    return Position(
        account=account,
        target=target,
        base=base,
        currency=currency,
        rate=rate,
        price=price,
        held=sum((round_money(h.value * household.rate(h.currency), base) for h in rows), ZERO),
        units=units,
        average_cost=_average([(h.quantity, h.average_cost) for h in rows]),
        by_amount=_by_amount(target, account, price),
        commission_rate=policy.commission_rate if own is None else own,
        slippage_rate=policy.slippage_rate + spread,
        lots=_own_lots(household, policy, (account.name, target.code), method, units, tax_class, sale) if units else (),
        lot_method=method,
        tax_base=_average([(h.quantity, _taxed(h, h.tax_base, taxed)) for h in rows]),
        recent=recent if units else (),
        tax_currency=taxed,
        tax_rate=tax_rate,
        tax_to_base=tax_to_base,
        average_taxed=_average([(h.quantity, _taxed(h, h.average_cost, taxed)) for h in rows]),
        oldest_first=tax_class is not None and tax_class.long_rate is not None,
        transaction_rate=tax_class.transaction_rate if tax_class else ZERO,
        barred=policy.account_rules.domestic_only.bars(account, target, currency),
        fx_spread=spread,
    )


def _taxed(holding: Holding, amount: Decimal | None, tax_currency: str) -> Decimal | None:
    """An amount of the purchases in tax currency; None without their exchange rate."""
    rate = purchase_rate(holding.currency, tax_currency, holding.average_rate)
    return None if amount is None or rate is None else amount * rate


def _own_lots(
    household: Household,
    policy: Policy,
    key: tuple[str, str],
    method: LotMethod,
    units: Decimal,
    tax_class: TaxClass | None,
    sale: _Sale,
) -> tuple[Lot, ...]:
    if not household.lots:
        return ()
    mine = [lot for lot in household.lots if (lot.account, lot.code) == key]
    rules = policy.tax
    if method is not LotMethod.MIN_TAX or rules is None or tax_class is None:
        return sale_order(mine, method, units, sale.cost_of_unit)

    def tax_of(lot: Lot) -> Decimal | None:
        cost = sale.cost_of_unit(lot)
        return None if cost is None else (sale.value - cost) * _rate_of(lot, tax_class, rules.day)

    return sale_order(mine, method, units, sale.cost_of_unit, tax_of)


@dataclass(frozen=True)
class _Sale:
    """What one unit brings today, tax currency, and what makes the cost of a lot comparable with it."""

    value: Decimal
    currency: str
    tax_currency: str

    def cost_of_unit(self, lot: Lot) -> Decimal | None:
        rate = purchase_rate(self.currency, self.tax_currency, lot.fx_rate)
        if rate is None:
            return None
        return lot.unit_cost * rate + (lot.carried / lot.quantity if lot.quantity else ZERO)


def _rate_of(lot: Lot, tax_class: TaxClass, day: dt.date | None) -> Decimal:
    if tax_class.long_rate is None or day is None or not held_longer(held_from(lot), tax_class.long_after_years, day):
        return tax_class.rate
    return tax_class.long_rate if tax_class.long_at_most is None else min(tax_class.rate, tax_class.long_at_most)


def _by_amount(target: Target, account: Account, price: Decimal | None) -> bool:
    fractional = account.fractional if target.fractional is None else target.fractional
    return fractional or price is None


def _sum_units(quantities: list[Decimal | None]) -> Decimal | None:
    if not quantities:
        return ZERO
    return None if None in quantities else sum((q for q in quantities if q is not None), ZERO)


def _average(rows: list[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    known = [(q, c) for q, c in rows if q and c is not None]
    if len(known) != len(rows) or not known:
        return rows[0][1] if len(rows) == 1 else None
    return sum((q * c for q, c in known), ZERO) / sum((q for q, _ in known), ZERO)


def draft_units(position: Position, action: Action, units: Decimal) -> Draft:
    """Return an order for a number of units."""
    amount = round_money(units * (position.price or ZERO), position.currency)
    return _priced(position, action, units, amount, round_money(amount * position.rate, position.base))


def draft_amount(position: Position, action: Action, amount_base: Decimal) -> Draft:
    """Return an order for an amount in base currency; units are quoted where units are held."""
    everything = action is Action.SELL and amount_base == position.held
    if everything and position.units is not None and position.price:
        return draft_units(position, action, position.units)
    amount = _in_currency(position, action, amount_base)
    known = position.price and position.units is not None
    units = _quoted_units(position, action, amount) if known else None
    return _priced(position, action, units, amount, round_money(amount * position.rate, position.base))


def _quoted_units(position: Position, action: Action, amount: Decimal) -> Decimal:
    """The units that an amount stands for; a sale quotes some, and never more than are held."""
    units = fractional_units(amount / (position.price or ONE))
    if action is Action.BUY or position.units is None:
        return units
    return min(max(units, ONE.scaleb(-FRACTIONAL_DIGITS)), position.units)


def _in_currency(position: Position, action: Action, amount_base: Decimal) -> Decimal:
    """The amount in the asset's currency: a buy never costs more than meant, a sale never brings less."""
    if position.currency == position.base:
        return amount_base
    exact = amount_base / position.rate
    if action is Action.BUY:
        return floor_money(exact, position.currency)
    whole = (
        None if position.units is None else round_money(position.units * (position.price or ZERO), position.currency)
    )
    amount = ceil_money(exact, position.currency)
    return amount if not whole else min(amount, whole)


def _priced(position: Position, action: Action, units: Decimal | None, amount: Decimal, amount_base: Decimal) -> Draft:
    commission = round_money(amount * position.commission_rate, position.currency)
    slippage = round_money(amount * position.slippage_rate, position.currency)
    # Rounded against the account: what a buy takes must be there, what a sale brings will come. The difference
    # counts as a cost, so that no unit is lost.
    if action is Action.BUY:
        cost = ceil_money((amount + commission + slippage) * position.rate, position.base) - amount_base
    else:
        cost = amount_base - floor_money((amount - commission - slippage) * position.rate, position.base)
    return Draft(position, action, units, amount, amount_base, commission, slippage, cost)
