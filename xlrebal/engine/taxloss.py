"""Holdings whose sale would realise a loss, by average cost."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from xlrebal.domain.plan import TaxLoss
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.engine.taxes import class_of, year_tax

if TYPE_CHECKING:
    from decimal import Decimal

    from xlrebal.engine.problem import Problem
    from xlrebal.engine.terms import Terms


def tax_losses(problem: Problem, today: dt.date) -> tuple[TaxLoss, ...]:
    """Return the candidates: (price - average cost) / average cost below minus the threshold.

    Sorted by loss, largest first. A holding without average cost is no candidate.
    """
    if not problem.policy.tax_loss_harvesting:
        return ()
    found = [_candidate(problem, terms, today) for terms in problem.terms.values()]
    return tuple(sorted((c for c in found if c is not None), key=lambda c: c.loss))


def _candidate(problem: Problem, terms: Terms, today: dt.date) -> TaxLoss | None:
    policy = problem.policy
    if not terms.units or not terms.price or not terms.average_cost:
        return None
    rate = (terms.price - terms.average_cost) / terms.average_cost
    cost = round_money(terms.average_cost * terms.units * terms.rate, terms.base)
    value = round_money(terms.price * terms.units * terms.rate, terms.base)
    if rate >= -policy.tlh_threshold or cost - value < policy.tlh_min_loss or value >= cost:
        return None
    return TaxLoss(
        account=terms.account.name,
        target=terms.target,
        lot=None,
        quantity=terms.units,
        cost=cost,
        value=value,
        loss=value - cost,
        loss_rate=rate,
        tax_saved=_saved(problem, terms, cost - value),
        replacement=terms.target.replacement,
        wash_sale=_wash_sale(problem, terms, today),
        do_not_buy_until=_free_again(problem, today),
    )


def _saved(problem: Problem, terms: Terms, loss: Decimal) -> Decimal | None:
    """Tax on the year's gains so far, less the tax after the loss; classes that do not net save nothing."""
    rules = problem.policy.tax
    tax_class = class_of(terms, rules)
    if rules is None or tax_class is None:
        return None
    if not tax_class.netted or terms.account.type in rules.deferred_accounts:
        return ZERO
    gains = problem.policy.realized_gains
    return round_money(year_tax(gains, tax_class, rules) - year_tax(gains - loss, tax_class, rules), terms.base)


def _wash_sale(problem: Problem, terms: Terms, today: dt.date) -> str | None:
    """Purchases of the same code in any account within the window before today undo the loss."""
    rules = problem.policy.tax
    if rules is None:
        return None
    if rules.wash_sale_days is None:
        return "clear"
    start = today - dt.timedelta(days=rules.wash_sale_days)
    bought = [t.date for t in problem.household.trades if t.action == "BUY" and t.code == terms.target.code]
    recent = [date for date in bought if start <= date <= today]
    return f"bought on {max(recent).isoformat()}" if recent else "clear"


def _free_again(problem: Problem, today: dt.date) -> dt.date | None:
    """The first day outside the window after a sale today."""
    rules = problem.policy.tax
    if rules is None or rules.wash_sale_days is None:
        return None
    return today + dt.timedelta(days=rules.wash_sale_days + 1)
