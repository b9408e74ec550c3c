"""Buttons for a workbook on this computer: the macros of the installed xlwings, and the settings that bind them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import FileError
from xlrebal.macros.workbook_macros import CONFIGURATION, KOREAN_TEXTS, macro_project
from xlrebal.workbook.macro_book import has_macros, put_project, read_configuration, replace_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

MAC, WINDOWS = "darwin", "win32"
INTERPRETERS = {WINDOWS: "INTERPRETER_WIN", MAC: "INTERPRETER_MAC"}
"""Setting of xlwings that names the interpreter, by platform."""

UNBOUND = "python"
"""Its value in a workbook that was bound to no computer yet."""

VERSION_KEY = "XLREBAL_MACROS_OF_XLWINGS"
"""Which xlwings the macros in the workbook came from. xlwings itself does not read it."""

_FOLDER_KEY, _NO = "ADD_WORKBOOK_TO_PYTHONPATH", "False"
# Blank on the sheet, so that a file of settings in the workbook's folder or in the user's cannot fill them.
_BLANK = ("PYTHONPATH", "CONDA PATH", "CONDA ENV")


def equip(path: Path) -> None:
    """Give a new macro workbook the modules of the installed xlwings, and this Python as its interpreter.

    Raises ``FileError`` when xlwings is not installed here.
    """
    _need_xlwings()
    put_project(path, macro_project)
    _configure(path, {VERSION_KEY: importlib.metadata.version("xlwings")})


def bind(path: Path) -> list[str]:
    """Write this Python into a macro workbook, so that its buttons find it, and drop settings that are not ours.

    Returns the names of the settings that were dropped. Excel runs on Windows and macOS only: elsewhere no Python is
    written. Raises ``FileError`` when the workbook has no buttons.
    """
    _need_xlwings()
    if not has_macros(path):
        raise FileError(Message("file.no_macros"))
    return _configure(path, {})


def _need_xlwings() -> None:
    if importlib.util.find_spec("xlwings") is None:
        raise FileError(Message("file.buttons_need_xlwings"))


def _configure(path: Path, own: dict[str, str]) -> list[str]:
    there = read_configuration(path, CONFIGURATION) or {}
    foreign = foreign_settings(there)
    texts = {name: text for name, text in KOREAN_TEXTS.items() if name in there}
    version = {name: value for name, value in there.items() if name == VERSION_KEY and _is_version(value)}
    settings = _settings({} if foreign else there) | texts | version | own
    replace_configuration(path, CONFIGURATION, settings)
    return list(foreign)


def _settings(there: Mapping[str, str]) -> dict[str, str]:
    """The settings for xlwings; the interpreter of the other platform is kept unless foreign settings were there."""
    interpreters = {key: there.get(key) or UNBOUND for key in INTERPRETERS.values()}
    if sys.platform in INTERPRETERS:
        interpreters[INTERPRETERS[sys.platform]] = this_python()
    return interpreters | {_FOLDER_KEY: _NO} | dict.fromkeys(_BLANK, "")


def _is_version(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\w+)*", text) is not None


def foreign_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that xlrebal does not write: they may make the buttons run somebody else's code."""
    known = {*INTERPRETERS.values(), *KOREAN_TEXTS}
    given = {name: value for name, value in settings.items() if value and name not in known}
    folder, version = given.get(_FOLDER_KEY, ""), given.get(VERSION_KEY, "")
    ours = {_FOLDER_KEY} if folder.title() == _NO else set()
    ours |= {VERSION_KEY} if _is_version(version) else set()
    return {name: value for name, value in given.items() if name not in ours}


def this_python() -> str:
    """Return this interpreter; on Windows the one that opens no console window, where there is one."""
    quiet = Path(sys.executable).with_name("pythonw.exe")
    return str(quiet) if sys.platform == WINDOWS and quiet.exists() else sys.executable
