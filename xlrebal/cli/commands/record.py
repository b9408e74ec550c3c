"""record: executed orders go to Trades, and holdings roll forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.common import today, with_book
from xlrebal.cli.terminal import print_json

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.opened import OpenedWorkbook
    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Record executed orders."""
    from xlrebal.app.recording import record  # this command only
    from xlrebal.cli.views import recording

    def work(book: OpenedWorkbook, terminal: Terminal) -> None:
        done = record(book, options.date or today(), options.note)
        terminal.warn(options.file, done.warnings)
        if options.json:
            print_json(recording.as_json(options.file.name, done))
        elif not options.quiet:
            recording.show(terminal, done, options.file)

    return with_book(options, work)
