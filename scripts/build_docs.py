"""Write docs/workbook.md, docs/commands.md, docs/commands.ko.md and docs/json.md from the code: they never differ."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import schema_page

from xlrebal.cli.arguments import make_parser
from xlrebal.language import ENGLISH, KOREAN
from xlrebal.tables.contract.logs import RULE_CHANGES
from xlrebal.tables.contract.results import PLAN_TABLES
from xlrebal.tables.contract.schema import INPUTS, Table
from xlrebal.tables.contract.settings import SETTINGS_BY_NAME

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

_COMMANDS = {
    ENGLISH: """\
# Every command

[한국어](commands.ko.md)

This page is made from the code (`scripts/build_docs.py`).
""",
    KOREAN: """\
# 모든 명령

[English](commands.md)

이 문서는 코드에서 만듭니다(`scripts/build_docs.py`).
""",
}


def page() -> str:
    """Return the page as Markdown."""
    parts = [_INTRODUCTION, "## Inputs\n"]
    parts += [_inputs(table) for table in INPUTS]
    parts += ["## Settings\n", _settings(), "## Results\n", _results()]
    return "\n".join(parts)


def commands(language: str) -> str:
    """Return the page of the commands: what each says about itself with --help."""
    # The same width everywhere, whatever the terminal.
    os.environ["COLUMNS"] = "110"
    parser = make_parser(language)
    parts = [_COMMANDS[language], f"## xlrebal\n\n```\n{parser.format_help()}```\n"]
    for action in parser._subparsers._group_actions:  # type: ignore[union-attr]  # argparse has no other way to them
        for name, command in action.choices.items():  # type: ignore[union-attr]  # as above
            parts.append(f"## {name}\n\n```\n{command.format_help(statuses=False)}```\n")
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
    tables = (*PLAN_TABLES[:-1], RULE_CHANGES, PLAN_TABLES[-1])
    lines += [f"- `{one.name}`: {', '.join(column.header.english for column in one.columns)}" for one in tables]
    lines.append("\nThe table `History` stands on the sheet `Value history`; Excel keeps the name History for itself.")
    lines.append("Slippage holds the spread of a currency change as well.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the pages, or with ``--check`` fail when one is out of date."""
    pages = {
        "workbook.md": page(),
        "commands.md": commands(ENGLISH),
        "commands.ko.md": commands(KOREAN),
        "json.md": schema_page.page(),
    }
    for name, text in pages.items():
        path = DOCS / name
        if "--check" in sys.argv[1:] and (not path.exists() or path.read_text(encoding="utf-8") != text):
            sys.exit(f"docs/{name} is out of date")
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
