"""update: plan, and write the results into every workbook."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from xlrebal.cli.commands.planned import each, finish, one_update, request
from xlrebal.cli.common import files_of
from xlrebal.domain.message import Message
from xlrebal.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.commands.planned import Result
    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Plan, and write the results into every workbook."""
    options.files = files_of(options)
    if options.output and len(options.files) > 1:
        raise UsageError(Message("terminal.output_takes_one"))
    work = partial(one_update, request=request(options), output=options.output, write=not options.dry_run)
    results = each(options, work)
    return finish(options, results, partial(_show_update, options))


def _show_update(options: argparse.Namespace, result: Result, terminal: Terminal) -> None:
    from xlrebal.cli.views.plan import show_plan  # brings the terminal tables

    if result.outcome is None:
        return
    show_plan(terminal, result.outcome.plan, result.file.name)
    if options.dry_run:
        terminal.say(Message("terminal.dry_run"))
    else:
        terminal.say(Message("terminal.written", file=str(options.output or result.file)))
