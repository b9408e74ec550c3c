"""Holdings: value from quantity and price, or price from value; codes and accounts checked."""

from __future__ import annotations

import decimal
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.currencies import row_currency
from xlrebal.domain.household import CASH, Account, Holding, Target
from xlrebal.domain.message import Amount, Message
from xlrebal.domain.quantities import ZERO, floor_money, minor_unit, round_money
from xlrebal.tables.contract.schema import ACCOUNTS, HOLDINGS, TARGETS
from xlrebal.tables.read.accounts import warn_of_overdraft
from xlrebal.tables.read.convert import below_minimum
from xlrebal.tables.read.hints import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.tables.read.context import Context
    from xlrebal.tables.read.records import Record

# A stated value may differ from quantity times price by a broker's rounding, not by more.
_VALUE_TOLERANCE = Decimal("0.005")
# A price that was calculated from a value is told with the digits that Excel would show.
_AS_SHOWN = decimal.Context(prec=15)


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
                _warn_of_foreign_cash(context, record, holding, account)
        elif holding.value or holding.quantity:
            _check_price(context, record, holding, holdings)
            holdings.append(holding)
            _check_code(context, record, holding, by_code)
    return HoldingsBuilt(tuple(holdings), cash)


def _warn_of_foreign_cash(context: Context, record: Record, holding: Holding, account: Account) -> None:
    amount = Amount(holding.value, holding.currency)
    message = Message("input.foreign_cash", amount=amount, currency=holding.currency, own=account.currency)
    context.warn(record.place("currency"), message, Message("input.may_be_spent", account=account.name))


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
        hint = nearest(name, by_name) or Message("input.add_it_there")
        context.not_in(record, "account", name, ACCOUNTS, hint)
    else:
        missing = Message("input.missing", column=record.noun("account"))
        context.error(place, missing, Message("input.say_which_account"))
    return None


def _holding(
    context: Context,
    record: Record,
    account: Account | None,
    by_code: Mapping[str, Target],
    base: str,
) -> Holding | None:
    if not record.text("code") and "code" not in record.wrong:
        missing = Message("input.missing", column=record.noun("code"))
        context.error(record.place("code"), missing, Message("input.write_code_or_cash"))
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
        context.error(record.place(key), below_minimum(record.noun(key), record.number(key) or ZERO))
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
        columns = {key: record.noun(key) for key in ("quantity", "price")}
        message = Message(
            "input.value_not_product", column=record.noun("value"), value=value, product=product, **columns
        )
        hint = Message("input.clear_or_fix_others", column=record.noun("value"))
        context.error(record.place("value"), message, hint)
    return product


def _report_no_value(context: Context, record: Record, code: str) -> None:
    missing = "quantity" if record.number("quantity") is None else "price"
    message = Message("input.missing_of", column=record.noun(missing), code=code)
    hint = Message("input.fill_it_or", column=HOLDINGS.field("value").title)
    context.error(record.place(missing), message, hint)


def _price(record: Record, value: Decimal) -> Decimal | None:
    quantity, price = record.number("quantity"), record.number("price")
    if price:
        return price
    return value / quantity if quantity and value else None


def _check_price(context: Context, record: Record, holding: Holding, others: list[Holding]) -> None:
    """One asset has one price; two rows that differ are not both of today. A price of 0 is rarely meant."""
    if record.number("price") == 0 and holding.quantity:
        message = Message("input.price_0", column=record.noun("price"), code=holding.code)
        context.warn(record.place("price"), message, Message("input.fill_in_price"))
    same = [h for h in others if h.code == holding.code and h.currency == holding.currency and record.number("price")]
    other = next((h.price for h in same if h.price is not None and h.price != holding.price), None)
    if other is not None:
        message = Message(
            "input.price_differs",
            column=record.noun("price"),
            price=holding.price or ZERO,
            code=holding.code,
            other=_AS_SHOWN.plus(other),
        )
        context.warn(record.place("price"), message, Message("input.each_row_counts"))


def _check_code(context: Context, record: Record, holding: Holding, by_code: Mapping[str, Target]) -> None:
    if holding.code in by_code:
        return
    padded = holding.code.zfill(6)
    if padded in by_code and isinstance(record.raw["code"].value, (int, float)):
        hint = Message("input.is_it", code=padded)
    else:
        hint = Message("input.add_target_0")
    context.not_in(record, "code", holding.code, TARGETS, hint)
