"""A family's figures as plain values, and the workbook in memory that holds them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xlrebal import app
from xlrebal.workbook.cells import RawCell, RawGrid
from xlrebal.workbook.memory import MemoryWorkbook

Rows = list[tuple[Any, ...]]


@dataclass
class Asset:
    """A row of Targets; ``safe``, ``group`` and ``lock`` as a family writes them."""

    code: str
    weight: Decimal
    price: Decimal
    currency: str
    tax_class: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    fractional: bool | None = None
    lock: str = ""
    replacement: str = ""
    safe: bool = False
    group: str = ""
    tax_base: Decimal | None = None


@dataclass
class Account:
    """A row of Accounts."""

    name: str
    currency: str
    owner: str = ""
    type: str = "taxable"
    cash: Decimal = Decimal(0)
    contribution: Decimal = Decimal(0)
    reserve: Decimal = Decimal(0)
    only: frozenset[str] = frozenset()
    commission: Decimal | None = None
    fractional: bool = False
    lot_method: str = ""


@dataclass
class Holding:
    """A row of Holdings; its price is the asset's."""

    account: str
    code: str
    units: Decimal
    cost: Decimal | None = None
    rate: Decimal | None = None
    tax_base: Decimal | None = None


@dataclass
class Lot:
    """A row of Lots; ``rate`` is the exchange rate to the currency of the tax."""

    account: str
    code: str
    day: dt.date
    units: Decimal
    cost: Decimal
    rate: Decimal | None = None
    tax_base: Decimal | None = None


@dataclass
class Trade:
    """A row of Trades."""

    day: dt.date
    account: str
    action: str
    code: str
    units: Decimal
    price: Decimal
    currency: str
    commission: Decimal = Decimal(0)
    rate: Decimal | None = None
    gain: Decimal | None = None


@dataclass
class Family:
    """Everything that the workbook holds. ``fx``: base currency for one unit of each other currency."""

    base: str
    accounts: list[Account]
    assets: list[Asset]
    holdings: list[Holding]
    lots: list[Lot] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    fx: dict[str, Decimal] = field(default_factory=dict)
    groups: dict[str, tuple[Decimal, Decimal | None, Decimal | None]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def rate(self, currency: str) -> Fraction:
        """Base currency for one unit."""
        return Fraction(1) if currency == self.base else Fraction(self.fx[currency])

    def account(self, name: str) -> Account:
        return next(a for a in self.accounts if a.name == name)

    def asset(self, code: str) -> Asset:
        return next(a for a in self.assets if a.code == code)

    def setting(self, name: str, default: Any = 0) -> Any:
        return self.settings.get(name, default)

    def units(self, account: str, code: str) -> Fraction:
        """Units held, over all rows of the holding."""
        return sum((Fraction(h.units) for h in self.holdings if (h.account, h.code) == (account, code)), Fraction(0))

    @property
    def country(self) -> str:
        return str(self.setting("tax_country", "none"))


def minor(currency: str) -> Fraction:
    """The smallest amount of a currency (ISO 4217)."""
    return Fraction(1) if currency in ("KRW", "JPY") else Fraction(1, 100)


def sheets(family: Family) -> dict[str, Rows]:
    """The family as the tables of a workbook."""
    tables: dict[str, Rows] = {
        "Settings": [("Setting", "Value"), ("base_currency", family.base), *family.settings.items()],
        "Accounts": [
            (
                *("Account", "Owner", "Type", "Currency", "Cash", "Contribution", "Reserve", "Only", "Commission"),
                *("Fractional", "Lot method"),
            ),
            *(
                (
                    *(a.name, a.owner, a.type, a.currency, a.cash, a.contribution, a.reserve),
                    *(", ".join(sorted(a.only)), a.commission, "yes" if a.fractional else "no", a.lot_method),
                )
                for a in family.accounts
            ),
        ],
        "Targets": [
            (
                *("Group", "Code", "Target", "Min", "Max", "Tax class", "Price", "Currency", "Fractional", "Lock"),
                *("Replacement", "Risk", "Tax base price"),
            ),
            *(
                (
                    *(t.group, t.code, t.weight, t.minimum, t.maximum, t.tax_class),
                    *(None if t.code == "CASH" else t.price, None if t.code == "CASH" else t.currency),
                    *({None: None, True: "yes", False: "no"}[t.fractional], t.lock, t.replacement),
                    *("safe" if t.safe else None, t.tax_base),
                )
                for t in family.assets
            ),
        ],
        "Holdings": [
            ("Account", "Code", "Quantity", "Price", "Avg cost", "Currency", "Tax base cost", "Avg FX rate"),
            *(
                (h.account, h.code, h.units, t.price, h.cost, t.currency, h.tax_base, h.rate)
                for h in family.holdings
                for t in [family.asset(h.code)]
            ),
        ],
        "Lots": [
            ("Account", "Code", "Acquired", "Quantity", "Unit cost", "FX rate", "Tax base cost"),
            *((x.account, x.code, x.day, x.units, x.cost, x.rate, x.tax_base) for x in family.lots),
        ],
        "Trades": [
            (
                *("Date", "Account", "Action", "Code", "Quantity", "Price", "Commission", "Tax", "Currency", "FX rate"),
                *("Trigger", "Note", "Gain", "Acquired"),
            ),
            *(
                (
                    *(t.day, t.account, t.action, t.code, t.units, t.price, t.commission, None, t.currency, t.rate),
                    *(None, None, t.gain, None),
                )
                for t in family.trades
            ),
        ],
        "FX": [("Currency", "Rate"), *family.fx.items()],
        "Groups": [("Group", "Weight", "Min", "Max"), *((n, *row) for n, row in family.groups.items())],
    }
    return {name: rows for name, rows in tables.items() if len(rows) > 1 or name in ("Holdings", "Targets")}


def book(family: Family) -> MemoryWorkbook:
    """The workbook, in memory."""
    return memory_book(sheets(family))


def memory_book(tables: dict[str, Rows]) -> MemoryWorkbook:
    """A workbook in memory of tables of plain values."""
    return MemoryWorkbook({name: _grid(name, rows) for name, rows in tables.items()})


def _grid(name: str, rows: Rows) -> RawGrid:
    cells = (tuple(RawCell(value) for value in row) for row in rows)
    return RawGrid(name, 1, 1, tuple(cells), is_table=True)


def planned(family: Family, day: dt.date, *, now: bool = False) -> app.Outcome:
    """The program's plan, through the use case."""
    return app.update(book(family), app.Request(as_of=day, plan_now=now))
