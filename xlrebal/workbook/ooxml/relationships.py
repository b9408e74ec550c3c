"""Relationships between parts, and the list of content types."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from lxml import etree

from xlrebal.workbook.ooxml.names import CONTENT_TYPES_NS, PACKAGE_RELATIONSHIPS, RELATIONSHIPS_TYPE
from xlrebal.workbook.ooxml.package import CONTENT_TYPES, normal, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlrebal.workbook.ooxml.package import Package


# The stubs do not know that None stands for the default namespace.
_NSMAP: dict[str, str] = {None: PACKAGE_RELATIONSHIPS}  # type: ignore[dict-item]


class Relationships:
    """The relationships of one part; the empty name is the package itself."""

    def __init__(self, package: Package, part: str) -> None:
        self._package, self._part = package, part
        folder, name = posixpath.split(part)
        self._file = posixpath.join(folder, "_rels", f"{name}.rels") if part else "_rels/.rels"
        if package.has(self._file):
            self._root = package.xml(self._file)
        else:
            self._root = etree.Element(f"{{{PACKAGE_RELATIONSHIPS}}}Relationships", nsmap=_NSMAP)

    def __iter__(self) -> Iterator[etree._Element]:
        return (element for element in self._root if isinstance(element.tag, str))

    def of_type(self, ending: str) -> list[str]:
        """Return the parts of the relationships whose type ends so, such as ``/table``."""
        return [self._target(r) for r in self if r.get("Type", "").endswith(ending) and self._is_inside(r)]

    def target(self, ident: str) -> str | None:
        """Return the part of a relationship id."""
        return next((self._target(r) for r in self if r.get("Id") == ident), None)

    def _target(self, relationship: etree._Element) -> str:
        return resolve(self._part, relationship.get("Target", ""))

    def _is_inside(self, relationship: etree._Element) -> bool:
        return relationship.get("TargetMode") != "External"

    def add(self, kind: str, part: str) -> str:
        """Add a relationship to a part and return its id."""
        if not self._package.has(self._file):
            _declare_relationships(self._package)
        used = {r.get("Id") for r in self}
        ident = next(f"rId{n}" for n in range(1, len(used) + 2) if f"rId{n}" not in used)
        element = etree.SubElement(self._root, f"{{{PACKAGE_RELATIONSHIPS}}}Relationship")
        element.set("Id", ident)
        element.set("Type", kind)
        element.set("Target", posixpath.relpath("/" + part, "/" + posixpath.dirname(self._part)))
        self._package.put(self._file, self._root)
        return ident

    def remove(self, part: str) -> None:
        """Remove the relationships to a part."""
        for relationship in list(self):
            if normal(self._target(relationship)) == normal(part):
                self._root.remove(relationship)
        self._package.put(self._file, self._root)


def set_content_type(package: Package, part: str, content_type: str) -> None:
    """Give a part an override of its own: some producers make a whole suffix mean something else."""
    root = package.xml(CONTENT_TYPES)
    element = etree.SubElement(root, f"{{{CONTENT_TYPES_NS}}}Override")
    element.set("PartName", "/" + part)
    element.set("ContentType", content_type)
    package.put(CONTENT_TYPES, root)


def _declare_relationships(package: Package) -> None:
    """Declare the content type of ``.rels``: some producers list each of theirs, so that a new one has no type."""
    root = package.xml(CONTENT_TYPES)
    known = {element.get("Extension", "").lower() for element in root if isinstance(element.tag, str)}
    if "rels" not in known:
        kind = etree.Element(f"{{{CONTENT_TYPES_NS}}}Default", Extension="rels", ContentType=RELATIONSHIPS_TYPE)
        root.insert(0, kind)
        package.put(CONTENT_TYPES, root)


def drop_content_type(package: Package, part: str) -> None:
    """Remove a part's override."""
    root = package.xml(CONTENT_TYPES)
    for element in list(root):
        if normal(element.get("PartName", "")) == normal(part):
            root.remove(element)
    package.put(CONTENT_TYPES, root)


def free_name(package: Package, pattern: str) -> str:
    """Return the first part name of a pattern such as ``xl/tables/table{}.xml`` that is not taken."""
    number = 1
    while package.has(pattern.format(number)):
        number += 1
    return pattern.format(number)
