"""Write docs/workbook.md from the workbook contract in the code, so that the two never differ."""

from __future__ import annotations

import sys
from pathlib import Path

from xlrebal.tables.report import RESULTS
from xlrebal.tables.schema import INPUTS, Table
from xlrebal.tables.settings import SETTINGS_BY_NAME

PAGE = Path(__file__).resolve().parent.parent / "docs" / "workbook.md"

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
    """Write the page, or with ``--check`` fail when it is out of date."""
    text = page()
    if "--check" in sys.argv[1:]:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == text else "docs/workbook.md is out of date")
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
