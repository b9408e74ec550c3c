"""Colours and cell formats of the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

NAVY, BLUE, TEAL, GREY, PALE, INPUT, WARN = "#1F3864", "#2F6DB5", "#3A9E93", "#5C6573", "#EEF2F8", "#FFF9DB", "#C0392B"
LINE = "#D9D9D9"
# Light enough that a figure can be read on them and across their edge; outside its bar it runs into the assets' names.
OVER, UNDER = "#A5D5CF", "#F2B9B1"
# Quiet beside the colours of the other series; its outline is what stands out from the paper.
TARGET = {"fill": {"color": "#B8C4D6"}, "border": {"color": GREY, "width": 0.75}}

_BASE: dict[str, Any] = {"font_name": "Calibri", "font_size": 11, "valign": "vcenter"}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 18, "font_color": NAVY},
    "hint": {"font_color": GREY, "italic": True},
    "text": {"text_wrap": True, "valign": "top"},
    "step": {"bold": True, "font_color": BLUE, "font_size": 14, "align": "center", "valign": "top"},
    "heading": {"bold": True, "font_size": 13, "font_color": NAVY},
    "header": {"bold": True, "font_color": "#FFFFFF", "bg_color": NAVY, "align": "center", "text_wrap": True,
               "bottom": 1, "bottom_color": LINE},
    "label": {"font_color": GREY, "bg_color": PALE, "font_size": 10, "indent": 1},
    "figure": {"bold": True, "font_color": NAVY, "bg_color": PALE, "font_size": 14, "indent": 1, "align": "left"},
    "note": {"font_color": GREY, "bottom": 1, "bottom_color": LINE, "text_wrap": True},
    "name": {"bottom": 1, "bottom_color": LINE},
    "warn": {"font_color": WARN, "bold": True},
    "outcome": {"font_color": NAVY, "text_wrap": True, "indent": 1},
}  # fmt: skip
_INPUT: dict[str, Any] = {"bg_color": INPUT, "font_color": "#1A4F8B", "bottom": 1, "bottom_color": LINE}
_SIDES = {"number": "right", "money": "right", "weight": "right", "rate": "right", "date": "center"}
# Each shows every digit that a person types; SHORTER shows whole figures without the point.
_NUMBERS = {"text": "@", "code": "@", "number": "General", "money": "#,##0.00####", "weight": "0.00##%",
            "rate": "0.000##%", "date": "yyyy-mm-dd", "yes or no": "@", "plain": "General"}  # fmt: skip
SHORTER = {
    "number": ("#,##0", "{cell}=INT({cell})"),
    "money": ("#,##0", "{cell}=INT({cell})"),
    "weight": ("0%", "ABS({cell}*100-ROUND({cell}*100,0))<0.0000001"),
}
"""By kind of input: the format of whole figures, and when it holds."""


class Look:
    """Formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}

    def __call__(self, name: str, number_format: str = "") -> Format:
        """Return a format of the list above, with a number format if one is given."""
        key = f"{name}/{number_format}"
        if key not in self._made:
            shown = {"num_format": number_format} if number_format else {}
            self._made[key] = self._book.add_format({**_BASE, **_STYLES[name], **shown})
        return self._made[key]

    def only(self, **differences: Any) -> Format:
        """Return a format of these differences alone, for a conditional format."""
        key = repr(differences)
        if key not in self._made:
            self._made[key] = self._book.add_format(differences)
        return self._made[key]

    def input(self, kind: str, *, left: bool = False) -> Format:
        """Return the format of an input cell of a kind: yellow, with the kind's number format."""
        key = f"{kind}/{left}"
        if key not in self._made:
            side = "left" if left else _SIDES.get(kind, "left")
            # A cell in the middle has no indent.
            place = {"align": side} if side == "center" else {"align": side, "indent": 1}
            self._made[key] = self._book.add_format({**_BASE, **_INPUT, **place, "num_format": _NUMBERS[kind]})
        return self._made[key]
