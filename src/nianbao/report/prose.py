"""The running text of a report: its title, year and sections, its paragraphs made whole, its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nianbao.report.document import NAMES, Paragraph, section_of
from nianbao.wording import plain

_ENDS = re.compile(r"[。；：！？;:!?…”』）)]$")
_HEADING = re.compile(r"^[（(]?[一二三四五六七八九十]{1,3}[)）、.．]|^[0-9]{1,2}[.、．)）](?![0-9])")
_TITLE = re.compile(r"政府信息公开.{0,8}(?:年度报告|年报|报告)|信息公开.{0,6}年度.{0,4}报告|信息公开情况的?报告")
_CHINESE_YEAR = re.compile(r"二[〇○零O0]([一二三四五六七八九〇○零])([一二三四五六七八九〇○零])(?=年)")
_YEAR = re.compile(r"(?<![0-9〔(\[])(20[0-9]{2})年")
_PERIOD = re.compile(r"(20[0-9]{2})年1月1日.{0,6}(?:至|到|-|—|~).{0,4}?(?:(20[0-9]{2})年)?12月31日")
_DATED = re.compile(r"(20[0-9]{2})年([01]?[0-9])月([0-3]?[0-9])日")
_SENTENCE = re.compile(r"[^。！？!?]*[。！？!?]?[”』）)]?")
_FURNITURE = re.compile(
    r"版权所有|ICP备|公网安备|网站地图|主办单位|承办单位|copyright|浏览次数|责任编辑|打印本页|关闭窗口", re.I
)
_SHORT = 26


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, where it stands, and its topic: the heading above it, the sentences before it and itself."""

    text: str
    place: str
    section: str
    topic: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class Prose:
    """The running text, by sections in printed order; ``preface`` is what stands before the first."""

    title: Paragraph | None
    year: int | None
    years: Mapping[str, int]
    sections: Mapping[str, tuple[Paragraph, ...]]
    order: tuple[str, ...]
    preface: tuple[Paragraph, ...]

    def sentences(self) -> Iterator[Sentence]:
        """The sentences that report on the year: everything but the section on problems and plans."""
        number = 0
        for name in ("preface", *self.order):
            if name == "five":
                continue
            heading = ""
            for paragraph in self.preface if name == "preface" else self.sections[name]:
                number += 1
                if _is_subheading(paragraph.text):
                    heading = paragraph.text
                    continue
                if _FURNITURE.search(paragraph.text) or (name == "preface" and "。" not in paragraph.text):
                    continue
                texts = _with_parts([match[0].strip() for match in _SENTENCE.finditer(paragraph.text)])
                opening = texts[0] if texts and len(texts[0]) < _SHORT else ""
                for index, text in enumerate(texts):
                    topic = heading + opening + "".join(texts[max(0, index - 2) : index + 1])
                    yield Sentence(text, paragraph.place, name, topic, number)


def _with_parts(texts: Sequence[str]) -> list[str]:
    """Sentences, those that begin with 其中 joined to the one whose total they break down."""
    found: list[str] = []
    for text in texts:
        if text.startswith("其中") and found:
            found[-1] += text
        elif text:
            found.append(text)
    return found


def read_prose(lines: Sequence[Paragraph]) -> Prose:
    """The running text of a report, from what stands outside its tables."""
    sections: dict[str, list[Paragraph]] = {}
    order: list[str] = []
    preface: list[Paragraph] = []
    here = preface
    body = _after_contents(lines)
    for line in body:
        name = section_of(line.text)
        if name is None:
            here.append(line)
        elif name not in sections:
            sections[name] = here = []
            order.append(name)
        else:
            here = sections[name]
    title = _title(preface)
    whole = {name: tuple(_whole(found)) for name, found in sections.items()}
    period = [(int(match[1]), int(match[2] or match[1])) for line in lines for match in _periods(line.text)]
    years: dict[str, int] = {}
    if title is not None and (said := _YEAR.search(_with_digits(plain(title.text)))):
        years["title"] = int(said[1])
    if period:
        years["period"], years["period end"] = period[0]
    opening = _opening_year(whole.get("overview", ()))
    if opening is not None:
        years["text"] = opening
    year = years.get("title") or years.get("period") or years.get("text")
    return Prose(title, year, years, whole, tuple(order), tuple(_whole(preface)))


