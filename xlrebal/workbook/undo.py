"""Restore a live workbook after a failure: step by step, or by emptying the queue of an engine that only queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlrebal.workbook.formats_there import formats_of
from xlrebal.workbook.live_book import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlrebal.workbook.live_book import LiveBook


class Undo:
    """Steps that restore what was there.

    Args:
        book: The open workbook, before anything is written.

    """

    def __init__(self, book: LiveBook) -> None:
        self._book = book
        self._steps: list[Callable[[], object]] = []
        self._queued = len(_queue(book)) if book.is_remote else 0

    def add(self, step: Callable[[], object]) -> None:
        """Keep a step; the last one is done first."""
        self._steps.append(step)

    def formats(self, sheet: str, cells: Any, count: int) -> None:
        """Keep the number formats of the first cells of a column."""
        if count <= 0:
            return
        old = cells[:count, 0]
        shown = formats_of(self._book, sheet, old, count)

        def restore() -> None:
            for row, text in enumerate(shown):
                if text != UNKNOWN:
                    old[row, 0].number_format = text

        self.add(restore)

    def all(self) -> None:
        """Do every step."""
        if self._book.is_remote:
            del _queue(self._book)[self._queued :]
            return
        for step in reversed(self._steps):
            step()


def _queue(book: LiveBook) -> list[Any]:
    """What an engine will do once the script has returned."""
    actions: list[Any] = book.book.json()["actions"]
    return actions
