"""What the tax columns cannot know from this workbook is said, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.quantities import ZERO, as_amount
from xlrebal.errors import Finding, InputError
from xlrebal.tables.builders.context import nearest
from xlrebal.tables.holding_rows import belongs_to
from xlrebal.tables.schema import HOLDINGS, LOTS, TARGETS, TAX_RULES, TRADES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Trade
    from xlrebal.domain.plan import Unplaced
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.tables.parse import Parsed


_OWN_RATES = "us_security"


def check_tax(parsed: Parsed, rules: TaxRules) -> tuple[Finding, ...]:
    """Return warnings about missing tax data.

    Raises ``InputError`` for a tax class that the country's rules do not have.
    """
    errors, warnings = [], []
    for target in parsed.household.targets:
        name = target.tax_class
        if target.code == CASH or name in rules.classes:
            continue
        if name == _OWN_RATES and name not in rules.classes:
            mend = "set taxable_income, or short_term_rate and long_term_rate; until then its tax is left blank"
            place = parsed.places.get("tax_country", "Settings!A1")
            warnings.append(Finding(place, f"{target.label}: your tax rates are not set", mend))
        elif name and len(rules.classes) > 1:
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
    return (*warnings, *_loose_lots(parsed), *_owners(parsed, rules))


def _owners(parsed: Parsed, rules: TaxRules) -> tuple[Finding, ...]:
    """Where each owner is taxed alone, the gains of the settings can only be those of one."""
    taxed = [a.owner for a in parsed.household.accounts if a.type not in rules.deferred_accounts]
    if not rules.per_owner or len(set(taxed)) < 2 or not parsed.policy.realized_gains:
        return ()
    message = f"realized_gains counts as {taxed[0] or 'the first account'}'s"
    return (Finding(parsed.places.get("realized_gains", "Settings!A1"), message, "record the others' sales in Trades"),)


def _loose_lots(parsed: Parsed) -> tuple[Finding, ...]:
    """Return a warning for each holding whose lots do not add up to its units: it counts with its average cost."""
    household, found = parsed.household, []
    for account, code in dict.fromkeys((lot.account, lot.code) for lot in household.lots):
        bought = sum((lot.quantity for lot in household.lots if (lot.account, lot.code) == (account, code)), ZERO)
        rows = [h for h in household.holdings if (h.account, h.code) == (account, code)]
        held = sum((h.quantity for h in rows if h.quantity is not None), ZERO)
        if bought != held:
            message = f"the lots of {code} in {account} add up to {bought:,f}, Holdings says {held:,f}"
            found.append(Finding(f"{LOTS.name}!A1", message, "its average cost is used"))
    return tuple(found)


def unknown_gains(trades: Iterable[Trade]) -> tuple[Finding, ...]:
    """Return a warning for each sale of the record whose gain is not known."""
    mend = "fill its column Gain, or record the purchase with its FX rate above it"
    return tuple(
        Finding(trade.place or f"{TRADES.name}!A1", f"the gain of the sale of {trade.code} is not known", mend)
        for trade in trades
    )


def unplaced_losses(parsed: Parsed, losses: Iterable[Unplaced]) -> tuple[Finding, ...]:
    """Return a warning for each washed loss of the record that is not seen in the cost of the units bought instead."""
    base, found = parsed.household.base_currency, []
    for one in losses:
        units = f"the units of {one.code} bought on {one.bought}" if one.bought else f"{one.code} in {one.account}"
        message = f"a washed loss of {as_amount(one.loss, base)} could not be added to the cost of {units}"
        mend = (
            "write what was paid as in Trades, or that and the washed loss; until then the cost counts as it is written"
        )
        found.append(Finding(one.place or _average_place(parsed, one), message, mend))
    return tuple(found)


def _average_place(parsed: Parsed, loss: Unplaced) -> str:
    rows = [r for r in parsed.rows(HOLDINGS) if r.text("code") == loss.code]
    mine = [r for r in rows if belongs_to(r, loss.account, parsed.household)]
    return mine[0].place("average_cost") if mine else f"{HOLDINGS.name}!A1"


def unknown_rule(parsed: Parsed, name: str, known: Iterable[str]) -> InputError:
    """Return the error for a row of TaxRules that no country has."""
    place = parsed.rule_places.get(name, f"{TAX_RULES.name}!A1")
    return InputError([Finding(place, f"there is no tax rule {name}", nearest(name, known))])


def check_risk(parsed: Parsed, caps: Mapping[str, Decimal]) -> tuple[Finding, ...]:
    """Return a warning where an account has a cap on risky assets and no asset is said to be safe."""
    household = parsed.household
    capped = [account.name for account in household.accounts if account.type in caps]
    if not capped or any(target.safe for target in household.targets):
        return ()
    message = f"every asset counts as risky in {capped[0]}, which has a cap on them"
    return (Finding(f"{TARGETS.name}!A1", message, "add a column Risk and write safe for bonds and deposits"),)
