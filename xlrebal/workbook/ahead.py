"""Answers that have to be awaited: formulas and number formats in xlwings Lite.

Work that needs one stops before it has written anything; the answer is awaited, and the work starts again from the same
payload. The second or third time it has all it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from xlrebal.workbook.live_book import FORMULAS, KNOWN, NeededError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xlrebal.workbook.live_book import Need


T = TypeVar("T")


async def with_answers(work: Callable[[], T]) -> T:
    """Do some work on a live workbook, and await what it has to know.

    Where answers cannot be awaited (xlwings Server), the work runs without them, as it does when called directly.
    """
    known: dict[Need, Any] | None = {}
    while True:
        token = KNOWN.set(known)
        try:
            return work()
        except NeededError as error:
            needs = error.needs
        finally:
            KNOWN.reset(token)
        try:
            known = {**(known or {}), **await _answers(needs)}
        except NotImplementedError:
            known = None


async def _answers(needs: Mapping[Need, Any]) -> dict[Need, Any]:
    return {need: await _answer(need, cells) for need, cells in needs.items()}


async def _answer(need: Need, cells: Any) -> Any:
    if need[0] == FORMULAS:
        return await cells.options(ndim=2).get_formula()
    return await cells.get_number_format()
