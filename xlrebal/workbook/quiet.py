"""A spreadsheet program kept still while it is written to, and put back as it was."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from xlrebal.workbook.live_book import is_remote

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not every program behind xlwings knows every property.
_UNKNOWN = (NotImplementedError, AttributeError)
_STILL = {"screen_updating": False, "enable_events": False, "calculation": "manual"}


@contextlib.contextmanager
def quiet(book: Any) -> Iterator[None]:
    """Turn off screen updating, events and calculation; restore them, active sheet and selection, come what may.

    An engine that only queues is left alone: it writes everything in one go, and should that fail half-way, nobody
    would turn calculation on again.
    """
    if is_remote(book):
        yield
        return
    before: dict[str, Any] = {}
    active, selected = _try(lambda: book.sheets.active), _try(lambda: book.app.selection)
    for name, value in _STILL.items():
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
