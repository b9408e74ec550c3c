"""What booked trades change in the workbook: the record, holdings, lots, cash, the marks, and the log of rebalances."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.plan import TriggerKind
from xlrebal.domain.quantities import ZERO, as_amount, round_money
from xlrebal.errors import Finding
from xlrebal.tables import formats as f
from xlrebal.tables.editor import InputsEditor, edit
from xlrebal.tables.grid import Cell, CellEdit, Column, Formula, TableWrite
from xlrebal.tables.history import kept_rows
from xlrebal.tables.holding_rows import belongs_to, value_cell
from xlrebal.tables.schema import ACCOUNTS, HOLDINGS, LOTS, SETTINGS, TRADES, Kind, Table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from xlrebal.domain.execution import Booked
    from xlrebal.domain.household import Household, Lot, Trade
    from xlrebal.tables.editor import TableEditor
    from xlrebal.tables.executed import Marked
    from xlrebal.tables.grid import RawGrid
    from xlrebal.tables.parse import Parsed
    from xlrebal.tables.records import Record

LOG = (
    Column("Date", 12, "center"),
    Column("Trigger", 12, "center"),
    Column("Total value", 17, "right"),
    Column("Orders", 8, "right"),
    Column("Amount", 16, "right"),
    Column("Commission", 12, "right"),
    Column("Slippage", 12, "right"),
    Column("Tax", 12, "right"),
    Column("Drift before", 12, "right"),
    Column("Drift after", 12, "right"),
    Column("Note", 44, wrap=True),
)
LOG_TABLE, LOG_SHEET = "RebalanceLog", "Rebalance log"


@dataclass(frozen=True)
class LogLine:
    """One rebalance as it was carried out. Amounts in base currency, drifts as fractions."""

    date: dt.date
    trigger: str
    total_value: Decimal
    orders: int
    amount: Decimal
    commission: Decimal
    slippage: Decimal
    tax: Decimal
    drift_before: Decimal
    drift_after: Decimal
    note: str


class Journal(InputsEditor):
    """Collects the changes of one recording.

    Args:
        parsed: The workbook as it was.
        grids: Its input tables by key, as read.

    """

    def __init__(self, parsed: Parsed, grids: Mapping[str, RawGrid]) -> None:
        super().__init__(parsed.tables, grids)
        self._parsed, self._household = parsed, parsed.household
        self._more: list[CellEdit] = []
        self.new_tables: list[TableWrite] = []
        self.warnings: list[Finding] = []

    @property
    def edits(self) -> tuple[CellEdit, ...]:
        """Every changed cell."""
        return (*super().edits, *self._more)

    def enter(self, booked: Booked, marked: Iterable[Marked], day: dt.date, trigger: str) -> None:
        """Enter what was booked on a day, and mark the orders as recorded."""
        self._record(booked.trades)
        for key, change in booked.units.items():
            self._move(key, change, booked)
        self._change_lots(booked)
        for account, change in booked.cash.items():
            self._pay(account, change)
        self._more += [edit(one.status, f.text(one.recorded)) for one in marked]
        if trigger not in ("", TriggerKind.NONE):
            self._set_last_rebalanced(day)

    def _rows(self, table: Table) -> tuple[Record, ...]:
        return self._parsed.rows(table)

    def _record(self, trades: Iterable[Trade]) -> None:
        rows = [_trade_cells(trade, self._household) for trade in trades]
        editor = self._editors.get(TRADES.key)
        if editor is not None:
            for row in rows:
                editor.append(row)
            return
        columns = tuple(Column(field.header, 14, _align(field.kind)) for field in TRADES.fields)
        cells = tuple(tuple(row.get(field.key, Cell(None)) for field in TRADES.fields) for row in rows)
        self.new_tables.append(TableWrite(TRADES.name, TRADES.name, columns, cells))

    def _move(self, key: tuple[str, str], change: Decimal, booked: Booked) -> None:
        """Change the quantity of a holding, row after row; a new holding gets a row of its own."""
        account, code = key
        rows = [r for r in self._rows(HOLDINGS) if r.text("code") == code and belongs_to(r, account, self._household)]
        counted = [r for r in rows if r.number("quantity") is not None]
        if not counted and rows:
            self._set_value(rows[0], (rows[0].number("value") or ZERO) + change)
            return
        if not counted:
            self._new_holding(key, change, booked)
            return
        left = change
        for record in counted:
            had = record.number("quantity") or ZERO
            step = left if record is counted[-1] or left > 0 else max(left, -had)
            left -= step
            if step:
                self._set_units(record, had + step)
            if left == 0:
                break
        if key in booked.average_cost:
            self._editor(HOLDINGS).set(counted[0], "average_cost", f.number(booked.average_cost[key], f.FINE_PRICE))

    def _editor(self, table: Table) -> TableEditor:
        return self._editors[table.key]

    def _set_units(self, record: Record, units: Decimal) -> None:
        self._editor(HOLDINGS).set(record, "quantity", f.units(units))
        price = record.number("price")
        if record.number("value") is not None and price is not None:
            self._set_value(record, units * price)

    def _set_value(self, record: Record, value: Decimal) -> None:
        """A typed value is replaced; a formula stays and shows the new one."""
        shown = value_cell(record, value, self._household)
        formula = Formula.REFUSE if record.number("quantity") is None else Formula.SHOW
        self._editor(HOLDINGS).set(record, "value", shown, formula)

    def _new_holding(self, key: tuple[str, str], units: Decimal, booked: Booked) -> None:
        account, code = key
        target = next(t for t in self._household.targets if t.code == code)
        trade = next(t for t in booked.trades if (t.account, t.code) == key)
        columns = self._editor(HOLDINGS).columns
        cost = booked.average_cost.get(key)
        row = {
            "account": f.text(account),
            "code": f.text(code),
            "name": f.text(target.name),
            "quantity": f.units(units),
            "price": f.price(trade.price, trade.currency),
            "average_cost": f.number(cost, f.FINE_PRICE),
            "currency": f.text(trade.currency),
        }
        if "price" not in columns or "quantity" not in columns:
            row["value"] = f.number(round_money(units * trade.price, trade.currency), f.money(trade.currency))
        self._editor(HOLDINGS).append(row)

    def _change_lots(self, booked: Booked) -> None:
        editor = self._editors.get(LOTS.key)
        if editor is None:
            return
        for record in self._rows(LOTS):
            taken = booked.sold.get(record.place("quantity"))
            if taken:
                editor.set(record, "quantity", f.units((record.number("quantity") or ZERO) - taken))
            if record.place("quantity") in booked.levelled:
                cost, rate = booked.levelled[record.place("quantity")]
                editor.set(record, "unit_cost", f.number(cost, f.FINE_PRICE))
                if rate is not None:
                    editor.set(record, "fx_rate", f.number(rate, f.FINE_PRICE))
        for lot in booked.bought:
            editor.append(_lot_cells(lot))

    def _pay(self, account: str, change: Decimal) -> None:
        """Change an account's cash, wherever the workbook keeps it. Money announced has come when it is spent."""
        record = next((r for r in self._rows(ACCOUNTS) if r.text("account") == account), None)
        known = self._editors.get(ACCOUNTS.key)
        if record is None or known is None or "cash" not in known.columns:
            self._pay_listed(account, change)
            return
        owner = next(a for a in self._household.accounts if a.name == account)
        cash = (record.number("cash") or ZERO) + change
        if cash < 0 and owner.contribution > 0:
            cash += owner.contribution
            known.set(record, "contribution", Cell(0, f.UNITS))
            if owner.limit_left is not None:
                known.set(
                    record, "limit_left", f.number(owner.limit_left - owner.contribution, f.money(owner.currency))
                )
            self._note(record.place("contribution"), f"the contribution to {account} counts as paid in")
        if cash < 0 and account == self._household.accounts[0].name:
            cash += self._spend_new_cash(owner.currency)
        known.set(record, "cash", f.number(cash, f.money(owner.currency)))
        if cash < 0:
            shown = as_amount(cash, owner.currency)
            self._note(
                record.place("cash"), f"the cash of {account} is now {shown}", "correct it to what your broker says"
            )

    def _spend_new_cash(self, currency: str) -> Decimal:
        record = self._setting("new_cash")
        amount = self._parsed.policy.new_cash
        if record is None or amount <= 0:
            return ZERO
        self._editor(SETTINGS).set(record, "value", Cell(0, f.UNITS))
        self._note(record.place("value"), "new_cash counts as paid in")
        return round_money(amount / self._household.rate(currency), currency)

    def _pay_listed(self, account: str, change: Decimal) -> None:
        """Cash that Holdings lists under the code CASH."""
        rows = [r for r in self._rows(HOLDINGS) if r.text("code") == CASH and belongs_to(r, account, self._household)]
        if not rows:
            self._note(
                f"{HOLDINGS.name}!A1", f"no cell holds the cash of {account}", "change it by hand, if you keep it"
            )
        elif rows[0].number("quantity") is not None:
            self._set_units(
                rows[0], (rows[0].number("quantity") or ZERO) + change / (rows[0].number("price") or Decimal(1))
            )
        else:
            self._set_value(rows[0], (rows[0].number("value") or ZERO) + change)

    def _setting(self, name: str) -> Record | None:
        rows = self._rows(SETTINGS)
        return next((r for r in rows if "_".join(r.text("setting").casefold().split()) == name), None)

    def _set_last_rebalanced(self, day: dt.date) -> None:
        """A date that was written down goes on; a blank one is taken from Trades anyway."""
        record = self._setting("last_rebalanced")
        if record is not None and self._parsed.policy.last_rebalanced is not None:
            self._editor(SETTINGS).set(record, "value", f.date(day))

    def _note(self, place: str, message: str, mend: str = "") -> None:
        self.warnings.append(Finding(place, message, mend))


