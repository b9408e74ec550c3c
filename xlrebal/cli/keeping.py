"""The commands that keep a household's records: record, clear, rules, review, simulate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from xlrebal.cli.common import say, today, warn, with_book

if TYPE_CHECKING:
    import argparse

    from xlrebal.workbook.headless import HeadlessWorkbook


def record(options: argparse.Namespace) -> int:
    """Put executed orders into the record."""
    from xlrebal.app import record as recording  # this command only
    from xlrebal.cli import bookkeeping

    def work(book: HeadlessWorkbook) -> None:
        done = recording.record(book, options.date or today(), options.note)
        warn(options.file, done.warnings)
        if options.json:
            print(json.dumps(bookkeeping.as_json(options.file.name, done), ensure_ascii=False, indent=1))
        elif not options.quiet:
            bookkeeping.show(done, options.file)

    return with_book(options.file, work)


def clear(options: argparse.Namespace) -> int:
    """Empty the result tables."""
    from xlrebal import app  # not for `rules`

    def work(book: HeadlessWorkbook) -> None:
        cleared = app.clear(book)
        say(options, f"Cleared in {options.file}: {', '.join(cleared)}." if cleared else "There is nothing to clear.")

    return with_book(options.file, work)


def rules(options: argparse.Namespace) -> int:
    """Export, import or compare the rules."""
    from xlrebal.app import rules as rulebook  # this command only

    def work(book: HeadlessWorkbook) -> None:
        if options.task == "export":
            changed = rulebook.export_rules(book, options.rules, today())
            say(options, f"Written to {options.rules}." if changed else f"{options.rules} says the same already.")
            return
        if options.task == "diff":
            found = rulebook.diff_rules(book, options.rules, today())
        else:
            taken = rulebook.import_rules(book, options.rules, today())
            found = list(taken.changes)
            warn(options.file, taken.warnings)
        for one in found:
            say(options, f"{one.key}: {one.ours or '-'} in the workbook, {one.theirs or '-'} in {options.rules.name}")
        if options.task == "import" and found:
            say(options, f"Written to {options.file}.")
        elif not found:
            say(options, "No differences.")

    return with_book(options.file, work)


def review(options: argparse.Namespace) -> int:
    """Review the quarters."""
    from xlrebal.app.reviewing import parse_quarter, run_review  # this command only
    from xlrebal.cli.quarters import show

    quarter = parse_quarter(options.quarter) if options.quarter else None

    def work(book: HeadlessWorkbook) -> None:
        quarters, base = run_review(book, today(), quarter)
        if not options.quiet:
            show(quarters, base)
            print(f"Written to {options.file}.")

    return with_book(options.file, work)


def simulate(options: argparse.Namespace) -> int:
    """Run strategies over a history of prices."""
    from xlrebal.app.simulating import run_simulation  # this command only
    from xlrebal.cli.backtest import show

    def work(book: HeadlessWorkbook) -> None:
        simulation, base = run_simulation(book, options.prices, today(), write=not options.dry_run)
        if not options.quiet:
            show(simulation, base)
            print("Dry run: nothing was written." if options.dry_run else f"Written to {options.file}.")

    return with_book(options.file, work)
