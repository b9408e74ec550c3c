"""Why each order, why not: kinds of reasons and their figures. Their words are in ``language``, subject ``plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.message import Amount, Message, Percent, Points
from xlrebal.domain.policy import RebalanceTo

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from decimal import Decimal

    from xlrebal.domain.household import Account, Lock, Target
    from xlrebal.domain.plan import TaxLoss, Trigger
    from xlrebal.engine.position import Position
    from xlrebal.engine.today.valuation import Valuation

_STOP = {
    RebalanceTo.TARGET: Message("plan.back_to_target"),
    RebalanceTo.BAND: Message("plan.back_to_band"),
    RebalanceTo.HALFWAY: Message("plan.back_halfway"),
}


def sell(valuation: Valuation, target: Target, rebalance_to: RebalanceTo) -> Message:
    """Return why an asset is sold in a rebalance."""
    if not target.weight:
        return Message("plan.sold_in_full")
    return Message("plan.several", all=(_off(valuation, target), _STOP[rebalance_to]))


def buy(valuation: Valuation, target: Target) -> Message:
    """Return why an asset is bought."""
    return Message("plan.several", all=(_off(valuation, target), Message("plan.bought_toward_target")))


def withdrawal(valuation: Valuation, target: Target) -> Message:
    """Return why an asset is sold for a withdrawal."""
    cash = Message("plan.raises_cash")
    return Message("plan.several", all=(cash, _off(valuation, target))) if valuation.total else cash


def not_raised(missing: Decimal, account: Account, currency: str, minimum: Decimal) -> Message:
    """Return how much of a withdrawal an account cannot pay; ``minimum`` above 0 where the minimum trade is why."""
    short = Message("plan.not_raised", missing=Amount(missing, currency), account=account.name)
    return Message("plan.several", all=(short, below_minimum(minimum, currency))) if minimum else short


def _off(valuation: Valuation, target: Target) -> Message:
    drift, aim = valuation.drift(target), Percent(target.weight)
    if not drift:
        return Message("plan.on_target", target=aim)
    kind = "plan.overweight" if drift > 0 else "plan.underweight"
    return Message(kind, drift=Points(abs(drift)), weight=Percent(valuation.weight(target.code)), target=aim)


def below_minimum(minimum: Decimal, currency: str) -> Message:
    """Return why a small order is left out."""
    return Message("plan.below_minimum_trade", minimum=Amount(minimum, currency))


def under_one_unit(position: Position) -> Message:
    """Return why an amount smaller than one unit is left out."""
    price = Amount(position.price or position.held, position.currency)
    return Message("plan.under_one_unit", price=price, currency=position.currency)


def locked(lock: Lock) -> Message:
    """Return why a locked asset is left alone."""
    return Message(f"plan.locked_{lock.name.lower()}")


def near_ex_date(date: dt.date) -> Message:
    """Return why an asset near its ex-dividend date is left alone."""
    return Message("plan.near_ex_date", date=date)


def over_and_not_due(trigger: Trigger) -> Message:
    """Return why nothing is sold although an asset is over its target."""
    if trigger.due:
        return Message("plan.new_cash_first")
    if trigger.next_scheduled is None:
        return Message("plan.no_rebalance_due")
    return Message("plan.no_rebalance_before", date=trigger.next_scheduled)


def inside_band() -> Message:
    """Return why an asset off target is left alone in a rebalance to the band."""
    return Message("plan.inside_band")


def no_cash() -> Message:
    """Return why an underweight asset is not bought."""
    return Message("plan.no_cash")


def no_price() -> Message:
    """Return why an asset without a price is not bought."""
    return Message("plan.no_price")


def not_allowed() -> Message:
    """Return why no account buys an asset."""
    return Message("plan.not_allowed")


def mixed_fund() -> Message:
    """Return why a mixed fund is neither bought nor sold."""
    return Message("plan.mixed_fund")


def inside_mixed_funds() -> Message:
    """Return why an asset over target is not sold when only mixed funds hold it."""
    return Message("plan.inside_mixed_funds")


def listed_abroad(kinds: Iterable[str]) -> Message:
    """Return why no account with cash may buy an asset by law."""
    return Message("plan.listed_abroad", accounts=tuple(Message(f"plan.account_{kind}") for kind in kinds))


def paying_out() -> Message:
    """Return why nothing is bought with cash that is there."""
    return Message("plan.paying_out")


def over_risk_cap(account: Account, cap: Decimal) -> Message:
    """Return why an account with cash does not buy a risky asset."""
    return Message("plan.over_risk_cap", cap=Percent(cap), account=account.name)


def better_elsewhere(code: str, account: str) -> Message:
    """Return why cash would help in another account."""
    return Message("plan.better_elsewhere", asset=code, account=account)


def over_max_tax(limit: Decimal, currency: str) -> Message:
    """Return why the rest of an asset is not sold this time."""
    return Message("plan.over_max_tax", limit=Amount(limit, currency))


def sold_at_a_loss(free: dt.date) -> Message:
    """Return why an asset sold at a loss is not bought back yet."""
    return Message("plan.sold_at_a_loss", free=free)


def perhaps_sold_at_a_loss(free: dt.date) -> Message:
    """Return why an asset waits after a sale of which nobody knows whether it was at a loss."""
    return Message("plan.perhaps_sold_at_a_loss", free=free)


def sold_by_this_plan() -> Message:
    """Return why an underweight asset that must be sold somewhere is not bought elsewhere."""
    return Message("plan.sold_by_this_plan")


def harvest_loss(loss: TaxLoss, window: int | None) -> Message:
    """Return why a holding is sold for its loss."""
    parts = [Message("plan.realises_loss", loss=Percent(-loss.loss_rate))]
    if window is None:
        return Message("plan.several", all=(*parts, Message("plan.no_wash_sale_rule")))
    if loss.do_not_buy_until:
        parts.append(Message("plan.do_not_buy_before", date=loss.do_not_buy_until))
    if not loss.replacement:
        parts.append(Message("plan.no_replacement"))
    return Message("plan.several", all=tuple(parts))


def harvest_instead(target: Target) -> Message:
    """Return why the proceeds of a loss are spent at once."""
    return Message("plan.keeps_invested", asset=target.label)


def harvest_gain(gain: Decimal, currency: str) -> Message:
    """Return why a holding is sold for its gain."""
    return Message("plan.realises_gain", gain=Amount(gain, currency))


def bought_back() -> Message:
    """Return why it is bought again."""
    return Message("plan.bought_back")
