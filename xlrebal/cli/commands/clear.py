"""clear: empty the result tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.common import with_book
from xlrebal.domain.message import Message, Name
from xlrebal.tables.contract.results import RESULTS

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.opened import OpenedWorkbook
    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Empty the result tables."""
    from xlrebal import app  # this command only

    def work(book: OpenedWorkbook, terminal: Terminal) -> None:
        cleared = app.clear(book)
        if cleared:
            tables = tuple(Name(name, RESULTS[name].sheet.korean) for name in cleared)
            terminal.say(Message("terminal.cleared", file=str(options.file), tables=tables))
        else:
            terminal.say(Message("terminal.nothing_to_clear"))

    return with_book(options, work)
