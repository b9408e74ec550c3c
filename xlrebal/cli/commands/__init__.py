"""A module for each command: open the workbook, call the use case, show the outcome."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xlrebal.cli.status import FILE_TROUBLE, USAGE
from xlrebal.cli.terminal import Terminal
from xlrebal.errors import FileError, UsageError

if TYPE_CHECKING:
    import argparse

# A module is called as its command is, where Python allows that name.
_MODULES = {"import": "imports"}


def run(options: argparse.Namespace) -> int:
    """Run the command of the options and return the exit status. Only the module that is needed is loaded."""
    module = import_module(f"{__name__}.{_MODULES.get(options.command, options.command)}")
    try:
        status: int = module.run(options)
        return status
    except UsageError as error:
        Terminal(options).complain(error.message)
        return USAGE
    except FileError as error:
        Terminal(options).complain(error.message)
        return FILE_TROUBLE
