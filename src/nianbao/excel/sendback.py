"""A return sent back: the unit's own figures in a fresh template, what is wrong marked and explained, room to answer.

It is written like any template, so that, corrected and returned, it is read like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlsxwriter.worksheet import Worksheet

from nianbao.excel.look import height_of
from nianbao.excel.paper import safe_text
from nianbao.excel.replies import ANSWER, CELL, HEAD_ROW, HEADS, REPLIES
from nianbao.excel.writer import FormWriter, Notice
from nianbao.figures import Place
from nianbao.findings import Finding
from nianbao.form import Form, explanation_key
from nianbao.layout import layout_of
from nianbao.submission import Submission, as_typed

SEVERITIES = {"error": "错误", "warning": "提示", "note": "说明"}
_WIDTHS = [6.0, 7.0, 8.0, 10.0, 9.0, 46.0, 14.0, 14.0, 34.0, 36.0]
_MOST_COMMENT = 1000
_HINT = (
    "请逐条核对，在对应的表里改正（点“单元格”可以跳过去）；"
    "数据属实、需要说明的，写在最右边“说明”一栏，然后把整个文件发回。"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a unit: the findings, and which file of when they are about."""

    findings: tuple[Finding, ...]
    file: str
    received: str = ""
    times: int = 1

    @property
    def asked(self) -> tuple[Finding, ...]:
        """What has to be answered, the gravest first; notes are for the office."""
        order = list(SEVERITIES)
        wanted = [one for one in self.findings if one.severity != "note"]
        return tuple(sorted(wanted, key=lambda one: (order.index(one.severity), one.caused_by is not None)))


def write_sendback(
    form: Form,
    submission: Submission,
    ask: Ask,
    *,
    previous: Submission | None = None,
    notice: Notice | None = None,
) -> bytes:
    """The workbook to correct; the bytes of an xlsx."""
    writer = FormWriter(form, as_typed(form, submission), previous=previous, notice=notice or Notice())
    places = _places(form, ask.asked)
    for place, findings in places.items():
        _mark(writer, place, findings)
    _write_opinions(writer, ask)
    return writer.finish()


def _places(form: Form, findings: Iterable[Finding]) -> Mapping[Place, list[Finding]]:
    """The cells to be marked, as the template has them, with what is said about each."""
    layout = layout_of(form)
    found: dict[Place, list[Finding]] = {}
    for one in findings:
        if one.key is not None and one.key in layout.slots:
            found.setdefault(layout.slots[one.key].place, []).append(one)
        suspect = one.suspect
        if suspect is not None and suspect.key != one.key and suspect.key in layout.slots:
            found.setdefault(layout.slots[suspect.key].place, []).append(one)
    return found


