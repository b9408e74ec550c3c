"""check: say whether a rebalance is due, and alert those who are to know."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from xlrebal.cli.commands.planned import each, finish, one_update, request
from xlrebal.cli.common import files_of
from xlrebal.cli.status import DUE

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.commands.planned import Result
    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Say whether a rebalance is due, and alert those who are to know."""
    options.files = files_of(options)
    work = partial(one_update, request=request(options), output=None, write=False)
    targets = _targets(options)
    results = [_check_status(result) for result in each(options, work)]
    status = finish(options, results, _show_check)
    for result in results:
        _notify(result, result.terminal(options), targets, always=options.notify_always)
    return status


def _targets(options: argparse.Namespace) -> list[str]:
    if options.notify is None and not options.notify_always:
        return []
    from xlrebal import alerts  # with --notify only

    return alerts.addresses(options.notify or [])


def _notify(result: Result, terminal: Terminal, targets: list[str], *, always: bool) -> None:
    """A channel that fails is a warning: the verdict and its status stand."""
    if not targets or result.outcome is None or not (always or result.status == DUE):
        return
    from xlrebal import alerts

    title, body = alerts.message(result.outcome.plan, result.file.name, terminal.language)
    terminal.warn(result.file, alerts.send(targets, title, body))


def _check_status(result: Result) -> Result:
    if result.outcome is None or not result.outcome.plan.trigger.due:
        return result
    return replace(result, status=DUE)


def _show_check(result: Result, terminal: Terminal) -> None:
    from xlrebal.cli.views.plan import show_verdict

    if result.outcome:
        show_verdict(terminal, result.outcome.plan, result.file.name)
