"""Cash and units of every account after a plan, and the rules that no plan may break."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.family import minor, planned
from oracle.households import household
from xlrebal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from oracle.family import Account, Asset, Family
    from xlrebal.domain.plan import Order, Plan

SHELTERED = ("ISA", "pension", "IRP")
FREE_OF_TAX = {"KR": SHELTERED, "US": ("IRA", "Roth", "401k")}
WITHHELD = ("kr_other_etf", "kr_stock")
IRP_CAP = Fraction(7, 10)


class After:
    """What the orders leave: exact cash by account (its currency) and units by account and code."""

    def __init__(self, family: Family, orders: list[Order]) -> None:
        self.family = family
        self.cash = {a.name: Fraction(a.cash) + new_cash(family, a) for a in family.accounts}
        self.tolerance = {a.name: Fraction(0) for a in family.accounts}
        self.units: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for holding in family.holdings:
            self.units[holding.account, holding.code] += Fraction(holding.units)
        self.held = dict(self.units)
        for order in orders:
            self._execute(order)

    def _execute(self, order: Order) -> None:
        account, code = self.family.account(order.account), order.target.code
        self.cash[account.name] += cash_effect(self.family, order)
        # Each amount of an order is whole in its own currency; the change into the account's may round once more.
        self.tolerance[account.name] += minor(account.currency) if order.currency != account.currency else 0
        if order.tax and account.currency != self.family.base:
            self.tolerance[account.name] += minor(account.currency)
        sign = 1 if order.action == "BUY" else -1
        self.units[account.name, code] += sign * Fraction(order.quantity or 0)


def cash_effect(family: Family, order: Order) -> Fraction:
    """What an order brings into its account, in the account's currency; negative for a purchase."""
    account = family.account(order.account)
    into = family.rate(order.currency) / family.rate(account.currency)
    costs = Fraction(order.commission) + Fraction(order.slippage)
    if order.action == "BUY":
        return -(Fraction(order.amount) + costs) * into
    return (Fraction(order.amount) - costs) * into - withheld(family, order) / family.rate(account.currency)


def withheld(family: Family, order: Order) -> Fraction:
    """Tax taken from the proceeds of a sale, base currency."""
    taxed = family.country == "KR" and order.target.tax_class in WITHHELD
    return Fraction(order.tax) if taxed and order.tax is not None else Fraction(0)


def investable(family: Family, account: Account) -> Fraction:
    """What may be spent without a sale (account's currency); negative: what a withdrawal needs from sales.

    The reserve is never spent, and only new cash where the rest is excluded. A withdrawal is paid from the cash above
    the reserve; sales raise what is missing, but never more than the withdrawal.
    """
    there, new = Fraction(account.cash), new_cash(family, account)
    free = there + new - Fraction(account.reserve)
    exclude = family.setting("cash_policy") == "exclude"
    if new < 0 and free < 0:
        return -min(-new, -free)
    return max(Fraction(0), min(free, new) if exclude else free)


def new_cash(family: Family, account: Account) -> Fraction:
    """What comes into an account; the setting new_cash stands for the only account."""
    only = Fraction(family.setting("new_cash")) if len(family.accounts) == 1 else Fraction(0)
    return Fraction(account.contribution) + only / family.rate(account.currency)


def total_value(family: Family) -> Fraction:
    """Value of what is balanced: holdings and investable cash, less what is to be raised; base currency."""
    held = sum(
        (
            Fraction(h.units) * Fraction(t.price) * family.rate(t.currency)
            for h in family.holdings
            for t in [family.asset(h.code)]
        ),
        Fraction(0),
    )
    cash = (investable(family, a) * family.rate(a.currency) for a in family.accounts)
    return max(Fraction(0), held + sum(cash, Fraction(0)))


def differences(random: Random, *, most_accounts: int = 3, most_assets: int = 6) -> list[str] | None:
    """Every rule that the plan of a random household breaks; None where more is withdrawn than is there."""
    family = household(random, most_accounts=most_accounts, most_assets=most_assets)
    try:
        plan = planned(family, dt.date(2026, 11, 20), now=random.random() < 0.5).plan
    except InputError as error:
        if "larger than everything" in str(error):
            return None
        return [f"refused: {error}"]
    return faults(family, plan)


