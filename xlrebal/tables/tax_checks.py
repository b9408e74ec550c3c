"""What the tax columns cannot know from this workbook is said, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.policy import LotMethod
from xlrebal.domain.quantities import ZERO, as_amount
from xlrebal.domain.tax_rules import Averaging
from xlrebal.errors import Finding, InputError
from xlrebal.tables.builders.context import nearest
from xlrebal.tables.holding_rows import belongs_to
from xlrebal.tables.schema import ACCOUNTS, FX, HOLDINGS, LOTS, TARGETS, TAX_RULES, TRADES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from xlrebal.domain.account_rules import DomesticOnly
    from xlrebal.domain.household import Household, Trade
    from xlrebal.domain.plan import Plan, Unplaced, Withdrawal
    from xlrebal.domain.tax_rules import TaxClass, TaxRules
    from xlrebal.tables.parse import Parsed
    from xlrebal.tables.records import Record


def check_rate(parsed: Parsed, rules: TaxRules) -> None:
    """Raise ``InputError`` where the tax currency has no exchange rate."""
    household = parsed.household
    if rules.currency in (household.base_currency, *household.fx):
        return
    table = parsed.tables.get(FX.key)
    message = f"tax_country {rules.country} counts gains in {rules.currency}, which has no rate in FX"
    mend = f"add a row {rules.currency} with its rate in {household.base_currency}"
    raise InputError([Finding(table.place if table else f"{FX.name}!A1", message, mend)])


def check_tax(parsed: Parsed, rules: TaxRules, today: dt.date) -> tuple[Finding, ...]:
    """Return warnings about missing tax data.

    Raises ``InputError`` for a tax class that the country's rules do not have.
    """
    errors, warnings = [], []
    known = [*rules.classes, *sorted(rules.unrated)]
    for target in parsed.household.targets:
        name = target.tax_class
        if target.code == CASH or name in rules.classes:
            continue
        if name in rules.unrated:
            mend = f"{_missing_rates(parsed)}; until then its tax is left blank"
            place = parsed.places.get("tax_country", "Settings!A1")
            warnings.append(Finding(place, f"{target.label}: your tax rates are not set", mend))
        elif name:
            mend = nearest(name, known) or f"use {' or '.join(known)}"
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
    found = (*_loose_lots(parsed), *_unknown_costs(parsed, rules), *_averages(parsed, rules))
    return (*warnings, *found, *_owners(parsed, rules), *_no_year(parsed, today))


def _missing_rates(parsed: Parsed) -> str:
    """What to set so that the tax rates are known: one rate of one's own asks for the other, whatever the income is."""
    policy = parsed.policy
    rates = {"short_term_rate": policy.short_term_rate, "long_term_rate": policy.long_term_rate}
    missing = [name for name, rate in rates.items() if rate is None]
    if len(missing) != 1:
        return "set taxable_income, or short_term_rate and long_term_rate"
    given = next(name for name in rates if name not in missing)
    other = f"clear {given}, so that taxable_income counts" if policy.taxable_income is not None else ""
    return f"set {missing[0]} too, or {other or f'clear {given} and set taxable_income'}"


def _no_year(parsed: Parsed, today: dt.date) -> tuple[Finding, ...]:
    """Gains that do not say of which year they are would still count when the next one has begun."""
    policy = parsed.policy
    given = [
        name
        for name, amount in (
            ("realized_gains", policy.realized_gains),
            ("realized_short_gains", policy.realized_short_gains),
        )
        if amount
    ]
    if not given or policy.realized_year is not None:
        return ()
    message = f"{given[0]} does not say its year: it counts as of {today.year}"
    return (Finding(parsed.places.get(given[0], "Settings!A1"), message, f"set realized_year to {today.year}"),)


def _taxed(parsed: Parsed, rules: TaxRules, account: str, code: str) -> TaxClass | None:
    """The tax class of an asset in an account, where a sale there is taxed on its gain."""
    deferred = any(a.name == account and a.type in rules.deferred_accounts for a in parsed.household.accounts)
    target = next((t for t in parsed.household.targets if t.code == code), None)
    tax_class = rules.classes.get(target.tax_class) if target and not deferred else None
    return tax_class if tax_class and (tax_class.netted or tax_class.rate) else None


