"""The arguments of every command."""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal.cli.language import OPTION, chosen, of_arguments
from xlrebal.cli.parser import Example, Parser, complaints_in
from xlrebal.domain.message import Message, Name
from xlrebal.domain.quantities import written_number
from xlrebal.language import ENGLISH, LANGUAGES, render
from xlrebal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    _Commands = argparse._SubParsersAction[Parser]

_FILE, _COPY = Name("FILE", "파일"), Name("OUT", "사본")
_YAML, _RULES, _PRICES = Name("FILE.yaml", "파일.yaml"), Name("RULES.yaml", "규칙.yaml"), Name("PRICES.csv", "가격.csv")
_NAME, _TEXT, _DATE = Name("NAME", "이름"), Name("TEXT", "글"), Name("DATE", "날짜")
_AMOUNT, _NUMBER = Name("AMOUNT", "금액"), Name("N", "개수")
_EXPORT, _PAGE, _COMMAND = Name("EXPORT", "내역"), Name("TOPIC", "문서"), Name("COMMAND", "명령")
_URL, _QUARTER = Name("URL", "URL"), Name("2026Q3", "2026Q3")


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line. Exits with status 2 when it is wrong."""
    language, command = chosen(of_arguments(arguments)), _command_in(arguments)
    with complaints_in(language):
        # Only the command that is meant: the words of all the others would take longer than the rest.
        parser = _parser(language, [command] if command in _COMMANDS else _COMMANDS)
        if command is not None and command not in _COMMANDS:
            parser.error(render(_no_command(command), language))
        return parser.parse_args(arguments)


def make_parser(language: str = ENGLISH) -> Parser:
    """Return the parser of every command, in a language."""
    return _parser(language, _COMMANDS)


def _parser(language: str, names: Iterable[str]) -> Parser:
    parser = Parser(prog="xlrebal", language=language, about=Message("help.xlrebal"), allow_abbrev=False)
    version = f"xlrebal {__version__}"
    parser.add("--version", meaning="help.version", action="version", version=version)
    parser.add(OPTION, meaning="help.language", choices=LANGUAGES)
    metavar = _COMMAND.english if language == ENGLISH else _COMMAND.korean
    commands = parser.add_subparsers(dest="command", required=True, metavar=metavar)
    for name in names:
        _COMMANDS[name](commands, language)
    return parser


def _command_in(arguments: Sequence[str]) -> str | None:
    """The command; None where another option than the language stands before it, or there is none."""
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            return word
        if word == OPTION:
            next(words, None)
        elif not word.startswith(f"{OPTION}="):
            break
    return None


def _no_command(command: str) -> Message:
    near = difflib.get_close_matches(command, _COMMANDS, n=1)
    hint = Message("help.did_you_mean", near=near[0]) if near else Message("help.use", names=", ".join(_COMMANDS))
    return Message("help.no_command", command=command, hint=hint)


def _command(commands: _Commands, language: str, name: str, *examples: Example, own_language: bool = False) -> Parser:
    about = Message(f"help.{name}")
    # What completes command lines in a shell reads the help of argparse.
    command = commands.add_parser(name, help=render(about, language), language=language, about=about, examples=examples)
    command.add("--quiet", meaning="help.quiet", action="store_true")
    command.add("--verbose", meaning="help.verbose", action="store_true")
    meaning = "help.language_of_new" if own_language else "help.language"
    # Without a default of its own, so that it does not undo the option before the command.
    command.add(OPTION, meaning=meaning, choices=LANGUAGES, default=argparse.SUPPRESS)
    return command


def _add_new(commands: _Commands, language: str) -> None:
    example = Example("xlrebal new family.xlsx")
    new = _command(commands, language, "new", example, own_language=True)
    new.add("file", nargs="?", type=Path, placeholder=_FILE, meaning="help.file_to_make")
    new.add("--template", default="core-satellite", placeholder=_NAME, meaning="help.template")
    new.add("--list", action="store_true", meaning="help.list_templates")


def _add_update(commands: _Commands, language: str) -> None:
    update = _command(
        commands,
        language,
        "update",
        Example("xlrebal update family.xlsx", Message("help.example_update")),
        Example("xlrebal update family.xlsx --dry-run", Message("help.example_dry_run")),
        Example("xlrebal update family.xlsx --cash 1000000", Message("help.example_cash")),
        Example("xlrebal update family.xlsx --now", Message("help.now")),
        Example("xlrebal update clients/*.xlsx --json --jobs 2", Message("help.example_many")),
    )
    update.add("files", nargs="*", type=Path, placeholder=_FILE, meaning="help.files")
    _add_as_of(update)
    update.add("--now", action="store_true", meaning="help.now")
    update.add("--cash", type=partial(_amount, language), placeholder=_AMOUNT, meaning="help.cash")
    update.add("--rules", type=Path, placeholder=_YAML, meaning="help.rules_to_use")
    update.add("--reason", default="", placeholder=_TEXT, meaning="help.reason")
    update.add("--override", default="", placeholder=_TEXT, meaning="help.override")
    update.add("--output", type=Path, placeholder=_FILE, meaning="help.output")
    update.add("--dry-run", action="store_true", meaning="help.dry_run")
    update.add("--json", action="store_true", meaning="help.json")
    update.add("--jobs", type=partial(_count, language), default=1, placeholder=_NUMBER, meaning="help.jobs")


def _add_check(commands: _Commands, language: str) -> None:
    check = _command(
        commands,
        language,
        "check",
        Example(Message("help.example_check")),
        Example("XLREBAL_NOTIFY='tgram://TOKEN/CHAT' xlrebal check family.xlsx --notify"),
    )
    check.add("files", nargs="?", type=Path, placeholder=_FILE, meaning="help.file_as_for_update")
    _add_as_of(check)
    check.add("--json", action="store_true", meaning="help.json")
    check.add("--notify", nargs="*", placeholder=_URL, meaning="help.notify")
    check.add("--notify-always", action="store_true", meaning="help.notify_always")


def _add_clear(commands: _Commands, language: str) -> None:
    clear = _command(commands, language, "clear", Example("xlrebal clear family.xlsx"))
    clear.add("file", type=Path, placeholder=_FILE, meaning="help.file")


def _add_record(commands: _Commands, language: str) -> None:
    record = _command(
        commands,
        language,
        "record",
        Example("xlrebal record family.xlsx", Message("help.example_record")),
        Example(Message("help.example_note")),
        Example("xlrebal record family.xlsx --json", Message("help.example_record_json")),
    )
    record.add("file", type=Path, placeholder=_FILE, meaning="help.file_with_executed_orders")
    record.add("--date", type=partial(_day, language), placeholder=_DATE, meaning="help.trade_date")
    record.add("--note", default="", placeholder=_TEXT, meaning="help.note")
    record.add("--json", action="store_true", meaning="help.record_json")


def _add_rules(commands: _Commands, language: str) -> None:
    rules = _command(
        commands,
        language,
        "rules",
        Example("xlrebal rules export family.xlsx rules.yaml", Message("help.example_rules_export")),
        Example("xlrebal rules diff family.xlsx rules.yaml"),
        Example("xlrebal rules import family.xlsx rules.yaml", Message("help.example_rules_import")),
    )
    rules.add("task", choices=("export", "import", "diff"), meaning="help.rules_task")
    rules.add("file", type=Path, placeholder=_FILE, meaning="help.file")
    rules.add("rules", type=Path, placeholder=_RULES, meaning="help.rules_file")


def _add_review(commands: _Commands, language: str) -> None:
    review = _command(
        commands,
        language,
        "review",
        Example("xlrebal review family.xlsx", Message("help.example_review")),
        Example("xlrebal review family.xlsx --quarter 2026Q3", Message("help.example_quarter")),
    )
    review.add("file", type=Path, placeholder=_FILE, meaning="help.file")
    review.add("--quarter", placeholder=_QUARTER, meaning="help.quarter")


def _add_simulate(commands: _Commands, language: str) -> None:
    simulate = _command(
        commands,
        language,
        "simulate",
        Example("xlrebal simulate family.xlsx --prices prices.csv --dry-run"),
        Example("xlrebal simulate family.xlsx --prices prices.csv", Message("help.example_simulate")),
    )
    simulate.add("file", type=Path, placeholder=_FILE, meaning="help.file_to_simulate")
    simulate.add("--prices", type=Path, required=True, placeholder=_PRICES, meaning="help.price_history")
    simulate.add("--dry-run", action="store_true", meaning="help.dry_run")


def _add_import(commands: _Commands, language: str) -> None:
    imports = _command(
        commands,
        language,
        "import",
        Example(Message("help.example_import")),
        Example(Message("help.example_suggest")),
    )
    imports.add("file", type=Path, placeholder=_FILE, meaning="help.file")
    imports.add("export", type=Path, placeholder=_EXPORT, meaning="help.export")
    imports.add("--account", placeholder=_NAME, meaning="help.account")
    imports.add("--broker", default="", placeholder=_NAME, meaning="help.broker")
    imports.add("--mapping", type=Path, placeholder=_YAML, meaning="help.mapping")
    imports.add("--suggest", type=Path, placeholder=_YAML, meaning="help.suggest")
    imports.add("--add", action="store_true", meaning="help.add_assets")
    _add_confirmation(imports)


def _add_prices(commands: _Commands, language: str) -> None:
    prices = _command(
        commands,
        language,
        "prices",
        Example("xlrebal prices family.xlsx --csv prices.csv"),
        Example("xlrebal prices family.xlsx --source yahoo", Message("help.example_yahoo")),
    )
    prices.add("file", type=Path, placeholder=_FILE, meaning="help.file")
    prices.add("--csv", type=Path, placeholder=_PRICES, meaning="help.price_file")
    prices.add("--source", default="csv", placeholder=_NAME, meaning="help.price_source")
    _add_confirmation(prices)


def _add_share(commands: _Commands, language: str) -> None:
    share = _command(commands, language, "share", Example(Message("help.example_share")))
    share.add("file", type=Path, placeholder=_FILE, meaning="help.file")
    share.add("output", type=Path, placeholder=_COPY, meaning="help.copy")


def _add_open(commands: _Commands, language: str) -> None:
    opening = _command(commands, language, "open", Example("xlrebal open family.xlsx"))
    opening.add("files", nargs="?", type=Path, placeholder=_FILE, meaning="help.file_as_for_update")


def _add_help(commands: _Commands, language: str) -> None:
    reading = _command(commands, language, "help", Example("xlrebal help workbook"))
    reading.add("topic", nargs="?", placeholder=_PAGE, meaning="help.page")


def _add_completion(commands: _Commands, language: str) -> None:
    place = "~/.local/share/bash-completion/completions/xlrebal"
    completing = _command(commands, language, "completion", Example(f"xlrebal completion bash > {place}"))
    completing.add("shell", choices=("bash", "zsh", "tcsh"), meaning="help.shell")


def _add_excel(commands: _Commands, language: str) -> None:
    excel = _command(commands, language, "excel", Example("xlrebal excel install family.xlsm"))
    excel.add("task", choices=("install",), meaning="help.excel_task")
    excel.add("file", type=Path, placeholder=_FILE, meaning="help.macro_file")


def _add_doctor(commands: _Commands, language: str) -> None:
    doctor = _command(commands, language, "doctor", Example("xlrebal doctor family.xlsm"))
    doctor.add("file", nargs="?", type=Path, placeholder=_FILE, meaning="help.file_to_diagnose")


# In the order of the help.
_COMMANDS: dict[str, Callable[[_Commands, str], None]] = {
    "new": _add_new,
    "update": _add_update,
    "check": _add_check,
    "clear": _add_clear,
    "record": _add_record,
    "rules": _add_rules,
    "review": _add_review,
    "simulate": _add_simulate,
    "import": _add_import,
    "prices": _add_prices,
    "share": _add_share,
    "open": _add_open,
    "help": _add_help,
    "completion": _add_completion,
    "excel": _add_excel,
    "doctor": _add_doctor,
}


def _add_as_of(command: Parser) -> None:
    command.add("--as-of", type=partial(_day, command.language), placeholder=_DATE, meaning="help.as_of")


def _add_confirmation(command: Parser) -> None:
    command.add("--dry-run", action="store_true", meaning="help.dry_run_of_changes")
    command.add("--yes", action="store_true", meaning="help.yes")


def _day(language: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _wrong("help.not_a_date", language, text) from None


def _amount(language: str, text: str) -> Decimal:
    amount = written_number(text)
    if amount is None:
        raise _wrong("help.not_an_amount", language, text)
    return amount


def _count(language: str, text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise _wrong("help.not_a_number_of_jobs", language, text)
    return int(text)


def _wrong(kind: str, language: str, text: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(render(Message(kind, text=text), language))
