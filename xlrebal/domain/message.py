"""A text as a value: its kind and its figures. Each language has its own words for a kind, and they are put in last."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Amount:
    """An amount of money, shown to the minor unit of its currency."""

    value: Decimal
    currency: str


@dataclass(frozen=True)
class Percent:
    """A fraction that is shown as a percentage: 0.05 as 5%."""

    value: Decimal


@dataclass(frozen=True)
class Points:
    """A difference of two fractions, shown in percentage points."""

    value: Decimal


@dataclass(frozen=True)
class Name:
    """What the workbook calls something, in each language: a column, a table, a choice."""

    english: str
    korean: str


@dataclass(frozen=True, init=False)
class Message:
    """A text: what it is about, and its figures.

    Attributes:
        kind: Which text: a subject and what is meant, such as ``plan.below_minimum_trade``. It is the key of the words
            in the catalogues of ``language``.
        figures: What the words name, by the names of their places. A tuple of messages is a list of them.

    """

    kind: str
    figures: Mapping[str, Figure]

    def __init__(self, kind: str, /, **figures: Figure) -> None:
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "figures", figures)

    @property
    def subject(self) -> str:
        """Return what it is about: the first word of its kind."""
        return self.kind.partition(".")[0]

    def __hash__(self) -> int:
        return hash((self.kind, tuple(self.figures)))

    def __str__(self) -> str:
        """Refuse: only a language has words for it."""
        raise TypeError(f"{self.kind} has no words here: render it in a language")


Figure = str | int | Decimal | dt.date | Amount | Percent | Points | Name | Message | tuple[Message | Name | str, ...]


def joined(messages: tuple[Message, ...]) -> Message:
    """Return several messages as one, each after the other."""
    return messages[0] if len(messages) == 1 else Message("plan.several", all=messages)
