"""The command line: arguments in, text and exit status out."""

from __future__ import annotations

import gc
import sys

from xlrebal.cli.status import DEFECT, DONE
from xlrebal.version import __version__

# Spelled out, for importing the module typing would take longer than the whole of --version.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run xlrebal and return its exit status. ``arguments`` default to the command line's."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given == ["--version"]:
        # Answered before anything is loaded: schedulers and the Excel buttons ask for it often.
        print(f"xlrebal {__version__}")
        return DONE
    from xlrebal.cli.arguments import parse_arguments  # nothing is loaded before it is needed

    # A short run makes no garbage worth looking for; a long one over many workbooks still collects.
    gc.set_threshold(200_000)
    _print_whatever_comes()
    options = parse_arguments(given)
    if not options.verbose:
        return _run(options)
    from xlrebal.cli.log import shown_log  # with --verbose only

    with shown_log():
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    try:
        from xlrebal.cli.commands import run  # nothing heavy before the arguments are right

        return run(options)
    except KeyboardInterrupt:
        _complain(options, "terminal.interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone; there is nobody left to tell.
        sys.stderr.close()
        return DONE
    except Exception as error:
        if options.verbose:
            raise
        _complain(options, "terminal.internal_error", type=type(error).__name__, text=str(error))
        return DEFECT


def _print_whatever_comes() -> None:
    """A letter that a pipe's encoding lacks, as in a name of the family's, must not stop a run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _complain(options: argparse.Namespace, kind: str, **figures: str) -> None:
    from xlrebal.cli.terminal import Terminal  # only what goes wrong needs it
    from xlrebal.domain.message import Message

    Terminal(options).complain(Message(kind, **figures))
