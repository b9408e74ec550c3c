"""A parser of command lines in a language: its help, and what it says of a wrong command line.

The help is laid out here, not by argparse: argparse counts a Korean letter as one column, and its layout differs from
one version of Python to the next.
"""

from __future__ import annotations

import argparse
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlrebal.cli.width import padded, width, wrapped
from xlrebal.domain.message import Message, Name
from xlrebal.language import ENGLISH, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_NAME, _NARROWEST_TEXT = 24, 20

# What argparse says of a wrong command line, in the words of Python 3.11 to 3.14, and what we call it.
_KINDS = {
    "argument %(argument_name)s: %(message)s": "help.wrong_argument",
    "unrecognized arguments: %s": "help.unrecognized_arguments",
    "not allowed with argument %s": "help.not_allowed_with",
    "ignored explicit argument %r": "help.takes_no_value",
    "the following arguments are required: %s": "help.required_arguments",
    "one of the arguments %s is required": "help.one_required",
    "expected one argument": "help.one_value_expected",
    "expected at most one argument": "help.at_most_one_value_expected",
    "expected at least one argument": "help.at_least_one_value_expected",
    "expected %s argument": "help.values_expected",
    "expected %s arguments": "help.values_expected",
    "ambiguous option: %(option)s could match %(matches)s": "help.ambiguous_option",
    "unexpected option string: %s": "help.unexpected_option",
    "invalid %(type)s value: %(value)r": "help.wrong_value",
    "invalid choice: %(value)r (choose from %(choices)s)": "help.wrong_choice",
    "%(prog)s: error: %(message)s\n": "help.error",
}


@dataclass(frozen=True)
class Example:
    """A command line that shows a command, and what it does where that is not plain."""

    line: Message | str
    meaning: Message | None = None


class Parser(argparse.ArgumentParser):
    """A parser that explains itself in one language.

    Args:
        language: The language.
        about: What the command does, as it stands in the list of commands.
        examples: Command lines that show it.
        rest: As argparse takes it.

    """

    def __init__(self, *, language: str, about: Message, examples: Sequence[Example] = (), **rest: Any) -> None:
        super().__init__(add_help=False, **rest)
        self.language, self._about, self._examples = language, about, tuple(examples)
        self.add("-h", "--help", meaning="help.show_help", action="help")

    def add(self, *names: str, meaning: str, placeholder: Name | None = None, **rest: Any) -> None:
        """Add an argument: its names, the kind of the message that explains it, and what stands for its value."""
        if placeholder is not None:
            rest["metavar"] = _word(placeholder, self.language)
        elif "choices" in rest:
            rest["metavar"] = "{" + ",".join(rest["choices"]) + "}"
        self.add_argument(*names, help=self._words(Message(meaning)), **rest)

    def format_usage(self) -> str:
        """Return how the command is called, and a line end."""
        start = f"{self._words(Message('help.usage'))}: {self.prog} "
        arguments = [_call(action) for action in self._actions]
        options = [call for action, call in zip(self._actions, arguments, strict=True) if action.option_strings]
        others = [call for action, call in zip(self._actions, arguments, strict=True) if not action.option_strings]
        room = _columns() - width(start)
        whole = wrapped([*options, *others], room)
        lines = whole if len(whole) == 1 else [*wrapped(options, room), *wrapped(others, room)]
        return start + f"\n{' ' * width(start)}".join(lines) + "\n"

    def format_help(self, *, statuses: bool = True) -> str:
        """Return the help; ``statuses`` to end it with the meaning of every exit status."""
        about = self._words(self._about)
        parts = [self.format_usage(), f"{about[0].upper()}{about[1:]}.\n"]
        commands = [action for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        if commands:
            abouts = [(name, self._words(command._about)) for name, command in commands[0].choices.items()]
            parts.append(self._section("help.commands", abouts))
        others = [action for action in self._actions if action not in commands]
        arguments = [(_value(action), action.help or "") for action in others if not action.option_strings]
        options = [(_names(action), action.help or "") for action in others if action.option_strings]
        parts += [self._section("help.arguments", arguments)] if arguments else []
        parts.append(self._section("help.options", options))
        parts += [self._shown_examples()] if self._examples else []
        parts += [self._words(Message("help.exit_statuses")) + "\n"] if statuses else []
        return "\n".join(parts)

    def _section(self, title: str, rows: list[tuple[str, str]]) -> str:
        column = min(max(width(name) for name, _ in rows) + 4, _LONGEST_NAME)
        lines = [self._words(Message(title)) + ":"]
        for name, text in rows:
            first, *more = wrapped(text.split(), max(_columns() - column, _NARROWEST_TEXT))
            if width(name) + 4 > column:
                lines.append(f"  {name}")
                lines.append(" " * column + first)
            else:
                lines.append(padded(f"  {name}", column) + first)
            lines += [" " * column + line for line in more]
        return "\n".join(lines) + "\n"

    def _shown_examples(self) -> str:
        lines = [self._words(example.line) for example in self._examples]
        if len(lines) == 1:
            return f"{self._words(Message('help.example'))}: {lines[0]}\n"
        column = max(map(width, lines)) + 2
        shown = [f"{self._words(Message('help.examples'))}:"]
        for line, example in zip(lines, self._examples, strict=True):
            meaning = self._words(example.meaning) if example.meaning else ""
            shown.append(f"  {padded(line, column)}{meaning}".rstrip())
        return "\n".join(shown) + "\n"

    def _words(self, text: Message | str) -> str:
        return render(text, self.language)


def _columns() -> int:
    return shutil.get_terminal_size().columns - 2


def _word(name: Name, language: str) -> str:
    return name.english if language == ENGLISH else name.korean


def _value(action: argparse.Action) -> str:
    """What stands for the value of an argument; empty where it takes none."""
    return str(action.metavar or "")


def _names(action: argparse.Action) -> str:
    """An option as the list of options names it."""
    value = f"[{_value(action)} ...]" if action.nargs == "*" else _value(action)
    return f"{', '.join(action.option_strings)} {value}".rstrip()


def _call(action: argparse.Action) -> str:
    """An argument as it stands in a command line."""
    if action.option_strings:
        value = f"[{_value(action)} ...]" if action.nargs == "*" else _value(action)
        option = f"{action.option_strings[0]} {value}".rstrip()
        return option if action.required else f"[{option}]"
    if isinstance(action, argparse._SubParsersAction):
        return f"{_value(action)} ..."
    return {"?": f"[{_value(action)}]", "*": f"[{_value(action)} ...]"}.get(str(action.nargs), _value(action))


@contextmanager
def complaints_in(language: str) -> Iterator[None]:
    """Let argparse complain in a language: it asks two functions of gettext for its words, for a while ours.

    Words that a later version of Python has and we do not know stay as they are.
    """

    def words(text: str) -> str:
        return render(Message(_KINDS[text]), language) if text in _KINDS else text

    def counted(singular: str, plural: str, count: int) -> str:
        return words(singular if count == 1 else plural)

    ours, theirs = {"_": words, "ngettext": counted}, {name: getattr(argparse, name) for name in ("_", "ngettext")}
    vars(argparse).update(ours)
    try:
        yield
    finally:
        vars(argparse).update(theirs)
