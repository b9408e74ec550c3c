"""Read a broker's export: find its header, take its rows, leave out what is no holding, and list what was left out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import written_number
from xlrebal.errors import FileError, Finding, InputError
from xlrebal.imports.currencies import Unit, unit_of
from xlrebal.imports.text import read_text
from xlrebal.language import ENGLISH, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_NEEDED = ("code", "quantity")
_BLANKS = re.compile(r"\s+")
_NOTHING = frozenset({"", "--", "-", "n/a", "na", "null", "none"})
_DRESS = re.compile(r"[$₩€£¥원주\s]")
_KRX = re.compile(r"A?([0-9][0-9A-Z]{5})")
_MOST_ROWS = 20_000
# What the columns of numbers hold, as a finding calls it.
_FIGURES = {
    "quantity": Name("quantity", "수량"),
    "price": Name("price", "현재가"),
    "average_cost": Name("average cost", "평균단가"),
    "cost": Name("cost", "매입금액"),
    "value": Name("value", "평가금액"),
}


@dataclass(frozen=True)
class Broker:
    """How a broker writes its exports.

    Attributes:
        name: Its name, for ``--broker``.
        columns: Headers by what they hold, compared without case and blanks.
        needs: Headers that tell this broker from others.
        begins: Texts with which the first line of its files begins.
        cash: Words that mark a row of cash.
        totals: Words that mark a row of totals.
        keep: Only rows with one of these values, by header.
        currency: Currency in which it keeps its accounts, where the export does not say one.
        is_own: True for a mapping of the family's own, whose currency is stated, not assumed.

    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    cash: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    currency: str = ""
    is_own: bool = False


@dataclass(frozen=True)
class ImportedHolding:
    """One holding of an export; None or empty where it does not say. ``place`` is its line."""

    code: str
    name: str
    quantity: Decimal
    price: Decimal | None
    average_cost: Decimal | None
    value: Decimal | None
    currency: str
    place: str


@dataclass(frozen=True)
class Export:
    """The content of an export: holdings, cash by currency (None: nothing about it), and the lines left out with why.

    ``assumed`` is the currency that exports of its broker are in where a line does not say one, or empty.
    """

    broker: str
    holdings: tuple[ImportedHolding, ...]
    cash: Mapping[str, Decimal] | None
    left_out: tuple[Finding, ...]
    assumed: str = ""


def brokers() -> list[Broker]:
    """Return every known broker, the most telling first."""
    folder = resources.files("xlrebal.imports") / "brokers"
    common = _broker(_load(folder / "common.yaml"))
    found = [_broker(_load(item), common) for item in folder.iterdir() if item.name.endswith(".yaml")]
    return sorted(found, key=lambda one: (one.name == "common", -len(one.needs) - len(one.begins)))


def _load(item: Any) -> dict[str, Any]:
    import yaml  # imports only

    document: dict[str, Any] = yaml.safe_load(item.read_text(encoding="utf-8"))
    return document


def _broker(data: Mapping[str, Any], common: Broker | None = None) -> Broker:
    columns = {key: tuple(map(_folded, names)) for key, names in data["columns"].items()}
    if common is not None:
        columns = {key: (*columns.get(key, ()), *names) for key, names in common.columns.items()}

    def words(key: str) -> tuple[str, ...]:
        return tuple(_folded(word) for word in data.get(key, ()))

    return Broker(
        name=data["name"],
        columns=columns,
        needs=words("needs"),
        begins=words("begins"),
        cash=words("cash"),
        totals=words("totals"),
        keep={_folded(k): tuple(map(_folded, v)) for k, v in data.get("keep", {}).items()},
        currency=str(data.get("currency", "")),
    )


def _folded(text: object) -> str:
    return _BLANKS.sub("", str(text if text is not None else "")).casefold()


def read_export(path: Path, name: str = "", mapping: Path | None = None) -> Export:
    """Return the content of an export.

    Args:
        path: A CSV file in UTF-8 or CP949, or an XLSX file.
        name: Name of the broker; empty finds it out.
        mapping: A file that says which header holds what, for other brokers.

    Raises:
        FileError: When the file cannot be read.
        InputError: When no header row is found, or a row is wrong; each with its line.

    """
    rows = _rows(path)
    known = brokers()
    if name and name not in {one.name for one in known}:
        hint = Message("import.use", choices=tuple(one.name for one in known))
        raise InputError([Finding(path.name, Message("import.no_broker", broker=name), hint)])
    if mapping is not None:
        known = [replace(_broker(_load(mapping) | {"name": mapping.stem}, known[-1]), is_own=True)]
    elif name:
        known = [one for one in known if one.name == name]
    for broker in known:
        header = _header(rows, broker)
        if header is not None:
            return _Reader(path.name, rows, header, broker).read()
    hint = Message("import.suggest_columns", file=f"{path.stem}-columns.yaml")
    raise InputError([Finding(path.name, Message("import.no_header"), hint)])


