"""The command line as the office meets it: what it prints, how it exits, and one line where it could not run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook

from nianbao.cli.commands import COMMANDS
from nianbao.form import editions
from offices import nianbao_in
from test_planted_mistakes import filled

COMMAND = (sys.executable, "-X", "utf8", "-m", "nianbao")


def nianbao(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=120
    )


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a good return, one with a mistake, one that nobody filled in, and a file that is no workbook."""
    (tmp_path / "来件").mkdir()
    (tmp_path / "来件" / "教育局.xlsx").write_bytes(filled())
    (tmp_path / "wrong.xlsx").write_bytes(filled({"表二!B9": "约12"}))
    (tmp_path / "text.xlsx").write_text("代码,单位\n", encoding="utf-8")
    nianbao(tmp_path, "template", "-o", "blank.xlsx", "--unit", "公安局", "--year", "2022", "--county", "甲县")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "来件"), 0),
        (("check", "wrong.xlsx"), 1),
        (("check", "text.xlsx"), 1),
        (("check", "blank.xlsx"), 1),
        (("show", "来件/教育局.xlsx"), 0),
        (("show", "wrong.xlsx"), 1),
        (("consolidate", "来件", "-o", "c.xlsx"), 0),
        (("consolidate", "来件", "wrong.xlsx", "-o", "c.xlsx"), 1),
        (("check", "来件", "--year", "2021"), 1),
        (("check", "来件", "--county", "乙县"), 1),
    ],
)
def test_exit_code_says_whether_something_is_wrong(office: Path, arguments: tuple[str, ...], code: int) -> None:
    done = nianbao(office, *arguments)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("check", "没有.xlsx"), "找不到"),
        (("check",), "不是工作区"),
        (("chekc", "来件"), "没有这个命令"),
        (("check", "来件", "--yaer", "2021"), "没有选项 --yaer"),
        (("check", "来件", "--year", "去年"), "--year 的值不对，应为整数"),
        (("check", "来件", "--format", "yaml"), "--format 的值不对，应为"),
        (("template", "-o", "t.xlsx", "--year", "1999"), "--year 的值不对，应不小于 2008"),
        (("consolidate", "来件"), "缺少 -o/--output"),
        (("consolidate", "来件", "-o", "没有/c.xlsx"), "文件夹不存在"),
        (("consolidate", "来件", "-o", "来件/教育局.xlsx"), "收到的文件之一"),
        (("consolidate", "来件", "-o", "c.xlsx", "--without", "公安局"), "--without 要和 --roster 一起用"),
        (("template", "-o", "t.xlsx", "--year", "2020", "--edition", "2021"), "2020 年度用 2019 年版"),
        (("template", "-o", "t.xlsx", "--year", "2010"), "2010 年度没有可用的官方表格"),
        (("template", "-o", "t.xlsx", "--level", "村级"), "没有“村级”这个级别"),
        (("trace", "行政许可", "--workbook", "来件/教育局.xlsx"), "不是汇总工作簿"),
        (("status",), "不是工作区"),
    ],
)
def test_what_cannot_run_says_so_in_one_line_and_exits_2(office: Path, arguments: tuple[str, ...], says: str) -> None:
    before = {path: path.read_bytes() for path in office.rglob("*") if path.is_file()}
    done = nianbao(office, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in office.rglob("*") if path.is_file()} == before


def test_a_folder_with_nothing_in_it_is_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    done = nianbao(tmp_path, "check", "空")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_edition_follows_from_the_year(tmp_path: Path) -> None:
    for year, edition in (("2019", "2019"), ("2020", "2019"), ("2021", "2021"), ("2030", "2021")):
        nianbao(tmp_path, "template", "-o", "t.xlsx", "--year", year)
        assert json.loads(nianbao(tmp_path, "show", "t.xlsx", "--format", "json").stdout)["edition"] == edition
    assert editions() == ("2019", "2021")


def test_many_blank_cells_are_one_line_for_each_sheet(office: Path) -> None:
    lines = nianbao(office, "check", "blank.xlsx").stdout.splitlines()
    assert len(lines) == 5
    assert "表三有 144 个单元格没有填（D6、E6、F6……）" in lines[2]
    answer = json.loads(nianbao(office, "check", "blank.xlsx", "--format", "json").stdout)
    assert len(answer["files"][0]["findings"]) == 166


