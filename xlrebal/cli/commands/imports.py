"""import: holdings of an account from a broker's export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.commands.propose import apply
from xlrebal.cli.common import today, with_book
from xlrebal.cli.status import DONE
from xlrebal.cli.terminal import Terminal
from xlrebal.domain.message import Message
from xlrebal.errors import FileError, UsageError

if TYPE_CHECKING:
    import argparse

    from xlrebal.app.imports import Proposal
    from xlrebal.cli.opened import OpenedWorkbook


def run(options: argparse.Namespace) -> int:
    """Take the holdings of an account from a broker's export."""
    if options.suggest:
        return _suggest(options)
    if not options.account:
        raise UsageError(Message("terminal.import_needs_account"))

    def work(book: OpenedWorkbook, terminal: Terminal) -> int:
        return apply(options, book, terminal, _propose(options, book, terminal))

    return with_book(options, work)


def _suggest(options: argparse.Namespace) -> int:
    from xlrebal.imports.broker_export import suggest_mapping  # this command only

    if options.suggest.exists():
        raise FileError(Message("terminal.exists_already", path=str(options.suggest)))
    options.suggest.write_text(suggest_mapping(options.export), encoding="utf-8")
    Terminal(options).say(Message("terminal.mapping_to_fill_in", path=str(options.suggest)))
    return DONE


def _propose(options: argparse.Namespace, book: OpenedWorkbook, terminal: Terminal) -> Proposal:
    from xlrebal.app.imports import propose_import  # this command only
    from xlrebal.imports.broker_export import read_export

    export = read_export(options.export, options.broker, options.mapping)
    book.read({})  # from here on its language is known
    held = len(export.holdings)
    terminal.say(Message("terminal.export_read", file=options.export.name, count=held, broker=export.broker))
    return propose_import(book, export, options.account, today(), add=options.add)
