"""What an export, or fresh prices, change in the workbook; the user's formulas stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.errors import Finding
from xlrebal.tables import formats as f
from xlrebal.tables.editor import InputsEditor
from xlrebal.tables.grid import Formula
from xlrebal.tables.holding_rows import belongs_to, value_cell
from xlrebal.tables.schema import ACCOUNTS, FX, HOLDINGS, TARGETS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from xlrebal.intake.export import Export, Position
    from xlrebal.intake.prices import Quote
    from xlrebal.tables.grid import RawGrid
    from xlrebal.tables.parse import Parsed
    from xlrebal.tables.records import Record
    from xlrebal.tables.schema import Table


@dataclass(frozen=True)
class Change:
    """One changed figure: what it is, what it was, what it will be, as text."""

    what: str
    old: str
    new: str


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
            self._take_position(position, code, account, rows.pop(code, []))
        for code, old in rows.items():
            for record in old if code != CASH else ():
                if record.number("quantity"):
                    self._number(HOLDINGS, record, "quantity", ZERO, f"{code}: not in the export, held no more")
                    self._value(record, ZERO)
        if export.cash is not None:
            self._take_cash(account, export.cash)

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

    def _take_position(self, position: Position, code: str, account: str, rows: list[Record]) -> None:
        if not rows:
            self._new_row(position, code, account)
            return
        record = rows[0]
        self._number(HOLDINGS, record, "quantity", position.quantity, f"{code} quantity")
        for other in rows[1:]:
            self._number(HOLDINGS, other, "quantity", ZERO, f"{code}: joined with its first row")
        if position.price is not None:
            self._number(HOLDINGS, record, "price", position.price, f"{code} price", Formula.KEEP)
        if (cost := _cost(position)) is not None:
            self._number(HOLDINGS, record, "average_cost", cost, f"{code} average cost", Formula.KEEP)
        price = position.price or record.number("price")
        if price is not None:
            self._value(record, position.quantity * price)

    def _value(self, record: Record, value: Decimal) -> None:
        if record.number("value") is not None:
            shown = value_cell(record, value, self._household)
            self._editors[HOLDINGS.key].set(record, "value", shown, Formula.SHOW)

    def _new_row(self, position: Position, code: str, account: str) -> None:
        currency = position.currency or self._household.base_currency
        row = {
            "account": f.text(account),
            "code": f.text(code),
            "name": f.text(position.name),
            "quantity": f.units(position.quantity),
            "price": f.price(position.price, currency),
            "average_cost": f.number(_cost(position), f.FINE_PRICE),
            "currency": f.text(position.currency),
        }
        self._editors[HOLDINGS.key].append(row)
        self.changes.append(Change(f"{code} {position.name}", "", f"{position.quantity.normalize():,f}"))

    def _add_target(self, position: Position) -> None:
        editor = self._editors[TARGETS.key]
        if "lock" not in editor.columns:
            place = f"{TARGETS.name}!A1"
            self.errors.append(Finding(place, f"{position.code} cannot be locked", "add a column Lock to Targets"))
            return
        row = {"name": position.name, "code": position.code, "currency": position.currency, "lock": "both"}
        cells = {key: f.text(value) for key, value in row.items()} | {"weight": f.number(ZERO, f.WEIGHT)}
        if groups := [t.group for t in self._household.targets if t.group]:
            cells["group"] = f.text(groups[-1])
        editor.append(cells)
        self.changes.append(Change(f"{position.code} in Targets", "", "target 0, locked"))

    def _take_cash(self, account: str, cash: Mapping[str, Decimal]) -> None:
        owner = next(a for a in self._household.accounts if a.name == account)
        record = next((r for r in self._parsed.rows(ACCOUNTS) if r.text("account") == account), None)
        total = ZERO
        for currency, amount in cash.items():
            known = currency in ("", owner.currency) or currency in self._household.fx
            if not known:
                message = f"cash in {currency} is left out: the currency has no rate in FX"
                self.warnings.append(Finding(f"{FX.name}!A1", message, f"add a row {currency}"))
                continue
            rate = self._household.rate(currency or owner.currency) / self._household.rate(owner.currency)
            total += round_money(amount * rate, owner.currency)
        if record is None or "cash" not in self._editors[ACCOUNTS.key].columns:
            message = f"cash of {total:,f} is left out: no cell holds the cash of {account}"
            self.warnings.append(Finding(f"{ACCOUNTS.name}!A1", message))
            return
        self._number(ACCOUNTS, record, "cash", total, f"cash of {account}")

    def _number(
        self, table: Table, record: Record, key: str, value: Decimal, what: str, formula: Formula = Formula.REFUSE
    ) -> None:
        old = record.number(key)
        if old == value or key not in record.places:
            return
        shown = f.units(value) if key == "quantity" else f.number(value, f.FINE_PRICE if value % 1 else f.UNITS)
        self._editors[table.key].set(record, key, shown, formula)
        self.changes.append(Change(what, "" if old is None else f"{old:,f}", f"{value.normalize():,f}"))

    def take_prices(self, quotes: Mapping[str, Quote], today: dt.date, max_age: int) -> None:
        """Set prices and exchange rates with their dates; what is missing or old is said by its cell and stays."""
        for table, key in ((HOLDINGS, "code"), (TARGETS, "code"), (FX, "currency")):
            for record in self._parsed.rows(table):
                name = record.text(key)
                if name and name != CASH and (table is not FX or name != self._household.base_currency):
                    self._take_quote(table, record, name, quotes, today, max_age)

    def _take_quote(
        self, table: Table, record: Record, name: str, quotes: Mapping[str, Quote], today: dt.date, max_age: int
    ) -> None:
        key = "rate" if table is FX else "price"
        quote = quotes.get(name)
        if quote is None:
            self.warnings.append(Finding(record.place(key), f"no new price of {name}", "the last one stays"))
            return
        currency = record.text("currency").upper()
        if quote.currency and currency and table is not FX and quote.currency != currency:
            message = f"the new price of {name} is in {quote.currency}, not {currency}"
            self.warnings.append(Finding(record.place(key), message, "the last one stays"))
            return
        age = (today - quote.date).days if quote.date else 0
        if age > max_age:
            shown = quote.date.isoformat() if quote.date else ""
            self.warnings.append(Finding(record.place(key), f"the price of {name} is of {shown}, {age} days old"))
        if table is HOLDINGS and record.number("quantity") is None and record.number("value") is not None:
            return
        self._number(table, record, key, quote.price, f"{name} {key}", Formula.KEEP)
        date_key = "date" if table is FX else "price_date"
        if quote.date is not None and record.date(date_key) != quote.date and date_key in record.places:
            self._editors[table.key].set(record, date_key, f.date(quote.date), Formula.KEEP)
        units = record.number("quantity")
        if table is HOLDINGS and units is not None:
            self._value(record, units * quote.price)


def _cost(position: Position) -> Decimal | None:
    """The average cost of a unit, to as many digits as a cell needs."""
    cost = position.average_cost
    return None if cost is None else cost.quantize(Decimal("0.000001")).normalize()
