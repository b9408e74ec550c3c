"""Plain data between a workbook and the rest: what was read, and what is to be written.

Rows and columns are 1-based, as a spreadsheet user counts them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

CellValue = str | int | float | Decimal | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

# What Excel shows for a value that it cannot calculate, with its own number for it.
_ERRORS = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
    2043: "#GETTING_DATA",
    2045: "#SPILL!",
    2046: "#CONNECT!",
    2047: "#BLOCKED!",
    2048: "#UNKNOWN!",
    2049: "#FIELD!",
    2050: "#CALC!",
    2051: "#EXTERNAL!",
}
_ERROR_TEXTS = frozenset({*_ERRORS.values(), "#BUSY!", "#PYTHON!", "#TIMEOUT!"})
# On Windows an error comes as a whole number, its own one above this; a number never comes as one.
_FIRST_ERROR, _MOST_ERRORS = -2146828288, 4000


def error_shown(value: object) -> str:
    """Return the error, such as ``#N/A``, that a value from Excel means; empty when it is no error."""
    if isinstance(value, str):
        return value if value in _ERROR_TEXTS else ""
    if not isinstance(value, int):
        return ""
    number = value - _FIRST_ERROR
    return _ERRORS.get(number, "#UNKNOWN!") if 0 < number < _MOST_ERRORS else ""


def column_letters(number: int) -> str:
    """Return the letters of a 1-based column: 1 is ``A``, 27 is ``AA``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the 1-based column of its letters: ``A`` is 1, ``AA`` is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def address(sheet: str, row: int, column: int) -> str:
    """Return a cell's address as a user writes it, such as ``Holdings!D5``."""
    return f"{sheet}!{column_letters(column)}{row}"


@dataclass(frozen=True)
class RawCell:
    """One cell of the workbook.

    Attributes:
        value: The stored value; for a formula its cached value. An Excel error is its text (``#N/A``)
            with ``is_error`` set.
        number_format: The cell's number format code.
        ask: Asks the host for the number format, where that takes a call to a spreadsheet program; see ``shown_as``.
        uncomputed: True for a formula that has no cached value.
        is_error: True when the cell shows an Excel error.
        is_formula: True when a formula gives the value, where the host reports that.

    """

    value: CellValue = None
    number_format: str = "General"
    uncomputed: bool = False
    is_error: bool = False
    is_formula: bool = False
    ask: Callable[[], str] | None = field(default=None, compare=False, repr=False)

    @property
    def shown_as(self) -> str:
        """The cell's number format code; empty where the host does not report it."""
        return self.number_format if self.ask is None else self.ask()

    @property
    def is_blank(self) -> bool:
        """True when the cell holds nothing a person would see."""
        if self.uncomputed:
            return False
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())


@dataclass(frozen=True)
class RawGrid:
    """A block of cells as read: an Excel table, or a whole sheet of the table's name.

    Attributes:
        sheet: Name of its sheet.
        top: Row of the first row of ``rows``.
        left: Column of the first cell of each row.
        rows: The cells; rows may differ in length (missing cells are blank).
        is_table: True for an Excel table (its first row is the header, totals row left out).

    """

    sheet: str
    top: int
    left: int
    rows: tuple[tuple[RawCell, ...], ...]
    is_table: bool = False

    @property
    def bottom(self) -> int:
        """Last row with a cell, or the first one below the header of an empty table."""
        return self.top + max(len(self.rows), 2) - 1

    @property
    def right(self) -> int:
        """Last column that its header row names."""
        return self.left + max(len(self.rows[0]) if self.rows else 0, 1) - 1

    def address(self, row: int, column: int) -> str:
        """Return the address of the cell at 0-based ``row`` and ``column`` of this grid."""
        return address(self.sheet, self.top + row, self.left + column)


class Tone(StrEnum):
    """Meaning of a highlight; the host chooses its colours."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Highlight:
    """Colour the cells of one column that show a given text (a conditional format).

    Attributes:
        column: Header of the column.
        text: The text that the cell must equal.
        tone: What it means.

    """

    column: str
    text: str
    tone: Tone


@dataclass(frozen=True)
class Refinement:
    """Show some numbers of a column by a shorter format than the column's own (a conditional format).

    Attributes:
        number_format: Excel number format code.
        whole: True for whole numbers only.
        beside: Header of a column of the same table; empty where it does not matter.
        texts: What that column holds in the rows that are meant, one of these.

    """

    number_format: str
    whole: bool = False
    beside: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column of a result table.

    Attributes:
        header: The header text.
        width: Column width in characters, used when the sheet is created.
        align: ``left``, ``right`` or ``center``.
        wrap: True to wrap long text.
        scaled: True to shade numbers by their distance from 0, at full strength from 0.05 on.
        refined: Shorter formats put on a newly created sheet; without them every number is shown right as well.
        number_format: Number format of all its cells, the same for every run; empty where each row has its own.
        translated_header: The header in the other language: an existing table may have either.

    """

    header: str
    width: float = 12.0
    align: str = "left"
    wrap: bool = False
    scaled: bool = False
    refined: tuple[Refinement, ...] = ()
    number_format: str = "General"
    translated_header: str = ""


@dataclass(frozen=True)
class Cell:
    """One value to write; text is always written as text, never as a formula.

    Attributes:
        value: Text, exact number, date or nothing.
        number_format: Excel number format code.

    """

    value: str | int | Decimal | bool | dt.date | None
    number_format: str = "General"


