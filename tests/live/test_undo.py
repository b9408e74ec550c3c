"""A call that the spreadsheet program rejects, whichever it is, leaves every table as it was."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from books import xlrebal

from live import calc
from live.families import write_family
from live.test_same_as_headless import cells
from xlrebal.tables.contract.results import RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.libreoffice


@pytest.mark.parametrize("kind", ["write values", "write formats", "resize table", "copy", "read values"])
def test_every_table_is_put_back(
    open_book: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    from xlrebal import excel

    path = write_family(tmp_path / "family.xlsx", 4, country="KR")
    assert xlrebal("update", path, "--as-of", "2026-03-04", "--now").status == 0
    book = open_book(path)
    names = [*RESULTS, "Holdings", "Targets"]
    excel.act(book, "clear_results", dt.date(2026, 5, 4))
    before = cells(book, names)
    real, failures = calc.METER.tick, 0
    for number in range(1, 40, 3):
        left = number

        def tick(name: str) -> None:
            nonlocal left
            left -= name == kind
            if not left and name == kind:
                raise OSError("call was rejected by callee")
            real(name)

        monkeypatch.setattr(calc.METER, "tick", tick)
        text = excel.act(book, "rebalance_now", dt.date(2026, 5, 4))
        monkeypatch.setattr(calc.METER, "tick", real)
        if text.startswith("xlrebal"):
            break
        failures += 1
        assert cells(book, names) == before, number
    else:
        pytest.fail("it never got through")
    assert failures >= 1
