"""The tax of a year in the United States, federal, in dollars: figures typed from the Revenue Procedures.

2024: Rev. Proc. 2023-34; 2025: Rev. Proc. 2024-40, standard deduction of Public Law 119-21; 2026: Rev. Proc. 2025-32.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as F

RATES = (10, 12, 22, 24, 32, 35, 37)
STATUSES = ("single", "married_jointly", "married_separately", "head_of_household")
# Taxable income up to which each rate but the last applies.
ORDINARY = {
    2024: {
        "single": (11_600, 47_150, 100_525, 191_950, 243_725, 609_350),
        "married_jointly": (23_200, 94_300, 201_050, 383_900, 487_450, 731_200),
        "married_separately": (11_600, 47_150, 100_525, 191_950, 243_725, 365_600),
        "head_of_household": (16_550, 63_100, 100_500, 191_950, 243_700, 609_350),
    },
    2025: {
        "single": (11_925, 48_475, 103_350, 197_300, 250_525, 626_350),
        "married_jointly": (23_850, 96_950, 206_700, 394_600, 501_050, 751_600),
        "married_separately": (11_925, 48_475, 103_350, 197_300, 250_525, 375_800),
        "head_of_household": (17_000, 64_850, 103_350, 197_300, 250_500, 626_350),
    },
    2026: {
        "single": (12_400, 50_400, 105_700, 201_775, 256_225, 640_600),
        "married_jointly": (24_800, 100_800, 211_400, 403_550, 512_450, 768_700),
        "married_separately": (12_400, 50_400, 105_700, 201_775, 256_225, 384_350),
        "head_of_household": (17_700, 67_450, 105_700, 201_750, 256_200, 640_600),
    },
}
# Maximum zero rate amount and maximum 15-percent rate amount.
LONG = {
    2024: {
        "single": (47_025, 518_900),
        "married_jointly": (94_050, 583_750),
        "married_separately": (47_025, 291_850),
        "head_of_household": (63_000, 551_350),
    },
    2025: {
        "single": (48_350, 533_400),
        "married_jointly": (96_700, 600_050),
        "married_separately": (48_350, 300_000),
        "head_of_household": (64_750, 566_700),
    },
    2026: {
        "single": (49_450, 545_500),
        "married_jointly": (98_900, 613_700),
        "married_separately": (49_450, 306_850),
        "head_of_household": (66_200, 579_600),
    },
}
STANDARD = {
    2024: {"single": 14_600, "married_jointly": 29_200, "married_separately": 14_600, "head_of_household": 21_900},
    2025: {"single": 15_750, "married_jointly": 31_500, "married_separately": 15_750, "head_of_household": 23_625},
    2026: {"single": 16_100, "married_jointly": 32_200, "married_separately": 16_100, "head_of_household": 24_150},
}
# IRC 1411(b): not adjusted for inflation.
SURTAX_OVER = {
    "single": 200_000,
    "married_jointly": 250_000,
    "married_separately": 125_000,
    "head_of_household": 200_000,
}
SURTAX = F(38, 1000)
COLLECTIBLES = F(28, 100)


@dataclass(frozen=True)
class Year:
    """Gains of a year, losses negative: short, long, and long ones of collectibles."""

    short: F = F(0)
    long: F = F(0)
    collectible: F = F(0)

    def __add__(self, other: Year) -> Year:
        return Year(self.short + other.short, self.long + other.long, self.collectible + other.collectible)

    @property
    def total(self) -> F:
        return self.short + self.long + self.collectible


def ordinary_tax(income: F, year: int, status: str) -> F:
    """Tax on income at the ordinary rates."""
    tax, below = F(0), F(0)
    for rate, upper in zip(RATES, (*ORDINARY[year][status], None), strict=True):
        top = income if upper is None else min(income, F(upper))
        tax += max(F(0), top - below) * F(rate, 100)
        below = below if upper is None else F(upper)
    return tax


def whole_tax(income: F, gains: Year, year: int, status: str) -> F:
    """Income tax and surtax of a year: ``income`` is taxable income without the gains. Losses bring no relief here."""
    if gains.total <= 0:
        return ordinary_tax(income, year, status) + _surtax(income, F(0), year, status)
    net_long = gains.long + gains.collectible
    net_capital_gain = min(net_long, gains.total) if net_long > 0 else F(0)
    # 28% Rate Gain Worksheet: a net short-term loss takes up gains of collectibles first.
    at_28 = min(max(F(0), gains.collectible + min(F(0), gains.short)), net_capital_gain)
    adjusted = net_capital_gain - at_28
    taxable = income + gains.total
    tax = F(0)
    # IRC 1(h)(1)(A): ordinary rates, at which gains of collectibles are taxed as far as those stay below 25%.
    below_25 = F(ORDINARY[year][status][3])
    ordinary = max(taxable - net_capital_gain, min(taxable - adjusted, below_25))
    ordinary = min(ordinary, taxable - adjusted)
    tax += ordinary_tax(ordinary, year, status)
    # (B) to (D): 0%, 15% and 20%.
    zero_to, fifteen_to = (F(n) for n in LONG[year][status])
    free = min(adjusted, max(F(0), zero_to - (taxable - adjusted)))
    at_15 = min(adjusted - free, max(F(0), fifteen_to - (ordinary + free)))
    tax += at_15 * F(15, 100) + (adjusted - free - at_15) * F(20, 100)
    # (F): what is left over is taxed at 28%.
    tax += (taxable - adjusted - ordinary) * COLLECTIBLES
    # The worksheet ends with the smaller of this and the ordinary tax on everything.
    return min(tax, ordinary_tax(taxable, year, status)) + _surtax(income, gains.total, year, status)


def _surtax(income: F, gains: F, year: int, status: str) -> F:
    over = income + gains + STANDARD[year][status] - SURTAX_OVER[status]
    return SURTAX * max(F(0), min(max(F(0), gains), over))


def tax_on_gains(income: F, gains: Year, year: int, status: str) -> F:
    """Tax of the year that the gains cause; 0 for a net loss."""
    return max(F(0), whole_tax(income, gains, year, status) - whole_tax(income, Year(), year, status))


def relief(income: F, gains: Year, year: int, status: str) -> F:
    """What a net loss takes off the tax on other income this year (IRC 1211(b): 3,000; 1,500 filing separately)."""
    loss = min(max(F(0), -gains.total), F(1500 if status == "married_separately" else 3000), income)
    return ordinary_tax(income, year, status) - ordinary_tax(income - loss, year, status)
