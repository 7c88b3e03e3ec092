"""The form of 2019 against an independent transcription, and the way there and back by the same code as any edition."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.checks import check
from nianbao.excel.reader import read_return
from nianbao.excel.writer import write_template
from nianbao.figures import Key
from nianbao.form import editions, load_form
from nianbao.layout import layout_of
from nianbao.rules import Number
from nianbao.submission import Identity, Submission, with_totals

FORM = load_form("2019")
ENTRIES = {key: entry for key, entry in FORM.entries.items() if entry.filled_in}
TABLE_TWO = """
第二十条第（一）项
信息内容 本年新制作数量 本年新公开数量 对外公开总数量
规章 . . .
规范性文件 . . .
第二十条第（五）项
信息内容 上一年项目数量 本年增/减 处理决定数量
行政许可 . . .
其他对外管理服务事项 . . .
第二十条第（六）项
信息内容 上一年项目数量 本年增/减 处理决定数量
行政处罚 . . .
行政强制 . . .
第二十条第（八）项
信息内容 上一年项目数量 本年增/减
行政事业性收费 . .
第二十条第（九）项
信息内容 采购项目数量 采购总金额
政府集中采购 . .
"""
OUTCOMES = [
    "（一）予以公开",
    "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
    "1.属于国家秘密",
    "2.其他法律行政法规禁止公开",
    "3.危及“三安全一稳定”",
    "4.保护第三方合法权益",
    "5.属于三类内部事务信息",
    "6.属于四类过程性信息",
    "7.属于行政执法案卷",
    "8.属于行政查询事项",
    "1.本机关不掌握相关政府信息",
    "2.没有现成信息需要另行制作",
    "3.补正后申请内容仍不明确",
    "1.信访举报投诉类申请",
    "2.重复申请",
    "3.要求提供公开出版物",
    "4.无正当理由大量反复申请",
    "5.要求行政机关确认或重新出具已获取信息",
    "（六）其他处理",
    "（七）总计",
]


def printed_rows(sheet: str) -> list[str]:
    """One row of the printed table a line: its labels, and a dot for each figure."""
    layout = layout_of(FORM)
    rows: dict[int, list[tuple[int, str]]] = {}
    for label in layout.labels:
        if label.sheet == sheet and label.row > 0:
            rows.setdefault(label.row, []).append((label.column, label.text))
    for slot in layout.slots.values():
        if slot.place.sheet == sheet:
            rows.setdefault(slot.place.row, []).append((slot.place.column, "."))
    return [" ".join(text for _, text in sorted(rows[row])) for row in sorted(rows)]


def submission(values: dict[Key, Number | None]) -> Submission:
    identity = Identity("2019", unit="教育局", code="001", county="悦来县", year=2020)
    return Submission(identity, with_totals(FORM, values))


def test_edition_2019_has_198_figures() -> None:
    by_table = {table: sum(key.table == table for key in FORM.entries) for table in "234"}
    assert by_table == {"2": 22, "3": 23 * 7, "4": 15}


def test_table_two_prints_five_blocks_as_published() -> None:
    assert printed_rows("表二") == TABLE_TWO.strip().splitlines()


def test_blocks_of_two_and_of_three_columns_are_equally_wide() -> None:
    slots = [slot for key, slot in layout_of(FORM).slots.items() if key.table == "2"]
    assert {slot.last_column - slot.place.column + 1 for slot in slots} == {2, 3}
    by_line: dict[int, list[tuple[int, int]]] = {}
    for slot in slots:
        by_line.setdefault(slot.place.row, []).append((slot.place.column, slot.last_column))
    for spans in by_line.values():
        assert spans[0][0] == 1
        assert spans[-1][1] == 6
        assert all(end + 1 == start for (_, end), (start, _) in pairwise(spans))


def test_table_three_has_the_twenty_outcomes_of_2019() -> None:
    lines = [line for line in FORM.tables[1].blocks[0].lines if line.labels[0] == "三、本年度办理结果"]
    assert [line.labels[-1] for line in lines] == OUTCOMES


def test_change_may_be_negative_and_nothing_else() -> None:
    assert {key.column for key, entry in ENTRIES.items() if entry.column.signed} == {"change"}


def test_form_prints_no_unit_for_projects_and_procurement() -> None:
    unitless = {str(key) for key, entry in ENTRIES.items() if entry.column.unit_of_measure is None}
    assert unitless == {
        "2/procurement/projects",
        "2/procurement/amount",
        *(
            f"2/{line}/{column}"
            for line in ("licences", "other_services", "penalties", "coercive_measures", "fees")
            for column in ("items_last_year", "change")
        ),
    }


def test_zeros_are_clean_and_every_check_can_fail() -> None:
    zeros: dict[Key, Number | None] = dict.fromkeys(ENTRIES, 0)
    assert check(FORM, submission(zeros)) == ()
    broken = {
        "T3-1": "3/1/natural",
        "T2-1": "2/regulations/made",
        "T4-2": "4/suit_after_review/upheld",
    }
    for code, key in broken.items():
        assert code in {finding.code for finding in check(FORM, submission(zeros | {Key.parse(key): 1}))}


figures = st.fixed_dictionaries(
    {
        key: st.none()
        | (
            st.decimals(0, 10**6, places=2).map(lambda number: number.normalize() + 0)
            if entry.column.kind == "amount"
            else st.integers(-9 if entry.column.signed else 0, 9999)
        )
        for key, entry in ENTRIES.items()
    }
)


@settings(max_examples=15, deadline=None)
@given(figures)
def test_a_return_of_2019_reads_back_as_written(values: dict[Key, Number | None]) -> None:
    sent = submission(values)
    got = read_return(write_template(FORM, sent)).submission
    assert got is not None
    assert got.identity == sent.identity
    assert dict(got.values) == dict(sent.values)


@pytest.mark.parametrize("edition", editions())
def test_editions_are_told_apart_by_their_headings(edition: str) -> None:
    blank = Submission(Identity(edition), with_totals(load_form(edition), {}))
    got = read_return(write_template(load_form(edition), blank)).submission
    assert got is not None
    assert got.identity.edition == edition
