"""What a returned workbook has beside the form: stray cells, other sheets, macros, links, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from nianbao.excel.book import open_book
from nianbao.excel.cells import Book, Feature, Sheet
from nianbao.excel.draft import LAST_YEAR
from nianbao.excel.lastyear import remarks_in
from nianbao.excel.locate import Located, Printed
from nianbao.excel.replies import REPLIES
from nianbao.excel.values import shortened
from nianbao.figures import Place
from nianbao.findings import Finding, Severity
from nianbao.form import Form, load_form
from nianbao.layout import layout_of
from nianbao.submission import Identity, Submission
from nianbao.wording import same

_MOST_NAMED = 5
_FEATURES: Mapping[Feature, tuple[str, str]] = {
    "macros": ("文件带有宏。宏没有运行，也不会带进汇总。", "请另存为不带宏的 xlsx 后重新上报。"),
    "links": ("文件链接到别的工作簿或外部数据。链接没有打开，只读取了已存的数值。", "请断开链接，把数字直接填进表格。"),
    "objects": ("文件里嵌入了别的文件或控件，没有读取。", "请删除嵌入的内容，只保留表格。"),
    "pictures": ("文件的单元格里嵌入了图片，没有读取。", "请把图片删除，数字直接填进表格。"),
}


def beside_the_form(book: Book, printed: Printed) -> Iterator[Finding]:
    """A finding for everything that a returned workbook has and the form does not."""
    template = _template(printed.form.edition)
    for feature in sorted(book.features):
        message, hint = _FEATURES[feature]
        yield Finding("F-4", "error", message, hint=hint)
    used = {id(one.sheet) for one in printed.tables.values()}
    known = {*template, REPLIES, LAST_YEAR}
    extra = [sheet.name for sheet in book.sheets if sheet.name not in known and id(sheet) not in used]
    if extra:
        names = "、".join(f"“{shortened(name)}”" for name in extra[:_MOST_NAMED])
        more = f"等 {len(extra)} 张" if len(extra) > _MOST_NAMED else ""
        yield Finding("V-5", "note", f"多出工作表{names}{more}，没有读取。")
    remarks = remarks_in(printed.form, book)
    for one in printed.tables.values():
        if one.sheet is not None and not one.moved:
            yield from _stray(one.sheet, one, printed.form, template[one.table.sheet], remarks)


@cache
def _template(edition: str) -> Mapping[str, frozenset[tuple[int, int]]]:
    """Where the blank template has cells of its own, by sheet."""
    from nianbao.excel.writer import write_template

    blank = open_book(write_template(load_form(edition), Submission(Identity(edition), MappingProxyType({}))))
    return {sheet.name: frozenset(sheet.cells) for sheet in blank.sheets}


@cache
def _figures(form: Form) -> Mapping[str, frozenset[tuple[int, int]]]:
    """Where each table's figures are, and the cells that the checks beside last year's figures have in its margin."""
    layout = layout_of(form)
    found = {}
    for table in form.tables:
        margin = layout.margins[table.key]
        places = [slot.place for key, slot in layout.slots.items() if key.table == table.key]
        places += [*margin.differences.values(), *margin.heads.values()]
        found[table.key] = frozenset((place.row, place.column) for place in places)
    return found


def _stray(
    sheet: Sheet, one: Located, form: Form, own: frozenset[tuple[int, int]], remarks: Mapping[Place, str]
) -> Iterator[Finding]:
    known = own | _figures(form)[one.table.key]
    known |= {
        (place.row, place.column)
        for place, text in remarks.items()
        if (cell := sheet.cells.get((place.row, place.column))) is not None
        and place.sheet == one.table.sheet
        and same(cell.raw, text)
    }
    stray = sorted((at, cell) for at, cell in sheet.cells.items() if at not in known and cell.raw.strip())
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
