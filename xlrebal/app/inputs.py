"""Inputs: what a workbook says, complete for a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlrebal.app.planning import given_rules, policy_of, with_calendar
from xlrebal.app.reading import read
from xlrebal.tables.read.parse import parse

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from xlrebal.domain.household import Household
    from xlrebal.domain.policy import Policy
    from xlrebal.errors import Finding
    from xlrebal.workbook.port import WorkbookPort


@dataclass(frozen=True)
class Inputs:
    """What a workbook says.

    Attributes:
        household: What the family owns and wants.
        policy: Its rules, with the tax rules of its country and the holidays of its exchange.
        warnings: What is doubtful in the workbook, each with its cell.

    """

    household: Household
    policy: Policy
    warnings: tuple[Finding, ...]


def read_inputs(book: WorkbookPort, as_of: dt.date, rules: Path | None = None) -> Inputs:
    """Return the inputs of a workbook for a day.

    Args:
        book: The workbook.
        as_of: Day whose tax rules and ages of prices count.
        rules: Rules file that takes the place of the workbook's targets and settings.

    Raises:
        InputError: With every problem of the workbook or the rules.
        FileError: When the file cannot be read.

    """
    tables, _ = read(book)
    parsed = parse(tables, as_of, given_rules(rules))
    policy, warnings = policy_of(parsed, as_of)
    return Inputs(parsed.household, with_calendar(policy, parsed, as_of), warnings)
