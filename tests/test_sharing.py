"""Sharing: nothing private in any part, and what is left still works."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import FAMILY, settings, write_book, xlrebal
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from xlrebal import templates
from xlrebal.tables.korean import SHEETS
from xlrebal.tables.schema import INPUTS

SHIPPED = [path.name for path in templates.files()]
PLAIN = [name for name in SHIPPED if name.endswith(".xlsx")]


class Planter:
    """Private strings, each once, and the list of them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.planted: list[str] = []

    def __call__(self) -> str:
        text = f"Zq{next(self._numbers):04}Vx"
        self.planted.append(text)
        return text


def plant(path: Path, secret: Planter) -> None:
    """Put a thousand strings wherever a person, or a program on their behalf, can put one."""
    book = openpyxl.load_workbook(path, keep_vba=False)
    properties = book.properties
    for name in ("creator", "lastModifiedBy", "title", "subject", "description", "keywords", "category"):
        setattr(properties, name, secret())
    for sheet in list(book):
        sheet["A1"].comment = Comment(secret(), secret())
        sheet.oddHeader.center.text = secret()
        sheet.oddFooter.left.text = secret()
        bottom = sheet.max_row + 2
        for n in range(6):
            sheet.cell(bottom + n, 2).value = secret()
        sheet.cell(bottom + 7, 2).value = f'="{secret()}"'
        sheet.cell(bottom + 8, 2).hyperlink = f"https://example.org/{secret()}"
        sheet.cell(bottom + 9, 2).number_format = f'0 "{secret()}"'
        rule = DataValidation("list", formula1=f'"{secret()},b"', prompt=secret(), error=secret())
        rule.add(f"B{bottom}")
        sheet.add_data_validation(rule)
    fill(book, secret)
    for _ in range(10):
        name = secret()
        book.defined_names[name] = DefinedName(name, attr_text=f'"{secret()}"', comment=secret())
        book.create_sheet(secret())["A1"] = secret()
    while len(secret.planted) < 980:
        sheet = book.worksheets[len(secret.planted) % 12]
        sheet.cell(300 + len(secret.planted), 1 + len(secret.planted) % 20).value = secret()
    book.save(path)
    plant_in_parts(path, secret)


def named(book: Any, name: str) -> str:
    """The sheet of a name, in whichever language the workbook is."""
    korean = {table.name: table.korean for table in INPUTS} | SHEETS
    return name if name in book.sheetnames else korean[name]


def fill(book: Any, secret: Planter) -> None:
    """What a family writes into the tables."""
    texts = {"Holdings": (1, 3), "Accounts": (1, 2), "Trades": (2, 11, 12), "Lots": (1,)}
    for name, columns in texts.items():
        sheet = book[named(book, name)]
        for row, column in itertools.product(range(5, 12), columns):
            sheet.cell(row, column).value = secret()
    for row in range(5, 40):
        book[named(book, "Settings")].cell(row, 3).value = secret()
    for name in ("Orders", "Skipped", "Summary", "Value history", "Rule changes"):
        for row in (2, 3):
            for column in range(1, 6):
                book[named(book, name)].cell(row, column).value = secret()


def plant_in_parts(path: Path, secret: Planter) -> None:
    """Places that openpyxl does not reach: the archive itself, caches, custom and revision parts."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for name, content in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            # A cached value of a formula.
            parts[name] = content.replace(b"<v />", f"<v>{secret()}</v>".encode(), 1).replace(b"<v></v>", b"", 1)
        if name.startswith("xl/charts/chart"):
            cache = f'</c:f><c:strCache><c:pt idx="0"><c:v>{secret()}</c:v></c:pt></c:strCache>'
            parts[name] = content.replace(b"</c:f>", cache.encode(), 1)
    parts["xl/revisions/revisionHeaders.xml"] = f'<headers userName="{secret()}"/>'.encode()
    parts["xl/persons/person.xml"] = f'<personList><person displayName="{secret()}"/></personList>'.encode()
    parts["customXml/item1.xml"] = f"<root>{secret()}</root>".encode()
    parts["docProps/custom.xml"] = f"<Properties><p>{secret()}</p></Properties>".encode()
    parts["xl/media/image1.png"] = f"PNG {secret()}".encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        new.comment = secret().encode()
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.comment = secret().encode()
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)


def everything(path: Path) -> bytes:
    """The archive's own bytes and every part of it."""
    with zipfile.ZipFile(path) as archive:
        parts = b"\n".join(archive.read(name) for name in archive.namelist())
        names = "\n".join(archive.namelist()).encode()
    return path.read_bytes() + names + parts + html.unescape(parts.decode("utf-8", "ignore")).encode()


