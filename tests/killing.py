"""Runs of the command line that kill themselves at a chosen call.

The moment is a state of the run, not a time: it is the same on a fast computer and on a busy one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

# SIGKILL lets nothing be cleaned up; on Windows os.kill ends the process in the same way.
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_NEVER = 0


# Functions of C that change files, whatever object they belong to.
_TOUCHING = {
    "chmod",
    "chown",
    "close",
    "flush",
    "fsync",
    "link",
    "open",
    "rename",
    "replace",
    "truncate",
    "unlink",
    "write",
}
# The new file takes the place of the old one among the last of them; none of those is left out.
_LAST = 20


@dataclass(frozen=True)
class Calls:
    """Functions that a run has called.

    Attributes:
        total: How many in all.
        touching: The numbers of those that change files, from the moment when the workbook is saved.

    """

    total: int
    touching: tuple[int, ...]

    def moments(self, number: int) -> list[int]:
        """Return about so many calls at which to kill.

        A third are spread over the whole run; the others are just before a file is changed, which is just after it was
        changed the time before.
        """
        early, last = self.touching[:-_LAST], self.touching[-_LAST:]
        more = min(number - number // 3 - len(last), len(early))
        return [
            *_spread(1, self.total, number // 3),
            *(early[index] for index in _spread(0, len(early) - 1, more)),
            *last,
        ]


def _spread(first: int, last: int, number: int) -> list[int]:
    return [first + round((last - first) * step / max(number - 1, 1)) for step in range(number)]


def fresh(book: Path, folder: Path) -> Path:
    """Return a copy of a workbook alone in a folder: what killed runs left there would make the next one call more."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return Path(shutil.copyfile(book, folder / "book.xlsx"))


def run(arguments: Sequence[object], kill_at: int = _NEVER) -> Calls | None:
    """Run a command in another process; None when it was killed.

    That is a copy of this one where the system has such, for it has imported everything already.
    """
    given = [str(argument) for argument in arguments]
    return _forked(given, kill_at) if hasattr(os, "fork") else _started(given, kill_at)


def _forked(arguments: Sequence[str], kill_at: int) -> Calls | None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, _told(_main(kill_at, arguments)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return _read(told)


def _started(arguments: Sequence[str], kill_at: int) -> Calls | None:
    command = [sys.executable, __file__, str(kill_at), *arguments]
    root = str(Path(__file__).parent.parent)
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    env = os.environ | {"PYTHONPATH": path}
    return _read(subprocess.run(command, stdout=subprocess.PIPE, check=False, env=env, text=True).stdout)


def _told(calls: Calls) -> str:
    return json.dumps([calls.total, calls.touching])


def _read(told: str) -> Calls | None:
    if not told:
        return None
    total, touching = json.loads(told)
    return Calls(total, tuple(touching))


def _main(call: int, arguments: Sequence[str]) -> Calls:
    """Run a command, killed at a call."""
    from xlrebal.cli import main
    from xlrebal.workbook.ooxml.package import Package

    calls, touching, saving = 0, [], False

    def count(frame: FrameType, event: str, function: Any) -> None:
        nonlocal calls, saving
        if event not in ("call", "c_call"):
            return
        calls += 1
        if event == "call":
            saving = saving or frame.f_code is Package.save.__code__
        elif saving and function.__name__ in _TOUCHING:
            touching.append(calls)
        if calls == call:
            os.kill(os.getpid(), _KILL)

    sys.setprofile(count)
    try:
        main(arguments)
    finally:
        sys.setprofile(None)
    return Calls(calls, tuple(touching))


if __name__ == "__main__":
    sys.stdout.write(_told(_main(int(sys.argv[1]), sys.argv[2:])))
