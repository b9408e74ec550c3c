"""A plan on the terminal: short tables, in colour there and plain in a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Status
from xlrebal.domain.quantities import as_amount, as_percent, as_points
from xlrebal.tables.report import no_orders, verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from xlrebal.domain.plan import DriftLine, Order, Plan

_PIPE_WIDTH = 160


def console() -> Console:
    """Return the place to print to: the terminal, or a wide plain page in a pipe."""
    # Imported here: --json and --quiet print no tables.
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=_PIPE_WIDTH, no_color=True, highlight=False)


def show_plan(plan: Plan, title: str) -> None:
    """Print verdict, drift, orders and what was left out."""
    out = console()
    _show_verdict(out, plan, title)
    out.print(_drift_table(plan))
    if plan.orders:
        out.print(_order_table(plan))
    else:
        out.print(no_orders(plan), markup=False)
    _show_skipped(out, plan)
    _show_losses(out, plan)
    _show_summary(out, plan)


def show_verdict(plan: Plan, title: str) -> None:
    """Print verdict and drift only."""
    out = console()
    _show_verdict(out, plan, title)
    out.print(_drift_table(plan))


def _show_verdict(out: Console, plan: Plan, title: str) -> None:
    value = as_amount(plan.total_value, plan.base_currency)
    out.print(f"{title}  {plan.as_of.isoformat()}  {value} {plan.base_currency}", style="bold", markup=False)
    style = "yellow" if plan.trigger.due else "green"
    out.print(f"{verdict(plan)}: {plan.trigger.reason}", style=style, markup=False)
    if plan.trigger.next_scheduled:
        out.print(f"next scheduled: {plan.trigger.next_scheduled.isoformat()}")


def _table(title: str, left: tuple[str, ...], right: tuple[str, ...], last: str = "") -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
    for header in left:
        table.add_column(header, no_wrap=True)
    for header in right:
        table.add_column(header, justify="right", no_wrap=True)
    if last:
        table.add_column(last)
    return table


def _text(value: str) -> str:
    from rich.markup import escape

    return escape(value)


def _drift_table(plan: Plan) -> Table:
    table = _table("Drift", ("Code", "Name"), ("Value", "Weight", "Target", "Drift", "After"), "Status")
    for line in plan.drift:
        table.add_row(*_drift_row(line, plan.base_currency), style="" if line.status is Status.IN_BAND else "yellow")
    for group in plan.groups:
        cells = (as_amount(group.value, plan.base_currency), as_percent(group.weight), as_percent(group.target))
        table.add_row("", _text(f"[{group.group}]"), *cells, _signed(as_points(group.drift)), "", "", style="dim")
    return table


def _drift_row(line: DriftLine, base: str) -> tuple[str, ...]:
    return (
        _text(line.target.code),
        _text(line.target.label),
        as_amount(line.value, base),
        as_percent(line.weight),
        as_percent(line.target.weight),
        _signed(as_points(line.drift)),
        _signed(as_points(line.drift_after)),
        str(line.status),
    )


def _signed(points: str) -> str:
    return points if points.startswith("-") or not points.strip("0.") else "+" + points


def _order_table(plan: Plan) -> Table:
    table = _table("Orders", ("", "Account", "Code", "Name"), ("Quantity", "Price", "Amount", "Costs"), "Reason")
    for order in plan.orders:
        table.add_row(*_order_row(order), style="red" if order.action == "SELL" else "green")
    return table


def _order_row(order: Order) -> tuple[str, ...]:
    quantity = "" if order.quantity is None else f"{order.quantity.normalize():,f}"
    price = "" if order.price is None else _price(order)
    return (
        str(order.action),
        _text(order.account),
        _text(order.target.code),
        _text(order.target.label),
        quantity,
        price,
        f"{as_amount(order.amount, order.currency)} {order.currency}",
        as_amount(order.commission + order.slippage, order.currency),
        _text(order.reason),
    )


def _price(order: Order) -> str:
    price = order.price
    if price is None:
        return ""
    return f"{price:,f}" if price == price.to_integral_value() else f"{price:,.2f}"


def _show_skipped(out: Console, plan: Plan) -> None:
    if not plan.skipped:
        return
    table = _table("Left out", ("Code", "Name"), ("Wanted",), "Reason")
    for skip in plan.skipped:
        wanted = as_amount(skip.wanted, plan.base_currency)
        table.add_row(_text(skip.target.code), _text(skip.target.label), wanted, _text(skip.reason))
    out.print(table)


def _show_losses(out: Console, plan: Plan) -> None:
    if not plan.tax_loss:
        return
    table = _table("Tax-loss candidates", ("Account", "Code", "Name"), ("Loss", "Loss %"), "Replacement")
    for loss in plan.tax_loss:
        amount = as_amount(loss.loss, plan.base_currency)
        name = _text(loss.target.label)
        row = (_text(loss.account), _text(loss.target.code), name, amount, as_percent(loss.loss_rate))
        table.add_row(*row, _text(loss.replacement))
    out.print(table)


def _show_summary(out: Console, plan: Plan) -> None:
    summary, base = plan.summary, plan.base_currency
    worst = f"{as_points(summary.worst_drift_before)} -> {as_points(summary.worst_drift_after)} points"
    parts = [
        f"worst drift {worst}",
        f"traded {as_amount(summary.turnover, base)}",
        f"cost {as_amount(summary.cost, base)}",
    ]
    if summary.tax:
        parts.append(f"estimated tax {as_amount(summary.tax, base)}")
    parts.append(f"cash left {as_amount(summary.cash_left, base)} {base}")
    out.print("; ".join(parts), markup=False)
    if plan.orders:
        out.print("Calculated orders, not advice: check them before you place them.", style="dim")
