"""What Excel makes of text that is written into a cell: a number, a date or a formula, unless the cell holds text."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\s*[=+@-]")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_WORDS = frozenset({"true", "false"})
# No number, date or time is written longer than this.
_LONGEST = 60


def is_formula_like(text: object) -> bool:
    """Return whether Excel would take a text for a formula, and refuse or calculate it."""
    return isinstance(text, str) and bool(_FORMULA.match(text))


def may_change(text: object) -> bool:
    """Return whether Excel might turn a text into something else; how it reads dates depends on its language."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return is_formula_like(text)
    return (
        is_formula_like(text)
        or text[:1] == "#"
        or text.casefold() in _WORDS
        or any(letter.isdigit() for letter in text)
    )


def is_text_cell(value: object) -> bool:
    """Return whether a value proves that its cell holds text: digits, or what begins like a formula, unchanged."""
    return isinstance(value, str) and (bool(_NUMBER.fullmatch(value)) or is_formula_like(value))
