"""What the buttons need on a computer and in a workbook: every check with what was found and how to fix it."""

from __future__ import annotations

import codecs
import importlib.metadata
import importlib.util
import locale
import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.buttons import INTERPRETERS, MAC, UNBOUND, VERSION_KEY, WINDOWS, foreign_settings, this_python
from xlrebal.macros.workbook_macros import CONFIGURATION
from xlrebal.workbook.macro_book import code_sheets, has_macros, read_configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Settings = Mapping[str, str]

_CLOUD_FOLDERS = ("onedrive", "sharepoint", "clouddocs", "google drive", "dropbox")
_MACRO_SUFFIX = ".xlsm"
_SCRIPT_MAC = Path("Library/Application Scripts/com.microsoft.Excel")
_USER_FILES = {
    MAC: Path("Library/Containers/com.microsoft.Excel/Data/xlwings.conf"),
    WINDOWS: Path(".xlwings/xlwings.conf"),
}
_GET_PYTHON = "winget install -e --id Python.Python.3.13"
# What a command line of the platform takes for its own in the path of a workbook.
_SIGNS = {WINDOWS: "%", MAC: '|"$`'}


class Verdict(StrEnum):
    """What a check found."""

    GOOD = "ok"
    MISSING = "missing"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Diagnosis:
    """One check: what was found, and how to fix it (empty when nothing needs it)."""

    verdict: Verdict
    subject: str
    found: str
    mend: str = ""


def diagnose(path: Path | None = None) -> list[Diagnosis]:
    """Return what the buttons need on this computer and, for a workbook, in it.

    Raises ``FileError`` when the workbook cannot be read.
    """
    checks: list[Callable[[], Diagnosis | None]] = [_python, _python_place, _xlwings, _excel, _mac_script]
    found = [result for check in checks if (result := check()) is not None]
    return found + (_diagnose_workbook(path) if path is not None else [])


def _python() -> Diagnosis:
    return Diagnosis(Verdict.GOOD, "Python", f"{sys.version.split()[0]} at {sys.executable}")


def _python_place() -> Diagnosis | None:
    """A path that Excel, or the command line that it starts, cannot handle."""
    place = sys.executable
    if sys.platform == MAC and re.search(r"[^\w./+~-]", place):
        mend = "make an environment elsewhere, such as: python3 -m venv ~/xlrebal-python"
        return Diagnosis(Verdict.MISSING, "path of Python", "a space or sign in it stops the buttons on macOS", mend)
    if sys.platform == WINDOWS and "windowsapps" in place.casefold():
        found = "it is the alias of the Microsoft Store, which Excel may not be able to start"
        return Diagnosis(Verdict.NOTE, "path of Python", found, f"install another one: {_GET_PYTHON}")
    if sys.platform == WINDOWS and not _in_code_page(place):
        found = "it has letters that the system's code page lacks; the buttons use its short name"
        mend = "if they do not find it, install Python in a folder with plain letters"
        return Diagnosis(Verdict.NOTE, "path of Python", found, mend)
    return None


def _in_code_page(text: str) -> bool:
    """Whether the letters of a text are in the code page that VBA's own functions for files use."""
    try:
        page = codecs.lookup("mbcs").name
    except LookupError:
        page = locale.getpreferredencoding(do_setlocale=False)
    try:
        return text.encode(page).decode(page) == text
    except UnicodeError:
        return False


def _xlwings() -> Diagnosis:
    if importlib.util.find_spec("xlwings") is None:
        mend = 'pip install "xlrebal[excel]" (xlwings Lite needs nothing: see docs/excel.md)'
        return Diagnosis(Verdict.MISSING, "xlwings", "not installed", mend)
    return Diagnosis(Verdict.GOOD, "xlwings", importlib.metadata.version("xlwings"))


def _excel() -> Diagnosis:
    if sys.platform == MAC:
        there = Path("/Applications/Microsoft Excel.app").exists()
    elif sys.platform == WINDOWS:
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
    if sys.platform != MAC:
        return None
    if _scripts("*"):
        return Diagnosis(Verdict.GOOD, "RunPython script", "installed")
    return Diagnosis(Verdict.MISSING, "RunPython script", "not installed", "run: xlwings runpython install")


def _scripts(version: str) -> list[Path]:
    return list((Path.home() / _SCRIPT_MAC).glob(f"xlwings-{version}.applescript"))


def _diagnose_workbook(path: Path) -> list[Diagnosis]:
    macros, settings = path.suffix.lower() == _MACRO_SUFFIX, read_configuration(path, CONFIGURATION)
    found = [_macros(path), _mark_of_the_web(path), _cloud(path), *_name(path)]
    if macros:
        found += [_permission(), _interpreter(path, settings), _macro_version(settings)]
    found += [_foreign(path, settings, macros=macros), _other_settings(path, settings), _code(path)]
    return [result for result in found if result is not None]


def _macros(path: Path) -> Diagnosis:
    if has_macros(path):
        return Diagnosis(Verdict.GOOD, "macros", "the workbook has a macro project")
    mend = "make one with buttons (xlrebal new NAME.xlsm), or use xlwings Lite"
    return Diagnosis(Verdict.NOTE, "macros", "the workbook has none", mend)


