"""What an export, or fresh prices, change in the workbook; the user's formulas stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.currencies import price_currency, row_currency
from xlrebal.domain.household import CASH, Target
from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import ONE, ZERO, round_money
from xlrebal.errors import Finding
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.schema import ACCOUNTS, FX, HOLDINGS, TARGETS
from xlrebal.tables.edit.editor import InputsEditor
from xlrebal.tables.edit.holding_rows import belongs_to, currency_of, value_cell
from xlrebal.workbook.cells import Formula

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from xlrebal.domain.household import Account
    from xlrebal.errors import Text
    from xlrebal.imports.broker_export import Export, ImportedHolding
    from xlrebal.imports.prices import Quote
    from xlrebal.tables.contract.schema import Table
    from xlrebal.tables.read.parse import Parsed
    from xlrebal.tables.read.records import Record
    from xlrebal.workbook.cells import RawGrid


_QUANTITY, _PRICE, _CURRENCY = (HOLDINGS.field(key) for key in ("quantity", "price", "currency"))
_AVERAGE_COST = Name("average cost", HOLDINGS.field("average_cost").korean)
_ADD_CURRENCY = Message("import.add_column", column=_CURRENCY.title)
_LAST_STAYS = Message("import.last_stays")
# A price that is more than this many times the last one, or less than that part of it, is in another currency.
_NEAR = 5


@dataclass(frozen=True)
class Change:
    """One changed figure: what it is, what it was (empty where there was none), and what it will be."""

    what: Text
    old: str
    new: Text


@dataclass(frozen=True)
class _Figures:
    """Price and average cost of a line in its row's currency, and how the price was converted where it was."""

    price: Decimal | None
    cost: Decimal | None
    converted: Message | None = None


