"""Screen updating, events and calculation of a spreadsheet program: off while it is written to, then as before."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from xlrebal.workbook.live_book import is_remote

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not every program behind xlwings knows every property.
_UNKNOWN = (NotImplementedError, AttributeError)
_FROZEN = {"screen_updating": False, "enable_events": False, "calculation": "manual"}


@contextlib.contextmanager
def frozen_ui(book: Any) -> Iterator[None]:
    """Turn off screen updating, events and calculation; restore them, the active sheet and the selection afterwards.

    Nothing is changed for an engine that only queues: it writes everything at once, and if that failed half-way,
    calculation would stay off.
    """
    if is_remote(book):
        yield
        return
    before: dict[str, Any] = {}
    active, selected = _try(lambda: book.sheets.active), _try(lambda: book.app.selection)
    for name, value in _FROZEN.items():
        with contextlib.suppress(*_UNKNOWN):
            before[name] = getattr(book.app, name)
            setattr(book.app, name, value)
    try:
        yield
    finally:
        for name, value in reversed(before.items()):
            setattr(book.app, name, value)
        if active is not None:
            _try(active.activate)
        if selected is not None:
            _try(selected.select)


def _try(action: Any) -> Any:
    try:
        return action()
    except _UNKNOWN:
        return None
