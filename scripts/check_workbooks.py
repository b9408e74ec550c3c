"""Check workbooks as Excel would on opening: ``check_workbooks.py FILE ...`` prints one line for each fault.

Two checks: Microsoft's validator (the schema of the format), and our rules for what a schema cannot say.
``--rules`` runs the rules alone. ``--written FOLDER`` checks what the tests collected there (see tests/written.py):
a fault that the workbook had before xlrebal wrote it is not counted. Exit status: 0 no faults, 1 faults, 2 not all
could be checked.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_checks import RULES, added, check
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
    pairs = [line.split("\t") for path in sorted(folder.glob("*.tsv")) for line in _lines(path)]
    written = sorted({new for new, _, _ in pairs})
    if not written:
        print("the tests have collected no workbook", file=sys.stderr)
        return 2
    faults = _all_faults(folder, written)
    faulty = {new for new in written if faults[new]}
    faults |= _all_faults(folder, sorted({old for new, old, _ in pairs if new in faulty} - faults.keys()))
    ours = {(new, old, test) for new, old, test in pairs if added(faults[old], faults[new])} if faulty else set()
    for new, old, test in sorted(ours):
        show(f"{new} ({test})", added(faults[old], faults[new]))
    before = len(faulty) - len({new for new, _, _ in ours})
    seconds = time.perf_counter() - start
    print(
        f"{len(written)} workbooks written by tests, {len(ours)} with a fault of ours, {before} with faults of "
        f"their source alone, by {len(RULES)} rules and Microsoft's validator in {seconds:.0f} s"
    )
    return int(bool(ours))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _all_faults(folder: Path, names: Sequence[str]) -> dict[str, list[Fault]]:
    """The faults of each file by both checks."""
    paths = [folder / name for name in names]
    validated = validate(paths)
    return {name: check(path) + found for name, path, found in zip(names, paths, validated, strict=True)}


def show(name: str, faults: Sequence[Fault]) -> None:
    """Print a line for each fault, the same one with its number."""
    for fault, count in Counter(faults).items():
        print(f"{name}: {fault}" + (f" ({count} times)" if count > 1 else ""))


if __name__ == "__main__":
    main()
