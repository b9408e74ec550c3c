"""What the builders share: the tables that were found, and the findings so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlrebal.tables.records import Record, TableRecords
    from xlrebal.tables.schema import Table


@dataclass
class Context:
    """Tables by key, and two lists that fill while the household is built.

    Attributes:
        tables: The input tables that were found.
        errors: Problems that stop the run.
        warnings: Doubts that do not.

    """

    tables: Mapping[str, TableRecords]
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def records(self, table: Table) -> tuple[Record, ...]:
        """Return the rows of a table; none when it is missing."""
        found = self.tables.get(table.key)
        return found.records if found else ()

    def has(self, table: Table) -> bool:
        """Return whether the table is in the workbook."""
        return table.key in self.tables

    def column(self, table: Table, key: str) -> str:
        """Return the address of a column's header, or of the table when the column is missing."""
        found = self.tables.get(table.key)
        return found.columns.get(key, found.place) if found else f"{table.name}!A1"

    def error(self, cell: str, message: str, mend: str = "") -> None:
        """Add a problem that stops the run."""
        self.errors.append(Finding(cell, message, mend))

    def warn(self, cell: str, message: str, mend: str = "") -> None:
        """Add a doubt that does not stop the run."""
        self.warnings.append(Finding(cell, message, mend))

    def needs(self, record: Record, *keys: str) -> bool:
        """Return whether the cells are filled; blank ones are reported."""
        blank = [key for key in keys if record.values.get(key) is None and key not in record.wrong]
        for key in blank:
            self.error(record.place(key), f"{key.replace('_', ' ')} is missing", "fill the cell or clear the row")
        return not blank and not any(key in record.wrong for key in keys)

    def positive(self, record: Record, key: str) -> None:
        """Report a rate of 0: a blank cell says that it is not known."""
        if record.number(key) is not None and not record.number(key):
            self.error(record.place(key), "the exchange rate is 0", "write the rate of the purchase, or clear the cell")

    def choice(self, record: Record, key: str, choices: Mapping[str, str], default: str) -> str:
        """Return the meaning of a word from a closed list; an unknown one is reported."""
        text = record.text(key)
        if not text:
            return default
        meaning = {word.casefold(): value for word, value in choices.items()}.get(text.casefold())
        if meaning is None:
            words = " or ".join(dict.fromkeys(choices.values()))
            self.error(record.place(key), f'{key.replace("_", " ")} "{text}" is not known', f"use {words}")
            return default
        return meaning


def nearest(word: str, words: Iterable[str]) -> str:
    """Return a hint with the word that was probably meant, or an empty text."""
    import difflib  # a wrong word only

    near = difflib.get_close_matches(word, list(words), n=1)
    return f"did you mean {near[0]}?" if near else ""
