"""The sheet 来源: from which file, and from which cell of it, each figure of each unit was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache

from nianbao.checks import text_of
from nianbao.consolidation import Consolidation
from nianbao.excel.county.lists import finish_list, start_list
from nianbao.excel.county.names import LIST_FIRST, SOURCE_HEADS, SOURCES
from nianbao.excel.paper import Paper, Value
from nianbao.figures import Key, Place
from nianbao.form import Form
from nianbao.layout import layout_of
from nianbao.returns import Return

_PLAIN = "其余数据：单元格如“明细”表“报表中的单元格”一行所示，原文就是数字"


class Sources:
    """The sheet 来源 of one consolidation.

    A unit has one row for its file, which holds for every figure that was read as it stood from the cell that the form
    has for it, and a row for each figure that was read otherwise. ``first_rows`` gives the former by the unit's number.
    """

    def __init__(self, result: Consolidation, units: Sequence[Return]) -> None:
        self._title = result.title
        self._rows: list[tuple[Value, ...]] = []
        self.first_rows: list[int] = []
        for one in units:
            self.first_rows.append(LIST_FIRST + len(self._rows))
            whose = (one.unit_code or "", one.unit_name or "", one.file, one.sha256 or "")
            self._rows += [(*whose, None, _PLAIN), *((*whose, *cells) for cells in _exceptions(result.form, one))]

    def write(self, paper: Paper) -> None:
        """Write the sheet."""
        widths = [8.0, 24.0, 30.0, 24.0, 22.0, 40.0, 9.0, 9.0, 16.0, 12.0]
        sheet = start_list(paper, SOURCES, f"{self._title}各单位数据的来源", SOURCE_HEADS, widths, self._title)
        for row, cells in enumerate(self._rows, LIST_FIRST):
            for column, value in enumerate(cells):
                paper.put(sheet, Place(SOURCES, row, column), value, "cell")
            sheet.set_row(row, 34)
        finish_list(sheet, LIST_FIRST + len(self._rows) - 1, SOURCE_HEADS)


def _exceptions(form: Form, one: Return) -> Iterator[tuple[str, ...]]:
    submission = one.submission
    if submission is None:
        return
    values, origins = submission.values, submission.origins
    declared: dict[str, int] = {}
    for key, home in _homes(form):
        value, origin = values.get(key), origins.get(key)
        if value is None:
            continue
        if origin is None:
            declared[home.sheet] = declared.get(home.sheet, 0) + 1
            continue
        in_place = origin.place is home or (origin.place.row, origin.place.column) == (home.row, home.column)
        if in_place and (origin.raw == str(value) or _is_number(origin.raw, value)):
            continue
        entry = form.entries[key]
        labels = " / ".join([*entry.line.labels[-2:], entry.column.labels[-1]])
        yield (str(key), labels, origin.place.sheet, origin.place.cell, origin.raw, text_of(value) or "")
    for sheet, count in declared.items():
        yield ("", f"封面声明本年度没有，{count} 个空白按 0 计", sheet, "", "（空白）", "0")


@cache
def _homes(form: Form) -> tuple[tuple[Key, Place], ...]:
    """Every figure that units fill in, and where the form has it."""
    slots = layout_of(form).slots
    return tuple((key, slots[key].place) for key, entry in form.entries.items() if entry.filled_in)


def _is_number(raw: str, value: Decimal | int) -> bool:
    try:
        return Decimal(raw) == value
    except InvalidOperation:
        return False
