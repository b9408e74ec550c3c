"""Tell somebody what a check found, through any service that the library apprise knows.

An address holds secrets: it comes from the command line, the environment or a file of the user's, and is never printed
nor written into a workbook. A message that cannot be sent is a warning; the verdict stands.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Status
from xlrebal.domain.quantities import as_amount, as_points
from xlrebal.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlrebal.domain.plan import Order, Plan

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
            raise UsageError(f"the file of {FILE_VARIABLE} cannot be read") from None
        found += [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not found:
        raise UsageError(f"--notify needs an address, or the environment variable {VARIABLE}")
    return found


def message(plan: Plan, workbook: str) -> tuple[str, str]:
    """Return title and text of the message: verdict, assets out of band, top orders, total."""
    verdict = "rebalance due" if plan.trigger.due else "nothing due"
    total = as_amount(plan.total_value, plan.base_currency)
    lines = [
        f"{verdict}: {plan.trigger.reason}",
        f"Total value {total} {plan.base_currency} on {plan.as_of.isoformat()}",
    ]
    outside = [line for line in plan.drift if line.status is not Status.IN_BAND]
    if outside:
        lines += ["", "Out of band:"]
        lines += [f"  {line.target.label}: {_signed(as_points(line.drift))} points" for line in outside]
    if plan.orders:
        top = sorted(plan.orders, key=lambda order: -order.amount_base)[:_TOP_ORDERS]
        more = len(plan.orders) - len(top)
        lines += ["", "Largest orders:", *(f"  {_order(order)}" for order in top)]
        lines += [f"  and {more} more"] if more else []
    if plan.waiting_until:
        lines += ["", f"Rules changed lately: orders wait until {plan.waiting_until.isoformat()}."]
    if plan.trigger.next_scheduled:
        lines += ["", f"Next scheduled: {plan.trigger.next_scheduled.isoformat()}"]
    lines += ["", "Calculated from your own rules, not advice."]
    return f"xlrebal: {verdict} in {workbook}", "\n".join(lines)


def _signed(points: str) -> str:
    return points if points.startswith("-") else f"+{points}"


def _order(order: Order) -> str:
    units = "" if order.quantity is None else f"{order.quantity.normalize():,f} "
    amount = f"{as_amount(order.amount, order.currency)} {order.currency}"
    return f"{order.action} {units}{order.target.label} ({amount}, {order.account})"


def send(targets: Iterable[str], title: str, body: str) -> list[str]:
    """Send a message to every address; return a line for each that did not get it, without its secrets.

    Raises ``UsageError`` when the library is not installed.
    """
    try:
        import apprise  # alerts only
    except ModuleNotFoundError:
        raise UsageError('alerts need one more package: pip install "xlrebal[notify]"') from None
    failures = []
    for number, address in enumerate(targets, 1):
        service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
        if service is None:
            failures.append(f"alert {number}: its address is not one that is known; see the README")
            continue
        # What the library would log can hold the address.
        with apprise.LogCapture(level=apprise.logging.DEBUG):  # type: ignore[no-untyped-call]
            sent = _delivered(service, title, body)
        if not sent:
            failures.append(f"alert {number} ({service.service_name or 'service'}) was not delivered")
    return failures


def _delivered(service: object, title: str, body: str) -> bool:
    try:
        return bool(service.notify(body=body, title=title))  # type: ignore[attr-defined]
    except Exception:  # whatever a service does, the verdict must still be told
        return False