def _unknown_costs(parsed: Parsed, rules: TaxRules) -> tuple[Finding, ...]:
    """Return a warning for each cost that is not given, or in another currency without the rate of its purchase."""
    household, found = parsed.household, []
    currency = rules.currency or household.base_currency
    used = _with_lots(household)
    for record, lot in zip(parsed.rows(LOTS), household.lots, strict=False):
        traded = _currency(household, lot.account, lot.code)
        if (lot.account, lot.code) not in used or traded == currency or lot.fx_rate is not None:
            continue
        if _taxed(parsed, rules, lot.account, lot.code):
            found.append(_no_rate(record.place("fx_rate"), lot.code, traded, currency, "FX rate"))
    single = household.accounts[0].name if len(household.accounts) == 1 else ""
    for record in parsed.rows(HOLDINGS):
        account, code = record.text("account") or single, record.text("code")
        traded = record.text("currency").upper() or _currency(household, account, code)
        known = traded == currency or record.number("average_rate") is not None
        cost = record.number("average_cost")
        by_value = record.number("quantity") is None and bool(record.number("value"))
        counts = by_value or bool(record.number("quantity"))
        if not counts or (account, code) in used or not _taxed(parsed, rules, account, code):
            continue
        place = record.place("average_cost")
        if by_value:
            mend = "fill Quantity, Price and Avg cost, or Lots; until then the tax of its sale is left blank"
            message = f"the cost of {code} is not known: it is held by value alone"
            found.append(Finding(record.place("quantity"), message, mend))
        elif cost is None:
            mend = "fill Avg cost, or Lots; until then the tax of its sale is left blank"
            found.append(Finding(place, f"the cost of {code} is not known", mend))
        elif not known:
            found.append(_no_rate(place, code, traded, currency, "Avg FX rate"))
    return tuple(found)


def _no_rate(place: str, code: str, traded: str, currency: str, column: str) -> Finding:
    message = f"the cost of {code} in {currency} is not known: it was bought in {traded}, at a rate that is not given"
    return Finding(place, message, f"fill {column}; until then the tax of its sale is left blank")


def _with_lots(household: Household) -> frozenset[tuple[str, str]]:
    """Account and code of the holdings whose lots add up to their units."""
    found = set()
    for account, code in dict.fromkeys((lot.account, lot.code) for lot in household.lots):
        bought, held = _bought_and_held(household, account, code)
        if bought == held:
            found.add((account, code))
    return frozenset(found)


def _currency(household: Household, account: str, code: str) -> str:
    """The currency in which an asset trades."""
    held = next((h.currency for h in household.holdings if h.code == code), "")
    wanted = next((t.currency for t in household.targets if t.code == code), "")
    own = next((a.currency for a in household.accounts if a.name == account), household.base_currency)
    return held or wanted or own


def _averages(parsed: Parsed, rules: TaxRules) -> tuple[Finding, ...]:
    """Return a warning where averaging is chosen and the law allows it for shares of funds only, or not at all."""
    household, found = parsed.household, {}
    for holding in household.holdings:
        tax_class = _taxed(parsed, rules, holding.account, holding.code)
        account = next(a for a in household.accounts if a.name == holding.account)
        method = account.lot_method or parsed.policy.lot_method
        if method is not LotMethod.AVERAGE or tax_class is None or tax_class.averaging is Averaging.ALLOWED:
            continue
        if tax_class.averaging is Averaging.NO:
            message = f"{holding.code} ({tax_class.name}) may not be sold at average cost"
            mend = "the oldest units go first (fifo)"
        else:
            message = f"average cost of {holding.code} holds for shares of a fund only"
            mend = "where it is not one, use the tax class us_stock or another lot_method"
        found[holding.code] = Finding(parsed.target_place(holding.code, "tax_class"), message, mend)
    return tuple(found.values())


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
        bought, held = _bought_and_held(household, account, code)
        if bought != held:
            message = f"the lots of {code} in {account} add up to {bought:,f}, Holdings says {held:,f}"
            found.append(Finding(f"{LOTS.name}!A1", message, "its average cost is used"))
    return tuple(found)


def _bought_and_held(household: Household, account: str, code: str) -> tuple[Decimal, Decimal]:
    lots = [lot.quantity for lot in household.lots if (lot.account, lot.code) == (account, code)]
    rows = [h.quantity for h in household.holdings if (h.account, h.code) == (account, code)]
    return sum(lots, ZERO), sum((units for units in rows if units is not None), ZERO)


