"""Set up and pass every check: lint, types, tests. ``--strict`` fails when LibreOffice's tests were skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from environment import prepare, run, say

# Calc without windows, the tool that turns its pages into pictures, and a Korean font.
_PACKAGES = ("libreoffice-calc-nogui", "poppler-utils", "fonts-noto-cjk")


def main() -> None:
    """Run all checks in the project's own environment."""
    strict = "--strict" in sys.argv[1:]
    if strict:
        os.environ["XLREBAL_STRICT"] = "1"
    _install_libreoffice()
    programs = prepare("[dev]")
    say("lint")
    run(programs / "ruff", "check", ".")
    run(programs / "ruff", "format", "--check", ".")
    say("types")
    run(programs / "mypy")
    say("tests")
    run(programs / "python", "-m", "pytest", "-n", "auto", "-q")


def _install_libreoffice() -> None:
    """Where the machine allows it; elsewhere the tests that need it say that they were skipped."""
    if shutil.which("soffice") or not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid():
        return
    say("installing LibreOffice for the tests that open workbooks in it")
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES], check=False, **quiet)


if __name__ == "__main__":
    main()
