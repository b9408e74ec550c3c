"""What a result table is: its columns, each declared once with all that sheets, terminal, JSON and pages need of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from xlrebal.domain.message import Amount, Message, Name, Percent, Points
from xlrebal.language import ENGLISH, other_than, render
from xlrebal.tables.contract import formats as f
from xlrebal.workbook.cells import Cell, Chart, Column, Highlight, TableWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from xlrebal.workbook.cells import Refinement, Tone

Line = TypeVar("Line")
Value = str | int | Decimal | dt.date | Amount | Message | Name | None
"""What a row has in a column. Amounts in the row's own currency carry it, other amounts are in base currency."""


@dataclass(frozen=True)
class ResultColumn(Generic[Line]):
    """One column of a result table.

    Attributes:
        header: The header in every language.
        value: What a row shows in it.
        json: Its name in the JSON; empty where the JSON does not have it.
        width: Column width in characters, used when the sheet is created.
        align: ``left``, ``right`` or ``center``.
        number_format: Number format of all its cells, the same for every run; empty where each row has its own.
        wrap: True to wrap long text.
        scaled: True to shade numbers by their distance from 0.
        refined: Shorter formats put on a newly created sheet.
        zero_is_blank: True where a sheet shows nothing for 0.

    """

    header: Name
    value: Callable[[Line], Value]
    json: str = ""
    width: float = 12.0
    align: str = "left"
    number_format: str = f.TEXT
    wrap: bool = False
    scaled: bool = False
    refined: tuple[Refinement, ...] = ()
    zero_is_blank: bool = False

    def cell(self, line: Line, language: str) -> Cell:
        """Return the cell of a row."""
        value = self.value(line)
        if self.zero_is_blank and not value:
            return Cell(None)
        return cell_of(value, language)

    def column(self, language: str) -> Column:
        """Return the column of a sheet in a language, known by its header in the other one as well."""
        header, other = (render(self.header, one) for one in (language, other_than(language)))
        return Column(header, self.width, self.align, self.wrap, self.scaled, self.refined, self.number_format, other)


@dataclass(frozen=True)
class Picture:
    """A chart beside a result table, drawn when its sheet is made. Columns are named by their English headers."""

    kind: str
    title: Message
    categories: str
    series: tuple[str, ...]
    number_format: str = "General"
    category_format: str = ""
    below: int | None = None


@dataclass(frozen=True)
class ResultTable(Generic[Line]):
    """A result table.

    Attributes:
        name: Name of the Excel table, and its English name elsewhere.
        sheet: Name of its sheet, in every language.
        columns: Its columns, in order.
        empty: What stands in a table without rows, and the English header of the column in which it stands.
        tones: Colours: English header of a column, what it shows, and what that means.
        landscape: Page orientation of a new sheet.
        picture: Chart beside it on a new sheet.

    """

    name: str
    sheet: Name
    columns: tuple[ResultColumn[Line], ...]
    empty: tuple[str, Message] | None = None
    tones: tuple[tuple[str, Name, Tone], ...] = ()
    landscape: bool = True
    picture: Picture | None = None

    def write(self, lines: Iterable[Line], language: str, base: str = "", empty: Message | None = None) -> TableWrite:
        """Return the table for a workbook.

        Args:
            lines: What its rows show.
            language: Language of its headers and texts.
            base: Base currency, where a column has amounts in it.
            empty: What to show without rows, where that is not always the same.

        """
        rows = [tuple(column.cell(line, language) for column in self.columns) for line in lines]
        return self.write_cells(rows or [self._no_rows(language, empty)], language, base)

    def write_cells(self, rows: Iterable[Sequence[Cell]], language: str, base: str = "") -> TableWrite:
        """Return the table with rows that are cells already."""
        columns, cells = f.in_columns([self._refined(column, language) for column in self.columns], rows, base)
        tones = tuple(
            Highlight(self._header(h, language), render(text, language), tone) for h, text, tone in self.tones
        )
        chart = self._chart(self.picture, language) if self.picture else None
        name, other = (render(self.sheet, one) for one in (language, other_than(language)))
        return TableWrite(self.name, name, columns, cells, tones, self.landscape, chart, other)

    def _refined(self, column: ResultColumn[Line], language: str) -> Column:
        made = column.column(language)
        refined = tuple(replace(r, beside=r.beside and self._header(r.beside, language)) for r in made.refined)
        return replace(made, refined=refined)

    def _no_rows(self, language: str, empty: Message | None) -> tuple[Cell, ...]:
        header, always = self.empty or ("", None)
        text = empty or always
        where = [column.header.english == header for column in self.columns]
        return tuple(f.text(render(text, language)) if here and text else Cell(None) for here in where)

    def _header(self, english: str, language: str) -> str:
        return next(render(c.header, language) for c in self.columns if c.header.english == english)

    def _chart(self, picture: Picture, language: str) -> Chart:
        return Chart(
            picture.kind,
            render(picture.title, language),
            self._header(picture.categories, language),
            tuple(self._header(name, language) for name in picture.series),
            picture.number_format,
            picture.category_format,
            picture.below,
        )

    def as_json(self, line: Line) -> dict[str, Any]:
        """Return a row as the JSON has it: texts in English, with their kinds and figures beside them."""
        found: dict[str, Any] = {}
        for column in self.columns:
            if column.json:
                value = column.value(line)
                found[column.json] = as_json(value)
                if isinstance(value, Message):
                    found |= message_data(column.json, value)
        return found


def cell_of(value: Value, language: str, number_format: str = "General") -> Cell:
    """Return the cell of a value; text stays text, and empty text is a blank cell."""
    match value:
        case str() | Message() | Name():
            return f.text(render(value, language))
        case Amount():
            return f.number(value.value, number_format)
        case Decimal():
            return f.number(value, number_format)
    return Cell(value, number_format)


def as_json(value: object) -> Any:
    """Return a value as plain data: exact numbers as numbers, days as text, texts in English, nothing as None."""
    match value:
        case Message() | Name():
            return render(value, ENGLISH)
        case Amount():
            return as_json(value.value)
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dt.date():
            return value.isoformat()
    return value if value != "" else None


def message_data(name: str, message: Message) -> dict[str, Any]:
    """Return the kind and the figures of a text, under the name of the text."""
    return {f"{name}_kind": message.kind, f"{name}_figures": figures_data(message)}


def figures_data(message: Message) -> dict[str, Any]:
    """Return the figures of a message as plain data; messages inside it with their kinds."""
    return {name: _figure(value) for name, value in message.figures.items()}


def _figure(value: object) -> Any:
    match value:
        case Message():
            return {"kind": value.kind, "figures": figures_data(value)}
        case tuple():
            return [_figure(one) for one in value]
        case Amount():
            return {"amount": as_json(value.value), "currency": value.currency}
        case Percent() | Points():
            return as_json(value.value)
    return as_json(value)


def by_name(tables: Iterable[ResultTable[Any]]) -> Mapping[str, ResultTable[Any]]:
    """Return tables by their names."""
    return {table.name: table for table in tables}
