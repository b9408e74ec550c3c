"""Hundreds of random families give what they gave before.

Where a difference is wanted, look at it first: run ``python scripts/keep_results.py --show KIND SEED`` with the code
before and after, compare, then keep the new results with ``--write``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from unchanged.known import hashes, known
from unchanged.runs import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_what_they_were(kind: str, tmp_path: Path) -> None:
    before, now = known()[kind], hashes(kind, tmp_path)
    changed = {
        f"{kind} {seed}": sorted(
            part for part in {*before[seed], *now[seed]} if before[seed].get(part) != new.get(part)
        )
        for seed, new in now.items()
        if before[seed] != new
    }
    assert not changed
    assert before.keys() == now.keys()
