"""open: a workbook in the program that the computer has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.status import DONE

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Open a workbook in the program that the computer has for it."""
    from xlrebal.cli.desktop import open_file, the_workbook  # this command only

    open_file(options.files or the_workbook())
    return DONE
