"""A zip package in which some parts are replaced and all others copied as raw bytes."""

from __future__ import annotations

import contextlib
import os
import posixpath
import struct
import tempfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, one_line, system_reason
from xlrebal.workbook.ooxml import guards

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPES = "[Content_Types].xml"

_UTF8_NAME = 0x800
_DEFLATED = 8
_ZIP_LIMIT = 0xFFFFFFFF
# A part that is edited is held in memory whole.
_LARGEST_EDIT = 512 * 2**20
_HEAD = 4096
_PIECE = 2**20
_TEMPORARY = ".tmp"
_LEFT_OVER_AFTER = 3600
# Records of a zip file. Source: PKWARE APPNOTE.TXT, by section.
# 4.3.7, local file header: signature, version needed, flags, method, time, date; CRC, packed size, size; length of the
# name, length of the extra field.
_LOCAL = struct.Struct("<4s5H3L2H")
_NAME_LENGTH, _EXTRA_LENGTH = 9, 10
# 4.3.12, central directory header: signature, version and system made by, version needed, flags, method, time, date;
# CRC, packed size, size; lengths of name, extra field and comment, disk, internal attributes; external attributes,
# offset of the local header.
_CENTRAL = struct.Struct("<4sBBHHHHHLLLHHHHHLL")
# 4.3.16, end of the central directory: signature, this disk, disk of the directory, entries on this disk, entries;
# size and offset of the directory; length of the comment.
_END = struct.Struct("<4s4H2LH")
_VERSION_NEEDED = 20


def normal(name: str) -> str:
    """Return a part name as names are compared: forward slashes, no leading one, no case."""
    return name.replace("\\", "/").lstrip("/").lower()


def resolve(base: str, target: str) -> str:
    """Return the part that a relationship's target means, seen from the part ``base``."""
    target = unquote(target).replace("\\", "/")
    joined = target if target.startswith("/") else posixpath.join(posixpath.dirname(base), target)
    return posixpath.normpath(joined).lstrip("/")


