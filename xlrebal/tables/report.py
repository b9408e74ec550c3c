"""The plan as result tables: one changeset, the same for every host."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal import __version__
from xlrebal.domain.execution import CASH_FLOW
from xlrebal.domain.household import CASH
from xlrebal.domain.plan import DriftLine, GainLine, Order, Plan, Skip, Status, TaxItem, TaxLoss
from xlrebal.domain.quantities import ZERO, as_percent
from xlrebal.errors import Finding, InputError
from xlrebal.tables import formats as f
from xlrebal.tables import korean
from xlrebal.tables.convert import exact_number
from xlrebal.tables.executed import RECORDED, is_executed, marks
from xlrebal.tables.grid import Cell, Changeset, Highlight, TableWrite, Tone
from xlrebal.tables.history import history_rows
from xlrebal.tables.results import HISTORY_SHEET, ORDERS, RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.tables.grid import RawGrid

_PLANNED = "planned"
_GIVEN_CASH = "New cash given"
_DUE = "rebalance due"
_WAITING = "waiting until"

_DRIFT_TONES = (
    Highlight("Status", Status.OVER, Tone.WARN),
    Highlight("Status", Status.UNDER, Tone.WARN),
    Highlight("Status", Status.IN_BAND, Tone.GOOD),
)
_ORDER_TONES = (Highlight("Action", "SELL", Tone.BAD), Highlight("Action", "BUY", Tone.GOOD))


def report(
    plan: Plan,
    history: RawGrid | None = None,
    *,
    present: frozenset[str] = frozenset(),
    given: Decimal | None = None,
    announced: Decimal = ZERO,
) -> Changeset:
    """Return everything a plan writes.

    Args:
        plan: The plan.
        history: The History table as it stands; its rows are kept, today's is replaced.
        present: Result tables that the workbook has. Some are made only where they have something to say (transfers
            between several accounts, gains and harvests under tax rules), but kept up to date once they are there.
        given: New cash that was given for this plan alone and stands in no setting, base currency.
        announced: What of the plan's value is announced and not there yet, base currency; History leaves it out.

    """
    base, several, taxed = plan.base_currency, len(plan.accounts) > 1, plan.tax is not None
    optional = [
        *([_table("Gains", _gain_rows(plan), base)] if taxed or "Gains" in present else []),
        *([_table("Harvest", _harvest_rows(plan), base, _ORDER_TONES)] if taxed or "Harvest" in present else []),
        *([_table("Transfers", _transfer_rows(plan), base)] if several or "Transfers" in present else []),
    ]
    return Changeset(
        (
            _table("Drift", list(map(_drift_row, plan.drift)), base, _DRIFT_TONES),
            _table("Orders", _order_rows(plan), base, _ORDER_TONES),
            _table("Skipped", _skip_rows(plan), base),
            _table("TaxLoss", _tax_loss_rows(plan), base),
            *optional,
            _table("Summary", _summary_rows(plan, given), base, landscape=False),
            _history(plan, history, announced),
        ),
        f.own_formats([base, *(order.currency for order in plan.orders), "KRW", "USD"]),
    )


def _history(plan: Plan, history: RawGrid | None, announced: Decimal) -> TableWrite:
    """A table that was made before rules had a fingerprint goes on without that column."""
    write = _table("History", history_rows(plan, history, announced), plan.base_currency, sheet=HISTORY_SHEET)
    headers = [cell.value for cell in history.rows[0]] if history and history.is_table and history.rows else []
    if not headers or {"Rules", korean.HEADERS["Rules"]} & set(headers):
        return write
    return replace(write, columns=write.columns[:-1], rows=tuple(row[:-1] for row in write.rows))


def blank(names: Iterable[str]) -> Changeset:
    """Return the changes that leave some result tables with one empty row."""
    rows = {name: ((Cell(None),) * len(RESULTS[name]),) for name in names}
    return Changeset(tuple(TableWrite(name, name, RESULTS[name], row) for name, row in rows.items()))


def _table(
    name: str,
    rows: list[tuple[Cell, ...]],
    base: str,
    tones: tuple[Highlight, ...] = (),
    sheet: str = "",
    *,
    landscape: bool = True,
) -> TableWrite:
    columns, cells = f.in_columns(RESULTS[name], rows, base)
    return TableWrite(name, sheet or name, columns, cells, tones, landscape)


def _drift_row(line: DriftLine) -> tuple[Cell, ...]:
    target = line.target
    return (
        f.text(target.group),
        f.text(target.label),
        f.text(target.code),
        f.number(line.value),
        f.number(line.weight),
        f.number(target.weight),
        f.number(line.minimum),
        f.number(line.maximum),
        f.number(line.drift),
        f.text(line.status),
        f.number(line.value_after),
        f.number(line.weight_after),
        f.number(line.drift_after),
    )


def _order_rows(plan: Plan) -> list[tuple[Cell, ...]]:
    if not plan.orders:
        blank = [Cell(None)] * len(ORDERS)
        blank[13] = f.text(no_orders(plan))
        return [tuple(blank)]
    return [_order_row(number, order, plan) for number, order in enumerate(plan.orders, 1)]


def no_orders(plan: Plan) -> str:
    """Return the sentence that stands in an empty order sheet: why, and when the next check is."""
    next_day = plan.trigger.next_scheduled
    check = plan.trigger.next_check
    if next_day:
        when = f"Next scheduled check: {next_day.isoformat()}."
    else:
        when = f"Next check: {check.isoformat()}." if check else "No date is scheduled; check as usual."
    return f"No orders: {_why_none(plan)}. {when}"


def _why_none(plan: Plan) -> str:
    """Why there is nothing to do, or where something is to be done why nothing can be."""
    barred = dict.fromkeys(skip.reason for skip in plan.skipped if plan.trigger.due or skip.target.code == CASH)
    if barred:
        return f"nothing can be traded: {'; '.join(barred)}"
    return "every asset is on its target" if plan.trigger.due else plan.trigger.reason


def check_marks(sheets: Iterable[RawGrid]) -> tuple[Finding, ...]:
    """Return a warning for marks that the next order sheet replaces.

    Raises ``InputError`` for orders that are marked as executed and not recorded: their trades would be lost.
    """
    marked = [(grid, number, column, cell) for grid in sheets for number, column, cell in marks(grid)]
    lost = [grid.address(number, column) for grid, number, column, cell in marked if is_executed(cell)]
    if lost:
        message = f"{_orders(len(lost))} marked as executed and not recorded yet"
        raise InputError([Finding(lost[0], message, "record them first (xlrebal record), or clear the marks")])
    own = (_PLANNED, RECORDED, _WAITING, korean.PLANNED, korean.RECORDED, korean.WAITING)
    other = [
        grid.address(number, column)
        for grid, number, column, cell in marked
        if not cell.is_blank and not str(cell.value).startswith(own)
    ]
    if not other:
        return ()
    return (Finding(other[0], f"the marks on {_orders(len(other))} of the last plan are replaced"),)


def _orders(count: int) -> str:
    return f"{count} order{'s' * (count > 1)}"


def status(plan: Plan) -> str:
    """Return the mark of a new order: planned, or waiting where rules were changed lately."""
    return f"{_WAITING} {plan.waiting_until.isoformat()}" if plan.waiting_until else _PLANNED


def _order_row(number: int, order: Order, plan: Plan) -> tuple[Cell, ...]:
    return (Cell(number), *_order_cells(order), f.text(order.reason), f.text(status(plan)))


def _order_cells(order: Order) -> tuple[Cell, ...]:
    return (
        f.text(order.account),
        f.text(order.action),
        f.text(order.target.label),
        f.text(order.target.code),
        f.number(order.quantity),
        f.number(order.price),
        f.text(order.currency),
        f.number(order.amount),
        f.number(order.amount_base),
        f.number(order.commission),
        f.number(order.slippage),
        f.number(order.tax),
    )


def _skip_rows(plan: Plan) -> list[tuple[Cell, ...]]:
    if not plan.skipped:
        return [(*[Cell(None)] * 4, f.text("Nothing was left out."))]
    return list(map(_skip_row, plan.skipped))


def _skip_row(skip: Skip) -> tuple[Cell, ...]:
    return (
        f.text(skip.account),
        f.text(skip.target.label),
        f.text(skip.target.code),
        f.number(skip.wanted),
        f.text(skip.reason),
    )


def _tax_loss_rows(plan: Plan) -> list[tuple[Cell, ...]]:
    if not plan.tax_loss:
        return [(Cell(None), f.text("No candidates."), *[Cell(None)] * 11)]
    return list(map(_tax_loss_row, plan.tax_loss))


def _tax_loss_row(loss: TaxLoss) -> tuple[Cell, ...]:
    return (
        f.text(loss.account),
        f.text(loss.target.label),
        f.text(loss.target.code),
        f.date(loss.lot),
        f.number(loss.quantity),
        f.number(loss.cost),
        f.number(loss.value),
        f.number(loss.loss),
        f.number(loss.loss_rate),
        f.number(loss.tax_saved),
        f.text(loss.replacement),
        f.text(loss.wash_sale),
        f.date(loss.do_not_buy_until),
    )


def _gain_rows(plan: Plan) -> list[tuple[Cell, ...]]:
    lines = plan.tax.gains if plan.tax else ()
    if not lines:
        return [(*[Cell(None)] * 4, f.text("No gains this year."), *[Cell(None)] * 11)]
    return list(map(_gain_row, lines))


def _gain_row(line: GainLine) -> tuple[Cell, ...]:
    return (
        f.text(line.state),
        f.date(line.date),
        f.date(line.settled),
        f.text(line.account),
        f.text(line.target.label),
        f.text(line.target.code),
        f.date(line.acquired),
        f.number(line.quantity),
        f.number(line.proceeds),
        f.number(line.cost),
        f.number(line.gain),
        f.number(line.washed or None),
        f.text(line.term),
        f.text(line.rule),
        f.number(line.tax),
        f.text(line.note),
    )


def _harvest_rows(plan: Plan) -> list[tuple[Cell, ...]]:
    if not plan.harvest:
        return [(*[Cell(None)] * 3, f.text("Nothing to harvest."), *[Cell(None)] * 13)]
    return [
        (
            Cell(one.pair),
            *_order_cells(one.order),
            f.number(one.gain),
            f.number(one.tax_saved),
            f.text(one.order.reason),
            f.text(status(plan)),
        )
        for one in plan.harvest
    ]


def _transfer_rows(plan: Plan) -> list[tuple[Cell, ...]]:
    if not plan.transfers:
        return [(*[Cell(None)] * 4, f.text("No transfer would help."))]
    return [
        (
            f.text(transfer.source),
            f.text(transfer.destination),
            f.number(transfer.amount),
            f.text(transfer.currency),
            f.text(transfer.reason),
        )
        for transfer in plan.transfers
    ]


def distance(plan: Plan) -> str:
    """Return in words how far the plan may be from the best one; empty where that was not worked out."""
    gap = plan.summary.distance_to_optimum
    if gap is None:
        return ""
    return f"at most {as_percent(gap)}" if gap else "none: no plan is better"


def verdict(plan: Plan) -> str:
    """Return the trigger's verdict in a few words."""
    return f"{_DUE}: {plan.trigger.kind}" if plan.trigger.due else "no rebalance due"


