"""What the tax columns cannot know from this workbook is said, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, LotMethod
from xlrebal.domain.message import Amount, Message, Name
from xlrebal.domain.quantities import ZERO
from xlrebal.domain.tax_rules import Averaging
from xlrebal.errors import Finding, InputError
from xlrebal.tables.contract.schema import ACCOUNTS, FX, HOLDINGS, LOTS, TARGETS, TAX_RULES, TRADES
from xlrebal.tables.contract.settings import setting_name
from xlrebal.tables.edit.holding_rows import belongs_to
from xlrebal.tables.read.hints import nearest, use

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from decimal import Decimal

    from xlrebal.domain.household import Household, Trade
    from xlrebal.domain.plan import Plan, Unplaced
    from xlrebal.domain.tax_rules import TaxClass, TaxRules
    from xlrebal.tables.read.parse import Parsed


def check_rate(parsed: Parsed, rules: TaxRules) -> None:
    """Raise ``InputError`` where the tax currency has no exchange rate."""
    household = parsed.household
    if rules.currency in (household.base_currency, *household.fx):
        return
    table = parsed.tables.get(FX.key)
    message = Message(
        "input.tax_currency_without_rate",
        setting=setting_name("tax_country"),
        country=rules.country,
        currency=rules.currency,
        table=FX.title,
    )
    hint = Message("input.add_rate", currency=rules.currency, base=household.base_currency)
    raise InputError([Finding(table.place if table else parsed.corner(FX), message, hint)])


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
            message = Message("input.no_own_rates", asset=target.label)
            hint = Message("input.until_then_tax_blank", step=_missing_rates(parsed))
            warnings.append(Finding(parsed.setting_place("tax_country"), message, hint))
            continue
        place = parsed.target_place(target.code, "tax_class")
        if name:
            message = Message("input.unknown_tax_class", tax_class=name)
            errors.append(Finding(place, message, nearest(name, known) or use(known)))
        else:
            message = Message("input.no_tax_class", asset=target.label)
            warnings.append(Finding(place, message, Message("input.tax_left_blank")))
    if errors:
        raise InputError(errors)
    found = (*_loose_lots(parsed), *_unknown_costs(parsed, rules), *_averages(parsed, rules))
    return (*warnings, *found, *_owners(parsed, rules), *_no_year(parsed, today))


def _missing_rates(parsed: Parsed) -> Message:
    """What to set so that the tax rates are known: one rate of one's own asks for the other, whatever the income is."""
    policy = parsed.policy
    rates = {"short_term_rate": policy.short_term_rate, "long_term_rate": policy.long_term_rate}
    missing = [name for name, rate in rates.items() if rate is None]
    income = setting_name("taxable_income")
    if len(missing) != 1:
        short, long = map(setting_name, rates)
        return Message("input.set_income_or_rates", income=income, short=short, long=long)
    given = next(name for name in rates if name not in missing)
    names = {"missing": setting_name(missing[0]), "given": setting_name(given), "income": income}
    has_income = policy.taxable_income is not None
    return Message("input.set_rate_or_clear" if has_income else "input.set_rate_or_income", **names)


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
    message = Message("input.gains_without_year", setting=setting_name(given[0]), year=today.year)
    hint = Message("input.set_year", setting=setting_name("realized_year"), year=today.year)
    return (Finding(parsed.setting_place(given[0]), message, hint),)


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
            found.append(_no_rate(record.place("fx_rate"), lot.code, traded, currency, LOTS.field("fx_rate").title))
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
            message = Message("input.cost_unknown_by_value", code=code)
            found.append(Finding(record.place("quantity"), message, _until_sale_taxed(_fill_cost("quantity", "price"))))
        elif cost is None:
            found.append(Finding(place, Message("input.cost_unknown", code=code), _until_sale_taxed(_fill_cost())))
        elif not known:
            column = HOLDINGS.field("average_rate").title
            found.append(_no_rate(place, code, traded, currency, column))
    return tuple(found)


def _fill_cost(*keys: str) -> Message:
    """Ask for the columns of Holdings that make a cost known, or for lots."""
    columns = {key: HOLDINGS.field(key).title for key in (*keys, "average_cost")}
    return Message("input.fill_units_and_cost" if keys else "input.fill_cost", lots=LOTS.title, **columns)


def _until_sale_taxed(step: Message) -> Message:
    return Message("input.until_then_sale_untaxed", step=step)


def _no_rate(place: str, code: str, traded: str, currency: str, column: Name) -> Finding:
    message = Message("input.cost_without_rate", code=code, currency=currency, traded=traded)
    return Finding(place, message, _until_sale_taxed(Message("input.fill_column", column=column)))


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
            message = Message("input.average_forbidden", code=holding.code, tax_class=tax_class.name)
            hint = Message("input.oldest_first", method=LotMethod.FIFO.value)
        else:
            message = Message("input.average_of_funds_only", code=holding.code)
            hint = Message("input.use_stock_class", tax_class="us_stock", setting=setting_name("lot_method"))
        found[holding.code] = Finding(parsed.target_place(holding.code, "tax_class"), message, hint)
    return tuple(found.values())


