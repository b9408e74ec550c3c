"""Three ways to spread money over assets, in exact amounts of one currency.

Minor units that rounding leaves over go to the largest remainders. Of equal ones the first key gets it: callers
give their assets in an order that comes from figures (``Problem.ranked``).

``level_up`` is the lazy rule: the lowest value/target ratios are raised together until the money
ends. For a buy-only plan in fractional amounts it minimises sum((w - t)^2 / t).
Source: the optimality conditions of that quadratic programme; A. Mao, "Optimal lazy portfolio rebalancing".
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.quantities import ZERO, apportion, floor_money, minor_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

Amounts = dict[str, Decimal]


def proportional(gaps: Mapping[str, Decimal], money: Decimal, currency: str) -> Amounts:
    """Split money in proportion to the gaps, never more than a gap; gaps and result by key."""
    wanted = sum(gaps.values(), ZERO)
    if wanted <= money:
        return dict(gaps)
    return apportion(money, gaps, currency)


def level_up(
    values: Mapping[str, Decimal],
    weights: Mapping[str, Decimal],
    gaps: Mapping[str, Decimal],
    money: Decimal,
    currency: str,
) -> Amounts:
    """Raise the lowest value/weight ratios together until the money ends.

    Args:
        values: Value of each asset now.
        weights: Its target weight, above 0; the keys of ``gaps``.
        gaps: The most that may be added to each asset, positive.
        money: Money to spread, whole in the currency's minor unit.
        currency: Its currency.

    Returns:
        Amounts by key, whole in the minor unit, adding up to the money or to all gaps.

    """
    if sum(gaps.values(), ZERO) <= money:
        return dict(gaps)
    level = _level(values, weights, gaps, money)
    parts = {key: _clamp(weights[key] * level - values[key], gaps[key]) for key in gaps}
    return _whole(parts, gaps, money, currency)


def level_down(
    values: Mapping[str, Decimal],
    weights: Mapping[str, Decimal],
    money: Decimal,
    currency: str,
    most: Mapping[str, Decimal] | None = None,
) -> Amounts:
    """Lower the highest value/weight ratios together until the money is raised.

    Assets of weight 0 go first. Returns amounts by key, at most each value (or what ``most`` allows of it),
    whole in the minor unit.
    """
    most = values if most is None else most
    unwanted = {key: most[key] for key in values if not weights[key]}
    first = proportional(unwanted, min(money, sum(unwanted.values(), ZERO)), currency) if unwanted else {}
    rest = money - sum(first.values(), ZERO)
    wanted = {key: value for key, value in values.items() if weights[key]}
    if rest <= 0 or not wanted:
        return first
    kept = max(sum((most[key] for key in wanted), ZERO) - rest, ZERO)
    floors = {key: wanted[key] - most[key] for key in wanted}
    after = level_up(floors, {key: weights[key] for key in wanted}, {key: most[key] for key in wanted}, kept, currency)
    return first | {key: most[key] - after[key] for key in wanted}


def _clamp(amount: Decimal, most: Decimal) -> Decimal:
    return min(max(amount, ZERO), most)


def _level(
    values: Mapping[str, Decimal], weights: Mapping[str, Decimal], gaps: Mapping[str, Decimal], money: Decimal
) -> Decimal:
    """The ratio at which all that lie below it have taken up the money."""
    starts = {key: values[key] / weights[key] for key in gaps}
    ends = {key: (values[key] + gaps[key]) / weights[key] for key in gaps}
    points = sorted({*starts.values(), *ends.values()})
    spent = ZERO
    for low, high in itertools.pairwise(points):
        slope = sum((weights[key] for key in gaps if starts[key] <= low and high <= ends[key]), ZERO)
        if spent + slope * (high - low) >= money:
            return low + (money - spent) / slope
        spent += slope * (high - low)
    return points[-1]


def _whole(parts: Amounts, gaps: Mapping[str, Decimal], money: Decimal, currency: str) -> Amounts:
    """Round to minor units so that the sum is exact and no gap is exceeded; equal remainders in the order of parts."""
    unit = minor_unit(currency)
    whole = {key: floor_money(part, currency) for key, part in parts.items()}
    left = money - sum(whole.values(), ZERO)
    for key in sorted(parts, key=lambda k: whole[k] - parts[k]):
        if left >= unit and whole[key] + unit <= gaps[key]:
            whole[key] += unit
            left -= unit
    return whole
