"""Files that are refused: not a workbook, open elsewhere, not writable, encrypted, or dangerous to unpack."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from xlrebal.domain.message import Message
from xlrebal.errors import FileError

if TYPE_CHECKING:
    import zipfile
    from pathlib import Path

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")

# Real workbooks unpack to far less; only a bomb goes beyond.
_LARGEST_TOTAL = 8 * 2**30
_LARGEST_PACKAGE = 4 * 2**30 - 2**20
_BOMB_RATIO = 200
_BOMB_SIZE = 100 * 2**20


def check_path(path: Path) -> None:
    """Refuse a path that is no file, or a workbook that another program has open."""
    if path.is_dir():
        raise FileError(Message("file.is_folder"))
    if not path.exists():
        raise FileError(Message("file.missing"))
    check_not_open(path)


def check_not_open(path: Path) -> None:
    """Refuse a workbook for which Excel or LibreOffice has left its lock file beside it."""
    name = path.name
    # Excel drops the first two letters of long names.
    excel = (f"~${name}", f"~${name[2:]}")
    if any((path.parent / lock).exists() for lock in excel if len(lock) > len("~$.xlsx")):
        raise FileError(Message("file.open_in_excel"))
    if (path.parent / f".~lock.{name}#").exists():
        raise FileError(Message("file.open_in_libreoffice"))


def check_writable(path: Path) -> None:
    """Refuse a file that is marked read-only, or a folder in which nothing can be written."""
    if path.exists() and not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise FileError(Message("file.read_only"))
    if path.exists() and not os.access(path, os.W_OK):
        raise FileError(Message("file.no_permission"))
    if not path.parent.is_dir():
        raise FileError(Message("file.no_folder", folder=str(path.parent)))
    if not os.access(path.parent, os.W_OK):
        raise FileError(Message("file.folder_read_only", folder=str(path.parent)))


def check_magic(file: BinaryIO, path: Path) -> None:
    """Refuse what is not a zip package: encrypted workbooks, the old .xls format, other files."""
    head = file.read(8)
    if head == _OLE_MAGIC:
        file.seek(0)
        if _ENCRYPTED_STREAM in file.read(2**22):
            raise FileError(Message("file.encrypted"))
        raise FileError(Message("file.old_xls"))
    if not head.startswith(b"PK"):
        raise FileError(Message("file.not_a_workbook" if head else "file.empty"))
    if path.stat().st_size > _LARGEST_PACKAGE:
        raise FileError(Message("file.too_large"))


def check_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse encrypted zip entries and zip bombs."""
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileError(Message("file.encrypted_entries"))
    if sum(entry.file_size for entry in entries) > _LARGEST_TOTAL or any(map(_is_bomb, entries)):
        raise FileError(Message("file.zip_bomb"))


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > _BOMB_SIZE and entry.file_size > _BOMB_RATIO * max(entry.compress_size, 1)