class Package:
    """An open workbook file: parts are read from it, replacements are kept until ``save``."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))
        guards.check_path(self.path)
        self.stamp = _stamp(self.path)
        self.changed: dict[str, bytes] = {}
        self.dropped: set[str] = set()
        # Names of new parts as they are to be written, by compared name.
        self._added: dict[str, str] = {}
        self._file = self._open()
        try:
            guards.check_magic(self._file, self.path)
            self._zip = zipfile.ZipFile(self._file)
            self._entries = self._zip.infolist()
            guards.check_entries(self._entries)
            self._index = self._make_index()
            self._check_doctypes()
        except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OSError, NotImplementedError) as error:
            self.close()
            raise FileError(Message("file.damaged", reason=one_line(error))) from error
        except FileError:
            self.close()
            raise

    def _open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise FileError(Message("file.not_opened", reason=system_reason(error))) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _make_index(self) -> dict[str, zipfile.ZipInfo]:
        index: dict[str, zipfile.ZipInfo] = {}
        for entry in self._entries:
            key = normal(entry.filename)
            if key in index:
                raise FileError(Message("file.part_twice", part=entry.filename))
            index[key] = entry
        if normal(CONTENT_TYPES) not in index:
            raise FileError(Message("file.opendocument" if "mimetype" in index else "file.not_an_office_file"))
        return index

    def _check_doctypes(self) -> None:
        """No part of a workbook has a document type; one that has may be an entity bomb."""
        for key, entry in self._index.items():
            if key.endswith((".xml", ".rels", ".vml")):
                with self._zip.open(entry) as part:
                    if b"<!DOCTYPE" in part.read(_HEAD).replace(b"\0", b""):
                        raise FileError(Message("file.unsafe_doctype", part=entry.filename))

    def has(self, part: str) -> bool:
        """Return whether the part exists."""
        key = normal(part)
        return key in self.changed or (key in self._index and key not in self.dropped)

    def names(self) -> list[str]:
        """Return the names of the parts in the file."""
        return [entry.filename for entry in self._entries]

    def read(self, part: str) -> bytes:
        """Return the bytes of a part, replaced or not. Raises ``FileError`` when it is missing or damaged."""
        key = normal(part)
        if key in self.changed:
            return self.changed[key]
        entry = self._index.get(key)
        if entry is None:
            raise FileError(Message("file.part_missing", part=part))
        if entry.file_size > _LARGEST_EDIT:
            raise FileError(Message("file.part_too_large", part=part))
        with self._damaged(part):
            return self._zip.read(entry)

    @contextlib.contextmanager
    def stream(self, part: str) -> Iterator[BinaryIO]:
        """Open a part for reading piece by piece."""
        with self._damaged(part), self._zip.open(self._index[normal(part)]) as stream:
            yield stream  # type: ignore[misc]  # a ZipExtFile reads as a binary file does

    def holds(self, part: str, *marks: bytes) -> bool:
        """Return whether a part of the file, before any change, has one of some short byte strings."""
        if normal(part) not in self._index:
            return False
        longest = max(map(len, marks))
        with self.stream(part) as stream:
            tail = b""
            while piece := stream.read(_PIECE):
                if any(mark in tail + piece for mark in marks):
                    return True
                tail = piece[-longest:]
        return False

    @contextlib.contextmanager
    def _damaged(self, part: str) -> Iterator[None]:
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise FileError(Message("file.part_not_read", part=part, reason=one_line(error))) from error
        except etree.XMLSyntaxError as error:
            raise FileError(Message("file.part_not_xml", part=part, reason=one_line(error))) from error

    def xml(self, part: str) -> etree._Element:
        """Return the root of an XML part."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        with self._damaged(part):
            root = etree.fromstring(self.read(part), parser)
        if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs lack it
            raise FileError(Message("file.unsafe_doctype", part=part))
        return root

    def put(self, part: str, root: etree._Element) -> None:
        """Replace or add an XML part."""
        tree = root.getroottree()
        self.put_bytes(part, etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True))

    def put_bytes(self, part: str, content: bytes) -> None:
        """Replace or add a part."""
        key = normal(part)
        self.changed[key] = content
        if key not in self._index:
            self._added.setdefault(key, part)

    def drop(self, part: str) -> None:
        """Leave a part out."""
        self.dropped.add(normal(part))

    def save(self, output: Path) -> None:
        """Write the package to a file in one step: the old content or the new one, never a mixture.

        Raises ``FileError``, with nothing written, when the source has changed since it was opened or the
        folder takes no file.
        """
        try:
            self._save(Path(os.path.realpath(output)))
        except OSError as error:
            raise FileError(Message("file.not_written", reason=system_reason(error))) from error

    def _save(self, output: Path) -> None:
        guards.check_not_open(output)
        guards.check_writable(output)
        prefix = f".xlrebal-{output.name}-"
        _remove_left_over(output.parent, prefix)
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=_TEMPORARY, dir=output.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                self._emit(file)
                file.flush()
                os.fsync(file.fileno())
            self._verify(temporary)
            _copy_mode(output if output.exists() else self.path, temporary)
            if _stamp(self.path) != self.stamp:
                raise FileError(Message("file.changed_meanwhile"))
            self.close()
            temporary.replace(output)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(output.parent)

    def _emit(self, file: BinaryIO) -> None:
        central: list[bytes] = []
        for entry in self._entries:
            key = normal(entry.filename)
            if key in self.dropped:
                continue
            name = entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8_NAME else "cp437")
            if key in self.changed:
                central.append(_write_new(file, entry, name, self.changed[key]))
            else:
                central.append(self._copy_raw(file, entry, name))
        for key, part in self._added.items():
            entry = zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0
            central.append(_write_new(file, entry, part.encode("ascii"), self.changed[key]))
        start = file.tell()
        file.write(b"".join(central))
        comment, count, size = self._zip.comment, len(central), file.tell() - start
        if start + size > _ZIP_LIMIT:
            raise FileError(Message("file.result_too_large"))
        file.write(_END.pack(b"PK\5\6", 0, 0, count, count, size, start, len(comment)) + comment)

    def _copy_raw(self, file: BinaryIO, entry: zipfile.ZipInfo, name: bytes) -> bytes:
        """Copy the compressed bytes; sizes go into the local header, so no data descriptor is needed."""
        self._file.seek(entry.header_offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
            raise FileError(Message("file.entry_header_missing"))
        fields = _LOCAL.unpack(header)
        self._file.seek(entry.header_offset + _LOCAL.size + fields[_NAME_LENGTH] + fields[_EXTRA_LENGTH])
        record = _write_headers(file, entry, name, entry.compress_type, entry.CRC, entry.compress_size, entry.file_size)
        left = entry.compress_size
        while left:
            block = self._file.read(min(left, 2**20))
            if not block:
                raise FileError(Message("file.cut_off"))
            file.write(block)
            left -= len(block)
        return record

    def _verify(self, temporary: Path) -> None:
        """Read the new file back: untouched entries have their old checksums, ours are valid XML."""
        with zipfile.ZipFile(temporary) as written:
            entries = {normal(entry.filename): entry for entry in written.infolist()}
            for key, old in self._index.items():
                if key in self.dropped or key in self.changed:
                    continue
                if (entries[key].CRC, entries[key].file_size) != (old.CRC, old.file_size):
                    raise FileError(Message("file.part_written_wrong", part=old.filename))
            for key, content in self.changed.items():
                if key not in self.dropped and written.read(entries[key]) != content:
                    raise FileError(Message("file.part_written_wrong", part=key))


def _write_new(file: BinaryIO, entry: zipfile.ZipInfo, name: bytes, content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = packer.compress(content) + packer.flush()
    record = _write_headers(file, entry, name, _DEFLATED, zlib.crc32(content), len(data), len(content))
    file.write(data)
    return record


def _write_headers(
    file: BinaryIO, entry: zipfile.ZipInfo, name: bytes, method: int, crc: int, packed: int, size: int
) -> bytes:
    """Write an entry's local header and return its record for the central directory."""
    offset = file.tell()
    if max(offset, packed, size) >= _ZIP_LIMIT:
        raise FileError(Message("file.result_too_large"))
    year, month, day, hour, minute, second = entry.date_time
    date, time = (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2
    flags = entry.flag_bits & _UTF8_NAME
    file.write(
        _LOCAL.pack(b"PK\3\4", _VERSION_NEEDED, flags, method, time, date, crc, packed, size, len(name), 0) + name
    )
    return (
        _CENTRAL.pack(
            b"PK\1\2", _VERSION_NEEDED, entry.create_system, _VERSION_NEEDED, flags, method, time, date,
            crc, packed, size, len(name), 0, 0, 0, entry.internal_attr, entry.external_attr, offset,
        )
        + name
    )  # fmt: skip


def _remove_left_over(folder: Path, prefix: str) -> None:
    """Remove our own half-written files of this workbook that a killed run has left, none of a run at work."""
    for path in folder.iterdir():
        if path.name.startswith(prefix) and path.name.endswith(_TEMPORARY):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFT_OVER_AFTER:
                    path.unlink()


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _copy_mode(source: Path, target: Path) -> None:
    found = source.stat()
    target.chmod(found.st_mode & 0o7777)
    if hasattr(os, "chown"):
        # Only root may give files away; for others the owner is right already.
        with contextlib.suppress(OSError):
            os.chown(target, found.st_uid, found.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system lets a folder be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
