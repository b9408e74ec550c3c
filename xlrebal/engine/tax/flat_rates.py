"""The tax of one year's gains at several flat rates, with one deduction.

Losses take up gains of the same rate first, then those of the other rates in proportion to them (Korea: Income Tax Act
art. 102(2), Enforcement Decree art. 167-2(1)). The deduction counts once, for what was sold first (art. 103(2)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


def tax_at_rates(sales: Sequence[tuple[Decimal, Decimal]], deduction: Decimal) -> Decimal:
    """Return the tax of a year, unrounded: each sale is its rate and its gain, in the order of the sales."""
    net: dict[Decimal, Decimal] = {}
    for rate, gain in sales:
        net[rate] = net.get(rate, ZERO) + gain
    gains = sum((max(gain, ZERO) for gain in net.values()), ZERO)
    losses = sum((max(-gain, ZERO) for gain in net.values()), ZERO)
    if losses >= gains:
        return ZERO
    left = {rate: gain - losses * gain / gains for rate, gain in net.items() if gain > 0}
    for rate, gain in sales:
        free = min(max(gain, ZERO), left.get(rate, ZERO), deduction)
        deduction -= free
        left[rate] = left.get(rate, ZERO) - free
    return sum((rate * taxed for rate, taxed in left.items()), ZERO)
