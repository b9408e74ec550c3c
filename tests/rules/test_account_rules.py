"""The rules of account types: dated, sourced, and complete for every type."""

import datetime as dt
from decimal import Decimal

from xlrebal.domain.household import AccountType
from xlrebal.law.loader import load_account_rules, load_risk_caps

DAY = dt.date(2026, 3, 4)


def test_every_type_but_the_taxable_one_says_what_leaving_it_costs_and_why() -> None:
    rules = load_account_rules(DAY)
    assert set(rules.withdrawals) == {str(t) for t in AccountType} - {"taxable"}
    assert all(rule.source and rule.country and rule.currency for rule in rules.withdrawals.values())
    assert all(rules.domestic_only.accounts.values())


def test_locked_accounts_come_last() -> None:
    rules = load_account_rules(DAY).withdrawals
    locked = {name for name, rule in rules.items() if rule.locked}
    assert locked == {"IRP", "401k"}
    assert min(rules[name].turn for name in locked) > max(r.turn for r in rules.values() if not r.locked)


def test_the_rates_of_the_law() -> None:
    """Korea: 15% other income and 1.5% local tax. United States: 10% on top of ordinary tax, IRC 72(t)."""
    rules = load_account_rules(DAY).withdrawals
    assert {name: rule.rate for name, rule in rules.items()} == {
        "pension": Decimal("0.165"),
        "IRP": Decimal("0.165"),
        "IRA": Decimal("0.10"),
        "401k": Decimal("0.10"),
        "ISA": None,
        "Roth": None,
    }
    assert {name for name, rule in rules.items() if rule.income} == {"IRA", "401k"}
    assert load_risk_caps(DAY) == {"IRP": Decimal("0.70")}