def _owners(parsed: Parsed, rules: TaxRules) -> tuple[Finding, ...]:
    """Where each owner is taxed alone, the gains of the settings can only be those of one."""
    taxed = [a.owner for a in parsed.household.accounts if a.type not in rules.deferred_accounts]
    if not rules.per_owner or len(set(taxed)) < 2 or not parsed.policy.realized_gains:
        return ()
    owner = taxed[0] or Message("input.first_account")
    message = Message("input.gains_of_one_owner", setting=setting_name("realized_gains"), owner=owner)
    hint = Message("input.record_others_sales", table=TRADES.title)
    return (Finding(parsed.setting_place("realized_gains"), message, hint),)


def _loose_lots(parsed: Parsed) -> tuple[Finding, ...]:
    """Return a warning for each holding whose lots do not add up to its units: it counts with its average cost."""
    household, found = parsed.household, []
    for account, code in dict.fromkeys((lot.account, lot.code) for lot in household.lots):
        bought, held = _bought_and_held(household, account, code)
        if bought != held:
            units = {"bought": bought, "held": held}
            message = Message("input.loose_lots", code=code, account=account, table=HOLDINGS.title, **units)
            found.append(Finding(parsed.corner(LOTS), message, Message("input.average_cost_used")))
    return tuple(found)


def _bought_and_held(household: Household, account: str, code: str) -> tuple[Decimal, Decimal]:
    lots = [lot.quantity for lot in household.lots if (lot.account, lot.code) == (account, code)]
    rows = [h.quantity for h in household.holdings if (h.account, h.code) == (account, code)]
    return sum(lots, ZERO), sum((units for units in rows if units is not None), ZERO)


def unknown_gains(trades: Iterable[Trade], parsed: Parsed) -> tuple[Finding, ...]:
    """Return a warning for each sale of the record whose gain, account or tax class is not known."""
    corner = parsed.corner(TRADES)
    return tuple(Finding(trade.place or corner, *_unknown_gain(trade, parsed.household)) for trade in trades)


def _unknown_gain(trade: Trade, household: Household) -> tuple[Message, Message]:
    """What is not known about a sale, and what to do."""
    names = {account.name for account in household.accounts}
    classes = {target.code: target.tax_class for target in household.targets}
    code, targets, column = trade.code, TARGETS.title, TARGETS.field("tax_class").title
    if len(names) > 1 and trade.account not in names:
        message = Message("input.gain_of_unknown_account", code=code, table=ACCOUNTS.title)
        step = Message("input.fill_its_column", column=TRADES.field("account").title)
    elif code not in classes:
        message = Message("input.sale_not_in_table", code=code, table=targets)
        step = Message("input.add_with_tax_class", code=code, table=targets)
    elif not classes[code]:
        message = Message("input.sale_without_tax_class", code=code)
        step = Message("input.fill_column_in_table", column=column, table=targets)
    else:
        message = Message("input.gain_unknown", code=code)
        names_of = {key: TRADES.field(key).title for key in ("gain", "fx_rate")}
        step = Message("input.fill_gain_or_purchases", trades=TRADES.title, holdings=HOLDINGS.title, **names_of)
    return message, Message("input.year_tax_blank", step=step)


def unkept_limit(parsed: Parsed, plan: Plan) -> tuple[Finding, ...]:
    """Return a warning where ``max_tax`` is not kept: the tax of a sale is not known, or money must be raised."""
    limit, place = parsed.policy.max_tax, parsed.setting_place("max_tax")
    if limit is None:
        return ()
    found, setting = [], setting_name("max_tax")
    codes = [order.target.code for order in plan.orders if order.tax is None]
    costless = [g.target.code for g in plan.tax.gains if g.gain is None and g.target.code in codes] if plan.tax else []
    if codes:
        message = Message("input.limit_not_kept", setting=setting, code=(costless or codes)[0])
        found.append(Finding(place, message, Message("input.give_cost")))
    taxes = [*(order.tax for order in plan.orders), *(one.tax for one in plan.withdrawals)]
    known = sum((tax for tax in taxes if tax is not None), ZERO)
    if known > limit:
        tax, most = (Amount(amount, plan.base_currency) for amount in (known, limit))
        message = Message("input.tax_above_limit", setting=setting, tax=tax, limit=most)
        found.append(Finding(place, message, Message("input.take_out_less", setting=setting)))
    return tuple(found)


def unplaced_losses(parsed: Parsed, losses: Iterable[Unplaced], currency: str) -> tuple[Finding, ...]:
    """Return a warning for each washed loss of the record that is not seen in the cost of the units bought instead."""
    found = []
    for one in losses:
        loss = Amount(one.loss, currency)
        if one.bought:
            message = Message("input.washed_loss_of_lot", loss=loss, code=one.code, date=one.bought)
        else:
            message = Message("input.washed_loss_of_account", loss=loss, code=one.code, account=one.account)
        hint = Message("input.write_what_was_paid", table=TRADES.title)
        found.append(Finding(one.place or _average_place(parsed, one), message, hint))
    return tuple(found)


def _average_place(parsed: Parsed, loss: Unplaced) -> str:
    rows = [r for r in parsed.rows(HOLDINGS) if r.text("code") == loss.code]
    mine = [r for r in rows if belongs_to(r, loss.account, parsed.household)]
    return mine[0].place("average_cost") if mine else parsed.corner(HOLDINGS)


def unknown_rule(parsed: Parsed, name: str, known: Iterable[str]) -> InputError:
    """Return the error for a row of TaxRules that no country has."""
    place = parsed.rule_places.get(name, parsed.corner(TAX_RULES))
    return InputError([Finding(place, Message("input.no_tax_rule", rule=name), nearest(name, known))])
