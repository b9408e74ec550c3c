"""LibreOffice Calc as an engine of xlwings, over UNO: the button functions run through the real xlwings API.

Only what the live adapter and its tests need is there; anything else raises ``NotImplementedError`` through xlwings'
own base classes. ``Meter`` counts what would be calls into Excel.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import xlwings as xw
from xlwings import base_classes as base
from xlwings import utils

_DAY_ZERO = dt.datetime(1899, 12, 30)
_DATE, _LOGICAL = 2 | 4, 1024
_VALUES = 1 | 2 | 4 | 16  # numbers, dates, text, formulas
_EVERYTHING = 1023
_ERRORS = {502: "#VALUE!", 503: "#NUM!", 519: "#VALUE!", 524: "#REF!", 525: "#NAME?", 532: "#DIV/0!", 32767: "#N/A"}
# Text that Excel would turn into something else unless its cell is formatted as text.
_COERCED = re.compile(
    r"^\s*([=+@-].*|[\d,.]*\d[\d,.]*(e[+-]?\d+)?%?|\d+[-/]\d+([-/]\d+)?)\s*$", re.IGNORECASE | re.DOTALL
)


class FormulaError(AssertionError):
    """Excel would take this text for a formula."""


class Meter:
    """Counts calls into the program by what they do."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def tick(self, name: str) -> None:
        self.calls[name] += 1

    @property
    def total(self) -> int:
        return sum(self.calls.values())


METER = Meter()


def find_uno() -> bool:
    """Make the system's UNO bindings importable; False where there are none for this Python."""
    for folder in ("/usr/lib/python3/dist-packages", "/usr/lib/libreoffice/program"):
        if (Path(folder) / "uno.py").exists() and folder not in sys.path:
            sys.path.append(folder)
    try:
        import uno  # noqa: F401
    except ImportError:
        return False
    return True


class Office:
    """A LibreOffice of its own, without windows, with a profile in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        accept = f"--accept=socket,host=127.0.0.1,port={self.port};urp;"
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        program = shutil.which("soffice") or "soffice"
        command = [program, "--headless", "--norestore", "--nologo", profile, accept]
        environment = {**os.environ, "HOME": str(folder)}
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        self.desktop = self._connect()

    def _connect(self) -> Any:
        import uno
        from com.sun.star.connection import NoConnectException

        context = uno.getComponentContext()
        resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
        address = f"uno:socket,host=127.0.0.1,port={self.port};urp;StarOffice.ComponentContext"
        for _ in range(300):
            try:
                remote = resolver.resolve(address)
                return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
            except NoConnectException:
                time.sleep(0.2)
        raise TimeoutError("LibreOffice did not start")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)


def register(desktop: Any) -> xw.Engine:
    """Add the engine to xlwings and make it the active one."""
    engine = xw.Engine(impl=CalcEngine(desktop))
    xw.engines.add(engine)
    engine.activate()
    return engine


def _properties(**values: Any) -> tuple[Any, ...]:
    from com.sun.star.beans import PropertyValue

    made = []
    for name, value in values.items():
        item = PropertyValue()
        item.Name, item.Value = name, value
        made.append(item)
    return tuple(made)


class CalcEngine:
    name = "calc"
    type = "desktop"

    def __init__(self, desktop: Any) -> None:
        self.apps = Apps(self, desktop)

    @staticmethod
    def clean_value_data(
        data: Any, datetime_builder: Any, empty_as: Any, number_builder: Any, err_to_str: bool
    ) -> list[list[Any]]:
        def clean(value: Any) -> Any:
            if value is None or value == "":
                return empty_as
            if isinstance(value, ErrorText):
                return str(value) if err_to_str else None
            if isinstance(value, float) and not isinstance(value, bool) and number_builder is not None:
                return number_builder(value)
            return value

        return [[clean(value) for value in row] for row in data]

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        return "" if value is None else value


class ErrorText(str):
    """What Excel shows for an error."""


class Apps(base.Apps):
    def __init__(self, engine: CalcEngine, desktop: Any) -> None:
        self._app = App(engine, desktop)

    def __iter__(self) -> Any:
        return iter([self._app])

    def __len__(self) -> int:
        return 1

    def __getitem__(self, pid: Any) -> App:
        return self._app

    def keys(self) -> list[int]:
        return [1]

    def add(self, spec: Any = None, add_book: Any = None, xl: Any = None, visible: Any = None) -> App:
        return self._app


class App(base.App):
    screen_updating = enable_events = display_alerts = visible = True
    calculation = "automatic"
    status_bar = None
    version = "16.0"
    pid = 1

    def __init__(self, engine: CalcEngine, desktop: Any) -> None:
        self.engine, self.desktop = engine, desktop
        self.alerts: list[str] = []
        self._books = Books(self)

    books = property(lambda self: self._books)
    selection = property(lambda self: None)

    def alert(self, prompt: str, title: Any, buttons: Any, mode: Any, callback: Any) -> str:
        self.alerts.append(prompt)
        return "ok"

    def calculate(self) -> None:
        for book in self._books:
            book.document.calculateAll()


class Books(base.Books):
    def __init__(self, app: App) -> None:
        self.app, self._open = app, []

    def open(self, fullname: Any, *rest: Any, **more: Any) -> Book:
        import uno

        path = Path(fullname).resolve()
        how = _properties(Hidden=True, MacroExecutionMode=4)
        document = self.app.desktop.loadComponentFromURL(uno.systemPathToFileUrl(str(path)), "_blank", 0, how)
        if document is None:
            raise FileNotFoundError(path)
        document.calculateAll()
        self._open.append(Book(self, document, path))
        return self._open[-1]

    def forget(self, book: Book) -> None:
        self._open.remove(book)

    def __iter__(self) -> Any:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    def __call__(self, key: Any) -> Book:
        for number, book in enumerate(self._open, 1):
            if key in (number, book.name, book.fullname):
                return book
        raise KeyError(key)

    active = property(lambda self: self._open[-1] if self._open else None)


class Book(base.Book):
    def __init__(self, books: Books, document: Any, path: Path) -> None:
        self.books, self.document, self.path = books, document, path

    app = property(lambda self: self.books.app)
    api = property(lambda self: self.document)
    name = property(lambda self: self.path.name)
    fullname = property(lambda self: str(self.path))
    sheets = property(lambda self: Sheets(self))
    names = property(lambda self: Names(self))

    def activate(self) -> None:
        pass

    def close(self) -> None:
        self.document.close(True)
        self.books.forget(self)

    def run_macro(self, name: str) -> Any:
        """Run a Sub or Function of the workbook's own VBA project."""
        libraries = self.document.BasicLibraries
        libraries.loadLibrary("VBAProject")
        library = libraries.getByName("VBAProject")
        pattern = re.compile(rf"^\s*(public )?(sub|function)\s+{name}\b", re.IGNORECASE | re.MULTILINE)
        module = next(m for m in library.ElementNames if pattern.search(library.getByName(m)))
        address = f"vnd.sun.star.script:VBAProject.{module}.{name}?language=Basic&location=document"
        return self.document.getScriptProvider().getScript(address).invoke((), (), ())[0]


