"""Holdings whose sale would realise a loss, by average cost or lot by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Action, TaxLoss
from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.basis import cost_of, held_from, held_longer, lot_cost
from xlrebal.engine.taxes import class_of, is_deferred, loss_relief, planned_gains, realized, taxpayer, year_tax
from xlrebal.engine.washsale import Purchase, free_again, others, verdict, washed_units

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.domain.tax_rules import TaxClass
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.terms import Draft, Terms


def tax_losses(problem: Problem, drafts: Sequence[Draft], today: dt.date) -> tuple[TaxLoss, ...]:
    """Return the candidates: (price - cost) / cost below minus the threshold, a holding or a lot each.

    Sorted by loss, largest first. A holding without a known cost is no candidate. What the orders of the plan buy today
    washes a loss as well.
    """
    if not problem.policy.tax_loss_harvesting:
        return ()
    found = [_candidate(problem, drafts, part, today) for terms in problem.terms.values() for part in _parts(terms)]
    return tuple(sorted((c for c in found if c is not None), key=lambda c: c.loss))


def year_before(problem: Problem, drafts: Sequence[Draft], tax_class: TaxClass, payer: str) -> Gains:
    """Return a taxpayer's gains of the year, those of the plan included."""
    rules = problem.policy.tax
    done = realized(problem.policy, tax_class, payer)
    return done if rules is None else done + planned_gains(drafts, rules, tax_class, payer)


def is_lot_of(loss: TaxLoss, terms: Terms, lot: Lot) -> bool:
    """Return whether a lot is that of a candidate; two that agree in everything are as good as one another."""
    same = lot.acquired == loss.lot and lot.quantity == loss.quantity
    return same and round_money(lot_cost(terms, lot), terms.base) == loss.cost


@dataclass(frozen=True)
class _Part:
    """What may be sold at a loss: a whole holding at its average cost, or one lot."""

    terms: Terms
    units: Decimal
    cost: Decimal
    rate: Decimal
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
        return [_lot_part(terms, lot) for lot in terms.lots if lot.quantity and lot.unit_cost]
    cost = cost_of(terms, terms.units)
    if not cost:
        return []
    if terms.lots or terms.average_cost is None:
        rate = (terms.units * terms.unit_value - cost) / cost
    else:
        rate = (terms.price - terms.average_cost) / terms.average_cost
    return [_Part(terms, terms.units, cost, rate)]


def _lot_part(terms: Terms, lot: Lot) -> _Part:
    cost = lot_cost(terms, lot)
    rate = (lot.quantity * terms.unit_value - cost) / cost
    return _Part(terms, lot.quantity, round_money(cost, terms.base), rate, lot)


def _candidate(problem: Problem, drafts: Sequence[Draft], part: _Part, today: dt.date) -> TaxLoss | None:
    policy, terms, cost, rate = problem.policy, part.terms, part.cost, part.rate
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
        tax_saved=_saved(problem, drafts, part, (cost - value) * counted),
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
    before, long = year_before(problem, drafts, tax_class, taxpayer(terms.account, rules)), False
    if tax_class.long_rate is not None and part.lot is not None and rules.day is not None:
        long = held_longer(held_from(part.lot), tax_class.long_after_years, rules.day)
    after = before + (Gains(ZERO, -loss) if long else Gains(-loss))
    taxes = year_tax(before, tax_class, rules) - year_tax(after, tax_class, rules)
    relief = loss_relief(after, tax_class, rules) - loss_relief(before, tax_class, rules)
    return round_money(taxes + relief, terms.base)


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
