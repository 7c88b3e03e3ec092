"""Tables 二, 三 and 四 of a published report, read to keys under their printed labels, or refused with the reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from nianbao.figures import Key
from nianbao.findings import Finding
from nianbao.form import Block, Column, Form, Line, Table, editions, load_form
from nianbao.numerals import Numeral, expected_of
from nianbao.report.cells import Printed, Segment, Side, filling_side, fitted, numeral_of, segments_of
from nianbao.report.labels import aligned, bare, heads_in, letters, likeness
from nianbao.report.tokens import Token, Zones
from nianbao.rules import Number

State = Literal["read", "partial", "missing", "picture", "refused"]
_IN_YUAN = re.compile(r"单位:?元|\(元\)")
_MOST_CELLS_NAMED = 6


@dataclass(frozen=True, slots=True)
class TableReading:
    """What was read of one table, and what kept the rest from being read."""

    table: Table
    state: State
    printed: Mapping[Key, Printed]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TablesReading:
    """The tables of a report under the edition whose headings they have."""

    form: Form
    tables: tuple[TableReading, ...]

    @property
    def printed(self) -> dict[Key, Printed]:
        """Every figure that was found, by key."""
        return {key: one for table in self.tables for key, one in table.printed.items()}

    @property
    def values(self) -> dict[Key, Number | None]:
        """Every key of the form with its value as printed, totals too; None where there is none."""
        printed = self.printed
        return {key: printed[key].value if key in printed else None for key in self.form.entries}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What reading found, in the order of the tables."""
        return tuple(finding for table in self.tables for finding in table.findings)

    def state(self, table: str) -> State:
        """How a table was read."""
        return next(one.state for one in self.tables if one.table.key == table)


def read_tables(zones: Zones) -> TablesReading:
    """The three tables, under the edition whose printed headings agree best with them."""
    readings = []
    for edition in reversed(editions()):
        form = load_form(edition)
        readings.append(TablesReading(form, tuple(_read_table(form, table, zones) for table in form.tables)))
    return max(readings, key=lambda reading: len(reading.printed))


def _read_table(form: Form, table: Table, zones: Zones) -> TableReading:
    tokens = zones.tokens.get(table.key, ())  # type: ignore[call-overload]  # a form may have other tables
    if not any(token.kind == "value" for token in tokens) and not _blank_form(table, tokens):
        if table.key in zones.pictures:
            return _absent(table, "picture")
        return _absent(table, "missing")
    if table.arrangement == "row":
        return _Row(form, table, tokens).read()
    return _Rows(form, table, tokens).read()


def _blank_form(table: Table, tokens: Sequence[Token]) -> bool:
    """Whether the table is there with nothing filled in."""
    text = letters("".join(token.text for token in tokens if token.kind == "label"))
    lines = [line for block in table.blocks for line in block.lines]
    here = sum(bare(line.labels[-1]) in text for line in lines)
    return any(token.kind == "blank" for token in tokens) and here >= 0.6 * len(lines)


def _absent(table: Table, state: State) -> TableReading:
    if state == "picture":
        message = f"“{table.title}”里的表是图片，读不出数字；没有当作 0。"
        hint = "请把表格改成真正的表格（可用本工具导出的网页版），图片无法核对，读屏软件也读不出。"
    else:
        message = f"报告里没有找到“{table.title}”的表；没有当作 0。"
        hint = "请补上这张表；如果表在附件里，请连附件一起校对。"
    found = "图片" if state == "picture" else "没有表"
    return TableReading(
        table, state, {}, (Finding("S-2", "error", message, hint, sheet=table.sheet, found=found, expected="表格"),)
    )


