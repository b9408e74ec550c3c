"""Set up and pass every check: lint, types, tests, documentation.

``--strict`` fails when a test had to be skipped. ``--coverage`` measures which lines and branches the tests run and
fails below the floor in pyproject.toml; the tests take about half as long again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import prepare, run, say

# A program that has to be there, and the Debian packages that bring it: Calc without windows with its Python
# bindings, the tool that turns its pages into pictures, a Korean font; Node for the run inside Pyodide, and npm for
# Microsoft's validator too.
_OFFICE = ("libreoffice-calc-nogui", "python3-uno", "poppler-utils", "fonts-noto-cjk")
_UNO = Path("/usr/lib/python3/dist-packages/uno.py")
_PROGRAMS = {"soffice": _OFFICE, "pdftoppm": _OFFICE, "npm": ("nodejs", "npm")}


def main() -> None:
    """Run all checks in the project's own environment."""
    strict = "--strict" in sys.argv[1:]
    if strict:
        os.environ["XLREBAL_STRICT"] = "1"
    _install_programs()
    programs = prepare("[dev,docs]")
    say("lint")
    run(programs / "ruff", "check", ".")
    run(programs / "ruff", "format", "--check", ".")
    say("types")
    run(programs / "mypy")
    say("the documentation site")
    run(programs / "python", "scripts/build_site.py")
    with tempfile.TemporaryDirectory() as written:
        os.environ["XLREBAL_WRITTEN"] = written
        say("tests")
        measured = ("--cov", "--cov-report=term") if "--coverage" in sys.argv[1:] else ()
        run(programs / "python", "-m", "pytest", "-n", "auto", "-q", "--hypothesis-profile=ci", *measured)
        _check_workbooks(programs, written, strict=strict)
    _check_pyodide(programs, strict=strict)


def _install_programs() -> None:
    """Where the machine allows it; elsewhere the tests that need them say that they were skipped."""
    missing = {name for program, names in _PROGRAMS.items() if not shutil.which(program) for name in names}
    if not _UNO.exists():
        missing |= set(_OFFICE)
    if not missing or not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid():
        return
    say("installing LibreOffice and Node for the tests that need them")
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *sorted(missing)]
    subprocess.run(command, check=False, **quiet)


def _check_workbooks(programs: Path, written: str, *, strict: bool) -> None:
    """Our rules have run inside the tests; Microsoft's validator takes half a second for each workbook."""
    if shutil.which("npm") or strict:
        say("Microsoft's validator over every workbook that the tests wrote")
        run(programs / "python", "scripts/check_workbooks.py", "--written", written)
    else:
        say("skipped: Microsoft's validator is fetched with npm")


def _check_pyodide(programs: Path, *, strict: bool) -> None:
    if shutil.which("npm") or strict:
        say("an update inside Pyodide")
        run(programs / "python", "scripts/check_pyodide.py")
    else:
        say("skipped: the update inside Pyodide needs Node and npm")


if __name__ == "__main__":
    main()
