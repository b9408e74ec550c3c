"""Record: orders marked as executed go to Trades, and holdings, lots and cash roll forward, all in one step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.app.planning import policy_of
from xlrebal.app.reading import ORDERS, language_of, read
from xlrebal.domain.message import Amount, Message
from xlrebal.domain.quantities import ZERO, exact, round_money
from xlrebal.domain.recording import CASH_FLOW, HARVEST
from xlrebal.domain.review import Rebalance
from xlrebal.engine.fills import as_filled
from xlrebal.engine.problem import state_positions
from xlrebal.engine.recording import apply_executions
from xlrebal.engine.today.paid_in import announced
from xlrebal.engine.today.valuation import value_household, worst_drift
from xlrebal.errors import Finding, InputError
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.logs import REBALANCE_LOG
from xlrebal.tables.contract.schema import ACCOUNTS, TRADES
from xlrebal.tables.edit.recording import RecordingEditor, log_table
from xlrebal.tables.read.executed import column_title, read_executed
from xlrebal.tables.read.parse import parse
from xlrebal.tables.write.wording import given_cash, trigger_of
from xlrebal.workbook.cells import Changeset

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from decimal import Decimal

    from xlrebal.domain.household import Household, Trade
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.recording import Recording
    from xlrebal.engine.fills import Corrected
    from xlrebal.tables.read.executed import Marked
    from xlrebal.tables.read.parse import Parsed
    from xlrebal.workbook.cells import RawGrid, TableWrite
    from xlrebal.workbook.port import WorkbookPort

_SHEETS = (ORDERS, "Harvest")


@dataclass(frozen=True)
class Recorded:
    """What was recorded: trades, the line of the log (None when nothing was marked), warnings, the whole log."""

    trades: tuple[Trade, ...]
    line: Rebalance | None
    warnings: tuple[Finding, ...]
    log: TableWrite | RawGrid | None


def record(workbook: WorkbookPort, day: dt.date, note: str = "") -> Recorded:
    """Record every order that is marked as executed; write nothing when there is none.

    The marks become ``recorded`` in the same step, so that a second run finds nothing to do.

    Args:
        workbook: The workbook.
        day: Day of the trades.
        note: Remark for the record and the log.

    Raises:
        InputError: For a wrong workbook, or an executed order that cannot have happened.
        FileError: When the file cannot be read or written, or a cell to be changed holds a formula.

    """
    inputs, ours = read(workbook, (*_SHEETS, "Summary", "History", REBALANCE_LOG.name))
    given = given_cash(ours.get("Summary"))
    parsed = parse(inputs, day, new_cash=given[0] if given else None)
    policy, _ = policy_of(parsed, day)
    trigger = trigger_of(ours.get("Summary"))
    sheets = [(ours[name], trigger if name == ORDERS else HARVEST) for name in _SHEETS if name in ours]
    marked = read_executed(sheets, parsed.household, _same_day(parsed.household, day))
    log, language = ours.get(REBALANCE_LOG.name), language_of(parsed, ours)
    if not marked:
        return Recorded((), None, parsed.warnings, log)
    with exact():
        marked, corrections = _as_filled(marked, parsed.household, policy)
        if all(one.execution.trigger == HARVEST for one in marked):
            trigger = HARVEST
        executions = [one.execution for one in marked]
        recording = apply_executions(parsed.household, policy, executions, day, trigger, note)
        editor = RecordingEditor(parsed, inputs, language, given[1] if given else "")
        editor.enter(recording, marked, day, trigger)
        editor.count_paid_in(ours.get("History"), _newly_there(parsed.household, policy, recording), day)
        spent = any(one.new_cash for one, _ in recording.paid_in)
        after = parse(editor.after(), day, new_cash=None if given is None else ZERO if spent else given[0])
        line = _line(parsed, after, recording, marked, day, "" if trigger == CASH_FLOW else trigger, note)
    table = log_table(line, log, parsed.household.base_currency, language)
    changes = Changeset(
        (*editor.new_tables, table),
        f.own_formats([parsed.household.base_currency]),
        editor.edits,
        editor.resizes,
        editor.widenings,
    )
    workbook.apply(changes)
    return Recorded(
        (*editor.deposits, *recording.trades), line, (*parsed.warnings, *corrections, *editor.warnings), table
    )


def _newly_there(household: Household, policy: Policy, recording: Recording) -> Decimal:
    """What of the household's value was announced and is there now, base currency."""
    paid = {one.account for one, _ in recording.paid_in if one.contribution}
    spent = any(one.new_cash for one, _ in recording.paid_in)
    accounts = tuple(replace(a, contribution=ZERO) if a.name in paid else a for a in household.accounts)
    rest = replace(policy, new_cash=ZERO) if spent else policy
    return announced(household, policy) - announced(replace(household, accounts=accounts), rest)


def _as_filled(
    marked: tuple[Marked, ...], household: Household, policy: Policy
) -> tuple[tuple[Marked, ...], list[Finding]]:
    """Let commission and withheld tax that are the plan's follow what was really traded, with a warning each."""
    positions = state_positions(household, policy)
    filled: list[Marked] = []
    warnings: list[Finding] = []
    unclear: list[Finding] = []
    for one in marked:
        order = one.execution
        found = as_filled(order, positions[order.account, order.code], policy.tax)
        if found.unclear:
            amount, base = column_title("amount"), column_title("amount (base)")
            hint = Message("record.correct_amounts", amount=amount, base=base)
            unclear.append(Finding(one.tax, Message("record.tax_unclear"), hint))
        warnings += _changed(found, one, household.base_currency)
        filled.append(replace(one, execution=found.execution))
    if unclear:
        raise InputError(unclear)
    return tuple(filled), warnings


def _changed(found: Corrected, one: Marked, base: str) -> Iterator[Finding]:
    order, now = one.execution, found.execution
    hint = Message("record.correct_trades", table=TRADES.title, column=ACCOUNTS.field("cash").title)
    for place, kind, old, new, currency in (
        (one.commission, "record.planned_commission", found.commission, now.commission, order.currency),
        (one.tax, "record.planned_tax", found.tax, now.withheld, base),
    ):
        if old is not None:
            yield Finding(place, Message(kind, planned=Amount(old, currency), recorded=Amount(new, currency)), hint)


def _same_day(household: Household, day: dt.date) -> list[Trade]:
    return [trade for trade in household.trades if trade.date == day]


def _line(
    before: Parsed,
    after: Parsed,
    recording: Recording,
    marked: tuple[Marked, ...],
    day: dt.date,
    trigger: str,
    note: str,
) -> Rebalance:
    household = before.household
    now = value_household(household, before.policy)
    then = value_household(after.household, after.policy)

    def total(amounts: list[tuple[Decimal, str]]) -> Decimal:
        return sum((round_money(a * household.rate(c), household.base_currency) for a, c in amounts), ZERO)

    return Rebalance(
        date=day,
        trigger=trigger,
        total_value=now.total,
        orders=len(marked),
        amount=total([(one.execution.amount, one.execution.currency) for one in marked]),
        commission=total([(one.execution.commission, one.execution.currency) for one in marked]),
        slippage=recording.slippage,
        tax=sum((one.execution.withheld for one in marked), ZERO),
        drift_before=worst_drift(now, household),
        drift_after=worst_drift(then, after.household),
        note=note,
    )
