"""The band of an asset: the weights between which it is left alone, compared exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.plan import Status
from xlrebal.domain.policy import DriftMeasure, Policy, Strategy
from xlrebal.domain.quantities import ONE, ZERO

if TYPE_CHECKING:
    from xlrebal.domain.household import Group, Target
    from xlrebal.engine.today.valuation import Valuation

# The 5/25 rule: 5 points or 25% of the target, whichever is smaller.
# Source: Larry Swedroe, in the Bogleheads wiki, "Rebalancing".
_FIVE_POINTS = Decimal("0.05")
_A_QUARTER = Decimal("0.25")

_WATCH_THRESHOLD = (Strategy.THRESHOLD, Strategy.HYBRID)
_WATCH_BANDS = (Strategy.BANDS, Strategy.HYBRID)


def tolerance(target: Target, policy: Policy) -> Decimal:
    """Return the drift at which the asset sets off the threshold, a fraction of the household."""
    if policy.drift_measure is DriftMeasure.RELATIVE:
        return policy.drift_threshold * target.weight
    if policy.drift_measure is DriftMeasure.FIVE_25:
        return min(_FIVE_POINTS, _A_QUARTER * target.weight)
    return policy.drift_threshold


def meets_threshold(valuation: Valuation, target: Target, policy: Policy) -> bool:
    """Return whether |drift| >= threshold. Money is compared, so that no division can round."""
    gap = abs(valuation.gap(target))
    return gap > 0 and gap >= tolerance(target, policy) * valuation.total


def leaves_band(valuation: Valuation, target: Target) -> bool:
    """Return whether the weight is below min or above max of its row in Targets."""
    value = valuation.values.get(target.code, ZERO)
    below = target.minimum is not None and value < target.minimum * valuation.total
    above = target.maximum is not None and value > target.maximum * valuation.total
    return below or above


def watches_threshold(policy: Policy) -> bool:
    """Return whether the strategy looks at the threshold."""
    return policy.strategy in _WATCH_THRESHOLD


def watches_bands(policy: Policy) -> bool:
    """Return whether the strategy looks at the bands of Targets."""
    return policy.strategy in _WATCH_BANDS


def is_watched(target: Target) -> bool:
    """Return whether an asset can set off a trigger: new cash waiting to be invested cannot."""
    return target.code != CASH


def edges(target: Target, policy: Policy) -> tuple[Decimal, Decimal]:
    """Return the band as (low, high) weights: min and max of Targets, else target -/+ threshold."""
    width = tolerance(target, policy)
    low = target.minimum if target.minimum is not None else max(target.weight - width, ZERO)
    high = target.maximum if target.maximum is not None else min(target.weight + width, ONE)
    return low, high


def inner_edges(target: Target, policy: Policy) -> tuple[Decimal, Decimal]:
    """Return where a rebalance stops: the band itself, or the tolerance inside it where one is set.

    The tolerance is in the measure of the threshold; under 5/25 it is a share of the target.
    Source of the two bands: G. Daryanani, "Opportunistic Rebalancing", Journal of Financial Planning, January 2008.
    """
    low, high = edges(target, policy)
    if policy.rebalance_tolerance is None:
        return low, high
    share = policy.drift_measure is not DriftMeasure.ABSOLUTE
    width = policy.rebalance_tolerance * (target.weight if share else ONE)
    return max(low, target.weight - width), min(high, target.weight + width)


def group_leaves_band(value: Decimal, group: Group, total: Decimal) -> bool:
    """Return whether a group's value is below min or above max of its row in Groups."""
    below = group.minimum is not None and value < group.minimum * total
    above = group.maximum is not None and value > group.maximum * total
    return below or above


def group_status(value: Decimal, group: Group, total: Decimal) -> Status:
    """Return whether a group is over or under its band; without a band it is in it."""
    if not group_leaves_band(value, group, total):
        return Status.IN_BAND
    return Status.OVER if value > group.weight * total else Status.UNDER


def status(valuation: Valuation, target: Target, policy: Policy) -> Status:
    """Return whether the weight is over or under its band.

    A weight on the threshold counts as out, one on min or max as in, as for the triggers.
    """
    value, aim = valuation.values.get(target.code, ZERO), target.weight * valuation.total
    banded = target.minimum is not None or target.maximum is not None
    out = leaves_band(valuation, target) if banded else meets_threshold(valuation, target, policy)
    if not out:
        return Status.IN_BAND
    return Status.OVER if value > aim else Status.UNDER
