"""Check workbooks as Excel would on opening: ``check_workbooks.py FILE ...`` prints one line for each fault.

Two checks: Microsoft's validator (the schema of the format), and our rules for what a schema cannot say.
``--rules`` runs the rules alone. ``--written FOLDER`` checks what the tests collected there (see tests/written.py):
a fault that the workbook had before xlrebal wrote it is not counted. Exit status: 0 no faults, 1 faults, 2 not all
could be checked.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_checks import RULES, added, check
from workbook_checks.reading import Workbook
from workbook_checks.validator import ValidatorMissingError, validate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbook_checks import Fault


def main() -> None:
    """Check the workbooks of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--rules", action="store_true", help="our rules alone, without Microsoft's validator")
    parser.add_argument("--written", type=Path, metavar="FOLDER", help="check what the tests wrote")
    options = parser.parse_args()
    if not options.files and options.written is None:
        parser.error("which workbooks?")
    try:
        sys.exit(check_written(options.written) if options.written else check_files(options.files, options.rules))
    except ValidatorMissingError as error:
        print(f"not checked: {error} (--rules checks without it)", file=sys.stderr)
        sys.exit(2)


def check_files(files: Sequence[Path], rules_only: bool) -> int:
    """Print the faults of workbooks; return 1 when there are any."""
    missing = [path for path in files if not path.is_file()]
    if missing:
        print(f"there is no file {missing[0]}", file=sys.stderr)
        return 2
    found = [check(path) for path in files]
    for path, faults in zip(files, found, strict=True):
        show(path.name, faults)
    if not rules_only:
        validated = validate(files)
        for path, faults in zip(files, validated, strict=True):
            show(path.name, faults)
        found += validated
    total = sum(map(len, found))
    by = f"{len(RULES)} rules" + ("" if rules_only else " and Microsoft's validator")
    print(f"{len(files)} workbooks, {total} faults, by {by}")
    return int(total > 0)


def check_written(folder: Path) -> int:
    """Print the faults that xlrebal added to the workbooks that tests collected; return 1 when there are any."""
    start = time.perf_counter()
    pairs = sorted({tuple(line.split("\t")) for path in folder.glob("*.tsv") for line in _lines(path)})
    written = sorted({new for new, *_ in pairs})
    if not written:
        print("the tests have collected no workbook", file=sys.stderr)
        return 2
    by_rules = {name: check(folder / name) for name in written}
    by_validator = dict(zip(written, validate([folder / name for name in written]), strict=True))
    sources = Sources(folder, [(old, by_validator[new]) for new, old, _ in pairs])
    ours, theirs = set(), set()
    for new, old, test in pairs:
        found = added(check(folder / old), by_rules[new]) if by_rules[new] else []
        found += added(sources.faults(old), by_validator[new])
        show(f"{new} ({test})", found)
        (ours if found else theirs).add(new)
    before = sum(bool(by_rules[new] or by_validator[new]) for new in theirs - ours)
    print(
        f"{len(written)} workbooks written by tests, {len(ours)} with a fault of ours, {before} with faults of "
        f"their source alone, by {len(RULES)} rules and Microsoft's validator in {time.perf_counter() - start:.0f} s"
    )
    return int(bool(ours))


class Sources:
    """The faults that workbooks had before: of two sources with the same content of a part only one is validated."""

    def __init__(self, folder: Path, faulty: Sequence[tuple[str, Sequence[Fault]]]) -> None:
        self._parts: dict[str, set[tuple[str, bytes]]] = {}
        for name, faults in faulty:
            for part in {fault.part for fault in faults}:
                content = Workbook(folder / name).content(part)
                self._parts.setdefault(name, set()).add((part, hashlib.sha256(content).digest()))
        chosen = {key: name for name, keys in self._parts.items() for key in keys}
        names = sorted(set(chosen.values()))
        validated = dict(zip(names, validate([folder / name for name in names]), strict=True))
        self._faults = {key: [f for f in validated[name] if f.part == key[0]] for key, name in chosen.items()}

    def faults(self, name: str) -> list[Fault]:
        """Return the faults of a source in the parts that are faulty now."""
        return [fault for key in self._parts.get(name, ()) for fault in self._faults[key]]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def show(name: str, faults: Sequence[Fault]) -> None:
    """Print a line for each fault, the same one with its number."""
    for fault, count in Counter(faults).items():
        print(f"{name}: {fault}" + (f" ({count} times)" if count > 1 else ""))


if __name__ == "__main__":
    main()
