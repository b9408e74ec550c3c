"""What an export, or fresh prices, change in the workbook; the user's formulas stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.currencies import price_currency, row_currency
from xlrebal.domain.household import CASH, Target
from xlrebal.domain.quantities import ONE, ZERO, round_money
from xlrebal.errors import Finding
from xlrebal.tables import formats as f
from xlrebal.tables.editor import InputsEditor
from xlrebal.tables.grid import Formula
from xlrebal.tables.holding_rows import belongs_to, currency_of, value_cell
from xlrebal.tables.schema import ACCOUNTS, FX, HOLDINGS, TARGETS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from xlrebal.domain.household import Account
    from xlrebal.intake.export import Export, Position
    from xlrebal.intake.prices import Quote
    from xlrebal.tables.grid import RawGrid
    from xlrebal.tables.parse import Parsed
    from xlrebal.tables.records import Record
    from xlrebal.tables.schema import Table


# A price that is more than this many times the last one, or less than that part of it, is in another currency.
_NEAR = 5


@dataclass(frozen=True)
class Change:
    """One changed figure: what it is, what it was, what it will be, as text."""

    what: str
    old: str
    new: str


@dataclass(frozen=True)
class _Figures:
    """Price and average cost of a line in its row's currency, and how the price was converted."""

    price: Decimal | None
    cost: Decimal | None
    how: str = ""