class Sheets(base.Sheets):
    def __init__(self, book: Book) -> None:
        self.book, self._sheets = book, book.document.Sheets

    def __len__(self) -> int:
        return self._sheets.Count

    def __iter__(self) -> Any:
        METER.tick("list sheets")
        return (self(number) for number in range(1, len(self) + 1))

    def __contains__(self, name: str) -> bool:
        return self._sheets.hasByName(name)

    def __call__(self, key: Any) -> Sheet:
        if isinstance(key, int):
            return Sheet(self.book, self._sheets.getByIndex(key - 1))
        if not self._sheets.hasByName(key):
            raise KeyError(key)
        return Sheet(self.book, self._sheets.getByName(key))

    active = property(lambda self: self(1))

    def add(self, before: Any = None, after: Any = None, name: str | None = None) -> Sheet:
        METER.tick("add sheet")
        place = after.index if after is not None else 0
        name = name or f"Sheet{len(self) + 1}"
        self._sheets.insertNewByName(name, place)
        return self(name)


class Sheet(base.Sheet):
    def __init__(self, book: Book, native: Any) -> None:
        self._book, self.native = book, native

    api = property(lambda self: self.native)
    book = property(lambda self: self._book)
    name = property(lambda self: self.native.Name)
    index = property(lambda self: self.native.RangeAddress.Sheet + 1)
    tables = property(lambda self: Tables(self))

    def activate(self) -> None:
        pass

    def delete(self) -> None:
        METER.tick("delete sheet")
        self._book.document.Sheets.removeByName(self.name)

    def clear(self) -> None:
        METER.tick("clear")
        self.native.clearContents(_EVERYTHING)

    def range(self, first: Any, second: Any = None) -> Range:
        if isinstance(first, str):
            first, second = utils.a1_to_tuples(first)
        if isinstance(first, tuple) and len(first) == 4:
            row, column, height, width = first
            first, second = (row, column), (row + height - 1, column + width - 1)
        (top, left), (bottom, right) = _corner(first), _corner(first if second is None else second, last=True)
        return Range(self, self.native.getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1))

    @property
    def cells(self) -> Range:
        return Range(self, self.native)

    @property
    def used_range(self) -> Range:
        METER.tick("used range")
        cursor = self.native.createCursor()
        cursor.gotoStartOfUsedArea(False)
        start = cursor.RangeAddress
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        return self.range((start.StartRow + 1, start.StartColumn + 1), (end.EndRow + 1, end.EndColumn + 1))


