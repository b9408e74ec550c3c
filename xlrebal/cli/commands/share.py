"""share: a copy without private figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.common import with_file
from xlrebal.domain.message import Message

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Write a copy without private figures."""
    from xlrebal.files import sharing  # this command only

    def work(terminal: Terminal) -> None:
        removed = sharing.share(options.file, options.output)
        terminal.say(Message("terminal.shared", file=str(options.output)))
        for kind, count in sorted(removed.items()):
            terminal.say(f"  {terminal.words(Message(kind))}: {count:,}")

    return with_file(options, work)
