"""The published JSON Schemas as tests hold them: a field that they do not name is refused."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

import xlrebal


def strict(schema: Any) -> Any:
    """Return a schema in which every object has the fields it names and no others."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(part) for key, part in schema.items()}
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what checks an output against the strict variant of a published schema; days must be days."""
    schema = strict(xlrebal.published_schema(name))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(name: str, data: Any) -> list[str]:
    """Return what a schema has against an output; the part of a choice that comes nearest is named."""
    found = []
    for error in validator(name).iter_errors(data):
        while error.context:
            error = max(error.context, key=lambda one: len(one.absolute_path))
        found.append(f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    return found