def _mark(writer: FormWriter, place: Place, findings: Sequence[Finding]) -> None:
    """A comment in the cell, and a colour that stays until what stands there changes."""
    sheet = writer.paper.book.get_worksheet_by_name(place.sheet)
    if sheet is None:
        return
    parts = []
    for one in findings:
        found = f"\n原来填的：{one.found}" if one.found and one.found not in one.message else ""
        expected = f"\n应为：{one.expected}" if one.expected and one.expected not in one.message else ""
        said = f"【{SEVERITIES[one.severity]} {one.code}】{one.message}{found}{expected}"
        parts.append(f"{said}\n{one.hint or ''}".strip())
    text = safe_text("\n\n".join(parts))[:_MOST_COMMENT]
    lines = sum(1 + len(part) // 20 for part in text.split("\n"))
    size = {"width": 300, "height": min(60 + 17 * lines, 480), "author": "", "font_name": "宋体", "font_size": 9}
    sheet.write_comment(place.row, place.column, text, size)
    severe = any(one.severity == "error" for one in findings)
    condition = _unchanged(writer, place, findings)
    if condition is not None:
        rule = {"type": "formula", "criteria": condition, "format": writer.paper.style("bad" if severe else "odd")}
        sheet.conditional_format(place.row, place.column, place.row, place.column, rule)


def _unchanged(writer: FormWriter, place: Place, findings: Sequence[Finding]) -> str | None:
    """Excel condition: the cell still holds what was found wrong; a total is marked by its own live check."""
    key = next(one.key if one.key is not None else None for one in findings)
    suspect = findings[0].suspect
    keys = [one for one in (key, None if suspect is None else suspect.key) if one is not None]
    mine = next((one for one in keys if writer.draft.layout.slots[one].place == place), None)
    if mine is None or not writer.form.entries[mine].filled_in:
        return None
    value = writer.draft.values.get(mine)
    return f'={place.cell}=""' if value is None else f"={place.cell}={value:f}"


def _write_opinions(writer: FormWriter, ask: Ask) -> None:
    """The sheet 退回意见: a row a finding, with a column to answer in."""
    paper = writer.paper
    sheet = paper.sheet(REPLIES, _WIDTHS, landscape=True, footer=writer.draft.footer)
    title = f"{REPLIES}（第 {ask.times} 次）"
    sheet.merge_range(0, 0, 0, len(HEADS) - 1, title, paper.style("title"))
    sheet.set_row(0, 30)
    came = f"{ask.received}收到的" if ask.received else "收到的"
    about = f"{came}“{ask.file}”有 {len(ask.asked)} 条意见。{_HINT}"
    sheet.merge_range(1, 0, 1, len(HEADS) - 1, safe_text(about), paper.style("unit"))
    sheet.set_row(1, height_of(about, sum(_WIDTHS)))
    for column, head in enumerate(HEADS):
        paper.put(sheet, Place(REPLIES, HEAD_ROW, column), head, "head")
    explained = {text.key for text in writer.form.texts}
    for row, one in enumerate(ask.asked, HEAD_ROW + 1):
        _write_opinion(writer, sheet, row, one, can_explain=explanation_key(one.code) in explained)
    sheet.freeze_panes(HEAD_ROW + 1, 0)
    sheet.repeat_rows(HEAD_ROW)
    for other in paper.book.worksheets():
        other.selected = 0  # two selected sheets are typed into at once
    sheet.activate()
    sheet.set_selection(HEAD_ROW + 1, ANSWER, HEAD_ROW + 1, ANSWER)


def _write_opinion(writer: FormWriter, sheet: Worksheet, row: int, one: Finding, *, can_explain: bool) -> None:
    paper, layout = writer.paper, writer.draft.layout
    place = layout.slots[one.key].place if one.key is not None and one.key in layout.slots else None
    told = (SEVERITIES[one.severity], one.code, one.sheet if place is None else place.sheet)
    for column, text in enumerate((str(row - HEAD_ROW), *told)):
        paper.put(sheet, Place(REPLIES, row, column), text, "centred")
    if place is None:
        paper.put(sheet, Place(REPLIES, row, CELL), one.cell, "centred")
    else:
        paper.link(sheet, Place(REPLIES, row, CELL), place, place.cell)
    because = "（由上面的问题引起，改好上面的，这一条通常也就好了）" if one.caused_by else ""
    cells = (f"{one.message}{because}", one.found, one.expected, one.hint)
    for column, value in enumerate(cells, CELL + 1):
        paper.put(sheet, Place(REPLIES, row, column), value, "cell")
    paper.put(sheet, Place(REPLIES, row, ANSWER), None, "field")
    tip = "数据属实的，写明原因，县里看后可以通过。" if can_explain else "这一条必须改正；有话要说，也可以写在这里。"
    rule = {"validate": "length", "criteria": "<=", "value": 500, "error_message": "最多填 500 字。"}
    sheet.data_validation(row, ANSWER, row, ANSWER, rule | {"error_title": "填写有误", "input_message": tip})
    heights = [height_of(text or "", width) for text, width in zip(cells, _WIDTHS[CELL + 1 :], strict=False)]
    sheet.set_row(row, max(30.0, *heights))
