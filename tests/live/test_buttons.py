"""What the user sees behind a button, driven through xlwings on LibreOffice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlwings as xw
from books import FAMILY, HOLDINGS, replaced, write_book, xlrebal

from xlrebal import excel
from xlrebal.macros.workbook_macros import BUTTONS, MESSAGE, own_source

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.libreoffice
DAY = dt.date(2026, 5, 4)
TEMPLATE = Path(__file__).parent.parent.parent / "workbook_templates" / "core-satellite.xlsx"


def everything(book: Any) -> dict[str, Any]:
    """Values and formats of every sheet."""
    found = {}
    for sheet in book.sheets:
        block = sheet.used_range
        found[sheet.name] = (block.address, block.options(ndim=2, err_to_str=True).value, block.impl.all_formats)
    return found


def test_a_wrong_input_is_said_with_its_cell_and_nothing_is_written(
    open_book: Callable[[Path], Any], tmp_path: Path
) -> None:
    path = write_book(tmp_path / "wrong.xlsx", dict(FAMILY) | {"Holdings": replaced(HOLDINGS, "D2", "ten")})
    book = open_book(path)
    before = everything(book)
    text = excel.act(book, "update", DAY)
    assert text == 'Holdings!D2: quantity "ten" is not a number\n1 problem. Nothing was written.'
    assert book.impl.app.alerts[-1] == text
    assert everything(book) == before


def test_the_template_shows_the_message_in_its_cell_and_clears_it(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    cell = book.sheets["Holdings"]["D5"]
    right = cell.value
    cell.value = "ten"
    excel.act(book, "update", DAY)
    assert "Holdings!D5" in book.names[MESSAGE].refers_to_range.value
    cell.value = right
    assert excel.act(book, "update", DAY).startswith("xlrebal 2026-05-04")
    assert book.names[MESSAGE].refers_to_range.value is None


def test_a_failure_while_writing_puts_everything_back(
    open_book: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from live import calc

    book = open_book(TEMPLATE)
    assert excel.act(book, "rebalance_now", dt.date(2026, 3, 4)).startswith("xlrebal")
    before = everything(book)
    real, writes = calc.Range.raw_value, []

    def failing(self: Any, data: Any) -> None:
        writes.append(1)
        if len(writes) == 1:
            raise OSError("call was rejected by callee")
        real.fset(self, data)

    monkeypatch.setattr(calc.Range, "raw_value", property(real.fget, failing))
    text = excel.act(book, "update", DAY)
    assert text == "the results could not be written (call was rejected by callee). Nothing was written."
    monkeypatch.undo()
    after = everything(book)
    # The Dashboard shows the message now.
    assert {k: v for k, v in after.items() if k != "Dashboard"} == {k: v for k, v in before.items() if k != "Dashboard"}


def test_a_cell_in_the_way_is_named_and_nothing_is_written(open_book: Callable[[Path], Any], tmp_path: Path) -> None:
    path = write_book(tmp_path / "family.xlsx")
    assert xlrebal("update", path, "--as-of", "2026-03-04").status == 0
    book = open_book(path)
    excel.act(book, "clear_results", DAY)
    # The one row that is left has to make room for two orders.
    book.sheets["Orders"]["B3"].value = "my note"
    before = everything(book)
    text = excel.act(book, "rebalance_now", DAY)
    assert text.startswith("Orders!B3 is in the way: the table Orders needs rows down to")
    assert everything(book) == before


def test_check_says_the_verdict_and_writes_nothing(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    before = everything(book)
    text = excel.act(book, "check", DAY)
    assert text.startswith("rebalance due: ")
    assert book.impl.app.alerts[-1] == text
    assert everything(book) == before


def test_clear_empties_the_results_and_keeps_the_record(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    excel.act(book, "rebalance_now", DAY)
    history = book.sheets["Value history"].used_range.value
    assert excel.act(book, "clear_results", DAY) == "The results are cleared."
    for name in ("Drift", "Orders", "Skipped", "TaxLoss", "Summary"):
        header, *rows = book.sheets[name].used_range.options(ndim=2).value
        assert header[0] is not None
        assert all(value is None for row in rows for value in row)
        assert book.sheets[name].tables[name].range.shape[0] == 2
    assert book.sheets["Value history"].used_range.value == history
    assert excel.act(book, "update", DAY).startswith("xlrebal")


def test_the_users_own_cells_and_formats_stay(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    excel.act(book, "rebalance_now", DAY)
    sheet = book.sheets["Drift"]
    sheet["P3"].value = "mine"
    sheet["D2"].number_format = "0.0E+00"
    excel.act(book, "update", DAY)
    assert sheet["P3"].value == "mine"
    assert sheet["D2"].number_format == "0.0E+00"


def test_the_program_is_left_as_it_was(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    app = book.impl.app
    app.calculation = "semiautomatic"
    excel.act(book, "update", DAY)
    assert (app.screen_updating, app.enable_events, app.calculation) == (True, True, "semiautomatic")
    app.calculation = "automatic"


def test_the_bound_functions_find_the_calling_workbook(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    book.set_mock_caller()
    for function in (excel.update, excel.rebalance_now, excel.check, excel.clear_results):
        function()
    assert book.sheets["Orders"].used_range.options(ndim=2).value[1][13] is None
    # Each macro of the workbook calls a function that is there.
    for macro in BUTTONS.values():
        body = own_source().partition(f"Public Sub {macro}()")[2].partition("End Sub")[0]
        name = body.partition("xlrebal.excel.")[2].partition("()")[0]
        assert callable(getattr(excel, name))


def test_functions_for_cells(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    book.set_mock_caller()
    assert excel.xlrebal_drift("360750") == pytest.approx(0.0233, abs=1e-3)
    assert excel.xlrebal_drift("069500") == excel.xlrebal_drift(69500.0)
    assert excel.xlrebal_drift("000000") == "000000 is not in Targets"
    assert isinstance(excel.xlrebal_next_date(), dt.datetime)
    header, *rows = excel.xlrebal_new_cash(1_000_000)
    assert header == ["Account", "Code", "Quantity", "Amount"]
    assert sum(row[3] for row in rows) <= 1_250_000
    assert rows
    book.sheets["Holdings"]["D5"].value = "ten"
    assert excel.xlrebal_drift("360750") == 'Holdings!D5: quantity "ten" is not a number'


def test_the_engine_does_what_excel_would_with_text(open_book: Callable[[Path], Any]) -> None:
    """The proof above is worth something only if text that Excel would change is changed."""
    from live.calc import FormulaError

    book = open_book(TEMPLATE)
    cell = book.sheets["Drift"]["P3"]
    cell.value = "005930"
    assert cell.value == 5930
    cell.number_format = "@"
    cell.value = "005930"
    assert cell.value == "005930"
    with pytest.raises(FormulaError):
        book.sheets["Drift"]["P4"].value = "@SUM"
    assert isinstance(book, xw.Book)
