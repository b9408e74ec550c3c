"""Review: quarter by quarter, what was done and whether it helped, from what the workbook has kept."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.app.planning import policy_of
from xlrebal.app.reading import language_of, read
from xlrebal.domain.message import Message
from xlrebal.domain.review import Flow, Quarter, QuarterReview
from xlrebal.engine.review import Records, quarter_of, review
from xlrebal.errors import UsageError
from xlrebal.tables.contract.logs import REBALANCE_LOG
from xlrebal.tables.contract.schema import BENCHMARKS
from xlrebal.tables.edit.recording import rebalances_in
from xlrebal.tables.read.parse import parse
from xlrebal.tables.rules_file import change_log as rule_log
from xlrebal.tables.write.review import review_tables, values_in

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from xlrebal.tables.read.parse import Parsed
    from xlrebal.workbook.port import WorkbookPort


def run_review(
    book: WorkbookPort, today: dt.date, last: Quarter | None = None
) -> tuple[tuple[QuarterReview, ...], str]:
    """Write the sheet Review, and Review benchmarks where there are any; return the quarters and the base currency.

    Raises:
        InputError: For a wrong workbook.
        UsageError: When the workbook has kept nothing to review, or the library for returns is not installed.
        FileError: When the file cannot be read or written.

    """
    inputs, ours = read(book, ("History", REBALANCE_LOG.name, rule_log.LOG_TABLE))
    parsed = parse(inputs, today)
    policy, _ = policy_of(parsed, today)
    records = Records(
        values_in(ours.get("History")),
        rebalances_in(ours.get(REBALANCE_LOG.name)),
        _benchmarks(parsed),
        rule_log.changes_in(ours.get(rule_log.LOG_TABLE)),
    )
    quarters = review(parsed.household, policy, records, last or quarter_of(today), internal_rate)
    if not quarters:
        raise UsageError(Message("review.nothing_yet"))
    changes = review_tables(quarters, parsed.household.base_currency, language_of(parsed, ours))
    book.apply(changes)
    return quarters, parsed.household.base_currency


def internal_rate(flows: Sequence[Flow]) -> Decimal | None:
    """Return the yearly internal rate of return, a fraction; None where there is none."""
    try:
        import pyxirr  # returns only
    except ModuleNotFoundError:
        raise UsageError(Message("review.package_missing")) from None
    try:
        rate = pyxirr.xirr([flow.date for flow in flows], [float(flow.amount) for flow in flows])
    except pyxirr.InvalidPaymentsError:
        return None
    return None if rate is None else Decimal(f"{rate:.10f}")


def parse_quarter(text: str) -> Quarter:
    """Return a quarter from its name, such as ``2026Q3``. Raises ``UsageError``."""
    match = re.fullmatch(r"(\d{4})[ -]?[Qq]([1-4])", text.strip())
    if match is None:
        raise UsageError(Message("review.no_quarter", text=text))
    return Quarter(int(match[1]), int(match[2]))


def _benchmarks(parsed: Parsed) -> dict[str, dict[dt.date, Decimal]]:
    prices: dict[str, dict[dt.date, Decimal]] = {}
    for record in parsed.rows(BENCHMARKS):
        day, price = record.date("date"), record.number("price")
        if day is not None and price:
            prices.setdefault(record.text("name"), {})[day] = price
    return prices