class _Reader:
    """What the readers of both arrangements share: findings, and single figures."""

    def __init__(self, form: Form, table: Table, tokens: Sequence[Token]) -> None:
        self.form, self.table, self.tokens = form, table, tokens
        self.printed: dict[Key, Printed] = {}
        self.findings: list[Finding] = []
        self._odd: list[tuple[Key, Token, Numeral, Column]] = []
        self._blank: list[Key] = []

    def refuse(self, message: str, hint: str | None = None) -> None:
        hint = hint or "请按官方格式核对这张表；认不准的数字没有读取，也没有当作 0。"
        self.findings.append(Finding("V-5", "error", f"{self.table.sheet}：{message}", hint, sheet=self.table.sheet))

    def put(self, key: Key, token: Token) -> None:
        column = self.form.entries[key].column
        if not token.text.strip():
            self.printed[key] = Printed("", token.place, None)
            self._blank.append(key)
            return
        numeral = numeral_of(token.text, column)
        self.printed[key] = Printed(token.text, token.place, numeral.value)
        if numeral.value is None:
            self._odd.append((key, token, numeral, column))

    def finished(self, expected: int) -> TableReading:
        self._report_cells()
        if not self.printed:
            return TableReading(self.table, "refused", {}, tuple(self.findings))
        state: State = "read" if len(self.printed) == expected else "partial"
        return TableReading(self.table, state, self.printed, tuple(self.findings))

    def _report_cells(self) -> None:
        for key, token, numeral, column in self._odd[:_MOST_CELLS_NAMED]:
            where = f"{self._name(key)}（{token.place}）"
            self.findings.append(
                Finding(
                    numeral.code or "V-1",
                    "error",
                    f"{where}：{numeral.problem or '不是一个数'}。",
                    "没有发生的请填 0；没有把它当作 0。",
                    sheet=self.table.sheet,
                    key=key,
                    found=token.text,
                    expected=expected_of(column),
                )
            )
        if len(self._odd) > _MOST_CELLS_NAMED:
            more = len(self._odd) - _MOST_CELLS_NAMED
            key, token, numeral, _ = self._odd[_MOST_CELLS_NAMED]
            message = f"{self.table.sheet}：另有 {more} 格填的也不是数（如 {self._name(key)}“{token.text}”）。"
            self.findings.append(
                Finding(numeral.code or "V-1", "error", message, "没有发生的请填 0。", sheet=self.table.sheet, key=key)
            )
        if self._blank:
            message = (
                f"{self.table.sheet}有 {len(self._blank)} 格空白（第一处：{self._name(self._blank[0])}），没有当作 0。"
            )
            hint = "官方格式要求没有发生的填 0。"
            self.findings.append(
                Finding("V-3", "warning", message, hint, sheet=self.table.sheet, key=self._blank[0], expected="数字")
            )

    def _name(self, key: Key) -> str:
        entry = self.form.entries[key]
        return f"{self.table.sheet}“{entry.line.labels[-1]}”行“{entry.column.labels[-1]}”列"


