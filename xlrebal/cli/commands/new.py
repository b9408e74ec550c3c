"""new: a workbook from a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.status import DONE
from xlrebal.cli.terminal import Terminal
from xlrebal.domain.message import Message
from xlrebal.errors import FileError, UsageError
from xlrebal.language import ENGLISH

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def run(options: argparse.Namespace) -> int:
    """Make a workbook from a template."""
    from xlrebal.files import templates  # this command only

    terminal = Terminal(options)
    if options.list:
        for info in templates.available():
            print(f"{info.name:<18} {', '.join(info.languages):<7} {info.description[terminal.language]}")
        return DONE
    if options.file is None:
        raise UsageError(Message("terminal.new_needs_name"))
    templates.create(options.file, options.template, options.lang or ENGLISH)
    macros = options.file.suffix.lower() == ".xlsm"
    if macros:
        _equip(options.file)
    terminal.say(Message("terminal.ready_with_buttons" if macros else "terminal.ready", file=str(options.file)))
    return DONE


def _equip(file: Path) -> None:
    """Bind the buttons of a new workbook to this Python; a workbook that cannot have them is not left behind."""
    from xlrebal.files import buttons  # macro workbooks only

    try:
        buttons.equip(file)
    except FileError:
        file.unlink()
        raise
