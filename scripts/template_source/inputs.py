"""The input sheets: one Excel table each, yellow cells, drop-downs and checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_rowcol_to_cell

from template_source.look import SHORTER
from xlrebal.domain import policy as p
from xlrebal.domain.household import AccountType, Lock
from xlrebal.tables.contract import schema
from xlrebal.tables.contract.settings import FREQUENCY_MONTHS, SETTINGS_BY_NAME
from xlrebal.workbook.wrapping import lines

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from template_source.look import Look
    from template_source.words import Words

HEADER_ROW = 3  # 0-based: title, hint and a blank row stand above
_LAST_ROW = 1048575
# In characters; an amount of twelve digits, an ISIN and the longest word of a list fit.
WIDTHS = {
    "Name": 34,
    "Account": 20,
    "Owner": 16,
    "Group": 16,
    "Code": 15,
    "Holds": 15,
    "Replacement": 18,
    "Only": 24,
    "Trigger": 18,
    "Note": 34,
    "Tax class": 18,
    "Setting": 26,
    "Rule": 26,
    "Tax base cost": 16,
    "Tax base price": 16,
}
_MONEY_WIDTH, _WIDTH, _NOTE_WIDTH, _LINE_HEIGHT = 18, 14, 98, 16.5
MONEY = {"price", "average_cost", "cash", "contribution", "reserve", "contribution_room", "unit_cost", "commission",
         "tax", "value", "gain"}  # fmt: skip
# Columns that hold names of the example, which a Korean template has in Korean.
_NAMES = {"account", "owner", "name", "group", "allowed", "parent"}
INPUT_TAB, OPTIONAL_TAB = "#E8C95A", "#C9CED6"

_LISTS: dict[tuple[str, str], list[str]] = {
    ("targets", "lock"): [lock.value for lock in Lock if lock],
    ("targets", "tax_class"): [
        *("kr_equity_etf", "kr_other_etf", "overseas_listed", "kr_stock"),
        *("us_security", "us_stock", "us_collectible", "exempt"),
    ],
    ("accounts", "lot_method"): [m.value for m in p.LotMethod],
    ("targets", "fractional"): ["yes", "no"],
    ("targets", "risk"): ["risky", "safe"],
    ("accounts", "fractional"): ["yes", "no"],
    ("accounts", "type"): [kind.value for kind in AccountType],
    ("trades", "action"): ["BUY", "SELL", "DIVIDEND", "DEPOSIT", "WITHDRAWAL"],
}
_SETTING_LISTS: dict[str, list[str]] = {
    "strategy": [s.value for s in p.Strategy],
    "frequency": list(FREQUENCY_MONTHS),
    "day": ["first_business_day", "last_business_day"],
    "drift_measure": [m.value for m in p.DriftMeasure],
    "method": [m.value for m in p.Method],
    "rebalance_to": [r.value for r in p.RebalanceTo],
    "check_frequency": [c.value for c in p.CheckFrequency],
    "cash_method": [m.value for m in p.CashMethod],
    "cash_policy": [c.value for c in p.CashPolicy],
    "avoid_ex_dividend_dates": ["true", "false"],
    "lot_method": [m.value for m in p.LotMethod],
    "dividend_policy": [c.value for c in p.CashPolicy],
    "tax_country": ["none", "KR", "US"],
    "filing_status": [s.value for s in p.FilingStatus],
    "gain_harvesting": ["true", "false"],
    "tax_loss_harvesting": ["true", "false"],
    "language": ["auto", "en", "ko"],
}


def draw_table(
    book: Workbook, look: Look, say: Words, table: schema.Table, rows: list[dict[str, Any]], spare: int, hint: str
) -> Worksheet:
    """Draw an input sheet with its table; ``spare`` blank rows wait to be filled.

    Raises KeyError for a figure of the example that no column takes.
    """
    if unknown := {key for row in rows for key in row} - {field.key for field in table.fields}:
        raise KeyError(f"{table.name} has no column for {', '.join(sorted(unknown))}")
    sheet = book.add_worksheet(say.sheet(table))
    sheet.set_tab_color(INPUT_TAB if rows else OPTIONAL_TAB)
    _head(sheet, look, say, say.sheet(table), hint)
    last = HEADER_ROW + len(rows) + spare
    for column, field in enumerate(table.fields):
        kind = "money" if field.key in MONEY and field.kind is schema.Kind.NUMBER else str(field.kind)
        sheet.set_column(column, column, WIDTHS.get(field.header, _MONEY_WIDTH if kind == "money" else _WIDTH))
        _shorten(sheet, look, kind, (HEADER_ROW + 1, column, _LAST_ROW, column))
        shown = look.input(kind)
        for row in range(len(rows) + spare):
            value = rows[row].get(field.key) if row < len(rows) else None
            value = say.name(value) if field.key in _NAMES else value
            _write(sheet, HEADER_ROW + 1 + row, column, value, shown)
        _validate(sheet, say, table, field, column, last)
    _add_table(sheet, look, say, table, last)
    return sheet


def _head(sheet: Worksheet, look: Look, say: Words, title: str, hint: str) -> None:
    sheet.hide_gridlines(2)
    sheet.set_row(0, 28)
    sheet.write(0, 0, title, look("title"))
    sheet.write(1, 0, say(hint), look("hint"))
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_footer(f"&L&A&R{say('Page &P of &N')}")


def _write(sheet: Worksheet, row: int, column: int, value: Any, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_datetime(row, column, value, style)


def _shorten(sheet: Worksheet, look: Look, kind: str, place: tuple[int, int, int, int]) -> None:
    """Show whole figures of a kind without decimals."""
    if kind in SHORTER:
        number_format, holds = SHORTER[kind]
        cell = xl_rowcol_to_cell(*place[:2])
        rule = {"type": "formula", "criteria": f"=AND(ISNUMBER({cell}),{holds.format(cell=cell)})"}
        sheet.conditional_format(*place, rule | {"format": look.only(num_format=number_format)})


def _add_table(sheet: Worksheet, look: Look, say: Words, table: schema.Table, last: int) -> None:
    columns = [{"header": say.header(field), "header_format": look("header")} for field in table.fields]
    # No table style: its stripes would lie under the colours of the cells.
    options = {"name": table.name, "columns": columns, "autofilter": False, "style": None, "banded_rows": False}
    sheet.add_table(HEADER_ROW, 0, last, len(columns) - 1, options)
    sheet.set_row(HEADER_ROW, 22)


def _validate(sheet: Worksheet, say: Words, table: schema.Table, field: schema.Field, column: int, last: int) -> None:
    first = HEADER_ROW + 1
    choices = _LISTS.get((table.key, field.key))
    if choices:
        rule: dict[str, Any] = {"validate": "list", "source": choices}
        message = f"{say('Choose one of:')} {', '.join(choices)}"
    elif field.kind in (schema.Kind.WEIGHT, schema.Kind.RATE):
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
        message = say("Type a percentage between 0% and 100%.")
    elif field.kind is schema.Kind.NUMBER and field.minimum is not None:
        rule = {"validate": "decimal", "criteria": ">=", "value": field.minimum}
        message = say("Type a number, 0 or more.")
    elif table is schema.HOLDINGS and field.key == "account":
        accounts = f"$A${HEADER_ROW + 2}:$A${HEADER_ROW + 21}"
        rule = {"validate": "list", "source": f"='{say.sheet(schema.ACCOUNTS)}'!{accounts}"}
        message = say("Choose an account of the sheet Accounts.")
    else:
        return
    told = {"error_title": say.header(field), "error_message": message}
    sheet.data_validation(first, column, last, column, rule | told)


def draw_settings(book: Workbook, look: Look, say: Words, given: dict[str, Any]) -> None:
    """Draw the Settings sheet: every setting with its value, default and meaning."""
    sheet = book.add_worksheet(say.sheet(schema.SETTINGS))
    sheet.set_tab_color(INPUT_TAB)
    _head(
        sheet,
        look,
        say,
        say("Settings"),
        "The rules of the family. A blank value means the default, which the note names.",
    )
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, _NOTE_WIDTH)
    for row, setting in enumerate(SETTINGS_BY_NAME.values(), HEADER_ROW + 1):
        value = given.get(setting.name, _typed(setting.default))
        sheet.write_string(row, 0, setting.name, look("name"))
        kind = _kind(setting.name, value)
        _write(sheet, row, 1, value, look.input(kind, left=True))
        _shorten(sheet, look, kind, (row, 1, row, 1))
        default = f" {'기본값' if say.korean else 'Default'}: {setting.default}." if setting.default else ""
        note = f"{say.meaning(setting.name, setting.meaning)}.{default}"
        sheet.write_string(row, 2, note, look("note"))
        if (count := lines(note, _NOTE_WIDTH)) > 1:
            sheet.set_row(row, _LINE_HEIGHT * count)
        if setting.name in _SETTING_LISTS:
            rule = {"validate": "list", "source": _SETTING_LISTS[setting.name], "error_title": setting.name}
            sheet.data_validation(row, 1, row, 1, rule | {"error_message": say("Choose one of the list.")})
    _add_table(sheet, look, say, schema.SETTINGS, HEADER_ROW + len(SETTINGS_BY_NAME))


def _typed(default: str) -> Any:
    if not default:
        return None
    try:
        return int(default) if default.isdigit() else float(default)
    except ValueError:
        return default


def _kind(name: str, value: Any) -> str:
    if name.endswith(("_rate", "_spread")):
        return "rate"
    if name.endswith("_threshold"):
        return "weight"
    if name in ("last_rebalanced", "extra_holidays"):
        return "date"
    return "number" if isinstance(value, (int, float)) else "text"
