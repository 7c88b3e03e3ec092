"""How the workbooks look: fonts, colours, column widths and row heights that show every label whole."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Any

from nianbao.form import Table
from nianbao.layout import Label

# Fonts of official documents. The family and the character set tell Windows and WPS what to take where one is missing.
_SONG: Mapping[str, Any] = {"font_name": "宋体", "font_family": 1, "font_charset": 134}
_HEI: Mapping[str, Any] = {"font_name": "黑体", "font_family": 3, "font_charset": 134}
_FANG: Mapping[str, Any] = {"font_name": "仿宋", "font_family": 3, "font_charset": 134}
_TITLE: Mapping[str, Any] = {"font_name": "方正小标宋简体", "font_family": 1, "font_charset": 134}

FONT_SIZE = 10.5
LINE_HEIGHT = 14.5
LEAST_HEIGHT = 22.0
_CENTRED: Mapping[str, Any] = {"align": "center", "valign": "vcenter", "text_wrap": True}
_LEFT: Mapping[str, Any] = {"align": "left", "valign": "vcenter", "text_wrap": True}
_BODY: Mapping[str, Any] = {**_SONG, "font_size": FONT_SIZE}
_HEAD: Mapping[str, Any] = {**_HEI, "font_size": FONT_SIZE}
_TABLE: Mapping[str, Any] = {**_FANG, "font_size": FONT_SIZE}
_GREY = "#F2F2F2"

STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": {**_TITLE, **_CENTRED, "font_size": 16},
    "subtitle": {**_BODY, **_CENTRED},
    "status": {**_HEAD, **_CENTRED, "font_size": 12, "border": 1, "bg_color": _GREY},
    "unit": {**_BODY, **_LEFT},
    "notice": {**_BODY, "align": "right", "valign": "vcenter", "font_color": "#7F7F7F"},
    "head": {**_HEAD, **_CENTRED, "border": 1},
    "line": {**_TABLE, **_LEFT, "border": 1},
    "section": {**_HEAD, **_LEFT, "indent": 1, "border": 1, "bg_color": _GREY},
    "note": {**_BODY, **_LEFT, "indent": 1, "font_size": 9, "font_color": "#595959", "border": 1},
    "gap": {**_HEAD, "align": "left", "valign": "vcenter", "font_size": 9, "font_color": "#9C0006"},
    "gap head": {**_HEAD, "align": "right", "valign": "vcenter", "font_size": 9, "font_color": "#9C0006"},
    "remark note": {**_BODY, "align": "left", "valign": "vcenter", "font_size": 9, "font_color": "#595959"},
    "carried": {**_TABLE, **_CENTRED, "border": 1, "bg_color": _GREY},
    "number": {**_BODY, **_LEFT, "indent": 1, "border": 1, "locked": False},
    "side": {**_TABLE, **_CENTRED, "border": 1},
    "corner": {**_TABLE, **_CENTRED, "border": 1},
    "centred": {**_BODY, **_CENTRED, "border": 1},
    "entry": {**_TABLE, **_CENTRED, "border": 1, "locked": False},
    "untyped": {**_TABLE, **_CENTRED, "border": 1, "locked": False, "hidden": True},
    "figure": {**_TABLE, **_CENTRED, "border": 1},
    "total": {**_TABLE, **_CENTRED, "border": 1, "bg_color": _GREY, "bold": True},
    "field": {**_BODY, **_LEFT, "indent": 1, "border": 1, "locked": False, "num_format": "@"},
    "given": {**_BODY, **_LEFT, "indent": 1, "border": 1, "bg_color": _GREY, "num_format": "@"},
    "cell": {**_BODY, **_LEFT, "indent": 1, "border": 1},
    "link": {**_BODY, "align": "center", "valign": "vcenter", "border": 1, "font_color": "#0563C1", "underline": 1},
    "signature": {**_BODY, **_LEFT},
    "bad": {"bg_color": "#FFC7CE", "font_color": "#9C0006", "bold": True},
    "odd": {"bg_color": "#FFE0B2", "font_color": "#7F4A00"},
    "good": {"font_color": "#006100"},
    "blank": {"bg_color": "#FFF9C4"},
    "optional": {"bg_color": "#E8F1FB"},
    "declared": {"bg_color": "#E7E6E6", "font_color": "#767171"},
    "zero": {"font_color": "#BFBFBF"},
    "sheet title": {**_TITLE, "font_size": 16, "valign": "vcenter"},
    "remark": {**_BODY, "valign": "vcenter"},
    "remark line": {**_BODY, **_LEFT},
    "headline": {**_HEAD, **_CENTRED, "font_size": 16, "border": 1},
    "small head": {**_HEI, **_CENTRED, "font_size": 9, "border": 1},
    "key": {**_BODY, **_CENTRED, "font_size": 7, "font_color": "#7F7F7F", "border": 1},
}


def column_widths(table: Table, width: int) -> list[float]:
    """Widths, in characters, of the printed columns of a table."""
    if table.arrangement == "blocks":
        return [28.0] + [60.0 / (width - 1)] * (width - 1)
    if table.arrangement == "row":
        return [8.5] * width
    figures = len(table.blocks[0].columns)
    side = width - figures
    return [[30.0], [14.0, 30.0], [5.0, 13.0, 33.0]][side - 1] + [9.5] * figures


def text_width(text: str) -> int:
    """Width in half-width characters: a Chinese one counts two."""
    return len(text) if text.isascii() else sum(map(_width_of, text))


@lru_cache(maxsize=4096)
def _width_of(sign: str) -> int:
    return 2 if unicodedata.east_asian_width(sign) in "WFA" else 1


def height_of(text: str, width: float) -> float:
    """Height in points that shows ``text`` whole, wrapped into a cell of ``width`` characters."""
    usable = max(width - 1.5, 2)
    lines = sum(max(1, math.ceil(text_width(part) / usable)) for part in text.split("\n"))
    return lines * LINE_HEIGHT + 6


def row_heights(labels: list[Label], widths: list[float], figure_rows: Set[int]) -> dict[int, float]:
    """Row heights of one sheet that show every one of its labels and figures whole; rows by number from 0."""
    heights = dict.fromkeys(figure_rows, LEAST_HEIGHT)
    for label in sorted(labels, key=lambda one: one.last_row - one.row):
        need = height_of(label.text, sum(widths[label.column : label.last_column + 1]))
        rows = range(label.row, label.last_row + 1)
        lacking = need - sum(heights.get(row, LEAST_HEIGHT) for row in rows)
        for row in rows:
            heights[row] = heights.get(row, LEAST_HEIGHT) + max(0.0, lacking / len(rows))
    heights[0] = max(heights[0], 34.0)
    return heights
