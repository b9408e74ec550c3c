"""Marks on the orders of the last plan, before the next plan replaces them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import Finding, InputError
from xlrebal.tables.contract.words import PLANNED, RECORDED, WAITING, both
from xlrebal.tables.read.executed import is_executed, marks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlrebal.workbook.cells import RawGrid


def check_marks(sheets: Iterable[RawGrid]) -> tuple[Finding, ...]:
    """Return a warning for marks that the next order sheet replaces.

    Raises ``InputError`` for orders that are marked as executed and not recorded: their trades would be lost.
    """
    marked = [(grid, number, column, cell) for grid in sheets for number, column, cell in marks(grid)]
    lost = [grid.address(number, column) for grid, number, column, cell in marked if is_executed(cell)]
    if lost:
        message = Message("sheet.executed_not_recorded", count=len(lost))
        raise InputError([Finding(lost[0], message, Message("sheet.record_them_first"))])
    own = (*both(PLANNED), *both(RECORDED), *both(WAITING))
    other = [
        grid.address(number, column)
        for grid, number, column, cell in marked
        if not cell.is_blank and not str(cell.value).startswith(own)
    ]
    if not other:
        return ()
    return (Finding(other[0], Message("sheet.marks_replaced", count=len(other))),)
