"""Draw the pictures of the documentation from the shipped templates, with LibreOffice.

Each picture is a part of the first printed page of a sheet.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from render import render_pdf

from xlrebal import app
from xlrebal.excel import messages
from xlrebal.language import ENGLISH, KOREAN
from xlrebal.workbook.cells import Cell
from xlrebal.workbook.headless import HeadlessWorkbook
from xlrebal.workbook.ooxml.book import Book

ROOT = Path(__file__).resolve().parent.parent
DAY = dt.datetime(2026, 4, 1, 9, 12).astimezone()
DPI = 100
# Where the templates' Dashboard has the message of a button (row, column).
MESSAGE_CELL = (3, 2)


@dataclass(frozen=True)
class Picture:
    """A part of a page: left, top, width and height in hundredths of an inch."""

    name: str
    template: str
    sheet: str
    part: tuple[int, int, int, int]
    button: bool = False


PICTURES = (
    Picture("dashboard", "core-satellite.xlsx", "Dashboard", (40, 40, 770, 745)),
    Picture("dashboard.ko", "core-satellite.ko.xlsx", "한눈에 보기", (40, 40, 770, 745)),
    Picture("buttons", "core-satellite.xlsm", "Dashboard", (40, 40, 770, 240), button=True),
    Picture("buttons.ko", "core-satellite.ko.xlsm", "한눈에 보기", (40, 40, 770, 240), button=True),
    Picture("orders", "core-satellite.xlsx", "Orders", (40, 35, 1080, 125)),
    Picture("orders.ko", "core-satellite.ko.xlsx", "주문", (40, 35, 1080, 125)),
)


def main() -> None:
    """Draw the pictures whose names are given, or all."""
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                print(draw(picture, Path(folder)))


def draw(picture: Picture, folder: Path) -> Path:
    """Update a copy of the template and cut the picture out of the sheet's page."""
    book = folder / picture.template
    shutil.copyfile(ROOT / "workbook_templates" / picture.template, book)
    outcome = app.update(HeadlessWorkbook(book), app.Request(as_of=DAY.date()))
    if picture.button:
        language = ENGLISH if picture.sheet == "Dashboard" else KOREAN
        told = messages.updated(outcome, language).at(DAY, messages.UPDATE)
        _tell(book, picture.sheet, told.cell)
    pdf = render_pdf(book, folder)
    page = str(_page_of(pdf, picture.sheet))
    left, top, width, height = (str(n * DPI // 100) for n in picture.part)
    goal = ROOT / "docs" / "images" / picture.name
    cut = ["-x", left, "-y", top, "-W", width, "-H", height, "-f", page, "-l", page, "-singlefile"]
    subprocess.run(["pdftoppm", "-r", str(DPI), "-png", *cut, str(pdf), str(goal)], check=True)
    return goal.with_name(goal.name + ".png")


def _page_of(pdf: Path, sheet: str) -> int:
    """The first page in whose footer the sheet's name stands; a long sheet has several."""
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    footers = [page.strip().splitlines()[-1:] for page in text.split("\f")]
    return 1 + next(number for number, line in enumerate(footers) if line and line[0].split("  ")[0].strip() == sheet)


def _tell(path: Path, sheet: str, text: str) -> None:
    """Put a button's message into its cell, and let the buttons be printed."""
    book = Book(path)
    with closing(book.package):
        entry = book.entry(sheet)
        opened = book.open_sheet(entry)
        opened.set(*MESSAGE_CELL, Cell(text, "General"), None)
        book.package.put(entry.part, opened.root)
        book.flush()
        book.package.save(path)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data.replace(b"PrintObject>False", b"PrintObject>True"))


if __name__ == "__main__":
    main()
