"""Macro workbooks: what an independent reader and LibreOffice find in them."""

from __future__ import annotations

import itertools
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from books import xlrebal
from hypothesis import given
from hypothesis import strategies as st
from profiles import examples

from xlrebal.domain.message import Message
from xlrebal.language import render
from xlrebal.macros.compression import compress
from xlrebal.macros.project import Kind, Module, build_project
from xlrebal.macros.workbook_macros import (
    BUTTONS,
    KOREAN_CAPTIONS,
    KOREAN_TEXTS,
    MESSAGE,
    OWN,
    macro_modules,
    own_source,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent.parent.parent / "workbook_templates"
TEMPLATES = sorted(FOLDER.glob("*.xlsm"))
SAMPLE = FOLDER / "core-satellite.xlsm"


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sources(path: Path) -> dict[str, str]:
    """Source of each module as olevba, an independent reader, sees it."""
    from oletools.olevba import VBA_Parser

    reader = VBA_Parser(str(path))
    found = {Path(name).stem: code for _, _, name, code in reader.extract_macros()}
    reader.close()
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_an_independent_reader_gets_back_exactly_our_source(path: Path) -> None:
    found = sources(path)
    sheets = [name for name in found if re.fullmatch(r"Sheet\d+", name)]
    for module in macro_modules(sheets):
        if module.name not in ("xlwings", "Dictionary"):
            assert found[module.name] == module.source()
    assert "Sub RunPython" in found["xlwings"].replace("Function", "Sub")
    assert "\n" not in found["xlrebal"].replace("\r\n", "")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_sheet_has_its_module_and_every_button_its_macro(path: Path) -> None:
    content, found = parts(path), sources(path)
    names = [
        re.search(rb'<sheetPr[^>]*codeName="([^"]+)"', data)
        for name, data in content.items()
        if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)
    ]
    assert all(names)
    codes = [name.group(1).decode() for name in names if name]
    assert len(set(codes)) == len(codes)
    assert set(codes) == {name for name in found if name.startswith("Sheet")}
    assert b'codeName="ThisWorkbook"' in content["xl/workbook.xml"]
    drawing = next(data for name, data in content.items() if name.endswith(".vml")).decode()
    assert re.findall(r"<x:FmlaMacro>\[0\]!(\w+)</x:FmlaMacro>", drawing) == list(BUTTONS.values())
    for caption, korean in KOREAN_CAPTIONS.items():
        assert (korean if ".ko." in path.name else caption) in drawing
    for macro in BUTTONS.values():
        assert f"Public Sub {macro}()" in found["xlrebal"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_an_update_leaves_macros_buttons_and_charts_alone(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    before = parts(copy)
    assert xlrebal("update", copy, "--as-of", "2026-05-04", "--now").status == 0
    after = parts(copy)
    kept = [n for n in before if n.endswith((".bin", ".vml")) or "/charts/" in n or "/drawings/" in n]
    assert any(name.endswith("vbaProject.bin") for name in kept)
    assert len([name for name in kept if "/charts/chart" in name]) == 3
    for name in kept:
        assert after[name] == before[name], name


def with_macros(path: Path, modules: list[Module], source: Path = SAMPLE) -> Path:
    """Write a copy of a macro workbook whose project holds our buttons and some other modules."""
    content = parts(source)
    content["xl/vbaProject.bin"] = build_project([*macro_modules(sheet_modules(content), with_runner=False), *modules])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def sheet_modules(content: dict[str, bytes]) -> list[str]:
    return [f"Sheet{number}" for number in range(1, 1 + sum(n.startswith("xl/worksheets/sheet") for n in content))]


@pytest.mark.libreoffice
def test_libreoffice_lists_the_modules_and_runs_ours(open_book: Callable[[Path], Any], tmp_path: Path) -> None:
    """Without the modules of xlwings, which use what LibreOffice's Basic lacks."""
    book = open_book(with_macros(tmp_path / "ours.xlsm", []))
    libraries = book.api.BasicLibraries
    libraries.loadLibrary("VBAProject")
    modules = set(libraries.getByName("VBAProject").ElementNames)
    assert {*OWN, "ThisWorkbook", *sheet_modules(parts(SAMPLE))} <= modules
    assert book.impl.run_macro("XlrebalAnswer") == 42


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    ("name", "dashboard", "captions"),
    [
        ("core-satellite.xlsm", "Dashboard", list(BUTTONS)),
        ("korean-family.ko.xlsm", "한눈에 보기", list(KOREAN_CAPTIONS.values())),
    ],
)
def test_libreoffice_binds_each_button_to_its_macro(
    open_book: Callable[[Path], Any], name: str, dashboard: str, captions: list[str]
) -> None:
    book = open_book(FOLDER / name)
    sheet = book.api.Sheets.getByName(dashboard)
    form = sheet.DrawPage.Forms.getByIndex(0)
    bound = {}
    for number in range(form.Count):
        events = form.getScriptEvents(number)
        bound[form.getByIndex(number).Label] = events[0].ScriptCode if events else ""
    assert set(bound) == set(captions)
    for caption, macro in zip(captions, BUTTONS.values(), strict=True):
        assert macro in bound[caption]


RUN_PYTHON = """
Public Sub RunPython(Command As String)
    Sheets(1).Range("H1").Value = Command
End Sub
"""
# A computer in place of the real one: which interpreters there are, and which of them have both packages.
COMPUTER = r"""
Public Function XlrebalInterpreterKey() As String
    XlrebalInterpreterKey = "{key}"
End Function
Public Function XlrebalCanLook() As Boolean
    XlrebalCanLook = {can_look}
End Function
Public Function XlrebalExpanded(ByVal Text As String) As String
    XlrebalExpanded = Text
End Function
Public Function XlrebalIsFile(ByVal Path As String) As Boolean
    XlrebalIsFile = InStr("{there}", "<" & Path & ">") > 0
End Function
Public Function XlrebalReadable(ByVal Path As String) As String
    XlrebalReadable = Path
End Function
Public Function XlrebalHasPackages(ByVal Python As String) As Boolean
    XlrebalHasPackages = InStr("{good}", "<" & Python & ">") > 0
End Function
Public Function XlrebalPlaces() As String
    XlrebalPlaces = "C:\bare\python.exe" & vbLf & "C:\good\python.exe" & vbLf & "C:\later\python.exe"
End Function
Public Sub XlrebalShow(ByVal Text As String)
    Sheets(1).Range("H2").Value = Text
End Sub
Public Function XlrebalCall(ByVal Name As String, ByVal Arguments As Variant) As Variant
    If UBound(Arguments) <> {last} Then Err.Raise 5
    XlrebalCall = {answer}
End Function
"""


def on_a_computer(
    path: Path,
    *,
    there: list[str] | None = None,
    good: list[str] | None = None,
    key: str = "INTERPRETER_WIN",
    can_look: bool = True,
    answer: str = '""',
    last: int = 0,
    source: Path = SAMPLE,
) -> Path:
    """Write a macro workbook whose buttons run on a computer of which only this is known."""
    known = {"there": there or [], "good": good or []}
    computer = COMPUTER.format(
        key=key,
        can_look=can_look,
        answer=answer,
        last=last,
        **{name: "".join(f"<{place}>" for place in places) for name, places in known.items()},
    )
    content = parts(source)
    modules = [m for m in macro_modules(sheet_modules(content), with_runner=False) if m.name != "xlrebal_system"]
    modules += [Module("stub", Kind.STANDARD, RUN_PYTHON), Module("xlrebal_system", Kind.STANDARD, computer)]
    content["xl/vbaProject.bin"] = build_project(modules)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


BARE, GOOD, MOVED = r"C:\bare\python.exe", r"C:\good\python.exe", r"C:\gone\python.exe"


def configured(book: Any) -> dict[str, Any]:
    return dict(book.sheets["xlwings.conf"]["A1:B12"].value)


@pytest.mark.libreoffice
def test_a_press_of_a_button_runs_its_function_on_the_open_workbook(
    open_book: Callable[[Path], Any], tmp_path: Path
) -> None:
    """The macro runs in LibreOffice; a stand-in for RunPython notes what Python is asked to do, and Python does it."""
    book = open_book(on_a_computer(tmp_path / "stub.xlsm", there=[GOOD], good=[GOOD]))
    book.set_mock_caller()
    book.impl.run_macro("XlrebalRebalanceNow")
    command = book.sheets[0]["H1"].value
    assert command.endswith("; import xlrebal.excel; xlrebal.excel.rebalance_now()")
    exec(command, {})
    assert book.sheets["Orders"]["C2"].value in ("SELL", "BUY")
    history = book.sheets["Value history"].used_range.value
    assert len(history) == 2
    assert history[1][1] > 0


@pytest.mark.libreoffice
def test_the_buttons_look_for_python_where_it_is_now(open_book: Callable[[Path], Any], tmp_path: Path) -> None:
    """The workbook names a Python that is gone; one without the packages comes first, then one that has them."""
    book = open_book(on_a_computer(tmp_path / "moved.xlsm", there=[BARE, GOOD], good=[GOOD]))
    sheet = book.sheets["xlwings.conf"]
    assert sheet["A1"].value == "INTERPRETER_WIN"
    sheet["B1"].value = MOVED
    book.impl.run_macro("XlrebalUpdate")
    assert configured(book)["INTERPRETER_WIN"] == GOOD
    assert book.sheets[0]["H1"].value.endswith("xlrebal.excel.update()")
    assert book.sheets[0]["H2"].value is None


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    ("there", "source", "beginning", "command"),
    [
        ([], "core-satellite.xlsm", "There is no Python", "winget install -e --id Python.Python.3.13"),
        ([BARE], "core-satellite.xlsm", "This Python has no", f'"{BARE}" -m pip install xlrebal xlwings'),
        ([], "core-satellite.ko.xlsm", "이 컴퓨터에 Python이 없습니다", "winget install -e --id Python.Python.3.13"),
        ([BARE], "core-satellite.ko.xlsm", "이 Python에", f'"{BARE}" -m pip install xlrebal xlwings'),
    ],
)
def test_what_is_missing_is_one_message_with_one_command(
    open_book: Callable[[Path], Any], tmp_path: Path, there: list[str], source: str, beginning: str, command: str
) -> None:
    book = open_book(on_a_computer(tmp_path / "missing.xlsm", there=there, source=FOLDER / source))
    book.impl.run_macro("XlrebalUpdate")
    said = book.sheets[0]["H2"].value
    assert said.startswith(beginning)
    assert said.endswith(command)
    assert book.names[MESSAGE].refers_to_range.value == said
    assert book.sheets[0]["H1"].value is None


