"""Exchange rates, lots, ex-dividend dates and the record of trades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import ExDate, Lot, Trade
from xlrebal.domain.quantities import ZERO
from xlrebal.tables.korean import KINDS
from xlrebal.tables.schema import EVENTS, FX, LOTS, TAX_RULES, TRADES

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from xlrebal.tables.builders.context import Context
    from xlrebal.tables.records import Record

_ACTIONS = {
    "BUY": "BUY",
    "매수": "BUY",
    "SELL": "SELL",
    "매도": "SELL",
    "DIVIDEND": "DIVIDEND",
    "배당": "DIVIDEND",
    "DEPOSIT": "DEPOSIT",
    "입금": "DEPOSIT",
    "WITHDRAWAL": "WITHDRAWAL",
    "출금": "WITHDRAWAL",
}

# Money paid in and out is of no asset.
_PAID = ("DEPOSIT", "WITHDRAWAL")


def build_fx(context: Context, base: str, as_of: dt.date, max_age_days: int | None) -> dict[str, Decimal]:
    """Return base currency for one unit of each currency; old rates are warned of."""
    rates: dict[str, Decimal] = {}
    for record in context.records(FX):
        if not context.needs(record, "currency", "rate"):
            continue
        currency, rate = record.text("currency").upper(), record.number("rate") or ZERO
        if not rate:
            context.error(record.place("rate"), f"the rate of {currency} is 0", f"write {base} for one {currency}")
        elif currency == base and rate != 1:
            context.error(record.place("rate"), f"the rate of the base currency {base} is not 1", "write 1")
        elif currency in rates:
            context.error(record.place("currency"), f"currency {currency} is there twice", "keep one row")
        rates[currency] = rate
        _check_age(context, record, currency, as_of, max_age_days)
    return rates


def _check_age(context: Context, record: Record, currency: str, as_of: dt.date, limit: int | None) -> None:
    date = record.date("date")
    if limit is not None and date is not None and (as_of - date).days > limit:
        context.warn(record.place("date"), f"the rate of {currency} is {(as_of - date).days} days old")


def build_lots(context: Context, accounts: set[str], codes: set[str]) -> tuple[Lot, ...]:
    """Return the lots; their accounts and codes must be known."""
    lots = []
    for record in context.records(LOTS):
        if not context.needs(record, "account", "code", "acquired", "quantity", "unit_cost"):
            continue
        _check_known(context, record, "account", accounts, "Accounts")
        _check_known(context, record, "code", codes, "Targets")
        context.positive(record, "fx_rate")
        acquired = record.date("acquired")
        if acquired is not None:
            lots.append(_lot(record, acquired))
    return tuple(lots)


def _lot(record: Record, acquired: dt.date) -> Lot:
    return Lot(
        account=record.text("account"),
        code=record.text("code"),
        acquired=acquired,
        quantity=record.number("quantity") or ZERO,
        unit_cost=record.number("unit_cost") or ZERO,
        fx_rate=record.number("fx_rate"),
        tax_base=record.number("tax_base"),
        turn=record.number("turn"),
        place=record.place("quantity"),
    )


def _check_known(context: Context, record: Record, key: str, known: set[str], where: str) -> None:
    if record.text(key) not in known:
        context.error(record.place(key), f"{key} {record.text(key)} is not in {where}", "correct it or add it there")


def build_ex_dates(context: Context) -> tuple[ExDate, ...]:
    """Return the known ex-dividend dates."""
    dates = []
    for record in context.records(EVENTS):
        date = record.date("date")
        if context.needs(record, "code", "date") and date is not None:
            dates.append(ExDate(record.text("code"), date))
    return tuple(dates)


def counts_as_cash(record: Record) -> bool:
    """Return whether a row of the record is money that came or went, so that its currency needs a rate."""
    action = _ACTIONS.get(record.text("action").upper(), "")
    return action == "DIVIDEND" or (action in _PAID and record.number("fx_rate") is None)


# A record that was made in a Korean workbook.
_TRIGGERS = {shown: name for name, shown in KINDS.items()}


def build_trades(context: Context) -> tuple[Trade, ...]:
    """Return the record of executed orders, in sheet order."""
    trades = []
    for record in context.records(TRADES):
        if not context.needs(record, "date", "action", "quantity", "price"):
            continue
        action = context.choice(record, "action", _ACTIONS, "")
        if action and action not in _PAID and not context.needs(record, "code"):
            continue
        date = record.date("date")
        if action and date is not None:
            trades.append(_trade(record, date, action))
    return tuple(trades)


def _trade(record: Record, date: dt.date, action: str) -> Trade:
    return Trade(
        date=date,
        action=action,
        code="" if action in _PAID else record.text("code"),
        quantity=record.number("quantity") or ZERO,
        price=record.number("price") or ZERO,
        account=record.text("account"),
        commission=record.number("commission") or ZERO,
        tax=record.number("tax") or ZERO,
        currency=record.text("currency").upper(),
        fx_rate=record.number("fx_rate"),
        trigger=_TRIGGERS.get(record.text("trigger"), record.text("trigger")),
        note=record.text("note"),
        gain=record.number("gain"),
        acquired=record.date("acquired"),
        place=record.place("date"),
    )


def build_tax_rules(context: Context) -> dict[str, Decimal]:
    """Return the family's own tax rules by name, such as ``deduction`` or ``overseas_listed.rate``."""
    rules: dict[str, Decimal] = {}
    for record in context.records(TAX_RULES):
        if not context.needs(record, "rule", "value"):
            continue
        name = "_".join(record.text("rule").casefold().split())
        if name in rules:
            context.error(record.place("rule"), f"rule {name} is there twice", "keep one row")
        rules[name] = record.number("value") or ZERO
    return rules
