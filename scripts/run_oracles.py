"""Hold the program against the second implementation in tests/oracle over many random cases, and print a table.

    python scripts/run_oracles.py [--part PART] [--quick]

``--quick`` runs a twentieth of the cases. The status is 1 when anything differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from oracle import best, cash, taxed, wash, year

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Random], list[str] | None]

# A part, how many cases that could be compared it wants, and the check.
PARTS: dict[str, tuple[int, Check]] = {
    "households": (1000, cash.differences),
    "large households": (200, partial(cash.differences, most_accounts=5, most_assets=25)),
    "tax years, Korea": (300, taxed.korean_differences),
    "tax years, United States": (300, taxed.us_differences),
    "wash histories": (500, wash.differences),
    "recorded years": (50, year.differences),
    "brute force, proven plans": (1000, best.differences),
}
_SHOWN = 5


def main() -> int:
    """Run the parts; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    chosen = [given.part] if given.part else list(PARTS)
    lines = [run(name, PARTS[name][0] // (20 if given.quick else 1), PARTS[name][1]) for name in chosen]
    print(f"{'part':28}{'cases':>8}{'differ':>8}{'skipped':>9}{'seconds':>9}")
    for name, compared, differ, skipped, seconds in lines:
        print(f"{name:28}{compared:8}{differ:8}{skipped:9}{seconds:9.0f}")
    return 1 if any(line[2] for line in lines) else 0


def run(name: str, wanted: int, check: Check) -> tuple[str, int, int, int, float]:
    """Run seeds from 0 until enough cases were compared; print the first differences, each with its seed."""
    compared = differ = skipped = seed = 0
    start = time.perf_counter()
    while compared < wanted and seed < 20 * wanted:
        try:
            found = check(Random(seed))
        except Exception as error:  # a crash of the program is a difference like any other
            found = [f"{type(error).__name__}: {error}"]
        if found is None:
            skipped += 1
        else:
            compared += 1
            differ += bool(found)
            if found and differ <= _SHOWN:
                print(f"{name}, seed {seed}: " + "; ".join(found))
        seed += 1
    return name, compared, differ, skipped, time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
