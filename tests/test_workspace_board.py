"""The board, what goes back, and the county: status, send-back, and the commands that need no paths in a workspace."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import nianbao
from nianbao import Demands, Identity, Key, Submission
from nianbao.excel.sendback import Ask, write_sendback
from nianbao.layout import layout_of
from nianbao.returns import judge
from nianbao.rules import Number
from offices import (
    FORM,
    UNITS,
    counted,
    everything,
    figures,
    good,
    new_office,
    nianbao_in,
    sent,
    states,
    workbook,
    wrong,
)

NATURAL = Key("3", "1", "natural")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return new_office(tmp_path)


def collected(office: Path, **files: bytes) -> None:
    for name, data in files.items():
        sent(office.parent, f"来件/{name}.xlsx", data)
    nianbao_in(office, "collect", "../来件")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


# -- status


def test_status_counts_every_unit_once_and_names_whom_to_chase(office: Path) -> None:
    collected(office, a=good("001", 5), b=wrong("002", 5))
    told = nianbao_in(office, "status")
    assert told.code == 1
    assert re.search(r"^合计 +5 +1 +1 +3 +0 +1 *$", told.out, re.M)
    assert "有误 1 个：财政局（2 处错误）" in told.out
    assert "未报 3 个：悦来镇、人力资源和社会保障局、税务局（不计入汇总）" in told.out
    rows = list(load_workbook(office / "催报名单.xlsx").worksheets[0].iter_rows(min_row=3, values_only=True))
    assert [(row[1], row[5]) for row in rows] == [
        ("悦来镇", "0454-3"),
        ("人力资源和社会保障局", "0454-4"),
        ("税务局", "0454-5"),
        ("财政局", "0454-2"),
    ]
    assert "第一项加第二项之和" in str(rows[3][6])


def test_status_is_content_when_everybody_reported(office: Path) -> None:
    collected(office, **{f"f{code}": good(code, int(code)) for code in UNITS})
    told = nianbao_in(office, "status")
    assert told.code == 0
    assert load_workbook(office / "催报名单.xlsx").worksheets[0].max_row == 2


def test_page_is_self_contained_and_escapes_what_comes_from_outside(office: Path) -> None:
    collected(office, a=good("001", 5), b=wrong("002", 5), **{"<script>alert(1)</script>": b"nothing"})
    nianbao_in(office, "status")
    text = (office / "状态.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    page = _Page(text)
    assert [name for _, attributes in page.tags for name in ("src", "href", "action") if name in attributes] == []
    assert "http" not in re.sub(r"<!DOCTYPE[^>]*>", "", text)
    assert "url(" not in text
    rows = [attributes for tag, attributes in page.tags if tag == "tr" and "data-state" in attributes]
    assert [row["data-state"] for row in rows] == ["已报合格", "有误", "未报", "未报", "未报"]
    copies = [attributes["data-copy"] for tag, attributes in page.tags if attributes.get("class") == "copy"]
    assert copies[0] == "0454-3\n0454-4\n0454-5\n0454-2"


def test_page_tells_versions_findings_and_changes(office: Path) -> None:
    collected(office, 一=good("001", 5))
    collected(office, 二=wrong("001", 6))
    nianbao_in(office, "status")
    text = (office / "状态.html").read_text(encoding="utf-8")
    for part in ("2 个版本；后来的一份不合格，仍以先前的为准", "现在以这一份为准", "改了 3 处", "5 → 6", "错误 T3-1"):
        assert part in text


# -- send-back


@st.composite
def broken(draw: st.DrawFn) -> dict[Key, Number | None]:
    values: dict[Key, Number | None] = dict(figures(draw(st.integers(0, 50))))
    for key in draw(st.lists(st.sampled_from(list(values)), max_size=5, unique=True)):
        value: Number | None = draw(st.none() | st.integers(0, 10**6))
        values[key] = value
    return values


@given(broken())
@settings(max_examples=15, deadline=None)
def test_what_is_sent_back_reads_as_what_came(values: dict[Key, Number | None]) -> None:
    identity = Identity("2021", unit="教育局", code="001", county="桦川县", year=2021)
    came = Submission(identity, nianbao.with_totals(FORM, values), texts={"remarks": "无", "cover/filler": "某"})
    one = judge("教育局.xlsx", None, None, came, (), Demands())
    reading = nianbao.read(write_sendback(FORM, came, Ask(one.findings, "教育局.xlsx")))
    assert reading.submission is not None
    assert (reading.submission.identity, dict(reading.submission.values)) == (identity, dict(came.values))
    texts = {key: text for key, text in reading.submission.texts.items() if key in came.texts}
    assert texts == came.texts
    assert {finding.code for finding in reading.findings} <= {"V-3"}


def test_every_wrong_cell_is_marked_and_explained_where_it_stands() -> None:
    book = load_workbook(io.BytesIO(wrong("001", 5)))
    book["表二"]["B5"] = "/"
    buffer = io.BytesIO()
    book.save(buffer)
    reading = nianbao.read(buffer.getvalue())
    one = judge("a.xlsx", None, None, reading.submission, reading.findings, Demands())
    assert one.submission is not None
    back = load_workbook(io.BytesIO(write_sendback(FORM, one.submission, Ask(one.findings, "a.xlsx"))))
    places = {layout_of(FORM).slots[f.key].place for f in one.findings if f.key is not None and f.severity != "note"}
    for place in places:
        comment = back[place.sheet][place.cell].comment
        assert comment is not None, place
        assert "错误" in comment.text
    assert "“/”不等于 0" in back["表二"]["B5"].comment.text
    assert back["表二"]["B5"].value is None
    opinions = list(back["退回意见"].iter_rows(min_row=4, values_only=True))
    assert len(opinions) == sum(finding.severity != "note" for finding in one.findings)
    assert [sheet.title for sheet in back.worksheets if sheet.sheet_view.tabSelected] == ["退回意见"]
    assert all(sheet.protection.sheet for sheet in back.worksheets)
    answers = [row[9] for row in back["退回意见"].iter_rows(min_row=4)]
    assert [cell.protection.locked for cell in answers] == [False] * len(opinions)


def test_corrected_and_returned_it_is_accepted_as_it_is(office: Path, tmp_path: Path) -> None:
    collected(office, a=wrong("001", 5))
    told = nianbao_in(office, "send-back")
    assert told.code == 1
    path = office / "退回" / "001_教育局_退回_第1次.xlsx"
    book = load_workbook(path)
    place = layout_of(FORM).slots[NATURAL].place
    book[place.sheet][place.cell] = 5
    book.save(tmp_path / "改好了.xlsx")
    told = nianbao_in(office, "collect", "../改好了.xlsx")
    assert told.code == 0, told.out
    assert "（D6）：6 → 5" in told.out
    assert counted(office) == {"001": 5}
    assert "没有新的要退回" in nianbao_in(office, "send-back").out
    assert nianbao_in(office, "send-back").code == 0


def test_answer_beside_an_opinion_is_the_explanation_of_its_check(office: Path, tmp_path: Path) -> None:
    values = figures(5) | {Key("2", "regulations", "in_force"): 1}
    collected(office, a=workbook("教育局", "001", values | {NATURAL: 6}))
    nianbao_in(office, "send-back")
    book = load_workbook(office / "退回" / "001_教育局_退回_第1次.xlsx")
    place = layout_of(FORM).slots[NATURAL].place
    book[place.sheet][place.cell] = 5
    rows = {row[2].value: row for row in book["退回意见"].iter_rows(min_row=4)}
    rows["T2-1"][9].value = "上级授权制定"
    rows["T3-1"][9].value = "已更正"
    book.save(tmp_path / "b.xlsx")
    reading = nianbao.read(tmp_path / "b.xlsx")
    assert reading.submission is not None
    assert reading.submission.texts["explanation/T2-1"].endswith("上级授权制定")
    assert any("对 T3-1" in one.message and "已更正" in one.message for one in reading.findings)
    nianbao_in(office, "collect", "../b.xlsx")
    assert counted(office) == {"001": 5}


def test_each_version_goes_back_once_and_the_next_is_the_second_time(office: Path, tmp_path: Path) -> None:
    collected(office, a=wrong("001", 5), c=wrong("002", 1))
    nianbao_in(office, "send-back")
    before = everything(office / "退回")
    assert set(before) == {
        "001_教育局_退回_第1次.xlsx",
        "002_财政局_退回_第1次.xlsx",
        "邮件/001_教育局_退回_第1次.eml",
    }
    told = nianbao_in(office, "send-back")
    assert "已退回过　教育局" in told.out
    assert everything(office / "退回") == before
    nianbao_in(office, "collect", sent(tmp_path, "b.xlsx", wrong("001", 6)))
    nianbao_in(office, "send-back")
    assert set(everything(office / "退回")) - set(before) == {
        "001_教育局_退回_第2次.xlsx",
        "邮件/001_教育局_退回_第2次.eml",
    }
    (office / "退回" / "001_教育局_退回_第2次.xlsx").unlink()
    nianbao_in(office, "send-back")
    assert (office / "退回" / "001_教育局_退回_第2次.xlsx").exists()


def test_letter_that_goes_with_it_says_what_is_wrong(office: Path) -> None:
    collected(office, a=wrong("001", 5))
    nianbao_in(office, "send-back")
    data = (office / "退回" / "邮件" / "001_教育局_退回_第1次.eml").read_bytes()
    body = email.message_from_bytes(data, policy=email.policy.default).get_body()
    assert body is not None
    text = body.get_content()
    assert "“a.xlsx”有 2 处需要核对更正" in text
    assert "1. 表三" in text


def test_file_that_cannot_be_read_brings_a_fresh_template_back(office: Path) -> None:
    collected(office, 教育局=b"not a workbook")
    nianbao_in(office, "send-back")
    reading = nianbao.read(office / "退回" / "001_教育局_退回_第1次.xlsx")
    assert reading.submission is not None
    assert set(reading.submission.values.values()) == {None}
    assert reading.submission.identity.unit == "教育局"


def test_figures_of_another_year_do_not_go_back(office: Path) -> None:
    collected(office, a=workbook("教育局", "001", figures(5), year=2022))
    nianbao_in(office, "send-back")
    reading = nianbao.read(office / "退回" / "001_教育局_退回_第1次.xlsx")
    assert reading.submission is not None
    assert reading.submission.identity.year == 2021
    assert set(reading.submission.values.values()) == {None}


def test_outside_a_workspace_check_writes_what_has_to_go_back(tmp_path: Path) -> None:
    sent(tmp_path, "来件/a.xlsx", wrong("001", 5))
    sent(tmp_path, "来件/b.xlsx", good("002", 5))
    sent(tmp_path, "来件/c.xlsx", wrong("001", 6))
    told = nianbao_in(tmp_path, "check", "来件", "--send-back", "退")
    assert told.code == 1
    before = everything(tmp_path / "退")
    assert set(before) == {"001_教育局_退回_第1次.xlsx", "001_教育局_退回_第2次.xlsx"}
    nianbao_in(tmp_path, "check", "来件", "--send-back", "退")
    assert everything(tmp_path / "退") == before


# -- commands that need no paths here


def test_consolidate_takes_in_what_is_new_and_says_on_its_face_what_is_missing(office: Path) -> None:
    collected(office, a=good("001", 5), b=wrong("002", 5), c=good("005", 100))
    sent(office, "回收/悦来镇.xlsx", good("003", 7))
    told = nianbao_in(office, "consolidate")
    assert told.code == 1
    assert "新收下 1 份" in told.out
    assert "未齐：已计入 2 个单位，另有 1 个单位不计入汇总；缺报 2 个单位" in told.out
    county = nianbao.read(office / "汇总" / "桦川县2021年度汇总.xlsx").submission
    assert county is not None
    assert county.values[Key("2", "licences", "decisions")] == 12


def test_named_absence_makes_no_error_but_is_no_completeness(office: Path) -> None:
    collected(office, **{f"f{code}": good(code, int(code)) for code in UNITS if code != "004"})
    told = nianbao_in(office, "consolidate", "--without", "人社局", "--format", "json")
    assert told.code == 0
    answer = json.loads(told.out)
    assert (answer["complete"], [one["name"] for one in answer["excused"]]) == (False, ["人力资源和社会保障局"])


def test_superseded_versions_are_named_but_not_added(office: Path, tmp_path: Path) -> None:
    collected(office, **{f"f{code}": good(code, 10) for code in UNITS})
    nianbao_in(office, "collect", sent(tmp_path, "新.xlsx", good("001", 11)))
    told = nianbao_in(office, "consolidate", "--format", "json")
    assert told.code == 0, told.out
    answer = json.loads(told.out)
    assert answer["figures"]["2/licences/decisions"] == 41
    assert answer["complete"] is True
    assert {one["file"] for one in answer["files"] if one["status"] == "ignored"} == {"f001.xlsx"}
    assert nianbao_in(office, "verify").code == 0


def test_what_waits_to_be_claimed_keeps_the_county_from_being_complete(office: Path, tmp_path: Path) -> None:
    collected(office, **{f"f{code}": good(code, 10) for code in UNITS})
    nianbao_in(office, "collect", sent(tmp_path, "谁的.xlsx", workbook(None, None, figures(3))))
    assert nianbao_in(office, "consolidate").code == 1
    number = re.search(r"收件编号 ([0-9a-f]{12})", nianbao_in(office, "status").out)
    assert number is not None
    nianbao_in(office, "withdraw", number[1])
    assert nianbao_in(office, "consolidate").code == 0


def test_check_without_paths_judges_what_the_office_holds(office: Path) -> None:
    collected(office, a=good("001", 5), b=wrong("002", 5))
    told = nianbao_in(office, "check", "--format", "json")
    assert told.code == 1
    answer = json.loads(told.out)
    assert {one["file"]: one["status"] for one in answer["files"]} == {"a.xlsx": "accepted", "b.xlsx": "flagged"}
    assert [one["code"] for one in answer["missing"]] == ["003", "004", "005"]


def test_settings_of_a_workspace_are_not_argued_with(office: Path) -> None:
    collected(office, a=good("001", 5))
    told = nianbao_in(office, "check", "--year", "2020")
    assert told.code == 2
    assert "不能再用 --year" in told.err


def test_nothing_received_yet_is_said(office: Path) -> None:
    told = nianbao_in(office, "consolidate")
    assert told.code == 2
    assert "还没有收下任何文件" in told.err


def test_late_is_told_apart(office: Path, tmp_path: Path) -> None:
    nianbao_in(office, "collect", sent(tmp_path, "a.xlsx", wrong("001", 5), dt.date(2022, 2, 1)))
    told = nianbao_in(office, "status")
    assert "教育局（2 处错误；报送已迟）" in told.out
    assert states(office)["001"] == "有误"
