"""help: the pages of the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.cli.language import chosen
from xlrebal.cli.status import DONE

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Print a page of the documentation, or the list of pages."""
    from xlrebal.cli.pages import read_page, topics  # this command only

    language = chosen(options.lang)
    if options.topic is None:
        for name, title in topics(language).items():
            print(f"{name:<14} {title}")
    else:
        print(read_page(options.topic, language))
    return DONE
