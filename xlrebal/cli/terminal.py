"""Where a command says what came of it: results on stdout, what is wrong on stderr, all in one language."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from xlrebal.cli.language import chosen
from xlrebal.cli.views.table import say
from xlrebal.domain.message import Message
from xlrebal.language import render

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable
    from pathlib import Path

    from xlrebal.cli.opened import OpenedWorkbook
    from xlrebal.domain.message import Name
    from xlrebal.errors import Finding, Text


class Terminal:
    """The terminal of one command.

    Args:
        options: The command line.
        of_workbook: The language that the workbook's settings name, where it is known beforehand.

    """

    def __init__(self, options: Namespace, of_workbook: str = "") -> None:
        self.quiet: bool = options.quiet
        self._asked_for: str | None = options.lang
        self._of_workbook = of_workbook
        self._book: OpenedWorkbook | None = None

    def follow(self, book: OpenedWorkbook) -> None:
        """Print in the language of a workbook from when it is read, unless the command line asks for another one."""
        self._book = book

    @property
    def language(self) -> str:
        """Return the language of what is printed now."""
        return chosen(self._asked_for, self._book.language if self._book else self._of_workbook)

    def words(self, text: Text | Name) -> str:
        """Return a text in the language of this terminal."""
        return render(text, self.language)

    def say(self, text: Text, style: str = "") -> None:
        """Print a text, unless the user asked for quiet; in colour on a terminal."""
        if not self.quiet:
            say(self.words(text), style)

    def complain(self, text: Text) -> None:
        """Print what is wrong with the whole run."""
        self._error(Message("terminal.from_xlrebal", text=text))

    def warn(self, file: Path, warnings: Iterable[Finding | Text]) -> None:
        """Print warnings about a workbook, one line each."""
        for warning in warnings:
            self._error(Message("terminal.warning_in_file", file=file.name, warning=self._shown(warning)))

    def warn_of_changes(self, warnings: Iterable[Finding]) -> None:
        """Print warnings about changes that are proposed, one line each."""
        for warning in warnings:
            self._error(Message("terminal.warning", warning=self._shown(warning)))

    def refuse_input(self, file: Path, findings: Iterable[Finding]) -> None:
        """Print every cell that is wrong, one line each, and how many there are."""
        lines = list(findings)
        for finding in lines:
            self._error(self._shown(finding))
        self._error(Message("terminal.problems", count=len(lines), file=file.name))

    def refuse_file(self, file: Path, reason: Text) -> None:
        """Print why a file cannot be read or written."""
        self._error(Message("terminal.file_refused", file=str(file), reason=reason))

    def _shown(self, warning: Finding | Text) -> str:
        return self.words(warning) if isinstance(warning, (str, Message)) else warning.in_language(self.language)

    def _error(self, text: Text) -> None:
        print(self.words(text), file=sys.stderr)


def print_json(data: Any) -> None:
    """Print data as JSON. A stream that lacks letters gets their escapes, so that nothing is lost."""
    everything = (getattr(sys.stdout, "encoding", None) or "utf-8").casefold().startswith("utf")
    print(json.dumps(data, ensure_ascii=not everything, indent=1))
