"""One LibreOffice for all live tests, driven through xlwings."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from live import calc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def office(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[calc.Office]:
    """A running LibreOffice; ``soffice`` skips, or fails in a strict run, where there is none."""
    if not calc.find_uno():
        text = "the UNO bindings for this Python are not installed (python3-uno)"
        (pytest.fail if os.environ.get("XLREBAL_STRICT") else pytest.skip)(text)
    running = calc.Office(tmp_path_factory.mktemp("office"))
    calc.register(running.desktop)
    yield running
    running.close()


@pytest.fixture
def open_book(office: calc.Office, tmp_path: Path) -> Iterator[Callable[[Path], Any]]:
    """Open a copy of a workbook through xlwings; closed at the end of the test."""
    import xlwings as xw

    opened = []

    def open_copy(path: Path) -> Any:
        copy = tmp_path / f"open{len(opened)}{path.suffix}"
        shutil.copyfile(path, copy)
        opened.append(xw.Book(str(copy)))
        return opened[-1]

    yield open_copy
    for book in opened:
        book.impl.close()
