"""Rules as a file: export them, import them, say what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.errors import FileError, InputError
from xlrebal.tables import formats as f
from xlrebal.tables.grid import Changeset
from xlrebal.tables.parse import Parsed, parse, wanted_tables
from xlrebal.tables.rulebook.export import rules_yaml
from xlrebal.tables.rulebook.file import read_rules
from xlrebal.tables.rulebook.form import Difference, Rules, differences, rules_in
from xlrebal.tables.rulebook.take import Taking

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from xlrebal.errors import Finding
    from xlrebal.tables.grid import RawGrid
    from xlrebal.workbook.port import WorkbookPort


@dataclass(frozen=True)
class Taken:
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
        raise FileError(f"{path} cannot be written ({error.strerror})") from error
    return True


def import_rules(book: WorkbookPort, path: Path, today: dt.date) -> Taken:
    """Bring the workbook's rules in line with a file; only cells that differ change.

    Raises ``InputError`` when the rules or the workbook with them are wrong; then nothing is written.
    """
    parsed, grids, ours = _read(book, today)
    taking = Taking(parsed.tables, grids, ours, rules_in(read_rules(path)))
    if taking.errors:
        raise InputError(taking.errors)
    parse(taking.after(), today)  # raises when the workbook would be wrong afterwards
    if taking.edits:
        book.apply(Changeset((), f.own_formats([parsed.household.base_currency]), taking.edits, taking.growths))
    return Taken(tuple(taking.changes), tuple(taking.warnings))


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
        raise FileError(f"{path}: the rules file cannot be read") from error
