"""Short ways to write a household in a test."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlrebal.domain.household import Account, Holding, Household, Target
from xlrebal.domain.policy import Policy, Strategy
from xlrebal.law.exchange_days import look_up
from xlrebal.law.loader import OwnFigures, load_tax_rules

if TYPE_CHECKING:
    from xlrebal.domain.tax_rules import TaxRules


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


class Calendar(dict[int, frozenset[dt.date]]):
    """The closed days of an exchange in any year."""

    def __init__(self, exchange: str) -> None:
        super().__init__()
        self._exchange = exchange

    def __missing__(self, year: int) -> frozenset[dt.date]:
        return look_up(self._exchange, year)


def policy(**more: Any) -> Policy:
    """A policy that watches bands and threshold, unless told otherwise; its exchange has a calendar."""
    made = Policy(**({"strategy": Strategy.THRESHOLD} | more))
    return made if made.closed_days else replace(made, closed_days=Calendar(made.exchange))


def tax_rules(country: str, day: dt.date, own: OwnFigures | None = None) -> TaxRules:
    """The tax rules of a country, with the calendars of all exchanges."""
    rules = load_tax_rules(country, day, own)
    return replace(rules, closed_days={name: Calendar(name) for name in ("XKRX", "XNYS")})
