"""The story of samples/huachuan-2021: 36 returns in one folder, one command, the published figures of the county."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from oracle import published_figures

SAMPLE = Path(__file__).parent.parent / "samples" / "huachuan-2021"
RETURNED = SAMPLE / "returned"
ROSTER = SAMPLE / "名录.xlsx"


@dataclass(frozen=True, slots=True)
class Told:
    """What the README tells: the command, its output and where it writes the county's workbook."""

    command: list[str]
    output: str

    @property
    def workbook(self) -> str:
        return self.command[self.command.index("-o") + 1]


def told() -> Told:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", (SAMPLE / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.M)
    command = next(text for language, text in blocks if language == "sh")
    output = next(text for language, text in blocks if language == "text")
    return Told(shlex.split(command), output)


def nianbao(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "utf8", "-m", "nianbao", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=300)


def in_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The README's command, run as it stands there in a folder that has nothing but the sample."""
    folder = tmp_path_factory.mktemp("story")
    shutil.copytree(RETURNED, folder / "samples" / SAMPLE.name / RETURNED.name)
    program, *arguments = told().command
    assert program == "nianbao"
    return nianbao(*arguments, folder=folder), folder / told().workbook


def test_returned_has_36_workbooks_and_nothing_else() -> None:
    entries = list(RETURNED.iterdir())
    assert [entry.name for entry in entries if not entry.is_file()] == []
    assert Counter(entry.suffix for entry in entries) == {".xlsx": 34, ".ods": 1, ".xls": 1}


def test_roster_names_36_units_and_no_contacts() -> None:
    heads, *rows = load_workbook(ROSTER).worksheets[0].iter_rows(values_only=True)
    assert heads == ("代码", "单位名称", "简称", "曾用名", "类别", "联系人", "电话", "邮箱", "计入汇总", "盖章件")
    assert [row[0] for row in rows] == [f"{number:03}" for number in range(1, 37)]
    assert len({row[1] for row in rows}) == 36
    assert {row[5:8] for row in rows} == {(None, None, None)}


def test_command_of_the_readme_prints_what_the_readme_shows(
    story: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = story
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == told().output


def test_county_workbook_shows_the_published_figures_where_the_form_has_them(
    story: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path
) -> None:
    _, workbook = story
    form = in_json(nianbao("form", "--edition", "2021", "--format", "json", folder=tmp_path))
    county = load_workbook(workbook, data_only=True)  # the stored results: nothing calculates here
    shown = {one["key"]: county[one["sheet"]][one["cell"]].value for one in form["figures"]}
    assert {key: Decimal(str(value)) for key, value in shown.items()} == published_figures()


def test_json_figures_are_the_200_published_ones(tmp_path: Path) -> None:
    answer = in_json(nianbao("consolidate", str(RETURNED), "-o", "x.xlsx", "--format", "json", folder=tmp_path))
    published = published_figures()
    assert len(published) == 200
    assert answer["figures"] == {
        key: str(value) if isinstance(value, Decimal) else value for key, value in published.items()
    }
    assert answer["complete"] is None


def test_with_the_roster_the_county_is_complete(tmp_path: Path) -> None:
    arguments = ("consolidate", str(RETURNED), "-o", "x.xlsx", "--roster", str(ROSTER), "--format", "json")
    answer = in_json(nianbao(*arguments, folder=tmp_path))
    assert answer["complete"] is True
    assert answer["missing"] == []


def test_every_return_is_clean_by_itself_and_no_two_are_of_one_unit(tmp_path: Path) -> None:
    demands = ("--roster", str(ROSTER), "--year", "2021", "--county", "桦川县")
    answer = in_json(nianbao("check", str(RETURNED), *demands, "--format", "json", folder=tmp_path))
    assert [one["file"] for one in answer["files"] if one["status"] != "accepted"] == []
    findings = [finding for one in answer["files"] for finding in one["findings"]]
    assert [finding["message"] for finding in findings if finding["severity"] != "note"] == []
    assert len({json.dumps(one["unit"], sort_keys=True) for one in answer["files"]}) == 36
