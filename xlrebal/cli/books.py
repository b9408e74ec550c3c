"""The commands about workbooks as files: new, share, open, excel, doctor; and help and completion."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.cli import DONE
from xlrebal.cli.common import carry_out, say
from xlrebal.errors import FileError, UsageError

if TYPE_CHECKING:
    import argparse


def new(options: argparse.Namespace) -> int:
    """Make a workbook from a template."""
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


def share(options: argparse.Namespace) -> int:
    """Write a copy without private figures."""
    from xlrebal import sharing  # this command only

    def work() -> None:
        removed = sharing.share(options.file, options.output)
        say(options, f"{options.output} keeps targets, groups, rules and design. Left behind:")
        for kind, count in sorted(removed.items()):
            say(options, f"  {kind}: {count:,}")

    return carry_out(options.file, work)


def excel(options: argparse.Namespace) -> int:
    """Bind the buttons of a workbook to this Python."""
    from xlrebal import buttons  # this command only

    dropped: list[str] = []
    status = carry_out(options.file, lambda: dropped.extend(buttons.bind(options.file)))
    if status == DONE and not options.quiet:
        if dropped:
            print(f"Removed from its settings: {', '.join(dropped)}.")
        bound = sys.platform in buttons.INTERPRETERS
        elsewhere = (
            f"The buttons of {options.file} look for Python where they are pressed: on Windows, or on macOS after"
        )
        there = f"{elsewhere} this command there."
        print(f"The buttons of {options.file} use {sys.executable}." if bound else there)
    return status


def doctor(options: argparse.Namespace) -> int:
    """Say what the buttons need."""
    from xlrebal.doctor import diagnose  # this command only

    def work() -> None:
        for result in diagnose(options.file):
            mend = f"\n         {result.mend}" if result.mend else ""
            print(f"{result.verdict:<8} {result.subject}: {result.found}{mend}")

    return carry_out(options.file or Path(), work)


def open_workbook(options: argparse.Namespace) -> int:
    """Open a workbook in the program that the computer has for it."""
    from xlrebal.cli.desktop import open_file, the_workbook  # this command only

    open_file(options.files or the_workbook())
    return DONE


def read_help(options: argparse.Namespace) -> int:
    """Print a page of the documentation, or the list of pages."""
    from xlrebal.cli.pages import read_page, topics  # this command only

    if options.topic is None:
        for name, title in topics().items():
            print(f"{name:<14} {title}")
    else:
        print(read_page(options.topic))
    return DONE


def completion(options: argparse.Namespace) -> int:
    """Print the completion of a shell."""
    try:
        import shtab  # this command only
    except ModuleNotFoundError:
        raise UsageError('completion needs one more package: pip install "xlrebal[completion]"') from None
    from xlrebal.cli.arguments import make_parser

    print(shtab.complete(make_parser(), options.shell))
    return DONE
