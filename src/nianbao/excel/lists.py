"""Plain lists as workbooks: the roster to fill in, what was distributed, whom to chase."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

from nianbao.excel.look import STYLES, text_width
from nianbao.excel.paper import safe_text
from nianbao.excel.roster import HEADINGS
from nianbao.roster import KINDS, Unit

_ROSTER_WIDTHS = (8, 28, 18, 22, 9, 10, 16, 26, 10, 14)
_ROSTER_ROWS = 300
_GUIDE = (
    ("代码", "必填。每个单位一个，用来编号和认文件，例如 001、002；全年不要改。"),
    ("单位名称", "必填。写规范全称，报表封面上印的就是它。"),
    ("简称", "选填。例如“人社局”；几个简称用“、”隔开。收回的文件按全称、简称、曾用名认领。"),
    ("曾用名", "选填。机构改革以前的名称；几个用“、”隔开。"),
    ("类别", f"选填。{'、'.join(KINDS)}。"),
    ("联系人、电话、邮箱", "选填。用于催报名单和邮件草稿。"),
    ("计入汇总", "选填。是或否；空白等于“是”，垂管单位空白时按 nianbao.toml 里的设置。"),
    ("盖章件", "选填，由县里填写。纸质盖章件已经收到的，在这里记一笔；收到扫描件的会自动打勾，不用填。"),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to be written: its heading, its columns with their widths, its rows."""

    title: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: Sequence[Sequence[str]]


def _book() -> tuple[xlsxwriter.Workbook, io.BytesIO]:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    # a fixed date of creation: the same list gives the same bytes
    book.set_properties({"created": dt.datetime(2021, 9, 26)})  # noqa: DTZ001 - no zone in xlsx
    return book, buffer


def write_list(listing: Listing) -> bytes:
    """The list as a workbook that prints on A4 and filters by column; the bytes of an xlsx."""
    book, buffer = _book()
    sheet = book.add_worksheet(listing.title[:31])
    title = book.add_format({**STYLES["sheet title"]})
    head, cell = book.add_format({**STYLES["head"]}), book.add_format({**STYLES["cell"], "num_format": "@"})
    sheet.write_string(0, 0, safe_text(listing.title), title)
    sheet.set_row(0, 30)
    sheet.set_row(1, 22)
    for column, (text, width) in enumerate(zip(listing.heads, listing.widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, text, head)
    for row, texts in enumerate(listing.rows, 2):
        lines = 1
        for column, text in enumerate(texts):
            sheet.write_string(row, column, safe_text(text), cell)
            room = max(listing.widths[column] - 1, 1)
            lines = max(lines, sum(max(1, -(-text_width(part) // room)) for part in text.split("\n")))
        sheet.set_row(row, 6 + 14.5 * min(lines, 20))
    sheet.autofilter(1, 0, max(len(listing.rows) + 1, 2), len(listing.heads) - 1)
    sheet.freeze_panes(2, 0)
    sheet.repeat_rows(1)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.close()
    return buffer.getvalue()


def write_roster(units: Sequence[Unit], *, vertical_counts: bool = True) -> bytes:
    """A roster to fill in or to go on with (名录.xlsx), with a second sheet that says how; the bytes of an xlsx."""
    book, buffer = _book()
    sheet = book.add_worksheet("名录")
    head, text = book.add_format({**STYLES["head"]}), book.add_format({"num_format": "@", "valign": "vcenter"})
    for column, (name, width) in enumerate(zip(HEADINGS, _ROSTER_WIDTHS, strict=True)):
        sheet.set_column(column, column, width, text)
        sheet.write_string(0, column, name, head)
    for row, unit in enumerate(units, 1):
        counted = "否" if not unit.counted else ""
        if unit.counted and unit.kind == KINDS[-1] and not vertical_counts:
            counted = "是"
        names = "、".join(unit.short_names), "、".join(unit.former_names)
        contact = (unit.kind, unit.contact, unit.phone, unit.email)
        for column, value in enumerate((unit.code, unit.name, *names, *contact, counted, unit.stamped)):
            if value:
                sheet.write_string(row, column, safe_text(value), text)
    choices = {"validate": "list", "source": list(KINDS), "error_type": "warning"}
    sheet.data_validation(1, 4, _ROSTER_ROWS, 4, choices)
    sheet.data_validation(1, 8, _ROSTER_ROWS, 8, {"validate": "list", "source": ["是", "否"]})
    sheet.set_row(0, 22)
    sheet.freeze_panes(1, 2)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    guide = book.add_worksheet("填写说明")
    guide.set_column(0, 0, 22)
    guide.set_column(1, 1, 90)
    wrap = book.add_format({**STYLES["cell"]})
    for row, (name, meant) in enumerate(_GUIDE):
        guide.write_string(row, 0, name, wrap)
        guide.write_string(row, 1, meant, wrap)
    book.close()
    return buffer.getvalue()
