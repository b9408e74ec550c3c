"""Results of random families that a change of the code must not change unnoticed.

python scripts/keep_results.py --show household 12    print one result, to compare two versions of the code
python scripts/keep_results.py --write                keep the present results in tests/unchanged/known.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from unchanged.known import FILE, Hashes, hashes, written
from unchanged.runs import KINDS, run


def main() -> None:
    """Print one result, or keep all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--show", nargs=2, metavar=("KIND", "SEED"))
    choice.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.show:
            kind, seed = arguments.show
            print(written(run(kind, int(seed), Path(folder))))
            return
        found = {kind: hashes(kind, Path(folder)) for kind in KINDS}
    kinds = (f"{json.dumps(kind)}: {_by_line(results)}" for kind, results in found.items())
    FILE.write_text("{\n" + ",\n".join(kinds) + "\n}\n", encoding="utf-8")


def _by_line(results: Hashes) -> str:
    """Return the hashes with a line for each run."""
    return "{\n" + ",\n".join(f"{json.dumps(seed)}: {json.dumps(parts)}" for seed, parts in results.items()) + "\n}"


if __name__ == "__main__":
    main()
