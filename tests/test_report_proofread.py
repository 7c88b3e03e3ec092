"""Proofreading: the published report is clean, and caught thirty times when it is broken thirty times."""

from collections.abc import Callable

import pytest

from nianbao.figures import Key
from nianbao.form import load_form
from nianbao.report.proofread import Other, Proof, proof_json, proofread, read_published
from nianbao.report.source import read_report
from nianbao.rules import Number
from nianbao.submission import Identity, Submission
from oracle import SEED, published_figures
from report_layouts import LAYOUTS, report

FORM = load_form("2021")
TEXT = SEED.read_text("utf-8")
Break = Callable[[str], str]


def proof_of(text: str, **others: Other) -> Proof:
    return proofread("report.txt", read_published(read_report(text.encode())), **others)


def codes(proof: Proof) -> set[str]:
    return {finding.code for finding in proof.findings if finding.severity != "note"}


def swap(old: str, new: str, occurrence: int = 1) -> Break:
    """Replace one occurrence of a text, which must be there."""

    def change(text: str) -> str:
        parts = text.split(old)
        assert len(parts) > occurrence, old
        return old.join(parts[:occurrence]) + new + old.join(parts[occurrence:])

    return change


def cell(label: str, position: int, value: str) -> Break:
    """Change the figure that stands so many cells behind a label."""

    def change(text: str) -> str:
        head, found, tail = text.partition(label + "\n")
        assert found, label
        lines = tail.split("\n")
        at = [i for i, line in enumerate(lines) if line.strip()][position]
        assert lines[at].strip().replace(".", "").isdigit(), lines[at]
        lines[at] = "\t" + value
        return head + found + "\n".join(lines)

    return change


def without(start: str, end: str) -> Break:
    """Leave out everything from one text up to another."""

    def change(text: str) -> str:
        head, found, tail = text.partition(start)
        assert found
        _, found, rest = tail.partition(end)
        assert found
        return head + end + rest

    return change


BROKEN: dict[str, tuple[Break, str]] = {
    "the total of the channels": (swap("政府信息14049条", "政府信息14094条"), "X-6"),
    "the first channel": (swap("政务动态信息4191条", "政务动态信息4911条"), "X-6"),
    "the second channel": (swap("公开的政府信息802条", "公开的政府信息820条"), "X-6"),
    "the third channel": (swap("发布信息9056条", "发布信息9065条"), "X-6"),
    "the total of a breakdown": (swap("重点领域信息1182条", "重点领域信息1128条"), "X-6"),
    "a part of a breakdown, upwards": (swap("财政资金信息331条", "财政资金信息341条"), "X-6"),
    "a part of a breakdown, downwards": (swap("重大民生信息418条", "重大民生信息148条"), "X-6"),
    "the last part of a breakdown": (swap("建议提案办理2条", "建议提案办理3条"), "X-6"),
    "a part left out": (swap("公共监管信息68条、", ""), "X-6"),
    "the applications in the text": (swap("依申请公开4件", "依申请公开5件"), "X-1"),
    "the applications in the text denied": (
        swap(
            "2021年我县共收到政府信息依申请公开4件，涉及政府工作报告、房屋征收等领域",
            "2021年我县未收到政府信息公开申请",
        ),
        "X-1",
    ),
    "a thing counted twice": (swap("新媒体账号27个", "新媒体账号28个"), "X-6"),
    "new applications of natural persons": (cell("一、本年新收政府信息公开申请数量", 0, "5"), "T3-1"),
    "new applications of enterprises": (cell("一、本年新收政府信息公开申请数量", 1, "1"), "T3-1"),
    "the total of new applications": (cell("一、本年新收政府信息公开申请数量", 6, "3"), "T3-3"),
    "applications carried in": (cell("二、上年结转政府信息公开申请数量", 0, "1"), "T3-1"),
    "an outcome": (cell("（一）予以公开", 0, "3"), "T3-2"),
    "an outcome of no column's sum": (cell("\t6.属于四类过程性信息", 6, "1"), "T3-3"),
    "the total of the outcomes": (cell("（七）总计", 0, "5"), "T3-2"),
    "applications carried out": (cell("四、结转下年度继续办理", 0, "1"), "T3-1"),
    "a cell that is no number": (cell("（一）予以公开", 0, "/"), "V-3"),
    "an empty cell": (cell("（一）予以公开", 1, ""), "V-3"),
    "a total of table 四": (swap("\t0\n\t0\n\t0\n\t0\n\t0\n\n\n五、", "\t0\n\t0\n\t0\n\t0\n\t1\n\n\n五、"), "T4-1"),
    "regulations in a county": (cell("规章", 0, "1"), "T2-1"),
    "a stock below the issue": (cell("行政规范性文件", 2, "3"), "T2-2"),
    "a row dropped": (without("\t2.重复申请", "\t\n\t\n\t3.要求提供公开出版物"), "V-5"),
    "a row renamed": (swap("1.信访举报投诉类申请", "1.来电来访"), "V-5"),
    "a column renamed": (swap("社会公益组织", "新闻媒体"), "V-5"),
    "table 四 left out": (without("\t行政复议\n\t行政诉讼\n", "五、存在的主要问题及改进情况"), "S-2"),
    "table 二 left out": (without("第二十条第（一）项", "三、收到和处理政府信息公开申请情况\n"), "S-2"),
    "a section renamed": (swap("五、存在的主要问题及改进情况", "五、今后打算"), "S-1"),
    "a section left out": (without("六、其他需要报告的事项", "桦川县人民政府"), "S-1"),
    "an empty section": (swap("无其他需要报告事项。", ""), "S-1"),
    "two sections changed over": (
        lambda text: (
            text.replace("五、存在的主要问题及改进情况", "六、其他需要报告的事项*")
            .replace("六、其他需要报告的事项\n", "五、存在的主要问题及改进情况\n")
            .replace("事项*", "事项")
        ),
        "S-1",
    ),
    "the year in the title": (swap("桦川县2021年政府", "桦川县2020年政府"), "S-3"),
    "the year in the text": (swap("2021年，全县", "2020年，全县"), "S-3"),
    "the year of the date": (swap("2022年2月15日", "2021年2月15日"), "S-3"),
    "the deadline": (swap("2022年2月15日", "2022年4月15日"), "S-4"),
}


