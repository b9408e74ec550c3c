"""Write docs/workbook.md and docs/commands.md from the code, so that they never differ from it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from xlrebal.cli.arguments import STATUS, make_parser
from xlrebal.tables.results import RESULTS
from xlrebal.tables.schema import INPUTS, Table
from xlrebal.tables.settings import SETTINGS_BY_NAME

DOCS = Path(__file__).resolve().parent.parent / "docs"

_INTRODUCTION = """\
# Sheets, columns and settings

This page is made from the code (`scripts/build_docs.py`).

An input is an Excel table of the given name, or else the sheet of that name, from its first row that holds at least two
of the headers. Headers match in English or Korean, in any order, whatever their case. Other columns, sheets and cells are
yours: they are neither read nor changed. Blank rows are skipped. A formula counts with the value it last had. `35%` and
`0.35` are the same weight. Codes are text: `069500` keeps its zero.

Only Holdings and Targets are required. **Bold** columns are required in their table.
"""


def page() -> str:
    """Return the page as Markdown."""
    parts = [_INTRODUCTION, "## Inputs\n"]
    parts += [_inputs(table) for table in INPUTS]
    parts += ["## Settings\n", _settings(), "## Results\n", _results()]
    return "\n".join(parts)


def commands() -> str:
    """Return the page of the commands: what each says about itself with --help."""
    # The same width everywhere, whatever the terminal.
    os.environ["COLUMNS"] = "110"
    parser = make_parser()
    parts = ["# Every command\n", "This page is made from the code (`scripts/build_docs.py`).\n"]
    parts += [f"## xlrebal\n\n```\n{parser.format_help()}```\n"]
    for action in parser._subparsers._group_actions:  # type: ignore[union-attr]  # argparse has no other way to them
        for name, command in action.choices.items():  # type: ignore[union-attr]  # as above
            text = command.format_help().replace(f"\n{STATUS}\n", "").rstrip()
            parts.append(f"## {name}\n\n```\n{text}\n```\n")
    return "\n".join(parts)


def _inputs(table: Table) -> str:
    rows = [f"### {table.name} [{table.korean}]\n", "| column | Korean | holds |", "|---|---|---|"]
    for field in table.fields:
        name = f"**{field.header}**" if field.required else field.header
        rows.append(f"| {name} | {field.korean} | {field.kind} |")
    return "\n".join(rows) + "\n"


def _settings() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    rows += [f"| `{s.name}` | {s.default} | {s.meaning} |" for s in SETTINGS_BY_NAME.values()]
    return "\n".join(rows) + "\n"


def _results() -> str:
    lines = ["Each is an Excel table, made when missing and replaced in place when there.\n"]
    for name, columns in RESULTS.items():
        lines.append(f"- `{name}`: {', '.join(column.header for column in columns)}")
    lines.append("\nThe table `History` stands on the sheet `Value history`; Excel keeps the name History for itself.")
    lines.append("Slippage holds the spread of a currency change as well.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the pages, or with ``--check`` fail when one is out of date."""
    for name, text in (("workbook.md", page()), ("commands.md", commands())):
        path = DOCS / name
        if "--check" in sys.argv[1:] and (not path.exists() or path.read_text(encoding="utf-8") != text):
            sys.exit(f"docs/{name} is out of date")
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
