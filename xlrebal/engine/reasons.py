"""The words of the plan: why each order, why not. Neutral, and in terms an investor understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.policy import RebalanceTo
from xlrebal.domain.quantities import as_amount, as_percent, as_points

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from decimal import Decimal

    from xlrebal.domain.household import Account, Lock, Target
    from xlrebal.domain.plan import TaxLoss, Trigger
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.terms import Terms

_STOP = {
    RebalanceTo.TARGET: "back to target",
    RebalanceTo.BAND: "back to the edge of its band",
    RebalanceTo.HALFWAY: "back halfway into its band",
}


def sell(problem: Problem, target: Target) -> str:
    """Return why an asset is sold in a rebalance."""
    if not target.weight:
        return "its target is 0%: sold in full"
    return f"{_off(problem, target)}; {_STOP[problem.policy.rebalance_to]}"


def buy(problem: Problem, target: Target) -> str:
    """Return why an asset is bought."""
    return f"{_off(problem, target)}; bought toward target"


def withdrawal(problem: Problem, target: Target) -> str:
    """Return why an asset is sold for a withdrawal."""
    if not problem.valuation.total:
        return "raises cash for the withdrawal"
    return f"raises cash for the withdrawal; {_off(problem, target)}"


def not_raised(missing: Decimal, account: Account, currency: str, minimum: Decimal) -> str:
    """Return how much of a withdrawal an account cannot pay; ``minimum`` above 0 where the minimum trade is why."""
    text = f"{as_amount(missing, currency)} of the withdrawal cannot be raised in {account.name}"
    return f"{text}; {below_minimum(minimum, currency)}" if minimum else text


def _off(problem: Problem, target: Target) -> str:
    drift = problem.valuation.drift(target)
    now, aim = as_percent(problem.valuation.weight(target.code)), as_percent(target.weight)
    if not drift:
        return f"on target at {aim}"
    side = "overweight" if drift > 0 else "underweight"
    return f"{side} by {as_points(abs(drift))} points ({now} against {aim})"


def below_minimum(minimum: Decimal, currency: str) -> str:
    """Return why a small order is left out."""
    return f"below the minimum trade of {as_amount(minimum, currency)}"


def under_one_unit(terms: Terms) -> str:
    """Return why an amount smaller than one unit is left out."""
    return f"less than one unit (price {as_amount(terms.price or terms.held, terms.currency)} {terms.currency})"


def locked(lock: Lock) -> str:
    """Return why a locked asset is left alone."""
    return f"locked: {lock}"


def near_ex_date(date: dt.date) -> str:
    """Return why an asset near its ex-dividend date is left alone."""
    return f"held back near its ex-dividend date {date.isoformat()}"


def over_and_not_due(trigger: Trigger) -> str:
    """Return why nothing is sold although an asset is over its target."""
    if trigger.due:
        return "nothing is sold: new cash is used first"
    if trigger.next_scheduled is None:
        return "no rebalance is due"
    return f"no rebalance is due before {trigger.next_scheduled.isoformat()}"


def inside_band() -> str:
    """Return why an asset off target is left alone in a rebalance to the band."""
    return "inside its band"


def no_cash() -> str:
    """Return why an underweight asset is not bought."""
    return "no cash left to buy it"


def no_price() -> str:
    """Return why an asset without a price is not bought."""
    return "no price: fill Price in Targets"


def not_allowed() -> str:
    """Return why no account buys an asset."""
    return "no account with cash may hold it"


def mixed_fund() -> str:
    """Return why a mixed fund is neither bought nor sold."""
    return "a mixed fund is held, not traded"


def inside_mixed_funds() -> str:
    """Return why an asset over target is not sold when only mixed funds hold it."""
    return "held inside mixed funds only"


def listed_abroad(kinds: Iterable[str]) -> str:
    """Return why no account with cash may buy an asset by law."""
    return f"listed abroad: may not be bought in {', '.join(kinds)}"


def paying_out() -> str:
    """Return why nothing is bought with cash that is there."""
    return "nothing is bought while money is taken out"


def over_risk_cap(account: Account, cap: Decimal) -> str:
    """Return why an account with cash does not buy a risky asset."""
    return f"risky assets may be {as_percent(cap)} of {account.name} at most"


def better_elsewhere(code: str, account: str) -> str:
    """Return why cash would help in another account."""
    return f"could buy {code} in {account}"


def over_max_tax(limit: Decimal, currency: str) -> str:
    """Return why the rest of an asset is not sold this time."""
    return f"more would cost over {as_amount(limit, currency)} of tax (max_tax); the rest can wait for next year"


def sold_at_a_loss(free: dt.date) -> str:
    """Return why an asset sold at a loss is not bought back yet."""
    return f"sold at a loss: not bought before {free.isoformat()} (wash sale)"


def perhaps_sold_at_a_loss(free: dt.date) -> str:
    """Return why an asset waits after a sale of which nobody knows whether it was at a loss."""
    return f"sold, perhaps at a loss, for its gain is not known: not bought before {free.isoformat()} (wash sale)"


def sold_by_this_plan() -> str:
    """Return why an underweight asset that must be sold somewhere is not bought elsewhere."""
    return "this plan sells it, and never buys what it sells"


def harvest_loss(loss: TaxLoss, window: int | None) -> str:
    """Return why a holding is sold for its loss."""
    text = f"realises a loss of {as_percent(-loss.loss_rate)}"
    if window is None:
        return f"{text}; there is no wash-sale rule"
    until = f"; do not buy it before {loss.do_not_buy_until.isoformat()}" if loss.do_not_buy_until else ""
    return f"{text}{until}" + ("" if loss.replacement else "; no replacement is named, so the money waits")


def harvest_instead(target: Target) -> str:
    """Return why the proceeds of a loss are spent at once."""
    return f"keeps the money of {target.label} invested"


def harvest_gain(gain: Decimal, currency: str) -> str:
    """Return why a holding is sold for its gain."""
    return f"realises a gain of {as_amount(gain, currency)} within this year's deduction"


def bought_back() -> str:
    """Return why it is bought again."""
    return "bought back at once, at the higher cost"
