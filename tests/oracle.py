"""What the published report of a county prints in its three tables: an independent transcription.

Reads ``seeds/huachuan-2021.txt`` (桦川县2021年政府信息公开工作年度报告) and nothing else; it never imports the package
under test. In that text a line that begins with a tab begins a cell, any other line continues one, a blank line
ends a row of the table. A cell that is merged downwards is printed empty in the rows below; one that is merged to
the right is printed once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

SEED = Path(__file__).parent / "seeds" / "huachuan-2021.txt"
TITLES = {
    "2": "二、主动公开政府信息情况",
    "3": "三、收到和处理政府信息公开申请情况",
    "4": "四、政府信息公开行政复议、行政诉讼情况",
}
LINES = {
    "规章": "regulations",
    "行政规范性文件": "normative_documents",
    "行政许可": "licences",
    "行政处罚": "penalties",
    "行政强制": "coercive_measures",
    "行政事业性收费": "fees",
    "行政复议": "review",
    "未经复议直接起诉": "direct_suit",
    "复议后起诉": "suit_after_review",
}
COLUMNS = {
    "2": {
        "本年制发件数": "issued",
        "本年废止件数": "repealed",
        "现行有效件数": "in_force",
        "本年处理决定数量": "decisions",
        "本年收费金额（单位：万元）": "amount",
    },
    "3": {
        "自然人": "natural",
        "商业企业": "business",
        "科研机构": "research",
        "社会公益组织": "welfare",
        "法律服务机构": "legal",
        "其他": "other",
        "总计": "total",
    },
    "4": {
        "结果维持": "upheld",
        "结果纠正": "corrected",
        "其他结果": "other",
        "尚未审结": "pending",
        "总计": "total",
    },
}
_NUMERAL = re.compile(r"([一二三四五六七])、|（([一二三四五六七])）|([1-9])\.")
_DIGITS = {sign: number for number, sign in enumerate("一二三四五六七", 1)}

Row = list[str]


@dataclass(frozen=True, slots=True)
class PrintedLabel:
    """A label over a rectangle of the table's grid; 0-based from the table's first printed row, ends inclusive."""

    text: str
    row: int
    column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class PrintedFigure:
    """A figure in the table's grid, printed over the columns ``column`` to ``last_column``."""

    value: int | Decimal
    row: int
    column: int
    last_column: int


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """One table as published: its labels in printed order, its figures by key."""

    title: str
    width: int
    labels: tuple[PrintedLabel, ...]
    figures: dict[str, PrintedFigure]


def published_figures() -> dict[str, int | Decimal]:
    """All 200 published figures by key, e.g. ``2/fees/amount``."""
    return {key: figure.value for table in printed_tables().values() for key, figure in table.figures.items()}


def printed_labels() -> dict[str, tuple[PrintedLabel, ...]]:
    """The labels of each table, by table key, in printed order; white space within a cell removed."""
    return {key: table.labels for key, table in printed_tables().items()}


@cache
def printed_tables() -> dict[str, PrintedTable]:
    """The three published tables by key."""
    lines = SEED.read_text(encoding="utf-8").splitlines()
    return {"2": _blocks(_rows(lines, "2")), "3": _matrix(_rows(lines, "3")), "4": _row(_rows(lines, "4"))}


def _rows(lines: list[str], table: str) -> list[Row]:
    first = lines.index(TITLES[table]) + 1
    end = next(number for number in range(first, len(lines)) if re.match("[三四五]、.*情况$", lines[number]))
    # in table 三 the line labels look like section titles, but they stand in cells: they begin with a tab
    rows: list[Row] = [[]]
    for line in lines[first:end]:
        if line.startswith("\t"):
            rows[-1].append(line)
        elif line:
            rows[-1][-1] += line
        else:
            rows.append([])
    return [["".join(cell.split()) for cell in row] for row in rows if row]


def _number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text else int(text)


def _extents(row: Row, width: int) -> list[tuple[int, int]]:
    """The columns of cells of which each is one wide but the last, which takes the rest."""
    return [(number, number if number < len(row) - 1 else width - 1) for number in range(len(row))]


# -- table 二: blocks of a heading, a row of heads and lines


