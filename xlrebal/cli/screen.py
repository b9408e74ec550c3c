"""A plan on the terminal: verdict, drift, orders, what was left out, and the costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.table import TextTable, say
from xlrebal.domain.plan import Status
from xlrebal.domain.quantities import ZERO, as_amount, as_percent, as_points
from xlrebal.tables.report import no_orders, verdict

if TYPE_CHECKING:
    from xlrebal.domain.plan import DriftLine, Order, Plan


def show_plan(plan: Plan, title: str) -> None:
    """Print the whole plan."""
    show_verdict(plan, title)
    if plan.orders:
        _order_table(plan).show()
    else:
        say(f"\n{no_orders(plan)}")
    _show_skipped(plan)
    _show_transfers(plan)
    _show_losses(plan)
    _show_harvest(plan)
    _show_tax(plan)
    _show_summary(plan)


def show_verdict(plan: Plan, title: str) -> None:
    """Print verdict and drift only."""
    value = as_amount(plan.total_value, plan.base_currency)
    say(f"{title}  {plan.as_of.isoformat()}  {value} {plan.base_currency}", style="bold")
    say(f"{verdict(plan)}: {plan.trigger.reason}", style="yellow" if plan.trigger.due else "green")
    if plan.trigger.next_scheduled:
        say(f"next scheduled: {plan.trigger.next_scheduled.isoformat()}")
    elif plan.trigger.next_check:
        say(f"next check: {plan.trigger.next_check.isoformat()}")
    _drift_table(plan).show()


def _drift_table(plan: Plan) -> TextTable:
    numbers = ("Value", "Weight", "Target", "Drift", "After")
    table = TextTable("Drift", ("Code", "Name", *numbers, "Status"), frozenset(numbers))
    for line in plan.drift:
        table.add(*_drift_row(line, plan.base_currency), style="" if line.status is Status.IN_BAND else "yellow")
    for group in plan.groups:
        cells = (as_amount(group.value, plan.base_currency), as_percent(group.weight), as_percent(group.target))
        drifts = (_signed(as_points(group.drift)), _signed(as_points(group.drift_after)))
        table.add("", f"group {group.group}", *cells, *drifts, "", style="dim")
    return table


def _drift_row(line: DriftLine, base: str) -> tuple[str, ...]:
    return (
        line.target.code,
        line.target.label,
        as_amount(line.value, base),
        as_percent(line.weight),
        as_percent(line.target.weight),
        _signed(as_points(line.drift)),
        _signed(as_points(line.drift_after)),
        str(line.status),
    )


def _signed(points: str) -> str:
    return points if points.startswith("-") or not points.strip("0.") else "+" + points


def _order_table(plan: Plan) -> TextTable:
    numbers = ("Quantity", "Price", "Amount", "Costs")
    table = TextTable("Orders", ("Action", "Account", "Code", "Name", *numbers, "Reason"), frozenset(numbers))
    for order in plan.orders:
        table.add(*_order_row(order), style="red" if order.action == "SELL" else "green")
    return table


def _order_row(order: Order) -> tuple[str, ...]:
    quantity = "" if order.quantity is None else f"{order.quantity.normalize():,f}"
    return (
        str(order.action),
        order.account,
        order.target.code,
        order.target.label,
        quantity,
        _price(order),
        f"{as_amount(order.amount, order.currency)} {order.currency}",
        as_amount(order.commission + order.slippage, order.currency),
        order.reason,
    )


def _price(order: Order) -> str:
    price = order.price
    if price is None:
        return ""
    return f"{price:,f}" if price == price.to_integral_value() else f"{price:,.2f}"


def _show_skipped(plan: Plan) -> None:
    if not plan.skipped:
        return
    table = TextTable("Left out", ("Code", "Name", "Wanted", "Reason"), frozenset({"Wanted"}))
    for skip in plan.skipped:
        table.add(skip.target.code, skip.target.label, as_amount(skip.wanted, plan.base_currency), skip.reason)
    table.show()


def _show_transfers(plan: Plan) -> None:
    if not plan.transfers:
        return
    table = TextTable("Transfers that would help", ("From", "To", "Amount", "Reason"), frozenset({"Amount"}))
    for transfer in plan.transfers:
        amount = f"{as_amount(transfer.amount, transfer.currency)} {transfer.currency}"
        table.add(transfer.source, transfer.destination, amount, transfer.reason)
    table.show()


def _show_losses(plan: Plan) -> None:
    if not plan.tax_loss:
        return
    headers = ("Account", "Code", "Name", "Loss", "Loss %", "Replacement")
    table = TextTable("Tax-loss candidates", headers, frozenset({"Loss", "Loss %"}))
    for loss in plan.tax_loss:
        figures = (as_amount(loss.loss, plan.base_currency), as_percent(loss.loss_rate))
        table.add(loss.account, loss.target.code, loss.target.label, *figures, loss.replacement)
    table.show()


def _show_harvest(plan: Plan) -> None:
    if not plan.harvest:
        return
    numbers = ("Quantity", "Amount", "Gain", "Tax saved")
    headers = ("Pair", "Action", "Account", "Code", *numbers, "Reason")
    table = TextTable("Harvest: pairs of orders beside the plan", headers, frozenset(numbers))
    for one in plan.harvest:
        order = one.order
        quantity = "" if order.quantity is None else f"{order.quantity.normalize():,f}"
        figures = ["" if x is None else as_amount(x, plan.base_currency) for x in (one.gain, one.tax_saved)]
        amount = f"{as_amount(order.amount, order.currency)} {order.currency}"
        action = str(order.action)
        table.add(str(one.pair), action, order.account, order.target.code, quantity, amount, *figures, order.reason)
    table.show()


def _show_tax(plan: Plan) -> None:
    if plan.tax is None or not plan.tax.items:
        return
    table = TextTable(f"Tax {plan.tax.year} ({plan.tax.country})", ("Item", "Figure"), frozenset({"Figure"}))
    for item in plan.tax.items:
        if not item.text:
            figure = as_amount(item.amount or ZERO, plan.base_currency)
            label = f"{item.owner}: {item.item.lower()}" if item.owner else item.item
            table.add(label, figure if item.rate is None else as_percent(item.rate))
    table.show()


def _show_summary(plan: Plan) -> None:
    summary, base = plan.summary, plan.base_currency
    worst = f"{as_points(summary.worst_drift_before)} -> {as_points(summary.worst_drift_after)} points"
    parts = [f"worst drift {worst}", f"orders {as_amount(summary.turnover, base)}"]
    parts.append(f"costs {as_amount(summary.cost, base)}")
    if summary.tax:
        parts.append(f"estimated tax {as_amount(summary.tax, base)}")
    say("\n" + "; ".join(parts) + f"; cash left {as_amount(summary.cash_left, base)} {base}")
    if plan.orders:
        say("Calculated orders, not advice: check them before you place them.", style="dim")
