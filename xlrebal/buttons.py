"""Buttons for a workbook on this computer: what they need, what is missing, and the settings that bind them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.errors import FileError
from xlrebal.macros.workbook_macros import CONFIGURATION, macro_project
from xlrebal.workbook.macro_book import has_macros, put_project, read_configuration, write_configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAC, _WINDOWS = "darwin", "win32"
_CLOUD_FOLDERS = ("onedrive", "sharepoint", "clouddocs", "google drive", "dropbox")
_MACRO_SUFFIX = ".xlsm"
# Ours: which xlwings the macros in the workbook came from. xlwings itself does not read it.
_VERSION_KEY = "XLREBAL_MACROS_OF_XLWINGS"
_SCRIPT_MAC = Path("Library/Application Scripts/com.microsoft.Excel")


class Verdict(StrEnum):
    """What a check found."""

    GOOD = "ok"
    MISSING = "missing"
    NOTE = "note"


@dataclass(frozen=True)
class Diagnosis:
    """One check: what was found, and how to mend it (empty when nothing needs it)."""

    verdict: Verdict
    subject: str
    found: str
    mend: str = ""


def equip(path: Path) -> None:
    """Give a new macro workbook the modules of the installed xlwings, and this Python as its interpreter.

    Raises ``FileError`` when xlwings is not installed here.
    """
    _need_xlwings()
    put_project(path, macro_project)
    bind(path)
    write_configuration(path, CONFIGURATION, {_VERSION_KEY: importlib.metadata.version("xlwings")})


def bind(path: Path) -> None:
    """Write this Python into a macro workbook, so that its buttons find it.

    Raises ``FileError`` when it has no buttons.
    """
    _need_xlwings()
    if not has_macros(path):
        raise FileError("it has no macros; make a workbook with buttons with: xlrebal new NAME.xlsm")
    write_configuration(path, CONFIGURATION, _settings())


def _need_xlwings() -> None:
    if importlib.util.find_spec("xlwings") is None:
        raise FileError('buttons need the package xlwings; install it with: pip install "xlrebal[excel]"')


def _settings() -> dict[str, str]:
    key = "INTERPRETER_MAC" if sys.platform == _MAC else "INTERPRETER_WIN"
    return {key: _windowless(sys.executable), "ADD_WORKBOOK_TO_PYTHONPATH": "False"}


def _windowless(interpreter: str) -> str:
    """On Windows the Python that opens no console window, where there is one."""
    quiet = Path(interpreter).with_name("pythonw.exe")
    return str(quiet) if sys.platform == _WINDOWS and quiet.exists() else interpreter


def diagnose(path: Path | None = None) -> list[Diagnosis]:
    """Return what the buttons need on this computer and, for a workbook, in it."""
    checks: list[Callable[[], Diagnosis | None]] = [_python, _xlwings, _excel, _mac_script]
    found = [result for check in checks if (result := check()) is not None]
    return found + (_diagnose_workbook(path) if path is not None else [])


def _python() -> Diagnosis:
    return Diagnosis(Verdict.GOOD, "Python", f"{sys.version.split()[0]} at {sys.executable}")


def _xlwings() -> Diagnosis:
    if importlib.util.find_spec("xlwings") is None:
        mend = 'pip install "xlrebal[excel]" (xlwings Lite needs nothing: see docs/excel.md)'
        return Diagnosis(Verdict.MISSING, "xlwings", "not installed", mend)
    return Diagnosis(Verdict.GOOD, "xlwings", importlib.metadata.version("xlwings"))


def _excel() -> Diagnosis:
    if sys.platform == _MAC:
        there = Path("/Applications/Microsoft Excel.app").exists()
    elif sys.platform == _WINDOWS:
        there = _registered()
    else:
        return Diagnosis(Verdict.NOTE, "Excel", "does not run on this system", "update headlessly: xlrebal update FILE")
    if there:
        return Diagnosis(Verdict.GOOD, "Excel", "installed")
    return Diagnosis(Verdict.MISSING, "Excel", "not found", "install Excel, or update headlessly: xlrebal update FILE")


def _registered() -> bool:
    import winreg  # Windows only

    try:
        winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, "Excel.Application").Close()  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
    return True


def _mac_script() -> Diagnosis | None:
    """On macOS Excel may run Python only through a script that xlwings puts into a folder of Excel's."""
    if sys.platform != _MAC:
        return None
    if list((Path.home() / _SCRIPT_MAC).glob("xlwings-*.applescript")):
        return Diagnosis(Verdict.GOOD, "RunPython script", "installed")
    return Diagnosis(Verdict.MISSING, "RunPython script", "not installed", "run: xlwings runpython install")


