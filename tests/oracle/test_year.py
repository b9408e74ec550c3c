"""Recorded years against a plain ledger."""

from __future__ import annotations

from oracle import year
from oracle.running import agrees, cases


@cases(quick=10, deep=50)
def test_a_year_of_recorded_orders(seed: int) -> None:
    agrees(year.differences, seed)