def _corner(place: Any, *, last: bool = False) -> tuple[int, int]:
    if isinstance(place, Range):
        height, width = place.shape
        return (place.row + height - 1, place.column + width - 1) if last else (place.row, place.column)
    return place


class Range(base.Range):
    options: ClassVar[dict[str, Any]] = {}
    has_array = False
    max_cells_per_read = max_cells_per_write = None
    row = column = shape = None

    def __init__(self, sheet: Sheet, native: Any) -> None:
        self._sheet, self.native = sheet, native
        place = native.RangeAddress
        self.row, self.column = place.StartRow + 1, place.StartColumn + 1
        self.shape = (place.EndRow - place.StartRow + 1, place.EndColumn - place.StartColumn + 1)

    sheet = property(lambda self: self._sheet)
    api = property(lambda self: self.native)
    coords = property(lambda self: (self._sheet.name, self.row, self.column, *self.shape))

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = (row - 1) // self.shape[1] + 1, (row - 1) % self.shape[1] + 1
        return self._sheet.range((self.row + row - 1, self.column + column - 1))

    @property
    def address(self) -> str:
        corners = [(self.row, self.column), (self.row + self.shape[0] - 1, self.column + self.shape[1] - 1)]
        texts = [f"${utils.col_name(column)}${row}" for row, column in corners]
        return texts[0] if len(self) == 1 else ":".join(texts)

    @property
    def raw_value(self) -> Any:
        METER.tick("read values")
        data = [list(row) for row in self.native.getDataArray()]
        self._show_types(data)
        return data

    def _show_types(self, data: list[list[Any]]) -> None:
        """Numbers that are dates or truth values by their format, and errors."""
        formats = self._sheet.book.document.NumberFormats
        groups = self.native.getUniqueCellFormatRanges()
        for number in range(groups.Count):
            group = groups.getByIndex(number)
            kind = formats.getByKey(group.getByIndex(0).NumberFormat).Type
            if kind & (_DATE | _LOGICAL):
                for row, column in self._places(group.RangeAddresses):
                    value = data[row][column]
                    if isinstance(value, float):
                        data[row][column] = bool(value) if kind & _LOGICAL else _DAY_ZERO + dt.timedelta(days=value)
        for row, column in self._places(self.native.queryFormulaCells(4).RangeAddresses):
            code = self.native.getCellByPosition(column, row).getError()
            data[row][column] = ErrorText(_ERRORS.get(code, f"#ERR{code}"))

    def _places(self, areas: Any) -> Any:
        for area in areas:
            for row in range(area.StartRow, area.EndRow + 1):
                for column in range(area.StartColumn, area.EndColumn + 1):
                    yield row - self.row + 1, column - self.column + 1

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        METER.tick("write values")
        if not isinstance(data, (list, tuple)):
            data = [[data] * self.shape[1]] * self.shape[0]
        formats = self.all_formats
        data = [
            [self._as_excel_keeps(value, shown) for value, shown in zip(row, line, strict=True)]
            for row, line in zip(data, formats, strict=True)
        ]
        self.native.setDataArray(tuple(tuple(_native(value) for value in row) for row in data))

    def _as_excel_keeps(self, value: Any, shown: str) -> Any:
        """A cell of text keeps text and makes text of a number; any other one makes a number of what looks like one."""
        if isinstance(value, ErrorText):
            return value
        if shown == "@":
            return f"{value:g}" if isinstance(value, float) else value
        if not isinstance(value, str) or not _COERCED.match(value):
            return value
        if value.strip()[0] in "=+@-":
            raise FormulaError(f"{self._sheet.name}!{self.address}: {value!r} in the format {shown}")
        with contextlib.suppress(ValueError):
            return float(value.replace(",", ""))
        return float(sum(map(ord, value)))  # a date or a share; which number does not matter

    @property
    def all_formats(self) -> list[list[str]]:
        """The format of every cell, for tests; not part of xlwings."""
        formats = self._sheet.book.document.NumberFormats
        found = [[""] * self.shape[1] for _ in range(self.shape[0])]
        groups = self.native.getUniqueCellFormatRanges()
        for number in range(groups.Count):
            group = groups.getByIndex(number)
            text = formats.getByKey(group.getByIndex(0).NumberFormat).FormatString
            for row, column in self._places(group.RangeAddresses):
                found[row][column] = text
        return found

    @property
    def formula(self) -> Any:
        METER.tick("read formulas")
        return self.native.getFormulaArray()

    @property
    def number_format(self) -> str | None:
        METER.tick("read formats")
        formats = self._sheet.book.document.NumberFormats
        groups = self.native.getUniqueCellFormatRanges()
        keys = {groups.getByIndex(number).getByIndex(0).NumberFormat for number in range(groups.Count)}
        texts = {formats.getByKey(key).FormatString for key in keys}
        return texts.pop() if len(texts) == 1 else None

    @number_format.setter
    def number_format(self, text: str) -> None:
        METER.tick("write formats")
        import uno

        formats = self._sheet.book.document.NumberFormats
        place = uno.createUnoStruct("com.sun.star.lang.Locale", "en", "US", "")
        key = formats.queryKey(text, place, False)
        self.native.NumberFormat = formats.addNew(text, place) if key < 0 else key

    def copy(self, destination: Any = None) -> None:
        METER.tick("copy")
        target = getattr(destination, "impl", destination)
        for row in range(1, target.shape[0] + 1):
            place = target(row, 1).native.getCellByPosition(0, 0).getCellAddress()
            self._sheet.native.copyRange(place, self.native.RangeAddress)

    def clear_contents(self) -> None:
        METER.tick("clear")
        self.native.clearContents(_VALUES)

    def autofit(self, axis: Any = None) -> None:
        METER.tick("autofit")
        self.native.Rows.OptimalHeight = True

    column_width = property(lambda self: 0.0, lambda self, width: self._set_width(width))
    wrap_text = property(
        lambda self: self.native.IsTextWrapped, lambda self, value: setattr(self.native, "IsTextWrapped", value)
    )
    color = property(
        lambda self: self.native.CellBackColor,
        lambda self, value: setattr(self.native, "CellBackColor", _colour(value)),
    )
    font = property(lambda self: Font(self.native))

    def _set_width(self, width: float) -> None:
        METER.tick("width")
        self.native.Columns.Width = int(width * 200)


