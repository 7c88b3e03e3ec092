"""A workspace begins, is set, and sends out: init, nianbao.toml, distribute."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nianbao
from nianbao import Key, OperatorError
from nianbao.workspace.settings import ORDERS, Settings, read_settings
from offices import ROSTER, UNITS, everything, figures, good, new_office, nianbao_in, sent, space, workbook

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.builds(
        Settings,
        county=_TEXTS.filter(bool),
        year=st.integers(2021, 2040),
        edition=st.just("2021"),
        deadline=st.none() | st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
        contact=_TEXTS,
        phone=_TEXTS,
        order=st.sampled_from(ORDERS),
        vertical_counts=st.booleans(),
        previous=_TEXTS,
    )
)
def test_settings_written_are_the_settings_read(settings: Settings) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "nianbao.toml"
        path.write_bytes(settings.text.encode())
        assert read_settings(path) == settings


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('county = "桦川县"', 'countty = "桦川县"', "第 4 行：countty 不是已有的设置项"),
        ("year = 2021", 'year = "2021"', "第 7 行：year 应为整数"),
        ("year = 2021", "year = 1999", "第 7 行：year 为 1999，这一年度没有可用的官方表格"),
        ('edition = "2021"', 'edition = "2019"', "edition 与年度不符：2021 年度用 2021 年版"),
        ('order = "名录"', 'order = "随便"', "order 应为名录、代码、类别之一"),
        ("deadline = 2022-01-20", 'deadline = "1月20日"', "deadline 应为日期"),
        ('county = "桦川县"', "county = 桦川县", "写法有误（第 4 行）"),
        ('county = "桦川县"', "", "county 没有填"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_their_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    office = new_office(tmp_path)
    path = office / "nianbao.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    told = nianbao_in(office, "status")
    assert (told.code, told.err.count("\n")) == (2, 1)
    assert said in told.err


def test_init_makes_everything_and_says_what_is_next(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    names = {path.name for path in office.iterdir()}
    assert names == {"nianbao.toml", "nianbao.bat", "名录.xlsx", "下发", "回收", "退回", "汇总", "邮件模板"}
    assert [unit.name for unit in space(office).roster().units] == list(UNITS.values())
    assert all(line.startswith("#") or "=" in line for line in Settings("县", 2021).text.splitlines() if line)


def test_prompt_for_windows_is_plain_ascii_with_its_line_ends(tmp_path: Path) -> None:
    data = (new_office(tmp_path) / "nianbao.bat").read_bytes()
    assert data.isascii()
    assert data.count(b"\n") == data.count(b"\r\n") > 5


def test_look_alike_names_are_said_when_the_templates_go_out(tmp_path: Path) -> None:
    office = new_office(tmp_path, ROSTER + "006,人力资源社会保障局,,,部门,,,,,\n")
    told = nianbao_in(office, "distribute")
    assert told.code == 0
    assert "名录第 5、7 行名称相近" in told.out


def test_second_init_refuses_and_changes_nothing(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    before = everything(office)
    told = nianbao_in(tmp_path, "init", "县", "--county", "别的县", "--year", "2022")
    assert told.code == 2
    assert "已经是工作区了" in told.err
    assert everything(office) == before


def test_init_without_a_roster_leaves_one_to_fill_in(tmp_path: Path) -> None:
    assert nianbao_in(tmp_path, "init", "县", "--county", "桦川县", "--year", "2021").code == 0
    told = nianbao_in(tmp_path / "县", "distribute")
    assert told.code == 2
    assert "没有单位，请先填写" in told.err


def test_commands_outside_a_workspace_say_so(tmp_path: Path) -> None:
    for command in (
        ["distribute"],
        ["collect"],
        ["status"],
        ["send-back"],
        ["withdraw", "教育局"],
        ["check"],
        ["consolidate"],
    ):
        told = nianbao_in(tmp_path, *command)
        assert told.code == 2
        assert "不是工作区" in told.err


def test_workspace_is_found_from_a_folder_inside_it(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    assert nianbao_in(office / "回收", "status").code == 1
    assert (office / "状态.html").exists()


def test_every_unit_gets_its_own_identified_workbook(tmp_path: Path) -> None:
    office = new_office(tmp_path, ROSTER, "--contact", "政务公开办", "--phone", "0454-9")
    assert nianbao_in(office, "distribute").code == 0
    for code, name in UNITS.items():
        reading = nianbao.read(office / "下发" / f"{code}_{name}_2021年度报表.xlsx")
        assert reading.submission is not None
        identity = reading.submission.identity
        assert (identity.code, identity.unit, identity.county, identity.year) == (code, name, "桦川县", 2021)
        assert {one.code for one in reading.findings} == {"V-3"}
    (parcel,) = (office / "下发").glob("*.zip")
    with zipfile.ZipFile(parcel) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(UNITS)
    assert (office / "下发" / "下发清单.xlsx").exists()


def test_mail_drafts_have_the_workbook_inside_and_open_as_drafts(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    nianbao_in(office, "distribute")
    drafts = sorted(path.name for path in (office / "下发" / "邮件").iterdir())
    assert drafts == ["001_教育局.eml", "003_悦来镇.eml"]
    data = (office / "下发" / "邮件" / "001_教育局.eml").read_bytes()
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert message["X-Unsent"] == "1"
    assert message["To"] == "教育局 <jyj@example.com>"
    assert "请于 2022 年 1 月 20 日前报送" in message.get_body().get_content()  # type: ignore[union-attr]  # it has one
    (attachment,) = message.iter_attachments()
    name = "001_教育局_2021年度报表.xlsx"
    assert attachment.get_filename() == name
    assert attachment.get_content() == (office / "下发" / name).read_bytes()


def test_second_distribution_writes_only_what_changed(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    nianbao_in(office, "distribute")
    before = {path: path.stat().st_mtime_ns for path in (office / "下发").rglob("*") if path.is_file()}
    assert "没有变化" in nianbao_in(office, "distribute").out
    assert {path: path.stat().st_mtime_ns for path in before} == before
    # a CSV beside it is not looked at while there is a 名录.xlsx
    (office / "名录.xlsx").unlink()
    changed = ROSTER.replace("悦来镇", "悦来街道").replace("002,财政局,,,部门,,0454-2,,,\n", "")
    (office / "名录.csv").write_text(changed, encoding="utf-8")
    told = nianbao_in(office, "distribute")
    assert told.code == 0
    assert "003_悦来街道_2021年度报表.xlsx" in told.out
    assert "001_教育局_2021年度报表.xlsx" not in told.out
    retired = {path.name for path in (office / "下发" / "停用").iterdir()}
    assert retired == {"002_财政局_2021年度报表.xlsx", "003_悦来镇_2021年度报表.xlsx", "003_悦来镇.eml"}
    untouched = office / "下发" / "001_教育局_2021年度报表.xlsx"
    assert untouched.stat().st_mtime_ns == before[untouched]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请填报\n你好", "第 1 行应当以“主题：”开头"),
        ("主题：年报\n${単位}", "${単位} 没有意义"),
        ("主题：年报\n${单位", "没有写全"),
    ],
)
def test_letter_template_that_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    office = new_office(tmp_path)
    (office / "邮件模板" / "下发.txt").write_text(text, encoding="utf-8")
    told = nianbao_in(office, "distribute")
    assert told.code == 2
    assert said in told.err


def test_letter_says_what_the_office_wrote(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    (office / "邮件模板" / "下发.txt").write_text("主题：$5 一份\n给${单位}：价 $5", encoding="utf-8")
    nianbao_in(office, "distribute")
    data = (office / "下发" / "邮件" / "001_教育局.eml").read_bytes()
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert message["Subject"] == "$5 一份"
    assert message.get_body().get_content().strip() == "给教育局：价 $5"  # type: ignore[union-attr]  # it has one


def test_next_year_takes_roster_and_opening_figures_over(tmp_path: Path) -> None:
    office = new_office(tmp_path, ROSTER, "--contact", "政务公开办")
    pending = workbook("教育局", "001", figures(5, n1=7) | {Key("3", "4", "natural"): 2})
    sent(tmp_path, "a/教育局.xlsx", pending)
    sent(tmp_path, "a/财政局.xlsx", good("002", 1))
    assert nianbao_in(office, "collect", "../a").code == 0
    told = nianbao_in(tmp_path, "init", "明年", "--from", "县")
    assert told.code == 0, told.err
    assert "上年汇总表里有 2 个单位的数据" in told.out
    following = tmp_path / "明年"
    settings = space(following).settings
    assert (settings.year, settings.contact, settings.previous, settings.deadline) == (
        2022,
        "政务公开办",
        "上年/桦川县2021年度汇总.xlsx",
        None,
    )
    assert [unit.stamped for unit in space(following).roster().units] == [""] * 5
    office.rename(tmp_path / "搬走了")  # the new workspace needs the old one no more
    assert nianbao_in(following, "distribute").code == 0
    reading = nianbao.read(following / "下发" / "001_教育局_2022年度报表.xlsx")
    assert reading.submission is not None
    assert reading.submission.values[Key("3", "2", "natural")] == 2


def test_last_years_data_that_is_not_there_is_said(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    path = office / "nianbao.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('previous = ""', 'previous = "没有"'), encoding="utf-8")
    told = nianbao_in(office, "distribute")
    assert told.code == 2
    assert "上年数据“没有”不存在" in told.err


def test_order_of_the_settings_is_the_order_of_the_roster(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    path = office / "nianbao.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('order = "名录"', 'order = "类别"'), encoding="utf-8")
    assert [unit.code for unit in space(office).roster().units] == ["001", "002", "004", "003", "005"]


def test_missing_roster_is_said(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    (office / "名录.xlsx").unlink()
    with pytest.raises(OperatorError, match="不能读取名录"):
        space(office).roster()


def test_what_contradicts_last_years_figures_is_found_in_the_workspace(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    pending = workbook("教育局", "001", figures(5, n1=7) | {Key("3", "4", "natural"): 2})
    sent(tmp_path, "a/教育局.xlsx", pending)
    nianbao_in(office, "collect", "../a")
    assert nianbao_in(tmp_path, "init", "明年", "--from", "县").code == 0
    following = figures(5) | {Key("3", "2", "natural"): 1, Key("3", "3.1", "natural"): 6}
    sent(tmp_path, "b/教育局.xlsx", workbook("教育局", "001", following, year=2022))
    told = nianbao_in(tmp_path / "明年", "collect", "../b")
    assert told.code == 1
    assert "Y-1" in told.out
