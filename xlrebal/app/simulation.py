"""Simulate: what never, calendar, threshold and hybrid rebalancing would have done with this workbook's targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.app.planning import closed_days_of, policy_of
from xlrebal.app.reading import language_of, read
from xlrebal.domain.currencies import price_currency
from xlrebal.domain.household import CASH
from xlrebal.domain.message import Message
from xlrebal.domain.simulation import PriceDay, Simulation
from xlrebal.engine.simulation import simulate
from xlrebal.engine.today.valuation import value_household
from xlrebal.errors import Finding, InputError
from xlrebal.imports.price_history import read_prices
from xlrebal.tables.contract.schema import TARGETS
from xlrebal.tables.read.parse import parse
from xlrebal.tables.write.simulation import simulation_tables

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from xlrebal.domain.household import Household
    from xlrebal.workbook.port import WorkbookPort


def run_simulation(book: WorkbookPort, prices: Path, today: dt.date, *, write: bool = True) -> tuple[Simulation, str]:
    """Run every strategy on a table of prices, and write the sheets Simulation and Simulation paths.

    Prices are in each asset's own currency; where that is not the base currency, a column with the currency's name
    holds its rate. Returns the simulation and the base currency.

    Raises:
        InputError: For a wrong workbook, or prices that do not hold every asset.
        FileError: When a file cannot be read or written.

    """
    inputs, ours = read(book)
    parsed = parse(inputs, today)
    household = parsed.household
    policy, _ = policy_of(parsed, today)
    days = _in_base(read_prices(prices, _wanted(household)), household)
    policy = closed_days_of(policy, parsed, range(days[0].date.year - 1, days[-1].date.year + 2))
    amount = value_household(household, parsed.policy).total
    simulation = simulate(household, policy, days, amount)
    if write:
        changes = simulation_tables(simulation, household.base_currency, language_of(parsed, ours))
        book.apply(changes)
    return simulation, household.base_currency


def _currencies(household: Household) -> dict[str, str]:
    """Currency in which each asset trades: that in which it is held, else that of its price."""
    holdings, accounts, base = household.holdings, household.accounts, household.base_currency
    held = {holding.code: holding.currency for holding in holdings}
    wanted = [t for t in household.targets if t.weight and t.code != CASH]
    return {t.code: held.get(t.code) or price_currency(t, holdings, accounts, base) for t in wanted}


def _wanted(household: Household) -> list[str]:
    currencies = _currencies(household)
    foreign = dict.fromkeys(c for c in currencies.values() if c != household.base_currency)
    if not currencies:
        raise InputError([Finding(f"{TARGETS.name}!A1", Message("simulation.no_target"))])
    return [*currencies, *foreign]


def _in_base(days: Sequence[PriceDay], household: Household) -> list[PriceDay]:
    currencies, base = _currencies(household), household.base_currency

    def priced(day: PriceDay) -> PriceDay:
        rates = {currency: day.prices[currency] for currency in currencies.values() if currency != base}
        return PriceDay(day.date, {code: day.prices[code] * rates.get(c, 1) for code, c in currencies.items()})

    return [priced(day) for day in days]