class Font(base.Font):
    def __init__(self, native: Any) -> None:
        self._native = native

    color = property(lambda self: None, lambda self, value: setattr(self._native, "CharColor", _colour(value)))
    bold = property(
        lambda self: None, lambda self, value: setattr(self._native, "CharWeight", 150.0 if value else 100.0)
    )


def _colour(value: Any) -> int:
    if isinstance(value, str):
        return int(value.lstrip("#"), 16)
    return value[0] * 65536 + value[1] * 256 + value[2]


def _native(value: Any) -> Any:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, dt.datetime):
        return (value - _DAY_ZERO).total_seconds() / 86400
    return "" if value is None else value


class Names(base.Names):
    def __init__(self, book: Book) -> None:
        self._book, self._names = book, book.document.NamedRanges

    def __len__(self) -> int:
        return self._names.Count

    def contains(self, name: str) -> bool:
        return self._names.hasByName(name)

    def __call__(self, key: Any) -> Name:
        if not self._names.hasByName(key):
            raise KeyError(key)
        return Name(self._book, self._names.getByName(key))


class Name(base.Name):
    def __init__(self, book: Book, native: Any) -> None:
        self._book, self._native = book, native

    name = property(lambda self: self._native.Name)

    @property
    def refers_to_range(self) -> Range:
        cells = self._native.getReferredCells()
        return Range(Sheet(self._book, cells.Spreadsheet), cells)


class Tables(base.Tables):
    def __init__(self, sheet: Sheet) -> None:
        self._sheet, self._ranges = sheet, sheet.book.document.DatabaseRanges

    def _mine(self) -> list[Table]:
        everything = (self._ranges.getByName(name) for name in self._ranges.ElementNames)
        return [Table(self._sheet, r) for r in everything if r.DataArea.Sheet == self._sheet.index - 1]

    def __iter__(self) -> Any:
        METER.tick("list tables")
        return iter(self._mine())

    def __len__(self) -> int:
        return len(self._mine())

    def __contains__(self, name: str) -> bool:
        return any(table.name == name for table in self._mine())

    def __call__(self, key: Any) -> Table:
        if isinstance(key, int):
            return self._mine()[key - 1]
        return next(table for table in self._mine() if table.name == key)

    def add(self, source: Any = None, name: str | None = None, **more: Any) -> Table:
        METER.tick("add table")
        self._ranges.addNewByName(name, source.impl.native.RangeAddress)
        return self(name)


class Table(base.Table):
    parent = None

    def __init__(self, sheet: Sheet, native: Any) -> None:
        self._sheet, self._native, self.parent = sheet, native, sheet

    name = property(lambda self: self._native.Name)
    show_totals = property(lambda self: bool(self._native.TotalsRow))
    show_table_style_row_stripes = property(lambda self: False, lambda self, value: METER.tick("stripes"))

    @property
    def range(self) -> Range:
        METER.tick("table range")
        area = self._native.DataArea
        first, last = (area.StartRow + 1, area.StartColumn + 1), (area.EndRow + 1, area.EndColumn + 1)
        return self._sheet.range(first, last)

    def resize(self, target: Any) -> None:
        METER.tick("resize table")
        self._native.DataArea = getattr(target, "impl", target).native.RangeAddress
