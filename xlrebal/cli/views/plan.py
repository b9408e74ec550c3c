"""A plan on the terminal: verdict, drift, orders, what was left out, and the costs.

Tables show columns of the result tables, some of them under a shorter header.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlrebal.cli.views.table import TextTable
from xlrebal.domain.household import Action
from xlrebal.domain.message import Amount, Message, Name
from xlrebal.domain.plan import Status
from xlrebal.domain.quantities import as_amount, as_percent, as_points
from xlrebal.language import render
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.result_table import ResultColumn
from xlrebal.tables.contract.results import DRIFT, HARVEST, ORDERS, SKIPPED, TAX_LOSS, TRANSFERS
from xlrebal.tables.write.plan import harvest_lines, order_lines
from xlrebal.tables.write.wording import no_orders, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.cli.terminal import Terminal
    from xlrebal.domain.plan import Plan
    from xlrebal.tables.contract.result_table import ResultTable, Value

Columns = tuple[ResultColumn[Any], ...]


def _named(table: ResultTable[Any], *names: str) -> Columns:
    """Columns of a result table by their names in the JSON."""
    by_name = {column.json: column for column in table.columns}
    return tuple(by_name[name] for name in names)


def _amounts_of_trades(columns: Columns) -> Columns:
    """Amounts with their currency behind them."""
    return tuple(replace(c, number_format=_WITH_CURRENCY) if c.json == "amount" else c for c in columns)


_WITH_CURRENCY = "amount and currency"
_ITEM, _FIGURE = Name("Item", "항목"), Name("Figure", "금액")
_COSTS = ResultColumn[Any](
    Name("Costs", "비용"),
    lambda line: Amount(line.order.commission + line.order.slippage, line.order.currency),
    align="right",
    number_format=f.TRADED,
)
_DRIFT = (
    *_named(DRIFT, "code", "name", "value", "weight", "target", "drift"),
    *(replace(column, header=Name("After", "이후")) for column in _named(DRIFT, "drift_after")),
    *_named(DRIFT, "status"),
)
_ORDERS = _amounts_of_trades(
    (
        *_named(ORDERS, "action", "account", "code", "name", "quantity", "price", "amount"),
        _COSTS,
        *_named(ORDERS, "reason"),
    )
)
_SKIPPED = (
    *_named(SKIPPED, "code", "name"),
    *(replace(column, header=Name("Wanted", "필요")) for column in _named(SKIPPED, "wanted_amount")),
    *_named(SKIPPED, "reason"),
)
_TRANSFERS = _amounts_of_trades(_named(TRANSFERS, "from", "to", "amount", "reason"))
_LOSSES = _named(TAX_LOSS, "account", "code", "name", "loss", "loss_pct", "replacement")
_HARVEST = _amounts_of_trades(
    _named(HARVEST, "pair", "action", "account", "code", "quantity", "amount", "gain", "tax_saved", "reason")
)


def show_plan(terminal: Terminal, plan: Plan, title: str) -> None:
    """Print the whole plan."""
    base = plan.base_currency
    show_verdict(terminal, plan, title)
    if plan.orders:
        _show(terminal, "orders", _ORDERS, order_lines(plan), base)
    else:
        terminal.say("\n" + terminal.words(no_orders(plan)))
    _show(terminal, "left_out", _SKIPPED, plan.skipped, base)
    _show(terminal, "transfers", _TRANSFERS, plan.transfers, base)
    _show(terminal, "losses", _LOSSES, plan.tax_loss, base)
    _show(terminal, "harvest", _HARVEST, harvest_lines(plan), base)
    _show_tax(terminal, plan)
    _show_summary(terminal, plan)


def show_verdict(terminal: Terminal, plan: Plan, title: str) -> None:
    """Print verdict and drift only."""
    value = as_amount(plan.total_value, plan.base_currency)
    terminal.say(f"{title}  {plan.as_of.isoformat()}  {value} {plan.base_currency}", style="bold")
    lines = (terminal.words(verdict(plan)), terminal.words(plan.trigger.reason))
    terminal.say(": ".join(lines), style="yellow" if plan.trigger.due else "green")
    if plan.trigger.next_scheduled:
        terminal.say(Message("view.next_scheduled", date=plan.trigger.next_scheduled))
    elif plan.trigger.next_check:
        terminal.say(Message("view.next_check", date=plan.trigger.next_check))
    _show_drift(terminal, plan)


def _show_drift(terminal: Terminal, plan: Plan) -> None:
    table = _table(terminal, "drift", _DRIFT)
    for line in plan.drift:
        style = "" if line.status is Status.IN_BAND else "yellow"
        table.add(*_cells(_DRIFT, line, plan.base_currency, terminal.language), style=style)
    for group in plan.groups:
        name = terminal.words(Message("view.group", group=group.group))
        cells = (as_amount(group.value, plan.base_currency), as_percent(group.weight), as_percent(group.target))
        table.add("", name, *cells, _signed(group.drift), _signed(group.drift_after), "", style="dim")
    table.show()


def _table(terminal: Terminal, title: str, columns: Columns) -> TextTable:
    headers = tuple(column.header for column in columns)
    right = frozenset(column.header for column in columns if column.align == "right")
    return TextTable(Message(f"view.{title}"), headers, right, language=terminal.language)


def _show(terminal: Terminal, title: str, columns: Columns, lines: Iterable[Any], base: str) -> None:
    """Print a table, unless it has no rows. Sales and purchases have colours of their own."""
    table = _table(terminal, title, columns)
    for line in lines:
        order = getattr(line, "order", None)
        colour = "" if order is None or title != "orders" else "red" if order.action is Action.SELL else "green"
        table.add(*_cells(columns, line, base, terminal.language), style=colour)
    if table.rows:
        table.show()


def _cells(columns: Columns, line: Any, base: str, language: str) -> tuple[str, ...]:
    return tuple(_text(column.value(line), column.number_format, base, language) for column in columns)


def _text(value: Value, number_format: str, base: str, language: str) -> str:
    """A value as a terminal shows it."""
    match value:
        case str() | Message() | Name():
            return render(value, language)
        case Amount() if number_format == _WITH_CURRENCY:
            return f"{as_amount(value.value, value.currency)} {value.currency}"
        case Amount():
            return as_amount(value.value, value.currency)
        case Decimal():
            return _number(value, number_format, base)
    return "" if value is None else str(value)


def _number(value: Decimal, number_format: str, base: str) -> str:
    if number_format == f.BASE:
        return as_amount(value, base)
    if number_format == f.DRIFT:
        return _signed(value)
    if number_format == f.WEIGHT:
        return as_percent(value)
    return f"{value.normalize():,f}"


def _signed(drift: Decimal) -> str:
    points = as_points(drift)
    return points if points.startswith("-") or not points.strip("0.") else "+" + points


def _show_tax(terminal: Terminal, plan: Plan) -> None:
    tax = plan.tax
    if tax is None or not tax.items:
        return
    title = Message("view.tax", year=tax.year, country=tax.country)
    table = TextTable(title, (_ITEM, _FIGURE), frozenset({_FIGURE}), language=terminal.language)
    for item in tax.items:
        if not item.text:
            kind = "view.item_of" if item.owner else "view.item_alone"
            label = terminal.words(Message(kind, owner=item.owner, item=item.item))
            figure = as_amount(item.amount or Decimal(0), plan.base_currency)
            table.add(label, figure if item.rate is None else as_percent(item.rate))
    table.show()


def _show_summary(terminal: Terminal, plan: Plan) -> None:
    summary, base = plan.summary, plan.base_currency
    worst = {"before": as_points(summary.worst_drift_before), "after": as_points(summary.worst_drift_after)}
    parts = [
        Message("view.worst_drift", **worst),
        Message("view.turnover", amount=Amount(summary.turnover, base)),
        Message("view.costs", amount=Amount(summary.cost, base)),
        *([Message("view.estimated_tax", amount=Amount(summary.tax, base))] if summary.tax else []),
        Message("view.cash_left", amount=Amount(summary.cash_left, base), currency=base),
    ]
    terminal.say("\n" + terminal.words(Message("sheet.clauses", all=tuple(parts))))
    if plan.orders:
        terminal.say(Message("view.no_advice"), style="dim")
