"""Install a built wheel into a fresh environment, away from the source, and run it as a family would.

python scripts/check_wheel.py dist
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

_LIBRARY = """
import pathlib, xlrebal
assert "site-packages" in xlrebal.__file__, xlrebal.__file__
outcome = xlrebal.update("family.xlsx", now=True, dry_run=True)
assert outcome.plan.orders
assert xlrebal.published_schema("xlrebal/1")["title"] == "xlrebal/1"
assert (pathlib.Path(xlrebal.__file__).parent / "py.typed").exists()
"""


def main() -> None:
    """Check the only wheel of a folder."""
    (wheel,) = Path(sys.argv[1]).resolve().glob("*.whl")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "environment"
        venv.create(home, with_pip=True)
        programs = home / ("Scripts" if sys.platform == "win32" else "bin")
        _run(folder, programs / "python", "-m", "pip", "install", "--quiet", str(wheel))
        assert _run(folder, programs / "xlrebal", "--version").startswith("xlrebal ")
        _run(folder, programs / "xlrebal", "new", "family.xlsx")
        data = json.loads(_run(folder, programs / "xlrebal", "update", "family.xlsx", "--now", "--json"))
        assert data["orders"]
        _run(folder, programs / "xlrebal", "check", "family.xlsx", allowed=(0, 10))
        _run(folder, programs / "xlrebal", "rules", "export", "family.xlsx", "rules.yaml")
        _run(folder, programs / "xlrebal", "new", "--lang", "ko", "가족.xlsx")
        assert "# " in _run(folder, programs / "xlrebal", "help", "library")
        _run(folder, programs / "python", "-c", _LIBRARY)
    print(f"{wheel.name} works without its source")


def _run(folder: str, *command: str | Path, allowed: tuple[int, ...] = (0,)) -> str:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONUTF8": "1"}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=env, stdout=subprocess.PIPE, check=False, encoding="utf-8"
    )
    if done.returncode not in allowed:
        sys.exit(f"{' '.join(map(str, command[1:]))} ended with status {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    main()
