"""Catalogues: every kind of message has its words in every language, with the same figures, and no other."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from build_messages import compiled

from xlrebal.domain.message import Amount, Message, Percent
from xlrebal.domain.quantities import ZERO
from xlrebal.language import LANGUAGES, render
from xlrebal.language.particles import with_particle

PACKAGE = Path(__file__).parent.parent / "xlrebal"
LOCALE = PACKAGE / "language" / "locale"
SUBJECTS = sorted(path.stem for path in LOCALE.glob("en/LC_MESSAGES/*.po"))
_NAMES = {"Excel", "Python", "xlwings", "xlrebal: {text}", "xlrebal: {workbook}, {verdict}"}
KIND = re.compile(r"[a-z]+\.[a-zA-Z0-9_]+")


def words(language: str) -> dict[str, tuple[str, ...]]:
    """The texts of every kind, each plural form of it."""
    found: dict[str, tuple[str, ...]] = {}
    for path in LOCALE.glob(f"{language}/LC_MESSAGES/*.po"):
        for entry in read_po(io.BytesIO(path.read_bytes())):
            kind, text = entry.id, entry.string
            if kind:
                forms = text if isinstance(text, tuple) else (text,)
                found[kind if isinstance(kind, str) else kind[0]] = forms
    return found


def figures(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def written() -> tuple[set[str], set[str]]:
    """Kinds that the code names whole, and beginnings of kinds that it puts together."""
    whole: set[str] = set()
    begun: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KIND.fullmatch(node.value):
                whole.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
    subjects = tuple(f"{subject}." for subject in SUBJECTS)
    return {k for k in whole if k.startswith(subjects) and not k.endswith("_")}, {
        b for b in begun if b.startswith(subjects)
    }


def test_every_language_has_words_for_every_kind_with_the_same_figures() -> None:
    by_language = {language: words(language) for language in LANGUAGES}
    english = by_language["en"]
    for language, texts in by_language.items():
        assert texts.keys() == english.keys(), language
        for kind, forms in texts.items():
            assert all(forms), f"{language} {kind}"
            left_out = figures(english[kind][-1]) - figures(forms[-1])
            # Reasons of other libraries are English: another language leaves them out.
            assert left_out <= {"count", "english", "of", "reason"}, f"{language} {kind}: {left_out}"
            assert figures(forms[-1]) <= figures(english[kind][-1]), f"{language} {kind}"


def test_every_kind_in_the_code_has_words_and_every_word_is_used() -> None:
    whole, begun = written()
    known = words("en").keys()
    assert whole <= known, sorted(whole - known)
    unused = {kind for kind in known - whole if not kind.startswith(tuple(begun))}
    assert not unused


def test_korean_words_are_korean() -> None:
    """Names, commands and pure joints aside, a Korean text has Korean letters."""
    plain = {kind: forms for kind, forms in words("ko").items() if not re.search("[가-힣]", "".join(forms))}
    wordy = {k: f for k, f in plain.items() if re.search("[a-z]{4}", re.sub(r"{[^}]*}", "", f[0]))}
    assert {forms[0] for forms in wordy.values() if not forms[0].startswith("pip ")} <= _NAMES


@pytest.mark.parametrize("path", sorted(LOCALE.rglob("*.po")), ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_the_compiled_catalogue_is_that_of_its_source(path: Path) -> None:
    source, binary = compiled(path)
    assert path.read_bytes() == source
    assert path.with_suffix(".mo").read_bytes() == binary


@pytest.mark.parametrize(
    ("word", "subject", "toward"),
    [
        ("국고채", "가", "로"),
        ("현금", "이", "으로"),
        ("서울", "이", "로"),
        ("KODEX 200", "이", "으로"),
        ("VTI", "가", "로"),
        ("IRP", "가", "로"),
        ("ETN", "이", "으로"),
        ("12.50%", "가", "로"),
        ("1,231", "이", "로"),
        ("계좌(일반)", "이", "으로"),
        ("stock", "이(가)", "(으)로"),
    ],
)
def test_a_particle_fits_the_sound_before_it(word: str, subject: str, toward: str) -> None:
    assert with_particle(word, "이/가") == word + subject
    assert with_particle(word, "으로/로") == word + toward


def test_figures_are_put_into_words_by_their_meaning() -> None:
    message = Message("plan.over_risk_cap", cap=Percent(ZERO), account="IRP")
    assert render(message) == "risky assets may be 0.00% of IRP at most"
    assert render(message, "ko") == "IRP의 위험자산은 0.00%까지입니다"
    assert render(Message("plan.below_minimum_trade", minimum=Amount(ZERO + 1500, "KRW"))).endswith("1,500")


def test_a_message_is_no_text_and_one_without_words_is_refused() -> None:
    with pytest.raises(TypeError):
        str(Message("plan.no_cash"))
    with pytest.raises(KeyError):
        render(Message("plan.there_is_no_such_kind"))