@pytest.mark.parametrize("template", PLAIN)
def test_none_of_a_thousand_private_strings_is_in_any_part(tmp_path: Path, template: str) -> None:
    path, copy, secret = tmp_path / "family.xlsx", tmp_path / "shared.xlsx", Planter()
    shutil.copy(templates.files()[SHIPPED.index(template)], path)
    plant(path, secret)
    assert len(secret.planted) >= 1000
    before = everything(path)
    assert sum(text.encode() in before for text in secret.planted) >= 990
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    after = everything(copy)
    assert [text for text in secret.planted if text.encode() in after] == []
    assert "cells:" in run.out
    openpyxl.load_workbook(copy)


@pytest.mark.parametrize("template", SHIPPED)
def test_a_copy_keeps_rules_and_design_and_works(tmp_path: Path, template: str, soffice: str) -> None:
    source = templates.files()[SHIPPED.index(template)]
    path, copy = tmp_path / f"family{source.suffix}", tmp_path / f"shared{source.suffix}"
    shutil.copy(source, path)
    assert xlrebal("share", path, copy).status == 0
    old, new = openpyxl.load_workbook(path), openpyxl.load_workbook(copy)
    assert new.sheetnames == old.sheetnames
    for name in old.sheetnames:
        assert len(new[name]._charts) == len(old[name]._charts), name
        assert {k: d.width for k, d in new[name].column_dimensions.items()} == {
            k: d.width for k, d in old[name].column_dimensions.items()
        }
        assert set(new[name].tables) == set(old[name].tables)
    targets = next(name for name in old.sheetnames if name in ("Targets", "목표비중"))
    values = [[c.value for c in row] for row in new[targets].iter_rows()]
    assert values == [[c.value for c in row] for row in old[targets].iter_rows()]
    holdings = next(name for name in old.sheetnames if name in ("Holdings", "보유종목"))
    assert all(cell.value is None for row in new[holdings].iter_rows(min_row=5) for cell in row)
    # It is an honest workbook: refused only because nothing is held.
    run = xlrebal("update", copy)
    assert run.status == 3
    assert "nothing is held" in run.err
    if template in ("core-satellite.xlsm", "korean-family.ko.xlsx"):
        command = [soffice, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(copy)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        assert copy.with_suffix(".pdf").stat().st_size > 10_000


def test_figures_stay_behind_and_the_original_stays_as_it_is(tmp_path: Path) -> None:
    tables = FAMILY | {
        "Settings": settings(new_cash=1234567, drift_threshold=0.05),
        "Accounts": [("Account", "Owner", "Cash"), ("Main", "Kim Minsu", 7654321)],
        "My notes": [("the house", 987654321)],
    }
    path, copy = write_book(tmp_path / "family.xlsx", tables), tmp_path / "shared.xlsx"
    xlrebal("update", path, "--as-of", "2026-03-04")
    before = path.read_bytes()
    run = xlrebal("share", path, copy)
    assert run.status == 0, run.err
    assert "sheets: 1" in run.out
    assert path.read_bytes() == before
    text = everything(copy).decode("utf-8", "ignore")
    for figure in ("1234567", "7654321", "987654321", "Kim Minsu", "35000.0", "My notes"):
        assert figure not in text
    book = openpyxl.load_workbook(copy)
    assert book["Targets"]["D2"].value == 0.4
    assert re.search(r"drift_threshold", text)
    assert book.properties.creator in (None, "openpyxl")
    assert book.properties.modified > dt.datetime(2026, 1, 1)  # openpyxl's default: now


def test_refusals(tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx")
    assert xlrebal("share", path, path).status == 4
    assert xlrebal("share", path, tmp_path / "copy.xlsm").status == 2
    assert xlrebal("share", tmp_path / "none.xlsx", tmp_path / "copy.xlsx").status == 4
    assert not (tmp_path / "copy.xlsx").exists()
