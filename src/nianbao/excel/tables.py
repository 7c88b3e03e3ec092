"""The official tables on their sheets: printed labels, entry cells, live totals, and what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping

from xlsxwriter.worksheet import Worksheet

from nianbao.checks import Instance, text_of
from nianbao.excel.draft import FAILED, GAP_COLUMN, Draft
from nianbao.excel.formulas import untyped_formula
from nianbao.excel.look import column_widths, row_heights
from nianbao.excel.names import define_cell
from nianbao.excel.paper import absolute
from nianbao.figures import Key, Place
from nianbao.form import Entry, Table
from nianbao.layout import HEAD_ROW, TITLE_ROWS, Label
from nianbao.numerals import Measured, expected_of
from nianbao.rules import figures_in, last_year_in, runs_of, texts_in, total_formula
from nianbao.submission import DECLARED_NONE, declared_empty

SIGNATURE = "填报人：　　　　　　审核人：　　　　　　单位负责人：　　　　　　（盖章）"
DECLARED = "已声明本年度没有，没有填的按 0 计"
_LONGEST_TITLE = 32
_GAP_WIDTH, _REMARK_WIDTH = 10.0, 24.0


def write_table(draft: Draft, table: Table) -> None:
    """One sheet: the official table, and in its margin what the template says about the figures."""
    layout, paper = draft.layout, draft.paper
    width, margin = layout.widths[table.key], layout.margins[table.key]
    labels = [label for label in layout.labels if label.sheet == table.sheet]
    keys = [key for key in layout.slots if key.table == table.key]
    widths = column_widths(table, width)
    beside = [_GAP_WIDTH] * (margin.remarks - width) + [_REMARK_WIDTH]
    wide = table.arrangement == "row"
    sheet = paper.sheet(table.sheet, widths + beside, landscape=wide, footer=draft.footer)
    sheet.fit_to_pages(1, 1)
    sheet.print_area(0, 0, margin.signature, width - 1)
    figure_rows = {layout.slots[key].place.row for key in keys}
    for row, height in row_heights(labels, widths, figure_rows).items():
        sheet.set_row(row, height)
    sheet.set_row(HEAD_ROW, 20)
    for label in labels:
        _write_label(draft, sheet, label)
    _write_head_line(draft, sheet, table, width)
    for key in keys:
        _write_figure(draft, sheet, key)
    entries = [key for key in keys if draft.form.entries[key].filled_in]
    if draft.entry_formula is None:
        _mark_entries(draft, sheet, table, entries)
        untyped = [key for key in entries if key in draft.untyped]
        if untyped:
            # otherwise Excel warns at each of them that a formula is not protected
            areas = " ".join(draft.areas(untyped, table.sheet)).replace("$", "")
            sheet.ignore_errors({"formula_unlocked": areas})
    _mark_broken_checks(draft, sheet, table)
    _write_margin(draft, sheet, table, width)
    sheet.merge_range(margin.signature, 0, margin.signature, width - 1, SIGNATURE, paper.style("signature"))
    sheet.set_row(margin.signature, 30)
    _place_cursor(draft, sheet, table, entries)


def _place_cursor(draft: Draft, sheet: Worksheet, table: Table, entries: list[Key]) -> None:
    """The cursor on the first cell to fill in, the heads frozen, and repeated where a print takes two pages."""
    corner = draft.layout.slots[entries[0]].place
    heads = TITLE_ROWS if table.arrangement == "blocks" else corner.row
    sheet.freeze_panes(heads, corner.column)
    sheet.repeat_rows(0, heads - 1)
    first = next((key for key in entries if key not in draft.carried), entries[0])
    place = draft.layout.slots[first].place
    sheet.set_selection(place.row, place.column, place.row, place.column)


def _write_label(draft: Draft, sheet: Worksheet, label: Label) -> None:
    slots = draft.layout.slots.values()
    beside = any(slot.place.sheet == label.sheet and label.row <= slot.place.row <= label.last_row for slot in slots)
    if label.row == 0:
        style = "title"
    elif beside:
        style = "side" if label.last_row > label.row and label.column == 0 else "line"
    else:
        style = "corner" if label.column == 0 and label.last_row > label.row else "head"
    if (label.row, label.column) == (label.last_row, label.last_column):
        draft.paper.put(sheet, label.place, label.text, style)
    else:
        area = (label.row, label.column, label.last_row, label.last_column)
        sheet.merge_range(*area, label.text, draft.paper.style(style))


def _write_head_line(draft: Draft, sheet: Worksheet, table: Table, width: int) -> None:
    """The second row: whose figures these are, and what the unit declared about this table."""
    form, layout, paper = draft.form, draft.layout, draft.paper
    unit, year = (layout.fields[form.text_of_identity(part).key].place for part in ("unit", "year"))
    notice = layout.notices[table.key]
    identity = draft.submission.identity
    whose = f"单位：{identity.unit or ''}　　{'' if identity.year is None else identity.year} 年度"
    formula = f'"单位："&{absolute(unit)}&"　　"&{absolute(year)}&" 年度"'
    paper.calculate(sheet, Place(table.sheet, HEAD_ROW, 0), formula, whose, "unit", notice.column - 1)
    answer = draft.answer(table.key)
    if answer is None or draft.entry_formula is not None:
        paper.put(sheet, notice, "", "notice", width - 1)
        return
    declared = table.key in declared_empty(form, draft.submission.texts)
    formula = f'IF({answer}="{DECLARED_NONE}","{DECLARED}","")'
    paper.calculate(sheet, notice, formula, DECLARED if declared else "", "notice", width - 1)


def _write_figure(draft: Draft, sheet: Worksheet, key: Key) -> None:
    entry, slot = draft.form.entries[key], draft.layout.slots[key]
    home = slot.place.sheet
    if not entry.filled_in:
        formula = total_formula(entry.parts, draft.address(home), draft.declaration(home))
        draft.paper.calculate(sheet, slot.place, formula, draft.settled.values.get(key), "total", slot.last_column)
    elif draft.entry_formula is not None:
        formula = draft.entry_formula(key)
        draft.paper.calculate(sheet, slot.place, formula, draft.values.get(key), "figure", slot.last_column)
    elif key in draft.carried:
        draft.paper.put(sheet, slot.place, draft.carried[key], "carried", slot.last_column)
    else:
        if key in draft.untyped:
            formula = untyped_formula(draft.untyped[key])
            draft.paper.calculate(
                sheet, slot.place, formula, draft.settled.values.get(key), "untyped", slot.last_column
            )
        else:
            draft.paper.put(sheet, slot.place, draft.values.get(key), "entry", slot.last_column)
        title, message = prompt_of(entry)
        rule = number_rule(entry.column, slot.place) | {"input_title": title, "input_message": message}
        sheet.data_validation(slot.place.row, slot.place.column, slot.place.row, slot.place.column, rule)
    if entry.filled_in:
        define_cell(draft.paper, key, slot.place)


def prompt_of(entry: Entry) -> tuple[str, str]:
    """Title and text of what an entry cell shows when it is selected: the 填报说明 of its line and of its column."""
    label = entry.line.labels[-1]
    title = label if len(label) <= _LONGEST_TITLE else label[: _LONGEST_TITLE - 1] + "…"
    return title, f"{entry.line.tip}\n{entry.column.labels[-1]}：{entry.column.tip}"


def number_rule(measured: Measured, place: Place) -> dict[str, object]:
    """What a cell for a number accepts, and what it says when it refuses."""
    rule: dict[str, object] = {"validate": "integer", "criteria": ">=", "value": -999_999_999 if measured.signed else 0}
    if measured.kind == "amount":
        cell = absolute(place, place.sheet)
        formula = f"=AND(ISNUMBER({cell}),{cell}>=0,ROUND({cell},{measured.decimals})={cell})"
        rule = {"validate": "custom", "value": formula}
    return rule | {"error_title": "填写有误", "error_message": f"应填{expected_of(measured)}。"}


# -- what is missing, and what is wrong


def _mark_entries(draft: Draft, sheet: Worksheet, table: Table, keys: list[Key]) -> None:
    """Blanks, declared zeros, and what is no figure at all; a figure beside 否 is wrong too."""
    notice = absolute(draft.layout.notices[table.key], table.sheet)
    by_column: dict[tuple[str, bool], list[Key]] = {}
    for key in keys:
        column = draft.form.entries[key].column
        by_column.setdefault((column.kind, column.signed), []).append(key)
    for (kind, signed), mine in by_column.items():
        areas = [area.replace("$", "") for area in draft.areas(mine, table.sheet)]
        first = areas[0].partition(":")[0]
        wrong = [f"ISTEXT({first})", f"ISERROR({first})", f'AND({notice}<>"",{first}<>0)']
        wrong += [] if signed else [f"{first}<0"]
        wrong += [f"{first}<>INT({first})"] if kind == "count" else []
        rules = (
            (f'=AND({notice}<>"",OR({first}=0,{first}=""))', "declared"),
            (f'={first}=""', "blank"),  # true of a blank cell, and of the empty text that the template's formula gives
            (f"=IFERROR(OR({','.join(wrong)}),TRUE)", "bad"),
        )
        for condition, style in rules:
            rule = {"type": "formula", "criteria": condition, "format": draft.paper.style(style), "stop_if_true": True}
            sheet.conditional_format(areas[0], rule | {"multi_range": " ".join(areas)})


def _mark_broken_checks(draft: Draft, sheet: Worksheet, table: Table) -> None:
    """Every figure of a broken check turns red (an error) or amber (a warning) where it stands."""
    margin = draft.layout.margins[table.key]
    for one in draft.checked:
        expression = one.rule.expression
        figures = figures_in(expression)
        cells = [draft.layout.slots[key].place.cell for key in figures if key.table == table.key]
        criteria = f"=IFERROR(IF({draft.undecided(one, table.sheet)},FALSE,NOT({draft.holds(one, table.sheet)})),FALSE)"
        if len(cells) < len(figures) or last_year_in(expression) or texts_in(expression):
            # a conditional format may not look at another sheet, but at what the margin of its own says
            place = margin.differences.get((one.code, one.rule.anchor))
            if place is None:
                continue
            criteria = f'={absolute(place, table.sheet)}<>""'
        rule = {
            "type": "formula",
            "criteria": criteria,
            "format": draft.paper.style("bad" if one.check.severity == "error" else "odd"),
            "multi_range": " ".join(runs_of(cells)),
        }
        sheet.conditional_format(cells[0], rule)


def _write_margin(draft: Draft, sheet: Worksheet, table: Table, width: int) -> None:
    """Beside and below the table: how far each broken check is out, and remarks from last year's figures."""
    margin = draft.layout.margins[table.key]
    by_code: dict[str, list[Instance]] = {}
    by_place: dict[Place, list[Instance]] = {}
    for one in draft.checked:
        place = margin.differences.get((one.code, one.rule.anchor))
        if place is not None:
            by_place.setdefault(place, []).append(one)
            by_code.setdefault(one.code, []).append(one)
    for place, mine in by_place.items():
        _write_gap(draft, sheet, mine, place)
    for code, place in margin.heads.items():
        mine = by_code.get(code, [])
        if mine:
            _write_gap_head(draft, sheet, mine, place, _side(table, width))
    for key, text in draft.remarks.items():
        if key.table == table.key:
            row = draft.layout.slots[key].place.row
            draft.paper.put(sheet, Place(table.sheet, row, margin.remarks), text, "remark note")


