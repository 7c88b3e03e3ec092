"""The lists of the county workbook: every finding, who is in and who is not, and what was adjusted."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from nianbao.consolidation import Consolidation
from nianbao.excel.county.names import (
    ABSENT,
    ADJUSTMENT_HEADS,
    ADJUSTMENTS,
    COUNTED,
    FINDING_HEADS,
    FINDINGS,
    IGNORED,
    LEFT_OUT,
    LIST_FIRST,
    LIST_HEAD,
    NOT_COUNTED,
    RECEIPT_HEADS,
    RECEIPTS,
    SEVERITIES,
)
from nianbao.excel.look import height_of
from nianbao.excel.paper import Paper, Value
from nianbao.figures import Place
from nianbao.findings import Finding


def start_list(
    paper: Paper, name: str, title: str, heads: Sequence[str], widths: list[float], footer: str
) -> Worksheet:
    """A sheet with a title and headings, for rows from ``LIST_FIRST`` on."""
    sheet = paper.sheet(name, widths, landscape=True, footer=footer)
    paper.put(sheet, Place(name, 0, 0), title, "sheet title")
    sheet.set_row(0, 30)
    for column, text in enumerate(heads):
        paper.put(sheet, Place(name, LIST_HEAD, column), text, "head")
    return sheet


def finish_list(sheet: Worksheet, last: int, heads: Sequence[str]) -> None:
    """Make the list filterable and keep its headings in sight, on screen and on paper."""
    sheet.autofilter(LIST_HEAD, 0, max(last, LIST_FIRST), len(heads) - 1)
    sheet.freeze_panes(LIST_FIRST, 0)
    sheet.repeat_rows(LIST_HEAD)


def write_findings(paper: Paper, result: Consolidation) -> None:
    """The sheet of every finding, the gravest first, the county's own before the units'."""
    widths = [7.0, 7.0, 20.0, 26.0, 9.0, 8.0, 12.0, 12.0, 60.0, 36.0]
    sheet = start_list(paper, FINDINGS, f"{result.title}校验意见", FINDING_HEADS, widths, result.title)
    findings: list[Finding] = list(result.findings)
    findings += [finding for one in result.returns for finding in one.findings]
    order = list(SEVERITIES)
    findings.sort(key=lambda one: order.index(one.severity))
    if not findings:
        paper.put(sheet, Place(FINDINGS, LIST_FIRST, 0), "没有校验意见。", "remark")
    for row, one in enumerate(findings, LIST_FIRST):
        cells = (SEVERITIES[one.severity], one.code, one.unit, one.file, one.sheet, one.cell, one.found, one.expected)
        for column, value in enumerate((*cells, one.message, one.hint)):
            paper.put(sheet, Place(FINDINGS, row, column), value, "cell")
        sheet.set_row(row, max(height_of(one.message, widths[8]), height_of(one.hint or "", widths[9])))
    finish_list(sheet, len(findings) + 1, FINDING_HEADS)


def write_receipts(paper: Paper, result: Consolidation) -> None:
    """The sheet of who is in and who is not, and from which files."""
    widths = [8.0, 26.0, 10.0, 46.0, 34.0, 20.0, 68.0]
    title = f"{RECEIPTS}：{result.statement}"
    sheet = start_list(paper, RECEIPTS, title, RECEIPT_HEADS, widths, result.title)
    rows = [*_receipts(result), *((unit.code, unit.name, ABSENT, "没有可以计入的报表") for unit in result.missing)]
    rows += [(unit.code, unit.name, ABSENT, "已注明不报") for unit in result.excused]
    for row, cells in enumerate(rows, LIST_FIRST):
        for column in range(len(RECEIPT_HEADS)):
            paper.put(sheet, Place(RECEIPTS, row, column), cells[column] if column < len(cells) else None, "cell")
        sheet.set_row(row, height_of(cells[3], widths[3]))
    if rows:
        for state, style in ((LEFT_OUT, "bad"), (ABSENT, "bad"), (NOT_COUNTED, "odd")):
            mark = {"type": "cell", "criteria": "==", "value": f'"{state}"', "format": paper.style(style)}
            sheet.conditional_format(LIST_FIRST, 2, LIST_FIRST + len(rows) - 1, 2, mark)
    finish_list(sheet, len(rows) + 1, RECEIPT_HEADS)


def _receipts(result: Consolidation) -> list[tuple[str, ...]]:
    reasons = {(out.file.file, out.file.sha256): out.reason for out in result.left_out}
    counted = {(one.file, one.sha256) for one in result.counted}
    uncounted = {(one.file, one.sha256) for one in result.uncounted}
    rows: list[tuple[str, ...]] = []
    for one in sorted(result.returns, key=result.rank):
        mark = (one.file, one.sha256)
        if mark in counted:
            state, reason = COUNTED, ""
        elif mark in uncounted:
            state, reason = NOT_COUNTED, "名录注明不计入汇总"
        elif one.status == "ignored":
            state, reason = IGNORED, one.findings[0].message if one.findings else ""
        else:
            state, reason = LEFT_OUT, reasons.get(mark, "同一单位另有一份已计入")
        received = "" if one.received is None else f"{one.received:%Y-%m-%d %H:%M:%S}"
        rows.append((one.unit_code or "", one.unit_name or "", state, reason, one.file, received, one.sha256 or ""))
    return rows


def write_adjustments(paper: Paper, result: Consolidation) -> None:
    """The sheet of what was adjusted, by how much, why and by whom; the official tables add its amounts."""
    widths = [26.0, 44.0, 22.0, 12.0, 46.0, 14.0, 14.0]
    title = f"{result.title}汇总调整"
    sheet = start_list(paper, ADJUSTMENTS, title, ADJUSTMENT_HEADS, widths, result.title)
    if not result.adjustments:
        paper.put(sheet, Place(ADJUSTMENTS, LIST_FIRST, 0), "没有汇总调整。", "remark")
    for row, one in enumerate(result.adjustments, LIST_FIRST):
        entry = result.form.entries[one.key]
        labels = " / ".join([*entry.line.labels[-2:], entry.column.labels[-1]])
        cells: tuple[Value, ...] = (str(one.key), labels, one.unit, one.amount, one.reason, one.who, one.date)
        for column, value in enumerate(cells):
            paper.put(sheet, Place(ADJUSTMENTS, row, column), value, "cell")
        sheet.set_row(row, max(height_of(labels, widths[1]), height_of(one.reason, widths[4])))
    finish_list(sheet, LIST_FIRST + len(result.adjustments) - 1, ADJUSTMENT_HEADS)