@dataclass(frozen=True)
class Chart:
    """A chart beside a result table, drawn when its sheet is made.

    Attributes:
        kind: ``line`` or ``column``.
        title: Its title.
        categories: Header of the column along the axis.
        series: Headers of the columns that are plotted.
        number_format: Of the values' axis.
        category_format: Number format along the axis, where the categories are dates; empty for text.
        below: How many rows below a wide table it is placed; None places it to the right.

    """

    kind: str
    title: str
    categories: str
    series: tuple[str, ...]
    number_format: str = "General"
    category_format: str = ""
    below: int | None = None


@dataclass(frozen=True)
class TableWrite:
    """One result table with all its rows: created when it is missing, else replaced in place.

    Attributes:
        table: Name of the Excel table (unique in the workbook).
        sheet: Name for its sheet when it has to be created.
        columns: Its columns, in order.
        rows: At least one row, each as long as ``columns``.
        highlights: Conditional formats put on a newly created sheet.
        landscape: Page orientation of a newly created sheet.
        chart: Chart beside it on a newly created sheet.
        translated_sheet: Name of its sheet in the other language.

    """

    table: str
    sheet: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    highlights: tuple[Highlight, ...] = field(default=())
    landscape: bool = True
    chart: Chart | None = None
    translated_sheet: str = ""


class Formula(StrEnum):
    """What an edit does where the cell holds a formula of the user's."""

    REFUSE = "refuse"
    KEEP = "keep"
    # The formula stays and shows the new value until the spreadsheet program calculates it again.
    UPDATE_CACHED_VALUE = "show"


@dataclass(frozen=True)
class CellEdit:
    """A new value for one cell of an input; its look stays. ``cell.value`` None empties it."""

    sheet: str
    row: int
    column: int
    cell: Cell
    formula: Formula = Formula.REFUSE

    @property
    def place(self) -> str:
        """The cell's address."""
        return address(self.sheet, self.row, self.column)


@dataclass(frozen=True)
class TableResize:
    """A new last row for the Excel table whose header begins in a cell; the rows below it must be free."""

    sheet: str
    top: int
    left: int
    bottom: int


@dataclass(frozen=True)
class Widening:
    """New columns to the right of an input; the cells there must be free.

    Attributes:
        sheet: Name of its sheet.
        row: Row of its headers.
        left: First column of the Excel table; of a block without one, its first column as well.
        column: First new column.
        bottom: Last row of its data.
        like: Column whose look the new ones get.
        headers: The new headers.
        is_table: True for an Excel table, which then includes the columns.
        width: Width of the new columns in characters, where they are narrower: enough for a date.

    """

    sheet: str
    row: int
    left: int
    column: int
    bottom: int
    like: int
    headers: tuple[str, ...]
    is_table: bool
    width: float = 14.0


@dataclass(frozen=True)
class Changeset:
    """Everything one run writes.

    Attributes:
        tables: The result tables, in the order new sheets are added.
        edits: New values in cells of the user's inputs.
        resizes: Input tables that get more rows.
        widenings: Inputs that get more columns.
        own_formats: Number formats that are xlrebal's own: where a cell shows one of them, another value may
            bring another one; any other format was chosen by the user and stays.

    """

    tables: tuple[TableWrite, ...] = ()
    own_formats: frozenset[str] = frozenset()
    edits: tuple[CellEdit, ...] = ()
    resizes: tuple[TableResize, ...] = ()
    widenings: tuple[Widening, ...] = ()


def widened(grid: RawGrid, row: int, column: int, header: str) -> RawGrid:
    """Return a block with one more header, at a row and column of its sheet."""
    rows = [list(cells) for cells in grid.rows]
    _put(rows, row - grid.top, column - grid.left, RawCell(header))
    return replace(grid, rows=tuple(map(tuple, rows)))


def with_edits(
    grids: Mapping[str, RawGrid], edits: Iterable[CellEdit], resizes: Iterable[TableResize] = ()
) -> dict[str, RawGrid]:
    """Return blocks of cells as they will read after some edits and resizes.

    An edit changes the block that contains its cell: several Excel tables may share a sheet. A block that is a whole
    sheet has every cell of it.
    """
    bottoms = {(one.sheet, one.top, one.left): one.bottom for one in resizes}
    changed = {key: [list(row) for row in grid.rows] for key, grid in grids.items()}
    for edit in edits:
        for key, grid in grids.items():
            if _holds(grid, edit, bottoms.get((grid.sheet, grid.top, grid.left), 0)):
                value = RawCell(edit.cell.value, edit.cell.number_format)
                row, column = edit.row - grid.top, edit.column - grid.left
                if edit.formula is not Formula.KEEP or not _is_formula(changed[key], row, column):
                    _put(changed[key], row, column, value)
    return {key: replace(grid, rows=tuple(map(tuple, changed[key]))) for key, grid in grids.items()}


def _holds(grid: RawGrid, edit: CellEdit, grown_to: int) -> bool:
    """Whether a block holds the cell of an edit; a table that gets more rows ends at ``grown_to``."""
    if grid.sheet != edit.sheet or edit.row < grid.top or edit.column < grid.left:
        return False
    return not grid.is_table or (edit.row <= max(grid.bottom, grown_to) and edit.column <= grid.right)


def _is_formula(rows: Sequence[Sequence[RawCell]], row: int, column: int) -> bool:
    return row < len(rows) and column < len(rows[row]) and rows[row][column].is_formula


def _put(rows: list[list[RawCell]], row: int, column: int, cell: RawCell) -> None:
    rows.extend([] for _ in range(row + 1 - len(rows)))
    rows[row].extend(RawCell() for _ in range(column + 1 - len(rows[row])))
    rows[row][column] = cell
