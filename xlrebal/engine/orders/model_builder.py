"""From stages to drafts: state the programme of a stage, have it solved, keep its steps for the next one."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from xlrebal.domain.household import CASH, Action
from xlrebal.domain.quantities import ONE, ZERO, ceil_units, floor_money, floor_units, minor_unit, round_money
from xlrebal.engine.position import Draft, Position, draft_amount, draft_units
from xlrebal.engine.solver.model import Asset, Model, Variable
from xlrebal.engine.solver.solve import Solution, solve
from xlrebal.engine.tax.year_tax import class_of, gain_of, is_deferred, with_tax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Set
    from decimal import Decimal

    from xlrebal.domain.household import Account
    from xlrebal.engine.orders.goals import Stage
    from xlrebal.engine.problem import Problem

# Numbers of steps of one variable whose exact cash is remembered.
_REMEMBERED = 4096


class ModelBuilder:
    """The orders of one plan while its stages are solved one after the other.

    Variables are put in the order of the figures of assets and accounts, so that neither the order of rows in the
    workbook nor the spelling of codes and names changes anything.
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
            self._steps[draft.position.key] = (draft.action, self._steps_of(draft))
        self._drafts: dict[tuple[tuple[str, str], Action, int], Draft] = {}

    def _steps_of(self, draft: Draft) -> int:
        return int((draft.amount_base / self._minor) if draft.position.by_amount else (draft.units or ZERO))

    @property
    def drafts(self) -> list[Draft]:
        """The orders so far; what rounds to no money is no order."""
        drafts = [self._draft(self._problem.positions[key], *step) for key, step in self._steps.items() if step[1]]
        return [draft for draft in drafts if draft.amount_base > 0]

    def run(self, stage: Stage) -> Solution:
        """Solve a stage on top of what is decided already."""
        keys: list[tuple[str, str]] = []
        assets: list[Asset] = []
        variables: list[Variable] = []
        wants = [(code, want, Action.SELL) for code, want in stage.sells.items()]
        wants += [(code, want, Action.BUY) for code, want in stage.buys.items()]
        wants.sort(key=lambda one: (one[2] is Action.BUY, self._codes.get(one[0], -1)))
        for code, want, action in wants:
            own = [
                (a, variable) for a in range(len(self._accounts)) if (variable := self._variable(a, code, want, action))
            ]
            if own:
                indices = tuple(range(len(variables), len(variables) + len(own)))
                variables += [replace(variable, asset=len(assets)) for _, variable in own]
                keys += [(self._accounts[a].name, code) for a, _ in own]
                assets.append(self._asset(code, want, action, indices, variables))
        open_keys = frozenset(keys)
        headroom, tested = self._headroom(open_keys)
        model = Model(tuple(assets), tuple(variables), self._cash(open_keys), headroom, tested)
        solution = solve(model)
        for key, variable, count in zip(keys, variables, solution.steps, strict=True):
            if key[1] != CASH:
                self._steps[key] = (Action.SELL if assets[variable.asset].selling else Action.BUY, count)
        return solution

    def _asset(
        self, code: str, want: Decimal, action: Action, indices: tuple[int, ...], variables: list[Variable]
    ) -> Asset:
        value = float(want / self._minor)
        unit = max(variables[i].unit for i in indices)
        forced = math.fsum(variables[i].lowest * variables[i].unit for i in indices)
        most = max(math.ceil(value / unit) * unit, forced)
        return Asset(value, self._weights[code], action is Action.SELL, indices, most)

    def _cash(self, keys: Set[tuple[str, str]]) -> tuple[int, ...]:
        """Cash of each account after the orders that the programme does not decide."""
        cash = dict(self._problem.valuation.cash)
        for key, (action, count) in self._steps.items():
            if count and key not in keys:
                cash[key[0]] += self._draft(self._problem.positions[key], action, count).cash
        return tuple(int(cash[account.name] / self._minor) for account in self._accounts)

    def _variable(self, number: int, code: str, want: Decimal, action: Action) -> Variable | None:
        account = self._accounts[number]
        if code == CASH:
            return Variable(0, number, 1.0, 0, int(want / self._minor), 1, 1.0, 0.0, 0.0, 0.0, lambda count: -count)
        position = self._problem.positions[account.name, code]
        lowest = self._decided(position, action)
        open_ = self._sells(position) if action is Action.SELL else self._buys(account, position)
        highest = self._most_steps(position, want, action) if open_ else 0
        least = self._least_steps(position)
        highest = max(highest if highest >= least else 0, lowest)
        if not highest:
            return None
        return self._make_leg(number, position, action, (lowest, highest, max(least, 1)))

    def _decided(self, position: Position, action: Action) -> int:
        known, count = self._steps.get(position.key, (action, 0))
        return count if known is action else 0

    @staticmethod
    def _sells(position: Position) -> bool:
        return position.held > 0

    def _buys(self, account: Account, position: Position) -> bool:
        sold = self._steps.get(position.key, (Action.BUY, 0))
        return account.name not in self._no_buys and sold[0] is Action.BUY and may_buy(account, position)

    def _most_steps(self, position: Position, want: Decimal, action: Action) -> int:
        if position.by_amount:
            held = position.held if action is Action.SELL else want
            return int(min(want, held) / self._minor)
        units = ceil_units(want / position.unit_value) if position.unit_value else ZERO
        return int(min(units, position.sellable_units) if action is Action.SELL else units)

    def _least_steps(self, position: Position) -> int:
        """Fewest steps whose amount is at the minimum trade, its rounding in the asset's currency included."""
        minimum = self._problem.policy.min_trade_amount
        if not minimum:
            return 1
        if position.by_amount:
            foreign = position.currency != position.base
            spare = minor_unit(position.currency) * position.rate if foreign else ZERO
            return int(ceil_units((minimum + spare) / self._minor))
        units = floor_units(minimum / position.unit_value)
        return int(units if draft_units(position, Action.BUY, units).amount_base >= minimum else units + 1)

    def _make_leg(self, number: int, position: Position, action: Action, limits: tuple[int, int, int]) -> Variable:
        lowest, highest, least = limits
        unit = 1.0 if position.by_amount else float(position.unit_value / self._minor)

        @lru_cache(maxsize=_REMEMBERED)
        def cash(count: int) -> int:
            return int(self._draft(position, action, count).cash / self._minor)

        cash_per_value = float(ONE + position.cost_rate) if action is Action.BUY else -cash(highest) / (highest * unit)
        cap = self._problem.policy.risk_caps.get(self._accounts[number].type)
        risky, buying = not position.target.safe, action is Action.BUY
        weight, room = (0.0, None) if cap is None else self._room_of(position, action, cap, cash_per_value)
        rounding_slack = self._rounding_slack(position, action) + self._uneven_tax(position, action, highest)
        return Variable(
            asset=0,
            account=number,
            unit=unit,
            lowest=lowest,
            highest=highest,
            least=least,
            cash_per_value=cash_per_value,
            weight_of_risk=weight,
            rounding_slack=rounding_slack,
            tax_and_cost_rank=self._tax_and_cost_rank(position, action),
            cash=cash,
            risky=cap is not None and risky and buying,
            room=room,
            room_slop=0.0 if cap is None else cap.as_integer_ratio()[1] * (2 * rounding_slack + 1.0),
        )

    def _room_of(
        self, position: Position, action: Action, cap: Decimal, cash_per_value: float
    ) -> tuple[float, Callable[[int], int]]:
        """Room under a cap that an order takes: for one unit of value, and exactly for a number of steps.

        With a cap of p/q, risky assets R and an account worth V afterwards, q * R may be p * V at most. An order moves
        R by its amount and V by its costs.
        """
        part, whole = cap.as_integer_ratio()
        sign = 1 if action is Action.BUY else -1
        risky = 0 if position.target.safe else sign * whole

        @lru_cache(maxsize=_REMEMBERED)
        def room(count: int) -> int:
            draft = self._draft(position, action, count)
            return risky * int(draft.amount_base / self._minor) - part * self._worth(draft)

        return risky - part * (sign - cash_per_value), room

    def _worth(self, draft: Draft) -> int:
        """What an order changes of its account's value: minus its costs and the tax withheld."""
        amount = draft.amount_base if draft.action is Action.BUY else -draft.amount_base
        return int((amount + draft.cash) / self._minor)

    def _rounding_slack(self, position: Position, action: Action) -> float:
        """Most by which rounding makes an order cheaper than its rates say."""
        foreign = float(minor_unit(position.currency) * position.rate / self._minor)
        exact_price = position.price is not None and position.price == round_money(position.price, position.currency)
        roundings = (0.0 if exact_price and not position.by_amount else 0.5) + 0.5 * bool(position.commission_rate)
        roundings += 0.5 * bool(position.slippage_rate)
        roundings += 1.0 if position.by_amount and position.currency != position.base else 0.0
        return roundings * foreign + 1.0 + (1.0 if action is Action.SELL else 0.0)

    def _uneven_tax(self, position: Position, action: Action, count: int) -> float:
        """Tax withheld lot by lot is not in proportion to the units: at most all of it is out of proportion.

        Tax on the amount is, but for its rounding.
        """
        if action is Action.BUY:
            return 0.0
        rounding = 2.0 if position.transaction_rate else 0.0
        draft = self._draft(position, action, count)
        return rounding + float((draft.withheld - draft.transaction_tax) / self._minor if position.lots else ZERO)

    def _tax_and_cost_rank(self, position: Position, action: Action) -> float:
        """Cost and tax as a part of the amount: a sale is better made where it is taxed least."""
        taxed = float(position.transaction_rate) + self._tax_rate(position) if action is Action.SELL else 0.0
        return float(position.cost_rate) + taxed

    def _tax_rate(self, position: Position) -> float:
        """Tax of a sale as a part of its amount: of the gain where the cost is known, otherwise of all of it."""
        rules, tax_class = self._problem.policy.tax, class_of(position, self._problem.policy.tax)
        if rules is None or tax_class is None or is_deferred(position, rules) or not position.held:
            return 0.0
        gain = None if position.units is None else gain_of(draft_units(position, Action.SELL, position.units))
        return float(tax_class.rate * (position.held if gain is None else gain * position.tax_to_base) / position.held)

    def _draft(self, position: Position, action: Action, count: int) -> Draft:
        key = (position.key, action, count)
        if key not in self._drafts:
            self._drafts[key] = self._make_draft(position, action, count)
        return self._drafts[key]

    def _make_draft(self, position: Position, action: Action, count: int) -> Draft:
        if position.by_amount:
            draft = draft_amount(position, action, count * self._minor)
        else:
            draft = draft_units(position, action, count * ONE)
        return with_tax(draft, self._problem.policy.tax) if action is Action.SELL else draft

    def _headroom(self, keys: Set[tuple[str, str]]) -> tuple[tuple[int | None, ...], frozenset[int]]:
        """Room under the cap of each account, and the accounts in which something risky is bought already."""
        headroom: list[int | None] = []
        tested: set[int] = set()
        for number, account in enumerate(self._accounts):
            cap = self._problem.policy.risk_caps.get(account.type)
            if cap is None:
                headroom.append(None)
                continue
            room = int(risk_room(self._problem, account, cap) / self._minor * cap.as_integer_ratio()[1])
            for key, (action, count) in self._steps.items():
                if key[0] == account.name and key not in keys and count:
                    position = self._problem.positions[key]
                    room -= self._room_of(position, action, cap, 0.0)[1](count)
                    if action is Action.BUY and not position.target.safe:
                        tested.add(number)
            headroom.append(room)
        return tuple(headroom), frozenset(tested)


