"""Real workbooks with charts, pivots, macros' buttons, images: what is not ours comes out byte for byte."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest
from books import xlrebal

from workbook.compare import changed_lists, lost_or_changed
from workbook.tables import INPUTS
from xlrebal.errors import FileError
from xlrebal.workbook.headless import HeadlessWorkbook

# Ten that are here in every clone, and a hundred that some checkouts have beside them.
HERE = Path(__file__).parent / "real"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
BOOKS = sorted([*HERE.glob("*.xls[xm]"), *CORPUS.glob("*.xlsx")])

# Refused, each for a reason that a user can read.
REFUSED = {
    "ClosedXML.Tests_Resource_Other_Protection_protectstructurewithpassword.xlsx": "its structure is protected",
    "ClosedXML.Tests_Resource_Other_PivotTableReferenceFiles_TwoPivotTablesWithSingleSource_input.xlsx": (
        "the name Orders is defined in the workbook"
    ),
    "ClosedXML.Tests_Resource_Other_StyleReferenceFiles_RowAndColumnStyles_inputfile.xlsx": (
        "the name Orders is defined in the workbook"
    ),
    "ClosedXML.Tests_Resource_TryToLoad_InvalidColors.xlsx": "could not read stylesheet",
}


def test_ten_workbooks_are_in_every_clone() -> None:
    assert len(list(HERE.glob("*.xls[xm]"))) == 10
    assert all(path.stem.partition("-")[0] in ("excel", "libreoffice") for path in HERE.glob("*.xls*"))
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 300_000


@pytest.fixture(scope="module")
def updated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("updated")


def assert_refused(book: Path, reason: str) -> None:
    """Inputs may still be added where only a result is in the way; what is refused leaves the file as it was."""
    with contextlib.suppress(FileError):
        HeadlessWorkbook(book).apply(INPUTS)
    before = book.read_bytes()
    run = xlrebal("update", book, "--as-of", "2026-03-04")
    if run.status == 3:  # no inputs could be added, so there are none to be read
        with pytest.raises(FileError, match=reason):
            HeadlessWorkbook(book).apply(INPUTS)
    else:
        assert run.status == 4
        assert reason in run.err
        assert run.err.count("\n") == 1
    assert book.read_bytes() == before


@pytest.mark.parametrize("source", BOOKS, ids=lambda path: path.stem[-60:])
def test_everything_else_is_byte_identical(source: Path, tmp_path: Path) -> None:
    book, path = (tmp_path / f"{name}{source.suffix}" for name in ("book", "with inputs"))
    shutil.copyfile(source, book)
    if source.name in REFUSED:
        assert_refused(book, REFUSED[source.name])
        return
    HeadlessWorkbook(book, path).apply(INPUTS)
    assert book.read_bytes() == source.read_bytes()
    assert lost_or_changed(book, path) == []
    assert changed_lists(book, path) == []
    with_inputs = path.read_bytes()
    run = xlrebal("update", path, "--as-of", "2026-03-04", "--json")
    assert (run.status, run.err) == (0, "")
    assert run.data["total_value"] == 7_500_000
    assert lost_or_changed(book, path) == []
    assert changed_lists(book, path) == []
    once = path.read_bytes()
    assert once != with_inputs
    assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0
    assert path.read_bytes() == once


@pytest.mark.libreoffice
def test_libreoffice_opens_every_result(soffice: str, tmp_path: Path) -> None:
    done = []
    for number, source in enumerate(BOOKS):
        path = tmp_path / f"book{number}{source.suffix}"
        shutil.copyfile(source, path)
        if source.name not in REFUSED:
            HeadlessWorkbook(path).apply(INPUTS)
            assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0
            done.append(path)
    out = tmp_path / "out"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    # Sheet number 0 of the export filter means every sheet, each to a file of its own.
    csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    command = [soffice, profile, "--headless", "--convert-to", csv, "--outdir", str(out), *map(str, done)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    for path in done:
        orders = (out / f"{path.stem}-Orders.csv").read_text(encoding="utf-8").splitlines()
        assert orders[0].startswith("No,Account,Action"), path.name
        assert len(orders) == 3, path.name
        assert any("=HYPERLINK(" in line for line in orders), path.name
