"""What a recording changes in the workbook: trades, holdings, lots, cash, marks, and the log of rebalances."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action
from xlrebal.domain.message import Amount, Message
from xlrebal.domain.quantities import ZERO, exact_number, round_money
from xlrebal.domain.recording import ANNOUNCED, Averages, is_rebalance
from xlrebal.domain.review import Rebalance
from xlrebal.errors import Finding
from xlrebal.language import other_than, render
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.logs import REBALANCE_LOG
from xlrebal.tables.contract.schema import ACCOUNTS, HOLDINGS, LOTS, SETTINGS, TRADES, Field, Kind, Table
from xlrebal.tables.contract.words import ACTIONS, TRIGGERS, code_of, translated
from xlrebal.tables.edit.editor import InputsEditor, edit
from xlrebal.tables.edit.holding_rows import belongs_to, value_cell
from xlrebal.tables.write.history import kept_rows, with_trigger_in
from xlrebal.workbook.cells import Cell, CellEdit, Column, Formula, TableWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlrebal.domain.household import Account, Household, Lot, Trade
    from xlrebal.domain.recording import PaidIn, Recording
    from xlrebal.errors import Text
    from xlrebal.tables.edit.editor import TableEditor
    from xlrebal.tables.read.executed import Marked
    from xlrebal.tables.read.parse import Parsed
    from xlrebal.tables.read.records import Record
    from xlrebal.workbook.cells import RawGrid

_NO_COUNTRY = "none"
_CORRECT = Message("record.correct_to_broker")
# A DEPOSIT of the same amount in the days before may be the same money, written down by hand.
_SOON = 14


class RecordingEditor(InputsEditor):
    """Collects the changes of one recording.

    Args:
        parsed: The workbook as it was.
        grids: Its input tables by key, as read.
        language: Language of the words that are written.
        given: Cell of the new cash that was given for the plan alone; empty where it comes from the setting.

    """

    def __init__(self, parsed: Parsed, grids: Mapping[str, RawGrid], language: str, given: str = "") -> None:
        super().__init__(parsed.tables, grids)
        self._language, self._given = language, given
        self._parsed, self._household = parsed, parsed.household
        self._more: list[CellEdit] = []
        self.new_tables: list[TableWrite] = []
        self.warnings: list[Finding] = []
        self.deposits: tuple[Trade, ...] = ()

    @property
    def edits(self) -> tuple[CellEdit, ...]:
        """Every changed cell."""
        return (*super().edits, *self._more)

    def enter(self, recording: Recording, marked: Iterable[Marked], day: dt.date, trigger: str) -> None:
        """Enter the recording of a day, and mark its orders as recorded."""
        left = [self._not_recorded(one, trade) for one, trade in recording.paid_in]
        self.deposits = tuple(trade for trade in left if trade.quantity)
        self._record((*self.deposits, *recording.trades))
        for key, change in recording.units.items():
            self._move(key, change, recording)
        for key, averages in recording.averages.items():
            self._set_averages(key, averages, recording)
        self._change_lots(recording)
        for one, _ in recording.paid_in:
            self._take_announced(one)
        paid_in = {one.account: one.amount for one, _ in recording.paid_in}
        for account, change in recording.cash.items():
            self._pay(account, change + paid_in.get(account, ZERO))
        self._more += [edit(one.status, f.text(one.recorded)) for one in marked]
        if is_rebalance(trigger):
            self._set_last_rebalanced(day)

    def _rows(self, table: Table) -> tuple[Record, ...]:
        return self._parsed.rows(table)

    def count_paid_in(self, history: RawGrid | None, amount: Decimal, day: dt.date) -> None:
        """Values since a day leave out money that was announced; what was paid in that day belongs to them."""
        pattern = f.money(self._household.base_currency)
        if history is None or not amount:
            return
        for number, row in enumerate(history.rows):
            date, value = (row[0].value, row[1].value) if len(row) > 1 else (None, None)
            date = date.date() if isinstance(date, dt.datetime) else date
            if isinstance(date, dt.date) and date >= day and isinstance(value, (int, float, Decimal)):
                shown = f.number(exact_number(value) + amount, pattern)
                self._more.append(edit(history.address(number, 1), shown, Formula.KEEP))

    def _not_recorded(self, one: PaidIn, deposit: Trade) -> Trade:
        """Return the deposit without what the family has written down by itself that day, as a whole or in parts."""
        by_hand = [trade for trade in self._household.trades if self._may_be(trade, deposit)]
        today = [trade for trade in by_hand if trade.date == deposit.date]
        left = [part for part in (one.contribution, one.amount - one.contribution) if part]
        known: list[Trade] = []
        if sum(map(_money, today), ZERO) == one.amount:
            known, left = today, []
        elif whole := [trade for trade in today if _money(trade) == one.amount]:
            known, left = whole[:1], []
        for trade in today if left else ():
            if _money(trade) in left:
                left.remove(_money(trade))
                known.append(trade)
        for trade in known:
            row = next(r for r in self._rows(TRADES) if r.place("date") == trade.place)
            self._editor(TRADES).add_column("trigger")
            self._editor(TRADES).set(row, "trigger", f.text(translated(deposit.trigger, TRIGGERS, self._language)))
        self._point_out([trade for trade in by_hand if trade not in today], left, deposit)
        return replace(deposit, quantity=sum(left, ZERO))

    @staticmethod
    def _may_be(trade: Trade, deposit: Trade) -> bool:
        """Whether a row written by hand may be the money of a deposit."""
        same = (trade.account or deposit.account) == deposit.account and trade.action == deposit.action
        money = (trade.currency or deposit.currency) == deposit.currency
        return same and money and trade.trigger != ANNOUNCED and abs((deposit.date - trade.date).days) <= _SOON

    def _point_out(self, near: list[Trade], left: list[Decimal], deposit: Trade) -> None:
        """Say which rows of the days around may be the money that is recorded now."""
        whole = sum(left, ZERO)
        all_of_it = len(near) > 1 and sum(map(_money, near), ZERO) == whole
        for trade in near:
            if all_of_it or _money(trade) in (*left, whole):
                shown, now = (Amount(amount, deposit.currency) for amount in (_money(trade), whole))
                action = ACTIONS[deposit.action]
                message = Message("record.deposit_by_hand", action=action, amount=shown, recorded=now)
                self._note(trade.place, message, Message("record.delete_one"))

    def _record(self, trades: Iterable[Trade]) -> None:
        household = self._household
        rows = [(trade, _trade_cells(trade, household, self._language)) for trade in trades]
        editor = self._editors.get(TRADES.key)
        if editor is None:
            self.new_tables.append(_new_trades([row for _, row in rows], household.base_currency, self._language))
            return
        for trade, row in rows:
            # A column that would say nothing new is not added.
            plain = {"account"} if len(household.accounts) == 1 else set()
            plain |= {"currency"} if trade.currency == household.base_currency else set()
            plain |= set() if trade.commission else {"commission"}
            self._append(TRADES, row, row.keys() - plain)

    def _append(self, table: Table, row: Mapping[str, Cell], needed: Iterable[str]) -> None:
        """Add a row; a column that it needs and the table lacks is added, in the order of the contract."""
        editor, wanted = self._editor(table), set(needed)
        for field in table.fields:
            if field.key in wanted and row[field.key].value is not None:
                editor.add_column(field.key)
        editor.append(row)

    def _move(self, key: tuple[str, str], change: Decimal, recording: Recording) -> None:
        """Change the quantity of a holding, row after row; a new holding gets a row of its own."""
        account, code = key
        rows = [r for r in self._rows(HOLDINGS) if r.text("code") == code and belongs_to(r, account, self._household)]
        counted = [r for r in rows if r.number("quantity") is not None]
        if not counted and rows:
            self._set_value(rows[0], (rows[0].number("value") or ZERO) + change)
            return
        if not counted:
            self._new_holding(key, change, recording)
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

    def _set_averages(self, key: tuple[str, str], averages: Averages, recording: Recording) -> None:
        """Every row of a holding shows what its units cost on average, so that the rows together are right.

        What is unknown after a purchase is cleared, with a warning.
        """
        account, code = key
        rows = [r for r in self._rows(HOLDINGS) if r.text("code") == code and belongs_to(r, account, self._household)]
        bought = any(trade.action is Action.BUY and (trade.account, trade.code) == key for trade in recording.trades)
        # What is bought goes to the first row, one that was sold out included.
        rows = [row for row in rows if row.number("quantity") is not None]
        rows = [row for row in rows if row.number("quantity") or (bought and row is rows[0])]
        for column, figure in self._figures(key, averages, recording).items():
            had = [row.number(column) for row in rows]
            if figure is None and bought and any(had):
                message = Message("record.average_cleared", column=HOLDINGS.field(column).title, code=code)
                self._note(rows[0].place(column), message, Message("record.write_if_known"))
            elif figure is None or not rows:
                continue
            elif any(had) or bought:
                self._editor(HOLDINGS).add_column(column)
            for row, before in zip(rows, had, strict=True):
                if (None if before is None else fine(before)) != figure:
                    self._editor(HOLDINGS).set(row, column, f.number(figure, f.FINE_PRICE))

    def _figures(self, key: tuple[str, str], averages: Averages, recording: Recording) -> dict[str, Decimal | None]:
        """Averages by column. A column is not started where lots have the same, or gains are in no other currency."""
        columns = self._editor(HOLDINGS).columns
        lots = any((lot.account, lot.code) == key for lot in (*self._household.lots, *recording.bought))
        begun = {
            "average_cost": not lots,
            "average_rate": not lots and self._parsed.tax_country != _NO_COUNTRY,
            "tax_base": not lots,
        }
        found = {"average_cost": averages.cost, "average_rate": averages.rate, "tax_base": averages.tax_base}
        return {
            column: None if figure is None else fine(figure)
            for column, figure in found.items()
            if begun[column] or column in columns
        }

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
        formula = Formula.REFUSE if record.number("quantity") is None else Formula.UPDATE_CACHED_VALUE
        self._editor(HOLDINGS).set(record, "value", shown, formula)

    def _new_holding(self, key: tuple[str, str], units: Decimal, recording: Recording) -> None:
        account, code = key
        target = next(t for t in self._household.targets if t.code == code)
        trade = next(t for t in recording.trades if (t.account, t.code) == key)
        columns = self._editor(HOLDINGS).columns
        own = next(a.currency for a in self._household.accounts if a.name == account)
        figures = self._figures(key, recording.averages.get(key, Averages()), recording)
        row = {
            "account": f.text(account),
            "code": f.text(code),
            "name": f.text(target.name),
            "quantity": f.units(units),
            "price": f.price(trade.price, trade.currency),
            "currency": f.text(trade.currency),
            **{column: f.number(figure, f.FINE_PRICE) for column, figure in figures.items()},
        }
        if "price" not in columns or "quantity" not in columns:
            row["value"] = f.number(round_money(units * trade.price, trade.currency), f.money(trade.currency))
        several = len(self._household.accounts) > 1
        foreign = trade.currency != (target.currency or own)
        needed = {*figures, *(["account"] if several else []), *(["currency"] if foreign else [])}
        self._append(HOLDINGS, row, needed)

    def _change_lots(self, recording: Recording) -> None:
        editor = self._editors.get(LOTS.key)
        if editor is None:
            return
        for record in self._rows(LOTS):
            taken = recording.sold.get(record.place("quantity"))
            if taken:
                editor.set(record, "quantity", f.units((record.number("quantity") or ZERO) - taken))
            if record.place("quantity") in recording.levelled:
                cost, rate = recording.levelled[record.place("quantity")]
                editor.set(record, "unit_cost", f.number(cost, f.FINE_PRICE))
                if rate is not None:
                    editor.set(record, "fx_rate", f.number(rate, f.FINE_PRICE))
        for lot in recording.bought:
            cells = _lot_cells(lot)
            self._append(LOTS, cells, cells)

    def _take_announced(self, one: PaidIn) -> None:
        """Announced money that was spent has come: it is no longer announced."""
        row = self._account_row(one.account)
        owner = next(a for a in self._household.accounts if a.name == one.account)
        if row is not None and one.contribution:
            self._editor(ACCOUNTS).set(row, "contribution", Cell(0, f.UNITS))
            self._note(row.place("contribution"), Message("record.contribution_paid_in", account=one.account))
        if row is not None and owner.contribution_room is not None:
            left = max(owner.contribution_room - one.amount, ZERO)
            self._editor(ACCOUNTS).set(row, "contribution_room", f.number(left, f.money(owner.currency)))
        setting = self._setting("new_cash")
        if one.new_cash and self._given:
            self._more.append(edit(self._given, Cell(0, f.UNITS)))
            self._note(self._given, Message("record.given_cash_paid_in"))
        elif one.new_cash and setting is not None:
            self._editor(SETTINGS).set(setting, "value", Cell(0, f.UNITS))
            self._note(setting.place("value"), Message("record.setting_paid_in", setting="new_cash"))

    def _account_row(self, account: str) -> Record | None:
        return next((r for r in self._rows(ACCOUNTS) if r.text("account") == account), None)

    def _pay(self, account: str, change: Decimal) -> None:
        """Change an account's cash, wherever the workbook keeps it."""
        row = self._account_row(account)
        listed = [r for r in self._rows(HOLDINGS) if r.text("code") == CASH]
        listed = [r for r in listed if belongs_to(r, account, self._household)]
        owner = next(a for a in self._household.accounts if a.name == account)
        if row is not None and (not listed or "cash" in self._editor(ACCOUNTS).columns):
            cash = (row.number("cash") or ZERO) + change
            self._editor(ACCOUNTS).add_column("cash")
            self._editor(ACCOUNTS).set(row, "cash", f.number(cash, f.money(owner.currency)))
            self._check_cash(account, cash, row.place("cash"))
        elif not listed:
            self._list_cash(owner, change)
        elif listed[0].number("quantity") is not None:
            units = (listed[0].number("quantity") or ZERO) + change / (listed[0].number("price") or Decimal(1))
            self._set_units(listed[0], units)
            self._check_cash(account, owner.cash + change, listed[0].place("quantity"))
        else:
            self._set_value(listed[0], (listed[0].number("value") or ZERO) + change)
            self._check_cash(account, owner.cash + change, listed[0].place("value"))

    def _check_cash(self, account: str, cash: Decimal, place: str) -> None:
        currency = next(a.currency for a in self._household.accounts if a.name == account)
        if cash < 0:
            message = Message("record.cash_negative", account=account, cash=Amount(cash, currency))
            self._note(place, message, _CORRECT)

    def _list_cash(self, owner: Account, change: Decimal) -> None:
        """Cash of an account that no cell holds yet; a family that keeps none owes none."""
        where = self.top_of(HOLDINGS)
        if change < 0:
            self._note(where, Message("record.no_cash_cell", account=owner.name), Message("record.change_by_hand"))
        elif change:
            columns = self._editor(HOLDINGS).columns
            amount = f.number(change, f.money(owner.currency))
            by_units = {"quantity", "price"} <= columns
            row = {"account": f.text(owner.name), "code": f.text(CASH), "currency": f.text(owner.currency)}
            row |= {"quantity": amount, "price": Cell(1, f.UNITS)} if by_units else {"value": amount}
            self._append(HOLDINGS, row, {"account"} if len(self._household.accounts) > 1 else ())
            self._note(where, Message("record.cash_row_added", account=owner.name, code=CASH), _CORRECT)

    def _setting(self, name: str) -> Record | None:
        rows = self._rows(SETTINGS)
        return next((r for r in rows if "_".join(r.text("setting").casefold().split()) == name), None)

    def _set_last_rebalanced(self, day: dt.date) -> None:
        """A date that was written down goes on; a blank one is taken from Trades anyway."""
        record = self._setting("last_rebalanced")
        if record is not None and self._parsed.policy.last_rebalanced is not None:
            self._editor(SETTINGS).set(record, "value", f.date(day))

    def _note(self, place: str, message: Message, hint: Text = "") -> None:
        self.warnings.append(Finding(place, message, hint))


