"""Holdings whose sale would realise a loss, by average cost or lot by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action, LotMethod
from xlrebal.domain.plan import TaxLoss
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.tax.cost_basis import cost_of, lot_cost
from xlrebal.engine.tax.lots import held_from, held_longer
from xlrebal.engine.tax.wash_sales import Purchase, free_again, others, verdict, washed_units
from xlrebal.engine.tax.year_tax import (
    class_of,
    is_deferred,
    loss_relief,
    planned_sales,
    realized_sales,
    tax_of_year,
    taxpayer,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.domain.tax_rules import TaxClass, TaxRules
    from xlrebal.engine.position import Draft, Position
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.tax.year_tax import Sales


def tax_losses(problem: Problem, drafts: Sequence[Draft], today: dt.date) -> tuple[TaxLoss, ...]:
    """Return the candidates: (price - cost) / cost below minus the threshold, a holding or a lot each.

    Sorted by loss, largest first. A holding without a known cost is no candidate. The positions are those after the
    plan's sales, so that what it saves comes on top of them. What the orders of the plan buy today washes a
    loss as well.
    """
    if not problem.policy.tax_loss_harvesting:
        return ()
    found = [
        _candidate(problem, drafts, part, today) for position in problem.positions.values() for part in _parts(position)
    ]
    return tuple(sorted((c for c in found if c is not None), key=lambda c: c.loss))


def year_before(problem: Problem, drafts: Sequence[Draft], payer: str) -> Sales | None:
    """Return a taxpayer's gains of the year, those of the plan included; None when one of them is not known."""
    rules = problem.policy.tax
    if rules is None or payer in problem.policy.unknown_gains:
        return None
    planned = planned_sales(drafts, rules, payer)
    return None if planned is None else [*realized_sales(problem.policy, payer), *planned]


def burden(sales: Sales, tax_class: TaxClass, rules: TaxRules) -> Decimal:
    """Return the tax of a year less what its net loss takes off other income, tax currency."""
    return tax_of_year(sales, rules) - loss_relief(sum((gains for _, gains in sales), Gains()), tax_class, rules)


def is_lot_of(loss: TaxLoss, position: Position, lot: Lot) -> bool:
    """Return whether a lot is that of a candidate; two that agree in everything are as good as one another."""
    same = lot.acquired == loss.lot and lot.quantity == loss.quantity
    cost = lot_cost(position, lot)
    return same and cost is not None and position.in_base(round_money(cost, position.tax_currency)) == loss.cost


@dataclass(frozen=True)
class _Part:
    """What may be sold at a loss, and its cost in tax currency: a whole holding at its average cost, or one lot."""

    position: Position
    units: Decimal
    cost: Decimal
    lot: Lot | None = None

    @property
    def acquired(self) -> dt.date | None:
        """Day of the lot."""
        return self.lot.acquired if self.lot else None


def _parts(position: Position) -> list[_Part]:
    """A holding as a whole, or each of its lots where sales take them one by one."""
    if not position.units or not position.price:
        return []
    if position.lots and position.lot_method is not LotMethod.AVERAGE:
        costs = [(lot, lot_cost(position, lot)) for lot in position.lots if lot.quantity]
        return [_Part(position, lot.quantity, cost, lot) for lot, cost in costs if cost]
    if not position.lots and position.average_taxed:
        return [_Part(position, position.units, position.average_taxed * position.units)]
    cost = cost_of(position, position.units)
    return [_Part(position, position.units, cost)] if cost else []


def _candidate(problem: Problem, drafts: Sequence[Draft], part: _Part, today: dt.date) -> TaxLoss | None:
    policy, position = problem.policy, part.position
    exact_value = part.units * (position.price or ZERO) * position.tax_rate
    rate = (exact_value - part.cost) / part.cost
    cost = position.in_base(round_money(part.cost, position.tax_currency))
    value = round_money(part.units * position.unit_value, position.base)
    if rate >= -policy.tlh_threshold or cost - value < policy.tlh_min_loss or value >= cost:
        return None
    bought = _bought(problem, drafts, part, today)
    counted = (part.units - washed_units(bought, part.units)) / part.units
    return TaxLoss(
        account=position.account.name,
        target=position.target,
        lot=part.acquired,
        quantity=part.units,
        cost=cost,
        value=value,
        loss=value - cost,
        loss_rate=rate,
        tax_saved=_saved(problem, drafts, part, round_money(part.cost - exact_value, position.tax_currency) * counted),
        replacement=position.target.replacement,
        wash_sale=verdict(bought, part.units) if policy.tax else None,
        do_not_buy_until=free_again(today, days) if (days := _window(problem)) is not None else None,
    )


def _saved(problem: Problem, drafts: Sequence[Draft], part: _Part, loss: Decimal) -> Decimal | None:
    """Tax on the year's gains so far, less the tax after the loss, and what a net loss takes off other income.

    Classes that do not net save nothing.
    """
    rules, position = problem.policy.tax, part.position
    tax_class = class_of(position, rules)
    if rules is None or tax_class is None:
        return None
    if not tax_class.netted or is_deferred(position, rules):
        return ZERO
    before, long = year_before(problem, drafts, taxpayer(position.account, rules)), False
    if before is None:
        return None
    if tax_class.long_rate is not None and part.lot is not None and rules.day is not None:
        long = held_longer(held_from(part.lot), tax_class.long_after_years, rules.day)
    after = [*before, (tax_class, tax_class.gains(-loss, long=long))]
    saved = burden(before, tax_class, rules) - burden(after, tax_class, rules)
    return position.in_base(round_money(saved, position.tax_currency))


def _window(problem: Problem) -> int | None:
    return problem.policy.tax.wash_sale_days if problem.policy.tax else None


def _bought(problem: Problem, drafts: Sequence[Draft], part: _Part, today: dt.date) -> list[Purchase]:
    """Purchases within the window before a sale today, and of the plan; none where there is no such rule."""
    if _window(problem) is None:
        return []
    position = part.position
    bought = others(position.recent, position.account.name, part.acquired)
    planned = [
        d for d in drafts if d.action is Action.BUY and d.position.target.code == position.target.code and d.units
    ]
    return [*bought, *(Purchase(today, d.units, d.position.account.name) for d in planned if d.units)]