class _Rows(_Reader):
    """Reads tables whose figures stand behind the label of their line: 二 and 三."""

    _side: Side | None = None

    def read(self) -> TableReading:
        lines = [(block, line) for block in self.table.blocks for line in block.lines]
        segments = self._one_table(segments_of(self.tokens), lines[0][1])
        labels = [line.labels[-1] for _, line in lines]
        counts = {len(block.columns) for block in self.table.blocks}
        self._side = filling_side(segments, counts)
        bonus = [
            0.3 if any(fitted(one.values, count, self._side) is not None for count in counts) else -0.2
            for one in segments
        ]
        pairs = aligned([segment.label for segment in segments], labels, bonus)
        pairs = {j: i for j, i in pairs.items() if segments[i].values}
        self._out_of_order(segments, labels, pairs)
        previous = -1
        block_heads: dict[int, bool] = {}
        for number, (block, line) in enumerate(lines):
            index = pairs.get(number)
            if index is None:
                continue
            if id(block) not in block_heads:
                begin = min(previous + 1, index)
                text = "".join(segment.label for segment in segments[begin : index + 1])
                block_heads[id(block)] = self._headed(block, text)
            previous = max(previous, index)
            if block_heads[id(block)]:
                self._line(line, block, segments[index])
        self._report_missing(lines, pairs, segments)
        return self.finished(sum(len(block.columns) for block, _ in lines))

    def _one_table(self, segments: list[Segment], first: Line) -> list[Segment]:
        """The segments of one table, the fullest, where a report prints the same table several times."""
        starts = [i for i, one in enumerate(segments) if one.values and likeness(one.label, first.labels[-1]) >= 1]
        if len(starts) < 2:
            return segments
        cuts = [0, *(max(start - 1, 0) for start in starts[1:]), len(segments)]
        parts = [segments[a:b] for a, b in pairwise(cuts)]
        lengths = [sum(bool(one.values) for one in part) for part in parts]
        best = parts[lengths.index(max(lengths))]
        if sum(length > 0.7 * max(lengths) for length in lengths) > 1:
            message = f"{self.table.sheet}在报告里不止一张，按第一张完整的读取。"
            self.findings.append(Finding("V-5", "note", message, sheet=self.table.sheet))
        return best

    def _out_of_order(self, segments: list[Segment], labels: list[str], pairs: dict[int, int]) -> None:
        """Lines that stand in another order are read all the same where their label is unmistakable, and named."""
        used = set(pairs.values())
        for number, label in enumerate(labels):
            if number in pairs or len(bare(label)) < 4 or labels.count(label) > 1:
                continue
            here = [
                i for i, one in enumerate(segments) if i not in used and one.values and likeness(one.label, label) > 1
            ]
            if len(here) == 1:
                pairs[number] = here[0]
                used.add(here[0])
                self.findings.append(
                    Finding(
                        "V-5",
                        "warning",
                        f"{self.table.sheet}“{label}”一行不在官方格式规定的位置（{segments[here[0]].place}）。",
                        "请按官方格式的顺序排列各行。",
                        sheet=self.table.sheet,
                    )
                )

    def _headed(self, block: Block, text: str) -> bool:
        """Whether the heads of the columns are printed above the figures in the form's order; refuses where not."""
        heads = [column.labels[-1] for column in block.columns]
        if any(column.unit_of_measure == "万元" for column in block.columns) and _IN_YUAN.search(_plain(text)):
            self.refuse(f"“{heads[0]}”印的单位是元，官方格式是万元；没有代为换算。", "请把单位改回万元，并换算金额。")
            return False
        if self.table.arrangement == "matrix":
            return self._matrix_headed(block, text)
        places = heads_in(text, heads)
        missing = [head for head, place in zip(heads, places, strict=True) if place < 0]
        if missing or places != sorted(places):
            what = f"没有“{missing[0]}”一栏" if missing else "各栏的顺序与官方格式不同"
            self.refuse(f"“{block.lines[0].labels[-1]}”一段{what}，数字没有读取。")
            return False
        return True

    def _matrix_headed(self, block: Block, text: str) -> bool:
        # heads may be broken over two rows (商业 | 科研 … 企业 | 机构); their first two signs never are
        run = letters(text)
        deepest = max(len(column.labels) for column in block.columns)
        inner = [bare(column.labels[-1])[:2] for column in block.columns if len(column.labels) == deepest]
        outer = [bare(column.labels[-1])[:2] for column in block.columns if len(column.labels) < deepest]
        run = run.replace("法人或其他组织", "")
        places, start = [], 0
        for head in inner:
            at = run.find(head, start)
            places.append(at)
            start = at + 1 if at >= 0 else start
        here = [head in run or (head == "总计" and "合计" in run) for head in outer]
        if -1 in places or not all(here):
            self.refuse("表头各栏（自然人、商业企业……总计）缺少或者顺序与官方格式不同，数字没有读取。")
            return False
        return True

    def _line(self, line: Line, block: Block, segment: Segment) -> None:
        values = fitted(segment.values, len(block.columns), self._side)
        if values is None:
            count = sum(token.kind == "value" for token in segment.values)
            self.refuse(
                f"“{line.labels[-1]}”一行应有 {len(block.columns)} 个数，读到 {count} 个（{segment.place}），"
                "对不上各栏，这一行没有读取。"
            )
            return
        for column, token in zip(block.columns, values, strict=True):
            self.put(Key(self.table.key, line.key, column.key), token)

    def _report_missing(
        self, lines: list[tuple[Block, Line]], pairs: Mapping[int, int], segments: list[Segment]
    ) -> None:
        missing = [line for number, (_, line) in enumerate(lines) if number not in pairs]
        if len(missing) > 0.6 * len(lines):
            self.refuse(f"多数行的名称与 {self.form.edition} 年版官方格式对不上。")
            return
        for line in missing:
            self.refuse(f"缺“{line.labels[-1]}”一行，或者这一行的名称改动得认不出。")
        used = set(pairs.values())
        first, last = min(pairs.values(), default=0), max(pairs.values(), default=-1)
        for index, segment in enumerate(segments):
            figures = [token.text for token in segment.values if token.kind == "value"]
            if index not in used and first < index < last and len(figures) > 1 and segment.label:
                self.findings.append(
                    Finding(
                        "V-5",
                        "warning",
                        f"{self.table.sheet}“{segment.label[-20:]}”一行（{segment.place}）不是官方格式里的行，没有读取。",
                        "请核对是不是多了一行，或者改动了行的名称。",
                        sheet=self.table.sheet,
                    )
                )


