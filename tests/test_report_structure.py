"""Whose report it is, of which year, and whether it is built as the format asks."""

import pytest

from nianbao.report.document import Paragraph, section_of
from nianbao.report.prose import read_prose
from nianbao.report.structure import Body, body_of


def body(title: str) -> Body:
    return body_of(read_prose([Paragraph(title, "第 1 段"), Paragraph("一、总体情况", "第 2 段")]))


@pytest.mark.parametrize(
    ("title", "name", "level", "government"),
    [
        ("某县2021年政府信息公开工作年度报告", "某县", "县级", True),
        ("某县人民政府2021年政府信息公开工作年度报告", "某县", "县级", True),
        ("2021年某县政府信息公开工作年度报告", "某县", "县级", True),
        ("某县教育局2021年度政府信息公开工作年度报告", "某县教育局", "县级", False),
        ("某县人民政府办公室2023年政府信息公开工作年度报告", "某县人民政府办公室", "县级", False),
        ("悦来镇2021年政府信息公开工作年度报告", "悦来镇", "县级", True),
        ("2022年某市政府信息公开工作年度报告", "某市", "设区的市级", True),
        ("某省人民政府2022年政府信息公开工作年度报告", "某省", "省级", True),
        ("某某局政府信息公开年报", "某某局", "设区的市级", False),
    ],
)
def test_the_title_says_whose_report_it_is(title: str, name: str, level: str, government: bool) -> None:
    assert body(title) == Body(name, level, government)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("一、总体情况", "overview"),
        ("一、2023年政务公开总体情况", "overview"),
        ("总体情况", "overview"),
        ("二、主动公开政府信息情况", "two"),
        ("三、收到和处理政府信息公开申请情况", "three"),
        ("四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", "four"),
        ("四、政府信息公开行政复议和行政诉讼情况", "four"),
        ("五、政府信息公开工作存在的主要问题及改进情况", "five"),
        ("五、存在的主要问题和改进措施", "five"),
        ("六、其他需要报告的事项", "six"),
        ("## 六、其他需要报告的事项", "six"),
        ("一、本年新收政府信息公开申请数量", None),
        ("二、上年结转政府信息公开申请数量", None),
        ("三、本年度办理结果", None),
        ("四、结转下年度继续办理", None),
        ("一是进一步加强学习", None),
        ("五、今后打算", None),
    ],
)
def test_headings_are_known_in_the_wordings_of_portals_and_rows_of_tables_are_none(line: str, name: str | None) -> None:
    assert section_of(line) == name


def test_a_table_of_contents_is_not_taken_for_the_sections() -> None:
    heads = [
        "一、总体情况",
        "二、主动公开政府信息情况",
        "三、收到和处理政府信息公开申请情况",
        "四、政府信息公开行政复议、行政诉讼情况",
        "五、存在的主要问题及改进情况",
        "六、其他需要报告的事项",
    ]
    lines = ["某县2021年政府信息公开工作年度报告", *heads]
    for head in heads:
        lines += [head, f"{head[2:]}的正文。"]
    prose = read_prose([Paragraph(line, "") for line in lines])
    assert prose.year == 2021
    assert [[paragraph.text for paragraph in prose.sections[name]] for name in prose.order] == [
        [f"{head[2:]}的正文。"] for head in heads
    ]


def test_the_year_of_the_period_stands_in_for_a_title_without_one() -> None:
    prose = read_prose(
        [
            Paragraph("某局政府信息公开工作年度报告", ""),
            Paragraph("本报告所列数据的统计期限自2022年1月1日起，至2022年12月31日止。", ""),
            Paragraph("一、总体情况", ""),
        ]
    )
    assert prose.year == 2022


def test_a_year_in_chinese_numerals_is_a_year() -> None:
    lines = ["某县二〇二三年政府信息公开工作年度报告", "一、总体情况"]
    assert read_prose([Paragraph(line, "") for line in lines]).year == 2023
