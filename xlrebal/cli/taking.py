"""The commands that take data in: import and prices."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from xlrebal.cli import DONE
from xlrebal.cli.common import say, today, with_book
from xlrebal.errors import FileError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from xlrebal.app.intake import Proposal
    from xlrebal.workbook.headless import HeadlessWorkbook


def take_export(options: argparse.Namespace) -> int:
    """Take the holdings of an account from a broker's export."""
    from xlrebal.intake.export import read_export, suggest_mapping  # this command only

    if options.suggest:
        if options.suggest.exists():
            raise FileError(f"{options.suggest} is there already; choose another name")
        options.suggest.write_text(suggest_mapping(options.export), encoding="utf-8")
        say(options, f"Fill in {options.suggest}, then import again with --mapping {options.suggest}.")
        return DONE
    if not options.account:
        raise UsageError("import needs --account NAME, the account of the workbook that the export is of")

    def propose(book: HeadlessWorkbook) -> Proposal:
        from xlrebal.app.intake import propose_import

        export = read_export(options.export, options.broker, options.mapping)
        say(options, f"{options.export.name}: {len(export.positions)} holdings, read as {export.broker}")
        return propose_import(book, export, options.account, today(), add=options.add)

    return with_book(options.file, lambda book: _apply(options, book, propose))


def prices(options: argparse.Namespace) -> int:
    """Take prices and exchange rates from a source."""
    from xlrebal.intake.prices import SOURCES  # this command only

    name = options.source.casefold()
    if name not in SOURCES:
        raise UsageError(f"there is no source {options.source}; use {' or '.join(SOURCES)}")
    if name == "csv" and options.csv is None:
        raise UsageError("prices needs --csv PRICES.csv, or another --source")

    def propose(book: HeadlessWorkbook) -> Proposal:
        from xlrebal.app.intake import propose_prices

        return propose_prices(book, SOURCES[name](options.csv), today())

    return with_book(options.file, lambda book: _apply(options, book, propose))


def _apply(options: argparse.Namespace, book: HeadlessWorkbook, propose: Callable[[HeadlessWorkbook], Proposal]) -> int:
    """Show what would change; on a terminal ask; then write."""
    proposal = propose(book)
    for warning in proposal.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for change in proposal.changes:
        say(options, f"  {change.what}: {change.old or '-'} -> {change.new}")
    if not proposal.changes:
        say(options, "Nothing to change.")
    elif options.dry_run:
        say(options, "Dry run: nothing was written.")
    elif options.yes or not sys.stdin.isatty() or input("Write this? [y/N] ").strip().casefold() in ("y", "yes"):
        book.apply(proposal.changeset)
        say(options, f"Written to {options.file}.")
    else:
        say(options, "Nothing was written.")
    return DONE
