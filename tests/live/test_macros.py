"""Macro workbooks: what an independent reader and LibreOffice find in them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from books import xlrebal
from hypothesis import given, settings
from hypothesis import strategies as st

from xlrebal.macros.compression import compress
from xlrebal.macros.project import Kind, Module, build_project
from xlrebal.macros.workbook_macros import BUTTONS, macro_modules, own_source

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
    for caption in BUTTONS:
        assert caption in drawing
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


@pytest.mark.libreoffice
def test_libreoffice_lists_the_modules_and_runs_ours(open_book: Callable[[Path], Any], tmp_path: Path) -> None:
    """Without the modules of xlwings, which use what LibreOffice's Basic lacks."""
    path = tmp_path / "ours.xlsm"
    content = parts(SAMPLE)
    sheets = [f"Sheet{number}" for number in range(1, 1 + sum(n.startswith("xl/worksheets/sheet") for n in content))]
    content["xl/vbaProject.bin"] = build_project(macro_modules(sheets, with_runner=False))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    book = open_book(path)
    libraries = book.api.BasicLibraries
    libraries.loadLibrary("VBAProject")
    assert {"xlrebal", "ThisWorkbook", *sheets} <= set(libraries.getByName("VBAProject").ElementNames)
    assert book.impl.run_macro("XlrebalAnswer") == 42


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    ("name", "dashboard"), [("core-satellite.xlsm", "Dashboard"), ("korean-family.ko.xlsm", "한눈에 보기")]
)
def test_libreoffice_binds_each_button_to_its_macro(
    open_book: Callable[[Path], Any], name: str, dashboard: str
) -> None:
    book = open_book(FOLDER / name)
    sheet = book.api.Sheets.getByName(dashboard)
    form = sheet.DrawPage.Forms.getByIndex(0)
    bound = {}
    for number in range(form.Count):
        events = form.getScriptEvents(number)
        bound[form.getByIndex(number).Label] = events[0].ScriptCode if events else ""
    assert set(bound) == set(BUTTONS)
    for caption, macro in BUTTONS.items():
        assert macro in bound[caption]


@pytest.mark.libreoffice
def test_a_press_of_a_button_runs_its_function_on_the_open_workbook(
    open_book: Callable[[Path], Any], tmp_path: Path
) -> None:
    """The macro runs in LibreOffice; a stand-in for RunPython notes what Python is asked to do, and Python does it."""
    path = tmp_path / "stub.xlsm"
    content = parts(SAMPLE)
    sheets = [f"Sheet{number}" for number in range(1, 1 + sum(n.startswith("xl/worksheets/sheet") for n in content))]
    stub = 'Public Sub RunPython(command As String)\n    Sheets("Start").Range("H1").Value = command\nEnd Sub\n'
    modules = [*macro_modules(sheets, with_runner=False), Module("stub", Kind.STANDARD, stub)]
    content["xl/vbaProject.bin"] = build_project(modules)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    book = open_book(path)
    book.set_mock_caller()
    book.impl.run_macro("XlrebalRebalanceNow")
    command = book.sheets["Start"]["H1"].value
    assert command == "import xlrebal.excel; xlrebal.excel.rebalance_now()"
    exec(command, {})
    assert book.sheets["Orders"]["C2"].value in ("SELL", "BUY")
    history = book.sheets["Value history"].used_range.value
    assert len(history) == 2
    assert history[1][1] > 0


def test_new_makes_a_macro_workbook_bound_to_this_python(tmp_path: Path) -> None:
    import sys

    import openpyxl

    path = tmp_path / "family.xlsm"
    run = xlrebal("new", path)
    assert run.status == 0, run.err
    book = openpyxl.load_workbook(path)
    rows = {row[0].value: row[1].value for row in book["xlwings.conf"].iter_rows(max_row=3, max_col=2)}
    assert sys.executable in rows.values()
    assert rows["ADD_WORKBOOK_TO_PYTHONPATH"] == "False"
    assert sources(path)["xlrebal"].endswith(own_source().partition("\n")[2].replace("\n", "\r\n"))
    report = xlrebal("doctor", path).out
    assert "ok       macros: the workbook has a macro project" in report
    assert f"ok       interpreter: {sys.executable}" in report
    assert "ok       macros of xlwings" in report


def test_macros_of_another_version_of_xlwings_are_noted(tmp_path: Path) -> None:
    from xlrebal.workbook.macro_book import write_configuration

    path = tmp_path / "family.xlsm"
    assert xlrebal("new", path).status == 0
    write_configuration(path, "xlwings.conf", {"XLREBAL_MACROS_OF_XLWINGS": "0.30.0"})
    assert "note     macros of xlwings: 0.30.0 in the workbook" in xlrebal("doctor", path).out


@pytest.mark.parametrize(
    ("system", "name", "line"),
    [
        ("win32", "a=b.xlsm", "missing  file name: a name with = confuses the buttons"),
        ("win32", "f.xlsm", "missing  permission: Windows marked the file as downloaded"),
        ("darwin", "f.xlsm", "missing  RunPython script: not installed"),
        ("darwin", "f.xlsm", "missing  Excel: not found"),
        ("linux", "OneDrive/f.xlsm", "note     folder: the workbook lies in a synchronised folder"),
    ],
)
def test_the_doctor_knows_the_usual_troubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, name: str, line: str
) -> None:
    from xlrebal import buttons

    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(SAMPLE.read_bytes())
    if "permission" in line:
        # How Windows keeps where a file came from; elsewhere it is a file of that name.
        Path(f"{path}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")
    monkeypatch.setattr(buttons.sys, "platform", system)
    monkeypatch.setattr(buttons, "_registered", lambda: False)
    monkeypatch.setattr(buttons.Path, "home", lambda: tmp_path)
    found = [f"{d.verdict:<8} {d.subject}: {d.found}" for d in buttons.diagnose(path)]
    assert any(text.startswith(line) for text in found), found


def test_install_binds_a_workbook_that_came_from_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "family.xlsm"
    path.write_bytes(SAMPLE.read_bytes())
    assert f"run: xlrebal excel install {path.name}" in xlrebal("doctor", path).out
    before = parts(path)
    assert xlrebal("excel", "install", path).status == 0
    assert "ok       interpreter" in xlrebal("doctor", path).out
    after = parts(path)
    assert after["xl/vbaProject.bin"] == before["xl/vbaProject.bin"]


def test_a_workbook_without_macros_is_told_how_to_get_them(tmp_path: Path) -> None:
    path = tmp_path / "family.xlsx"
    assert xlrebal("new", path).status == 0
    run = xlrebal("excel", "install", path)
    assert run.status == 4
    assert "make a workbook with buttons with: xlrebal new NAME.xlsm" in run.err
    assert "note     macros: the workbook has none" in xlrebal("doctor", path).out


def test_without_xlwings_there_is_no_half_made_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xlrebal import buttons

    monkeypatch.setattr(buttons.importlib.util, "find_spec", lambda name: None)
    run = xlrebal("new", tmp_path / "family.xlsm")
    assert run.status == 4
    assert 'pip install "xlrebal[excel]"' in run.err
    assert not (tmp_path / "family.xlsm").exists()
    assert "missing  xlwings: not installed" in xlrebal("doctor").out


@settings(max_examples=200, deadline=None)
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
