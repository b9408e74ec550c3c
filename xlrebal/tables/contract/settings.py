"""The Settings table: every setting with its kind, choices and meaning, and its way into the policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain import policy as p
from xlrebal.domain.household import LotMethod
from xlrebal.domain.message import Message, Name
from xlrebal.errors import Finding
from xlrebal.tables.contract.schema import SETTINGS, Field, Kind
from xlrebal.tables.read.convert import BadCellError, convert
from xlrebal.tables.read.hints import did_you_mean, either, use
from xlrebal.workbook.cells import RawCell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import StrEnum

    from xlrebal.tables.read.records import Record

FREQUENCY_MONTHS = {
    "monthly": tuple(range(1, 13)),
    "quarterly": (1, 4, 7, 10),
    "semiannual": (1, 7),
    "annual": (1,),
}
_DAYS = ("first_business_day", "last_business_day")

Reader = Callable[[RawCell, Field], object]


@dataclass(frozen=True)
class Setting:
    """One setting: its name, how its value is read, its default as a user would type it, its meaning."""

    name: str
    read: Reader
    default: str
    meaning: str

    @property
    def field(self) -> Field:
        """Return the column Value as this setting fills it."""
        return Field("value", self.name)


@dataclass(frozen=True)
class SettingsRead:
    """Settings as typed values, with the place of each one that was given; ``corner`` is that of their table."""

    values: Mapping[str, object]
    places: Mapping[str, str]
    corner: str = f"{SETTINGS.name}!A1"

    def text(self, name: str) -> str:
        """Return a text setting, empty when it was not given."""
        return str(self.values.get(name) or "")

    def place(self, name: str) -> str:
        """Return the cell of a setting, or of the table when it was not given."""
        return self.places.get(name, self.corner)


def _choice(values: Iterable[str]) -> Reader:
    choices = tuple(values)

    def read(cell: RawCell, field: Field) -> str:
        text = str(convert(cell, field)).casefold()
        for choice in choices:
            if choice.casefold() == text:
                return choice
        raise BadCellError(_not_known(field, str(cell.value)), use(choices))

    return read


def _not_known(field: Field, text: str) -> Message:
    return Message("input.not_known", column=field.title, text=text)


def _enum(kind: type[StrEnum]) -> Reader:
    read = _choice(member.value for member in kind)
    return lambda cell, field: kind(str(read(cell, field)))


def _of(kind: Kind, minimum: int | None = 0) -> Reader:
    def read(cell: RawCell, field: Field) -> object:
        return convert(cell, replace(field, kind=kind, minimum=minimum))

    return read


def _number(cell: RawCell, field: Field) -> Decimal:
    number = _of(Kind.NUMBER)(cell, field)
    if not isinstance(number, Decimal):
        raise _blank(field)
    return number


def _blank(field: Field) -> BadCellError:
    return BadCellError(Message("input.blank", column=field.title))


def _days(cell: RawCell, field: Field) -> int:
    number = _number(cell, field)
    if number != number.to_integral_value():
        raise BadCellError(Message("input.not_days", column=field.title, number=number))
    return int(number)


def _year(cell: RawCell, field: Field) -> int:
    number = _number(cell, field)
    if number != number.to_integral_value() or not 1900 <= number <= 9999:
        message = Message("input.not_a_year", column=field.title, number=number)
        raise BadCellError(message, Message("input.write_year"))
    return int(number)


def _parts(cell: RawCell, field: Field) -> list[str]:
    text = str(convert(cell, field)).strip("[] ")
    return [part.strip() for part in text.split(",") if part.strip()]


def _months(cell: RawCell, field: Field) -> tuple[int, ...]:
    parts = _parts(cell, field)
    if not parts or any(not part.isdigit() or not 1 <= int(part) <= 12 for part in parts):
        message = Message("input.not_months", column=field.title, text=str(cell.value))
        raise BadCellError(message, Message("input.write_months"))
    return tuple(sorted({int(part) for part in parts}))


def _day(cell: RawCell, field: Field) -> str:
    text = str(convert(cell, field))
    if text in _DAYS or (text.isdigit() and 1 <= int(text) <= 31):
        return text
    raise BadCellError(_not_known(field, text), Message("input.use_day", words=either(_DAYS)))


def _dates(cell: RawCell, field: Field) -> frozenset[dt.date]:
    if isinstance(cell.value, dt.date):
        return frozenset({_one_date(cell, field)})
    return frozenset(_one_date(RawCell(part), field) for part in _parts(cell, field))


def _one_date(cell: RawCell, field: Field) -> dt.date:
    value = convert(cell, replace(field, kind=Kind.DATE))
    if not isinstance(value, dt.date):
        raise _blank(field)
    return value


def _currency(cell: RawCell, field: Field) -> str:
    text = str(convert(cell, field)).upper()
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        message = Message("input.not_a_currency", column=field.title, text=str(cell.value))
        raise BadCellError(message, Message("input.write_currency"))
    return text


_TEXT, _AMOUNT, _RATE, _FLAG = _of(Kind.TEXT), _of(Kind.NUMBER), _of(Kind.RATE), _of(Kind.YES_NO)

SETTINGS_BY_NAME: dict[str, Setting] = {
    s.name: s
    for s in (
        Setting("base_currency", _currency, "", "Currency in which the household is judged"),
        Setting(
            "strategy", _enum(p.Strategy), "hybrid", "calendar, threshold, bands or hybrid (whichever comes first)"
        ),
        Setting("frequency", _choice(FREQUENCY_MONTHS), "quarterly", "monthly, quarterly, semiannual or annual"),
        Setting("months", _months, "1,4,7,10", "Months with a scheduled rebalance; wins over frequency"),
        Setting("day", _day, "first_business_day", "first_business_day, last_business_day or a day of the month"),
        Setting("exchange", _TEXT, "XKRX", "Exchange whose business days count (XKRX, XNYS)"),
        Setting("extra_holidays", _dates, "", "Further closed days, such as 2026-06-03, separated by commas"),
        Setting("drift_threshold", _RATE, "0.05", "Drift at which a rebalance is due"),
        Setting(
            "drift_measure", _enum(p.DriftMeasure), "absolute", "absolute (points), relative (share of target) or 5/25"
        ),
        Setting(
            "check_frequency",
            _enum(p.CheckFrequency),
            "weekly",
            "daily, weekly, monthly or quarterly: how often you look; names the next check, also in simulations",
        ),
        Setting("max_interval_days", _days, "", "Days after which a rebalance is due anyway"),
        Setting("last_rebalanced", _one_date, "", "Date of the last rebalance; blank: taken from Trades"),
        Setting("method", _enum(p.Method), "auto", "auto (cash first, sells only when due), full or cash_only"),
        Setting("rebalance_to", _enum(p.RebalanceTo), "target", "target, band (its edge) or halfway between the two"),
        Setting(
            "rebalance_tolerance",
            _RATE,
            "",
            "With band or halfway: stop at this drift, in the measure of the threshold; blank: at the band itself",
        ),
        Setting("cash_method", _enum(p.CashMethod), "optimal", "optimal, lazy or proportional"),
        Setting("new_cash", _of(Kind.NUMBER, None), "0", "Cash that comes in; negative takes cash out"),
        Setting("cash_policy", _enum(p.CashPolicy), "invest", "invest the cash in the accounts, or exclude it"),
        Setting(
            "dividend_policy",
            _enum(p.CashPolicy),
            "invest",
            "invest the dividends recorded in Trades since the last rebalance, or exclude them",
        ),
        Setting("min_trade_amount", _AMOUNT, "0", "Orders below this amount are left out"),
        Setting("commission_rate", _RATE, "0", "Commission as a fraction of the amount"),
        Setting("slippage_rate", _RATE, "0", "Expected loss to spread and market"),
        Setting("fx_spread", _RATE, "0", "Cost of changing money into the asset's currency"),
        Setting("avoid_ex_dividend_dates", _FLAG, "false", "Hold back orders near a date in Events"),
        Setting("ex_dividend_days", _days, "7", "Days on either side of an ex-date"),
        Setting("tax_country", _choice(("none", "KR", "US")), "none", "Country whose tax rules apply: none, KR or US"),
        Setting(
            "lot_method",
            _enum(LotMethod),
            "auto",
            "Which units a sale takes: auto (Korea average, United States fifo), average, fifo, lifo, highest_cost, "
            "min_tax or specific (Sell order in Lots)",
        ),
        Setting("realized_gains", _of(Kind.NUMBER, None), "0", "Gains realised this tax year, outside Trades"),
        Setting("realized_year", _year, "", "Tax year of realized_gains and realized_short_gains; blank: this one"),
        Setting("realized_short_gains", _of(Kind.NUMBER, None), "0", "The same, of units held a year or less (US)"),
        Setting("max_tax", _AMOUNT, "", "Most tax that the sales of one plan may cost; blank: no limit"),
        Setting("short_term_rate", _RATE, "", "Your tax rate on gains of units held a year or less (US)"),
        Setting("long_term_rate", _RATE, "", "Your tax rate on gains of units held longer (US)"),
        Setting(
            "taxable_income", _AMOUNT, "", "Taxable income of the year without gains; the rates follow from it (US)"
        ),
        Setting(
            "filing_status",
            _enum(p.FilingStatus),
            "single",
            "single, married_jointly, married_separately or head_of_household (US)",
        ),
        Setting("gain_harvesting", _FLAG, "true", "Offer sales of gains that are still free of tax this year"),
        Setting("tax_loss_harvesting", _FLAG, "true", "List holdings whose sale would realise a loss"),
        Setting("tlh_threshold", _RATE, "0.05", "A holding is listed when its loss is larger than this"),
        Setting("tlh_min_loss", _AMOUNT, "0", "and at least this large in money"),
        Setting("cooldown_days", _days, "7", "Days before a changed rule drives orders"),
        Setting("price_max_age_days", _days, "", "Warn when a price or an exchange rate is older than this"),
        Setting(
            "language",
            _choice(("auto", "en", "ko")),
            "auto",
            "en, ko (Korean results), or auto: as the results are, new ones in English",
        ),
    )
}
"""Every setting of the contract, in the order of the documentation."""


def setting_name(name: str) -> Name:
    """Return what a setting is called in texts: as it is written in the table, in either language."""
    return SETTINGS_BY_NAME[name].field.title


_NOT_POLICY = {"base_currency", "frequency", "tax_country"}


def read_settings(records: Iterable[Record], findings: list[Finding]) -> SettingsRead:
    """Return the settings that were given; problems go to ``findings``."""
    values: dict[str, object] = {}
    places: dict[str, str] = {}
    for record in records:
        name = "_".join(record.text("setting").casefold().split())
        if not name:
            continue
        if name in places:
            message = Message("input.set_twice", setting=setting_name(name))
            findings.append(Finding(record.place("setting"), message, also_in(places[name])))
            continue
        if name not in SETTINGS_BY_NAME:
            findings.append(_unknown(record.place("setting"), name))
            continue
        places[name] = record.place("value")
        _read_one(SETTINGS_BY_NAME[name], record, values, findings)
    return SettingsRead(values, places)


def also_in(place: str) -> Message:
    """Return a hint with the place where the same thing is as well."""
    return Message("input.also_in", place=place)


def _read_one(setting: Setting, record: Record, values: dict[str, object], findings: list[Finding]) -> None:
    cell = record.raw.get("value")
    if cell is None or cell.is_blank or "value" in record.wrong:
        return
    try:
        values[setting.name] = setting.read(cell, setting.field)
    except BadCellError as error:
        findings.append(Finding(record.place("value"), error.message, error.hint))


def _unknown(place: str, name: str) -> Finding:
    import difflib  # a wrong word only

    near = difflib.get_close_matches(name, SETTINGS_BY_NAME, n=1, cutoff=0)
    return Finding(place, Message("input.no_setting", name=name), did_you_mean(near[0]))


def make_policy(settings: SettingsRead) -> p.Policy:
    """Return the policy of the settings; what was not given keeps its default."""
    values = {name: value for name, value in settings.values.items() if name not in _NOT_POLICY}
    frequency = settings.text("frequency")
    if frequency and "months" not in values:
        values["months"] = FREQUENCY_MONTHS[frequency]
    return p.Policy(**values)  # type: ignore[arg-type]  # each setting's reader returns its field's type
