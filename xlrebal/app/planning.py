"""Plan: say what is due and what to order, and write it into the workbook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.app.reading import ORDERS, language_of, read
from xlrebal.domain.household import AccountType
from xlrebal.domain.message import Message
from xlrebal.domain.policy import Method, Policy
from xlrebal.engine.plan import make_plan
from xlrebal.engine.tax.year_tax import tax_currency
from xlrebal.engine.today.paid_in import announced
from xlrebal.engine.today.triggers import watches_schedule
from xlrebal.errors import Finding, InputError
from xlrebal.language import ENGLISH, render
from xlrebal.law.exchange_days import UnknownExchangeError, closed_days, years_around
from xlrebal.tables.contract.own_rates import ORDER_TABLES, with_own_rates
from xlrebal.tables.contract.results import RESULTS
from xlrebal.tables.contract.schema import TAX_RULES
from xlrebal.tables.contract.words import SETTING_UP
from xlrebal.tables.read.account_checks import check_held, check_risk, check_withdrawals
from xlrebal.tables.read.hints import use
from xlrebal.tables.read.order_marks import check_marks
from xlrebal.tables.read.parse import Parsed, parse
from xlrebal.tables.read.tax_checks import (
    check_rate,
    check_tax,
    unkept_limit,
    unknown_gains,
    unknown_rule,
    unplaced_losses,
)
from xlrebal.tables.rules_file.change_log import LOG_NAME, LOG_TABLE, Circumstances, fingerprint, keep_log
from xlrebal.tables.rules_file.rules import rules_in
from xlrebal.tables.write.plan import blank, report

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from decimal import Decimal
    from pathlib import Path

    from xlrebal.domain.plan import Plan
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.tables.read.records import TableRecords
    from xlrebal.tables.rules_file.change_log import RuleLog
    from xlrebal.workbook.cells import Changeset
    from xlrebal.workbook.port import WorkbookPort

_HISTORY, _HARVEST = "History", "Harvest"
# Results that an update looks at before it writes: what it keeps, and what it keeps up to date where it is there.
_OURS = (_HISTORY, _HARVEST, "Gains", "Transfers", LOG_TABLE)


@dataclass(frozen=True)
class Request:
    """What the user asks for.

    Attributes:
        as_of: Day of the plan.
        plan_now: True to plan a rebalance that is not due.
        new_cash: Cash that comes in (negative: goes out), base currency; None leaves the setting.
        cash_only: True to plan purchases with the cash there is, whatever the trigger says.
        rules: Rules file that takes the place of the workbook's targets and settings.
        reason: Why the rules changed, for the log of rule changes.
        override: Why the orders of changed rules need not wait.

    """

    as_of: dt.date
    plan_now: bool = False
    new_cash: Decimal | None = None
    cash_only: bool = False
    rules: Path | None = None
    reason: str = ""
    override: str = ""


@dataclass(frozen=True)
class Outcome:
    """The plan, the warnings about the input, what would be written, and the language of the workbook."""

    plan: Plan
    warnings: tuple[Finding, ...]
    changes: Changeset
    language: str


def calculate(book: WorkbookPort, request: Request) -> Outcome:
    """Return the plan of a workbook without writing anything.

    Raises:
        InputError: With every problem of the workbook or the rules.
        FileError: When the file cannot be read.

    """
    rules = given_rules(request.rules)
    inputs, ours = read(book, _OURS)
    parsed = parse(inputs, request.as_of, rules, request.new_cash)
    policy, warnings = _policy(parsed, request)
    rules_now = rules_in(parsed.tables)
    traded = bool(parsed.household.trades)
    now = Circumstances(request.as_of, policy.cooldown_days, traded, request.reason, request.override)
    log = keep_log(ours.get(LOG_TABLE), rules_now, now)
    policy = replace(policy, waiting_until=log.waiting_until, fingerprint=fingerprint(rules_now))
    plan = _plan(parsed, policy, request.as_of)
    language = language_of(parsed, ours)
    warnings += _waiting(log, render(LOG_NAME, language))
    warnings += check_marks(ours[name] for name in (ORDERS, _HARVEST) if name in ours)
    warnings += check_withdrawals(parsed, plan.withdrawals)
    if plan.tax is not None:
        warnings += unknown_gains(plan.tax.unknown, parsed)
        warnings += unplaced_losses(parsed, plan.tax.unplaced, tax_currency(parsed.household, policy.tax))
        warnings += unkept_limit(parsed, plan)
    changes = report(
        plan,
        language,
        ours.get(_HISTORY),
        present=frozenset(ours),
        given=request.new_cash,
        announced=announced(parsed.household, policy),
    )
    changes = with_own_rates(changes, ours, {a.name: a.currency for a in parsed.household.accounts}, language)
    changes = replace(changes, tables=(*changes.tables, log.table(language)))
    return Outcome(plan, warnings, changes, language)


def _waiting(log: RuleLog, sheet: str) -> tuple[Finding, ...]:
    """Return what changed, and until when its orders wait, as warnings that point to the sheet of the log."""
    found = [
        Finding(
            sheet,
            Message("rules.changed", rule=change.rule, old=change.old or Message("rules.nothing"), new=change.new),
            Message("rules.because", reason=change.reason) if change.reason else Message("rules.no_reason"),
        )
        for change in log.fresh
        if change.reason != SETTING_UP
    ]
    if log.waiting_until:
        message = Message("rules.orders_wait", date=log.waiting_until)
        found.append(Finding(sheet, message, Message("rules.override")))
    return tuple(found)


def update(book: WorkbookPort, request: Request) -> Outcome:
    """Plan, and write the result tables into the workbook. Raises as ``calculate`` does."""
    outcome = calculate(book, request)
    book.apply(outcome.changes)
    return outcome


def clear(book: WorkbookPort) -> tuple[str, ...]:
    """Empty the result tables that the workbook has, and return their names.

    What is kept over the years (History, RuleChanges) stays. Nothing is emptied when something is wrong.

    Raises:
        InputError: For orders that are marked as executed and not recorded: their trades would be lost.
        FileError: When a table is not as xlrebal made it, or the file cannot be written.

    """
    names = [name for name in RESULTS if name not in (_HISTORY, LOG_TABLE)]
    found = {name: grid for name, grid in book.read({name: (name,) for name in names}).items() if grid.is_table}
    check_marks(found[name] for name in ORDER_TABLES if name in found)
    # The headers of a table stay as they are: every column is known by those of both languages.
    changes = blank((name for name in names if name in found), ENGLISH)
    book.apply(with_own_rates(changes, found, {}, ENGLISH))
    return tuple(name for name in names if name in found)


def given_rules(file: Path | None) -> dict[str, TableRecords]:
    """Return the tables of a rules file; none without one. Raises ``InputError`` and ``FileError``."""
    if file is None:
        return {}
    from xlrebal.tables.rules_file.yaml_read import read_rules  # needed with --rules only

    return read_rules(file)


def _policy(parsed: Parsed, request: Request) -> tuple[Policy, tuple[Finding, ...]]:
    policy, warnings = policy_of(parsed, request.as_of)
    policy = replace(policy, plan_now=request.plan_now)
    return (replace(policy, method=Method.CASH_ONLY) if request.cash_only else policy), warnings


def policy_of(parsed: Parsed, as_of: dt.date) -> tuple[Policy, tuple[Finding, ...]]:
    """Return a workbook's policy with the rules of its accounts and of its tax country, and every warning so far."""
    policy, warnings = parsed.policy, parsed.warnings
    if any(account.type is not AccountType.TAXABLE for account in parsed.household.accounts):
        from xlrebal.law.loader import load_account_rules, load_risk_caps  # needed with special accounts only

        policy = replace(policy, risk_caps=load_risk_caps(as_of), account_rules=load_account_rules(as_of))
        warnings += check_risk(parsed, policy.risk_caps) + check_held(parsed, policy.account_rules.domestic_only)
    if parsed.tax_country == "none":
        return policy, warnings
    rules = _tax_rules(parsed, as_of)
    check_rate(parsed, rules)
    return replace(policy, tax=rules), warnings + check_tax(parsed, rules, as_of)


