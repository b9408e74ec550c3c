"""One function a command: open the workbook, call the use case, show the outcome."""

from __future__ import annotations

import datetime as dt
import json
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from xlrebal.cli import DONE, DUE, FILE_TROUBLE, USAGE, WRONG_INPUT, payload
from xlrebal.errors import FileError, InputError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from xlrebal.app import Outcome, Request
    from xlrebal.app.intake import Proposal
    from xlrebal.workbook.headless import HeadlessWorkbook

# Of several workbooks the worst status counts.
_SEVERITY = (DONE, DUE, USAGE, WRONG_INPUT, FILE_TROUBLE)


@dataclass(frozen=True)
class Result:
    """What became of one workbook: its status, and an outcome or the lines that say what is wrong."""

    file: Path
    status: int
    outcome: Outcome | None = None
    error: InputError | FileError | None = None


def run(options: argparse.Namespace) -> int:
    """Run the command of the options and return the exit status."""
    try:
        return _COMMANDS[options.command](options)
    except UsageError as error:
        print(f"xlrebal: {error}", file=sys.stderr)
        return USAGE
    except FileError as error:
        print(f"xlrebal: {error}", file=sys.stderr)
        return FILE_TROUBLE


def _new(options: argparse.Namespace) -> int:
    from xlrebal import templates  # this command only

    if options.list:
        for info in templates.available():
            print(f"{info.name:<18} {', '.join(info.languages):<7} {info.description}")
        return DONE
    if options.file is None:
        raise UsageError("new needs a file name, for example: xlrebal new family.xlsx")
    templates.create(options.file, options.template, options.lang)
    if options.file.suffix.lower() == ".xlsm":
        _equip(options.file)
    if not options.quiet:
        then = f"save, then run: xlrebal update {options.file}"
        if options.file.suffix.lower() == ".xlsm":
            then = "then press Update on its Dashboard"
        print(f"{options.file} is ready. Fill in the yellow cells, {then}")
    return DONE


def _equip(file: Path) -> None:
    """Bind the buttons of a new workbook to this Python; a workbook that cannot have them is not left behind."""
    from xlrebal import buttons  # macro workbooks only

    try:
        buttons.equip(file)
    except FileError:
        file.unlink()
        raise


def _excel(options: argparse.Namespace) -> int:
    from xlrebal import buttons  # this command only

    buttons.bind(options.file)
    if not options.quiet:
        print(f"The buttons of {options.file} use {sys.executable}.")
    return DONE


def _doctor(options: argparse.Namespace) -> int:
    from xlrebal import buttons  # this command only

    found = buttons.diagnose(options.file)
    for result in found:
        mend = f"\n         {result.mend}" if result.mend else ""
        print(f"{result.verdict:<8} {result.subject}: {result.found}{mend}")
    return DONE


def _open(options: argparse.Namespace) -> int:
    from xlrebal.cli.desktop import open_file, the_workbook  # this command only

    open_file(options.files or the_workbook())
    return DONE


def _help(options: argparse.Namespace) -> int:
    from xlrebal.cli.pages import read_page, topics  # this command only

    if options.topic is None:
        for name, title in topics().items():
            print(f"{name:<14} {title}")
    else:
        print(read_page(options.topic))
    return DONE


def _completion(options: argparse.Namespace) -> int:
    try:
        import shtab  # this command only
    except ModuleNotFoundError:
        raise UsageError('completion needs one more package: pip install "xlrebal[completion]"') from None
    from xlrebal.cli.arguments import make_parser

    print(shtab.complete(make_parser(), options.shell))
    return DONE


def _files(options: argparse.Namespace) -> list[Path]:
    """The workbooks of a command line; with none, the only one in this folder."""
    given = options.files if isinstance(options.files, list) else [options.files] if options.files else []
    if given:
        return list(given)
    from xlrebal.cli.desktop import the_workbook  # without a file name only

    return [the_workbook()]


