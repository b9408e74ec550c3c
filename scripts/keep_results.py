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

from unchanged.known import FILE, hashes, written
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
    FILE.write_text(json.dumps(found, indent=0, sort_keys=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
