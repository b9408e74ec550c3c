"""Which language the terminal uses: the one asked for, else the workbook's, else the user's, else English."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from xlrebal.language import ENGLISH, KOREAN, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

OPTION = "--lang"

# As POSIX orders them: the first that is set decides.
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_KOREAN_NAMES = frozenset({"ko", "korean"})
# Windows: the lower ten bits of a language identifier are the language. Source: winnt.h, PRIMARYLANGID, LANG_KOREAN.
_LANGUAGE_BITS, _WINDOWS_KOREAN = 0x3FF, 0x12


def chosen(asked_for: str | None, of_workbook: str = "") -> str:
    """Return the language of what is printed.

    A stream that has no Korean letters, such as a pipe in a Western code page of Windows, gets English.

    Args:
        asked_for: The option ``--lang``, None without it.
        of_workbook: The language that the workbook's settings name, empty where they name none.

    """
    language = asked_for or of_workbook or of_user()
    return language if language == ENGLISH or _has_korean_letters() else ENGLISH


def of_arguments(arguments: Sequence[str]) -> str | None:
    """Return the language that a command line asks for, before it is parsed: its errors and its help need it."""
    found = None
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        name, _, value = word.partition("=")
        if name == OPTION and (value or following) in LANGUAGES:
            found = value or following
    return found


def of_user() -> str:
    """Return the language of the user's locale; English where it is another one than ours."""
    named = next((value for name in _VARIABLES if (value := os.environ.get(name))), None)
    if named is None:
        return KOREAN if _windows_is_korean() else ENGLISH
    language = named.replace(".", "_").replace("-", "_").partition("_")[0]
    return KOREAN if language.casefold() in _KOREAN_NAMES else ENGLISH


def _windows_is_korean() -> bool:
    if sys.platform != "win32":
        return False
    import ctypes  # Windows only

    identifier: int = ctypes.windll.kernel32.GetUserDefaultUILanguage()
    return identifier & _LANGUAGE_BITS == _WINDOWS_KOREAN


def _has_korean_letters() -> bool:
    encoding = getattr(sys.stdout, "encoding", None)
    try:
        "가".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
