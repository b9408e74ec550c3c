"""review: what each quarter came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.common import today, with_book
from xlrebal.domain.message import Message

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.opened import OpenedWorkbook
    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Review the quarters."""
    from xlrebal.app.review import parse_quarter, run_review  # this command only
    from xlrebal.cli.views.review import show

    quarter = parse_quarter(options.quarter) if options.quarter else None

    def work(book: OpenedWorkbook, terminal: Terminal) -> None:
        quarters, base = run_review(book, today(), quarter)
        if not options.quiet:
            show(terminal, quarters, base)
        terminal.say(Message("terminal.written", file=str(options.file)))

    return with_book(options, work)
