"""The tax section: every figure of the year with the rule it follows, so that a person can check it by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action
from xlrebal.domain.message import Amount, Message
from xlrebal.domain.plan import GainLine, TaxItem, TaxStatement
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.domain.tax_rules import Gains
from xlrebal.engine.tax import year_tax
from xlrebal.engine.tax.cost_basis import base_rise
from xlrebal.engine.tax.gains import LotSale, net_proceeds, pieces_of
from xlrebal.engine.tax.settlement import last_sale_day, settled, tax_year

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from decimal import Decimal

    from xlrebal.domain.tax_rules import TaxClass, TaxRules
    from xlrebal.engine.position import Draft
    from xlrebal.engine.problem import Problem
    from xlrebal.engine.tax.realized import Ledger, Realized


def tax_statement(problem: Problem, drafts: Sequence[Draft], ledger: Ledger, today: dt.date) -> TaxStatement | None:
    """Return the tax section of a plan; None without tax rules."""
    rules = problem.policy.tax
    if rules is None:
        return None
    used = {t.tax_class for t in problem.household.targets if t.code != CASH}
    netted = [c for c in rules.classes.values() if c.netted and c.name in used]
    years = [tax_year(today, c, rules) for c in netted] or [today.year]
    last = [last_sale_day(today, c, rules) for c in netted]
    items = [*_currency_item(problem, rules)]
    together = dict.fromkeys(year_tax.netted_with(one, rules) for one in netted)
    groups = [tuple(one for one in group if one.name in used) for group in together]
    for payer in year_tax.taxpayers(problem.household.accounts, rules) if groups else ():
        items += _year_items(problem, drafts, groups, payer)
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


def _currency_item(problem: Problem, rules: TaxRules) -> Iterator[TaxItem]:
    """Which currency the gains are counted in, where the figures are shown in another one."""
    currency, base = year_tax.tax_currency(problem.household, rules), problem.household.base_currency
    if currency != base:
        yield TaxItem(Message("plan.tax_currency"), text=Message("plan.tax_counted_in", currency=currency, base=base))


def _year_items(
    problem: Problem, drafts: Sequence[Draft], groups: Sequence[Sequence[TaxClass]], payer: str
) -> Iterator[TaxItem]:
    """From the gains of one taxpayer, rate by rate, to the tax of the year, step by step."""
    rules = problem.policy.tax
    if rules is None:
        return
    shown = partial(_shown, problem, rules)
    known = payer not in problem.policy.unknown_gains
    before = year_tax.realized_sales(problem.policy, payer) if known else None
    for classes in groups:
        for tax_class in classes:
            yield TaxItem(Message("plan.tax_rule"), text=_source(tax_class), owner=payer)
        realized = year_tax.realized(problem.policy, classes[0], payer) if known else None
        planned = year_tax.planned_gains(drafts, rules, classes[0], payer)
        for kind, of_kind in _kinds(classes):
            yield TaxItem(
                Message(f"plan.tax_gains_realised{kind}"),
                shown(None if realized is None else of_kind(realized)),
                owner=payer,
            )
            yield TaxItem(
                Message(f"plan.tax_gains_planned{kind}"),
                shown(None if planned is None else of_kind(planned)),
                owner=payer,
            )
    sales = year_tax.planned_sales(drafts, rules, payer)
    after = None if before is None or sales is None else [*before, *sales]
    total = None if after is None else sum((gains for _, gains in after), Gains())
    if rules.deduction is not None:
        yield TaxItem(Message("plan.tax_deduction"), shown(rules.deduction), owner=payer)
        taxable = None if total is None else max(total.total - rules.deduction, ZERO)
        yield TaxItem(Message("plan.tax_taxable_gain"), shown(taxable), owner=payer)
    for classes in groups:
        yield from _rate_items(classes, rules, payer, shown)
    due = None if after is None else year_tax.tax_of_year(after, rules)
    yield TaxItem(Message("plan.tax_of_the_year"), shown(due), owner=payer)
    more = None if due is None or before is None else due - year_tax.tax_of_year(before, rules)
    yield TaxItem(Message("plan.tax_added"), shown(more), owner=payer)
    if total is not None:
        yield from _loss_items(total, groups[0][0], rules, payer, shown)


def _shown(problem: Problem, rules: TaxRules, amount: Decimal | None) -> Decimal | None:
    """An amount in tax currency, rounded to its minor unit, in base currency."""
    if amount is None:
        return None
    household = problem.household
    return year_tax.in_base(household, rules, round_money(amount, year_tax.tax_currency(household, rules)))


def _kinds(classes: Sequence[TaxClass]) -> list[tuple[str, Callable[[Gains], Decimal]]]:
    """The kinds of gains that the law tells apart, each with the end of its name."""
    if classes[0].long_rate is None:
        return [("", lambda gains: gains.total)]
    kinds: list[tuple[str, Callable[[Gains], Decimal]]] = [
        ("_short", lambda gains: gains.short),
        ("_long", lambda gains: gains.long),
    ]
    capped = any(one.long_at_most is not None for one in classes)
    return [*kinds, ("_long_and_capped", lambda gains: gains.capped)] if capped else kinds


def _rate_items(
    classes: Sequence[TaxClass], rules: TaxRules, payer: str, shown: Callable[[Decimal | None], Decimal | None]
) -> Iterator[TaxItem]:
    first = classes[0]
    if first.long_rate is None:
        yield TaxItem(Message("plan.tax_rate"), rate=first.rate, owner=payer)
        return
    if rules.brackets is not None:
        yield TaxItem(Message("plan.tax_other_taxable_income"), shown(rules.brackets.income), owner=payer)
    yield TaxItem(Message("plan.tax_rate_short"), rate=first.rate, owner=payer)
    yield TaxItem(Message("plan.tax_rate_long"), rate=first.long_rate, owner=payer)
    cap = next((one.long_at_most for one in classes if one.long_at_most is not None), None)
    if cap is not None:
        yield TaxItem(Message("plan.tax_rate_long_and_capped"), rate=min(first.rate, cap), owner=payer)


def _loss_items(
    after: Gains,
    tax_class: TaxClass,
    rules: TaxRules,
    payer: str,
    shown: Callable[[Decimal | None], Decimal | None],
) -> Iterator[TaxItem]:
    if not rules.loss_limit or after.total >= 0:
        return
    counted = min(-after.total, rules.loss_limit)
    yield TaxItem(Message("plan.tax_loss_against_income"), shown(counted), owner=payer)
    yield TaxItem(Message("plan.tax_saved_by_loss"), shown(year_tax.loss_relief(after, tax_class, rules)), owner=payer)
    yield TaxItem(Message("plan.tax_loss_carried"), shown(-after.total - counted), owner=payer)


def _withheld_items(problem: Problem, drafts: Iterable[Draft]) -> Iterator[TaxItem]:
    """Tax that sales bear at once, class by class; None where that of one of them is not known."""
    rules = problem.policy.tax
    if rules is None:
        return
    withheld: dict[str, Decimal | None] = {}
    on_amount: dict[str, Decimal] = {}
    for draft in drafts:
        tax_class = year_tax.class_of(draft.position, rules)
        if tax_class is None or draft.action is not Action.SELL:
            continue
        if tax_class.withheld:
            before, more = withheld.get(tax_class.name, ZERO), draft.withheld - draft.transaction_tax
            withheld[tax_class.name] = None if before is None or draft.tax is None else before + more
        if tax_class.transaction_rate:
            on_amount[tax_class.name] = on_amount.get(tax_class.name, ZERO) + draft.transaction_tax
    for name, tax in withheld.items():
        yield TaxItem(Message("plan.tax_rule"), text=_source(rules.classes[name]))
        yield TaxItem(Message("plan.tax_withheld"), tax)
    for name, tax in on_amount.items():
        yield TaxItem(Message("plan.tax_rule"), text=_source(rules.classes[name]))
        yield TaxItem(Message("plan.tax_transaction_rate"), rate=rules.classes[name].transaction_rate)
        yield TaxItem(Message("plan.tax_transaction"), tax)


def _source(tax_class: TaxClass) -> Message:
    return Message("rules.of_tax_class", tax_class=tax_class.name, source=tax_class.source)


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
                proceeds=_shown(problem, rules, one.proceeds),
                cost=_shown(problem, rules, one.cost),
                gain=_shown(problem, rules, one.gain),
                disallowed=_shown(problem, rules, one.disallowed) or ZERO,
                term=_term(tax_class, long=one.long),
                rule=tax_class.name,
                tax=None,
                note=_realized_note(one),
            )


def _realized_note(one: Realized) -> Message | str:
    place = one.trade.place or "Trades"
    return Message("plan.lost_for_good", place=place) if one.lost else place


def _planned_lines(problem: Problem, drafts: Sequence[Draft], today: dt.date) -> Iterator[GainLine]:
    rules = problem.policy.tax
    for number, draft in enumerate(drafts, 1):
        tax_class = year_tax.class_of(draft.position, rules)
        if rules is None or tax_class is None or draft.action is Action.BUY:
            continue
        if year_tax.is_deferred(draft.position, rules):
            yield _line(draft, tax_class, rules, today, None, _untaxed(number, draft.position.account.type))
            continue
        for index, piece in enumerate(pieces_of(draft, tax_class, rules) or (None,)):
            yield _line(draft, tax_class, rules, today, piece, Message("plan.order", number=number), with_tax=not index)


def _line(
    draft: Draft,
    tax_class: TaxClass,
    rules: TaxRules,
    today: dt.date,
    piece: LotSale | None,
    note: Message,
    *,
    with_tax: bool = True,
) -> GainLine:
    """One piece of a sale; the tax of the whole sale stands in its first line."""
    position = draft.position
    proceeds = piece.proceeds if piece else net_proceeds(draft)
    return GainLine(
        state="planned",
        date=today,
        settled=settled(today, tax_class, rules),
        account=position.account.name,
        target=position.target,
        acquired=piece.since or piece.acquired if piece else None,
        quantity=piece.units if piece else draft.units,
        proceeds=position.in_base(proceeds),
        cost=position.in_base(piece.cost) if piece else None,
        gain=position.in_base(piece.gain) if piece else None,
        disallowed=position.in_base(piece.washed_loss(position.tax_currency)) if piece else ZERO,
        term=_term(tax_class, long=piece.long) if piece else "",
        rule=_rule(draft, tax_class, rules),
        tax=draft.tax if with_tax else None,
        note=note,
    )


def _term(tax_class: TaxClass, *, long: bool) -> str:
    if tax_class.long_rate is None:
        return ""
    return "long" if long else "short"


def _untaxed(number: int, account: str) -> Message:
    return Message("plan.order_not_taxed", number=number, account=account)


def _rule(draft: Draft, tax_class: TaxClass, rules: TaxRules) -> Message | str:
    """The class, and whether its base price limits the tax or its want makes it an upper bound."""
    if not tax_class.upper_bound or year_tax.is_deferred(draft.position, rules) or draft.units is None:
        return tax_class.name
    rise = base_rise(draft.position, draft.units)
    if rise is None:
        return Message("plan.upper_bound", tax_class=tax_class.name)
    taxed = draft.position.in_base(year_tax.taxed_gain(draft, tax_class) or ZERO)
    return Message("plan.taxed_on", tax_class=tax_class.name, taxed=Amount(taxed, draft.position.base))
