"""Load the tax rules of a country for a day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, Any

from xlrebal.domain.policy import TaxClass, TaxRules

if TYPE_CHECKING:
    from collections.abc import Mapping


def load_tax_rules(country: str, day: dt.date, own_rates: Mapping[str, Decimal | None] | None = None) -> TaxRules:
    """Return the rules in force on a day. ``country`` is the name of a file in ``rules/data``.

    A rate may be the name of one of ``own_rates``, the family's settings; a class whose rate is not set is left out, so
    that its tax stays blank.

    Raises FileNotFoundError for a country without a file.
    """
    document = _load(country)
    edition = _edition(document, day)
    return TaxRules(
        country=document["country"],
        classes=_classes(edition["classes"], own_rates or {}),
        day=day,
        deduction=_number(edition["deduction"]),
        deferred_accounts=frozenset(document["deferred_accounts"]),
        wash_sale_days=None if _number(document["wash_sale_days"]) is None else int(document["wash_sale_days"]),
    )


def load_risk_caps(day: dt.date) -> dict[str, Decimal]:
    """Return, by account type, the largest part of an account that may be risky assets when one is bought."""
    return {kind: Decimal(cap) for kind, cap in _edition(_load("accounts"), day)["risk_caps"].items()}


def _load(name: str) -> dict[str, Any]:
    # Imported here: only a household with such rules needs it.
    import yaml

    text = (resources.files("xlrebal.rules") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    # Every scalar stays text, so that rates are exact decimals.
    document: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # BaseLoader builds only text
    return document


def _edition(document: dict[str, Any], day: dt.date) -> dict[str, Any]:
    """The rules in force on a day; before the first edition, the first one."""
    editions = [e for e in document["editions"] if dt.date.fromisoformat(e["effective_from"]) <= day]
    edition: dict[str, Any] = max(editions or document["editions"][:1], key=lambda e: str(e["effective_from"]))
    return edition


def _classes(rows: dict[str, dict[str, str]], own_rates: Mapping[str, Decimal | None]) -> dict[str, TaxClass]:
    classes = {}
    for name, data in rows.items():
        rate, long_rate = (_rate(data.get(key), own_rates) for key in ("rate", "long_rate"))
        if rate is not None and (long_rate is not None or "long_rate" not in data):
            classes[name] = _tax_class(name, data, rate, long_rate)
    return classes


def _rate(text: str | None, own_rates: Mapping[str, Decimal | None]) -> Decimal | None:
    if text is None or text in own_rates:
        return own_rates.get(text or "")
    return Decimal(text)


def _tax_class(name: str, data: dict[str, str], rate: Decimal, long_rate: Decimal | None) -> TaxClass:
    flags = {key: data.get(key) == "true" for key in ("netted", "withheld", "upper_bound")}
    return TaxClass(name, rate, long_rate=long_rate, long_after_years=int(data.get("long_after_years", 1)), **flags)


def _number(text: str) -> Decimal | None:
    return None if text in ("null", "") else Decimal(text)
