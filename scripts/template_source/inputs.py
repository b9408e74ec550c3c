"""The input sheets: one Excel table each, yellow cells, drop-downs and checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlrebal.domain import policy as p
from xlrebal.domain.household import AccountType, Lock
from xlrebal.tables import schema
from xlrebal.tables.settings import FREQUENCY_MONTHS, SETTINGS_BY_NAME

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from template_source.look import Look
    from template_source.words import Words

HEADER_ROW = 3  # 0-based: title, hint and a blank row stand above
WIDTHS = {
    "Name": 32,
    "Account": 14,
    "Code": 12,
    "Replacement": 16,
    "Only": 22,
    "Note": 30,
    "Tax class": 17,
    "Setting": 26,
}
MONEY = {"price", "average_cost", "cash", "contribution", "reserve", "limit_left", "unit_cost", "commission", "tax"}
# Columns that hold names of the example, which a Korean template has in Korean.
_NAMES = {"account", "owner", "name", "group", "only", "parent"}
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
    """Draw an input sheet with its table; ``spare`` blank rows wait to be filled."""
    sheet = book.add_worksheet(say.sheet(table))
    sheet.set_tab_color(INPUT_TAB if rows else OPTIONAL_TAB)
    _head(sheet, look, say, say.sheet(table), hint)
    last = HEADER_ROW + len(rows) + spare
    for column, field in enumerate(table.fields):
        sheet.set_column(column, column, WIDTHS.get(field.header, 13))
        kind = look.input("money" if field.key in MONEY else str(field.kind))
        for row in range(len(rows) + spare):
            value = rows[row].get(field.key) if row < len(rows) else None
            value = say.name(value) if field.key in _NAMES else value
            _write(sheet, HEADER_ROW + 1 + row, column, value, kind)
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


def _add_table(sheet: Worksheet, look: Look, say: Words, table: schema.Table, last: int) -> None:
    columns = [{"header": say.header(field), "header_format": look("header")} for field in table.fields]
    options = {"name": table.name, "columns": columns, "style": "Table Style Light 1", "autofilter": False}
    sheet.add_table(HEADER_ROW, 0, last, len(columns) - 1, options)
    sheet.set_row(HEADER_ROW, 22)


def _validate(sheet: Worksheet, say: Words, table: schema.Table, field: schema.Field, column: int, last: int) -> None:
    first = HEADER_ROW + 1
    choices = _LISTS.get((table.key, field.key))
    if choices:
        message = f"Choose one of: {', '.join(choices)}"
        rule: dict[str, Any] = {
            "validate": "list",
            "source": choices,
            "error_title": field.header,
            "error_message": message,
        }
    elif field.kind in (schema.Kind.WEIGHT, schema.Kind.RATE):
        message = "Type a percentage between 0% and 100%."
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
        rule |= {"error_title": field.header, "error_message": message}
    elif field.kind is schema.Kind.NUMBER and field.minimum is not None:
        rule = {"validate": "decimal", "criteria": ">=", "value": field.minimum}
        rule |= {"error_title": field.header, "error_message": "Type a number, 0 or more."}
    elif table is schema.HOLDINGS and field.key == "account":
        rule = {
            "validate": "list",
            "source": f"='{say.sheet(schema.ACCOUNTS)}'!$A${HEADER_ROW + 2}:$A${HEADER_ROW + 21}",
        }
        rule |= {"error_title": "Account", "error_message": "Choose an account of the sheet Accounts."}
    else:
        return
    sheet.data_validation(first, column, last, column, rule)


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
    sheet.set_column(2, 2, 84)
    for row, setting in enumerate(SETTINGS_BY_NAME.values(), HEADER_ROW + 1):
        value = given.get(setting.name, _typed(setting.default))
        sheet.write_string(row, 0, setting.name, look("name"))
        _write(sheet, row, 1, value, look.input(_kind(setting.name, value), left=True))
        default = f" {'기본값' if say.korean else 'Default'}: {setting.default}." if setting.default else ""
        sheet.write_string(row, 2, f"{say.meaning(setting.name, setting.meaning)}.{default}", look("note"))
        if setting.name in _SETTING_LISTS:
            rule = {"validate": "list", "source": _SETTING_LISTS[setting.name], "error_title": setting.name}
            sheet.data_validation(row, 1, row, 1, rule | {"error_message": "Choose one of the list."})
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
    return "money" if isinstance(value, (int, float)) else "text"
