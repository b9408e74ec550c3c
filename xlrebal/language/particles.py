"""Korean particles: which of two forms follows a word depends on the sound that the word ends with.

Source: Korean Orthography (Ministry of Culture notice 2017-12), article 18 and the appendix on particles; letters and
digits are read by their Korean names.
"""

from __future__ import annotations

_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS, _FINAL_L = 0xAC00, 0xD7A3, 28, 8
# Digits by their Korean names: 영 일 이 삼 사 오 육 칠 팔 구.
_DIGITS = {"0": "ㅇ", "1": "ㄹ", "3": "ㅁ", "6": "ㄱ", "7": "ㄹ", "8": "ㄹ"}
# Letters by their Korean names: 엘 엠 엔 알.
_LETTERS = {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}
# How the end of an English word is read; where that depends on the word both forms are written.
_WORD_ENDS = {
    "l": "ㄹ",
    "m": "ㅁ",
    "n": "ㄴ",
    "a": "",
    "e": "",
    "i": "",
    "o": "",
    "u": "",
    "y": "",
    "r": "",
    "w": "",
    **dict.fromkeys("dfhsvxz", ""),
}
_BARE_L = "으로"


def with_particle(word: str, pair: str, spoken: str = "") -> str:
    """Return a word with the form that fits it.

    Args:
        word: As it is written.
        pair: The form after a consonant, a slash, and the form after a vowel: ``이/가``.
        spoken: As it is read, where that is not how it is written: a date ends with ``일``.

    """
    closed, _, opened = pair.partition("/")
    final = _final(spoken or word)
    if final is None:
        common = closed.removesuffix(opened)
        return f"{word}({common}){opened}" if closed.endswith(opened) else f"{word}{closed}({opened})"
    return word + (opened if not final or (final == "ㄹ" and closed == _BARE_L) else closed)


def _final(word: str) -> str | None:
    """The consonant that a word ends with, empty after a vowel, None where nobody can tell."""
    spoken = next((letter for letter in reversed(word) if letter.isalnum() or letter == "%"), "")
    if _FIRST_SYLLABLE <= ord(spoken or "가") <= _LAST_SYLLABLE:
        final = (ord(spoken or "가") - _FIRST_SYLLABLE) % _FINALS
        return "ㄹ" if final == _FINAL_L else "ㄴ" if final else ""
    if spoken == "%" or spoken.isdigit():
        return _DIGITS.get(spoken, "")
    if spoken.isupper():
        return _LETTERS.get(spoken, "")
    return _WORD_ENDS.get(spoken)
