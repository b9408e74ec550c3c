"""What Excel repairs, refuses or loses in a workbook and a schema cannot say: rules, one function each.

``RULES`` is the table of all rules. A rule is wrong when it finds a fault in a workbook that Excel opens as it is.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from typing import TYPE_CHECKING

from workbook_checks import (
    book_rules,
    cell_rules,
    drawing_rules,
    package_rules,
    sheet_rules,
    style_rules,
    table_rules,
)
from workbook_checks.reading import Fault, Workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NUMBER = re.compile(r"\d+")

RULES = (
    *package_rules.RULES,
    *book_rules.RULES,
    *cell_rules.RULES,
    *sheet_rules.RULES,
    *table_rules.RULES,
    *style_rules.RULES,
    *drawing_rules.RULES,
)


def check(path: Path) -> list[Fault]:
    """Return the faults of a workbook by every rule, in the order of the rules."""
    try:
        book = Workbook(path)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        return [Fault("package", path.name, f"is no package ({error})")]
    return [fault for rule in RULES for fault in rule(book)]


def added(before: Sequence[Fault], after: Sequence[Fault]) -> list[Fault]:
    """Return the faults that a workbook has more of than the one it was made from.

    A fault is known by its rule, part and text without numbers: where it stands may have moved.
    """
    allowed = Counter(map(_kind, before))
    more = []
    for fault in after:
        key = _kind(fault)
        if allowed[key] > 0:
            allowed[key] -= 1
        else:
            more.append(fault)
    return more


def _kind(fault: Fault) -> tuple[str, str, str]:
    return fault.rule, _NUMBER.sub("0", fault.part.lower()), _NUMBER.sub("0", fault.text)
