"""Record: orders marked as executed go to Trades, and holdings, lots and cash roll forward, all in one step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.app.planning import policy_of
from xlrebal.app.reading import ORDERS, read, reads_korean
from xlrebal.domain.execution import CASH_FLOW, HARVEST
from xlrebal.domain.quantities import ZERO, as_amount, exact, round_money
from xlrebal.engine.booking import book
from xlrebal.engine.corrected import as_filled
from xlrebal.engine.paid_in import announced
from xlrebal.engine.problem import state_terms
from xlrebal.engine.valuation import value_household, worst_drift
from xlrebal.errors import Finding, InputError
from xlrebal.tables import formats as f
from xlrebal.tables.executed import read_executed
from xlrebal.tables.grid import Changeset
from xlrebal.tables.journal import LOG_TABLE, Journal, LogLine, log_table
from xlrebal.tables.korean import localised
from xlrebal.tables.parse import parse
from xlrebal.tables.report import given_cash, trigger_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from decimal import Decimal

    from xlrebal.domain.execution import Booked
    from xlrebal.domain.household import Household, Trade
    from xlrebal.domain.policy import Policy
    from xlrebal.engine.corrected import Corrected
    from xlrebal.tables.executed import Marked
    from xlrebal.tables.grid import RawGrid, TableWrite
    from xlrebal.tables.parse import Parsed
    from xlrebal.workbook.port import WorkbookPort

_SHEETS = (ORDERS, "Harvest")


@dataclass(frozen=True)
class Recorded:
    """What was recorded: the trades, the line of the log (None when nothing was marked), doubts, the whole log."""

    trades: tuple[Trade, ...]
    line: LogLine | None
    warnings: tuple[Finding, ...]
    log: TableWrite | RawGrid | None


def record(book_: WorkbookPort, day: dt.date, note: str = "") -> Recorded:
    """Record every order that is marked as executed; write nothing when there is none.

    The marks become ``recorded`` in the same step, so that a second run finds nothing to do.

    Args:
        book_: The workbook.
        day: Day of the trades.
        note: Remark for the record and the log.

    Raises:
        InputError: For a wrong workbook, or an executed order that cannot have happened.
        FileError: When the file cannot be read or written, or a cell to be changed holds a formula.

    """
    inputs, ours = read(book_, (*_SHEETS, "Summary", "History", LOG_TABLE))
    given = given_cash(ours.get("Summary"))
    parsed = parse(inputs, day, new_cash=given[0] if given else None)
    policy, _ = policy_of(parsed, day)
    trigger = trigger_of(ours.get("Summary"))
    sheets = [(ours[name], trigger if name == ORDERS else HARVEST) for name in _SHEETS if name in ours]
    marked = read_executed(sheets, parsed.household, _same_day(parsed.household, day))
    log = ours.get(LOG_TABLE)
    if not marked:
        return Recorded((), None, parsed.warnings, log)
    with exact():
        marked, doubts = _as_filled(marked, parsed.household, policy)
        if all(one.execution.trigger == HARVEST for one in marked):
            trigger = HARVEST
        executions = [one.execution for one in marked]
        booked = book(parsed.household, policy, executions, day, trigger, note)
        journal = Journal(parsed, inputs, given[1] if given else "")
        journal.enter(booked, marked, day, trigger)
        journal.count_paid_in(ours.get("History"), _newly_there(parsed.household, policy, booked), day)
        spent = any(one.new_cash for one, _ in booked.paid_in)
        after = parse(journal.after(), day, new_cash=None if given is None else ZERO if spent else given[0])
        line = _line(parsed, after, booked, marked, day, "" if trigger == CASH_FLOW else trigger, note)
    table = log_table(line, log, parsed.household.base_currency)
    changes = Changeset(
        (*journal.new_tables, table),
        f.own_formats([parsed.household.base_currency]),
        journal.edits,
        journal.growths,
        journal.widenings,
    )
    book_.apply(localised(changes, to_korean=reads_korean(parsed, ours)))
    return Recorded((*journal.deposits, *booked.trades), line, (*parsed.warnings, *doubts, *journal.warnings), table)


def _newly_there(household: Household, policy: Policy, booked: Booked) -> Decimal:
    """What of the household's value was announced and is there now, base currency."""
    paid = {one.account for one, _ in booked.paid_in if one.contribution}
    spent = any(one.new_cash for one, _ in booked.paid_in)
    accounts = tuple(replace(a, contribution=ZERO) if a.name in paid else a for a in household.accounts)
    rest = replace(policy, new_cash=ZERO) if spent else policy
    return announced(household, policy) - announced(replace(household, accounts=accounts), rest)


def _as_filled(
    marked: tuple[Marked, ...], household: Household, policy: Policy
) -> tuple[tuple[Marked, ...], list[Finding]]:
    """Let commission and withheld tax that are the plan's follow what was really traded, and say so."""
    terms = state_terms(household, policy)
    filled: list[Marked] = []
    said: list[Finding] = []
    unclear: list[Finding] = []
    for one in marked:
        order = one.execution
        found = as_filled(order, terms[order.account, order.code], policy.tax)
        if found.unclear:
            mend = "correct Amount and Amount (base) as well if the tax is what the broker took, or clear the tax"
            unclear.append(Finding(one.tax, "nobody can tell whether the tax is that of the planned order", mend))
        said += _changed(found, one, household.base_currency)
        filled.append(replace(one, execution=found.execution))
    if unclear:
        raise InputError(unclear)
    return tuple(filled), said


def _changed(found: Corrected, one: Marked, base: str) -> Iterator[Finding]:
    order, now = one.execution, found.execution
    mend = "correct Trades and Cash if your broker says otherwise"
    for place, name, old, new, currency in (
        (one.commission, "commission", found.commission, now.commission, order.currency),
        (one.tax, "tax", found.tax, now.withheld, base),
    ):
        if old is not None:
            was, recorded = as_amount(old, currency), as_amount(new, currency)
            yield Finding(place, f"the {name} of {was} was that of the planned order: {recorded} is recorded", mend)


def _same_day(household: Household, day: dt.date) -> list[Trade]:
    return [trade for trade in household.trades if trade.date == day]


def _line(
    before: Parsed, after: Parsed, booked: Booked, marked: tuple[Marked, ...], day: dt.date, trigger: str, note: str
) -> LogLine:
    household = before.household
    now = value_household(household, before.policy)
    then = value_household(after.household, after.policy)

    def total(amounts: list[tuple[Decimal, str]]) -> Decimal:
        return sum((round_money(a * household.rate(c), household.base_currency) for a, c in amounts), ZERO)

    return LogLine(
        date=day,
        trigger=trigger,
        total_value=now.total,
        orders=len(marked),
        amount=total([(one.execution.amount, one.execution.currency) for one in marked]),
        commission=total([(one.execution.commission, one.execution.currency) for one in marked]),
        slippage=booked.slippage,
        tax=sum((one.execution.withheld for one in marked), ZERO),
        drift_before=worst_drift(now, household),
        drift_after=worst_drift(then, after.household),
        note=note,
    )
