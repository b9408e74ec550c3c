"""Build workbook_templates/*.xlsx and *.xlsm from scripts/template_source/*.yaml.

The layout is in ``template_source/``; the result sheets are not drawn here: the real update writes them. The
same source gives the same bytes. ``--check`` fails when a shipped template is out of date.
"""

from __future__ import annotations

import itertools
import re
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from template_source.buttons import module_name
from template_source.workbook import draw

from xlrebal import app
from xlrebal.macros.workbook_macros import macro_project
from xlrebal.tables.write.plan import blank
from xlrebal.workbook.headless import HeadlessWorkbook

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
SOURCES = Path(__file__).resolve().parent / "template_source"
TEMPLATES = ROOT / "workbook_templates"

_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
# A formula's value as XlsxWriter writes it; it is 0 for all those that we do not compute. Left out, every program works
# them out and none shows old ones.
_UNCOMPUTED = re.compile(rb"(</f>)<v>0</v>")


def build(source: Path, target: Path, language: str) -> None:
    """Draw a template, then let the real update fill its result sheets."""
    figures: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    if language != "en":
        figures["settings"]["language"] = language
    macros = _make_macros(target.parent, figures, language) if target.suffix == ".xlsm" else None
    draw(target, figures, language, macros)
    _rewrite(target, lambda _, content: _UNCOMPUTED.sub(rb"\1", content))
    app.update(HeadlessWorkbook(target), app.Request(as_of=figures["as_of"]))
    # The family's own rules and values are recorded by its own first update; a value of the example would be read as
    # the family's.
    HeadlessWorkbook(target).apply(blank(["RuleChanges", "History"], language))
    if macros is not None:
        _rewrite(target, _name_module)


def _make_macros(folder: Path, figures: dict[str, Any], language: str) -> Path:
    """Write a macro project with a module for every sheet: those of a plain template, and that of xlwings' settings."""
    plain, project = folder / "plain.xlsx", folder / "vbaProject.bin"
    draw(plain, figures, language)
    app.update(HeadlessWorkbook(plain), app.Request(as_of=figures["as_of"]))
    with zipfile.ZipFile(plain) as archive:
        sheets = sum(_SHEET.fullmatch(name) is not None for name in archive.namelist()) + 1
    project.write_bytes(macro_project([module_name(number + 1) for number in range(sheets)]))
    return project


def _name_module(name: str, content: bytes) -> bytes:
    """Sheets that the update added get the names of their modules; Excel would otherwise have to repair them."""
    number = _SHEET.fullmatch(name)
    if not number or b"codeName=" in content:
        return content
    named = f'<sheetPr codeName="{module_name(int(number.group(1)))}"'.encode()
    return content.replace(b"<sheetPr", named, 1)


def _rewrite(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Rewrite every part of a file with fixed dates, so that the same source gives the same bytes."""
    with zipfile.ZipFile(path) as old:
        parts = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, change(name, content))


def _parts(path: Path) -> dict[str, bytes]:
    """Content of every part but the macro project, which carries the module of whatever xlwings is installed."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("vbaProject.bin")}


def main() -> None:
    """Build every template, or check that each is up to date."""
    checking = "--check" in sys.argv[1:]
    listed = tomllib.loads((TEMPLATES / "index.toml").read_text(encoding="utf-8"))
    wanted = [(name, language) for name, entry in listed.items() for language in entry["languages"]]
    for (name, language), suffix in itertools.product(wanted, (".xlsx", ".xlsm")):
        source = SOURCES / f"{name}.yaml"
        shipped = TEMPLATES / f"{name}{'' if language == 'en' else f'.{language}'}{suffix}"
        with tempfile.TemporaryDirectory() as folder:
            built = Path(folder, shipped.name)
            build(source, built, language)
            if checking and (not shipped.exists() or _parts(shipped) != _parts(built)):
                sys.exit(f"{shipped.name} is out of date: run scripts/build_templates.py")
            if not checking:
                shipped.write_bytes(built.read_bytes())
        print(shipped.name)


if __name__ == "__main__":
    main()
