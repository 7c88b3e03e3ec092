"""Whether a report is built as the official format asks: sections, years, deadline (checks S-1 to S-4)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nianbao.findings import Finding
from nianbao.form import Form
from nianbao.report.document import NAMES, Paragraph, section_of
from nianbao.report.prose import Prose, signed_on
from nianbao.report.tables import TablesReading
from nianbao.wording import plain

TITLES = {
    "overview": "一、总体情况",
    "two": "二、主动公开政府信息情况",
    "three": "三、收到和处理政府信息公开申请情况",
    "four": "四、政府信息公开行政复议、行政诉讼情况",
    "five": "五、存在的主要问题及改进情况",
    "six": "六、其他需要报告的事项",
}
_TABLE_OF = {"two": "2", "three": "3", "four": "4"}
_NAME = re.compile(r"^(?:关于)?(?P<before>.*?)(?:20[0-9]{2}年(?:度)?)(?P<after>.*?)(?:的)?(?:政府)?信息公开")
_GOVERNMENT = re.compile(r"(?:省|自治区|市|县|区|旗|州|盟|人民政府)$")
_LOWER = re.compile(r"[镇乡]$|街道|苏木")
_DEPARTMENT = re.compile(r"局|委|厅|办|中心|部|院|站|队|处|分局|社|会$")
_OPENING = re.compile(
    r"^(?:[(（]?[一二三四五六七八九]+[)、是])?(?:截至|截止)?(20[0-9]{2})年(?:度)?(?=[,，我全县市区局镇乡街共底1])"
)
_PLANS = re.compile(r"将|计划|下一步|拟|继续")
_COMPARED = re.compile(r"相比|以来|至20|相较|比20|对比|较20")


@dataclass(frozen=True, slots=True)
class Body:
    """Whose report it is, as far as its title says."""

    name: str | None
    level: str
    is_government: bool | None


def body_of(prose: Prose) -> Body:
    """The body that a report is about; its level decides which checks are meant for it."""
    text = plain(prose.title.text) if prose.title is not None else ""
    match = _NAME.match(text)
    name = (match["before"] or match["after"]) if match else re.split("政府信息公开|信息公开", text)[0]
    name = re.sub(r"^[#*\s]+|[(].*$", "", name or "")
    if not 2 <= len(name) <= 40:
        return Body(None, "设区的市级", None)
    bare = name.removesuffix("人民政府") or name
    low = bool(re.search(r"[县旗]|[镇乡]|街道|区(?!的)", name)) and not re.search(r"自治区", name)
    level = "县级" if low else "省级" if re.search(r"省|自治区", name) else "设区的市级"
    government = bool(_GOVERNMENT.search(name)) and not (_DEPARTMENT.search(name) and not name.endswith("人民政府"))
    return Body(bare if government else name, level, government or bool(_LOWER.search(name)))


def structure_findings(
    prose: Prose, lines: Sequence[Paragraph], reading: TablesReading, body: Body
) -> Iterator[Finding]:
    """What is wrong with the report's sections, years and date."""
    yield from _sections(prose, lines, reading)
    yield from _years(prose)
    yield from _edition(prose, reading.form)
    yield from _deadline(prose, lines, body)


def _warning(code: str, message: str, hint: str, found: str | None = None, expected: str | None = None) -> Finding:
    return Finding(code, "warning", message, hint, found=found, expected=expected)