class HoldingsImport(InputsEditor):
    """Collects the changes of the input tables.

    Args:
        parsed: The workbook as it is.
        grids: Its input tables by key, as read.

    """

    def __init__(self, parsed: Parsed, grids: Mapping[str, RawGrid]) -> None:
        super().__init__(parsed.tables, grids)
        self._parsed, self._household = parsed, parsed.household
        self.changes: list[Change] = []
        self.warnings: list[Finding] = []
        self.errors: list[Finding] = []

    def take_export(self, export: Export, account: str, *, add: bool) -> None:
        """Bring the holdings of an account in line with its export; what the export lacks is held no more."""
        targets = {target.code: target for target in self._household.targets}
        rows = self._rows_of(account)
        for holding in export.holdings:
            code = self._known_code(holding.code, targets)
            if code not in targets:
                if not add:
                    asset = f"{holding.code} {holding.name}".strip()
                    message = Message("import.not_in_targets", asset=asset, table=TARGETS.title)
                    self.errors.append(Finding(holding.place, message, Message("import.add_with_option")))
                    continue
                self._add_target(holding)
            self._take_holding(holding, code, account, rows.pop(code, []), export.assumed)
        for code, old in rows.items():
            for record in old if code != CASH else ():
                self._clear(record, Message("import.held_no_more", code=code))
        if export.cash is not None:
            self._take_cash(account, export, rows.get(CASH, []))

    def add_account(self, name: str) -> None:
        """Name the first account of a workbook that has none yet; later changes find it by its name."""
        first = self._household.accounts[0]
        self._household = replace(self._household, accounts=(replace(first, name=name),))
        if ACCOUNTS.key in self._editors:
            self._editors[ACCOUNTS.key].append({"account": f.text(name), "currency": f.text(first.currency)})
            self.changes.append(Change(Message("import.account", account=name), "", Message("import.new")))

    def _known_code(self, code: str, targets: Mapping[str, object]) -> str:
        """An export that lost the zeros of 069500 means the code that is known with them."""
        return code if code in targets or not code.isdigit() or code.zfill(6) not in targets else code.zfill(6)

    def _rows_of(self, account: str) -> dict[str, list[Record]]:
        rows: dict[str, list[Record]] = {}
        for record in self._parsed.rows(HOLDINGS):
            if belongs_to(record, account, self._household) and record.text("code"):
                rows.setdefault(record.text("code"), []).append(record)
        return rows

    def _take_holding(
        self, holding: ImportedHolding, code: str, account: str, rows: list[Record], assumed: str
    ) -> None:
        """Take a line into its row, in the row's currency; a line whose currency is in doubt is refused."""
        wanted = self._currency_of(rows[0] if rows else None, code, account)
        if not rows and "currency" in self._editors[HOLDINGS.key].columns:
            wanted = holding.currency or wanted
        given = self._given(holding, code, wanted, account, assumed)
        figures = self._figures_in(holding, code, wanted, given) if given else None
        if figures is None or not self._in_line(holding, code, figures, rows):
            return
        if not rows:
            self._new_row(holding, code, account, wanted, figures)
            return
        record, price = rows[0], figures.price
        self._number(HOLDINGS, record, "quantity", holding.quantity, _figure_of(code, _QUANTITY.noun))
        for other in rows[1:]:
            self._clear(other, Message("import.joined", code=code))
        if price is not None:
            what = _figure_of(code, _PRICE.noun)
            price = self._number(HOLDINGS, record, "price", price, what, figures.converted, formula=Formula.KEEP)
        if figures.cost is not None:
            what = _figure_of(code, _AVERAGE_COST)
            self._number(HOLDINGS, record, "average_cost", figures.cost, what, formula=Formula.KEEP)
        price = price or record.number("price")
        if price is not None:
            self._value(record, holding.quantity * price)

    def _clear(self, record: Record, what: Message) -> None:
        """Leave a row with nothing held, whether it is kept by units or by its value alone."""
        if record.number("quantity") is not None:
            self._number(HOLDINGS, record, "quantity", ZERO, what)
            self._value(record, ZERO)
        elif record.number("value"):
            self._number(HOLDINGS, record, "value", ZERO, what)

    def _given(self, holding: ImportedHolding, code: str, wanted: str, account: str, assumed: str) -> str:
        """The currency that a line is in; empty, and an error, where nothing says it.

        What neither the line nor the broker's habit says is in the account's currency if all of the account is.
        """
        known = holding.currency or (assumed if assumed == wanted else "")
        if known or (holding.price is None and holding.average_cost is None):
            return known or wanted
        own = self._account(account).currency
        if not assumed and wanted == own and self._is_all_in(own, account):
            return own
        others = sorted({assumed or own, *(self._currencies(account) if not assumed else ())} - {wanted})
        choices = _either([wanted, *others])
        message = Message("import.currency_of_asset_unclear", code=code, currency=wanted, choices=choices)
        self.errors.append(Finding(holding.place, message, _ADD_CURRENCY))
        return ""

    def _currencies(self, account: str) -> set[str]:
        """The currencies of the rows of an account, and its own."""
        rows = [row for rows in self._rows_of(account).values() for row in rows]
        held = [row for row in rows if row.number("quantity") or row.number("value")]
        return {self._account(account).currency, *(currency_of(row, self._household) for row in held)}

    def _is_all_in(self, currency: str, account: str) -> bool:
        return self._currencies(account) == {currency}

    def _in_line(self, holding: ImportedHolding, code: str, figures: _Figures, rows: list[Record]) -> bool:
        """Whether a line without a currency can be in that of its row: its price is near the last one."""
        keys = {"price": figures.price, "average_cost": figures.cost if figures.price is None else None}
        for key, new in keys.items() if rows and not holding.currency else ():
            old = rows[0].number(key)
            if new and old and not old / _NEAR <= new <= old * _NEAR:
                column, cell = HOLDINGS.field(key).title, rows[0].place(key)
                message = Message("import.far_from", column=column, new=new, code=code, old=old, cell=cell)
                hint = Message("import.add_column_or_correct", column=_CURRENCY.title)
                self.errors.append(Finding(holding.place, message, hint))
                return False
        return True

    def _figures_in(self, holding: ImportedHolding, code: str, wanted: str, given: str) -> _Figures | None:
        """Price and cost of a line in the currency of its row; None when the rate between them is unknown.

        A cost in another currency would need the rate of its purchase, which no export says.
        """
        if given == wanted:
            return _Figures(holding.price, _cost(holding))
        rate = self._cross_rate(given, wanted, self._rates)
        if rate is None:
            message = Message("import.no_rate_between", code=code, given=given, wanted=wanted, table=FX.title)
            hint = Message("import.add_rate", table=FX.title, column=_CURRENCY.title)
            self.errors.append(Finding(holding.place, message, hint))
            return None
        if holding.average_cost is not None:
            message = Message("import.average_cost_stays", code=code, given=given, wanted=wanted)
            self.warnings.append(Finding(holding.place, message, Message("import.no_purchase_rate")))
        if holding.price is None:
            return _Figures(None, None)
        return _Figures(_fine(holding.price * rate), None, _converted(holding.price, given, rate))

    @property
    def _rates(self) -> dict[str, Decimal]:
        """Base currency for one unit of each currency."""
        return {**self._household.fx, self._household.base_currency: ONE}

    @staticmethod
    def _cross_rate(given: str, wanted: str, rates: Mapping[str, Decimal]) -> Decimal | None:
        """Units of one currency for one of another, or None."""
        if given == wanted:
            return ONE
        return rates[given] / rates[wanted] if given in rates and wanted in rates else None

    def _currency_of(self, record: Record | None, code: str, account: str) -> str:
        """The currency in which a row of Holdings counts, as it is read: its own, the target's, the account's."""
        named = record.text("currency") if record is not None else ""
        return row_currency(code, named, self._household.targets, self._account(account))

    def _account(self, name: str) -> Account:
        accounts = self._household.accounts
        return next((account for account in accounts if account.name == name), accounts[0])

    def _value(self, record: Record, value: Decimal) -> None:
        if record.number("value") is not None:
            shown = value_cell(record, value, self._household)
            self._editors[HOLDINGS.key].set(record, "value", shown, Formula.UPDATE_CACHED_VALUE)

    def _new_row(self, holding: ImportedHolding, code: str, account: str, currency: str, figures: _Figures) -> None:
        row = {
            "account": f.text(account),
            "code": f.text(code),
            "name": f.text(holding.name),
            "quantity": f.units(holding.quantity),
            "price": f.price(figures.price, currency),
            "average_cost": f.number(figures.cost, f.FINE_PRICE),
            "currency": f.text(currency),
        }
        self._editors[HOLDINGS.key].append(row)
        units = holding.quantity.normalize()
        shown = figures.converted and Message("import.quantity_at_price", quantity=units, converted=figures.converted)
        self.changes.append(Change(f"{code} {holding.name}", "", shown or f"{units:,f}"))

    def _add_target(self, holding: ImportedHolding) -> None:
        editor = self._editors[TARGETS.key]
        if "lock" not in editor.columns:
            place = self.top_of(TARGETS)
            hint = Message("import.add_column_to", column=TARGETS.field("lock").title, table=TARGETS.title)
            self.errors.append(Finding(place, Message("import.cannot_be_locked", code=holding.code), hint))
            return
        row = {"name": holding.name, "code": holding.code, "currency": holding.currency, "lock": "both"}
        cells = {key: f.text(value) for key, value in row.items()} | {"weight": f.number(ZERO, f.WEIGHT)}
        editor.append(cells)
        # From now on a row without a currency of its own is in that of the target.
        currency = holding.currency if "currency" in editor.columns else ""
        added = Target(holding.code, ZERO, holding.name, currency=currency)
        self._household = replace(self._household, targets=(*self._household.targets, added))
        if any(target.group for target in self._household.targets):
            message = Message("import.no_group", code=holding.code, table=TARGETS.title)
            self.warnings.append(Finding(holding.place, message, Message("import.write_group")))
        what = Message("import.asset_in", code=holding.code, table=TARGETS.title)
        self.changes.append(Change(what, "", Message("import.target_zero_locked")))

    def _take_cash(self, account: str, export: Export, listed: list[Record]) -> None:
        """Set an account's cash where the workbook keeps it: in Accounts, or in a row of Holdings."""
        owner, place = self._account(account), export.holdings[0].place.rpartition(":")[0]
        total, converted = ZERO, list[Message]()
        for named, amount in (export.cash or {}).items():
            currency = named or export.assumed or owner.currency
            rate = self._cross_rate(currency, owner.currency, self._rates)
            others = {currency} if export.assumed else self._currencies(account)
            if not named and others != {owner.currency}:
                choices = _either(sorted(others | {owner.currency}))
                message = Message("import.cash_currency_unclear", choices=choices)
                self.errors.append(Finding(place, message, _ADD_CURRENCY))
            elif rate is None:
                message = Message("import.cash_without_rate", currency=currency, table=FX.title)
                hint = Message("import.add_row", currency=currency, table=FX.title)
                self.errors.append(Finding(place, message, hint))
            else:
                total += round_money(amount * rate, owner.currency)
                converted += [_converted(amount, currency, rate)] if currency != owner.currency else []
        record = next((r for r in self._parsed.rows(ACCOUNTS) if r.text("account") == account), None)
        has_cell = record is not None and "cash" in self._editors[ACCOUNTS.key].columns
        what = Message("import.cash_of", account=account)
        same = all(self._currency_of(row, CASH, account) == owner.currency for row in listed)
        if listed and same and not (has_cell and record is not None and record.number("cash")):
            self._set_listed_cash(listed, total, what, *converted)
        elif record is None or not has_cell:
            message = Message("import.cash_left_out", amount=total, account=account)
            self.warnings.append(Finding(self.top_of(ACCOUNTS), message))
        else:
            self._number(ACCOUNTS, record, "cash", total, what, *converted)
            counted = Message("import.cash_counted_in", account=account, table=ACCOUNTS.title)
            self._set_listed_cash(listed, ZERO, counted)

    def _set_listed_cash(self, rows: list[Record], total: Decimal, what: Message, *converted: Message) -> None:
        """Put all cash of an account into the first of its rows of cash."""
        for record in rows:
            counted = record.number("quantity") is not None
            amount = total / (record.number("price") or ONE) if counted else total
            self._number(HOLDINGS, record, "quantity" if counted else "value", amount, what, *converted)
            if counted:
                self._value(record, total)
            total = ZERO

    def _number(
        self,
        table: Table,
        record: Record,
        key: str,
        value: Decimal,
        what: Message,
        *converted: Message | None,
        formula: Formula = Formula.REFUSE,
    ) -> Decimal:
        """Set a figure, and return what its cell will show: the old one where a formula stays.

        ``what`` says which figure it is, ``converted`` the amounts in other currencies that it was converted from.
        """
        old = record.number(key)
        if formula is Formula.KEEP and old is not None and old != value and record.raw[key].is_formula:
            message = Message("import.formula_stays", what=what, old=old, new=value.normalize())
            self.warnings.append(Finding(record.place(key), message, Message("import.change_formula")))
            return old
        if old == value or key not in record.places:
            return value
        shown = f.units(value) if key == "quantity" else f.number(value, f.FINE_PRICE if value % 1 else f.UNITS)
        self._editors[table.key].set(record, key, shown, formula)
        amounts = tuple(one for one in converted if one is not None)
        what = Message("import.with_conversion", what=what, converted=amounts) if amounts else what
        self.changes.append(Change(what, "" if old is None else f"{old:,f}", f"{value.normalize():,f}"))
        return value

    def take_prices(self, quotes: Mapping[str, Quote], today: dt.date, max_age: int) -> None:
        """Set prices and exchange rates with their dates; what is missing stays, what is missing or old is reported."""
        base = self._household.base_currency
        fresh = {c: quotes[c].price for c in self._household.fx if c in quotes and quotes[c].currency in ("", base)}
        rates = self._rates | fresh
        for table, key in ((HOLDINGS, "code"), (TARGETS, "code"), (FX, "currency")):
            for record in self._parsed.rows(table):
                name = record.text(key)
                if not name or name == CASH or (table is FX and name == base):
                    continue
                quote = quotes.get(name)
                if quote is None:
                    place = record.place("rate" if table is FX else "price")
                    self.warnings.append(Finding(place, Message("import.no_new_price", asset=name), _LAST_STAYS))
                else:
                    self._take_quote(table, record, name, quote, rates)
                    self._say_age(table, record, name, quote, today, max_age)

    def _take_quote(self, table: Table, record: Record, name: str, quote: Quote, rates: Mapping[str, Decimal]) -> None:
        """Set one price in the currency of its row; one without a currency is in the row's."""
        key = "rate" if table is FX else "price"
        wanted = self._quoted_in(table, record, name)
        given = quote.currency or wanted
        rate = self._cross_rate(given, wanted, rates) if table is not FX or given == wanted else None
        if rate is None:
            kind = "import.price_in_other_currency" if table is FX else "import.price_without_rate"
            message = Message(kind, asset=name, given=given, wanted=wanted, table=FX.title)
            self.warnings.append(Finding(record.place(key), message, _LAST_STAYS))
            return
        if table is HOLDINGS and record.number("quantity") is None and record.number("value") is not None:
            return
        price = quote.price if given == wanted else _fine(quote.price * rate)
        converted = None if given == wanted else _converted(quote.price, given, rate)
        wanted_price, what = price, _figure_of(name, table.field(key).noun)
        price = self._number(table, record, key, price, what, converted, formula=Formula.KEEP)
        date_key = "date" if table is FX else "price_date"
        if (
            price == wanted_price
            and quote.date is not None
            and record.date(date_key) != quote.date
            and date_key in record.places
        ):
            self._editors[table.key].set(record, date_key, f.date(quote.date), Formula.KEEP)
        units = record.number("quantity")
        if table is HOLDINGS and units is not None:
            self._value(record, units * price)

    def _quoted_in(self, table: Table, record: Record, name: str) -> str:
        """The currency in which the price of a row counts."""
        if table is FX:
            return self._household.base_currency
        household = self._household
        if table is HOLDINGS:
            return currency_of(record, household)
        target = next(t for t in household.targets if t.code == name)
        return price_currency(target, household.holdings, household.accounts, household.base_currency)

    def _say_age(self, table: Table, record: Record, name: str, quote: Quote, today: dt.date, max_age: int) -> None:
        age = (today - quote.date).days if quote.date else 0
        if quote.date is not None and age > max_age:
            place = record.place("rate" if table is FX else "price")
            message = Message("import.price_old", asset=name, date=quote.date, count=age)
            self.warnings.append(Finding(place, message))


def _figure_of(code: str, figure: Name) -> Message:
    return Message("import.figure_of", asset=code, figure=figure)


def _converted(amount: Decimal, currency: str, rate: Decimal) -> Message:
    """What was converted, and at what rate."""
    return Message("import.converted", amount=amount.normalize(), currency=currency, rate=_fine(rate))


def _either(words: Sequence[str]) -> Message | str:
    """One of several words."""
    *others, last = words
    return Message("import.or", first=_either(others), second=last) if others else last


def _fine(number: Decimal) -> Decimal:
    """A price or rate to as many digits as a cell needs."""
    return number.quantize(Decimal("0.000001")).normalize()


def _cost(holding: ImportedHolding) -> Decimal | None:
    """The average cost of a unit, to as many digits as a cell needs."""
    return None if holding.average_cost is None else _fine(holding.average_cost)
