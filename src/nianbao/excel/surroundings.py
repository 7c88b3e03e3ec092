"""What a returned workbook has beside the form: stray cells, other sheets, macros, links, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from nianbao.excel.cells import Book, Feature, Sheet
from nianbao.excel.identity import IDENTITY_SHEET
from nianbao.excel.lastyear import LAST_YEAR, LastYear, printed_remarks
from nianbao.excel.locate import Located, Printed
from nianbao.excel.replies import REPLIES
from nianbao.excel.values import shortened
from nianbao.figures import Place
from nianbao.findings import Finding, Severity
from nianbao.form import Form
from nianbao.layout import CHECKS, COVER, GUIDE, layout_of
from nianbao.wording import same

_MOST_NAMED = 5
_FEATURES: Mapping[Feature, tuple[str, str]] = {
    "macros": ("文件带有宏。宏没有运行，也不会带进汇总。", "请另存为不带宏的 xlsx 后重新上报。"),
    "links": ("文件链接到别的工作簿或外部数据。链接没有打开，只读取了已存的数值。", "请断开链接，把数字直接填进表格。"),
    "objects": ("文件里嵌入了别的文件或控件，没有读取。", "请删除嵌入的内容，只保留表格。"),
    "pictures": ("文件的单元格里嵌入了图片，没有读取。", "请把图片删除，数字直接填进表格。"),
}


def beside_the_form(book: Book, printed: Printed, last_year: LastYear | None) -> Iterator[Finding]:
    """A finding for everything that a returned workbook has and the form does not."""
    for feature in sorted(book.features):
        message, hint = _FEATURES[feature]
        yield Finding("F-4", "error", message, hint=hint)
    used = {id(one.sheet) for one in printed.tables.values()}
    known = sheet_names(printed.form)
    extra = [sheet.name for sheet in book.sheets if sheet.name not in known and id(sheet) not in used]
    if extra:
        names = "、".join(f"“{shortened(name)}”" for name in extra[:_MOST_NAMED])
        more = f"等 {len(extra)} 张" if len(extra) > _MOST_NAMED else ""
        yield Finding("V-5", "note", f"多出工作表{names}{more}，没有读取。")
    remarks = {} if last_year is None else printed_remarks(printed.form, last_year)
    for one in printed.tables.values():
        if one.sheet is not None and not one.moved:
            yield from _stray(one.sheet, one, _own(printed.form)[one.table.key], remarks)


@cache
def sheet_names(form: Form) -> frozenset[str]:
    """The sheets that a workbook of this form may have."""
    named = {table.sheet for table in form.tables} | {text.sheet for text in form.texts}
    return frozenset(named | {COVER, GUIDE, CHECKS, IDENTITY_SHEET, REPLIES, LAST_YEAR})


@cache
def _own(form: Form) -> Mapping[str, frozenset[tuple[int, int]]]:
    """Where each table's sheet has cells of the template's own, or figures."""
    layout = layout_of(form)
    notices = {key: [place] for key, place in layout.notices.items() if form.declaration_of(key) is not None}
    return {
        table.key: frozenset(place[1:] for place in (*layout.own_places(table), *notices.get(table.key, ())))
        for table in form.tables
    }


def _stray(
    sheet: Sheet, one: Located, own: frozenset[tuple[int, int]], remarks: Mapping[Place, str]
) -> Iterator[Finding]:
    cells = sheet.cells
    printed = {
        place[1:]
        for place, text in remarks.items()
        if place.sheet == one.table.sheet and (cell := cells.get(place[1:])) is not None and same(cell.raw, text)
    }
    stray = sorted((at, cells[at]) for at in cells.keys() - own - printed if cells[at].raw.strip())
    for (row, column), cell in stray[:_MOST_NAMED]:
        place = Place(one.table.sheet, row, column)
        severity: Severity = "warning" if cell.kind == "text" and cell.formula is None else "error"
        more = f"（这样的单元格共 {len(stray)} 个）" if len(stray) > _MOST_NAMED else ""
        yield Finding(
            "V-5",
            severity,
            f"{place.sheet} {place.cell} 不是填报的地方，却有“{shortened(cell.raw)}”，没有读取{more}。",
            hint="请核对是不是填错了格，或者单元格被移动过；多余的内容请删除。",
            sheet=place.sheet,
            cell=place.cell,
            found=cell.raw,
            expected="空白",
        )
