"""What the buttons need on a computer and in a workbook: the result of every check and how to fix it."""

from __future__ import annotations

import codecs
import importlib.metadata
import importlib.util
import locale
import re
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.files.buttons import INTERPRETERS, MAC, UNBOUND, VERSION_KEY, WINDOWS, foreign_settings, this_python
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


class Verdict(Enum):
    """The result of a check; the value is the kind of its message."""

    GOOD = "doctor.verdict_good"
    MISSING = "doctor.verdict_missing"
    WARNING = "doctor.verdict_warning"
    NOTE = "doctor.verdict_note"


@dataclass(frozen=True)
class Diagnosis:
    """One check.

    Attributes:
        verdict: Whether it is in order.
        subject: What was checked.
        found: What was found.
        hint: How to fix it; None where nothing has to be fixed.

    """

    verdict: Verdict
    subject: Message
    found: Message
    hint: Message | None = None


def diagnose(path: Path | None = None) -> list[Diagnosis]:
    """Return what the buttons need on this computer and, for a workbook, in it.

    Raises ``FileError`` when the workbook cannot be read.
    """
    checks: list[Callable[[], Diagnosis | None]] = [_python, _python_place, _xlwings, _excel, _mac_script]
    found = [result for check in checks if (result := check()) is not None]
    return found + (_diagnose_workbook(path) if path is not None else [])


def _good(subject: str, found: Message) -> Diagnosis:
    return Diagnosis(Verdict.GOOD, Message(subject), found)


def _python() -> Diagnosis:
    found = Message("doctor.python_found", version=sys.version.split()[0], place=sys.executable)
    return _good("doctor.python", found)


def _python_place() -> Diagnosis | None:
    """A path that Excel, or the command line that it starts, cannot handle."""
    place, subject = sys.executable, Message("doctor.path_of_python")
    if sys.platform == MAC and re.search(r"[^\w./+~-]", place):
        found, hint = Message("doctor.python_path_has_sign"), Message("doctor.make_environment")
        return Diagnosis(Verdict.MISSING, subject, found, hint)
    if sys.platform == WINDOWS and "windowsapps" in place.casefold():
        found, hint = Message("doctor.python_is_store_alias"), Message("doctor.install_python", command=_GET_PYTHON)
        return Diagnosis(Verdict.NOTE, subject, found, hint)
    if sys.platform == WINDOWS and not _in_code_page(place):
        found, hint = Message("doctor.python_path_outside_code_page"), Message("doctor.install_python_in_plain_folder")
        return Diagnosis(Verdict.NOTE, subject, found, hint)
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
        missing, hint = Message("doctor.not_installed"), Message("doctor.install_xlwings")
        return Diagnosis(Verdict.MISSING, Message("doctor.xlwings"), missing, hint)
    return _good("doctor.xlwings", Message("doctor.version", version=importlib.metadata.version("xlwings")))


def _excel() -> Diagnosis:
    subject = Message("doctor.excel")
    if sys.platform == MAC:
        there = Path("/Applications/Microsoft Excel.app").exists()
    elif sys.platform == WINDOWS:
        there = _registered()
    else:
        elsewhere, hint = Message("doctor.excel_not_on_this_system"), Message("doctor.update_without_excel")
        return Diagnosis(Verdict.NOTE, subject, elsewhere, hint)
    if there:
        return _good("doctor.excel", Message("doctor.installed"))
    return Diagnosis(Verdict.MISSING, subject, Message("doctor.not_found"), Message("doctor.install_excel"))


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
        return _good("doctor.mac_script", Message("doctor.installed"))
    missing, hint = Message("doctor.not_installed"), Message("doctor.install_mac_script")
    return Diagnosis(Verdict.MISSING, Message("doctor.mac_script"), missing, hint)


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
        return _good("doctor.macros", Message("doctor.macros_found"))
    missing, hint = Message("doctor.no_macros"), Message("doctor.make_macro_workbook")
    return Diagnosis(Verdict.NOTE, Message("doctor.macros"), missing, hint)


def _mark_of_the_web(path: Path) -> Diagnosis | None:
    """Windows marks downloaded files in an alternate stream, and Excel blocks their macros."""
    if sys.platform != WINDOWS or not Path(f"{path}:Zone.Identifier").exists():
        return None
    found, hint = Message("doctor.marked_as_downloaded"), Message("doctor.unblock")
    return Diagnosis(Verdict.MISSING, Message("doctor.permission"), found, hint)


def _permission() -> Diagnosis:
    found, hint = Message("doctor.macros_not_enabled"), Message("doctor.enable_macros")
    return Diagnosis(Verdict.NOTE, Message("doctor.opening"), found, hint)


def _cloud(path: Path) -> Diagnosis | None:
    text = str(path.resolve()).casefold()
    if not any(folder in text for folder in _CLOUD_FOLDERS):
        return None
    found, hint = Message("doctor.in_synchronised_folder"), Message("doctor.close_before_update")
    return Diagnosis(Verdict.NOTE, Message("doctor.folder"), found, hint)


