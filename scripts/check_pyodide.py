"""Prove that an update through xlwings runs with pure Python alone: inside Pyodide, as xlwings Lite does in Excel.

Needs Node. The same workbooks are updated in Pyodide, over an xlwings engine that is only a dictionary and over that
of Lite itself, and here by the headless command; the orders must be the same. Pyodide, the wheels and everything else
go to a temporary folder.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

ROOT = Path(__file__).resolve().parent.parent
PYODIDE = "pyodide@314.0.7"
# What xlwings Lite installs for xlrebal: pure wheels, none of them compiled.
WHEELS = ("xlwings", "holidays", "python-dateutil", "six")
DAY = "2026-05-04"

RUNNER = """
import { loadPyodide } from "./package/pyodide.mjs";
import fs from "node:fs";
const python = await loadPyodide({ indexURL: process.cwd() + "/package/" });
for (const name of fs.readdirSync("wheels")) {
  python.unpackArchive(new Uint8Array(fs.readFileSync("wheels/" + name)), "wheel");
}
python.FS.writeFile("/home/pyodide/memory.py", fs.readFileSync("memory.py", "utf8"));
for (const name of ["books.json", "payloads.json"]) {
  python.FS.writeFile("/home/pyodide/" + name, fs.readFileSync(name, "utf8"));
}
try {
  fs.writeFileSync("result.json", python.runPython(fs.readFileSync("inside.py", "utf8")));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
"""

INSIDE = f"""
import datetime as dt, json, os, sys
sys.path.insert(0, "/home/pyodide")
import memory
from xlrebal import excel

def orders(data):
    book = memory.make_book(data)
    message = excel.act(book, "rebalance_now", dt.date.fromisoformat("{DAY}"))
    memory.deliver(book)
    tables = [t for s in book.sheets for t in s.tables if t.name == "Orders"]
    return {{"message": message, "orders": tables[0].range.options(ndim=2).value[1:] if tables else None}}

def queued(payload):
    # What the engine of Lite is told to do; its key is for what is not commercial, such as this check.
    os.environ["XLWINGS_LICENSE_KEY"] = "noncommercial"
    import xlwings as xw
    from xlwings.pro import _xlremote
    opened = xw.Engine(impl=_xlremote.engine).apps.active.books.open(json=payload)
    book = xw.Book(impl=opened.impl)
    message = excel.act(book, "rebalance_now", dt.date.fromisoformat("{DAY}"))
    return {{"message": message, "actions": book.json()["actions"]}}

heavy = sorted(m for m in ("numpy", "pandas", "lxml", "openpyxl") if m in sys.modules)
json.dumps({{"python": sys.version.split()[0], "platform": sys.platform, "heavy": heavy,
            "plans": [orders(data) for data in json.load(open("/home/pyodide/books.json"))],
            "lite": [queued(data) for data in json.load(open("/home/pyodide/payloads.json"))]}})
"""


def main() -> None:
    """Run the comparison; exits with 1 when a plan differs."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        sys.exit("Node and npm are needed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        books = make_books(folder)
        prepare(folder)
        (folder / "books.json").write_text(json.dumps([as_data(path) for path in books]), encoding="utf-8")
        (folder / "payloads.json").write_text(json.dumps([payload(path) for path in books]), encoding="utf-8")
        run("node", "run.mjs", folder=folder)
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        expected = [headless_orders(path) for path in books]
        lite = [carried_out(path, one) for path, one in zip(books, result["lite"], strict=True)]
    print(f"Pyodide: Python {result['python']} on {result['platform']}; compiled packages: {result['heavy'] or 'none'}")
    for path, plan, own, orders in zip(books, result["plans"], lite, expected, strict=True):
        found = [signature(row) for row in plan["orders"] or ()]
        same = found == orders and own == orders
        print(f"{path.name}: {len(orders)} orders, {'the same twice' if same else 'DIFFERENT: ' + plan['message']}")
        if not same:
            sys.exit(1)


def make_books(folder: Path) -> list[Path]:
    """Return the template and some random families as workbooks."""
    sys.path.insert(0, str(ROOT / "tests"))
    from live.families import write_family

    books = [folder / "template.xlsx"]
    shutil.copyfile(ROOT / "workbook_templates" / "core-satellite.xlsx", books[0])
    # Families without a tax country: its rules are YAML, which Pyodide brings as a build of its own.
    for seed in range(40):
        path = write_family(folder / f"family{seed}.xlsx", seed)
        if openpyxl.load_workbook(path)["Settings"]["B5"].value == "none":
            books.append(path)
    return books


def prepare(folder: Path) -> None:
    """Fetch Pyodide and the wheels, and put the programs in place."""
    run("npm", "pack", "--silent", PYODIDE, folder=folder)
    with tarfile.open(next(folder.glob("pyodide-*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    pure = ("--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none", "--no-deps")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "download", *pure, "--dest", "wheels", *WHEELS, folder=folder)
    run(*pip, "wheel", "--no-deps", "--wheel-dir", "wheels", ROOT, folder=folder)
    shutil.copyfile(ROOT / "tests" / "live" / "memory.py", folder / "memory.py")
    (folder / "run.mjs").write_text(RUNNER, encoding="utf-8")
    (folder / "inside.py").write_text(INSIDE, encoding="utf-8")


def run(*command: object, folder: Path) -> None:
    """Run a program in the folder; its failure is ours."""
    done = subprocess.run([str(part) for part in command], cwd=folder, check=False)
    if done.returncode:
        sys.exit(f"failed: {command[0]}")


def as_data(path: Path) -> dict[str, Any]:
    """Return a workbook's cells and tables as plain data."""
    book = openpyxl.load_workbook(path, data_only=True)
    sheets, tables = {}, {}
    for sheet in book:
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None or cell.has_style]
        sheets[sheet.title] = [[c.row, c.column, plain(c.value), c.number_format] for c in cells]
        for table in sheet.tables.values():
            left, top, right, bottom = range_boundaries(table.ref)
            tables[table.name] = [sheet.title, top, left, bottom, right]
    return {"sheets": sheets, "tables": tables}


def plain(value: Any) -> Any:
    """Dates as text that the engine turns back."""
    return f"@date:{value.isoformat()}" if isinstance(value, (dt.datetime, dt.date)) else value


def payload(path: Path) -> dict[str, Any]:
    """Return what Lite hands to a script."""
    from live.remote import payload_of

    return payload_of(path)


def carried_out(path: Path, told: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Do to a copy what the engine of Lite was told, and return the orders."""
    from live.remote import Replay

    copy = path.with_name(f"lite-{path.name}")
    shutil.copyfile(path, copy)
    Replay(copy).do(told["actions"])
    book = openpyxl.load_workbook(copy)
    sheet = next(sheet for sheet in book.worksheets if "Orders" in sheet.tables)
    rows = list(sheet.iter_rows(min_row=2, max_row=range_boundaries(sheet.tables["Orders"].ref)[3], values_only=True))
    return [signature(list(row)) for row in rows]


def headless_orders(path: Path) -> list[tuple[Any, ...]]:
    """Return the orders of the headless command."""
    command = [sys.executable, "-m", "xlrebal", "update", str(path), "--now", "--as-of", DAY, "--json", "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return [
        (o["account"], o["action"], o["code"], o["quantity"], o["amount"], o["reason"])
        for o in json.loads(done.stdout)["orders"]
    ] or [(None, None, None, None, None)]


def signature(row: list[Any]) -> tuple[Any, ...]:
    """The same figures of a row of the sheet."""
    return (row[1], row[2], row[4], row[5], row[8], row[13])


if __name__ == "__main__":
    main()
