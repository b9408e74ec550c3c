"""simulate: strategies over a history of prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.common import today, with_book
from xlrebal.domain.message import Message

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.opened import OpenedWorkbook
    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Run strategies over a history of prices."""
    from xlrebal.app.simulation import run_simulation  # this command only
    from xlrebal.cli.views.simulation import show

    def work(book: OpenedWorkbook, terminal: Terminal) -> None:
        simulation, base = run_simulation(book, options.prices, today(), write=not options.dry_run)
        if not options.quiet:
            show(terminal, simulation, base)
        if options.dry_run:
            terminal.say(Message("terminal.dry_run"))
        else:
            terminal.say(Message("terminal.written", file=str(options.file)))

    return with_book(options, work)
