"""What keeps a file from being read or written is told in Korean too: every kind of message, provoked if possible."""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from babel.messages.pofile import read_po
from books import FAMILY, write_book
from openpyxl.worksheet.formula import ArrayFormula

from workbook import test_refusals as refusals
from workbook.tables import table
from workbook.test_refusals import in_part, keep, rewrite
from xlrebal import app
from xlrebal.domain.message import Message
from xlrebal.errors import XlrebalError
from xlrebal.files import buttons, sharing, templates
from xlrebal.language import in_english, render
from xlrebal.workbook import macro_book, reader
from xlrebal.workbook.cells import Cell, CellEdit, Changeset, TableResize, Widening
from xlrebal.workbook.headless import HeadlessWorkbook
from xlrebal.workbook.ooxml import guards, package, styles

Patch = pytest.MonkeyPatch
Provoke = Callable[[Path, Patch], object]

LOCALE = Path(render.__code__.co_filename).parent / "locale"
RESULT = Changeset((table("Result", ["Code", "Amount"], [["A", 1]]),))
LONGER = Changeset((table("Result", ["Code", "Amount"], [["A", 1], ["B", 2]]),))


def update(path: Path) -> None:
    """Plan a workbook and write the result: what most refusals come from."""
    app.update(HeadlessWorkbook(path), app.Request(as_of=dt.date(2026, 3, 4)))


def spoiled(name: str) -> Provoke:
    """One of the files that the command line refuses."""

    def provoke(path: Path, _: Patch) -> None:
        refusals.SPOILED[name][0](path)
        update(path)

    return provoke


def after(spoil: Callable[[Path], object]) -> Provoke:
    def provoke(path: Path, _: Patch) -> None:
        spoil(path)
        update(path)

    return provoke


def limited(module: object, name: str, value: int) -> Provoke:
    """A limit that no file of a test reaches."""

    def provoke(path: Path, patch: Patch) -> None:
        patch.setattr(module, name, value)
        update(path)

    return provoke


def writing(changes: Changeset, spoil: Callable[[Path], object] = lambda _: None) -> Provoke:
    """Something that stands where a table, a column or a value is to be written."""

    def provoke(path: Path, _: Patch) -> None:
        HeadlessWorkbook(path).apply(RESULT)
        spoil(path)
        HeadlessWorkbook(path).apply(changes)

    return provoke


def typed(sheet: str, cell: str, value: object) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        book = openpyxl.load_workbook(path)
        book[sheet][cell] = value
        book.save(path)

    return spoil


def in_table(old: bytes, new: bytes) -> Callable[[Path], None]:
    """Change the part of the table Result, which comes after those of the inputs."""

    def change(name: str, content: bytes) -> bytes:
        return content.replace(old, new, 1) if b'displayName="Result"' in content else content

    return lambda path: rewrite(path, change)


def without_access(to: Callable[[Path], bool]) -> Provoke:
    def provoke(path: Path, patch: Patch) -> None:
        patch.setattr(guards.os, "access", lambda place, _: not to(Path(place)))
        update(path)

    return provoke


def system_says(number: int) -> Provoke:
    """The system refuses the new file."""

    def provoke(path: Path, patch: Patch) -> None:
        def refuse(**_: object) -> None:
            raise OSError(number, os.strerror(number))

        patch.setattr(package.tempfile, "mkstemp", refuse)
        update(path)

    return provoke


def cannot_be_opened(path: Path, patch: Patch) -> None:
    refuse_to_open(path, patch, errno.EACCES)
    update(path)


def refuse_to_open(path: Path, patch: Patch, number: int) -> None:
    real = Path.open

    def opened(self: Path, *args: Any, **named: Any) -> Any:
        if self == path:
            raise OSError(number, os.strerror(number))
        return real(self, *args, **named)

    patch.setattr(Path, "open", opened)


def changed_meanwhile(path: Path, _: Patch) -> None:
    book = HeadlessWorkbook(path)
    os.utime(path, ns=(1, 1))
    book.apply(RESULT)


def into_no_folder(path: Path, _: Patch) -> None:
    HeadlessWorkbook(path, path.parent / "none" / "new.xlsx").apply(RESULT)


def lock_entries(path: Path) -> None:
    """Mark every entry as encrypted, as a program does that gives the package itself a password."""
    content = bytearray(path.read_bytes())
    for found in re.finditer(b"PK\1\2", content):
        content[found.start() + 8] |= 1
    path.write_bytes(content)


