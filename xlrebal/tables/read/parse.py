"""Parse a workbook's input tables into a household and a policy, with every problem at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xlrebal.domain.currencies import price_currency
from xlrebal.domain.household import Household
from xlrebal.domain.message import Amount, Message
from xlrebal.domain.quantities import ONE, ZERO, exact, floor_money
from xlrebal.errors import Finding, InputError
from xlrebal.tables.contract.schema import ACCOUNTS, FX, GROUPS, HOLDINGS, INPUTS, SETTINGS, TARGETS, TAX_RULES, TRADES
from xlrebal.tables.contract.settings import SettingsRead, make_policy, read_settings, setting_name
from xlrebal.tables.read.accounts import build_accounts, find_base_currency, with_inner_groups
from xlrebal.tables.read.cash_rows import settle_rows
from xlrebal.tables.read.context import Context, corner
from xlrebal.tables.read.holdings import add_listed_cash, build_holdings
from xlrebal.tables.read.others import (
    build_ex_dates,
    build_fx,
    build_lots,
    build_tax_rules,
    build_trades,
    counts_as_cash,
)
from xlrebal.tables.read.records import has_header, read_records
from xlrebal.tables.read.targets import build_fund_parts, build_groups, build_targets
from xlrebal.workbook.cells import column_number

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Account, Holding, Target
    from xlrebal.domain.policy import Policy
    from xlrebal.tables.contract.schema import Table
    from xlrebal.tables.read.records import Record, TableRecords
    from xlrebal.workbook.cells import RawGrid


@dataclass(frozen=True)
class Parsed:
    """Everything the workbook says.

    Attributes:
        household: What the family owns and wants.
        policy: Its rules; tax rules are filled in by country afterwards.
        tax_country: ``none``, ``KR`` or ``US``.
        warnings: What is doubtful and does not stop a run.
        places: Cells of the settings that were given, by setting.
        tables: Every input table as read, by key.
        tax_rules: The family's own tax rules by name.
        rule_places: Their cells.

    """

    household: Household
    policy: Policy
    tax_country: str
    warnings: tuple[Finding, ...]
    places: Mapping[str, str]
    tables: Mapping[str, TableRecords] = field(default_factory=dict)
    tax_rules: Mapping[str, Decimal] = field(default_factory=dict)
    rule_places: Mapping[str, str] = field(default_factory=dict)

    def target_place(self, code: str, key: str) -> str:
        """Return the cell of an asset's row in Targets."""
        return next((r.place(key) for r in self.rows(TARGETS) if r.text("code") == code), self.corner(TARGETS))

    def setting_place(self, name: str) -> str:
        """Return the cell of a setting, or the first one of their sheet when it was not given."""
        return self.places.get(name, self.corner(SETTINGS))

    def corner(self, table: Table) -> str:
        """Return the first cell of a table's sheet."""
        return corner(self.tables, table)

    def rows(self, table: Table) -> tuple[Record, ...]:
        """Return the rows of an input table; none when it is missing."""
        found = self.tables.get(table.key)
        return found.records if found else ()


def wanted_tables() -> dict[str, tuple[str, ...]]:
    """Return the names under which each input table may be found."""
    return {table.key: table.names for table in INPUTS}


def parse(
    grids: Mapping[str, RawGrid],
    as_of: dt.date,
    rules: Mapping[str, TableRecords] | None = None,
    new_cash: Decimal | None = None,
    *,
    may_be_empty: bool = False,
) -> Parsed:
    """Return the household and policy of a workbook.

    Args:
        grids: Input tables by key, as read.
        as_of: Day for which ages of prices are counted.
        rules: Tables of a rules file that take the place of the workbook's.
        new_cash: Cash given on the command line; takes the place of the setting.
        may_be_empty: True for a workbook that is just being filled.

    Raises ``InputError`` with every problem found, each with its cell and how to fix it.

    """
    with exact():
        context = Context({})
        context.tables = _tables(grids, rules or {}, context)
        _check_required(context)
        settle_rows(context, grids.get(HOLDINGS.key))
        settings = read_settings(context.records(SETTINGS), context.errors)
        settings = replace(settings, corner=context.corner(SETTINGS))
        policy = make_policy(settings)
        if new_cash is not None:
            policy = replace(policy, new_cash=new_cash)
        household = _household(context, settings, policy, as_of, may_be_empty=may_be_empty)
        tax_rules = build_tax_rules(context)
        if context.errors:
            raise InputError(sorted_findings(context.errors))
        country = settings.text("tax_country") or "none"
        warnings = tuple(context.warnings)
        places = {"_".join(r.text("rule").casefold().split()): r.place("rule") for r in context.records(TAX_RULES)}
        return Parsed(household, policy, country, warnings, settings.places, context.tables, tax_rules, places)


