"""doctor: what the buttons need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.cli.common import carry_out, with_file
from xlrebal.cli.terminal import Terminal
from xlrebal.cli.width import padded
from xlrebal.domain.message import Message

if TYPE_CHECKING:
    import argparse

_VERDICT_WIDTH = 8


def run(options: argparse.Namespace) -> int:
    """Say what the buttons need."""
    if options.file:
        return with_file(options, lambda terminal: _diagnose(terminal, options.file))
    terminal = Terminal(options)
    return carry_out(terminal, Path(), lambda: _diagnose(terminal, None))


def _diagnose(terminal: Terminal, file: Path | None) -> None:
    from xlrebal.files.doctor import diagnose  # this command only

    for result in diagnose(file):
        verdict = terminal.words(Message(result.verdict.value))
        found = f"{terminal.words(result.subject)}: {terminal.words(result.found)}"
        print(f"{padded(verdict, _VERDICT_WIDTH)} {found}")
        if result.hint:
            print(f"{'':<{_VERDICT_WIDTH}} {terminal.words(result.hint)}")
