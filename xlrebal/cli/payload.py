"""A plan as the JSON object of the contract (schema ``xlrebal/1``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlrebal.tables.report import status

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.plan import (
        DriftLine,
        GainLine,
        GroupDrift,
        HarvestOrder,
        Order,
        Plan,
        Skip,
        Summary,
        TaxLoss,
        TaxStatement,
        Transfer,
        Trigger,
        Withdrawal,
    )
    from xlrebal.errors import Finding

SCHEMA = "xlrebal/1"


def success(workbook: str, plan: Plan, warnings: Sequence[Finding]) -> dict[str, Any]:
    """Return the object for a workbook that was planned; a field that does not apply is None."""
    return {
        "schema": SCHEMA,
        "workbook": workbook,
        "as_of": plan.as_of.isoformat(),
        "base_currency": plan.base_currency,
        "total_value": _number(plan.total_value),
        "trigger": _trigger(plan.trigger),
        "drift": [_drift(line) for line in plan.drift],
        "groups": [_group(line) for line in plan.groups],
        "transfers": [_transfer(transfer) for transfer in plan.transfers],
        "waiting_until": _day(plan.waiting_until),
        "orders": [_order(order) | {"status": status(plan)} for order in plan.orders],
        "skipped": [_skip(skip) for skip in plan.skipped],
        "tax_loss": [_tax_loss(loss) for loss in plan.tax_loss],
        "summary": _summary(plan.summary),
        "tax": _tax(plan.tax) if plan.tax else None,
        "gains": [_gain(line) for line in plan.tax.gains] if plan.tax else [],
        "withdrawals": [_withdrawal(one) for one in plan.withdrawals],
        "harvest": [_harvest(one) for one in plan.harvest],
        "warnings": [_finding(finding) for finding in warnings],
    }


def failure(workbook: str, findings: Sequence[Finding], message: str = "") -> dict[str, Any]:
    """Return the object for a workbook that could not be planned."""
    errors = [_finding(finding) for finding in findings] or [{"cell": None, "message": message}]
    return {"schema": SCHEMA, "workbook": workbook, "errors": errors}


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _day(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


def _trigger(trigger: Trigger) -> dict[str, Any]:
    return {
        "due": trigger.due,
        "kind": str(trigger.kind),
        "reason": trigger.reason,
        "next_scheduled": _day(trigger.next_scheduled),
        "code": trigger.code,
        "drift": _number(trigger.drift),
        "next_check": _day(trigger.next_check),
    }


def _drift(line: DriftLine) -> dict[str, Any]:
    target = line.target
    return {
        "group": target.group or None,
        "name": target.label,
        "code": target.code,
        "value": _number(line.value),
        "weight": _number(line.weight),
        "target": _number(target.weight),
        "min": _number(line.minimum),
        "max": _number(line.maximum),
        "drift": _number(line.drift),
        "status": str(line.status),
        "value_after": _number(line.value_after),
        "weight_after": _number(line.weight_after),
        "drift_after": _number(line.drift_after),
    }


def _group(line: GroupDrift) -> dict[str, Any]:
    return {
        "group": line.group,
        "value": _number(line.value),
        "weight": _number(line.weight),
        "target": _number(line.target),
        "drift": _number(line.drift),
        "min": _number(line.minimum),
        "max": _number(line.maximum),
        "status": str(line.status),
        "weight_after": _number(line.weight_after),
        "drift_after": _number(line.drift_after),
    }


def _transfer(transfer: Transfer) -> dict[str, Any]:
    return {
        "from": transfer.source,
        "to": transfer.destination,
        "amount": _number(transfer.amount),
        "currency": transfer.currency,
        "reason": transfer.reason,
    }


def _withdrawal(one: Withdrawal) -> dict[str, Any]:
    return {
        "account": one.account,
        "amount": _number(one.amount),
        "tax": _number(one.tax),
        "upper_bound": one.upper_bound,
        "locked": one.locked,
        "source": one.source,
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "account": order.account,
        "action": str(order.action),
        "name": order.target.label,
        "code": order.target.code,
        "quantity": _number(order.quantity),
        "price": _number(order.price),
        "currency": order.currency,
        "amount": _number(order.amount),
        "amount_base": _number(order.amount_base),
        "commission": _number(order.commission),
        "slippage": _number(order.slippage),
        "tax": _number(order.tax),
        "reason": order.reason,
    }


def _skip(skip: Skip) -> dict[str, Any]:
    return {
        "account": skip.account or None,
        "name": skip.target.label,
        "code": skip.target.code,
        "wanted_amount": _number(skip.wanted),
        "reason": skip.reason,
    }


def _tax_loss(loss: TaxLoss) -> dict[str, Any]:
    return {
        "account": loss.account,
        "name": loss.target.label,
        "code": loss.target.code,
        "lot": _day(loss.lot),
        "quantity": _number(loss.quantity),
        "cost": _number(loss.cost),
        "value": _number(loss.value),
        "loss": _number(loss.loss),
        "loss_pct": _number(loss.loss_rate),
        "tax_saved": _number(loss.tax_saved),
        "replacement": loss.replacement or None,
        "wash_sale": loss.wash_sale,
        "do_not_buy_until": _day(loss.do_not_buy_until),
    }


def _tax(tax: TaxStatement) -> dict[str, Any]:
    return {
        "country": tax.country,
        "year": tax.year,
        "last_day": _day(tax.last_day),
        "items": [
            {
                "owner": item.owner or None,
                "item": item.item,
                "amount": _number(item.amount),
                "rate": _number(item.rate),
                "text": item.text or None,
            }
            for item in tax.items
        ],
    }


def _gain(line: GainLine) -> dict[str, Any]:
    return {
        "state": line.state,
        "date": _day(line.date),
        "counts_on": _day(line.settled),
        "account": line.account,
        "name": line.target.label,
        "code": line.target.code,
        "acquired": _day(line.acquired),
        "quantity": _number(line.quantity),
        "proceeds": _number(line.proceeds),
        "cost": _number(line.cost),
        "gain": _number(line.gain),
        "washed_loss": _number(line.washed),
        "term": line.term or None,
        "rule": line.rule,
        "tax": _number(line.tax),
        "source": line.note,
    }


def _harvest(one: HarvestOrder) -> dict[str, Any]:
    figures = {"gain": _number(one.gain), "tax_saved": _number(one.tax_saved)}
    return {"pair": one.pair, **_order(one.order), **figures}


def _summary(summary: Summary) -> dict[str, Any]:
    budget = summary.gains_budget
    return {
        "turnover": _number(summary.turnover),
        "turnover_rate": _number(summary.turnover_rate),
        "cost": _number(summary.cost),
        "tax": _number(summary.tax),
        "worst_drift_before": _number(summary.worst_drift_before),
        "worst_drift_after": _number(summary.worst_drift_after),
        "worst_shortfall_after": _number(summary.worst_shortfall_after),
        "deviation_after": _number(summary.deviation_after),
        "deviation_bound": _number(summary.deviation_bound),
        "distance_to_optimum": _number(summary.distance_to_optimum),
        "cash_left": _number(summary.cash_left),
        "balancing_contribution": _number(summary.balancing_contribution),
        "gains_budget": {
            "limit": _number(budget.limit if budget else None),
            "used": _number(budget.used if budget else None),
            "planned": _number(budget.planned if budget else None),
            "left": _number(budget.left if budget else None),
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    mend = f" ({finding.mend})" if finding.mend else ""
    return {"cell": finding.cell, "message": finding.message + mend}
