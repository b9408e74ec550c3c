"""Compare two workbooks part by part and cell by cell, without any library that may lose something."""

from __future__ import annotations

import posixpath
import zipfile
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from pathlib import Path

# Parts that must change when a sheet is added: lists of sheets, of parts and of formats.
LISTS = ("[content_types].xml", "docprops/app.xml", "styles.xml", "workbook.xml", "workbook.xml.rels", "calcchain.xml")


def key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {key(info.filename): package.read(info) for info in package.infolist()}


def raw_entries(path: Path) -> dict[str, bytes]:
    """The compressed bytes of every entry."""
    found = {}
    with zipfile.ZipFile(path) as package, path.open("rb") as file:
        for info in package.infolist():
            file.seek(info.header_offset + 26)
            lengths = file.read(4)
            skip = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            file.seek(info.header_offset + 30 + skip)
            found[key(info.filename)] = file.read(info.compress_size)
    return found


def lost_or_changed(before: Path, after: Path) -> list[str]:
    """Names of old parts that are not byte for byte the same, the lists above left out."""
    old, new = raw_entries(before), raw_entries(after)
    return [
        name
        for name, content in old.items()
        if new.get(name) != content and not name.endswith(LISTS) and posixpath.basename(name) not in LISTS
    ]


def _tree(element: Any) -> tuple[Any, ...]:
    children = tuple(_tree(child) for child in element if isinstance(child.tag, str))
    return element.tag, tuple(sorted(element.attrib.items())), element.text or "", children


def _members(parts_: dict[str, bytes], name: str, group: str) -> list[Any]:
    styles = next((content for part, content in parts_.items() if part.endswith("styles.xml")), None)
    if styles is None:
        return []
    root = etree.fromstring(styles)
    found = root.find(f"{{*}}{group}")
    return [] if found is None else [_tree(e) for e in found if isinstance(e.tag, str)]


def changed_lists(before: Path, after: Path) -> list[str]:
    """What was lost from the lists: old formats keep index and content, old sheets and names stay in place."""
    old, new = parts(before), parts(after)
    problems = []
    for group in ("fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "numFmts"):
        was = _members(old, "styles", group)
        if _members(new, "styles", group)[: len(was)] != was:
            problems.append(f"styles: {group}")
    for name, content in old.items():
        if name.endswith(("/workbook.xml", "[content_types].xml", "workbook.xml.rels")):
            lost = set(_flat(content)) - set(_flat(new[name]))
            problems += [f"{name}: {item}" for item in lost if "calc" not in str(item).lower()]
    return problems


def _flat(content: bytes) -> list[Any]:
    root = etree.fromstring(content)
    return [(e.tag, tuple(sorted(e.attrib.items())), e.text or "") for e in root.iter() if isinstance(e.tag, str)]
