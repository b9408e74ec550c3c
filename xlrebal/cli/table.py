"""Short tables: rich draws them on a terminal, plain text is enough in a pipe."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass, field

# The column that moves below a table, what it is called by there, and the column that may be cut.
_NOTE, _KEY, _LONG = "Reason", "Code", "Name"
_SHORTEST, _GAP = 10, 3


@dataclass
class TextTable:
    """A table of texts.

    Attributes:
        title: Stands above it.
        headers: One a column.
        right: Headers of the columns that are aligned to the right.
        rows: The cells, and the style of the row (a colour's name, or empty).

    """

    title: str
    headers: tuple[str, ...]
    right: frozenset[str]
    rows: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

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
        # rich takes longer to load than a whole update takes to work out; a pipe does without.
        from rich import box
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        console = Console(highlight=False)
        fitted, notes = self._fitted(console.width)
        table = Table(title=self.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
        for header in fitted.headers:
            table.add_column(header, justify="right" if header in self.right else "left", no_wrap=True)
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
        headers, notes = self.headers, []
        if _NOTE in headers:
            column = headers.index(_NOTE)
            notes = [f"{cells[headers.index(_KEY)]}: {cells[column]}" for cells, _ in self.rows]
            rows = [(cells[:column] + cells[column + 1 :], style) for cells, style in self.rows]
            fitted = TextTable(self.title, headers[:column] + headers[column + 1 :], self.right, rows)
        else:
            fitted = TextTable(self.title, headers, self.right, list(self.rows))
        return fitted._cut(fitted._width() - width), notes

    def _cut(self, excess: int) -> TextTable:
        if excess <= 0 or _LONG not in self.headers:
            return self
        column = self.headers.index(_LONG)
        room = max(max(_width(cells[column]) for cells, _ in self.rows) - excess, _SHORTEST)
        rows = [((*cells[:column], _shortened(cells[column], room), *cells[column + 1 :]), s) for cells, s in self.rows]
        return TextTable(self.title, self.headers, self.right, rows)

    def _width(self) -> int:
        return sum(self._widths()) + _GAP * len(self.headers)

    def _widths(self) -> list[int]:
        lines = [self.headers, *(cells for cells, _ in self.rows)]
        return [max(_width(line[column]) for line in lines) for column in range(len(self.headers))]

    def _plain_lines(self) -> list[str]:
        lines = [self.headers, *(cells for cells, _ in self.rows)]
        widths = self._widths()
        return ["", self.title, *(self._plain_line(line, widths) for line in lines)]

    def _plain_line(self, cells: tuple[str, ...], widths: list[int]) -> str:
        parts = []
        for cell, width, header in zip(cells, widths, self.headers, strict=True):
            gap = " " * (width - _width(cell))
            parts.append(gap + cell if header in self.right else cell + gap)
        return "  ".join(parts).rstrip()


def say(text: str, style: str = "") -> None:
    """Print a line, in colour on a terminal."""
    if style and sys.stdout.isatty():
        from rich.console import Console

        Console().print(text, style=style, markup=False, highlight=False)
    else:
        print(text)


def _width(text: str) -> int:
    """Columns that a text takes on a screen: Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _shortened(text: str, room: int) -> str:
    """A text cut to a number of columns, an ellipsis at its end."""
    if _width(text) <= room:
        return text
    while _width(text) > room - 1:
        text = text[:-1]
    return text + "…"