@pytest.mark.libreoffice
def test_a_workbook_that_was_never_bound_says_so_where_macros_cannot_look(
    open_book: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Excel for macOS: macros run in a sandbox, and there is no program called python."""
    book = open_book(on_a_computer(tmp_path / "mac.xlsm", key="INTERPRETER_MAC", can_look=False))
    book.sheets["xlwings.conf"]["B2"].value = "python"
    book.impl.run_macro("XlrebalUpdate")
    assert book.sheets[0]["H2"].value.endswith(f"python3 -m xlrebal excel install {book.name}")
    assert book.sheets[0]["H1"].value is None
    book.sheets["xlwings.conf"]["B2"].value = "/Users/family/venv/bin/python"
    book.impl.run_macro("XlrebalUpdate")
    assert book.sheets[0]["H1"].value.endswith("xlrebal.excel.update()")


def test_python_without_xlrebal_is_told_in_one_line(tmp_path: Path) -> None:
    """The command that the buttons run, in a Python that has only the standard library."""
    import subprocess
    import sys

    source = own_source()
    missing = re.search(r'Missing = "(.*)"', source)
    command = re.search(r'RunPython "(import sys[^"]*)" & Missing', source)
    assert missing
    assert command
    code = f"{command[1]}{missing[1]}); import xlrebal.excel; xlrebal.excel.update()"
    assert not set('"$%|`') & set(code)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 1
    expected = f"xlrebal is not installed here. Run in a terminal: {sys.executable} -m pip install xlrebal xlwings\n"
    assert done.stderr == expected


# LibreOffice shows an error value of VBA by its number, which is that of xlErrNA and xlErrValue.
ERROR_NA, ERROR_VALUE = "Error 2042", "Error 2015"


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    ("formula", "last", "answer", "shown"),
    [
        ('=XLREBAL_DRIFT("069500";A1:B2)', 1, "0.25", 0.25),
        ('=XLREBAL_DRIFT("999";A1:B2;C1:D2)', 2, '"#N/A"', ERROR_NA),
        ("=XLREBAL_NEW_CASH(A1;A1:B2)", 1, '"#VALUE!"', ERROR_VALUE),
        ("=XLREBAL_NEXT_DATE(A1:B2)", 0, "46100", 46100.0),
        ('=XLREBAL_REASON("drift";"999";A1:B2)', 2, '"999 is not in Targets"', "999 is not in Targets"),
        # The server of xlwings does not answer.
        ("=XLREBAL_NEXT_DATE(A1:B2)", 7, "1", ERROR_VALUE),
    ],
)
def test_a_function_in_a_cell_shows_error_values_of_excel(
    open_book: Callable[[Path], Any], tmp_path: Path, formula: str, last: int, answer: str, shown: object
) -> None:
    """The function of the macro workbook, on a stand-in for the server of xlwings."""
    book = open_book(on_a_computer(tmp_path / "cells.xlsm", last=last, answer=answer))
    cell = book.sheets[0]["J1"]
    cell.impl.native.getCellByPosition(0, 0).Formula = formula
    assert cell.value == shown


PYTHONS = {"win32": "INTERPRETER_WIN", "darwin": "INTERPRETER_MAC"}


@pytest.fixture(params=["win32", "darwin"])
def platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A computer on which Excel runs, with a home folder of its own."""
    on(monkeypatch, request.param, tmp_path)
    return str(request.param)


def on(monkeypatch: pytest.MonkeyPatch, system: str, home: Path) -> None:
    from xlrebal.files import doctor

    (home / "home").mkdir(exist_ok=True)
    monkeypatch.setattr(doctor.sys, "platform", system)
    monkeypatch.setattr(doctor, "_registered", lambda: False)
    monkeypatch.setattr(doctor.Path, "home", lambda: home / "home")


def settings_of(path: Path) -> dict[str, str]:
    """What xlwings reads: names and values down to the first row without a name."""
    import openpyxl

    rows = openpyxl.load_workbook(path)["xlwings.conf"].iter_rows(max_col=2, values_only=True)
    return {str(name): str(value or "") for name, value in itertools.takewhile(lambda row: row[0], rows)}


def diagnosed(path: Path | None, language: str = "en") -> list[str]:
    from xlrebal.files.doctor import diagnose

    def shown(one: Message) -> str:
        return render(one, language)

    return [
        f"{shown(Message(d.verdict.value)):<8} {shown(d.subject)}: {shown(d.found)} | {shown(d.hint) if d.hint else ''}"
        for d in diagnose(path)
    ]


def test_new_makes_a_macro_workbook_bound_to_this_python(tmp_path: Path, platform: str) -> None:
    import sys

    path = tmp_path / "family.xlsm"
    run = xlrebal("new", path)
    assert run.status == 0, run.err
    settings = settings_of(path)
    assert settings[PYTHONS[platform]] == sys.executable
    assert settings["ADD_WORKBOOK_TO_PYTHONPATH"] == "False"
    assert (settings["PYTHONPATH"], settings["CONDA PATH"], settings["CONDA ENV"]) == ("", "", "")
    assert sources(path)["xlrebal"].endswith(own_source().partition("\n")[2].replace("\n", "\r\n"))
    report = xlrebal("doctor", path).out
    assert "ok       macros: the workbook has a macro project" in report
    assert f"ok       interpreter: {sys.executable}" in report
    assert "warning" not in report


def test_a_workbook_made_where_excel_does_not_run_names_no_python(tmp_path: Path) -> None:
    """Its buttons look for one, where they are pressed."""
    path = tmp_path / "family.xlsm"
    assert xlrebal("new", path).status == 0
    assert {settings_of(path)[key] for key in PYTHONS.values()} == {"python"}
    assert "note     interpreter: the buttons run on Windows and macOS only" in xlrebal("doctor", path).out
    assert "look for Python where they are pressed" in xlrebal("excel", "install", path).out
    assert {settings_of(path)[key] for key in PYTHONS.values()} == {"python"}


def test_macros_of_another_version_of_xlwings_are_noted(tmp_path: Path) -> None:
    from xlrebal.workbook.macro_book import read_configuration, replace_configuration

    path = tmp_path / "family.xlsm"
    assert xlrebal("new", path).status == 0
    there = read_configuration(path, "xlwings.conf") or {}
    replace_configuration(path, "xlwings.conf", there | {"XLREBAL_MACROS_OF_XLWINGS": "0.30.0"})
    assert "note     macros of xlwings: 0.30.0 in the workbook" in xlrebal("doctor", path).out
    assert 'pip install "xlwings==0.30.0"' in xlrebal("doctor", path).out
    # A command that somebody else wrote is not passed on.
    replace_configuration(path, "xlwings.conf", there | {"XLREBAL_MACROS_OF_XLWINGS": '1"; evil "'})
    assert "pip install" not in xlrebal("doctor", path).out
    assert "warning  foreign settings" in xlrebal("doctor", path).out


@pytest.mark.parametrize(
    ("system", "name", "line"),
    [
        ("win32", "a=b.xlsm", "missing  file name: a name with = confuses the buttons"),
        ("win32", "50%/f.xlsm", "missing  path: % in it confuses the buttons"),
        ("darwin", "a|b.xlsm", "missing  path: | in it confuses the buttons"),
        ("darwin", "50%/f.xlsm", "missing  RunPython script: not installed"),
        ("win32", "f.xlsm", "missing  permission: Windows marked the file as downloaded"),
        ("win32", "f.xlsm", "note     opening: the buttons do nothing before macros are enabled"),
        ("win32", "f.xlsm", "note     interpreter: none is named; the first press of a button looks for one"),
        ("darwin", "f.xlsm", "missing  interpreter: the workbook names none"),
        ("darwin", "f.xlsm", "missing  RunPython script: not installed"),
        ("darwin", "f.xlsm", "missing  Excel: not found"),
        ("linux", "OneDrive/f.xlsm", "note     folder: the workbook lies in a synchronised folder"),
    ],
)
def test_the_doctor_knows_the_usual_troubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, name: str, line: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(SAMPLE.read_bytes())
    if "permission" in line:
        # How Windows keeps where a file came from; elsewhere it is a file of that name.
        Path(f"{path}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")
    on(monkeypatch, system, tmp_path)
    found = diagnosed(path)
    assert any(text.startswith(line) for text in found), found


@pytest.mark.parametrize(
    ("system", "python", "code_page", "line"),
    [
        ("darwin", "/Users/kim/my tools/bin/python3", "utf-8", "missing  path of Python: a space or sign in it"),
        ("darwin", "/Users/kim/a&b/bin/python3", "utf-8", "missing  path of Python: a space or sign in it"),
        ("darwin", "/Users/김철수/venv/bin/python3.12", "utf-8", ""),
        (
            "win32",
            r"C:\Users\kim\AppData\Local\Microsoft\WindowsApps\python.exe",
            "cp1252",
            "note     path of Python: it is",
        ),
        ("win32", r"C:\Users\김철수\python.exe", "cp1252", "note     path of Python: it has letters"),
        ("win32", r"C:\Users\김철수\python.exe", "cp949", ""),
        ("win32", r"C:\Program Files\Python313\python.exe", "cp1252", ""),
        ("linux", "/opt/my tools/python", "utf-8", ""),
    ],
)
def test_the_doctor_looks_at_the_path_of_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, python: str, code_page: str, line: str
) -> None:
    from xlrebal.files import doctor

    on(monkeypatch, system, tmp_path)
    monkeypatch.setattr(doctor.sys, "executable", python)
    monkeypatch.setattr(doctor.locale, "getpreferredencoding", lambda do_setlocale: code_page)
    found = [text for text in diagnosed(None) if "path of Python" in text]
    assert [text.startswith(line) for text in found] == ([True] if line else [])


