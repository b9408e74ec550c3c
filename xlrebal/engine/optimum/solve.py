"""Relax, round, improve, prove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.engine.optimum.accounts import improve_accounts
from xlrebal.engine.optimum.place import first_position, improve
from xlrebal.engine.optimum.prove import SAME, is_uniform, prove
from xlrebal.engine.optimum.relax import full_limits, relax

if TYPE_CHECKING:
    from xlrebal.engine.optimum.model import Model

# Work is counted, not timed, so that every machine stops at the same plan. An ordinary household (twenty assets in
# three accounts) is searched long; a large one for as long as a person does not notice.
_ORDINARY = 60
_WORK_ORDINARY = 100_000
_WORK_LARGE = 10_000


@dataclass(frozen=True)
class Solution:
    """A plan in steps.

    Attributes:
        steps: Steps of each leg.
        missed: Objective, sum((want - moved)^2 / weight).
        bound: What no plan can fall below, where it was worked out.
        proven: True when no plan is better.

    """

    steps: tuple[int, ...]
    missed: float
    bound: float
    proven: bool


def solve(model: Model) -> Solution:
    """Return the best plan of a programme, or the best one found with a bound on what a better one could be."""
    if not model.legs:
        missed = model.missed([0.0] * len(model.assets))
        return Solution((), missed, missed, proven=True)
    start = first_position(model)
    improve(start)
    if len(model.cash) > 1 and start.is_sound:
        improve_accounts(start)
    if not start.is_sound or not is_uniform(model):
        return Solution(tuple(start.steps), start.missed, 0.0, proven=False)
    work = _WORK_ORDINARY if len(model.legs) <= _ORDINARY else _WORK_LARGE
    proof = prove(model, start, relax(model, full_limits(model)).prices, work)
    missed = proof.position.missed
    return Solution(tuple(proof.position.steps), missed, proof.bound, proof.bound >= missed * (1 - SAME))
