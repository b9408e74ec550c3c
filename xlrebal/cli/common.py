"""What the commands share: one workbook opened, one line for everything that is wrong."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.cli import DONE, FILE_TROUBLE, WRONG_INPUT
from xlrebal.errors import FileError, InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from xlrebal.app import Outcome
    from xlrebal.workbook.headless import HeadlessWorkbook


@dataclass(frozen=True)
class Result:
    """What became of one workbook: its status, and an outcome or the lines that say what is wrong."""

    file: Path
    status: int
    outcome: Outcome | None = None
    error: InputError | FileError | None = None


def say(options: argparse.Namespace, text: str) -> None:
    """Print a line, unless the user asked for quiet."""
    if not options.quiet:
        print(text)


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


def with_book(file: Path, work: Callable[[HeadlessWorkbook], int | None]) -> int:
    """Open a workbook, do one thing with it, say what went wrong, and return the exit status."""
    from xlrebal.workbook.headless import HeadlessWorkbook  # the adapter this door opens

    def opened() -> int | None:
        with closing(HeadlessWorkbook(file)) as book:
            return work(book)

    return carry_out(file, opened)


def carry_out(file: Path, work: Callable[[], int | None]) -> int:
    """Do one thing with a workbook, say what went wrong, and return the exit status."""
    try:
        return work() or DONE
    except InputError as error:
        tell(Result(file, WRONG_INPUT, error=error))
        return WRONG_INPUT
    except FileError as error:
        tell(Result(file, FILE_TROUBLE, error=error))
        return FILE_TROUBLE


def warn(file: Path, warnings: Iterable[object]) -> None:
    """Print warnings about a workbook, one line each, on stderr."""
    for warning in warnings:
        print(f"{file.name}: warning: {warning}", file=sys.stderr)


def tell(result: Result) -> None:
    """Print warnings and errors, one line each, on stderr."""
    if result.outcome:
        warn(result.file, result.outcome.warnings)
    elif isinstance(result.error, InputError):
        for finding in result.error.findings:
            print(finding, file=sys.stderr)
        count = len(result.error.findings)
        tail = "xlrebal help workbook explains sheets, columns and settings."
        print(f"{count} problem{'s' * (count > 1)} in {result.file.name}. Nothing was written; {tail}", file=sys.stderr)
    else:
        print(f"{result.file}: {result.error}. Nothing was written.", file=sys.stderr)
