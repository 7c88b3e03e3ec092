"""The sheet 概览: what the sums are worth, the figures leaders ask for, plain sentences, charts; all live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from nianbao.checks import instances, text_of
from nianbao.consolidation import Consolidation
from nianbao.excel.county.detail import Detail
from nianbao.excel.county.names import OVERVIEW, STATUSES
from nianbao.excel.look import height_of
from nianbao.excel.paper import Paper, absolute
from nianbao.figures import Key, Place, column_name
from nianbao.form import Form
from nianbao.layout import layout_of
from nianbao.previous import pairs, why_not
from nianbao.rules import Number

_WIDTHS = [30.0, 14.0, 14.0, 14.0, 14.0, 14.0]
_MOST_UNITS, _MOST_CHANGES = 10, 5


class Overview:
    """The first sheet of the county workbook; made before the others, written after them."""

    def __init__(self, paper: Paper, result: Consolidation, detail: Detail) -> None:
        self._paper, self._result, self._detail = paper, result, detail
        self._form: Form = result.form
        self._sheet: Worksheet = paper.sheet(OVERVIEW, _WIDTHS, footer=result.title)
        self._row = 0

    def write(self) -> None:
        """Write the sheet."""
        self._line(f"{self._result.title}政府信息公开数据概览", "title", 36)
        self._line(f"{self._result.statement}。", "status")
        self._line(self._verdicts(), "remark line")
        self._row += 1
        self._write_headlines()
        self._row += 1
        for sentence in self._form.summary:
            self._write_sentence(sentence)
        self._row += 1
        first = self._write_applications()
        second = self._write_outcomes()
        third = self._write_changes()
        self._chart(first, "各单位新收申请（件，最多的十个）", "bar")
        self._chart(second, "办理结果（件）", "column")
        if third is not None:
            self._chart(third, "与上年相比变化最大的五项", "bar")
        self._sheet.set_selection(0, 0, 0, 0)

    def _line(self, text: str, style: str, least: float = 24.0) -> None:
        self._sheet.set_row(self._row, max(least, height_of(text, sum(_WIDTHS))))
        self._paper.put(self._sheet, Place(OVERVIEW, self._row, 0), text, style, len(_WIDTHS) - 1)
        self._row += 1

    def _verdicts(self) -> str:
        counts: Counter[str] = Counter(one.status for one in self._result.returns)
        files = "，".join(f"{word} {counts[status]} 份" for status, word in STATUSES.items() if counts[status])
        verdicts = Counter(one.verdict for one in instances(self._form, self._result.total))
        checks = f"汇总后的勾稽校验：通过 {verdicts[True]} 项，不通过 {verdicts[False]} 项"
        checks += f"，无法判断 {verdicts[None]} 项" if verdicts[None] else ""
        adjusted = f"；汇总调整 {len(self._result.adjustments)} 条" if self._result.adjustments else ""
        return f"收到的文件：{files or '无'}。{checks}{adjusted}。"

    def _address(self, key: Key) -> str:
        return absolute(layout_of(self._form).slots[key].place)

    def _write_headlines(self) -> None:
        """One column a figure: its labels above, the live figure below."""
        entries, total = self._form.entries, self._result.total.values
        self._sheet.set_row(self._row, 62)
        self._sheet.set_row(self._row + 1, 30)
        for column, key in enumerate(self._form.headlines):
            entry = entries[key]
            head = "\n".join(entry.line.labels[-2:])
            if entry.column.labels[-1] != "总计":
                head += f"（{entry.column.labels[-1]}）"
            self._paper.put(self._sheet, Place(OVERVIEW, self._row, column), head, "small head")
            place = Place(OVERVIEW, self._row + 1, column)
            self._paper.calculate(self._sheet, place, self._address(key), total[key], "headline")
        self._row += 2

    def _write_sentence(self, sentence: tuple[str | Key, ...]) -> None:
        total = self._result.total.values
        words = [piece if isinstance(piece, str) else (text_of(total[piece]) or "") for piece in sentence]
        formula = "&".join(f'"{piece}"' if isinstance(piece, str) else self._address(piece) for piece in sentence)
        text = "".join(words)
        self._sheet.set_row(self._row, height_of(text, sum(_WIDTHS)))
        place = Place(OVERVIEW, self._row, 0)
        self._paper.calculate(self._sheet, place, formula, text, "remark line", len(_WIDTHS) - 1)
        self._row += 1

    # -- the figures behind the charts

    def _write_applications(self) -> tuple[int, int]:
        """The units with most of the first headline figure, each live over its row of 明细; first and last row."""
        key = self._form.headlines[0]
        units = [(one.value(key) or 0, number) for number, one in enumerate(self._detail.units) if one.value(key)]
        most = sorted(units, key=lambda one: (-one[0], one[1]))[:_MOST_UNITS]
        rows = [
            (self._detail.units[number].unit_name or self._detail.units[number].file, self._over(key, number), value)
            for value, number in most
        ]
        return self._write_list("新收申请最多的单位", rows)

    def _over(self, key: Key, unit: int) -> str:
        """Formula of one unit's figure, a total being the sum of its parts in 明细."""
        parts = self._form.entries[key].parts or (key,)
        return f"SUM({','.join(absolute(self._detail.place(unit, part)) for part in parts)})"

    def _write_outcomes(self) -> tuple[int, int]:
        """The parts of the total that has most of them, grouped as the form groups them."""
        total = max(
            (key for key, entry in self._form.entries.items() if entry.parts and key.column == "total"),
            key=lambda key: len(self._leaves(key)),
        )
        groups: dict[str, list[Key]] = {}
        for part in self._leaves(total):
            labels = self._form.entries[part].line.labels
            groups.setdefault(labels[1] if len(labels) > 1 else labels[0], []).append(part)
        values: Mapping[Key, Number | None] = self._result.total.values
        rows = [
            (
                name.partition("（区分")[0],
                "+".join(f"N({self._address(key)})" for key in keys),
                sum((values[key] or 0) for key in keys),
            )
            for name, keys in groups.items()
        ]
        return self._write_list("办理结果", rows)

    def _write_changes(self) -> tuple[int, int] | None:
        """The figures that changed most on last year, each live against last year's; None where that is not known."""
        previous = None if self._result.last_year is None else self._result.last_year.total
        if previous is None or why_not(self._result.total.identity, previous.identity):
            return None
        # a figure that a total column adds up would only repeat what its total says
        repeated = {part for entry in self._form.entries.values() if entry.column.total_of for part in entry.parts}
        rows: list[tuple[str, str, Number]] = []
        for pair in pairs(self._form, previous.identity.edition):
            last = previous.values.get(pair.last)
            now = [self._result.total.values.get(key) for key in pair.this]
            if last is None or None in now or repeated & set(pair.this):
                continue
            change = sum(value for value in now if value is not None) - last
            if change:
                formula = "+".join(f"N({self._address(key)})" for key in pair.this) + f"-({text_of(last)})"
                line = self._form.entries[pair.this[0]].line.labels[-1].partition("（区分")[0]
                head = self._form.entries[pair.this[0]].column.labels[-1]
                rows.append((line if head == "总计" else f"{line}（{head}）", f"ROUND({formula},6)", change))
        rows.sort(key=lambda one: (-abs(Decimal(one[2])), one[0]))
        return self._write_list("与上年相比变化最大的", rows[:_MOST_CHANGES], "增减") if rows else None

    def _leaves(self, key: Key) -> list[Key]:
        """The lines that a total adds up, in its own column."""
        line = self._form.entries[key].line
        return [Key(key.table, part, key.column) for part in line.total_of]

    def _write_list(self, head: str, rows: list[tuple[str, str, Number]], unit: str = "件") -> tuple[int, int]:
        for column, text in enumerate((head, unit)):
            self._paper.put(self._sheet, Place(OVERVIEW, self._row, column), text, "head")
        first = self._row + 1
        for row, (name, formula, value) in enumerate(rows, first):
            self._paper.put(self._sheet, Place(OVERVIEW, row, 0), name, "cell")
            self._paper.calculate(self._sheet, Place(OVERVIEW, row, 1), formula, value, "centred")
        last = first + max(len(rows), 1) - 1
        self._row = last + 2
        # the chart stands beside its figures and is taller than a short list
        self._row = max(self._row, first + 13)
        return first, last

    def _chart(self, rows: tuple[int, int], title: str, kind: str) -> None:
        first, last = rows
        chart = cast(Chart, self._paper.book.add_chart({"type": kind}))
        cells = {"name": 0, "value": 1}
        areas = {
            what: f"={OVERVIEW}!${column_name(column)}${first + 1}:${column_name(column)}${last + 1}"
            for what, column in cells.items()
        }
        label = {"value": True, "font": {"size": 9}}
        chart.add_series(
            {"categories": areas["name"], "values": areas["value"], "data_labels": label, "fill": {"color": "#4472C4"}}
        )
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"none": True})
        # the values stand on the bars; of a bar chart the first unit comes first
        chart.set_x_axis({"visible": kind != "bar", "major_gridlines": {"visible": False}})
        chart.set_y_axis({"visible": kind == "bar", "reverse": kind == "bar", "major_gridlines": {"visible": False}})
        chart.set_size({"width": 460, "height": 270})
        self._sheet.insert_chart(first - 1, 2, chart, {"x_offset": 12, "description": title})
