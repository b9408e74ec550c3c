"""Hints with words that may be written: all of a list, or the one that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.domain.message import Figure, Name


def use(words: Iterable[str | Name]) -> Message:
    """Return a hint with every word that is allowed."""
    return Message("input.use", words=either(words))


def either(words: Iterable[str | Name]) -> Figure:
    """Return some words as alternatives: ``a or b or c``."""
    return _joined("input.or", words)


def all_of(words: Iterable[str | Name]) -> Figure:
    """Return some words one after the other: ``a and b and c``."""
    return _joined("input.and", words)


def _joined(kind: str, words: Iterable[str | Name]) -> Figure:
    first, *others = words
    joined: Figure = first
    for other in others:
        joined = Message(kind, first=joined, other=other)
    return joined


def nearest(word: str, words: Iterable[str]) -> Message | str:
    """Return a hint with the word that was probably meant, or an empty text."""
    import difflib  # a wrong word only

    near = difflib.get_close_matches(word, list(words), n=1)
    return did_you_mean(near[0]) if near else ""


def did_you_mean(word: str) -> Message:
    """Return a hint with the word that was probably meant."""
    return Message("input.did_you_mean", word=word)
