"""Short tables: rich draws them on a terminal, plain text is enough in a pipe."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from xlrebal.cli.width import shortened
from xlrebal.cli.width import width as width_of
from xlrebal.domain.message import Message, Name
from xlrebal.language import ENGLISH, render

# The column that moves below a table, what it is called by there, and the column that may be cut.
_NOTE, _KEY, _LONG = "Reason", "Code", "Name"
_SHORTEST, _GAP = 10, 3

Header = Name | str


@dataclass
class TextTable:
    """A table of texts.

    Attributes:
        title: Stands above it.
        headers: One for each column.
        right: Headers of the columns that are aligned to the right.
        language: Language of title and headers.
        rows: The cells, and the style of the row (a colour's name, or empty).

    """

    title: Message | str
    headers: tuple[Header, ...]
    right: frozenset[Header]
    rows: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    language: str = ENGLISH

    def add(self, *cells: str, style: str = "") -> None:
        """Add a row."""
        self.rows.append((cells, style))

    def show(self) -> None:
        """Print the table, in colour on a terminal."""
        if sys.stdout.isatty():
            self._show_rich()
        else:
            print("\n".join(self._plain_lines()))

    def _show_rich(self) -> None:
        # rich takes longer to load than a whole update takes to calculate; a pipe does without.
        from rich import box
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        console = Console(highlight=False)
        fitted, notes = self._fitted(console.width)
        title = escape(render(self.title, self.language))
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
        for header, shown in zip(fitted.headers, fitted._shown_headers(), strict=True):
            table.add_column(escape(shown), justify="right" if header in self.right else "left", no_wrap=True)
        for cells, style in fitted.rows:
            table.add_row(*map(escape, cells), style=style)
        console.print()
        console.print(table)
        for note in notes:
            console.print(note, style="dim", markup=False)

    def _fitted(self, width: int) -> tuple[TextTable, list[str]]:
        """The table for a screen: on a narrow one reasons go below it and long names are cut."""
        if self._width() <= width:
            return self, []
        column, key = self._column(_NOTE), self._column(_KEY)
        if column is None or key is None:
            return self._cut(self._width() - width), []
        notes = [f"{cells[key]}: {cells[column]}" for cells, _ in self.rows]
        rows = [(cells[:column] + cells[column + 1 :], style) for cells, style in self.rows]
        fitted = self._with(self.headers[:column] + self.headers[column + 1 :], rows)
        return fitted._cut(fitted._width() - width), notes

    def _cut(self, excess: int) -> TextTable:
        column = self._column(_LONG)
        if excess <= 0 or column is None:
            return self
        room = max(max(width_of(cells[column]) for cells, _ in self.rows) - excess, _SHORTEST)
        rows = [((*cells[:column], shortened(cells[column], room), *cells[column + 1 :]), s) for cells, s in self.rows]
        return self._with(self.headers, rows)

    def _with(self, headers: tuple[Header, ...], rows: list[tuple[tuple[str, ...], str]]) -> TextTable:
        return TextTable(self.title, headers, self.right, rows, self.language)

    def _column(self, name: str) -> int | None:
        names = [header.english if isinstance(header, Name) else header for header in self.headers]
        return names.index(name) if name in names else None

    def _shown_headers(self) -> tuple[str, ...]:
        return tuple(header if isinstance(header, str) else _word(header, self.language) for header in self.headers)

    def _width(self) -> int:
        return sum(self._widths()) + _GAP * len(self.headers)

    def _widths(self) -> list[int]:
        return [max(map(width_of, column)) for column in zip(*self._lines(), strict=True)]

    def _lines(self) -> list[tuple[str, ...]]:
        return [self._shown_headers(), *(cells for cells, _ in self.rows)]

    def _plain_lines(self) -> list[str]:
        widths = self._widths()
        return ["", render(self.title, self.language), *(self._plain_line(line, widths) for line in self._lines())]

    def _plain_line(self, cells: tuple[str, ...], widths: list[int]) -> str:
        parts = []
        for cell, width, header in zip(cells, widths, self.headers, strict=True):
            gap = " " * (width - width_of(cell))
            parts.append(gap + cell if header in self.right else cell + gap)
        return "  ".join(parts).rstrip()


def _word(name: Name, language: str) -> str:
    return name.english if language == ENGLISH else name.korean


def say(text: str, style: str = "") -> None:
    """Print a line, in colour on a terminal."""
    if style and sys.stdout.isatty():
        from rich.console import Console

        Console().print(text, style=style, markup=False, highlight=False)
    else:
        print(text)