def _align(kind: Kind) -> str:
    return "right" if kind is Kind.NUMBER else "center" if kind is Kind.DATE else "left"


def _trade_cells(trade: Trade, household: Household) -> dict[str, Cell]:
    amount = f.money(trade.currency)
    return {
        "date": f.date(trade.date),
        "account": f.text(trade.account),
        "action": f.text(trade.action),
        "code": f.text(trade.code),
        "quantity": f.units(trade.quantity),
        "price": f.price(trade.price, trade.currency),
        "commission": f.number(trade.commission, amount),
        "tax": f.number(trade.tax or None, f.money(household.base_currency)),
        "currency": f.text(trade.currency),
        "fx_rate": f.number(trade.fx_rate, f.FINE_PRICE),
        "trigger": f.text(trade.trigger),
        "note": f.text(trade.note),
        "gain": f.number(trade.gain, f.money(household.base_currency)),
        "acquired": f.date(trade.acquired),
    }


def _lot_cells(lot: Lot) -> dict[str, Cell]:
    return {
        "account": f.text(lot.account),
        "code": f.text(lot.code),
        "acquired": f.date(lot.acquired),
        "quantity": f.units(lot.quantity),
        "unit_cost": f.number(lot.unit_cost, f.FINE_PRICE),
        "fx_rate": f.number(lot.fx_rate, f.FINE_PRICE),
        "tax_base": f.number(lot.tax_base, f.FINE_PRICE),
    }


def log_table(line: LogLine, log: RawGrid | None, base: str) -> TableWrite:
    """Return the log of rebalances with a line added; a second recording on the same day is a line of its own."""
    amount = f.money(base)
    patterns = (f.DATE, "@", amount, f.COUNT, *[amount] * 4, f.WEIGHT, f.WEIGHT, "@")
    row = (
        f.date(line.date),
        f.text(line.trigger),
        f.number(line.total_value, amount),
        Cell(line.orders, f.COUNT),
        *(f.number(value, amount) for value in (line.amount, line.commission, line.slippage, line.tax)),
        f.number(line.drift_before, f.WEIGHT),
        f.number(line.drift_after, f.WEIGHT),
        f.text(line.note),
    )
    return TableWrite(LOG_TABLE, LOG_SHEET, LOG, (*kept_rows(log, patterns), row))
