"""What the law of an account's type means for this workbook: what it may hold, and what a withdrawal costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.message import Amount, Message
from xlrebal.errors import Finding
from xlrebal.tables.contract.schema import ACCOUNTS, HOLDINGS, TARGETS
from xlrebal.tables.read.targets import SAFE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from xlrebal.domain.account_rules import DomesticOnly
    from xlrebal.domain.plan import Withdrawal
    from xlrebal.tables.read.parse import Parsed
    from xlrebal.tables.read.records import Record


def check_risk(parsed: Parsed, caps: Mapping[str, Decimal]) -> tuple[Finding, ...]:
    """Return a warning where an account has a cap on risky assets and no asset is said to be safe."""
    household = parsed.household
    capped = [account.name for account in household.accounts if account.type in caps]
    if not capped or any(target.safe for target in household.targets):
        return ()
    message = Message("input.every_asset_risky", account=capped[0])
    hint = Message("input.add_risk", column=TARGETS.field("risk").title, safe=SAFE)
    return (Finding(parsed.corner(TARGETS), message, hint),)


def check_held(parsed: Parsed, rule: DomesticOnly) -> tuple[Finding, ...]:
    """Return a warning for each row of an asset in an account that may not buy it by law."""
    household, found = parsed.household, []
    accounts = {account.name: account for account in household.accounts}
    targets = {target.code: target for target in household.targets}
    held = {(h.account, h.code): h for h in household.holdings}
    for record in parsed.rows(HOLDINGS):
        holding = held.get((_account_of(parsed, record), record.text("code")))
        if holding is None or holding.code not in targets:
            continue
        account, target = accounts[holding.account], targets[holding.code]
        if rule.bars(account, target, holding.currency):
            kind = _type(account.type)
            message = Message("input.listed_abroad", asset=target.label, type=kind)
            found.append(Finding(record.place("code"), message, _check_what_it_is()))
    return tuple(found)


def _check_what_it_is() -> Message:
    names = {
        "type": ACCOUNTS.field("type"),
        "tax_class": TARGETS.field("tax_class"),
        "currency": TARGETS.field("currency"),
    }
    return Message("input.kept_not_bought", **{name: field.title for name, field in names.items()})


def _account_of(parsed: Parsed, record: Record) -> str:
    accounts = parsed.household.accounts
    return record.text("account") or (accounts[0].name if len(accounts) == 1 else "")


def check_withdrawals(parsed: Parsed, withdrawals: Iterable[Withdrawal]) -> tuple[Finding, ...]:
    """Return a warning for each account that money leaves at a price, at the cell that asks for it."""
    base = parsed.household.base_currency
    rows = {record.text("account"): record for record in parsed.rows(ACCOUNTS)}
    own = {account.name for account in parsed.household.accounts if account.contribution < 0}
    found = []
    for one in withdrawals:
        row = rows.get(one.account) if one.account in own else None
        cell = row.place("contribution") if row else parsed.setting_place("new_cash")
        kind = "input.taken_out_of_locked" if one.locked else "input.taken_out"
        message = Message(kind, amount=Amount(one.amount, base), account=one.account, type=_type(one.kind))
        found.append(Finding(cell, message, _tax_on(one, base)))
    return tuple(found)


def _tax_on(withdrawal: Withdrawal, base: str) -> Message:
    if withdrawal.tax is None:
        return Message("input.withdrawal_tax_unknown", source=withdrawal.source)
    kind = "input.withdrawal_tax_at_most" if withdrawal.upper_bound else "input.withdrawal_tax"
    return Message(kind, tax=Amount(withdrawal.tax, base), source=withdrawal.source)


def _type(kind: str) -> Message:
    """Return what families call a type of account."""
    return Message(f"plan.account_{kind}")
