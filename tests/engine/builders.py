"""Short ways to write a household in a test."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xlrebal.domain.household import Account, Holding, Household, Target
from xlrebal.domain.policy import Policy, Strategy


def target(code: str, weight: str, **more: Any) -> Target:
    """A target; further fields by name, numbers as text."""
    numbers = {"minimum", "maximum", "price"}
    return Target(code, Decimal(weight), **{k: Decimal(v) if k in numbers else v for k, v in more.items()})


def holding(code: str, units: int, price: str, account: str = "Main", **more: Any) -> Holding:
    """A holding in KRW at a price."""
    cost = more.pop("average_cost", None)
    return Holding(
        account,
        code,
        Decimal(units) * Decimal(price),
        more.pop("currency", "KRW"),
        Decimal(units),
        Decimal(price),
        None if cost is None else Decimal(cost),
    )


def household(targets: list[Target], holdings: list[Holding], *accounts: Account, **more: Any) -> Household:
    """A household in KRW, with one account Main unless others are given."""
    return Household("KRW", tuple(targets), accounts or (Account("Main", "KRW"),), tuple(holdings), **more)


def policy(**more: Any) -> Policy:
    """A policy that watches bands and threshold without a calendar, unless told otherwise."""
    return Policy(**({"strategy": Strategy.THRESHOLD} | more))