def _name(path: Path) -> list[Diagnosis]:
    results = []
    if "=" in path.name:
        found, hint = Message("doctor.name_has_equals_sign"), Message("doctor.rename_workbook")
        results.append(Diagnosis(Verdict.MISSING, Message("doctor.file_name"), found, hint))
    signs = [sign for sign in _SIGNS.get(sys.platform, "") if sign in str(path.absolute())]
    if signs:
        found, hint = (
            Message("doctor.path_has_sign", signs=" ".join(signs)),
            Message("doctor.rename_workbook_or_folder"),
        )
        results.append(Diagnosis(Verdict.MISSING, Message("doctor.path"), found, hint))
    return results


def _interpreter(path: Path, settings: Settings | None) -> Diagnosis:
    subject, hint = Message("doctor.interpreter"), _bind(path)
    if settings is None:
        sheet = Message("doctor.settings_sheet", sheet=CONFIGURATION)
        return Diagnosis(Verdict.MISSING, sheet, Message("doctor.sheet_missing"), Message("doctor.make_workbook_again"))
    if sys.platform not in INTERPRETERS:
        return Diagnosis(Verdict.NOTE, subject, Message("doctor.buttons_not_on_this_system"))
    named = settings.get(INTERPRETERS[sys.platform], "")
    if named == this_python():
        return Diagnosis(Verdict.GOOD, subject, Message("doctor.interpreter_named", interpreter=named))
    if named not in ("", UNBOUND):
        other = Message("doctor.other_interpreter", interpreter=named)
        return Diagnosis(Verdict.WARNING, subject, other, hint)
    if sys.platform == WINDOWS:
        return Diagnosis(Verdict.NOTE, subject, Message("doctor.interpreter_looked_for"), hint)
    return Diagnosis(Verdict.MISSING, subject, Message("doctor.no_interpreter"), hint)


def _bind(path: Path) -> Message:
    return Message("doctor.bind_buttons", file=path.name)


def _macro_version(settings: Settings | None) -> Diagnosis | None:
    """The macros of xlwings in a workbook and the package should be of one version."""
    macros = (settings or {}).get(VERSION_KEY)
    if not macros or VERSION_KEY in foreign_settings(settings or {}) or importlib.util.find_spec("xlwings") is None:
        return None
    subject, installed = Message("doctor.macros_of_xlwings"), importlib.metadata.version("xlwings")
    if sys.platform == MAC and not _scripts(macros):
        found = Message("doctor.mac_script_of_other_version", version=macros)
        hint = Message("doctor.install_xlwings_and_script_of_version", version=macros)
        return Diagnosis(Verdict.MISSING, subject, found, hint)
    if macros == installed:
        return Diagnosis(Verdict.GOOD, subject, Message("doctor.version", version=macros))
    found = Message("doctor.macros_of_other_version", version=macros, installed=installed)
    return Diagnosis(Verdict.NOTE, subject, found, Message("doctor.install_xlwings_of_version", version=macros))


def _foreign(path: Path, settings: Settings | None, *, macros: bool) -> Diagnosis | None:
    """Settings that would run somebody else's code with the next press of a button."""
    foreign = foreign_settings(settings or {})
    if not foreign:
        return None
    shown = ", ".join(f"{name} = {value}" for name, value in foreign.items())
    remedy = _bind(path) if macros else Message("doctor.delete_sheet", sheet=CONFIGURATION)
    found = Message("doctor.settings_may_run_foreign_code", sheet=CONFIGURATION, settings=shown)
    hint = Message("doctor.open_only_if_trusted", hint=remedy)
    return Diagnosis(Verdict.WARNING, Message("doctor.foreign_settings"), found, hint)


def _other_settings(path: Path, settings: Settings | None) -> Diagnosis | None:
    """Files with settings count where the sheet has none: one in the workbook's folder, one of the user's."""
    user = _USER_FILES.get(sys.platform)
    files = [path.absolute().parent / "xlwings.conf", *([Path.home() / user] if user else [])]
    for file in files:
        unshadowed = {name for name in _names_in(file) if name not in (settings or {})}
        names = sorted(unshadowed & {"PYTHONPATH", "CONDA PATH", "CONDA ENV", "INTERPRETER"})
        if names:
            found = Message("doctor.file_has_settings", file=str(file), names=", ".join(names))
            hint = Message("doctor.bind_or_delete_file", hint=_bind(path))
            return Diagnosis(Verdict.WARNING, Message("doctor.foreign_settings"), found, hint)
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
    found = Message("doctor.sheet_has_code", sheets=", ".join(sheets))
    return Diagnosis(Verdict.WARNING, Message("doctor.code_in_sheets"), found, Message("doctor.delete_unless_yours"))
