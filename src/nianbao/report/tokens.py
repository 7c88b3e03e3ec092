"""The tables of a report as one stream of tokens, whatever the layout: labels, values, empty cells, ends of rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nianbao.numerals import NONE_WORDS
from nianbao.report.document import Block, Document, Grid, Paragraph, Picture, section_of
from nianbao.wording import plain

Kind = Literal["label", "value", "blank", "row"]
Zone = Literal["2", "3", "4"]

_FIGURE = re.compile(
    r"(?:增加|减少|增|减|新增|[+\-−–±↑↓↗↘约])?\s*[0-9][0-9,\s]*(?:\.\s*[0-9]+)?\s*"
    r"(?:件|条|项|个|宗|起|份|次|万元|亿元|元|%)?"
)
_ODD_FIGURE = re.compile(r"[0-9+\-−/.,~()%增减加少新约万亿元件项个无余↑↓*]{1,14}")
_WORDS = NONE_WORDS | {"\\", "／", "○", "空", "无数据", "无此项", "*", "--", "---", "...", "…"}
_IN_WORDS = re.compile(r"[一二两三四五六七八九十百千万零〇壹贰叁肆伍陆柒捌玖拾]{1,8}(?:件|条|项|个)?")
_TRAILING = re.compile(
    r"(?P<label>.*?[^0-9+\-−.,/\s].*?)?(?P<values>(?:(?:^|\s)\s*(?:[+\-−]?[0-9][0-9,]*(?:\.[0-9]+)?|/|—|-))+)"
)
_ANCHORS: tuple[tuple[Zone, re.Pattern[str]], ...] = (
    ("2", re.compile(r"第二十条第?\(?一\)?项")),
    ("3", re.compile(r"本列数据的勾稽关系|本年新收政府信息公开申请")),
)
_DISPUTES = re.compile(r"行政复议(?:案件)?(?:行政诉讼|$)")
# a heading and its text in one paragraph: 六、其他需要报告的事项：无
_HEADING_AND_TEXT = re.compile(r"(?P<heading>[^\s：:。]{4,40})[\s：:。]+(?P<text>\S.*)", re.DOTALL)
# the only labels of the form with a comma in them, whole or broken over lines
_LABEL_WITH_COMMA = re.compile(r"勾稽|第一项加|第三项加|区分处理|只计|不计其他|逾期|行政机关不再")
_SECTION_ZONE: dict[str, Zone | None] = {"two": "2", "three": "3", "four": "4", "five": None, "six": None}


@dataclass(frozen=True, slots=True)
class Token:
    """One cell, or one piece of a line; ``sure`` where the cell is known to be one (a column of a grid)."""

    kind: Kind
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Zones:
    """The tokens of each table, whether a picture stands in its zone, and the running text outside the tables."""

    tokens: dict[Zone, tuple[Token, ...]]
    pictures: frozenset[Zone]
    text: tuple[Paragraph, ...]


def is_value(text: str) -> bool:
    """Whether a cell holds a figure, or what somebody wrote in its stead; not a label."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if folded.lower() in _WORDS or text.strip() in _WORDS or _IN_WORDS.fullmatch(folded):
        return True
    return bool(_FIGURE.fullmatch(folded)) or (
        any(sign.isdigit() for sign in folded) and bool(_ODD_FIGURE.fullmatch(folded)) and not folded.endswith(".")
    )


def zones_of(document: Document) -> Zones:
    """The tokens of tables 二, 三 and 四 wherever they stand; what stands outside them is running text."""
    walk = _Walk()
    for block in document.blocks:
        walk.take(block)
    tokens = {zone: tuple(found) for zone, found in walk.tokens.items()}
    return Zones(tokens, frozenset(walk.pictures), tuple(walk.text))


class _Walk:
    """Keeps track of which table the blocks belong to."""

    def __init__(self) -> None:
        self.zone: Zone | None = None
        self.tokens: dict[Zone, list[Token]] = {"2": [], "3": [], "4": []}
        self.pictures: set[Zone] = set()
        self.text: list[Paragraph] = []

    def take(self, block: Block) -> None:
        """Put a block where it belongs."""
        match block:
            case Picture():
                if self.zone is not None:
                    self.pictures.add(self.zone)
            case Paragraph():
                self._line(block)
            case Grid(rows, ragged):
                self._grid(rows, ragged=ragged)

    def _grid(self, rows: tuple[object, ...], *, ragged: bool) -> None:
        for row in rows:
            cells, place = row.cells, row.place  # type: ignore[attr-defined]  # rows are Row
            if not ragged:
                full = [cell for cell in cells if cell.strip()]
                if len(full) == 1 and section_of(full[0]) is not None:
                    self._line(Paragraph(full[0], place))
                    continue
                self._turn("".join(cells), whole=True)
                if self.zone is None:
                    self.text.append(Paragraph("　".join(cell for cell in cells if cell), place))
                    continue
                self._add([_cell(cell, place) for cell in cells])
                self._add([Token("row", "", place)])
                continue
            for cell in cells:
                self._turn(cell, whole=True)
                if self.zone is not None:
                    self._add([_cell(cell, place)])

    def _line(self, paragraph: Paragraph) -> None:
        name = section_of(paragraph.text)
        if name is not None:
            self.zone = _SECTION_ZONE.get(name)
            self.text.append(paragraph)
            return
        together = _HEADING_AND_TEXT.fullmatch(paragraph.text)
        if together and section_of(together["heading"]) is not None:
            self._line(Paragraph(together["heading"], paragraph.place))
            self._line(Paragraph(together["text"], paragraph.place))
            return
        if _is_prose(paragraph.text):
            self.text.append(paragraph)
            return
        self._turn(paragraph.text, whole=False)
        if self.zone is None:
            self.text.append(paragraph)
            return
        self._add(list(_pieces(paragraph)))

    def _turn(self, text: str, *, whole: bool) -> None:
        """Change to the zone that a row of cells or a line of a table begins."""
        folded = plain(text)
        for zone, anchor in _ANCHORS:
            if anchor.search(folded) and len(folded) < 90:
                self.zone = zone
                return
        done = self.zone == "3" and any("结转下年度" in plain(token.text) for token in self.tokens["3"])
        if (done or (whole and self.zone is None)) and _DISPUTES.match(folded) and len(folded) < 90:
            self.zone = "4"

    def _add(self, tokens: list[Token]) -> None:
        if self.zone is not None:
            self.tokens[self.zone].extend(tokens)


def _cell(text: str, place: str) -> Token:
    if not text.strip():
        return Token("blank", "", place)
    return Token("value" if is_value(text) else "label", text, place)


def _pieces(paragraph: Paragraph) -> Iterator[Token]:
    """A line of a table without columns: a label, figures, or a label and the figures behind it."""
    text, place = paragraph.text, paragraph.place
    if is_value(text) and not re.search(r"\d\s+\d", text):
        yield Token("value", text, place)
        return
    match = _TRAILING.fullmatch(unicodedata.normalize("NFKC", text))
    if match is None:
        yield Token("label", text, place)
        return
    if match["label"]:
        yield Token("label", match["label"], place)
    for value in match["values"].split():
        yield Token("value", value, place)


def _is_prose(text: str) -> bool:
    """Whether a line is running text and no part of a table."""
    folded = plain(text)
    if "。" in folded or len(folded) > 70:
        return True
    if re.search(r"[:;,]$", folded) and len(folded) > 6 and "(" not in folded:
        return True
    return "," in folded and len(folded) > 15 and not _LABEL_WITH_COMMA.search(folded)
