"""What the tax columns cannot know from this workbook is said, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.errors import Finding, InputError
from xlrebal.tables.builders.context import nearest
from xlrebal.tables.schema import TARGETS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.policy import TaxRules
    from xlrebal.tables.parse import Parsed


def check_tax(parsed: Parsed, rules: TaxRules, as_of: dt.date) -> tuple[Finding, ...]:
    """Return warnings about missing tax data.

    Raises ``InputError`` for a tax class that the country's rules do not have.
    """
    errors, warnings = [], []
    for target in parsed.household.targets:
        name = target.tax_class
        if target.code == CASH or name in rules.classes:
            continue
        if name and len(rules.classes) > 1:
            mend = nearest(name, rules.classes) or f"use {' or '.join(rules.classes)}"
            errors.append(
                Finding(parsed.target_place(target.code, "tax_class"), f"tax class {name} is not known", mend)
            )
        else:
            warnings.append(
                Finding(
                    parsed.target_place(target.code, "tax_class"),
                    f"{target.label} has no tax class",
                    "its tax is left blank",
                )
            )
    if errors:
        raise InputError(errors)
    return (*warnings, *_unrecorded_gains(parsed, as_of))


def _unrecorded_gains(parsed: Parsed, as_of: dt.date) -> tuple[Finding, ...]:
    sold = [t for t in parsed.household.trades if t.action == "SELL" and t.date.year == as_of.year]
    if not sold:
        return ()
    message = "gains of this year's sales in Trades are not added up"
    return (Finding(parsed.places.get("realized_gains", "Settings!A1"), message, "include them in realized_gains"),)


def check_risk(parsed: Parsed, caps: Mapping[str, Decimal]) -> tuple[Finding, ...]:
    """Return a warning where an account has a cap on risky assets and no asset is said to be safe."""
    household = parsed.household
    capped = [account.name for account in household.accounts if account.type in caps]
    if not capped or any(target.safe for target in household.targets):
        return ()
    message = f"every asset counts as risky in {capped[0]}, which has a cap on them"
    return (Finding(f"{TARGETS.name}!A1", message, "add a column Risk and write safe for bonds and deposits"),)