def faults(family: Family, plan: Plan) -> list[str]:
    """Every rule that the plan breaks, in words."""
    orders = list(plan.orders)
    after = After(family, orders)
    found = [*_amounts(family, orders), *_cash(family, orders, after), *_units(family, orders, after)]
    found += [*_allowed(family, orders), *_caps(family, orders, after), *_sides(family, plan), *_lines(family, plan)]
    found += [*_direction(family, plan), *_withdrawals(family, plan, after), *_harvest(family, plan, after)]
    return found


def _amounts(family: Family, orders: list[Order]) -> Iterator[str]:
    for order in orders:
        account, name = family.account(order.account), f"{order.action} {order.target.code} in {order.account}"
        unit, exact = minor(order.currency), Fraction(order.amount)
        if order.quantity is not None and abs(Fraction(order.quantity) * Fraction(order.price or 0) - exact) > unit + (
            Fraction(order.price or 0) / 1_000_000 if _fractional(family, order) else 0
        ):
            yield f"amount of {name}: {order.quantity} at {order.price} is not {order.amount}"
        if abs(exact * family.rate(order.currency) - Fraction(order.amount_base)) > minor(family.base):
            yield f"amount in base currency of {name}"
        rate = family.setting("commission_rate") if account.commission is None else account.commission
        if abs(exact * Fraction(rate) - Fraction(order.commission)) >= unit:
            yield f"commission of {name}: {order.commission}, not {float(exact * Fraction(rate))}"
        spread = Fraction(family.setting("slippage_rate"))
        if order.currency != account.currency:
            spread += Fraction(family.setting("fx_spread"))
        if abs(exact * spread - Fraction(order.slippage)) > 2 * unit:
            yield f"slippage of {name}: {order.slippage}, not {float(exact * spread)}"
        if Fraction(order.amount_base) < Fraction(family.setting("min_trade_amount")):
            yield f"minimum trade: {name} of {order.amount_base}"


def _cash(family: Family, orders: list[Order], after: After) -> Iterator[str]:
    for account in family.accounts:
        left, mine = after.cash[account.name], [o for o in orders if o.account == account.name]
        bought = -sum((cash_effect(family, o) for o in mine if o.action == "BUY"), Fraction(0))
        sold = sum((cash_effect(family, o) for o in mine if o.action == "SELL"), Fraction(0))
        slack = after.tolerance[account.name]
        if mine and left < -slack and bought:
            yield f"cash of {account.name} is {float(left)} after purchases"
        before = Fraction(account.cash) + new_cash(family, account)
        if bought and left < min(before, Fraction(account.reserve)) - slack:
            yield f"reserve of {account.name}: {account.reserve}, left {float(left)} of {float(before)}"
        if bought > max(Fraction(0), investable(family, account)) + sold + slack:
            free = float(investable(family, account))
            yield f"{account.name} spends {float(bought)} of {free} and sales of {float(sold)}"


def _units(family: Family, orders: list[Order], after: After) -> Iterator[str]:
    for order in orders:
        if order.quantity is None or order.quantity <= 0:
            yield f"quantity of {order.target.code} is {order.quantity}"
        elif not _fractional(family, order) and order.quantity != int(order.quantity):
            yield f"{order.quantity} units of {order.target.code} in {order.account} are not whole"
    for (account, code), units in after.units.items():
        if units < 0:
            yield f"more {code} sold in {account} than held: {float(-units)}"
    places = [(o.account, o.target.code, o.action) for o in orders]
    if len(places) != len(set(places)):
        yield "two orders for the same asset in the same account"


def _fractional(family: Family, order: Order) -> bool:
    own = family.asset(order.target.code).fractional
    return family.account(order.account).fractional if own is None else own


