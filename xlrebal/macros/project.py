"""A VBA project from the text of its modules, without compiled code: Excel compiles it when it opens the workbook.

Source: [MS-OVBA] 2.3. Module names are ASCII and at most 31 characters; text is code page 1252 with CRLF.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from xlrebal.macros.compound import Tree, write_compound
from xlrebal.macros.compression import compress

if TYPE_CHECKING:
    from collections.abc import Sequence

_CODE_PAGE = "cp1252"
_LONGEST_NAME = 31
_NO_CACHE = bytes.fromhex("CC61FFFF000000")
_NAME = "VBAProject"
_OFFICE = "*\\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#MSO.DLL#Microsoft Office 16.0 Object Library"
_OLE = "*\\G{00020430-0000-0000-C000-000000000046}#2.0#0#stdole2.tlb#OLE Automation"
_LIBRARIES = (("stdole", _OLE), ("Office", _OFFICE))


class Kind(StrEnum):
    """What a module belongs to."""

    WORKBOOK = "workbook"
    SHEET = "sheet"
    STANDARD = "standard"
    CLASS = "class"


_BASES = {
    Kind.WORKBOOK: "0{00020819-0000-0000-C000-000000000046}",
    Kind.SHEET: "0{00020820-0000-0000-C000-000000000046}",
    Kind.CLASS: "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}",
}


@dataclass(frozen=True)
class Module:
    """One module: its name, what it belongs to, and its code."""

    name: str
    kind: Kind
    code: str = ""

    def source(self) -> str:
        """Return its text as the project stores it: attributes first, CRLF."""
        lines = self.code.splitlines()
        if self.kind is Kind.CLASS and "END" in lines[:6]:
            lines = lines[lines.index("END") + 1 :]
        lines = [line for line in lines if not line.startswith("Attribute VB_")]
        head = [f'Attribute VB_Name = "{self.name}"', *self._attributes()]
        return "\r\n".join([*head, *lines]) + "\r\n"

    def _attributes(self) -> list[str]:
        if self.kind is Kind.STANDARD:
            return []
        document = self.kind is not Kind.CLASS
        flags = {
            "GlobalNameSpace": False,
            "Creatable": False,
            "PredeclaredId": document,
            "Exposed": True,
            "TemplateDerived": False,
            "Customizable": document,
        }
        base = f'Attribute VB_Base = "{_BASES[self.kind]}"'
        return [base, *(f"Attribute VB_{name} = {value}" for name, value in flags.items())]


def build_project(modules: Sequence[Module]) -> bytes:
    """Return the ``vbaProject.bin`` of some modules. Raises ValueError for a name or a text that VBA cannot hold."""
    _check(modules)
    streams = {m.name: compress(m.source().encode(_CODE_PAGE)) for m in modules}
    vba: Tree = {**streams, "dir": compress(_directory(modules)), "_VBA_PROJECT": _NO_CACHE}
    text = "\r\n".join(_project_lines(modules)) + "\r\n"
    names = b"".join(m.name.encode(_CODE_PAGE) + b"\0" + m.name.encode("utf-16-le") + b"\0\0" for m in modules)
    return write_compound({"VBA": vba, "PROJECT": text.encode(_CODE_PAGE), "PROJECTwm": names + b"\0\0"})


def _check(modules: Sequence[Module]) -> None:
    names = [module.name.casefold() for module in modules]
    for module in modules:
        good = module.name.isascii() and module.name.isidentifier() and not module.name.startswith("_")
        if not good or len(module.name) > _LONGEST_NAME or names.count(module.name.casefold()) > 1:
            raise ValueError(f"{module.name} cannot be the name of a module")


def _record(number: int, body: bytes = b"") -> bytes:
    return struct.pack("<HI", number, len(body)) + body


def _both(narrow: int, wide: int, text: str) -> bytes:
    """A text in the code page, and again in UTF-16."""
    return _record(narrow, text.encode(_CODE_PAGE)) + _record(wide, text.encode("utf-16-le"))


def _directory(modules: Sequence[Module]) -> bytes:
    english, long_zero = struct.pack("<I", 0x409), bytes(4)
    parts = [
        _record(0x01, struct.pack("<I", 3)),  # 64-bit Windows
        _record(0x02, english),
        _record(0x14, english),
        _record(0x03, struct.pack("<H", 1252)),
        _record(0x04, _NAME.encode(_CODE_PAGE)),
        _both(0x05, 0x40, ""),
        _both(0x06, 0x3D, ""),
        _record(0x07, long_zero),
        _record(0x08, long_zero),
        struct.pack("<HIIH", 0x09, 4, 1, 0),  # the version record has a layout of its own
        _both(0x0C, 0x3C, ""),
        *(_library(name, path) for name, path in _LIBRARIES),
        _record(0x0F, struct.pack("<H", len(modules))),
        _record(0x13, b"\xff\xff"),
        *(_module(module) for module in modules),
        _record(0x10),
    ]
    return b"".join(parts)


def _library(name: str, path: str) -> bytes:
    text = path.encode(_CODE_PAGE)
    return _both(0x16, 0x3E, name) + _record(0x0D, struct.pack("<I", len(text)) + text + bytes(6))


def _module(module: Module) -> bytes:
    names = _both(0x19, 0x47, module.name) + _both(0x1A, 0x32, module.name) + _both(0x1C, 0x48, "")
    no_cache = _record(0x31, bytes(4))
    kind = _record(0x21 if module.kind is Kind.STANDARD else 0x22)
    return names + no_cache + _record(0x1E, bytes(4)) + _record(0x2C, b"\xff\xff") + kind + _record(0x2B)


def _project_lines(modules: Sequence[Module]) -> list[str]:
    ident = "{" + str(uuid.uuid5(uuid.NAMESPACE_DNS, "xlrebal")).upper() + "}"
    kinds = {Kind.STANDARD: "Module={}", Kind.CLASS: "Class={}"}
    return [
        f'ID="{ident}"',
        *(kinds.get(m.kind, "Document={}/&H00000000").format(m.name) for m in modules),
        f'Name="{_NAME}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{_veil(ident, bytes(4))}"',
        f'DPB="{_veil(ident, bytes(1))}"',
        f'GC="{_veil(ident, bytes([0xFF]))}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{m.name}=0, 0, 0, 0, C" for m in modules),
    ]


def _veil(ident: str, data: bytes) -> str:
    """The obscured form of the protection fields, here: no protection, no password, visible. [MS-OVBA] 2.4.3."""
    seed, version = 0x5A, 2
    key = sum(ident.encode(_CODE_PAGE)) & 0xFF
    out = [seed, seed ^ version, seed ^ key]
    before_last, last, plain = out[1], out[2], key
    for byte in [*[0] * ((seed & 6) // 2), *struct.pack("<I", len(data)), *data]:
        coded = byte ^ ((before_last + plain) & 0xFF)
        out.append(coded)
        before_last, last, plain = last, coded, byte
    return bytes(out).hex().upper()
