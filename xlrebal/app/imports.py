"""Import: holdings from a broker's export, prices from a source; shown first, then written in one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.domain.currencies import price_currency
from xlrebal.domain.household import CASH
from xlrebal.domain.message import Message
from xlrebal.errors import Finding, InputError
from xlrebal.imports.prices import Wanted
from xlrebal.tables.contract import formats as f
from xlrebal.tables.contract.schema import ACCOUNTS
from xlrebal.tables.edit.imports import HoldingsImport
from xlrebal.tables.read.hints import nearest
from xlrebal.tables.read.parse import parse, wanted_tables
from xlrebal.workbook.cells import Changeset

if TYPE_CHECKING:
    import datetime as dt

    from xlrebal.imports.broker_export import Export
    from xlrebal.imports.prices import PriceSource
    from xlrebal.tables.edit.imports import Change
    from xlrebal.tables.read.parse import Parsed
    from xlrebal.workbook.port import WorkbookPort

# A price older than this is reported where the workbook sets no limit: a long weekend is shorter.
_OLD_AFTER_DAYS = 5


@dataclass(frozen=True)
class Proposal:
    """What would change, what to know about it, and the changes ready to be applied."""

    changes: tuple[Change, ...]
    warnings: tuple[Finding, ...]
    changeset: Changeset


def propose_import(book: WorkbookPort, export: Export, account: str, today: dt.date, *, add: bool = False) -> Proposal:
    """Return what an export would change in the holdings of an account.

    Raises ``InputError`` for an account that is not there, for assets that Targets does not know (unless ``add``), and
    when the workbook would be wrong afterwards.
    """
    grids = book.read(wanted_tables())
    parsed = parse(grids, today, may_be_empty=True)
    names = [a.name for a in parsed.household.accounts]
    if account not in names and parsed.rows(ACCOUNTS):
        hint = nearest(account, names) or Message("import.use", choices=tuple(names))
        raise InputError([Finding("--account", Message("import.no_account", account=account), hint)])
    editor = HoldingsImport(parsed, grids)
    if account not in names:
        editor.add_account(account)
    editor.take_export(export, account, add=add)
    return _proposal(editor, today, export.left_out)


def propose_prices(book: WorkbookPort, source: PriceSource, today: dt.date) -> Proposal:
    """Return what fresh prices and rates would change. Raises as the source does, and for a wrong workbook."""
    grids = book.read(wanted_tables())
    parsed = parse(grids, today)
    limit = parsed.policy.price_max_age_days
    editor = HoldingsImport(parsed, grids)
    editor.take_prices(source.fetch(_wanted(parsed)), today, _OLD_AFTER_DAYS if limit is None else limit)
    return _proposal(editor, today, ())


def _wanted(parsed: Parsed) -> list[Wanted]:
    household, base = parsed.household, parsed.household.base_currency
    owned, accounts = household.holdings, household.accounts
    currencies = {t.code: price_currency(t, owned, accounts, base) for t in household.targets if t.code != CASH}
    currencies |= {h.code: h.currency for h in household.holdings}
    rates = [Wanted(currency, base, is_rate=True) for currency in household.fx if currency != base]
    return [*(Wanted(code, currency) for code, currency in currencies.items()), *rates]


def _proposal(editor: HoldingsImport, today: dt.date, left_out: tuple[Finding, ...]) -> Proposal:
    if editor.errors:
        raise InputError(editor.errors)
    after = parse(editor.after(), today)  # raises when the workbook would be wrong afterwards
    changes = Changeset((), f.own_formats([after.household.base_currency, "KRW", "USD"]), editor.edits, editor.resizes)
    return Proposal(tuple(editor.changes), (*left_out, *editor.warnings), changes)
