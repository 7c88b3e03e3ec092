"""The commands about reports: what they print and write, exit codes, and no traceback whatever the file is."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nianbao.excel.reader import read_return
from nianbao.figures import Key
from nianbao.report.document import UnreadableReportError
from nianbao.report.imported import odd_totals, workbook_of
from nianbao.report.proofread import proof_json, proofread, read_published
from nianbao.report.proofsheet import proof_sheet
from nianbao.report.source import read_report
from oracle import SEED, published_figures

SAMPLE = Path(__file__).parent.parent / "samples" / "huachuan-2021"


def nianbao(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nianbao", *map(str, arguments)]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=cwd, env=environment, check=False)


def broken_seed(folder: Path) -> Path:
    file = folder / "broken.txt"
    file.write_text(SEED.read_text("utf-8").replace("依申请公开4件", "依申请公开5件"), "utf-8")
    return file


def test_proofread_answers_zero_for_the_seed_and_one_for_a_broken_one(tmp_path: Path) -> None:
    assert nianbao("proofread", SEED).returncode == 0
    done = nianbao("proofread", broken_seed(tmp_path), "--format", "json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert [one["verdict"] for one in answer["statements"]].count("disagrees") == 1


def test_proofread_with_a_sheet_writes_the_marks_beside_the_text(tmp_path: Path) -> None:
    sheet = tmp_path / "校对单.html"
    assert nianbao("proofread", broken_seed(tmp_path), "--html", sheet).returncode == 1
    page = sheet.read_text("utf-8")
    assert '<span class="disagrees">2021年我县共收到政府信息依申请公开5件' in page
    assert "收到申请 5，应为 4：不一致" in page


def test_import_gives_a_workbook_of_the_edition_and_a_csv(tmp_path: Path) -> None:
    workbook, table = tmp_path / "县.xlsx", tmp_path / "县.csv"
    assert nianbao("import", SEED, "-o", workbook, "--csv", table).returncode == 0
    shown = json.loads(nianbao("show", workbook, "--format", "json").stdout)
    assert (shown["tier"], shown["unit"]["name"], shown["county"], shown["year"]) == ("county", "桦川县", None, 2021)
    figures = {key: str(value) for key, value in shown["figures"].items()}
    assert figures == {key: str(value) for key, value in published_figures().items()}
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["key"]: row["value"] for row in rows} == figures
    assert nianbao("proofread", SEED, "--workbook", workbook, "--previous", workbook).returncode == 0


def test_a_printed_total_that_is_wrong_stays_as_printed_in_the_workbook() -> None:
    text = SEED.read_text("utf-8").replace(
        "\t4\n\t0\n\t0\n\t0\n\t0\n\t0\n\t4\n", "\t4\n\t0\n\t0\n\t0\n\t0\n\t0\n\t9\n", 1
    )
    report = read_published(read_report(text.encode()))
    assert odd_totals(report) == {Key.parse("3/1/total"): 9}
    reading = read_return(workbook_of(report))
    assert [(one.code, str(one.key), one.found) for one in reading.findings if one.severity == "error"] == [
        ("V-4", "3/1/total", "9")
    ]


def test_the_report_of_the_sample_county_equals_the_published_tables(tmp_path: Path) -> None:
    county, word, page = tmp_path / "county.xlsx", tmp_path / "报告.docx", tmp_path / "报告.html"
    made = nianbao("consolidate", SAMPLE / "returned", "-o", county, "--roster", SAMPLE / "名录.xlsx")
    assert made.returncode == 0, made.stderr
    done = nianbao("report", county, "-o", word, "--html", page)
    assert done.returncode == 0, done.stderr
    assert "待办" in done.stdout
    for file in (word, page):
        answer = json.loads(nianbao("proofread", file, "--workbook", county, "--format", "json").stdout)
        assert {key: str(value) for key, value in answer["figures"].items()} == {
            key: str(value) for key, value in published_figures().items()
        }
        assert [one for one in answer["findings"] if one["severity"] != "note"] == []
        assert "disagrees" not in {one["verdict"] for one in answer["statements"]}


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("空.txt", b"", "文件是空的"),
        ("图.png", b"\x89PNG\r\n\x1a\n1234", "图片"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "另存为 .docx"),
        ("表.xlsx", b"PK\x03\x04xl/workbook.xml", "是工作簿"),
        ("坏.docx", b"PK\x03\x04word/document.xml", "不完整"),
        ("坏.pdf", b"%PDF-1.4 nothing", "读不出来"),
        ("乱.bin", bytes(range(32)) * 40, "看不出"),
    ],
)
def test_what_is_no_report_is_one_line_on_stderr(name: str, data: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    done = nianbao("proofread", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert reason in done.stderr


def test_a_text_that_is_no_report_has_its_tables_missing_and_imports_nothing(tmp_path: Path) -> None:
    file = tmp_path / "通知.txt"
    file.write_text("关于召开会议的通知\n请各单位准时参加。\n", "utf-8")
    done = nianbao("proofread", file)
    assert done.returncode == 1
    assert done.stdout.count("没有找到") >= 3
    assert nianbao("import", file, "-o", tmp_path / "x.xlsx").returncode == 2
    assert not (tmp_path / "x.xlsx").exists()


def survives(data: bytes) -> None:
    reason = ""
    try:
        report = read_published(read_report(data))
    except UnreadableReportError as error:
        reason = str(error)
    if reason:
        assert any("一" <= sign <= "鿿" for sign in reason)
        return
    proof = proofread("x", report)
    json.dumps(proof_json(proof), ensure_ascii=False)
    assert proof_sheet(proof)
    workbook_of(report)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    survives(data)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_mangled_report_makes_it_raise(data: st.DataObject) -> None:
    text = SEED.read_text("utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text) - 1))
        length = data.draw(st.integers(0, 300))
        middle = data.draw(st.text(alphabet="\t\n|0123456789%，。、（）件条其中包括年", max_size=30))
        text = text[:start] + middle + text[start + length :]
    survives(text.encode())
