"""Load the tax rules of a country for a day, with what the family has changed in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, Any

from xlrebal.domain.account_rules import AccountRules, DomesticOnly, WithdrawalRule
from xlrebal.domain.policy import FilingStatus
from xlrebal.domain.quantities import ZERO
from xlrebal.domain.tax_rules import Averaging, Brackets, Settlement, TaxClass, TaxRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.domain.message import Message

_CLASS_KEYS = (
    "rate",
    "long_rate",
    "long_after_years",
    "long_at_most",
    "transaction_rate",
    "netted",
    "withheld",
    "upper_bound",
)
_RULE_KEYS = ("deduction", "wash_sale_days", "loss_limit")


class UnknownRuleError(ValueError):
    """A family's own rule that no country has; ``args`` are its name and the names that are known."""


@dataclass(frozen=True)
class OwnFigures:
    """What the workbook says that the rules of a country ask for.

    Attributes:
        rates: The family's own rates by the name of their setting; None where not set.
        income: Taxable income of the year, or None.
        status: How the family files.
        rules: The family's own rules, by name (``deduction``, ``overseas_listed.rate``).
        source: Where the own rules are written.

    """

    rates: Mapping[str, Decimal | None] = field(default_factory=dict)
    income: Decimal | None = None
    status: FilingStatus = FilingStatus.SINGLE
    rules: Mapping[str, Decimal] = field(default_factory=dict)
    source: Message | str = ""


def load_tax_rules(country: str, day: dt.date, own: OwnFigures | None = None) -> TaxRules:
    """Return the rules in force on a day. ``country`` is the name of a file in ``rules/data``.

    A rate may be the name of one of the family's own rates; a class whose rate is neither set nor found in the brackets
    is left out, so that its tax stays blank.

    Raises FileNotFoundError for a country without a file, ``UnknownRuleError`` for an own rule that no country has.
    """
    own = own or OwnFigures()
    document = _load(country)
    edition = _with_own_rules(_edition(document["editions"], day), own)
    brackets = None if own.income is None or "brackets" not in document else _brackets(document, day, own)
    limit = Decimal(edition["loss_limit"])
    classes = _classes(edition["classes"], own.rates, brackets)
    return TaxRules(
        country=document["country"],
        currency=document["currency"],
        lot_method=edition["lot_method"],
        classes=classes,
        unrated=_unrated(edition["classes"], classes),
        per_owner=edition.get("per_owner") == "true",
        day=day,
        deduction=_number(edition["deduction"]),
        deferred_accounts=frozenset(n for n, a in document["accounts"].items() if a["deferred"] == "true"),
        wash_sale_days=None if _number(edition["wash_sale_days"]) is None else int(edition["wash_sale_days"]),
        brackets=None if any(rate is not None for rate in own.rates.values()) else brackets,
        loss_limit=limit / 2 if own.status is FilingStatus.SEPARATE and "loss_limit" not in own.rules else limit,
        sources=dict(edition["sources"]) | {name: a["source"] for name, a in document["accounts"].items()},
    )


def load_risk_caps(day: dt.date) -> dict[str, Decimal]:
    """Return, by account type, the largest part of an account that may be risky assets when one is bought."""
    edition = _edition(_load("accounts")["risk_caps"], day)
    return {kind: Decimal(cap) for kind, cap in edition["accounts"].items()}


def load_account_rules(day: dt.date) -> AccountRules:
    """Return what the law says on a day about buying in accounts and taking money out, by their types."""
    document = _load("accounts")
    domestic, withdrawals = (_edition(document[name], day) for name in ("domestic_only", "withdrawals"))
    return AccountRules(
        DomesticOnly(domestic["accounts"], frozenset(domestic["tax_classes"]), domestic["currency"]),
        {kind: _withdrawal(data) for kind, data in withdrawals["accounts"].items()},
    )


def _withdrawal(data: dict[str, str]) -> WithdrawalRule:
    return WithdrawalRule(
        turn=int(data["turn"]),
        rate=None if data["rate"] == "unknown" else Decimal(data["rate"]),
        country=data["country"],
        currency=data["currency"],
        source=data["source"],
        locked=data.get("locked") == "true",
        income=data.get("income") == "true",
        upper_bound=data.get("upper_bound") == "true",
    )


