"""completion: of commands and options in a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.language import chosen
from xlrebal.cli.status import DONE
from xlrebal.domain.message import Message
from xlrebal.errors import UsageError

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Print the completion of a shell."""
    try:
        import shtab  # this command only
    except ModuleNotFoundError:
        raise UsageError(Message("terminal.completion_needs_package")) from None
    from xlrebal.cli.arguments import make_parser

    print(shtab.complete(make_parser(chosen(options.lang)), options.shell))
    return DONE
