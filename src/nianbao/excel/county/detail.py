"""The sheet 明细: a row per unit and a column per figure, over which the official tables are formulas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from nianbao.consolidation import Consolidation
from nianbao.excel.county.names import (
    ADJUST_ROW,
    ADJUSTMENT_HEADS,
    ADJUSTMENTS,
    BOTH_ROW,
    CELL_ROW,
    CODE,
    COLUMN_ROW,
    DETAIL,
    FIRST_FIGURE,
    FIRST_UNIT,
    IN,
    KEY_ROW,
    LINE_ROW,
    LIST_FIRST,
    NAME,
    NO,
    NUMBER,
    SOURCES,
    SUM_ROW,
    TABLE_ROW,
    YES,
)
from nianbao.excel.paper import Paper
from nianbao.figures import Key, Place, column_name
from nianbao.layout import layout_of
from nianbao.returns import Return
from nianbao.rules import Number


class Detail:
    """The sheet 明细 of one consolidation, and the formulas that add it up."""

    def __init__(self, result: Consolidation) -> None:
        self._result = result
        self._form = result.form
        self.keys = [key for key, entry in result.form.entries.items() if entry.filled_in]
        self._column = {key: number for number, key in enumerate(self.keys, FIRST_FIGURE)}
        self.units = sorted((*result.counted, *result.uncounted), key=result.rank)
        self._last_unit = FIRST_UNIT + max(len(self.units), 1) - 1
        self._adjusted: dict[Key, Number] = defaultdict(int)
        for one in result.adjustments:
            self._adjusted[one.key] += one.amount

    def place(self, unit: int, key: Key) -> Place:
        """The cell of a figure of the unit with that number (from 0)."""
        return Place(DETAIL, FIRST_UNIT + unit, self._column[key])

    def total_of(self, key: Key) -> str:
        """Formula of a county figure: the units that count and its adjustments added up; empty if none reported it."""
        present, added = self._added(key, f"{DETAIL}!")
        if key in self._adjusted:
            return f"ROUND({added}+{self._adjustment(key)},6)"
        return f'IF({present}=0,"",ROUND({added},6))'

    def _added(self, key: Key, sheet: str) -> tuple[str, str]:
        cells, counts = self._range(self._column[key], sheet), self._range(IN, sheet)
        return f'COUNTIFS({counts},"{YES}",{cells},"<>")', f'SUMIF({counts},"{YES}",{cells})'

    def _range(self, column: int, sheet: str) -> str:
        letters = column_name(column)
        return f"{sheet}${letters}${FIRST_UNIT + 1}:${letters}${self._last_unit + 1}"

    def _adjustment(self, key: Key) -> str:
        last = LIST_FIRST + len(self._result.adjustments)
        keys, amounts = (
            f"{ADJUSTMENTS}!${column_name(ADJUSTMENT_HEADS.index(head))}${LIST_FIRST + 1}"
            f":${column_name(ADJUSTMENT_HEADS.index(head))}${last}"
            for head in ("数据", "调整数")
        )
        return f'SUMIF({keys},"{key}",{amounts})'

    def write(self, paper: Paper, source_rows: Sequence[int]) -> None:
        """Write the sheet; ``source_rows`` gives the row in 来源 of each unit's file."""
        widths = [6.0, 8.0, 26.0, 6.0] + [9.0] * len(self.keys)
        sheet = paper.sheet(DETAIL, widths, landscape=True, footer=self._result.title)
        paper.put(sheet, Place(DETAIL, 0, 0), f"{self._result.title}各单位明细", "sheet title")
        remark = "每行一个单位，每列一个由单位填报的数据；“计入”为“是”的各行相加，再加汇总调整，即为官方表格中的数字。"
        paper.put(sheet, Place(DETAIL, 1, 0), remark, "remark")
        self._write_heads(paper, sheet)
        self._write_sums(paper, sheet)
        for number, one in enumerate(self.units):
            self._write_unit(paper, sheet, number, one, source_rows[number])
        last = FIRST_FIGURE + len(self.keys) - 1
        area = (FIRST_UNIT, FIRST_FIGURE, self._last_unit, last)
        blank = {"type": "blanks", "format": paper.style("blank"), "stop_if_true": True}
        sheet.conditional_format(*area, blank)
        sheet.conditional_format(*area, {"type": "cell", "criteria": "==", "value": 0, "format": paper.style("zero")})
        sheet.autofilter(CELL_ROW, 0, self._last_unit, last)
        sheet.freeze_panes(FIRST_UNIT, FIRST_FIGURE)
        sheet.repeat_rows(TABLE_ROW, CELL_ROW)
        sheet.repeat_columns(NUMBER, IN)
        sheet.set_print_scale(55)

    def _write_heads(self, paper: Paper, sheet: Worksheet) -> None:
        for column, text in enumerate(("序号", "代码", "单位", "计入")):
            sheet.merge_range(TABLE_ROW, column, KEY_ROW, column, text, paper.style("head"))
        sheet.merge_range(CELL_ROW, NUMBER, CELL_ROW, IN, "报表中的单元格", paper.style("key"))
        sheet.set_row(LINE_ROW, 84)
        sheet.set_row(COLUMN_ROW, 44)
        titles = {table.key: table.title for table in self._form.tables}
        entries, slots = self._form.entries, layout_of(self._form).slots
        tables = [titles[key.table] for key in self.keys]
        lines = ["\n".join(entries[key].line.labels[-2:]) for key in self.keys]
        for row, texts in ((TABLE_ROW, tables), (LINE_ROW, lines)):
            for first, last, text in _runs(texts):
                area = (row, FIRST_FIGURE + first, row, FIRST_FIGURE + last)
                if first == last:
                    paper.put(sheet, Place(DETAIL, row, area[1]), text, "small head")
                else:
                    sheet.merge_range(*area, text, paper.style("small head"))
        for key, column in self._column.items():
            head, place = entries[key].column.labels[-1], slots[key].place
            paper.put(sheet, Place(DETAIL, COLUMN_ROW, column), head, "small head")
            paper.put(sheet, Place(DETAIL, KEY_ROW, column), str(key), "key")
            paper.put(sheet, Place(DETAIL, CELL_ROW, column), f"{place.sheet}!{place.cell}", "key")

    def _write_sums(self, paper: Paper, sheet: Worksheet) -> None:
        for row, text in (
            (SUM_ROW, "合计（计入汇总的单位）"),
            (ADJUST_ROW, "汇总调整"),
            (BOTH_ROW, "合计（含不计入汇总的单位）"),
        ):
            sheet.merge_range(row, NUMBER, row, IN, text, paper.style("total"))
        for key, column in self._column.items():
            total, adjusted = self._result.total.values[key], self._adjusted.get(key)
            present, added = self._added(key, "")
            counted = total if total is None or adjusted is None else total - adjusted
            formula = f'IF({present}=0,"",ROUND({added},6))'
            paper.calculate(sheet, Place(DETAIL, SUM_ROW, column), formula, counted, "total")
            if adjusted is None:
                paper.put(sheet, Place(DETAIL, ADJUST_ROW, column), None, "total")
            else:
                paper.calculate(sheet, Place(DETAIL, ADJUST_ROW, column), self._adjustment(key), adjusted, "total")
            cells = self._range(column, "")
            both = self._result.with_uncounted.values[key]
            both = both if both is None or adjusted is None else both - adjusted
            formula = f'IF(COUNT({cells})=0,"",ROUND(SUM({cells}),6))'
            paper.calculate(sheet, Place(DETAIL, BOTH_ROW, column), formula, both, "total")

    def _write_unit(self, paper: Paper, sheet: Worksheet, number: int, one: Return, source: int) -> None:
        row = FIRST_UNIT + number
        counted = YES if one.unit is None or one.unit.counted else NO
        paper.put(sheet, Place(DETAIL, row, NUMBER), number + 1, "centred")
        paper.put(sheet, Place(DETAIL, row, CODE), one.unit_code or "", "centred")
        paper.link(sheet, Place(DETAIL, row, NAME), Place(SOURCES, source, 0), one.unit_name or one.file)
        paper.put(sheet, Place(DETAIL, row, IN), counted, "centred")
        values = {} if one.submission is None else one.submission.values
        paper.figures(sheet, Place(DETAIL, row, FIRST_FIGURE), [values.get(key) for key in self._column], "figure")


def _runs(texts: Sequence[str]) -> list[tuple[int, int, str]]:
    """Neighbours with the same text as (first, last, text)."""
    runs: list[tuple[int, int, str]] = []
    for number, text in enumerate(texts):
        if runs and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], number, text)
        else:
            runs.append((number, number, text))
    return runs
