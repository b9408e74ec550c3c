"""Random families as workbooks: accounts, currencies, codes that look like numbers, Korean names."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from books import Rows, write_book

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ("세계 주식", "국고채 10년", "Gold", "@SUM", "배당주", "S&P 500 <TR>", "현금성", "+Plus Fund", "0050")


def write_family(
    path: Path, seed: int, assets: int | None = None, currencies: tuple[str, ...] = ("KRW", "USD"), country: str = ""
) -> Path:
    """Write a family's workbook; the same seed gives the same family."""
    rng = random.Random(seed)
    count = assets or rng.randint(2, 9)
    accounts = [f"계좌{n}" if n % 2 else f"Broker {n}" for n in range(rng.randint(1, 3))]
    codes = [f"{rng.randint(1, 99999):06}" if rng.random() < 0.6 else f"T{number}" for number in range(count)]
    codes = [f"{code}{number}" if codes.index(code) != number else code for number, code in enumerate(codes)]
    money = {code: rng.choice(currencies) for code in codes}
    price = {
        code: rng.randint(900, 90_000) if money[code] == "KRW" else rng.randint(500, 60_000) / 100 for code in codes
    }
    tables: dict[str, Rows] = {
        "Holdings": _holdings(rng, accounts, codes, money, price),
        "Targets": _targets(rng, codes, money, price),
        "Accounts": (
            ("Account", "Currency", "Cash", "Fractional", "Commission"),
            *(
                (name, "KRW", rng.randint(0, 3_000_000), rng.choice(["yes", None]), rng.choice([None, 0.001]))
                for name in accounts
            ),
        ),
        "FX": (("Currency", "Rate"), ("USD", 1387.5)),
        "Settings": (
            ("Setting", "Value"),
            ("base_currency", "KRW"),
            ("last_rebalanced", "2026-01-02"),
            ("min_trade_amount", rng.choice([0, 50_000])),
            ("tax_country", country or rng.choice(["none", "none", "KR"])),
            ("fx_spread", rng.choice([0, 0.002])),
        ),
    }
    return write_book(path, tables, as_tables=bool(seed % 3))


def _holdings(rng: random.Random, accounts: list[str], codes: list[str], money: Any, price: Any) -> Rows:
    rows = [
        (account, code, rng.randint(1, 300), price[code], money[code], round(price[code] * rng.uniform(0.7, 1.3), 2))
        for account in accounts
        for code in codes
        if rng.random() < 0.7
    ]
    first = (accounts[0], codes[0], 10, price[codes[0]], money[codes[0]], price[codes[0]])
    return (("Account", "Code", "Quantity", "Price", "Currency", "Avg cost"), *(rows or [first]))


def _targets(rng: random.Random, codes: list[str], money: Any, price: Any) -> Rows:
    parts = [rng.randint(1, 20) for _ in codes]
    shares = [part * 1000 // sum(parts) for part in parts]
    shares[0] += 1000 - sum(shares)
    rows = [
        (
            "growth" if number % 2 else "safety",
            _NAMES[number % len(_NAMES)],
            code,
            share / 1000,
            price[code],
            money[code],
            "overseas_listed" if money[code] == "USD" else "kr_other_etf",
        )
        for number, (code, share) in enumerate(zip(codes, shares, strict=True))
    ]
    return (("Group", "Name", "Code", "Target", "Price", "Currency", "Tax class"), *rows)
