"""The arguments of every command."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from xlrebal import __version__
from xlrebal.domain.quantities import written_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

STATUS = """\
exit status: 0 done (check: nothing due), 10 check says a rebalance is due, 2 wrong usage,
3 the workbook or the rules are wrong, 4 the file cannot be read or written, 1 a defect of ours.
The workbook is untouched on any status but 0."""

_EXAMPLES = {
    "new": "example: xlrebal new family.xlsx",
    "update": """\
examples:
  xlrebal update family.xlsx                     drift, orders, tax losses and summary into the workbook
  xlrebal update family.xlsx --dry-run           show them, write nothing
  xlrebal update family.xlsx --cash 1000000      new cash to invest (negative: a withdrawal)
  xlrebal update family.xlsx --now               plan a rebalance although none is due
  xlrebal update clients/*.xlsx --json --jobs 2  many workbooks, for a program to read""",
    "excel": "example: xlrebal excel install family.xlsm",
    "doctor": "example: xlrebal doctor family.xlsm",
    "open": "example: xlrebal open family.xlsx",
    "help": "example: xlrebal help workbook",
    "completion": "example: xlrebal completion bash > ~/.local/share/bash-completion/completions/xlrebal",
    "import": """\
examples:
  xlrebal import family.xlsx balance.csv --account Main
  xlrebal import family.xlsx other.csv --account Main --suggest columns.yaml""",
    "prices": """\
examples:
  xlrebal prices family.xlsx --csv prices.csv
  xlrebal prices family.xlsx --source yahoo      needs: pip install "xlrebal[yahoo]\"""",
    "share": "example: xlrebal share family.xlsx for-my-sister.xlsx",
    "review": """\
examples:
  xlrebal review family.xlsx                     every quarter so far
  xlrebal review family.xlsx --quarter 2026Q3    up to that one""",
    "simulate": """\
examples:
  xlrebal simulate family.xlsx --prices prices.csv --dry-run
  xlrebal simulate family.xlsx --prices prices.csv     writes the sheets Simulation and Simulation paths""",
    "rules": """\
examples:
  xlrebal rules export family.xlsx rules.yaml    comments of a file that is there stay
  xlrebal rules diff family.xlsx rules.yaml
  xlrebal rules import family.xlsx rules.yaml    only cells that differ change""",
    "clear": "example: xlrebal clear family.xlsx",
    "record": """\
examples:
  xlrebal record family.xlsx                     orders whose Status is executed, as of today
  xlrebal record family.xlsx --date 2026-04-01 --note 'spring rebalance'
  xlrebal record family.xlsx --json              also prints the log of all rebalances""",
    "check": """\
examples:
  xlrebal check family.xlsx || echo 'a rebalance is due'
  XLREBAL_NOTIFY='tgram://TOKEN/CHAT' xlrebal check family.xlsx --notify""",
}


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line. Exits with status 2 when it is wrong."""
    return make_parser().parse_args(arguments)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser = argparse.ArgumentParser(
        prog="xlrebal",
        description="Keep a family's portfolio at its target weights, inside its own Excel workbook.",
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"xlrebal {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_new(commands)
    _add_update(commands)
    _add_check(commands)
    _add_clear(commands)
    _add_record(commands)
    _add_rules(commands)
    _add_review(commands)
    _add_simulate(commands)
    _add_import(commands)
    _add_prices(commands)
    _add_share(commands)
    _add_helpers(commands)
    _add_excel(commands)
    _add_doctor(commands)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=f"{_EXAMPLES[name]}\n\n{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--quiet", action="store_true", help="print errors only")
    command.add_argument("--verbose", action="store_true", help="print details, and where a defect lies")
    return command


def _add_new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = _command(commands, "new", "make a new workbook from a template")
    new.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="the workbook to make: .xlsx, or .xlsm with buttons"
    )
    new.add_argument("--template", default="core-satellite", metavar="NAME", help="template (default: core-satellite)")
    new.add_argument("--lang", default="en", choices=("ko", "en"), help="language of the sheets (default: en)")
    new.add_argument("--list", action="store_true", help="list the templates")


def _add_update(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    update = _command(commands, "update", "work out drift and orders and write them into the workbook")
    update.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="workbooks (default: the only one in this folder)"
    )
    _add_as_of(update)
    update.add_argument("--now", action="store_true", help="plan a rebalance although none is due")
    update.add_argument("--cash", type=_amount, metavar="AMOUNT", help="new cash; negative takes cash out")
    update.add_argument("--rules", type=Path, metavar="FILE.yaml", help="take targets and rules from this file")
    update.add_argument("--reason", default="", metavar="TEXT", help="why the rules changed, for the log of changes")
    update.add_argument("--override", default="", metavar="TEXT", help="why orders of changed rules need not wait")
    update.add_argument("--output", type=Path, metavar="FILE", help="write a changed copy here; FILE stays as it is")
    update.add_argument("--dry-run", action="store_true", help="show the result, write nothing")
    update.add_argument("--json", action="store_true", help="print JSON (schema xlrebal/1)")
    update.add_argument("--jobs", type=_count, default=1, metavar="N", help="workbooks at the same time (default: 1)")


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = _command(commands, "check", "say whether a rebalance is due; writes nothing")
    check.add_argument("files", nargs="?", type=Path, metavar="FILE", help="the workbook (default: as for update)")
    _add_as_of(check)
    check.add_argument("--json", action="store_true", help="print JSON (schema xlrebal/1)")
    check.add_argument(
        "--notify", nargs="*", metavar="URL", help="tell these addresses when something is due; none: XLREBAL_NOTIFY"
    )
    check.add_argument("--notify-always", action="store_true", help="tell them when nothing is due as well")


def _add_clear(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    clear = _command(commands, "clear", "empty the result tables; the records of values and of rule changes stay")
    clear.add_argument("file", type=Path, metavar="FILE", help="the workbook")


def _add_record(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    record = _command(commands, "record", "put executed orders into Trades and roll holdings, lots and cash forward")
    record.add_argument("file", type=Path, metavar="FILE", help="the workbook, its orders marked as executed")
    record.add_argument("--date", type=_day, metavar="DATE", help="day of the trades (default: today)")
    record.add_argument("--note", default="", metavar="TEXT", help="remark for the record")
    record.add_argument("--json", action="store_true", help="print the recorded trades and the whole log as JSON")


def _add_rules(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    rules = _command(commands, "rules", "keep targets and settings in a YAML file")
    rules.add_argument("task", choices=("export", "import", "diff"), help="write the file, take it over, or compare")
    rules.add_argument("file", type=Path, metavar="FILE", help="the workbook")
    rules.add_argument("rules", type=Path, metavar="RULES.yaml", help="the rules file")


def _add_review(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    review = _command(commands, "review", "write what each quarter came to: rebalances, costs, drift, return")
    review.add_argument("file", type=Path, metavar="FILE", help="the workbook")
    review.add_argument("--quarter", metavar="2026Q3", help="the last quarter (default: this one)")


def _add_simulate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    simulate = _command(commands, "simulate", "compare never, calendar, threshold and hybrid on a history of prices")
    simulate.add_argument("file", type=Path, metavar="FILE", help="the workbook with targets, costs and tax")
    simulate.add_argument("--prices", type=Path, required=True, metavar="PRICES.csv", help="dates and a column a code")
    simulate.add_argument("--dry-run", action="store_true", help="show the result, write nothing")


def _add_import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    taking = _command(commands, "import", "take holdings and cash of an account from a broker's export")
    taking.add_argument("file", type=Path, metavar="FILE", help="the workbook")
    taking.add_argument("export", type=Path, metavar="EXPORT", help="CSV (UTF-8 or CP949) or XLSX of the broker")
    taking.add_argument("--account", metavar="NAME", help="account of the workbook that the export is of")
    taking.add_argument("--broker", default="", metavar="NAME", help="how to read it (default: found out)")
    taking.add_argument("--mapping", type=Path, metavar="FILE.yaml", help="what the columns hold, for other brokers")
    taking.add_argument("--suggest", type=Path, metavar="FILE.yaml", help="write such a file to fill in, and stop")
    taking.add_argument("--add", action="store_true", help="put unknown assets into Targets, with target 0 and locked")
    taking.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")
    taking.add_argument("--yes", action="store_true", help="do not ask before writing")


def _add_prices(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    prices = _command(commands, "prices", "take prices and exchange rates from a source")
    prices.add_argument("file", type=Path, metavar="FILE", help="the workbook")
    prices.add_argument("--csv", type=Path, metavar="PRICES.csv", help="a file with Code, Price and Date")
    prices.add_argument("--source", default="csv", metavar="NAME", help="csv or yahoo (default: csv)")
    prices.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")
    prices.add_argument("--yes", action="store_true", help="do not ask before writing")


def _add_helpers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    opening = _command(commands, "open", "open a workbook in the program that this computer has for it")
    opening.add_argument("files", nargs="?", type=Path, metavar="FILE", help="the workbook (default: as for update)")
    reading = _command(commands, "help", "read a page of the documentation")
    reading.add_argument("topic", nargs="?", metavar="TOPIC", help="which page (without: the list of pages)")
    completing = _command(commands, "completion", "print what makes the shell complete commands and options")
    completing.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell")


def _add_share(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    share = _command(commands, "share", "write a copy without private figures: targets, rules and design only")
    share.add_argument("file", type=Path, metavar="FILE", help="the workbook")
    share.add_argument("output", type=Path, metavar="OUT", help="the copy; it must not exist yet")


def _add_excel(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    excel = _command(commands, "excel", "bind the buttons of a macro workbook to this Python")
    excel.add_argument("task", choices=("install",), help="write this Python's path into the workbook")
    excel.add_argument("file", type=Path, metavar="FILE", help="the workbook (.xlsm)")


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    doctor = _command(commands, "doctor", "say what the Excel buttons still need, and how to mend it")
    doctor.add_argument("file", nargs="?", type=Path, metavar="FILE", help="also look into this workbook")


def _add_as_of(command: argparse.ArgumentParser) -> None:
    command.add_argument("--as-of", type=_day, metavar="DATE", help="plan as of this day (default: today)")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a date; write it as 2026-03-04') from None


def _amount(text: str) -> Decimal:
    amount = written_number(text)
    if amount is None:
        raise argparse.ArgumentTypeError(f'"{text}" is not an amount; write it as 1000000')
    return amount


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of jobs')
    return int(text)
