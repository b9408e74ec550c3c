"""docs/json.md from the published schemas: every field with its type and what it means."""

from __future__ import annotations

from typing import Any

import xlrebal

_INTRODUCTION = """\
# JSON, field by field

This page is made from the JSON Schemas in `xlrebal/schemas/` (`scripts/build_docs.py`). They are part of the package:
`xlrebal.published_schema("xlrebal/1")` returns one. Tests hold what the commands print against them.
"""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([_INTRODUCTION, *(_schema(name) for name in ("xlrebal/1", "xlrebal-log/1"))])


def _schema(name: str) -> str:
    schema = xlrebal.published_schema(name)
    parts = [f"## {name}\n", schema["description"] + "\n"]
    parts += [_object(title, shape) for title, shape in schema["$defs"].items() if "properties" in shape]
    return "\n".join(parts)


def _object(title: str, shape: dict[str, Any]) -> str:
    rows = [f"### {title}\n", shape["description"] + "\n", "| field | type | meaning |", "|---|---|---|"]
    for field, schema in shape["properties"].items():
        meaning = "Name of this schema." if "const" in schema else _meaning(schema)
        optional = "" if field in shape["required"] else ", may be missing"
        rows.append(f"| `{field}` | {_type(schema)}{optional} | {meaning} |")
    return "\n".join(rows) + "\n"


def _type(schema: dict[str, Any]) -> str:
    """Return a type in words, such as "number or null" or "list of order"."""
    if "const" in schema:
        return f"`{schema['const']}`"
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    names = ["day" if kind == "string" and schema.get("format") == "date" else kind for kind in types]
    return " or ".join(names)


def _meaning(schema: dict[str, Any]) -> str:
    choices = [f"`{choice}`" for choice in schema.get("enum", ()) if choice is not None]
    return schema.get("description", "See below.") + (f" One of {', '.join(choices)}." if choices else "")
