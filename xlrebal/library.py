"""The functions of ``import xlrebal``: plan a household; read, plan and update a workbook file; the JSON of a plan."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlrebal.app.inputs import Inputs, read_inputs
from xlrebal.app.planning import Outcome, Request, calculate
from xlrebal.app.planning import update as update_book
from xlrebal.domain.household import CASH
from xlrebal.domain.quantities import ONE, exact
from xlrebal.engine.plan import make_plan
from xlrebal.engine.today.triggers import watches_schedule
from xlrebal.errors import InputError, XlrebalError
from xlrebal.law.exchange_days import closed_days, years_around
from xlrebal.workbook.headless import HeadlessWorkbook

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from xlrebal.domain.household import Household
    from xlrebal.domain.plan import Plan
    from xlrebal.domain.policy import Policy

__all__ = ["Inputs", "Outcome", "plan", "published_schema", "read", "to_json", "update"]

_SCHEMAS = Path(__file__).parent / "schemas"


def plan(household: Household, policy: Policy, day: dt.date) -> Plan:
    """Return the plan of a day. Reads and writes no workbook; the same arguments give the same plan.

    Args:
        household: What the family owns and wants. Amounts, prices and weights are ``Decimal``; weights are fractions.
        policy: When and how it rebalances. ``Policy(plan_now=True)`` plans whether or not a rebalance is due.
        day: The day of the plan.

    Raises:
        ValueError: When the household does not fit together: weights that do not add up to 1, a holding whose account
            or code is unknown, a currency without a rate; the message lists every problem. Also
            ``UnknownExchangeError``, a ValueError, for a schedule on an exchange that has no calendar.

    """
    if problems := list(_problems(household)):
        raise ValueError("; ".join(problems))
    return make_plan(household, _with_calendars(policy, day), day)


def _with_calendars(policy: Policy, day: dt.date) -> Policy:
    """The closed days of the exchanges that a plan looks at, where the caller has not given them."""
    years = years_around(day)
    if watches_schedule(policy) and not policy.closed_days:
        policy = replace(policy, closed_days=closed_days(policy.exchange, years))
    settlements = (one.settlement for one in policy.tax.classes.values()) if policy.tax else ()
    exchanges = {one.exchange for one in settlements if one} - set(policy.tax.closed_days if policy.tax else ())
    if policy.tax and exchanges:
        known = dict(policy.tax.closed_days) | {name: closed_days(name, years) for name in sorted(exchanges)}
        policy = replace(policy, tax=replace(policy.tax, closed_days=known))
    return policy


def read(
    path: str | os.PathLike[str], *, as_of: dt.date | None = None, rules: str | os.PathLike[str] | None = None
) -> Inputs:
    """Return what a workbook says: household, policy and warnings, complete for ``plan``.

    Args:
        path: The workbook, ``.xlsx`` or ``.xlsm``. It is not changed.
        as_of: The day whose tax rules and ages of prices count; None is today.
        rules: A rules file (YAML) that takes the place of the workbook's targets and settings.

    Raises:
        InputError: With every problem of the workbook or the rules, each with its cell.
        FileError: When the file cannot be read.

    """
    with closing(HeadlessWorkbook(Path(path))) as book:
        return read_inputs(book, as_of or _today(), _path(rules))


def update(
    path: str | os.PathLike[str],
    *,
    as_of: dt.date | None = None,
    now: bool = False,
    cash: Decimal | int | None = None,
    cash_only: bool = False,
    rules: str | os.PathLike[str] | None = None,
    reason: str = "",
    override: str = "",
    output: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Plan a workbook and write the results into it, as ``xlrebal update`` does.

    Args:
        path: The workbook, ``.xlsx`` or ``.xlsm``.
        as_of: The day of the plan; None is today.
        now: True plans a rebalance although none is due.
        cash: New cash in base currency, negative to take cash out; None leaves it to the workbook.
        cash_only: True plans purchases with the cash there is, whatever is due.
        rules: A rules file (YAML) that takes the place of the workbook's targets and settings.
        reason: Why the rules changed, for the log of rule changes.
        override: Why the orders of changed rules need not wait.
        output: Where to write a changed copy; None changes the workbook itself.
        dry_run: True writes nothing.

    Returns:
        The plan, the warnings, and what was or would be written.

    Raises:
        InputError: With every problem of the workbook or the rules, each with its cell. Nothing is written.
        FileError: When the file cannot be read or written. Nothing is written.
        TypeError: For cash that is a float: its digits would not be what the caller wrote.

    """
    if isinstance(cash, float):
        raise TypeError("give cash as an int or a Decimal, not as a float")
    new_cash = None if cash is None else Decimal(cash)
    request = Request(as_of or _today(), now, new_cash, cash_only, _path(rules), reason, override)
    return update_file(Path(path), request, output=_path(output), dry_run=dry_run)


def update_file(path: Path, request: Request, *, output: Path | None = None, dry_run: bool = False) -> Outcome:
    """Do the same for a request, as the command line has it. Arguments and errors are those of ``update``."""
    use_case = calculate if dry_run else update_book
    with closing(HeadlessWorkbook(path, output)) as book:
        return use_case(book, request)


def to_json(result: Outcome | Plan | XlrebalError, workbook: str = "") -> dict[str, Any]:
    """Return the object of schema ``xlrebal/1``, as ``xlrebal update --json`` prints it. ``json.dumps`` takes it.

    Args:
        result: What ``update`` or ``plan`` returned, or the error that either raised.
        workbook: The name to be given as ``workbook``.

    """
    from xlrebal.app import plan_json  # for those who want JSON

    if isinstance(result, XlrebalError):
        findings = result.findings if isinstance(result, InputError) else ()
        return plan_json.failure(workbook, findings, str(result))
    if isinstance(result, Outcome):
        return plan_json.success(workbook, result.plan, result.warnings)
    return plan_json.success(workbook, result, ())


def published_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of ``xlrebal/1`` or ``xlrebal-log/1``. Raises KeyError for any other name."""
    import json  # for those who want a schema

    known = {path.stem: path for path in _SCHEMAS.glob("*.json")}
    schema: dict[str, Any] = json.loads(known[name.replace("/", "-")].read_text(encoding="utf-8"))
    return schema


def _path(given: str | os.PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


def _problems(household: Household) -> Iterator[str]:
    """What a workbook could not say, for parsing a workbook finds it first."""
    if not household.accounts:
        yield "there is no account"
    with exact():
        total = sum(target.weight for target in household.targets)
    if total != ONE:
        yield f"the weights of the targets add up to {total}, not to 1"
    for what, names in (
        ("account", [account.name for account in household.accounts]),
        ("target", [target.code for target in household.targets]),
    ):
        yield from (f"{what} {name} appears twice" for name in dict.fromkeys(names) if names.count(name) > 1)
    accounts = {account.name for account in household.accounts}
    codes = {target.code for target in household.targets} | household.mixed_funds | {CASH}
    for holding in household.holdings:
        if holding.account not in accounts:
            yield f"holding {holding.code} names the unknown account {holding.account}"
        if holding.code not in codes:
            yield f"holding {holding.code} has no target; one of weight 0 will do"
    yield from _missing_rates(household)


def _missing_rates(household: Household) -> Iterator[str]:
    used = [a.currency for a in household.accounts] + [h.currency for h in household.holdings]
    used += [t.currency for t in household.targets if t.currency]
    for currency in dict.fromkeys(used):
        if currency != household.base_currency and currency not in household.fx:
            yield f"there is no rate for {currency}"
