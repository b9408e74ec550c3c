"""Alerts: what a check found is sent through any service that the library apprise knows.

An address holds secrets: it comes from the command line, the environment or a file of the user's, and is never printed
nor written into a workbook. A message that cannot be sent is a warning; the verdict stands.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.domain.message import Amount, Message, Points
from xlrebal.domain.plan import Status
from xlrebal.errors import UsageError
from xlrebal.language import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xlrebal.domain.message import Figure
    from xlrebal.domain.plan import DriftLine, Order, Plan

VARIABLE, FILE_VARIABLE = "XLREBAL_NOTIFY", "XLREBAL_NOTIFY_FILE"
"""Environment variables: addresses separated by blanks or line ends, and a file that holds them."""

_TOP_ORDERS = 5


def addresses(given: Sequence[str]) -> list[str]:
    """Return the addresses of the command line; with none, those of the environment and of the user's file.

    Raises ``UsageError`` when there is none anywhere, or the file cannot be read.
    """
    if given:
        return list(given)
    found = os.environ.get(VARIABLE, "").split()
    named = os.environ.get(FILE_VARIABLE)
    if named:
        try:
            lines = Path(named).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise UsageError(Message("alert.address_file_unreadable", variable=FILE_VARIABLE)) from None
        found += [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not found:
        raise UsageError(Message("alert.needs_address", variable=VARIABLE))
    return found


def message(plan: Plan, workbook: str, language: str) -> tuple[str, str]:
    """Return title and text of the message in a language: verdict, assets out of band, top orders, total."""
    verdict = Message("alert.due" if plan.trigger.due else "alert.not_due")
    title = Message("alert.title", verdict=verdict, workbook=workbook)
    lines = (render(line, language) if line else "" for line in _lines(plan, verdict))
    return render(title, language), "\n".join(lines)


def _lines(plan: Plan, verdict: Message) -> Iterator[Message | None]:
    """The text line by line; None is a blank one."""
    total, base = Amount(plan.total_value, plan.base_currency), plan.base_currency
    yield Message("alert.verdict", verdict=verdict, reason=plan.trigger.reason)
    yield Message("alert.total", total=total, currency=base, date=plan.as_of)
    outside = [line for line in plan.drift if line.status is not Status.IN_BAND]
    if outside:
        yield from (None, Message("alert.out_of_band"), *map(_drift, outside))
    if plan.orders:
        top = sorted(plan.orders, key=lambda order: -order.amount_base)[:_TOP_ORDERS]
        yield from (None, Message("alert.largest_orders"), *map(_order, top))
        if more := len(plan.orders) - len(top):
            yield Message("alert.more_orders", count=more)
    if plan.waiting_until:
        yield from (None, Message("alert.orders_wait", date=plan.waiting_until))
    if plan.trigger.next_scheduled:
        yield from (None, Message("alert.next_scheduled", date=plan.trigger.next_scheduled))
    yield from (None, Message("alert.no_advice"))


def _drift(line: DriftLine) -> Message:
    kind = "alert.under_target" if line.drift < 0 else "alert.over_target"
    return Message(kind, asset=line.target.label, drift=Points(abs(line.drift)))


def _order(order: Order) -> Message:
    figures: dict[str, Figure] = {
        "asset": order.target.label,
        "amount": Amount(order.amount, order.currency),
        "currency": order.currency,
        "account": order.account,
    }
    if order.quantity is None:
        return Message(f"alert.{order.action.lower()}_value", **figures)
    return Message(f"alert.{order.action.lower()}_units", units=order.quantity.normalize(), **figures)


def send(targets: Iterable[str], title: str, body: str) -> list[Message]:
    """Send a message to every address; return a message for each that did not get it, without its secrets.

    Raises ``UsageError`` when the library is not installed.
    """
    try:
        import apprise  # alerts only
    except ModuleNotFoundError:
        raise UsageError(Message("alert.needs_package")) from None
    failures = []
    for number, address in enumerate(targets, 1):
        service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
        if service is None:
            failures.append(Message("alert.unknown_address", number=number))
            continue
        # What the library would log can hold the address.
        with apprise.LogCapture(level=apprise.logging.DEBUG):  # type: ignore[no-untyped-call]
            sent = _delivered(service, title, body)
        if not sent:
            name = str(service.service_name) if service.service_name else Message("alert.service")
            failures.append(Message("alert.not_delivered", number=number, service=name))
    return failures


def _delivered(service: object, title: str, body: str) -> bool:
    try:
        return bool(service.notify(body=body, title=title))  # type: ignore[attr-defined]
    except Exception:  # whatever a service does, the verdict must still be told
        return False
