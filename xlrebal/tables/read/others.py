"""Exchange rates, lots, ex-dividend dates and the record of trades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import Action, ExDate, Lot, Trade
from xlrebal.domain.message import Message
from xlrebal.domain.quantities import ZERO
from xlrebal.tables.contract.schema import ACCOUNTS, EVENTS, FX, LOTS, TARGETS, TAX_RULES, TRADES
from xlrebal.tables.contract.words import ACTIONS, TRIGGERS, both, code_of

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from xlrebal.tables.contract.schema import Table
    from xlrebal.tables.read.context import Context
    from xlrebal.tables.read.records import Record

_ACTIONS = {word: action for action, name in ACTIONS.items() for word in both(name)}


def build_fx(context: Context, base: str, as_of: dt.date, max_age_days: int | None) -> dict[str, Decimal]:
    """Return base currency for one unit of each currency; old rates are warned of."""
    rates: dict[str, Decimal] = {}
    for record in context.records(FX):
        if not context.needs(record, "currency", "rate"):
            continue
        currency, rate = record.text("currency").upper(), record.number("rate") or ZERO
        if not rate:
            hint = Message("input.write_rate", base=base, currency=currency)
            context.error(record.place("rate"), Message("input.currency_rate_is_0", currency=currency), hint)
        elif currency == base and rate != 1:
            message = Message("input.base_rate_not_1", currency=base)
            context.error(record.place("rate"), message, Message("input.write_1"))
        elif currency in rates:
            context.twice(record, "currency", currency)
        rates[currency] = rate
        _check_age(context, record, currency, as_of, max_age_days)
    return rates


def _check_age(context: Context, record: Record, currency: str, as_of: dt.date, limit: int | None) -> None:
    date = record.date("date")
    if limit is not None and date is not None and (as_of - date).days > limit:
        message = Message("input.old_rate", currency=currency, count=(as_of - date).days)
        context.warn(record.place("date"), message)


def build_lots(context: Context, accounts: set[str], codes: set[str]) -> tuple[Lot, ...]:
    """Return the lots; their accounts and codes must be known."""
    lots = []
    for record in context.records(LOTS):
        if not context.needs(record, "account", "code", "acquired", "quantity", "unit_cost"):
            continue
        _check_known(context, record, "account", accounts, ACCOUNTS)
        _check_known(context, record, "code", codes, TARGETS)
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
        sell_order=record.number("sell_order"),
        place=record.place("quantity"),
    )


def _check_known(context: Context, record: Record, key: str, known: set[str], table: Table) -> None:
    if record.text(key) not in known:
        context.not_in(record, key, record.text(key), table, Message("input.correct_or_add"))


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
    action = _ACTIONS.get(record.text("action").upper())
    if action is None or action.is_order:
        return False
    return action is Action.DIVIDEND or record.number("fx_rate") is None


def build_trades(context: Context) -> tuple[Trade, ...]:
    """Return the record of executed orders, in sheet order."""
    trades = []
    for record in context.records(TRADES):
        if not context.needs(record, "date", "action", "quantity", "price"):
            continue
        word = context.choice(record, "action", _ACTIONS, "")
        action = Action(word) if word else None
        if action is not None and not action.is_transfer and not context.needs(record, "code"):
            continue
        date = record.date("date")
        if action is not None and date is not None:
            trades.append(_trade(record, date, action))
    return tuple(trades)


def _trade(record: Record, date: dt.date, action: Action) -> Trade:
    return Trade(
        date=date,
        action=action,
        code="" if action.is_transfer else record.text("code"),
        quantity=record.number("quantity") or ZERO,
        price=record.number("price") or ZERO,
        account=record.text("account"),
        commission=record.number("commission") or ZERO,
        tax=record.number("tax") or ZERO,
        currency=record.text("currency").upper(),
        fx_rate=record.number("fx_rate"),
        trigger=code_of(record.text("trigger"), TRIGGERS),
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
            context.twice(record, "rule", name)
        rules[name] = record.number("value") or ZERO
    return rules
