"""The whole: household, policy and day in, plan out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action, Household
from xlrebal.domain.plan import DriftLine, GroupDrift, Order, Plan, Summary
from xlrebal.domain.quantities import ZERO, exact, round_money
from xlrebal.engine.orders import reasons
from xlrebal.engine.orders.planner import answer_problem, value_after
from xlrebal.engine.orders.skips import explain_skips
from xlrebal.engine.orders.transfers import helpful_transfers
from xlrebal.engine.orders.withdrawals import placed, withdrawals
from xlrebal.engine.problem import state_problem
from xlrebal.engine.tax.harvesting import harvest_orders
from xlrebal.engine.tax.loss_candidates import tax_losses
from xlrebal.engine.tax.realized import keep_ledger
from xlrebal.engine.tax.realized_classes import by_class
from xlrebal.engine.tax.remaining import positions_left
from xlrebal.engine.tax.same_day import DayOfSales
from xlrebal.engine.tax.statement import tax_statement
from xlrebal.engine.tax.year_tax import blank_beside_unknown, gains_budget, netted_taxes
from xlrebal.engine.today import bands, triggers
from xlrebal.engine.today.ex_dates import held_back
from xlrebal.engine.today.valuation import Valuation, value_household, worst_drift

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from xlrebal.domain.household import Group, Target
    from xlrebal.domain.plan import Trigger, Withdrawal
    from xlrebal.domain.policy import Policy
    from xlrebal.engine.position import Draft
    from xlrebal.engine.problem import Answer, Problem


def judge_today(household: Household, policy: Policy, today: dt.date) -> tuple[Valuation, Trigger]:
    """Return what the household is worth and whether a rebalance is due today."""
    valuation = value_household(household, policy)
    verdict = triggers.judge(triggers.look(household, policy, valuation, today))
    return valuation, triggers.plan_now(verdict) if policy.plan_now else verdict


def make_plan(household: Household, policy: Policy, today: dt.date) -> Plan:
    """Return the plan of the day. Pure: the same arguments give the same plan.

    Args:
        household: A validated household; targets add up to 1.
        policy: Its rules; ``policy.plan_now`` plans regardless of the trigger.
        today: Day of the verdict.

    Raises:
        MissingCalendarError: When a schedule needs closed days that the policy does not have.

    """
    with exact():
        valuation, trigger = judge_today(household, policy, today)
        ledger = keep_ledger(household, policy, today)
        household = replace(household, lots=ledger.lots)
        realized = ledger.year_so_far(household, policy, today)
        policy = replace(
            policy,
            realized=realized,
            realized_in=by_class(household, policy.tax, ledger.realized, realized, today),
            unknown_gains=ledger.unknown_payers(household, policy),
        )
        no_buy = {code: reasons.perhaps_sold_at_a_loss(day) for code, day in ledger.in_doubt.items()}
        no_buy |= {code: reasons.sold_at_a_loss(day) for code, day in ledger.do_not_buy.items()}
        problem = state_problem(
            household, policy, valuation, held_back(household, policy, today), no_buy, ledger.recent
        )
        problem = placed(problem)
        valuation = problem.valuation
        answer = answer_problem(problem, trigger)
        drafts, day = _as_they_count(answer.drafts, household, policy)
        after = value_after(problem, drafts)
        taken = withdrawals(problem, drafts, after)
        orders = tuple(_order(draft) for draft in drafts)
        answer.drafts[:] = drafts
        now = {key: day.position_now(position) for key, position in problem.positions.items()}
        later = replace(problem, positions=positions_left(now, drafts))
        losses = tax_losses(later, drafts, today)
        return Plan(
            as_of=today,
            base_currency=household.base_currency,
            total_value=valuation.total,
            trigger=trigger,
            drift=tuple(_drift_line(t, policy, valuation, after) for t in household.targets),
            groups=tuple(_group_line(g, household, valuation, after) for g in household.groups),
            orders=orders,
            skipped=explain_skips(problem, answer, trigger, after),
            tax_loss=losses,
            summary=_summary(problem, after, answer, taken),
            accounts=tuple(account.name for account in household.accounts),
            transfers=helpful_transfers(problem, answer, after),
            tax=tax_statement(problem, drafts, ledger, today),
            harvest=harvest_orders(later, drafts, losses, after.cash, _order),
            withdrawals=taken,
            waiting_until=policy.waiting_until,
            rules=policy.fingerprint,
        )


def _as_they_count(drafts: Sequence[Draft], household: Household, policy: Policy) -> tuple[list[Draft], DayOfSales]:
    """Return the drafts in their order and with their taxes, and what their sales used of the purchases around them."""
    day = DayOfSales(policy.tax)
    taxed = netted_taxes([day.enter(draft) for draft in _in_order(drafts, household)], policy)
    return list(blank_beside_unknown(taxed, policy.tax)), day


def _in_order(drafts: Sequence[Draft], household: Household) -> list[Draft]:
    """Sells before buys, then in the order of accounts and targets."""
    accounts = {account.name: index for index, account in enumerate(household.accounts)}
    codes = {target.code: index for index, target in enumerate(household.targets)}
    return sorted(
        drafts, key=lambda d: (d.action is Action.BUY, accounts[d.position.account.name], codes[d.position.target.code])
    )


def _order(draft: Draft) -> Order:
    position = draft.position
    return Order(
        account=position.account.name,
        action=draft.action,
        target=position.target,
        quantity=draft.units,
        price=position.price,
        currency=position.currency,
        amount=draft.amount,
        amount_base=draft.amount_base,
        commission=draft.commission,
        slippage=draft.slippage,
        tax=draft.tax,
        reason=draft.why,
        cost_base=draft.cost_base,
    )


def _drift_line(target: Target, policy: Policy, now: Valuation, after: Valuation) -> DriftLine:
    return DriftLine(
        target=target,
        value=now.values[target.code],
        weight=now.weight(target.code),
        drift=now.drift(target),
        status=bands.status(now, target, policy),
        minimum=target.minimum,
        maximum=target.maximum,
        value_after=after.values[target.code],
        weight_after=after.weight(target.code),
        drift_after=after.drift(target),
    )


def _group_line(group: Group, household: Household, now: Valuation, after: Valuation) -> GroupDrift:
    codes = household.members(group.name)
    value = sum((now.values[code] for code in codes), ZERO)
    weight = sum((now.weight(code) for code in codes), ZERO)
    weight_after = sum((after.weight(code) for code in codes), ZERO)
    return GroupDrift(
        group=group.name,
        value=value,
        weight=weight,
        target=group.weight,
        drift=weight - group.weight,
        status=bands.group_status(value, group, now.total),
        minimum=group.minimum,
        maximum=group.maximum,
        weight_after=weight_after,
        drift_after=weight_after - group.weight,
    )


def _summary(problem: Problem, after: Valuation, answer: Answer, taken: Sequence[Withdrawal]) -> Summary:
    household, now, drafts = problem.household, problem.valuation, answer.drafts
    turnover = sum((draft.amount_base for draft in drafts), ZERO)
    taxes = [*(draft.tax for draft in drafts), *(one.tax for one in taken)]
    watched = household.targets
    deviation, bound = _deviation(problem, after, answer)
    return Summary(
        turnover=turnover,
        turnover_rate=turnover / 2 / now.total if now.total else ZERO,
        cost=sum((draft.cost_base for draft in drafts), ZERO),
        tax=None if None in taxes else sum((tax for tax in taxes if tax is not None), ZERO),
        worst_drift_before=worst_drift(now, household),
        worst_drift_after=worst_drift(after, household),
        worst_shortfall_after=max((-after.drift(t) / t.weight for t in watched if t.weight), default=ZERO),
        deviation_after=deviation,
        deviation_bound=bound,
        cash_left=after.values[CASH],
        balancing_contribution=_balancing_contribution(household, now),
        gains_budget=gains_budget(drafts, problem.policy, household),
    )


def _deviation(problem: Problem, after: Valuation, answer: Answer) -> tuple[Decimal, Decimal | None]:
    """sum((w - t)^2 / t) with weights of the total before costs, as the planner has it, and its proven bound."""
    total = problem.valuation.total
    if not total:
        return ZERO, None
    wanted = [t for t in problem.household.targets if t.weight]
    missed = sum(((after.values[t.code] - t.weight * total) ** 2 / t.weight for t in wanted), ZERO)
    if answer.gap_to_bound is None:
        return missed / total**2, None
    return missed / total**2, max(missed - Decimal(answer.gap_to_bound), ZERO) / total**2


def _balancing_contribution(household: Household, now: Valuation) -> Decimal | None:
    """The smallest extra cash with which buying alone reaches every target: max(value / target) - total.

    None when an asset with target 0 is held, for no cash can dilute it to nothing.
    """
    assets = [t for t in household.targets if t.code != CASH]
    if any(now.values[t.code] > 0 for t in assets if not t.weight):
        return None
    ratios = [now.values[t.code] / t.weight for t in assets if t.weight]
    return round_money(max(max(ratios, default=ZERO) - now.total, ZERO), household.base_currency)
