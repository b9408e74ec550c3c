"""Small workbooks for tests, written as a user would: one sheet a table."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.worksheet.table import Table

from xlrebal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from xlrebal.workbook.port import WorkbookPort

Rows = Sequence[Sequence[Any]]

HOLDINGS: Rows = (
    ("Account", "Code", "Name", "Quantity", "Price", "Avg cost"),
    ("Main", "069500", "Korea", 100, 35000, 40000),
    ("Main", "360750", "World", 200, 20000, 15000),
)
TARGETS: Rows = (
    ("Group", "Name", "Code", "Target", "Min", "Max", "Price"),
    ("core", "Korea", "069500", 0.4, 0.3, 0.5, 35000),
    ("core", "World", "360750", 0.6, 0.5, 0.7, 20000),
)
SETTINGS: Rows = (
    ("Setting", "Value"),
    ("base_currency", "KRW"),
    ("last_rebalanced", "2026-01-02"),
)
FAMILY: Mapping[str, Rows] = {"Holdings": HOLDINGS, "Targets": TARGETS, "Settings": SETTINGS}


def settings(**values: Any) -> Rows:
    """A Settings sheet with these settings on top of the usual ones."""
    usual = dict(SETTINGS[1:]) | values
    return (SETTINGS[0], *usual.items())


def replaced(rows: Rows, cell: str, value: Any) -> Rows:
    """Rows with one cell changed, such as ``D2``."""
    column, row = ord(cell[0]) - 65, int(cell[1:]) - 1
    changed = [list(r) for r in rows]
    changed[row][column] = value
    return changed


def write_book(path: Path, tables: Mapping[str, Rows] = FAMILY, *, as_tables: bool = False) -> Path:
    """Write a workbook; ``as_tables`` makes each sheet's block an Excel table of its name."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if as_tables:
            reference = f"A1:{chr(64 + len(rows[0]))}{len(rows)}"
            sheet.add_table(Table(displayName=name, ref=reference))
    book.save(path)
    return path


def cells_of(book: openpyxl.Workbook, name: str) -> list[tuple[Any, ...]]:
    """The cells, row by row, of the Excel table of this name, else of the sheet of this name."""
    sheet = next((sheet for sheet in book if name in sheet.tables), None)
    if sheet is not None:
        return list(sheet[sheet.tables[name].ref])
    return list(book[name].iter_rows())


def values_of(path: Path, name: str) -> list[list[Any]]:
    """The values of an Excel table or a sheet, its header first; rows in which nothing stands are left out."""
    return _filled([cell.value for cell in row] for row in cells_of(openpyxl.load_workbook(path), name))


def rows_of(path: Path, name: str) -> list[dict[str, Any]]:
    """The same as dictionaries by header."""
    return _by_header(values_of(path, name))


def tables_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every Excel table of a workbook by its name, as ``rows_of`` gives them."""
    book = openpyxl.load_workbook(path)
    names = [name for sheet in book for name in sheet.tables]
    return {name: _by_header(_filled([c.value for c in row] for row in cells_of(book, name))) for name in names}


def rows_in(book: WorkbookPort, name: str) -> list[dict[str, Any]]:
    """The rows of a table or a sheet as an open workbook reads them, as ``rows_of``; none where it is not there."""
    grids = book.read({name: (name,)})
    if name not in grids:
        return []
    # Trailing blank cells of a row may be left out.
    width = len(grids[name].rows[0])
    return _by_header(_filled([cell.value for cell in row] + [None] * (width - len(row)) for row in grids[name].rows))


def _filled(rows: Iterable[list[Any]]) -> list[list[Any]]:
    return [row for row in rows if any(value is not None for value in row)]


def _by_header(rows: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def mark_executed(
    path: Path, orders: Sequence[int] | None = None, table: str = "Orders", word: str = "executed", **changes: Any
) -> None:
    """Mark orders as executed, as a person does in Excel, in a workbook of either language.

    Args:
        path: The workbook.
        orders: Which ones, counted from 1; None: all of them.
        table: The table they stand in, ``Orders`` or ``Harvest``.
        word: The mark.
        changes: Cells to correct, by header and number of the order: ``Quantity2``, ``FX_rate1``.

    """
    book = openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")
    header, *rows = cells_of(book, table)
    column = {cell.value: number for number, cell in enumerate(header)}
    status = column["Status" if "Status" in column else "상태"]
    for row in rows if orders is None else [rows[number - 1] for number in orders]:
        row[status].value = word
    for name, value in changes.items():
        rows[int(name[-1]) - 1][column[name[:-1].replace("_", " ")]].value = value
    book.save(path)


@dataclass(frozen=True)
class Run:
    """What a run of the command line gave."""

    status: int
    out: str
    err: str
    data: Any = field(default=None)


def xlrebal(*arguments: object) -> Run:
    """Run the command line in this process; ``data`` is the JSON it printed, if any."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
    data = json.loads(out.getvalue()) if "--json" in arguments and out.getvalue() else None
    return Run(status, out.getvalue(), err.getvalue(), data)


def texts_of(found: Any) -> Any:
    """Objects of the JSON without the kinds and figures of their texts."""
    rows = found if isinstance(found, list) else [found]
    plain = [{k: v for k, v in row.items() if not k.endswith(("kind", "figures"))} for row in rows]
    return plain if isinstance(found, list) else plain[0]
