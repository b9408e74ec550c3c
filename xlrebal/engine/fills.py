"""Orders that were filled otherwise than planned: commission and withheld tax of the plan follow what was done.

A row of the order sheet says what was planned (Amount), and what was done (Quantity and Price, corrected by hand). A
commission or tax that is exactly the plan's figure for the planned amount belongs to that amount and is worked out
again for what was done; any other figure was written by a person and stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action
from xlrebal.domain.quantities import FRACTIONAL_DIGITS, ONE, ZERO, fractional_units, nearest_units, round_money
from xlrebal.engine.position import draft_units
from xlrebal.engine.tax.year_tax import class_of, with_tax

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from xlrebal.domain.recording import Execution
    from xlrebal.domain.tax_rules import TaxRules
    from xlrebal.engine.position import Position


@dataclass(frozen=True)
class Corrected:
    """An execution whose figures belong together.

    Attributes:
        execution: With commission and withheld tax of what was done.
        commission: The commission as it stood in the row, where another one takes its place; otherwise None.
        tax: The tax as it stood in the row, where another one takes its place; otherwise None.
        unclear: True when nobody can tell whether the tax belongs to what was planned or to what was done.

    """

    execution: Execution
    commission: Decimal | None = None
    tax: Decimal | None = None
    unclear: bool = False


def as_filled(execution: Execution, position: Position, rules: TaxRules | None) -> Corrected:
    """Return an execution with the commission and the withheld tax of what was done.

    Args:
        execution: As its row has it; ``withheld`` is the row's tax, whoever takes it.
        position: How the asset trades in the account, as at the plan.
        rules: Tax rules.

    """
    if not _was_corrected(execution, position):
        return Corrected(replace(execution, withheld=_kept(execution, position, rules)))
    planned = execution.planned or ZERO
    filled, old_commission, old_tax = execution, None, None
    if execution.commission and execution.commission == round_money(
        planned * position.commission_rate, position.currency
    ):
        filled = replace(filled, commission=round_money(execution.amount * position.commission_rate, position.currency))
        old_commission = execution.commission if filled.commission != execution.commission else None
    if execution.action is not Action.SELL or execution.units is None:
        return Corrected(replace(filled, withheld=ZERO), old_commission)
    tax = _withheld(position, execution.units, execution.price, rules)
    ours = {_withheld(position, *state, rules) for state in _planned_states(execution, position)}
    if execution.withheld in ours and tax is not None:
        old_tax = execution.withheld if tax != execution.withheld else None
        return Corrected(replace(filled, withheld=tax), old_commission, old_tax)
    kept = _kept(execution, position, rules)
    unclear = bool(kept) and kept != tax and _rate_has_moved(execution, position)
    return Corrected(replace(filled, withheld=kept), old_commission, None, unclear)


def _was_corrected(execution: Execution, position: Position) -> bool:
    """Whether quantity times price is not the planned amount, to the digits that are quoted on an order."""
    if execution.units is None or not execution.planned:
        return False
    quoted = execution.price.scaleb(-FRACTIONAL_DIGITS) if position.by_amount else ZERO
    return abs(execution.amount - execution.planned) > quoted


def _planned_states(execution: Execution, position: Position) -> Iterator[tuple[Decimal, Decimal]]:
    """Units and price that may have been planned: another quantity, another price, or both."""
    planned, units = execution.planned or ZERO, execution.units or ONE
    for price in (execution.price, position.price):
        if price:
            count = fractional_units(planned / price) if position.by_amount else nearest_units(planned / price)
            if count and (position.by_amount or round_money(count * price, position.currency) == planned):
                yield count, price
    yield units, planned / units


def _withheld(position: Position, units: Decimal, price: Decimal, rules: TaxRules | None) -> Decimal | None:
    """What the plan would have withheld from a sale; None when it is not known."""
    draft = with_tax(draft_units(replace(position, price=price), Action.SELL, units), rules)
    return None if draft.tax is None else draft.withheld


def _kept(execution: Execution, position: Position, rules: TaxRules | None) -> Decimal:
    """The part of the row's tax that is taken from the proceeds; the rest is a matter of the year."""
    tax_class = class_of(position, rules)
    if execution.action is not Action.SELL or execution.units is None or tax_class is None:
        return ZERO
    if tax_class.withheld:
        return execution.withheld
    states = [(execution.units, execution.price), *_planned_states(execution, position)]
    at_once = max((_withheld(position, *state, rules) or ZERO) for state in states)
    return min(execution.withheld, at_once) if tax_class.netted or not at_once else execution.withheld


def _rate_has_moved(execution: Execution, position: Position) -> bool:
    """Whether the row's amount in base currency shows another exchange rate than today's."""
    if execution.planned is None or execution.planned_base is None:
        return False
    return execution.planned_base != round_money(execution.planned * position.rate, position.base)
