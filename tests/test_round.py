"""The round of a family's year, in every template: new, update, clear, update, record, prices, import, share."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import cells_of, mark_executed, tables_of, xlrebal
from test_sharing import everything

from xlrebal.files import templates
from xlrebal.tables.contract.results import RESULTS
from xlrebal.tables.contract.schema import ACCOUNTS, HOLDINGS, LOTS, TARGETS, TRADES, Table
from xlrebal.tables.write.languages import header_of

ROUNDS = [(info.name, language) for info in templates.available() for language in info.languages]
FIRST, SECOND = "2026-11-17", "2026-11-18"
PRIVATE = (HOLDINGS, ACCOUNTS, LOTS, TRADES)
KEPT = {"History", "RuleChanges"}
OWNER = "박서연"

Tables = dict[str, list[dict[str, Any]]]


class Family:
    """A workbook and what its tables held when it was looked at last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tables: Tables = {}

    def does(self, command: str, *options: object) -> None:
        """Run a command that must succeed, and look."""
        run = xlrebal(command, self.path, *options)
        assert run.status == 0, (command, run.err)
        self.look()

    def look(self) -> None:
        self.tables = tables_of(self.path)

    def inputs(self, table: Table) -> list[dict[str, Any]]:
        """The rows of an input by the keys of its columns, whatever its language."""
        keys = {name: field.key for field in table.fields for name in field.headers}
        return [{keys[name]: value for name, value in row.items()} for row in self.tables[table.name]]

    def orders(self) -> list[dict[str, Any]]:
        """The orders by the English headers."""
        names = ("Account", "Code", "Action", "Quantity", "Status")
        return [{n: row.get(n, row.get(header_of("Orders", n).korean)) for n in names} for row in self.tables["Orders"]]

    def filled_results(self) -> set[str]:
        return {name for name in RESULTS if self.tables.get(name)}

    def units(self) -> dict[tuple[str, str], float]:
        """Units held, by account and code."""
        found: dict[tuple[str, str], float] = {}
        for row in self.inputs(HOLDINGS):
            key = (row["account"], row["code"])
            found[key] = found.get(key, 0) + (row["quantity"] or 0)
        return {key: count for key, count in found.items() if count}


def fill(path: Path, changes: dict[Table, dict[str, Any]], *, rows: int | None = None) -> None:
    """Write into the columns of inputs, into the first rows or all that are in use; a function makes new from old."""
    book = openpyxl.load_workbook(path)
    for table, values in changes.items():
        head, *lines = cells_of(book, table.name)
        for key, value in values.items():
            column = next(n for n, cell in enumerate(head) if cell.value in table.field(key).headers)
            for line in lines[:rows]:
                if rows or any(cell.value is not None for cell in line):
                    line[column].value = value(line[column].value) if callable(value) else value
    book.save(path)


def name_the_family(family: Family) -> list[str]:
    """Give accounts and owners names of a real family, and more cash; return what is private."""
    family.look()
    names = {row["account"]: f"{OWNER}의 {n}번 계좌" for n, row in enumerate(family.inputs(ACCOUNTS), 1)}

    def named(old: Any) -> Any:
        return names.get(old, old)

    rich = {"account": named, "owner": OWNER, "cash": lambda old: (old or 0) + 7_654_321}
    fill(family.path, {table: {"account": named} for table in PRIVATE} | {ACCOUNTS: rich})
    family.look()
    return [*names.values(), OWNER]


