"""How long an update takes, as a whole process, next to a bare openpyxl load and save of the same file.

Prints medians and ratios of runs that alternate, so that a slow moment of the machine hits both.
Run it in an environment that has only xlrebal's own dependencies: openpyxl starts slower beside numpy.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "workbook_templates" / "core-satellite.xlsx"
XLREBAL = [str(Path(sys.executable).parent / "xlrebal")]
ROUND_TRIP = "import sys, openpyxl; b = openpyxl.load_workbook(sys.argv[1]); b.save(sys.argv[2])"


def timed(command: list[str]) -> tuple[float, float]:
    """Return wall seconds of a process and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def compare(name: str, ours: list[str], theirs: list[str], runs: int, fresh: tuple[Path, Path]) -> None:
    """Alternate two commands and print their medians and the ratio ours / theirs."""
    figures: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    for _ in range(runs):
        shutil.copyfile(*fresh)
        figures["ours"].append(timed(ours))
        figures["theirs"].append(timed(theirs))
    ours_s, theirs_s = (statistics.median(t for t, _ in figures[who]) for who in ("ours", "theirs"))
    ours_mb, theirs_mb = (max(m for _, m in figures[who]) for who in ("ours", "theirs"))
    print(f"{name}: xlrebal {ours_s:.3f} s, {ours_mb:.0f} MB; openpyxl {theirs_s:.3f} s, {theirs_mb:.0f} MB")
    print(f"{name}: ratio xlrebal / openpyxl = {ours_s / theirs_s:.3f} ({theirs_s / ours_s:.1f} times faster)")


def build_large(path: Path) -> None:
    """Write the sample's tables beside 20 sheets of 20,000 x 10 cells: 4 million cells."""
    import openpyxl

    book = openpyxl.load_workbook(SAMPLE)
    tables = {name: [[c.value for c in row] for row in book[name].iter_rows()] for name in ("Holdings", "Targets")}
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as out:
        for name in tables:
            sheet = out.add_worksheet(name)
            for number, row in enumerate(tables[name]):
                sheet.write_row(number, 0, [None if str(v).startswith("=") else v for v in row])
        setting = out.add_worksheet("Settings")
        setting.write_row(0, 0, ["Setting", "Value"])
        setting.write_row(1, 0, ["base_currency", "KRW"])
        for index in range(20):
            sheet = out.add_worksheet(f"Data {index}")
            for row in range(20_000):
                sheet.write_row(row, 0, [index * row + column + 0.5 for column in range(10)])


def start_up(runs: int) -> None:
    """Print how long ``xlrebal --version`` takes next to the bare interpreter."""
    bare = [timed([sys.executable, "-c", "pass"])[0] for _ in range(runs)]
    version = [timed([*XLREBAL, "--version"])[0] for _ in range(runs)]
    ratio = statistics.median(version) / statistics.median(bare)
    print(f"start: xlrebal --version {statistics.median(version):.3f} s, python -c pass", end=" ")
    print(f"{statistics.median(bare):.3f} s, ratio {ratio:.2f}")


def main() -> None:
    """Run the three comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="runs of the small comparisons (default: 9)")
    parser.add_argument("--large", action="store_true", help="also the book of 4 million cells (minutes)")
    options = parser.parse_args()
    start_up(options.runs)
    with tempfile.TemporaryDirectory() as folder:
        book, copy = Path(folder, "sample.xlsx"), Path(folder, "copy.xlsx")
        update = [*XLREBAL, "update", str(book), "--as-of", "2026-03-04", "--now"]
        round_trip = [sys.executable, "-c", ROUND_TRIP, str(book), str(copy)]
        compare("sample", update, round_trip, options.runs, (SAMPLE, book))
        if options.large:
            source = Path(folder, "large.xlsx")
            build_large(source)
            compare("4 million cells", update, round_trip, 1, (source, book))


if __name__ == "__main__":
    main()
