"""What a button tells, in the workbook's language: what came of it, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.domain.message import Message, Name
from xlrebal.language import KOREAN, render
from xlrebal.macros.workbook_macros import KOREAN_CAPTIONS
from xlrebal.tables.contract.results import ORDERS
from xlrebal.tables.write.wording import no_orders, verdict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from xlrebal.app import Outcome
    from xlrebal.app.recording import Recorded
    from xlrebal.domain.plan import Plan
    from xlrebal.errors import Finding, InputError, XlrebalError

# More lines than these do not fit a message box, or the cell.
_MOST_LINES, _MOST_IN_CELL = 15, 2

UPDATE, REBALANCE_NOW, CHECK, RECORD_EXECUTED, CLEAR_RESULTS = (Name(*pair) for pair in KOREAN_CAPTIONS.items())
"""What each button is called."""

_ORDERS, _STATUS, _EXECUTED = (
    ORDERS.sheet,
    next(column.header for column in ORDERS.columns if column.json == "status"),
    Name("executed", "체결"),
)


@dataclass(frozen=True)
class Told:
    """A message in the words of a language.

    Attributes:
        text: What the user is told at once, in a message box or on the status bar.
        cell: The same for the cell of the workbook: what came of it, and the next step on a line of its own.
        language: Its language.
        box: True for what must be seen: it is shown in a message box.

    """

    text: str
    cell: str
    language: str
    box: bool = False

    def at(self, when: dt.datetime, caption: Name) -> Told:
        """Return the message with the button and the time before the cell's text."""
        name = caption.korean if self.language == KOREAN else caption.english
        return replace(self, cell=f"{name} {when:%Y-%m-%d %H:%M} · {self.cell}")


def _told(sentences: Iterable[str], step: Message, language: str, *, prefix: str = "", box: bool = False) -> Told:
    outcome = " ".join(sentences)
    return Told(prefix + outcome, f"{outcome}\n{_next(step, language)}", language, box)


def _next(step: Message, language: str) -> str:
    return render(Message("excel.next", step=step), language)


def _warnings(warnings: Iterable[Finding], language: str) -> list[str]:
    return [f"{warning.in_language(language)}." for warning in warnings]


def updated(outcome: Outcome, language: str) -> Told:
    """Return the message after an update."""
    plan, count = outcome.plan, len(outcome.plan.orders)
    if count:
        what = render(Message("excel.orders", count=count, verdict=verdict(plan)), language)
        names = {"sheet": _ORDERS, "status": _STATUS, "executed": _EXECUTED, "button": RECORD_EXECUTED}
        step = Message("excel.place_orders", **names)
    else:
        what, step = render(no_orders(plan), language), _waiting(plan)
    sentences = [what, *_warnings(outcome.warnings, language)]
    return _told(sentences, step, language, prefix=f"xlrebal {plan.as_of.isoformat()}: ")


def checked(outcome: Outcome, language: str) -> Told:
    """Return the message after a check."""
    plan, then = outcome.plan, outcome.plan.trigger.next_scheduled
    sentences = [Message("excel.check", verdict=verdict(plan), reason=plan.trigger.reason)]
    sentences += [Message("excel.scheduled", day=then)] if then else []
    step = Message("excel.see_orders", button=UPDATE) if plan.trigger.due else _waiting(plan)
    return _told((render(one, language) for one in sentences), step, language, box=True)


def _waiting(plan: Plan) -> Message:
    day = plan.trigger.next_check or plan.trigger.next_scheduled
    return Message("excel.wait", day=day) if day else Message("excel.as_usual")


def recorded(done: Recorded, language: str) -> Told:
    """Return the message after recording."""
    if done.line is None:
        names = {"status": _STATUS, "executed": _EXECUTED}
        nothing = render(Message("excel.nothing_to_record", **names), language)
        return _told([nothing], Message("excel.mark_orders", button=RECORD_EXECUTED, **names), language)
    what = render(Message("excel.recorded", count=done.line.orders), language)
    step = Message("excel.see_where_you_stand", button=UPDATE)
    return _told([what, *_warnings(done.warnings, language)], step, language)


def cleared(_: None, language: str) -> Told:
    """Return the message after the results were emptied."""
    return _told(
        [render(Message("excel.cleared"), language)], Message("excel.calculate_again", button=UPDATE), language
    )


def wrong_input(error: InputError, button: Name, language: str) -> Told:
    """Return the message for cells that are wrong: each with its address."""
    lines = [finding.in_language(language) for finding in error.findings]
    count = render(Message("excel.problems", count=len(lines)), language)
    step = Message("excel.correct_each", button=button)
    if len(lines) == 1:
        step = Message("excel.correct_cell", cell=error.findings[0].cell, button=button)
    more = [render(Message("excel.more", count=len(lines) - _MOST_LINES), language)] if len(lines) > _MOST_LINES else []
    inside = "\n".join([count, *lines[:_MOST_IN_CELL], _next(step, language)])
    return Told("\n".join([*lines[:_MOST_LINES], *more, count]), inside, language, box=True)


def impossible(error: XlrebalError, button: Name, language: str) -> Told:
    """Return the message for what a workbook does not allow, such as a cell in the way."""
    why = render(error.message, language)
    return _failed([Message("excel.nothing_written", why=why)], Message("excel.put_right", button=button), language)


def refused(error: Exception, button: Name, language: str) -> Told:
    """Return the message for a call that the spreadsheet program refused."""
    cause = error.__cause__ or error
    unable = isinstance(cause, NotImplementedError)
    what = Message("excel.unable" if unable else "excel.refused", cause=one_line(cause))
    step = Message("excel.use_command_line") if unable else Message("excel.finish_editing", button=button)
    return _failed([what, Message("excel.results_kept")], step, language)


def fault(error: Exception, log: str, language: str, *, kept: bool) -> Told:
    """Return the message for a fault of ours; ``kept`` when the workbook is as it was."""
    what = Message("excel.fault", error=type(error.__cause__ or error).__name__)
    results = Message("excel.results_kept" if kept else "excel.results_not_kept")
    step = Message("excel.send_log", log=log) if log else Message("excel.send_output")
    return _failed([what, results], step, language)


def unknown_action(action: str, known: Iterable[str], language: str) -> Told:
    """Return the message for a script that asks for an action that there is not."""
    text = render(Message("excel.no_action", action=action, actions=", ".join(known)), language)
    return Told(text, text, language, box=True)


def _failed(sentences: Iterable[Message], step: Message, language: str) -> Told:
    told = _told((render(one, language) for one in sentences), step, language, box=True)
    return replace(told, text=told.cell)


def one_line(error: BaseException) -> str:
    """Return what an error says, on one line; its type's name when it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__
