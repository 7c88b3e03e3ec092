"""Fields beside the tables: label and entry cell, what the cell accepts, and what it says when it is selected."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xlsxwriter.worksheet import Worksheet

from nianbao.excel.draft import Draft
from nianbao.excel.look import LINE_HEIGHT, height_of
from nianbao.excel.names import define_cell
from nianbao.excel.paper import Value, absolute
from nianbao.excel.tables import number_rule
from nianbao.figures import Place
from nianbao.form import EXPLANATIONS_SHEET, Text
from nianbao.layout import FIELD_ROWS
from nianbao.numerals import read_typed
from nianbao.submission import YES_NO

FIELD_WIDTHS = (46.0, 44.0, 12.0)
_MATERIAL_WIDTHS = (36.0, 72.0, 26.0)
_EXPLANATION_WIDTHS = (46.0, 60.0)
LONGEST_TEXT = 2000
_NOTHING: Mapping[str, str] = MappingProxyType({})
_SHEETS = {
    EXPLANATIONS_SHEET: ("数据属实而校验提示异常的，在对应的行里写明原因；没有可以不填。", ("校验或事项", "说明")),
}
_MATERIAL = ("供县里编写年度报告用，浅蓝色的格子请尽量填写；官方表格不看这里的数字。", ("项目", "填写内容", "说明"))


def write_field_sheet(draft: Draft, name: str) -> None:
    """One sheet of texts: explanations, or material for the sections of the county's report."""
    hint, heads = _SHEETS.get(name, _MATERIAL)
    widths = _EXPLANATION_WIDTHS if len(heads) == 2 else _MATERIAL_WIDTHS
    sheet = draft.paper.sheet(name, list(widths), footer=draft.footer)
    last = len(heads) - 1
    sheet.merge_range(0, 0, 0, last, name, draft.paper.style("title"))
    sheet.set_row(0, 30)
    sheet.merge_range(1, 0, 1, last, hint, draft.paper.style("unit"))
    for column, head in enumerate(heads):
        draft.paper.put(sheet, Place(name, 2, column), head, "head")
    texts = [text for text in draft.form.texts if text.sheet == name]
    for heading in draft.layout.headings:
        if heading.sheet == name:
            sheet.set_row(heading.row, 24)
            sheet.merge_range(heading.row, 0, heading.row, last, heading.text, draft.paper.style("section"))
    write_fields(draft, sheet, texts, widths)
    for text in texts:
        place = draft.layout.fields[text.key].place
        if last > 1:
            _write_guide(draft, sheet, text, place)
    first = draft.layout.fields[texts[0].key].place
    sheet.set_selection(first.row, 1, first.row, 1)
    sheet.freeze_panes(FIELD_ROWS, 0)
    sheet.repeat_rows(FIELD_ROWS - 1)


def write_fields(
    draft: Draft, sheet: Worksheet, texts: list[Text], widths: tuple[float, ...], given: Mapping[str, str] = _NOTHING
) -> None:
    """The fields of one sheet; those ``given`` are locked."""
    for text in texts:
        field = draft.layout.fields[text.key]
        lines = 0 if text.length is None else 2 * text.length / widths[1] + 1
        least = 48.0 if text.sheet == EXPLANATIONS_SHEET else 24.0
        if widths is _MATERIAL_WIDTHS:
            least = max(least, height_of(text.tip, widths[2]))
        sheet.set_row(field.place.row, max(least, height_of(text.label, widths[0]), lines * LINE_HEIGHT))
        draft.paper.put(sheet, field.label.place, text.label, "cell")
        if text.key in given:
            draft.paper.put(sheet, field.place, given[text.key], "given")
        elif text.declares is not None and draft.entry_formula is not None:
            draft.paper.put(sheet, field.place, draft.submission.texts.get(text.key), "given")
        else:
            _write_entry(draft, sheet, text, field.place)
            define_cell(draft.paper, text.key, field.place)


def _write_entry(draft: Draft, sheet: Worksheet, text: Text, place: Place) -> None:
    value = draft.submission.texts.get(text.key)
    number = text.measured or text.identity == "year"
    draft.paper.put(sheet, place, as_number(text, value) if number else value, "number" if number else "field")
    rule: dict[str, object] = {"validate": "length", "criteria": "<=", "value": LONGEST_TEXT}
    rule["error_message"] = f"最多填 {LONGEST_TEXT} 字。"
    if text.identity == "year":
        rule = {"validate": "integer", "criteria": "between", "minimum": 2008, "maximum": 2099}
        rule["error_message"] = "应填四位数的年份，例如 2021。"
    elif text.measured:
        rule = number_rule(text, place)
    elif text.kind == "choice":
        rule = {"validate": "list", "source": list(YES_NO), "error_message": "请选择“是”或“否”。"}
    if text.tip:
        rule["input_message"] = text.tip
    sheet.data_validation(place.row, place.column, place.row, place.column, {"error_title": "填写有误", **rule})
    cell = place.cell
    style = "optional" if draft.form.may_be_absent(text.sheet) else "blank"
    blank = {"type": "formula", "criteria": f"=ISBLANK({cell})", "format": draft.paper.style(style)}
    sheet.conditional_format(cell, blank)


def as_number(text: Text, value: str | None) -> Value:
    """A text that is exactly a number of its field, as that number; anything else as it is."""
    if value is None:
        return None
    read = read_typed(value, text)
    return read.value if read.value is not None and f"{read.value:f}" == value else value


def _write_guide(draft: Draft, sheet: Worksheet, text: Text, place: Place) -> None:
    """Beside a field: its 填报说明, and how long a text is and should be."""
    beside = Place(place.sheet, place.row, 2)
    if text.length is None:
        draft.paper.put(sheet, beside, text.tip, "note")
        return
    written = len(draft.submission.texts.get(text.key, ""))
    tip = text.tip.replace('"', '""')
    guide = f"\n（建议 {text.length} 字以内，已写 "
    formula = f'"{tip}{guide}"&LEN({absolute(place, place.sheet)})&" 字）"'
    draft.paper.calculate(sheet, beside, formula, f"{text.tip}{guide}{written} 字）", "note")
