"""What a button does: the use case on the open workbook, and one message of what came of it."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlrebal import app
from xlrebal.app.reading import language_in
from xlrebal.domain.message import Message
from xlrebal.errors import FileError, InputError, XlrebalError
from xlrebal.excel import messages
from xlrebal.excel.faults import keep_log, refused
from xlrebal.language import ENGLISH
from xlrebal.macros.workbook_macros import MESSAGE
from xlrebal.tables.contract.schema import SETTINGS
from xlrebal.workbook.live import RESULTS_NOT_WRITTEN, LiveWorkbook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xlrebal.app import Outcome
    from xlrebal.app.recording import Recorded
    from xlrebal.domain.message import Name
    from xlrebal.excel.messages import Told
    from xlrebal.workbook.cells import Changeset, RawGrid
    from xlrebal.workbook.port import WorkbookPort

_TITLE = "xlrebal"


def act(book: Any, action: str, as_of: dt.date | None = None) -> str:
    """Do what a button stands for and return the message that the user sees.

    Args:
        book: An open ``xlwings.Book``.
        action: ``update``, ``rebalance_now``, ``check``, ``record_executed`` or ``clear_results``.
        as_of: Day of the plan; today when left out.

    The message goes into the workbook's cell for it, with the time and the next step; what went wrong is also shown in
    a message box. Whatever goes wrong, nothing is raised.

    """
    seen = _Seen(LiveWorkbook(book))
    if action not in _BUTTONS:
        told = messages.unknown_action(action, _BUTTONS, seen.language())
    else:
        told = _done(seen, _BUTTONS[action], as_of or _now().date())
    return _tell(book, told)


@dataclass(frozen=True)
class _Button:
    """A button: its caption, what it does, and how its result is told in a language."""

    caption: Name
    work: Callable[[WorkbookPort, dt.date], Any]
    tell: Callable[[Any, str], Told]


class _Seen:
    """A workbook that remembers what was read, to tell its language without reading again, and whether it is written.

    Attributes:
        grids: Every table that was read, by the name under which it was wanted.
        writing: True from the first write on.

    """

    def __init__(self, book: LiveWorkbook) -> None:
        self._book = book
        self.grids: dict[str, RawGrid] = {}
        self.writing = False

    def read(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, RawGrid]:
        # The settings as well: they say in which language the outcome is told.
        settings = {} if SETTINGS.key in self.grids else {SETTINGS.key: SETTINGS.names}
        found = self._book.read({**settings, **wanted})
        self.grids |= found
        return {key: grid for key, grid in found.items() if key in wanted}

    def apply(self, changes: Changeset) -> None:
        self.writing = True
        self._book.apply(changes)

    def fingerprint(self) -> str:
        return self._book.fingerprint()

    def language(self) -> str:
        """Return the workbook's language; when nothing was read yet, its settings are."""
        with contextlib.suppress(Exception):  # the program may refuse this call as well
            if not self.grids:
                self.read({SETTINGS.key: SETTINGS.names})
            return language_in(self.grids)
        return ENGLISH


def _done(seen: _Seen, button: _Button, day: dt.date) -> Told:
    try:
        result = button.work(seen, day)
        told = button.tell(result, seen.language())
    except InputError as error:
        told = messages.wrong_input(error, button.caption, seen.language())
    except Exception as error:  # no traceback for a user
        told = _failed(seen, button, error)
    return told.at(_now(), button.caption)


def _failed(seen: _Seen, button: _Button, error: Exception) -> Told:
    language = seen.language()
    if isinstance(error, XlrebalError) and not _hands_on(error):
        return messages.impossible(error, button.caption, language)
    if refused(error):
        return messages.refused(error, button.caption, language)
    # What a failed write left behind was put back, unless that failed as well.
    kept = isinstance(error, FileError) or not seen.writing
    return messages.fault(error, keep_log(error, button.caption.english), language, kept=kept)


def _hands_on(error: XlrebalError) -> bool:
    """Whether an error of ours only hands on another one, rather than telling what to do."""
    return isinstance(error.message, Message) and error.message.kind == RESULTS_NOT_WRITTEN


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()


def _update(book: WorkbookPort, day: dt.date) -> Outcome:
    return app.update(book, app.Request(as_of=day))


def _rebalance_now(book: WorkbookPort, day: dt.date) -> Outcome:
    return app.update(book, app.Request(as_of=day, plan_now=True))


def _check(book: WorkbookPort, day: dt.date) -> Outcome:
    return app.calculate(book, app.Request(as_of=day))


def _record(book: WorkbookPort, day: dt.date) -> Recorded:
    from xlrebal.app.recording import record  # this button only

    return record(book, day)


def _clear(book: WorkbookPort, _day: dt.date) -> None:
    app.clear(book)


_BUTTONS: dict[str, _Button] = {
    "update": _Button(messages.UPDATE, _update, messages.updated),
    "rebalance_now": _Button(messages.REBALANCE_NOW, _rebalance_now, messages.updated),
    "check": _Button(messages.CHECK, _check, messages.checked),
    "record_executed": _Button(messages.RECORD_EXECUTED, _record, messages.recorded),
    "clear_results": _Button(messages.CLEAR_RESULTS, _clear, messages.cleared),
}


def _tell(book: Any, told: Told) -> str:
    """Show a message where the workbook has a cell for it, else on the status bar; boxes for what must be seen."""
    shown = _write(book, told.cell) or (not told.box and _status(book, told.text))
    if told.box or not shown:
        with contextlib.suppress(Exception):  # a message must never be the next failure
            book.app.alert(told.text, _TITLE)
    return told.text


def _write(book: Any, text: str) -> bool:
    with contextlib.suppress(Exception):
        if MESSAGE in book.names:
            book.names[MESSAGE].refers_to_range.value = text
            return True
    return False


def _status(book: Any, text: str) -> bool:
    with contextlib.suppress(Exception):
        book.app.status_bar = text
        return True
    return False