def _update(options: argparse.Namespace) -> int:
    options.files = _files(options)
    if options.output and len(options.files) > 1:
        raise UsageError("--output takes one workbook; give the files one by one")
    work = partial(_one_update, request=_request(options), output=options.output, write=not options.dry_run)
    results = _each(options, work)
    return _finish(options, results, partial(_show_update, options))


def _check(options: argparse.Namespace) -> int:
    options.files = _files(options)
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
    for failure in alerts.send(targets, title, body):
        print(f"{result.file.name}: warning: {failure}", file=sys.stderr)


def _record(options: argparse.Namespace) -> int:
    from xlrebal.app.record import record  # this command only
    from xlrebal.cli import bookkeeping

    def work(book: HeadlessWorkbook) -> None:
        done = record(book, options.date or _today(), options.note)
        for warning in done.warnings:
            print(f"{options.file.name}: warning: {warning}", file=sys.stderr)
        if options.json:
            print(json.dumps(bookkeeping.as_json(options.file.name, done), ensure_ascii=False, indent=1))
        elif not options.quiet:
            bookkeeping.show(done, options.file)

    return _with_book(options.file, work)


def _rules(options: argparse.Namespace) -> int:
    from xlrebal.app import rules  # this command only

    def work(book: HeadlessWorkbook) -> None:
        if options.task == "export":
            changed = rules.export_rules(book, options.rules, _today())
            _say(options, f"Written to {options.rules}." if changed else f"{options.rules} says the same already.")
            return
        if options.task == "diff":
            found = rules.diff_rules(book, options.rules, _today())
        else:
            taken = rules.import_rules(book, options.rules, _today())
            found = list(taken.changes)
            for warning in taken.warnings:
                print(f"{options.file.name}: warning: {warning}", file=sys.stderr)
        for one in found:
            _say(options, f"{one.key}: {one.ours or '-'} in the workbook, {one.theirs or '-'} in {options.rules.name}")
        if options.task == "import" and found:
            _say(options, f"Written to {options.file}.")
        elif not found:
            _say(options, "No differences.")

    return _with_book(options.file, work)


def _review(options: argparse.Namespace) -> int:
    from xlrebal.app.reviewing import parse_quarter, run_review  # this command only
    from xlrebal.cli.quarters import show

    quarter = parse_quarter(options.quarter) if options.quarter else None

    def work(book: HeadlessWorkbook) -> None:
        quarters, base = run_review(book, _today(), quarter)
        if not options.quiet:
            show(quarters, base)
            print(f"Written to {options.file}.")

    return _with_book(options.file, work)


def _import(options: argparse.Namespace) -> int:
    from xlrebal.intake.export import read_export, suggest_mapping  # this command only

    if options.suggest:
        if options.suggest.exists():
            raise FileError(f"{options.suggest} is there already; choose another name")
        options.suggest.write_text(suggest_mapping(options.export), encoding="utf-8")
        _say(options, f"Fill in {options.suggest}, then import again with --mapping {options.suggest}.")
        return DONE
    if not options.account:
        raise UsageError("import needs --account NAME, the account of the workbook that the export is of")

    def propose(book: HeadlessWorkbook) -> Proposal:
        from xlrebal.app.intake import propose_import

        export = read_export(options.export, options.broker, options.mapping)
        _say(options, f"{options.export.name}: {len(export.positions)} holdings, read as {export.broker}")
        return propose_import(book, export, options.account, _today(), add=options.add)

    return _with_book(options.file, lambda book: _apply(options, book, propose))


def _prices(options: argparse.Namespace) -> int:
    from xlrebal.intake.prices import SOURCES  # this command only

    name = options.source.casefold()
    if name not in SOURCES:
        raise UsageError(f"there is no source {options.source}; use {' or '.join(SOURCES)}")
    if name == "csv" and options.csv is None:
        raise UsageError("prices needs --csv PRICES.csv, or another --source")

    def propose(book: HeadlessWorkbook) -> Proposal:
        from xlrebal.app.intake import propose_prices

        return propose_prices(book, SOURCES[name](options.csv), _today())

    return _with_book(options.file, lambda book: _apply(options, book, propose))


