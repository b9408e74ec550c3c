"""The commands update and check."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from xlrebal.cli import DONE, DUE, FILE_TROUBLE, USAGE, WRONG_INPUT, payload
from xlrebal.cli.common import Result, files_of, tell, today, warn
from xlrebal.errors import FileError, InputError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from xlrebal.app import Request

# Of several workbooks the worst status counts.
_SEVERITY = (DONE, DUE, USAGE, WRONG_INPUT, FILE_TROUBLE)


def update(options: argparse.Namespace) -> int:
    """Plan, and write the results into every workbook."""
    options.files = files_of(options)
    if options.output and len(options.files) > 1:
        raise UsageError("--output takes one workbook; give the files one by one")
    work = partial(_one_update, request=_request(options), output=options.output, write=not options.dry_run)
    results = _each(options, work)
    return _finish(options, results, partial(_show_update, options))


def check(options: argparse.Namespace) -> int:
    """Say whether a rebalance is due, and tell those who are to know."""
    options.files = files_of(options)
    work = partial(_one_update, request=_request(options), output=None, write=False)
    targets = _targets(options)
    results = [_check_status(result) for result in _each(options, work)]
    status = _finish(options, results, _show_check)
    for result in results:
        _notify(result, targets, always=options.notify_always)
    return status


def _targets(options: argparse.Namespace) -> list[str]:
    if options.notify is None and not options.notify_always:
        return []
    from xlrebal import alerts  # with --notify only

    return alerts.addresses(options.notify or [])


def _notify(result: Result, targets: list[str], *, always: bool) -> None:
    """A channel that fails is a warning: the verdict and its status stand."""
    if not targets or result.outcome is None or not (always or result.status == DUE):
        return
    from xlrebal import alerts

    title, body = alerts.message(result.outcome.plan, result.file.name)
    warn(result.file, alerts.send(targets, title, body))


def _request(options: argparse.Namespace) -> Request:
    from xlrebal.app import Request  # not for `new`

    return Request(
        as_of=options.as_of or today(),
        plan_now=getattr(options, "now", False),
        new_cash=getattr(options, "cash", None),
        rules=getattr(options, "rules", None),
        reason=getattr(options, "reason", ""),
        override=getattr(options, "override", ""),
    )


def _one_update(file: Path, request: Request, output: Path | None, write: bool) -> Result:
    from xlrebal import app
    from xlrebal.workbook.headless import HeadlessWorkbook  # the adapter this door opens

    use_case = app.update if write else app.calculate
    try:
        with closing(HeadlessWorkbook(file, output)) as book:
            return Result(file, DONE, outcome=use_case(book, request))
    except InputError as error:
        return Result(file, WRONG_INPUT, error=error)
    except FileError as error:
        return Result(file, FILE_TROUBLE, error=error)


def _check_status(result: Result) -> Result:
    if result.outcome is None or not result.outcome.plan.trigger.due:
        return result
    return Result(result.file, DUE, outcome=result.outcome)


def _each(options: argparse.Namespace, work: Callable[[Path], Result]) -> Iterable[Result]:
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

    return list(track(results, "Updating", len(files), console=Console(stderr=True), transient=True))


def _finish(options: argparse.Namespace, results: Iterable[Result], show: Callable[[Result], None]) -> int:
    results = list(results)
    for result in results:
        tell(result)
    if options.json:
        objects = [_payload(result) for result in results]
        print(json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=1))
    elif not options.quiet:
        for result in results:
            if result.outcome:
                show(result)
    return max((result.status for result in results), key=_SEVERITY.index)


def _payload(result: Result) -> dict[str, Any]:
    if result.outcome:
        return payload.success(result.file.name, result.outcome.plan, result.outcome.warnings)
    findings = result.error.findings if isinstance(result.error, InputError) else ()
    return payload.failure(result.file.name, findings, str(result.error))


def _show_update(options: argparse.Namespace, result: Result) -> None:
    from xlrebal.cli.screen import show_plan  # brings the terminal tables

    if result.outcome is None:
        return
    show_plan(result.outcome.plan, result.file.name)
    where = options.output or result.file
    print("Dry run: nothing was written." if options.dry_run else f"Written to {where}.")


def _show_check(result: Result) -> None:
    from xlrebal.cli.screen import show_verdict

    if result.outcome:
        show_verdict(result.outcome.plan, result.file.name)
