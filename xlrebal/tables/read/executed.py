"""Orders that the user marked as executed, read from the order sheets with every slip named by its cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import ONE, ZERO, round_money
from xlrebal.domain.recording import Execution
from xlrebal.errors import Finding, InputError
from xlrebal.tables.contract.own_rates import FX_RATE_NAME
from xlrebal.tables.contract.results import ORDERS
from xlrebal.tables.contract.schema import ACCOUNTS, TARGETS, TRADES, Field, Kind
from xlrebal.tables.contract.words import ACTIONS, EXECUTED, RECORDED, both
from xlrebal.tables.read.convert import BadCellError, convert
from xlrebal.workbook.cells import RawCell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

    from xlrebal.domain.household import Household, Trade
    from xlrebal.errors import Text
    from xlrebal.workbook.cells import RawGrid

_NUMBERS = ("Quantity", "Price", "Amount", "Amount (base)", "Commission", "Tax", "FX rate")
_HEADERS = {column.header.english: column.header.korean for column in ORDERS.columns}
_HEADERS[FX_RATE_NAME.english] = FX_RATE_NAME.korean
_FIELDS = {
    name.casefold(): Field(name.casefold(), name, _HEADERS[name], Kind.NUMBER if name in _NUMBERS else Kind.TEXT)
    for name in ("Account", "Action", "Currency", "Status", *_NUMBERS)
} | {"code": Field("code", "Code", _HEADERS["Code"], Kind.CODE)}
_ACTIONS = {word: action for action, name in ACTIONS.items() if action.is_order for word in both(name)}
_BLANK = RawCell()


@dataclass(frozen=True)
class Marked:
    """An executed order, the cell of its mark, and the word that says that it was recorded.

    ``commission`` and ``tax`` are the cells of these two.
    """

    execution: Execution
    status: str
    recorded: str = RECORDED.english
    commission: str = ""
    tax: str = ""


def column_title(key: str) -> Name:
    """Return what a column of an order sheet is called, by its English header in small letters."""
    return _FIELDS[key].title


def is_executed(cell: RawCell) -> bool:
    """Return whether a mark says that an order was carried out."""
    return isinstance(cell.value, str) and cell.value.strip().casefold() in EXECUTED


def marks(grid: RawGrid) -> Iterator[tuple[int, int, RawCell]]:
    """Return the mark of every row of an order sheet: row and column in the block, and the cell."""
    column = _columns(grid).get("status")
    if column is None:
        return
    for number, row in enumerate(grid.rows[1:], 1):
        yield number, column, row[column] if column < len(row) else _BLANK


def read_executed(
    sheets: Iterable[tuple[RawGrid, str]], household: Household, recorded: Iterable[Trade]
) -> tuple[Marked, ...]:
    """Return the executed orders of the order sheets; ``withheld`` is what their column Tax says.

    Args:
        sheets: The order sheets, each with what set its orders off.
        household: Its accounts and assets are what an order may name.
        recorded: Trades of the record made on the same day; the same order is never recorded twice.

    Raises ``InputError`` with every slip: a quantity that is none, an unknown code, more sold than is held, an order
    that the record has already.

    """
    findings: list[Finding] = []
    found: list[Marked] = []
    done = _recorded_orders(recorded, household)
    for grid, trigger in sheets:
        columns = _columns(grid)
        for number, _, cell in marks(grid):
            if not is_executed(cell):
                continue
            row = _Row(grid, number, columns, findings)
            execution = row.execution(household)
            if execution is None:
                continue
            key = (execution.account, execution.action, execution.code, execution.units, execution.price)
            if key in done:
                message = Message("record.recorded_already", table=TRADES.title)
                row.say("status", message, Message("record.clear_mark"))
            korean = grid.rows[0][columns["status"]].value == _HEADERS["Status"]
            word = RECORDED.korean if korean else RECORDED.english
            execution = replace(execution, trigger=trigger)
            found.append(Marked(execution, row.place("status"), word, row.place("commission"), row.place("tax")))
    _check_held(found, household, findings)
    if findings:
        raise InputError(findings)
    return tuple(found)


def _recorded_orders(
    trades: Iterable[Trade], household: Household
) -> set[tuple[str, Action, str, Decimal | None, Decimal]]:
    """Orders of the record as an order sheet has them: a sale from several purchases has a row for each of them."""
    only = household.accounts[0].name if len(household.accounts) == 1 else ""
    whole: dict[tuple[str, Action, str, Decimal], Decimal] = {}
    done: set[tuple[str, Action, str, Decimal | None, Decimal]] = set()
    for trade in trades:
        account = trade.account or only
        key = (account, trade.action, trade.code, trade.price)
        whole[key] = whole.get(key, ZERO) + trade.quantity
        done.add((account, trade.action, trade.code, trade.quantity, trade.price))
    return done | {(account, action, code, units, price) for (account, action, code, price), units in whole.items()}


def _columns(grid: RawGrid) -> dict[str, int]:
    names = [str(cell.value or "").strip().casefold() for cell in grid.rows[0]] if grid.rows else []
    places = {
        key: [names.index(h.casefold()) for h in f.headers if h.casefold() in names] for key, f in _FIELDS.items()
    }
    return {key: found[0] for key, found in places.items() if found}


class _Row:
    """One row of an order sheet."""

    def __init__(self, grid: RawGrid, number: int, columns: Mapping[str, int], findings: list[Finding]) -> None:
        self._grid, self._number, self._columns, self._findings = grid, number, columns, findings

    def place(self, key: str) -> str:
        """Address of a cell."""
        return self._grid.address(self._number, self._columns.get(key, 0))

    def say(self, key: str, message: Text, hint: Text = "") -> None:
        """Report a slip."""
        self._findings.append(Finding(self.place(key), message, hint))

    def _value(self, key: str) -> object:
        column, row = self._columns.get(key), self._grid.rows[self._number]
        cell = row[column] if column is not None and column < len(row) else _BLANK
        try:
            return convert(cell, _FIELDS[key])
        except BadCellError as error:
            self.say(key, error.message, error.hint)
            return None

    def _number_of(self, key: str) -> Decimal | None:
        value = self._value(key)
        return None if value is None or isinstance(value, (str, bool)) else value  # type: ignore[return-value]

    def execution(self, household: Household) -> Execution | None:
        """Return the row as an execution; None when something in it is wrong."""
        before = len(self._findings)
        account, word, code = (str(self._value(key) or "") for key in ("account", "action", "code"))
        action = _ACTIONS.get(word)
        units, price, amount = (self._number_of(key) for key in ("quantity", "price", "amount"))
        commission, tax = self._number_of("commission") or ZERO, self._number_of("tax") or ZERO
        self._check_words(household, account, word, code)
        if units is None and (amount is None or price is not None) and len(self._findings) == before:
            self.say("quantity", Message("record.quantity_missing"), Message("record.write_traded"))
        elif units is not None and not units:
            self.say("quantity", Message("record.order_of_zero"), Message("record.clear_mark_or_write"))
        elif units is not None and price is None and len(self._findings) == before:
            self.say("price", Message("record.price_missing"), Message("record.write_paid"))
        if action is None or len(self._findings) > before:
            return None
        currency = str(self._value("currency") or household.base_currency).upper()
        whole = amount or ZERO if units is None else round_money(units * (price or ZERO), currency)
        own_rate = self._own_rate(household, account, currency)
        if len(self._findings) > before:
            return None
        base = self._number_of("amount (base)")
        return Execution(
            account=account,
            action=action,
            code=code,
            units=units,
            price=ONE if units is None else price or ZERO,
            amount=whole,
            commission=commission,
            currency=currency,
            withheld=tax if action is Action.SELL else ZERO,
            # In base currency both amounts are the plan's, so one that was corrected by hand shows.
            planned=base if currency == household.base_currency and base is not None else amount,
            planned_base=base,
            own_rate=own_rate,
            place=self.place("code"),
        )

    def _own_rate(self, household: Household, account: str, currency: str) -> Decimal | None:
        """The broker's own exchange rate, where the order changes money."""
        rate = self._number_of("fx rate")
        own = next((a.currency for a in household.accounts if a.name == account), currency)
        if rate is None:
            return None
        if self._columns["fx rate"] != self._columns["status"] + 1:
            message = Message("record.rate_misplaced", column=column_title("fx rate"))
            self.say("fx rate", message, Message("record.move_column", column=column_title("status")))
        elif own == currency:
            message = Message("record.rate_not_needed", account=account, currency=currency)
            self.say("fx rate", message, Message("record.clear_it"))
        elif not rate:
            hint = Message("record.write_rate", own=own, currency=currency)
            self.say("fx rate", Message("record.rate_of_zero"), hint)
        return rate

    def _check_words(self, household: Household, account: str, action: str, code: str) -> None:
        if account not in {a.name for a in household.accounts}:
            self.say("account", Message("record.account_unknown", account=account, table=ACCOUNTS.title))
        if action not in _ACTIONS:
            buy, sell = ACTIONS[Action.BUY], ACTIONS[Action.SELL]
            self.say("action", Message("record.action_unknown", action=action, buy=buy, sell=sell))
        if code not in {t.code for t in household.targets}:
            self.say("code", Message("record.code_unknown", code=code, table=TARGETS.title))


def _check_held(found: Iterable[Marked], household: Household, findings: list[Finding]) -> None:
    """Nothing is sold that is not held."""
    left: dict[tuple[str, str], Decimal] = {}
    for holding in household.holdings:
        key = (holding.account, holding.code)
        left[key] = left.get(key, ZERO) + (holding.value if holding.quantity is None else holding.quantity)
    for marked in found:
        one = marked.execution
        key = (one.account, one.code)
        moved = one.amount if one.units is None else one.units
        left[key] = left.get(key, ZERO) + (moved if one.action is Action.BUY else -moved)
        if left[key] < 0:
            held = left[key] + moved
            message = Message("record.sold_too_much", moved=moved, code=one.code, account=one.account, held=held)
            findings.append(Finding(one.place, message, Message("record.correct_quantity")))