def test_the_seed_has_no_finding_and_nothing_in_it_disagrees() -> None:
    proof = proof_of(TEXT)
    assert proof.findings == ()
    assert proof.clean
    assert [one.verdict for one in proof.statements].count("disagrees") == 0


def test_the_true_statements_of_the_seed_are_recognised_but_for_five_that_have_nothing_to_be_held_against() -> None:
    proof = proof_of(TEXT)
    agreeing = [one for one in proof.statements if one.verdict == "agrees"]
    assert [one.value for one in agreeing] == [
        14049, 4191, 1182, 134, 12, 331, 14, 8, 418, 68, 35, 9, 115, 36, 2, 802, 27, 9056, 4, 27,
    ]  # fmt: skip
    assert [(one.value, one.reason) for one in proof.statements if one.verdict == "undecided"] == [
        (13, "报告的表里没有可以对照的数"),
        (24, "报告的表里没有可以对照的数"),
        (100, "比率没有给出计算的数，不作判断"),
        (1, "报告的表里没有可以对照的数"),
        (7, "报告的表里没有可以对照的数"),
    ]


def test_there_are_at_least_thirty_ways_to_break_it() -> None:
    assert len(BROKEN) >= 30


@pytest.mark.parametrize("name", BROKEN)
def test_the_seed_broken_is_caught(name: str) -> None:
    change, code = BROKEN[name]
    broken = change(TEXT)
    assert broken != TEXT
    proof = proof_of(broken)
    assert code in codes(proof)
    if code[0] == "X":
        assert not proof.clean


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_caught_is_said_in_chinese_with_a_place_or_a_table(name: str) -> None:
    for finding in proof_of(BROKEN[name][0](TEXT)).findings:
        assert any("一" <= sign <= "鿿" for sign in finding.message)
        assert finding.cell is None
        assert "None" not in finding.message


def test_json_has_the_shape_that_scripts_rely_on() -> None:
    answer = proof_json(proof_of(swap("依申请公开4件", "依申请公开5件")(TEXT)))
    assert answer["edition"] == "2021"
    assert answer["year"] == 2021
    assert answer["figures"]["2/fees/amount"] == "46.2697"
    assert answer["figures"]["3/1/natural"] == 4
    wrong = [one for one in answer["statements"] if one["verdict"] == "disagrees"]
    assert [(one["value"], one["key"], one["expected"]) for one in wrong] == [(5, "3/1/total", 4)]
    assert "依申请公开5件" in wrong[0]["text"]
    assert wrong[0]["place"]
    assert [(f["code"], f["severity"], f["key"]) for f in answer["findings"]] == [("X-1", "warning", "3/1/total")]


