"""A spreadsheet program that is only a dictionary, as an engine of xlwings: it runs wherever Python runs.

``make_book`` takes plain data (from JSON) and gives an ``xlwings.Book`` over it. It behaves as the engine of xlwings
Lite does: what is written is queued until ``deliver``, and nothing is told that Lite does not tell.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import xlwings as xw
from xlwings import base_classes as base
from xlwings import utils


def make_book(data: dict[str, Any]) -> xw.Book:
    """Return an open book of cells (row, column, value, format) by sheet, and of places (sheet, bounds) by table."""
    return xw.Book(impl=Book(data))


def deliver(book: xw.Book) -> None:
    """Do what was queued."""
    for action in book.impl.actions:
        action()
    book.impl.actions.clear()


def _not_told(name: str) -> property:
    """What Lite refuses to read, and takes when it is written: as an action, or not at all."""

    def read(self: Any) -> Any:
        raise NotImplementedError(name)

    return property(read)


class Engine:
    name = "memory"
    type = "remote"

    @staticmethod
    def clean_value_data(data: Any, _dates: Any, empty_as: Any, numbers: Any, _errors: Any) -> list[list[Any]]:
        def clean(value: Any) -> Any:
            if value is None:
                return empty_as
            return numbers(value) if numbers is not None and isinstance(value, float) else value

        return [[clean(value) for value in row] for row in data]

    @staticmethod
    def prepare_xl_data_element(value: Any, _options: Any) -> Any:
        return value


class App(base.App):
    screen_updating = _not_told("screen_updating")
    enable_events = _not_told("enable_events")
    status_bar = _not_told("status_bar")
    calculation = _not_told("calculation")
    pid = 1
    engine = Engine()
    selection = property(lambda self: None)

    def __init__(self) -> None:
        self.alerts: list[str] = []

    def alert(self, prompt: str, *rest: Any) -> str:
        self.alerts.append(prompt)
        return "ok"


class Book(base.Book):
    def __init__(self, data: dict[str, Any]) -> None:
        self._app = App()
        self.actions: list[Any] = []
        self.cells = {name: {} for name in data["sheets"]}
        for name, cells in data["sheets"].items():
            for row, column, value, shown in cells:
                self.cells[name][row, column] = [value, shown]
        self.areas = {name: tuple(place) for name, place in data["tables"].items()}

    app = property(lambda self: self._app)
    name = fullname = property(lambda self: "memory.xlsx")
    api = property(lambda self: self)
    sheets = property(lambda self: Sheets(self))
    names = property(lambda self: Names())

    def json(self) -> dict[str, Any]:
        return {"actions": self.actions}


class Names(base.Names):
    def contains(self, name: str) -> bool:
        return False

    def __len__(self) -> int:
        return 0


class Sheets(base.Sheets):
    def __init__(self, book: Book) -> None:
        self.book = book

    active = property(lambda self: self(1))

    def __len__(self) -> int:
        return len(self.book.cells)

    def __iter__(self) -> Any:
        return (Sheet(self.book, name) for name in list(self.book.cells))

    def __contains__(self, name: str) -> bool:
        return name in self.book.cells

    def __call__(self, key: Any) -> Sheet:
        return Sheet(self.book, list(self.book.cells)[key - 1] if isinstance(key, int) else key)

    def __getitem__(self, key: Any) -> Sheet:
        return self(key)

    def add(self, before: Any = None, after: Any = None, name: str | None = None) -> Sheet:
        self.book.cells[str(name)] = {}
        return self(name)


class Sheet(base.Sheet):
    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name
        self.cells_by_place = book.cells[name]

    book = property(lambda self: self._book)
    name = property(lambda self: self._name)
    api = property(lambda self: self)
    index = property(lambda self: list(self._book.cells).index(self._name) + 1)
    tables = property(lambda self: Tables(self))

    def activate(self) -> None:
        pass

    def range(self, first: Any, second: Any = None) -> Range:
        if isinstance(first, str):
            first, second = utils.a1_to_tuples(first)
        if isinstance(first, tuple) and len(first) == 4:
            row, column, height, width = first
            first, second = (row, column), (row + height - 1, column + width - 1)
        start, end = _corner(first), _corner(first if second is None else second, last=True)
        return Range(self, *start, end[0] - start[0] + 1, end[1] - start[1] + 1)

    @property
    def used_range(self) -> Range:
        places = [place for place, (value, _) in self.cells_by_place.items() if value is not None] or [(1, 1)]
        rows, columns = [row for row, _ in places], [column for _, column in places]
        return self.range((min(rows), min(columns)), (max(rows), max(columns)))


def _corner(place: Any, *, last: bool = False) -> tuple[int, int]:
    if isinstance(place, Range):
        return (
            (place.row + place.shape[0] - 1, place.column + place.shape[1] - 1) if last else (place.row, place.column)
        )
    return place


class Range(base.Range):
    options: ClassVar[dict[str, Any]] = {}
    has_array = False
    max_cells_per_read = max_cells_per_write = None
    row = column = shape = None

    def __init__(self, sheet: Sheet, row: int, column: int, height: int, width: int) -> None:
        self._sheet, self.row, self.column, self.shape = sheet, row, column, (height, width)

    sheet = property(lambda self: self._sheet)
    api = property(lambda self: self)
    coords = property(lambda self: (self._sheet.name, self.row, self.column, *self.shape))

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = (row - 1) // self.shape[1] + 1, (row - 1) % self.shape[1] + 1
        return self._sheet.range((self.row + row - 1, self.column + column - 1))

    def _cell(self, row: int, column: int) -> list[Any]:
        return self._sheet.cells_by_place.setdefault((self.row + row, self.column + column), [None, "General"])

    @property
    def address(self) -> str:
        corners = [(self.row, self.column), (self.row + self.shape[0] - 1, self.column + self.shape[1] - 1)]
        return ":".join(f"${utils.col_name(column)}${row}" for row, column in corners)

    def _later(self, action: Any) -> None:
        self._sheet.book.actions.append(action)

    def _places(self) -> Any:
        return ((row, column) for row in range(self.shape[0]) for column in range(self.shape[1]))

    @property
    def raw_value(self) -> list[list[Any]]:
        height, width = self.shape
        return [[_shown(self._cell(row, column)[0]) for column in range(width)] for row in range(height)]

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        def write() -> None:
            for row, column in self._places():
                value = data[row][column] if isinstance(data, (list, tuple)) else data
                self._cell(row, column)[0] = None if value == "" else value

        self._later(write)

    formula = _not_told("formula")

    @property
    def number_format(self) -> str | None:
        raise NotImplementedError("number_format")

    @number_format.setter
    def number_format(self, text: str) -> None:
        def write() -> None:
            for row, column in self._places():
                self._cell(row, column)[1] = text

        self._later(write)

    def copy(self, destination: Any = None) -> None:
        target = getattr(destination, "impl", destination)

        def write() -> None:
            for row, column in target._places():
                target._cell(row, column)[:] = self._cell(0, column)

        self._later(write)

    def clear_contents(self) -> None:
        self.raw_value = None

    def autofit(self, axis: Any = None) -> None:
        pass

    column_width = _not_told("column_width").setter(lambda self, width: None)
    wrap_text = _not_told("wrap_text").setter(lambda self, value: None)
    color = _not_told("color").setter(lambda self, value: None)
    font = property(lambda self: Font())


class Font(base.Font):
    color = _not_told("color").setter(lambda self, value: None)
    bold = _not_told("bold").setter(lambda self, value: None)


def _shown(value: Any) -> Any:
    """Every number is a float, a date travels as its text ``@2026-03-04``."""
    if isinstance(value, str) and value.startswith("@date:"):
        return dt.datetime.fromisoformat(value.removeprefix("@date:"))
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Tables(base.Tables):
    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def _mine(self) -> list[Table]:
        areas = self._sheet.book.areas
        return [Table(self._sheet, name) for name, place in areas.items() if place[0] == self._sheet.name]

    def __iter__(self) -> Any:
        return iter(self._mine())

    def __len__(self) -> int:
        return len(self._mine())

    def __call__(self, key: Any) -> Table:
        return self._mine()[key - 1] if isinstance(key, int) else Table(self._sheet, key)

    def add(self, source: Any = None, name: str | None = None, **more: Any) -> Table:
        table = Table(self._sheet, str(name))
        table.take(source)
        return table


class Table(base.Table):
    parent = None
    show_totals = property(lambda self: False)
    show_table_style_row_stripes = property(lambda self: True, lambda self, value: None)

    def __init__(self, sheet: Sheet, name: str) -> None:
        self._sheet, self._name, self.parent = sheet, name, sheet

    name = property(lambda self: self._name)

    @property
    def range(self) -> Range:
        _, top, left, bottom, right = self._sheet.book.areas[self._name]
        return self._sheet.range((top, left), (bottom, right))

    def resize(self, target: Any) -> None:
        self._sheet.book.actions.append(lambda: self.take(target))

    def take(self, target: Any) -> None:
        """Take up an area at once."""
        area = getattr(target, "impl", target)
        bottom, right = area.row + area.shape[0] - 1, area.column + area.shape[1] - 1
        self._sheet.book.areas[self._name] = (self._sheet.name, area.row, area.column, bottom, right)
