"""Accounts, their currency, and the household's base currency."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Account, AccountType, Group, Target
from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ZERO, as_amount
from xlrebal.tables.schema import ACCOUNTS, GROUPS, HOLDINGS, TARGETS

if TYPE_CHECKING:
    from decimal import Decimal

    from xlrebal.tables.builders.context import Context
    from xlrebal.tables.records import Record
    from xlrebal.tables.settings import SettingsRead

_TYPES = {
    **{t.value: t.value for t in AccountType},
    "일반": "taxable",
    "위탁": "taxable",
    "연금저축": "pension",
    "연금": "pension",
    "퇴직연금": "IRP",
}
_METHODS = {"이동평균": "average", "선입선출": "fifo", "후입선출": "lifo"}
_DEFAULT_NAME = "Main"


def find_base_currency(context: Context, settings: SettingsRead) -> str:
    """Return the base currency: the setting, or the only currency that the workbook names.

    With none or several an error is reported, for a guess could misprice everything.
    """
    given = settings.text("base_currency")
    if given:
        return given
    for table in (ACCOUNTS, HOLDINGS, TARGETS):
        named = {r.text("currency").upper() for r in context.records(table)} - {""}
        if len(named) == 1:
            return named.pop()
        if named:
            break
    mend = "add the setting base_currency, for example KRW"
    context.error(settings.place("base_currency"), "the base currency is not set", mend)
    return ""


def build_accounts(context: Context, base: str, targets: tuple[Target, ...]) -> tuple[Account, ...]:
    """Return the accounts; without an Accounts table, those that Holdings names."""
    records = [r for r in context.records(ACCOUNTS) if context.needs(r, "account")]
    if not records:
        return _implied(context, base)
    accounts: dict[str, Account] = {}
    for record in records:
        account = _account(context, record, base)
        if account.name in accounts:
            context.error(record.place("account"), f"account {account.name} is there twice", "keep one row")
        accounts[account.name] = account
        warn_of_overdraft(context, record.place("cash"), account, account.cash)
        _check_only(context, record, account, targets)
    return tuple(accounts.values())


def warn_of_overdraft(context: Context, place: str, account: Account, cash: Decimal) -> None:
    """Say that an account owes its broker money; nothing is sold for it, and what is paid in fills it up first."""
    if cash < 0:
        message = f"the cash of {account.name} is {as_amount(cash, account.currency)}: it counts as 0"
        context.warn(place, message, "correct it to what your broker says, or pay it in")


def _implied(context: Context, base: str) -> tuple[Account, ...]:
    names = dict.fromkeys(r.text("account") for r in context.records(HOLDINGS) if r.text("account"))
    return tuple(Account(name, base) for name in names) or (Account(_DEFAULT_NAME, base),)


def _account(context: Context, record: Record, base: str) -> Account:
    return Account(
        name=record.text("account"),
        currency=record.text("currency").upper() or base,
        owner=record.text("owner"),
        type=AccountType(context.choice(record, "type", _TYPES, "taxable")),
        cash=record.number("cash") or ZERO,
        contribution=record.number("contribution") or ZERO,
        reserve=record.number("reserve") or ZERO,
        limit_left=record.number("limit_left"),
        only=frozenset(part.strip() for part in record.text("only").split(",") if part.strip()),
        commission_rate=record.number("commission_rate"),
        fractional=record.flag("fractional") or False,
        lot_method=_lot_method(context, record),
    )


def _lot_method(context: Context, record: Record) -> LotMethod | None:
    word = context.choice(record, "lot_method", {method.value: method.value for method in LotMethod} | _METHODS, "")
    return LotMethod(word) if word else None


def _check_only(context: Context, record: Record, account: Account, targets: tuple[Target, ...]) -> None:
    known = {t.code for t in targets} | {t.group for t in targets}
    known |= {r.text("name") for r in context.records(GROUPS)}
    for word in sorted(account.only - known):
        context.error(record.place("only"), f"{word} is neither a code nor a group of Targets")
    limit = account.limit_left
    if limit is not None and account.contribution > limit:
        message = f"contribution {account.contribution:,f} is above the limit left of {limit:,f}"
        context.error(record.place("contribution"), message)


def with_inner_groups(accounts: tuple[Account, ...], groups: tuple[Group, ...]) -> tuple[Account, ...]:
    """Return the accounts; one that may hold a group may hold the groups inside it."""
    return tuple(replace(a, only=_widened(a.only, groups)) if a.only else a for a in accounts)


def _widened(only: frozenset[str], groups: tuple[Group, ...]) -> frozenset[str]:
    wider = only | {group.name for group in groups if group.parent in only}
    return wider if wider == only else _widened(wider, groups)
