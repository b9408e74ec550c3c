"""The workbook contract as data: every sheet name, header, alias and unit, once.

A new column is one line here; parsing, templates and documentation follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from xlrebal.domain.message import Name


class Kind(StrEnum):
    """What the cells of an input column hold."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    WEIGHT = "weight"
    RATE = "rate"
    DATE = "date"
    YES_NO = "yes or no"


@dataclass(frozen=True)
class Field:
    """One input column.

    Attributes:
        key: Name used in code.
        header: English header.
        korean: Korean header; empty where there is none.
        kind: What its cells hold.
        required: True when the column must be there.
        minimum: Smallest number allowed, or None.
        unless: Keys of other columns that make a required one unnecessary.
        aliases: Other headers that mean the same.

    """

    key: str
    header: str
    korean: str = ""
    kind: Kind = Kind.TEXT
    required: bool = False
    minimum: int | None = 0
    aliases: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header under which the column is found."""
        return tuple(h for h in (self.header, self.korean, *self.aliases) if h)

    @property
    def title(self) -> Name:
        """Return what the column is called."""
        return Name(self.header, self.korean or self.header)

    @property
    def noun(self) -> Name:
        """Return what the column is called within a sentence: ``price``, but ``FX rate``."""
        first = self.header.split()[0]
        is_abbreviation = first.isupper() and len(first) > 1
        noun = self.header if is_abbreviation else self.header[0].lower() + self.header[1:]
        return Name(noun, self.korean or self.header)


@dataclass(frozen=True)
class Table:
    """One input table: the names of its Excel table or sheet, and its columns."""

    key: str
    name: str
    korean: str
    fields: tuple[Field, ...]
    required: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names under which the table or its sheet is found, best first."""
        return (self.name, self.korean)

    @property
    def title(self) -> Name:
        """Return what the table is called."""
        return Name(self.name, self.korean)

    @property
    def required_titles(self) -> tuple[Name, ...]:
        """Return the columns that must be there."""
        return tuple(field.title for field in self.fields if field.required)

    def field(self, key: str) -> Field:
        """Return the column with this key."""
        return next(field for field in self.fields if field.key == key)


_ACCOUNT = Field("account", "Account", "계좌")
_CODE = Field("code", "Code", "종목코드", Kind.CODE, required=True)
_NAME = Field("name", "Name", "종목명")
_CURRENCY = Field("currency", "Currency", "통화")
_FRACTIONAL = Field("fractional", "Fractional", "소수점", Kind.YES_NO)


def _required(field: Field) -> Field:
    return Field(field.key, field.header, field.korean, field.kind, required=True)


