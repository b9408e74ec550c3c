"""How much of each asset a full rebalance sells, and how much it would buy, over the household."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.policy import RebalanceTo
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.engine import bands
from xlrebal.engine.fill import level_down

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Household, Target
    from xlrebal.domain.policy import Policy
    from xlrebal.engine.valuation import Valuation


@dataclass(frozen=True)
class Goals:
    """Amounts by code in base currency, positive, whole in the minor unit.

    Attributes:
        sells: What to sell to reach the stopping point.
        first: What to buy first, to bring assets back to their stopping point.
        gaps: The most to buy: what each asset lacks to its target.

    """

    sells: Mapping[str, Decimal]
    first: Mapping[str, Decimal]
    gaps: Mapping[str, Decimal]


def shortfalls(household: Household, valuation: Valuation) -> dict[str, Decimal]:
    """Return what each underweight asset lacks to its target, by code; cash left out."""
    gaps = {t.code: -valuation.gap(t) for t in household.targets if t.code != CASH and t.weight}
    rounded = {code: round_money(gap, household.base_currency) for code, gap in gaps.items()}
    return {code: gap for code, gap in rounded.items() if gap > 0}


def cash_goals(household: Household, valuation: Valuation) -> Goals:
    """Return the goals of a plan that sells nothing."""
    return Goals({}, {}, shortfalls(household, valuation))


def full_goals(household: Household, policy: Policy, valuation: Valuation) -> Goals:
    """Return the goals of a full rebalance, to target, band edge or halfway.

    To target, everything over target is sold. To the band edge or halfway, only assets outside their
    band move, to the edge or to the middle between edge and target; if that does not pay for the
    purchases, more is sold of what is above its target, highest value/target ratio first.
    """
    gaps = shortfalls(household, valuation)
    assets = [t for t in household.targets if t.code != CASH]
    stops = {t.code: _stop(t, policy, valuation) * valuation.total for t in assets}
    moves = {t.code: round_money(valuation.values[t.code] - stops[t.code], household.base_currency) for t in assets}
    sells = {code: amount for code, amount in moves.items() if amount > 0}
    first = {code: -amount for code, amount in moves.items() if amount < 0}
    missing = sum(first.values(), ZERO) - sum(sells.values(), ZERO) - max(valuation.values[CASH], ZERO)
    if missing > 0 and policy.rebalance_to is not RebalanceTo.TARGET:
        sells = _sell_more(household, valuation, sells, missing)
    return Goals(sells, first, gaps)


def _stop(target: Target, policy: Policy, valuation: Valuation) -> Decimal:
    """The weight at which a full rebalance leaves the asset."""
    if policy.rebalance_to is RebalanceTo.TARGET or not target.weight:
        return target.weight
    low, high = bands.edges(target, policy)
    weight = valuation.weight(target.code)
    if low <= weight <= high:
        return weight
    edge = low if weight < low else high
    return edge if policy.rebalance_to is RebalanceTo.BAND else (edge + target.weight) / 2


def _sell_more(
    household: Household, valuation: Valuation, sells: dict[str, Decimal], missing: Decimal
) -> dict[str, Decimal]:
    base = household.base_currency
    weights = {t.code: t.weight for t in household.targets if t.code != CASH}
    left = {code: valuation.values[code] - sells.get(code, ZERO) for code in weights}
    over = {
        t.code: round_money(left[t.code] - t.weight * valuation.total, base)
        for t in household.targets
        if t.code in left
    }
    spare = {code: left[code] for code, amount in over.items() if amount > 0}
    more = level_down(spare, weights, min(missing, sum((over[code] for code in spare), ZERO)), base) if spare else {}
    return {code: sells.get(code, ZERO) + more.get(code, ZERO) for code in weights if code in sells or more.get(code)}
