"""Text files as brokers and price services write them: UTF-8, or CP949 from Korea."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlrebal.domain.message import Message
from xlrebal.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

_ENCODINGS = ("utf-8-sig", "cp949")


def read_text(path: Path) -> str:
    """Return the text of a file. Raises ``FileError`` when it cannot be read or is no text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(Message("import.cannot_be_read", file=str(path), reason=error.strerror or "")) from error
    if content[:4] == b"PK\x03\x04" or b"\0" in content[:2000]:
        raise FileError(Message("import.no_csv", file=str(path)))
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileError(Message("import.no_text", file=str(path)))
