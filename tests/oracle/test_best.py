"""Plans that are called the best are the best of all."""

from __future__ import annotations

from oracle import best
from oracle.running import agrees, cases


@cases(quick=60, deep=1100)
def test_no_plan_is_better_than_one_that_is_proven(seed: int) -> None:
    agrees(best.differences, seed)
