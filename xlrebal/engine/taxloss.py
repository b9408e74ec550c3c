"""Holdings whose sale would realise a loss, by average cost or lot by lot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.plan import TaxLoss
from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.engine.basis import cost_of, held_longer, lot_cost
from xlrebal.engine.taxes import Gains, class_of, realized, year_tax
from xlrebal.engine.washsale import Purchase, purchases_before, verdict, washed_units

if TYPE_CHECKING:
    from decimal import Decimal

    from xlrebal.domain.household import Lot
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.terms import Terms


def tax_losses(problem: Problem, today: dt.date) -> tuple[TaxLoss, ...]:
    """Return the candidates: (price - cost) / cost below minus the threshold, a holding or a lot each.

    Sorted by loss, largest first. A holding without a known cost is no candidate.
    """
    if not problem.policy.tax_loss_harvesting:
        return ()
    found = [_candidate(problem, part, today) for terms in problem.terms.values() for part in _parts(terms)]
    return tuple(sorted((c for c in found if c is not None), key=lambda c: c.loss))


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


def _candidate(problem: Problem, part: _Part, today: dt.date) -> TaxLoss | None:
    policy, terms, cost, rate = problem.policy, part.terms, part.cost, part.rate
    value = round_money(part.units * terms.unit_value, terms.base)
    if rate >= -policy.tlh_threshold or cost - value < policy.tlh_min_loss or value >= cost:
        return None
    bought = _bought(problem, part, today)
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
        tax_saved=_saved(problem, part, (cost - value) * counted),
        replacement=terms.target.replacement,
        wash_sale=verdict(bought, part.units) if policy.tax else None,
        do_not_buy_until=_free_again(problem, today),
    )


def _saved(problem: Problem, part: _Part, loss: Decimal) -> Decimal | None:
    """Tax on the year's gains so far, less the tax after the loss; classes that do not net save nothing."""
    rules, terms = problem.policy.tax, part.terms
    tax_class = class_of(terms, rules)
    if rules is None or tax_class is None:
        return None
    if not tax_class.netted or terms.account.type in rules.deferred_accounts:
        return ZERO
    gains, long = realized(problem.policy, tax_class), False
    if tax_class.long_rate is not None and part.lot is not None and rules.day is not None:
        long = held_longer(part.lot, tax_class.long_after_years, rules.day)
    after = gains + (Gains(ZERO, -loss) if long else Gains(-loss))
    return round_money(year_tax(gains, tax_class, rules) - year_tax(after, tax_class, rules), terms.base)


def _bought(problem: Problem, part: _Part, today: dt.date) -> list[Purchase]:
    """Purchases within the window before a sale today; none where there is no such rule."""
    rules = problem.policy.tax
    if rules is None or rules.wash_sale_days is None:
        return []
    since = today - dt.timedelta(days=rules.wash_sale_days)
    terms = part.terms
    return purchases_before(problem.household, terms.account.name, terms.target.code, part.acquired, since)


def _free_again(problem: Problem, today: dt.date) -> dt.date | None:
    """The first day outside the window after a sale today."""
    rules = problem.policy.tax
    if rules is None or rules.wash_sale_days is None:
        return None
    return today + dt.timedelta(days=rules.wash_sale_days + 1)
