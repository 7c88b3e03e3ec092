"""The sheet 退回意见 of a workbook that was sent back: what the office asked, and what the unit answered beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nianbao.excel.cells import Sheet
from nianbao.wording import same

REPLIES = "退回意见"
HEADS = ("序号", "类别", "代码", "工作表", "单元格", "意见", "现在填的", "应为", "怎么办", "说明")
HEAD_ROW = 2
CODE, CELL, OPINION, ANSWER = 2, 4, 5, 9
_MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a unit answered to one finding: the check's code, the cell it was about, the answer."""

    code: str
    cell: str
    opinion: str
    answer: str

    @property
    def text(self) -> str:
        """The answer, with the cell it is about."""
        return f"{self.cell}：{self.answer}" if self.cell else self.answer


def replies_in(sheet: Sheet) -> Iterator[Reply]:
    """Every answer on the sheet; none where its headings are not those that were printed."""

    def text(row: int, column: int) -> str:
        cell = sheet.cells.get((row, column))
        return "" if cell is None else cell.raw.strip()

    heads = {column: text(HEAD_ROW, column) for column in (CODE, CELL, OPINION, ANSWER)}
    if not all(same(said, HEADS[column]) for column, said in heads.items()):
        return
    last = max((row for row, _ in sheet.cells), default=0)
    for row in range(HEAD_ROW + 1, min(last, HEAD_ROW + _MOST_ROWS) + 1):
        if text(row, ANSWER):
            yield Reply(text(row, CODE), text(row, CELL), text(row, OPINION), text(row, ANSWER))
