"""The door of the command line: arguments in, text and exit status out."""

from __future__ import annotations

import gc
import sys

from xlrebal import __version__

# Spelled out, for importing the module typing would take longer than the whole of --version.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, DEFECT, DUE, USAGE, WRONG_INPUT, FILE_TROUBLE = 0, 1, 10, 2, 3, 4
"""Exit statuses of the contract."""

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run xlrebal and return its exit status. ``arguments`` default to the command line's."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given == ["--version"]:
        # Answered before anything is loaded: schedulers and the Excel door ask for it often.
        print(f"xlrebal {__version__}")
        return DONE
    from xlrebal.cli.arguments import parse_arguments  # nothing is loaded before it is needed

    # A short run makes no garbage worth looking for; a long one over many workbooks still collects.
    gc.set_threshold(200_000)
    options = parse_arguments(given)
    try:
        from xlrebal.cli.commands import run  # nothing heavy before the arguments are right

        return run(options)
    except KeyboardInterrupt:
        print("xlrebal: interrupted; nothing more was written", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone; there is nobody left to tell.
        sys.stderr.close()
        return DONE
    except Exception as error:
        if options.verbose:
            raise
        print(f"xlrebal: a defect of ours: {type(error).__name__}: {error} (--verbose shows where)", file=sys.stderr)
        return DEFECT
