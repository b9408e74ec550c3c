"""The plan in a few words: its verdict, the marks of its orders, why there are none. Read back by the same words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.message import Message, Name, Percent, joined
from xlrebal.domain.plan import TriggerKind
from xlrebal.domain.quantities import exact_number
from xlrebal.domain.recording import CASH_FLOW
from xlrebal.language import LANGUAGES, render
from xlrebal.tables.contract.words import PLANNED, TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlrebal.domain.plan import Plan
    from xlrebal.workbook.cells import RawCell, RawGrid


def verdict(plan: Plan) -> Message:
    """Return the trigger's verdict in a few words."""
    return _verdict(plan.trigger.kind) if plan.trigger.due else Message("sheet.not_due")


def _verdict(kind: TriggerKind) -> Message:
    return Message("sheet.due", trigger=TRIGGERS[kind])


def status(plan: Plan) -> Message | Name:
    """Return the mark of a new order: planned, or waiting where rules were changed lately."""
    return Message("sheet.waiting_until", date=plan.waiting_until) if plan.waiting_until else PLANNED


def no_orders(plan: Plan) -> Message:
    """Return the sentence that stands in an empty order sheet: why, and when the next check is."""
    why, scheduled, check = _why_none(plan), plan.trigger.next_scheduled, plan.trigger.next_check
    if scheduled:
        return Message("sheet.no_orders_scheduled", why=why, date=scheduled)
    return Message("sheet.no_orders_check", why=why, date=check) if check else Message("sheet.no_orders", why=why)


def _why_none(plan: Plan) -> Message:
    """Why there is nothing to do, or where something is to be done why nothing can be."""
    barred = dict.fromkeys(skip.reason for skip in plan.skipped if plan.trigger.due or skip.target.code == CASH)
    if barred:
        return Message("sheet.nothing_can_be_traded", why=joined(tuple(barred)))
    return Message("sheet.on_target") if plan.trigger.due else plan.trigger.reason


def distance(plan: Plan) -> Message | None:
    """Return how far the plan may be from the best one; None where that was not calculated."""
    gap = plan.summary.distance_to_optimum
    if gap is None:
        return None
    return Message("sheet.distance_at_most", gap=Percent(gap)) if gap else Message("sheet.no_plan_is_better")


SUMMARY_LABELS = (
    *("total_value", "trigger", "reason", "next_scheduled", "next_check", "worst_drift_before", "worst_drift_after"),
    *("worst_shortfall_after", "distance", "turnover", "cost", "tax", "gains_used", "gains_planned", "gains_left"),
    *("balancing_contribution", "cash_left", "orders_wait_until", "as_of", "version", "new_cash_given"),
    *("tax_year", "tax_last_day", "tax_about"),
)


def summary_label(name: str) -> Message:
    """Return the label of a row of Summary."""
    return Message(f"sheet.summary_{name}")


def trigger_of(summary: RawGrid | None) -> str:
    """Return the kind of trigger that a written Summary names: ``none`` where nothing was due; empty without one."""
    found = next(_labelled(summary, "trigger"), None)
    if found is None:
        return ""
    due = {render(_verdict(kind), language): kind for kind in TriggerKind for language in LANGUAGES}
    return str(due.get(str(found[0].value or ""), CASH_FLOW))


def given_cash(summary: RawGrid | None) -> tuple[Decimal, str] | None:
    """Return the new cash that was given for the plan alone, base currency, and its cell; None where there is none."""
    for cell, place in _labelled(summary, "new_cash_given"):
        if isinstance(cell.value, (int, float, Decimal)) and not isinstance(cell.value, bool):
            return exact_number(cell.value), place
    return None


def _labelled(summary: RawGrid | None, name: str) -> Iterator[tuple[RawCell, str]]:
    """The values of a written Summary that have a label, in any language, with their cells."""
    labels = {render(summary_label(name), language) for language in LANGUAGES}
    for number, row in enumerate(summary.rows if summary else ()):
        if summary and len(row) > 1 and row[0].value in labels:
            yield row[1], summary.address(number, 1)
