"""Messages in words. The catalogues are gettext's, keyed by the kinds of messages; one for each subject and language.

The first word of a kind is its subject: ``plan.below_minimum_trade`` is in ``locale/ko/LC_MESSAGES/plan.po``.
A place in a catalogue's text is ``{name}``; ``{name:이/가}`` adds the Korean particle that fits what stands there, and
``{name:,f}`` formats a number as Python does, and ``{name:;}`` puts semicolons, not commas, between the messages of a
list. A message with a figure ``count`` has the plural forms of its language.
"""

from __future__ import annotations

import datetime as dt
import gettext
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Amount, Message, Name, Percent, Points
from xlrebal.domain.quantities import as_amount, as_percent, as_points
from xlrebal.language.particles import with_particle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENGLISH, KOREAN = "en", "ko"
LANGUAGES = (ENGLISH, KOREAN)

_CATALOGUES = Path(__file__).parent / "locale"
_CLAUSES = ";"


def render(text: Message | Name | str, language: str = ENGLISH) -> str:
    """Return a message or a name in a language. A text that is one already, such as a law's, stays as it is.

    Raises KeyError for a kind without words: every language has words for every kind.
    """
    if isinstance(text, str):
        return text
    if isinstance(text, Name):
        return text.korean if language == KOREAN else text.english
    return _FORMATTERS[language].vformat(_words(text, language), (), text.figures)


def other_than(language: str) -> str:
    """Return the language beside one."""
    return next(one for one in LANGUAGES if one != language)


def in_english(text: Message | str) -> str:
    """Return a message in English: for exceptions, logs and JSON."""
    return render(text, ENGLISH)


@cache
def _catalogue(subject: str, language: str) -> gettext.NullTranslations:
    return gettext.translation(subject, _CATALOGUES, [language])


def _words(message: Message, language: str) -> str:
    catalogue, count = _catalogue(message.subject, language), message.figures.get("count")
    if isinstance(count, int):
        words = catalogue.ngettext(message.kind, message.kind, count)
    else:
        words = catalogue.gettext(message.kind)
    if words == message.kind:
        raise KeyError(f"{language} has no words for {message.kind}")
    return words


class _Figures(Formatter):
    """Puts figures into words."""

    def __init__(self, language: str) -> None:
        self._language = language

    def get_value(self, key: int | str, _args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs[str(key)]

    def format_field(self, value: Any, spec: str) -> str:
        if "/" in spec:
            return with_particle(self._shown(value), spec, "일" if isinstance(value, dt.date) else "")
        if spec == "lower":
            return self._shown(value).lower()
        if spec == _CLAUSES:
            return "; ".join(map(self._shown, value))
        return format(value, spec) if spec else self._shown(value)

    def _shown(self, value: Any) -> str:
        match value:
            case Message() | Name():
                return render(value, self._language)
            case tuple():
                return ", ".join(map(self._shown, value))
            case Amount():
                return as_amount(value.value, value.currency)
            case Percent():
                return as_percent(value.value)
            case Points():
                return as_points(value.value)
            case dt.date():
                return value.isoformat()
            case Decimal():
                return f"{value:f}"
        return str(value)


_FORMATTERS = {language: _Figures(language) for language in LANGUAGES}
