"""What a button tells, in English and Korean: what came of it, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xlrebal.excel import findings
from xlrebal.macros.workbook_macros import KOREAN_CAPTIONS
from xlrebal.tables.korean import korean as in_korean
from xlrebal.tables.report import no_orders, verdict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from xlrebal.app import Outcome
    from xlrebal.app.record import Recorded
    from xlrebal.domain.plan import Plan
    from xlrebal.errors import Finding, InputError, XlrebalError

# More lines than these do not fit a message box, or the cell.
_MOST_LINES, _MOST_IN_CELL = 15, 2

_TEXTS = {
    "orders": ("{count} order{s}; {verdict}.", "주문 {count}건; {verdict}."),
    "check": ("{verdict}: {reason}.", "{verdict}: {reason}."),
    "scheduled": (" Next scheduled: {day}.", " 다음 점검일: {day}."),
    "recorded": ("{count} order{s} recorded.", "주문 {count}건을 기록했습니다."),
    "none recorded": (
        "Nothing to record: no order has the Status executed.",
        "기록할 것이 없습니다. 상태가 체결인 주문이 없습니다.",
    ),
    "cleared": ("The results are cleared.", "결과를 지웠습니다."),
    "problems": ("{count} problem{s}. Nothing was written.", "문제 {count}건. 아무것도 쓰지 않았습니다."),
    "more": ("... and {count} more", "... 외 {count}건"),
    "nothing written": ("{what}. Nothing was written.", "{what}. 아무것도 쓰지 않았습니다."),
    "refused": (
        "The spreadsheet program did not answer ({what}).",
        "스프레드시트 프로그램이 응답하지 않았습니다({what}).",
    ),
    "unable": (
        "The spreadsheet program cannot do this here ({what}).",
        "이 스프레드시트 프로그램에서는 할 수 없습니다({what}).",
    ),
    "elsewhere": ("use xlrebal on the command line.", "명령줄에서 xlrebal을 쓰세요."),
    "fault": (
        "xlrebal has a fault ({what}); neither Excel nor your figures are to blame.",
        "xlrebal에 오류가 있습니다({what}). Excel이나 입력한 숫자의 문제가 아닙니다.",
    ),
    "kept": (" The results are as they were.", " 결과는 전과 같습니다."),
    "not kept": (
        " Some results may be half written: close the workbook without saving it.",
        " 결과가 일부만 쓰였을 수 있습니다. 저장하지 말고 닫으세요.",
    ),
    "next": ("Next: {step}", "다음: {step}"),
    "place orders": (
        "check the sheet Orders, place those you agree with, write executed into their Status, press Record executed.",
        "주문 시트를 확인하고, 동의하는 주문을 넣은 뒤 상태에 체결이라고 쓰고, 체결 기록 단추를 누르세요.",
    ),
    "wait": ("nothing to do before {day}.", "{day} 전에는 할 일이 없습니다."),
    "as usual": ("nothing to do; check as usual.", "할 일이 없습니다. 평소처럼 점검하세요."),
    "see orders": ("press Update for the orders.", "갱신 단추를 눌러 주문을 확인하세요."),
    "mark orders": (
        "write executed into the Status of the orders that were filled, press Record executed.",
        "체결된 주문의 상태에 체결이라고 쓰고, 체결 기록 단추를 누르세요.",
    ),
    "see rest": ("press Update to see where you stand.", "갱신 단추를 눌러 지금 상태를 확인하세요."),
    "calculate": ("press Update to calculate again.", "갱신 단추를 눌러 다시 계산하세요."),
    "correct": ("correct {cell}, press {button} again.", "{cell} 칸을 고친 뒤 {button} 단추를 다시 누르세요."),
    "correct all": (
        "correct each of them, press {button} again; the message box names them.",
        "하나씩 고친 뒤 {button} 단추를 다시 누르세요. 알림 창에 모두 나옵니다.",
    ),
    "finish": (
        "finish editing the cell, close open dialogs, press {button} again.",
        "셀 편집을 끝내고 열린 대화 상자를 닫은 뒤 {button} 단추를 다시 누르세요.",
    ),
    "put right": ("put that right, press {button} again.", "이것을 고친 뒤 {button} 단추를 다시 누르세요."),
    "send log": (
        "report it with the file {log} (it holds no figures of yours).",
        "{log} 파일과 함께 알려 주세요(여러분의 숫자는 들어 있지 않습니다).",
    ),
    "send output": (
        "report it with the lines that the pane shows as output (they hold no figures of yours).",
        "창의 출력에 나온 줄과 함께 알려 주세요(여러분의 숫자는 들어 있지 않습니다).",
    ),
}


@dataclass(frozen=True)
class Told:
    """A message.

    Attributes:
        text: What the user is told at once, in a message box or on the status bar.
        cell: The same for the cell of the workbook: what came of it, and the next step on a line of its own.
        box: True for what must be seen: it is shown in a message box.
        korean: Its language.

    """

    text: str
    cell: str
    box: bool = False
    korean: bool = False

    def at(self, when: dt.datetime, caption: str) -> Told:
        """Return the message with the button and the time before the cell's text."""
        name = KOREAN_CAPTIONS[caption] if self.korean else caption
        return replace(self, cell=f"{name} {when:%Y-%m-%d %H:%M} · {self.cell}")


