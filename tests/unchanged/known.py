"""The results that are known: a short hash of each part of each run, in ``known.json``."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unchanged.runs import KINDS, run

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("known.json")

Hashes = dict[str, dict[str, str]]
"""Hash of each part, by seed (as text, as JSON has it)."""


def hashes(kind: str, folder: Path) -> Hashes:
    """Run every family of a kind."""
    return {
        str(seed): {part: hash_of(value) for part, value in run(kind, seed, folder).items()}
        for seed in range(KINDS[kind][1])
    }


def hash_of(value: Any) -> str:
    """Return the hash of plain data, whatever the order of its keys."""
    return hashlib.sha256(written(value).encode()).hexdigest()[:10]


def written(value: Any) -> str:
    """Return plain data as text to compare."""
    return json.dumps(value, default=str, ensure_ascii=False, sort_keys=True, indent=1)


def known() -> Mapping[str, Hashes]:
    """Return the hashes that are kept, by kind."""
    found: dict[str, Hashes] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