def test_json_of_check_names_every_file_with_its_status_and_findings(office: Path) -> None:
    answer = json.loads(nianbao(office, "check", ".", "--format", "json").stdout)
    assert {one["file"]: one["status"] for one in answer["files"]} == {
        "blank.xlsx": "flagged",
        "text.xlsx": "rejected",
        "wrong.xlsx": "flagged",
        "来件/教育局.xlsx": "accepted",
    }
    assert answer["summary"] == {"accepted": 1, "flagged": 2, "rejected": 1, "ignored": 0, "missing": 0}
    (finding,) = (
        one
        for file in answer["files"]
        if file["file"] == "wrong.xlsx"
        for one in file["findings"]
        if one["code"] == "V-1"
    )
    assert {name: finding[name] for name in ("severity", "sheet", "cell", "key", "found")} == {
        "severity": "error",
        "sheet": "表二",
        "cell": "B9",
        "key": "2/licences/decisions",
        "found": "约12",
    }


def test_show_prints_counts_as_integers_amounts_as_text_and_what_was_not_reported_as_null(office: Path) -> None:
    answer = json.loads(nianbao(office, "show", "来件/教育局.xlsx", "--format", "json").stdout)
    assert (answer["tier"], answer["unit"], answer["county"]) == ("unit", {"code": "003", "name": "教育局"}, "甲县")
    assert answer["figures"]["2/licences/decisions"] == 4568
    assert answer["figures"]["2/fees/amount"] == "46.2697"
    assert len(answer["figures"]) == 200
    blank = json.loads(nianbao(office, "show", "blank.xlsx", "--format", "json").stdout)
    assert set(blank["figures"].values()) == {None}


def test_flagged_return_counts_only_where_that_is_asked_for(office: Path) -> None:
    wrong = filled({"表三!D6": 23})
    (office / "来件" / "wrong.xlsx").write_bytes(wrong)
    book = load_workbook(office / "来件" / "教育局.xlsx")
    assert book["封面"]["B5"].value == "教育局"
    (office / "来件" / "教育局.xlsx").unlink()
    out = json.loads(nianbao(office, "consolidate", "来件", "-o", "c.xlsx", "--format", "json").stdout)
    assert (out["complete"], out["counted"], [one["file"] for one in out["left_out"]]) == (False, [], ["wrong.xlsx"])
    done = nianbao(office, "consolidate", "来件", "-o", "c.xlsx", "--include-flagged", "--format", "json")
    taken = json.loads(done.stdout)
    assert (done.returncode, taken["counted"], taken["figures"]["3/1/natural"]) == (1, ["wrong.xlsx"], 23)


def script_in(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "utf8", "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def test_programming_error_is_one_line_too(tmp_path: Path) -> None:
    broken = "def boom() -> int:\n    return 1 // 0\nforms.show_form = boom\n"
    done = script_in(
        tmp_path, f"from nianbao.cli import forms\nfrom nianbao.cli.app import run\n{broken}run(['form'])\n"
    )
    assert done.returncode == 2
    assert "程序内部出错" in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_command_loads_a_spreadsheet_library_before_it_works(tmp_path: Path) -> None:
    done = script_in(
        tmp_path,
        "import sys\n"
        "from nianbao.cli.commands import COMMANDS, built\n"
        "for name in COMMANDS: built(name)\n"
        "heavy = {'openpyxl', 'xlsxwriter', 'pandas', 'lxml', 'lark', 'rich', 'docx', 'jinja2', 'pdfplumber', 'xlrd'}\n"
        "print(sorted(heavy & set(sys.modules)))\n",
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_list_of_commands_loads_no_command_and_nothing_but_typer(tmp_path: Path) -> None:
    done = script_in(
        tmp_path,
        "import sys, typer\n"
        "before = set(sys.modules)\n"
        "from nianbao.cli.app import run\n"
        "try: run(['--help'])\n"
        "except SystemExit: pass\n"
        "known = {*sys.stdlib_module_names, 'typer'}\n"
        "new = sorted(name for name in set(sys.modules) - before if name.split('.')[0] not in known)\n"
        "print(*new, file=sys.stderr)\n",
    )
    assert "逐份检查收回的报表。" in done.stdout
    own = "nianbao nianbao.cli nianbao.cli.app nianbao.cli.commands nianbao.figures nianbao.findings nianbao.formfile"
    assert done.stderr.split() == own.split()


def test_every_command_is_listed_with_what_its_own_help_begins_with(tmp_path: Path) -> None:
    listed = "".join(nianbao_in(tmp_path, "--help").out.split())
    for name, (_, says) in COMMANDS.items():
        assert "".join(f"{name}{says}".split()) in listed
        own = nianbao_in(tmp_path, name, "--help")
        assert (own.code, own.out.splitlines()[2].strip()) == (0, says)
        assert own.out.startswith(f"Usage: nianbao {name} [OPTIONS]")