def _side(table: Table, width: int) -> int:
    """Number of label columns, which the name of a check may take below the table."""
    figures = len(table.blocks[0].columns)
    return width - figures if table.arrangement == "matrix" else figures - 1


def _write_gap(draft: Draft, sheet: Worksheet, mine: list[Instance], place: Place) -> None:
    """How far an equation is out; a request to look again for a warning, or where one cell speaks for several."""
    rows = [draft.check_rows[one.code, one.rule.anchor] for one in mine]
    failed = f'COUNTIF({draft.results(rows)},"{FAILED}")>0'
    shown = any(draft.result_of(one) == FAILED for one in mine)
    first = mine[0]
    if len(mine) == 1 and first.check.severity == "error" and first.rule.expression.operator == "=":
        text, words = f"相差 {text_of(draft.gap_of(first))}", f'"相差 "&{draft.results(rows, GAP_COLUMN)}'
    else:
        text, words = "请核对", '"请核对"'
    draft.paper.calculate(sheet, place, f'IF({failed},{words},"")', text if shown else "", "gap")


def _write_gap_head(draft: Draft, sheet: Worksheet, mine: list[Instance], place: Place, columns: int) -> None:
    results = draft.results(draft.check_rows[one.code, one.rule.anchor] for one in mine)
    text = f"{mine[0].code}　{mine[0].sentence}：" if columns > 1 else ""
    shown = any(draft.result_of(one) == FAILED for one in mine)
    formula = f'IF(COUNTIF({results},"{FAILED}")>0,"{text}","")'
    draft.paper.calculate(sheet, place, formula, text if shown else "", "gap head", columns - 1)


def wrong_count_formula(draft: Draft, keys: Mapping[Key, Entry]) -> str:
    """Excel number of cells whose figure cannot stand: negative, not whole, or too finely divided."""
    terms = []
    groups: dict[tuple[str, bool, int, str], list[Key]] = {}
    for key, entry in keys.items():
        column = entry.column
        groups.setdefault((column.kind, column.signed, column.decimals, key.table), []).append(key)
    for (kind, signed, decimals, _), mine in groups.items():
        for area in draft.areas(mine):
            exact = f"INT({area})" if kind == "count" else f"ROUND({area},{decimals})"
            terms += [] if signed else [f'COUNTIF({area},"<0")']
            # a text counts as not filled in: its own term becomes an error, which is no number
            terms.append(f"SUMPRODUCT(ISNUMBER({area})*ISNUMBER(1/({area}<>{exact})))")
    return "+".join(terms)
