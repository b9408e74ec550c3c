"""Holdings whose sale would realise a loss, by average cost or lot by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action, TaxLoss
from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.basis import cost_of, held_from, held_longer, lot_cost
from xlrebal.engine.taxes import (
    class_of,
    is_deferred,
    loss_relief,
    planned_sales,
    realized_sales,
    tax_of_year,
    taxpayer,
)
from xlrebal.engine.washsale import Purchase, free_again, others, verdict, washed_units

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.domain.tax_rules import TaxClass, TaxRules
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.taxes import Sales
    from xlrebal.engine.terms import Draft, Terms


def tax_losses(problem: Problem, drafts: Sequence[Draft], today: dt.date) -> tuple[TaxLoss, ...]:
    """Return the candidates: (price - cost) / cost below minus the threshold, a holding or a lot each.

    Sorted by loss, largest first. A holding without a known cost is no candidate. The terms of the problem are those
    after the plan's sales, so that what it saves comes on top of them. What the orders of the plan buy today washes a
    loss as well.
    """
    if not problem.policy.tax_loss_harvesting:
        return ()
    found = [_candidate(problem, drafts, part, today) for terms in problem.terms.values() for part in _parts(terms)]
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


def is_lot_of(loss: TaxLoss, terms: Terms, lot: Lot) -> bool:
    """Return whether a lot is that of a candidate; two that agree in everything are as good as one another."""
    same = lot.acquired == loss.lot and lot.quantity == loss.quantity
    cost = lot_cost(terms, lot)
    return same and cost is not None and terms.in_base(round_money(cost, terms.tax_currency)) == loss.cost


@dataclass(frozen=True)
class _Part:
    """What may be sold at a loss, and its cost in tax currency: a whole holding at its average cost, or one lot."""

    terms: Terms
    units: Decimal
    cost: Decimal
    lot: Lot | None = None

    @property
    def acquired(self) -> dt.date | None:
        """Day of the lot."""
        return self.lot.acquired if self.lot else None


def _parts(terms: Terms) -> list[_Part]:
    """A holding as a whole, or each of its lots where sales take them one by one."""
    if not terms.units or not terms.price:
        return []
    if terms.lots and terms.lot_method is not LotMethod.AVERAGE:
        costs = [(lot, lot_cost(terms, lot)) for lot in terms.lots if lot.quantity]
        return [_Part(terms, lot.quantity, cost, lot) for lot, cost in costs if cost]
    if not terms.lots and terms.average_taxed:
        return [_Part(terms, terms.units, terms.average_taxed * terms.units)]
    cost = cost_of(terms, terms.units)
    return [_Part(terms, terms.units, cost)] if cost else []


def _candidate(problem: Problem, drafts: Sequence[Draft], part: _Part, today: dt.date) -> TaxLoss | None:
    policy, terms = problem.policy, part.terms
    exact_value = part.units * (terms.price or ZERO) * terms.tax_rate
    rate = (exact_value - part.cost) / part.cost
    cost = terms.in_base(round_money(part.cost, terms.tax_currency))
    value = round_money(part.units * terms.unit_value, terms.base)
    if rate >= -policy.tlh_threshold or cost - value < policy.tlh_min_loss or value >= cost:
        return None
    bought = _bought(problem, drafts, part, today)
    counted = (part.units - washed_units(bought, part.units)) / part.units
    return TaxLoss(
        account=terms.account.name,
        target=terms.target,
        lot=part.acquired,
        quantity=part.units,
        cost=cost,
        value=value,
        loss=value - cost,
        loss_rate=rate,
        tax_saved=_saved(problem, drafts, part, round_money(part.cost - exact_value, terms.tax_currency) * counted),
        replacement=terms.target.replacement,
        wash_sale=verdict(bought, part.units) if policy.tax else None,
        do_not_buy_until=free_again(today, days) if (days := _window(problem)) is not None else None,
    )


def _saved(problem: Problem, drafts: Sequence[Draft], part: _Part, loss: Decimal) -> Decimal | None:
    """Tax on the year's gains so far, less the tax after the loss, and what a net loss takes off other income.

    Classes that do not net save nothing.
    """
    rules, terms = problem.policy.tax, part.terms
    tax_class = class_of(terms, rules)
    if rules is None or tax_class is None:
        return None
    if not tax_class.netted or is_deferred(terms, rules):
        return ZERO
    before, long = year_before(problem, drafts, taxpayer(terms.account, rules)), False
    if before is None:
        return None
    if tax_class.long_rate is not None and part.lot is not None and rules.day is not None:
        long = held_longer(held_from(part.lot), tax_class.long_after_years, rules.day)
    after = [*before, (tax_class, tax_class.gains(-loss, long=long))]
    saved = burden(before, tax_class, rules) - burden(after, tax_class, rules)
    return terms.in_base(round_money(saved, terms.tax_currency))


def _window(problem: Problem) -> int | None:
    return problem.policy.tax.wash_sale_days if problem.policy.tax else None


def _bought(problem: Problem, drafts: Sequence[Draft], part: _Part, today: dt.date) -> list[Purchase]:
    """Purchases within the window before a sale today, and of the plan; none where there is no such rule."""
    if _window(problem) is None:
        return []
    terms = part.terms
    bought = others(terms.recent, terms.account.name, part.acquired)
    planned = [d for d in drafts if d.action is Action.BUY and d.terms.target.code == terms.target.code and d.units]
    return [*bought, *(Purchase(today, d.units, d.terms.account.name) for d in planned if d.units)]
