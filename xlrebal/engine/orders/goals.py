"""How much of each asset a plan wants to sell and to buy, over the household, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action
from xlrebal.domain.policy import CashMethod, RebalanceTo
from xlrebal.domain.quantities import ONE, ZERO, ceil_money, ceil_units, floor_money, round_money
from xlrebal.engine.orders import waterfill
from xlrebal.engine.problem import held_back
from xlrebal.engine.today import bands

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Group, Target
    from xlrebal.engine.problem import Problem

Amounts = dict[str, "Decimal"]


@dataclass(frozen=True)
class Stage:
    """Amounts by code in base currency, positive: what is wanted sold and bought at once."""

    sells: Mapping[str, Decimal] = field(default_factory=dict)
    buys: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Goals:
    """Amounts by code in base currency, positive, whole in the minor unit.

    Attributes:
        sells: What to sell to reach the stopping point.
        first: What to buy first, to bring assets and groups back to their stopping point.
        gaps: The most to buy: what each asset lacks to its target.

    """

    sells: Mapping[str, Decimal]
    first: Mapping[str, Decimal]
    gaps: Mapping[str, Decimal]


def shortfalls(problem: Problem) -> Amounts:
    """Return what each underweight asset lacks to its target, by code; cash left out."""
    valuation, base = problem.valuation, problem.household.base_currency
    gaps = {t.code: round_money(-valuation.gap(t), base) for t in problem.ranked if t.weight}
    return {code: gap for code, gap in gaps.items() if gap > 0}


def cash_goals(problem: Problem) -> Goals:
    """Return the goals of a plan that sells nothing."""
    return Goals({}, {}, shortfalls(problem))


def full_goals(problem: Problem) -> Goals:
    """Return the goals of a full rebalance, to target, band edge or halfway.

    To target, everything over target is sold. To the band edge or halfway, only assets and groups outside their
    band move, to the edge or to the middle between edge and target; if that does not pay for the
    purchases, more is sold of what is above its target, highest value/target ratio first.
    """
    gaps, moves = shortfalls(problem), _moves(problem)
    if problem.policy.rebalance_to is not RebalanceTo.TARGET:
        for group in _innermost_first(problem):
            _move_group(problem, group, moves)
    sells = {code: amount for code, amount in moves.items() if amount > 0}
    first = {code: -amount for code, amount in moves.items() if amount < 0}
    missing = sum(first.values(), ZERO) - sum(sells.values(), ZERO) - max(problem.valuation.values[CASH], ZERO)
    if missing > 0 and problem.policy.rebalance_to is not RebalanceTo.TARGET:
        sells = _sell_more(problem, sells, first, missing)
    gaps = {code: gap for code, gap in gaps.items() if code not in sells}
    return Goals(sells, first, gaps)


def _moves(problem: Problem) -> Amounts:
    """What takes each asset to its stopping point: positive to be sold, negative to be bought."""
    valuation, base = problem.valuation, problem.household.base_currency
    stops = {t.code: _stop(problem, t) * valuation.total for t in problem.ranked}
    return {code: round_money(valuation.values[code] - stop, base) for code, stop in stops.items()}


def _stop(problem: Problem, target: Target) -> Decimal:
    """The weight at which a full rebalance leaves the asset."""
    policy = problem.policy
    if policy.rebalance_to is RebalanceTo.TARGET or not target.weight:
        return target.weight
    outer, inner = bands.edges(target, policy), bands.inner_edges(target, policy)
    return _halt(problem, problem.valuation.weight(target.code), target.weight, outer, inner)


def _halt(
    problem: Problem,
    weight: Decimal,
    aim: Decimal,
    outer: tuple[Decimal, Decimal],
    inner: tuple[Decimal, Decimal],
) -> Decimal:
    if outer[0] <= weight <= outer[1]:
        return weight
    edge = inner[0] if weight < outer[0] else inner[1]
    return edge if problem.policy.rebalance_to is RebalanceTo.BAND else (edge + aim) / 2


def _innermost_first(problem: Problem) -> list[Group]:
    """Groups inside others come before them."""
    parents = {group.name: group.parent for group in problem.household.groups}

    def depth(name: str) -> int:
        return 1 + depth(parents[name]) if parents.get(name) in parents else 0

    return sorted(problem.household.groups, key=lambda group: -depth(group.name))


def _move_group(problem: Problem, group: Group, moves: Amounts) -> None:
    """Add to the moves of a group's assets what takes the group itself back to its stopping point."""
    valuation, base = problem.valuation, problem.household.base_currency
    weights = {t.code: t.weight for t in problem.ranked}
    codes = [c for c in problem.household.members(group.name) if c in weights]
    left = {code: valuation.values[code] - moves[code] for code in codes}
    value = sum(left.values(), ZERO)
    now = value / valuation.total if valuation.total else ZERO
    edges = (group.minimum or ZERO, ONE if group.maximum is None else group.maximum)
    stop = _halt(problem, now, group.weight, edges, edges)
    extra = round_money(value - stop * valuation.total, base)
    if extra > 0:
        for code, part in waterfill.level_down(left, {c: weights[c] for c in codes}, min(extra, value), base).items():
            moves[code] += part
    elif extra < 0:
        lacking = {c: round_money(weights[c] * valuation.total - left[c], base) for c in codes if weights[c]}
        open_gaps = {code: gap for code, gap in lacking.items() if gap > 0}
        if open_gaps:
            parts = waterfill.level_up(left, weights, open_gaps, min(-extra, sum(open_gaps.values(), ZERO)), base)
            for code, part in parts.items():
                moves[code] -= part