def moved(orders: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """What orders do to the units held."""
    found: dict[tuple[str, str], float] = {}
    for order in orders:
        key, sign = (order["Account"], order["Code"]), 1 if order["Action"] in ("BUY", "매수") else -1
        found[key] = found.get(key, 0) + sign * order["Quantity"]
    return found


def write_csv(file: Path, *rows: tuple[Any, ...]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return file


def currency_of(family: Family, held: dict[str, Any]) -> str:
    by_code = {row["code"]: row["currency"] for row in family.inputs(TARGETS)}
    own = next(row["currency"] for row in family.inputs(ACCOUNTS) if row["account"] == held["account"])
    return str(held["currency"] or by_code[held["code"]] or own)


def new_prices(family: Family, file: Path) -> Path:
    """A file with the price of everything that is held, one unit of its currency higher."""
    rows = {
        row["code"]: (row["code"], float(row["price"]) + 1, currency_of(family, row), SECOND)
        for row in family.inputs(HOLDINGS)
    }
    return write_csv(file, ("Code", "Price", "Currency", "Date"), *rows.values())


def balance(family: Family, account: str, file: Path) -> Path:
    """A broker's list of an account: one unit more of everything."""
    rows = [
        (row["code"], row["name"], row["quantity"] + 1, row["price"], currency_of(family, row))
        for row in family.inputs(HOLDINGS)
        if row["account"] == account and row["quantity"]
    ]
    return write_csv(file, ("Symbol", "Name", "Quantity", "Price", "Currency"), *rows)


def figures(family: Family) -> set[str]:
    """Figures of the family that are long enough to mean something, and stand in no rule."""
    shared = {str(value) for row in family.inputs(TARGETS) for value in row.values()}
    found = {str(row["cash"]) for row in family.inputs(ACCOUNTS)}
    found |= {str(row["average_cost"]) for row in family.inputs(HOLDINGS)}
    found |= {str(row.get("Total value", row.get("총 평가액"))) for row in family.tables["History"]}
    return {text for text in found if len(text) >= 7} - shared


@pytest.mark.parametrize(("template", "language"), ROUNDS)
def test_the_round_ends_in_a_copy_without_anything_private(tmp_path: Path, template: str, language: str) -> None:
    family = Family(tmp_path / "family.xlsx")
    plan = ("update", "--as-of", FIRST, "--now", "--override", "first plan")
    assert xlrebal("new", family.path, "--template", template, "--lang", language).status == 0
    private = name_the_family(family)

    family.does(*plan)
    results, orders = family.filled_results(), family.orders()
    family.does("clear")
    assert family.filled_results() == KEPT & results
    family.does(*plan)
    assert (family.filled_results(), family.orders()) == (results, orders)
    assert orders

    held = family.units()
    mark_executed(family.path)
    family.does("record", "--date", FIRST, "--note", f"{OWNER} 첫 리밸런싱")
    change = moved(orders)
    assert family.units() == {k: left for k in held | change if (left := held.get(k, 0) + change.get(k, 0))}
    assert {order["Status"] for order in family.orders()} == {"기록됨" if language == "ko" else "recorded"}

    old = {(row["account"], row["code"]): row["price"] for row in family.inputs(HOLDINGS)}
    family.does("prices", "--csv", new_prices(family, tmp_path / "prices.csv"), "--yes")
    new = {(row["account"], row["code"]): row["price"] for row in family.inputs(HOLDINGS)}
    assert new == {key: price + 1 for key, price in old.items()}

    account, held = next(iter(family.units()))[0], family.units()
    export = balance(family, account, tmp_path / "balance.csv")
    family.does("import", export, "--account", account, "--yes")
    assert family.units() == {key: count + (key[0] == account) for key, count in held.items()}

    copy = Family(tmp_path / "shared.xlsx")
    family.does("share", copy.path)
    copy.look()
    text = everything(copy.path).decode("utf-8", "ignore")
    assert [word for word in [*private, *figures(family)] if word in text] == []
    assert copy.inputs(TARGETS) == family.inputs(TARGETS)
    assert not any(copy.tables[table.name] for table in PRIVATE)
    assert not copy.filled_results()
    assert openpyxl.load_workbook(copy.path).sheetnames == openpyxl.load_workbook(family.path).sheetnames
    goes_on(copy)


def goes_on(copy: Family) -> None:
    """Whoever gets the copy fills in what is held there, and uses it."""
    assert "nothing is held" in xlrebal("update", copy.path, "--lang", "en").err
    target = next(row for row in copy.inputs(TARGETS) if row["weight"])
    held = {"account": "Mine", "code": target["code"], "quantity": 10, "price": 100}
    mine = {"account": "Mine", "cash": 50_000_000, "type": "taxable"}
    fill(copy.path, {HOLDINGS: held, ACCOUNTS: mine}, rows=1)
    assert xlrebal("check", copy.path, "--as-of", SECOND).status in (0, 10)
    copy.does("update", "--as-of", SECOND)
    assert copy.filled_results() >= {"Drift", "Summary", "History"}
    copy.does("clear")
