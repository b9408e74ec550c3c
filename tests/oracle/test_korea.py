"""Tax of Korea: the figures of the law, and whole tax years."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction as F

import pytest

from oracle import korea, taxed
from oracle.running import agrees, cases
from xlrebal.law.loader import load_tax_rules


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_the_rules_hold_the_figures_of_the_law(year: int) -> None:
    rules = load_tax_rules("KR", dt.date(year, 6, 30))
    assert (rules.currency, rules.deduction, rules.per_owner, rules.wash_sale_days) == ("KRW", 2_500_000, True, None)
    abroad, fund = rules.classes["overseas_listed"], rules.classes["kr_other_etf"]
    assert (F(abroad.rate), abroad.netted, abroad.withheld) == (korea.OVERSEAS, True, False)
    assert (F(fund.rate), fund.netted, fund.withheld, fund.upper_bound) == (korea.FUNDS, False, True, True)
    assert {"ISA", "pension", "IRP"} <= rules.deferred_accounts


@cases(quick=60, deep=300)
def test_the_tax_of_a_year(seed: int) -> None:
    agrees(taxed.korean_differences, seed)


@pytest.mark.parametrize(
    ("sold", "counts"),
    [
        ("2024-12-27", 2024),
        ("2024-12-30", 2025),
        ("2025-12-29", 2025),
        ("2025-12-30", 2026),
        ("2026-12-29", 2026),
        ("2026-12-30", 2027),
    ],
)
def test_the_day_of_settlement_decides_the_tax_year(sold: str, counts: int) -> None:
    """The last days of 2024 and 2025 are those of brokers' notices, that of 2026 follows from the same rule."""
    assert korea.counts_on(dt.date.fromisoformat(sold)).year == counts