def _say(key: str, korean: bool, **values: object) -> str:
    return _TEXTS[key][korean].format(**values)


def _count(key: str, count: int, korean: bool, **values: object) -> str:
    return _say(key, korean, count=count, s="s" * (count != 1), **values)


def _told(outcome: str, step: str, korean: bool, *, prefix: str = "", box: bool = False) -> Told:
    return Told(prefix + outcome, f"{outcome}\n{_say('next', korean, step=step)}", box, korean)


def _doubts(warnings: Iterable[Finding], korean: bool) -> str:
    return "".join(f" {_finding(warning, korean)}." for warning in warnings)


def _finding(finding: Finding, korean: bool) -> str:
    return findings.in_korean(finding) if korean else str(finding)


def _translated(text: str, korean: bool) -> str:
    return in_korean(text) if korean else text


def updated(outcome: Outcome, korean: bool) -> Told:
    """Return the message after an update."""
    plan, count = outcome.plan, len(outcome.plan.orders)
    if count:
        what = _count("orders", count, korean, verdict=_translated(verdict(plan), korean))
    else:
        what = _translated(no_orders(plan), korean)
    step = _say("place orders", korean) if count else _waiting(plan, korean)
    return _told(what + _doubts(outcome.warnings, korean), step, korean, prefix=f"xlrebal {plan.as_of.isoformat()}: ")


def checked(outcome: Outcome, korean: bool) -> Told:
    """Return the message after a check."""
    plan = outcome.plan
    verdict_, reason = _translated(verdict(plan), korean), _translated(plan.trigger.reason, korean)
    then = plan.trigger.next_scheduled
    what = _say("check", korean, verdict=verdict_, reason=reason)
    what += _say("scheduled", korean, day=then.isoformat()) if then else ""
    step = _say("see orders", korean) if plan.trigger.due else _waiting(plan, korean)
    return _told(what, step, korean, box=True)


def _waiting(plan: Plan, korean: bool) -> str:
    day = plan.trigger.next_check or plan.trigger.next_scheduled
    return _say("wait", korean, day=day.isoformat()) if day else _say("as usual", korean)


def recorded(done: Recorded, korean: bool) -> Told:
    """Return the message after recording."""
    if done.line is None:
        return _told(_say("none recorded", korean), _say("mark orders", korean), korean)
    what = _count("recorded", done.line.orders, korean)
    return _told(what + _doubts(done.warnings, korean), _say("see rest", korean), korean)


def cleared(_: None, korean: bool) -> Told:
    """Return the message after the results were emptied."""
    return _told(_say("cleared", korean), _say("calculate", korean), korean)


def wrong_input(error: InputError, caption: str, *, korean: bool) -> Told:
    """Return the message for cells that are wrong: each with its address."""
    lines = [_finding(finding, korean) for finding in error.findings]
    count = _count("problems", len(lines), korean)
    button = _button(caption, korean)
    cell = error.findings[0].cell if len(lines) == 1 else ""
    step = _say("correct" if cell else "correct all", korean, cell=cell, button=button)
    more = [_say("more", korean, count=len(lines) - _MOST_LINES)] if len(lines) > _MOST_LINES else []
    inside = "\n".join([count, *lines[:_MOST_IN_CELL], _say("next", korean, step=step)])
    return Told("\n".join([*lines[:_MOST_LINES], *more, count]), inside, box=True, korean=korean)


def _button(caption: str, korean: bool) -> str:
    return KOREAN_CAPTIONS[caption] if korean else caption


def impossible(error: XlrebalError, caption: str, *, korean: bool) -> Told:
    """Return the message for what a workbook does not allow, such as a cell in the way."""
    reason = findings.obstacle_in_korean(str(error)) if korean else str(error)
    what = _say("nothing written", korean, what=reason)
    return _failed(what, _say("put right", korean, button=_button(caption, korean)), korean)


def refused(error: Exception, caption: str, *, korean: bool) -> Told:
    """Return the message for a call that the spreadsheet program refused."""
    cause = error.__cause__ or error
    unable = isinstance(cause, NotImplementedError)
    what = _say("unable" if unable else "refused", korean, what=one_line(cause)) + _say("kept", korean)
    step = _say("elsewhere" if unable else "finish", korean, button=_button(caption, korean))
    return _failed(what, step, korean)


def fault(error: Exception, log: str, *, korean: bool, kept: bool) -> Told:
    """Return the message for a fault of ours; ``kept`` when the workbook is as it was."""
    cause = error.__cause__ or error
    what = _say("fault", korean, what=type(cause).__name__) + _say("kept" if kept else "not kept", korean)
    step = _say("send log", korean, log=log) if log else _say("send output", korean)
    return _failed(what, step, korean)


def unknown_action(action: str, known: Iterable[str]) -> Told:
    """Return the message for a script that asks for an action that there is not."""
    text = f'there is no action "{action}"; use {", ".join(known)}'
    return Told(text, text, box=True)


def _failed(what: str, step: str, korean: bool) -> Told:
    told = _told(what, step, korean, box=True)
    return replace(told, text=told.cell)


def one_line(error: BaseException) -> str:
    """Return what an error says, on one line; its type's name when it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__
