"""The rules file: export, import, list the differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, InputError
from xlrebal.tables.contract import formats as f
from xlrebal.tables.edit.rules import RulesImport
from xlrebal.tables.read.parse import Parsed, parse, wanted_tables
from xlrebal.tables.rules_file.rules import Difference, Rules, differences, rules_in
from xlrebal.tables.rules_file.yaml_read import read_rules
from xlrebal.tables.rules_file.yaml_write import rules_yaml
from xlrebal.workbook.cells import Changeset

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from xlrebal.errors import Finding
    from xlrebal.workbook.cells import RawGrid
    from xlrebal.workbook.port import WorkbookPort


@dataclass(frozen=True)
class ImportedRules:
    """What an import changed, and what to know about it."""

    changes: tuple[Difference, ...]
    warnings: tuple[Finding, ...]


def export_rules(book: WorkbookPort, path: Path, today: dt.date) -> bool:
    """Write the workbook's rules as YAML; return whether the file had to change.

    Comments and order of a file that is there stay. Raises ``InputError`` for a wrong workbook, ``FileError`` when the
    file cannot be read or written.
    """
    _, _, ours = _read(book, today)
    existing = _text(path) if path.exists() else ""
    if existing:
        read_rules(path)  # a file with mistakes is not written over
    text = rules_yaml(ours, existing)
    if text == existing:
        return False
    try:
        temporary = path.with_name(f"{path.name}.new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise FileError(Message("rules.cannot_be_written", file=str(path), reason=error.strerror or "")) from error
    return True


def import_rules(book: WorkbookPort, path: Path, today: dt.date) -> ImportedRules:
    """Bring the workbook's rules in line with a file; only cells that differ change.

    Raises ``InputError`` when the rules or the workbook with them are wrong; then nothing is written.
    """
    parsed, grids, ours = _read(book, today)
    editor = RulesImport(parsed.tables, grids, ours, rules_in(read_rules(path)))
    if editor.errors:
        raise InputError(editor.errors)
    parse(editor.after(), today)  # raises when the workbook would be wrong afterwards
    if editor.edits:
        book.apply(Changeset((), f.own_formats([parsed.household.base_currency]), editor.edits, editor.resizes))
    return ImportedRules(tuple(editor.changes), tuple(editor.warnings))


def diff_rules(book: WorkbookPort, path: Path, today: dt.date) -> list[Difference]:
    """Return what a file and the workbook write differently; names that only one of them has included."""
    _, _, ours = _read(book, today)
    return differences(ours, rules_in(read_rules(path)))


def _read(book: WorkbookPort, today: dt.date) -> tuple[Parsed, dict[str, RawGrid], Rules]:
    grids = book.read(wanted_tables())
    parsed = parse(grids, today)
    return parsed, grids, rules_in(parsed.tables)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(Message("rules.cannot_be_read_at_all", file=str(path))) from error
