"""Taking in what arrives: nothing is lost or changed, nobody's file is guessed at, and receipts can be lost."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao import Key
from nianbao.workspace.receipts import Journal
from offices import (
    UNITS,
    board,
    counted,
    everything,
    figures,
    good,
    held,
    new_office,
    nianbao_in,
    sent,
    space,
    states,
    workbook,
    wrong,
)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return new_office(tmp_path)


def originals(office: Path) -> dict[str, bytes]:
    """Every original in 回收/, by its own name."""
    files = (office / "回收").glob("????????????/*")
    return {path.name: path.read_bytes() for path in files if path.name != "登记.jsonl"}


def test_original_is_kept_unchanged_with_a_receipt(office: Path, tmp_path: Path) -> None:
    data = good("001", 5)
    path = sent(tmp_path, "来件/教育局（最终）.xlsx", data)
    told = nianbao_in(office, "collect", path)
    assert told.code == 0
    assert path.read_bytes() == data
    assert originals(office) == {"教育局（最终）.xlsx": data}
    (line,) = (office / "回收" / "收件登记.jsonl").read_text(encoding="utf-8").splitlines()
    receipt = json.loads(line)
    assert (receipt["事项"], receipt["文件"], receipt["单位"], receipt["结论"]) == (
        "收到",
        "教育局（最终）.xlsx",
        "001",
        "合格",
    )
    assert receipt["文件时间"].startswith("2022-01-10T12:00")
    assert "@" in receipt["经手"]


def test_second_collection_of_the_same_files_changes_nothing(office: Path, tmp_path: Path) -> None:
    sent(tmp_path, "来件/教育局.xlsx", good("001", 5))
    sent(tmp_path, "来件/财政局.xlsx", wrong("002", 5))
    assert nianbao_in(office, "collect", "../来件").code == 1
    before = everything(office / "回收")
    told = nianbao_in(office, "collect", "../来件")
    assert "已收过 2 份" in told.out
    assert everything(office / "回收") == before


def test_what_the_file_says_goes_before_its_name(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "财政局.xlsx", good("001", 5))
    nianbao_in(office, "collect", path)
    assert counted(office) == {"001": 5}


def test_file_that_says_nothing_is_claimed_by_a_certain_name(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "人社局2021年年报（最终）.xlsx", workbook(None, None, figures(7)))
    told = nianbao_in(office, "collect", path)
    assert "凭文件名认领" in told.out
    assert counted(office) == {"004": 7}


def test_uncertain_file_waits_with_candidates_until_it_is_claimed(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "教育局体育中心.xlsx", workbook(None, None, figures(7)))
    told = nianbao_in(office, "collect", path)
    assert told.code == 1
    assert "待认领" in told.out
    assert "可能是：教育局" in told.out
    assert counted(office) == {}
    (one,) = held(office).unclaimed
    told = nianbao_in(office, "collect", one.original.number, "--as", "教委")
    assert told.code == 0, told.err
    assert counted(office) == {"001": 7}


def test_file_that_names_an_unknown_unit_is_never_claimed_by_its_name(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "教育局.xlsx", workbook("教育体育局", None, figures(7)))
    nianbao_in(office, "collect", path)
    (one,) = held(office).unclaimed
    assert [unit.name for unit in one.candidates][:1] == ["教育局"]


def test_operators_word_goes_before_what_the_file_says_and_is_noted(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "a.xlsx", good("001", 5))
    told = nianbao_in(office, "collect", path, "--as", "002_财政局")
    assert told.code == 0, told.err
    assert counted(office) == {"002": 5}
    (one,) = held(office).held
    assert any("写的是“教育局”，按“财政局”收下" in finding.message for finding in one.taken.findings)


def test_claim_for_a_unit_that_is_not_on_the_roster_is_refused_with_a_guess(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "a.xlsx", good("001", 5))
    told = nianbao_in(office, "collect", path, "--as", "教育体育局")
    assert told.code == 2
    assert "是不是：教育局" in told.err
    assert originals(office) == {}


def test_parcels_and_mails_are_opened_and_kept_as_they_came(office: Path, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("乡镇/悦来镇.xlsx", good("003", 3))
        archive.writestr("乡镇/悦来镇盖章件.pdf", b"%PDF-1.4 stamped")
    message = EmailMessage()
    message["Date"] = dt.datetime(2022, 1, 12, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    message.set_content("见附件")
    message.add_attachment(good("002", 2), maintype="application", subtype="octet-stream", filename="年报.xlsx")
    sent(tmp_path, "来件/乡镇.zip", buffer.getvalue())
    sent(tmp_path, "来件/转发.eml", message.as_bytes())
    told = nianbao_in(office, "collect", "../来件")
    assert told.code == 0, told.out
    assert counted(office) == {"002": 2, "003": 3}
    kept = {path.name.partition("_")[2]: path.read_bytes() for path in (office / "回收" / "原包").iterdir()}
    assert kept == {"乡镇.zip": buffer.getvalue(), "转发.eml": message.as_bytes()}
    mailed = next(one for one in held(office).held if one.unit is not None and one.unit.code == "002")
    assert mailed.original.file == "转发.eml!年报.xlsx"
    assert mailed.original.sent == message["Date"].datetime
    assert originals(office)["悦来镇盖章件.pdf"] == b"%PDF-1.4 stamped"
    assert next(row for row in board(office).rows if row.unit.code == "003").stamped == "扫描件"


def test_stamped_scan_is_filed_beside_the_return_and_is_none_itself(office: Path, tmp_path: Path) -> None:
    sent(tmp_path, "来件/教育局（盖章）.jpg", b"\xff\xd8\xff picture")
    told = nianbao_in(office, "collect", "../来件")
    assert told.code == 0
    row = board(office).rows[0]
    assert (row.state, row.stamped) == ("未报", "扫描件")
    assert board(office).rows[4].stamped == "已收纸质件"


def test_scan_in_a_mail_is_of_the_unit_whose_return_came_with_it(office: Path, tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("见附件")
    message.add_attachment(good("002", 2), maintype="application", subtype="octet-stream", filename="年报.xlsx")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="扫描0001.pdf")
    told = nianbao_in(office, "collect", sent(tmp_path, "转发.eml", message.as_bytes()))
    assert told.code == 0
    assert board(office).rows[1].stamped == "扫描件"


def test_scan_of_nobody_waits_to_be_claimed(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "扫描0001.pdf", b"%PDF-1.4")
    assert nianbao_in(office, "collect", path).code == 1
    assert nianbao_in(office, "collect", path, "--as", "悦来镇").code == 0
    assert board(office).rows[2].stamped == "扫描件"


def test_lock_files_are_passed_over_and_unreadable_ones_kept_as_evidence(office: Path, tmp_path: Path) -> None:
    sent(tmp_path, "来件/~$教育局.xlsx", b"lock")
    sent(tmp_path, "来件/教育局.xlsx", b"not a workbook at all")
    sent(tmp_path, "来件/空的.xlsx", b"")
    sent(tmp_path, "来件/财政局.rar", b"Rar!\x1a\x07\x00 packed")
    told = nianbao_in(office, "collect", "../来件")
    assert told.code == 1
    assert "略过　~$教育局.xlsx" in told.out
    assert "没有收下　空的.xlsx" in told.out
    assert set(originals(office)) == {"教育局.xlsx", "财政局.rar"}
    assert states(office) == {"001": "有误", "002": "有误", "003": "未报", "004": "未报", "005": "未报"}


# -- versions


def test_latest_valid_version_counts_and_both_are_kept(office: Path, tmp_path: Path) -> None:
    nianbao_in(office, "collect", sent(tmp_path, "一.xlsx", good("001", 5)))
    told = nianbao_in(office, "collect", sent(tmp_path, "二.xlsx", good("001", 6), dt.date(2022, 1, 3)))
    assert "与上一份“一.xlsx”相比，改了 3 处" in told.out
    assert "表二“行政许可”行“本年处理决定数量”列（B9）：5 → 6" in told.out
    assert counted(office) == {"001": 6}
    told = nianbao_in(office, "collect", sent(tmp_path, "三.xlsx", wrong("001", 7)))
    assert told.code == 1
    assert "仍以上一份为准" in told.out
    nianbao_in(office, "collect", sent(tmp_path, "教育局.xlsx", b"broken"))
    assert counted(office) == {"001": 6}
    assert len(originals(office)) == 4


def test_versions_in_one_delivery_are_taken_in_the_order_of_their_own_times(office: Path, tmp_path: Path) -> None:
    sent(tmp_path, "来件/a.xlsx", good("001", 9), dt.date(2022, 1, 12))
    sent(tmp_path, "来件/b.xlsx", good("001", 8), dt.date(2022, 1, 11))
    nianbao_in(office, "collect", "../来件")
    assert counted(office) == {"001": 9}


def test_withdrawn_files_count_no_more_and_come_back_when_collected_again(office: Path, tmp_path: Path) -> None:
    one = sent(tmp_path, "一.xlsx", good("001", 5))
    nianbao_in(office, "collect", one)
    before = originals(office)
    assert nianbao_in(office, "withdraw", "教育局", "--reason", "发错").code == 0
    assert states(office)["001"] == "未报"
    assert originals(office) == before
    assert nianbao_in(office, "collect").code == 0
    assert states(office)["001"] == "未报"
    assert nianbao_in(office, "withdraw", "教育局").code == 2
    nianbao_in(office, "collect", one)
    assert states(office)["001"] == "已报合格"


def test_one_version_can_be_withdrawn_by_its_number(office: Path, tmp_path: Path) -> None:
    nianbao_in(office, "collect", sent(tmp_path, "一.xlsx", good("001", 5)))
    nianbao_in(office, "collect", sent(tmp_path, "二.xlsx", good("001", 6)))
    number = held(office).versions(held(office).roster.units[0])[-1].original.number
    assert nianbao_in(office, "withdraw", number).code == 0
    assert counted(office) == {"001": 5}


def test_day_of_receipt_can_be_told(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "一.xlsx", good("001", 5), dt.date(2022, 1, 10))
    nianbao_in(office, "collect", path, "--received", "2022-01-21")
    assert states(office)["001"] == "迟报"
    assert nianbao_in(office, "collect", path, "--received", "1月21日").code == 2


def test_deadline_itself_is_in_time_and_an_early_wrong_version_too(office: Path, tmp_path: Path) -> None:
    nianbao_in(office, "collect", sent(tmp_path, "一.xlsx", good("001", 5), dt.date(2022, 1, 20)))
    nianbao_in(office, "collect", sent(tmp_path, "二.xlsx", wrong("002", 5), dt.date(2022, 1, 20)))
    nianbao_in(office, "collect", sent(tmp_path, "三.xlsx", good("002", 5), dt.date(2022, 1, 25)))
    nianbao_in(office, "collect", sent(tmp_path, "四.xlsx", good("003", 5), dt.date(2022, 1, 21)))
    assert states(office) == {"001": "已报合格", "002": "已报合格", "003": "迟报", "004": "未报", "005": "未报"}


def test_return_of_another_year_is_wrong_and_named(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "一.xlsx", workbook("教育局", "001", figures(5), year=2022))
    told = nianbao_in(office, "collect", path)
    assert "是 2022 年度的，要的是 2021 年度" in told.out
    assert states(office)["001"] == "有误"


# -- dropped files, lost receipts, changed originals


def test_files_dropped_into_the_folder_are_moved_under_their_hash(office: Path, tmp_path: Path) -> None:
    first, second = good("001", 5), good("002", 6)
    sent(office, "回收/教育局.xlsx", first)
    sent(office, "回收/第二批/财政局.xlsx", second)
    sent(tmp_path, "x/悦来镇.xlsx", good("003", 7))
    with zipfile.ZipFile(office / "回收" / "包.zip", "w") as archive:
        archive.write(tmp_path / "x" / "悦来镇.xlsx", "悦来镇.xlsx")
    assert "还有 3 项没有登记" in nianbao_in(office, "status").out
    assert nianbao_in(office, "collect").code == 0
    assert counted(office) == {"001": 5, "002": 6, "003": 7}
    kept = originals(office)
    assert (kept["教育局.xlsx"], kept["财政局.xlsx"]) == (first, second)
    assert Journal(space(office)).dropped() in {(), (office / "回收" / "第二批",)}
    assert "没有新的文件" in nianbao_in(office, "collect").out


def test_same_file_dropped_again_under_another_name_is_no_second_version(office: Path) -> None:
    data = good("001", 5)
    sent(office, "回收/一.xlsx", data)
    nianbao_in(office, "collect")
    sent(office, "回收/二.xlsx", data)
    nianbao_in(office, "collect")
    assert len(held(office).held) == 1
    assert counted(office) == {"001": 5}


@pytest.mark.parametrize("lost", ["journal", "pages", "both"])
def test_board_is_the_same_after_receipts_were_lost(office: Path, tmp_path: Path, lost: str) -> None:
    nianbao_in(office, "collect", sent(tmp_path, "一.xlsx", good("001", 5), dt.date(2022, 1, 9)))
    nianbao_in(office, "collect", sent(tmp_path, "二.xlsx", good("001", 6), dt.date(2022, 1, 11)))
    nianbao_in(office, "collect", sent(tmp_path, "三.xlsx", wrong("002", 6)))
    nianbao_in(office, "collect", sent(tmp_path, "悦来镇.xlsx", workbook(None, None, figures(3)), dt.date(2022, 1, 25)))
    if lost != "both":
        # what an operator said can only be told by a receipt
        nianbao_in(office, "collect", sent(tmp_path, "四.xlsx", good("005", 1)), "--as", "人社局")
        nianbao_in(office, "send-back")
        nianbao_in(office, "withdraw", "财政局")
    before = (states(office), counted(office), [one.original for one in held(office).held])
    if lost in {"journal", "both"}:
        (office / "回收" / "收件登记.jsonl").unlink()
    if lost in {"pages", "both"}:
        for page in (office / "回收").glob("*/登记.jsonl"):
            page.unlink()
    after = (states(office), counted(office), [one.original for one in held(office).held])
    assert after[:2] == before[:2]
    if lost != "both":
        assert after == before
    nianbao_in(office, "collect")
    assert (office / "回收" / "收件登记.jsonl").exists()
    assert len(list((office / "回收").glob("*/登记.jsonl"))) == len(originals(office))
    assert (states(office), counted(office)) == before[:2]


def test_damaged_line_of_the_journal_is_mended_from_the_pages(office: Path, tmp_path: Path) -> None:
    nianbao_in(office, "collect", sent(tmp_path, "一.xlsx", good("001", 5)))
    journal = office / "回收" / "收件登记.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[: len(whole) // 2])
    assert counted(office) == {"001": 5}
    nianbao_in(office, "collect")
    assert journal.read_bytes() == whole
    assert (office / "回收" / ".收件登记.jsonl.损坏").read_bytes() == whole[: len(whole) // 2]


def test_original_that_somebody_saved_over_is_not_taken_for_what_came(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "教育局.xlsx", good("001", 5))
    nianbao_in(office, "collect", path)
    (kept,) = (office / "回收").glob("*/教育局.xlsx")
    kept.write_bytes(good("001", 6))
    assert states(office)["001"] == "有误"
    (one,) = held(office).held
    assert "被改动过" in one.taken.findings[0].message
    assert nianbao_in(office, "collect", path).code == 0
    assert counted(office) == {"001": 5}
    assert good("001", 6) in originals(office).values()


def test_original_that_is_gone_is_missed_and_can_be_collected_again(office: Path, tmp_path: Path) -> None:
    path = sent(tmp_path, "教育局.xlsx", good("001", 5))
    nianbao_in(office, "collect", path)
    shutil.rmtree(next(one for one in (office / "回收").iterdir() if one.is_dir()))
    told = nianbao_in(office, "status")
    assert told.code == 1
    assert "原件不见了：教育局.xlsx" in told.out
    nianbao_in(office, "collect", path)
    assert counted(office) == {"001": 5}


def test_names_that_no_system_can_hold_are_kept_in_the_receipt(office: Path) -> None:
    buffer = io.BytesIO()
    name = "很长" * 90 + '教育局:"2021".xlsx'
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, good("001", 5))
    sent(office.parent, "包.zip", buffer.getvalue())
    assert nianbao_in(office, "collect", "../包.zip").code == 0
    (one,) = held(office).held
    assert one.original.file == f"包.zip!{name}"
    assert one.original.path is not None
    assert len(one.original.path.name.encode()) <= 180


def test_second_operator_is_told_who_is_at_work(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nianbao.workspace.office.PATIENCE", 0.1)
    with space(office).locked("nianbao collect"):
        told = nianbao_in(office, "status")
    assert told.code == 2
    assert "正在运行 nianbao collect" in told.err
    assert told.err.count("\n") == 1
    assert nianbao_in(office, "status").code == 1


@given(st.lists(st.tuples(st.sampled_from(list(UNITS)), st.integers(0, 3), st.booleans()), min_size=1, max_size=6))
@settings(max_examples=8, deadline=None)
def test_whatever_arrives_in_whatever_order_the_latest_valid_version_counts(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[str, int, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("office")
    office = new_office(folder)
    expected: dict[str, int] = {}
    seen: set[tuple[str, int, bool]] = set()
    for number, (code, value, right) in enumerate(arrivals):
        data = good(code, value) if right else wrong(code, value)
        nianbao_in(office, "collect", sent(folder, f"{number}.xlsx", data))
        if right and (code, value, right) not in seen:
            expected[code] = value
        seen.add((code, value, right))
    assert counted(office) == dict(sorted(expected.items()))
    licences = Key("2", "licences", "decisions")
    assert sorted(str(one.taken.value(licences)) for one in held(office).held) == sorted(str(v) for _, v, _ in seen)
