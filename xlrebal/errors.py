"""What can go wrong, as values and as exceptions.

A *finding* is a value: something the user wrote that is wrong or doubtful, with its place and the
mend; all of them are collected and shown at once. An *exception* is what stops a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Finding:
    """One problem or warning, at one place.

    Attributes:
        cell: Where it is, such as ``Holdings!D5``, or ``rules.yaml:12`` for a rules file.
        message: What is wrong, in one clause.
        mend: What to do about it; empty when the message says it already.

    """

    cell: str
    message: str
    mend: str = ""

    def __str__(self) -> str:
        tail = f" ({self.mend})" if self.mend else ""
        return f"{self.cell}: {self.message}{tail}"


class XlrebalError(Exception):
    """Base of everything xlrebal raises on purpose."""


class InputError(XlrebalError):
    """The workbook or the rules are wrong; carries every finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Finding, ...]]]:
        """Travel whole between the processes of ``--jobs``."""
        return type(self), (self.findings,)


class FileError(XlrebalError):
    """The file cannot be read or written; the message says why and what to do."""


class UsageError(XlrebalError):
    """The command line asks for something that does not fit together."""
