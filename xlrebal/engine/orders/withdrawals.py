"""Money taken out of the household: which accounts pay it, and what leaving an account costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xlrebal.domain.plan import Withdrawal
from xlrebal.domain.quantities import ZERO, ceil_money, round_money
from xlrebal.engine.orders.forced_sales import cannot_raise
from xlrebal.engine.tax import year_tax
from xlrebal.engine.today.valuation import purses, take_idle, taken_out, with_cash, withdrawal_turns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from xlrebal.domain.account_rules import WithdrawalRule
    from xlrebal.domain.household import Account
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.engine.position import Draft
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.today.valuation import Valuation


def placed(problem: Problem) -> Problem:
    """Return the problem with the household's withdrawal taken from its accounts, turn after turn.

    In each turn idle cash pays first, then what the accounts can sell under all rules of the day. An account of a later
    turn pays only what those before it cannot.
    """
    amount = taken_out(problem.household, problem.policy)
    if not amount:
        return problem
    own = purses(problem.household, problem.policy)
    cash, paid = {name: purse.free for name, purse in own.items()}, dict.fromkeys(own, ZERO)
    turns = withdrawal_turns(problem.household, problem.policy)
    for accounts in turns:
        for account in accounts:
            left = take_idle(cash, own, account.name, amount)
            paid[account.name] += amount - left
            amount = left
        for account in accounts:
            part = _raised(problem, account, cash, amount)
            cash[account.name] -= part
            paid[account.name] += part
            amount -= part
    # What nobody can raise stays with the first account, where the plan says that it is missing.
    cash[turns[0][0].name] -= amount
    return replace(problem, valuation=with_cash(problem.valuation, cash), paid_out=paid)


def _raised(problem: Problem, account: Account, cash: dict[str, Decimal], amount: Decimal) -> Decimal:
    """How much of an amount the sales of an account can bring."""
    if not amount:
        return ZERO
    asked = replace(
        problem, valuation=with_cash(problem.valuation, {**cash, account.name: cash[account.name] - amount})
    )
    return max(amount - cannot_raise(asked, account), ZERO)


def withdrawals(problem: Problem, drafts: Sequence[Draft], after: Valuation) -> tuple[Withdrawal, ...]:
    """Return what is taken out of accounts that do not let money go for nothing, and what it costs."""
    found: list[Withdrawal] = []
    income = ZERO
    for account in problem.household.accounts:
        rule = problem.policy.account_rules.withdrawals.get(account.type)
        amount = _taken_from(problem, account, after)
        if rule is None or amount <= 0:
            continue
        tax = _tax(problem, drafts, rule, amount, income)
        income += amount if rule.income else ZERO
        found.append(Withdrawal(account.name, account.type, amount, tax, rule.upper_bound, rule.locked, rule.source))
    return tuple(found)


def _taken_from(problem: Problem, account: Account, after: Valuation) -> Decimal:
    """What leaves an account: its own withdrawal and its part of the household's, less what cannot be raised."""
    base, rate = problem.household.base_currency, problem.household.rate(account.currency)
    own = ceil_money(max(-account.contribution, ZERO) * rate, base)
    missing = max(-after.cash[account.name], ZERO)
    return max(own + problem.paid_out.get(account.name, ZERO) - missing, ZERO)


def _tax(
    problem: Problem, drafts: Sequence[Draft], rule: WithdrawalRule, amount: Decimal, income: Decimal
) -> Decimal | None:
    """Tax on an amount on top of ``income`` that was taken out before, all in base currency; None when not known."""
    if rule.rate is None:
        return None
    more = _income_tax(problem, drafts, rule, amount, income) if rule.income else ZERO
    return None if more is None else round_money(amount * rule.rate + more, problem.household.base_currency)


def _income_tax(
    problem: Problem, drafts: Sequence[Draft], rule: WithdrawalRule, amount: Decimal, income: Decimal
) -> Decimal | None:
    """Ordinary tax of the year with the amount less that without it, for it may lift gains into higher brackets too."""
    household, rules = problem.household, problem.policy.tax
    known = rule.currency in (household.base_currency, *household.fx)
    if rules is None or rules.country != rule.country or not known:
        return None
    if rules.brackets is None:
        own = problem.policy.short_term_rate
        return None if own is None else amount * own
    rate = household.rate(rule.currency)
    low = rules.brackets.income + income / rate
    with_it, without = (_year_tax(problem, drafts, rules, step) for step in (low + amount / rate, low))
    return None if with_it is None or without is None else (with_it - without) * rate


def _year_tax(problem: Problem, drafts: Sequence[Draft], rules: TaxRules, income: Decimal) -> Decimal | None:
    """Tax on an income and on the year's gains on top of it, those of the plan included; None when one is unknown."""
    if rules.brackets is None:
        return None
    rules = replace(rules, brackets=replace(rules.brackets, income=income))
    income_tax = year_tax.income_tax(rules)
    planned = year_tax.planned_sales(drafts, rules, "")
    if planned is None:
        return None
    return income_tax + year_tax.tax_of_year([*year_tax.realized_sales(problem.policy, ""), *planned], rules)