def _tax_rules(parsed: Parsed, as_of: dt.date) -> TaxRules:
    from xlrebal.law.loader import OwnFigures, UnknownRuleError, load_tax_rules  # needed with a tax country only

    policy = parsed.policy
    rates = {"short_term_rate": policy.short_term_rate, "long_term_rate": policy.long_term_rate}
    source = Message("rules.own_tax_rules", table=TAX_RULES.title)
    own = OwnFigures(rates, policy.taxable_income, policy.filing_status, parsed.tax_rules, source)
    try:
        rules = load_tax_rules(parsed.tax_country, as_of, own)
    except UnknownRuleError as error:
        raise unknown_rule(parsed, *error.args) from None
    used = {target.tax_class for target in parsed.household.targets}
    settlements = [c.settlement for name, c in rules.classes.items() if name in used and c.settlement]
    years = {*years_around(as_of), *(t.date.year + n for t in parsed.household.trades for n in (0, 1))}
    closed = {s.exchange: closed_days(s.exchange, sorted(years)) for s in settlements}
    return replace(rules, closed_days=closed)


def _plan(parsed: Parsed, policy: Policy, as_of: dt.date) -> Plan:
    return make_plan(parsed.household, with_calendar(policy, parsed, as_of), as_of)


def with_calendar(policy: Policy, parsed: Parsed, as_of: dt.date) -> Policy:
    """Return the policy with the holidays that its schedule needs around a day. Raises ``InputError`` as below."""
    return closed_days_of(policy, parsed, years_around(as_of)) if watches_schedule(policy) else policy


def closed_days_of(policy: Policy, parsed: Parsed, years: Iterable[int]) -> Policy:
    """Return the policy with the holidays of its exchange. Raises ``InputError`` for an exchange without a calendar."""
    try:
        return replace(policy, closed_days=closed_days(policy.exchange, years))
    except UnknownExchangeError as error:
        raise _unknown_exchange(parsed, error) from None


def _unknown_exchange(parsed: Parsed, error: UnknownExchangeError) -> InputError:
    message = Message("input.no_calendar", exchange=str(error))
    return InputError([Finding(parsed.setting_place("exchange"), message, use(("XKRX", "XNYS")))])
