"""Changes of inputs are shown first, and written when they are wanted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from xlrebal.cli.status import DONE
from xlrebal.domain.message import Message

if TYPE_CHECKING:
    import argparse

    from xlrebal.app.imports import Proposal
    from xlrebal.cli.opened import OpenedWorkbook
    from xlrebal.cli.terminal import Terminal

# The last one is what a Korean keyboard types for y.
_YES = frozenset({"y", "yes", "예", "네", "ㅛ"})


def apply(options: argparse.Namespace, book: OpenedWorkbook, terminal: Terminal, proposal: Proposal) -> int:
    """Show what would change; on a terminal ask; then write."""
    terminal.warn_of_changes(proposal.warnings)
    for change in proposal.changes:
        terminal.say(Message("terminal.change", what=change.what, old=change.old or "-", new=change.new))
    if not proposal.changes:
        terminal.say(Message("terminal.nothing_to_change"))
    elif options.dry_run:
        terminal.say(Message("terminal.dry_run"))
    elif options.yes or not sys.stdin.isatty() or _wanted(terminal):
        book.apply(proposal.changeset)
        terminal.say(Message("terminal.written", file=str(options.file)))
    else:
        terminal.say(Message("terminal.nothing_written"))
    return DONE


def _wanted(terminal: Terminal) -> bool:
    return input(terminal.words(Message("terminal.write_this"))).strip().casefold() in _YES