def _sections(prose: Prose, lines: Sequence[Paragraph], reading: TablesReading) -> Iterator[Finding]:
    if not prose.order:
        yield _warning("S-1", "找不到六个部分的标题。", "请按官方格式写明“一、总体情况”至“六、其他需要报告的事项”。")
        return
    for name in NAMES:
        title = TITLES[name]
        if name not in prose.sections:
            table = _TABLE_OF.get(name)
            there = table is not None and reading.state(table) in {"read", "partial"}
            what = "（表在，标题不在）" if there else ""
            yield _warning("S-1", f"没有“{title}”这一部分{what}。", "请补上，或者改回官方格式的标题。", expected=title)
        elif name not in _TABLE_OF and all(_signature(paragraph.text) for paragraph in prose.sections[name]):
            yield _warning("S-1", f"“{title}”下面没有内容。", "没有需要报告的，也请写明“无”。", expected="有内容")
    order = [name for name in prose.order if name in NAMES]
    if order != sorted(order, key=NAMES.index):
        printed = "、".join(TITLES[name][0] for name in order)
        yield _warning("S-1", f"六个部分的顺序与官方格式不同：{printed}。", "请按一至六的顺序排列。", found=printed)
    seen: set[str] = set()
    for line in lines:
        name = section_of(line.text) or ""
        if name and name not in seen:
            seen.add(name)
            if plain(line.text).strip("#:。") not in {plain(TITLES[name]), plain(TITLES[name][2:])}:
                message = f"标题“{line.text}”（{line.place}）与官方格式“{TITLES[name]}”不完全相同。"
                yield Finding("S-1", "note", message, found=line.text, expected=TITLES[name])


def _signature(text: str) -> bool:
    """Whether a line is a date or the name of a body, as they stand under a report."""
    folded = plain(text)
    return bool(re.fullmatch(r"20[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}日", folded)) or (
        len(folded) < 30 and bool(re.search(r"(?:政府|局|委员会|办公室|中心|厅|办事处|管委会)$", folded))
    )


def _years(prose: Prose) -> Iterator[Finding]:
    year, years = prose.year, prose.years
    if year is None:
        yield _warning("S-3", "标题和正文里都没有写明是哪一年度的报告。", "请在标题里写明年度。")
        return
    for name, words in (("period", "统计期限的起始年份"), ("period end", "统计期限的截止年份")):
        if years.get(name, year) != year:
            yield _warning(
                "S-3",
                f"{words}是 {years[name]} 年，报告是 {year} 年度的。",
                "请统一年份。",
                str(years[name]),
                str(year),
            )
    for paragraph in prose.sections.get("overview", ()):
        for match in re.finditer(r"[^。！？;；]+", paragraph.text):
            folded = plain(match[0])
            said = _OPENING.match(folded)
            if said is None or int(said[1]) == year or _COMPARED.search(folded):
                continue
            if int(said[1]) > year and _PLANS.search(folded):
                continue
            quoted = match[0].strip()[:40]
            yield _warning(
                "S-3",
                f"“{quoted}……”（{paragraph.place}）写的是 {said[1]} 年，报告是 {year} 年度的。",
                "请核对是不是沿用了往年的文字。",
                said[1],
                str(year),
            )


def _edition(prose: Prose, form: Form) -> Iterator[Finding]:
    year = prose.year
    if year is not None and ((year >= 2021) != (form.first_year >= 2021)) and year >= 2019:
        wanted = "2021" if year >= 2021 else "2019"
        yield _warning(
            "S-2",
            f"表格是 {form.edition} 年版格式，{year} 年度应当用 {wanted} 年版格式。",
            "请改用当年的官方格式。",
            form.edition,
            wanted,
        )


def _deadline(prose: Prose, lines: Sequence[Paragraph], body: Body) -> Iterator[Finding]:
    signed = signed_on(prose, lines)
    if signed is None or prose.year is None:
        return
    try:
        date = dt.date(*signed[:3])
    except ValueError:
        yield _warning("S-3", f"落款日期“{signed[3].text}”不是一个日期。", "请核对。", signed[3].text)
        return
    shown = f"{date.year} 年 {date.month} 月 {date.day} 日"
    if date < dt.date(prose.year, 12, 1) or date.year > prose.year + 2:
        yield _warning("S-3", f"落款日期是 {shown}，报告是 {prose.year} 年度的。", "请核对年份。", shown)
        return
    if body.is_government is None:
        return
    last = dt.date(prose.year + 1, 3, 31) if body.is_government else dt.date(prose.year + 1, 1, 31)
    if date > last:
        when = f"{last.year} 年 {last.month} 月 {last.day} 日"
        yield _warning(
            "S-4", f"落款日期 {shown} 晚于规定的公布期限 {when}。", "请核对日期；地方另有规定的从其规定。", shown, when
        )