class Intake(InputsEditor):
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
        for position in export.positions:
            code = self._known_code(position.code, targets)
            if code not in targets:
                if not add:
                    mend = (
                        "add it there, or import with --add: target 0 and locked, so that it is neither bought nor sold"
                    )
                    message = f"{position.code} {position.name} is not in Targets".replace("  ", " ")
                    self.errors.append(Finding(position.place, message, mend))
                    continue
                self._add_target(position)
            self._take_position(position, code, account, rows.pop(code, []), export.assumed)
        for code, old in rows.items():
            for record in old if code != CASH else ():
                self._clear(record, f"{code}: not in the export, held no more")
        if export.cash is not None:
            self._take_cash(account, export, rows.get(CASH, []))

    def add_account(self, name: str) -> None:
        """Name the first account of a workbook that has none yet; later changes find it by its name."""
        first = self._household.accounts[0]
        self._household = replace(self._household, accounts=(replace(first, name=name),))
        if ACCOUNTS.key in self._editors:
            self._editors[ACCOUNTS.key].append({"account": f.text(name), "currency": f.text(first.currency)})
            self.changes.append(Change(f"account {name}", "", "new"))

    def _known_code(self, code: str, targets: Mapping[str, object]) -> str:
        """An export that lost the zeros of 069500 means the code that is known with them."""
        return code if code in targets or not code.isdigit() or code.zfill(6) not in targets else code.zfill(6)

    def _rows_of(self, account: str) -> dict[str, list[Record]]:
        rows: dict[str, list[Record]] = {}
        for record in self._parsed.rows(HOLDINGS):
            if belongs_to(record, account, self._household) and record.text("code"):
                rows.setdefault(record.text("code"), []).append(record)
        return rows

    def _take_position(self, position: Position, code: str, account: str, rows: list[Record], assumed: str) -> None:
        """Take a line into its row, in the row's currency; a line whose currency is in doubt is refused."""
        wanted = self._currency_of(rows[0] if rows else None, code, account)
        if not rows and "currency" in self._editors[HOLDINGS.key].columns:
            wanted = position.currency or wanted
        given = self._given(position, code, wanted, account, assumed)
        figures = self._figures_in(position, code, wanted, given) if given else None
        if figures is None or not self._in_line(position, code, figures, rows):
            return
        if not rows:
            self._new_row(position, code, account, wanted, figures)
            return
        record, price = rows[0], figures.price
        self._number(HOLDINGS, record, "quantity", position.quantity, f"{code} quantity")
        for other in rows[1:]:
            self._clear(other, f"{code}: joined with its first row")
        if price is not None:
            price = self._number(HOLDINGS, record, "price", price, f"{code} price{figures.how}", Formula.KEEP)
        if figures.cost is not None:
            self._number(HOLDINGS, record, "average_cost", figures.cost, f"{code} average cost", Formula.KEEP)
        price = price or record.number("price")
        if price is not None:
            self._value(record, position.quantity * price)

    def _clear(self, record: Record, what: str) -> None:
        """Leave a row with nothing held, whether it is kept by units or by its value alone."""
        if record.number("quantity") is not None:
            self._number(HOLDINGS, record, "quantity", ZERO, what)
            self._value(record, ZERO)
        elif record.number("value"):
            self._number(HOLDINGS, record, "value", ZERO, what)

    def _given(self, position: Position, code: str, wanted: str, account: str, assumed: str) -> str:
        """The currency that a line is in; empty, and an error, where nothing says it.

        What neither the line nor the broker's habit says is in the account's currency if all of the account is.
        """
        said = position.currency or (assumed if assumed == wanted else "")
        if said or (position.price is None and position.average_cost is None):
            return said or wanted
        own = self._account(account).currency
        if not assumed and wanted == own and self._is_all_in(own, account):
            return own
        others = sorted({assumed or own, *(self._currencies(account) if not assumed else ())} - {wanted})
        message = f"the export does not say whether {code}, whose row is in {wanted}, is in {wanted} or "
        self.errors.append(
            Finding(position.place, message + " or ".join(others), "add a column Currency to the export")
        )
        return ""

    def _currencies(self, account: str) -> set[str]:
        """The currencies of the rows of an account, and its own."""
        rows = [row for rows in self._rows_of(account).values() for row in rows]
        held = [row for row in rows if row.number("quantity") or row.number("value")]
        return {self._account(account).currency, *(currency_of(row, self._household) for row in held)}

    def _is_all_in(self, currency: str, account: str) -> bool:
        return self._currencies(account) == {currency}

    def _in_line(self, position: Position, code: str, figures: _Figures, rows: list[Record]) -> bool:
        """Whether a line without a currency can be in that of its row: its price is near the last one."""
        keys = {"price": figures.price, "average_cost": figures.cost if figures.price is None else None}
        for key, new in keys.items() if rows and not position.currency else ():
            old = rows[0].number(key)
            if new and old and not old / _NEAR <= new <= old * _NEAR:
                name = HOLDINGS.field(key).header
                message = f"{name} {new:,f} of {code} is far from {old:,f} in {rows[0].place(key)}"
                mend = "add a column Currency to the export, or correct the row"
                self.errors.append(Finding(position.place, message, mend))
                return False
        return True

    def _figures_in(self, position: Position, code: str, wanted: str, given: str) -> _Figures | None:
        """Price and cost of a line in the currency of its row; None when the rate between them is unknown.

        A cost in another currency would need the rate of its purchase, which no export says.
        """
        if given == wanted:
            return _Figures(position.price, _cost(position))
        rate = self._cross_rate(given, wanted, self._rates)
        if rate is None:
            message = f"{code} is in {given}, its row in {wanted}, and FX has no rate between them"
            self.errors.append(Finding(position.place, message, "add it to FX, or write the row's Currency anew"))
            return None
        if position.average_cost is not None:
            message = f"the average cost of {code} stays: the export has it in {given}, the row is in {wanted}"
            self.warnings.append(Finding(position.place, message, "the rate of the purchase is not in the export"))
        if position.price is None:
            return _Figures(None, None)
        return _Figures(_fine(position.price * rate), None, _how(position.price, given, rate))

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
            self._editors[HOLDINGS.key].set(record, "value", shown, Formula.SHOW)

    def _new_row(self, position: Position, code: str, account: str, currency: str, figures: _Figures) -> None:
        row = {
            "account": f.text(account),
            "code": f.text(code),
            "name": f.text(position.name),
            "quantity": f.units(position.quantity),
            "price": f.price(figures.price, currency),
            "average_cost": f.number(figures.cost, f.FINE_PRICE),
            "currency": f.text(currency),
        }
        self._editors[HOLDINGS.key].append(row)
        shown = f"{position.quantity.normalize():,f}{figures.how.replace(', ', ', price ', 1)}"
        self.changes.append(Change(f"{code} {position.name}", "", shown))

    def _add_target(self, position: Position) -> None:
        editor = self._editors[TARGETS.key]
        if "lock" not in editor.columns:
            place = f"{TARGETS.name}!A1"
            self.errors.append(Finding(place, f"{position.code} cannot be locked", "add a column Lock to Targets"))
            return
        row = {"name": position.name, "code": position.code, "currency": position.currency, "lock": "both"}
        cells = {key: f.text(value) for key, value in row.items()} | {"weight": f.number(ZERO, f.WEIGHT)}
        editor.append(cells)
        # From now on a row without a currency of its own is in that of the target.
        currency = position.currency if "currency" in editor.columns else ""
        added = Target(position.code, ZERO, position.name, currency=currency)
        self._household = replace(self._household, targets=(*self._household.targets, added))
        if any(target.group for target in self._household.targets):
            message = f"{position.code} is added to Targets without a group"
            mend = "write its group there when you give it a target; with target 0 the groups still add up"
            self.warnings.append(Finding(position.place, message, mend))
        self.changes.append(Change(f"{position.code} in Targets", "", "target 0, locked"))

    def _take_cash(self, account: str, export: Export, listed: list[Record]) -> None:
        """Set an account's cash where the workbook keeps it: in Accounts, or in a row of Holdings."""
        owner, place = self._account(account), export.positions[0].place.rpartition(":")[0]
        total, how = ZERO, ""
        for named, amount in (export.cash or {}).items():
            currency = named or export.assumed or owner.currency
            rate = self._cross_rate(currency, owner.currency, self._rates)
            others = {currency} if export.assumed else self._currencies(account)
            if not named and others != {owner.currency}:
                named_all = " or ".join(sorted(others | {owner.currency}))
                message = f"the export does not say whether its cash is in {named_all}"
                self.errors.append(Finding(place, message, "add a column Currency to the export"))
            elif rate is None:
                message = f"there is cash in {currency}, which has no rate in FX"
                self.errors.append(Finding(place, message, f"add a row {currency} to FX"))
            else:
                total += round_money(amount * rate, owner.currency)
                how += _how(amount, currency, rate) if currency != owner.currency else ""
        record = next((r for r in self._parsed.rows(ACCOUNTS) if r.text("account") == account), None)
        has_cell = record is not None and "cash" in self._editors[ACCOUNTS.key].columns
        same = all(self._currency_of(row, CASH, account) == owner.currency for row in listed)
        if listed and same and not (has_cell and record is not None and record.number("cash")):
            self._set_listed_cash(listed, total, f"cash of {account}{how}")
        elif record is None or not has_cell:
            message = f"cash of {total:,f} is left out: no cell holds the cash of {account}"
            self.warnings.append(Finding(f"{ACCOUNTS.name}!A1", message))
        else:
            self._number(ACCOUNTS, record, "cash", total, f"cash of {account}{how}")
            self._set_listed_cash(listed, ZERO, f"cash of {account}: counted in {ACCOUNTS.name}")

    def _set_listed_cash(self, rows: list[Record], total: Decimal, what: str) -> None:
        """Put all cash of an account into the first of its rows of cash."""
        for record in rows:
            counted = record.number("quantity") is not None
            amount = total / (record.number("price") or ONE) if counted else total
            self._number(HOLDINGS, record, "quantity" if counted else "value", amount, what)
            if counted:
                self._value(record, total)
            total = ZERO

    def _number(
        self, table: Table, record: Record, key: str, value: Decimal, what: str, formula: Formula = Formula.REFUSE
    ) -> Decimal:
        """Set a figure, and return what its cell will show: the old one where a formula stays."""
        old = record.number(key)
        if formula is Formula.KEEP and old is not None and old != value and record.raw[key].is_formula:
            message = f"a formula gives {what.partition(',')[0]}: {old:,f} stays, the new one is {value.normalize():,f}"
            self.warnings.append(Finding(record.place(key), message, "change the formula if it is wrong"))
            return old
        if old == value or key not in record.places:
            return value
        shown = f.units(value) if key == "quantity" else f.number(value, f.FINE_PRICE if value % 1 else f.UNITS)
        self._editors[table.key].set(record, key, shown, formula)
        self.changes.append(Change(what, "" if old is None else f"{old:,f}", f"{value.normalize():,f}"))
        return value

    def take_prices(self, quotes: Mapping[str, Quote], today: dt.date, max_age: int) -> None:
        """Set prices and exchange rates with their dates; what is missing or old is said by its cell and stays."""
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
                    self.warnings.append(Finding(place, f"no new price of {name}", "the last one stays"))
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
            why = "" if table is FX else ", and FX has no rate between them"
            message = f"the new price of {name} is in {given}, not {wanted}{why}"
            self.warnings.append(Finding(record.place(key), message, "the last one stays"))
            return
        if table is HOLDINGS and record.number("quantity") is None and record.number("value") is not None:
            return
        price = quote.price if given == wanted else _fine(quote.price * rate)
        how = "" if given == wanted else _how(quote.price, given, rate)
        wanted_price = price
        price = self._number(table, record, key, price, f"{name} {key}{how}", Formula.KEEP)
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
        if age > max_age:
            shown = quote.date.isoformat() if quote.date else ""
            place = record.place("rate" if table is FX else "price")
            self.warnings.append(Finding(place, f"the price of {name} is of {shown}, {age} days old"))


def _how(amount: Decimal, currency: str, rate: Decimal) -> str:
    """Say what was converted, and at what rate."""
    return f", {amount.normalize():,f} {currency} at {_fine(rate):,f}"


def _fine(number: Decimal) -> Decimal:
    """A price or rate to as many digits as a cell needs."""
    return number.quantize(Decimal("0.000001")).normalize()


def _cost(position: Position) -> Decimal | None:
    """The average cost of a unit, to as many digits as a cell needs."""
    return None if position.average_cost is None else _fine(position.average_cost)
