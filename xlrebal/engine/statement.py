"""The tax section: every figure of the year with the rule it follows, so that a person can check it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.plan import Action, GainLine, TaxItem, TaxStatement
from xlrebal.domain.quantities import ZERO, as_amount, round_money
from xlrebal.engine import taxes
from xlrebal.engine.basis import base_rise
from xlrebal.engine.gains import Piece, pieces_of
from xlrebal.engine.settlement import last_sale_day, settled, tax_year

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from xlrebal.domain.tax_rules import Gains, TaxClass, TaxRules
    from xlrebal.engine.ledger import Ledger, Realized
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.terms import Draft


def tax_statement(problem: Problem, drafts: Sequence[Draft], ledger: Ledger, today: dt.date) -> TaxStatement | None:
    """Return the tax section of a plan; None without tax rules."""
    rules = problem.policy.tax
    if rules is None:
        return None
    used = {t.tax_class for t in problem.household.targets if t.code != CASH}
    netted = [c for c in rules.classes.values() if c.netted and c.name in used]
    years = [tax_year(today, c, rules) for c in netted] or [today.year]
    last = [last_sale_day(today, c, rules) for c in netted]
    items: list[TaxItem] = []
    for tax_class in netted:
        for payer in taxes.taxpayers(problem.household.accounts, rules):
            items += _year_items(problem, drafts, tax_class, payer)
    items += _withheld_items(problem, drafts)
    gains = (*_realized_lines(problem, ledger, years), *_planned_lines(problem, drafts, today))
    return TaxStatement(
        country=rules.country,
        year=min(years),
        last_day=min(last, default=today.replace(month=12, day=31)),
        items=tuple(items),
        gains=gains,
        unknown=ledger.unknown,
        unplaced=ledger.unplaced,
    )


def _year_items(problem: Problem, drafts: Sequence[Draft], tax_class: TaxClass, payer: str) -> Iterator[TaxItem]:
    """From the gains of one taxpayer to the tax of the year, step by step."""
    rules, base = problem.policy.tax, problem.household.base_currency
    if rules is None:
        return
    before = taxes.realized(problem.policy, tax_class, payer)
    planned = taxes.planned_gains(drafts, rules, tax_class, payer)
    after = before + planned
    yield TaxItem("Rule", text=f"{tax_class.name}: {tax_class.source}", owner=payer)
    if tax_class.long_rate is None:
        yield TaxItem("Gains realised", before.total, owner=payer)
        yield TaxItem("Gains planned", planned.total, owner=payer)
    else:
        for kind in ("short", "long"):
            yield TaxItem(f"Gains realised, {kind}", getattr(before, kind), owner=payer)
            yield TaxItem(f"Gains planned, {kind}", getattr(planned, kind), owner=payer)
    if rules.deduction is not None:
        yield TaxItem("Deduction", rules.deduction, owner=payer)
        yield TaxItem("Taxable gain", max(after.total - rules.deduction, ZERO), owner=payer)
    yield from _rate_items(tax_class, rules, payer)
    due = taxes.year_tax(after, tax_class, rules)
    yield TaxItem("Tax of the year", round_money(due, base), owner=payer)
    more = due - taxes.year_tax(before, tax_class, rules)
    yield TaxItem("Added by this plan", round_money(more, base), owner=payer)
    yield from _loss_items(after, tax_class, rules, base, payer)


def _rate_items(tax_class: TaxClass, rules: TaxRules, payer: str) -> Iterator[TaxItem]:
    if tax_class.long_rate is None:
        yield TaxItem("Rate", rate=tax_class.rate, owner=payer)
        return
    if rules.brackets is not None:
        yield TaxItem("Other taxable income", rules.brackets.income, owner=payer)
    yield TaxItem("Rate, short", rate=tax_class.rate, owner=payer)
    yield TaxItem("Rate, long", rate=tax_class.long_rate, owner=payer)


def _loss_items(after: Gains, tax_class: TaxClass, rules: TaxRules, base: str, payer: str) -> Iterator[TaxItem]:
    if not rules.loss_limit or after.total >= 0:
        return
    counted = min(-after.total, rules.loss_limit)
    yield TaxItem("Net loss set against other income", counted, owner=payer)
    yield TaxItem("Tax saved by it", round_money(taxes.loss_relief(after, tax_class, rules), base), owner=payer)
    yield TaxItem("Loss carried to later years", -after.total - counted, owner=payer)


def _withheld_items(problem: Problem, drafts: Iterable[Draft]) -> Iterator[TaxItem]:
    """Tax that sales bear at once, class by class."""
    rules = problem.policy.tax
    if rules is None:
        return
    by_class: dict[str, Decimal] = {}
    for draft in drafts:
        tax_class = taxes.class_of(draft.terms, rules)
        if tax_class is not None and tax_class.withheld and draft.action is Action.SELL and draft.tax is not None:
            by_class[tax_class.name] = by_class.get(tax_class.name, ZERO) + draft.tax
    for name, tax in by_class.items():
        yield TaxItem("Rule", text=f"{name}: {rules.classes[name].source}")
        yield TaxItem("Withheld at sale by this plan", tax)


def _realized_lines(problem: Problem, ledger: Ledger, years: Sequence[int]) -> Iterator[GainLine]:
    rules = problem.policy.tax
    targets = {target.code: target for target in problem.household.targets}
    for one in sorted(ledger.realized, key=lambda one: one.trade.date):
        if rules is not None and one.year in years:
            tax_class = rules.classes[targets[one.trade.code].tax_class]
            yield GainLine(
                state="realized",
                date=one.trade.date,
                settled=one.settled,
                account=one.account.name,
                target=targets[one.trade.code],
                acquired=one.acquired,
                quantity=one.units,
                proceeds=one.proceeds,
                cost=one.cost,
                gain=one.gain,
                washed=one.washed,
                term=_term(tax_class, long=one.long),
                rule=tax_class.name,
                tax=None,
                note=_realized_note(one),
            )


def _realized_note(one: Realized) -> str:
    lost = "; washed by a purchase in an account that is not taxed: lost for good" if one.lost else ""
    return f"{one.trade.place or 'Trades'}{lost}"


def _planned_lines(problem: Problem, drafts: Sequence[Draft], today: dt.date) -> Iterator[GainLine]:
    rules = problem.policy.tax
    for number, draft in enumerate(drafts, 1):
        tax_class = taxes.class_of(draft.terms, rules)
        if rules is None or tax_class is None or draft.action is Action.BUY:
            continue
        if taxes.is_deferred(draft.terms, rules):
            yield _line(
                draft, tax_class, rules, today, None, f"order {number}; not taxed in {draft.terms.account.type}"
            )
            continue
        for index, piece in enumerate(pieces_of(draft, tax_class, rules) or (None,)):
            yield _line(draft, tax_class, rules, today, piece, f"order {number}", with_tax=not index)


def _line(
    draft: Draft,
    tax_class: TaxClass,
    rules: TaxRules,
    today: dt.date,
    piece: Piece | None,
    note: str,
    *,
    with_tax: bool = True,
) -> GainLine:
    """One piece of a sale; the tax of the whole sale stands in its first line."""
    terms = draft.terms
    return GainLine(
        state="planned",
        date=today,
        settled=settled(today, tax_class, rules),
        account=terms.account.name,
        target=terms.target,
        acquired=piece.since or piece.acquired if piece else None,
        quantity=piece.units if piece else draft.units,
        proceeds=piece.proceeds if piece else draft.amount_base - draft.cost_base,
        cost=piece.cost if piece else None,
        gain=piece.gain if piece else None,
        washed=piece.washed_loss(terms.base) if piece else ZERO,
        term=_term(tax_class, long=piece.long) if piece else "",
        rule=_rule(draft, tax_class, rules),
        tax=draft.tax if with_tax else None,
        note=note,
    )


def _term(tax_class: TaxClass, *, long: bool) -> str:
    if tax_class.long_rate is None:
        return ""
    return "long" if long else "short"


def _rule(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> str:
    """The class, and whether its base price limits the tax or its want makes it an upper bound."""
    if not tax_class.upper_bound or taxes.is_deferred(draft.terms, rules) or draft.units is None:
        return tax_class.name
    rise = base_rise(draft.terms, draft.units)
    if rise is None:
        return f"{tax_class.name}, upper bound: no base prices"
    return f"{tax_class.name}, taxed on {as_amount(taxes.taxed_gain(draft, tax_class) or ZERO, draft.terms.base)}"
