"""From stages to drafts: state the programme of a stage, have it solved, keep its steps for the next one."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH
from xlrebal.domain.plan import Action
from xlrebal.domain.quantities import ONE, ZERO, ceil_units, floor_money, floor_units, minor_unit, round_money
from xlrebal.engine.optimum.model import Asset, Leg, Model
from xlrebal.engine.optimum.solve import Solution, solve
from xlrebal.engine.taxes import class_of, gain_of, is_deferred, with_tax
from xlrebal.engine.terms import Draft, Terms, draft_amount, draft_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Set
    from decimal import Decimal

    from xlrebal.domain.household import Account
    from xlrebal.engine.goals import Stage
    from xlrebal.engine.problem import Problem

# Numbers of steps of one leg whose exact cash is remembered.
_REMEMBERED = 4096


class Programme:
    """The orders of one plan while its stages are solved one after the other.

    Legs are put in the order of the figures of assets and accounts, so that neither the order of rows in the workbook
    nor the spelling of codes and names changes anything.
    """

    def __init__(self, problem: Problem, fixed: Iterable[Draft] = (), no_buys: frozenset[str] = frozenset()) -> None:
        """Start a plan.

        Args:
            problem: The household.
            fixed: Orders that are decided already; they may be joined by more of the same.
            no_buys: Names of accounts in which nothing is bought.

        """
        self._problem, self._no_buys = problem, no_buys
        self._minor = minor_unit(problem.household.base_currency)
        self._weights = {target.code: float(target.weight) for target in problem.household.targets}
        ranks = problem.ranks
        self._codes = ranks[1]
        self._accounts = sorted(problem.household.accounts, key=lambda account: ranks[0][account.name])
        self._steps: dict[tuple[str, str], tuple[Action, int]] = {}
        for draft in fixed:
            self._steps[draft.terms.key] = (draft.action, self._steps_of(draft))
        self._drafts: dict[tuple[tuple[str, str], Action, int], Draft] = {}

    def _steps_of(self, draft: Draft) -> int:
        return int((draft.amount_base / self._minor) if draft.terms.by_amount else (draft.units or ZERO))

    @property
    def drafts(self) -> list[Draft]:
        """The orders so far; what rounds to no money is no order."""
        drafts = [self._draft(self._problem.terms[key], *step) for key, step in self._steps.items() if step[1]]
        return [draft for draft in drafts if draft.amount_base > 0]

    def run(self, stage: Stage) -> Solution:
        """Solve a stage on top of what is decided already."""
        keys: list[tuple[str, str]] = []
        assets: list[Asset] = []
        legs: list[Leg] = []
        wants = [(code, want, Action.SELL) for code, want in stage.sells.items()]
        wants += [(code, want, Action.BUY) for code, want in stage.buys.items()]
        wants.sort(key=lambda one: (one[2] is Action.BUY, self._codes.get(one[0], -1)))
        for code, want, action in wants:
            own = [(a, leg) for a in range(len(self._accounts)) if (leg := self._leg(a, code, want, action))]
            if own:
                indices = tuple(range(len(legs), len(legs) + len(own)))
                legs += [replace(leg, asset=len(assets)) for _, leg in own]
                keys += [(self._accounts[a].name, code) for a, _ in own]
                assets.append(self._asset(code, want, action, indices, legs))
        open_keys = frozenset(keys)
        rooms, tested = self._rooms(open_keys)
        model = Model(tuple(assets), tuple(legs), self._cash(open_keys), rooms, tested)
        solution = solve(model)
        for key, leg, count in zip(keys, legs, solution.steps, strict=True):
            if key[1] != CASH:
                self._steps[key] = (Action.SELL if assets[leg.asset].selling else Action.BUY, count)
        return solution

    def _asset(self, code: str, want: Decimal, action: Action, indices: tuple[int, ...], legs: list[Leg]) -> Asset:
        value = float(want / self._minor)
        unit = max(legs[i].unit for i in indices)
        forced = math.fsum(legs[i].lowest * legs[i].unit for i in indices)
        most = max(math.ceil(value / unit) * unit, forced)
        return Asset(value, self._weights[code], action is Action.SELL, indices, most)

    def _cash(self, keys: Set[tuple[str, str]]) -> tuple[int, ...]:
        """Cash of each account after the orders that the programme does not decide."""
        cash = dict(self._problem.valuation.cash)
        for key, (action, count) in self._steps.items():
            if count and key not in keys:
                cash[key[0]] += self._draft(self._problem.terms[key], action, count).cash
        return tuple(int(cash[account.name] / self._minor) for account in self._accounts)

    def _leg(self, number: int, code: str, want: Decimal, action: Action) -> Leg | None:
        account = self._accounts[number]
        if code == CASH:
            return Leg(0, number, 1.0, 0, int(want / self._minor), 1, 1.0, 0.0, 0.0, 0.0, lambda count: -count)
        terms = self._problem.terms[account.name, code]
        lowest = self._decided(terms, action)
        open_ = self._sells(terms) if action is Action.SELL else self._buys(account, terms)
        highest = self._most_steps(terms, want, action) if open_ else 0
        least = self._least_steps(terms)
        highest = max(highest if highest >= least else 0, lowest)
        if not highest:
            return None
        return self._make_leg(number, terms, action, (lowest, highest, max(least, 1)))

    def _decided(self, terms: Terms, action: Action) -> int:
        known, count = self._steps.get(terms.key, (action, 0))
        return count if known is action else 0

    @staticmethod
    def _sells(terms: Terms) -> bool:
        return terms.held > 0

    def _buys(self, account: Account, terms: Terms) -> bool:
        sold = self._steps.get(terms.key, (Action.BUY, 0))
        return account.name not in self._no_buys and sold[0] is Action.BUY and may_buy(account, terms)

    def _most_steps(self, terms: Terms, want: Decimal, action: Action) -> int:
        if terms.by_amount:
            held = terms.held if action is Action.SELL else want
            return int(min(want, held) / self._minor)
        units = ceil_units(want / terms.unit_value) if terms.unit_value else ZERO
        return int(min(units, terms.sellable_units) if action is Action.SELL else units)

    def _least_steps(self, terms: Terms) -> int:
        """Fewest steps whose amount is at the minimum trade, its rounding in the asset's currency included."""
        minimum = self._problem.policy.min_trade_amount
        if not minimum:
            return 1
        if terms.by_amount:
            foreign = terms.currency != terms.base
            spare = minor_unit(terms.currency) * terms.rate if foreign else ZERO
            return int(ceil_units((minimum + spare) / self._minor))
        units = floor_units(minimum / terms.unit_value)
        return int(units if draft_units(terms, Action.BUY, units).amount_base >= minimum else units + 1)

    def _make_leg(self, number: int, terms: Terms, action: Action, limits: tuple[int, int, int]) -> Leg:
        lowest, highest, least = limits
        unit = 1.0 if terms.by_amount else float(terms.unit_value / self._minor)

        @lru_cache(maxsize=_REMEMBERED)
        def cash(count: int) -> int:
            return int(self._draft(terms, action, count).cash / self._minor)

        pull = float(ONE + terms.cost_rate) if action is Action.BUY else -cash(highest) / (highest * unit)
        cap = self._problem.policy.risk_caps.get(self._accounts[number].type)
        risky, buying = not terms.target.safe, action is Action.BUY
        weight, room = (0.0, None) if cap is None else self._room_of(terms, action, cap, pull)
        slop = self._slop(terms, action) + self._uneven_tax(terms, action, highest)
        return Leg(
            asset=0,
            account=number,
            unit=unit,
            lowest=lowest,
            highest=highest,
            least=least,
            pull=pull,
            weight_of_risk=weight,
            slop=slop,
            dislike=self._dislike(terms, action),
            cash=cash,
            risky=cap is not None and risky and buying,
            room=room,
            room_slop=0.0 if cap is None else cap.as_integer_ratio()[1] * (2 * slop + 1.0),
        )

    def _room_of(self, terms: Terms, action: Action, cap: Decimal, pull: float) -> tuple[float, Callable[[int], int]]:
        """Room under a cap that an order takes: for one unit of value, and exactly for a number of steps.

        With a cap of p/q, risky assets R and an account worth V afterwards, q * R may be p * V at most. An order moves
        R by its amount and V by its costs.
        """
        part, whole = cap.as_integer_ratio()
        sign = 1 if action is Action.BUY else -1
        risky = 0 if terms.target.safe else sign * whole

        @lru_cache(maxsize=_REMEMBERED)
        def room(count: int) -> int:
            draft = self._draft(terms, action, count)
            return risky * int(draft.amount_base / self._minor) - part * self._worth(draft)

        return risky - part * (sign - pull), room

    def _worth(self, draft: Draft) -> int:
        """What an order changes of its account's value: minus its costs and the tax withheld."""
        amount = draft.amount_base if draft.action is Action.BUY else -draft.amount_base
        return int((amount + draft.cash) / self._minor)

    def _slop(self, terms: Terms, action: Action) -> float:
        """Most by which rounding makes an order cheaper than its rates say."""
        foreign = float(minor_unit(terms.currency) * terms.rate / self._minor)
        exact_price = terms.price is not None and terms.price == round_money(terms.price, terms.currency)
        roundings = (0.0 if exact_price and not terms.by_amount else 0.5) + 0.5 * bool(terms.commission_rate)
        roundings += 0.5 * bool(terms.slippage_rate)
        roundings += 1.0 if terms.by_amount and terms.currency != terms.base else 0.0
        return roundings * foreign + 1.0 + (1.0 if action is Action.SELL else 0.0)

    def _uneven_tax(self, terms: Terms, action: Action, count: int) -> float:
        """Tax withheld lot by lot is not in proportion to the units: at most all of it is out of proportion.

        Tax on the amount is, but for its rounding.
        """
        if action is Action.BUY:
            return 0.0
        rounding = 2.0 if terms.transaction_rate else 0.0
        draft = self._draft(terms, action, count)
        return rounding + float((draft.withheld - draft.transaction_tax) / self._minor if terms.lots else ZERO)

    def _dislike(self, terms: Terms, action: Action) -> float:
        """Cost and tax as a part of the amount: a sale is better made where it is taxed least."""
        taxed = float(terms.transaction_rate) + self._tax_rate(terms) if action is Action.SELL else 0.0
        return float(terms.cost_rate) + taxed

    def _tax_rate(self, terms: Terms) -> float:
        """Tax of a sale as a part of its amount: of the gain where the cost is known, otherwise of all of it."""
        rules, tax_class = self._problem.policy.tax, class_of(terms, self._problem.policy.tax)
        if rules is None or tax_class is None or is_deferred(terms, rules) or not terms.held:
            return 0.0
        gain = None if terms.units is None else gain_of(draft_units(terms, Action.SELL, terms.units))
        return float(tax_class.rate * (terms.held if gain is None else gain * terms.tax_to_base) / terms.held)

    def _draft(self, terms: Terms, action: Action, count: int) -> Draft:
        key = (terms.key, action, count)
        if key not in self._drafts:
            self._drafts[key] = self._make_draft(terms, action, count)
        return self._drafts[key]

    def _make_draft(self, terms: Terms, action: Action, count: int) -> Draft:
        if terms.by_amount:
            draft = draft_amount(terms, action, count * self._minor)
        else:
            draft = draft_units(terms, action, count * ONE)
        return with_tax(draft, self._problem.policy.tax) if action is Action.SELL else draft

    def _rooms(self, keys: Set[tuple[str, str]]) -> tuple[tuple[int | None, ...], frozenset[int]]:
        """Room under the cap of each account, and the accounts in which something risky is bought already."""
        rooms: list[int | None] = []
        tested: set[int] = set()
        for number, account in enumerate(self._accounts):
            cap = self._problem.policy.risk_caps.get(account.type)
            if cap is None:
                rooms.append(None)
                continue
            room = int(risk_room(self._problem, account, cap) / self._minor * cap.as_integer_ratio()[1])
            for key, (action, count) in self._steps.items():
                if key[0] == account.name and key not in keys and count:
                    terms = self._problem.terms[key]
                    room -= self._room_of(terms, action, cap, 0.0)[1](count)
                    if action is Action.BUY and not terms.target.safe:
                        tested.add(number)
            rooms.append(room)
        return tuple(rooms), frozenset(tested)


