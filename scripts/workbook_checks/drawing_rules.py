"""Rules for charts, anchors and the buttons on sheets."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from workbook_checks.formulas import sheets_in
from workbook_checks.reading import Fault, Workbook, integer

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHAPE_ID = re.compile(rb"<v:shape\b[^>]*?\b(?:o:spid|id)=[\"']_x0000_s(\d+)[\"']")

# Charts in three dimensions without a third axis.
_NO_AXIS = "0"


def chart_references(book: Workbook) -> Iterator[Fault]:
    """Charts draw cells of sheets that are there."""
    known = {sheet.name.casefold() for sheet in book.sheets}
    for part in _charts(book):
        for element in book.root(part).iter("{*}f"):
            for name in sheets_in(element.text or ""):
                if name.casefold() not in known:
                    yield Fault("chart_references", part, f"draws the sheet {name}, which is not there")


def chart_axes(book: Workbook) -> Iterator[Fault]:
    """Every axis that a group of series uses is there once."""
    for part in _charts(book):
        for plot in book.root(part).iter("{*}plotArea"):
            there = Counter(e.get("val", "0") for axis in plot for e in axis.findall("{*}axId") if _is_axis(axis))
            used = {e.get("val", "0") for group in plot for e in group.findall("{*}axId") if not _is_axis(group)}
            for ident in sorted(used - there.keys() - {_NO_AXIS}):
                yield Fault("chart_axes", part, f"uses the axis {ident}, which is not there")
            for ident, count in there.items():
                if count > 1:
                    yield Fault("chart_axes", part, f"has the axis {ident} {count} times")


def _is_axis(element: object) -> bool:
    return str(getattr(element, "tag", "")).endswith(("}catAx", "}valAx", "}dateAx", "}serAx"))


def chart_points(book: Workbook) -> Iterator[Fault]:
    """The remembered points of a chart are among as many as it states."""
    for part in _charts(book):
        for cache in book.root(part).iter("{*}numCache", "{*}strCache", "{*}lvl"):
            stated = cache.find("{*}ptCount")
            points = [integer(point.get("idx")) for point in cache.iterfind("{*}pt")]
            most = integer(stated.get("val")) if stated is not None else None
            if len(set(points)) != len(points) or (most is not None and any(p < 0 or p >= most for p in points)):
                yield Fault("chart_points", part, f"remembers points beyond {most}, or one twice")


def anchors(book: Workbook) -> Iterator[Fault]:
    """A drawing ends below and right of where it begins."""
    for part in _drawings(book):
        for anchor in book.root(part).iterfind("{*}twoCellAnchor"):
            corners = [[integer(anchor.findtext(f"{{*}}{end}/{{*}}{name}")) for name in ("row", "col")]
                       for end in ("from", "to")]  # fmt: skip
            (top, left), (bottom, right) = corners
            if min(top, left) < 0 or bottom < top or right < left:
                yield Fault("anchors", part, f"a drawing runs from {corners[0]} to {corners[1]}")


def shape_ids(book: Workbook) -> Iterator[Fault]:
    """The shapes of old-style drawings, which buttons and comments are, have ids of their own."""
    for sheet in book.worksheets:
        for part in book.targets(sheet.part, "vmlDrawing"):
            found = _SHAPE_ID.findall(book.content(part))
            for ident, count in Counter(found).items():
                if count > 1:
                    yield Fault("shape_ids", part, f"{count} shapes have the id {ident.decode()}")


def control_shapes(book: Workbook) -> Iterator[Fault]:
    """Every control of a sheet has its shape in the old-style drawing."""
    for sheet in book.worksheets:
        shapes = b"".join(book.content(part) for part in book.targets(sheet.part, "vmlDrawing"))
        idents = {int(found) for found in re.findall(rb"_s(\d+)[\"']", shapes)}
        for control in book.root(sheet.part).iter("{*}control"):
            if integer(control.get("shapeId")) not in idents:
                yield Fault("control_shapes", sheet.part, f"the control {control.get('name')} has no shape")


def _drawings(book: Workbook) -> list[str]:
    return [part for sheet in book.sheets for part in book.targets(sheet.part, "drawing")]


def _charts(book: Workbook) -> list[str]:
    return [part for drawing in _drawings(book) for part in book.targets(drawing, "chart")]


RULES = (
    chart_references,
    chart_axes,
    chart_points,
    anchors,
    shape_ids,
    control_shapes,
)
