"""Orders near an ex-dividend date are held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.engine.orders import reasons

if TYPE_CHECKING:
    import datetime as dt

    from xlrebal.domain.household import Household
    from xlrebal.domain.message import Message
    from xlrebal.domain.policy import Policy


def held_back(household: Household, policy: Policy, today: dt.date) -> dict[str, Message]:
    """Return why an asset must not be traded today, by code: within the days on either side of an ex-date."""
    if not policy.avoid_ex_dividend_dates:
        return {}
    near = [e for e in household.ex_dates if abs((e.date - today).days) <= policy.ex_dividend_days]
    return {event.code: reasons.near_ex_date(event.date) for event in near}
