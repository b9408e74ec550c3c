"""Accounts, their currency, and the household's base currency."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Account, AccountType, Group, LotMethod, Target
from xlrebal.domain.message import Amount, Message
from xlrebal.domain.quantities import ZERO
from xlrebal.tables.contract.schema import ACCOUNTS, GROUPS, HOLDINGS, TARGETS
from xlrebal.tables.contract.settings import setting_name

if TYPE_CHECKING:
    from decimal import Decimal

    from xlrebal.tables.contract.settings import SettingsRead
    from xlrebal.tables.read.context import Context
    from xlrebal.tables.read.records import Record

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
    hint = Message("input.add_base_currency", setting=setting_name("base_currency"))
    context.error(settings.place("base_currency"), Message("input.no_base_currency"), hint)
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
            context.twice(record, "account", account.name)
        accounts[account.name] = account
        warn_of_overdraft(context, record.place("cash"), account, account.cash)
        _check_allowed(context, record, account, targets)
    return tuple(accounts.values())


def warn_of_overdraft(context: Context, place: str, account: Account, cash: Decimal) -> None:
    """Say that an account owes its broker money; nothing is sold for it, and what is paid in fills it up first."""
    if cash < 0:
        message = Message("input.overdraft", account=account.name, cash=Amount(cash, account.currency))
        context.warn(place, message, Message("input.correct_or_pay_in"))


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
        contribution_room=record.number("contribution_room"),
        allowed=frozenset(part.strip() for part in record.text("allowed").split(",") if part.strip()),
        commission_rate=record.number("commission_rate"),
        fractional=record.flag("fractional") or False,
        lot_method=_lot_method(context, record),
    )


def _lot_method(context: Context, record: Record) -> LotMethod | None:
    word = context.choice(record, "lot_method", {method.value: method.value for method in LotMethod} | _METHODS, "")
    return LotMethod(word) if word else None


def _check_allowed(context: Context, record: Record, account: Account, targets: tuple[Target, ...]) -> None:
    known = {t.code for t in targets} | {t.group for t in targets}
    known |= {r.text("name") for r in context.records(GROUPS)}
    for word in sorted(account.allowed - known):
        message = Message("input.neither_code_nor_group", word=word, table=TARGETS.title)
        context.error(record.place("allowed"), message)
    limit = account.contribution_room
    if limit is not None and account.contribution > limit:
        paid_in, room = (ACCOUNTS.field(key).noun for key in ("contribution", "contribution_room"))
        amount = account.contribution
        message = Message("input.above_limit", column=paid_in, amount=amount, other=room, limit=limit)
        context.error(record.place("contribution"), message)


def with_inner_groups(accounts: tuple[Account, ...], groups: tuple[Group, ...]) -> tuple[Account, ...]:
    """Return the accounts; one that may hold a group may hold the groups inside it."""
    return tuple(replace(a, allowed=_widened(a.allowed, groups)) if a.allowed else a for a in accounts)


def _widened(allowed: frozenset[str], groups: tuple[Group, ...]) -> frozenset[str]:
    wider = allowed | {group.name for group in groups if group.parent in allowed}
    return wider if wider == allowed else _widened(wider, groups)