def trigger_of(summary: RawGrid | None) -> str:
    """Return the kind of trigger that a written Summary names: ``none`` where nothing was due; empty without one."""
    for row in summary.rows if summary else ():
        if len(row) > 1 and row[0].value in ("Trigger", korean.korean("Trigger")):
            due, _, kind = str(row[1].value or "").partition(": ")
            kinds = {shown: name for name, shown in korean.KINDS.items()}
            return kinds.get(kind, kind) if due in (_DUE, korean.DUE) else CASH_FLOW
    return ""


def given_cash(summary: RawGrid | None) -> tuple[Decimal, str] | None:
    """Return the new cash that was given for the plan alone, base currency, and its cell; None where there is none."""
    for number, row in enumerate(summary.rows if summary else ()):
        if len(row) > 1 and row[0].value in (_GIVEN_CASH, korean.korean(_GIVEN_CASH)):
            value = row[1].value
            if summary and isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
                return exact_number(value), summary.address(number, 1)
    return None


def _summary_rows(plan: Plan, given: Decimal | None) -> list[tuple[Cell, ...]]:
    summary, budget = plan.summary, plan.summary.gains_budget
    amount = f.money(plan.base_currency, symbol=True)
    rows: list[tuple[str, Cell]] = [
        ("Total value", f.number(plan.total_value, amount)),
        ("Trigger", f.text(verdict(plan))),
        ("Reason", f.text(plan.trigger.reason)),
        ("Next scheduled date", f.date(plan.trigger.next_scheduled)),
        ("Next check", f.date(plan.trigger.next_check)),
        ("Worst drift before", f.number(summary.worst_drift_before, f.WEIGHT)),
        ("Worst drift after", f.number(summary.worst_drift_after, f.WEIGHT)),
        ("Worst shortfall after", f.number(summary.worst_shortfall_after, f.WEIGHT)),
        ("Distance to the best plan", f.text(distance(plan))),
        ("Turnover", f.number(summary.turnover, amount)),
        ("Cost", f.number(summary.cost, amount)),
        ("Tax", f.number(summary.tax, amount)),
        ("Gains budget used", f.number(budget.used if budget else None, amount)),
        ("Gains budget planned", f.number(budget.planned if budget else None, amount)),
        ("Gains budget left", f.number(budget.left if budget else None, amount)),
        ("Smallest balancing contribution", f.number(summary.balancing_contribution, amount)),
        ("Cash left", f.number(summary.cash_left, amount)),
        ("Orders wait until", f.date(plan.waiting_until)),
        ("As-of date", f.date(plan.as_of)),
        ("Version", f.text(__version__)),
    ]
    if given is not None:
        rows.append((_GIVEN_CASH, f.number(given, amount)))
    rows += [(f"Drift of group {line.group}", f.number(line.drift, f.DRIFT)) for line in plan.groups]
    rows += [*_withdrawal_rows(plan, amount), *_tax_rows(plan)]
    return [(f.text(item), value) for item, value in rows]