def suggest_mapping(path: Path, language: str = ENGLISH) -> str:
    """Return a mapping file for an export that no broker fits, with the columns of its widest row to choose from.

    Its comments are in a language.
    """
    rows = _rows(path)
    widest = max(rows, key=lambda row: sum(bool(str(cell).strip()) for cell in row), default=[])
    names = [str(cell).strip() for cell in widest if str(cell).strip()]
    listed = "\n".join(f"#   {name}" for name in names)
    columns, brackets, then, words = (
        f"# {render(Message(kind, file=path.name), language)}\n"
        for kind in ("import.mapping_columns", "import.mapping_write", "import.mapping_then", "import.mapping_words")
    )
    return (
        f"{columns}{listed}\n{brackets}{then}"
        "columns:\n  code: []\n  name: []\n  quantity: []\n  price: []\n  average_cost: []\n  value: []\n"
        f"  currency: []\n{words}cash: []\ntotals: []\ncurrency: ''\n"
    )


def _rows(path: Path) -> list[list[Any]]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _sheet_rows(path)
    text = read_text(path)
    first = text[:5000]
    delimiter = max(",\t;|", key=first.count)
    rows = [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    if len(rows) > _MOST_ROWS:
        raise FileError(Message("import.too_many_lines", file=str(path), lines=len(rows)))
    return rows


def _sheet_rows(path: Path) -> list[list[Any]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True, max_row=_MOST_ROWS)]
    except Exception as error:
        raise FileError(Message("import.no_workbook", file=str(path))) from error


def _header(rows: Sequence[Sequence[Any]], broker: Broker) -> int | None:
    if broker.begins and not any(_folded(rows[0][0] if rows and rows[0] else "").startswith(t) for t in broker.begins):
        return None
    for number, row in enumerate(rows):
        cells = [_folded(cell) for cell in row]
        found = all(any(name in cells for name in broker.columns.get(key, ())) for key in _NEEDED)
        if found and all(need in cells for need in broker.needs):
            return number
    return None