def _blocks(rows: list[Row]) -> PrintedTable:
    width = max(len(row) for row in rows)
    labels: list[PrintedLabel] = []
    figures: dict[str, PrintedFigure] = {}
    heads: Row = []
    for number, row in enumerate(rows):
        extents = _extents(row, width)
        if row[0] == "信息内容":
            heads = row
        is_line = len(row) > 1 and row is not heads
        for index, (text, (first, last)) in enumerate(zip(row, extents, strict=True)):
            if is_line and index:
                key = f"2/{LINES[row[0]]}/{COLUMNS['2'][heads[index]]}"
                figures[key] = PrintedFigure(_number(text), number, first, last)
            else:
                labels.append(PrintedLabel(text, number, first, number, last))
    return PrintedTable(TITLES["2"], width, tuple(labels), figures)


# -- tables 三 and 四: heads of several rows


def _groups(row: Row) -> Iterator[tuple[int, int]]:
    """Runs of cells that stand under one cell of the row above.

    An empty cell continues the one above it; cells that are not empty stand under a heading of their own, and a
    总计 is the last under its heading.
    """
    first = 0
    for number, text in enumerate(row):
        ends = not text or text == "总计" or number + 1 == len(row) or not row[number + 1]
        if ends:
            yield first, number
            first = number + 1


def _head(rows: list[Row], side: int) -> list[PrintedLabel]:
    """The labels of a head; ``side`` is the width of the corner in its first column (0: there is none)."""
    lead = [(0, side - 1)] if side else []
    finest = [*lead, *((side + number, side + number) for number in range(len(rows[-1]) - len(lead)))]
    extents = [finest]
    for lower in reversed(rows[1:]):
        below = extents[0]
        extents.insert(0, [(below[first][0], below[last][1]) for first, last in _groups(lower)])
    labels = []
    for number, (row, places) in enumerate(zip(rows, extents, strict=True)):
        for text, (first, last) in zip(row, places, strict=True):
            if text:
                end = number
                while end + 1 < len(rows) and ("", (first, last)) in zip(rows[end + 1], extents[end + 1], strict=True):
                    end += 1
                labels.append(PrintedLabel(text, number, first, end, last))
    return labels


def _over(labels: list[PrintedLabel], column: int) -> list[str]:
    """The heads over a column, outermost first."""
    return [label.text for label in labels if label.column <= column <= label.last_column]


def _matrix(rows: list[Row]) -> PrintedTable:
    top = next(number for number, row in enumerate(rows) if row[-1].isdecimal())
    width = max(len(row) for row in rows)
    count = sum(text.isdecimal() for text in rows[top])
    side = width - count
    head = _head(rows[:top], side)
    lines: list[PrintedLabel] = []
    figures: dict[str, PrintedFigure] = {}
    path: dict[int, int] = {}
    for number, row in enumerate(rows[top:], top):
        texts, numbers = row[:-count], row[-count:]
        for column, (text, (_, last)) in enumerate(zip(texts, _extents(texts, side), strict=True)):
            if text:
                path = {depth: index for depth, index in path.items() if depth < column} | {column: len(lines)}
                lines.append(PrintedLabel(text, number, column, number, last))
            else:
                above = lines[path[column]]
                lines[path[column]] = PrintedLabel(above.text, above.row, above.column, number, above.last_column)
        line = ".".join(_numeral(lines[index].text) for index in path.values())
        for offset, text in enumerate(numbers):
            column = side + offset
            key = f"3/{line}/{COLUMNS['3'][_over(head, column)[-1]]}"
            figures[key] = PrintedFigure(_number(text), number, column, column)
    return PrintedTable(TITLES["3"], width, tuple(sorted([*head, *lines], key=_position)), figures)


def _numeral(label: str) -> str:
    """The printed number of a line: 三、 and （三） and 3. are all 3."""
    match = _NUMERAL.match(label)
    if match is None:
        raise ValueError(f"a line without a number: {label!r}")
    sign = next(group for group in match.groups() if group)
    return str(_DIGITS.get(sign, sign))


def _row(rows: list[Row]) -> PrintedTable:
    *heads, numbers = rows
    labels = _head(heads, 0)
    figures: dict[str, PrintedFigure] = {}
    for column, text in enumerate(numbers):
        *_, line, head = _over(labels, column)
        key = f"4/{LINES[line]}/{COLUMNS['4'][head]}"
        figures[key] = PrintedFigure(_number(text), len(heads), column, column)
    return PrintedTable(TITLES["4"], len(numbers), tuple(sorted(labels, key=_position)), figures)


def _position(label: PrintedLabel) -> tuple[int, int]:
    return label.row, label.column
