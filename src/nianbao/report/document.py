"""A published report as blocks in reading order, paragraphs and grids of cells, each with the place it stands at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nianbao.wording import plain


class UnreadableReportError(ValueError):
    """A file that cannot be read as a report; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph or line of text, and where it stands, in words: ``第 3 段``."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Row:
    """The cells that begin in one row, in reading order; the empty string is an empty cell."""

    cells: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; where ``ragged``, nobody knows where its rows end and all its cells stand in one."""

    rows: tuple[Row, ...]
    ragged: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, which may be a table that nobody can read."""

    place: str


Block = Paragraph | Grid | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """A report as its blocks in reading order."""

    blocks: tuple[Block, ...]


_MARKDOWN_RULE = re.compile(r"[|:\-\s]*-{2,}[|:\-\s]*")
_SIGNS = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")


def lines_of(text: str) -> list[str]:
    """The lines of a text, without invisible signs; every kind of line break counts."""
    text = _SIGNS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))
    return text.replace("\u3000", "　").split("\n")


def text_document(text: str) -> Document:
    """The document that a plain text is: with tables of ``|`` columns, of cells behind tabs, or of cells on lines."""
    lines = lines_of(text)
    blocks: list[Block] = []
    number = 0
    while number < len(lines):
        end, grid = _grid_at(lines, number)
        if grid is not None:
            blocks.append(grid)
            number = end
            continue
        line = lines[number].strip()
        if line:
            blocks.append(Paragraph(line, f"第 {number + 1} 行"))
        number += 1
    return Document(tuple(blocks))


def _grid_at(lines: list[str], start: int) -> tuple[int, Grid | None]:
    """The grid that begins at a line, and the line after it; None where no grid begins there."""
    first = lines[start]
    if "|" in first or "｜" in first:
        return _piped(lines, start)
    if (first.startswith("\t") and first.strip() != "") or _opens_tabbed(lines, start):
        return _tabbed(lines, start)
    if first.count("\t") >= 1 and first.strip("\t ") != "":
        return _separated(lines, start)
    return start, None


# -- cells behind tabs: a tab begins a cell, another line continues it, an empty line ends the row


def _opens_tabbed(lines: list[str], start: int) -> bool:
    """Whether a line of white space is an empty first cell: the next line with text begins with a tab or is a cell."""
    if lines[start].strip() or not lines[start].startswith("\t"):
        return False
    return any(line.startswith("\t") for line in lines[start + 1 : start + 3])


def _tabbed(lines: list[str], start: int) -> tuple[int, Grid | None]:
    rows: list[Row] = []
    cells: list[str] = []
    row_line, number, gaps = start, start, 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("\t"):
            if not cells:
                row_line = number
            # some lines hold several cells: a\tb\tc
            cells.extend(part.strip() for part in line[1:].split("\t"))
            gaps = 0
        elif line.strip() and cells and not _ends_table(line):
            cells[-1] += line.strip()
        elif line.strip():
            break
        else:
            if cells:
                rows.append(Row(tuple(cells), f"第 {row_line + 1} 行"))
                cells = []
            gaps += 1
            if gaps > 3:
                break
        number += 1
    if cells:
        rows.append(Row(tuple(cells), f"第 {row_line + 1} 行"))
    while number > start + 1 and not lines[number - 1].strip():
        number -= 1
    return (number, Grid(tuple(rows))) if rows else (start, None)


def _ends_table(line: str) -> bool:
    return bool(SECTION.match(plain(line))) or "。" in line


def _separated(lines: list[str], start: int) -> tuple[int, Grid | None]:
    """Rows of cells between tabs, as copied from a sheet or a page."""
    rows = []
    number = start
    while number < len(lines) and "\t" in lines[number]:
        cells = tuple(part.strip() for part in lines[number].split("\t"))
        rows.append(Row(cells, f"第 {number + 1} 行"))
        number += 1
    return number, Grid(tuple(rows))


# -- cells between | signs


def _piped(lines: list[str], start: int) -> tuple[int, Grid | None]:
    number = start
    # the cell before a lone | stands on the line above and was taken for a paragraph; see rejoin
    quiet = 0
    end = start
    while number < len(lines) and quiet <= 4:
        line = lines[number]
        if "|" in line or "｜" in line:
            end, quiet = number + 1, 0
        elif line.strip():
            if SECTION.match(plain(line)) or ("。" in line and len(line) > 20):
                break
            quiet += 1
        number += 1
    taken = [line.replace("｜", "|") for line in lines[start:end]]
    by_row = sum(line.count("|") >= 2 and bool(line.strip(" |\t")) for line in taken)
    by_cell = sum(0 < line.count("|") < 2 for line in taken)
    if by_row >= by_cell:
        rows = [
            Row(_cells_between(line), f"第 {start + offset + 1} 行")
            for offset, line in enumerate(taken)
            if line.strip() and not _MARKDOWN_RULE.fullmatch(line.strip())
        ]
        return end, Grid(tuple(rows))
    cells = tuple(" ".join(part.split()) for part in "\n".join(taken).split("|"))
    return end, Grid((Row(cells[:-1] if cells and not cells[-1] else cells, f"第 {start + 1} 行"),), ragged=True)


def _cells_between(line: str) -> tuple[str, ...]:
    # a line that begins with | has no cell before it; one that begins with a space has an empty one
    text = line.removeprefix("|") if line.count("|") > 1 else line
    cells = [part.strip() for part in text.split("|")]
    return tuple(cells[:-1] if cells and not cells[-1] else cells)


# -- headings, which end whatever stands before them

SECTION = re.compile(
    r"#*(?:第?[一二三四五六][、.,:部]|[(][一二三四五六][)])?分?[:、]?"
    r"(?:(?P<overview>总体情况|概述)"
    r"|(?P<two>主动公开政府信息(?:的)?情况)"
    r"|(?P<three>收到和处理政府信息公开申请(?:的)?情况)"
    r"|(?P<four>(?:因)?政府信息公开(?:工作)?(?:被申请)?行政复议[、和及与]*(?:被?提起)?行政诉讼(?:的)?情况)"
    r"|(?P<five>(?:政府信息公开)?(?:工作)?(?:中)?存在的?(?:主要)?问题[及和与、,]*(?:下一步)?(?:改进|整改)(?:情况|措施|计划|方向|工作|打算|思路|意见|目标|建议){0,2})"
    r"|(?P<six>其他(?:需要|需)?(?:要)?报告的?事项))[:。]?"
)
NAMES = ("overview", "two", "three", "four", "five", "six")
_NUMERAL = dict(zip("一二三四五六", NAMES, strict=True))
_NUMBERED = re.compile(r"#*([一二三四五六])[、.](?P<rest>.+)")
_OF_SECTION = {
    "overview": ("总体", "概况", "基本情况", "概述"),
    "two": ("主动公开",),
    "three": ("申请", "收到"),
    "four": ("复议", "诉讼"),
    "five": ("问题", "改进", "不足", "整改"),
    "six": ("其他", "报告的事项", "说明的事项"),
}


def section_of(text: str) -> str | None:
    """The name of the section whose heading a line is; None for any other line."""
    folded = plain(text)
    if len(folded) > 45:
        return None
    match = SECTION.fullmatch(folded)
    if match:
        return match.lastgroup
    numbered = _NUMBERED.fullmatch(folded)
    if numbered and len(folded) <= 32 and not re.search(r"[。;;!]|结转|办理结果|新收", folded):
        name = _NUMERAL[numbered[1]]
        if any(word in numbered["rest"] for word in _OF_SECTION[name]):
            return name
    return None
