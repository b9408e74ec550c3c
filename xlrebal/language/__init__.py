"""Languages: the words of every message, and how figures stand in a sentence."""

from xlrebal.language.render import ENGLISH, KOREAN, LANGUAGES, in_english, other_than, render

__all__ = ["ENGLISH", "KOREAN", "LANGUAGES", "in_english", "other_than", "render"]
