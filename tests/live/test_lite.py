"""The script for xlwings Lite that the guide shows, over an engine of pure Python."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from live.memory import deliver, make_book

ROOT = Path(__file__).parent.parent.parent


def data() -> dict[str, object]:
    sys.path.insert(0, str(ROOT / "scripts"))
    from check_pyodide import as_data

    return as_data(ROOT / "workbook_templates" / "core-satellite.xlsx")


@pytest.mark.parametrize("script", ["update", "rebalance_now"])
def test_the_script_of_the_guide_runs(script: str) -> None:
    guide = (ROOT / "docs" / "excel.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    namespace: dict[str, object] = {}
    exec(code, namespace)
    book = make_book(data())
    namespace[script](book)  # type: ignore[operator]
    assert all(text.startswith("xlrebal ") for text in book.impl.app.alerts)
    deliver(book)
    history = book.sheets["Value history"].used_range.options(ndim=2).value
    assert len(history) == 2
    assert history[1][1] > 0


def test_a_button_imports_nothing_compiled_or_heavy() -> None:
    """What Lite would have to bring, and what a press of a button would wait for."""
    heavy = ("numpy", "pandas", "lxml", "openpyxl", "rich", "yaml")
    code = (
        "import sys; sys.path[:0] = ['tests', 'scripts']\n"
        "import json; from live.memory import make_book\n"
        "from xlrebal import excel\n"
        "book = make_book({'sheets': {'Holdings': [], 'Targets': []}, 'tables': {}})\n"
        "print(excel.act(book, 'update'))"
    )
    blocked = f"import sys\nfor name in {heavy}: sys.modules[name] = None\n"
    done = subprocess.run([sys.executable, "-c", blocked + code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "no header row with" in done.stdout
