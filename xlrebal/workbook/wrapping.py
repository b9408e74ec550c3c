"""How many lines a wrapped text takes in a column of a width, by the letters of the usual font (Calibri, 11 points)."""

from __future__ import annotations

# Widths in the unit of column widths, that of a digit; a little generous, for a line too many hides nothing.
_NARROW, _USUAL, _WIDE = 0.6, 1.06, 2.15
_NARROW_LETTERS = frozenset(" .,:;'\"()[]|!/-iljtfrI")
_SPACE = 0.5
# Korean letters are twice as wide as Latin ones.
_WIDE_FROM = "\u1100"
# Indent and margins of a cell.
_MARGINS = 2.3


def lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of a width in characters."""
    return sum(_lines_of(line, max(width - _MARGINS, 1)) for line in text.split("\n"))


def _lines_of(text: str, width: float) -> int:
    count, used = 1, 0.0
    for word in text.split():
        length = sum(map(_width, word))
        if used and used + _SPACE + length > width:
            count, used = count + 1, 0.0
        # A word longer than a line is broken inside.
        more, used = divmod(used + (_SPACE if used else 0.0) + length, width)
        count += int(more)
    return count


def _width(letter: str) -> float:
    if letter >= _WIDE_FROM:
        return _WIDE
    return _NARROW if letter in _NARROW_LETTERS else _USUAL
