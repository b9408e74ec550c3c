"""Holdings: value from quantity and price, or price from value; codes and accounts checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.currencies import row_currency
from xlrebal.domain.household import CASH, Account, Holding, Target
from xlrebal.domain.quantities import ZERO, floor_money, minor_unit, round_money
from xlrebal.tables.builders.accounts import warn_of_overdraft
from xlrebal.tables.builders.context import nearest
from xlrebal.tables.schema import HOLDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.tables.builders.context import Context
    from xlrebal.tables.records import Record

# A stated value may differ from quantity times price by a broker's rounding, not by more.
_VALUE_TOLERANCE = Decimal("0.005")


@dataclass(frozen=True)
class HoldingsBuilt:
    """Holdings, and the cash that was listed among them by account and currency."""

    holdings: tuple[Holding, ...]
    cash: Mapping[tuple[str, str], Decimal]


def build_holdings(
    context: Context, base: str, accounts: tuple[Account, ...], targets: tuple[Target, ...]
) -> HoldingsBuilt:
    """Return the holdings in sheet order. Rows with code CASH count as cash of their account."""
    by_name = {account.name: account for account in accounts}
    by_code = {target.code: target for target in targets}
    holdings: list[Holding] = []
    cash: dict[tuple[str, str], Decimal] = {}
    for record in context.records(HOLDINGS):
        if _says_nothing(record):
            continue
        account = _account(context, record, by_name)
        holding = _holding(context, record, account, by_code, base)
        if holding is None or account is None:
            continue
        if holding.code == CASH:
            key = (account.name, holding.currency)
            cash[key] = cash.get(key, ZERO) + holding.value
            warn_of_overdraft(context, record.place("quantity"), account, holding.value)
            if holding.currency != account.currency:
                message = f"cash of {holding.value:,f} {holding.currency} counts at today's rate as {account.currency}"
                context.warn(record.place("currency"), message, f"an order of {account.name} may spend it as such")
        elif holding.value or holding.quantity:
            _check_price(context, record, holding, holdings)
            holdings.append(holding)
            _check_code(context, record, holding, by_code)
    return HoldingsBuilt(tuple(holdings), cash)


def add_listed_cash(
    accounts: tuple[Account, ...], cash: Mapping[tuple[str, str], Decimal], rates: Mapping[str, Decimal]
) -> tuple[Account, ...]:
    """Return the accounts with the cash that Holdings lists added to theirs, in their currency.

    A currency without a rate is reported where it is named, and adds nothing.
    """

    def listed(account: Account) -> Decimal:
        mine = {currency: amount for (name, currency), amount in cash.items() if name == account.name}
        known = {currency: amount for currency, amount in mine.items() if currency in rates}
        if account.currency not in rates:
            return mine.get(account.currency, ZERO)
        whole = sum((amount * rates[currency] for currency, amount in known.items()), ZERO)
        return floor_money(whole / rates[account.currency], account.currency)

    return tuple(replace(account, cash=account.cash + listed(account)) for account in accounts)


def _says_nothing(record: Record) -> bool:
    """Rows of formulas waiting to be filled: no name, no code, every number zero."""
    words = any(record.text(key) for key in ("account", "code", "name"))
    return not words and not any(record.number(k) for k in ("quantity", "price", "value")) and not record.wrong


def _account(context: Context, record: Record, by_name: Mapping[str, Account]) -> Account | None:
    name = record.text("account")
    if not name and len(by_name) == 1:
        return next(iter(by_name.values()))
    if name in by_name:
        return by_name[name]
    place = record.place("account")
    if name:
        context.error(place, f"account {name} is not in Accounts", nearest(name, by_name) or "add it there")
    else:
        context.error(place, "account is missing", "there are several accounts: say which")
    return None


def _holding(
    context: Context,
    record: Record,
    account: Account | None,
    by_code: Mapping[str, Target],
    base: str,
) -> Holding | None:
    if not record.text("code") and "code" not in record.wrong:
        context.error(record.place("code"), "code is missing", "write it, or CASH if the row is cash; or clear the row")
    if not record.text("code") or record.wrong & {"quantity", "price", "value"} or account is None:
        return None
    code = record.text("code")
    if _below_zero(context, record, code):
        return None
    currency = row_currency(code, record.text("currency"), by_code.values(), account) or base
    value = _value(context, record, currency, code)
    if value is None:
        return None
    context.positive(record, "average_rate")
    return Holding(
        account=account.name,
        code=code,
        value=value,
        currency=currency,
        quantity=record.number("quantity"),
        price=_price(record, value),
        average_cost=record.number("average_cost"),
        tax_base=record.number("tax_base"),
        average_rate=record.number("average_rate"),
    )


def _below_zero(context: Context, record: Record, code: str) -> bool:
    """Only cash may be below 0: an account that is overdrawn."""
    wrong = [key for key in ("quantity", "value") if (record.number(key) or ZERO) < 0 and code != CASH]
    for key in wrong:
        context.error(record.place(key), f"{key} {record.number(key):f} is below 0")
    return bool(wrong)


def _value(context: Context, record: Record, currency: str, code: str) -> Decimal | None:
    quantity, price, value = (record.number(key) for key in ("quantity", "price", "value"))
    if quantity is None or price is None:
        if value is not None and (quantity is None or quantity or not value):
            return round_money(value, currency)
        if quantity is not None and not quantity:
            return ZERO
        _report_no_value(context, record, code)
        return None
    product = round_money(quantity * price, currency)
    if value is not None and abs(value - product) > max(product * _VALUE_TOLERANCE, minor_unit(currency)):
        message = f"value {value:,f} is not quantity x price = {product:,f}"
        context.error(record.place("value"), message, "clear the value or mend the other two")
    return product


def _report_no_value(context: Context, record: Record, code: str) -> None:
    missing = "quantity" if record.number("quantity") is None else "price"
    context.error(record.place(missing), f"{missing} of {code} is missing", "fill it, or fill Value")


def _price(record: Record, value: Decimal) -> Decimal | None:
    quantity, price = record.number("quantity"), record.number("price")
    if price:
        return price
    return value / quantity if quantity and value else None


def _check_price(context: Context, record: Record, holding: Holding, others: list[Holding]) -> None:
    """One asset has one price; two rows that differ are not both of today. A price of 0 is rarely meant."""
    if record.number("price") == 0 and holding.quantity:
        message = f"price 0 makes {holding.code} worth nothing"
        context.warn(record.place("price"), message, "fill in its price, unless that is so")
    same = [h for h in others if h.code == holding.code and h.currency == holding.currency and record.number("price")]
    other = next((h.price for h in same if h.price is not None and h.price != holding.price), None)
    if other is not None:
        message = f"price {holding.price:,f} of {holding.code} differs from {other:,f} above"
        context.warn(record.place("price"), message, "each row counts with its own")


def _check_code(context: Context, record: Record, holding: Holding, by_code: Mapping[str, Target]) -> None:
    if holding.code in by_code:
        return
    padded = holding.code.zfill(6)
    if padded in by_code and isinstance(record.raw["code"].value, (int, float)):
        mend = f"is it {padded}? format the cell as text and type the code again"
    else:
        mend = "add it with target 0 to sell it"
    context.error(record.place("code"), f"code {holding.code} is not in Targets", mend)
