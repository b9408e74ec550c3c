"""Rows of Holdings that are no assets: cash under the family's own word, totals, notes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.message import Message
from xlrebal.domain.quantities import ONE, exact_number
from xlrebal.tables.contract.schema import ACCOUNTS, HOLDINGS, TARGETS
from xlrebal.tables.edit.editor import located

if TYPE_CHECKING:
    from xlrebal.tables.read.context import Context
    from xlrebal.tables.read.records import Record, TableRecords
    from xlrebal.workbook.cells import RawGrid

# Words for cash and for totals as families and brokers write them, compared without case and blanks. CMA, MMF and the
# like are left out: some families count them as cash, others as bonds.
_CASH = frozenset(
    [
        "cash",
        "cash&equivalents",
        "cashandequivalents",
        "cash&cashequivalents",
        "cashandcashequivalents",
        "cash&cashinvestments",
        "현금",
        "예수금",
        "원화예수금",
        "d+2예수금",
        "원화현금",
        "현금성자산",
        "현금및현금성자산",
        "예치금",
    ]
)
_FOREIGN_CASH = frozenset(["외화예수금", "외화현금", "외화", "foreigncash", "foreigncurrency"])
_TOTALS = frozenset(
    ["합계", "총계", "소계", "총합계", "합산", "total", "totals", "subtotal", "grandtotal", "accounttotal"]
)
_LABELS = _CASH | _FOREIGN_CASH | _TOTALS
_FIGURES = ("quantity", "price", "value", "average_cost", "tax_base")


def settle_rows(context: Context, grid: RawGrid | None) -> None:
    """Give rows of cash the code CASH, and empty totals and notes; what is left out with a figure is said."""
    found = context.tables.get(HOLDINGS.key)
    if found is None:
        return
    codes = {record.text("code") for record in context.records(TARGETS)}
    settled = tuple(_settled(context, record, codes) for record in found.records)
    context.tables = {**context.tables, HOLDINGS.key: replace(found, records=settled)}
    if grid is not None:
        _warn_of_unread_cash(context, found, grid)


def _settled(context: Context, record: Record, codes: set[str]) -> Record:
    key = next((key for key in ("code", "name", "account") if record.text(key)), "")
    label = record.text(key) if key else ""
    word = _folded(label)
    if word not in _LABELS or label in codes - {CASH}:
        # A name in an account is a holding to be finished, whose code will be asked for.
        note = key and key != "code" and not (record.text("account") and record.text("name"))
        return _emptied(record) if note and not _figures(record) and not record.wrong else record
    if record.wrong:
        return record
    if word in _TOTALS and _figures(record):
        context.warn(record.place(key), Message("input.row_of_totals", label=label))
    if word in _TOTALS or not _figures(record):
        return _emptied(record)
    if word in _FOREIGN_CASH and not record.text("currency"):
        message = Message("input.currency_of_cash_missing", label=label)
        hint = Message("input.write_into", column=HOLDINGS.field("currency").title)
        context.error(record.place("currency"), message, hint)
    values = dict(record.values) | {"code": CASH}
    if key == "account":
        values["account"] = None
    if record.number("price") is None and record.number("value") is None:
        values["price"] = ONE  # the amount stands in Quantity
    return replace(record, values=values)


def _emptied(record: Record) -> Record:
    return replace(record, values={})


def _figures(record: Record) -> bool:
    return any(record.number(key) for key in _FIGURES)


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _warn_of_unread_cash(context: Context, found: TableRecords, grid: RawGrid) -> None:
    """A row of cash that stands in columns of the family's own alone would be missed without a word."""
    read = {located(record.place(""))[1] for record in found.records}
    for number, cells in enumerate(grid.rows, grid.top):
        if number <= located(found.place)[1] or number in read:
            continue
        amount = next((c.value for c in cells if isinstance(c.value, (int, float)) and c.value), None)
        for column, cell in enumerate(cells):
            if amount and isinstance(cell.value, str) and _folded(cell.value) in _CASH | _FOREIGN_CASH:
                label = cell.value.strip()
                message = Message("input.cash_not_counted", label=label, amount=exact_number(amount))
                context.warn(grid.address(number - grid.top, column), message, _where_cash_belongs())


def _where_cash_belongs() -> Message:
    code, value = (HOLDINGS.field(key).title for key in ("code", "value"))
    return Message("input.write_cash_into", code=code, value=value, accounts=ACCOUNTS.title)
