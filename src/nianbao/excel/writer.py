"""Figures into a workbook: a blank template, a filled one and the county's tables are the same act of writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from xlsxwriter.worksheet import Worksheet

from nianbao.checks import Instance, instances, label_of
from nianbao.excel.identity import IDENTITY_SHEET, PROPERTY, identity_fields
from nianbao.excel.look import column_widths, height_of, row_heights
from nianbao.excel.paper import Paper, absolute
from nianbao.figures import Key, Place
from nianbao.form import EXPLANATIONS_SHEET, Form, Table, Text
from nianbao.layout import FIELD_ROWS, Label, Layout, layout_of
from nianbao.numerals import expected_of
from nianbao.rules import figures_in, runs_of, to_excel, total_formula, undecided_formula
from nianbao.submission import DECLARED_NONE, YES_NO, Submission, declared_empty

COVER = "封面"
CHECKS = "校验"
PASSED, FAILED, OPEN = "通过", "不通过", "未填完"
_CHECK_ROWS = 3
_FIELD_WIDTHS = [46.0, 44.0, 12.0]


def write_template(form: Form, submission: Submission) -> bytes:
    """The locked workbook for one unit, with whatever figures and texts ``submission`` has; the bytes of an xlsx."""
    return FormWriter(form, submission).finish()


class FormWriter:
    """Writes one form with its figures; every table, label, rule and colour is derived from the form.

    ``entry_formula`` gives the formula of a figure that is filled in by units but computed here (a county's).
    """

    def __init__(
        self,
        form: Form,
        submission: Submission,
        *,
        entry_formula: Callable[[Key], str] | None = None,
        statement: str | None = None,
    ) -> None:
        self.form = form
        self.submission = submission
        self._layout: Layout = layout_of(form)
        self._entry_formula = entry_formula
        self._statement = statement
        identity = submission.identity
        self._footer = "　".join(
            part for part in (identity.county, identity.unit, identity.year and f"{identity.year} 年度") if part
        )
        stored = {PROPERTY + name: value for name, value in identity_fields(identity).items()}
        self.paper = Paper(form.title, stored)
        self._declared = declared_empty(form, submission.texts)
        self._checked = tuple(instances(form, submission))
        self._check_row = {id(one): row for row, one in enumerate(self._checked, _CHECK_ROWS)}
        self._write_cover()
        for table in form.tables:
            self._write_table(table)
        self._write_explanations()
        self._write_checks()

    def finish(self) -> bytes:
        """The workbook's bytes; the identity is written last, as a hidden sheet."""
        sheet = self.paper.sheet(IDENTITY_SHEET, [14.0, 40.0])
        for row, (name, value) in enumerate(identity_fields(self.submission.identity).items()):
            self.paper.put(sheet, Place(IDENTITY_SHEET, row, 0), name, "cell")
            self.paper.put(sheet, Place(IDENTITY_SHEET, row, 1), value, "cell")
        sheet.very_hidden()
        return self.paper.finish()

    # -- tables

    def _address(self, home: str | None) -> Callable[[Key], str]:
        return lambda key: absolute(self._layout.slots[key].place, home)

    def _declaration(self, home: str | None) -> Callable[[Key], str | None]:
        asked = {table.key for table in self.form.tables if self.form.declaration_of(table.key)}
        return lambda key: absolute(self._layout.notices[key.table], home) if key.table in asked else None

    def _write_table(self, table: Table) -> None:
        width = self._layout.widths[table.key]
        labels = [label for label in self._layout.labels if label.sheet == table.sheet]
        keys = [key for key in self._layout.slots if key.table == table.key]
        widths = column_widths(table, width)
        sheet = self.paper.sheet(table.sheet, widths, landscape=table.arrangement == "row", footer=self._footer)
        sheet.fit_to_pages(1, 1)
        for row, height in row_heights(labels, widths).items():
            sheet.set_row(row, height)
        for label in labels:
            self._write_label(sheet, label)
        self._write_head_line(sheet, table, width)
        for key in keys:
            self._write_figure(sheet, key)
        entries = [key for key in keys if self.form.entries[key].filled_in]
        if self._entry_formula is None:
            self._mark_blanks(sheet, table, entries)
        self._mark_broken_rules(sheet, table)
        last = max(self._layout.slots[key].place.row for key in keys)
        signature = "填报人：　　　　　　审核人：　　　　　　单位负责人：　　　　　　（盖章）"
        sheet.merge_range(last + 2, 0, last + 2, width - 1, signature, self.paper.style("signature"))
        first = self._layout.slots[entries[0]].place
        sheet.freeze_panes(first.row if table.arrangement != "blocks" else 2, first.column)
        sheet.set_selection(first.row, first.column, first.row, first.column)

    def _write_label(self, sheet: Worksheet, label: Label) -> None:
        if label.row == 0:
            style = "title"
        elif label.text.startswith("（本列") or label.last_column == label.column == 0:
            style = "line"
        else:
            slots = self._layout.slots.values()
            beside = any(
                slot.place.sheet == label.sheet and label.row <= slot.place.row <= label.last_row for slot in slots
            )
            style = "line" if beside else "head"
        if (label.row, label.column) == (label.last_row, label.last_column):
            self.paper.put(sheet, label.place, label.text, style)
        else:
            area = (label.row, label.column, label.last_row, label.last_column)
            sheet.merge_range(*area, label.text, self.paper.style(style))

    def _write_head_line(self, sheet: Worksheet, table: Table, width: int) -> None:
        """The second row: whose figures these are, and what the unit declared about this table."""
        unit, year = (self._layout.fields[self.form.text_of_identity(part).key].place for part in ("unit", "year"))
        notice = self._layout.notices[table.key]
        identity = self.submission.identity
        whose = f"单位：{identity.unit or ''}　　{'' if identity.year is None else identity.year} 年度"
        formula = f'"单位："&{absolute(unit)}&"　　"&{absolute(year)}&" 年度"'
        self.paper.calculate(sheet, Place(table.sheet, 1, 0), formula, whose, "unit", notice.column - 1)
        question = self.form.declaration_of(table.key)
        if question is None or self._entry_formula is not None:
            self.paper.put(sheet, notice, "", "notice", width - 1)
            return
        text = "已声明本年度没有，空白按 0 计"
        answer = absolute(self._layout.fields[question.key].place)
        formula = f'IF({answer}="{DECLARED_NONE}","{text}","")'
        self.paper.calculate(sheet, notice, formula, text if table.key in self._declared else "", "notice", width - 1)

    def _write_figure(self, sheet: Worksheet, key: Key) -> None:
        entry, slot = self.form.entries[key], self._layout.slots[key]
        value = self.submission.values.get(key)
        if not entry.filled_in:
            home = slot.place.sheet
            formula = total_formula(entry.parts, self._address(home), self._declaration(home))
            self.paper.calculate(sheet, slot.place, formula, value, "total", slot.last_column)
        elif self._entry_formula is not None:
            formula = self._entry_formula(key)
            self.paper.calculate(sheet, slot.place, formula, value, "figure", slot.last_column)
        else:
            self.paper.put(sheet, slot.place, value, "entry", slot.last_column)
            self._validate(sheet, key)

    def _validate(self, sheet: Worksheet, key: Key) -> None:
        column, place = self.form.entries[key].column, self._layout.slots[key].place
        rule: dict[str, object] = {"validate": "integer", "criteria": ">=", "value": 0}
        if column.signed:
            rule["value"] = -999_999_999
        if column.kind == "amount":
            cell = f"{absolute(place, place.sheet)}"
            formula = f"=AND(ISNUMBER({cell}),{cell}>=0,ROUND({cell},{column.decimals})={cell})"
            rule = {"validate": "custom", "value": formula}
        rule |= {"error_title": "填写有误", "error_message": f"应填{expected_of(column)}。"}
        sheet.data_validation(place.row, place.column, place.row, place.column, rule)

    def _mark_blanks(self, sheet: Worksheet, table: Table, keys: list[Key]) -> None:
        notice = absolute(self._layout.notices[table.key], table.sheet)
        for cells in runs_of([self._layout.slots[key].place.cell for key in keys]):
            first = cells.partition(":")[0]
            for condition, style in (
                (f'=AND({notice}="",ISBLANK({first}))', "blank"),
                (f'=AND({notice}<>"",ISBLANK({first}))', "declared"),
                (f"=ISTEXT({first})", "bad"),
            ):
                rule = {"type": "formula", "criteria": condition, "format": self.paper.style(style)}
                sheet.conditional_format(cells, rule)

    def _mark_broken_rules(self, sheet: Worksheet, table: Table) -> None:
        address, declaration = self._address(table.sheet), self._declaration(table.sheet)
        for one in self._checked:
            figures = figures_in(one.rule.expression)
            if any(key.table != table.key for key in figures):
                continue  # a conditional format may not look at another sheet
            undecided = undecided_formula(figures, address, declaration)
            holds = to_excel(one.rule.expression, address)
            cells = [self._layout.slots[key].place.cell for key in figures]
            rule = {
                "type": "formula",
                "criteria": f"=IFERROR(IF({undecided},FALSE,NOT({holds})),FALSE)",
                "format": self.paper.style("bad" if one.check.severity == "error" else "odd"),
                "multi_range": " ".join(runs_of(cells)),
            }
            sheet.conditional_format(cells[0], rule)

    # -- cover, explanations

    def _write_cover(self) -> None:
        sheet = self.paper.sheet(COVER, _FIELD_WIDTHS, footer=self._footer)
        identity = self.submission.identity
        title = f"{self.form.title}数据报表"
        sheet.merge_range(0, 0, 0, 2, title, self.paper.style("title"))
        sheet.set_row(0, 36)
        subtitle = f"（{self.form.edition} 年版，{self.form.source}；{identity.level}）"
        sheet.merge_range(1, 0, 1, 2, subtitle, self.paper.style("subtitle"))
        sheet.set_row(2, 30)
        texts = [text for text in self.form.texts if text.sheet == COVER]
        given = {
            self.form.text_of_identity(part).key: str(value)
            for part, value in (
                ("county", identity.county),
                ("unit", identity.unit),
                ("code", identity.code),
                ("year", identity.year),
            )
            if value is not None
        }
        if identity.tier != "unit":
            given.setdefault(self.form.text_of_identity("county").key, "")
        self._write_fields(sheet, texts, given)
        first = FIELD_ROWS + len(texts) + 1
        head = ["校验结果（随填随算）", "结果", "查看"]
        for column, text in enumerate(head):
            self.paper.put(sheet, Place(COVER, first, column), text, "head")
        row = first + 1
        for table in self.form.tables:
            self._write_blank_count(sheet, table, row)
            row += 1
        for code in dict.fromkeys(one.code for one in self._checked):
            self._write_check_summary(sheet, code, row)
            row += 1
        self._write_overall(sheet, first + 1)
        broken = {"type": "text", "criteria": "begins with", "value": FAILED, "format": self.paper.style("bad")}
        passed = {"type": "text", "criteria": "begins with", "value": PASSED, "format": self.paper.style("good")}
        sheet.conditional_format(first + 1, 1, row - 1, 1, broken)
        sheet.conditional_format(first + 1, 1, row - 1, 1, passed)
        open_places = [self._layout.fields[text.key].place for text in texts if text.key not in given]
        if open_places:
            sheet.set_selection(open_places[0].row, 1, open_places[0].row, 1)
        sheet.activate()

    def _write_fields(self, sheet: Worksheet, texts: list[Text], given: Mapping[str, str]) -> None:
        for text in texts:
            field = self._layout.fields[text.key]
            sheet.set_row(field.place.row, max(24.0, height_of(text.label, _FIELD_WIDTHS[0])))
            self.paper.put(sheet, field.label.place, text.label, "cell")
            locked = text.key in given or (text.declares is not None and self._entry_formula is not None)
            value = given.get(text.key, self.submission.texts.get(text.key))
            self.paper.put(sheet, field.place, value, "given" if locked else "field")
            if locked:
                continue
            rule: dict[str, object] = {"validate": "length", "criteria": "<=", "value": 2000}
            rule["error_message"] = "最多填 2000 字。"
            if text.kind == "choice":
                rule = {"validate": "list", "source": list(YES_NO), "error_message": "请选择“是”或“否”。"}
            sheet.data_validation(field.place.row, 1, field.place.row, 1, {"error_title": "填写有误", **rule})
            cell = field.place.cell
            blank = {"type": "formula", "criteria": f"=ISBLANK({cell})", "format": self.paper.style("blank")}
            sheet.conditional_format(cell, blank)

    def _write_blank_count(self, sheet: Worksheet, table: Table, row: int) -> None:
        keys = [key for key, entry in self.form.entries.items() if key.table == table.key and entry.filled_in]
        count = f"{len(keys)}-COUNT({','.join(runs_of([self._address(None)(key) for key in keys]))})"
        notice = self._declaration(None)(keys[0])
        formula = count if notice is None else f'IF({notice}<>"",0,{count})'
        blank = sum(self.submission.values.get(key) is None for key in keys)
        self.paper.put(sheet, Place(COVER, row, 0), f"{table.sheet}还没有填的单元格（个）", "cell")
        self.paper.calculate(sheet, Place(COVER, row, 1), formula, blank, "centred")
        self.paper.link(sheet, Place(COVER, row, 2), self._layout.slots[keys[0]].place, "去填写")

    def _write_check_summary(self, sheet: Worksheet, code: str, row: int) -> None:
        mine = [one for one in self._checked if one.code == code]
        rows = [self._check_row[id(one)] for one in mine]
        results = f"{CHECKS}!$D${rows[0] + 1}:$D${rows[-1] + 1}"
        failed = f'COUNTIF({results},"{FAILED}")'
        formula = f'IF({failed}>0,"{FAILED}（"&{failed}&" 处）",IF(COUNTIF({results},"{OPEN}")>0,"{OPEN}","{PASSED}"))'
        verdicts = [one.verdict for one in mine]
        bad = verdicts.count(False)
        result = f"{FAILED}（{bad} 处）" if bad else OPEN if None in verdicts else PASSED
        text = f"{code}　{mine[0].sentence}"
        sheet.set_row(row, max(20.0, height_of(text, _FIELD_WIDTHS[0])))
        self.paper.put(sheet, Place(COVER, row, 0), text, "cell")
        self.paper.calculate(sheet, Place(COVER, row, 1), formula, result, "centred")
        self.paper.link(sheet, Place(COVER, row, 2), Place(CHECKS, rows[0], 0), "查看")

    def _write_overall(self, sheet: Worksheet, first: int) -> None:
        """The line under the title: whether this workbook can be handed in; or what a county's was made from."""
        if self._statement is not None:
            sheet.merge_range(2, 0, 2, 2, self._statement, self.paper.style("status"))
            return
        blanks = f"SUM($B${first + 1}:$B${first + len(self.form.tables)})"
        last = _CHECK_ROWS + len(self._checked)
        rows = f"{_CHECK_ROWS + 1}:${{}}${last}"
        results, severities = (f"{CHECKS}!${column}${rows.format(column)}" for column in "DG")
        failed = f'COUNTIFS({results},"{FAILED}",{severities},"错误")'
        formula = (
            f'IF({blanks}>0,"还不能上报：还有 "&{blanks}&" 个单元格没有填",'
            f'IF({failed}>0,"还不能上报：有 "&{failed}&" 处勾稽不通过","可以上报"))'
        )
        entries = self.form.entries.items()
        blank = sum(entry.filled_in and self.submission.values.get(key) is None for key, entry in entries)
        bad = sum(one.verdict is False and one.severity == "error" for one in self._checked)
        result = "可以上报"
        if blank or bad:
            result = f"还不能上报：还有 {blank} 个单元格没有填" if blank else f"还不能上报：有 {bad} 处勾稽不通过"
        self.paper.calculate(sheet, Place(COVER, 2, 0), formula, result, "status", 2)

    def _write_explanations(self) -> None:
        name = EXPLANATIONS_SHEET
        sheet = self.paper.sheet(name, [46.0, 60.0], footer=self._footer)
        sheet.merge_range(0, 0, 0, 1, name, self.paper.style("title"))
        hint = "数据属实而校验提示异常的，在对应的行里写明原因；没有可以不填。"
        sheet.merge_range(1, 0, 1, 1, hint, self.paper.style("unit"))
        for column, head in enumerate(("校验或事项", "说明")):
            self.paper.put(sheet, Place(name, 2, column), head, "head")
        texts = [text for text in self.form.texts if text.sheet == name]
        self._write_fields(sheet, texts, MappingProxyType({}))
        for text in texts:
            sheet.set_row(self._layout.fields[text.key].place.row, 48)

    # -- the sheet of checks

    def _write_checks(self) -> None:
        sheet = self.paper.sheet(CHECKS, [8.0, 40.0, 50.0, 10.0, 10.0, 8.0, 8.0], landscape=True, footer=self._footer)
        sheet.merge_range(0, 0, 0, 6, "勾稽校验", self.paper.style("title"))
        hint = "结果随填随算：未填完＝有关各栏还有空白；错误须改正后才能上报，提示请核对，属实的在“情况说明”中说明。"
        sheet.merge_range(1, 0, 1, 6, hint, self.paper.style("unit"))
        for column, text in enumerate(("代码", "校验内容", "位置", "结果", "相差", "查看", "类别")):
            self.paper.put(sheet, Place(CHECKS, 2, column), text, "head")
        for one in self._checked:
            self._write_check(sheet, one, self._check_row[id(one)])
        last = _CHECK_ROWS + len(self._checked) - 1
        for verdict, style in ((FAILED, "bad"), (PASSED, "good")):
            rule = {"type": "cell", "criteria": "==", "value": f'"{verdict}"', "format": self.paper.style(style)}
            sheet.conditional_format(_CHECK_ROWS, 3, last, 3, rule)
        sheet.freeze_panes(_CHECK_ROWS, 0)
        sheet.repeat_rows(2)

    def _write_check(self, sheet: Worksheet, one: Instance, row: int) -> None:
        anchor = self._layout.slots[one.rule.anchor].place
        location = f"{label_of(self.form, one.rule.anchor)}（{anchor.cell}）"
        sheet.set_row(row, max(height_of(one.sentence, 40), height_of(location, 50)))
        address, declaration = self._address(None), self._declaration(None)
        undecided = undecided_formula(figures_in(one.rule.expression), address, declaration)
        holds = to_excel(one.rule.expression, address)
        formula = f'IFERROR(IF({undecided},"{OPEN}",IF({holds},"{PASSED}","{FAILED}")),"{OPEN}")'
        result = {True: PASSED, False: FAILED, None: OPEN}[one.verdict]
        for column, text in enumerate((one.code, one.sentence, location)):
            self.paper.put(sheet, Place(CHECKS, row, column), text, "centred" if column == 0 else "cell")
        self.paper.calculate(sheet, Place(CHECKS, row, 3), formula, result, "centred")
        difference = one.difference if one.verdict is False else None
        if one.rule.expression.operator == "=":
            left, right = (to_excel(side, address) for side in one.rule.expression.operands)
            formula = f'IF($D${row + 1}="{FAILED}",ROUND({left}-({right}),6),"")'
            self.paper.calculate(sheet, Place(CHECKS, row, 4), formula, difference, "centred")
        else:
            self.paper.put(sheet, Place(CHECKS, row, 4), None, "centred")
        self.paper.link(sheet, Place(CHECKS, row, 5), anchor, "查看")
        severity = "错误" if one.check.severity == "error" else "提示"
        self.paper.put(sheet, Place(CHECKS, row, 6), severity, "centred")