def _apply(options: argparse.Namespace, book: HeadlessWorkbook, propose: Callable[[HeadlessWorkbook], Proposal]) -> int:
    """Show what would change; on a terminal ask; then write."""
    proposal = propose(book)
    for warning in proposal.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for change in proposal.changes:
        _say(options, f"  {change.what}: {change.old or '-'} -> {change.new}")
    if not proposal.changes:
        _say(options, "Nothing to change.")
    elif options.dry_run:
        _say(options, "Dry run: nothing was written.")
    elif options.yes or not sys.stdin.isatty() or input("Write this? [y/N] ").strip().casefold() in ("y", "yes"):
        book.apply(proposal.changeset)
        _say(options, f"Written to {options.file}.")
    else:
        _say(options, "Nothing was written.")
    return DONE


def _share(options: argparse.Namespace) -> int:
    from xlrebal.sharing import share  # this command only

    try:
        removed = share(options.file, options.output)
    except FileError as error:
        print(f"{options.file}: {error}. Nothing was written.", file=sys.stderr)
        return FILE_TROUBLE
    _say(options, f"{options.output} keeps targets, groups, rules and design. Left behind:")
    for kind, count in sorted(removed.items()):
        _say(options, f"  {kind}: {count:,}")
    return DONE


def _simulate(options: argparse.Namespace) -> int:
    from xlrebal.app.simulating import run_simulation  # this command only
    from xlrebal.cli.backtest import show

    def work(book: HeadlessWorkbook) -> None:
        simulation, base = run_simulation(book, options.prices, _today(), write=not options.dry_run)
        if not options.quiet:
            show(simulation, base)
            print("Dry run: nothing was written." if options.dry_run else f"Written to {options.file}.")

    return _with_book(options.file, work)


def _say(options: argparse.Namespace, text: str) -> None:
    if not options.quiet:
        print(text)


def _with_book(file: Path, work: Callable[[HeadlessWorkbook], int | None]) -> int:
    """Open a workbook, do one thing with it, and say what went wrong."""
    from xlrebal.workbook.headless import HeadlessWorkbook  # the adapter this door opens

    try:
        with closing(HeadlessWorkbook(file)) as book:
            return work(book) or DONE
    except InputError as error:
        _tell(Result(file, WRONG_INPUT, error=error))
        return WRONG_INPUT
    except FileError as error:
        _tell(Result(file, FILE_TROUBLE, error=error))
        return FILE_TROUBLE


_COMMANDS = {
    "new": _new,
    "update": _update,
    "check": _check,
    "record": _record,
    "rules": _rules,
    "review": _review,
    "import": _import,
    "prices": _prices,
    "share": _share,
    "simulate": _simulate,
    "excel": _excel,
    "doctor": _doctor,
    "open": _open,
    "help": _help,
    "completion": _completion,
}


def _request(options: argparse.Namespace) -> Request:
    from xlrebal.app import Request  # not for `new`

    return Request(
        as_of=options.as_of or _today(),
        plan_now=getattr(options, "now", False),
        new_cash=getattr(options, "cash", None),
        rules=getattr(options, "rules", None),
        reason=getattr(options, "reason", ""),
        override=getattr(options, "override", ""),
    )


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


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
        _tell(result)
    if options.json:
        objects = [_payload(result) for result in results]
        print(json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=1))
    elif not options.quiet:
        for result in results:
            if result.outcome:
                show(result)
    return max((result.status for result in results), key=_SEVERITY.index)


def _tell(result: Result) -> None:
    """Warnings and errors, one line each, on stderr."""
    if result.outcome:
        for warning in result.outcome.warnings:
            print(f"{result.file.name}: warning: {warning}", file=sys.stderr)
    elif isinstance(result.error, InputError):
        for finding in result.error.findings:
            print(finding, file=sys.stderr)
        count = len(result.error.findings)
        tail = "xlrebal help workbook explains sheets, columns and settings."
        print(f"{count} problem{'s' * (count > 1)} in {result.file.name}. Nothing was written; {tail}", file=sys.stderr)
    else:
        print(f"{result.file}: {result.error}. Nothing was written.", file=sys.stderr)


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
