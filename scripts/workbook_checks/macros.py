"""The document modules that a macro project lists."""

from __future__ import annotations

import io
import re

import olefile

_DOCUMENT = re.compile(r"^Document=([^/\r\n]+)/", re.MULTILINE)


def document_modules(project: bytes) -> list[str] | None:
    """Return the names of the modules behind the workbook and its sheets, None when the project cannot be read."""
    try:
        with olefile.OleFileIO(io.BytesIO(project)) as file:
            text = file.openstream("PROJECT").read()
    except OSError:
        return None
    for codec in ("utf-8", "cp949", "cp1252"):
        try:
            return _DOCUMENT.findall(text.decode(codec))
        except UnicodeDecodeError:
            continue
    return None
