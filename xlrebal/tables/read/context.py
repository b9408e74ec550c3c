"""What the builders share: the tables that were found, and the findings so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message, Name
from xlrebal.errors import Finding
from xlrebal.tables.read.hints import use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlrebal.errors import Text
    from xlrebal.tables.contract.schema import Table
    from xlrebal.tables.read.records import Record, TableRecords


@dataclass
class Context:
    """Tables by key, and two lists that fill while the household is built.

    Attributes:
        tables: The input tables that were found.
        errors: Problems that stop the run.
        warnings: What is doubtful and does not.

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
        return found.columns.get(key, found.place) if found else self.corner(table)

    def corner(self, table: Table) -> str:
        """Return the first cell of a table's sheet."""
        return corner(self.tables, table)

    def error(self, cell: str, message: Text, hint: Text = "") -> None:
        """Add a problem that stops the run."""
        self.errors.append(Finding(cell, message, hint))

    def warn(self, cell: str, message: Text, hint: Text = "") -> None:
        """Add a warning, which does not stop the run."""
        self.warnings.append(Finding(cell, message, hint))

    def needs(self, record: Record, *keys: str) -> bool:
        """Return whether the cells are filled; blank ones are reported."""
        blank = [key for key in keys if record.values.get(key) is None and key not in record.wrong]
        for key in blank:
            missing = Message("input.missing", column=record.noun(key))
            self.error(record.place(key), missing, Message("input.fill_or_clear"))
        return not blank and not any(key in record.wrong for key in keys)

    def not_in(self, record: Record, key: str, word: str, table: Table, hint: Text) -> None:
        """Report a name that another table does not have."""
        message = Message("input.not_in_table", column=record.noun(key), word=word, table=table.title)
        self.error(record.place(key), message, hint)

    def twice(self, record: Record, key: str, word: str) -> None:
        """Report a name that an earlier row has already."""
        message = Message("input.twice", column=record.noun(key), word=word)
        self.error(record.place(key), message, Message("input.keep_one_row"))

    def positive(self, record: Record, key: str) -> None:
        """Report a rate of 0: a blank cell says that it is not known."""
        if record.number(key) is not None and not record.number(key):
            self.error(record.place(key), Message("input.rate_is_0"), Message("input.write_rate_of_purchase"))

    def choice(self, record: Record, key: str, choices: Mapping[str, str], default: str) -> str:
        """Return the meaning of a word from a closed list; an unknown one is reported."""
        text = record.text(key)
        if not text:
            return default
        meaning = {word.casefold(): value for word, value in choices.items()}.get(text.casefold())
        if meaning is None:
            unknown = Message("input.not_known", column=record.noun(key), text=text)
            self.error(record.place(key), unknown, use(_words(choices)))
            return default
        return meaning


def corner(tables: Mapping[str, TableRecords], table: Table) -> str:
    """Return the first cell of a table's sheet; of a table that is not there, in the language of the others."""
    found = tables.get(table.key)
    sheet = found.place.rpartition("!")[0] if found else ""
    if not sheet:
        is_korean = any(other.place.startswith(other.table.korean) for other in tables.values())
        sheet = table.korean if is_korean else table.name
    return f"{sheet}!A1"


def _words(choices: Mapping[str, str]) -> list[Name]:
    """The words of a closed list; in Korean the first that means the same, where there is one."""
    korean = {meaning: word for word, meaning in reversed(tuple(choices.items())) if not word.isascii()}
    return [Name(meaning, korean.get(meaning, meaning)) for meaning in dict.fromkeys(choices.values())]