class _Reader:
    """Reads the rows below the header."""

    def __init__(self, file: str, rows: Sequence[Sequence[Any]], header: int, broker: Broker) -> None:
        self._file, self._rows, self._start, self._broker = file, rows, header, broker
        names = [_folded(cell) for cell in rows[header]]
        self._columns = {
            key: next((names.index(name) for name in aliases if name in names), None)
            for key, aliases in broker.columns.items()
        }
        self._names = names
        self._left_out: list[Finding] = []
        self._findings: list[Finding] = []

    def read(self) -> Export:
        """Return the export. Raises ``InputError`` with every row that cannot be a holding."""
        holdings, cash = [], dict[str, Decimal]()
        for number in range(self._start + 1, len(self._rows)):
            row = self._rows[number]
            if [_folded(cell) for cell in row] == self._names or self._begins_another_block(row):
                break
            place = f"{self._file}:{number + 1}"
            if not any(_folded(cell) for cell in row):
                continue
            kind = self._kind(row, place)
            if kind == "cash":
                self._add_cash(row, cash, place)
            elif kind == "holding" and (holding := self._holding(row, place)) is not None:
                holdings.append(holding)
        if self._findings:
            raise InputError(self._findings)
        if not holdings:
            raise InputError([Finding(self._file, Message("import.no_holding"))])
        joined = tuple(_joined(holdings))
        return Export(self._broker.name, joined, cash or None, tuple(self._left_out), self._broker.currency)

    def _begins_another_block(self, row: Sequence[Any]) -> bool:
        """A second table, of transactions, follows in some exports."""
        cells = {_folded(cell) for cell in row}
        return {"tradedate", "transactiontype"} <= cells or {"runDate".casefold(), "action"} <= cells

    def _cell(self, row: Sequence[Any], key: str) -> Any:
        column = self._columns.get(key)
        return row[column] if column is not None and column < len(row) else None

    def _kind(self, row: Sequence[Any], place: str) -> str:
        """What a row is: "holding", "cash", "totals" or "other".

        A word of the broker's lists counts where it fills a cell of label, or begins one in a row that has no code:
        a fund may well be called "Total Stock Market" or "Cash America".
        """
        for name, values in self._broker.keep.items():
            if name in self._names and _folded(row[self._names.index(name)]) not in values:
                return "other"
        code, name, first = self._cell(row, "code"), self._cell(row, "name"), row[0] if row else None
        if (label := self._label(self._broker.totals, 1, code, name, first)) is not None:
            self._left_out.append(Finding(place, Message("import.row_of_totals", label=label)))
            return "totals"
        if str(code or "").strip().endswith("**") or self._label(self._broker.cash, 4, code, name) is not None:
            return "cash" if self._stands_for_money(row) else "holding"
        if not _folded(code) and _number(self._cell(row, "quantity")) is None:
            self._left_out.append(Finding(place, Message("import.no_code_no_quantity")))
            return "other"
        return "holding"

    def _label(self, words: Sequence[str], letters: int, code: Any, *others: Any) -> str | None:
        """The text of the first cell that one of the words names, or begins if it has so many letters; or None."""
        for cell in (code, *others):
            text = _folded(cell).rstrip("*")
            begins = cell is code or not _folded(code)
            if text and any(text == w or (begins and len(w) >= letters and text.startswith(w)) for w in words):
                return str(cell).strip()
        return None

    def _stands_for_money(self, row: Sequence[Any]) -> bool:
        """Cash and money market funds have no price, or 1; some shares have the code CASH."""
        if not _folded(self._cell(row, "code")):
            return True
        return _number(self._cell(row, "quantity")) is None or _number(self._cell(row, "price")) in (None, Decimal(1))

    def _add_cash(self, row: Sequence[Any], cash: dict[str, Decimal], place: str) -> None:
        """The amount stands in the value or quantity column, or is the only number of its row."""
        numbers = [n for n in map(_number, row) if n is not None]
        amount = next((n for k in ("value", "quantity") if (n := _number(self._cell(row, k))) is not None), None)
        if amount is None and len(numbers) == 1:
            amount = numbers[0]
        if amount is None:
            self._left_out.append(Finding(place, Message("import.cash_without_amount")))
            return
        unit = self._unit(row, place)
        cash[unit.currency] = cash.get(unit.currency, Decimal(0)) + amount * unit.worth

    def _unit(self, row: Sequence[Any], place: str) -> Unit:
        """The currency that a row says it is in; empty where it says none."""
        own = self._broker.currency if self._broker.is_own else ""
        text = str(self._cell(row, "currency") or own)
        if _folded(text) in _NOTHING:
            return Unit("")
        unit = unit_of(text)
        if unit is None:
            message = Message("import.currency_unknown", currency=text.strip())
            self._findings.append(Finding(place, message, Message("import.write_currency")))
        return unit or Unit("")

    def _holding(self, row: Sequence[Any], place: str) -> ImportedHolding | None:
        code = clean_code(self._cell(row, "code"))
        quantity = self._figure(row, "quantity", place)
        if not code:
            message = Message("import.quantity_without_code")
            self._findings.append(Finding(place, message, Message("import.add_or_remove_row")))
            return None
        if quantity is None or quantity < 0:
            kind = "import.quantity_missing" if quantity is None else "import.quantity_negative"
            self._findings.append(Finding(place, Message(kind, code=code)))
            return None
        if not quantity:
            self._left_out.append(Finding(place, Message("import.sold", code=code)))
            return None
        price, cost, value = (self._figure(row, key, place) for key in ("price", "cost", "value"))
        average = self._figure(row, "average_cost", place)
        if average is None and cost is not None:
            average = cost / quantity
        if price is None and value is not None:
            price = value / quantity
        name = str(self._cell(row, "name") or "").strip()
        unit = self._unit(row, place)
        price, average, value = (None if n is None else n * unit.worth for n in (price, average, value))
        return ImportedHolding(code, name, quantity, price, average, value, unit.currency, place)

    def _figure(self, row: Sequence[Any], key: str, place: str) -> Decimal | None:
        cell = self._cell(row, key)
        if cell is None or _folded(cell) in _NOTHING:
            return None
        number = _number(cell)
        if number is None:
            message = Message("import.not_a_number", column=_FIGURES[key], text=str(cell))
            self._findings.append(Finding(place, message, Message("import.write_number")))
        return number


def _joined(holdings: Iterable[ImportedHolding]) -> Iterable[ImportedHolding]:
    """One holding a code: an export may list each purchase. Raises ``InputError`` for two currencies."""
    found: dict[str, ImportedHolding] = {}
    for one in holdings:
        other = found.get(one.code)
        if other is None:
            found[one.code] = one
            continue
        if other.currency != one.currency:
            first, second = (holding.currency or Message("import.no_currency") for holding in (other, one))
            message = Message("import.listed_twice", code=one.code, first=first, second=second)
            raise InputError([Finding(one.place, message, Message("import.same_currency"))])
        units = other.quantity + one.quantity
        average = None
        if other.average_cost is not None and one.average_cost is not None:
            average = (other.average_cost * other.quantity + one.average_cost * one.quantity) / units
        found[one.code] = ImportedHolding(
            one.code, other.name, units, one.price or other.price, average, None, other.currency, other.place
        )
    return found.values()


def clean_code(cell: object) -> str:
    """Return a code as text: without the marks that keep spreadsheets from changing it; 69500 stays what it is."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, dt.datetime):
        return ""
    text = str(cell if cell is not None else "").strip().strip("'\"=*").strip().strip('"')
    match = _KRX.fullmatch(text.upper())
    return match[1] if match and not text.isalpha() else text


def _number(cell: object) -> Decimal | None:
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, (int, float)):
        return Decimal(f"{cell:.15g}") if isinstance(cell, float) else Decimal(cell)
    text = _DRESS.sub("", str(cell))
    number = written_number(text.strip("()"))
    return -number if number is not None and text.startswith("(") and text.endswith(")") else number