def lose_local_header(path: Path) -> None:
    rewrite(path, keep, **{"xl/media/image1.png": b"a picture that nobody reads"})
    content = path.read_bytes()
    place = content.index(b"xl/media/image1.png") - 30
    path.write_bytes(content[:place] + b"XX" + content[place + 2 :])


def refused_by_openpyxl(path: Path, patch: Patch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("Unable to read it. And more")

    patch.setattr(reader.openpyxl, "load_workbook", refuse)
    update(path)


def without_xlwings(path: Path, patch: Patch) -> None:
    patch.setattr(buttons.importlib.util, "find_spec", lambda _: None)
    buttons.bind(path)


def array_formula(path: Path) -> None:
    typed("Result", "A2", ArrayFormula("A2:A4", "=B2:B4*2"))(path)


def shared_with_macros(path: Path, patch: Patch) -> None:
    from xlrebal.macros import workbook_macros

    def missing(_: object) -> bytes:
        raise ModuleNotFoundError("xlwings")

    patch.setattr(workbook_macros, "macro_project", missing)
    source = next(one for one in templates.files() if one.suffix == ".xlsm")
    shutil.copyfile(source, path.with_suffix(".xlsm"))
    sharing.share(path.with_suffix(".xlsm"), path.parent / "copy.xlsm")


def shared_with_a_name(path: Path, _: Patch) -> None:
    accounts = [("Account", "Owner", "Cash"), ("Main", "김민수", 1000)]
    targets = [list(row) for row in FAMILY["Targets"]]
    targets[1][1] = "김민수의 주식"
    write_book(path, {**FAMILY, "Accounts": accounts, "Targets": targets})
    sharing.share(path, path.parent / "copy.xlsx")


def again(path: Path, _: Patch) -> None:
    templates.create(path)


def not_created(path: Path, patch: Patch) -> None:
    new = path.with_name("new.xlsx")
    refuse_to_open(new, patch, errno.ENOSPC)
    templates.create(new)


def without(pattern: bytes, part: str) -> Callable[[Path], None]:
    """Take something out of a part; out of every part of that ending."""

    def change(name: str, content: bytes) -> bytes:
        return re.sub(pattern, b"", content, flags=re.DOTALL) if name.endswith(part) else content

    return lambda path: rewrite(path, change)


def edit(cell: Cell) -> Changeset:
    return Changeset(edits=(CellEdit("Holdings", 2, 4, cell),))


PROVOKED: dict[str, tuple[Provoke, str]] = {
    # What it is.
    "file.is_folder": (spoiled("folder"), "파일이 아니라 폴더입니다"),
    "file.missing": (spoiled("missing"), "파일이 없습니다"),
    "file.empty": (spoiled("empty"), "빈 파일입니다"),
    "file.not_a_workbook": (spoiled("text"), "Excel 파일이 아닙니다"),
    "file.no_main_part": (
        after(in_part("_rels/.rels", b"relationships/officeDocument", b"relationships/other")),
        "본문이 없습니다",
    ),
    "file.other_main_part": (
        after(in_part("xl/workbook.xml", b"spreadsheetml/2006/main", b"wordprocessingml/2006/main")),
        "다른 프로그램의 문서입니다",
    ),
    "file.opendocument": (spoiled("opendocument"), "OpenDocument 파일입니다. .xlsx로 저장하세요"),
    "file.not_an_office_file": (
        after(lambda path: rewrite(path, lambda *_: None, **{"a.txt": b"text"})),
        "Office 문서가 아닌 압축 파일입니다",
    ),
    "file.old_xls": (spoiled("old xls"), "옛 .xls 형식입니다"),
    "file.xlsb": (spoiled("xlsb"), ".xlsb 형식입니다"),
    "file.strict_format": (
        after(
            in_part(
                "workbook.xml", b"schemas.openxmlformats.org/spreadsheetml/2006", b"purl.oclc.org/ooxml/spreadsheetml"
            )
        ),
        "Strict Open XML 형식입니다",
    ),
    "file.encrypted": (spoiled("encrypted"), "암호가 걸려 있습니다. 먼저 Excel에서 암호를 없애세요"),
    "file.encrypted_entries": (after(lock_entries), "압축에 암호가 걸려 있습니다"),
    "file.signed": (spoiled("signed"), "디지털 서명이 있어"),
    "file.unsafe_doctype": (spoiled("doctype"), "xl/worksheets/sheet1.xml에 문서 형식 선언이 있어"),
    "file.zip_bomb": (spoiled("zip bomb"), "압축을 풀면 터무니없이 커집니다"),
    "file.too_large": (limited(guards, "_LARGEST_PACKAGE", 100), "4GB보다 큽니다"),
    "file.result_too_large": (limited(package, "_ZIP_LIMIT", 100), "결과가 4GB보다 커집니다"),
    # Whether it may be read and written.
    "file.open_in_excel": (spoiled("open in excel"), "Excel에서 열려 있습니다. 닫고 다시 하세요"),
    "file.open_in_libreoffice": (spoiled("open in libreoffice"), "LibreOffice에서 열려 있습니다"),
    "file.read_only": (spoiled("read-only"), "읽기 전용입니다"),
    "file.no_permission": (without_access(lambda place: place.is_file()), "쓰기 권한이 없습니다"),
    "file.folder_read_only": (without_access(lambda place: place.is_dir()), "폴더에 쓸 수 없습니다"),
    "file.no_folder": (into_no_folder, "none 폴더가 없습니다"),
    "file.already_there": (again, "book.xlsx 파일이 이미 있습니다"),
    "file.changed_meanwhile": (changed_meanwhile, "다른 프로그램이 파일을 바꿨습니다"),
    "file.not_opened": (cannot_be_opened, "열 수 없습니다(권한 없음)"),
    "file.not_written": (system_says(errno.ENOSPC), "쓸 수 없습니다(저장 공간 부족)"),
    "file.path_not_written": (not_created, "new.xlsx 파일을 쓸 수 없습니다(저장 공간 부족)"),
    # Damage.
    "file.damaged": (spoiled("cut off"), "파일이 손상되었거나 잘렸습니다"),
    "file.entry_header_missing": (after(lose_local_header), "압축 항목의 머리글이 없습니다"),
    "file.part_twice": (spoiled("part twice"), "xl/workbook.xml이 두 번 들어 있습니다"),
    "file.part_missing": (
        writing(LONGER, lambda path: rewrite(path, lambda name, old: None if name.endswith("sheet4.xml") else old)),
        "xl/worksheets/sheet4.xml이 없습니다",
    ),
    "file.part_not_xml": (spoiled("broken xml"), "xl/workbook.xml은 올바른 XML이 아닙니다"),
    "file.part_too_large": (limited(package, "_LARGEST_EDIT", 10), "너무 커서 고칠 수 없습니다"),
    "file.lists_no_sheets": (after(without(b"<sheets>.*</sheets>", "workbook.xml")), "시트 목록이 없습니다"),
    "file.not_a_range": (
        writing(LONGER, in_table(b' ref="A1:B2"', b' ref="somewhere"')),
        "somewhere는 셀 범위가 아닙니다",
    ),
    "file.no_styles": (spoiled("no styles"), "셀 서식 정보가 없습니다"),
    "file.too_many_styles": (limited(styles, "_MOST_FORMATS", 0), "셀 서식이 너무 많습니다"),
    "file.not_read": (refused_by_openpyxl, "읽을 수 없습니다. Excel에서 열어 한 번 저장하세요"),
    # Sheets, tables and cells.
    "file.protected_structure": (spoiled("structure protected"), "Drift 시트를 추가할 수 없습니다"),
    "file.not_a_worksheet": (
        writing(LONGER, without(b"<sheetData>.*</sheetData>", "sheet4.xml")),
        "Result은(는) 워크시트가 아닙니다",
    ),
    "file.too_many_rows": (limited(reader, "_MOST_ROWS", 1), "시트가 3행입니다"),
    "file.no_header_row": (
        writing(LONGER, in_table(b"<table ", b'<table headerRowCount="0" ')),
        "표 Result에 머리글 행이 없습니다",
    ),
    "file.totals_row": (
        writing(LONGER, in_table(b"<table ", b'<table totalsRowCount="1" ')),
        "Result 시트의 표 Result에 요약 행이 있습니다",
    ),
    "file.column_missing": (
        writing(Changeset((table("Result", ["Code", "Amount", "Note"], [["A", 1, ""]]),))),
        'Result 시트의 표 Result에 "Note" 열(Result!C1)이 없습니다',
    ),
    "file.other_header": (
        writing(LONGER, in_table(b'name="Amount"', b'name="Sum"')),
        'Result!B1: 머리글이 "Sum"입니다(원래 "Amount")',
    ),
    "file.table_moved": (
        writing(Changeset(resizes=(TableResize("Result", 5, 1, 9),))),
        "Result 시트의 표가 옮겨졌습니다",
    ),
    "file.name_taken": (spoiled("name taken"), "Drift(이)라는 이름이 이미 정의되어 있습니다"),
    "file.cell_in_the_way": (
        writing(LONGER, typed("Result", "A3", "mine")),
        "Result!A3에 다른 내용이 있습니다. 표 Result이(가) 3행까지 써야 하니 옆으로 옮기세요",
    ),
    "file.cell_in_the_way_of_columns": (
        writing(
            Changeset(widenings=(Widening("Result", 1, 1, 3, 2, 2, ("환율",), is_table=True),)),
            typed("Result", "C2", "mine"),
        ),
        "Result!C2에 다른 내용이 있어 새 열(환율)을 넣을 수 없습니다",
    ),
    "file.formula_in_the_way": (
        writing(edit(Cell(5)), typed("Holdings", "D2", "=1+1")),
        "Holdings!D2에 수식이 있습니다. 수식은 덮어쓰지 않으니",
    ),
    "file.array_formula_in_the_way": (writing(LONGER, array_formula), "Result!A2에 걸쳐 배열 수식이 있습니다"),
    "file.text_too_long": (writing(edit(Cell("x" * 40_000))), "Holdings!D2에 쓸 글이 셀 하나에 들어가지"),
    # Buttons and templates.
    "file.no_macros": (lambda path, _: buttons.bind(path), "매크로가 없습니다. 단추가 있는 파일은 이렇게 만듭니다"),
    "file.buttons_need_xlwings": (without_xlwings, "단추를 쓰려면 xlwings 패키지가 필요합니다"),
    "file.no_settings_sheet": (
        lambda path, _: macro_book.replace_configuration(path, "xlwings.conf", {}),
        "book.xlsx에 xlwings.conf 시트가 없습니다",
    ),
    "file.other_ending": (
        lambda path, _: templates.create(path.with_suffix(".ods")),
        "book.ods는 .xlsx나 .xlsm으로",
    ),
    "file.no_template": (
        lambda path, _: templates.create(path.with_name("new.xlsx"), "balancd"),
        "balancd라는 템플릿은 없습니다. 혹시 balanced인가요?",
    ),
    "file.template_not_translated": (
        lambda path, _: templates.create(path.with_name("new.xlsx"), "us-family", "ko"),
        "템플릿 us-family는 아직 ko 언어로 없습니다",
    ),
    # Copies.
    "share.other_ending": (
        lambda path, _: sharing.share(path, path.with_name("copy.xlsm")),
        "copy.xlsm은 book.xlsx처럼 .xlsx로 끝나야 합니다",
    ),
    "share.needs_xlwings": (shared_with_macros, "단추가 있는 사본을 만들려면 xlwings 패키지가 필요합니다"),
    "share.private_text_left": (
        shared_with_a_name,
        'Targets!B2를 통해 Accounts!B2의 개인 정보가 사본에 들어갑니다("김민수"). 그 칸에 다른 내용을 적으세요',
    ),
}

# What no file can be made to cause here: it takes a program that has the workbook open, or a disk that fails.
NOT_PROVOKED = (
    Message("file.cut_off"),
    Message("file.part_not_read", part="xl/styles.xml", reason="Bad CRC-32"),
    Message("file.part_written_wrong", part="xl/styles.xml"),
    Message("file.table_without_columns", table="Holdings"),
    Message("file.formula_unknown", cell="보유종목!D3"),
    Message("file.value_not_kept", cell="주문!B3", sheet="주문"),
    Message("file.results_not_written", reason="call was rejected by callee"),
    Message("file.templates_listed", templates="balanced, us-family"),
    Message("file.template_meant", template="balanced"),
    Message("share.write_something_else"),
    Message("share.start_from_template"),
    Message("share.in_sheet", sheet="나의 메모"),
    Message("share.in_page_header", sheet="나의 메모"),
    Message("share.in_table", table="Notes", sheet="나의 메모"),
    Message("share.in_defined_name", name="total"),
    Message("share.in_cell_styles"),
)
SYSTEM = {
    "file.system_denied": errno.EACCES,
    "file.system_not_permitted": errno.EPERM,
    "file.system_missing": errno.ENOENT,
    "file.system_is_folder": errno.EISDIR,
    "file.system_not_a_folder": errno.ENOTDIR,
    "file.system_disk_full": errno.ENOSPC,
    "file.system_read_only": errno.EROFS,
    "file.system_busy": errno.EBUSY,
    "file.system_input_output": errno.EIO,
    "file.system_name_too_long": errno.ENAMETOOLONG,
}
# Words of a sentence; names of programs, commands, sheets and files are no sentences.
ENGLISH = re.compile(r"\b(the|a|an|is|are|it|in|of|not|no|and|or|has|cannot|first|again|put|move|use)\b", re.IGNORECASE)
KOREAN = re.compile("[가-힣]")


def kinds(subject: str, language: str = "en") -> set[str]:
    with (LOCALE / language / "LC_MESSAGES" / f"{subject}.po").open("rb") as file:
        return {str(one.id) for one in read_po(file) if one.id}


def left_behind() -> set[str]:
    """Kinds of things that a copy leaves behind; they are counted, not told in a sentence."""
    told = {*PROVOKED, *(one.kind for one in NOT_PROVOKED)}
    return kinds("share") - told


@pytest.mark.parametrize("kind", PROVOKED)
def test_a_refusal_has_its_kind_and_is_told_in_korean(tmp_path: Path, monkeypatch: Patch, kind: str) -> None:
    provoke, told = PROVOKED[kind]
    path = write_book(tmp_path / "book.xlsx", as_tables=True)
    with pytest.raises(XlrebalError) as raised:
        provoke(path, monkeypatch)
    monkeypatch.undo()
    message = raised.value.message
    assert isinstance(message, Message)
    assert message.kind == kind
    korean = render(message, "ko")
    assert told in korean
    assert not ENGLISH.search(korean.replace(str(tmp_path), "")), korean
    assert str(raised.value) == in_english(message)


@pytest.mark.parametrize("message", NOT_PROVOKED, ids=lambda one: one.kind)
def test_other_messages_are_whole_in_both_languages(message: Message) -> None:
    assert not KOREAN.search(in_english(replace_figures(message)))
    korean = render(message, "ko")
    assert KOREAN.search(korean)
    assert not ENGLISH.search(korean), korean


def replace_figures(message: Message) -> Message:
    """The same message about things with English names."""
    return Message(message.kind, **{name: KOREAN.sub("x", str(value)) for name, value in message.figures.items()})


@pytest.mark.parametrize("kind", SYSTEM)
def test_why_the_system_refuses_is_told_in_both_languages(tmp_path: Path, monkeypatch: Patch, kind: str) -> None:
    path = write_book(tmp_path / "book.xlsx")
    with pytest.raises(XlrebalError) as raised:
        system_says(SYSTEM[kind])(path, monkeypatch)
    message = raised.value.message
    assert isinstance(message, Message)
    assert message.figures["reason"] == Message(kind)
    assert str(raised.value) == f"it cannot be written ({os.strerror(SYSTEM[kind])})"
    assert not ENGLISH.search(render(message, "ko"))


def test_what_windows_tells_is_handed_on(tmp_path: Path, monkeypatch: Patch) -> None:
    """It is in the user's language there, and names another program that has the file open."""

    def refuse(**_: object) -> None:
        error = PermissionError(errno.EACCES, "다른 프로세스가 파일을 사용 중입니다")
        error.winerror = 32  # type: ignore[attr-defined,unused-ignore]
        raise error

    monkeypatch.setattr(package.tempfile, "mkstemp", refuse)
    with pytest.raises(XlrebalError) as raised:
        update(write_book(tmp_path / "book.xlsx"))
    assert render(raised.value.message, "ko") == "쓸 수 없습니다(다른 프로세스가 파일을 사용 중입니다)"


def test_every_kind_is_provoked_or_listed() -> None:
    covered = {*PROVOKED, *SYSTEM, *(one.kind for one in NOT_PROVOKED)}
    assert kinds("file") == {kind for kind in covered if kind.startswith("file.")}
    assert left_behind() == left_behind_by_the_code()


def left_behind_by_the_code() -> set[str]:
    """Kinds that the code counts when it leaves something behind."""
    folder = Path(package.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("share*.py"))
    return set(re.findall(r'"(share\.[a-z_]+)"', code)) - {*PROVOKED, *(one.kind for one in NOT_PROVOKED)}


@pytest.mark.parametrize("kind", sorted(left_behind()))
def test_what_a_copy_leaves_behind_has_a_name_in_both_languages(kind: str) -> None:
    assert not KOREAN.search(render(Message(kind), "en"))
    assert KOREAN.search(render(Message(kind), "ko"))


@pytest.mark.parametrize("info", templates.available(), ids=lambda info: info.name)
def test_a_template_is_described_in_both_languages(info: templates.TemplateInfo) -> None:
    assert KOREAN.search(info.description["ko"])
    assert not KOREAN.search(info.description["en"])
    assert not ENGLISH.search(info.description["ko"])