def sorted_findings(findings: list[Finding]) -> list[Finding]:
    """Return findings in the order of tables, rows and columns, each once."""
    order = {name: index for index, table in enumerate(INPUTS) for name in table.names}

    def place(finding: Finding) -> tuple[int, int, int]:
        sheet, _, cell = finding.cell.rpartition("!")
        letters = cell.rstrip("0123456789")
        row = cell.removeprefix(letters)
        return order.get(sheet, len(order)), int(row or 0), column_number(letters) if letters.isalpha() else 0

    return sorted(dict.fromkeys(findings), key=place)


def _tables(
    grids: Mapping[str, RawGrid], rules: Mapping[str, TableRecords], context: Context
) -> dict[str, TableRecords]:
    tables = {}
    for table in (t for t in INPUTS if t.key in grids):
        grid = grids[table.key]
        if has_header(grid, table) or table.required:
            tables[table.key] = read_records(grid, table, context.errors)
        elif grid.rows:
            # A sheet of the user's that happens to have an optional table's name; or headers with a slip.
            context.warn(f"{grid.sheet}!A1", Message("input.sheet_not_read", headers=table.required_titles))
    for key, given in rules.items():
        tables[key] = _merge(tables.get(key), given)
    return tables


def _merge(own: TableRecords | None, given: TableRecords) -> TableRecords:
    """Let the rules file win: it replaces the rows of a table; cells it does not speak of stay the workbook's."""
    if own is None:
        return given
    key = {SETTINGS.key: "setting", GROUPS.key: "name"}.get(given.table.key, "code")
    mine = {record.text(key): record for record in own.records}
    merged = []
    for record in given.records:
        base = mine.pop(record.text(key), None)
        if base is not None and given.table.key in (TARGETS.key, GROUPS.key):
            values, places = {**base.values, **record.values}, {**base.places, **record.places}
            record = replace(record, values=values, places=places)
        merged.append(record)
    kept = tuple(mine.values()) if given.table.key == SETTINGS.key else ()
    return replace(given, records=(*kept, *merged))


def _check_required(context: Context) -> None:
    for table in INPUTS:
        if table.required and not context.has(table):
            hint = Message("input.name_a_table", english=table.name, korean=table.korean)
            context.error(context.corner(table), Message("input.no_table", table=table.title), hint)


def _household(
    context: Context, settings: SettingsRead, policy: Policy, as_of: dt.date, *, may_be_empty: bool
) -> Household:
    base = find_base_currency(context, settings)
    targets = build_targets(context)
    accounts = build_accounts(context, base, targets)
    built = build_holdings(context, base, accounts, targets)
    fx = build_fx(context, base, as_of, policy.price_max_age_days)
    accounts = add_listed_cash(accounts, built.cash, {base: ONE, **fx})
    targets = _with_price_currencies(context, base, targets, accounts, built.holdings)
    groups = build_groups(context, targets)
    household = Household(
        base_currency=base,
        targets=targets,
        accounts=with_inner_groups(accounts, groups),
        holdings=built.holdings,
        groups=groups,
        fund_parts=build_fund_parts(context, targets),
        fx=fx,
        lots=build_lots(context, {a.name for a in accounts}, {t.code for t in targets}),
        ex_dates=build_ex_dates(context),
        trades=build_trades(context),
    )
    _check_rates(context, household)
    _check_paid_in(context, household)
    _check_ages(context, as_of, policy.price_max_age_days)
    if not context.errors and not may_be_empty:
        _check_money(context, household, policy, settings)
    return household


def _with_price_currencies(
    context: Context, base: str, targets: tuple[Target, ...], accounts: tuple[Account, ...], held: tuple[Holding, ...]
) -> tuple[Target, ...]:
    """Name the currency of a price where the accounts would each read it in their own."""
    named, codes = [], {holding.code for holding in held}
    for target in targets:
        currencies = {account.currency for account in accounts if account.allows(target)}
        if target.price is not None and not target.currency and target.code not in codes and len(currencies) > 1:
            currency = price_currency(target, held, accounts, base)
            place = next(r.place("price") for r in context.records(TARGETS) if r.text("code") == target.code)
            message = Message("input.price_without_currency", asset=target.label, currency=currency)
            column = TARGETS.field("currency").title
            context.warn(place, message, Message("input.write_currency_into", column=column, table=TARGETS.title))
            named.append(replace(target, currency=currency))
        else:
            named.append(target)
    return tuple(named)