def _mark_of_the_web(path: Path) -> Diagnosis | None:
    """Windows marks downloaded files in an alternate stream, and Excel blocks their macros."""
    if sys.platform != WINDOWS or not Path(f"{path}:Zone.Identifier").exists():
        return None
    mend = "if you trust its sender: right-click the file, Properties, tick Unblock (차단 해제)"
    found = "Windows marked the file as downloaded: Excel opens it in Protected View and blocks its macros"
    return Diagnosis(Verdict.MISSING, "permission", found, mend)


def _permission() -> Diagnosis:
    mend = "press Enable Editing (편집 사용) and Enable Content (콘텐츠 사용) when Excel asks, if the workbook is yours"
    return Diagnosis(Verdict.NOTE, "opening", "the buttons do nothing before macros are enabled", mend)


def _cloud(path: Path) -> Diagnosis | None:
    text = str(path.resolve()).casefold()
    if not any(folder in text for folder in _CLOUD_FOLDERS):
        return None
    mend = "the buttons work there; close the workbook before a headless update"
    return Diagnosis(Verdict.NOTE, "folder", "the workbook lies in a synchronised folder", mend)


def _name(path: Path) -> list[Diagnosis]:
    found = []
    if "=" in path.name:
        found.append(
            Diagnosis(Verdict.MISSING, "file name", "a name with = confuses the buttons", "rename the workbook")
        )
    signs = [sign for sign in _SIGNS.get(sys.platform, "") if sign in str(path.absolute())]
    if signs:
        mend = "rename the workbook or its folder"
        found.append(Diagnosis(Verdict.MISSING, "path", f"{' '.join(signs)} in it confuses the buttons", mend))
    return found


def _interpreter(path: Path, settings: Settings | None) -> Diagnosis:
    subject, mend = "interpreter", f"run: xlrebal excel install {path.name}"
    if settings is None:
        return Diagnosis(Verdict.MISSING, CONFIGURATION, "the sheet is not there", "make the workbook anew")
    if sys.platform not in INTERPRETERS:
        return Diagnosis(Verdict.NOTE, subject, "the buttons run on Windows and macOS only")
    named = settings.get(INTERPRETERS[sys.platform], "")
    if named == this_python():
        return Diagnosis(Verdict.GOOD, subject, named)
    if named not in ("", UNBOUND):
        return Diagnosis(Verdict.WARNING, subject, f"the buttons start another Python: {named}", mend)
    if sys.platform == WINDOWS:
        return Diagnosis(Verdict.NOTE, subject, "none is named; the first press of a button looks for one", mend)
    return Diagnosis(Verdict.MISSING, subject, "the workbook names none", mend)


def _macro_version(settings: Settings | None) -> Diagnosis | None:
    """The macros of xlwings in a workbook and the package should be of one version."""
    macros = (settings or {}).get(VERSION_KEY)
    if not macros or VERSION_KEY in foreign_settings(settings or {}) or importlib.util.find_spec("xlwings") is None:
        return None
    installed = importlib.metadata.version("xlwings")
    mend = f'pip install "xlwings=={macros}"'
    if sys.platform == MAC and not _scripts(macros):
        found = f"{macros} in the workbook; macOS has no script of that version"
        return Diagnosis(Verdict.MISSING, "macros of xlwings", found, f"{mend} && xlwings runpython install")
    if macros == installed:
        return Diagnosis(Verdict.GOOD, "macros of xlwings", macros)
    return Diagnosis(Verdict.NOTE, "macros of xlwings", f"{macros} in the workbook, {installed} installed", mend)


def _foreign(path: Path, settings: Settings | None, *, macros: bool) -> Diagnosis | None:
    """Settings that would run somebody else's code with the next press of a button."""
    foreign = foreign_settings(settings or {})
    if not foreign:
        return None
    shown = ", ".join(f"{name} = {value}" for name, value in foreign.items())
    mend = f"run: xlrebal excel install {path.name}" if macros else f"delete the sheet {CONFIGURATION}"
    found = f"the sheet {CONFIGURATION} may run somebody else's code: {shown}"
    return Diagnosis(Verdict.WARNING, "foreign settings", found, f"open it only if you trust its maker; {mend}")


def _other_settings(path: Path, settings: Settings | None) -> Diagnosis | None:
    """Files with settings count where the sheet says nothing: one in the workbook's folder, one of the user's."""
    user = _USER_FILES.get(sys.platform)
    files = [path.absolute().parent / "xlwings.conf", *([Path.home() / user] if user else [])]
    for file in files:
        unshadowed = {name for name in _names_in(file) if name not in (settings or {})}
        names = sorted(unshadowed & {"PYTHONPATH", "CONDA PATH", "CONDA ENV", "INTERPRETER"})
        if names:
            mend = f"run: xlrebal excel install {path.name}, or delete that file"
            return Diagnosis(Verdict.WARNING, "foreign settings", f"{file} sets {', '.join(names)}", mend)
    return None


def _names_in(file: Path) -> list[str]:
    """Names of the settings in such a file, whose lines are ``"NAME","VALUE"``; none when it cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [match[1].upper() for line in lines if (match := re.match(r'\s*"([^"]+)"\s*,', line))]


def _code(path: Path) -> Diagnosis | None:
    sheets = code_sheets(path)
    if not sheets:
        return None
    found = f"xlwings with a licence runs the text of the sheet {', '.join(sheets)}"
    return Diagnosis(Verdict.WARNING, "code in sheets", found, "delete it unless it is yours")
