"""What the user sees behind a button, driven through xlwings on LibreOffice."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlwings as xw
from books import FAMILY, HOLDINGS, replaced, write_book, xlrebal

from xlrebal import __version__, excel
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


def message(book: Any) -> str:
    """What the Dashboard tells, but for the time; the time is that of now."""
    told = book.names[MESSAGE].refers_to_range.value
    button, moment, rest = re.fullmatch(r"(.+?) (\d{4}-\d\d-\d\d \d\d:\d\d) · (.*)", told, re.DOTALL).groups()
    age = dt.datetime.now().astimezone() - dt.datetime.fromisoformat(moment).astimezone()
    assert dt.timedelta(minutes=-1) < age < dt.timedelta(minutes=5)
    return f"{button}: {rest}"


class RefusedError(Exception):
    """What pywin32 raises when Excel refuses a call; appscript and xlwings have such an error as well."""


RefusedError.__module__ = "pywintypes"


def test_the_template_shows_the_message_in_its_cell_and_what_to_do_next(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    cell = book.sheets["Holdings"]["D5"]
    right = cell.value
    cell.value = "ten"
    excel.act(book, "update", DAY)
    wrong = 'Holdings!D5: quantity "ten" is not a number'
    next_step = "Next: correct Holdings!D5, press Update again."
    assert message(book) == f"Update: 1 problem. Nothing was written.\n{wrong}\n{next_step}"
    cell.value = right
    assert excel.act(book, "update", DAY).startswith("xlrebal 2026-05-04: ")
    assert wrong not in message(book)


@pytest.mark.parametrize(
    ("template", "action", "told"),
    [
        (
            "core-satellite.xlsx",
            "rebalance_now",
            r"Rebalance now: \d+ orders; rebalance due: .*Next: check the sheet Orders",
        ),
        ("core-satellite.xlsx", "check", r"Check: rebalance due: \w+: .*\nNext: press Update for the orders\."),
        ("core-satellite.xlsx", "record_executed", r"Record executed: Nothing to record: .*Next: write executed into"),
        ("core-satellite.xlsx", "clear_results", r"Clear results: The results are cleared\.\nNext: press Update"),
        (
            "korean-family.ko.xlsx",
            "rebalance_now",
            r"지금 리밸런싱: 주문 \d+건; 리밸런싱 필요: .*다음: 주문 시트를 확인",
        ),
        ("korean-family.ko.xlsx", "check", r"점검: 리밸런싱 (필요|불필요).*\n다음: "),
        (
            "korean-family.ko.xlsx",
            "record_executed",
            r"체결 기록: 기록할 것이 없습니다\. .*\n다음: 체결된 주문의 상태에",
        ),
    ],
)
def test_each_button_tells_what_it_did_and_the_next_step_in_the_workbooks_language(
    open_book: Callable[[Path], Any], template: str, action: str, told: str
) -> None:
    book = open_book(TEMPLATE.parent / template)
    book.impl.app.alerts.clear()
    text = excel.act(book, action, DAY)
    assert re.match(told, message(book), re.DOTALL), message(book)
    assert re.search("[가-힣]", text) is None or "다음: " in message(book)
    # The cell tells it; a box is for what has to be seen at once.
    assert book.impl.app.alerts == ([text] if action == "check" else [])


def test_a_changed_language_counts_at_once_for_every_button(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    rows = next(table for sheet in book.sheets for table in sheet.tables if table.name == "Settings").range
    row = rows.columns[0].value.index("language")
    rows[row, 1].value = "ko"
    assert excel.act(book, "clear_results", DAY) == "결과를 지웠습니다."
    rows[row, 1].value = "en"
    assert excel.act(book, "clear_results", DAY) == "The results are cleared."


def test_a_wrong_cell_of_a_korean_workbook_is_told_in_korean(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE.parent / "korean-family.ko.xlsx")
    book.sheets["보유종목"]["D5"].value = "열"
    text = excel.act(book, "update", DAY)
    assert text.endswith("문제 1건. 아무것도 쓰지 않았습니다.")
    assert text.startswith('보유종목!D5: 수량이 숫자가 아닙니다: "열"\n')
    assert message(book).startswith("갱신: 문제 1건. 아무것도 쓰지 않았습니다.\n보유종목!D5: 수량이")
    assert message(book).endswith("\n다음: 보유종목!D5 칸을 고친 뒤 갱신 단추를 다시 누르세요.")


def test_only_the_first_of_many_problems_are_in_the_cell(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    for row in range(5, 10):
        book.sheets["Holdings"][f"D{row}"].value = "ten"
    text = excel.act(book, "update", DAY)
    assert text.count("is not a number") == 5
    assert message(book).startswith("Update: 5 problems. Nothing was written.\nHoldings!D5: ")
    assert message(book).count("is not a number") == 2
    assert message(book).endswith("\nNext: correct each of them, press Update again; the message box names them.")


def failing_write(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the first block that is written fail; what the program is told of it comes afterwards."""
    from live import calc

    real, writes = calc.Range.raw_value, []

    def failing(self: Any, data: Any) -> None:
        writes.append(1)
        if len(writes) == 1:
            raise error
        real.fset(self, data)

    monkeypatch.setattr(calc.Range, "raw_value", property(real.fget, failing))


def but_for_the_dashboard(book: Any) -> dict[str, Any]:
    return {name: content for name, content in everything(book).items() if name != "Dashboard"}


