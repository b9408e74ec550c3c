"""The front sheets: Start with the instructions, and the Dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from template_source.look import BLUE, GREY, NAVY, OVER, PALE, TARGET, TEAL, UNDER
from xlrebal.macros.workbook_macros import MESSAGE
from xlrebal.tables.contract import formats
from xlrebal.workbook.ooxml import own_formulas

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from template_source.look import Look
    from template_source.words import Words

_RUN = (
    "Save and close, then update.",
    "Run: xlrebal update family.xlsx (with the name of your file). It fills the sheets Drift, Orders, Skipped, TaxLoss and "
    "Summary, and adds a line to Value history.",
)
_PRESS = (
    "Press Update.",
    "The button is on the Dashboard. It fills the sheets Drift, Orders, Skipped, TaxLoss and Summary, and adds a line to "
    "Value history. On a new computer run once: xlrebal excel install FILE",
)
_STEPS = (
    ("Fill in what you own.", "Sheet Holdings: one row for each fund or share in each account, with its code, quantity and "
     "today's price. Cash goes into the sheet Accounts."),
    ("Fill in what you want.", "Sheet Targets: the share of the portfolio that each asset should have. All targets "
     "together are 100%. Min and Max are optional limits."),
    ("Look at the rules.", "Sheet Settings: when to rebalance, the smallest order worth placing, commission. The values "
     "given are sensible; change what your family has agreed otherwise."),
    _RUN,
    ("Read the orders.", "Sheet Orders lists the calculated orders, sells first, each with its reason. Check them, then "
     "place those you agree with at your broker. Nothing is sent by itself."),
)  # fmt: skip
_NOTES = (
    "Yellow cells are yours to fill. Everything else may be changed too: xlrebal only rewrites its result tables.",
    "The figures in this workbook are an example. Replace them with your own before you act on anything.",
    "Codes are text, so that 069500 keeps its first zero; the cells are prepared for that.",
    "Grey tabs are optional: FX for exchange rates, Events for ex-dividend dates, Lots for purchases, Trades for the record.",
    "The orders are calculated from your own rules. They are not advice, and tax figures are estimates.",
)


def draw_start(book: Workbook, look: Look, say: Words, title: str, *, buttons: bool) -> None:
    """Draw the first sheet: what to do, in five steps."""
    sheet = book.add_worksheet(say("Start"))
    sheet.hide_gridlines(2)
    sheet.set_tab_color(BLUE)
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, 36)
    sheet.set_column(2, 2, 80)
    sheet.set_row(0, 30)
    sheet.write(0, 0, title, look("title"))
    sheet.write(1, 0, say("Kept at its targets with xlrebal"), look("hint"))
    steps = [_PRESS if buttons and step is _RUN else step for step in _STEPS]
    for row, (what, how) in enumerate(steps, 3):
        sheet.set_row(row, 36)
        sheet.write(row, 0, row - 2, look("step"))
        sheet.write(row, 1, say(what), look("heading"))
        sheet.write(row, 2, say(how), look("text"))
    sheet.write(9, 1, say("Good to know"), look("heading"))
    for row, note in enumerate(_NOTES, 10):
        sheet.set_row(row, 20)
        sheet.write(row, 0, "•", look("step"))
        sheet.write(row, 1, say(note), look("hint"))
    sheet.write_blank(10, 0, None, look.input("text"))
    _page(sheet, say)


# Rows from 0: title, day and outcome stand above, with a thin row between.
_FIRST_TILE, _FIRST_CHART = 4, 10
_MONEY = "money"
_BUDGET = ("Gains still free of tax", "Gains budget left", _MONEY)
_TILES = (
    ("Total value", "Total value", _MONEY),
    ("Verdict", "Trigger", "@"),
    ("Next scheduled date", "Next scheduled date", "yyyy-mm-dd"),
    ("Cash left after orders", "Cash left", _MONEY),
    ("Worst drift now", "Worst drift before", "0.00%"),
    ("Worst drift after orders", "Worst drift after", "0.00%"),
    ("Value of the orders", "Turnover", _MONEY),
    ("Costs of the orders", "Cost", _MONEY),
)


def draw_dashboard(book: Workbook, look: Look, say: Words, figures: dict[str, Any]) -> Worksheet:
    """Draw the Dashboard: eight figures and three charts over the result tables."""
    title, assets = say.name(figures["title"]), len(figures["targets"])
    tiles = [*_TILES[:-1], _BUDGET] if figures["settings"].get("tax_country") == "KR" else list(_TILES)
    money = formats.money(figures["settings"]["base_currency"], symbol=True)
    sheet = book.add_worksheet(say("Dashboard"))
    sheet.hide_gridlines(2)
    sheet.set_tab_color(BLUE)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 12, 11.5)
    sheet.set_row(0, 32)
    sheet.write(0, 1, title, look("title"))
    headers = say.summary("Value"), say.summary("Item")
    as_of = own_formulas.day(say("As of "), say.item("As-of date"), *headers)
    sheet.write_formula(1, 1, f"={as_of}", look("hint"))
    _outcome(book, sheet, look, say)
    for number, (label, item, shown) in enumerate(tiles):
        row, column = _FIRST_TILE + number // 4 * 3, 1 + number % 4 * 3
        shown = money if shown == _MONEY else shown
        sheet.set_row(row + 1, 26)
        sheet.merge_range(row, column, row, column + 1, say(label), look("label"))
        sheet.merge_range(row + 1, column, row + 1, column + 1, None, look("figure", shown))
        sheet.write_formula(row + 1, column, f"={own_formulas.tile(say.item(item), *headers)}", look("figure", shown))
    sheet.set_column(3, 3, 2)
    sheet.set_column(6, 6, 2)
    sheet.set_column(9, 9, 2)
    for column in (1, 2, 4, 5, 7, 8, 10, 11):
        sheet.set_column(column, column, 15.5)
    _charts(book, sheet, say, assets)
    _page(sheet, say)
    sheet.print_area(0, 0, 45, 11)
    sheet.fit_to_pages(1, 1)
    sheet.activate()
    return sheet


def _outcome(book: Workbook, sheet: Worksheet, look: Look, say: Words) -> None:
    """The cell in which a button tells what it did; see xlrebal.excel. It is coloured only where it says something."""
    sheet.set_row(2, 66)
    sheet.set_row(3, 8)
    sheet.merge_range(2, 1, 2, 11, None, look("outcome"))
    sheet.conditional_format(
        2, 1, 2, 11, {"type": "formula", "criteria": '=$B$3<>""', "format": look.only(bg_color=PALE)}
    )
    book.define_name(MESSAGE, f"='{say('Dashboard')}'!$B$3" if say.korean else "=Dashboard!$B$3")


def _charts(book: Workbook, sheet: Any, say: Words, assets: int) -> None:
    drift_sheet = say.result_sheet("Drift")
    names = f"={drift_sheet}!$B$2:$B${assets + 1}"

    def column(letter: str) -> str:
        return f"={drift_sheet}!${letter}$2:${letter}${assets + 1}"

    allocation = book.add_chart({"type": "bar"})
    for name, letter, fill in (("Target", "F", TARGET), ("Now", "E", _plain(BLUE))):
        series = {"name": say(name), "categories": names, "values": column(letter), **fill}
        allocation.add_series(series | {"gap": 45, "overlap": -5})
    _style(allocation, say("Allocation now and target"), "0%")
    allocation.set_legend({"position": "top", "font": {"color": GREY}})
    sheet.insert_chart(_FIRST_CHART, 1, allocation, {"object_position": 2})
    allocation.set_size({"width": 471, "height": 360})

    drift = book.add_chart({"type": "bar"})
    shown = {"values": column("I"), "gap": 55, **_plain(OVER)}
    figures = {"num_format": "+0.0%;-0.0%;0.0%", "font": {"color": NAVY, "size": 9}, "position": "inside_base"}
    labels = {"data_labels": {"value": True, **figures}}
    colours = {"invert_if_negative": True, "invert_if_negative_color": UNDER}
    drift.add_series({"name": say("Drift"), "categories": names, **shown, **labels, **colours})
    _style(drift, say("Drift from target (percentage points)"), "+0%;-0%;0%")
    drift.set_legend({"none": True})
    drift.set_size({"width": 471, "height": 360})
    sheet.insert_chart(_FIRST_CHART, 7, drift, {"object_position": 2})

    after = book.add_chart({"type": "column"})
    for name, letter, fill in (
        ("Now", "E", _plain(BLUE)),
        ("After the orders", "L", _plain(TEAL)),
        ("Target", "F", TARGET),
    ):
        series = {"name": say(name), "categories": names, "values": column(letter), **fill}
        after.add_series(series | {"gap": 60, "overlap": -5})
    _style(after, say("What the orders would change"), "0%", flat=False)
    after.set_legend({"position": "top", "font": {"color": GREY}})
    after.set_size({"width": 961, "height": 320})
    sheet.insert_chart(_FIRST_CHART + 19, 1, after, {"object_position": 2})


def _plain(colour: str) -> dict[str, Any]:
    return {"fill": {"color": colour}, "border": {"none": True}}


def _style(chart: Any, title: str, shown: str, *, flat: bool = True) -> None:
    """Plain axes in grey; on a bar chart the first asset on top and its name at the side."""
    chart.set_title({"name": title, "name_font": {"size": 13, "color": NAVY}, "overlay": False})
    font = {"color": GREY, "size": 9}
    names = {"num_font": font, "label_position": "low", "line": {"color": "#B8BEC8"}, "major_tick_mark": "none"}
    values = {"num_font": font, "num_format": shown, "line": {"none": True}}
    values |= {"major_gridlines": {"visible": True, "line": {"color": "#E3E7ED"}}}
    # A bar chart's names stand on the y axis, which runs upwards unless it is turned round.
    if flat:
        chart.set_y_axis(names | {"reverse": True})
        chart.set_x_axis(values | {"label_position": "high"})
    else:
        chart.set_x_axis(names)
        chart.set_y_axis(values)
    chart.set_chartarea({"border": {"color": "#E3E7ED"}})


def _page(sheet: Any, say: Words) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&A&R{say('Page &P of &N')}")
