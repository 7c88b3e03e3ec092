"""The sheet 校验: every check on every line or column it runs over, with its live result, and a link to the cell."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from nianbao.checks import Instance, label_of
from nianbao.excel.draft import (
    ERROR,
    EXPLAINED,
    FAILED,
    FIRST_CHECK_ROW,
    GAP_COLUMN,
    OPEN,
    PASSED,
    PLACE_COLUMN,
    RESULT_COLUMN,
    SEVERITY_COLUMN,
    WARNING,
    Draft,
)
from nianbao.excel.look import LEAST_HEIGHT, height_of
from nianbao.figures import Place
from nianbao.layout import CHECKS
from nianbao.rules import to_excel

_HEADS = ("代码", "校验内容", "位置", "结果", "相差", "单元格", "类别")
_WIDTHS = [8.0, 44.0, 52.0, 10.0, 10.0, 12.0, 8.0]
_HINT = (
    "结果随填随算：未填完＝有关各栏还有空白；错误须改正后才能上报；"
    "提示请核对，属实的在“情况说明”中写明原因，即显示“已说明”。"
)


def write_verdicts(draft: Draft) -> None:
    """The sheet of checks."""
    paper = draft.paper
    sheet = paper.sheet(CHECKS, _WIDTHS, landscape=True, footer=draft.footer)
    last_column = len(_HEADS) - 1
    sheet.merge_range(0, 0, 0, last_column, "勾稽校验", paper.style("title"))
    sheet.merge_range(1, 0, 1, last_column, _HINT, paper.style("unit"))
    sheet.set_row(1, height_of(_HINT, sum(_WIDTHS)))
    for column, text in enumerate(_HEADS):
        paper.put(sheet, Place(CHECKS, 2, column), text, "head")
    for one in draft.checked:
        row = draft.check_rows[one.code, one.rule.anchor]
        location = label_of(draft.form, one.rule.anchor)
        sheet.set_row(row, max(LEAST_HEIGHT, height_of(one.sentence, _WIDTHS[1]), height_of(location, _WIDTHS[2])))
        for column, text in enumerate((one.code, one.sentence, location)):
            paper.put(sheet, Place(CHECKS, row, column), text, "centred" if column == 0 else "cell")
        paper.calculate(
            sheet, Place(CHECKS, row, RESULT_COLUMN), _result_formula(draft, one), draft.result_of(one), "centred"
        )
        _write_gap(draft, sheet, one, row)
        anchor = draft.layout.slots[one.rule.anchor].place
        paper.link(sheet, Place(CHECKS, row, PLACE_COLUMN), anchor, f"{anchor.sheet} {anchor.cell}")
        severity = ERROR if one.check.severity == "error" else WARNING
        paper.put(sheet, Place(CHECKS, row, SEVERITY_COLUMN), severity, "centred")
    last = FIRST_CHECK_ROW + len(draft.checked) - 1
    result, severity = f"$D{FIRST_CHECK_ROW + 1}", f"$G{FIRST_CHECK_ROW + 1}"
    for condition, style in (
        (f'AND({result}="{FAILED}",{severity}="{ERROR}")', "bad"),
        (f'OR({result}="{FAILED}",{result}="{EXPLAINED}")', "odd"),
        (f'{result}="{PASSED}"', "good"),
    ):
        rule = {"type": "formula", "criteria": f"={condition}", "format": paper.style(style), "stop_if_true": True}
        sheet.conditional_format(FIRST_CHECK_ROW, RESULT_COLUMN, last, RESULT_COLUMN, rule)
    sheet.freeze_panes(FIRST_CHECK_ROW, 0)
    sheet.repeat_rows(FIRST_CHECK_ROW - 1)


def _result_formula(draft: Draft, one: Instance) -> str:
    failed = f'"{FAILED}"'
    if one.check.explainable:
        failed = f'IF({draft.explained(one.code)},"{EXPLAINED}","{FAILED}")'
    undecided, holds = draft.undecided(one), draft.holds(one)
    return f'IFERROR(IF({undecided},"{OPEN}",IF({holds},"{PASSED}",{failed})),"{OPEN}")'


def _write_gap(draft: Draft, sheet: Worksheet, one: Instance, row: int) -> None:
    """How far both sides of a broken equation are apart."""
    place = Place(CHECKS, row, GAP_COLUMN)
    if one.rule.expression.operator != "=":
        draft.paper.put(sheet, place, None, "centred")
        return
    address = draft.address()
    left, right = (to_excel(side, address, draft.last_year) for side in one.rule.expression.operands)
    broken = f'OR({draft.results([row])}="{FAILED}",{draft.results([row])}="{EXPLAINED}")'
    draft.paper.calculate(sheet, place, f'IF({broken},ROUND(ABS({left}-({right})),6),"")', draft.gap_of(one), "centred")