def _load(name: str) -> dict[str, Any]:
    # Imported here: only a household with such rules needs it.
    import yaml

    text = (resources.files("xlrebal.law") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    # Every scalar stays text, so that rates are exact decimals.
    document: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # BaseLoader builds only text
    return document


def _edition(editions: list[dict[str, Any]], day: dt.date) -> dict[str, Any]:
    """The edition in force on a day; before the first one, the first one."""
    past = [e for e in editions if dt.date.fromisoformat(e["effective_from"]) <= day]
    edition: dict[str, Any] = max(past or editions[:1], key=lambda e: str(e["effective_from"]))
    return edition


def _with_own_rules(edition: dict[str, Any], own: OwnFigures) -> dict[str, Any]:
    """The edition with the family's rules in place of its own; a new class begins with its rate."""
    classes = {name: dict(data) for name, data in edition["classes"].items()}
    changed = {**edition, "classes": classes, "sources": dict(edition["sources"])}
    rules = own.rules
    for name, value in rules.items():
        class_name, dot, key = name.rpartition(".")
        if not dot and name in _RULE_KEYS:
            changed[name], changed["sources"][name] = f"{value:f}", own.source
        elif dot and key in _CLASS_KEYS and (class_name in classes or f"{class_name}.rate" in rules):
            flag = key in ("netted", "withheld", "upper_bound")
            data = classes.setdefault(class_name, {})
            data[key], data["source"] = ("true" if value else "false") if flag else f"{value:f}", own.source
        else:
            known = [*_RULE_KEYS, *(f"{c}.{k}" for c in classes for k in _CLASS_KEYS)]
            raise UnknownRuleError(name, known)
    return changed


def _classes(
    rows: dict[str, dict[str, Any]], own_rates: Mapping[str, Decimal | None], brackets: Brackets | None
) -> dict[str, TaxClass]:
    classes = {}
    for name, data in rows.items():
        rate, long_rate = (_rate(data.get(key), own_rates, brackets) for key in ("rate", "long_rate"))
        if rate is not None and (long_rate is not None or "long_rate" not in data):
            classes[name] = _tax_class(name, data, rate, long_rate)
    return classes


def _unrated(rows: dict[str, dict[str, Any]], rated: Mapping[str, TaxClass]) -> dict[str, TaxClass]:
    """The classes without rates: what else the law says of them holds all the same."""
    return {
        name: _tax_class(name, data, ZERO, ZERO if "long_rate" in data else None)
        for name, data in rows.items()
        if name not in rated
    }


def _rate(text: str | None, own_rates: Mapping[str, Decimal | None], brackets: Brackets | None) -> Decimal | None:
    """A number, or the family's own rate; where that is not set, that of its bracket, for comparing and showing."""
    if text is None:
        return None
    try:
        return Decimal(text)
    except ArithmeticError:
        own = own_rates.get(text)
    if own is not None or brackets is None or any(rate is not None for rate in own_rates.values()):
        return own
    steps = brackets.ordinary if text == "short_term_rate" else brackets.long
    return _at(steps, brackets.income)


def _at(steps: tuple[tuple[Decimal | None, Decimal], ...], income: Decimal) -> Decimal:
    return next(rate for upper, rate in steps if upper is None or income < upper)


def _tax_class(name: str, data: dict[str, Any], rate: Decimal, long_rate: Decimal | None) -> TaxClass:
    flags = {key: data.get(key) == "true" for key in ("netted", "withheld", "upper_bound")}
    return TaxClass(
        name,
        rate,
        long_rate=long_rate,
        long_after_years=int(data.get("long_after_years", 1)),
        long_at_most=_number(data.get("long_at_most", "")),
        transaction_rate=_number(data.get("transaction_rate", "")) or Decimal(0),
        averaging=Averaging(data.get("averaging", "allowed")),
        settlement=_settlement(data.get("settlement")),
        source=data.get("source", ""),
        **flags,
    )


def _settlement(data: dict[str, str] | None) -> Settlement | None:
    if data is None:
        return None
    return Settlement(data["exchange"], int(data["business_days"]), int(data.get("later_days", 0)))


def _brackets(document: dict[str, Any], day: dt.date, own: OwnFigures) -> Brackets:
    edition, status = _edition(document["brackets"], day), own.status.value
    surtax = edition["surtax"]
    return Brackets(
        income=own.income or Decimal(0),
        ordinary=_steps(edition["ordinary"], status),
        long=_steps(edition["long"], status),
        surtax_rate=Decimal(surtax["rate"]),
        surtax_over=Decimal(surtax[status]),
        standard_deduction=Decimal(edition["standard_deduction"][status]),
    )


def _steps(data: dict[str, Any], status: str) -> tuple[tuple[Decimal | None, Decimal], ...]:
    steps = [(Decimal(upper), Decimal(rate)) for upper, rate in zip(data[status], data["rates"], strict=True)]
    return (*steps, (None, Decimal(data["rest"])))


def _number(text: str) -> Decimal | None:
    return None if text in ("null", "") else Decimal(text)
