"""The cover: whose workbook it is, what the unit declares, and live, check by check, whether it can be handed in."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from nianbao.excel.draft import (
    ERROR,
    EXPLAINED,
    FAILED,
    OPEN,
    PASSED,
    PLACE_COLUMN,
    SEVERITY_COLUMN,
    WARNING,
    Draft,
)
from nianbao.excel.fields import FIELD_WIDTHS, write_fields
from nianbao.excel.look import LEAST_HEIGHT, height_of
from nianbao.excel.tables import wrong_count_formula
from nianbao.figures import Key, Place
from nianbao.form import Entry, Table
from nianbao.layout import CHECKS, COVER, FIELD_ROWS, STATEMENT_ROW
from nianbao.rules import Number
from nianbao.submission import DECLARED_NONE

_RESULTS = ("校验结果（随填随算）", "结果", "查看")
_READY = "可以上报"


def write_cover(draft: Draft) -> None:
    """The first sheet."""
    paper, form, identity = draft.paper, draft.form, draft.submission.identity
    sheet = paper.sheet(COVER, list(FIELD_WIDTHS), footer=draft.footer)
    sheet.merge_range(0, 0, 0, 2, f"{form.title}数据报表", paper.style("title"))
    sheet.set_row(0, 36)
    subtitle = f"（{form.edition} 年版，{form.source}；{identity.level}）"
    sheet.merge_range(1, 0, 1, 2, subtitle, paper.style("subtitle"))
    sheet.set_row(2, 34)
    texts = [text for text in form.texts if text.sheet == COVER]
    given = {
        form.text_of_identity(part).key: str(value)
        for part, value in (
            ("county", identity.county),
            ("unit", identity.unit),
            ("code", identity.code),
            ("year", identity.year),
        )
        if value is not None
    }
    if identity.tier != "unit":
        given.setdefault(form.text_of_identity("county").key, "")
    write_fields(draft, sheet, texts, FIELD_WIDTHS, given)
    _write_results(draft, sheet, FIELD_ROWS + len(texts) + 1)
    open_places = [draft.layout.fields[text.key].place for text in texts if text.key not in given]
    if open_places:
        sheet.set_selection(open_places[0].row, 1, open_places[0].row, 1)
    sheet.freeze_panes(FIELD_ROWS, 0)


def _write_results(draft: Draft, sheet: Worksheet, first: int) -> None:
    for column, text in enumerate(_RESULTS):
        draft.paper.put(sheet, Place(COVER, first, column), text, "head")
    row = first + 1
    for table in draft.form.tables:
        _write_blank_count(draft, sheet, table, row)
        row += 1
    wrong_row = row
    if draft.entry_formula is None:
        _write_wrong_count(draft, sheet, wrong_row)
        row += 1
    for code in dict.fromkeys(one.code for one in draft.checked):
        _write_check_summary(draft, sheet, code, row)
        row += 1
    if draft.statement is not None:
        sheet.merge_range(STATEMENT_ROW, 0, STATEMENT_ROW, 2, draft.statement, draft.paper.style("status"))
    else:
        _write_overall(draft, sheet, first + 1, wrong_row)


# -- what is missing or wrong


def _entries(draft: Draft, table: str | None = None) -> dict[Key, Entry]:
    return {
        key: entry for key, entry in draft.form.entries.items() if entry.filled_in and key.table == (table or key.table)
    }


def _blanks(draft: Draft, table: str | None = None) -> int:
    return sum(draft.settled.values.get(key) is None for key in _entries(draft, table))


def _write_blank_count(draft: Draft, sheet: Worksheet, table: Table, row: int) -> None:
    keys = list(_entries(draft, table.key))
    count = f"{len(keys)}-COUNT({','.join(draft.areas(keys))})"
    notice = draft.declaration()(keys[0])
    formula = count if notice is None else f'IF({notice}<>"",0,{count})'
    sheet.set_row(row, LEAST_HEIGHT)
    draft.paper.put(sheet, Place(COVER, row, 0), f"{table.sheet}还没有填的单元格（个）", "cell")
    draft.paper.calculate(sheet, Place(COVER, row, 1), formula, _blanks(draft, table.key), "centred")
    first = next((key for key in keys if key not in draft.carried), keys[0])
    draft.paper.link(sheet, Place(COVER, row, 2), draft.layout.slots[first].place, "去填写")


def _write_wrong_count(draft: Draft, sheet: Worksheet, row: int) -> None:
    """Figures that cannot stand, and figures beside a 否 on this cover."""
    terms = [wrong_count_formula(draft, _entries(draft))]
    for table in draft.form.tables:
        answer = draft.answer(table.key, COVER)
        if answer is not None:
            areas = draft.areas(_entries(draft, table.key))
            typed = "+".join(f'COUNTIF({area},">0")' for area in areas)
            terms.append(f'IF({answer}="{DECLARED_NONE}",{typed},0)')
    text = "填写有误的单元格（负数、小数，或者封面选了“否”却有数）"
    sheet.set_row(row, height_of(text, FIELD_WIDTHS[0]))
    draft.paper.put(sheet, Place(COVER, row, 0), text, "cell")
    draft.paper.calculate(sheet, Place(COVER, row, 1), "+".join(terms), count_wrong(draft), "centred")
    draft.paper.put(sheet, Place(COVER, row, 2), "", "cell")


def count_wrong(draft: Draft) -> int:
    """How many of the figures as they are written cannot stand, or stand beside a 否."""
    declared = {text.declares for text in draft.form.texts if draft.submission.texts.get(text.key) == DECLARED_NONE}
    count = 0
    for key, entry in _entries(draft).items():
        value = draft.settled.values.get(key)
        if value is not None:
            count += value < 0 and not entry.column.signed
            count += not _exact(value, entry)
            count += value > 0 and key.table in declared
    return count


def _exact(value: Number, entry: Entry) -> bool:
    return value == round(value, entry.column.decimals)


def _write_check_summary(draft: Draft, sheet: Worksheet, code: str, row: int) -> None:
    """One check as a sentence: its result over all its lines or columns, and where it is broken first."""
    mine = [one for one in draft.checked if one.code == code]
    rows = [draft.check_rows[one.code, one.rule.anchor] for one in mine]
    results, places = draft.results(rows), draft.results(rows, PLACE_COLUMN)
    failed = f'COUNTIF({results},"{FAILED}")'
    where = f'INDEX({places},MATCH("{FAILED}",{results},0))'
    formula = (
        f'IF({failed}>0,"{FAILED}（"&{failed}&" 处，先看 "&{where}&"）",'
        f'IF(COUNTIF({results},"{EXPLAINED}")>0,"{EXPLAINED}",'
        f'IF(COUNTIF({results},"{OPEN}")>0,"{OPEN}","{PASSED}")))'
    )
    shown = [draft.result_of(one) for one in mine]
    result = EXPLAINED if EXPLAINED in shown else OPEN if OPEN in shown else PASSED
    if FAILED in shown:
        place = draft.layout.slots[mine[shown.index(FAILED)].rule.anchor].place
        result = f"{FAILED}（{shown.count(FAILED)} 处，先看 {place.sheet} {place.cell}）"
    text = f"{code}　{mine[0].sentence}"
    sheet.set_row(row, max(LEAST_HEIGHT, height_of(text, FIELD_WIDTHS[0])))
    draft.paper.put(sheet, Place(COVER, row, 0), text, "cell")
    draft.paper.calculate(sheet, Place(COVER, row, 1), formula, result, "centred")
    draft.paper.link(sheet, Place(COVER, row, 2), Place(CHECKS, rows[0], 0), "查看")
    failed_style = "bad" if mine[0].check.severity == "error" else "odd"
    for verdict, style in ((FAILED, failed_style), (PASSED, "good"), (EXPLAINED, "odd")):
        rule = {"type": "text", "criteria": "begins with", "value": verdict, "format": draft.paper.style(style)}
        sheet.conditional_format(row, 1, row, 1, rule)


def _write_overall(draft: Draft, sheet: Worksheet, first: int, wrong_row: int) -> None:
    """The line under the title: whether this workbook can be handed in, and if not why."""
    rows = draft.check_rows.values()
    results, severities = draft.results(rows), draft.results(rows, SEVERITY_COLUMN)
    reasons = [
        ("还有 ", f"SUM($B${first + 1}:$B${wrong_row})", " 个单元格没有填；", _blanks(draft)),
        ("有 ", f"$B${wrong_row + 1}", " 个单元格填写有误；", count_wrong(draft)),
        ("有 ", f'COUNTIFS({results},"{FAILED}",{severities},"{ERROR}")', " 处勾稽不通过；", _broken(draft, "error")),
    ]
    odd = f'COUNTIFS({results},"{FAILED}",{severities},"{WARNING}")'
    ready = f'"{_READY}"&IF({odd}>0,"；有 "&{odd}&" 处提示请核对，属实的请写情况说明","")'
    why = "&".join(f'IF({count}>0,"{before}"&{count}&"{after}","")' for before, count, after, _ in reasons)
    formula = f'IF({"+".join(count for _, count, _, _ in reasons)}=0,{ready},"还不能上报："&{why}&"请看下面的校验结果")'
    said = "".join(f"{before}{number}{after}" for before, _, after, number in reasons if number)
    result = f"还不能上报：{said}请看下面的校验结果"
    if not said:
        warnings = _broken(draft, "warning")
        result = _READY + (f"；有 {warnings} 处提示请核对，属实的请写情况说明" if warnings else "")
    draft.paper.calculate(sheet, Place(COVER, 2, 0), formula, result, "status", 2)


def _broken(draft: Draft, severity: str) -> int:
    return sum(draft.result_of(one) == FAILED and one.check.severity == severity for one in draft.checked)
