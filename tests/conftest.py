"""Shared fixtures."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from profiles import register

if TYPE_CHECKING:
    from written import Written

register()

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the cache of the person who runs them."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", str(folder))


@pytest.fixture(autouse=True)
def english_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print in English on every computer, where a test does not ask for another language."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(scope="session")
def written_workbooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """Every workbook that xlrebal writes in a test."""
    from written import Written

    folder = os.environ.get("XLREBAL_WRITTEN")
    kept = Written(Path(folder) if folder else tmp_path_factory.mktemp("written"))
    with pytest.MonkeyPatch.context() as patch:
        kept.watch(patch)
        yield kept


@pytest.fixture(autouse=True)
def nothing_for_excel_to_repair(written_workbooks: Written) -> Iterator[None]:
    """Fail a test in which xlrebal added a fault to a workbook, though Excel would open and repair it."""
    yield
    if faults := written_workbooks.faults():
        pytest.fail("a workbook was written with faults that it did not have before:\n" + "\n".join(faults))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of contracts and real workbooks, where the checkout has it beside it."""
    if not SHARED.exists():
        pytest.skip("no folder ../shared beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice's program."""
    program = shutil.which("soffice")
    if program is None and os.environ.get("XLREBAL_STRICT"):
        pytest.fail("LibreOffice is required here and is not installed")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    return program


@pytest.fixture(scope="session")
def validator() -> Path:
    """Microsoft's validator."""
    from workbook_checks.validator import ValidatorMissingError, program

    try:
        return program()
    except ValidatorMissingError as error:
        (pytest.fail if os.environ.get("XLREBAL_STRICT") else pytest.skip)(str(error))
