"""Every workbook that xlrebal writes in a test is kept, so that each content is checked once.

Our rules check it at the end of its test. With the variable ``XLREBAL_WRITTEN`` the copies and a list of them stay in
that folder, for scripts/check_workbooks.py and Microsoft's validator.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from workbook_checks import added, check

from xlrebal.files import sharing
from xlrebal.workbook.ooxml.package import Package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest


class Written:
    """The workbooks written so far: each as it came out, with the one it was made from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[tuple[str, str]] = set()
        self._fresh: list[tuple[str, str]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Keep what the two writers of xlrebal write."""
        save, share = Package.save, sharing.share

        @functools.wraps(save)
        def save_and_keep(package: Package, output: Path) -> None:
            source = self._keep(package.path)
            save(package, output)
            self._note(source, output)

        def share_and_keep(file: Path, output: Path) -> Mapping[str, int]:
            removed = share(file, output)
            self._note(self._keep(file), output)
            return removed

        patch.setattr(Package, "save", save_and_keep)
        patch.setattr(sharing, "share", share_and_keep)

    def faults(self) -> list[str]:
        """Return the faults that xlrebal added to a workbook since the last call, a line for each."""
        fresh, self._fresh = self._fresh, []
        found = []
        for new, old in fresh:
            if faults := check(self._folder / new):
                found += [str(fault) for fault in added(check(self._folder / old), faults)]
        return found

    def _keep(self, path: Path) -> str:
        """Return the name of the copy."""
        name = hashlib.sha256(path.read_bytes()).hexdigest()[:32] + path.suffix.lower()
        goal = self._folder / name
        if not goal.exists():
            partial = goal.with_suffix(f".{os.getpid()}")
            shutil.copyfile(path, partial)
            partial.replace(goal)
        return name

    def _note(self, old: str, output: Path) -> None:
        pair = (self._keep(output), old)
        if pair in self._known:
            return
        self._known.add(pair)
        self._fresh.append(pair)
        test = os.environ.get("PYTEST_CURRENT_TEST", "").replace("\t", " ").replace("\n", " ")
        with (self._folder / f"{os.getpid()}.tsv").open("a", encoding="utf-8") as lines:
            lines.write(f"{pair[0]}\t{old}\t{test}\n")
