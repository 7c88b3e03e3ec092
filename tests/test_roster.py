"""The roster: whose name is whose, what is reported by row, and files claimed only where their name is certain."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from nianbao.claims import claim
from nianbao.excel.lists import write_roster
from nianbao.excel.roster import list_units, read_roster
from nianbao.findings import OperatorError
from nianbao.roster import Roster, Unit, meaning

NAMES = (
    "教育局",
    "人力资源和社会保障局",
    "市场监督管理局",
    "悦来镇",
    "农业农村局",
    "公安局",
    "经济开发区管委会",
    "体育局",
    "统计局",
)
ROSTER = Roster(tuple(Unit(f"{number:03}", name) for number, name in enumerate(NAMES, 1)))


def csv_of(folder: Path, *rows: str) -> Path:
    path = folder / "名录.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("教育局", "教育局"),
        ("桦川县教育局", "教育局"),
        ("县教育局", "教育局"),
        ("桦川教育局", "教育局"),
        ("教 育 局", "教育局"),
        ("人社局", "人力资源和社会保障局"),
        ("县人力资源社会保障局", "人力资源和社会保障局"),
        ("市监局", "市场监督管理局"),
        ("桦川县悦来镇人民政府", "悦来镇"),
        ("经济开发区", "经济开发区管委会"),
    ],
)
def test_known_ways_of_writing_a_name_mean_the_unit(name: str, unit: str) -> None:
    found = ROSTER.named(name, "桦川县")
    assert found is not None
    assert found.name == unit


@pytest.mark.parametrize("name", ["市教育局", "教育体育局", "农业局", "公安局交警大队", "镇人民政府", "县", "局", ""])
def test_names_that_could_be_another_body_mean_nobody(name: str) -> None:
    assert ROSTER.named(name, "桦川县") is None


def test_abbreviation_that_two_units_answer_to_means_nobody() -> None:
    roster = Roster((Unit("1", "卫生健康局"), Unit("2", "卫健局")))
    assert roster.named("县卫健局", "桦川县") is None
    found = roster.named("卫健局", "桦川县")
    assert found is not None
    assert found.code == "2"


def test_township_named_like_its_county_stays_itself() -> None:
    assert meaning("桦川镇人民政府", "桦川县") == meaning("桦川镇", "桦川县") == "桦川镇"


@pytest.mark.parametrize(
    ("file", "unit"),
    [
        ("人社局2021年年报数据表（最终2）.xlsx", "人力资源和社会保障局"),
        ("附件2：数据报表（人社局）.xlsx", "人力资源和社会保障局"),
        ("收件/第一批.zip!桦川县教育局政府信息公开工作年度报告.xlsx", "教育局"),
        ("桦川县悦来镇人民政府（更正）.xls", "悦来镇"),
        ("001_教育局_2021年度报表.xlsx", "教育局"),
        ("统计局2021年报(1) - 副本.xlsx", "统计局"),
        ("体育局盖章件.pdf", "体育局"),
    ],
)
def test_file_names_with_one_certain_unit_are_claimed(file: str, unit: str) -> None:
    found = claim(file, ROSTER, "桦川县")
    assert found.unit is not None
    assert found.unit.name == unit


@pytest.mark.parametrize(
    ("file", "candidates"),
    [
        ("新建 Microsoft Excel 工作表.xlsx", []),
        ("1.xlsx", []),
        ("公安局交警大队年报.xlsx", ["公安局"]),
        ("教育局、体育局.xlsx", ["教育局", "体育局"]),
        ("农业局.xlsx", ["农业农村局"]),
        ("002_教育局_2021年度报表.xlsx", ["教育局", "人力资源和社会保障局"]),
    ],
)
def test_uncertain_file_names_are_a_question_with_candidates(file: str, candidates: list[str]) -> None:
    found = claim(file, ROSTER, "桦川县")
    assert found.unit is None
    assert [unit.name for unit in found.candidates] == candidates


@given(st.text(max_size=30))
def test_no_file_name_is_too_odd_to_ask_about(file: str) -> None:
    assert claim(file, ROSTER, "桦川县").unit in {*ROSTER.units, None}


def test_every_bad_row_is_named_at_once(tmp_path: Path) -> None:
    rows = ("代码,单位名称,计入汇总", "001,教育局,", ",财政局,", "001,民政局,", "004,教育局,", "005,水务局,也许")
    with pytest.raises(OperatorError) as caught:
        read_roster(csv_of(tmp_path, *rows))
    message = str(caught.value)
    for part in ("第 3 行缺少代码", "第 2、4 行的代码相同", "第 2、5 行都叫“教育局”", "第 6 行“计入汇总”应填 是 或 否"):
        assert part in message


def test_look_alike_names_are_doubted_by_row_but_not_refused(tmp_path: Path) -> None:
    rows = ("代码,单位名称", "1,人社局", "2,人力资源社会保障局", "3,悦耒镇", "4,林业和草原管理局", "5,林业草原管理局")
    found = list_units(csv_of(tmp_path, *rows), county="桦川县")
    assert [(doubt.rows, doubt.grave) for doubt in found.doubts] == [((2, 3), False), ((5, 6), False)]
    assert len(found.roster.units) == 5


def test_list_of_another_office_is_understood_by_its_own_headings(tmp_path: Path) -> None:
    book = Workbook()
    for row in (
        ["某县政务公开联络员名单"],
        [],
        ["序号", "责任单位", "联络员", "联系电话"],
        [1, "教育局", "", "0454-1"],
    ):
        book.worksheets[0].append(row)
    book.save(tmp_path / "名单.xlsx")
    found = list_units(tmp_path / "名单.xlsx", give_codes=True)
    assert found.units == ((4, Unit("001", "教育局", phone="0454-1")),)


def test_vertical_units_count_as_the_settings_say_unless_the_roster_says_itself(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path, "代码,单位名称,类别,计入汇总", "1,税务局,垂管,", "2,气象局,垂管,是", "3,水务局,部门,", "4,某局,,否"
    )
    for setting, counted in ((True, [True, True, True, False]), (False, [False, True, True, False])):
        assert [unit.counted for unit in read_roster(path, vertical_counts=setting).units] == counted


def test_roster_written_is_the_roster_read(tmp_path: Path) -> None:
    units = (
        Unit("001", "教育局", ("教体局", "教局"), ("教委",), "部门", "某", "0454-1", "a@b.cn"),
        Unit("007", "税务局", kind="垂管", counted=False, stamped="已收纸质件"),
        Unit("008", "气象局", kind="垂管", counted=True),
    )
    for setting in (True, False):
        path = tmp_path / "名录.xlsx"
        path.write_bytes(write_roster(units, vertical_counts=setting))
        assert read_roster(path, vertical_counts=setting).units == units


def test_roster_to_fill_in_has_the_headings_and_says_that_it_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "名录.xlsx"
    path.write_bytes(write_roster(()))
    with pytest.raises(OperatorError, match="没有单位，请先填写"):
        read_roster(path)


def test_same_roster_gives_the_same_bytes() -> None:
    assert write_roster(ROSTER.units) == write_roster(ROSTER.units)
    assert io.BytesIO(write_roster(ROSTER.units)).read(2) == b"PK"