HOLDINGS = Table(
    "holdings",
    "Holdings",
    "보유종목",
    (
        _ACCOUNT,
        _CODE,
        _NAME,
        Field("quantity", "Quantity", "수량", Kind.NUMBER, required=True, minimum=None, unless=("value",)),
        Field("price", "Price", "현재가", Kind.NUMBER, required=True, unless=("value",)),
        Field("average_cost", "Avg cost", "평균단가", Kind.NUMBER, aliases=("Average cost",)),
        _CURRENCY,
        Field("value", "Value", "평가금액", Kind.NUMBER, minimum=None),
        Field("tax_base", "Tax base cost", "평균과표", Kind.NUMBER),
        Field("price_date", "Price date", "가격기준일", Kind.DATE),
        Field("average_rate", "Avg FX rate", "평균환율", Kind.NUMBER),
    ),
    required=True,
)
TARGETS = Table(
    "targets",
    "Targets",
    "목표비중",
    (
        Field("group", "Group", "그룹"),
        _NAME,
        _CODE,
        Field("weight", "Target", "목표", Kind.WEIGHT, required=True, aliases=("목표비중",)),
        Field("minimum", "Min", "최소", Kind.WEIGHT),
        Field("maximum", "Max", "최대", Kind.WEIGHT),
        Field("tax_class", "Tax class", "과세구분"),
        Field("price", "Price", "현재가", Kind.NUMBER),
        _CURRENCY,
        _FRACTIONAL,
        Field("lock", "Lock", "잠금"),
        Field("replacement", "Replacement", "대체종목"),
        Field("risk", "Risk", "위험구분"),
        Field("tax_base", "Tax base price", "과표기준가", Kind.NUMBER),
        Field("price_date", "Price date", "가격기준일", Kind.DATE),
    ),
    required=True,
)
GROUPS = Table(
    "groups",
    "Groups",
    "그룹",
    (
        Field("name", "Group", "그룹", required=True),
        Field("weight", "Weight", "비중", Kind.WEIGHT, required=True),
        Field("minimum", "Min", "최소", Kind.WEIGHT),
        Field("maximum", "Max", "최대", Kind.WEIGHT),
        Field("parent", "Parent", "상위그룹"),
    ),
)
LOOK_THROUGH = Table(
    "look_through",
    "LookThrough",
    "펀드구성",
    (
        _CODE,
        Field("holds", "Holds", "편입종목", Kind.CODE, required=True),
        Field("share", "Share", "편입비중", Kind.WEIGHT, required=True),
    ),
)
ACCOUNTS = Table(
    "accounts",
    "Accounts",
    "계좌",
    (
        _required(_ACCOUNT),
        Field("owner", "Owner", "소유자"),
        Field("type", "Type", "유형"),
        _CURRENCY,
        Field("cash", "Cash", "현금", Kind.NUMBER, minimum=None),
        Field("contribution", "Contribution", "입금예정", Kind.NUMBER, minimum=None),
        Field("reserve", "Reserve", "예비현금", Kind.NUMBER),
        Field("contribution_room", "Limit left", "납입한도", Kind.NUMBER),
        Field("allowed", "Only", "허용종목", Kind.CODE),
        Field("commission_rate", "Commission", "수수료율", Kind.RATE, aliases=("수수료",)),
        _FRACTIONAL,
        Field("lot_method", "Lot method", "원가방식"),
    ),
)
LOTS = Table(
    "lots",
    "Lots",
    "매수내역",
    (
        _required(_ACCOUNT),
        _CODE,
        Field("acquired", "Acquired", "매수일", Kind.DATE, required=True),
        Field("quantity", "Quantity", "수량", Kind.NUMBER, required=True),
        Field("unit_cost", "Unit cost", "매수단가", Kind.NUMBER, required=True),
        Field("fx_rate", "FX rate", "환율", Kind.NUMBER),
        Field("tax_base", "Tax base cost", "매수과표", Kind.NUMBER),
        Field("sell_order", "Sell order", "매도순서", Kind.NUMBER),
    ),
)
FX = Table(
    "fx",
    "FX",
    "환율",
    (
        Field("currency", "Currency", "통화", required=True),
        Field("rate", "Rate", "환율", Kind.NUMBER, required=True),
        Field("date", "Date", "기준일", Kind.DATE),
    ),
)
EVENTS = Table(
    "events",
    "Events",
    "배당락일",
    (_CODE, Field("date", "Ex-date", "배당락일", Kind.DATE, required=True)),
)
TRADES = Table(
    "trades",
    "Trades",
    "거래내역",
    (
        Field("date", "Date", "거래일", Kind.DATE, required=True),
        _ACCOUNT,
        Field("action", "Action", "구분", required=True),
        _CODE,
        Field("quantity", "Quantity", "수량", Kind.NUMBER, required=True),
        Field("price", "Price", "단가", Kind.NUMBER, required=True),
        Field("commission", "Commission", "수수료", Kind.NUMBER),
        Field("tax", "Tax", "세금", Kind.NUMBER),
        _CURRENCY,
        Field("fx_rate", "FX rate", "환율", Kind.NUMBER),
        Field("trigger", "Trigger", "사유"),
        Field("note", "Note", "메모"),
        Field("gain", "Gain", "실현손익", Kind.NUMBER, minimum=None),
        Field("acquired", "Acquired", "매수일", Kind.DATE),
    ),
)
TAX_RULES = Table(
    "tax_rules",
    "TaxRules",
    "세금규칙",
    (
        Field("rule", "Rule", "규칙", required=True),
        Field("value", "Value", "값", Kind.NUMBER, required=True),
        Field("note", "Note", "메모"),
    ),
)
BENCHMARKS = Table(
    "benchmarks",
    "Benchmarks",
    "벤치마크",
    (
        Field("date", "Date", "기준일", Kind.DATE, required=True),
        Field("name", "Benchmark", "지수", required=True),
        Field("price", "Price", "종가", Kind.NUMBER, required=True),
    ),
)
SETTINGS = Table(
    "settings",
    "Settings",
    "설정",
    (
        Field("setting", "Setting", "항목", required=True),
        Field("value", "Value", "값", required=True),
        Field("note", "Note", "메모"),
    ),
)
INPUTS = (HOLDINGS, TARGETS, GROUPS, LOOK_THROUGH, ACCOUNTS, LOTS, FX, EVENTS, TRADES, TAX_RULES, BENCHMARKS, SETTINGS)
