"""prices: prices and exchange rates from a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.commands.propose import apply
from xlrebal.cli.common import today, with_book
from xlrebal.domain.message import Message
from xlrebal.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.opened import OpenedWorkbook
    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Take prices and exchange rates from a source."""
    from xlrebal.imports.prices import SOURCES  # this command only

    name = options.source.casefold()
    if name not in SOURCES:
        raise UsageError(Message("terminal.no_price_source", source=options.source, sources=", ".join(SOURCES)))
    if name == "csv" and options.csv is None:
        raise UsageError(Message("terminal.prices_need_file"))

    def work(book: OpenedWorkbook, terminal: Terminal) -> int:
        from xlrebal.app.imports import propose_prices

        return apply(options, book, terminal, propose_prices(book, SOURCES[name](options.csv), today()))

    return with_book(options, work)
