"""rules: targets and settings as a YAML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.common import today, with_book
from xlrebal.domain.message import Message

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from pathlib import Path

    from xlrebal.cli.opened import OpenedWorkbook
    from xlrebal.cli.terminal import Terminal
    from xlrebal.tables.rules_file.rules import Difference


def run(options: argparse.Namespace) -> int:
    """Export, import or compare the rules."""
    from xlrebal.app import rules  # this command only

    def export(book: OpenedWorkbook, terminal: Terminal) -> None:
        changed = rules.export_rules(book, options.rules, today())
        kind = "terminal.written" if changed else "terminal.rules_already_there"
        terminal.say(Message(kind, file=str(options.rules)))

    def compare(book: OpenedWorkbook, terminal: Terminal) -> None:
        _show(terminal, rules.diff_rules(book, options.rules, today()), options.rules)

    def import_(book: OpenedWorkbook, terminal: Terminal) -> None:
        taken = rules.import_rules(book, options.rules, today())
        terminal.warn(options.file, taken.warnings)
        if _show(terminal, taken.changes, options.rules):
            terminal.say(Message("terminal.written", file=str(options.file)))

    return with_book(options, {"export": export, "import": import_, "diff": compare}[options.task])


def _show(terminal: Terminal, found: Iterable[Difference], file: Path) -> bool:
    """Print what differs, and return whether anything does."""
    differences = list(found)
    for one in differences:
        ours, theirs = one.ours or "-", one.theirs or "-"
        terminal.say(Message("terminal.rule_differs", rule=str(one.key), ours=ours, theirs=theirs, file=file.name))
    if not differences:
        terminal.say(Message("terminal.no_differences"))
    return bool(differences)
