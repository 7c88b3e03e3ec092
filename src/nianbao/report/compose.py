"""The report's words: the factual sentences filled in from the workbook, the rest marked as still to be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from nianbao.checks import text_of
from nianbao.form import Form
from nianbao.report.material import Material
from nianbao.rules import Number
from nianbao.submission import Values

TO_WRITE = "【待撰写】"
_OUTCOMES = (
    ("3.1", "予以公开"),
    ("3.2", "部分公开"),
    ("3.3", "不予公开"),
    ("3.4", "无法提供"),
    ("3.5", "不予处理"),
    ("3.6", "其他处理"),
)
_CHANNELS = (
    ("t/channel/website", "通过政府门户网站公开"),
    ("t/channel/onsite", "通过公示栏、电子屏等现场公开"),
    ("t/channel/new_media", "通过政务新媒体公开"),
    ("t/channel/other", "通过其他渠道公开"),
)
# field of the template: key of the units' texts, what it is about
WRITTEN = {
    "主动公开工作": "t/overview/disclosure",
    "依申请公开工作": "t/overview/applications",
    "政府信息管理": "t/overview/management",
    "平台建设": "t/overview/platforms",
    "监督保障": "t/overview/supervision",
    "存在的主要问题": "t/problems",
    "改进情况": "t/improvements",
}
TABLE_FIELDS = {"表二": "2", "表三": "3", "表四": "4"}
PLAIN_FIELDS = (
    "标题",
    "县",
    "年",
    "数据说明",
    "引言",
    "主动公开数据",
    "依申请公开数据",
    "复议诉讼数据",
    "收费情况",
    "落款",
    "日期",
)
ANNEX_FIELD = "附件"


@dataclass(frozen=True, slots=True)
class Composed:
    """A report ready to be written: named fields, tables, the units' materials, what is still open."""

    form: Form
    values: Values
    fields: Mapping[str, str]
    annex: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    open_points: tuple[str, ...]
    incomplete: bool


def compose(material: Material) -> Composed:
    """The report of a county from what its workbook holds."""
    identity = material.submission.identity
    name = identity.unit or "　　县"
    year = "　　　　" if identity.year is None else str(identity.year)
    figures = _Figures(material.submission.values)
    fees, fees_open = _fees(material)
    title = f"{name}{year}年政府信息公开工作年度报告"
    fields = {
        "标题": title,
        "县": name,
        "年": year,
        "数据说明": f"【数据未齐，不能公布：{material.statement}】" if material.incomplete else "",
        "引言": (
            "本报告根据《中华人民共和国政府信息公开条例》的要求编制，"
            f"所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。"
        ),
        "主动公开数据": _disclosed(material, figures, year),
        "依申请公开数据": _applications(figures, year),
        "复议诉讼数据": _disputes(figures),
        "收费情况": fees,
        "落款": f"{name}人民政府" if identity.tier != "unit" and not name.endswith("政府") else name,
        "日期": f"{'　' * 4 if identity.year is None else identity.year + 1}年　　月　　日",
        **{field: f"{TO_WRITE}{field}" for field in WRITTEN},
    }
    labels = {text.key: text.label for text in material.form.texts}
    annex = tuple(
        (labels[key], material.written[key])
        for key in (*WRITTEN.values(), "t/other")
        if key in material.written and key in labels
    )
    points = [f"“{field}”还没有写" for field in WRITTEN]
    points += [f"“{sheet}”有数据没有填" for sheet in _unfilled(material)]
    points += [fees_open] if fees_open else []
    points.append("落款日期还没有填")
    return Composed(material.form, material.submission.values, fields, annex, tuple(points), material.incomplete)


def _unfilled(material: Material) -> Iterator[str]:
    for table in material.form.tables:
        if any(value is None for key, value in material.submission.values.items() if key.table == table.key):
            yield table.sheet


@dataclass(frozen=True, slots=True)
class _Figures:
    """Figures by short names; a name that several lines begin with is their sum."""

    values: Values

    def get(self, table: str, line: str, column: str) -> Number | None:
        found = [
            value
            for key, value in self.values.items()
            if key.table == table and key.column == column and (key.line == line or key.line.startswith(f"{line}."))
        ]
        if not found or any(value is None for value in found):
            return None
        numbers = [value for value in found if value is not None]
        return sum(numbers[1:], start=numbers[0])


