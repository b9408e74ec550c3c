"""What can go wrong, as values and as exceptions.

A *finding* is a value: something the user wrote that is wrong or doubtful, with its place and how to fix it; all of
them are collected and shown at once. An *exception* is what stops a run. Both carry messages, not sentences: whoever
shows them chooses the language.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlrebal.domain.message import Message

    Text = Message | str


# What operating systems other than Windows answer most often; they answer in English only.
_SYSTEM = {
    errno.EACCES: "file.system_denied",
    errno.EPERM: "file.system_not_permitted",
    errno.ENOENT: "file.system_missing",
    errno.EISDIR: "file.system_is_folder",
    errno.ENOTDIR: "file.system_not_a_folder",
    errno.ENOSPC: "file.system_disk_full",
    errno.EROFS: "file.system_read_only",
    errno.EBUSY: "file.system_busy",
    errno.EIO: "file.system_input_output",
    errno.ENAMETOOLONG: "file.system_name_too_long",
}


def _english(text: Text) -> str:
    from xlrebal.language import in_english  # only what goes wrong needs words

    return in_english(text)


@dataclass(frozen=True)
class Finding:
    """One problem or warning, at one place.

    Attributes:
        cell: Where it is, such as ``Holdings!D5``, or ``rules.yaml:12`` for a rules file.
        message: What is wrong, in one clause.
        hint: How to fix it; empty when the message says it already.

    """

    cell: str
    message: Text
    hint: Text = ""

    def in_language(self, language: str) -> str:
        """Return the finding on one line, in a language of ``xlrebal.language``."""
        from xlrebal.language import render  # only what goes wrong needs words

        tail = f" ({render(self.hint, language)})" if self.hint else ""
        return f"{self.cell}: {render(self.message, language)}{tail}"

    def __str__(self) -> str:
        return self.in_language("en")


class XlrebalError(Exception):
    """Base of everything xlrebal raises on purpose.

    Attributes:
        message: What is wrong and how to fix it; ``str`` gives it in English.

    """

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return _english(self.message)


class InputError(XlrebalError):
    """The workbook or the rules are wrong; carries every finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("")
        self.findings = tuple(findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Finding, ...]]]:
        """Travel whole between the processes of ``--jobs``."""
        return type(self), (self.findings,)


class FileError(XlrebalError):
    """The file cannot be read or written; the message says why and what to do."""


class UsageError(XlrebalError):
    """The command line asks for something that does not fit together."""


def system_reason(error: OSError) -> Text:
    """Return why the operating system refused a file; in its own words where there are none of ours.

    Windows tells more than the number does, such as that another program has the file open, in its user's language.
    """
    from xlrebal.domain.message import Message  # only what goes wrong needs it

    kind = None if getattr(error, "winerror", None) else _SYSTEM.get(error.errno or 0)
    return Message(kind) if kind else error.strerror or one_line(error)


def one_line(error: BaseException) -> str:
    """Return what an error of another package reports, on one line; the name of its type when it reports nothing."""
    return " ".join(str(error).split()) or type(error).__name__
