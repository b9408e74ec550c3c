"""A virtual environment beside the project, made once and kept up to date."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
BIN = HOME / ("Scripts" if sys.platform == "win32" else "bin")


def say(text: str) -> None:
    """Print a step before it starts."""
    print(f"== {text}", flush=True)


def run(*command: object) -> None:
    """Run a program in the project's folder; its failure is ours."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def prepare(extras: str = "") -> Path:
    """Make the environment, install xlrebal with some extras, and return its folder of programs."""
    if not (BIN / "pip").exists() and not (BIN / "pip.exe").exists():
        say(f"making a virtual environment in {HOME.name}")
        venv.create(HOME, with_pip=True)
    say("installing xlrebal and what it needs")
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", f".{extras}")
    return BIN