def _check_ages(context: Context, as_of: dt.date, limit: int | None) -> None:
    for record in (r for table in (HOLDINGS, TARGETS) for r in context.records(table)):
        day = record.date("price_date")
        if limit is not None and day is not None and (as_of - day).days > limit:
            message = Message("input.old_price", code=record.text("code"), count=(as_of - day).days)
            context.warn(record.place("price_date"), message)


def _check_rates(context: Context, household: Household) -> None:
    known = {household.base_currency, *household.fx}
    for record in (r for table in (ACCOUNTS, HOLDINGS, TARGETS) for r in context.records(table)):
        currency = record.text("currency").upper()
        if household.base_currency and currency and currency not in known:
            known.add(currency)
            _report_no_rate(context, record, currency, household.base_currency)


def _check_paid_in(context: Context, household: Household) -> None:
    """Dividends and money paid in or out are counted in base currency."""
    known = {"", household.base_currency, *household.fx}
    for record in context.records(TRADES):
        currency = record.text("currency").upper()
        if currency not in known and counts_as_cash(record):
            _report_no_rate(context, record, currency, household.base_currency)


def _report_no_rate(context: Context, record: Record, currency: str, base: str) -> None:
    message = Message("input.no_rate", currency=currency, table=FX.title)
    context.error(record.place("currency"), message, Message("input.add_rate", currency=currency, base=base))


def _check_money(context: Context, household: Household, policy: Policy, settings: SettingsRead) -> None:
    owned = sum((h.value * household.rate(h.currency) for h in household.holdings), ZERO)
    cash = sum(((a.cash + a.contribution) * household.rate(a.currency) for a in household.accounts), ZERO)
    total = owned + cash + policy.new_cash
    taken_out = policy.new_cash < 0 or any(account.contribution < 0 for account in household.accounts)
    if total < 0:
        paid_in = [max(a.contribution, ZERO) * household.rate(a.currency) for a in household.accounts]
        own = [a.cash * household.rate(a.currency) for a in household.accounts]
        there = owned + sum(own, ZERO) + sum(paid_in, ZERO) + max(policy.new_cash, ZERO)
        base = household.base_currency
        most = floor_money(there, base)  # a whole amount that can be taken out
        message = Message("input.withdrawal_too_large", amount=Amount(most, base))
        place = _withdrawal_place(context, policy, settings)
        context.error(place, message, Message("input.take_out_that_much"))
    elif not total and not taken_out:
        hint = Message("input.fill_table", table=HOLDINGS.title)
        context.error(context.column(HOLDINGS, "quantity"), Message("input.nothing_held"), hint)
    _note_several_accounts(context, household, policy, settings)


def _withdrawal_place(context: Context, policy: Policy, settings: SettingsRead) -> str:
    """The cell that says what is taken out: the setting, or the largest sum of the accounts."""
    rows = [record for record in context.records(ACCOUNTS) if (record.number("contribution") or ZERO) < 0]
    if policy.new_cash < 0 or not rows:
        return settings.place("new_cash")
    return min(rows, key=lambda record: record.number("contribution") or ZERO).place("contribution")


def _note_several_accounts(context: Context, household: Household, policy: Policy, settings: SettingsRead) -> None:
    accounts, targets = household.accounts, household.targets
    first = accounts[0]
    rate = household.rate(first.currency)
    place, setting = settings.place("new_cash"), setting_name("new_cash")
    column = ACCOUNTS.field("contribution").title
    if first.contribution_room is not None and policy.new_cash / rate + first.contribution > first.contribution_room:
        room = first.contribution_room
        message = Message("input.new_cash_above_limit", setting=setting, account=first.name, limit=room)
        context.error(place, message, Message("input.use_column_of_other", column=column))
    if policy.new_cash > 0 and len(accounts) > 1:
        message = Message("input.new_cash_goes_to", setting=setting, account=first.name)
        context.warn(place, message, Message("input.use_column_to_choose", column=column))
    for target in targets:
        if target.lock and not target.weight:
            message = Message("input.locked_at_0", asset=target.label)
            context.warn(context.column(TARGETS, "lock"), message)
