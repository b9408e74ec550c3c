"""A year of fills, recorded day by day, against a plain ledger kept beside: units, averages, lots, cash, gains."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import pytest
from books import rows_in
from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from xlrebal.app.recording import record
from xlrebal.workbook.cells import RawCell, RawGrid
from xlrebal.workbook.memory import MemoryWorkbook

SPREAD = Decimal("0.01")
START = dt.date(2026, 1, 5)
KEYS = [("M", "E"), ("M", "K"), ("J", "E"), ("J", "V"), ("U", "V")]
CURRENCY = {"E": "KRW", "K": "KRW", "V": "USD"}
CASH = {"M": "KRW", "J": "KRW", "U": "USD"}
# Account, code, units, average cost, taxable base price, exchange rate of the purchases.
HELD = [
    ("M", "E", 50, 9000, 9000, None),
    ("M", "E", 30, 11000, 8800, None),
    ("M", "K", 20, 50000, None, None),
    ("J", "V", 10, 100, None, 1300),
    ("U", "V", 5, 90, None, 1250),
]
PRICE = {"E": 10000, "K": 60000, "V": 120}


@dataclass
class Day:
    """One executed order of a day: which holding, what was done, at what price, cost and exchange rate."""

    key: int
    buy: bool
    units: int
    price: int
    commission: int
    tax: int
    rate: int
    own_rate: int | None
    base_price: int


days = st.builds(
    Day,
    key=st.integers(0, len(KEYS) - 1),
    buy=st.booleans(),
    units=st.integers(1, 60),
    price=st.integers(70, 130),
    commission=st.integers(0, 9),
    tax=st.integers(0, 999),
    rate=st.integers(1100, 1500),
    own_rate=st.none() | st.integers(1100, 1500),
    base_price=st.integers(8000, 12000),
)


@dataclass
class Plain:
    """The ledger beside."""

    units: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    cost: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    won: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    base: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    cash: dict[str, Decimal] = field(default_factory=dict)
    lots: dict[tuple[str, str], list[list[Decimal]]] = field(default_factory=lambda: defaultdict(list))
    gains: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def trade(self, day: Day) -> None:
        key = account, code = KEYS[day.key]
        price = Decimal(PRICE[code] * day.price) / 100
        units, amount = Decimal(day.units), day.units * price
        rate = Decimal(day.rate if code == "V" else 1)
        if day.buy:
            paid = amount + day.commission
            self.units[key] += units
            self.cost[key] += paid
            self.won[key] += paid * rate
            self.base[key] += units * day.base_price
            # A family that keeps lots keeps them of everything that it buys anew.
            if key in self.lots or self.units[key] == units:
                self.lots[key].append([units, paid / units, rate])
        else:
            net = (amount - day.commission) * rate
            self.gains[key] += net - self.sold(key, units)
            for whole in (self.cost, self.won, self.base):
                whole[key] -= whole[key] * units / (self.units[key])
            self.units[key] -= units
        self.pay(day, account, code, amount)

    def sold(self, key: tuple[str, str], units: Decimal) -> Decimal:
        """What the units cost: the first that came, where there are lots; otherwise the average."""
        if key not in self.lots:
            return self.cost[key] * units / self.units[key]
        left, cost = units, Decimal(0)
        for lot in self.lots[key]:
            part = min(left, lot[0])
            cost += part * lot[1] * lot[2]
            lot[0] -= part
            left -= part
        return cost

    def pay(self, day: Day, account: str, code: str, amount: Decimal) -> None:
        change = (-amount if day.buy else amount) - day.commission
        if CURRENCY[code] != CASH[account]:
            if day.own_rate is None:
                change = (change - round(amount * SPREAD, 2)) * day.rate
            else:
                change *= day.own_rate
        change -= 0 if day.buy or code != "E" else day.tax
        step = Decimal(1) if CASH[account] == "KRW" else Decimal("0.01")
        self.cash[account] += change.quantize(step, rounding=ROUND_FLOOR)


def grid(name: str, rows: list[tuple[Any, ...]]) -> RawGrid:
    return RawGrid(name, 1, 1, tuple(tuple(RawCell(v) for v in row) for row in rows), is_table=True)


def fresh() -> tuple[dict[str, RawGrid], Plain]:
    head = ("Account", "Code", "Quantity", "Price", "Avg cost", "Tax base cost", "Avg FX rate", "Currency")
    plain = Plain(cash={"M": Decimal(10**8), "J": Decimal(10**8), "U": Decimal(10**6)})
    for account, code, units, cost, base, rate in HELD:
        key = (account, code)
        plain.units[key] += units
        plain.cost[key] += units * cost
        plain.won[key] += units * cost * (rate or 1)
        plain.base[key] += units * (base or 0)
        if rate:
            plain.lots[key].append([Decimal(units), Decimal(cost), Decimal(rate)])
    tables: dict[str, list[tuple[Any, ...]]] = {
        "Holdings": [head, *((a, c, u, PRICE[c], cost, b, r, CURRENCY[c]) for a, c, u, cost, b, r in HELD)],
        "Accounts": [("Account", "Owner", "Currency", "Cash"), *((a, a, c, plain.cash[a]) for a, c in CASH.items())],
        "Lots": [
            ("Account", "Code", "Acquired", "Quantity", "Unit cost", "FX rate"),
            *((a, c, dt.date(2025, 1, 2), u, cost, r) for a, c, u, cost, _, r in HELD if r),
        ],
        # Only what the contract asks for: the rest has to be added.
        "Trades": [("Date", "Action", "Code", "Quantity", "Price")],
        "Settings": [
            ("Setting", "Value"),
            *(("base_currency", "KRW"), ("tax_country", "KR"), ("lot_method", "fifo"), ("fx_spread", SPREAD)),
        ],
    }
    return {name: grid(name, rows) for name, rows in tables.items()}, plain


def of_the_day(day: Day) -> dict[str, RawGrid]:
    """What a day brings: base prices, exchange rates and the sheet of orders, filled in by the family."""
    account, code = KEYS[day.key]
    price = Decimal(PRICE[code] * day.price) / 100
    orders = [
        (
            "Account",
            "Action",
            "Code",
            "Quantity",
            "Price",
            "Currency",
            "Amount",
            "Commission",
            "Tax",
            "Status",
            "FX rate",
        ),
        (
            *(account, "BUY" if day.buy else "SELL", code, day.units, price, CURRENCY[code], day.units * price),
            *(day.commission, 0 if day.buy or code != "E" else day.tax, "executed"),
            day.own_rate if CURRENCY[code] != CASH[account] else None,
        ),
    ]
    targets = [
        ("Code", "Target", "Tax class", "Price", "Currency", "Tax base price"),
        ("E", Decimal("0.5"), "kr_other_etf", PRICE["E"], "KRW", day.base_price),
        ("K", Decimal("0.2"), "kr_stock", PRICE["K"], "KRW", None),
        ("V", Decimal("0.3"), "overseas_listed", PRICE["V"], "USD", None),
    ]
    return {
        "Targets": grid("Targets", targets),
        "FX": grid("FX", [("Currency", "Rate"), ("USD", day.rate)]),
        "Orders": grid("Orders", orders),
    }


def check(book: MemoryWorkbook, plain: Plain) -> None:
    for key in KEYS:
        mine = [row for row in rows_in(book, "Holdings") if (row["Account"], row["Code"]) == key and row["Quantity"]]
        units = sum(Decimal(row["Quantity"]) for row in mine)
        assert units == plain.units[key]
        if not units:
            continue
        whole = sum(Decimal(row["Quantity"]) * Decimal(row["Avg cost"]) for row in mine)
        assert float(whole / units) == pytest.approx(float(plain.cost[key] / units), rel=1e-6)
        if key[1] == "E":
            base = sum(Decimal(row["Quantity"]) * Decimal(row["Tax base cost"]) for row in mine)
            assert float(base / units) == pytest.approx(float(plain.base[key] / units), rel=1e-6)
        if key[1] == "V":
            won = sum(Decimal(r["Quantity"]) * Decimal(r["Avg cost"]) * Decimal(r["Avg FX rate"]) for r in mine)
            assert float(won) == pytest.approx(float(plain.won[key]), rel=1e-6)
    for key in plain.lots:
        lots = [
            (Decimal(r["Quantity"]), float(r["Unit cost"]), r["FX rate"] or 1)
            for r in rows_in(book, "Lots")
            if (r["Account"], r["Code"]) == key and r["Quantity"]
        ]
        wanted = [lot for lot in plain.lots[key] if lot[0]]
        assert [lot[0] for lot in lots] == [lot[0] for lot in wanted]
        assert [lot[1] for lot in lots] == pytest.approx([float(lot[1]) for lot in wanted])
        assert [lot[2] for lot in lots] == [lot[2] for lot in wanted]
    assert {row["Account"]: row["Cash"] for row in rows_in(book, "Accounts")} == plain.cash
    gains: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows_in(book, "Trades"):
        gains[row["Account"], row["Code"]] += Decimal(row.get("Gain") or 0)
    for key in KEYS:
        assert float(gains[key]) == pytest.approx(float(plain.gains[key]), abs=len(rows_in(book, "Trades")) + 1)


@examples(15)
@given(st.lists(days, min_size=1, max_size=12))
def test_a_year_of_fills_ends_where_a_plain_ledger_ends(year: list[Day]) -> None:
    tables, plain = fresh()
    book = MemoryWorkbook(tables)
    for number, day in enumerate(year):
        if not day.buy and plain.units[KEYS[day.key]] < day.units:
            continue
        book = MemoryWorkbook({**{n: book.read({n: (n,)})[n] for n in tables}, **of_the_day(day)})
        record(book, START + dt.timedelta(weeks=number))
        plain.trade(day)
        check(book, plain)


def test_the_ledger_of_the_test_itself() -> None:
    """50 at 9,000 and 30 at 11,000; sell 40 at 10,000 with 5 of commission and 100 withheld: by hand."""
    _, plain = fresh()
    plain.trade(Day(0, False, 40, 100, 5, 100, 1400, None, 9000))
    assert plain.gains["M", "E"] == 40 * 10000 - 5 - 40 * 9750
    assert plain.cash["M"] == 10**8 + 400_000 - 5 - 100
    assert plain.units["M", "E"] == 40