def may_buy(account: Account, position: Position) -> bool:
    """Return whether family and law let an account buy an asset whose units can be counted.

    Without a price nobody can say how many units an amount buys, unless the asset is held by value alone.
    """
    known = position.price is not None or position.held > 0 or bool(position.target.fractional)
    return account.allows(position.target) and not position.barred and known


def risk_room(problem: Problem, account: Account, cap: Decimal) -> Decimal:
    """Return by how much an account's risky assets may grow, base currency; negative when they are over the cap.

    The cap is tested when something risky is bought, against everything in the account, cash included.
    """
    mine: Mapping[str, Position] = {code: t for (name, code), t in problem.positions.items() if name == account.name}
    risky = sum((position.held for position in mine.values() if not position.target.safe), ZERO)
    return cap * (sum((position.held for position in mine.values()), ZERO) + all_cash(problem, account)) - risky


def all_cash(problem: Problem, account: Account) -> Decimal:
    """Return the cash of an account before orders, base currency, what is kept back included; never too much.

    New cash is in it and withdrawals are out.
    """
    household, policy = problem.household, problem.policy
    if policy.new_cash < 0:
        return problem.valuation.cash[account.name]
    own = floor_money((account.cash + account.contribution) * household.rate(account.currency), household.base_currency)
    return own + (policy.new_cash if account == household.accounts[0] else ZERO)