def _money(trade: Trade) -> Decimal:
    return trade.quantity * trade.price


def _align(kind: Kind) -> str:
    return "right" if kind is Kind.NUMBER else "center" if kind is Kind.DATE else "left"


def _shown(field: Field) -> str:
    """The number format of a column of the record."""
    own = {"quantity": f.QUANTITY, "gain": f.BASE}
    kinds = {Kind.NUMBER: f.TRADED, Kind.DATE: f.DATE}
    return own.get(field.key) or kinds.get(field.kind, f.TEXT)


def fine(figure: Decimal) -> Decimal:
    """A figure of one unit at the digits that a spreadsheet keeps."""
    return round(figure, 6).normalize()


def _trade_cells(trade: Trade, household: Household, language: str) -> dict[str, Cell]:
    amount = f.money(trade.currency)
    return {
        "date": f.date(trade.date),
        "account": f.text(trade.account),
        "action": f.text(render(ACTIONS[trade.action], language)),
        "code": f.text(trade.code),
        "quantity": f.units(trade.quantity),
        "price": f.price(trade.price, trade.currency),
        "commission": f.number(trade.commission, amount),
        "tax": f.number(trade.tax or None, amount),
        "currency": f.text(trade.currency),
        "fx_rate": f.number(trade.fx_rate, f.FINE_PRICE),
        "trigger": f.text(translated(trade.trigger, TRIGGERS, language)),
        "note": f.text(trade.note),
        "gain": f.price(trade.gain, household.base_currency),
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


def log_table(line: Rebalance, log: RawGrid | None, base: str, language: str) -> TableWrite:
    """Return the log of rebalances with a line added; a second recording on the same day is a line of its own.

    The triggers of the lines before are put into the same language, whichever they were written in.
    """
    row = (
        f.date(line.date),
        f.text(translated(line.trigger, TRIGGERS, language)),
        f.number(line.total_value),
        Cell(line.orders),
        *(f.number(value) for value in (line.amount, line.commission, line.slippage, line.tax)),
        f.number(line.drift_before),
        f.number(line.drift_after),
        f.text(line.note),
    )
    kept = [with_trigger_in(language, before, 1) for before in kept_rows(log, len(REBALANCE_LOG.columns))]
    return REBALANCE_LOG.write_cells((*kept, row), language, base)


def _new_trades(rows: Iterable[Mapping[str, Cell]], base: str, language: str) -> TableWrite:
    """The table Trades of a workbook that has none, known by the headers of both languages."""
    other = other_than(language)

    def column(field: Field) -> Column:
        header, known = render(field.title, language), render(field.title, other)
        return Column(header, 14, _align(field.kind), number_format=_shown(field), translated_header=known)

    columns = [column(field) for field in TRADES.fields]
    cells = [tuple(row.get(field.key, Cell(None)) for field in TRADES.fields) for row in rows]
    shown = f.in_columns(columns, cells, base)
    sheet, known = render(TRADES.title, language), render(TRADES.title, other)
    return TableWrite(TRADES.name, sheet, *shown, translated_sheet=known)


def rebalances_in(log: RawGrid | None) -> tuple[Rebalance, ...]:
    """Return the log of rebalances; figures that a person has cleared count as 0."""
    found = []
    for row in kept_rows(log, len(REBALANCE_LOG.columns)):
        day, trigger, *figures, note = (cell.value for cell in row)
        if isinstance(day, dt.date):
            numbers = [figure if isinstance(figure, Decimal) else ZERO for figure in figures]
            total, orders, amount, commission, slippage, tax, before, after = numbers
            rebalance = Rebalance(
                date=day,
                trigger=code_of(str(trigger or ""), TRIGGERS),
                total_value=total,
                orders=int(orders),
                amount=amount,
                commission=commission,
                slippage=slippage,
                tax=tax,
                drift_before=before,
                drift_after=after,
                note=str(note or ""),
            )
            found.append(rebalance)
    return tuple(found)
