"""Tables of published reports: the same figures whatever the layout, or a reason why not; never a shifted figure."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.figures import Key
from nianbao.form import Form, editions, load_form
from nianbao.report.source import read_report
from nianbao.report.tables import TablesReading, read_tables
from nianbao.report.tokens import zones_of
from nianbao.rules import Number
from oracle import SEED, published_figures
from report_layouts import KEEPS_BLANKS, LAYOUTS, Values, cells_of, report

FORM = load_form("2021")
RADICALS = str.maketrans("一二人日月行民见门长西页", "⼀⼆⼈⽇⽉⾏⺠⻅⻔⻓⻄⻚")


def read(text: str) -> TablesReading:
    return read_tables(zones_of(read_report(text.encode())))


def numbered(form: Form) -> dict[Key, Number | None]:
    """Figures that are all different, so that no shifted one goes unseen."""
    return {key: number for number, key in enumerate(form.entries, 1)}


def test_the_seed_reads_as_transcribed_independently() -> None:
    reading = read(SEED.read_text("utf-8"))
    assert reading.form.edition == "2021"
    assert {str(key): value for key, value in reading.values.items()} == published_figures()
    assert reading.findings == ()


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_figure_is_read_in_every_layout_and_edition(layout: str, edition: str) -> None:
    form = load_form(edition)
    reading = read(report(form, numbered(form), layout))
    assert reading.form.edition == edition
    assert [finding.message for finding in reading.findings] == []
    assert reading.values == numbered(form)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_half_width_brackets_and_radicals_make_no_difference(layout: str) -> None:
    text = report(FORM, numbered(FORM), layout).translate(str.maketrans("（）", "()")).translate(RADICALS)
    assert read(text).values == numbered(FORM)


@pytest.mark.parametrize("layout", sorted(KEEPS_BLANKS))
def test_an_empty_cell_is_not_reported_and_its_neighbours_stay_where_they_are(layout: str) -> None:
    values: dict[Key, Number | None] = numbered(FORM)
    for name in ("2/regulations/issued", "3/1/natural", "3/3.3.1/business", "3/3.4.2/total", "4/review/upheld"):
        values[Key.parse(name)] = None
    reading = read(report(FORM, values, layout))
    assert reading.values == values
    assert {finding.code for finding in reading.findings} == {"V-3"}


@pytest.mark.parametrize("layout", ["lines", "lines of rows"])
def test_a_line_with_a_lost_cell_is_refused_not_shifted(layout: str) -> None:
    gone = Key.parse("3/3.1/business")
    reading = read(report(FORM, {**numbered(FORM), gone: None}, layout))
    lost = {key for key, value in reading.values.items() if value is None}
    assert lost == {key for key in FORM.entries if (key.table, key.line) == ("3", "3.1")}
    assert [finding.code for finding in reading.findings] == ["V-5"]
    assert "“（一）予以公开”一行应有 7 个数，读到 6 个" in reading.findings[0].message


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(KEEPS_BLANKS)),
    st.lists(st.none() | st.integers(0, 99_999), min_size=len(FORM.entries), max_size=len(FORM.entries)),
)
def test_whatever_the_figures_each_is_read_in_its_place_or_named_as_blank(
    layout: str, figures: list[Number | None]
) -> None:
    values: Values = dict(zip(FORM.entries, figures, strict=True))
    found = read(report(FORM, values, layout)).values
    assert {k: (v, values[k]) for k, v in found.items() if v not in {values[k], None}} == {}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("table", ["2", "3", "4"])
def test_a_missing_table_is_missing_and_never_zeros(layout: str, table: str) -> None:
    reading = read(report(FORM, numbered(FORM), layout, tables={table: ""}))
    assert reading.state(table) == "missing"
    assert all(value is None for key, value in reading.values.items() if key.table == table)
    assert [(finding.code, finding.severity) for finding in reading.findings] == [("S-2", "error")]


def test_a_table_that_is_a_picture_is_said_to_be_one() -> None:
    reading = read(
        report(FORM, numbered(FORM), "web", tables={"3": "<table><tr><td><img src='b.png'></td></tr></table>"})
    )
    assert reading.state("3") == "picture"
    assert "图片" in reading.findings[0].message


@pytest.mark.parametrize("layout", LAYOUTS)
def test_swapped_columns_are_refused(layout: str) -> None:
    text = report(FORM, numbered(FORM), layout)
    text = text.replace("商业企业", "甲").replace("科研机构", "商业企业").replace("甲", "科研机构")
    reading = read(text)
    assert reading.state("3") == "refused"
    assert reading.findings[0].code == "V-5"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_swapped_rows_are_read_by_their_labels_and_named(layout: str) -> None:
    text = report(FORM, numbered(FORM), layout)
    first, second = "1.属于国家秘密", "2.其他法律行政法规禁止公开"
    text = text.replace(first, "甲").replace(second, first).replace("甲", second)
    reading = read(text)
    assert reading.findings
    values = numbered(FORM)
    swapped = {"3.3.1": "3.3.2", "3.3.2": "3.3.1"}
    for key, value in reading.values.items():
        wanted = Key(key.table, swapped.get(key.line, key.line), key.column)
        assert value in {values[wanted], None}


def test_an_amount_in_another_unit_is_not_converted() -> None:
    reading = read(report(FORM, numbered(FORM), "web").replace("单位：万元", "单位：元"))
    assert reading.values[Key.parse("2/fees/amount")] is None
    assert "单位是元" in reading.findings[0].message


@pytest.mark.parametrize("written", ["/", "—", "无", "约5", "1 2", "五"])
def test_what_is_no_number_is_named_and_not_read(written: str) -> None:
    key = Key.parse("3/3.1/natural")
    rows = cells_of(FORM, FORM.tables[1], numbered(FORM))
    mark = str(numbered(FORM)[key])
    changed = [
        [cell if cell.text != mark else type(cell)(written, 1, 1, is_label=False) for cell in row] for row in rows
    ]
    reading = read(report(FORM, numbered(FORM), "web", tables={"3": LAYOUTS["web"](changed)}))
    assert reading.values[key] is None
    others = {k: v for k, v in numbered(FORM).items() if k != key}
    assert {k: v for k, v in reading.values.items() if k != key} == others
    assert [finding.key for finding in reading.findings] == [key]


@pytest.mark.parametrize(
    ("official", "printed"),
    [
        ("5.属于三类内部事务信息", "5.属于三类内容事务信息"),
        ("（七）总计", "（七）合计"),
        ("规章", "规章（设区的市、自治州人民政府应提供相关数据）"),
        ("现行有效件数", "现行有效件数（历史累计）"),
        ("3.其他", "3其他"),
        ("二、上年结转政府信息公开申请数量", "二、上年结转政府信息公开申请数"),
        ("商业企业", "商业\n企业"),
    ],
)
def test_slips_in_labels_as_portals_print_them_are_read(official: str, printed: str) -> None:
    assert read(report(FORM, numbered(FORM), "web").replace(official, printed)).values == numbered(FORM)


def test_a_table_broken_over_pages_is_one_table() -> None:
    rows = LAYOUTS["web"](cells_of(FORM, FORM.tables[1], numbered(FORM)))
    halves = re.sub(r"(<tr><td rowspan='3'>)", r"</tbody></table><p></p><table><tbody>\1", rows, count=1)
    assert halves.count("<table") == 2
    reading = read(report(FORM, numbered(FORM), "web", tables={"3": halves}))
    assert reading.values == numbered(FORM)


def test_prose_before_a_table_does_not_disturb_it() -> None:
    text = report(FORM, numbered(FORM), "lines")
    title = FORM.tables[1].title
    prose = "本年度共收到申请 8 件，其中自然人\n6 件，均已办结。\n该部分以表格形式报告。表格如下："
    assert read(text.replace(title, f"{title}\n{prose}")).values == numbered(FORM)


def test_heads_broken_over_two_rows_are_one_head() -> None:
    text = report(FORM, numbered(FORM), "pipes")
    broken = text.replace("商业企业 | 科研机构 | ", "商业 | 科研 | ").replace(
        "法律服务机构 | 其他 | ", "法律服务机构 | 其他 |\n企业 | 机构 | "
    )
    assert broken != text
    assert read(broken).values == numbered(FORM)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("layout", ["web", "lines", "tabs"])
def test_every_encoding_of_a_chinese_machine_is_read(layout: str, encoding: str) -> None:
    text = report(FORM, numbered(FORM), layout)
    if encoding != "utf-8-sig":
        text = text.replace("<meta charset='utf-8'>", "<meta charset='gb2312'>" if encoding == "gb18030" else "")
    assert read_tables(zones_of(read_report(text.encode(encoding)))).values == numbered(FORM)


@pytest.mark.parametrize("sign", ["增加{}", "减{}", "+{}", "-{}", "↓{}"])
def test_a_change_may_be_written_with_a_word_or_an_arrow(sign: str) -> None:
    form = load_form("2019")
    key = Key.parse("2/licences/change")
    rows = cells_of(form, form.tables[0], numbered(form))
    number = str(numbered(form)[key])
    less = any(mark in sign for mark in "减-↓")
    changed = [
        [
            cell if cell.text != number else type(cell)(sign.format(number), 1, cell.columns, is_label=False)
            for cell in row
        ]
        for row in rows
    ]
    reading = read(report(form, numbered(form), "web", year=2020, tables={"2": LAYOUTS["web"](changed)}))
    assert reading.values == {**numbered(form), key: -int(number) if less else int(number)}