def _sell_more(problem: Problem, sells: Amounts, first: Amounts, missing: Decimal) -> Amounts:
    valuation, base = problem.valuation, problem.household.base_currency
    weights = {t.code: t.weight for t in problem.ranked if t.code not in first}
    left = {code: valuation.values[code] - sells.get(code, ZERO) for code in weights}
    over = {code: round_money(left[code] - weight * valuation.total, base) for code, weight in weights.items()}
    spare = {code: left[code] for code, amount in over.items() if amount > 0}
    most = min(missing, sum((over[code] for code in spare), ZERO))
    more = waterfill.level_down(spare, {code: weights[code] for code in spare}, most, base) if spare else {}
    return {c: sells.get(c, ZERO) + more.get(c, ZERO) for c in weights if sells.get(c) or more.get(c)}


def stages(problem: Problem, goals: Goals) -> list[Stage]:
    """Return the stages of a plan: what has to move, then wishes of the cash method, then what is still short."""
    codes = {t.code: t for t in problem.ranked}
    sells = {c: a for c, a in goals.sells.items() if codes[c].weight and not held_back(problem, codes[c], Action.SELL)}
    if problem.policy.rebalance_to is RebalanceTo.BAND:
        sells = {code: _whole_units_up(problem, code, amount) for code, amount in sells.items()}
    first = {c: a for c, a in goals.first.items() if not held_back(problem, codes[c], Action.BUY)}
    gaps = {c: a for c, a in goals.gaps.items() if not held_back(problem, codes[c], Action.BUY)} | _cash_gap(problem)
    plan = [Stage({}, gaps)]
    if problem.policy.cash_method is not CashMethod.OPTIMAL:
        plan.insert(0, Stage(sells, _wishes(problem, gaps, sells)))
    elif problem.policy.rebalance_to is RebalanceTo.TARGET or (not goals.first and not sells):
        return [Stage(sells, gaps)]
    if problem.policy.rebalance_to is not RebalanceTo.TARGET and (first or sells):
        plan.insert(0, Stage(sells, first))
    return plan


def _whole_units_up(problem: Problem, code: str, amount: Decimal) -> Decimal:
    """To come back inside a band, a unit that straddles its edge is sold too."""
    position = max(problem.ranked_positions(code), key=lambda t: t.held)
    if position.by_amount or not position.unit_value:
        return amount
    return ceil_money(ceil_units(amount / position.unit_value) * position.unit_value, position.base)


def _cash_gap(problem: Problem) -> Amounts:
    """Cash that is itself a target is wanted like an asset: all of it lies ready to be spent."""
    household = problem.household
    weight = next((t.weight for t in household.targets if t.code == CASH), ZERO)
    aim = round_money(weight * problem.valuation.total, household.base_currency)
    return {CASH: aim} if aim > 0 else {}


def _wishes(problem: Problem, gaps: Mapping[str, Decimal], sells: Mapping[str, Decimal]) -> Amounts:
    """Spread the household's money, costs set aside, over the gaps as ``lazy`` or ``proportional`` say."""
    base, weights = problem.household.base_currency, {t.code: t.weight for t in problem.ranked}
    wanted = {code: gap for code, gap in gaps.items() if code != CASH}
    cash = sum((max(amount, ZERO) for amount in problem.valuation.cash.values()), ZERO)
    cost = max((t.cost_rate for code in wanted for t in problem.positions_of(code)), default=ZERO)
    money = cash + sum(sells.values(), ZERO) * (ONE - cost) - gaps.get(CASH, ZERO)
    budget = max(floor_money(money / (ONE + cost), base), ZERO)
    if not wanted:
        return dict(gaps)
    if problem.policy.cash_method is CashMethod.PROPORTIONAL:
        wishes = waterfill.proportional(wanted, budget, base)
    else:
        values = {code: problem.valuation.values[code] for code in wanted}
        wishes = waterfill.level_up(values, {code: weights[code] for code in wanted}, wanted, budget, base)
    return {code: wish for code, wish in wishes.items() if wish > 0} | {c: a for c, a in gaps.items() if c == CASH}