def _allowed(family: Family, orders: list[Order]) -> Iterator[str]:
    for order in orders:
        account, asset = family.account(order.account), family.asset(order.target.code)
        name = f"{asset.code} in {account.name}"
        if order.action == "SELL" and asset.lock in ("no sell", "both"):
            yield f"{name} is locked and sold"
        if order.action == "BUY":
            if asset.lock in ("no buy", "both"):
                yield f"{name} is locked and bought"
            if not may_hold(account, asset):
                yield f"{name} is not among the allowed assets of {account.type} and bought"


def may_hold(account: Account, asset: Asset) -> bool:
    """Whether the asset may be bought there: the family's own list, and what the law lets such an account hold."""
    listed = not account.only or asset.code in account.only or (asset.group and asset.group in account.only)
    abroad = asset.tax_class == "overseas_listed" or (account.currency == "KRW" and asset.currency != "KRW")
    return bool(listed) and not (account.type in SHELTERED and abroad)


def _caps(family: Family, orders: list[Order], after: After) -> Iterator[str]:
    for account in family.accounts:
        risky = any(
            o.action == "BUY" and o.account == account.name and not family.asset(o.target.code).safe for o in orders
        )
        if account.type == "IRP" and risky:
            values = {
                t.code: after.units[account.name, t.code] * Fraction(t.price) * family.rate(t.currency)
                for t in family.assets
                if t.code != "CASH"
            }
            whole = sum(values.values()) + after.cash[account.name] * family.rate(account.currency)
            part = sum(v for code, v in values.items() if not family.asset(code).safe)
            if part > IRP_CAP * whole + minor(family.base) * (1 + len(orders)):
                yield f"{account.name} buys something risky and is {float(100 * part / whole):.2f}% risky after it"


def _sides(family: Family, plan: Plan) -> Iterator[str]:
    sold = {o.target.code for o in plan.orders if o.action == "SELL"}
    bought = {o.target.code for o in plan.orders if o.action == "BUY"}
    for code in sorted(sold & bought):
        yield f"{code} is both sold and bought"
    if not plan.trigger.due:
        paying = {a.name for a in family.accounts if investable(family, a) < 0}
        for order in plan.orders:
            if order.action == "SELL" and order.account not in paying:
                yield f"{order.target.code} is sold in {order.account}, and nothing is due"


def _lines(family: Family, plan: Plan) -> Iterator[str]:
    if abs(Fraction(plan.total_value) - total_value(family)) > _rounding(family):
        yield f"total value {plan.total_value}, not {float(total_value(family))}"
    for line in plan.drift:
        if line.target.code == "CASH":
            continue
        moved = sum(
            o.amount_base if o.action == "BUY" else -o.amount_base
            for o in plan.orders
            if o.target.code == line.target.code
        )
        if abs(line.value + moved - line.value_after) > 1:
            yield f"value of {line.target.code} after the plan: {line.value_after}, not {line.value + moved}"


def _rounding(family: Family) -> Fraction:
    """What the total may be off: holdings and cash are whole in their own currency, then in the base."""
    units = [minor(family.asset(h.code).currency) * family.rate(family.asset(h.code).currency) for h in family.holdings]
    units += [minor(a.currency) * family.rate(a.currency) for a in family.accounts]
    return sum(units, Fraction(0)) + minor(family.base) * (1 + len(units))


def _value_as(family: Family, asset: Asset) -> Fraction:
    """What is held of an asset, with what counts as it: a replacement with target 0 that replaces nothing else."""
    value = Fraction(0)
    for one in family.assets:
        replaced = [a for a in family.assets if a.weight and one.code == a.replacement]
        if one.code == asset.code or (not one.weight and replaced == [asset]):
            units = sum((Fraction(h.units) for h in family.holdings if h.code == one.code), Fraction(0))
            value += units * Fraction(one.price) * family.rate(one.currency)
    return value