def unknown_gains(trades: Iterable[Trade], household: Household) -> tuple[Finding, ...]:
    """Return a warning for each sale of the record whose gain, account or tax class is not known."""
    names = {account.name for account in household.accounts}
    classes = {target.code: target.tax_class for target in household.targets}

    def doubt(trade: Trade) -> Finding:
        message = f"the gain of the sale of {trade.code} is not known"
        mend = (
            "fill its column Gain, or record every purchase of the asset in this account above it, with its FX rate, "
            "so that Trades explain the units in Holdings; the year's tax is left blank"
        )
        if len(names) > 1 and trade.account not in names:
            message += ": its account is not in Accounts"
            mend = "fill its column Account; the year's tax is left blank"
        elif trade.code not in classes:
            message = f"how the sale of {trade.code} is taxed is not known: it is not in Targets"
            mend = f"add {trade.code} to Targets with target 0 and its tax class; the year's tax is left blank"
        elif not classes[trade.code]:
            message = f"how the sale of {trade.code} is taxed is not known: it has no tax class"
            mend = "fill its Tax class in Targets; the year's tax is left blank"
        return Finding(trade.place or f"{TRADES.name}!A1", message, mend)

    return tuple(map(doubt, trades))


def unkept_limit(parsed: Parsed, plan: Plan) -> tuple[Finding, ...]:
    """Return a warning where ``max_tax`` is not kept: the tax of a sale is not known, or money must be raised."""
    limit, place = parsed.policy.max_tax, parsed.places.get("max_tax", "Settings!A1")
    if limit is None:
        return ()
    found = []
    codes = [order.target.code for order in plan.orders if order.tax is None]
    costless = [g.target.code for g in plan.tax.gains if g.gain is None and g.target.code in codes] if plan.tax else []
    if codes:
        message = f"max_tax cannot be kept: the tax of the sale of {(costless or codes)[0]} is not known"
        found.append(Finding(place, message, "give its cost, or do not sell it"))
    taxes = [*(order.tax for order in plan.orders), *(one.tax for one in plan.withdrawals)]
    known = sum((tax for tax in taxes if tax is not None), ZERO)
    if known > limit:
        amounts = [as_amount(amount, plan.base_currency) for amount in (known, limit)]
        message = (
            f"the tax of this plan, {amounts[0]}, is above max_tax, {amounts[1]}: money that is taken out goes first"
        )
        found.append(Finding(place, message, "take out less, or set max_tax higher"))
    return tuple(found)


def unplaced_losses(parsed: Parsed, losses: Iterable[Unplaced], currency: str) -> tuple[Finding, ...]:
    """Return a warning for each washed loss of the record that is not seen in the cost of the units bought instead."""
    found = []
    for one in losses:
        units = f"the units of {one.code} bought on {one.bought}" if one.bought else f"{one.code} in {one.account}"
        message = f"a washed loss of {as_amount(one.loss, currency)} could not be added to the cost of {units}"
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


def check_held(parsed: Parsed, rule: DomesticOnly) -> tuple[Finding, ...]:
    """Return a warning for each row of an asset in an account that may not buy it by law."""
    household, found = parsed.household, []
    accounts = {account.name: account for account in household.accounts}
    targets = {target.code: target for target in household.targets}
    held = {(h.account, h.code): h for h in household.holdings}
    for record in parsed.rows(HOLDINGS):
        holding = held.get((_account_of(parsed, record), record.text("code")))
        if holding is None or holding.code not in targets:
            continue
        account, target = accounts[holding.account], targets[holding.code]
        if rule.bars(account, target, holding.currency):
            message = f"{target.label} is listed abroad, which an account of type {account.type} may not buy"
            mend = "it is kept or sold, not bought; check Type, Tax class and Currency"
            found.append(Finding(record.place("code"), message, mend))
    return tuple(found)


def _account_of(parsed: Parsed, record: Record) -> str:
    accounts = parsed.household.accounts
    return record.text("account") or (accounts[0].name if len(accounts) == 1 else "")


def check_withdrawals(parsed: Parsed, withdrawals: Iterable[Withdrawal]) -> tuple[Finding, ...]:
    """Return a warning for each account that money leaves at a price, at the cell that asks for it."""
    base = parsed.household.base_currency
    rows = {record.text("account"): record for record in parsed.rows(ACCOUNTS)}
    own = {account.name for account in parsed.household.accounts if account.contribution < 0}
    found = []
    for one in withdrawals:
        row = rows.get(one.account) if one.account in own else None
        cell = row.place("contribution") if row else parsed.places.get("new_cash", "Settings!A1")
        law = "; the law allows that for listed causes only" if one.locked else ""
        message = f"{as_amount(one.amount, base)} is taken out of {one.account}, type {one.kind}{law}"
        most = " at most" if one.upper_bound else ""
        tax = "not known" if one.tax is None else f"{as_amount(one.tax, base)}{most}"
        found.append(Finding(cell, message, f"tax {tax}: {one.source}"))
    return tuple(found)