def may_buy(account: Account, terms: Terms) -> bool:
    """Return whether family and law let an account buy an asset whose units can be counted.

    Without a price nobody can say how many units an amount buys, unless the asset is held by value alone.
    """
    known = terms.price is not None or terms.held > 0 or bool(terms.target.fractional)
    return account.allows(terms.target) and not terms.barred and known


def risk_room(problem: Problem, account: Account, cap: Decimal) -> Decimal:
    """Return by how much an account's risky assets may grow, base currency; negative when they are over the cap.

    The cap is tested when something risky is bought, against everything in the account, cash included.
    """
    mine: Mapping[str, Terms] = {code: t for (name, code), t in problem.terms.items() if name == account.name}
    risky = sum((terms.held for terms in mine.values() if not terms.target.safe), ZERO)
    return cap * (sum((terms.held for terms in mine.values()), ZERO) + all_cash(problem, account)) - risky


def all_cash(problem: Problem, account: Account) -> Decimal:
    """Return the cash of an account before orders, base currency, what is kept back included; never too much.

    New cash is in it and withdrawals are out.
    """
    household, policy = problem.household, problem.policy
    if policy.new_cash < 0:
        return problem.valuation.cash[account.name]
    own = floor_money((account.cash + account.contribution) * household.rate(account.currency), household.base_currency)
    return own + (policy.new_cash if account == household.accounts[0] else ZERO)
