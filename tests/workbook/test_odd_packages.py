"""Workbooks of other programs, odd but accepted by Excel: what is added to them is in order all the same."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from books import write_book, xlrebal
from lxml import etree
from workbook_checks import added, check
from workbook_checks.validator import validate

from workbook.faulty import STYLES, TYPES, Damage, Parts, both, change, damaged
from xlrebal.files import templates
from xlrebal.workbook import macro_book

RELS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
FONT = ["b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name",
        "family", "charset", "scheme"]  # fmt: skip


def list_each_relationships_part(parts: Parts) -> None:
    """As old versions of LibreOffice do: a type for each part, none for the suffix."""
    lines = "".join(f'<Override PartName="/{n}" ContentType="{RELS_TYPE}"/>' for n in parts if n.endswith(".rels"))
    change(TYPES, r'<Default[^>]*Extension="rels"[^>]*/>', "")(parts)
    change(TYPES, "</Types>", f"{lines}</Types>")(parts)


ODD_FONT = (
    '<fonts count="1"><font><name val="Arial"/><charset val="1"/><family val="2"/><i/><color rgb="FF000000"/>'
    '<sz val="10"/></font></fonts>'
)
ODD: dict[str, Damage] = {
    "fonts in an order of their own": change(STYLES, "<fonts.*</fonts>", ODD_FONT),
    "no base styles": both(
        change(STYLES, "<cellStyleXfs.*</cellStyleXfs>", ""), change(STYLES, "<cellStyles.*</cellStyles>", "")
    ),
    "a format whose parts are in another order": change(
        STYLES,
        "<cellXfs.*</cellXfs>",
        '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0">'
        '<protection locked="0"/><alignment horizontal="left"/></xf></cellXfs>',
    ),
    "each part of relationships listed": list_each_relationships_part,
    "a default font that is not there": change(STYLES, '(<cellXfs.*?)fontId="0"', r'\1fontId="9"'),
}


@pytest.fixture(params=ODD)
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    plain = write_book(tmp_path / "plain.xlsx")
    return damaged(plain, tmp_path / "odd.xlsx", ODD[request.param])


def styles(path: Path) -> Any:
    with zipfile.ZipFile(path) as package:
        return etree.fromstring(package.read(STYLES))


def updated(odd: Path) -> Path:
    path = odd.with_name("updated.xlsx")
    shutil.copyfile(odd, path)
    run = xlrebal("update", path, "--as-of", "2026-03-04")
    assert (run.status, run.err) == (0, "")
    return path


def test_an_odd_workbook_gets_no_new_fault(odd: Path) -> None:
    assert added(check(odd), check(updated(odd))) == []


def test_what_is_added_to_odd_styles_is_in_order(odd: Path) -> None:
    before, after = styles(odd), styles(updated(odd))
    bases = after.findall("{*}cellStyleXfs/{*}xf")
    for group in ("fonts", "cellXfs"):
        known = len(before.findall(f"{{*}}{group}/*"))
        new = after.findall(f"{{*}}{group}/*")[known:]
        assert new
        for element in new:
            names = [etree.QName(child).localname for child in element]
            assert names == sorted(names, key=[*FONT, "alignment", "protection"].index)
            assert group != "cellXfs" or (element.get("xfId") is not None) == bool(bases)


def test_microsofts_validator_finds_no_new_fault_in_odd_workbooks(validator: Path, tmp_path: Path) -> None:
    plain, pairs = write_book(tmp_path / "plain.xlsx"), []
    for number, damage in enumerate(ODD.values()):
        (folder := tmp_path / str(number)).mkdir()
        odd = damaged(plain, folder / "odd.xlsx", damage)
        pairs.append((odd, updated(odd)))
    faults = validate([path for pair in pairs for path in pair])
    news = [added(faults[2 * number], faults[2 * number + 1]) for number in range(len(pairs))]
    assert dict(zip(ODD, news, strict=True)) == {name: [] for name in ODD}


def test_the_sheet_of_xlwings_settings_says_how_far_it_reaches(tmp_path: Path) -> None:
    path = tmp_path / "family.xlsm"
    shutil.copyfile(next(p for p in templates.files() if p.suffix == ".xlsm"), path)
    macro_book.replace_configuration(path, "xlwings.conf", {f"Setting {n}": "value" for n in range(9)})
    settings = macro_book.read_configuration(path, "xlwings.conf") or {}
    with zipfile.ZipFile(path) as package:
        sheets = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
    (sheet,) = [sheet for sheet in sheets if "Setting 8" in sheet]
    last = re.search(r'<dimension ref="A1:B(\d+)"', sheet)
    assert last is not None
    assert int(last[1]) >= len(settings)
