"""Count what a press of a button costs: calls into the spreadsheet program, and what travels in xlwings Lite.

Reads and writes are the calls that take time in Excel (a table's place, values, formats, a copy, a resize); all calls
also count names, addresses and ranges. Needs LibreOffice with its Python bindings.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import shutil
import sys
import tempfile
from collections import Counter
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
FIRST, SECOND, THIRD = dt.date(2026, 11, 16), dt.date(2026, 12, 16), dt.date(2027, 1, 4)
TEMPLATES = ("core-satellite.xlsx", "korean-family.xlsx", "us-family.xlsx")


class Calls:
    """Counts calls into an engine from outside; what the engine asks of itself does not count."""

    def __init__(self) -> None:
        self.count, self._depth = 0, 0

    def watch(self, module: Any) -> None:
        """Count every method and property of the engine's classes."""
        for _, one in inspect.getmembers(module, inspect.isclass):
            if one.__module__ == module.__name__ and one.__name__ not in ("Meter", "CalcEngine", "Office"):
                for name, member in list(vars(one).items()):
                    if isinstance(member, property):
                        parts = [self._counted(f) if f else None for f in (member.fget, member.fset)]
                        setattr(one, name, property(*parts))
                    elif inspect.isfunction(member) and name != "__init__":
                        setattr(one, name, self._counted(member))

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def counted(*args: Any, **named: Any) -> Any:
            self.count += not self._depth
            self._depth += 1
            try:
                return function(*args, **named)
            finally:
                self._depth -= 1

        return counted


def main() -> None:
    """Print one line for each workbook and button."""
    sys.path.insert(0, str(ROOT / "tests"))
    from live import calc

    if not calc.find_uno():
        sys.exit("the UNO bindings for this Python are not installed (python3-uno)")
    calls = Calls()
    calls.watch(calc)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office = calc.Office(folder)
        calc.register(office.desktop)
        try:
            print(f"{'':36}{'tables':>7}{'reads+writes':>14}{'all calls':>11}   kinds")
            for path in workbooks(folder):
                on_the_desktop(path, calls)
        finally:
            office.close()
        print(f"\n{'':36}{'payload':>10}{'actions':>9}{'answer':>10}   bytes; kinds of action")
        for path in workbooks(folder):
            in_lite(path)


def workbooks(folder: Path) -> list[Path]:
    """Return families of 4, 12 and 60 assets and some templates, updated once."""
    from books import xlrebal
    from live.families import write_family

    made = [
        write_family(folder / f"{count} assets.xlsx", 1, assets=count, currencies=("KRW",), country="KR")
        for count in (4, 12, 60)
    ]
    made += [folder / name for name in TEMPLATES]
    for name in TEMPLATES:
        shutil.copyfile(ROOT / "workbook_templates" / name, folder / name)
    for path in made:
        assert xlrebal("update", path, "--as-of", FIRST).status == 0
        raise_prices(path)
    return made


def raise_prices(path: Path) -> None:
    """Change every price, each by another share, so that every figure of the results changes."""
    book = openpyxl.load_workbook(path)
    for sheet in (book["Holdings"], book["Targets"]):
        header = next(row for row in sheet.iter_rows() if "Price" in [cell.value for cell in row])
        column = next(cell.column for cell in header if cell.value == "Price")
        for row in range(header[0].row + 1, sheet.max_row + 1):
            cell = sheet.cell(row, column)
            if isinstance(cell.value, (int, float)):
                cell.value = round(cell.value * (1 + row % 7 / 20), 2)
    book.save(path)


def on_the_desktop(path: Path, calls: Calls) -> None:
    """Press the buttons one after the other."""
    import xlwings as xw
    from live import calc

    from xlrebal import excel

    book = xw.Book(str(path))
    tables = sum(len(sheet.tables) for sheet in book.sheets)
    for action, day in (("rebalance_now", SECOND), ("check", THIRD), ("clear_results", THIRD), ("update", THIRD)):
        calc.METER.calls.clear()
        calls.count = 0
        excel.act(book, action, day)
        kinds = ", ".join(f"{count} {kind}" for kind, count in calc.METER.calls.items())
        print(f"{path.stem + ': ' + action:36}{tables:>7}{calc.METER.total:>14}{calls.count:>11}   {kinds}", flush=True)
    book.impl.close()


def in_lite(path: Path) -> None:
    """Say how much a script of Lite gets and answers."""
    from live.remote import book_of, payload_of

    from xlrebal import excel

    size = len(json.dumps(payload_of(path)))
    for action in ("rebalance_now", "check", "clear_results"):
        book = book_of(path)
        excel.act(book, action, SECOND)
        actions = book.json()["actions"]
        kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(one["func"] for one in actions).items())
        answer = len(json.dumps(book.json()))
        print(f"{path.stem + ': ' + action:36}{size:>10,}{len(actions):>9}{answer:>10,}   {kinds}")


if __name__ == "__main__":
    main()