@pytest.mark.parametrize("error", [RefusedError("rejected by callee"), xw.XlwingsError("rejected by callee")])
def test_a_call_that_excel_refuses_is_told_as_such_and_everything_is_put_back(
    open_book: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    book = open_book(TEMPLATE)
    assert excel.act(book, "rebalance_now", dt.date(2026, 3, 4)).startswith("xlrebal")
    before = but_for_the_dashboard(book)
    failing_write(monkeypatch, error)
    text = excel.act(book, "update", DAY)
    monkeypatch.undo()
    what = "The spreadsheet program did not answer (rejected by callee). The results are as they were."
    next_step = "Next: finish editing the cell, close open dialogs, press Update again."
    assert text == f"{what}\n{next_step}"
    assert message(book) == f"Update: {text}"
    assert but_for_the_dashboard(book) == before
    assert not (tmp_path / "xlrebal").exists()


def test_a_fault_of_ours_is_not_blamed_on_excel_and_leaves_a_log(
    open_book: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from xlrebal.engine import plan

    def broken(*_: object) -> None:
        return {"김철수 IRP": 1}[f"12,345,678 of {plan.__name__}"]

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("xlrebal.app.planning.make_plan", broken)
    book = open_book(TEMPLATE)
    before = but_for_the_dashboard(book)
    text = excel.act(book, "update", DAY)
    log = tmp_path / "xlrebal" / "xlrebal.log"
    assert text.startswith("xlrebal has a fault (KeyError); neither Excel nor your figures are to blame.")
    assert f"Next: report it with the file {log}" in text
    assert "did not answer" not in text
    assert message(book) == f"Update: {text}"
    assert but_for_the_dashboard(book) == before
    kept = log.read_text(encoding="utf-8")
    assert "planning.py" in kept
    assert "builtins.KeyError: '…'" in kept
    assert f"xlrebal {__version__}, xlwings {xw.__version__}, Python" in kept
    for private in ("12,345,678", "김철수"):
        assert private not in kept.replace('{"김철수 IRP": 1}[f"12,345,678', "")


def test_a_fault_while_writing_is_ours_as_well_and_everything_is_put_back(
    open_book: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    book = open_book(TEMPLATE)
    assert excel.act(book, "rebalance_now", dt.date(2026, 3, 4)).startswith("xlrebal")
    before = but_for_the_dashboard(book)
    failing_write(monkeypatch, TypeError("unsupported operand type(s) for +: 'Decimal' and 'float'"))
    text = excel.act(book, "update", DAY)
    monkeypatch.undo()
    assert text.startswith("xlrebal has a fault (TypeError)")
    assert "The results are as they were." in text
    assert but_for_the_dashboard(book) == before
    assert "for +: 'Decimal' and 'float'" in (tmp_path / "xlrebal" / "xlrebal.log").read_text(encoding="utf-8")


def test_a_log_that_cannot_be_written_stops_nothing(
    open_book: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "xlrebal").write_text("a file in place of the folder", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("xlrebal.app.planning.make_plan", lambda *_: 1 / 0)
    text = excel.act(open_book(TEMPLATE), "update", DAY)
    assert text.startswith("xlrebal has a fault (ZeroDivisionError)")


def test_in_a_browser_the_log_goes_to_the_output(
    open_book: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from xlrebal.excel import faults

    monkeypatch.setattr("xlrebal.app.planning.make_plan", lambda *_: 1 / 0)
    monkeypatch.setattr(faults.sys, "platform", "emscripten")
    text = excel.act(open_book(TEMPLATE), "update", DAY)
    assert "report it with the lines that the pane shows as output" in text
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_program_that_cannot_do_something_is_told_as_such(
    open_book: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlwings import base_classes

    monkeypatch.setattr("xlrebal.app.planning.make_plan", lambda *_: base_classes.Range().formula)
    text = excel.act(open_book(TEMPLATE), "update", DAY)
    assert text.startswith("The spreadsheet program cannot do this here")
    assert "Next: use xlrebal on the command line." in text


def test_a_workbook_that_is_not_found_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a name with =, of which xlwings keeps only the first part."""

    def caller() -> None:
        raise KeyError("a")

    monkeypatch.setattr(xw.Book, "caller", caller)
    with pytest.raises(SystemExit, match=r"does not find the workbook .* rename the workbook"):
        excel.update()


def test_an_action_that_there_is_not_is_told(open_book: Callable[[Path], Any]) -> None:
    text = excel.act(open_book(TEMPLATE), "updaet", DAY)
    assert text == 'there is no action "updaet"; use update, rebalance_now, check, record_executed, clear_results'


def test_without_a_cell_for_messages_the_status_bar_tells(open_book: Callable[[Path], Any], tmp_path: Path) -> None:
    book = open_book(write_book(tmp_path / "own.xlsx"))
    book.impl.app.alerts.clear()
    text = excel.act(book, "update", DAY)
    assert book.impl.app.status_bar == text
    assert book.impl.app.alerts == []


def test_without_a_status_bar_either_a_box_tells(
    open_book: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from live import calc

    def missing(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(calc.App, "status_bar", property(missing, missing), raising=False)
    book = open_book(write_book(tmp_path / "own.xlsx"))
    text = excel.act(book, "update", DAY)
    assert book.impl.app.alerts[-1] == text


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


def test_check_says_the_verdict_and_writes_nothing_else(open_book: Callable[[Path], Any]) -> None:
    book = open_book(TEMPLATE)
    before = but_for_the_dashboard(book)
    text = excel.act(book, "check", DAY)
    assert text.startswith("rebalance due: ")
    assert book.impl.app.alerts[-1] == text
    assert but_for_the_dashboard(book) == before


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
        assert callable(getattr(excel, body.partition('"')[2].partition('"')[0]))


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
