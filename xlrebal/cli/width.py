"""How wide texts are on a screen: Korean letters take two columns."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, columns: int) -> str:
    """Return a text with blanks after it, so that it takes at least so many columns."""
    return text + " " * (columns - width(text))


def shortened(text: str, columns: int) -> str:
    """Return a text cut to so many columns, an ellipsis at its end."""
    if width(text) <= columns:
        return text
    while width(text) > columns - 1:
        text = text[:-1]
    return text + "…"


def wrapped(words: list[str], columns: int) -> list[str]:
    """Return words as lines of at most so many columns; a word that is longer gets a line of its own."""
    lines: list[str] = []
    for word in words:
        if lines and width(lines[-1]) + 1 + width(word) <= columns:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