def _direction(family: Family, plan: Plan) -> Iterator[str]:
    """Only what is over its target is sold, only what is under it bought, never further than the next whole share."""
    total = total_value(family)
    withdrawn = any(new_cash(family, a) < 0 for a in family.accounts)
    for asset in family.assets:
        orders = [o for o in plan.orders if o.target.code == asset.code]
        if not orders or asset.code == "CASH":
            continue
        price = Fraction(asset.price) * family.rate(asset.currency)
        over = _value_as(family, asset) - Fraction(asset.weight) * total
        slack = _rounding(family) + minor(family.base) * len(orders)
        moved = sum((Fraction(o.amount_base) for o in orders), Fraction(0))
        if orders[0].action == "SELL" and not withdrawn and moved >= over + price + slack:
            yield f"{asset.code} is {float(over)} over its target and {float(moved)} is sold"
        if orders[0].action == "BUY" and moved >= -over + price + slack:
            yield f"{asset.code} is {float(-over)} under its target and {float(moved)} is bought"


def _withdrawals(family: Family, plan: Plan, after: After) -> Iterator[str]:
    """What is taken out is raised, where it can be, and where nothing is due no share more than that is sold."""
    for account in family.accounts:
        need = -investable(family, account)
        if plan.trigger.due or need <= 0:
            continue
        mine = [o for o in plan.orders if o.account == account.name]
        raised = sum((cash_effect(family, o) for o in mine), Fraction(0))
        slack = after.tolerance[account.name] + minor(account.currency)
        sellable = [
            h for h in family.holdings
            if h.account == account.name and family.asset(h.code).lock not in ("no sell", "both")
            and after.units[h.account, h.code] >= 1
        ]  # fmt: skip
        if raised < need - slack and sellable and not family.setting("min_trade_amount"):
            more = sellable[0].code
            yield f"{account.name} raises {float(raised)} of {float(need)}, and {more} could be sold"
        if family.setting("min_trade_amount"):
            continue
        for order in mine:
            if order.action == "SELL" and not _fractional(family, order) and order.quantity:
                one = cash_effect(family, order) / Fraction(order.quantity)
                if raised - one > need + slack:
                    yield f"a share of {order.target.code} in {account.name} is sold that the withdrawal does not need"


def _harvest(family: Family, plan: Plan, after: After) -> Iterator[str]:
    """Pairs beside the plan wash neither each other nor the plan, and spend no cash twice."""
    pairs = [(h.pair, h.order) for h in plan.harvest]
    traded = {o.target.code for o in plan.orders}
    for number, order in pairs:
        code = order.target.code
        if order.action == "SELL" and code in traded:
            yield f"harvest sells {code}, which the plan trades"
        if order.action == "BUY" and code in {o.target.code for o in plan.orders if o.action == "SELL"}:
            yield f"harvest buys {code}, which the plan sells"
        others = {(o.action.value, o.target.code) for n, o in pairs if n != number}
        if family.country == "US" and order.action == "BUY" and ("SELL", code) in others:
            yield f"harvest pair {number} buys {code}, which another pair sells"
        asset, account = family.asset(code), family.account(order.account)
        if asset.lock == "both" or asset.lock == f"no {order.action.value.lower()}":
            yield f"harvest: {order.action} {code}, which is locked"
        if order.action == "BUY" and not may_hold(account, asset):
            yield f"harvest buys {code} in {account.name}, which may not hold it"
        if order.quantity is not None and not _fractional(family, order) and order.quantity != int(order.quantity):
            yield f"harvest: {order.quantity} units of {code} are not whole"
    sold = {(o.account, o.target.code): Fraction(0) for _, o in pairs}
    for _, order in pairs:
        if order.action == "SELL":
            sold[order.account, order.target.code] += Fraction(order.quantity or 0)
    for place, units in sold.items():
        if units > after.units[place]:
            yield f"harvest sells {float(units)} of {place}, which holds {float(after.units[place])}"
    for account in family.accounts:
        mine = [o for _, o in pairs if o.account == account.name]
        if not mine:
            continue
        left = after.cash[account.name] + sum((cash_effect(family, o) for o in mine), Fraction(0))
        floor = min(after.cash[account.name], Fraction(account.reserve))
        if left < floor - minor(account.currency) * (1 + len(mine)) - after.tolerance[account.name]:
            yield f"harvest leaves {float(left)} in {account.name}, which had {float(after.cash[account.name])}"