def _diagnose_workbook(path: Path) -> list[Diagnosis]:
    found = [_macros(path), _mark_of_the_web(path), _cloud(path), _name(path)]
    if path.suffix.lower() == _MACRO_SUFFIX:
        settings = read_configuration(path, CONFIGURATION)
        found += [_interpreter(path, settings), _macro_version(settings)]
    return [result for result in found if result is not None]


def _macros(path: Path) -> Diagnosis:
    if has_macros(path):
        return Diagnosis(Verdict.GOOD, "macros", "the workbook has a macro project")
    mend = "make one with buttons (xlrebal new NAME.xlsm), or use xlwings Lite"
    return Diagnosis(Verdict.NOTE, "macros", "the workbook has none", mend)


def _mark_of_the_web(path: Path) -> Diagnosis | None:
    """Windows marks downloaded files in an alternate stream, and Excel blocks their macros."""
    if sys.platform != _WINDOWS or not Path(f"{path}:Zone.Identifier").exists():
        return None
    mend = "right-click the file, Properties, tick Unblock"
    return Diagnosis(Verdict.MISSING, "permission", "Windows marked the file as downloaded and blocks its macros", mend)


def _cloud(path: Path) -> Diagnosis | None:
    text = str(path.resolve()).casefold()
    if not any(folder in text for folder in _CLOUD_FOLDERS):
        return None
    mend = "the buttons work there; close the workbook before a headless update"
    return Diagnosis(Verdict.NOTE, "folder", "the workbook lies in a synchronised folder", mend)


def _name(path: Path) -> Diagnosis | None:
    if "=" not in path.name:
        return None
    return Diagnosis(Verdict.MISSING, "file name", "a name with = confuses the buttons", "rename the workbook")


def _interpreter(path: Path, settings: Mapping[str, str] | None) -> Diagnosis:
    key = "INTERPRETER_MAC" if sys.platform == _MAC else "INTERPRETER_WIN"
    mend = f"run: xlrebal excel install {path.name}"
    if settings is None:
        return Diagnosis(Verdict.MISSING, CONFIGURATION, "the sheet is not there", "make the workbook anew")
    interpreter = settings.get(key, "")
    if interpreter != _windowless(sys.executable):
        return Diagnosis(Verdict.MISSING, "interpreter", f"the workbook asks for {interpreter or 'none'}", mend)
    return Diagnosis(Verdict.GOOD, "interpreter", interpreter)


def _macro_version(settings: Mapping[str, str] | None) -> Diagnosis | None:
    """The macros of xlwings in a workbook and the package should be of one version."""
    macros = (settings or {}).get(_VERSION_KEY)
    if not macros or importlib.util.find_spec("xlwings") is None:
        return None
    installed = importlib.metadata.version("xlwings")
    if macros == installed:
        return Diagnosis(Verdict.GOOD, "macros of xlwings", macros)
    mend = f"install xlwings {macros}, or make a new workbook and copy your sheets into it"
    return Diagnosis(Verdict.NOTE, "macros of xlwings", f"{macros} in the workbook, {installed} installed", mend)
