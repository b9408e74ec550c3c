"""Which tax classes the gains of the year so far belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.tax.settlement import tax_year
from xlrebal.engine.tax.year_tax import taxpayer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from xlrebal.domain.household import Household
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.engine.tax.realized import Realized


def by_class(
    household: Household,
    rules: TaxRules | None,
    recorded: Iterable[Realized],
    realized: Mapping[str, Gains],
    today: dt.date,
) -> dict[str, tuple[tuple[str, Gains], ...]]:
    """Return each taxpayer's gains of the year by the name of their class, in the order of the sales.

    What no sale of the record explains (``realized_gains``) comes first, in the first netted class that is used.
    """
    if rules is None:
        return {}
    classes = {t.code: rules.classes[t.tax_class] for t in household.targets if t.tax_class in rules.classes}
    netted = [one.name for one in (*classes.values(), *rules.classes.values()) if one.netted]
    sales: dict[str, list[tuple[str, Gains]]] = {payer: [] for payer in realized}
    for one in sorted(recorded, key=lambda one: one.trade.date):
        own = classes.get(one.trade.code)
        if own is not None and own.netted and one.year == tax_year(today, own, rules):
            sale = (own.name, own.gains(one.counted, long=one.long))
            sales.setdefault(taxpayer(one.account, rules), []).append(sale)
    return {
        payer: ((netted[0], _less(realized.get(payer, Gains()), parts)), *parts) if netted else ()
        for payer, parts in sales.items()
    }


def _less(gains: Gains, parts: Iterable[tuple[str, Gains]]) -> Gains:
    known = sum((part for _, part in parts), Gains())
    return Gains(gains.short - known.short, gains.long - known.long, gains.capped - known.capped)
