"""Which language the terminal uses, what a poor terminal gets, and what --verbose adds."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
from books import FAMILY, settings, write_book, xlrebal

from xlrebal.cli import language

NOTHING_TO_CLEAR = {"en": "There is nothing to clear.\n", "ko": "지울 것이 없습니다.\n"}


def book(folder: Path, name: str) -> Path:
    return write_book(folder / "family.xlsx", {**FAMILY, "Settings": settings(language=name)})


@pytest.mark.parametrize(
    ("asked", "in_workbook", "locale", "shown"),
    [
        (["--lang", "en"], "ko", "ko_KR.UTF-8", "en"),
        (["--lang=ko"], "en", "en_US.UTF-8", "ko"),
        ([], "ko", "en_US.UTF-8", "ko"),
        ([], "en", "ko_KR.UTF-8", "en"),
        ([], "auto", "ko_KR.UTF-8", "ko"),
        ([], "auto", "de_DE.UTF-8", "en"),
    ],
)
def test_what_is_asked_for_goes_before_the_workbook_and_that_before_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str], in_workbook: str, locale: str, shown: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    path = book(tmp_path, in_workbook)
    assert xlrebal("clear", path, *asked).out == NOTHING_TO_CLEAR[shown]
    assert xlrebal(*asked, "clear", path).out == NOTHING_TO_CLEAR[shown]


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"LC_ALL": "ko_KR.UTF-8", "LANG": "en_US.UTF-8"}, "ko"),
        ({"LC_ALL": "C", "LC_MESSAGES": "ko_KR", "LANG": "ko_KR"}, "en"),
        ({"LC_MESSAGES": "ko_KR.eucKR", "LANG": "en_US.UTF-8"}, "ko"),
        ({"LC_ALL": "", "LANG": "ko"}, "ko"),
        ({"LANG": "ko-KR"}, "ko"),
        ({"LANG": "Korean_Korea.949"}, "ko"),
        ({"LANG": "kok_IN"}, "en"),
        ({}, "en"),
    ],
)
def test_the_first_variable_that_is_set_names_the_locale(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], shown: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", "linux")
    assert language.of_user() == shown


@pytest.mark.parametrize(("identifier", "shown"), [(0x0412, "ko"), (0x0409, "en")])
def test_windows_is_asked_for_its_language(monkeypatch: pytest.MonkeyPatch, identifier: int, shown: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    kernel = types.SimpleNamespace(GetUserDefaultUILanguage=lambda: identifier)
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(ctypes, "windll", types.SimpleNamespace(kernel32=kernel), raising=False)
    assert language.of_user() == shown


def test_a_language_that_is_not_ours_is_refused() -> None:
    run = xlrebal("check", "family.xlsx", "--lang", "de")
    assert run.status == 2
    assert "argument --lang: invalid choice: 'de' (choose from 'en', 'ko')" in run.err


def test_a_misspelt_command_gets_a_suggestion() -> None:
    run = xlrebal("chekc", "family.xlsx")
    assert run.status == 2
    assert run.err.endswith('xlrebal: error: there is no command "chekc"; did you mean check?\n')


def test_json_is_english_in_every_language(tmp_path: Path) -> None:
    path = book(tmp_path, "ko")
    arguments = ("update", path, "--dry-run", "--as-of", "2026-03-04", "--json")
    assert xlrebal(*arguments).out == xlrebal(*arguments, "--lang", "en").out


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "ko_KR.UTF-8", "PYTHONIOENCODING": "cp1252"},
    ],
)
def test_a_pipe_that_lacks_letters_stops_nothing(tmp_path: Path, environment: dict[str, str]) -> None:
    holdings = [FAMILY["Holdings"][0], ("우리 계좌", "069500", "한국", 100, 35000, 40000), FAMILY["Holdings"][2]]
    path = write_book(tmp_path / "family.xlsx", {**FAMILY, "Holdings": holdings, "Settings": settings(language="ko")})
    command = [sys.executable, "-m", "xlrebal", "update", str(path), "--now", "--as-of", "2026-03-04"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHONIO"))}
    done = subprocess.run(command, capture_output=True, env=kept | environment, check=False)
    assert done.returncode == 0, done.stderr
    if "PYTHONIOENCODING" in environment:
        assert done.stdout.decode("ascii").endswith(f"Written to {path}.\n")
    done = subprocess.run([*command, "--json"], capture_output=True, env=kept | environment, check=False)
    accounts = {order["account"] for order in json.loads(done.stdout)["orders"]}
    assert "우리 계좌" in accounts


def test_verbose_logs_what_is_read_and_written(tmp_path: Path) -> None:
    path = book(tmp_path, "en")
    assert xlrebal("update", path, "--as-of", "2026-03-04").err == ""
    log = xlrebal("update", path, "--as-of", "2026-03-04", "--verbose").err
    assert f"opening {path}" in log
    assert "holdings (3 rows)" in log
    assert f"writing {path}: " in log
    # The log ends with the run.
    assert not logging.getLogger("xlrebal").handlers
    assert xlrebal("update", path, "--as-of", "2026-03-04").err == ""


def test_without_verbose_the_log_costs_nothing(tmp_path: Path) -> None:
    path = book(tmp_path, "en")
    program = (
        "import sys; from xlrebal.cli import main;"
        f"main(['update', {str(path)!r}, '--as-of', '2026-03-04']); sys.exit('logging' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


def test_an_internal_error_is_one_line_and_a_traceback_with_verbose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("xlrebal.app.clear", broken)
    path = book(tmp_path, "en")
    run = xlrebal("clear", path)
    line = "xlrebal: internal error (please report it): ZeroDivisionError: by zero (--verbose shows where)\n"
    assert (run.status, run.err) == (1, line)
    assert xlrebal("clear", path, "--lang", "ko").err.startswith(
        "xlrebal: 내부 오류입니다(알려 주세요): ZeroDivisionError"
    )
    with pytest.raises(ZeroDivisionError):
        xlrebal("clear", path, "--verbose")


def test_an_interrupted_run_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xlrebal.app.clear", interrupted)
    run = xlrebal("clear", book(tmp_path, "en"), "--lang", "ko")
    assert (run.status, run.err) == (130, "xlrebal: 중단했습니다. 더는 아무것도 쓰지 않았습니다\n")
