"""Namespaces, relationship types and content types of the format, transitional and strict."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from xlrebal.domain.message import Message
from xlrebal.errors import FileError

PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES_NS = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONSHIPS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
TABLE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@dataclass(frozen=True)
class Dialect:
    """The namespaces a workbook uses.

    Attributes:
        main: Namespace of workbook, sheets, tables and styles.
        relations: Namespace of relationship ids and types.

    """

    main: str
    relations: str

    def tag(self, name: str) -> str:
        """Return an element name in the main namespace."""
        return f"{{{self.main}}}{name}"

    @property
    def nsmap(self) -> dict[str, str]:
        """The prefixes of a new part."""
        # The stubs do not know that None stands for the default namespace.
        return {None: self.main, "r": self.relations}  # type: ignore[dict-item]

    @property
    def id(self) -> str:
        """The attribute that holds a relationship id."""
        return f"{{{self.relations}}}id"

    @property
    def is_strict(self) -> bool:
        """True for the strict variant of the format."""
        return self.main == _STRICT_MAIN


def dialect_of(workbook: etree._Element) -> Dialect:
    """Return the dialect of a workbook part. Raises ``FileError`` for one that is not known."""
    namespace = etree.QName(workbook).namespace
    if namespace == _MAIN:
        return Dialect(_MAIN, _RELATIONS)
    if namespace == _STRICT_MAIN:
        return Dialect(_STRICT_MAIN, _STRICT_RELATIONS)
    raise FileError(Message("file.other_main_part"))


def place_before(parent: etree._Element, child: etree._Element, followers: tuple[str, ...]) -> None:
    """Insert a child before the first of its followers in the order of the schema, or at the end."""
    for element in parent:
        if isinstance(element.tag, str) and etree.QName(element).localname in followers:
            element.addprevious(child)
            return
    parent.append(child)


def signature(element: etree._Element) -> tuple[object, ...]:
    """Return what makes two elements equal: name, attributes, text and children, not prefixes or indents."""
    children = tuple(signature(child) for child in element if isinstance(child.tag, str))
    attributes = tuple(sorted((str(k), str(v)) for k, v in element.attrib.items()))
    text = element.text or ""
    return element.tag, attributes, text.strip() if children else text, children
