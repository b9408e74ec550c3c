"""The folder and the desktop of the user: the workbook that is meant, and the program that opens it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, UsageError

_ENDINGS = (".xlsx", ".xlsm")


def the_workbook(folder: Path | None = None) -> Path:
    """Return the only workbook in a folder (default: this one). Raises ``UsageError`` when there is none or several."""
    here = folder or Path()
    found = sorted(p for p in here.iterdir() if p.suffix.lower() in _ENDINGS and not p.name.startswith(("~$", ".")))
    if not found:
        raise UsageError(Message("terminal.no_workbook_here"))
    if len(found) > 1:
        raise UsageError(Message("terminal.several_workbooks_here", files=", ".join(p.name for p in found[:5])))
    return found[0]


def open_file(path: Path) -> None:
    """Open a file in the program that the computer has for it. Raises ``FileError``."""
    if not path.exists():
        raise FileError(Message("terminal.no_such_file", path=str(path)))
    if sys.platform == "win32":
        os.startfile(path)  # noqa: S606  # the user's own file, in the user's own program
        return
    program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if program is None:
        raise FileError(Message("terminal.no_program_opens", path=str(path)))
    subprocess.Popen([program, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # as above
