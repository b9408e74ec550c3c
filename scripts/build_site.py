"""Build the documentation site into build/site; a broken link is a failure. ``--serve`` shows it instead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run MkDocs with the settings of docs/site."""
    verb = "serve" if "--serve" in sys.argv[1:] else "build"
    command = [sys.executable, "-m", "mkdocs", verb, "--strict", "--config-file", "docs/site/mkdocs.yml"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": path, "NO_MKDOCS_2_WARNING": "1"}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