def test_figures_are_as_printed_totals_too() -> None:
    answer = proof_json(proof_of(cell("（七）总计", 6, "9")(TEXT)))
    assert answer["figures"]["3/3.7/total"] == 9


def published(**changed: int) -> dict[Key, Number | None]:
    values: dict[Key, Number | None] = {Key.parse(name): value for name, value in published_figures().items()}
    return values | {Key.parse(name.replace("__", "/")): value for name, value in changed.items()}


def other(name: str, values: dict[Key, Number | None], year: int = 2021) -> Other:
    return Other(name, Submission(Identity("2021", unit="桦川县", year=year, tier="county"), values))


def test_the_workbook_is_compared_cell_by_cell() -> None:
    assert proof_of(TEXT, workbook=other("汇总.xlsx", published())).findings == ()
    changed = published(**{"2__penalties__decisions": 539})
    found = proof_of(TEXT, workbook=other("汇总.xlsx", changed)).findings
    assert [(one.code, str(one.key), one.found, one.expected) for one in found] == [
        ("R-1", "2/penalties/decisions", "538", "539")
    ]


def test_last_years_carry_over_is_compared_by_column() -> None:
    last = published(**{"3__4__natural": 2, "3__4__total": 2})
    found = proof_of(TEXT, previous=other("上年", last, 2020)).findings
    assert [(one.code, str(one.key)) for one in found if one.severity == "error"] == [
        ("Y-1", "3/2/natural"),
        ("Y-1", "3/2/total"),
    ]


def test_a_report_of_another_year_is_not_taken_for_last_years() -> None:
    found = proof_of(TEXT, previous=other("同年", published(), 2021)).findings
    assert [one.code for one in found] == ["Y-0"]


def test_a_fee_that_section_six_speaks_of_is_stated() -> None:
    changed = published(**{"3__3.6.2__natural": 1, "3__3.6.2__total": 1})
    silent = proof_of(report(FORM, changed, "web"))
    told = proof_of(report(FORM, changed, "web", fees="全年发出收费通知1件，收取信息处理费100元。"))
    assert "T3-4" in codes(silent)
    assert "T3-4" not in codes(told)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_clean_report_is_clean_in_every_layout(layout: str) -> None:
    overview = "2021年，全县共收到政府信息公开申请4件，予以公开4件。未发生行政复议、行政诉讼。"
    proof = proof_of(report(FORM, published(), layout, overview=overview))
    assert [finding.message for finding in proof.findings] == []
    assert {one.verdict for one in proof.statements} == {"agrees"}


def test_a_report_in_last_editions_form_is_told() -> None:
    proof = proof_of(report(FORM, published(), "web", year=2020))
    assert "S-2" in codes(proof)


def test_regulations_of_a_city_are_not_questioned() -> None:
    text = report(FORM, published(**{"2__regulations__issued": 1, "2__regulations__in_force": 5}), "web")
    assert "T2-1" in codes(proof_of(text))
    assert "T2-1" not in codes(proof_of(text.replace("某县", "某市")))


def test_a_saved_page_with_menu_and_footer_reads_like_the_text() -> None:
    page = report(FORM, published(), "web", overview="2021年，我县共收到政府信息公开申请4件。")
    page = page.replace("<body>", "<body><ul><li>2019年政府信息公开工作年度报告</li></ul>")
    page = page.replace("</body>", "<p>主办单位：某县人民政府办公室 版权所有 备案号 12 号</p></body>")
    proof = proof_of(page)
    assert proof.report.year == 2021
    assert proof.findings == ()


def test_broken_lines_are_joined_before_they_are_read() -> None:
    sentence = "2021年，全县政府信息公开责任单位认真办理申请，全年共收到政府信息\n公开申请5件，均已办结。"
    found = proof_of(report(FORM, published(), "pipes", overview=sentence))
    assert [(one.code, one.found) for one in found.findings] == [("X-1", "5")]


def test_a_heading_and_its_text_in_one_paragraph_are_two() -> None:
    text = report(FORM, published(), "pipes")
    text = text.replace("六、其他需要报告的事项\n无其他需要报告的事项。", "六、其他需要报告的事项：无。")
    assert "事项：无。" in text
    assert proof_of(text).findings == ()
