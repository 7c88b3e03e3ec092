"""The county's workbook: the official tables live over a detail sheet, every finding, and who is in and who is not."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from nianbao.consolidation import Consolidation
from nianbao.excel.look import text_width
from nianbao.excel.paper import Paper
from nianbao.excel.writer import FormWriter
from nianbao.figures import Key, Place, column_name
from nianbao.findings import Finding
from nianbao.form import Form
from nianbao.returns import Return

DETAIL, FINDINGS, RECEIPTS = "明细", "校验意见", "收表情况"
_SEVERITIES = {"error": "错误", "warning": "提示", "note": "说明"}
_STATUSES = {"accepted": "合格", "flagged": "有误", "rejected": "不能用", "ignored": "略过"}
_COUNTED, _NOT_COUNTED = "是", "否"

# rows of the detail sheet (0-based): title, remark, table, line, column, key, both sums, then a row a unit
_TABLE_ROW, _LINE_ROW, _COLUMN_ROW, _KEY_ROW, _SUM_ROW, _BOTH_ROW, _FIRST_UNIT = 2, 3, 4, 5, 6, 7, 8
_NUMBER, _CODE, _NAME, _IN, _FIRST_FIGURE = 0, 1, 2, 3, 4


def write_county(result: Consolidation) -> bytes:
    """The county's workbook, which itself reads back as the county's return one tier up; the bytes of an xlsx."""
    detail = _Detail(result)
    writer = FormWriter(result.form, result.total, entry_formula=detail.total_of, statement=result.statement)
    detail.write(writer.paper)
    _write_findings(writer.paper, result)
    _write_receipts(writer.paper, result)
    return writer.finish()


class _Detail:
    """The sheet 明细: a row per unit, a column per figure that units fill in."""

    def __init__(self, result: Consolidation) -> None:
        self._result = result
        self._form: Form = result.form
        self._keys = [key for key, entry in self._form.entries.items() if entry.filled_in]
        self._column = {key: number for number, key in enumerate(self._keys, _FIRST_FIGURE)}
        self._units = sorted((*result.counted, *result.uncounted), key=result.rank)
        self._last_unit = _FIRST_UNIT + max(len(self._units), 1) - 1

    def total_of(self, key: Key) -> str:
        """Formula of a county figure: the units that count, added up; empty where none of them reported it."""
        return self._sum(key, f"{DETAIL}!")

    def _range(self, column: int, sheet: str) -> str:
        letters = column_name(column)
        return f"{sheet}${letters}${_FIRST_UNIT + 1}:${letters}${self._last_unit + 1}"

    def _sum(self, key: Key, sheet: str) -> str:
        cells, counts = self._range(self._column[key], sheet), self._range(_IN, sheet)
        present = f'COUNTIFS({counts},"{_COUNTED}",{cells},"<>")'
        return f'IF({present}=0,"",ROUND(SUMIF({counts},"{_COUNTED}",{cells}),6))'

    def write(self, paper: Paper) -> None:
        widths = [6.0, 8.0, 26.0, 6.0] + [9.0] * len(self._keys)
        sheet = paper.sheet(DETAIL, widths, landscape=True, footer=self._result.title)
        paper.put(sheet, Place(DETAIL, 0, 0), f"{self._result.title}各单位明细", "sheet title")
        remark = "每行一个单位，每列一个由单位填报的数据；“计入”为“是”的加总即为官方表格中的数字。灰色的 0 是没有发生。"
        paper.put(sheet, Place(DETAIL, 1, 0), remark, "remark")
        self._write_heads(paper, sheet)
        self._write_sums(paper, sheet)
        for row, one in enumerate(self._units, _FIRST_UNIT):
            self._write_unit(paper, sheet, row, one)
        last = _FIRST_FIGURE + len(self._keys) - 1
        zero = {"type": "cell", "criteria": "==", "value": 0, "format": paper.style("zero")}
        blank = {"type": "blanks", "format": paper.style("blank"), "stop_if_true": True}
        area = (_FIRST_UNIT, _FIRST_FIGURE, self._last_unit, last)
        sheet.conditional_format(*area, blank)
        sheet.conditional_format(*area, zero)
        sheet.autofilter(_KEY_ROW, 0, self._last_unit, last)
        sheet.freeze_panes(_FIRST_UNIT, _FIRST_FIGURE)
        sheet.repeat_rows(_TABLE_ROW, _KEY_ROW)
        sheet.repeat_columns(_NUMBER, _IN)
        sheet.fit_to_pages(0, 0)

    def _write_heads(self, paper: Paper, sheet: Worksheet) -> None:
        for column, text in enumerate(("序号", "代码", "单位", "计入")):
            sheet.merge_range(_TABLE_ROW, column, _KEY_ROW - 1, column, text, paper.style("head"))
            paper.put(sheet, Place(DETAIL, _KEY_ROW, column), "", "key")
        sheet.set_row(_LINE_ROW, 84)
        sheet.set_row(_COLUMN_ROW, 44)
        titles = {table.key: table.title for table in self._form.tables}
        entries = self._form.entries
        tables = [titles[key.table] for key in self._keys]
        lines = ["\n".join(entries[key].line.labels[-2:]) for key in self._keys]
        for row, texts in ((_TABLE_ROW, tables), (_LINE_ROW, lines)):
            for first, last, text in _runs(texts):
                area = (row, _FIRST_FIGURE + first, row, _FIRST_FIGURE + last)
                if first == last:
                    paper.put(sheet, Place(DETAIL, row, area[1]), text, "small head")
                else:
                    sheet.merge_range(*area, text, paper.style("small head"))
        for key, column in self._column.items():
            paper.put(sheet, Place(DETAIL, _COLUMN_ROW, column), entries[key].column.labels[-1], "small head")
            paper.put(sheet, Place(DETAIL, _KEY_ROW, column), str(key), "key")

    def _write_sums(self, paper: Paper, sheet: Worksheet) -> None:
        for row, text in ((_SUM_ROW, "合计（计入汇总）"), (_BOTH_ROW, "合计（含不计入汇总的单位）")):
            sheet.merge_range(row, _NUMBER, row, _IN, text, paper.style("total"))
        for key, column in self._column.items():
            formula = self._sum(key, "")
            paper.calculate(sheet, Place(DETAIL, _SUM_ROW, column), formula, self._result.total.values[key], "total")
            cells = self._range(column, "")
            formula = f'IF(COUNT({cells})=0,"",ROUND(SUM({cells}),6))'
            both = self._result.with_uncounted.values[key]
            paper.calculate(sheet, Place(DETAIL, _BOTH_ROW, column), formula, both, "total")

    def _write_unit(self, paper: Paper, sheet: Worksheet, row: int, one: Return) -> None:
        counted = _COUNTED if one.unit is None or one.unit.counted else _NOT_COUNTED
        paper.put(sheet, Place(DETAIL, row, _NUMBER), row - _FIRST_UNIT + 1, "centred")
        paper.put(sheet, Place(DETAIL, row, _CODE), one.unit_code or "", "centred")
        paper.put(sheet, Place(DETAIL, row, _NAME), one.unit_name or one.file, "cell")
        paper.put(sheet, Place(DETAIL, row, _IN), counted, "centred")
        values = {} if one.submission is None else one.submission.values
        for key, column in self._column.items():
            paper.put(sheet, Place(DETAIL, row, column), values.get(key), "figure")


def _runs(texts: Sequence[str]) -> list[tuple[int, int, str]]:
    """Neighbours with the same text as (first, last, text)."""
    runs: list[tuple[int, int, str]] = []
    for number, text in enumerate(texts):
        if runs and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], number, text)
        else:
            runs.append((number, number, text))
    return runs


def _write_findings(paper: Paper, result: Consolidation) -> None:
    """The sheet of every finding, the county's own first."""
    heads = ("类别", "代码", "单位", "文件", "工作表", "单元格", "发现", "应为", "意见", "怎么办")
    sheet = paper.sheet(
        FINDINGS, [7.0, 7.0, 20.0, 26.0, 9.0, 8.0, 12.0, 12.0, 60.0, 36.0], landscape=True, footer=result.title
    )
    paper.put(sheet, Place(FINDINGS, 0, 0), f"{FINDINGS}（汇总表和各单位报表）", "sheet title")
    for column, text in enumerate(heads):
        paper.put(sheet, Place(FINDINGS, 1, column), text, "head")
    findings: list[Finding] = list(result.findings)
    findings += [finding for one in result.returns for finding in one.findings]
    order = list(_SEVERITIES)
    findings.sort(key=lambda one: order.index(one.severity))
    if not findings:
        paper.put(sheet, Place(FINDINGS, 2, 0), "没有校验意见。", "remark")
    for row, one in enumerate(findings, 2):
        cells = (_SEVERITIES[one.severity], one.code, one.unit, one.file, one.sheet, one.cell, one.found, one.expected)
        for column, value in enumerate((*cells, one.message, one.hint)):
            paper.put(sheet, Place(FINDINGS, row, column), value, "cell")
        longest = max(text_width(one.message) / 56, text_width(one.hint or "") / 32, 1)
        sheet.set_row(row, 6 + 14.5 * -(-longest // 1))
    _finish_list(sheet, 1, len(findings) + 1, len(heads) - 1)


def _write_receipts(paper: Paper, result: Consolidation) -> None:
    """The sheet of who is in and who is not, and from which files."""
    heads = ("代码", "单位", "是否计入", "原因", "文件", "收到时间", "SHA-256")
    sheet = paper.sheet(RECEIPTS, [8.0, 26.0, 10.0, 46.0, 34.0, 20.0, 68.0], landscape=True, footer=result.title)
    paper.put(sheet, Place(RECEIPTS, 0, 0), f"{RECEIPTS}：{result.statement}", "sheet title")
    for column, text in enumerate(heads):
        paper.put(sheet, Place(RECEIPTS, 1, column), text, "head")
    rows = [*_receipts(result), *((unit.code, unit.name, "缺报", "没有可以计入的报表") for unit in result.missing)]
    rows += [(unit.code, unit.name, "缺报", "已注明不报") for unit in result.excused]
    for row, cells in enumerate(rows, 2):
        for column in range(len(heads)):
            paper.put(sheet, Place(RECEIPTS, row, column), cells[column] if column < len(cells) else None, "cell")
    broken = {"type": "cell", "criteria": "!=", "value": '"计入"', "format": paper.style("bad")}
    if rows:
        sheet.conditional_format(2, 2, len(rows) + 1, 2, broken)
    _finish_list(sheet, 1, len(rows) + 1, len(heads) - 1)


def _receipts(result: Consolidation) -> list[tuple[str, ...]]:
    reasons = {(out.file.file, out.file.sha256): out.reason for out in result.left_out}
    counted = {(one.file, one.sha256) for one in result.counted}
    uncounted = {(one.file, one.sha256) for one in result.uncounted}
    rows: list[tuple[str, ...]] = []
    for one in sorted(result.returns, key=result.rank):
        mark = (one.file, one.sha256)
        if mark in counted:
            state, reason = "计入", ""
        elif mark in uncounted:
            state, reason = "不计入", "名录注明不计入汇总"
        elif one.status == "ignored":
            state, reason = "略过", one.findings[0].message if one.findings else ""
        elif mark in reasons:
            state, reason = "未计入", reasons[mark]
        else:
            state, reason = "未计入", "同一单位另有一份已计入"
        received = "" if one.received is None else f"{one.received:%Y-%m-%d %H:%M:%S}"
        rows.append((one.unit_code or "", one.unit_name or "", state, reason, one.file, received, one.sha256 or ""))
    return rows


def _finish_list(sheet: Worksheet, head: int, last: int, width: int) -> None:
    sheet.autofilter(head, 0, max(last, head + 1), width)
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(head)
