"""What the doctor finds is told in both languages: every kind of message comes up in one of these situations."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from babel.messages.pofile import read_po

from xlrebal.domain.message import Message
from xlrebal.files import buttons, doctor, templates
from xlrebal.files.doctor import Diagnosis, diagnose
from xlrebal.language import render
from xlrebal.workbook.macro_book import replace_configuration

LOCALE = Path(render.__code__.co_filename).parent / "locale"
MACROS = next(path for path in templates.files() if path.suffix == ".xlsm")
# Words of a sentence; commands and names of programs and settings are no sentences.
ENGLISH = re.compile(r"\b(the|a|an|is|are|it|in|of|not|or|has|cannot|none|run|delete|make|rename)\b", re.IGNORECASE)
KOREAN = re.compile("[가-힣]")


def kinds_in(message: Message) -> Iterator[str]:
    yield message.kind
    for figure in message.figures.values():
        if isinstance(figure, Message):
            yield from kinds_in(figure)


def messages_of(result: Diagnosis) -> list[Message]:
    return [Message(result.verdict.value), result.subject, result.found, *([result.hint] if result.hint else [])]


@pytest.fixture
def situations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Diagnosis]]:
    """Each computer and workbook in turn."""
    return every_situation(tmp_path, monkeypatch)


def every_situation(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[list[Diagnosis]]:
    computer(patch, folder, "linux")
    synchronised = copied(folder / "OneDrive" / "family.xlsm")
    yield diagnose(synchronised)
    yield diagnose(plain_with_code(folder / "code.xlsx"))
    yield diagnose(plain_with_settings(folder / "settings.xlsx"))

    computer(patch, folder, "win32", r"C:\Users\kim\AppData\Local\Microsoft\WindowsApps\python.exe")
    downloaded = copied(folder / "50%" / "f=g.xlsm")
    Path(f"{downloaded}:Zone.Identifier").touch()
    yield diagnose(downloaded)
    patch.setattr(doctor, "_registered", lambda: True)
    yield diagnose(with_settings(folder / "hostile.xlsm", INTERPRETER_WIN="other.exe", **{"UDF MODULES": "evil"}))
    (folder / "own" / "xlwings.conf").parent.mkdir()
    (folder / "own" / "xlwings.conf").write_text('"PYTHONPATH","C:\\evil"\n', encoding="utf-8")
    yield diagnose(with_settings(folder / "own" / "family.xlsm", XLREBAL_MACROS_OF_XLWINGS="0.1.0"))
    computer(patch, folder, "win32", r"C:\Users\김철수\python.exe")
    patch.setattr(doctor.locale, "getpreferredencoding", lambda do_setlocale: "cp1252")
    yield diagnose()

    computer(patch, folder, "darwin", "/Users/kim/my tools/python3")
    own = with_settings(folder / "mac.xlsm", INTERPRETER_MAC=doctor.this_python(), XLREBAL_MACROS_OF_XLWINGS="0.1.0")
    yield diagnose(own)
    yield diagnose(with_settings(folder / "unbound.xlsm"))
    scripts = folder / "home" / "Library" / "Application Scripts" / "com.microsoft.Excel"
    scripts.mkdir(parents=True)
    (scripts / "xlwings-0.2.0.applescript").touch()
    yield diagnose(own)
    yield diagnose(without_the_sheet(folder / "bare.xlsm"))

    patch.setattr(buttons.importlib.util, "find_spec", lambda _: None)
    yield diagnose()


def computer(patch: pytest.MonkeyPatch, folder: Path, system: str, python: str = "/usr/bin/python3") -> None:
    patch.setattr(doctor.sys, "platform", system)
    patch.setattr(doctor.sys, "executable", python)
    patch.setattr(doctor, "_registered", lambda: False)
    patch.setattr(doctor.Path, "home", lambda: folder / "home")


def copied(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(MACROS, path)
    return path


def with_settings(path: Path, **settings: str) -> Path:
    replace_configuration(copied(path), doctor.CONFIGURATION, settings)
    return path


def plain_with_settings(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.create_sheet(doctor.CONFIGURATION).append(["UDF MODULES", "evil"])
    book.save(path)
    return path


def plain_with_code(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.create_sheet("helper.py")["A1"] = "import os"
    book.save(path)
    return path


def without_the_sheet(path: Path) -> Path:
    openpyxl.Workbook().save(path)
    return path


def test_every_kind_of_message_comes_up(situations: Iterator[list[Diagnosis]], monkeypatch: pytest.MonkeyPatch) -> None:
    results = [result for found in situations for result in found]
    monkeypatch.undo()
    found = {kind for result in results for message in messages_of(result) for kind in kinds_in(message)}
    with (LOCALE / "en" / "LC_MESSAGES" / "doctor.po").open("rb") as file:
        assert {str(one.id) for one in read_po(file) if one.id} - found == set()


def test_no_message_mixes_languages(situations: Iterator[list[Diagnosis]], monkeypatch: pytest.MonkeyPatch) -> None:
    results = [result for found in situations for result in found]
    monkeypatch.undo()
    for result in results:
        for message in (result.found, *([result.hint] if result.hint else [])):
            assert not ENGLISH.search(re.sub("~?/[^ ]*", "", render(message, "ko"))), render(message, "ko")
            if message.kind not in ("doctor.unblock", "doctor.enable_macros"):  # these name what a Korean Excel shows
                assert not KOREAN.search(render(message, "en").replace("김철수", "")), render(message, "en")


def test_a_missing_thing_is_told_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computer(monkeypatch, tmp_path, "darwin")
    named = {result.subject.kind: result for result in diagnose(copied(tmp_path / "family.xlsm"))}
    monkeypatch.undo()
    result = named["doctor.interpreter"]
    assert result.hint is not None
    assert [render(message, "ko") for message in (result.subject, result.found, result.hint)] == [
        "단추가 쓰는 Python",
        "파일에 정해지지 않았습니다",
        "실행하세요: xlrebal excel install family.xlsm",
    ]
