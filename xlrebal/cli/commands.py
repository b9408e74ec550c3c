"""One function a command: open the workbook, call the use case, show the outcome."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from xlrebal.cli import FILE_TROUBLE, USAGE
from xlrebal.errors import FileError, UsageError

if TYPE_CHECKING:
    import argparse

# Module and function of each command; only the module that is needed is loaded.
_COMMANDS = {
    "new": ("books", "new"),
    "update": ("planning", "update"),
    "check": ("planning", "check"),
    "clear": ("keeping", "clear"),
    "record": ("keeping", "record"),
    "rules": ("keeping", "rules"),
    "review": ("keeping", "review"),
    "simulate": ("keeping", "simulate"),
    "import": ("taking", "take_export"),
    "prices": ("taking", "prices"),
    "share": ("books", "share"),
    "open": ("books", "open_workbook"),
    "help": ("books", "read_help"),
    "completion": ("books", "completion"),
    "excel": ("books", "excel"),
    "doctor": ("books", "doctor"),
}


def run(options: argparse.Namespace) -> int:
    """Run the command of the options and return the exit status."""
    module, function = _COMMANDS[options.command]
    try:
        status: int = getattr(import_module(f"xlrebal.cli.{module}"), function)(options)
        return status
    except UsageError as error:
        print(f"xlrebal: {error}", file=sys.stderr)
        return USAGE
    except FileError as error:
        print(f"xlrebal: {error}", file=sys.stderr)
        return FILE_TROUBLE
