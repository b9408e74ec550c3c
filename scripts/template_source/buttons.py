"""Buttons on the Dashboard, the macro project behind them, and the sheet that tells xlwings which Python to use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.macros.workbook_macros import BUTTONS, CONFIGURATION, KOREAN_CAPTIONS, KOREAN_TEXTS, WORKBOOK_MODULE

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from template_source.look import Look
    from template_source.words import Words

_CONFIGURATION = (
    ("INTERPRETER_WIN", "python"),
    ("INTERPRETER_MAC", "python"),
    # The package is installed; the workbook's folder may be a web address, which xlwings would refuse.
    ("ADD_WORKBOOK_TO_PYTHONPATH", "False"),
    # Blank here, so that a file of settings elsewhere cannot fill them; see xlrebal.files.buttons.
    ("PYTHONPATH", ""),
    ("CONDA PATH", ""),
    ("CONDA ENV", ""),
)
_FIRST_COLUMN, _WIDTH, _GAP = 4, 132, 8


def draw_configuration(book: Workbook, look: Look, say: Words) -> None:
    """Draw the sheet of settings that the macros of xlwings read."""
    sheet = book.add_worksheet(CONFIGURATION)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 70)
    rows = (*_CONFIGURATION, *(KOREAN_TEXTS.items() if say.korean else ()))
    for row, (name, value) in enumerate(rows):
        sheet.write_string(row, 0, name, look("heading"))
        sheet.write_string(row, 1, value, look.input("text"))
    sheet.write(len(rows) + 1, 0, say("Filled in by: xlrebal excel install FILE"), look("hint"))


def add_buttons(book: Workbook, dashboard: Worksheet, project: Path, *, korean: bool) -> None:
    """Bind a button to each macro; give workbook and sheets the names of their modules in the project."""
    book.add_vba_project(str(project))
    book.set_vba_name(WORKBOOK_MODULE)
    for number, sheet in enumerate(book.worksheets(), 1):
        sheet.set_vba_name(module_name(number))
    for number, (caption, macro) in enumerate(BUTTONS.items()):
        place = {"x_offset": number * (_WIDTH + _GAP), "y_offset": 6, "width": _WIDTH, "height": 30}
        shown = KOREAN_CAPTIONS[caption] if korean else caption
        dashboard.insert_button(0, _FIRST_COLUMN, {"macro": macro, "caption": shown, **place})


def module_name(number: int) -> str:
    """Return the name of the module of the sheet in this place, counted from 1."""
    return f"Sheet{number}"
