"""excel: bind the buttons of a workbook to this Python."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from xlrebal.cli.common import with_file
from xlrebal.domain.message import Message

if TYPE_CHECKING:
    import argparse

    from xlrebal.cli.terminal import Terminal


def run(options: argparse.Namespace) -> int:
    """Bind the buttons of a workbook to this Python."""
    from xlrebal.files import buttons  # this command only

    def work(terminal: Terminal) -> None:
        dropped = buttons.bind(options.file)
        if dropped:
            terminal.say(Message("terminal.settings_removed", settings=", ".join(dropped)))
        if sys.platform in buttons.INTERPRETERS:
            terminal.say(Message("terminal.buttons_bound", file=str(options.file), python=sys.executable))
        else:
            terminal.say(Message("terminal.buttons_bound_elsewhere", file=str(options.file)))

    return with_file(options, work)
