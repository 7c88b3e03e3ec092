"""A workbook being written: locked structure, protected A4 sheets, cell styles by name, text that stays text."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from nianbao.excel.look import STYLES
from nianbao.figures import Place, column_name
from nianbao.rules import Number

Value = int | Decimal | str | None
MAX_TEXT = 32_767
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def safe_text(text: str) -> str:
    """The text without what no workbook can hold: control characters, lone surrogates, more than 32,767 characters."""
    return _CONTROL.sub("\ufffd", text)[:MAX_TEXT]


class _LockedWorkbook(xlsxwriter.Workbook):
    """A workbook whose sheets cannot be added, removed or renamed, which XlsxWriter has no option for."""

    def _write_workbook_pr(self) -> None:
        super()._write_workbook_pr()
        self._xml_empty_tag("workbookProtection", [("lockStructure", 1)])


class _Row(NamedTuple):
    """Figures side by side in one row, all of one style."""

    figures: Sequence[int | str | None]
    style: Format


class _Sheet(Worksheet):
    """A sheet that is written faster: a row of figures is one thing, and formulas are taken as they are."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002, FBT - XlsxWriter's
        # XlsxWriter looks into every formula for functions that are newer than Excel 2010; ours have none
        return formula.removeprefix("=")

    def _write_cell(self, row: int, col: int, cell: object) -> None:
        if not isinstance(cell, _Row):
            super()._write_cell(row, col, cell)
            return
        style, number = cell.style._get_xf_index(), row + 1  # type: ignore[no-untyped-call]  # XlsxWriter's own
        cells = [
            f'<c r="{letters}{number}" s="{style}"/>' if figure is None
            else f'<c r="{letters}{number}" s="{style}"><v>{figure}</v></c>'
            for letters, figure in zip(_columns(col, len(cell.figures)), cell.figures, strict=True)
        ]  # fmt: skip
        self.fh.write("".join(cells))  # type: ignore[attr-defined]  # XlsxWriter opens it before it writes


def _as_stored(figure: Number | None) -> int | str | None:
    return f"{float(figure):.16G}" if isinstance(figure, Decimal) else figure


@lru_cache(maxsize=8)
def _columns(first: int, count: int) -> Sequence[str]:
    return [column_name(column) for column in range(first, first + count)]


class Paper:
    """One workbook in memory; the same calls give the same bytes."""

    def __init__(self, title: str, properties: Mapping[str, str]) -> None:
        self._buffer = io.BytesIO()
        self.book = _LockedWorkbook(
            self._buffer,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        # a fixed date of creation: the same inputs give the same parts
        self.book.set_properties({"title": title, "created": dt.datetime(2021, 9, 26)})  # noqa: DTZ001 - no zone in xlsx
        for name, value in properties.items():
            self.book.set_custom_property(name, value, "text")
        self._formats: dict[tuple[str, ...], Format] = {}

    def style(self, *names: str) -> Format:
        """The cell format of one or more styles, later ones on top."""
        if names not in self._formats:
            merged: dict[str, Any] = {}
            for name in names:
                merged |= STYLES[name]
            self._formats[names] = self.book.add_format(merged)
        return self._formats[names]

    def sheet(self, name: str, widths: list[float], *, landscape: bool = False, footer: str = "") -> Worksheet:
        """A protected sheet that prints on one A4 page in width."""
        sheet: Worksheet = self.book.add_worksheet(name, _Sheet)
        for number, width in enumerate(widths):
            sheet.set_column(number, number, width)
        sheet.protect("", {"select_locked_cells": True, "select_unlocked_cells": True})
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        # the code for the current page is written with a space, so that digits in a name are not taken for a font size
        sheet.set_footer("&L" + footer.replace("&", "&&") + "&R第 &P 页，共 &N 页")
        return sheet

    def put(
        self,
        sheet: Worksheet,
        place: Place,
        value: Value,
        style: str | tuple[str, ...],
        last_column: int | None = None,
    ) -> None:
        """Write a value, or a formula that begins with ``=`` only if put by ``calculate``; merged up to a column."""
        form = self.style(style) if isinstance(style, str) else self.style(*style)
        if last_column is not None and last_column > place.column:
            sheet.merge_range(place.row, place.column, place.row, last_column, "", form)
        if value is None:
            sheet.write_blank(place.row, place.column, None, form)
        elif isinstance(value, str):
            sheet.write_string(place.row, place.column, safe_text(value), form)
        else:
            sheet.write_number(place.row, place.column, float(value), form)  # 15 digits are exact both ways

    def calculate(
        self, sheet: Worksheet, place: Place, formula: str, result: Value, style: str, last_column: int | None = None
    ) -> None:
        """Write a formula (without ``=``) with its result, so that a reader that does not calculate sees it too."""
        form = self.style(style)
        if last_column is not None and last_column > place.column:
            sheet.merge_range(place.row, place.column, place.row, last_column, "", form)
        sheet.write_formula(place.row, place.column, f"={formula}", form, "" if result is None else result)

    def figures(self, sheet: Worksheet, place: Place, figures: Sequence[Number | None], style: str) -> None:
        """Write figures side by side from ``place`` on; for the rows of which a county has a thousand."""
        *some, last = figures
        form = self.style(style)
        sheet.table[place.row][place.column] = _Row([_as_stored(figure) for figure in some], form)
        # the last one is a cell of its own, which tells the sheet how far it goes
        self.put(sheet, Place(place.sheet, place.row, place.column + len(some)), last, style)

    def link(self, sheet: Worksheet, place: Place, target: Place, text: str) -> None:
        """Write a link to another cell of the workbook."""
        sheet.write_url(place.row, place.column, f"internal:'{target.sheet}'!{target.cell}", self.style("link"), text)

    def finish(self) -> bytes:
        """The workbook's bytes."""
        self.book.close()
        return self._buffer.getvalue()


def absolute(place: Place, home: str | None = None) -> str:
    """The address of a cell in formulas; with its sheet unless that is ``home``: ``表三!$D$6``."""
    cell = f"${column_name(place.column)}${place.row + 1}"
    return cell if place.sheet == home else f"{place.sheet}!{cell}"
