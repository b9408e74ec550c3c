"""Failures that nobody planned for: whose they are, and a log of ours that holds nothing of the family's."""

from __future__ import annotations

import builtins
import contextlib
import datetime as dt
import importlib.metadata
import os
import platform
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import xlrebal

if TYPE_CHECKING:
    from collections.abc import Iterator

# Packages between us and the spreadsheet program: a call that it refuses comes back as an error of theirs.
_GO_BETWEENS = frozenset({"pywintypes", "win32com", "pythoncom", "appscript", "aem", "xlwings", "pyodide"})
_OURS = Path(__file__).parent.parent
_LARGEST_LOG = 200_000
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# Names in quotes that stay readable in the log; every other text in quotes may be the family's.
_PLAIN = frozenset({*dir(builtins), "Decimal", "date", "datetime", "timedelta", "NoneType"})


def refused(error: BaseException) -> bool:
    """Return whether the spreadsheet program refused a call, rather than our own code being wrong.

    So say the errors of the packages that talk to the program, by the module of their type; what another type raises
    counts as the program's when it comes from such a package and is about the connection, or about something that the
    program does not have.
    """
    return any(map(_is_refusal, _chain(error)))


def _is_refusal(error: BaseException) -> bool:
    if type(error).__module__.partition(".")[0] in _GO_BETWEENS:
        return True
    frames = traceback.extract_tb(error.__traceback__)
    inside = bool(frames) and not Path(frames[-1].filename).is_relative_to(_OURS)
    # pywin32 reports a busy program as an attribute that is missing.
    busy = bool(frames) and "win32com" in Path(frames[-1].filename).parts and isinstance(error, AttributeError)
    return inside and (busy or isinstance(error, (OSError, NotImplementedError)))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those it was raised from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def keep_log(error: BaseException, action: str) -> str:
    """Write what is needed to find a fault of ours, and return the place; empty where it could not be written.

    In a browser (xlwings Lite) there is no place to keep a file: the log goes to the output of the add-in's pane.
    """
    text = _described(error, action)
    if sys.platform == "emscripten":
        sys.stderr.write(text)
        return ""
    with contextlib.suppress(OSError, RuntimeError):
        path = _folder() / "xlrebal.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = "a" if path.exists() and path.stat().st_size < _LARGEST_LOG else "w"
        with path.open(mode, encoding="utf-8") as log:
            log.write(text)
        return str(path)
    return ""


def _folder() -> Path:
    """The user's folder for logs, as the platform has it. Raises RuntimeError without a home folder."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "xlrebal" / "Logs"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Logs" / "xlrebal"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "xlrebal"


def _described(error: BaseException, action: str) -> str:
    when = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    lines = [f"--- {when} {action}", ", ".join(_versions())]
    for one in reversed(list(_chain(error))):
        lines += [line.rstrip() for line in traceback.format_tb(one.__traceback__)]
        lines.append(f"{type(one).__module__}.{type(one).__qualname__}: {_without_data(str(one))}")
    return "\n".join(lines) + "\n"


def _versions() -> Iterator[str]:
    yield f"xlrebal {xlrebal.__version__}"
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        yield f"xlwings {importlib.metadata.version('xlwings')}"
    yield f"Python {platform.python_version()}"
    yield platform.platform()


def _without_data(text: str) -> str:
    """Leave out figures and quoted texts, which may be amounts, codes and names."""

    def quoted(match: re.Match[str]) -> str:
        return match[0] if match[0][1:-1] in _PLAIN else "'…'"

    return re.sub(r"\d", "#", _QUOTED.sub(quoted, text))