def test_the_script_of_macos_must_be_that_of_the_macros(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import xlwings

    on(monkeypatch, "darwin", tmp_path)
    path = tmp_path / "family.xlsm"
    assert xlrebal("new", path).status == 0
    folder = tmp_path / "home" / "Library" / "Application Scripts" / "com.microsoft.Excel"
    folder.mkdir(parents=True)
    (folder / "xlwings-0.1.0.applescript").touch()
    command = f'pip install "xlwings=={xlwings.__version__}" && xlwings runpython install'
    assert any("macOS has no script of that version" in t and t.endswith(command) for t in diagnosed(path))
    (folder / f"xlwings-{xlwings.__version__}.applescript").touch()
    assert not any("macOS has no script" in text for text in diagnosed(path))


def test_install_binds_a_workbook_that_came_from_elsewhere(tmp_path: Path, platform: str) -> None:
    import sys

    path = tmp_path / "family.xlsm"
    path.write_bytes(SAMPLE.read_bytes())
    assert f"run: xlrebal excel install {path.name}" in xlrebal("doctor", path).out
    before = parts(path)
    assert xlrebal("excel", "install", path).status == 0
    assert f"ok       interpreter: {sys.executable}" in xlrebal("doctor", path).out
    other = {*PYTHONS.values()} - {PYTHONS[platform]}
    assert settings_of(path)[other.pop()] == "python"
    after = parts(path)
    assert after["xl/vbaProject.bin"] == before["xl/vbaProject.bin"]


def test_install_keeps_the_python_of_the_other_platform_and_the_texts_of_the_macros(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "family.xlsm"
    path.write_bytes((FOLDER / "core-satellite.ko.xlsm").read_bytes())
    on(monkeypatch, "darwin", tmp_path)
    assert xlrebal("excel", "install", path).status == 0
    mac = settings_of(path)["INTERPRETER_MAC"]
    on(monkeypatch, "win32", tmp_path)
    assert xlrebal("excel", "install", path).status == 0
    settings = settings_of(path)
    assert settings["INTERPRETER_MAC"] == mac != "python"
    assert settings.items() >= KOREAN_TEXTS.items()


HOSTILE = {
    "INTERPRETER_WIN": r"\\evil\share\python.exe",
    "INTERPRETER_MAC": "/tmp/evil/python",
    "ADD_WORKBOOK_TO_PYTHONPATH": "True",
    "PYTHONPATH": r"C:\evil",
    "UDF MODULES": "evil",
    "CONDA PATH": r"C:\evil\conda",
    "CONDA ENV": "evil",
    "XLREBAL_TEXT_NO_PYTHON": "run: evil.exe",
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A workbook of ours into which somebody wrote settings of their own, which the macros would follow."""
    from xlrebal.workbook.macro_book import replace_configuration

    path = tmp_path / "hostile.xlsm"
    path.write_bytes(SAMPLE.read_bytes())
    replace_configuration(path, "xlwings.conf", HOSTILE)
    assert settings_of(path) == HOSTILE
    return path


def test_the_doctor_warns_of_settings_that_would_run_foreign_code(hostile: Path, platform: str) -> None:
    (found,) = [text for text in diagnosed(hostile) if "foreign settings" in text]
    assert found.startswith("warning  foreign settings: the sheet xlwings.conf may run somebody else's code: ")
    for name, value in HOSTILE.items():
        if not name.startswith(("INTERPRETER", "XLREBAL")):
            assert f"{name} = {value}" in found
    assert found.endswith("open it only if you trust its maker; run: xlrebal excel install hostile.xlsm")
    named = HOSTILE[PYTHONS[platform]]
    assert any(
        text.startswith(f"warning  interpreter: the buttons start another Python: {named}")
        for text in diagnosed(hostile)
    )


def test_the_doctor_finds_foreign_settings_as_the_macros_do(hostile: Path, platform: str) -> None:
    """Macros find the sheet whatever its case, and follow names down to the first blank one, however many."""
    import openpyxl

    book = openpyxl.load_workbook(hostile, keep_vba=True)
    sheet = book["xlwings.conf"]
    sheet.title = "free"  # openpyxl takes a change of case for a second sheet
    sheet.title = "XLWINGS.CONF"
    for row in range(1, 80):
        sheet.cell(row, 1, f"NOTE {row}")
        sheet.cell(row, 2, None)
    sheet.cell(80, 1, "UDF MODULES")
    sheet.cell(80, 2, "evil")
    book.save(hostile)
    assert [text for text in diagnosed(hostile) if "UDF MODULES = evil" in text]
    assert xlrebal("excel", "install", hostile).status == 0
    assert "warning" not in "".join(diagnosed(hostile))


def test_install_ends_the_settings_with_a_cell_that_is_truly_blank(hostile: Path, platform: str) -> None:
    """A formula that shows nothing ends them for a reader of values, but not for the macros."""
    import openpyxl

    from xlrebal.files.buttons import _settings

    book = openpyxl.load_workbook(hostile, keep_vba=True)
    last = len(_settings({}) | KOREAN_TEXTS) + 1
    for row in range(1, last + 3):
        book["xlwings.conf"].cell(row, 1, '=""')
    book.save(hostile)
    assert xlrebal("excel", "install", hostile).status == 0
    names = [cell.value for cell in openpyxl.load_workbook(hostile)["xlwings.conf"]["A"]]
    assert '=""' not in names


@pytest.mark.parametrize("content", [None, b"no workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)])
def test_a_file_that_cannot_be_read_is_told_as_such(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "family.xlsm"
    if content is not None:
        path.write_bytes(content)
    for command in (("doctor",), ("excel", "install")):
        run = xlrebal(*command, path)
        assert run.status == 4, run.err
        assert run.err.startswith(f"{path}: "), run.err


def test_install_replaces_foreign_settings(hostile: Path, platform: str) -> None:
    import sys

    run = xlrebal("excel", "install", hostile)
    assert run.status == 0
    dropped = [name for name in HOSTILE if not name.startswith(("INTERPRETER", "XLREBAL"))]
    assert f"Removed from its settings: {', '.join(dropped)}." in run.out
    assert "evil" not in "".join(f"{name}{value}" for name, value in settings_of(hostile).items())
    assert settings_of(hostile)[PYTHONS[platform]] == sys.executable
    assert settings_of(hostile)["PYTHONPATH"] == ""
    assert "warning" not in "".join(diagnosed(hostile))


def test_a_formula_among_the_settings_is_replaced_whatever_it_shows(tmp_path: Path, platform: str) -> None:
    """A formula that shows our own value now may show another one tomorrow."""
    import sys

    import openpyxl

    from xlrebal.workbook.ooxml.book import Book

    path = tmp_path / "formula.xlsm"
    assert xlrebal("new", path).status == 0
    row = list(settings_of(path)).index(PYTHONS[platform]) + 1
    content, part = parts(path), Book(path).entry("xlwings.conf").part
    formula = f'<c r="B{row}" t="str"><f>C9</f><v>{sys.executable}</v></c>'.encode()
    content[part] = re.sub(rb'<c r="B%d".*?</c>' % row, lambda _: formula, content[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    assert openpyxl.load_workbook(path)["xlwings.conf"][f"B{row}"].value == "=C9"
    assert xlrebal("excel", "install", path).status == 0
    assert openpyxl.load_workbook(path)["xlwings.conf"][f"B{row}"].value == sys.executable


def test_the_headless_commands_neither_follow_nor_pass_on_foreign_settings(hostile: Path, tmp_path: Path) -> None:
    before = parts(hostile)
    copy = tmp_path / "copy.xlsm"
    assert xlrebal("share", hostile, copy).status == 0
    assert b"evil" not in b"".join(parts(copy).values())
    assert xlrebal("check", hostile, "--as-of", "2026-05-04").status in (0, 10)
    assert parts(hostile) == before
    assert xlrebal("update", hostile, "--as-of", "2026-05-04", "--now").status == 0
    assert settings_of(hostile) == HOSTILE
    assert parts(hostile)["xl/vbaProject.bin"] == before["xl/vbaProject.bin"]


@pytest.mark.parametrize("name", ["xlwings.conf", "home/.xlwings/xlwings.conf"])
def test_files_with_settings_that_the_workbook_leaves_open_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from xlrebal.workbook.macro_book import replace_configuration

    on(monkeypatch, "win32", tmp_path)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text('"INTERPRETER_WIN","C:\\p.exe"\n"PYTHONPATH","C:\\evil"\n', encoding="utf-8")
    path = tmp_path / "old.xlsm"
    path.write_bytes(SAMPLE.read_bytes())
    replace_configuration(path, "xlwings.conf", {"INTERPRETER_WIN": "python", "ADD_WORKBOOK_TO_PYTHONPATH": "False"})
    (found,) = [text for text in diagnosed(path) if "foreign settings" in text]
    assert f"{file} sets PYTHONPATH" in found
    assert xlrebal("excel", "install", path).status == 0
    assert not any("foreign settings" in text for text in diagnosed(path))


def test_sheets_that_hold_python_are_named(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.create_sheet("helper.py")["A1"] = "import os"
    book.save(tmp_path / "code.xlsx")
    assert any(
        text.startswith("warning  code in sheets: xlwings with a licence runs the text of the sheet helper.py")
        for text in diagnosed(tmp_path / "code.xlsx")
    )


def test_a_workbook_without_macros_is_told_how_to_get_them(tmp_path: Path) -> None:
    path = tmp_path / "family.xlsx"
    assert xlrebal("new", path).status == 0
    run = xlrebal("excel", "install", path)
    assert run.status == 4
    assert "make a workbook with buttons with: xlrebal new NAME.xlsm" in run.err
    assert "note     macros: the workbook has none" in xlrebal("doctor", path).out


def test_without_xlwings_there_is_no_half_made_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xlrebal.files import buttons

    monkeypatch.setattr(buttons.importlib.util, "find_spec", lambda name: None)
    run = xlrebal("new", tmp_path / "family.xlsm")
    assert run.status == 4
    assert 'pip install "xlrebal[excel]"' in run.err
    assert not (tmp_path / "family.xlsm").exists()
    assert "missing  xlwings: not installed" in xlrebal("doctor").out


@examples(200)
@given(st.one_of(st.binary(max_size=9000), st.text("ab \r\n'", max_size=9000).map(str.encode)))
def test_compression_comes_back_exactly(data: bytes) -> None:
    from oletools.olevba import decompress_stream

    text = decompress_stream(bytearray(compress(data)))
    # A chunk that cannot be made smaller is stored whole, padded to its 4,096 bytes.
    assert bytes(text[: len(data)]) == data
    assert not bytes(text[len(data) :]).strip(b"\0")


@pytest.mark.parametrize("name", ["_hidden", "x" * 32, "한글", "two words", "xlrebal"])
def test_names_that_vba_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a module"):
        build_project([Module(name, Kind.STANDARD), Module("xlrebal", Kind.STANDARD)])
