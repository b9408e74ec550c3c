"""What update and check share: every workbook is planned, its status counts, its outcome is shown."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlrebal.cli.common import today
from xlrebal.cli.log import timed
from xlrebal.cli.status import DONE, DUE, FILE_TROUBLE, USAGE, WRONG_INPUT
from xlrebal.cli.terminal import Terminal, print_json
from xlrebal.domain.message import Message
from xlrebal.errors import FileError, InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from xlrebal.app import Outcome, Request
    from xlrebal.cli.opened import OpenedWorkbook

# Of several workbooks the worst status counts.
_SEVERITY = (DONE, DUE, USAGE, WRONG_INPUT, FILE_TROUBLE)


@dataclass(frozen=True)
class Result:
    """What became of one workbook.

    Attributes:
        file: The workbook.
        status: Exit status.
        outcome: Its plan, None when something is wrong.
        error: What is wrong.
        language: The language that its settings name; empty where they name none or were not read.

    """

    file: Path
    status: int
    outcome: Outcome | None = None
    error: InputError | FileError | None = None
    language: str = ""

    def terminal(self, options: argparse.Namespace) -> Terminal:
        """Return the terminal in the language of this workbook."""
        return Terminal(options, self.language)


def request(options: argparse.Namespace) -> Request:
    """Return what the options ask for."""
    from xlrebal.app import Request  # not for `new`

    return Request(
        as_of=options.as_of or today(),
        plan_now=getattr(options, "now", False),
        new_cash=getattr(options, "cash", None),
        rules=getattr(options, "rules", None),
        reason=getattr(options, "reason", ""),
        override=getattr(options, "override", ""),
    )


def one_update(file: Path, request: Request, output: Path | None, write: bool) -> Result:
    """Plan one workbook; what is wrong with it is part of the result."""
    from xlrebal.cli.opened import OpenedWorkbook  # brings the adapter

    try:
        with timed(__name__, str(file)), closing(OpenedWorkbook(file, output)) as book:
            return _planned(file, book, request, write=write)
    except FileError as error:
        return Result(file, FILE_TROUBLE, error=error)


def _planned(file: Path, book: OpenedWorkbook, request: Request, *, write: bool) -> Result:
    from xlrebal import app  # brings the engine

    try:
        outcome = (app.update if write else app.calculate)(book, request)
    except InputError as error:
        return Result(file, WRONG_INPUT, error=error, language=book.language)
    except FileError as error:
        return Result(file, FILE_TROUBLE, error=error, language=book.language)
    return Result(file, DONE, outcome, language=book.language)


def each(options: argparse.Namespace, work: Callable[[Path], Result]) -> Iterable[Result]:
    """Do the work for every workbook, in so many processes as the options allow."""
    jobs = getattr(options, "jobs", 1)
    if jobs > 1 and len(options.files) > 1:
        from concurrent.futures import ProcessPoolExecutor  # many workbooks only

        with ProcessPoolExecutor(min(jobs, len(options.files))) as pool:
            return _with_progress(options, list(options.files), pool.map(work, options.files))
    return _with_progress(options, list(options.files), map(work, options.files))


def _with_progress(options: argparse.Namespace, files: list[Path], results: Iterable[Result]) -> list[Result]:
    """A bar for many workbooks, on a terminal only."""
    if len(files) == 1 or options.quiet or not sys.stderr.isatty():
        return list(results)
    from rich.console import Console
    from rich.progress import track

    title = Terminal(options).words(Message("terminal.updating"))
    return list(track(results, title, len(files), console=Console(stderr=True), transient=True))


def finish(options: argparse.Namespace, results: Iterable[Result], show: Callable[[Result, Terminal], None]) -> int:
    """Show every result and return the exit status of all."""
    results = list(results)
    for result in results:
        _tell(result, result.terminal(options))
    if options.json:
        objects = [_payload(result) for result in results]
        print_json(objects[0] if len(objects) == 1 else objects)
    elif not options.quiet:
        for result in results:
            if result.outcome:
                show(result, result.terminal(options))
    return max((result.status for result in results), key=_SEVERITY.index)


def _tell(result: Result, terminal: Terminal) -> None:
    """Print warnings and errors."""
    if result.outcome:
        terminal.warn(result.file, result.outcome.warnings)
    elif isinstance(result.error, InputError):
        terminal.refuse_input(result.file, result.error.findings)
    elif result.error:
        terminal.refuse_file(result.file, result.error.message)


def _payload(result: Result) -> dict[str, Any]:
    from xlrebal.library import to_json  # with --json only

    found = result.outcome or result.error
    assert found is not None  # one of the two
    return to_json(found, result.file.name)
