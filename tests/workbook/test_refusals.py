"""Files that cannot be read or written: status 4, one clear line, the file untouched."""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from books import FAMILY, HOLDINGS, replaced, write_book, xlrebal
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl.workbook.protection import WorkbookProtection

from workbook.tables import INPUTS
from xlrebal.errors import FileError
from xlrebal.workbook.headless import HeadlessWorkbook

Spoil = Callable[[Path], None]


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None], **added: bytes) -> None:
    """Write the package again with some parts changed, dropped (None) or added."""
    with zipfile.ZipFile(path) as old:
        entries = [(info.filename, change(info.filename, old.read(info))) for info in old.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in [*entries, *added.items()]:
            if content is not None:
                new.writestr(name, content)


def keep(_name: str, content: bytes) -> bytes:
    return content


def in_part(ending: str, old: bytes, new: bytes) -> Spoil:
    def change(name: str, content: bytes) -> bytes:
        if not name.endswith(ending):
            return content
        assert old in content
        return content.replace(old, new, 1)

    return lambda path: rewrite(path, change)


def encrypt(path: Path) -> None:
    plain = io.BytesIO(path.read_bytes())
    with path.open("wb") as out:
        OOXMLFile(plain).encrypt("secret", out)


def protect(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book.security = WorkbookProtection(lockStructure=True)
    book.save(path)


def bomb(path: Path) -> None:
    rewrite(path, keep, **{"xl/bomb.xml": b" " * (120 * 2**20)})


def twice(path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/workbook.xml", b"<workbook/>")


def sign(path: Path) -> None:
    kind = b"http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    link = b'<Relationship Id="rId99" Type="' + kind + b'" Target="_xmlsignatures/origin.sigs"/></Relationships>'
    in_part("_rels/.rels", b"</Relationships>", link)(path)


def defined(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book.defined_names.add(openpyxl.workbook.defined_name.DefinedName("Drift", attr_text="Holdings!$A$1"))
    book.save(path)


SPOILED: dict[str, tuple[Spoil, str]] = {
    "encrypted": (encrypt, "it is encrypted"),
    "old xls": (lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)), "in the old .xls format"),
    "xlsb": (in_part("_rels/.rels", b"xl/workbook.xml", b"xl/workbook.bin"), "in the .xlsb format"),
    "opendocument": (lambda p: rewrite(p, lambda *_: None, mimetype=b"ods"), "an OpenDocument file"),
    "text": (lambda p: p.write_bytes(b"Code,Quantity"), "it is not an Excel workbook"),
    "empty": (lambda p: p.write_bytes(b""), "it is empty"),
    "cut off": (lambda p: p.write_bytes(p.read_bytes()[:-300]), "it is damaged or cut off"),
    "a bit flipped": (lambda p: p.write_bytes(flip(p.read_bytes())), "it is damaged"),
    "broken xml": (in_part("workbook.xml", b"</workbook>", b"</workboo>"), "is not valid XML"),
    "zip bomb": (bomb, "it unpacks to an absurd size"),
    "doctype": (
        in_part("sheet1.xml", b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'),
        "it holds a document type declaration in xl/worksheets/sheet1.xml",
    ),
    "part twice": (twice, "the part xl/workbook.xml is in it twice"),
    "signed": (sign, "it carries a digital signature"),
    "structure protected": (protect, "its structure is protected, so the sheet Drift cannot be added"),
    "name taken": (defined, "the name Drift is defined in the workbook"),
    "no styles": (
        in_part("workbook.xml.rels", b"relationships/styles", b"relationships/other"),
        "it has no styles part",
    ),
    "open in excel": (lambda p: (p.parent / f"~${p.name}").touch(), "it is open in Excel"),
    "open in libreoffice": (lambda p: (p.parent / f".~lock.{p.name}#").touch(), "it is open in LibreOffice"),
    "read-only": (lambda p: p.chmod(stat.S_IREAD), "it is read-only"),
    "missing": (lambda p: p.unlink(), "there is no such file"),
    "folder": (lambda p: (p.unlink(), p.mkdir())[1], "it is a folder"),
}


def flip(content: bytes) -> bytes:
    """Change the bytes of the first entry's compressed data."""
    middle = content.index(b"PK\3\4") + 30 + 40
    return content[:middle] + bytes(255 - b for b in content[middle : middle + 60]) + content[middle + 60 :]


def state(path: Path) -> object:
    return path.read_bytes() if path.is_file() else path.is_dir()


@pytest.mark.parametrize("name", SPOILED)
def test_one_line_and_the_file_untouched(tmp_path: Path, name: str) -> None:
    spoil, reason = SPOILED[name]
    path = write_book(tmp_path / "book.xlsx", as_tables=True)
    spoil(path)
    before, files = state(path), sorted(tmp_path.iterdir())
    run = xlrebal("update", path, "--as-of", "2026-03-04")
    assert (run.status, run.out) == (4, "")
    assert reason in run.err
    assert run.err.count("\n") == 1
    assert run.err.endswith("Nothing was written.\n")
    assert state(path) == before
    assert sorted(tmp_path.iterdir()) == files


def test_changed_by_another_program_meanwhile(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx")
    book = HeadlessWorkbook(path)
    path.write_bytes(path.read_bytes() + b"")
    os.utime(path, ns=(1, 1))
    before = path.read_bytes()
    with pytest.raises(FileError, match="it was changed by another program"):
        book.apply(INPUTS)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    good, bad = write_book(tmp_path / "good.xlsx"), tmp_path / "bad.xlsx"
    bad.write_bytes(b"nothing")
    before = good.read_bytes()
    run = xlrebal("update", bad, good, "--json", "--as-of", "2026-03-04", "--jobs", "2")
    assert run.status == 4
    assert [sorted(item)[0:1] for item in run.data] == [["errors"], ["as_of"]]
    assert good.read_bytes() != before


def test_strict_open_xml_is_refused_for_reading(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx")
    plain = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    in_part("workbook.xml", plain, b"http://purl.oclc.org/ooxml/spreadsheetml/main")(path)
    run = xlrebal("update", path)
    assert run.status == 4
    assert "Strict Open XML" in run.err


def test_wrong_input_travels_whole_between_processes(tmp_path: Path) -> None:
    good = write_book(tmp_path / "good.xlsx")
    wrong = write_book(tmp_path / "wrong.xlsx", {**FAMILY, "Holdings": replaced(HOLDINGS, "D2", "ten")})
    run = xlrebal("update", wrong, good, "--jobs", "2", "--as-of", "2026-03-04", "--quiet")
    assert run.status == 3
    assert run.err.splitlines()[0] == 'Holdings!D2: quantity "ten" is not a number'


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx")
    old, young, other = (tmp_path / f".xlrebal-{name}.tmp" for name in ("book.xlsx-a", "book.xlsx-b", "another.xlsx-a"))
    for left in (old, young, other):
        left.touch()
    for left in (old, other):
        os.utime(left, (1, 1))
    assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0
    assert sorted(tmp_path.iterdir()) == sorted([path, young, other])


def test_a_table_whose_cells_are_missing_is_wrong_input_and_no_defect(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", as_tables=True)
    rewrite(path, lambda name, old: re.sub(b"<sheetData>.*</sheetData>", b"<sheetData/>", old, flags=re.DOTALL))
    run = xlrebal("update", path, "--as-of", "2026-03-04")
    assert run.status == 3
    assert "Holdings!A1: the column Code is missing" in run.err