class _Row(_Reader):
    """Reads the table whose figures stand in one row under all its heads: 四."""

    def read(self) -> TableReading:
        block = self.table.blocks[0]
        keys = [Key(self.table.key, line.key, column.key) for line in block.lines for column in block.columns]
        last = max((i for i, token in enumerate(self.tokens) if token.kind == "label"), default=-1)
        texts = [token.text for token in self.tokens if token.kind == "label"]
        if not self._headed(block, texts):
            return self.finished(len(keys))
        runs = self._runs(last)
        values = next((fit for run in runs if (fit := fitted(run, len(keys), None)) is not None), None)
        if values is None and runs and len(runs) > 1:
            values = fitted([token for run in runs for token in run if token.kind == "value"], len(keys), None)
        if values is None:
            count = sum(token.kind == "value" for run in runs for token in run)
            self.refuse(f"应有 {len(keys)} 个数，读到 {count} 个，对不上各栏，没有读取。")
            return self.finished(len(keys))
        for key, token in zip(keys, values, strict=True):
            self.put(key, token)
        return self.finished(len(keys))

    def _runs(self, last_label: int) -> list[list[Token]]:
        """Runs of figures between labels; those below the heads first."""
        runs: list[list[Token]] = [[]]
        below: list[Token] = []
        for index, token in enumerate(self.tokens):
            if token.kind == "label" or (token.kind == "row" and not any(one.kind == "value" for one in runs[-1])):
                runs.append([])
            elif token.kind in {"value", "blank"}:
                runs[-1].append(token)
                if index > last_label:
                    below.append(token)
        found = [run for run in runs if any(token.kind == "value" for token in run)]
        blank = [below] if below and not found else []
        return found + blank

    def _headed(self, block: Block, texts: list[str]) -> bool:
        run = letters("".join(texts))
        heads = [bare(column.labels[-1]) for column in block.columns]
        lines = [bare(line.labels[-1]) for line in block.lines]
        found = re.findall("|".join(heads), run)
        wanted = heads * len(block.lines)
        if found[-len(wanted) :] == wanted and all(line in run for line in lines):
            return True
        # heads broken over two rows no longer follow each other; then each must at least stand there three times
        halves = [head[-2:] for head in heads]
        if len(found) < len(wanted) and all(run.count(half) >= len(block.lines) for half in halves):
            return all(line in run for line in lines)
        missing = [text for text in (*lines, *heads) if text not in run]
        what = f"没有“{missing[0]}”一栏" if missing else "各栏缺少或者顺序与官方格式不同"
        self.refuse(f"表头{what}，数字没有读取。")
        return False


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
