"""A plan as the JSON object of the contract (schema ``xlrebal/1``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Message
from xlrebal.language import in_english
from xlrebal.tables.contract.result_table import as_json, figures_data, message_data
from xlrebal.tables.contract.results import DRIFT, GAINS, HARVEST, ORDERS, SKIPPED, TAX_LOSS, TRANSFERS
from xlrebal.tables.write.plan import harvest_lines, order_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlrebal.domain.plan import (
        GroupDrift,
        Plan,
        Summary,
        TaxStatement,
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
        "total_value": as_json(plan.total_value),
        "trigger": _trigger(plan.trigger),
        "drift": [DRIFT.as_json(line) for line in plan.drift],
        "groups": [_group(line) for line in plan.groups],
        "transfers": [TRANSFERS.as_json(transfer) for transfer in plan.transfers],
        "waiting_until": as_json(plan.waiting_until),
        "orders": [ORDERS.as_json(line) for line in order_lines(plan)],
        "skipped": [SKIPPED.as_json(skip) for skip in plan.skipped],
        "tax_loss": [TAX_LOSS.as_json(loss) for loss in plan.tax_loss],
        "summary": _summary(plan.summary),
        "tax": _tax(plan.tax) if plan.tax else None,
        "gains": [GAINS.as_json(line) for line in plan.tax.gains] if plan.tax else [],
        "withdrawals": [_withdrawal(one) for one in plan.withdrawals],
        "harvest": [HARVEST.as_json(line) for line in harvest_lines(plan)],
        "warnings": [_finding(finding) for finding in warnings],
    }


def failure(workbook: str, findings: Sequence[Finding], message: str = "") -> dict[str, Any]:
    """Return the object for a workbook that could not be planned."""
    errors = [_finding(finding) for finding in findings] or [{"cell": None, "message": message}]
    return {"schema": SCHEMA, "workbook": workbook, "errors": errors}


def _trigger(trigger: Trigger) -> dict[str, Any]:
    return {
        "due": trigger.due,
        "kind": str(trigger.kind),
        "reason": in_english(trigger.reason),
        **message_data("reason", trigger.reason),
        "next_scheduled": as_json(trigger.next_scheduled),
        "code": trigger.code,
        "drift": as_json(trigger.drift),
        "next_check": as_json(trigger.next_check),
    }


def _group(line: GroupDrift) -> dict[str, Any]:
    return {
        "group": line.group,
        "value": as_json(line.value),
        "weight": as_json(line.weight),
        "target": as_json(line.target),
        "drift": as_json(line.drift),
        "min": as_json(line.minimum),
        "max": as_json(line.maximum),
        "status": str(line.status),
        "weight_after": as_json(line.weight_after),
        "drift_after": as_json(line.drift_after),
    }


def _withdrawal(one: Withdrawal) -> dict[str, Any]:
    return {
        "account": one.account,
        "amount": as_json(one.amount),
        "tax": as_json(one.tax),
        "upper_bound": one.upper_bound,
        "locked": one.locked,
        "source": one.source,
    }


def _tax(tax: TaxStatement) -> dict[str, Any]:
    return {
        "country": tax.country,
        "year": tax.year,
        "last_day": as_json(tax.last_day),
        "items": [
            {
                "owner": item.owner or None,
                "item": in_english(item.item),
                **message_data("item", item.item),
                "amount": as_json(item.amount),
                "rate": as_json(item.rate),
                "text": in_english(item.text) or None,
            }
            for item in tax.items
        ],
    }


def _summary(summary: Summary) -> dict[str, Any]:
    budget = summary.gains_budget
    return {
        "turnover": as_json(summary.turnover),
        "turnover_rate": as_json(summary.turnover_rate),
        "cost": as_json(summary.cost),
        "tax": as_json(summary.tax),
        "worst_drift_before": as_json(summary.worst_drift_before),
        "worst_drift_after": as_json(summary.worst_drift_after),
        "worst_shortfall_after": as_json(summary.worst_shortfall_after),
        "deviation_after": as_json(summary.deviation_after),
        "deviation_bound": as_json(summary.deviation_bound),
        "distance_to_optimum": as_json(summary.distance_to_optimum),
        "cash_left": as_json(summary.cash_left),
        "balancing_contribution": as_json(summary.balancing_contribution),
        "gains_budget": {
            "limit": as_json(budget.limit if budget else None),
            "used": as_json(budget.used if budget else None),
            "planned": as_json(budget.planned if budget else None),
            "left": as_json(budget.left if budget else None),
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    hint = f" ({in_english(finding.hint)})" if finding.hint else ""
    found: dict[str, Any] = {"cell": finding.cell, "message": in_english(finding.message) + hint}
    if isinstance(finding.message, Message):
        found |= {"kind": finding.message.kind, "figures": figures_data(finding.message)}
    return found
