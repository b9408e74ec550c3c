"""Build workbook_templates/*.xlsx from scripts/template_source/*.yaml.

The layout is in ``template_source/``; the result sheets are not drawn here: the real update writes them. The
same source gives the same bytes. ``--check`` fails when a shipped template is out of date.
"""

from __future__ import annotations

import re
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml
from template_source.workbook import draw

from xlrebal import app
from xlrebal.workbook.headless import HeadlessWorkbook

ROOT = Path(__file__).resolve().parent.parent
SOURCES = Path(__file__).resolve().parent / "template_source"
TEMPLATES = ROOT / "workbook_templates"

# A formula's value as XlsxWriter writes it; it is 0 for all those that we do not compute.
_UNCOMPUTED = re.compile(rb"(</f>)<v>0</v>")


def build(source: Path, target: Path) -> None:
    """Draw a template, then let the real update fill its result sheets."""
    figures: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    draw(target, figures)
    _forget_values(target)
    app.update(HeadlessWorkbook(target), app.Request(as_of=figures["as_of"]))


def _forget_values(path: Path) -> None:
    """Leave the Dashboard's formulas without values: every program works them out, none shows old ones."""
    with zipfile.ZipFile(path) as old:
        parts = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, _UNCOMPUTED.sub(rb"\1", content))


def main() -> None:
    """Build every template, or check that each is up to date."""
    checking = "--check" in sys.argv[1:]
    for source in sorted(SOURCES.glob("*.yaml")):
        shipped = TEMPLATES / f"{source.stem}.xlsx"
        with tempfile.TemporaryDirectory() as folder:
            built = Path(folder, shipped.name)
            build(source, built)
            if checking and (not shipped.exists() or shipped.read_bytes() != built.read_bytes()):
                sys.exit(f"{shipped.name} is out of date: run scripts/build_templates.py")
            if not checking:
                shipped.write_bytes(built.read_bytes())
        print(shipped.name)


if __name__ == "__main__":
    main()