def _withdrawal_rows(plan: Plan, amount: str) -> list[tuple[str, Cell]]:
    """What is taken out of accounts that do not let money go for nothing, and the tax on it."""
    rows: list[tuple[str, Cell]] = []
    for one in plan.withdrawals:
        most = ", at most" if one.upper_bound else ""
        tax = f.text("not known") if one.tax is None else f.number(one.tax, amount)
        rows.append((f"Withdrawal from {one.account}", f.number(one.amount, amount)))
        rows.append((f"Tax on the withdrawal from {one.account}{most}", tax))
        rows.append((f"Rule of the withdrawal from {one.account}", f.text(one.source)))
    return rows


def _tax_rows(plan: Plan) -> list[tuple[str, Cell]]:
    """The tax section: from the gains to the tax of the year, step by step."""
    tax = plan.tax
    if tax is None:
        return []
    rows = [
        ("Tax: year", Cell(tax.year, f.COUNT)),
        ("Tax: last day to sell in it", f.date(tax.last_day)),
        *((_tax_label(item), _tax_value(item, f.money(plan.base_currency, symbol=True))) for item in tax.items),
    ]
    return [*rows, ("Tax: about these figures", f.text("Estimates, not tax advice; the sheet Gains shows each sale."))]


def _tax_label(item: TaxItem) -> str:
    return f"Tax of {item.owner}: {item.item.lower()}" if item.owner else f"Tax: {item.item.lower()}"


def _tax_value(item: TaxItem, amount: str) -> Cell:
    if item.text:
        return f.text(item.text)
    return f.number(item.rate, f.WEIGHT) if item.rate is not None else f.number(item.amount, amount)
