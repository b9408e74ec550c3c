"""What the commands share: one workbook opened, and the exit status of what goes wrong."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import TYPE_CHECKING

from xlrebal.cli.status import DONE, FILE_TROUBLE, USAGE, WRONG_INPUT
from xlrebal.cli.terminal import Terminal
from xlrebal.errors import FileError, InputError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from xlrebal.cli.opened import OpenedWorkbook


def today() -> dt.date:
    """Return the day of the computer."""
    return dt.datetime.now().astimezone().date()


def files_of(options: argparse.Namespace) -> list[Path]:
    """Return the workbooks of a command line; with none, the only one in this folder."""
    given = options.files if isinstance(options.files, list) else [options.files] if options.files else []
    if given:
        return list(given)
    from xlrebal.cli.desktop import the_workbook  # without a file name only

    return [the_workbook()]


def with_book(options: argparse.Namespace, work: Callable[[OpenedWorkbook, Terminal], int | None]) -> int:
    """Open the workbook of the options, do one thing with it, and return the exit status."""
    from xlrebal.cli.opened import OpenedWorkbook  # brings the adapter

    terminal = Terminal(options)

    def opened() -> int | None:
        with closing(OpenedWorkbook(options.file)) as book:
            terminal.follow(book)
            return work(book, terminal)

    return carry_out(terminal, options.file, opened)


def with_file(options: argparse.Namespace, work: Callable[[Terminal], int | None]) -> int:
    """Do one thing with a file that is a workbook, in its language, and return the exit status."""
    from xlrebal.cli.opened import language_of  # as above

    terminal = Terminal(options, language_of(options.file))
    return carry_out(terminal, options.file, lambda: work(terminal))


def carry_out(terminal: Terminal, file: Path, work: Callable[[], int | None]) -> int:
    """Do one thing with a workbook, say what went wrong, and return the exit status."""
    try:
        return work() or DONE
    except InputError as error:
        terminal.refuse_input(file, error.findings)
        return WRONG_INPUT
    except FileError as error:
        terminal.refuse_file(file, error.message)
        return FILE_TROUBLE
    except UsageError as error:
        terminal.complain(error.message)
        return USAGE
