"""Short tables: rich draws them on a terminal, plain text is enough in a pipe."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass, field


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

        table = Table(title=self.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
        for header in self.headers:
            last = header == self.headers[-1]
            table.add_column(header, justify="right" if header in self.right else "left", no_wrap=not last)
        for cells, style in self.rows:
            table.add_row(*map(escape, cells), style=style)
        Console().print(table)

    def _plain_lines(self) -> list[str]:
        lines = [self.headers, *(cells for cells, _ in self.rows)]
        widths = [max(_width(line[column]) for line in lines) for column in range(len(self.headers))]
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
