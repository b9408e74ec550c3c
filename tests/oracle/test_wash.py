"""Wash sales of random records, share by share."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction as F

from oracle import wash
from oracle.running import agrees, cases


@cases(quick=60, deep=500)
def test_gains_of_a_record_and_of_the_plan_that_follows_it(seed: int) -> None:
    agrees(wash.differences, seed)


def test_a_washed_loss_is_part_of_the_cost_of_the_shares_bought_instead() -> None:
    events = [
        (dt.date(2025, 3, 3), "A0", "BUY", 100, F(100)),
        (dt.date(2026, 3, 2), "A0", "SELL", 100, F(80)),
        (dt.date(2026, 3, 10), "A0", "BUY", 100, F(82)),
        (dt.date(2026, 10, 5), "A0", "SELL", 100, F(90)),
    ]
    first, second = wash.History(frozenset()).run(events)
    assert (first.short, first.long, first.disallowed) == (0, 0, 2000)
    assert (second.short, second.long, second.disallowed) == (0, -1200, 0)


def test_a_loss_washed_by_an_ira_is_lost() -> None:
    events = [
        (dt.date(2026, 1, 5), "A0", "BUY", 10, F(100)),
        (dt.date(2026, 3, 2), "A0", "SELL", 10, F(80)),
        (dt.date(2026, 4, 1), "A2", "BUY", 4, F(82)),
        (dt.date(2026, 4, 2), "A2", "BUY", 4, F(82)),
    ]
    (sale,) = wash.History(frozenset({"A2"})).run(events)
    assert (sale.short, sale.disallowed) == (-120, 80)
