"""The README shows what its commands really print."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from test_planted_mistakes import filled

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENGLISH = (ROOT / "README.en.md").read_text(encoding="utf-8")


def printed(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-X", "utf8", "-m", "nianbao", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=120).stdout


def outputs(text: str) -> list[str]:
    return re.findall(r"^```text\n(.*?)^```$", text, re.DOTALL | re.M)


@pytest.mark.parametrize("text", [README, ENGLISH], ids=["README.md", "README.en.md"])
def test_first_command_prints_what_is_shown(text: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples" / "huachuan-2021" / "returned", tmp_path / "samples/huachuan-2021/returned")
    line = next(line for line in text.splitlines() if line.startswith("pip install . && nianbao consolidate"))
    arguments = line.partition("nianbao ")[2].split()
    assert printed(tmp_path, *arguments) == outputs(text)[0]


@pytest.mark.parametrize("text", [README, ENGLISH], ids=["README.md", "README.en.md"])
def test_findings_are_the_ones_that_the_checked_file_gives(text: str, tmp_path: Path) -> None:
    (tmp_path / "教育局.xlsx").write_bytes(filled({"表三!D8": 21, "表二!B13": "无", "表二!B9": "４，５６８"}))
    assert printed(tmp_path, "check", "教育局.xlsx") == outputs(text)[1]


def test_pictures_and_pages_that_are_linked_exist() -> None:
    for text in (README, ENGLISH):
        links = re.findall(r"\]\(([^)#:]+)\)", text)
        assert links
        assert [link for link in links if not (ROOT / link).exists()] == []


def test_test_command_is_the_one_that_ci_runs() -> None:
    assert "pip install -e '.[dev]' && python -m pytest" in README
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "pip install --quiet -e '.[dev]'" in script
    assert "NIANBAO_REQUIRE_SOFFICE=1 python -m pytest" in script
