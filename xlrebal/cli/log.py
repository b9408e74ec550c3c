"""The log behind --verbose: which files are read and written, and how long it takes.

The module logging is loaded with --verbose only, for loading it takes as long as reading a small workbook.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "xlrebal"


@contextmanager
def shown_log() -> Iterator[None]:
    """Show what is logged on stderr."""
    import logging  # see above

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logger = logging.getLogger(NAME)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


def log(module: str, text: str, *figures: object) -> None:
    """Log a line in the logger of a module, ``%`` in it standing for the figures, as logging does."""
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(module).debug(text, *figures)


@contextmanager
def timed(module: str, what: str) -> Iterator[None]:
    """Log how long something took."""
    start = time.perf_counter()
    yield
    log(module, "%s: %.0f ms", what, (time.perf_counter() - start) * 1000)