def _count(value: Number | None, unit: str) -> str:
    """A figure with its unit; a figure that nobody reported is no zero, it is still to be filled in."""
    return f"{'【待填】' if value is None else text_of(value)}{unit}"


def _disclosed(material: Material, figures: _Figures, year: str) -> str:
    sentences = []
    named = [(words, material.sums[key]) for key, words in _CHANNELS if key in material.sums]
    if named:
        total = sum((amount for _, amount in named), start=Decimal(0))
        parts = "、".join(f"{words}{_plain(amount)}条" for words, amount in named)
        begin = f"{year}年，共主动公开政府信息{_plain(total)}条"
        sentences.append(f"{begin}，包括{parts}。" if len(named) > 1 else f"{begin}。")
    facts = []
    if (issued := figures.get("2", "normative_documents", "issued")) is not None:
        repealed, in_force = (figures.get("2", "normative_documents", column) for column in ("repealed", "in_force"))
        facts.append(
            f"制发行政规范性文件{issued}件，废止行政规范性文件{_count(repealed, '件')}，"
            f"现行有效行政规范性文件{_count(in_force, '件')}"
        )
    decisions = [
        f"{words}{text_of(value)}件"
        for line, words in (
            ("licences", "行政许可决定"),
            ("penalties", "行政处罚决定"),
            ("coercive_measures", "行政强制决定"),
        )
        if (value := figures.get("2", line, "decisions")) is not None
    ]
    if decisions:
        facts.append("作出" + "、".join(decisions))
    if (fees := figures.get("2", "fees", "amount")) is not None:
        facts.append(f"行政事业性收费{text_of(fees)}万元")
    if facts:
        sentences.append("；".join(facts) + "。")
    return "".join(sentences) or TO_WRITE


def _applications(figures: _Figures, year: str) -> str:
    new, carried = figures.get("3", "1", "total"), figures.get("3", "2", "total")
    done, left = figures.get("3", "3.7", "total"), figures.get("3", "4", "total")
    if new == 0 and carried == 0:
        return f"{year}年，未收到政府信息公开申请，无上年结转。"
    outcomes = [f"{words}{text_of(value)}件" for line, words in _OUTCOMES if (value := figures.get("3", line, "total"))]
    received = f"{year}年，共新收政府信息公开申请{_count(new, '件')}，上年结转{_count(carried, '件')}"
    begin = f"{received}；办结{_count(done, '件')}"
    sentence = f"{begin}，其中{'、'.join(outcomes)}" if outcomes else begin
    natural = figures.get("3", "1", "natural")
    sentence += f"；结转下年度继续办理{_count(left, '件')}。"
    if new and natural is not None:
        sentence += f"新收的政府信息公开申请中，自然人申请{natural}件，法人或其他组织申请{text_of(new - natural)}件。"
    return sentence


def _disputes(figures: _Figures) -> str:
    reviews = figures.get("4", "review", "total")
    suits = [figures.get("4", line, "total") for line in ("direct_suit", "suit_after_review")]
    both = None if None in suits else sum(int(value) for value in suits if value is not None)
    if reviews == 0 and both == 0:
        return "未发生因政府信息公开被申请行政复议、提起行政诉讼的情况。"
    return f"因政府信息公开被申请行政复议{_count(reviews, '件')}，被提起行政诉讼{_count(both, '件')}。"


def _fees(material: Material) -> tuple[str, str | None]:
    notices, charged, collected = (material.sums.get(f"t/fee/{name}") for name in ("notices", "charged", "collected"))
    if notices is None and charged is None and collected is None:
        return f"{TO_WRITE}收取信息处理费的情况（发出收费通知件数、总金额、实际收取总金额）", "信息处理费没有数据"
    if not notices and not charged and not collected:
        return "本年度没有收取信息处理费。", None
    return (
        f"本年度依申请提供政府信息收取信息处理费：发出收费通知{_count_of(notices, '件')}，"
        f"通知收费总金额{_count_of(charged, '元')}，实际收取总金额{_count_of(collected, '元')}。"
    ), None


def _count_of(value: Decimal | None, unit: str) -> str:
    return f"{'【待填】' if value is None else _plain(value)}{unit}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"