def _with_digits(text: str) -> str:
    """The text with a year in Chinese numerals (二〇二一年) in digits."""
    digits = "〇一二三四五六七八九"

    def digit(sign: str) -> str:
        return str(max(digits.find(sign), 0))

    return _CHINESE_YEAR.sub(lambda match: f"20{digit(match[1])}{digit(match[2])}", text)


def _periods(text: str) -> Iterator[re.Match[str]]:
    return _PERIOD.finditer(plain(text))


def _after_contents(lines: Sequence[Paragraph]) -> Sequence[Paragraph]:
    """The lines without a table of contents: headings that follow each other at once are none."""
    last = 0
    for index in range(len(lines) - 2):
        three = [section_of(line.text) for line in lines[index : index + 3]]
        if (
            None not in three
            and three == list(NAMES[NAMES.index(three[0] or "") :][:3])
            and three[0] in {"overview", "two"}
        ):
            run = index
            while run < len(lines) and section_of(lines[run].text) is not None:
                run += 1
            later = {section_of(line.text) for line in lines[run:]}
            if "overview" in later and "five" in later:
                last = run
    return lines[last:] if not last else [*_titles(lines[:last]), *lines[last:]]


def _titles(lines: Sequence[Paragraph]) -> list[Paragraph]:
    return [line for line in lines if section_of(line.text) is None]


def _title(lines: Sequence[Paragraph]) -> Paragraph | None:
    """The line that names the report; on a saved page the last such line before the text."""
    found = [line for line in lines if len(plain(line.text)) < 60 and _TITLE.search(plain(line.text))]
    dated = [line for line in found if _YEAR.search(_with_digits(plain(line.text)))]
    return dated[-1] if dated else found[-1] if found else None


def _opening_year(paragraphs: Sequence[Paragraph]) -> int | None:
    """The year with which sentences of the overview begin, most often."""
    years: list[int] = []
    for paragraph in paragraphs:
        for match in _SENTENCE.finditer(paragraph.text):
            said = re.match(
                r"(?:[（(]?[一二三四五六]+[)）、是])?(?:在)?(20[0-9]{2})年(?:度)?[,，我全县市区局镇乡街]",
                plain(match[0]),
            )
            if said:
                years.append(int(said[1]))
    return max(sorted(set(years)), key=years.count) if years else None


def _is_subheading(text: str) -> bool:
    folded = plain(text)
    return len(folded) <= 24 and "。" not in folded and not re.search(r"[0-9]+[件条份]", folded)


def _whole(lines: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """Paragraphs whose broken lines are joined again."""
    now: Paragraph | None = None
    for line in lines:
        if now is not None and not _ENDS.search(now.text) and _runs_on(now.text, line.text):
            now = Paragraph(now.text + line.text, now.place)
            continue
        if now is not None:
            yield now
        now = line
    if now is not None:
        yield now


def _runs_on(before: str, after: str) -> bool:
    long = len(before) >= 18 or "，" in before
    return long and not _HEADING.match(after) and not _DATED.fullmatch(plain(after)) and not _TITLE.search(after)


def signed_on(prose: Prose, lines: Sequence[Paragraph]) -> tuple[int, int, int, Paragraph] | None:
    """Year, month and day under the report, or of its publication as the page says; None where neither is there."""
    last = prose.sections.get(prose.order[-1], ()) if prose.order else ()
    for paragraph in reversed(last):
        match = _DATED.search(plain(paragraph.text))
        if match and len(plain(paragraph.text)) < 40:
            return int(match[1]), int(match[2]), int(match[3]), paragraph
    for paragraph in lines:
        match = re.search(
            r"(?:发布|发文|公开|成文|生成)(?:时间|日期):?(20[0-9]{2})[-年/.]([01]?[0-9])[-月/.]([0-3]?[0-9])",
            plain(paragraph.text),
        )
        if match:
            return int(match[1]), int(match[2]), int(match[3]), paragraph
    return None
